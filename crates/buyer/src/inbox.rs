//! Works off what the listener took: for each event the truth is fetched from its Seller, so that
//! late, repeated and forged events can do no more than cost one GET.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use segue_model::api;
use segue_model::describe::{Lifeline, Resource};
use segue_store::InboxEvent;
use serde_json::Value;
use tokio::sync::watch;

use crate::{Buyer, BuyerError};

/// Events read in one go: enough that those of a Seller that is down do not hide all others.
const BATCH: usize = 256;

/// Tries to fetch the truth behind one event, about a day in all. After that the event is given
/// up: whoever looks at the resource next fetches the truth anyway.
const TRIES_MAX: u32 = 300;

/// The longest sleep.
const SLEEP_MAX: Duration = Duration::from_secs(1);

/// First pause after the truth could not be fetched; doubled up to the longest.
const RETRY_BASE: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(300);

/// Works until it is told to stop.
pub struct Inbox {
    buyer: Arc<Buyer>,
    /// Events whose truth could not be fetched: how often, and when to try again.
    later: HashMap<String, (u32, Instant)>,
}

impl Inbox {
    /// The inbox of `buyer`.
    pub fn new(buyer: Arc<Buyer>) -> Self {
        Self {
            buyer,
            later: HashMap::new(),
        }
    }

    /// Runs until `stop` turns true.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut news = self.buyer.news();
        while !*stop.borrow() {
            news.mark_unchanged();
            if let Err(error) = self.round().await {
                tracing::error!(%error, "the inbox cannot be read");
            }
            tokio::select! {
                () = tokio::time::sleep(SLEEP_MAX) => {}
                _ = news.changed() => {}
                _ = stop.changed() => {}
            }
        }
    }

    fn tries(&self, key: &str) -> u32 {
        self.later.get(key).map_or(0, |(tries, _)| *tries)
    }

    async fn round(&mut self) -> Result<(), BuyerError> {
        let now = Instant::now();
        let pending = self.buyer.parts.store.inbox_pending(BATCH).await?;
        for row in pending {
            let event = &row.event;
            let key = format!("{}|{}", event.scope.partner, event.event_id);
            if self.later.get(&key).is_some_and(|(_, at)| *at > now) {
                continue;
            }
            match self.buyer.learn(event).await {
                Ok(()) => {
                    self.later.remove(&key);
                    self.buyer.parts.store.inbox_done(row.id).await?;
                }
                Err(error) if self.tries(&key) >= TRIES_MAX => {
                    tracing::error!(event = %event.event_id, partner = %event.scope.partner, %error, "event given up: the truth behind it cannot be fetched");
                    self.later.remove(&key);
                    self.buyer.parts.store.inbox_done(row.id).await?;
                }
                Err(error) => {
                    let tries = self.tries(&key);
                    let pause = RETRY_BASE.saturating_mul(1 << tries.min(10)).min(RETRY_MAX);
                    tracing::warn!(event = %event.event_id, partner = %event.scope.partner, %error, "the truth behind an event cannot be fetched yet");
                    self.later.insert(key, (tries + 1, now + pause));
                }
            }
        }
        Ok(())
    }
}

impl Buyer {
    async fn learn(&self, event: &InboxEvent) -> Result<(), BuyerError> {
        let id = event.body.pointer("/event/id").and_then(Value::as_str);
        let (Some(resource), Some(id)) = (subject(&event.event_type), id) else {
            tracing::warn!(event = %event.event_id, kind = %event.event_type, "an event about nothing known here");
            return Ok(());
        };
        match self.refresh(&event.scope, resource.name, id).await {
            // The Seller does not know it (any more): nothing to learn.
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }
}

/// The resource an event is about: the one with the longest name that stands in the event's type.
fn subject(event_type: &str) -> Option<&'static Resource> {
    let wanted = event_type.to_ascii_lowercase();
    let wanted = if wanted.starts_with("poq") {
        "productofferingqualification".into()
    } else {
        wanted
    };
    let managed = api::all().iter().filter(|api| api.served_by == Lifeline::Seller);
    let named = managed
        .flat_map(|api| api.resources)
        .filter(|resource| resource.get.is_some() && wanted.contains(&resource.name.to_ascii_lowercase()));
    named.max_by_key(|resource| resource.name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_described_event_is_about_a_resource() {
        for api in api::all() {
            for listener in api.listeners {
                assert!(subject(listener.event).is_some(), "{}", listener.event);
            }
        }
        assert_eq!(
            subject("cancelProductOrderStateChangeEvent").unwrap().name,
            "cancelProductOrder"
        );
        assert_eq!(
            subject("productSpecificProductOrderItemMilestoneEvent").unwrap().name,
            "productOrder"
        );
        assert_eq!(
            subject("poqItemStateChangeEvent").unwrap().name,
            "productOfferingQualification"
        );
    }
}
