//! A Buyer cancels an order.

use serde_json::{Value, json};

use super::desk::Desk;
use crate::api::bench::{check_problems, person};
use crate::commit::HoldChange;
use crate::failure::ProblemCode::{InvalidValue, MissingProperty, ReferenceNotFound};

fn cancel(desk: &Desk) -> Value {
    json!({
        "productOrder": {"productOrderId": desk.order},
        "cancellationReason": "No need any more.",
        "relatedContactInformation": [person("cancelProductOrderContact")],
    })
}

/// Asks, and has it assessed.
fn asked(desk: &mut Desk) -> String {
    let id = desk.create("cancelProductOrder", cancel(desk)).unwrap();
    desk.run("assess");
    id
}

#[track_caller]
fn check_request(desk: &Desk, id: &str, state: &str) {
    assert_eq!(desk.document("cancelProductOrder", id).state, state);
}

#[test]
fn a_request_is_acknowledged_with_all_that_was_sent_and_the_order_stands_still() {
    let mut desk = Desk::started(|_| {});
    let sent = cancel(&desk);
    let id = desk.create("cancelProductOrder", sent.clone()).unwrap();
    desk.check_states(["assessingCancellation", "pending", "pending"]);
    let body = Value::Object(desk.document("cancelProductOrder", &id).body.clone());
    for name in ["productOrder", "cancellationReason"] {
        assert_eq!(body[name], sent[name]);
    }
    assert_eq!(body["state"], "acknowledged");
    assert_eq!(body["cancellationReasonType"], "commercial");
    assert_eq!(
        body["relatedContactInformation"][0],
        sent["relatedContactInformation"][0]
    );
    assert_eq!(
        body["relatedContactInformation"][1]["role"],
        "cancelProductOrderSellerContact"
    );
    let told = [
        "productOrderItem unipending",
        "productOrderItem ovcpending",
        "productOrder assessingCancellation",
    ];
    assert_eq!(desk.told(), told);
}

#[test]
fn an_order_whose_work_has_not_begun_is_cancelled_for_nothing() {
    let mut desk = Desk::started(|_| {});
    let id = asked(&mut desk);
    check_request(&desk, &id, "done");
    desk.check_states(["pendingCancellation", "pending", "pending"]);
    // Nothing else is left to do about it.
    let kinds: Vec<&str> = desk.jobs.iter().map(|job| job.kind.as_str()).collect();
    assert_eq!(kinds, ["cancel"]);
    desk.events.clear();
    desk.run("cancel");
    desk.check_states(["cancelled", "cancelled", "cancelled"]);
    assert_eq!(
        desk.told(),
        [
            "productOrderItem unicancelled",
            "productOrderItem ovccancelled",
            "productOrder cancelled"
        ]
    );
    assert_eq!(desk.at("/cancellationReason"), "No need any more.");
    assert!(desk.at("/cancellationDate").is_string() && desk.at("/completionDate").is_string());
    assert!(desk.at("/cancellationCharge").is_null());
    for index in 0..2 {
        assert!(
            desk.at(&format!("/productOrderItem/{index}/expectedCompletionDate"))
                .is_null()
        );
        assert!(desk.at(&format!("/productOrderItem/{index}/completionDate")).is_null());
    }
    let owner = format!("{}#uni", desk.order);
    assert!(desk.holds.contains(&HoldChange::Release { owner }));
    desk.until("2027-01-01T00:00:00Z");
    assert!(
        desk.world
            .found
            .documents
            .keys()
            .filter(|(resource, _)| resource == "product")
            .count()
            == 1
    );
}

#[test]
fn work_that_has_begun_costs_and_the_buyer_decides() {
    let mut desk = Desk::started(|_| {});
    desk.run("milestone");
    desk.events.clear();
    let id = asked(&mut desk);
    check_request(&desk, &id, "inProgress.assessingCharge");
    desk.check_states(["assessingCancellation", "pending", "pending"]);
    assert_eq!(
        desk.told()[3..],
        ["chargeCreate", "cancelProductOrder inProgress.assessingCharge"]
    );
    let charge = desk.charge();
    // Mplify 123.1 R86, R90, R93, R94
    assert_eq!(charge.at("/productOrder/productOrderId"), Some(&json!(desk.order)));
    assert_eq!(charge.at("/cancelProductOrder/id"), Some(&json!(id)));
    assert!(charge.at("/productOrderItem").is_none());
    assert_eq!(charge.at("/chargeItem/0/priceCategory"), Some(&json!("cancellation")));
    assert_eq!(charge.at("/chargeItem/0/blocking"), Some(&json!(true)));
    assert_eq!(
        charge.at("/chargeItem/0/price/dutyFreeAmount"),
        Some(&json!({"unit": "EUR", "value": 50}))
    );
    assert_eq!(
        desk.document("cancelProductOrder", &id).at("/charge/id"),
        Some(&json!(charge.id))
    );

    desk.answer("accepted");
    check_request(&desk, &id, "done");
    assert_eq!(
        desk.told(),
        [
            "charge completed",
            "cancelProductOrder done",
            "productOrder pendingCancellation"
        ]
    );
    desk.run("cancel");
    desk.check_states(["cancelled", "cancelled", "cancelled"]);
    assert_eq!(desk.at("/cancellationCharge/0/id"), json!(charge.id));
}

#[test]
fn a_charge_declined_leaves_the_order_running_to_its_end() {
    let mut desk = Desk::started(|_| {});
    desk.run("milestone");
    let id = asked(&mut desk);
    desk.answer("rejected");
    check_request(&desk, &id, "done.declined");
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
    assert!(desk.at("/cancellationCharge").is_null());
    desk.until("2026-12-10T00:00:00Z");
    desk.check_states(["completed", "completed", "completed"]);
}

#[test]
fn a_charge_nobody_answers_ends_as_if_it_was_declined() {
    let mut desk = Desk::started(|_| {});
    desk.run("milestone");
    let id = asked(&mut desk);
    desk.until("2026-12-31T00:00:00Z");
    check_request(&desk, &id, "done.declined");
    assert_eq!(desk.charge().state, "timeout");
    // The order rested longer than it had left: it was finished later, and said so.
    desk.check_states(["completed", "completed", "completed"]);
    let note = desk.at("/productOrderItem/0/note/0");
    assert_eq!(note["source"], "seller");
    assert!(note["text"].as_str().unwrap().contains("Work rested"));
}

#[test]
fn after_the_last_moment_the_seller_says_no_and_why() {
    let mut desk = Desk::started(|_| {});
    desk.run("milestone");
    desk.run("milestone");
    let id = asked(&mut desk);
    check_request(&desk, &id, "rejected");
    let request = desk.document("cancelProductOrder", &id);
    let reason = request.text("/cancellationDeniedReason").unwrap();
    assert!(reason.contains("SERVICE_TESTING_COMPLETE"), "{reason}");
    desk.check_states(["inProgress", "inProgress", "inProgress"]);
}

#[test]
fn what_was_finished_before_stays_finished() {
    let mut desk = Desk::started(|order| {
        order["productOrderItem"][1]["requestedCompletionDate"] = json!("2026-12-30T08:00:00Z");
    });
    desk.until("2026-12-01T00:00:00Z");
    desk.check_states(["inProgress", "completed", "inProgress"]);
    asked(&mut desk);
    desk.run("cancel");
    desk.check_states(["cancelled", "completed", "cancelled"]);
}

#[test]
fn only_an_order_in_progress_is_cancelled_and_only_once() {
    let mut desk = Desk::started(|_| {});
    asked(&mut desk);
    let again = desk.create("cancelProductOrder", cancel(&desk)).unwrap_err();
    check_problems(&again, &[(InvalidValue, "/productOrder/productOrderId")]);
    desk.run("cancel");
    let late = desk.create("cancelProductOrder", cancel(&desk)).unwrap_err();
    check_problems(&late, &[(InvalidValue, "/productOrder/productOrderId")]);
}

/// Mplify 123.1 R75, R76
#[test]
fn an_unknown_order_and_a_missing_contact_are_told_together() {
    let mut desk = Desk::started(|_| {});
    let mut body = cancel(&desk);
    body["productOrder"]["productOrderId"] = json!("somebody-else's");
    body["relatedContactInformation"] = json!([]);
    let problems = desk.create("cancelProductOrder", body).unwrap_err();
    check_problems(
        &problems,
        &[
            (MissingProperty, "/relatedContactInformation"),
            (ReferenceNotFound, "/productOrder/productOrderId"),
        ],
    );
}

#[test]
fn a_request_is_found_by_every_filter_of_its_list() {
    let mut desk = Desk::started(|_| {});
    let id = asked(&mut desk);
    for (filter, value) in [
        ("productOrderId", desk.order.as_str()),
        ("state", "done"),
        ("cancellationReasonType", "commercial"),
    ] {
        let listed = desk.listed("cancelProductOrder", filter, value);
        assert_eq!(listed.len(), 1, "{filter}");
        assert_eq!(listed[0].id, id);
        assert!(desk.listed("cancelProductOrder", filter, "other").is_empty());
    }
}
