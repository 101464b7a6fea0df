//! Works off what the listener took: for each event the truth is fetched from its Seller, so that
//! late, repeated and forged events can do no more than cost one GET.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use segue_model::api;
use segue_model::describe::{Lifeline, Resource};
use segue_model::id::Scope;
use segue_model::release::translate;
use segue_store::{InboxEvent, InboxRow, StoreError};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

use crate::{Buyer, BuyerError, Cause};

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

/// Works until it is told to stop. Each Seller has a worker of its own, so that one who does not
/// answer holds up no other.
pub struct Inbox {
    buyer: Arc<Buyer>,
    /// Events whose truth could not be fetched, by row: how often, and when to try again.
    later: HashMap<i64, (u32, Instant)>,
    workers: JoinSet<Worked>,
    busy: HashMap<Id, Scope>,
}

/// What a worker leaves behind.
struct Worked {
    done: Vec<i64>,
    /// With the tries so far.
    failed: Vec<(i64, u32)>,
}

impl Inbox {
    /// The inbox of `buyer`.
    pub fn new(buyer: Arc<Buyer>) -> Self {
        Self {
            buyer,
            later: HashMap::new(),
            workers: JoinSet::new(),
            busy: HashMap::new(),
        }
    }

    /// Runs until `stop` turns true. Work begun is given up then: its events are still there at
    /// the next start.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut news = self.buyer.news();
        while !*stop.borrow() {
            news.mark_unchanged();
            if self.buyer.parts.store.leads()
                && let Err(error) = self.round().await
            {
                tracing::error!(%error, "the inbox cannot be read");
            }
            tokio::select! {
                () = tokio::time::sleep(SLEEP_MAX) => {}
                Some(ended) = self.workers.join_next_with_id() => self.note(ended),
                _ = news.changed() => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Gives every Seller without a worker one, for all its events that are due.
    async fn round(&mut self) -> Result<(), StoreError> {
        let now = Instant::now();
        let mut due: HashMap<Scope, Vec<(InboxRow, u32)>> = HashMap::new();
        for row in self.buyer.parts.store.inbox_pending(BATCH).await? {
            let (tries, at) = self.later.get(&row.id).copied().unwrap_or((0, now));
            if at <= now && !self.busy.values().any(|scope| *scope == row.event.scope) {
                due.entry(row.event.scope.clone()).or_default().push((row, tries));
            }
        }
        for (scope, rows) in due {
            let worker = self.workers.spawn(work(Arc::clone(&self.buyer), rows));
            self.busy.insert(worker.id(), scope);
        }
        Ok(())
    }

    fn note(&mut self, ended: Result<(Id, Worked), JoinError>) {
        let (id, worked) = match ended {
            Ok((id, worked)) => (id, Some(worked)),
            Err(error) => {
                tracing::error!(%error, "a worker of the inbox broke off; its events are tried again");
                (error.id(), None)
            }
        };
        self.busy.remove(&id);
        let Some(worked) = worked else { return };
        for row in worked.done {
            self.later.remove(&row);
        }
        for (row, tries) in worked.failed {
            let pause = RETRY_BASE.saturating_mul(1 << tries.min(10)).min(RETRY_MAX);
            self.later.insert(row, (tries + 1, Instant::now() + pause));
        }
    }
}

/// Works on events of one Seller, in order. Once it does not answer, the rest counts as failed
/// too: asking again and again would only take longer.
async fn work(buyer: Arc<Buyer>, rows: Vec<(InboxRow, u32)>) -> Worked {
    let mut worked = Worked {
        done: Vec::new(),
        failed: Vec::new(),
    };
    let mut silent = false;
    for (row, tries) in rows {
        // Without the lead these are another process's to look after.
        if silent || !buyer.parts.store.leads() {
            worked.failed.push((row.id, tries));
            continue;
        }
        let event = &row.event;
        let finished = match buyer.learn(event).await {
            Ok(()) => buyer.parts.store.inbox_done(row.id).await,
            Err(error) if tries >= TRIES_MAX => {
                tracing::error!(event = %event.event_id, partner = %event.scope.partner, %error, "event given up: the truth behind it cannot be fetched");
                buyer.parts.store.inbox_done(row.id).await
            }
            Err(error) => {
                tracing::warn!(event = %event.event_id, partner = %event.scope.partner, %error, "the truth behind an event cannot be fetched yet");
                silent = matches!(error, BuyerError::Call { .. });
                worked.failed.push((row.id, tries));
                continue;
            }
        };
        match finished {
            Ok(()) => worked.done.push(row.id),
            Err(error) => {
                tracing::error!(%error, event = %event.event_id, "an event cannot be marked as done");
                worked.failed.push((row.id, tries));
            }
        }
    }
    worked
}

impl Buyer {
    async fn learn(&self, event: &InboxEvent) -> Result<(), BuyerError> {
        let id = event.body.pointer("/event/id").and_then(Value::as_str);
        let (Some(resource), Some(id)) = (subject(&event.event_type), id) else {
            tracing::warn!(event = %event.event_id, kind = %event.event_type, "an event about nothing known here");
            return Ok(());
        };
        let cause = Cause::Event(event);
        match self.fetch((&event.scope, cause), resource.name, id).await {
            // The Seller does not know it (any more): nothing to learn.
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }
}

/// The resource an event is about: the one with the longest name that stands in the event's type.
fn subject(event_type: &str) -> Option<&'static Resource> {
    let wanted = translate::newer_event(event_type).to_ascii_lowercase();
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
        for api in api::described() {
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
