//! What comes of an event: the truth of the Seller who told it, and of nobody else.

use segue_buyer::Cause;
use segue_model::id::Scope;
use serde_json::{Value, json};

use crate::world::{Seller, World, event, listener};

const KIND: &str = "productOrderStateChangeEvent";

/// An order as far as a mirror looks at it.
fn order(id: &str, state: &str) -> Value {
    json!({ "id": id, "state": state, "externalId": "mine" })
}

async fn told(world: &World, seller: &Seller, (event_id, about): (&str, &str)) {
    let reply = world
        .tell(&seller.token, &listener(KIND), "", &event(KIND, event_id, about))
        .await;
    assert_eq!(reply.status, 204);
}

async fn state(world: &World, scope: &Scope, id: &str) -> Option<String> {
    let mirrored = world.buyer.mirrored(scope, "productOrder", id).await.unwrap();
    mirrored.map(|document| document.state)
}

#[tokio::test]
async fn an_event_is_a_hint_and_the_truth_is_fetched() {
    let world = World::new().await;
    world.sellers.has("xenon", order("o1", "completed"));
    // The event says inProgress; by now the order is done.
    told(&world, &world.xenon, ("e1", "o1")).await;
    world.learn().await;
    assert_eq!(
        state(&world, &world.xenon.scope, "o1").await.as_deref(),
        Some("completed")
    );
    assert_eq!(world.sellers.asked(), ["/xenon/productOrder/o1"]);
}

#[tokio::test]
async fn a_seller_cannot_speak_about_the_order_of_another() {
    let world = World::new().await;
    world
        .buyer
        .keep(
            (&world.yttrium.scope, Cause::Look),
            "productOrder",
            &order("o1", "inProgress"),
        )
        .await
        .unwrap();
    world.sellers.has("yttrium", order("o1", "completed"));
    told(&world, &world.xenon, ("e1", "o1")).await;
    let kept = world.pending().await;
    assert_eq!(kept[0].event.scope, world.xenon.scope);
    world.learn().await;
    // Only the one who told was asked, and he does not know it.
    assert_eq!(world.sellers.asked(), ["/xenon/productOrder/o1"]);
    assert_eq!(state(&world, &world.xenon.scope, "o1").await, None);
    assert_eq!(
        state(&world, &world.yttrium.scope, "o1").await.as_deref(),
        Some("inProgress")
    );
}

#[tokio::test]
async fn two_sellers_may_use_one_id_and_each_keeps_its_own() {
    let world = World::new().await;
    world.sellers.has("xenon", order("o1", "rejected"));
    world.sellers.has("yttrium", order("o1", "completed"));
    told(&world, &world.yttrium, ("e1", "o1")).await;
    told(&world, &world.xenon, ("e1", "o1")).await;
    world.learn().await;
    assert_eq!(
        state(&world, &world.xenon.scope, "o1").await.as_deref(),
        Some("rejected")
    );
    assert_eq!(
        state(&world, &world.yttrium.scope, "o1").await.as_deref(),
        Some("completed")
    );
}

#[tokio::test]
async fn the_same_truth_twice_changes_nothing() {
    let world = World::new().await;
    world.sellers.has("xenon", order("o1", "inProgress"));
    for event_id in ["e1", "e2"] {
        told(&world, &world.xenon, (event_id, "o1")).await;
        world.learn().await;
    }
    let mirrored = world
        .buyer
        .mirrored(&world.xenon.scope, "productOrder", "o1")
        .await
        .unwrap();
    assert_eq!(mirrored.unwrap().revision, 1);
    assert_eq!(world.sellers.asked().len(), 2);
}

#[tokio::test]
async fn a_seller_that_does_not_answer_holds_up_no_other() {
    let world = World::new().await;
    world.sellers.hangs("xenon");
    world.sellers.has("yttrium", order("o1", "completed"));
    told(&world, &world.xenon, ("e1", "o1")).await;
    told(&world, &world.yttrium, ("e2", "o1")).await;
    world.learn_until(1).await;
    assert_eq!(
        state(&world, &world.yttrium.scope, "o1").await.as_deref(),
        Some("completed")
    );
    assert_eq!(world.pending().await[0].event.scope, world.xenon.scope);
}
