//! Product payloads of Billie: one schema for each function, under an identifier of its own, in place
//! of one for all. They are for the same products, so they bind to the same offerings.
//!
//! Only the products of our own come in both forms; any other payload is nobody's business here.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::pointer::join;
use crate::products::{ACCESS_ELINE_OVC, ENNI, OPERATOR_UNI};
use crate::time;

/// Identifiers: of Billie without its last segment, of the newest.
const PRODUCTS: [(&str, &str); 3] = [
    ("urn:mef:lso:spec:sonata:access-eline:v2.0.0", ACCESS_ELINE_OVC),
    (
        "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v2.0.0",
        OPERATOR_UNI,
    ),
    ("urn:mef:lso:spec:sonata:carrier-ethernet-enni-sp-so:v2.0.0", ENNI),
];

/// Functions: the API, the last segment of the identifier.
const FUNCTIONS: [(&str, &str); 4] = [
    ("productOfferingQualification", "poq"),
    ("quoteManagement", "quote"),
    ("productOrderingManagement", "order"),
    ("productInventory", "inventory"),
];

/// Members: of Billie, of the newest. Misspelt ones are spelt so in the files.
const MEMBERS: [(&str, &str); 4] = [
    ("EndPointMapFormE", "ovcEndPointMapFormE"),
    ("listofPhysicalLinks", "listOfPhysicalLinks"),
    ("oneWayFdrPecentile", "oneWayFdrPercentile"),
    ("timeInterval", "timeDuration"),
];

/// One object where there is a list now.
const SINGLE: &str = "l2cp_P";

/// An object of whole numbers where there is one text now, in UTC.
const START: &str = "startTime";

/// Its members; from the hour on they may be left out, and are zero then.
const START_PARTS: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];

/// Where a payload stands.
const PAYLOAD: &str = "productConfiguration";

/// Whether this is a payload of Billie.
fn newest(urn: &str) -> Option<&'static str> {
    let (base, function) = urn.rsplit_once(':')?;
    let known = FUNCTIONS.iter().any(|(_, name)| *name == function);
    let (_, newest) = PRODUCTS.iter().find(|(old, _)| *old == base)?;
    known.then_some(*newest)
}

fn of_billie(urn: &str, api: &str) -> Option<String> {
    let (base, _) = PRODUCTS.iter().find(|(_, new)| *new == urn)?;
    let (_, function) = FUNCTIONS.iter().find(|(name, _)| *name == api)?;
    Some(format!("{base}:{function}"))
}

/// Payloads of Billie in the newest form; what moved: pointer written, pointer read.
pub fn raise(value: &mut Value) -> Vec<(String, String)> {
    let mut moves = Vec::new();
    each(value, &mut |payload, at| {
        let urn = payload.get("@type").and_then(Value::as_str).and_then(newest);
        if let Some(urn) = urn {
            *payload = changed(payload, Way::Up, (at, at), &mut moves);
            payload["@type"] = json!(urn);
        }
    });
    moves
}

/// Payloads of our products as a partner on Billie has them in this API.
pub fn lower(value: &mut Value, api: &str) {
    each(value, &mut |payload, at| {
        let urn = payload.get("@type").and_then(Value::as_str);
        if let Some(urn) = urn.and_then(|urn| of_billie(urn, api)) {
            *payload = changed(payload, Way::Down, (at, at), &mut Vec::new());
            payload["@type"] = json!(urn);
        }
    });
}

/// Calls for every payload in a body, with where it stands.
fn each(value: &mut Value, change: &mut dyn FnMut(&mut Value, &str)) {
    fn walk(value: &mut Value, at: &str, change: &mut dyn FnMut(&mut Value, &str)) {
        match value {
            Value::Object(members) => {
                for (name, value) in members.iter_mut() {
                    let here = join(at, name);
                    if name == PAYLOAD {
                        change(value, &here);
                    } else {
                        walk(value, &here, change);
                    }
                }
            }
            Value::Array(list) => {
                for (index, value) in list.iter_mut().enumerate() {
                    walk(value, &join(at, index), change);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    walk(value, "", change);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

fn changed(value: &Value, way: Way, (from, to): (&str, &str), moves: &mut Vec<(String, String)>) -> Value {
    match value {
        Value::Object(members) => {
            let mut out = Map::new();
            for (name, value) in members {
                let target = renamed(name, way);
                let (here, mut there) = (join(from, name), join(to, target));
                if target != name {
                    moves.push((there.clone(), here.clone()));
                }
                let single = name == SINGLE && way == Way::Up && value.is_object();
                if single {
                    there = join(&there, 0);
                    moves.push((there.clone(), here.clone()));
                }
                let mut value = changed(value, way, (&here, &there), moves);
                if single {
                    value = json!([value]);
                }
                if name == START {
                    value = match way {
                        Way::Up => start_up(&value),
                        Way::Down => start_down(&value),
                    }
                    .unwrap_or(value);
                }
                if name == SINGLE && way == Way::Down {
                    value = alone(value);
                }
                out.insert(target.to_owned(), value);
            }
            Value::Object(out)
        }
        Value::Array(list) => {
            let list = list.iter().enumerate();
            list.map(|(index, value)| changed(value, way, (&join(from, index), &join(to, index)), moves))
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn renamed(name: &str, way: Way) -> &str {
    let found = MEMBERS.iter().find(|(old, new)| match way {
        Way::Up => *old == name,
        Way::Down => *new == name,
    });
    match (found, way) {
        (Some((_, new)), Way::Up) => new,
        (Some((old, _)), Way::Down) => old,
        (None, Way::Up | Way::Down) => name,
    }
}

/// The text for an object that names a day there is; what names none is left for the schema to refuse.
fn start_up(value: &Value) -> Option<Value> {
    let members = value.as_object()?;
    if members.keys().any(|name| !START_PARTS.contains(&name.as_str())) {
        return None;
    }
    let part = |name: &str| match members.get(name) {
        Some(value) => value.as_i64().and_then(|value| i16::try_from(value).ok()),
        None if START_PARTS[..3].contains(&name) => None,
        None => Some(0),
    };
    let small = |name: &str| part(name).and_then(|value| i8::try_from(value).ok());
    let date = Date::new(part("year")?, small("month")?, small("day")?).ok()?;
    let time = Time::new(small("hour")?, small("minute")?, small("second")?, 0).ok()?;
    let at = date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?;
    Some(json!(time::text(at.timestamp())))
}

/// The object for a text; there is no place in it for parts of a second.
fn start_down(value: &Value) -> Option<Value> {
    let at: Timestamp = value.as_str()?.parse().ok()?;
    let at = at.to_zoned(TimeZone::UTC);
    let parts = [
        i64::from(at.year()),
        at.month().into(),
        at.day().into(),
        at.hour().into(),
        at.minute().into(),
        at.second().into(),
    ];
    let named = START_PARTS.iter().zip(parts);
    Some(named.map(|(name, part)| ((*name).to_owned(), json!(part))).collect())
}

/// The one entry of a list; there is room for no more.
fn alone(value: Value) -> Value {
    match value {
        Value::Array(mut list) if list.len() == 1 => list.remove(0),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_of_each_function_binds_to_the_same_product_and_comes_back_in_its_form() {
        for (api, function) in FUNCTIONS {
            let urn = format!("{}:{function}", PRODUCTS[0].0);
            let old = json!({ "item": [{ "product": { "productConfiguration": {
                "@type": urn,
                "enniEp": { "ovcEndPointMap": { "EndPointMapFormE": [7] } },
                "uniEp": { "ingressClassOfServiceMap": { "l2cp_P": { "cosName": "A" } } },
            } } }] });
            let mut body = old.clone();
            let moves = raise(&mut body);
            let payload = &body["item"][0]["product"]["productConfiguration"];
            assert_eq!(payload["@type"], ACCESS_ELINE_OVC);
            assert_eq!(
                payload["enniEp"]["ovcEndPointMap"],
                json!({ "ovcEndPointMapFormE": [7] })
            );
            assert_eq!(
                payload["uniEp"]["ingressClassOfServiceMap"]["l2cp_P"],
                json!([{ "cosName": "A" }])
            );
            let at = "/item/0/product/productConfiguration";
            let l2cp = format!("{at}/uniEp/ingressClassOfServiceMap/l2cp_P");
            assert!(moves.contains(&(format!("{l2cp}/0"), l2cp)), "{moves:?}");
            lower(&mut body, api);
            assert_eq!(body, old);
        }
    }

    #[track_caller]
    fn check_start(old: Value, new: Value, back: Value) {
        let urn = format!("{}:order", PRODUCTS[0].0);
        let level = |start: &Value| json!({ "@type": urn, "sls": { "startTime": start, "timeInterval": {} } });
        let mut body = json!({ "productConfiguration": level(&old) });
        raise(&mut body);
        assert_eq!(body["productConfiguration"]["sls"]["startTime"], new);
        lower(&mut body, "productOrderingManagement");
        assert_eq!(body, json!({ "productConfiguration": level(&back) }));
    }

    #[test]
    fn the_start_of_service_levels_is_one_text_for_an_object_that_names_a_day_and_a_wrong_one_is_left() {
        let whole = json!({ "year": 2027, "month": 2, "day": 3, "hour": 14, "minute": 5, "second": 6 });
        check_start(whole.clone(), json!("2027-02-03T14:05:06.000Z"), whole);
        let day = json!({ "year": 2027, "month": 2, "day": 3 });
        let midnight = json!({ "year": 2027, "month": 2, "day": 3, "hour": 0, "minute": 0, "second": 0 });
        check_start(day, json!("2027-02-03T00:00:00.000Z"), midnight);
        for wrong in [
            json!({ "year": 2027, "month": 2 }),
            json!({ "year": 2027, "month": 2, "day": 30 }),
            json!({ "year": 2027, "month": 2, "day": 3, "hour": 24 }),
            json!({ "year": 2027, "month": 2, "day": 3, "week": 5 }),
            json!({ "year": "2027", "month": 2, "day": 3 }),
        ] {
            check_start(wrong.clone(), wrong.clone(), wrong);
        }
    }

    #[test]
    fn other_payloads_are_left_alone() {
        let other = json!({ "productConfiguration": { "@type": ACCESS_ELINE_OVC, "timeInterval": 1 } });
        let mut body = other.clone();
        assert!(raise(&mut body).is_empty());
        assert_eq!(body, other);
    }
}
