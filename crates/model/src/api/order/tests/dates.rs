//! A Buyer asks for another date.

use serde_json::{Value, json};

use super::desk::Desk;
use crate::api::bench::check_problems;
use crate::failure::ProblemCode::{InvalidValue, MissingProperty, ReferenceNotFound};

const RESOURCE: &str = "modifyProductOrderItemRequestedDeliveryDate";

fn request(desk: &Desk, item: &str, what: Value) -> Value {
    let mut request = what;
    request["productOrderItem"] = json!({"productOrderId": desk.order, "productOrderItemId": item});
    request
}

/// Asks, and has it assessed.
fn asked(desk: &mut Desk, item: &str, what: Value) -> String {
    let body = request(desk, item, what);
    let id = desk.create(RESOURCE, body).unwrap();
    desk.run("assess");
    id
}

fn expected(desk: &Desk, index: usize) -> Value {
    desk.at(&format!("/productOrderItem/{index}/expectedCompletionDate"))
}

#[test]
fn a_request_is_acknowledged_as_it_was_sent_and_the_item_stands_still() {
    let mut desk = Desk::started(|_| {});
    let sent = request(&desk, "uni", json!({"requestedCompletionDate": "2026-12-15T08:00:00Z"}));
    let id = desk.create(RESOURCE, sent.clone()).unwrap();
    let mut body = desk.document(RESOURCE, &id).body.clone();
    assert_eq!(body["state"], "acknowledged");
    assert!(body["creationDate"].is_string());
    // Mplify 123.1 R70: what was not sent is not echoed.
    for name in ["id", "href", "state", "creationDate"] {
        body.shift_remove(name);
    }
    assert_eq!(Value::Object(body), sent);
    desk.check_states(["pending.assessingModification", "pending", "inProgress"]);
    assert_eq!(
        desk.told(),
        [
            "productOrderItem unipending",
            "productOrder pending.assessingModification"
        ]
    );
}

#[test]
fn a_later_date_is_granted_and_what_needs_the_item_comes_later_too() {
    let mut desk = Desk::started(|_| {});
    let id = asked(
        &mut desk,
        "uni",
        json!({"requestedCompletionDate": "2026-12-15T08:00:00Z"}),
    );
    assert_eq!(desk.document(RESOURCE, &id).state, "done");
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
    assert_eq!(
        desk.at("/productOrderItem/0/requestedCompletionDate"),
        "2026-12-15T08:00:00Z"
    );
    for index in 0..2 {
        assert_eq!(expected(&desk, index), "2026-12-15T08:00:00.000Z");
        assert_eq!(desk.at(&format!("/productOrderItem/{index}/note/0/source")), "seller");
    }
    assert_eq!(
        desk.told()[2..],
        [
            &format!("{RESOURCE} done"),
            "productOrderItemExpectedCompletionDateSet uni",
            "productOrderItemExpectedCompletionDateSet ovc",
            "productOrderItem uniinProgress",
            "productOrder inProgress",
        ]
    );
    desk.until("2026-12-14T00:00:00Z");
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
    desk.until("2026-12-15T08:00:00Z");
    desk.check_states(["completed", "completed", "completed"]);
}

#[test]
fn an_earlier_date_is_met_as_far_as_the_usual_pace_goes() {
    let mut desk = Desk::started(|_| {});
    // Wanted in six days, buildable in five, asked for in two.
    let id = asked(
        &mut desk,
        "uni",
        json!({"requestedCompletionDate": "2026-11-26T08:00:00Z"}),
    );
    assert_eq!(desk.document(RESOURCE, &id).state, "done");
    assert_eq!(expected(&desk, 0), "2026-11-29T08:00:00.000Z");
    assert_eq!(expected(&desk, 1), "2026-11-30T08:00:00.000Z");
    desk.until("2026-11-29T08:00:00Z");
    desk.check_states(["inProgress", "completed", "inProgress"]);
}

#[test]
fn haste_costs_and_is_granted_when_it_is_paid() {
    let mut desk = Desk::started(|_| {});
    let what = json!({"expediteIndicator": true, "requestedCompletionDate": "2026-11-27T08:00:00Z"});
    let id = asked(&mut desk, "uni", what);
    assert_eq!(desk.document(RESOURCE, &id).state, "inProgress.assessingCharge");
    desk.check_states(["pending.assessingModification", "pending", "inProgress"]);
    assert_eq!(
        desk.told()[2..],
        ["chargeCreate", &format!("{RESOURCE} inProgress.assessingCharge")]
    );
    let charge = desk.charge();
    // Mplify 123.1 R92
    assert_eq!(charge.at(&format!("/{RESOURCE}/id")), Some(&json!(id)));
    assert_eq!(charge.at("/productOrderItem/productOrderItemId"), Some(&json!("uni")));
    assert_eq!(charge.at("/chargeItem/0/blocking"), Some(&json!(true)));
    assert_eq!(charge.at("/chargeItem/0/priceCategory"), Some(&json!("expedite")));
    desk.answer("accepted");
    assert_eq!(desk.document(RESOURCE, &id).state, "done");
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
    assert_eq!(desk.at("/productOrderItem/0/expediteIndicator"), true);
    assert_eq!(desk.at("/productOrderItem/0/expediteAcceptedIndicator"), true);
    assert_eq!(expected(&desk, 0), "2026-11-27T08:00:00.000Z");
    assert_eq!(
        desk.told(),
        [
            "charge completed",
            &format!("{RESOURCE} done"),
            "productOrderItemExpectedCompletionDateSet uni",
            "productOrderItem uniinProgress",
            "productOrder inProgress",
        ]
    );
    desk.until("2026-11-27T08:00:00Z");
    desk.check_states(["inProgress", "completed", "inProgress"]);
}

#[test]
fn haste_that_is_not_paid_changes_nothing() {
    for late in [false, true] {
        let mut desk = Desk::started(|_| {});
        let what = json!({"expediteIndicator": true, "requestedCompletionDate": "2026-11-27T08:00:00Z"});
        let before = desk.at("/productOrderItem/0/requestedCompletionDate");
        let id = asked(&mut desk, "uni", what);
        if late {
            desk.run("timeout");
        } else {
            desk.answer("rejected");
        }
        assert_eq!(desk.document(RESOURCE, &id).state, "done.declined");
        desk.check_states(["inProgress", "inProgress", "inProgress"]);
        assert_eq!(desk.at("/productOrderItem/0/requestedCompletionDate"), before);
        assert!(desk.at("/productOrderItem/0/expediteIndicator").is_null());
        desk.until("2026-12-31T00:00:00Z");
        desk.check_states(["completed", "completed", "completed"]);
    }
}

#[test]
fn haste_that_would_bring_nothing_is_refused() {
    let mut desk = Desk::started(|_| {});
    // It is wanted in six days only.
    let id = asked(&mut desk, "uni", json!({"expediteIndicator": true}));
    assert_eq!(desk.document(RESOURCE, &id).state, "rejected");
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
    assert!(
        desk.at("/productOrderItem/0/note/0/text")
            .as_str()
            .unwrap()
            .contains("nothing was changed")
    );
}

#[test]
fn an_expedite_given_up_returns_to_the_usual_pace() {
    let mut desk = Desk::started(|_| {});
    let what = json!({"expediteIndicator": true, "requestedCompletionDate": "2026-11-27T08:00:00Z"});
    asked(&mut desk, "uni", what);
    desk.answer("accepted");
    // Another date alone leaves the expedite as it is.
    asked(
        &mut desk,
        "uni",
        json!({"requestedCompletionDate": "2026-11-27T20:00:00Z"}),
    );
    assert_eq!(desk.at("/productOrderItem/0/expediteAcceptedIndicator"), true);
    assert_eq!(expected(&desk, 0), "2026-11-27T20:00:00.000Z");
    asked(&mut desk, "uni", json!({"expediteIndicator": false}));
    assert_eq!(desk.at("/productOrderItem/0/expediteIndicator"), false);
    assert_eq!(desk.at("/productOrderItem/0/expediteAcceptedIndicator"), false);
    assert_eq!(expected(&desk, 0), "2026-11-29T08:00:00.000Z");
    desk.until("2026-11-28T00:00:00Z");
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
}

#[track_caller]
fn check_refused(desk: &mut Desk, body: Value, expected: &[(crate::failure::ProblemCode, &str)]) {
    check_problems(&desk.create(RESOURCE, body).unwrap_err(), expected);
}

#[test]
fn a_request_says_what_it_wants_of_an_item_that_runs() {
    let date = || json!({"requestedCompletionDate": "2026-12-15T08:00:00Z"});
    let mut desk = Desk::started(|_| {});
    let body = request(&desk, "uni", json!({}));
    check_refused(&mut desk, body, &[(MissingProperty, "/requestedCompletionDate")]);
    let body = request(&desk, "third", date());
    check_refused(
        &mut desk,
        body,
        &[(ReferenceNotFound, "/productOrderItem/productOrderItemId")],
    );
    let body = request(&desk, "ovc", json!({"expediteIndicator": true}));
    check_refused(&mut desk, body, &[(InvalidValue, "/expediteIndicator")]);
    let mut body = request(&desk, "uni", json!({"requestedCompletionDate": "2026-11-01T00:00:00Z"}));
    body["productOrderItem"]["productOrderId"] = json!("somebody-else's");
    check_refused(
        &mut desk,
        body,
        &[
            (InvalidValue, "/requestedCompletionDate"),
            (ReferenceNotFound, "/productOrderItem/productOrderId"),
        ],
    );
    let body = request(&desk, "uni", date());
    desk.create(RESOURCE, body.clone()).unwrap();
    check_refused(&mut desk, body, &[(InvalidValue, "/productOrderItem/productOrderId")]);
    desk.run("assess");
    desk.until("2026-12-20T00:00:00Z");
    let body = request(&desk, "uni", json!({"requestedCompletionDate": "2026-12-30T08:00:00Z"}));
    check_refused(&mut desk, body, &[(InvalidValue, "/productOrderItem/productOrderId")]);
}

#[test]
fn a_request_is_found_by_every_filter_of_its_list() {
    let mut desk = Desk::started(|_| {});
    let what = json!({"expediteIndicator": true, "requestedCompletionDate": "2026-11-27T08:00:00Z"});
    asked(&mut desk, "uni", what);
    for (filter, value) in [
        ("productOrderId", desk.order.as_str()),
        ("state", "inProgress.assessingCharge"),
        ("expediteIndicator", "true"),
        ("requestedCompletionDate", "2026-11-27T08:00:00.000Z"),
        ("creationDate", "2026-11-24T08:00:00.000Z"),
    ] {
        assert_eq!(desk.listed(RESOURCE, filter, value).len(), 1, "{filter}");
        assert!(desk.listed(RESOURCE, filter, "other").is_empty());
    }
}
