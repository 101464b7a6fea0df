//! Quotes that take time, and the end of validity.

use serde_json::{Value, json};

use super::{check_refused, check_states, created, item, quote};
use crate::api::bench::{Bench, check_commit, person};
use crate::api::quote::rules::QuoteRules;
use crate::api::quote::v10::{MANAGEMENT, NOTIFICATION};
use crate::commit::{Commit, HoldChange, Job};
use crate::document::Document;
use crate::failure::ProblemCode::{InvalidValue, MissingProperty};
use crate::rules::Rules;

fn deferred(mut quote: Value) -> Value {
    quote["instantSyncQuote"] = json!(false);
    quote["requestedQuoteCompletionDate"] = json!("2026-11-25T08:00:00Z");
    quote["relatedContactInformation"] = json!([person("buyerContactInformation")]);
    for item in quote["quoteItem"].as_array_mut().unwrap() {
        item["relatedContactInformation"] = json!([person("quoteItemTechnicalContact")]);
    }
    quote
}

#[track_caller]
fn run_job(bench: &Bench, document: &Document, job: &Job) -> Commit {
    let commit = bench.run(|ctx| QuoteRules.on_job(document, job, &bench.found, ctx));
    check_commit((&MANAGEMENT, "Quote"), &NOTIFICATION, &commit);
    commit
}

fn event_names(commit: &Commit) -> Vec<String> {
    let events = commit.events.iter();
    events
        .map(|event| format!("{} {}", event.event_type, event.payload["state"].as_str().unwrap()))
        .collect()
}

#[test]
fn a_deferred_request_names_people_and_a_date() {
    // Mplify 115.1 R17, R18, R20
    let bench = Bench::new();
    let mut sent = quote(vec![item("1", bench.uni("UNI", "A2"))]);
    sent["instantSyncQuote"] = json!(false);
    check_refused(
        &bench,
        &sent,
        &[
            (MissingProperty, "/relatedContactInformation"),
            (MissingProperty, "/requestedQuoteCompletionDate"),
            (MissingProperty, "/quoteItem/0/relatedContactInformation"),
        ],
    );
    let mut late = deferred(sent);
    late["requestedQuoteCompletionDate"] = json!("2026-11-23T08:00:00Z");
    check_refused(&bench, &late, &[(InvalidValue, "/requestedQuoteCompletionDate")]);
}

#[test]
fn a_deferred_quote_is_acknowledged_worked_on_and_approved() {
    let bench = Bench::new();
    let outcome = created(&bench, &deferred(quote(vec![item("1", bench.uni("UNI", "A2"))])));
    check_states(&outcome, &["acknowledged", "acknowledged"]);
    assert!(outcome.commit.events.is_empty());
    let first = run_job(&bench, &outcome.commit.documents[0], &outcome.commit.jobs[0]);
    assert_eq!(
        event_names(&first),
        [
            "quoteItemStateChangeEvent inProgress",
            "quoteStateChangeEvent inProgress"
        ]
    );
    let working = &first.documents[0];
    // Mplify 115.1 R51
    assert!(working.body.contains_key("expectedQuoteCompletionDate"));
    let second = run_job(&bench, working, &first.jobs[0]);
    assert_eq!(
        event_names(&second),
        [
            "quoteItemStateChangeEvent approved.orderable",
            "quoteStateChangeEvent approved.orderable"
        ]
    );
    assert_eq!(second.events[0].payload["quoteItemId"], "1");
    assert_eq!(second.events[0].lane, working.id);
    assert_eq!(second.documents[0].revision, 3);
    assert_eq!(second.holds.len(), 1);
    assert_eq!(second.jobs[0].kind, "expire");
    // A job that runs again finds nothing to do.
    assert!(
        run_job(&bench, &second.documents[0], &first.jobs[0])
            .documents
            .is_empty()
    );
}

#[test]
fn a_deferred_quote_that_is_not_valid_any_more_is_rejected_with_its_reasons() {
    let mut bench = Bench::new();
    let sent = deferred(quote(vec![
        item("1", bench.uni("UNI-BUILD", "A2")),
        item("2", bench.uni("UNI", "A2")),
    ]));
    let outcome = created(&bench, &sent);
    bench.agreement.offerings = vec!["UNI".into()];
    let commit = run_job(&bench, &outcome.commit.documents[0], &outcome.commit.jobs[0]);
    let body = Value::Object(commit.documents[0].body.clone());
    assert_eq!(commit.documents[0].state, "rejected");
    assert_eq!(body["quoteItem"][0]["state"], "rejected");
    assert_eq!(body["quoteItem"][0]["terminationError"][0]["code"], "referenceNotFound");
    assert_eq!(body["quoteItem"][1]["state"], "abandoned");
}

#[test]
fn a_quote_expires_at_its_end_and_gives_back_what_it_held() {
    let mut bench = Bench::new();
    let outcome = created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2"))]));
    let (document, job) = (&outcome.commit.documents[0], &outcome.commit.jobs[0]);
    assert!(run_job(&bench, document, job).documents.is_empty());
    bench.now = job.due_at;
    let commit = run_job(&bench, document, job);
    assert_eq!(event_names(&commit), ["quoteStateChangeEvent expired"]);
    let expired = &commit.documents[0];
    assert_eq!(expired.state, "expired");
    assert_eq!(expired.text("/quoteItem/0/state"), Some("approved.orderable"));
    let owner = format!("{}#1", document.id);
    assert_eq!(commit.holds, vec![HoldChange::Release { owner }]);
    assert!(run_job(&bench, expired, job).documents.is_empty());
}
