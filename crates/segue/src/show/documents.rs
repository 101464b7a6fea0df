//! The documents of the standard, as a person wants to see them: the few things that matter.

use segue_model::time;
use serde_json::{Value, json};

use super::{picked, plain};
use crate::command::moments;

pub(super) fn validation(value: &Value) -> Value {
    let best = value
        .get("bestMatchGeographicAddress")
        .map(|address| address_row("best", address));
    let others = value["alternateGeographicAddress"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|address| address_row("alternate", address));
    let found: Vec<Value> = best.into_iter().chain(others).collect();
    if found.is_empty() {
        return json!({ "done": "The Seller knows no such address.", "state": value["state"] });
    }
    Value::Array(found)
}

/// One address as the Seller knows it.
pub(super) fn address(value: &Value) -> Value {
    let row = address_row("", value);
    json!({
        "id": row["id"],
        "address": row["address"],
        "building": row["building"],
        "unit": row["unit"],
        "publicSite": row["publicSite"],
        "newSite": value["allowsNewSite"],
    })
}

/// One site as the Seller knows it.
pub(super) fn site(value: &Value) -> Value {
    json!({
        "id": value["id"],
        "name": value["name"],
        "authority": value["administrativeAuthority"],
        "customer": value["customerName"],
        "restriction": value["siteRestrictionType"],
        "network": value["networkType"],
        "address": value.pointer("/place/id"),
    })
}

/// One address in a row; `kind` says how it matches what was asked for.
fn address_row(kind: &str, address: &Value) -> Value {
    let fielded = address
        .pointer("/fieldedAddressRepresentation/0")
        .cloned()
        .unwrap_or_default();
    let part = |name: &str| plain(fielded.get(name));
    json!({
        "match": kind,
        "id": address["id"],
        "address": format!("{} {}{}, {} {}, {}", part("streetName"), part("streetNr"), part("streetNrSuffix"), part("postcode"), part("city"), part("countryCode")),
        "building": part("buildingName"),
        "unit": units(fielded.get("subUnit")),
        "publicSite": address["hasPublicSite"],
    })
}

/// `floor 3, suite 12`
fn units(units: Option<&Value>) -> String {
    let one = |unit: &Value| {
        format!(
            "{} {}",
            plain(unit.get("subUnitType")),
            plain(unit.get("subUnitNumber"))
        )
    };
    let units = units.and_then(Value::as_array).into_iter().flatten().map(one);
    units.collect::<Vec<_>>().join(", ")
}

pub(super) fn poq(value: &Value) -> Value {
    let columns = [
        ("item", "/id"),
        ("state", "/state"),
        ("confidence", "/serviceabilityConfidence"),
        ("interval", "/installationInterval"),
        ("reason", "/serviceabilityConfidenceReason"),
        ("ends", "/terminationError/0/value"),
    ];
    json!({ "id": value["id"], "state": value["state"], "items": picked(value, "productOfferingQualificationItem", &columns) })
}

pub(super) fn quote(value: &Value) -> Value {
    let mut prices = Vec::new();
    for item in value["quoteItem"].as_array().into_iter().flatten() {
        for price in item["quoteItemPrice"].as_array().into_iter().flatten() {
            prices.push(json!({
                "item": item["id"],
                "price": price["name"],
                "type": price["priceType"],
                "amount": plain(price.pointer("/price/dutyFreeAmount")),
                "per": plain(price.get("recurringChargePeriod")),
            }));
        }
    }
    let columns = [
        ("item", "/id"),
        ("state", "/state"),
        ("interval", "/quoteItemInstallationInterval"),
        ("term", "/quoteItemTerm/0/name"),
        ("ends", "/terminationError/0/value"),
    ];
    json!({
        "id": value["id"],
        "state": value["state"],
        "level": value["quoteLevel"],
        "validUntil": value.pointer("/validFor/endDateTime"),
        "items": picked(value, "quoteItem", &columns),
        "prices": prices,
    })
}

pub(super) fn order(value: &Value) -> Value {
    let columns = [
        ("item", "/id"),
        ("state", "/state"),
        ("action", "/action"),
        ("expected", "/expectedCompletionDate"),
        ("product", "/product/id"),
        ("ends", "/terminationError/0/value"),
    ];
    json!({
        "id": value["id"],
        "state": value["state"],
        "completed": value.get("completionDate"),
        "items": picked(value, "productOrderItem", &columns),
        "timeline": moments(value),
    })
}

pub(super) fn product(value: &Value) -> Value {
    json!({
        "id": value["id"],
        "status": value["status"],
        "offering": value.pointer("/productOffering/id"),
        "product": value.pointer("/productConfiguration/@type"),
        "start": value["startDate"],
        "term": value.pointer("/productTerm/0/name"),
        "prices": picked(value, "productPrice", &[("price", "/name"), ("type", "/priceType"), ("amount", "/price/dutyFreeAmount"), ("per", "/recurringChargePeriod")]),
        "relations": picked(value, "productRelationship", &[("relation", "/relationshipType"), ("product", "/id")]),
    })
}

pub(super) fn explained(value: &Value) -> Value {
    let mut view = value.clone();
    let mut lines = Vec::new();
    for decision in value["decisions"].as_array().into_iter().flatten() {
        let outcome = decision["outcome"]["lines"].as_array().cloned();
        let mut said = outcome.unwrap_or_else(|| vec![decision["outcome"].clone()]);
        // What was free when it was decided; what is held now stands beside the decisions.
        let capacity = decision["inputs"]["seen"]["capacity"].as_object().into_iter().flatten();
        said.extend(capacity.map(|(key, seen)| {
            let (held, limit) = (plain(seen.get("held")), plain(seen.get("limit")));
            json!(format!("{key}: {held} of {limit} were held before."))
        }));
        // What was taken although it should be otherwise: nobody else tells of it.
        let warnings = decision["inputs"]["seen"]["warnings"].as_array().into_iter().flatten();
        said.extend(warnings.map(|warning| json!(format!("warning: {}", plain(Some(warning))))));
        for line in said {
            lines.push(json!({
                "at": decision["at"].as_str().and_then(time::parse).map(time::text),
                "step": decision["step"],
                "item": decision["itemId"],
                "by": format!("{} v{}", plain(decision.get("answeredBy")), decision["bookVersion"]),
                "why": plain(Some(&line)),
            }));
        }
    }
    view["decisions"] = Value::Array(lines);
    view
}

/// Revisions, and apart from them what changed in each.
pub fn history(value: &Value) -> Value {
    let mut view = value.clone();
    let mut changes = Vec::new();
    for row in view["revisions"].as_array_mut().into_iter().flatten() {
        let number = row["revision"].clone();
        let changed = row.as_object_mut().and_then(|row| row.shift_remove("changes"));
        for change in changed.as_ref().and_then(Value::as_array).into_iter().flatten() {
            let side = |name: &str| change.get(name).map_or_else(|| "-".to_owned(), short);
            changes.push(json!({ "revision": number, "path": change["path"], "old": side("old"), "new": side("new") }));
        }
    }
    view["changes"] = Value::Array(changes);
    view
}

/// A value as far as it fits into a cell.
fn short(value: &Value) -> String {
    const CHARACTERS_MAX: usize = 60;
    let text = if value.is_null() {
        "null".to_owned()
    } else {
        plain(Some(value))
    };
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
