//! Quotes that the Buyer ends: cancelled while worked on, declined when they could be ordered.

use serde_json::{Value, json};

use super::deferred::{deferred, event_names, results, run_job, working};
use super::{created, item, quote};
use crate::api::bench::{Bench, check_commit, check_problems, check_shape, checked};
use crate::api::quote::end::{CANCEL, DECLINE, Ending};
use crate::api::quote::v10::{MANAGEMENT, NOTIFICATION};
use crate::commit::HoldChange;
use crate::document::Document;
use crate::failure::Problem;
use crate::failure::ProblemCode::{InvalidValue, ReferenceNotFound};
use crate::rules::{Outcome, Ref, Rules};

fn ask(bench: &Bench, task: &Ending, sent: &Value) -> Result<Outcome, Vec<Problem>> {
    check_shape(&MANAGEMENT, "QuoteOperationData", sent);
    bench.run(|ctx| task.on_create(&checked(sent), &bench.found, ctx))
}

fn about(document: &Document) -> Value {
    json!({"quoteId": document.id, "reason": "Another route was found."})
}

/// The commit of a task that is answered with what was sent.
#[track_caller]
fn ended(bench: &mut Bench, task: &Ending, document: &Document) -> Outcome {
    bench.put(document.clone());
    let sent = about(document);
    let outcome = ask(bench, task, &sent).unwrap_or_else(|problems| panic!("{problems:#?}"));
    check_commit((&MANAGEMENT, "Quote"), &NOTIFICATION, &outcome.commit);
    assert_eq!((outcome.status, &Value::Object(outcome.body.clone())), (200, &sent));
    assert_eq!(outcome.commit.cancel_jobs_of, vec![document.id.clone()]);
    assert_eq!(outcome.commit.decisions.len(), 1);
    assert_eq!(outcome.commit.documents[0].revision, document.revision + 1);
    let last = outcome.commit.documents[0]
        .at("/stateChange")
        .unwrap()
        .as_array()
        .unwrap()
        .last();
    assert_eq!(last.unwrap()["changeReason"], sent["reason"]);
    outcome
}

#[track_caller]
fn check_refused(bench: &mut Bench, task: &Ending, document: &Document) {
    bench.put(document.clone());
    let problems = ask(bench, task, &about(document)).unwrap_err();
    check_problems(&problems, &[(InvalidValue, "/quoteId")]);
}

fn releases(document: &Document, ids: &[&str]) -> Vec<HoldChange> {
    let owner = |id: &&str| format!("{}#{id}", document.id);
    ids.iter().map(|id| HoldChange::Release { owner: owner(id) }).collect()
}

#[test]
fn a_quote_that_is_worked_on_is_cancelled_at_once() {
    // Mplify 115.1 R54
    let mut bench = Bench::new();
    let items = vec![item("1", bench.uni("UNI", "A2")), item("2", bench.uni("UNI", "A2"))];
    let (document, job) = working(&mut bench, items);
    let outcome = ended(&mut bench, &CANCEL, &document);
    assert_eq!(
        event_names(&outcome.commit),
        [
            "quoteItemStateChangeEvent abandoned",
            "quoteItemStateChangeEvent abandoned",
            "quoteStateChangeEvent cancelled",
        ]
    );
    assert_eq!(outcome.commit.holds, releases(&document, &["1", "2"]));
    let cancelled = &outcome.commit.documents[0];
    assert_eq!(cancelled.state, "cancelled");
    assert_eq!(
        cancelled.text("/effectiveQuoteCompletionDate"),
        Some("2026-11-24T08:00:00.000Z")
    );
    // The job that was on its way finds nothing to do.
    assert!(run_job(&bench, cancelled, &job).documents.is_empty());
    check_refused(&mut bench, &CANCEL, cancelled);
}

#[test]
fn a_draft_is_cancelled_with_all_it_showed() {
    // Mplify 115.1 R54; MEF 80 R52
    let mut bench = Bench::new();
    let items = vec![item("1", bench.uni("UNI", "A2"))];
    let (document, job) = working(&mut bench, items);
    let draft = run_job(&bench, &document, &job).documents[0].clone();
    let cancelled = ended(&mut bench, &CANCEL, &draft).commit.documents[0].clone();
    assert_eq!(cancelled.text("/quoteItem/0/state"), Some("abandoned"));
    assert_eq!(results(&cancelled, 0), ["subjectToFeasibilityCheck"]);
}

#[test]
fn a_quote_that_could_be_ordered_is_declined_and_gives_back_what_it_held() {
    // Mplify 115.1 R55
    let mut bench = Bench::new();
    let mut alternate = item("2", bench.uni("UNI", "A2"));
    alternate["requestedQuoteItemInstallationInterval"] = json!({"amount": 1, "units": "calendarDays"});
    for items in [vec![item("1", bench.uni("UNI", "A2"))], vec![alternate]] {
        let sent = quote(items);
        let document = created(&bench, &sent).commit.documents[0].clone();
        check_refused(&mut bench, &CANCEL, &document);
        let outcome = ended(&mut bench, &DECLINE, &document);
        assert_eq!(event_names(&outcome.commit), ["quoteStateChangeEvent declined"]);
        let id = sent["quoteItem"][0]["id"].as_str().unwrap();
        assert_eq!(outcome.commit.holds, releases(&document, &[id]));
        let declined = &outcome.commit.documents[0];
        assert_eq!(declined.at("/quoteItem"), document.at("/quoteItem"));
        assert_eq!(declined.at("/quoteLevel"), document.at("/quoteLevel"));
        check_refused(&mut bench, &DECLINE, declined);
    }
}

#[test]
fn no_other_state_can_be_cancelled_or_declined() {
    let mut bench = Bench::new();
    let waiting = created(&bench, &deferred(quote(vec![item("1", bench.uni("UNI", "A2"))])))
        .commit
        .documents[0]
        .clone();
    check_refused(&mut bench, &CANCEL, &waiting);
    check_refused(&mut bench, &DECLINE, &waiting);
    let mut sent = quote(vec![item("1", bench.uni("UNI", "A2"))]);
    sent["buyerRequestedQuoteLevel"] = json!("budgetary");
    let answered = created(&bench, &sent).commit.documents[0].clone();
    check_refused(&mut bench, &DECLINE, &answered);
    let impossible = created(&bench, &quote(vec![item("1", bench.uni("UNI", "FAR"))]))
        .commit
        .documents[0]
        .clone();
    check_refused(&mut bench, &DECLINE, &impossible);
}

#[test]
fn a_quote_past_its_end_is_expired_even_if_no_clock_was_there_yet() {
    let mut bench = Bench::new();
    let document = created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2"))]))
        .commit
        .documents[0]
        .clone();
    bench.now = "2026-11-24T08:05:00Z".parse().unwrap();
    bench.put(document.clone());
    let problems = ask(&bench, &DECLINE, &about(&document)).unwrap_err();
    assert!(problems[0].reason.contains("expired"), "{problems:#?}");
}

#[test]
fn a_quote_that_is_not_found_is_unknown_whoever_has_it() {
    // The frame finds no quote of anybody else, so both are one case here.
    let bench = Bench::new();
    for task in [&CANCEL, &DECLINE] {
        let sent = json!({"quoteId": "q-1"});
        let needs = bench.run(|ctx| task.needs(&checked(&sent), ctx));
        assert_eq!(
            needs,
            [Ref::Document {
                resource: "quote",
                id: "q-1".into()
            }]
        );
        check_problems(
            &ask(&bench, task, &sent).unwrap_err(),
            &[(ReferenceNotFound, "/quoteId")],
        );
    }
}

#[test]
fn both_tasks_are_known_under_their_operation_ids() {
    // Mplify 115.1 R3
    for name in ["cancelQuote", "declineQuote"] {
        assert_eq!(crate::api::rules(name).map(Rules::name), Some(name));
    }
}
