//! Quotes: binding answers, alternates, refusals.

mod deferred;
mod ended;
mod in_service;
mod pilot;
mod promotions;
mod qualified;
mod samples;
mod states;

use serde_json::{Value, json};

use super::rules::QuoteRules;
use super::v10::{MANAGEMENT, NOTIFICATION};
use crate::api::bench::{Bench, check_commit, check_problems, check_shape, checked};
use crate::commit::HoldChange;
use crate::failure::ProblemCode::{InvalidValue, MissingProperty, ReferenceNotFound, UnexpectedProperty};
use crate::failure::{Problem, ProblemCode};
use crate::rules::{Outcome, Ref, Rules};

fn quote(items: Vec<Value>) -> Value {
    json!({"buyerRequestedQuoteLevel": "firm", "instantSyncQuote": true, "externalId": "mine", "quoteItem": items})
}

fn item(id: &str, product: Value) -> Value {
    json!({"id": id, "action": "add", "product": product})
}

fn create(bench: &Bench, quote: &Value) -> Result<Outcome, Vec<Problem>> {
    bench.run(|ctx| QuoteRules.on_create(&checked(quote), &bench.found, ctx))
}

#[track_caller]
fn created(bench: &Bench, quote: &Value) -> Outcome {
    check_shape(&MANAGEMENT, "Quote_Create", quote);
    let outcome = create(bench, quote).unwrap_or_else(|problems| panic!("{problems:#?}"));
    check_commit((&MANAGEMENT, "Quote"), &NOTIFICATION, &outcome.commit);
    // What is fetched later is what was answered.
    assert_eq!(outcome.commit.documents[0].body, outcome.body);
    outcome
}

#[track_caller]
fn check_refused(bench: &Bench, quote: &Value, expected: &[(ProblemCode, &str)]) {
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
    // Mplify 115.1 R34
    assert_eq!(
        answered["quoteItemTerm"][0]["rollInterval"],
        json!({"amount": 1, "units": "months"})
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
    let last = body["quoteItem"][1]["stateChange"].as_array().unwrap().last().unwrap();
    assert_eq!(last["changeReason"], "Another item cannot be provided.");
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
fn a_term_that_does_not_roll_has_no_roll_interval() {
    // Mplify 115.1 R35
    let bench = Bench::new();
    let mut wanted = item("1", bench.uni("UNI", "A2"));
    let (name, value) = term(json!({"amount": 36, "units": "months"}), "autoRenew", None);
    wanted[name] = value;
    let body = created(&bench, &quote(vec![wanted])).body;
    let offered = &body["quoteItem"][0]["quoteItemTerm"];
    assert_eq!(offered[0]["endOfTermAction"], "autoRenew");
    assert_eq!(offered[0].get("rollInterval"), None);
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
    // MEF 80 R47: a longer interval than wanted is no answer.
    let mut soon = sent.clone();
    soon["quoteItem"][0]["requestedQuoteItemInstallationInterval"] = json!({"amount": 9, "units": "calendarDays"});
    check_states(&created(&bench, &soon), &["unableToProvide", "unableToProvide"]);
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
fn the_same_request_gets_the_same_answer() {
    let (first, second) = (Bench::new(), Bench::new());
    let body = |bench: &Bench| created(bench, &quote(vec![item("1", bench.uni("UNI", "A2"))])).body;
    assert_eq!(
        Value::Object(body(&first)).to_string(),
        Value::Object(body(&second)).to_string()
    );
}
