//! What a PATCH of an order may change.

use serde_json::{Value, json};

use super::desk::Desk;
use crate::api::bench::{check_problems, person};
use crate::failure::ProblemCode::{self, InvalidValue, MissingProperty, ReferenceNotFound};
use crate::rules::Refusal;

fn patch(desk: &mut Desk, body: Value) -> Result<Value, Refusal> {
    let id = desk.order.clone();
    desk.patch("productOrder", &id, body)
}

#[track_caller]
fn check_refused(body: Value, expected: &[(ProblemCode, &str)]) {
    let mut desk = Desk::started(|_| {});
    let before = desk.at("/productOrderItem");
    match patch(&mut desk, body) {
        Err(Refusal::Problems(problems)) => check_problems(&problems, expected),
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.at("/productOrderItem"), before);
}

fn note(id: &str) -> Value {
    json!({"id": id, "author": "Ann", "date": "2026-11-24T08:00:00.000Z", "source": "buyer", "text": "Ring twice."})
}

#[test]
fn what_describes_an_order_changes_and_the_rest_stays() {
    let mut desk = Desk::started(|_| {});
    let before = desk.document("productOrder", &desk.order).body.clone();
    let body = json!({
        "externalId": "po-2", "projectId": "north", "note": [note("1")],
        "productOrderItem": [{"id": "ovc", "endCustomerName": "Bank", "relatedBuyerPON": "4711", "note": [note("2")]}],
    });
    let after = patch(&mut desk, body).unwrap();
    let mut expected = Value::Object(before);
    expected["externalId"] = json!("po-2");
    expected["projectId"] = json!("north");
    expected["note"] = json!([note("1")]);
    expected["productOrderItem"][1]["endCustomerName"] = json!("Bank");
    expected["productOrderItem"][1]["relatedBuyerPON"] = json!("4711");
    expected["productOrderItem"][1]["note"] = json!([note("2")]);
    assert_eq!(after, expected);
    assert!(desk.events.is_empty());
}

/// Mplify 123.1 R57
#[test]
fn the_buyers_contacts_are_replaced_and_ours_stay() {
    let mut desk = Desk::started(|_| {});
    let ours = desk.at("/relatedContactInformation/1");
    assert_eq!(ours["role"], "sellerContact");
    let mut new = person("productOrderContact");
    new["name"] = json!("Eve");
    for sent in [json!([new]), json!([new, ours])] {
        let body = patch(&mut desk, json!({ "relatedContactInformation": sent })).unwrap();
        assert_eq!(body["relatedContactInformation"], json!([new, ours]));
    }
}

#[test]
fn roles_that_are_not_theirs_to_change_are_refused() {
    let forged = person("sellerContact");
    check_refused(
        json!({"relatedContactInformation": [forged]}),
        &[
            (MissingProperty, "/relatedContactInformation"),
            (InvalidValue, "/relatedContactInformation/0/role"),
        ],
    );
    let contacts = json!([
        person("buyerProductOrderItemContact"),
        person("buyerImplementationContact"),
        person("buyerTechnicalContact"),
        person("buyerGDPRContact"),
        person("buyerBillingContact"),
    ]);
    check_refused(
        json!({"productOrderItem": [{"id": "uni", "relatedContactInformation": contacts}]}),
        &[(InvalidValue, "/productOrderItem/0/relatedContactInformation/4/role")],
    );
}

/// Mplify 123.1 R53 to R56
#[test]
fn a_change_changes_something_of_items_there_are() {
    check_refused(json!({}), &[(MissingProperty, "")]);
    check_refused(json!({"productOrderItem": []}), &[(MissingProperty, "")]);
    check_refused(
        json!({"productOrderItem": [{"id": "third"}, {"id": "uni"}, {"id": "uni"}]}),
        &[
            (ReferenceNotFound, "/productOrderItem/0/id"),
            (InvalidValue, "/productOrderItem/2/id"),
        ],
    );
    // The guide has such an example: it is no change.
    let mut desk = Desk::started(|_| {});
    let before = desk.document("productOrder", &desk.order).body.clone();
    let after = patch(&mut desk, json!({"productOrderItem": [{"id": "uni"}]})).unwrap();
    assert_eq!(after, Value::Object(before));
}

/// Mplify 123.1 R22, R58, R59
#[test]
fn notes_are_added_and_never_lost() {
    let mut desk = Desk::started(|_| {});
    patch(&mut desk, json!({"note": [note("1")]})).unwrap();
    patch(&mut desk, json!({"note": [note("1"), note("2")]})).unwrap();
    let lost = patch(&mut desk, json!({"note": [note("2"), note("3")]}));
    let Err(Refusal::Problems(problems)) = lost else {
        panic!("{lost:?}")
    };
    check_problems(&problems, &[(InvalidValue, "/note")]);
    let mut forged = note("4");
    forged["source"] = json!("seller");
    check_refused(json!({"note": [forged]}), &[(InvalidValue, "/note/0/source")]);
}

#[test]
fn what_has_ended_is_not_changed() {
    let mut desk = Desk::started(|order| {
        order["productOrderItem"][1]["requestedCompletionDate"] = json!("2026-12-30T08:00:00Z");
    });
    desk.until("2026-12-01T00:00:00Z");
    let ended = json!({"productOrderItem": [{"id": "uni", "endCustomerName": "Bank"}]});
    assert!(matches!(patch(&mut desk, ended), Err(Refusal::Conflict(_))));
    let open = json!({"productOrderItem": [{"id": "uni"}, {"id": "ovc", "endCustomerName": "Bank"}]});
    patch(&mut desk, open).unwrap();
    desk.until("2027-01-01T00:00:00Z");
    assert!(matches!(
        patch(&mut desk, json!({"externalId": "x"})),
        Err(Refusal::Conflict(_))
    ));
}
