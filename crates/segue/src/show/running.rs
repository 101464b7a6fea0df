//! What people see of requests about running orders, and of charges.

use serde_json::{Value, json};

use super::{picked, plain};

/// A cancellation or another date.
pub fn request(value: &Value) -> Value {
    let at = |pointer: &str| value.pointer(pointer).cloned().unwrap_or_default();
    let order = match at("/productOrder/productOrderId") {
        Value::Null => at("/productOrderItem/productOrderId"),
        order => order,
    };
    json!({
        "id": value["id"],
        "state": value["state"],
        "order": order,
        "item": at("/productOrderItem/productOrderItemId"),
        "wanted": value["requestedCompletionDate"],
        "expedite": value["expediteIndicator"],
        "reason": value["cancellationReason"],
        "denied": value["cancellationDeniedReason"],
        "charge": at("/charge/id"),
    })
}

/// One charge, whole.
pub fn charge(value: &Value) -> Value {
    let columns = [
        ("item", "/id"),
        ("for", "/priceCategory"),
        ("amount", "/price/dutyFreeAmount"),
        ("blocking", "/blocking"),
        ("state", "/state"),
        ("why", "/note/0/text"),
    ];
    json!({
        "id": value["id"],
        "state": value["state"],
        "answerBy": value["responseDueDate"],
        "items": picked(value, "chargeItem", &columns),
    })
}

/// All charges of an order, a line each.
pub fn charges(value: &Value) -> Value {
    let row = |charge: &Value| {
        let items = charge["chargeItem"].as_array().cloned().unwrap_or_default();
        let all = |pointer: &str| {
            let cells: Vec<String> = items.iter().map(|item| plain(item.pointer(pointer))).collect();
            cells.join(", ")
        };
        json!({
            "id": charge["id"],
            "state": charge["state"],
            "item": charge.pointer("/productOrderItem/productOrderItemId"),
            "for": all("/priceCategory"),
            "amount": all("/price/dutyFreeAmount"),
            "answerBy": charge["responseDueDate"],
        })
    };
    value.as_array().into_iter().flatten().map(row).collect()
}
