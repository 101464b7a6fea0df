//! What is kept of each revision.

use segue_model::commit::{AuditEntry, Commit};
use segue_model::document::{Document, Side};
use serde_json::{Value, json};

use crate::fixture::{Fixture, acme, after, noon, object, quote, with};

fn caused(document: &Document, action: &str, detail: &str) -> Commit {
    let mut commit = Commit::of(document.clone());
    commit.audit.push(AuditEntry {
        company: "acme".into(),
        actor: "beta".into(),
        action: action.into(),
        object: document.id.clone(),
        outcome: document.state.clone(),
        detail: detail.into(),
        request_id: String::new(),
    });
    commit
}

fn changed(document: &Document, state: &str) -> Document {
    let mut body = document.body.clone();
    body.insert("state".into(), json!(state));
    document.next(state, body, after(5))
}

#[tokio::test]
async fn a_revision_keeps_its_cause_the_wall_time_and_what_changed() {
    let at = Fixture::new();
    let first = quote("q");
    at.store.commit(caused(&first, "createQuote", "")).await.unwrap();
    at.wall.set(after(60));
    let second = changed(&first, "approved.orderable");
    at.store
        .commit(caused(&second, "mirror.event", "quoteStateChangeEvent e1"))
        .await
        .unwrap();
    let rows = at.store.history(&with("beta"), "q").await.unwrap();
    let told: Vec<Value> = rows.iter().map(|row| json!([row.cause, row.changes])).collect();
    let expected = json!([
        ["createQuote", null],
        ["mirror.event: quoteStateChangeEvent e1", [{ "path": "/state", "new": "approved.orderable" }]],
    ]);
    assert_eq!(json!(told), expected);
    assert_eq!((rows[0].stored_at, rows[1].stored_at), (Some(noon()), Some(after(60))));
    assert_eq!(rows[1].at, after(5), "business time is another clock");
}

#[tokio::test]
async fn of_quiet_mirrors_those_that_ended_and_those_of_others_are_not_told() {
    let at = Fixture::new();
    let mirror = |id: &str, state: &str| Document {
        side: Side::Buyer,
        state: state.into(),
        ..quote(id)
    };
    let documents = [
        mirror("waits", "inProgress"),
        mirror("odd", "ofAnotherVersion"),
        mirror("over", "expired"),
        mirror("stateless", ""),
        quote("ours"),
    ];
    for document in documents {
        at.store.commit(Commit::of(document)).await.unwrap();
    }
    at.wall.set(after(60));
    at.store
        .commit(Commit::of(mirror("young", "inProgress")))
        .await
        .unwrap();
    let quiet = at.store.quiet_mirrors(&acme(), after(59)).await.unwrap();
    let mut ids: Vec<&str> = quiet.iter().map(|mirror| mirror.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["odd", "waits"]);
    assert_eq!((quiet[0].heard_at, quiet[0].revision), (noon(), 1));
    // News makes it young again, whatever business time says.
    let waits = at
        .store
        .document(&with("beta"), Side::Buyer, "quote", "waits")
        .await
        .unwrap()
        .unwrap();
    at.store
        .commit(Commit::of(waits.next("inProgress.draft", object(json!({})), noon())))
        .await
        .unwrap();
    assert_eq!(at.store.quiet_mirrors(&acme(), after(59)).await.unwrap().len(), 1);
    let foreign = at.store.quiet_mirrors(&"omega".into(), after(120)).await.unwrap();
    assert_eq!(foreign, []);
}
