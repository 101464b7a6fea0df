//! What the agreement does not open is not offered, and the Buyer is told why.

use serde_json::json;

use super::{check_refused, check_states, created, item, quote};
use crate::api::bench::{Bench, checked, person};
use crate::api::quote::rules::QuoteRules;
use crate::failure::ProblemCode::ReferenceNotFound;
use crate::rules::Rules;

#[track_caller]
fn check_closed(bench: &Bench, place: &str, expected: &str) {
    let outcome = created(bench, &quote(vec![item("1", bench.uni("UNI", place))]));
    check_states(&outcome, &["unableToProvide", "unableToProvide"]);
    let error = &outcome.body["quoteItem"][0]["terminationError"][0];
    assert_eq!(error["value"], expected);
    assert!(outcome.commit.holds.is_empty());
}

#[test]
fn places_outside_the_agreement_are_not_quoted() {
    let mut bench = Bench::new();
    check_closed(&bench, "NL", "The agreement does not open places in NL.");
    bench.agreement.pilot.postcodes = [("DE".to_owned(), vec!["1012".to_owned(), "80".to_owned()])].into();
    let reason = "The agreement opens DE only where the postcode begins with 1012, 80.";
    check_closed(&bench, "A2", reason);
    bench.agreement.pilot.postcodes = [("DE".to_owned(), vec!["101".to_owned()])].into();
    let outcome = created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2"))]));
    check_states(&outcome, &["approved.orderable", "approved.orderable"]);
}

#[test]
fn requests_before_and_after_the_pilot_are_not_quoted() {
    let mut bench = Bench::new();
    bench.agreement.pilot.requests.from = Some("2026-11-24T08:00:01Z".parse().unwrap());
    let reason = "The agreement takes requests from 2026-11-24T08:00:01.000Z only.";
    check_closed(&bench, "A2", reason);
    bench.agreement.pilot.requests.from = Some(bench.now);
    created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2"))]));
    bench.agreement.pilot.requests.until = Some(bench.now);
    let reason = "The agreement takes requests from 2026-11-24T08:00:00.000Z until 2026-11-24T08:00:00.000Z only.";
    check_closed(&bench, "A2", reason);
}

#[test]
fn a_request_that_came_in_time_is_answered_after_the_end_of_the_pilot() {
    let mut bench = Bench::new();
    bench.agreement.pilot.requests.until = Some("2026-11-24T08:00:01Z".parse().unwrap());
    let mut sent = quote(vec![item("1", bench.uni("UNI", "A2"))]);
    sent["instantSyncQuote"] = json!(false);
    sent["requestedQuoteCompletionDate"] = json!("2026-11-25T08:00:00Z");
    sent["relatedContactInformation"] = json!([person("buyerContactInformation")]);
    sent["quoteItem"][0]["relatedContactInformation"] = json!([person("quoteItemTechnicalContact")]);
    let first = bench
        .run(|ctx| QuoteRules.on_create(&checked(&sent), &bench.found, ctx))
        .unwrap();
    let mut document = first.commit.documents[0].clone();
    let mut job = first.commit.jobs[0].clone();
    bench.now = "2026-11-24T09:00:00Z".parse().unwrap();
    while !document.state.starts_with("approved") {
        let commit = bench.run(|ctx| QuoteRules.on_job(&document, &job, &bench.found, ctx));
        document = commit.documents[0].clone();
        assert_ne!(document.state, "unableToProvide");
        job = commit.jobs[0].clone();
    }
    assert_eq!(document.state, "approved.orderable");
}

#[test]
fn of_an_offering_that_is_not_open_no_more_is_told_than_of_an_unknown_one() {
    let bench = Bench::new();
    for offering in ["UNI-CLOSED", "NO-SUCH"] {
        let sent = quote(vec![item("1", bench.uni(offering, "A2"))]);
        check_refused(
            &bench,
            &sent,
            &[(ReferenceNotFound, "/quoteItem/0/product/productOffering/id")],
        );
    }
}

#[test]
fn a_product_in_service_can_be_ended_wherever_it_is() {
    let mut bench = Bench::new();
    bench.put_circuit();
    bench.agreement.pilot.postcodes = [("DE".to_owned(), vec!["80".to_owned()])].into();
    bench.agreement.pilot.requests.until = Some(bench.now);
    let mut ids = ["uni-1", "ovc-1"].into_iter();
    let end = |id: &str| json!({"id": id, "action": "delete", "product": {"id": id}});
    let outcome = created(&bench, &quote(ids.by_ref().map(end).collect()));
    assert_eq!(outcome.body["state"], "approved.orderable");
}
