//! Settings, counts, sweeping.

use jiff::SignedDuration;
use segue_model::commit::{Commit, IdempotentAnswer};
use segue_store::{Arrival, InboxEvent, Stats, Swept};
use serde_json::json;

use crate::fixture::*;

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_setting_is_kept_and_replaced() {
    let mut at = Fixture::new();
    assert_eq!(at.store.setting("clock").await.unwrap(), None);
    at.store.put_setting("clock", "1").await.unwrap();
    at.store.put_setting("clock", "2").await.unwrap();
    at.reopen(|_| ()).await;
    assert_eq!(at.store.setting("clock").await.unwrap().as_deref(), Some("2"));
}

fn inbox_event() -> InboxEvent {
    InboxEvent {
        scope: with("beta"),
        api: "quoteNotification".into(),
        version: 10,
        event_type: "quoteStateChangeEvent".into(),
        event_id: "1".into(),
        received_at: noon(),
        body: json!({}),
    }
}

#[tokio::test]
async fn stats_count_what_there_is_and_how_long_it_waits() {
    let at = Fixture::new();
    at.store.commit(subscribe("s")).await.unwrap();
    let commit = Commit {
        jobs: vec![job("due", "q", after(10)), job("stuck", "q", after(20))],
        events: vec![event("a", "a"), event("b", "b")],
        audit: vec![entry("createQuote")],
        ..Commit::of(quote("q"))
    };
    at.store.commit(commit).await.unwrap();
    at.store.park_job("stuck", "x").await.unwrap();
    let first = at.store.ready_deliveries(noon(), 8, 1).await.unwrap().remove(0);
    at.store.delivery_parked(first.id, "x").await.unwrap();
    at.store.inbox_put(inbox_event()).await.unwrap();
    at.wall.set(after(7));
    assert_eq!(
        at.store.stats(after(15)).await.unwrap(),
        Stats {
            documents: 1,
            jobs_waiting: 1,
            jobs_parked: 1,
            deliveries_waiting: 1,
            deliveries_parked: 1,
            inbox_pending: 1,
            subscriptions: 1,
            audit_rows: 1,
            oldest_due_job: Some(SignedDuration::from_secs(5)),
            oldest_delivery: Some(SignedDuration::from_secs(7)),
            oldest_inbox: Some(SignedDuration::from_secs(7)),
        }
    );
}

#[tokio::test]
async fn sweeping_removes_what_expired_and_nothing_that_is_still_owed() {
    let at = Fixture::new();
    at.store.commit(subscribe("s")).await.unwrap();
    at.store.commit(events(&[("sent", "a"), ("owed", "b")])).await.unwrap();
    let sent = at.store.ready_deliveries(noon(), 8, 1).await.unwrap().remove(0);
    at.store.delivery_done(sent.id).await.unwrap();
    let answer = IdempotentAnswer {
        key: "k".into(),
        digest: "d".into(),
        status: 201,
        body: "{}".into(),
        expires_at: after(7 * DAY),
    };
    at.store
        .commit(Commit {
            idempotency: Some(answer),
            ..Commit::default()
        })
        .await
        .unwrap();
    at.store.use_jti("c", "j", after(60)).await.unwrap();
    at.store.inbox_put(inbox_event()).await.unwrap();
    let pending = at.store.inbox_pending(1).await.unwrap().remove(0);
    at.store.inbox_done(pending.id).await.unwrap();

    assert_eq!(at.store.sweep(after(59)).await.unwrap(), Swept::default());
    let month = at.store.sweep(after(30 * DAY)).await.unwrap();
    assert_eq!(
        month,
        Swept {
            idempotency: 1,
            tokens: 1,
            events: 1,
            inbox: 0
        }
    );
    assert_eq!(at.store.inbox_put(inbox_event()).await.unwrap(), Arrival::Duplicate);
    assert_eq!(
        at.store.sweep(after(90 * DAY)).await.unwrap(),
        Swept {
            inbox: 1,
            ..Swept::default()
        }
    );
    let owed = at.store.ready_deliveries(after(90 * DAY), 8, 10).await.unwrap();
    assert_eq!(owed.len(), 1);
    assert_eq!(owed[0].event.id, "owed");
}
