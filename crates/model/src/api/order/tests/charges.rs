//! Charges that come up while an order is fulfilled, and how they end.

use serde_json::{Value, json};

use super::desk::{Desk, answer_of};
use crate::api::bench::check_problems;
use crate::api::order::charge;
use crate::api::order::rules::{fail_item, fail_needs};
use crate::commit::HoldChange;
use crate::failure::ProblemCode::{InvalidValue, MissingProperty, ReferenceNotFound};
use crate::lifecycle::Refused;
use crate::rules::Refusal;

/// A UNI where a line has to be built.
fn building(order: &mut Value) {
    order["productOrderItem"][0]["product"]["place"][0]["place"]["id"] = json!("addr-2");
}

/// A UNI wanted in two days.
fn expedited(order: &mut Value) {
    order["productOrderItem"][0]["expediteIndicator"] = json!(true);
    order["productOrderItem"][0]["requestedCompletionDate"] = json!("2026-11-26T12:00:00Z");
}

#[test]
fn a_line_that_has_to_be_built_is_asked_for_before_it_is_built() {
    let mut desk = Desk::new();
    let mut order = desk.world.free_order();
    building(&mut order);
    desk.order = desk.create("productOrder", order).unwrap();
    desk.run("validate");
    desk.check_states(["held.assessingCharge", "held", "inProgress"]);
    let told = desk.told();
    assert_eq!(
        told[told.len() - 3..],
        [
            "productOrderItem uniheld",
            "productOrder held.assessingCharge",
            "chargeCreate"
        ]
    );
    let charge = desk.charge();
    assert_eq!(charge.at("/productOrderItem/productOrderItemId"), Some(&json!("uni")));
    assert!(charge.at("/productOrder").is_none());
    assert_eq!(charge.at("/chargeItem/0/priceCategory"), Some(&json!("construction")));
    assert_eq!(charge.at("/chargeItem/0/blocking"), Some(&json!(true)));
    // Five working days from Tuesday.
    assert_eq!(charge.at("/responseDueDate"), Some(&json!("2026-12-01T08:00:00.000Z")));
    assert_eq!(desk.at("/productOrderItem/0/charge/0/id"), json!(charge.id));
    assert!(desk.at("/productOrderItem/0/expectedCompletionDate").is_string());
}

#[test]
fn a_charge_tells_its_tax_where_the_book_does() {
    let mut desk = Desk::new();
    desk.world.book.tax_rate = Some(19.into());
    let mut order = desk.world.free_order();
    building(&mut order);
    desk.order = desk.create("productOrder", order).unwrap();
    desk.run("validate");
    let charge = desk.charge();
    let price = charge.at("/chargeItem/0/price").unwrap();
    let of = |name: &str| price[name]["value"].as_f64().unwrap();
    assert_eq!(price["taxRate"], 19);
    assert!(
        (of("taxIncludedAmount") - of("dutyFreeAmount") * 1.19).abs() < 0.005,
        "{price}"
    );
}

#[test]
fn accepted_it_is_built() {
    let mut desk = Desk::started(building);
    let answer = desk.answer("accepted");
    assert_eq!(answer["state"], "completed");
    assert_eq!(answer["chargeItem"][0]["state"], "acceptedByBuyer");
    assert_eq!(answer["chargeItem"][0]["acceptanceIndicator"], "accepted");
    assert_eq!(
        desk.told(),
        [
            "charge completed",
            "productOrderItem uniinProgress",
            "productOrder inProgress"
        ]
    );
    // The charge is at an end: nothing waits for its date any more.
    assert!(desk.jobs.iter().all(|job| job.kind != "timeout"));
    desk.until("2027-03-01T00:00:00Z");
    desk.check_states(["completed", "completed", "completed"]);
    assert_eq!(desk.at("/productOrderItem/0/charge/0/id"), json!(desk.charge().id));
}

#[test]
fn declined_the_item_fails_and_what_needs_it_and_the_order() {
    let mut desk = Desk::started(building);
    desk.answer("rejected");
    desk.check_states(["failed", "failed", "failed"]);
    assert_eq!(
        desk.told(),
        [
            "charge completed",
            "productOrderItem unifailed",
            "productOrderItem ovcfailed",
            "productOrder inProgress",
            "productOrder failed",
        ]
    );
    for index in 0..2 {
        let item = desk.at(&format!("/productOrderItem/{index}"));
        assert!(item["expectedCompletionDate"].is_null() && item["completionDate"].is_null());
        assert!(item["terminationError"][0]["value"].is_string());
        assert!(item["charge"].is_null());
    }
    assert!(desk.at("/completionDate").is_string());
    let owner = format!("{}#uni", desk.order);
    assert!(desk.holds.contains(&HoldChange::Release { owner }));
    assert!(desk.jobs.is_empty());
}

/// Mplify 123.1 R98
#[test]
fn silence_is_a_refusal() {
    let mut desk = Desk::started(building);
    desk.run("timeout");
    let charge = desk.charge();
    assert_eq!(charge.state, "timeout");
    assert_eq!(charge.at("/chargeItem/0/state"), Some(&json!("declinedByBuyer")));
    desk.check_states(["failed", "failed", "failed"]);
    assert_eq!(desk.told()[..2], ["charge timeout", "chargeTimeout"]);
    let late = desk.patch("charge", &charge.id, answer_of(&charge, "accepted"));
    assert!(matches!(late, Err(Refusal::Conflict(_))));
}

#[test]
fn an_answer_after_the_date_is_too_late_even_before_the_clock_saw_it() {
    let mut desk = Desk::started(building);
    let charge = desk.charge();
    desk.world
        .now
        .set(charge.text("/responseDueDate").unwrap().parse().unwrap());
    let late = desk.patch("charge", &charge.id, answer_of(&charge, "accepted"));
    assert!(matches!(late, Err(Refusal::Conflict(_))));
}

#[test]
fn an_item_that_has_nothing_to_do_with_it_goes_on() {
    let mut desk = Desk::started(|order| {
        let mut other = order["productOrderItem"][0].clone();
        other["id"] = json!("ovc");
        order["productOrderItem"][1] = other;
        building(order);
    });
    desk.answer("rejected");
    desk.check_states(["inProgress", "failed", "inProgress"]);
    desk.until("2026-12-31T00:00:00Z");
    desk.check_states(["partial", "failed", "completed"]);
}

#[test]
fn an_expedite_is_agreed_with_its_charge_and_comes_earlier() {
    let mut desk = Desk::started(expedited);
    desk.check_states(["held.assessingCharge", "held", "inProgress"]);
    assert_eq!(
        desk.at("/productOrderItem/0/expectedCompletionDate"),
        "2026-11-29T08:00:00.000Z"
    );
    assert_eq!(desk.at("/productOrderItem/0/expediteAcceptedIndicator"), false);
    assert_eq!(desk.charge().at("/chargeItem/0/blocking"), Some(&json!(false)));
    desk.answer("accepted");
    assert_eq!(desk.at("/productOrderItem/0/expediteAcceptedIndicator"), true);
    assert_eq!(
        desk.at("/productOrderItem/0/expectedCompletionDate"),
        "2026-11-26T12:00:00.000Z"
    );
    // Mplify 123.1 R52
    assert_eq!(desk.at("/productOrderItem/0/note/0/source"), "seller");
    desk.until("2026-11-26T12:00:00Z");
    desk.check_states(["inProgress", "completed", "inProgress"]);
    assert_eq!(desk.at("/productOrderItem/0/milestone").as_array().unwrap().len(), 2);
}

#[test]
fn an_expedite_that_is_declined_leaves_the_usual_pace() {
    for late in [false, true] {
        let mut desk = Desk::started(expedited);
        if late {
            desk.run("timeout");
        } else {
            desk.answer("rejected");
        }
        desk.check_states(["inProgress", "inProgress", "inProgress"]);
        assert_eq!(desk.at("/productOrderItem/0/expediteAcceptedIndicator"), false);
        assert!(desk.at("/productOrderItem/0/charge").is_null());
        desk.until("2026-12-31T00:00:00Z");
        desk.check_states(["completed", "completed", "completed"]);
    }
}

#[test]
fn an_expedite_that_costs_nothing_or_is_not_needed_is_no_charge() {
    let mut desk = Desk::new();
    desk.world.book.offerings[0].extras.expedite.as_mut().unwrap().amount = 0.into();
    let mut order = desk.world.free_order();
    expedited(&mut order);
    desk.order = desk.create("productOrder", order).unwrap();
    desk.run("validate");
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
    assert_eq!(desk.at("/productOrderItem/0/expediteAcceptedIndicator"), true);
    assert_eq!(
        desk.at("/productOrderItem/0/expectedCompletionDate"),
        "2026-11-26T12:00:00.000Z"
    );
    let desk = Desk::started(|order| order["productOrderItem"][0]["expediteIndicator"] = json!(true));
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
    assert_eq!(desk.at("/productOrderItem/0/expediteAcceptedIndicator"), false);
}

/// Both at once: one charge of the item with two items.
fn both(order: &mut Value) {
    expedited(order);
    building(order);
}

#[test]
fn what_does_not_block_may_be_declined_alone() {
    let mut desk = Desk::started(both);
    let charge = desk.charge();
    let mut answer = answer_of(&charge, "accepted");
    answer["chargeItem"][1]["acceptanceIndicator"] = json!("rejected");
    desk.patch("charge", &charge.id, answer).unwrap();
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
    assert_eq!(desk.at("/productOrderItem/0/expediteAcceptedIndicator"), false);
    assert_eq!(desk.at("/productOrderItem/0/charge/0/id"), json!(charge.id));
}

#[track_caller]
fn check_answer(change: impl FnOnce(&mut Value), expected: &[(crate::failure::ProblemCode, &str)]) {
    let mut desk = Desk::started(both);
    let charge = desk.charge();
    let mut answer = answer_of(&charge, "accepted");
    change(&mut answer);
    match desk.patch("charge", &charge.id, answer) {
        Err(Refusal::Problems(problems)) => check_problems(&problems, expected),
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.charge(), charge);
}

/// Mplify 123.1 R96, R97
#[test]
fn every_item_is_answered_once_in_one_request() {
    check_answer(
        |answer| drop(answer["chargeItem"].as_array_mut().unwrap().pop()),
        &[(MissingProperty, "/chargeItem")],
    );
    check_answer(
        |answer| answer["chargeItem"][1]["id"] = json!("9"),
        &[
            (ReferenceNotFound, "/chargeItem/1/id"),
            (MissingProperty, "/chargeItem"),
        ],
    );
    check_answer(
        |answer| answer["chargeItem"][1]["id"] = json!("1"),
        &[(InvalidValue, "/chargeItem/1/id"), (MissingProperty, "/chargeItem")],
    );
}

#[test]
fn who_declines_what_blocks_declines_all() {
    check_answer(
        |answer| answer["chargeItem"][0]["acceptanceIndicator"] = json!("rejected"),
        &[(InvalidValue, "/chargeItem/1/acceptanceIndicator")],
    );
}

#[test]
fn notes_of_a_charge_only_grow() {
    check_answer(
        |answer| answer["chargeItem"][0]["note"] = json!([]),
        &[(InvalidValue, "/chargeItem/0/note")],
    );
    let mut desk = Desk::started(building);
    let charge = desk.charge();
    let mut answer = answer_of(&charge, "accepted");
    let mut notes = charge.at("/chargeItem/0/note").unwrap().clone();
    notes.as_array_mut().unwrap().push(json!({
        "id": "n", "author": "Ann", "date": "2026-11-24T08:00:00Z", "source": "buyer", "text": "Fine."
    }));
    answer["chargeItem"][0]["note"] = notes.clone();
    let body = desk.patch("charge", &charge.id, answer).unwrap();
    assert_eq!(body["chargeItem"][0]["note"], notes);
}

#[test]
fn a_charge_taken_back_lets_the_item_go_on() {
    let mut desk = Desk::started(building);
    let charge = desk.charge();
    let refs = charge::withdraw_needs(&charge);
    let commit = desk
        .decide(refs, |found, ctx| charge::withdraw(&charge, found, ctx))
        .unwrap();
    desk.apply(commit);
    assert_eq!(desk.charge().state, "withdrawnBySeller");
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
    assert!(desk.at("/productOrderItem/0/charge").is_null());
    let ended = desk.charge();
    let again = desk.decide(Vec::new(), |found, ctx| charge::withdraw(&ended, found, ctx));
    assert!(again.is_err());
    let late = desk.patch("charge", &ended.id, answer_of(&ended, "accepted"));
    assert!(matches!(late, Err(Refusal::Conflict(_))));
}

#[test]
fn a_charge_is_found_by_the_filters_of_its_list() {
    let desk = Desk::started(building);
    for (filter, value) in [("productOrderId", desk.order.as_str()), ("productOrderItemId", "uni")] {
        assert_eq!(desk.listed("charge", filter, value).len(), 1, "{filter}");
    }
    let charge = desk.charge();
    for filter in ["creationDate", "responseDueDate"] {
        let value = charge.text(&format!("/{filter}")).unwrap();
        assert_eq!(desk.listed("charge", filter, value).len(), 1, "{filter}");
    }
}

fn fail(desk: &mut Desk, id: &str) -> Result<(), Refused> {
    let order = desk.document("productOrder", &desk.order).clone();
    let commit = desk.decide(fail_needs(&order.id), |found, ctx| {
        fail_item(&order, (id, "The duct has collapsed."), found, ctx)
    })?;
    desk.apply(commit);
    Ok(())
}

#[test]
fn a_uni_that_fails_takes_its_ovc_along() {
    let mut desk = Desk::started(|_| {});
    fail(&mut desk, "uni").unwrap();
    desk.check_states(["failed", "failed", "failed"]);
    assert_eq!(
        desk.at("/productOrderItem/0/terminationError/0/value"),
        "The duct has collapsed."
    );
    assert_eq!(
        desk.at("/productOrderItem/1/terminationError/0/value"),
        "It belongs together with item uni, which failed."
    );
    desk.until("2027-01-01T00:00:00Z");
    desk.check_states(["failed", "failed", "failed"]);
}

#[test]
fn a_success_beside_a_failure_is_partial() {
    let mut desk = Desk::started(|order| {
        order["productOrderItem"][1]["requestedCompletionDate"] = json!("2026-12-30T08:00:00Z");
    });
    desk.until("2026-12-01T00:00:00Z");
    fail(&mut desk, "ovc").unwrap();
    desk.check_states(["partial", "completed", "failed"]);
}

#[test]
fn a_failure_withdraws_the_charges_nobody_has_to_decide_on() {
    let mut desk = Desk::started(building);
    fail(&mut desk, "ovc").unwrap();
    desk.check_states(["failed", "failed", "failed"]);
    assert_eq!(desk.charge().state, "withdrawnBySeller");
    assert!(desk.jobs.is_empty());
}

#[test]
fn nothing_fails_twice_or_before_it_runs() {
    let mut desk = Desk::started(|_| {});
    assert!(fail(&mut desk, "none").is_err());
    fail(&mut desk, "uni").unwrap();
    assert!(fail(&mut desk, "uni").is_err());
    let mut desk = Desk::new();
    desk.order = desk.create("productOrder", desk.world.free_order()).unwrap();
    assert!(fail(&mut desk, "uni").is_err());
}
