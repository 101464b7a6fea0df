//! Events on their way to Buyers, on the wall clock: at least once, in order per resource.
//!
//! The store gives only the oldest waiting event of each lane; this module tries it, again and
//! again with growing pauses, and parks it when the schedule ends. A parked event keeps its lane:
//! order is worth more than speed. `segue notification replay` starts it again.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::SignedDuration;
use rand::Rng;
use segue_gate::calls::{CallError, Calls, Outgoing};
use segue_model::api;
use segue_model::describe::{Kind, Operation};
use segue_model::release::translate;
use segue_model::time;
use segue_store::Delivery;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::work::{PAUSE_MAX, Round, Work, until_stopped};
use crate::{Seller, SellerError};

/// Deliveries on their way at once, over all subscriptions.
const AT_ONCE: u32 = 64;

/// Lanes of one subscription in parallel.
const PER_SUBSCRIPTION: usize = 8;

/// Pauses after each failed try, in seconds: the schedule of Standard Webhooks, 76 hours in all.
const PAUSES_SECONDS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Pauses are spread by this much to both sides, so that a host that comes back is not flooded.
const JITTER: f64 = 0.2;

/// Pause while deliveries that are ready are under way or wait for an answer to go out.
const PAUSE_MIN: Duration = Duration::from_millis(50);

/// Sends events until it is told to stop.
pub struct Deliveries {
    seller: Arc<Seller>,
    calls: Arc<Calls>,
    work: Work<i64>,
}

/// How often it is looked whether a suspended partner is active again.
const SUSPENDED_PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// What a try came to.
enum Tried {
    Taken,
    Again(String),
    /// Nothing was sent: the partner is suspended.
    Later,
    /// 410: the listener is gone for good.
    Gone(String),
}

impl Deliveries {
    /// Deliveries of `seller`, sent by `calls`.
    pub fn new(seller: Arc<Seller>, calls: Arc<Calls>) -> Self {
        Self {
            seller,
            calls,
            work: Work::new(AT_ONCE),
        }
    }

    /// Runs until `stop` turns true; tries begun are finished first.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        until_stopped(&self, stop).await;
        self.work.finished().await;
    }
}

impl Round for Deliveries {
    fn seller(&self) -> &Seller {
        &self.seller
    }

    async fn round(&self) -> Result<Duration, SellerError> {
        let store = &self.seller.parts.store;
        let now = self.seller.parts.wall.now();
        let under_way = self.work.under_way();
        let ready = store.ready_deliveries(now, PER_SUBSCRIPTION, AT_ONCE as usize).await?;
        let elsewhere = store.marked().await?;
        for delivery in ready {
            let lane = &delivery.event.lane;
            // The answer to the create goes out before the first event about it.
            let is_answered = self.seller.answering.contains(lane) || elsewhere.contains(lane);
            if under_way.contains(&delivery.id) || is_answered {
                continue;
            }
            let (seller, calls) = (Arc::clone(&self.seller), Arc::clone(&self.calls));
            self.work
                .start(delivery.id, async move { seller.deliver(&calls, &delivery).await })
                .await;
        }
        let until = store
            .next_delivery()
            .await?
            .map_or(SignedDuration::MAX, |next| next.duration_since(now));
        Ok(Duration::try_from(until)
            .unwrap_or(PAUSE_MIN)
            .clamp(PAUSE_MIN, PAUSE_MAX))
    }
}

impl Seller {
    async fn deliver(&self, calls: &Calls, delivery: &Delivery) {
        // Another process sends it now.
        if !self.parts.store.leads() {
            return;
        }
        let tried = send(calls, delivery).await;
        let store = &self.parts.store;
        let event = &delivery.event;
        let noted = match tried {
            Tried::Taken => {
                metrics::counter!("segue_events_delivered_total", "type" => event.event_type.clone()).increment(1);
                store.delivery_done(delivery.id).await
            }
            Tried::Again(reason) => match next_try(self.parts.wall.now(), delivery.attempt) {
                Some(at) => {
                    tracing::warn!(event = %event.id, partner = %event.scope.partner, %reason, next = %at, "event not taken; it will be sent again");
                    store.delivery_failed(delivery.id, at, &reason).await
                }
                None => self.park(delivery, &reason).await,
            },
            Tried::Later => {
                let at = self
                    .parts
                    .wall
                    .now()
                    .saturating_add(SUSPENDED_PAUSE)
                    .unwrap_or(jiff::Timestamp::MAX);
                store
                    .delivery_postponed(delivery.id, at, "the partner is suspended")
                    .await
            }
            Tried::Gone(reason) => self.park(delivery, &reason).await,
        };
        if let Err(error) = noted {
            tracing::error!(%error, event = %event.id, "the outcome of a delivery cannot be written");
        }
    }

    async fn park(&self, delivery: &Delivery, reason: &str) -> Result<(), segue_store::StoreError> {
        tracing::error!(event = %delivery.event.id, partner = %delivery.event.scope.partner, %reason, "event parked; `segue notification replay` sends it again");
        metrics::counter!("segue_events_parked_total").increment(1);
        self.parts.store.delivery_parked(delivery.id, reason).await
    }
}

/// When to try again after `attempt` failed tries before this one; none when the schedule ended.
fn next_try(now: jiff::Timestamp, attempt: u32) -> Option<jiff::Timestamp> {
    let pause = *PAUSES_SECONDS.get(attempt as usize)?;
    let spread = rand::rng().random_range(1.0 - JITTER..=1.0 + JITTER);
    let pause = SignedDuration::from_secs(pause).mul_f64(spread);
    now.checked_add(pause).ok()
}

async fn send(calls: &Calls, delivery: &Delivery) -> Tried {
    let event = &delivery.event;
    let version = delivery.subscription.version;
    let Some(told) = told(delivery) else {
        // Another version of the API has this event, the one subscribed to has not.
        return Tried::Taken;
    };
    let Some(operation) = listener(&event.api, version, &told.event_type) else {
        return Tried::Gone(format!("{} v{version} has no {}", event.api, told.event_type));
    };
    let envelope = json!({
        "eventId": event.id,
        "eventTime": time::text(event.at),
        "eventType": told.event_type,
        "event": told.payload,
    });
    #[cfg(feature = "planted")]
    let envelope = if segue_store::planted::is("new-event-id") && delivery.attempt > 0 {
        let mut envelope = envelope;
        envelope["eventId"] = json!(segue_model::id::new_id());
        envelope
    } else {
        envelope
    };
    let outgoing = Outgoing {
        scope: &event.scope,
        operation: &operation,
        base_url: Some(&delivery.subscription.callback),
        id: None,
        query: &told.query,
        body: Some(&envelope),
        idempotency_key: None,
        trace: &delivery.trace,
    };
    match calls.send(outgoing).await {
        Ok(answer) if answer.status.is_success() => Tried::Taken,
        Ok(answer) if answer.status == StatusCode::GONE => Tried::Gone("the listener answered 410 Gone".into()),
        Ok(answer) => Tried::Again(format!("the listener answered {}", answer.status)),
        Err(CallError::Suspended) => Tried::Later,
        Err(error) => Tried::Again(error.to_string()),
    }
}

/// An event as its listener reads it.
struct Told {
    event_type: String,
    payload: Value,
    query: String,
}

/// None where the version subscribed to does not have it.
fn told(delivery: &Delivery) -> Option<Told> {
    let (event, subscription) = (&delivery.event, &delivery.subscription);
    let api = api::notification_of(&event.api, subscription.version);
    let older = api.filter(|api| api::find(api.name, api.version).is_none());
    let Some(older) = older else {
        let known = api.is_none_or(|api| api.listener(&event.event_type).is_some());
        let told = || Told {
            event_type: event.event_type.clone(),
            payload: event.payload.clone(),
            query: subscription.party_query.clone(),
        };
        return known.then(told);
    };
    // Before Kylie the parties stood in the payload.
    let parties: Vec<(String, String)> = url::form_urlencoded::parse(subscription.party_query.as_bytes())
        .into_owned()
        .collect();
    let (event_type, payload) = translate::event(older, &event.event_type, (&event.payload, &parties))?;
    Some(Told {
        event_type,
        payload,
        query: String::new(),
    })
}

/// The listener operation of an event.
fn listener(api: &str, version: u32, event_type: &str) -> Option<Operation> {
    let operations = api::notification_of(api, version)?.operations();
    operations
        .into_iter()
        .find(|operation| operation.kind == Kind::Listener && operation.path.ends_with(&format!("/{event_type}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_jitter_and_end() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        for (attempt, pause) in PAUSES_SECONDS.iter().enumerate() {
            let at = next_try(now, attempt as u32).unwrap().as_second();
            assert!(
                (pause * 79 / 100..=pause * 121 / 100).contains(&at),
                "try {attempt}: {at} s"
            );
        }
        assert_eq!(next_try(now, PAUSES_SECONDS.len() as u32), None);
    }
}
