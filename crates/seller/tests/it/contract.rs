//! The HTTP side of the APIs, over all operations: what is refused, how, and in which form.

use std::collections::BTreeSet;

use axum::body::Body;
use http::Request;
use segue_model::describe::{Kind, Operation};
use serde_json::{Value, json};

use crate::bodies::{Circuit, ORDER, POQ, QUOTE};
use crate::described::operations;
use crate::world::{PLACE, Reply, World, request};

fn circuit(world: &World) -> Circuit<'_> {
    Circuit {
        products: &world.products,
        buyer: &world.bravo,
        place: PLACE,
    }
}

fn has_body(operation: &Operation) -> bool {
    operation.request.is_some()
}

#[tokio::test]
async fn a_circuit_is_qualified_quoted_ordered_and_delivered_as_described() {
    let world = World::new().await;
    let (circuit, bravo) = (circuit(&world), &world.bravo);
    let poq = world.post(bravo, POQ, &circuit.poq()).await.created();
    assert_eq!(poq["state"], "done");
    let quote = world.post(bravo, QUOTE, &circuit.quote()).await.created();
    assert_eq!(
        (&quote["state"], &quote["quoteLevel"]),
        (&json!("approved.orderable"), &json!("firm"))
    );
    let order = circuit.order_of(quote["id"].as_str().unwrap());
    let order = world.post(bravo, ORDER, &order).await.created();
    world.post(bravo, QUOTE, &circuit.deferred_quote()).await.created();
    world.work_all().await;
    let path = format!("/productOrder/{}", order["id"].as_str().unwrap());
    let order = world.get(bravo, (ORDER.0, &path)).await.json();
    assert_eq!(order["state"], "completed");
    for item in order["productOrderItem"].as_array().unwrap() {
        let path = format!("/product/{}", item["product"]["id"].as_str().unwrap());
        assert_eq!(
            world.get(bravo, ("productInventory", &path)).await.json()["status"],
            "active"
        );
    }
    for path in ["/quote", "/quote?state=accepted", "/quote?state=approved.orderable"] {
        assert_eq!(world.get(bravo, (QUOTE.0, path)).await.status, 200);
    }
    let place = json!({ "place": { "@type": "GeographicAddressRef", "id": PLACE } });
    let sites = world
        .post(bravo, ("geographicSiteManagement", "/geographicSite"), &place)
        .await;
    assert_eq!(
        (sites.status.as_u16(), sites.json()[0]["id"].as_str()),
        (200, Some("SITE-001"))
    );
    let site = world
        .get(bravo, ("geographicSiteManagement", "/geographicSite/SITE-001"))
        .await;
    assert_eq!(site.status, 200);
    let address = world
        .get(bravo, ("geographicAddressManagement", "/geographicAddress/DE-00002"))
        .await;
    let fields = address.json()["fieldedAddressRepresentation"].clone();
    let query = json!({
        "instantSyncValidation": true,
        "submittedGeographicAddress": { "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": fields },
    });
    let validated = world
        .post(
            bravo,
            ("geographicAddressManagement", "/geographicAddressValidation"),
            &query,
        )
        .await;
    assert_eq!(validated.json()["bestMatchGeographicAddress"]["id"], PLACE);
}

#[tokio::test]
async fn a_private_site_is_an_unknown_site_in_a_body_too() {
    let world = World::new().await;
    let ask = async |id: &str| {
        let mut quote = circuit(&world).quote();
        quote["quoteItem"][0]["product"]["place"][0]["place"] = json!({ "@type": "GeographicSiteRef", "id": id });
        world.post(&world.bravo, QUOTE, &quote).await
    };
    let private = ask("SITE-900").await;
    assert_eq!(
        (private.status.as_u16(), &private.text),
        (422, &ask("SITE-999").await.text)
    );
}

#[tokio::test]
async fn all_problems_of_a_request_are_told_at_once() {
    let world = World::new().await;
    let mut quote = circuit(&world).quote();
    let members = quote.as_object_mut().unwrap();
    members.remove("instantSyncQuote");
    members.insert("colour".into(), json!("red"));
    members["quoteItem"][0]["action"] = json!("paint");
    members["quoteItem"][1]["requestedQuoteItemTerm"]["duration"]["amount"] = json!(-1);
    check_problems(
        &world.post(&world.bravo, QUOTE, &quote).await,
        &[
            ("/colour", "unexpectedProperty"),
            ("/instantSyncQuote", "missingProperty"),
            ("/quoteItem/0/action", "invalidValue"),
            ("/quoteItem/1/requestedQuoteItemTerm/duration/amount", "invalidValue"),
        ],
    );
    // What the rules find comes together too.
    let mut quote = circuit(&world).quote();
    quote["quoteItem"][0]["product"]["place"][0]["place"]["id"] = json!("NOWHERE");
    quote["quoteItem"][1]["product"]["productRelationship"][0]["id"] = json!("nothing");
    quote["quoteItem"][1]["id"] = json!("uni-of-bravo");
    let reply = world.post(&world.bravo, QUOTE, &quote).await;
    let paths: Vec<Value> = reply
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["propertyPath"].clone())
        .collect();
    for path in [
        "/quoteItem/0/product/place/0/place/id",
        "/quoteItem/1/product/productRelationship/0/id",
        "/quoteItem/1/id",
    ] {
        assert!(paths.contains(&json!(path)), "{path} in {paths:?}");
    }
}

#[track_caller]
fn check_problems(reply: &Reply, expected: &[(&str, &str)]) {
    assert_eq!(reply.status, 422);
    let list = reply.json();
    let found = list.as_array().unwrap().iter();
    let found = found.map(|p| (p["propertyPath"].as_str().unwrap(), p["code"].as_str().unwrap()));
    assert_eq!(found.collect::<Vec<_>>(), expected, "{}", reply.text);
}

#[tokio::test]
async fn every_path_refuses_the_methods_it_does_not_have_and_names_those_it_has() {
    let world = World::new().await;
    let all = operations();
    for operation in &all {
        let same = |other: &&Operation| other.api.name == operation.api.name && other.path == operation.path;
        let offered: BTreeSet<&str> = all.iter().filter(same).map(|other| other.method).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            if offered.contains(method) {
                continue;
            }
            let mut request = request(&world.bravo.token, operation, ("x", ""), None);
            *request.method_mut() = method.parse().unwrap();
            let reply = world.ask(operation, request).await;
            assert_eq!(reply.status, 405, "{method} {}", operation.path);
            let allowed: BTreeSet<&str> = reply.header("allow").split(", ").collect();
            assert_eq!(allowed, offered, "{}", operation.path);
        }
    }
}

#[tokio::test]
async fn every_body_that_is_no_json_object_is_refused_before_it_is_looked_at() {
    let world = World::new().await;
    for operation in operations().iter().filter(|operation| has_body(operation)) {
        let ask = async |media: &str, text: &str| {
            let mut request = request(&world.bravo.token, operation, ("x", ""), None);
            if !media.is_empty() {
                request.headers_mut().insert("content-type", media.parse().unwrap());
            }
            *request.body_mut() = Body::from(text.to_owned());
            let reply = world.ask(operation, request).await;
            (reply.status.as_u16(), reply.json_code())
        };
        let unsupported = (415, String::new());
        let unreadable = (400, "invalidBody".to_owned());
        assert_eq!(ask("", "{}").await, unsupported, "{}", operation.id);
        assert_eq!(ask("text/plain", "{}").await, unsupported, "{}", operation.id);
        assert_eq!(
            ask("application/json;charset=latin1", "{}").await,
            unsupported,
            "{}",
            operation.id
        );
        for text in ["", "{", "[]", "null", "{\"a\": 1,}"] {
            assert_eq!(
                ask("application/json", text).await,
                unreadable,
                "{} {text}",
                operation.id
            );
        }
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
        assert_eq!(ask("application/json", &long).await.0, 413, "{}", operation.id);
    }
}

#[tokio::test]
async fn every_query_is_read_strictly() {
    let world = World::new().await;
    for operation in operations() {
        let ask = async |query: &str| {
            let reply = world.call(&world.bravo, &operation, ("x", query), None).await;
            (reply.status.as_u16(), reply.json_code())
        };
        let refused = |code: &str| (400, code.to_owned());
        assert_eq!(ask("colour=red").await, refused("invalidQuery"), "{}", operation.id);
        assert_eq!(ask("buyerId=").await, refused("missingQueryValue"), "{}", operation.id);
        assert_eq!(
            ask("buyerId=BRAVO&buyerId=BRAVO").await,
            refused("invalidQuery"),
            "{}",
            operation.id
        );
        if operation.kind == Kind::List {
            for query in ["limit=-1", "limit=x", "offset=1.5", "limit=99999999999"] {
                assert_eq!(ask(query).await, refused("invalidQuery"), "{} {query}", operation.id);
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_offered_says_so_in_the_form_of_the_standard() {
    let world = World::new().await;
    for operation in operations() {
        let body = has_body(&operation).then(|| json!({}));
        let reply = world.call(&world.bravo, &operation, ("x", ""), body.as_ref()).await;
        if reply.status == 501 {
            assert_eq!(reply.json_code(), "notImplemented");
            assert!(reply.json()["reason"].as_str().unwrap().contains(operation.id));
        }
    }
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_not_found() {
    let world = World::new().await;
    for path in [
        "/",
        "/acme",
        "/acme/mefApi/sonata/quoteManagement/v9/quote",
        "/acme/mefApi/sonata/quoteManagement/v10/x",
    ] {
        let reply = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json_code().as_str()),
            (404, "notFound"),
            "{path}"
        );
    }
    // Whether a company exists is told to nobody.
    let mut uri = String::from("/nobody");
    uri.push_str(&operations()[0].api.base_path());
    let reply = world
        .send(
            Request::post(uri + "/geographicAddressValidation")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(reply.status, 401);
}
