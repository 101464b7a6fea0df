//! Qualifications: confidence, alternates, jobs, failures.

mod alternates;

use serde_json::{Value, json};

use super::lifecycle::{POQ, POQ_ITEM};
use super::rules::{PoqRules, roll_up};
use super::v8::{MANAGEMENT, NOTIFICATION};
use crate::api::bench::{Bench, check_commit, check_list, check_problems, check_shape, checked, person};
use crate::book::Delivery;
use crate::commit::{Commit, Job};
use crate::document::Document;
use crate::failure::ProblemCode::{InvalidValue, MissingProperty, ReferenceNotFound, UnexpectedProperty};
use crate::failure::{Problem, ProblemCode};
use crate::rules::{Outcome, Rules};
use crate::time::{self, Span, Unit};

fn poq(items: Vec<Value>) -> Value {
    json!({
        "instantSyncQualification": true,
        "provideAlternative": false,
        "relatedContactInformation": [person("buyerContactInformation")],
        "productOfferingQualificationItem": items,
    })
}

fn item(id: &str, product: Value) -> Value {
    json!({"id": id, "action": "add", "product": product})
}

fn deferred(mut poq: Value) -> Value {
    poq["instantSyncQualification"] = json!(false);
    poq["requestedPOQCompletionDate"] = json!("2026-11-25T08:00:00Z");
    poq
}

fn create(bench: &Bench, poq: &Value) -> Result<Outcome, Vec<Problem>> {
    bench.run(|ctx| PoqRules.on_create(&checked(poq), &bench.found, ctx))
}

#[track_caller]
fn created(bench: &Bench, poq: &Value) -> Outcome {
    check_shape(&MANAGEMENT, "ProductOfferingQualification_Create", poq);
    let outcome = create(bench, poq).unwrap_or_else(|problems| panic!("{problems:#?}"));
    check_commit(
        (&MANAGEMENT, "ProductOfferingQualification"),
        &NOTIFICATION,
        &outcome.commit,
    );
    // What is fetched later is what was answered.
    assert_eq!(outcome.commit.documents[0].body, outcome.body);
    outcome
}

#[track_caller]
fn check_refused(bench: &Bench, poq: &Value, expected: &[(ProblemCode, &str)]) {
    check_problems(&create(bench, poq).unwrap_err(), expected);
}

/// The first item of the answer to one item.
#[track_caller]
fn answered(bench: &Bench, product: Value, alternates: Value) -> Value {
    let mut sent = poq(vec![item("1", product)]);
    sent["provideAlternative"] = alternates;
    created(bench, &sent).body["productOfferingQualificationItem"][0].clone()
}

#[track_caller]
fn run_job(bench: &Bench, document: &Document, job: &Job) -> Commit {
    let commit = bench.run(|ctx| PoqRules.on_job(document, job, &bench.found, ctx));
    check_commit((&MANAGEMENT, "ProductOfferingQualification"), &NOTIFICATION, &commit);
    commit
}

fn states(document: &Document) -> Vec<&str> {
    let items = document.body["productOfferingQualificationItem"]
        .as_array()
        .unwrap()
        .iter();
    let items = items.map(|item| item["state"].as_str().unwrap());
    std::iter::once(document.state.as_str()).chain(items).collect()
}

#[test]
fn an_immediate_answer_is_done_and_says_how_and_when() {
    // Mplify 87.1 R42 to R44, R51 to R53, R75
    let bench = Bench::new();
    let outcome = created(&bench, &poq(vec![item("1", bench.uni("UNI", "A2"))]));
    assert_eq!(outcome.status, 201);
    assert!(outcome.commit.events.is_empty());
    let body = Value::Object(outcome.body);
    let id = body["id"].as_str().unwrap();
    assert_eq!(
        body["href"],
        format!(
            "https://seller.example/mefApi/sonata/productOfferingQualification/v8/productOfferingQualification/{id}"
        )
    );
    assert_eq!(body["state"], "done");
    assert_eq!(body["stateChange"].as_array().unwrap().len(), 1);
    assert_eq!(body["creationDate"], "2026-11-24T08:00:00.000Z");
    assert_eq!(body["relatedContactInformation"][0], person("buyerContactInformation"));
    assert_eq!(body["relatedContactInformation"][1]["role"], "sellerContactInformation");
    let answer = &body["productOfferingQualificationItem"][0];
    assert_eq!(answer["product"], bench.uni("UNI", "A2"));
    assert_eq!(answer["serviceabilityConfidence"], "green");
    assert_eq!(
        answer["installationInterval"],
        json!({"amount": 10, "units": "calendarDays"})
    );
    assert_eq!(answer["deliveryType"], "onNetWithoutBuild");
    assert_eq!(answer["guaranteedUntilDate"], "2026-12-01T08:00:00.000Z");
    assert_eq!(answer.get("alternateProductOfferingProposal"), None);
}

#[test]
fn what_cannot_be_delivered_is_red_and_still_done() {
    let mut bench = Bench::new();
    let far = answered(&bench, bench.uni("UNI", "FAR"), json!(false));
    assert_eq!(
        (&far["state"], &far["serviceabilityConfidence"]),
        (&json!("done"), &json!("red"))
    );
    assert_eq!(far.get("installationInterval"), None);
    bench.found.held.insert("port/A1".into(), 1);
    assert_eq!(
        answered(&bench, bench.uni("UNI", "A1"), json!(false))["serviceabilityConfidence"],
        "red"
    );
}

#[test]
fn a_change_is_qualified_by_what_is_in_service() {
    // Mplify 87.1 R2 (case 2c), R39
    let mut bench = Bench::new();
    bench.put_circuit();
    // However the place would be reached for a new product, and with every port taken.
    bench
        .book
        .change_address(0, |address| address.delivery = Delivery::OnNetWithBuild);
    bench.found.held.insert("port/A2".into(), 2);
    let change = json!({"id": "1", "action": "modify", "product": bench.unchanged("uni-1")});
    let body = Value::Object(created(&bench, &poq(vec![change])).body);
    let item = &body["productOfferingQualificationItem"][0];
    assert_eq!(item["serviceabilityConfidence"], "green");
    assert_eq!(item["deliveryType"], "onNetWithoutBuild");
}

#[test]
fn what_the_agreement_does_not_open_is_red_and_says_so() {
    // Mplify 87.1 R51: a clear answer to a good question.
    let mut bench = Bench::new();
    let abroad = answered(&bench, bench.uni("UNI", "NL"), json!(true));
    assert_eq!(abroad["serviceabilityConfidence"], "red");
    let reason = "The agreement does not open places in NL.";
    assert_eq!(abroad["serviceabilityConfidenceReason"], reason);
    // 87.1 CR2: nothing else is open there either.
    assert_eq!(abroad["alternateProductOfferingProposal"], json!([]));
    bench.agreement.pilot.postcodes = [("DE".to_owned(), vec!["80".to_owned()])].into();
    let munich = answered(&bench, bench.uni("UNI", "A2"), json!(false));
    assert_eq!(munich["serviceabilityConfidence"], "red");
    bench.agreement.pilot.postcodes.clear();
    bench.agreement.pilot.requests.until = Some(bench.now);
    let late = answered(&bench, bench.uni("UNI", "A2"), json!(false));
    let reason = "The agreement takes requests until 2026-11-24T08:00:00.000Z only.";
    assert_eq!(late["serviceabilityConfidenceReason"], reason);
}

#[test]
fn mistakes_are_told_at_once_each_with_its_place() {
    let bench = Bench::new();
    let mut uni = bench.uni("UNI", "NOWHERE");
    uni["productSpecification"] = json!({"id": "s"});
    uni["productRelationship"] = json!([{"relationshipType": "FRIEND", "id": "x"}]);
    let mut ovc = item("2", bench.ovc());
    ovc["qualificationItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": "9"}]);
    ovc["product"]["place"] = json!([]);
    let mut sent = poq(vec![item("1", uni), ovc]);
    sent["relatedContactInformation"] = json!([person("friend")]);
    let items = "/productOfferingQualificationItem";
    check_refused(
        &bench,
        &sent,
        &[
            (MissingProperty, "/relatedContactInformation"),
            (InvalidValue, "/relatedContactInformation/0/role"),
            (UnexpectedProperty, &format!("{items}/0/product/productSpecification")),
            (ReferenceNotFound, &format!("{items}/0/product/place/0/place/id")),
            (
                InvalidValue,
                &format!("{items}/0/product/productRelationship/0/relationshipType"),
            ),
            (
                ReferenceNotFound,
                &format!("{items}/1/qualificationItemRelationship/0/id"),
            ),
        ],
    );
}

#[test]
fn a_deferred_request_needs_a_date_to_come() {
    // Mplify 87.1 R28
    let bench = Bench::new();
    let mut sent = deferred(poq(vec![item("1", bench.uni("UNI", "A2"))]));
    sent["requestedPOQCompletionDate"] = json!("2026-11-24T07:00:00Z");
    check_refused(&bench, &sent, &[(InvalidValue, "/requestedPOQCompletionDate")]);
    sent.as_object_mut().unwrap().remove("requestedPOQCompletionDate");
    check_refused(&bench, &sent, &[(MissingProperty, "/requestedPOQCompletionDate")]);
}

#[test]
fn a_deferred_qualification_is_acknowledged_worked_on_and_done() {
    // Mplify 87.1 R9, R16, R50, R60 to R63, R78, R79
    let mut bench = Bench::new();
    bench.book.answer_time = Span::new(1, Unit::Minutes);
    let outcome = created(&bench, &deferred(poq(vec![item("1", bench.uni("UNI", "A2"))])));
    assert_eq!(states(&outcome.commit.documents[0]), ["acknowledged", "acknowledged"]);
    assert!(outcome.commit.events.is_empty());
    assert_eq!(outcome.body["expectedPOQCompletionDate"], "2026-11-24T08:01:00.000Z");
    let first = run_job(&bench, &outcome.commit.documents[0], &outcome.commit.jobs[0]);
    assert_eq!(states(&first.documents[0]), ["inProgress", "inProgress"]);
    assert_eq!(time::text(first.jobs[0].due_at), "2026-11-24T08:01:00.000Z");
    let second = run_job(&bench, &first.documents[0], &first.jobs[0]);
    assert_eq!(states(&second.documents[0]), ["done", "done"]);
    assert!(!second.documents[0].body.contains_key("expectedPOQCompletionDate"));
    for pointer in ["/stateChange", "/productOfferingQualificationItem/0/stateChange"] {
        let history = second.documents[0].at(pointer).unwrap().as_array().unwrap().iter();
        let states: Vec<&Value> = history.map(|entry| &entry["state"]).collect();
        assert_eq!(states, ["acknowledged", "inProgress", "done"]);
    }
    let events: Vec<(&str, &Value)> = second
        .events
        .iter()
        .map(|e| (e.event_type.as_str(), &e.payload["state"]))
        .collect();
    assert_eq!(
        events,
        [
            ("poqItemStateChangeEvent", &json!("done")),
            ("poqStateChangeEvent", &json!("done"))
        ]
    );
    assert_eq!(second.events[0].payload["poqItemId"], "1");
    assert_eq!(second.events[0].payload["id"], json!(second.documents[0].id));
    assert!(
        run_job(&bench, &second.documents[0], &first.jobs[0])
            .documents
            .is_empty()
    );
}

#[test]
fn a_missed_date_ends_with_an_error_on_every_item() {
    // Mplify 87.1 R11
    let mut bench = Bench::new();
    let outcome = created(&bench, &deferred(poq(vec![item("1", bench.uni("UNI", "A2"))])));
    bench.now = "2026-11-26T08:00:00Z".parse().unwrap();
    let first = run_job(&bench, &outcome.commit.documents[0], &outcome.commit.jobs[0]);
    let second = run_job(&bench, &first.documents[0], &first.jobs[0]);
    assert_eq!(
        states(&second.documents[0]),
        ["terminatedWithError", "terminatedWithError"]
    );
    let error = second.documents[0].at("/productOfferingQualificationItem/0/terminationError/0/code");
    assert_eq!(error, Some(&json!("otherIssue")));
}

#[test]
fn what_is_not_valid_any_more_is_rejected_and_the_rest_abandoned() {
    // Mplify 87.1 R12, R13, R66: nothing but the history says why
    let mut bench = Bench::new();
    let items = vec![
        item("1", bench.uni("UNI-BUILD", "A2")),
        item("2", bench.uni("UNI", "A2")),
    ];
    let outcome = created(&bench, &deferred(poq(items)));
    bench.agreement.offerings = vec!["UNI".into()];
    let commit = run_job(&bench, &outcome.commit.documents[0], &outcome.commit.jobs[0]);
    assert_eq!(states(&commit.documents[0]), ["rejected", "rejected", "done.abandoned"]);
    let rejected = commit.documents[0].at("/productOfferingQualificationItem/0").unwrap();
    assert_eq!(rejected.get("terminationError"), None);
    assert!(rejected["stateChange"][1]["changeReason"].is_string());
}

#[test]
fn the_states_are_those_of_the_standard() {
    let mut whole = POQ.states();
    whole.sort_unstable();
    assert_eq!(
        whole,
        ["acknowledged", "done", "inProgress", "rejected", "terminatedWithError"]
    );
    let mut item = POQ_ITEM.states();
    item.sort_unstable();
    let expected = [
        "acknowledged",
        "done",
        "done.abandoned",
        "inProgress",
        "rejected",
        "terminatedWithError",
    ];
    assert_eq!(item, expected);
    for end in ["done", "done.abandoned", "rejected", "terminatedWithError"] {
        assert!(POQ_ITEM.is_final(end), "{end}");
    }
}

/// Mplify 87.1 table 8: item states a qualification in `whole` may have.
fn allowed(whole: &str) -> &'static [&'static str] {
    match whole {
        "acknowledged" => &["acknowledged"],
        "inProgress" => &["acknowledged", "inProgress", "done"],
        "done" => &["done"],
        "rejected" => &["rejected", "done", "done.abandoned"],
        "terminatedWithError" => &["terminatedWithError", "done", "done.abandoned"],
        other => panic!("no roll-up leads to {other}"),
    }
}

proptest::proptest! {
    #[test]
    fn a_roll_up_never_contradicts_the_items(
        whole in proptest::sample::select(&["acknowledged", "inProgress", "done", "rejected", "terminatedWithError"][..]),
        picks in proptest::collection::vec(0usize..6, 0..5),
    ) {
        // At least one item is in the state that makes the whole what it is.
        let mut states = vec![if whole == "inProgress" { "inProgress" } else { allowed(whole)[0] }];
        states.extend(picks.iter().map(|pick| allowed(whole)[pick % allowed(whole).len()]));
        proptest::prop_assert_eq!(roll_up(&states), whole);
    }
}

#[test]
fn every_filter_of_the_list_finds_what_is_stored() {
    // Mplify 87.1 R57
    let bench = Bench::new();
    let mut sent = deferred(poq(vec![item("1", bench.uni("UNI", "A2"))]));
    sent["externalId"] = json!("mine");
    sent["projectId"] = json!("p");
    let waiting = created(&bench, &sent).body;
    sent["instantSyncQualification"] = json!(true);
    let done = created(&bench, &sent).body;
    check_list(&MANAGEMENT, "productOfferingQualification", &[&waiting, &done]);
}
