//! What happens around a running order, over HTTP: a charge is answered, an order changed, moved
//! and cancelled.

use segue_model::time::Clock;
use serde_json::{Value, json};

use crate::bodies::{Circuit, ORDER, contact};
use crate::described;
use crate::world::{Buyer, PLACE, Reply, World};

const DATE: &str = "/modifyProductOrderItemRequestedDeliveryDate";

fn circuit<'a>(world: &'a World, buyer: &'a Buyer) -> Circuit<'a> {
    Circuit {
        products: &world.products,
        buyer,
        place: PLACE,
    }
}

/// Posts `body`; the id of what it made, after all work that is due.
async fn made(world: &World, path: &str, body: &Value) -> String {
    let made = world.post(&world.bravo, (ORDER.0, path), body).await.created();
    world.work().await;
    made["id"].as_str().unwrap().to_owned()
}

async fn read(world: &World, path: &str) -> Value {
    let reply = world.get(&world.bravo, (ORDER.0, path)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

async fn patch(world: &World, (resource, id): (&str, &str), body: &Value) -> Reply {
    let operation = described::operation(ORDER.0, "PATCH", &format!("/{resource}/{id}"));
    world.call(&world.bravo, &operation, (id, ""), Some(body)).await
}

#[tokio::test]
async fn a_charge_is_found_by_its_order_and_answered_once() {
    let world = World::new().await;
    let mut order = circuit(&world, &world.bravo).order();
    order["productOrderItem"][0]["product"]["place"][0]["place"]["id"] = json!("NEAR-NET");
    let order = made(&world, "/productOrder", &order).await;
    let path = format!("/productOrder/{order}");
    assert_eq!(read(&world, &path).await["state"], "held.assessingCharge");

    let charges = read(&world, &format!("/charge?productOrderId={order}")).await;
    let id = charges[0]["id"].as_str().unwrap();
    let full = read(&world, &format!("/charge/{id}")).await;
    let answer = json!({ "chargeItem": [{ "id": full["chargeItem"][0]["id"], "acceptanceIndicator": "accepted" }] });
    let reply = patch(&world, ("charge", id), &answer).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.json()["state"], "completed");
    assert_eq!(read(&world, &path).await["state"], "inProgress");
    let again = patch(&world, ("charge", id), &answer).await;
    assert_eq!((again.status.as_u16(), again.json_code().as_str()), (409, "conflict"));
    world.work_all().await;
    assert_eq!(read(&world, &path).await["state"], "completed");
}

#[tokio::test]
async fn an_order_is_changed_moved_and_cancelled() {
    let world = World::new().await;
    let circuit = circuit(&world, &world.bravo);
    let order = made(&world, "/productOrder", &circuit.order()).await;
    let path = format!("/productOrder/{order}");
    let reply = patch(&world, ("productOrder", &order), &json!({ "externalId": "another" })).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json()["externalId"]),
        (200, &json!("another"))
    );

    let date = json!({
        "productOrderItem": { "productOrderId": order, "productOrderItemId": circuit.uni_id() },
        "requestedCompletionDate": "2027-06-01T08:00:00Z",
    });
    let id = made(&world, DATE, &date).await;
    assert_eq!(read(&world, &format!("{DATE}/{id}")).await["state"], "done");
    let moved = read(&world, &path).await;
    assert_eq!(
        moved["productOrderItem"][0]["expectedCompletionDate"],
        "2027-06-01T08:00:00.000Z"
    );

    let cancel = json!({
        "productOrder": { "productOrderId": order },
        "relatedContactInformation": [contact("cancelProductOrderContact")],
    });
    let id = made(&world, "/cancelProductOrder", &cancel).await;
    assert_eq!(
        read(&world, &format!("/cancelProductOrder/{id}")).await["state"],
        "done"
    );
    assert_eq!(read(&world, &path).await["state"], "cancelled");
    let late = patch(&world, ("productOrder", &order), &json!({ "externalId": "late" })).await;
    assert_eq!(late.status, 409);
    let key = vec![format!("port/{PLACE}")];
    let held = world
        .store
        .held(&world.bravo.scope.company, &key, world.business.now())
        .await;
    assert_eq!(held.unwrap().values().sum::<i64>(), 0, "its port is free again");
    // Nothing is made of it later.
    world.work_all().await;
    let orders = read(&world, "/productOrder?externalId=another&state=cancelled").await;
    assert_eq!(orders.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_list_of_charges_without_a_match_is_empty() {
    // Mplify 123.1 R101
    let world = World::new().await;
    let order = made(&world, "/productOrder", &circuit(&world, &world.bravo).order()).await;
    for query in [
        String::new(),
        format!("?productOrderId={order}"),
        "?productOrderId=nobody".into(),
    ] {
        assert_eq!(read(&world, &format!("/charge{query}")).await, json!([]), "{query}");
    }
}

#[tokio::test]
async fn a_priority_of_restoration_stays_with_the_item_it_was_given_for() {
    // Mplify 123.1 R16
    let world = World::new().await;
    let mut order = circuit(&world, &world.bravo).order();
    order["productOrderItem"][1]["tspRestorationPriority"] = json!("3");
    let id = made(&world, "/productOrder", &order).await;
    let whole = read(&world, &format!("/productOrder/{id}")).await;
    assert_eq!(whole["productOrderItem"][0].get("tspRestorationPriority"), None);
    assert_eq!(whole["productOrderItem"][1]["tspRestorationPriority"], "3");
}
