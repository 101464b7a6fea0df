//! What Sellers do otherwise than the standard says, and what a Buyer makes of it.

use segue_buyer::{Ask, BuyerError};
use serde_json::{Value, json};

use crate::world::{World, event, listener};

#[tokio::test]
async fn an_object_where_a_list_is_due_is_read_as_a_list_of_one_and_kept() {
    let world = World::new().await;
    let item = json!({ "id": "1", "state": "inProgress", "action": "add",
        "milestone": { "name": "SITE_SURVEY" }, "colour": "red",
        "product": { "productConfiguration": { "@type": "urn:x", "own": { "stays": 1 } } } });
    let order = json!({ "id": "o1", "state": "inProgress", "productOrderItem": item, "note": { "text": "one" } });
    world.sellers.has("xenon", order);
    let read = world
        .buyer
        .refresh(&world.xenon.scope, "productOrder", "o1")
        .await
        .unwrap();
    assert!(!read.deviations.is_empty(), "it is told all the same");
    let kept = world
        .buyer
        .mirrored(&world.xenon.scope, "productOrder", "o1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(Value::Object(kept.body.clone()), read.body);
    let at = |pointer: &str| kept.at(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/note"), json!([{ "text": "one" }]));
    assert_eq!(at("/productOrderItem/0/milestone"), json!([{ "name": "SITE_SURVEY" }]));
    assert_eq!(at("/productOrderItem/0/colour"), "red", "what we do not know stays");
    let own = "/productOrderItem/0/product/productConfiguration/own";
    assert_eq!(at(own), json!({ "stays": 1 }), "an object that is due stays one");
}

#[tokio::test]
async fn a_list_of_one_that_comes_without_its_list_is_one() {
    let world = World::new().await;
    let quote = json!({ "id": "q1", "state": "accepted" });
    world
        .sellers
        .answers("GET quoteManagement/v10/quote", 200, quote.clone());
    let ask = Ask {
        operation: "listQuote",
        api: "quoteManagement",
        id: None,
        query: &[],
        body: None,
    };
    let answered = world.buyer.ask(&world.xenon.scope, ask).await.unwrap();
    assert_eq!(answered.body, json!([quote]));
    assert_eq!(answered.deviations[0].property_path, "");
}

#[tokio::test]
async fn a_registration_without_an_id_is_not_taken_for_one() {
    let world = World::new().await;
    for answer in [json!({ "callback": "https://elsewhere.example" }), json!({ "id": "" })] {
        world.sellers.answers("POST quoteManagement/v10/hub", 201, answer);
        let error = world
            .buyer
            .subscribe(&world.xenon.scope, "quoteManagement")
            .await
            .unwrap_err();
        assert!(matches!(error, BuyerError::Unreadable { .. }), "{error}");
    }
    // So nothing stands in the way of a right one.
    world.sellers.answers(
        "POST quoteManagement/v10/hub",
        201,
        json!({ "id": "h1", "callback": "x" }),
    );
    let registered = world
        .buyer
        .subscribe(&world.xenon.scope, "quoteManagement")
        .await
        .unwrap();
    assert_eq!(registered, ("h1".to_owned(), true));
}

#[tokio::test]
async fn an_event_of_an_unknown_state_is_taken_and_the_state_is_kept() {
    let world = World::new().await;
    let kind = "productOrderStateChangeEvent";
    let mut told = event(kind, "e1", "o1");
    told["event"]["state"] = json!("polished.twice");
    let reply = world.tell(&world.xenon.token, &listener(kind), "", &told).await;
    assert_eq!(reply.status, 204, "{}", reply.text);
    world
        .sellers
        .has("xenon", json!({ "id": "o1", "state": "polished.twice" }));
    world.learn().await;
    let kept = world
        .buyer
        .mirrored(&world.xenon.scope, "productOrder", "o1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.state, "polished.twice");
    // Without the resource it is about, an event is none.
    told["event"].as_object_mut().unwrap().remove("id");
    let reply = world.tell(&world.xenon.token, &listener(kind), "", &told).await;
    assert_eq!(reply.status, 400);
}
