//! Events on their way: after the answer, in order, at least once, parked and replayed.

pub mod stage;
mod validation;

use segue_store::{DeliveryFilter, DeliveryState};
use serde_json::json;

use self::stage::{Stage, note};
use crate::bodies::{ORDER, POQ, QUOTE};
use crate::described::{by_id, operation};
use crate::listener::Heard;
use crate::world::Reply;

const QUOTES: &str = "quoteManagement";

fn about<'a>(heard: &'a [Heard], id: &'a str) -> impl Iterator<Item = &'a Heard> {
    heard.iter().filter(move |heard| heard.text("/event/id") == id)
}

#[tokio::test]
async fn the_first_event_goes_out_after_the_answer() {
    let stage = Stage::set().await;
    stage
        .listener
        .register(&stage.world, &stage.world.alpha, (QUOTES, "a", ""))
        .await;
    let quote = stage.circuit(&stage.world.alpha).deferred_quote();
    let response = stage.held("createQuote", &quote).await;
    // Another quote shows that work goes on meanwhile.
    let other = stage.deferred().await;
    stage.listener.wait(1).await;
    stage
        .until(|rows| rows.iter().all(|row| row.state == DeliveryState::Done))
        .await;
    let before = stage.listener.heard();
    assert!(
        before.iter().all(|heard| heard.text("/event/id") == other),
        "{before:#?}"
    );
    let made = Reply::of(response).await.created();
    let id = made["id"].as_str().unwrap();
    let heard = stage.listener.wait(before.len() + 1).await;
    assert!(about(&heard, id).next().is_some());
    stage.end().await;
}

#[tokio::test]
async fn what_an_order_does_to_its_quote_is_told_after_the_answer_too() {
    let stage = Stage::set().await;
    let (world, alpha) = (&stage.world, &stage.world.alpha);
    stage.listener.register(world, alpha, (QUOTES, "a", "")).await;
    let circuit = stage.circuit(alpha);
    let quote = world.post(alpha, QUOTE, &circuit.quote()).await.created();
    let quote_id = quote["id"].as_str().unwrap();
    let response = stage.held("createProductOrder", &circuit.order_of(quote_id)).await;
    let other = stage.deferred().await;
    stage.listener.wait(1).await;
    stage
        .until(|rows| rows.iter().filter(|row| row.state == DeliveryState::Waiting).count() == 1)
        .await;
    assert_eq!(about(&stage.listener.heard(), quote_id).count(), 0);
    let before = stage.listener.heard().len();
    drop(response);
    let heard = stage.listener.wait(before + 1).await;
    let told: Vec<String> = about(&heard, quote_id)
        .map(|heard| heard.text("/event/state"))
        .collect();
    assert_eq!(told, ["accepted"], "{other}");
    stage.end().await;
}

#[tokio::test]
async fn an_immediate_answer_is_its_own_notice() {
    let stage = Stage::set().await;
    let (world, alpha) = (&stage.world, &stage.world.alpha);
    stage.listener.register(world, alpha, (QUOTES, "a", "")).await;
    world.post(alpha, QUOTE, &stage.circuit(alpha).quote()).await.created();
    let deferred = stage.deferred().await;
    stage.listener.wait(1).await;
    stage
        .until(|rows| rows.iter().all(|row| row.state == DeliveryState::Done))
        .await;
    let heard = stage.listener.heard();
    assert!(
        heard.iter().all(|heard| heard.text("/event/id") == deferred),
        "{heard:#?}"
    );
    stage.end().await;
}

#[tokio::test]
async fn a_lane_keeps_its_order_over_retries_and_holds_up_no_other() {
    let stage = Stage::set().await;
    stage
        .listener
        .register(&stage.world, &stage.world.alpha, (QUOTES, "a", ""))
        .await;
    stage.listener.answer_next(&[503]);
    let first = stage.deferred().await;
    stage
        .until(|rows| rows.iter().any(|row| row.delivery.attempt == 1))
        .await;
    let second = stage.deferred().await;
    stage
        .until(|rows| rows.iter().any(|row| row.state == DeliveryState::Done))
        .await;
    let heard = stage.listener.heard();
    assert_eq!(about(&heard, &first).count(), 1, "the others of this quote wait");
    assert!(about(&heard, &second).count() > 0);
    stage.pass(1).await;
    let rows = stage
        .until(|rows| rows.iter().all(|row| row.state == DeliveryState::Done))
        .await;
    let heard = stage.listener.heard();
    for quote in [&first, &second] {
        let committed = rows.iter().filter(|row| row.delivery.event.lane == **quote);
        let committed: Vec<&str> = committed.map(|row| row.delivery.event.id.as_str()).collect();
        let mut told: Vec<String> = about(&heard, quote).map(|heard| heard.text("/eventId")).collect();
        if quote == &first {
            assert_eq!(told[0], told[1], "a repeated delivery has the same eventId");
        }
        told.dedup();
        assert_eq!(told, committed);
    }
    stage.listener.check_heard(&stage.world.schemas, "quoteNotification");
    stage.end().await;
}

#[tokio::test]
async fn an_event_is_parked_after_its_schedule_and_goes_out_when_it_is_replayed() {
    let stage = Stage::set().await;
    stage
        .listener
        .register(&stage.world, &stage.world.alpha, (QUOTES, "a", ""))
        .await;
    stage.listener.answer_next(&[500; 10]);
    stage.deferred().await;
    for tries in 1..10 {
        stage
            .until(|rows| rows.iter().any(|row| row.delivery.attempt == tries))
            .await;
        stage.pass(48).await;
    }
    let rows = stage
        .until(|rows| rows.iter().any(|row| row.state == DeliveryState::Parked))
        .await;
    let heard = stage.listener.heard();
    assert_eq!(heard.len(), 10);
    assert!(
        heard.iter().all(|one| one.body == heard[0].body),
        "every try says the same"
    );
    let waiting = rows.iter().filter(|row| row.state == DeliveryState::Waiting).count();
    assert_eq!(waiting + 1, rows.len(), "the rest of the lane waits behind it");
    let filter = DeliveryFilter::default();
    let company = &stage.world.alpha.scope.company;
    let replayed = stage.world.store.replay(company, &filter, note("replay")).await;
    assert_eq!(replayed.unwrap(), 1);
    stage
        .until(|rows| rows.iter().all(|row| row.state == DeliveryState::Done))
        .await;
    assert_eq!(stage.listener.heard()[10].body, heard[0].body);
    stage.end().await;
}

#[tokio::test]
async fn a_listener_that_is_gone_is_not_called_again() {
    let stage = Stage::set().await;
    stage
        .listener
        .register(&stage.world, &stage.world.alpha, (QUOTES, "a", ""))
        .await;
    stage.listener.answer_next(&[410]);
    stage.deferred().await;
    stage
        .until(|rows| rows.iter().any(|row| row.state == DeliveryState::Parked))
        .await;
    stage.pass(100).await;
    stage
        .until(|rows| rows.iter().all(|row| row.state != DeliveryState::Done))
        .await;
    assert_eq!(stage.listener.heard().len(), 1);
    stage.end().await;
}

#[tokio::test]
async fn events_go_to_all_who_asked_for_them_and_to_nobody_else() {
    let stage = Stage::set().await;
    let (world, alpha) = (&stage.world, &stage.world.alpha);
    let items = "eventType=quoteItemStateChangeEvent";
    stage.listener.register(world, alpha, (QUOTES, "all", "")).await;
    stage.listener.register(world, alpha, (QUOTES, "items", items)).await;
    stage.listener.register(world, alpha, (ORDER.0, "orders", "")).await;
    let ended = stage.listener.register(world, alpha, (QUOTES, "ended", "")).await;
    let end = world
        .call(alpha, &by_id("unregisterListener"), (&ended, ""), None)
        .await;
    assert_eq!(end.status, 404, "that is the hub of another API");
    let end = operation(QUOTES, "DELETE", "/hub/x");
    assert_eq!(world.call(alpha, &end, (&ended, ""), None).await.status, 204);
    stage.listener.belongs_to(world, &world.bravo).await;
    stage
        .listener
        .register(world, &world.bravo, (QUOTES, "bravo", ""))
        .await;
    stage.deferred().await;
    stage.listener.wait(1).await;
    stage
        .until(|rows| rows.iter().all(|row| row.state == DeliveryState::Done))
        .await;
    let heard = stage.listener.heard();
    let types = |prefix: &str| {
        let start = format!("/{prefix}/");
        let mut types: Vec<String> = heard
            .iter()
            .filter(|heard| heard.path.starts_with(&start))
            .map(|heard| heard.text("/eventType"))
            .collect();
        types.sort();
        types.dedup();
        types
    };
    assert_eq!(types("all"), ["quoteItemStateChangeEvent", "quoteStateChangeEvent"]);
    assert_eq!(types("items"), ["quoteItemStateChangeEvent"]);
    for silent in ["orders", "ended", "bravo"] {
        assert!(types(silent).is_empty(), "{silent}");
    }
    stage.listener.check_heard(&world.schemas, "quoteNotification");
    stage.end().await;
}

#[tokio::test]
async fn the_parties_of_the_registration_come_back_on_every_delivery() {
    let stage = Stage::set().await;
    let (world, alpha) = (&stage.world, &stage.world.alpha);
    let hub = operation(QUOTES, "POST", "/hub");
    let callback = json!({ "callback": format!("http://{}/a", stage.listener.address) });
    let query = "buyerId=ALPHA&sellerId=ACME";
    world.call(alpha, &hub, ("", query), Some(&callback)).await.created();
    stage.deferred().await;
    let heard = stage.listener.wait(1).await;
    assert!(heard.iter().all(|heard| heard.query == query), "{heard:?}");
    stage.end().await;
}

#[tokio::test]
async fn a_qualification_tells_every_target_of_its_buyer_and_no_other() {
    let stage = Stage::set().await;
    let (world, alpha) = (&stage.world, &stage.world.alpha);
    stage.listener.belongs_to(world, &world.bravo).await;
    for (buyer, prefix) in [(alpha, "one"), (alpha, "two"), (&world.bravo, "bravo")] {
        stage.listener.register(world, buyer, (POQ.0, prefix, "")).await;
    }
    let mut poq = stage.circuit(alpha).poq();
    // What is answered at once has no events.
    world.post(alpha, POQ, &poq).await.created();
    poq["instantSyncQualification"] = json!(false);
    poq["requestedPOQCompletionDate"] = json!("2026-11-26T08:00:00Z");
    let made = world.post(alpha, POQ, &poq).await.created();
    let id = made["id"].as_str().unwrap();
    stage.listener.wait(2).await;
    stage
        .until(|rows| rows.iter().all(|row| row.state == DeliveryState::Done))
        .await;
    let heard = stage.listener.heard();
    assert_eq!(about(&heard, id).count(), heard.len());
    let ids = |prefix: &str| -> Vec<String> {
        let start = format!("/{prefix}/");
        let heard = heard.iter().filter(|heard| heard.path.starts_with(&start));
        heard.map(|heard| heard.text("/eventId")).collect()
    };
    assert!(!ids("one").is_empty());
    assert_eq!((ids("one"), ids("bravo")), (ids("two"), Vec::new()));
    stage
        .listener
        .check_heard(&world.schemas, "productOfferingQualificationNotification");
    stage.end().await;
}

#[tokio::test]
async fn an_order_tells_those_who_registered_for_orders() {
    let stage = Stage::set().await;
    let (world, alpha) = (&stage.world, &stage.world.alpha);
    stage.listener.register(world, alpha, (ORDER.0, "orders", "")).await;
    stage.listener.register(world, alpha, (QUOTES, "quotes", "")).await;
    let order = world.post(alpha, ORDER, &stage.circuit(alpha).order()).await.created();
    let path = format!("/productOrder/{}", order["id"].as_str().unwrap());
    while world.get(alpha, (ORDER.0, &path)).await.json()["state"] != "completed" {
        stage.skip_to_work().await;
    }
    stage
        .until(|rows| {
            let done = rows.iter().filter(|row| row.state == DeliveryState::Done);
            let completed = done.filter(|row| row.delivery.event.payload["state"] == "completed");
            completed
                .filter(|row| row.delivery.event.event_type == "productOrderStateChangeEvent")
                .count()
                == 1
        })
        .await;
    let heard = stage.listener.heard();
    assert!(heard.iter().all(|heard| heard.path.starts_with("/orders/")));
    let states: Vec<String> = heard
        .iter()
        .filter(|heard| heard.text("/eventType") == "productOrderStateChangeEvent")
        .map(|heard| heard.text("/event/state"))
        .collect();
    // The first state was the answer's.
    assert_eq!(states, ["inProgress", "completed"]);
    for kind in [
        "productOrderItemStateChangeEvent",
        "productOrderItemExpectedCompletionDateSetEvent",
        "productSpecificProductOrderItemMilestoneEvent",
    ] {
        assert!(heard.iter().any(|heard| heard.text("/eventType") == kind), "{kind}");
    }
    stage
        .listener
        .check_heard(&world.schemas, "productOrderingNotification");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_taken_is_not_sent_again() {
    let stage = Stage::set().await;
    let (world, alpha) = (&stage.world, &stage.world.alpha);
    stage.listener.register(world, alpha, (QUOTES, "a", "")).await;
    for _ in 0..20 {
        stage.deferred().await;
    }
    stage.listener.wait(60).await;
    let rows = stage
        .until(|rows| rows.len() >= 60 && rows.iter().all(|row| row.state == DeliveryState::Done))
        .await;
    let mut heard: Vec<String> = stage
        .listener
        .heard()
        .iter()
        .map(|heard| heard.text("/eventId"))
        .collect();
    assert_eq!(heard.len(), rows.len());
    heard.sort();
    heard.dedup();
    assert_eq!(heard.len(), rows.len());
    stage.end().await;
}
