//! Tokens towards a Seller while requests go on: renewed before they end, once for all who wait.

use futures_util::future::join_all;
use jiff::SignedDuration;
use segue_buyer::{Answered, BuyerError};
use serde_json::json;

use crate::world::World;

/// Requests at a time.
const MANY: usize = 40;

async fn world() -> World {
    let world = World::new().await;
    world.sellers.has("xenon", json!({ "id": "o1", "state": "inProgress" }));
    world
}

async fn asked(world: &World) -> Result<Answered, BuyerError> {
    world.buyer.refresh(&world.xenon.scope, "productOrder", "o1").await
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_and_no_request_meets_its_end() {
    let world = world().await;
    asked(&world).await.unwrap();
    for (seconds, tokens) in [(269, 1), (1, 2), (269, 2), (40, 3)] {
        world.wall.advance(SignedDuration::from_secs(seconds));
        asked(&world).await.unwrap();
        assert_eq!(world.sellers.tokens(), tokens);
    }
    assert_eq!(world.sellers.requests().len(), 5, "nothing was asked twice");
}

#[tokio::test]
async fn a_request_refused_with_401_is_sent_once_more_with_a_fresh_token() {
    let world = world().await;
    asked(&world).await.unwrap();
    world.sellers.revoke();
    asked(&world).await.unwrap();
    assert_eq!((world.sellers.tokens(), world.sellers.requests().len()), (2, 3));
    // And not a third time, whatever comes of it.
    let order = "GET productOrderingManagement/v11/productOrder/o1";
    world
        .sellers
        .answers(order, 401, json!({ "code": "invalidCredentials", "reason": "No." }));
    let error = asked(&world).await.unwrap_err();
    assert!(
        matches!(&error, BuyerError::Refused(refused) if refused.status == 401),
        "{error}"
    );
    assert_eq!((world.sellers.tokens(), world.sellers.requests().len()), (3, 5));
}

#[tokio::test]
async fn many_requests_at_the_end_of_a_token_get_one_new_one() {
    let world = world().await;
    asked(&world).await.unwrap();
    world.wall.advance(SignedDuration::from_secs(400));
    for answer in join_all((0..MANY).map(|_| asked(&world))).await {
        answer.unwrap();
    }
    assert_eq!(world.sellers.tokens(), 2);
    // The Seller took it back before its time: all are refused, and share the next one.
    world.sellers.revoke();
    for answer in join_all((0..MANY).map(|_| asked(&world))).await {
        answer.unwrap();
    }
    assert_eq!(world.sellers.tokens(), 3);
}

#[tokio::test]
async fn a_token_endpoint_that_refuses_is_asked_once_for_all_who_wait() {
    let world = world().await;
    world.sellers.refuse_tokens();
    for answer in join_all((0..MANY).map(|_| asked(&world))).await {
        let error = answer.unwrap_err().to_string();
        assert!(error.contains("refused with 401 invalid_client"), "{error}");
    }
    let asked_for = world.sellers.tokens();
    // Who comes after a failure asks anew, and some do so on a slow machine.
    assert!(asked_for <= MANY / 4, "{asked_for} for {MANY}");
    asked(&world).await.unwrap_err();
    assert_eq!(world.sellers.tokens(), asked_for + 1);
    assert_eq!(world.sellers.requests(), []);
}
