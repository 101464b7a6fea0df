//! What statistics are made of, and what it costs.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use segue_model::commit::Commit;
use segue_model::document::Document;
use segue_model::id::Scope;
use serde_json::json;

use crate::fixture::*;

fn errand(id: &str, state: &str, opened: Timestamp) -> Document {
    Document {
        api: "segue".into(),
        resource: "errand".into(),
        state: state.into(),
        created_at: opened,
        body: object(json!({ "about": {"id": "q"}, "step": "quote", "dueAt": after(60).to_string() })),
        ..quote(id)
    }
}

#[tokio::test]
async fn a_passage_has_each_state_once_with_the_time_it_was_entered() {
    let at = Fixture::new();
    let mut now = quote("q");
    at.store.commit(Commit::of(now.clone())).await.unwrap();
    for (seconds, state) in [(10, "inProgress"), (20, "approved.orderable"), (30, "expired")] {
        now = now.next(state, now.body.clone(), after(seconds));
        at.store.commit(Commit::of(now.clone())).await.unwrap();
    }
    let all = (noon(), after(1));
    let passages = at.store.passages(&with("beta"), "quote", all).await.unwrap();
    let states: Vec<(&str, Timestamp)> = passages[0]
        .states
        .iter()
        .map(|(state, at)| (state.as_str(), *at))
        .collect();
    let expected = [
        ("inProgress", noon()),
        ("approved.orderable", after(20)),
        ("expired", after(30)),
    ];
    assert_eq!((passages.len(), states), (1, expected.to_vec()));
    for (scope, period) in [
        (with("beta"), (after(1), after(9))),
        (with("beta"), (after(-9), noon())),
        (with("gamma"), all),
        (Scope::new("other", "beta"), all),
    ] {
        let none = at.store.passages(&scope, "quote", period).await.unwrap();
        assert_eq!(none, [], "{scope:?} {period:?}");
    }
}

#[tokio::test]
async fn errands_are_counted_for_their_partner_and_the_answered_ones_do_not_wait() {
    let at = Fixture::new();
    for (id, state, opened) in [
        ("e1", "open", 0),
        ("e2", "answered", 5),
        ("e3", "taken", 9),
        ("e4", "withdrawn", 3),
    ] {
        at.store
            .commit(Commit::of(errand(id, state, after(opened))))
            .await
            .unwrap();
    }
    let waiting = at.store.errands_waiting(&with("beta")).await.unwrap();
    let opened: Vec<Timestamp> = waiting.iter().map(|errand| errand.opened_at).collect();
    assert_eq!(opened, [noon(), after(9)]);
    let first = &waiting[0];
    assert_eq!(
        (first.about.as_str(), first.step.as_str(), first.due_at),
        ("q", "quote", Some(after(60)))
    );
    assert_eq!(at.store.errands_since(&with("beta"), after(5)).await.unwrap().len(), 2);
    assert_eq!(at.store.errands_since(&with("gamma"), noon()).await.unwrap(), []);
}

/// `cargo test -p segue-store --test it hundred_thousand -- --ignored --nocapture`
#[tokio::test]
#[ignore = "takes a minute: measures"]
async fn of_a_hundred_thousand_quotes_a_day_is_counted_fast() {
    const QUOTES: i64 = 100_000;
    /// 30 days.
    const SPREAD_S: i64 = 30 * 86_400;
    let at = Fixture::new();
    let padding = "x".repeat(5_000);
    let mut commit = Commit::default();
    for number in 0..QUOTES {
        let made = after(number * SPREAD_S / QUOTES);
        let mut first = quote(&format!("{number:08}"));
        (first.created_at, first.updated_at) = (made, made);
        first.body.insert("padding".into(), json!(padding));
        let later = made.checked_add(SignedDuration::from_secs(60)).unwrap();
        let next = first.next("approved.orderable", first.body.clone(), later);
        commit.documents.extend([first, next]);
        if commit.documents.len() >= 2_000 {
            at.store.commit(std::mem::take(&mut commit)).await.unwrap();
        }
    }
    for days in [1, 7, 30] {
        let start = Instant::now();
        let period = (noon(), after(days * 86_400));
        let found = at.store.passages(&with("beta"), "quote", period).await.unwrap();
        println!("{days} days, {} quotes: {:?}", found.len(), start.elapsed());
    }
}
