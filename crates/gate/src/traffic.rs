//! Counts calls by partner, role and API version, of those who call us and of those we call, so that
//! an operator sees which versions are really used.
//!
//! It counts in memory, where a call costs no write, and adds to the sums in the store whenever it
//! is told to. What came together since the last time is lost when the process is killed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use segue_model::describe::Api;
use segue_model::id::Scope;
use segue_model::party::Role;
use segue_store::{StoreError, Traffic};

use crate::Gate;

/// Whether a call was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was, whatever came of it.
    LetIn,
    /// It was not: 401, 403, or no token for this version.
    Refused,
}

impl Fate {
    pub(crate) fn of(status: u16) -> Self {
        match status {
            401 | 403 => Self::Refused,
            _ => Self::LetIn,
        }
    }
}

/// Partner, our role, name and version of the API: there are no more than agreements and versions
/// spoken, since nobody is counted who is no partner.
type Key = (Scope, Role, &'static str, u32);

/// What came together since it was written last.
#[derive(Default)]
pub struct Counts(Mutex<HashMap<Key, Count>>);

struct Count {
    calls: u64,
    refused: u64,
    first_at: Timestamp,
    last_at: Timestamp,
}

impl Counts {
    fn add(&self, key: Key, more: &Count) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key).or_insert(Count {
            calls: 0,
            refused: 0,
            ..*more
        });
        count.calls += more.calls;
        count.refused += more.refused;
        count.first_at = count.first_at.min(more.first_at);
        count.last_at = count.last_at.max(more.last_at);
    }

    fn take(&self) -> HashMap<Key, Count> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Gate {
    /// Counts one call; `role` is what we are in it.
    pub(crate) fn count(&self, (scope, role): (&Scope, Role), api: &'static Api, fate: Fate) {
        let now = self.wall.now();
        let one = Count {
            calls: 1,
            refused: u64::from(fate == Fate::Refused),
            first_at: now,
            last_at: now,
        };
        self.counts.add((scope.clone(), role, api.name, api.version), &one);
    }

    /// Adds what was counted to the sums in the store.
    ///
    /// # Errors
    /// The store; what was counted is kept for the next time.
    pub async fn write_counts(&self) -> Result<(), StoreError> {
        let counted = self.counts.take();
        if counted.is_empty() {
            return Ok(());
        }
        let rows = counted.iter().map(|((scope, role, api, version), count)| Traffic {
            scope: scope.clone(),
            role: *role,
            api: (*api).to_owned(),
            version: *version,
            calls: count.calls,
            refused: count.refused,
            first_at: count.first_at,
            last_at: count.last_at,
        });
        let written = self.store.add_traffic(rows.collect()).await;
        if written.is_err() {
            for (key, count) in counted {
                self.counts.add(key, &count);
            }
        }
        written
    }
}
