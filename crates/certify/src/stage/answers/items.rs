//! Qualifications, quotes and orders as the tester makes them of what it is asked.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Asked, Shelf, later, text};

/// Lists of items, where a resource has one.
const ITEMS: [&str; 3] = ["productOfferingQualificationItem", "quoteItem", "productOrderItem"];

/// The contact that a Seller adds.
pub fn add_seller(body: &mut Value) {
    let role = if body.get("quoteItem").is_some() || body.get("productOfferingQualificationItem").is_some() {
        "sellerContactInformation"
    } else {
        "sellerContact"
    };
    let contact =
        json!({ "role": role, "name": "Tester", "number": "+1 555 0100", "emailAddress": "tester@certify.example" });
    match body.get_mut("relatedContactInformation").and_then(Value::as_array_mut) {
        Some(list) => list.push(contact),
        None => body["relatedContactInformation"] = json!([contact]),
    }
}

/// The items of a resource, as far as they are objects.
pub fn of(body: &mut Value) -> impl Iterator<Item = &mut Value> {
    let name = ITEMS.into_iter().find(|name| body.get(*name).is_some());
    let list = name.and_then(|name| body.get_mut(name)?.as_array_mut());
    list.into_iter().flatten().filter(|item| item.is_object())
}

/// A new state of the whole and of its items (empty: they keep theirs), with its place in the history.
pub fn step(body: &mut Value, (whole, items): (&str, &str), now: Timestamp) {
    enter(body, whole, now);
    if !items.is_empty() {
        of(body).for_each(|item| enter(item, items, now));
    }
}

fn enter(body: &mut Value, state: &str, now: Timestamp) {
    body["state"] = json!(state);
    let change = json!({ "state": state, "changeDate": text(now) });
    match body.get_mut("stateChange").and_then(Value::as_array_mut) {
        Some(list) => list.push(change),
        None => body["stateChange"] = json!([change]),
    }
}

/// A qualification: done and green, or acknowledged when it may be answered later.
pub fn qualified(shelf: &mut Shelf, asked: &Asked<'_>) -> Value {
    let mut body = asked.body.clone();
    body["id"] = json!(shelf.id("poq"));
    body["creationDate"] = json!(text(asked.now));
    add_seller(&mut body);
    if asked.body["instantSyncQualification"] == false {
        step(&mut body, ("acknowledged", "acknowledged"), asked.now);
    } else {
        qualify(&mut body, asked.now);
    }
    body
}

/// Ends a qualification: everything can be had.
pub fn qualify(body: &mut Value, now: Timestamp) {
    step(body, ("done", "done"), now);
    for item in of(body) {
        item["serviceabilityConfidence"] = json!("green");
        item["installationInterval"] = json!({ "amount": 10, "units": "businessDays" });
        item["guaranteedUntilDate"] = json!(text(later(now)));
        item["deliveryType"] = json!("onNetWithoutBuild");
    }
}

/// A quote: orderable and firm, or acknowledged when it may be answered later.
pub fn quoted(shelf: &mut Shelf, asked: &Asked<'_>) -> Value {
    let mut body = asked.body.clone();
    body["id"] = json!(shelf.id("quote"));
    body["quoteDate"] = json!(text(asked.now));
    add_seller(&mut body);
    if asked.body["instantSyncQuote"] == false {
        step(&mut body, ("acknowledged", "acknowledged"), asked.now);
    } else {
        quote(&mut body, asked.now);
    }
    body
}

/// Ends a quote: everything can be ordered at one price.
pub fn quote(body: &mut Value, now: Timestamp) {
    let is_budgetary = body["buyerRequestedQuoteLevel"] == "budgetary";
    let (state, level) = if is_budgetary {
        ("answered", "budgetary")
    } else {
        ("approved.orderable", "firm")
    };
    step(body, (state, state), now);
    body["quoteLevel"] = json!(level);
    body["effectiveQuoteCompletionDate"] = json!(text(now));
    body["validFor"] = json!({ "endDateTime": text(later(now)) });
    for item in of(body) {
        item["quoteItemPrice"] = json!([{
            "name": "Rental", "priceType": "recurring", "recurringChargePeriod": { "amount": 1, "units": "months" },
            "price": { "dutyFreeAmount": { "unit": "EUR", "value": 100.0 } },
        }]);
        if item["action"] != "delete" {
            let wanted = item.get("requestedQuoteItemTerm").cloned();
            item["quoteItemTerm"] = json!([wanted.unwrap_or_else(term)]);
            item["quoteItemInstallationInterval"] = json!({ "amount": 10, "units": "businessDays" });
        }
    }
}

fn term() -> Value {
    json!({
        "name": "12 months", "duration": { "amount": 12, "units": "months" },
        "endOfTermAction": "roll", "rollInterval": { "amount": 1, "units": "months" },
    })
}

/// An order: acknowledged.
pub fn ordered(shelf: &mut Shelf, asked: &Asked<'_>) -> Value {
    let mut body = asked.body.clone();
    body["id"] = json!(shelf.id("order"));
    body["orderDate"] = json!(text(asked.now));
    add_seller(&mut body);
    step(&mut body, ("acknowledged", "acknowledged"), asked.now);
    body
}

/// What an order makes: one product of each item that adds one.
pub fn products(shelf: &mut Shelf, order: &Value, now: Timestamp) -> Vec<Value> {
    let items = order["productOrderItem"].as_array().into_iter().flatten();
    let added = items.filter(|item| item["action"] == "add" && item["product"].is_object());
    added
        .map(|item| {
            let mut product = item["product"].clone();
            product["id"] = json!(shelf.id("product"));
            product["status"] = json!("active");
            product["startDate"] = json!(text(now));
            product["statusChange"] = json!([{ "status": "active", "changeDate": text(now) }]);
            product["productOrderItem"] = json!([{ "productOrderId": order["id"], "productOrderItemId": item["id"] }]);
            if let Some(term) = item.get("requestedItemTerm") {
                product["productTerm"] = json!([term]);
            }
            product
        })
        .collect()
}

/// The Buyer's answer to the items of a charge.
pub fn answered(charge: &mut Value, answer: &Value) {
    let answers = answer["chargeItem"].as_array().cloned().unwrap_or_default();
    let items = charge.get_mut("chargeItem").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter(|item| item.is_object()) {
        let found = answers.iter().find(|answer| answer["id"] == item["id"]);
        let Some(indicator) = found.and_then(|answer| answer.get("acceptanceIndicator")) else {
            continue;
        };
        let state = if indicator == "accepted" {
            "acceptedByBuyer"
        } else {
            "declinedByBuyer"
        };
        item["acceptanceIndicator"] = indicator.clone();
        item["state"] = json!(state);
    }
    let open = |item: &Value| item["state"] == "awaitingResponse";
    if !charge["chargeItem"]
        .as_array()
        .is_some_and(|items| items.iter().any(open))
    {
        charge["state"] = json!("completed");
    }
}

/// An order with what its Buyer changed.
pub fn updated(order: &mut Value, change: &Value) {
    for (name, value) in change.as_object().into_iter().flatten() {
        if name != "productOrderItem" {
            order[name] = value.clone();
            continue;
        }
        for changed in value.as_array().into_iter().flatten() {
            let items = order["productOrderItem"].as_array_mut().into_iter().flatten();
            for item in items.filter(|item| item.is_object() && item["id"] == changed["id"]) {
                for (name, value) in changed.as_object().into_iter().flatten() {
                    item[name] = value.clone();
                }
            }
        }
    }
}
