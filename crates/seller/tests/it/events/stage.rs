//! A Seller at work and who listens to it.

use std::sync::Arc;

use http::Response;
use jiff::SignedDuration;
use segue_model::commit::AuditEntry;
use segue_model::time::Clock;
use segue_seller::{Deliveries, Jobs};
use segue_store::{DeliveryFilter, DeliveryRow};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::bodies::{Circuit, QUOTE};
use crate::described::by_id;
use crate::listener::Listener;
use crate::world::{Buyer, PATIENCE, PLACE, World, request};

/// A Seller at work, and a listener of `alpha`.
pub struct Stage {
    pub world: World,
    pub listener: Listener,
    stop: watch::Sender<bool>,
    work: Vec<JoinHandle<()>>,
}

impl Stage {
    pub async fn set() -> Self {
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

    pub async fn end(self) {
        self.stop.send(true).unwrap();
        for work in self.work {
            work.await.unwrap();
        }
    }

    /// A quote that is answered later.
    pub async fn deferred(&self) -> String {
        let quote = self.circuit(&self.world.alpha).deferred_quote();
        let made = self.world.post(&self.world.alpha, QUOTE, &quote).await.created();
        assert_eq!(made["state"], "acknowledged");
        made["id"].as_str().unwrap().to_owned()
    }

    pub fn circuit<'a>(&'a self, buyer: &'a Buyer) -> Circuit<'a> {
        Circuit {
            products: &self.world.products,
            buyer,
            place: PLACE,
        }
    }

    /// POST whose answer is not read yet.
    pub async fn held(&self, operation: &str, body: &Value) -> Response<axum::body::Body> {
        let request = request(&self.world.alpha.token, &by_id(operation), ("", ""), Some(body));
        self.world.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn rows(&self) -> Vec<DeliveryRow> {
        let filter = DeliveryFilter::default();
        self.world
            .store
            .deliveries(&self.world.alpha.scope.company, &filter)
            .await
            .unwrap()
    }

    /// Waits until the deliveries are as `wanted`.
    pub async fn until(&self, wanted: impl Fn(&[DeliveryRow]) -> bool) -> Vec<DeliveryRow> {
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

    /// Moves the business clock on to the next work, when nothing is left to do before it.
    pub async fn skip_to_work(&self) {
        let next = self.world.store.next_due().await.unwrap();
        if let Some(due) = next.filter(|due| *due > self.world.business.now()) {
            self.world.business.set(due);
        }
        self.world.store.audit(note("time passes")).await.unwrap();
    }

    /// Moves the wall clock on and wakes who sleeps by it.
    pub async fn pass(&self, hours: i64) {
        self.world.wall.advance(SignedDuration::from_hours(hours));
        self.world.store.audit(note("time passes")).await.unwrap();
    }
}

pub fn note(action: &str) -> AuditEntry {
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
