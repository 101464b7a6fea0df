//! Events of address validations that are answered later.

use segue_store::DeliveryState;

use super::stage::Stage;
use crate::bodies::{QUOTE, VALIDATION, deferred_validation};
use crate::described::operation;
use crate::listener::Heard;

const STATES: &str = "eventType=geographicAddressValidationStateChangeEvent";

/// A validation of `alpha` from its acknowledgement to its end, all events delivered.
async fn validated(stage: &Stage) -> String {
    let (world, alpha) = (&stage.world, &stage.world.alpha);
    let made = world.post(alpha, VALIDATION, &deferred_validation()).await.created();
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("{}/{id}", VALIDATION.1);
    while world.get(alpha, (VALIDATION.0, &path)).await.json()["state"] != "ready" {
        stage.skip_to_work().await;
    }
    stage
        .until(|rows| rows.iter().all(|row| row.state == DeliveryState::Done))
        .await;
    id
}

/// Identifier and state of what was heard under a prefix.
fn told(heard: &[Heard], prefix: &str) -> Vec<(String, String)> {
    let start = format!("/{prefix}/");
    let heard = heard.iter().filter(|heard| heard.path.starts_with(&start));
    heard
        .map(|heard| (heard.text("/event/id"), heard.text("/event/state")))
        .collect()
}

#[tokio::test]
async fn each_change_of_a_validation_is_told_to_every_target_of_its_buyer_and_no_other() {
    let stage = Stage::set().await;
    let (world, alpha, bravo) = (&stage.world, &stage.world.alpha, &stage.world.bravo);
    stage.listener.belongs_to(world, bravo).await;
    for (buyer, api, prefix, query) in [
        (alpha, VALIDATION.0, "one", ""),
        (alpha, VALIDATION.0, "two", STATES),
        (alpha, QUOTE.0, "quotes", ""),
        (bravo, VALIDATION.0, "bravo", ""),
    ] {
        stage.listener.register(world, buyer, (api, prefix, query)).await;
    }
    let id = validated(&stage).await;
    let heard = stage.listener.heard();
    let all = ["inProgress", "ready"].map(|state| (id.clone(), state.to_owned()));
    assert_eq!((told(&heard, "one"), told(&heard, "two")), (all.to_vec(), all.to_vec()));
    assert_eq!(heard.len(), 4, "{heard:#?}");
    stage
        .listener
        .check_heard(&world.schemas, "geographicAddressNotification");
    stage.end().await;
}

#[tokio::test]
async fn who_is_not_registered_or_not_any_more_hears_nothing_of_a_validation() {
    let stage = Stage::set().await;
    let (world, alpha) = (&stage.world, &stage.world.alpha);
    validated(&stage).await;
    let registration = (VALIDATION.0, "ended", "");
    let hub = stage.listener.register(world, alpha, registration).await;
    validated(&stage).await;
    let before = stage.listener.heard().len();
    assert!(before > 0);
    let end = operation(VALIDATION.0, "DELETE", "/hub/x");
    assert_eq!(world.call(alpha, &end, (&hub, ""), None).await.status, 204);
    validated(&stage).await;
    assert_eq!(stage.listener.heard().len(), before);
    let rows = stage.rows().await;
    assert!(
        rows.iter().all(|row| row.state == DeliveryState::Done),
        "nothing is on its way"
    );
    stage.end().await;
}
