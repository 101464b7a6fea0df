//! Deliveries go out in the order of their lane, over failures, parking and restarts.

use segue_model::commit::{Commit, SubscriptionChange};
use segue_store::{DeliveryFilter, DeliveryState, Stats};

use crate::fixture::*;

/// Subscription and event of what may be sent `seconds` after noon.
async fn ready(at: &Fixture, seconds: i64) -> Vec<String> {
    let ready = at.store.ready_deliveries(after(seconds), 8, 100).await.unwrap();
    ready
        .iter()
        .map(|d| format!("{}:{}", d.subscription.id, d.event.id))
        .collect()
}

async fn id_of(at: &Fixture, event: &str) -> i64 {
    let all = at.store.deliveries(&acme(), &DeliveryFilter::default()).await.unwrap();
    all.iter()
        .find(|row| row.delivery.event.id == event)
        .unwrap()
        .delivery
        .id
}

async fn subscribed(events_in: &[(&str, &str)]) -> Fixture {
    let at = Fixture::new();
    at.store.commit(subscribe("s")).await.unwrap();
    at.store.commit(events(events_in)).await.unwrap();
    at
}

#[tokio::test]
async fn of_each_lane_only_the_oldest_unfinished_delivery_is_ready() {
    let at = subscribed(&[("a1", "a"), ("a2", "a"), ("b1", "b")]).await;
    assert_eq!(ready(&at, 0).await, ["s:a1", "s:b1"]);
    at.store.delivery_done(id_of(&at, "a1").await).await.unwrap();
    assert_eq!(ready(&at, 0).await, ["s:a2", "s:b1"]);
    at.store.delivery_done(id_of(&at, "a2").await).await.unwrap();
    at.store.delivery_done(id_of(&at, "b1").await).await.unwrap();
    assert!(ready(&at, 0).await.is_empty());
    assert_eq!(at.store.next_delivery().await.unwrap(), None);
}

#[tokio::test]
async fn a_delivery_has_all_that_a_listener_needs() {
    let at = subscribed(&[("a1", "a")]).await;
    let delivery = at.store.ready_deliveries(noon(), 8, 100).await.unwrap().remove(0);
    assert_eq!(delivery.subscription, subscription("s", &[]));
    assert_eq!(delivery.event.payload, event("a1", "a").payload);
    assert_eq!((delivery.event.at, delivery.attempt), (noon(), 0));
}

#[tokio::test]
async fn a_failed_delivery_holds_its_own_lane_until_its_time_comes() {
    let at = subscribed(&[("a1", "a"), ("a2", "a"), ("b1", "b")]).await;
    at.store
        .delivery_failed(id_of(&at, "a1").await, after(30), "503")
        .await
        .unwrap();
    assert_eq!(ready(&at, 0).await, ["s:b1"]);
    at.store.delivery_done(id_of(&at, "b1").await).await.unwrap();
    assert_eq!(at.store.next_delivery().await.unwrap(), Some(after(30)));
    assert_eq!(ready(&at, 30).await, ["s:a1"]);
    assert_eq!(
        at.store.ready_deliveries(after(30), 8, 100).await.unwrap()[0].attempt,
        1
    );
}

#[tokio::test]
async fn a_parked_delivery_blocks_its_own_lane_until_it_is_replayed() {
    let at = subscribed(&[("a1", "a"), ("a2", "a"), ("b1", "b")]).await;
    at.store.delivery_parked(id_of(&at, "a1").await, "410").await.unwrap();
    assert_eq!(ready(&at, 1_000_000).await, ["s:b1"]);
    let parked = DeliveryFilter {
        state: Some(DeliveryState::Parked),
        ..DeliveryFilter::default()
    };
    let rows = at.store.deliveries(&acme(), &parked).await.unwrap();
    assert_eq!((rows.len(), rows[0].error.as_deref()), (1, Some("410")));

    let elsewhere = DeliveryFilter {
        partner: Some("gamma".into()),
        ..DeliveryFilter::default()
    };
    assert_eq!(at.store.replay(&acme(), &elsewhere, entry("replay")).await.unwrap(), 0);
    assert_eq!(
        at.store
            .replay(&"other".into(), &DeliveryFilter::default(), entry("replay"))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        at.store
            .replay(&acme(), &DeliveryFilter::default(), entry("replay"))
            .await
            .unwrap(),
        1
    );
    assert_eq!(ready(&at, 0).await, ["s:a1", "s:b1"]);
    assert_eq!(at.store.audit_rows(10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_dropped_delivery_lets_its_lane_go_on() {
    let at = subscribed(&[("a1", "a"), ("a2", "a")]).await;
    at.store.delivery_parked(id_of(&at, "a1").await, "410").await.unwrap();
    assert_eq!(
        at.store
            .drop_parked(&acme(), &DeliveryFilter::default(), entry("drop"))
            .await
            .unwrap(),
        1
    );
    assert_eq!(ready(&at, 0).await, ["s:a2"]);
}

#[tokio::test]
async fn an_event_behind_a_waiting_one_of_an_earlier_commit_stays_behind_it() {
    let mut at = subscribed(&[("a1", "a")]).await;
    at.store
        .delivery_failed(id_of(&at, "a1").await, after(30), "timeout")
        .await
        .unwrap();
    at.store.commit(events(&[("a2", "a")])).await.unwrap();
    at.reopen(|_| ()).await;
    assert!(ready(&at, 29).await.is_empty());
    assert_eq!(ready(&at, 30).await, ["s:a1"]);
}

#[tokio::test]
async fn one_subscription_gets_no_more_than_its_share_and_none_starves() {
    let at = Fixture::new();
    at.store.commit(subscribe("s")).await.unwrap();
    at.store
        .commit(events(&[("a", "a"), ("b", "b"), ("c", "c")]))
        .await
        .unwrap();
    at.store.commit(subscribe("t")).await.unwrap();
    at.store.commit(events(&[("d", "d"), ("e", "e")])).await.unwrap();
    let shown = async |each: usize, most: usize| {
        let found = at.store.ready_deliveries(noon(), each, most).await.unwrap();
        found
            .iter()
            .map(|d| format!("{}:{}", d.subscription.id, d.event.id))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(2, 100).await, ["s:a", "t:d", "s:b", "t:e"]);
    assert_eq!(shown(8, 2).await, ["s:a", "t:d"]);
}

#[tokio::test]
async fn a_subscription_hears_only_of_what_it_asked_for() {
    let at = Fixture::new();
    let mut other_api = subscription("other-api", &[]);
    other_api.notification = "productOrderingNotification".to_owned();
    let mut foreign = subscription("foreign", &[]);
    foreign.scope = with("gamma");
    let subscriptions = [
        subscription("all", &[]),
        subscription("one", &["quoteStateChangeEvent"]),
        subscription("none", &["quoteItemStateChangeEvent"]),
        other_api,
        foreign,
    ];
    let subscriptions = subscriptions.map(SubscriptionChange::Add).to_vec();
    at.store
        .commit(Commit {
            subscriptions,
            ..Commit::default()
        })
        .await
        .unwrap();
    at.store.commit(events(&[("e", "q")])).await.unwrap();
    assert_eq!(ready(&at, 0).await, ["all:e", "one:e"]);
}

#[tokio::test]
async fn a_subscription_that_ends_takes_its_deliveries_with_it() {
    let at = subscribed(&[("a1", "a"), ("b1", "b")]).await;
    let remove = SubscriptionChange::Remove {
        scope: with("beta"),
        id: "s".into(),
    };
    at.store
        .commit(Commit {
            subscriptions: vec![remove],
            ..events(&[("a2", "a")])
        })
        .await
        .unwrap();
    let stats = at.store.stats(noon()).await.unwrap();
    assert_eq!(
        stats,
        Stats {
            documents: 0,
            ..Stats::default()
        }
    );
    assert!(ready(&at, 0).await.is_empty());
}

#[tokio::test]
async fn a_delivery_reported_twice_or_late_changes_nothing() {
    let at = subscribed(&[("a1", "a"), ("a2", "a")]).await;
    let first = id_of(&at, "a1").await;
    at.store.delivery_done(first).await.unwrap();
    at.store.delivery_done(first).await.unwrap();
    at.store.delivery_failed(first, after(9), "late").await.unwrap();
    at.store.delivery_parked(first, "late").await.unwrap();
    assert_eq!(ready(&at, 0).await, ["s:a2"]);
}

#[tokio::test]
async fn a_summary_tells_what_waits_what_fails_and_what_was_taken_last() {
    let at = subscribed(&[("a1", "a"), ("a2", "a"), ("b1", "b"), ("c1", "c")]).await;
    let scope = subscription("s", &[]).scope;
    assert_eq!(at.store.delivery_summary(&scope).await.unwrap().last_done, None);
    at.store.delivery_done(id_of(&at, "a1").await).await.unwrap();
    let failed = id_of(&at, "b1").await;
    at.store.delivery_failed(failed, after(30), "503").await.unwrap();
    at.store.delivery_parked(id_of(&at, "c1").await, "410").await.unwrap();
    let found = at.store.delivery_summary(&scope).await.unwrap();
    assert_eq!((found.waiting, found.failing, found.parked), (2, 1, 1));
    assert!(found.last_done.is_some());
    assert_eq!(found.last_error.as_deref(), Some("410"));
    let nobody = segue_model::id::Scope::new("acme", "nobody");
    assert_eq!(
        at.store.delivery_summary(&nobody).await.unwrap(),
        segue_store::DeliverySummary::default()
    );
}
