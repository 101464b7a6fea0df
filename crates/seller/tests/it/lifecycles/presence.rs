//! What an order and its items show in each state, and what they do not (Mplify 123.1 R64 and the
//! tables of attributes it refers to; where the guide's own numbers forbid what a table wants, the
//! numbers count: R28, R49).

use serde_json::Value;

/// States an order does not leave.
const ENDS: [&str; 5] = ["completed", "failed", "partial", "cancelled", "rejected"];

/// Checks one order as it was fetched.
#[track_caller]
pub fn check(order: &Value) {
    let state = order["state"].as_str().unwrap();
    let what = format!("order in {state}: {order:#}");
    for always in ["id", "orderDate", "stateChange", "relatedContactInformation"] {
        assert!(order.get(always).is_some(), "no {always}: {what}");
    }
    let is = |name: &str| order.get(name).is_some();
    let ended = ENDS.iter().any(|end| state.split('.').next() == Some(end));
    assert_eq!(is("completionDate"), ended, "completionDate: {what}");
    assert_eq!(is("cancellationDate"), state == "cancelled", "cancellationDate: {what}");
    for item in order["productOrderItem"].as_array().unwrap() {
        check_item(item);
    }
}

#[track_caller]
fn check_item(item: &Value) {
    let state = item["state"].as_str().unwrap();
    let what = format!("item in {state}: {item:#}");
    let is = |name: &str| item.get(name).is_some();
    assert!(is("id") && is("stateChange"), "{what}");
    let roles = item["relatedContactInformation"].as_array().unwrap();
    let mut roles = roles.iter().filter_map(|contact| contact["role"].as_str());
    assert!(
        roles.any(|role| role.starts_with("seller")),
        "no contact of ours: {what}"
    );
    assert_eq!(is("completionDate"), state == "completed", "completionDate: {what}");
    match state.split('.').next().unwrap() {
        "inProgress" | "held" | "pending" | "completed" => {
            assert!(is("expectedCompletionDate"), "no expectedCompletionDate: {what}");
        }
        "failed" | "cancelled" => assert!(!is("expectedCompletionDate"), "expectedCompletionDate: {what}"),
        // The tables leave it open.
        _ => {}
    }
    if matches!(state, "failed" | "rejected") {
        assert!(is("terminationError"), "no terminationError: {what}");
    }
}
