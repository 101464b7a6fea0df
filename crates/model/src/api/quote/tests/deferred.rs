//! Quotes that take time, and the end of validity.

use serde_json::{Value, json};

use super::{check_refused, check_states, created, item, quote};
use crate::api::bench::{Bench, check_commit, check_list, person};
use crate::api::quote::rules::QuoteRules;
use crate::api::quote::v10::{MANAGEMENT, NOTIFICATION};
use crate::commit::{Commit, HoldChange, Job};
use crate::document::Document;
use crate::failure::ProblemCode::{InvalidValue, MissingProperty};
use crate::rules::Rules;
use crate::time::{self, Span, Unit};

pub(super) fn deferred(mut quote: Value) -> Value {
    quote["instantSyncQuote"] = json!(false);
    quote["requestedQuoteCompletionDate"] = json!("2026-11-25T08:00:00Z");
    quote["relatedContactInformation"] = json!([person("buyerContactInformation")]);
    for item in quote["quoteItem"].as_array_mut().unwrap() {
        item["relatedContactInformation"] = json!([person("quoteItemTechnicalContact")]);
    }
    quote
}

#[track_caller]
pub(super) fn run_job(bench: &Bench, document: &Document, job: &Job) -> Commit {
    let commit = bench.run(|ctx| QuoteRules.on_job(document, job, &bench.found, ctx));
    check_commit((&MANAGEMENT, "Quote"), &NOTIFICATION, &commit);
    commit
}

pub(super) fn event_names(commit: &Commit) -> Vec<String> {
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

/// A deferred quote of these items that is worked on, and the job that comes next. The book takes
/// a minute.
#[track_caller]
pub(super) fn working(bench: &mut Bench, items: Vec<Value>) -> (Document, Job) {
    bench.book.answer_time = Span::new(1, Unit::Minutes);
    let mut sent = deferred(quote(items));
    sent["requestedQuoteCompletionDate"] = json!("2026-11-25T08:00:00Z");
    let outcome = created(bench, &sent);
    let first = run_job(bench, &outcome.commit.documents[0], &outcome.commit.jobs[0]);
    (first.documents[0].clone(), first.jobs[0].clone())
}

/// What is shown of an item's answer.
pub(super) fn results(document: &Document, item: usize) -> Vec<&'static str> {
    let shown = [
        "quoteItemPrice",
        "quoteItemTerm",
        "quoteItemInstallationInterval",
        "subjectToFeasibilityCheck",
    ];
    let has = |name: &&str| document.at(&format!("/quoteItem/{item}/{name}")).is_some();
    shown.into_iter().filter(has).collect()
}

#[test]
fn a_firm_quote_shows_a_draft_halfway_that_binds_nothing() {
    // MEF 80 table 38 and its table of attributes per state
    let mut bench = Bench::new();
    let items = vec![item("1", bench.uni("UNI", "A2"))];
    let (document, job) = working(&mut bench, items);
    assert_eq!(
        (job.kind.as_str(), time::text(job.due_at).as_str()),
        ("draft", "2026-11-24T08:00:30.000Z")
    );
    assert_eq!(
        document.text("/expectedQuoteCompletionDate"),
        Some("2026-11-24T08:01:00.000Z")
    );
    bench.now = job.due_at;
    let draft = run_job(&bench, &document, &job);
    assert_eq!(
        event_names(&draft),
        [
            "quoteItemStateChangeEvent inProgress.draft",
            "quoteStateChangeEvent inProgress.draft"
        ]
    );
    let shown = &draft.documents[0];
    assert_eq!(shown.text("/quoteLevel"), Some("firm"));
    assert_eq!(results(shown, 0).len(), 4);
    assert_eq!(shown.at("/validFor"), None);
    assert!(draft.holds.is_empty());
    assert_eq!(
        (draft.jobs[0].kind.as_str(), time::text(draft.jobs[0].due_at).as_str()),
        ("answer", "2026-11-24T08:01:00.000Z")
    );
    bench.now = draft.jobs[0].due_at;
    let last = run_job(&bench, shown, &draft.jobs[0]);
    assert_eq!(last.documents[0].state, "approved.orderable");
    assert_eq!(
        last.documents[0].text("/validFor/endDateTime"),
        Some("2026-11-24T08:06:00.000Z")
    );
    assert_eq!(last.documents[0].at("/expectedQuoteCompletionDate"), None);
    assert_eq!(last.holds.len(), 1);
}

#[test]
fn a_draft_that_comes_to_nothing_leaves_nothing_of_it() {
    let mut bench = Bench::new();
    let items = vec![item("1", bench.uni("UNI", "A1")), item("2", bench.uni("UNI", "A2"))];
    let (document, job) = working(&mut bench, items);
    let draft = run_job(&bench, &document, &job);
    assert_eq!(draft.documents[0].state, "inProgress.draft");
    bench.found.held.insert("port/A1".into(), 1);
    let last = run_job(&bench, &draft.documents[0], &draft.jobs[0]);
    let ended = &last.documents[0];
    assert_eq!(ended.state, "unableToProvide");
    assert_eq!(ended.text("/quoteItem/0/state"), Some("unableToProvide"));
    assert!(ended.at("/quoteItem/0/terminationError/0/code").is_some());
    assert_eq!(ended.text("/quoteItem/1/state"), Some("abandoned"));
    assert_eq!(ended.at("/quoteItem/1/terminationError"), None);
    assert_eq!(results(ended, 0), [""; 0]);
    assert_eq!(results(ended, 1), [""; 0]);
    assert_eq!(ended.at("/quoteLevel"), None);
    assert!(ended.at("/effectiveQuoteCompletionDate").is_some());
    assert!(last.holds.is_empty() && last.jobs.is_empty());
}

#[test]
fn what_cannot_be_provided_is_told_without_a_draft() {
    let mut bench = Bench::new();
    let items = vec![item("1", bench.uni("UNI", "FAR"))];
    let (document, job) = working(&mut bench, items);
    assert_eq!(run_job(&bench, &document, &job).documents[0].state, "unableToProvide");
}

#[test]
fn an_answer_is_due_halfway_to_the_date_it_is_wanted_by_at_the_latest() {
    let mut bench = Bench::new();
    bench.book.answer_time = Span::new(1, Unit::CalendarDays);
    let mut sent = deferred(quote(vec![item("1", bench.uni("UNI", "A2"))]));
    sent["requestedQuoteCompletionDate"] = json!("2026-11-24T10:00:00Z");
    let outcome = created(&bench, &sent);
    let first = run_job(&bench, &outcome.commit.documents[0], &outcome.commit.jobs[0]);
    assert_eq!(
        first.documents[0].text("/expectedQuoteCompletionDate"),
        Some("2026-11-24T09:00:00.000Z")
    );
}

#[test]
fn a_missed_date_ends_the_quote_with_its_reason() {
    let mut bench = Bench::new();
    let items = vec![item("1", bench.uni("UNI", "A2")), item("2", bench.uni("UNI", "A2"))];
    let (document, job) = working(&mut bench, items);
    bench.now = "2026-11-25T08:00:01Z".parse().unwrap();
    let commit = run_job(&bench, &document, &job);
    let ended = &commit.documents[0];
    assert_eq!(ended.state, "unableToProvide");
    for index in 0..2 {
        assert_eq!(
            ended.text(&format!("/quoteItem/{index}/state")),
            Some("unableToProvide")
        );
        assert_eq!(
            ended.text(&format!("/quoteItem/{index}/terminationError/0/code")),
            Some("otherIssue")
        );
    }
    assert!(commit.holds.is_empty() && commit.jobs.is_empty());
}

#[test]
fn a_deferred_budgetary_quote_has_no_draft_and_keeps_its_level() {
    // Mplify 115.1 R30, R52
    let mut bench = Bench::new();
    bench.book.answer_time = Span::new(1, Unit::Minutes);
    let mut sent = deferred(quote(vec![item("1", bench.uni("UNI", "A2"))]));
    sent["buyerRequestedQuoteLevel"] = json!("budgetary");
    let outcome = created(&bench, &sent);
    let first = run_job(&bench, &outcome.commit.documents[0], &outcome.commit.jobs[0]);
    assert_eq!(first.jobs[0].kind, "answer");
    let last = run_job(&bench, &first.documents[0], &first.jobs[0]);
    for document in [&outcome.commit.documents[0], &first.documents[0], &last.documents[0]] {
        assert_eq!(document.text("/quoteLevel"), Some("budgetary"), "{}", document.state);
    }
    assert_eq!(last.documents[0].state, "answered");
    assert!(last.documents[0].at("/validFor/endDateTime").is_some());
    assert_eq!(last.documents[0].at("/quoteItem/0/subjectToFeasibilityCheck"), None);
    assert!(last.holds.is_empty());
    // The agreement may end them while one waits.
    bench.agreement.budgetary_quotes = false;
    let rejected = run_job(&bench, &outcome.commit.documents[0], &outcome.commit.jobs[0]);
    assert_eq!(rejected.documents[0].state, "rejected");
    assert_eq!(rejected.documents[0].text("/quoteLevel"), Some("budgetary"));
    assert!(rejected.documents[0].at("/effectiveQuoteCompletionDate").is_some());
}

#[test]
fn every_filter_of_the_list_finds_what_is_stored() {
    // Mplify 115.1 R49
    let mut bench = Bench::new();
    let items = vec![item("1", bench.uni("UNI", "A2"))];
    let (working, _) = working(&mut bench, items.clone());
    let mut sent = quote(items);
    sent["projectId"] = json!("p");
    let approved = created(&bench, &sent).body;
    sent["buyerRequestedQuoteLevel"] = json!("budgetary");
    let answered = created(&bench, &sent).body;
    check_list(&MANAGEMENT, "quote", &[&working.body, &approved, &answered]);
}
