//! An S-VLAN at an ENNI is sold once: held by a firm quote, kept by the order and the product,
//! and free again at the end.

use std::sync::Arc;

use serde_json::{Value, json};
use tower::ServiceExt;

use crate::bodies::{Circuit, ORDER, QUOTE, contact, with_s_vlan};
use crate::described::by_id;
use crate::world::{PLACE, Reply, World, request};

const S_VLAN: u32 = 77;

fn circuit(world: &World) -> Circuit<'_> {
    Circuit {
        products: &world.products,
        buyer: &world.bravo,
        place: PLACE,
    }
}

async fn quote(world: &World) -> Value {
    let body = with_s_vlan(circuit(world).quote(), S_VLAN);
    world.post(&world.bravo, QUOTE, &body).await.created()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_8_quotes_of_one_s_vlan_at_once_exactly_one_is_firm() {
    let world = World::new().await;
    let operation = Arc::new(by_id("createQuote"));
    let mut running = Vec::new();
    for _ in 0..8 {
        let body = with_s_vlan(circuit(&world).quote(), S_VLAN);
        let request = request(&world.bravo.token, &operation, ("", ""), Some(&body));
        running.push(tokio::spawn(world.router.clone().oneshot(request)));
    }
    let mut firm = 0;
    for quote in running {
        let quote = Reply::of(quote.await.unwrap().unwrap()).await.created();
        firm += usize::from(quote["state"] == "approved.orderable");
    }
    assert_eq!(firm, 1);
}

#[tokio::test]
async fn an_s_vlan_is_taken_from_the_quote_until_the_end_of_the_product() {
    let world = World::new().await;
    let first = quote(&world).await;
    assert_eq!(first["state"], "approved.orderable", "{first:#}");
    let refused = quote(&world).await;
    assert_eq!(refused["state"], "unableToProvide");
    let error = &refused["quoteItem"][1]["terminationError"][0];
    assert_eq!(
        error["propertyPath"],
        "/quoteItem/1/product/productConfiguration/enniEp/ovcEndPointMap/ovcEndPointMapFormE/0"
    );

    let order = circuit(&world).order_of(first["id"].as_str().unwrap());
    let order = world
        .post(&world.bravo, ORDER, &with_s_vlan(order, S_VLAN))
        .await
        .created();
    world.work_all().await;
    assert_eq!(quote(&world).await["state"], "unableToProvide", "in service");

    let path = format!("/productOrder/{}", order["id"].as_str().unwrap());
    let done = world.get(&world.bravo, (ORDER.0, &path)).await.json();
    let roles = [
        "buyerProductOrderItemContact",
        "buyerImplementationContact",
        "buyerTechnicalContact",
    ];
    let end = json!({
        "relatedContactInformation": [contact("productOrderContact")],
        "productOrderItem": [{
            "id": "1",
            "action": "delete",
            "product": { "id": done["productOrderItem"][1]["product"]["id"] },
            "requestedCompletionDate": "2030-01-01T08:00:00Z",
            "relatedContactInformation": roles.map(contact),
        }],
    });
    world.post(&world.bravo, ORDER, &end).await.created();
    world.work_all().await;
    assert_eq!(quote(&world).await["state"], "approved.orderable");
}
