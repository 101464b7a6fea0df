//! Quotes: binding answers, alternates, refusals, jobs, the end of validity.

use serde_json::{Value, json};

use super::lifecycle::{QUOTE, QUOTE_ITEM};
use super::rules::{QuoteRules, roll_up};
use crate::api::bench::{Bench, check_problems, checked, person};
use crate::commit::{Commit, HoldChange, Job};
use crate::document::Document;
use crate::failure::Problem;
use crate::failure::ProblemCode::{InvalidValue, MissingProperty, ReferenceNotFound, UnexpectedProperty};
use crate::rules::{Outcome, Ref, Rules};

fn quote(items: Vec<Value>) -> Value {
    json!({"buyerRequestedQuoteLevel": "firm", "instantSyncQuote": true, "externalId": "mine", "quoteItem": items})
}

fn item(id: &str, product: Value) -> Value {
    json!({"id": id, "action": "add", "product": product})
}

fn deferred(mut quote: Value) -> Value {
    quote["instantSyncQuote"] = json!(false);
    quote["requestedQuoteCompletionDate"] = json!("2026-11-25T08:00:00Z");
    quote["relatedContactInformation"] = json!([person("buyerContactInformation")]);
    for item in quote["quoteItem"].as_array_mut().unwrap() {
        item["relatedContactInformation"] = json!([person("quoteItemTechnicalContact")]);
    }
    quote
}

fn create(bench: &Bench, quote: &Value) -> Result<Outcome, Vec<Problem>> {
    bench.run(|ctx| QuoteRules.on_create(&checked(quote), &bench.found, ctx))
}

#[track_caller]
fn created(bench: &Bench, quote: &Value) -> Outcome {
    create(bench, quote).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[track_caller]
fn check_refused(bench: &Bench, quote: &Value, expected: &[(crate::failure::ProblemCode, &str)]) {
    check_problems(&create(bench, quote).unwrap_err(), expected);
}

/// State of the quote, then of its items.
#[track_caller]
fn check_states(outcome: &Outcome, expected: &[&str]) {
    let items = outcome.body["quoteItem"].as_array().unwrap().iter();
    let states: Vec<&str> = std::iter::once(&outcome.body["state"])
        .chain(items.map(|item| &item["state"]))
        .map(|state| state.as_str().unwrap())
        .collect();
    assert_eq!(states, expected, "{:#?}", outcome.commit.decisions);
}

fn run_job(bench: &Bench, document: &Document, job: &Job) -> Commit {
    bench.run(|ctx| QuoteRules.on_job(document, job, &bench.found, ctx))
}

fn event_names(commit: &Commit) -> Vec<String> {
    let events = commit.events.iter();
    events
        .map(|event| format!("{} {}", event.event_type, event.payload["state"].as_str().unwrap()))
        .collect()
}

#[test]
fn an_instant_firm_quote_binds_prices_term_interval_and_capacity() {
    let bench = Bench::new();
    let sent = quote(vec![item("1", bench.uni("UNI", "A2"))]);
    let outcome = created(&bench, &sent);
    check_states(&outcome, &["approved.orderable", "approved.orderable"]);
    let body = Value::Object(outcome.body.clone());
    assert_eq!(outcome.status, 201);
    assert_eq!(body["quoteLevel"], "firm");
    assert_eq!(body["quoteDate"], "2026-11-24T08:00:00.000Z");
    assert_eq!(body["effectiveQuoteCompletionDate"], "2026-11-24T08:00:00.000Z");
    assert_eq!(body["validFor"], json!({"endDateTime": "2026-11-24T08:05:00.000Z"}));
    assert_eq!(body["relatedContactInformation"][0]["role"], "sellerContactInformation");
    let answered = &body["quoteItem"][0];
    assert_eq!(
        answered["quoteItemInstallationInterval"],
        json!({"amount": 10, "units": "calendarDays"})
    );
    assert_eq!(
        answered["quoteItemTerm"][0]["duration"],
        json!({"amount": 12, "units": "months"})
    );
    assert_eq!(answered["subjectToFeasibilityCheck"], false);
    let prices = answered["quoteItemPrice"].as_array().unwrap();
    let recurring = prices.iter().find(|price| price["priceType"] == "recurring").unwrap();
    assert_eq!(
        recurring["price"]["dutyFreeAmount"],
        json!({"unit": "EUR", "value": 99.95})
    );
    assert_eq!(
        recurring["recurringChargePeriod"],
        json!({"amount": 1, "units": "months"})
    );

    let id = body["id"].as_str().unwrap();
    assert_eq!(
        outcome.commit.holds,
        vec![HoldChange::Take {
            key: "port/A2".into(),
            owner: format!("{id}#1"),
            amount: 1,
            expires_at: Some("2026-11-24T08:05:00Z".parse().unwrap()),
        }]
    );
    assert_eq!(outcome.commit.capacity_guards[0].limit, 2);
    assert_eq!(outcome.commit.jobs.len(), 1);
    assert_eq!(outcome.commit.jobs[0].kind, "expire");
    assert_eq!(outcome.commit.decisions.len(), 1);
    assert_eq!(outcome.commit.decisions[0].item_id.as_deref(), Some("1"));
    // Mplify 115.1 CR4: the answer is its own notice.
    assert!(outcome.commit.events.is_empty());
}

#[test]
fn what_the_buyer_sent_comes_back_unchanged() {
    // Mplify 115.1 R14, R25
    let bench = Bench::new();
    let sent = quote(vec![item("1", bench.uni("UNI", "A2"))]);
    let body = created(&bench, &sent).body;
    assert_eq!(body["externalId"], sent["externalId"]);
    assert_eq!(body["buyerRequestedQuoteLevel"], sent["buyerRequestedQuoteLevel"]);
    for (name, value) in sent["quoteItem"][0].as_object().unwrap() {
        assert_eq!(&body["quoteItem"][0][name], value);
    }
}

#[test]
fn the_history_of_an_immediate_quote_begins_with_acknowledged() {
    // Mplify 115.1 R33
    let bench = Bench::new();
    let body = Value::Object(created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2"))])).body);
    for history in [&body["stateChange"], &body["quoteItem"][0]["stateChange"]] {
        let states: Vec<&Value> = history
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| &entry["state"])
            .collect();
        assert_eq!(states, ["acknowledged", "approved.orderable"]);
    }
}

#[test]
fn five_mistakes_are_told_at_once_each_with_its_place() {
    let bench = Bench::new();
    let mut uni = bench.uni("UNI-CLOSED", "A2");
    uni["place"][0]["role"] = json!("SOMEWHERE");
    uni["id"] = json!("p-1");
    let mut ovc = bench.ovc();
    ovc["productRelationship"][0]["id"] = json!("enni-of-somebody-else");
    let sent = quote(vec![item("1", uni), item("1", ovc)]);
    check_refused(
        &bench,
        &sent,
        &[
            (UnexpectedProperty, "/quoteItem/0/product/id"),
            (ReferenceNotFound, "/quoteItem/0/product/productOffering/id"),
            (InvalidValue, "/quoteItem/0/product/place/0/role"),
            (InvalidValue, "/quoteItem/1/id"),
            (ReferenceNotFound, "/quoteItem/1/product/productRelationship/0/id"),
            (MissingProperty, "/quoteItem/1/product/productRelationship"),
        ],
    );
}

#[test]
fn an_ovc_and_its_uni_are_quoted_together() {
    let bench = Bench::new();
    let mut ovc = item("2", bench.ovc());
    ovc["quoteItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": "1"}]);
    let outcome = created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2")), ovc]));
    check_states(
        &outcome,
        &["approved.orderable", "approved.orderable", "approved.orderable"],
    );
}

#[test]
fn what_cannot_be_delivered_ends_the_whole_quote_and_takes_nothing() {
    // Mplify 115.1 D6, MEF 80: no partial success
    let bench = Bench::new();
    let sent = quote(vec![
        item("1", bench.uni("UNI", "FAR")),
        item("2", bench.uni("UNI", "A2")),
    ]);
    let outcome = created(&bench, &sent);
    check_states(&outcome, &["unableToProvide", "unableToProvide", "abandoned"]);
    let body = Value::Object(outcome.body.clone());
    assert_eq!(
        body["quoteItem"][0]["terminationError"][0]["propertyPath"],
        "/quoteItem/0"
    );
    assert_eq!(body["quoteItem"][1].get("quoteItemInstallationInterval"), None);
    assert_eq!(body.get("validFor"), None);
    assert!(outcome.commit.holds.is_empty() && outcome.commit.jobs.is_empty());
}

#[test]
fn the_last_port_is_offered_once_in_a_request_and_once_in_all() {
    let mut bench = Bench::new();
    let twice = quote(vec![
        item("1", bench.uni("UNI", "A1")),
        item("2", bench.uni("UNI", "A1")),
    ]);
    check_states(
        &created(&bench, &twice),
        &["unableToProvide", "abandoned", "unableToProvide"],
    );
    bench.found.held.insert("port/A1".into(), 1);
    let once = quote(vec![item("1", bench.uni("UNI", "A1"))]);
    check_states(&created(&bench, &once), &["unableToProvide", "unableToProvide"]);
    let needs = bench.run(|ctx| QuoteRules.needs(&checked(&once), ctx));
    assert!(needs.contains(&Ref::Capacity("port/A1".into())), "{needs:?}");
}

#[test]
fn what_has_to_be_built_is_firm_subject_to_a_feasibility_check() {
    // Mplify 115.1 R31, R32
    let bench = Bench::new();
    let body = created(&bench, &quote(vec![item("1", bench.uni("UNI-BUILD", "BUILD"))])).body;
    assert_eq!(body["quoteLevel"], "firmSubjectToFeasibilityCheck");
    assert_eq!(body["quoteItem"][0]["subjectToFeasibilityCheck"], true);
}

#[track_caller]
fn check_offer(extra: (&str, Value), expected: &str) {
    let bench = Bench::new();
    let mut wanted = item("1", bench.uni("UNI", "A2"));
    wanted[extra.0] = extra.1;
    check_states(&created(&bench, &quote(vec![wanted])), &[expected, expected]);
}

fn term(duration: Value, action: &str, roll: Option<Value>) -> (&'static str, Value) {
    let mut term = json!({"name": "any", "duration": duration, "endOfTermAction": action});
    if let Some(roll) = roll {
        term["rollInterval"] = roll;
    }
    ("requestedQuoteItemTerm", term)
}

#[test]
fn another_term_or_a_longer_interval_makes_an_alternate() {
    // Mplify 115.1 R38, R53; 80 R48, R69
    let month = || Some(json!({"amount": 1, "units": "months"}));
    let years = |amount: u32| json!({"amount": amount, "units": "years"});
    check_offer(term(years(1), "roll", month()), "approved.orderable");
    check_offer(term(years(3), "autoRenew", None), "approved.orderable");
    check_offer(term(years(5), "autoRenew", None), "approved.orderableAlternate");
    check_offer(term(years(1), "autoDisconnect", None), "approved.orderableAlternate");
    let interval = |amount: u32, units: &str| {
        (
            "requestedQuoteItemInstallationInterval",
            json!({"amount": amount, "units": units}),
        )
    };
    check_offer(interval(10, "calendarDays"), "approved.orderable");
    check_offer(interval(9, "calendarDays"), "approved.orderableAlternate");
    check_offer(interval(2, "months"), "approved.orderable");
}

#[test]
fn a_roll_interval_goes_with_roll_and_only_with_roll() {
    let bench = Bench::new();
    let year = || json!({"amount": 1, "units": "years"});
    let (name, without) = term(year(), "roll", None);
    let (_, with) = term(year(), "autoRenew", Some(year()));
    let mut items = vec![item("1", bench.uni("UNI", "A2")), item("2", bench.uni("UNI", "A2"))];
    items[0][name] = without;
    items[1][name] = with;
    check_refused(
        &bench,
        &quote(items),
        &[
            (MissingProperty, "/quoteItem/0/requestedQuoteItemTerm/rollInterval"),
            (UnexpectedProperty, "/quoteItem/1/requestedQuoteItemTerm/rollInterval"),
        ],
    );
}

#[test]
fn a_budgetary_quote_is_answered_and_binds_nothing() {
    // Mplify 115.1 R30
    let mut bench = Bench::new();
    let mut sent = quote(vec![item("1", bench.uni("UNI", "A2"))]);
    sent["buyerRequestedQuoteLevel"] = json!("budgetary");
    let outcome = created(&bench, &sent);
    check_states(&outcome, &["answered", "answered"]);
    assert_eq!(outcome.body["quoteLevel"], "budgetary");
    assert!(outcome.commit.holds.is_empty());
    bench.agreement.budgetary_quotes = false;
    check_refused(&bench, &sent, &[(InvalidValue, "/buyerRequestedQuoteLevel")]);
}

#[test]
fn prices_in_a_currency_that_was_not_agreed_are_not_offered() {
    let mut bench = Bench::new();
    bench.agreement.currency = Some("USD".into());
    let outcome = created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2"))]));
    check_states(&outcome, &["unableToProvide", "unableToProvide"]);
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

#[test]
fn the_same_request_gets_the_same_answer() {
    let (first, second) = (Bench::new(), Bench::new());
    let body = |bench: &Bench| created(bench, &quote(vec![item("1", bench.uni("UNI", "A2"))])).body;
    assert_eq!(
        Value::Object(body(&first)).to_string(),
        Value::Object(body(&second)).to_string()
    );
}

fn qualification(bench: &Bench, change: impl FnOnce(&mut Value)) -> Document {
    let mut body = json!({"id": "q-1", "state": "done", "productOfferingQualificationItem": [{
        "id": "7", "action": "add", "state": "done", "product": bench.uni("UNI", "A2"),
        "serviceabilityConfidence": "green", "guaranteedUntilDate": "2026-12-01T08:00:00.000Z",
        "installationInterval": {"amount": 10, "units": "calendarDays"},
    }]});
    change(&mut body["productOfferingQualificationItem"][0]);
    let mut document = bench.product("q-1", "");
    document.resource = "productOfferingQualification".into();
    document.body = body.as_object().unwrap().clone();
    document
}

#[track_caller]
fn check_reference(
    change: impl FnOnce(&mut Value),
    extra: Option<(&str, Value)>,
    expected: &[(crate::failure::ProblemCode, &str)],
) {
    let mut bench = Bench::new();
    let document = qualification(&bench, change);
    bench.put(document);
    let mut wanted = item("1", bench.uni("UNI", "A2"));
    wanted["productOfferingQualificationItem"] = json!({"id": "7", "productOfferingQualificationId": "q-1"});
    if let Some((pointer, value)) = extra {
        match wanted.pointer_mut(pointer) {
            Some(there) => *there = value,
            None => wanted[&pointer[1..]] = value,
        }
    }
    let problems = create(&bench, &quote(vec![wanted])).err().unwrap_or_default();
    check_problems(&problems, expected);
}

#[test]
fn a_qualification_named_is_checked() {
    // MEF 80 use case 1, R25; Mplify 115.1 R24
    let id = "/quoteItem/0/productOfferingQualificationItem/id";
    let interval = |amount: u32| {
        Some((
            "/requestedQuoteItemInstallationInterval",
            json!({"amount": amount, "units": "calendarDays"}),
        ))
    };
    let reference = "/productOfferingQualificationItem";
    let set = |name: &str, value: Value| {
        let name = name.to_owned();
        move |item: &mut Value| item[&name] = value
    };
    check_reference(|_| {}, None, &[]);
    check_reference(|_| {}, interval(10), &[]);
    check_reference(
        |_| {},
        interval(9),
        &[(InvalidValue, "/quoteItem/0/requestedQuoteItemInstallationInterval")],
    );
    check_reference(
        set("serviceabilityConfidence", json!("red")),
        None,
        &[(InvalidValue, id)],
    );
    check_reference(
        set("guaranteedUntilDate", json!("2026-11-24T07:59:59.000Z")),
        None,
        &[(InvalidValue, id)],
    );
    check_reference(set("action", json!("modify")), None, &[(InvalidValue, id)]);
    check_reference(set("state", json!("inProgress")), None, &[(InvalidValue, id)]);
    let foreign = json!({"id": "7", "productOfferingQualificationId": "of-somebody-else"});
    check_reference(
        |_| {},
        Some((reference, foreign)),
        &[(
            ReferenceNotFound,
            "/quoteItem/0/productOfferingQualificationItem/productOfferingQualificationId",
        )],
    );
    let no_item = json!({"id": "8", "productOfferingQualificationId": "q-1"});
    check_reference(|_| {}, Some((reference, no_item)), &[(ReferenceNotFound, id)]);
    check_reference(
        |_| {},
        Some(("/product/productOffering/id", json!("UNI-BUILD"))),
        &[(InvalidValue, "/quoteItem/0/product/productOffering/id")],
    );
    check_reference(
        |_| {},
        Some(("/product/place/0/place/id", json!("A1"))),
        &[(InvalidValue, "/quoteItem/0/product/place")],
    );
}

#[test]
fn the_states_are_those_of_the_standard() {
    let mut whole = QUOTE.states();
    whole.sort_unstable();
    let expected = [
        "accepted",
        "acknowledged",
        "answered",
        "approved.orderable",
        "approved.orderableAlternate",
        "cancelled",
        "declined",
        "expired",
        "inProgress",
        "inProgress.draft",
        "rejected",
        "unableToProvide",
    ];
    assert_eq!(whole, expected);
    let mut item = QUOTE_ITEM.states();
    item.sort_unstable();
    let expected = [
        "abandoned",
        "acknowledged",
        "answered",
        "approved.orderable",
        "approved.orderableAlternate",
        "inProgress",
        "inProgress.draft",
        "rejected",
        "unableToProvide",
    ];
    assert_eq!(item, expected);
    for end in [
        "accepted",
        "cancelled",
        "declined",
        "expired",
        "rejected",
        "unableToProvide",
    ] {
        assert!(QUOTE.is_final(end), "{end}");
    }
}

/// MEF 80 tables 38 and 39: item states a quote in `whole` may have.
fn allowed(whole: &str) -> &'static [&'static str] {
    match whole {
        "acknowledged" => &["acknowledged", "inProgress", "inProgress.draft"],
        "inProgress" => &[
            "inProgress",
            "inProgress.draft",
            "approved.orderable",
            "approved.orderableAlternate",
            "answered",
        ],
        "inProgress.draft" => &["inProgress.draft", "approved.orderable", "approved.orderableAlternate"],
        "approved.orderable" => &["approved.orderable"],
        "approved.orderableAlternate" => &["approved.orderable", "approved.orderableAlternate"],
        "answered" => &["answered"],
        "unableToProvide" => &["unableToProvide", "abandoned"],
        "rejected" => &["rejected", "abandoned"],
        other => panic!("no roll-up leads to {other}"),
    }
}

proptest::proptest! {
    #[test]
    fn a_roll_up_never_contradicts_the_items(
        whole in proptest::sample::select(&[
            "acknowledged", "inProgress", "inProgress.draft", "approved.orderable", "approved.orderableAlternate",
            "answered", "unableToProvide", "rejected",
        ][..]),
        picks in proptest::collection::vec(0usize..8, 1..6),
    ) {
        // Item states that may stand together in `whole`, the first of them for sure.
        let states: Vec<&str> = picks.iter().map(|pick| allowed(whole)[pick % allowed(whole).len()]).collect();
        let rolled = roll_up(&states);
        for state in &states {
            proptest::prop_assert!(allowed(rolled).contains(state), "{rolled} has {states:?}");
        }
    }
}
