//! What all background loops share: they look when something changed or their pause is over,
//! never take one thing twice, and finish what they began before they stop.

use std::collections::HashSet;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::{Seller, SellerError};

/// The longest pause: a clock that was moved or a missed wake-up costs no more than this.
pub const PAUSE_MAX: Duration = Duration::from_secs(1);

/// How soon the work is taken up when the process that did it has ended.
const FOLLOWING_PAUSE: Duration = Duration::from_millis(200);

/// Things under way, at most so many at once.
pub struct Work<K> {
    running: Arc<Mutex<HashSet<K>>>,
    slots: Arc<Semaphore>,
    at_once: u32,
}

impl<K: Clone + Eq + Hash + Send + 'static> Work<K> {
    /// Nothing is under way.
    pub fn new(at_once: u32) -> Self {
        Self {
            running: Arc::default(),
            slots: Arc::new(Semaphore::new(at_once as usize)),
            at_once,
        }
    }

    /// What is under way now. Ask before reading what is due: something that ends in between is
    /// still in what was read, and would be done twice.
    pub fn under_way(&self) -> HashSet<K> {
        self.running.lock().map(|running| running.clone()).unwrap_or_default()
    }

    /// Starts `work` on `key` when a place is free; false when `key` is under way already.
    pub async fn start(&self, key: K, work: impl Future<Output = ()> + Send + 'static) -> bool {
        if !self.running.lock().is_ok_and(|mut running| running.insert(key.clone())) {
            return false;
        }
        let running = Arc::clone(&self.running);
        let slot = Arc::clone(&self.slots).acquire_owned().await;
        tokio::spawn(async move {
            work.await;
            if let Ok(mut running) = running.lock() {
                running.remove(&key);
            }
            drop(slot);
        });
        true
    }

    /// Resolves when everything begun is finished.
    pub async fn finished(&self) {
        let _all = self.slots.acquire_many(self.at_once).await;
    }
}

/// One background loop.
pub trait Round: Sync {
    /// Whose work it does.
    fn seller(&self) -> &Seller;

    /// Starts what is due; says how long nothing more will be.
    fn round(&self) -> impl Future<Output = Result<Duration, SellerError>> + Send;
}

/// Goes round until `stop` turns true: whenever something was stored or answered, and at the
/// latest after the pause the round asks for.
pub async fn until_stopped(rounds: &impl Round, mut stop: watch::Receiver<bool>) {
    let mut changes = rounds.seller().parts.store.changes();
    let mut released = rounds.seller().answering.released();
    while !*stop.borrow() {
        changes.mark_unchanged();
        released.mark_unchanged();
        let pause = if rounds.seller().parts.store.leads() {
            rounds.round().await.unwrap_or_else(|error| {
                tracing::error!(%error, "work that waits cannot be read");
                PAUSE_MAX
            })
        } else {
            FOLLOWING_PAUSE
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = changes.changed() => {}
            _ = released.changed() => {}
            _ = stop.changed() => {}
        }
    }
}
