//! Events on their way: after the answer, in order, at least once, parked and replayed.

use std::sync::Arc;

use http::Response;
use jiff::SignedDuration;
use segue_model::commit::AuditEntry;
use segue_seller::{Deliveries, Jobs};
use segue_store::{DeliveryFilter, DeliveryRow, DeliveryState};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::bodies::{Circuit, ORDER, QUOTE};
use crate::described::by_id;
use crate::listener::{Heard, Listener};
use crate::world::{Buyer, PATIENCE, PLACE, Reply, World, request};

const QUOTES: &str = "quoteManagement";

/// A Seller at work, and a listener of `alpha`.
struct Stage {
    world: World,
    listener: Listener,
    stop: watch::Sender<bool>,
    work: Vec<JoinHandle<()>>,
}

impl Stage {
    async fn set() -> Self {
        let listener = Listener::start().await;
        let world = World::open_to(&[listener.address.to_string()]).await;
        listener.belongs_to(&world, &world.alpha).await;
        let (stop, stopped) = watch::channel(false);
        let jobs = Jobs::new(Arc::clone(&world.seller)).run(stopped.clone());
        let deliveries = Deliveries::new(Arc::clone(&world.seller), Arc::clone(&world.calls)).run(stopped);
        let work = vec![tokio::spawn(jobs), tokio::spawn(deliveries)];
        Self {
            world,
            listener,
            stop,
            work,
        }
    }

    async fn end(self) {
        self.stop.send(true).unwrap();
        for work in self.work {
            work.await.unwrap();
        }
    }

    /// A quote that is answered later.
    async fn deferred(&self) -> String {
        let quote = self.circuit(&self.world.alpha).deferred_quote();
        let made = self.world.post(&self.world.alpha, QUOTE, &quote).await.created();
        assert_eq!(made["state"], "acknowledged");
        made["id"].as_str().unwrap().to_owned()
    }

    fn circuit<'a>(&'a self, buyer: &'a Buyer) -> Circuit<'a> {
        Circuit {
            products: &self.world.products,
            buyer,
            place: PLACE,
        }
    }

    /// POST whose answer is not read yet.
    async fn held(&self, operation: &str, body: &Value) -> Response<axum::body::Body> {
        let request = request(&self.world.alpha.token, &by_id(operation), ("", ""), Some(body));
        self.world.router.clone().oneshot(request).await.unwrap()
    }

    async fn rows(&self) -> Vec<DeliveryRow> {
        let filter = DeliveryFilter::default();
        self.world
            .store
            .deliveries(&self.world.alpha.scope.company, &filter)
            .await
            .unwrap()
    }

    /// Waits until the deliveries are as `wanted`.
    async fn until(&self, wanted: impl Fn(&[DeliveryRow]) -> bool) -> Vec<DeliveryRow> {
        let mut changes = self.world.store.changes();
        let look = async {
            loop {
                let rows = self.rows().await;
                if wanted(&rows) {
                    return rows;
                }
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, look)
            .await
            .expect("the deliveries come to that")
    }

    /// Moves the wall clock on and wakes who sleeps by it.
    async fn pass(&self, hours: i64) {
        self.world.wall.advance(SignedDuration::from_hours(hours));
        self.world.store.audit(note("time passes")).await.unwrap();
    }
}

fn note(action: &str) -> AuditEntry {
    AuditEntry {
        company: "acme".into(),
        actor: "operator".into(),
        action: action.into(),
        object: String::new(),
        outcome: "ok".into(),
        detail: String::new(),
        request_id: String::new(),
    }
}

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
    let end = crate::described::operation(QUOTES, "DELETE", "/hub/x");
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
    let hub = crate::described::operation(QUOTES, "POST", "/hub");
    let callback = serde_json::json!({ "callback": format!("http://{}/a", stage.listener.address) });
    let query = "buyerId=ALPHA&sellerId=ACME";
    world.call(alpha, &hub, ("", query), Some(&callback)).await.created();
    stage.deferred().await;
    let heard = stage.listener.wait(1).await;
    assert!(heard.iter().all(|heard| heard.query == query), "{heard:?}");
    stage.end().await;
}
