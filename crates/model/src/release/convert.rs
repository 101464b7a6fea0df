//! Forms that differ by more than names: lengths of time, addresses, places.

use serde_json::{Map, Value, json};

use super::places;
use super::table::{UNITS, mapped};
use super::walk::{At, Walk, Way};
use crate::document::Object;
use crate::pointer::join;

/// Months of a year, minutes of an hour and seconds of a minute.
const MONTHS: i64 = 12;
const SIXTY: i64 = 60;

/// Lengths of a charge period: older word, amount and unit.
const PERIODS: [(&str, i64, &str); 5] = [
    ("hour", 1, "calendarHours"),
    ("day", 1, "calendarDays"),
    ("week", 7, "calendarDays"),
    ("month", 1, "months"),
    ("year", 1, "years"),
];

/// Minutes of business have no unit any more: whole hours, rounded up, so that nobody promises less.
pub(super) fn duration_up(_: &mut Walk<'_>, value: &Value, _: &At) -> Option<Value> {
    Some(duration(value, |amount, units| match units {
        "businessMinutes" => (up_to(amount), "businessHours"),
        units => (amount, mapped(Way::Up, &UNITS, units)),
    }))
}

/// Years are months, seconds are minutes, rounded up.
pub(super) fn duration_down(_: &mut Walk<'_>, value: &Value, _: &At) -> Option<Value> {
    Some(duration(value, |amount, units| match units {
        "years" => (amount.saturating_mul(MONTHS), "calendarMonths"),
        "seconds" => (up_to(amount), "calendarMinutes"),
        units => (amount, mapped(Way::Down, &UNITS, units)),
    }))
}

fn up_to(amount: i64) -> i64 {
    amount.div_euclid(SIXTY) + i64::from(amount.rem_euclid(SIXTY) != 0)
}

fn duration<'a>(value: &'a Value, change: impl Fn(i64, &'a str) -> (i64, &'a str)) -> Value {
    let mut out = value.clone();
    let amount = value.get("amount").and_then(Value::as_i64);
    if let (Some(amount), Some(units)) = (amount, value.get("units").and_then(Value::as_str)) {
        let (amount, units) = change(amount, units);
        out["amount"] = json!(amount);
        out["units"] = json!(units);
    }
    out
}

/// `month` as one month.
pub(super) fn period_up(_: &mut Walk<'_>, value: &Value, _: &At) -> Option<Value> {
    let word = value.as_str()?;
    let (_, amount, units) = PERIODS.iter().find(|(name, ..)| *name == word)?;
    Some(json!({ "amount": amount, "units": units }))
}

/// One month as `month`; a period there is no word for is left out.
pub(super) fn period_down(_: &mut Walk<'_>, value: &Value, _: &At) -> Option<Value> {
    let amount = value.get("amount")?.as_i64()?;
    let units = value.get("units")?.as_str()?;
    let (amount, units) = match (amount, units) {
        (MONTHS, "months") => (1, "years"),
        (24, "calendarHours") => (1, "calendarDays"),
        other => other,
    };
    let found = PERIODS.iter().find(|(_, of, unit)| (*of, *unit) == (amount, units))?;
    Some(json!(found.0))
}

/// The address of a contact.
pub(super) fn postal_up(walk: &mut Walk<'_>, value: &Value, at: &At) -> Option<Value> {
    fields_moved(walk, &at.to, &at.from);
    match places::fielded(value.as_object()?, &at.from) {
        Ok(fields) => Some(Value::Object(fields)),
        Err(problem) => {
            walk.problems.push(problem);
            None
        }
    }
}

/// Before Kylie it was a place like any other where places had roles, and plain in the inventory.
pub(super) fn postal_down(walk: &mut Walk<'_>, value: &Value, _: &At) -> Option<Value> {
    let mut fields = places::fielded_down(value.as_object()?);
    for property in walk.to.properties("FieldedAddress") {
        match property.name.as_str() {
            "@type" => fields.insert("@type".into(), json!("FieldedAddress")),
            "role" => fields.insert("role".into(), json!("CONTACT")),
            _ => None,
        };
    }
    Some(Value::Object(fields))
}

/// A place of an item: wrapped.
pub(super) fn related_up(walk: &mut Walk<'_>, value: &Value, at: &At) -> Option<Value> {
    let inner = At {
        from: at.from.clone(),
        to: join(&at.to, "place"),
    };
    let mut out = json!({ "place": place_up(walk, value, &inner)? });
    if let Some(role) = value.get("role") {
        out["role"] = role.clone();
    }
    Some(out)
}

/// A place of an item: role and fields in one object. Its contacts go to the item.
pub(super) fn related_down(walk: &mut Walk<'_>, value: &Value, at: &At) -> Option<Value> {
    let inner = At {
        from: join(&at.from, "place"),
        to: at.to.clone(),
    };
    let mut out = place_down(walk, value.get("place")?, &inner)?;
    if let Some(role) = value.get("role") {
        out["role"] = role.clone();
    }
    Some(out)
}

/// A place by itself.
pub(super) fn place_up(walk: &mut Walk<'_>, value: &Value, at: &At) -> Option<Value> {
    walk.moves.push((at.to.clone(), at.from.clone()));
    for name in places::REPRESENTATIONS {
        let one = join(&join(&at.to, name), 0);
        walk.moves.push((join(&at.to, name), at.from.clone()));
        if name == places::FIELDED {
            fields_moved(walk, &one, &at.from);
        }
        for (old, new) in places::LABEL.iter().chain(&places::POINT) {
            walk.moves.push((join(&one, new), join(&at.from, old)));
        }
        walk.moves.push((one, at.from.clone()));
    }
    match places::place(value.as_object()?, &at.from) {
        Ok(place) => Some(place),
        Err(problem) => {
            walk.problems.push(problem);
            None
        }
    }
}

/// A place by itself; of several representations the one that says most in the older form.
pub(super) fn place_down(walk: &mut Walk<'_>, value: &Value, _: &At) -> Option<Value> {
    Some(Value::Object(lowered(walk, value.as_object()?)?))
}

fn lowered(walk: &Walk<'_>, new: &Object) -> Option<Object> {
    const TWIN: &str = "associatedGeographicAddress";
    let mut out = places::place_down(new, walk.kind)?;
    if let Some(href) = out.get("href").and_then(Value::as_str) {
        let href = walk.link(href);
        out.insert("href".into(), json!(href));
    }
    // Where addresses were an API of their own, a point and a label could have a fielded twin.
    let has_twin = walk
        .to
        .properties("GeographicAddress")
        .iter()
        .any(|one| one.name == TWIN);
    let kind = out.get("@type").and_then(Value::as_str).unwrap_or_default();
    if has_twin && matches!(kind, "GeographicAddressLabel" | "MEFGeographicPoint") {
        let fields = new.get(places::FIELDED).and_then(|list| list.get(0)?.as_object());
        if let Some(fields) = fields {
            let mut twin = places::fielded_down(fields);
            twin.insert("@type".into(), json!("FieldedAddress"));
            out.insert(TWIN.into(), Value::Object(twin));
        }
    }
    Some(out)
}

/// Fields of a fielded address that stood elsewhere.
fn fields_moved(walk: &mut Walk<'_>, to: &str, from: &str) {
    let sub = join(from, "geographicSubAddress");
    let moved = |new: &str, old: String| (join(to, new), old);
    walk.moves.push(moved("countryCode", join(from, "country")));
    walk.moves
        .push(moved("streetPostDirection", join(from, "streetSuffix")));
    for name in places::FLAT {
        walk.moves.push(moved(name, join(&sub, name)));
    }
    walk.moves.push(moved("subUnit", join(&sub, "subUnit")));
}

/// An address the Seller knows.
pub(super) fn address_up(walk: &mut Walk<'_>, value: &Value, at: &At) -> Option<Value> {
    let old = value.as_object()?;
    let mut out = place_up(walk, value, at)?;
    out["@type"] = json!("GeographicAddress");
    for name in ["id", "href"] {
        if let Some(value) = old.get(name) {
            out[name] = value.clone();
        }
    }
    for name in FLAGS {
        let known = old.get(name).and_then(Value::as_bool);
        out[name] = json!(known.map_or("unknown".to_owned(), |known| known.to_string()));
    }
    Some(out)
}

/// What is true, false, or not known: not said before Kylie.
const FLAGS: [&str; 2] = ["hasPublicSite", "allowsNewSite"];

/// An address the Seller knows, in the kind that was asked for.
pub(super) fn address_down(walk: &mut Walk<'_>, value: &Value, _: &At) -> Option<Value> {
    let new = value.as_object()?;
    let mut out = lowered(walk, new)?;
    let mut known = Map::new();
    if let Some(id) = new.get("id") {
        known.insert("id".into(), id.clone());
    }
    if let Some(href) = new.get("href").and_then(Value::as_str) {
        known.insert("href".into(), json!(walk.link(href)));
    }
    for name in FLAGS {
        match new.get(name).and_then(Value::as_str) {
            Some("true") => known.insert(name.into(), json!(true)),
            Some("false") => known.insert(name.into(), json!(false)),
            _ => None,
        };
    }
    out.extend(known);
    Some(Value::Object(out))
}
