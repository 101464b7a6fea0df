//! What leaves when the Buyer asks: method, path, the parties that are meant, and where events go.

use segue_buyer::Ask;
use segue_model::api;
use segue_model::describe::{Lifeline, Operation};
use serde_json::{Value, json};

use crate::seller::Asked;
use crate::world::{BASE, World};

/// Operations of Sellers that need no body.
fn bare() -> Vec<Operation> {
    let served = api::all().iter().filter(|api| api.served_by == Lifeline::Seller);
    let operations = served.flat_map(|api| api.operations());
    operations.filter(|operation| operation.request.is_none()).collect()
}

/// What `xenon` hears when it is asked for this.
async fn heard(world: &World, operation: &Operation, body: Option<&Value>) -> Asked {
    let before = world.sellers.requests().len();
    let ask = Ask {
        operation: operation.id,
        api: operation.api.name,
        id: operation.path.contains("{id}").then_some("4711"),
        query: &[],
        body,
    };
    // What it answers does not matter here.
    let _ = world.buyer.ask(&world.xenon.scope, ask).await;
    let mut asked = world.sellers.requests().split_off(before);
    assert_eq!(asked.len(), 1, "{}", operation.id);
    asked.remove(0)
}

fn path(operation: &Operation) -> String {
    let path = operation.path.replace("{id}", "4711");
    format!("{} /xenon{}{path}", operation.method, operation.api.base_path())
}

#[tokio::test]
async fn whatever_a_seller_can_be_asked_without_a_body_is_asked_under_the_id_it_gave() {
    let world = World::new().await;
    let operations = bare();
    let has = |id: &str| operations.iter().any(|operation| operation.id == id);
    for id in ["listProduct", "retrieveProduct", "retrieveGeographicAddress"] {
        assert!(has(id), "{id}");
    }
    for operation in &operations {
        assert_eq!(heard(&world, operation, None).await.what, path(operation));
    }
}

#[tokio::test]
async fn an_address_is_validated_and_sites_are_listed_by_post() {
    let world = World::new().await;
    let address = json!({
        "instantSyncValidation": true,
        "submittedGeographicAddress": {
            "@type": "GeographicAddress_Query",
            "formattedAddressRepresentation": [{ "formattedAddress": "Hauptstrasse 1, Berlin" }],
        },
    });
    let place = json!({ "place": { "@type": "GeographicAddressRef", "id": "a-1" } });
    for (api, id, body) in [
        (
            "geographicAddressManagement",
            "createGeographicAddressValidation",
            &address,
        ),
        ("geographicSiteManagement", "listGeographicSite", &place),
    ] {
        let operation = api::find(api, 8).unwrap().operation(id).unwrap();
        let asked = heard(&world, &operation, Some(body)).await;
        assert_eq!((asked.what, &asked.body), (path(&operation), body));
        assert_eq!(operation.method, "POST");
    }
}

#[tokio::test]
async fn where_a_side_stands_for_several_every_request_names_its_main_party() {
    // Mplify 115.1 R4, R5 and the same of the other guides
    let world = World::new().await;
    for operation in &bare() {
        assert_eq!(heard(&world, operation, None).await.query, "", "{}", operation.id);
    }
    let sellers = ["XENON", "XENON-US"].map(str::to_owned).to_vec();
    world
        .change(&world.xenon, |partner| partner.party_ids.clone_from(&sellers))
        .await;
    for operation in &bare() {
        let query = heard(&world, operation, None).await.query;
        assert_eq!(query, "sellerId=XENON", "{}", operation.id);
    }
    let mut company = world.store.company(&world.xenon.scope.company).await.unwrap().unwrap();
    company.party_ids = ["BETA", "BETA-CLOUD"].map(str::to_owned).to_vec();
    world.store.put_company(company).await.unwrap();
    for operation in &bare() {
        let query = heard(&world, operation, None).await.query;
        assert_eq!(query, "buyerId=BETA&sellerId=XENON", "{}", operation.id);
    }
    let registers = world.buyer.subscribe(&world.xenon.scope, "quoteManagement").await;
    assert!(registers.is_err(), "nobody answers");
    let asked = world.sellers.requests();
    assert_eq!(asked.last().unwrap().query, "buyerId=BETA&sellerId=XENON");
}

#[tokio::test]
async fn a_party_that_was_named_is_the_one_that_is_meant() {
    let world = World::new().await;
    let sellers = ["XENON", "XENON-US"].map(str::to_owned).to_vec();
    world.change(&world.xenon, |partner| partner.party_ids = sellers).await;
    let ask = Ask {
        operation: "listQuote",
        api: "quoteManagement",
        id: None,
        query: &[("sellerId", "XENON-US".to_owned())],
        body: None,
    };
    let _ = world.buyer.ask(&world.xenon.scope, ask).await;
    assert_eq!(world.sellers.requests()[0].query, "sellerId=XENON-US");
}

const HUB: &str = "productOrderingManagement/v11/hub";

/// `xenon` takes a registration and shows it with this callback.
fn registers(world: &World, id: &str, callback: &str) {
    let hub = json!({ "id": id, "callback": callback });
    world.sellers.answers(&format!("POST {HUB}"), 201, hub.clone());
    world.sellers.answers(&format!("GET {HUB}/{id}"), 200, hub);
    world.sellers.answers(&format!("DELETE {HUB}/{id}"), 204, Value::Null);
}

async fn subscribed(world: &World) -> (String, bool) {
    let api = "productOrderingManagement";
    world.buyer.subscribe(&world.xenon.scope, api).await.unwrap()
}

#[tokio::test]
async fn we_register_once_and_for_every_event_there_is() {
    // Mplify 123.1 R89, R105: charges too.
    let world = World::new().await;
    registers(&world, "h1", BASE);
    assert_eq!(subscribed(&world).await, ("h1".to_owned(), true));
    let asked = world.sellers.requests();
    // No `query`: all types of event.
    assert_eq!(asked[0].body, json!({ "callback": BASE }));
    assert_eq!(subscribed(&world).await, ("h1".to_owned(), false));
    let whats: Vec<String> = world.sellers.requests().into_iter().map(|asked| asked.what).collect();
    assert_eq!(whats[1..], [format!("GET /xenon/mefApi/sonata/{HUB}/h1")]);
}

#[tokio::test]
async fn a_registration_that_leads_elsewhere_is_ended_by_its_id_and_made_anew() {
    // Mplify 121.1 R49, 87.1 R70, 123.1 R106
    let world = World::new().await;
    registers(&world, "h1", BASE);
    subscribed(&world).await;
    let mut company = world.store.company(&world.xenon.scope.company).await.unwrap().unwrap();
    company.base_url = "https://moved.example/beta".into();
    world.store.put_company(company).await.unwrap();
    registers(&world, "h1", BASE);
    world
        .sellers
        .answers(&format!("POST {HUB}"), 201, json!({ "id": "h2", "callback": "x" }));
    assert_eq!(subscribed(&world).await, ("h2".to_owned(), true));
    let asked = world.sellers.requests();
    let whats: Vec<&str> = asked.iter().map(|asked| asked.what.as_str()).collect();
    let at = |what: &str| what.replace("hub", &format!("/xenon/mefApi/sonata/{HUB}"));
    assert_eq!(whats[1..], [at("GET hub/h1"), at("DELETE hub/h1"), at("POST hub")]);
    assert_eq!(asked[3].body, json!({ "callback": "https://moved.example/beta" }));
}
