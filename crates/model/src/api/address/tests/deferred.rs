//! Validations that are answered later.

use serde_json::{Value, json};

use super::{fielded, too_many};
use crate::api::address::lifecycle::VALIDATION;
use crate::api::address::rules::AddressRules;
use crate::api::address::v8::{MANAGEMENT, NOTIFICATION};
use crate::api::bench::{Bench, check_commit, check_problems, checked};
use crate::commit::{Commit, Job};
use crate::document::Document;
use crate::failure::Problem;
use crate::failure::ProblemCode::{OtherIssue, TooManyRecords};
use crate::rules::{Outcome, Rules};
use crate::time::{self, Span, Unit};

const SHAPE: &str = "GeographicAddressValidation";

fn submit(bench: &Bench, query: &Value) -> Result<Outcome, Vec<Problem>> {
    let sent = json!({"instantSyncValidation": false, "submittedGeographicAddress": query});
    bench.run(|ctx| AddressRules.on_create(&checked(&sent), &bench.found, ctx))
}

#[track_caller]
fn submitted(bench: &Bench, query: &Value) -> (Document, Job) {
    let outcome = submit(bench, query).unwrap_or_else(|problems| panic!("{problems:#?}"));
    check_commit((&MANAGEMENT, SHAPE), &NOTIFICATION, &outcome.commit);
    // Creation is no change of state: nobody is told.
    assert!(outcome.commit.events.is_empty());
    let document = outcome.commit.documents[0].clone();
    assert_eq!((outcome.status, &outcome.body), (201, &document.body));
    (document, outcome.commit.jobs[0].clone())
}

/// The step that leads to `state`, which is told.
#[track_caller]
fn stepped(bench: &Bench, document: &Document, job: &Job, state: &str) -> Commit {
    let commit = bench.run(|ctx| AddressRules.on_job(document, job, &bench.found, ctx));
    check_commit((&MANAGEMENT, SHAPE), &NOTIFICATION, &commit);
    assert_eq!(commit.documents[0].state, state);
    assert_eq!(commit.documents[0].text("/state"), Some(state));
    let [event] = &commit.events[..] else {
        panic!("{:#?}", commit.events)
    };
    assert_eq!(event.event_type, "geographicAddressValidationStateChangeEvent");
    assert_eq!(event.payload["id"], json!(document.id));
    assert_eq!(event.payload["state"], state);
    commit
}

#[test]
fn a_deferred_validation_is_acknowledged_worked_on_and_ready() {
    // Mplify 121.1 R30, R35, R41, R54
    let mut bench = Bench::new();
    bench.book.answer_time = Span::new(1, Unit::Minutes);
    let (document, job) = submitted(&bench, &fielded("2", "DE"));
    assert_eq!(document.text("/state"), Some("acknowledged"));
    assert_eq!(document.text("/id"), Some(document.id.as_str()));
    assert_eq!(document.at("/alternateGeographicAddress"), Some(&json!([])));
    assert_eq!(document.at("/submittedGeographicAddress"), Some(&fielded("2", "DE")));
    let first = stepped(&bench, &document, &job, "inProgress");
    assert_eq!(first.documents[0].at("/bestMatchGeographicAddress"), None);
    assert_eq!(time::text(first.jobs[0].due_at), "2026-11-24T08:01:00.000Z");
    let last = stepped(&bench, &first.documents[0], &first.jobs[0], "ready");
    let ready = &last.documents[0];
    assert_eq!(ready.text("/bestMatchGeographicAddress/id"), Some("A2"));
    assert_eq!(ready.at("/submittedGeographicAddress"), Some(&fielded("2", "DE")));
    assert_eq!(last.decisions.len(), 1);
    assert!(last.jobs.is_empty() && VALIDATION.is_final(&ready.state));
    let again = bench.run(|ctx| AddressRules.on_job(ready, &first.jobs[0], &bench.found, ctx));
    assert!(again.documents.is_empty());
}

#[test]
fn what_can_be_refused_is_refused_before_it_is_acknowledged() {
    // Mplify 121.1 R38, R39
    let at = "/submittedGeographicAddress";
    check_problems(
        &submit(&Bench::new(), &fielded("1", "US")).unwrap_err(),
        &[(OtherIssue, at)],
    );
    let (bench, query) = too_many();
    check_problems(&submit(&bench, &query).unwrap_err(), &[(TooManyRecords, at)]);
}

#[test]
fn an_area_that_closes_meanwhile_rejects_or_leaves_nothing() {
    let mut bench = Bench::new();
    let (document, job) = submitted(&bench, &fielded("2", "DE"));
    let first = stepped(&bench, &document, &job, "inProgress");
    bench.agreement.countries = vec!["NL".into()];
    let rejected = stepped(&bench, &document, &job, "rejected");
    assert!(rejected.jobs.is_empty());
    assert_eq!(rejected.decisions.len(), 1);
    let ready = stepped(&bench, &first.documents[0], &first.jobs[0], "ready");
    assert_eq!(ready.documents[0].at("/bestMatchGeographicAddress"), None);
    assert_eq!(ready.documents[0].at("/alternateGeographicAddress"), Some(&json!([])));
}
