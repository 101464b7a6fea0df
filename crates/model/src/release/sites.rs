//! Sites were listed by parameters before Kylie, and are by a body: which is which.

use serde_json::Value;

use crate::document::Object;
use crate::failure::Problem;
use crate::pointer::join;

/// Parameters that are fields of an address now.
pub const FIELDS: [(&str, &str); 6] = [
    ("streetNr", "streetNr"),
    ("streetName", "streetName"),
    ("streetType", "streetType"),
    ("city", "city"),
    ("postcode", "postcode"),
    ("country", "countryCode"),
];

/// Parameters that have another name, or the same.
pub const SITES: [(&str, &str); 4] = [
    ("companyName", "administrativeAuthority"),
    ("customerName", "customerName"),
    ("name", "name"),
    ("siteType", "siteRestrictionType"),
];

/// A query for sites as parameters; what there is none for goes to the problems.
pub fn parameters(body: &Object, problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (name, value) in body {
        let at = join("", name);
        match (name.as_str(), SITES.iter().find(|(_, now)| now == name), value.as_str()) {
            ("place", ..) => out.extend(place(value, &at, problems)),
            (_, Some((before, _)), Some(text)) => out.push(((*before).to_owned(), text.to_owned())),
            (_, Some(_) | None, _) => problems.push(no_parameter(at)),
        }
    }
    out
}

fn place(place: &Value, at: &str, problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    let id = place.get("id").and_then(Value::as_str);
    if let (Some("GeographicAddressRef"), Some(id)) = (place.get("@type").and_then(Value::as_str), id) {
        return vec![("geographicAddress.id".to_owned(), id.to_owned())];
    }
    let at = join(&join(at, "fieldedAddressRepresentation"), 0);
    let Some(fields) = place
        .pointer("/fieldedAddressRepresentation/0")
        .and_then(Value::as_object)
    else {
        problems.push(no_parameter("/place".to_owned()));
        return Vec::new();
    };
    let mut out = Vec::new();
    for (name, value) in fields {
        match (FIELDS.iter().find(|(_, now)| now == name), value.as_str()) {
            (Some((before, _)), Some(text)) => out.push(((*before).to_owned(), text.to_owned())),
            (Some(_) | None, _) => problems.push(no_parameter(join(&at, name))),
        }
    }
    out
}

fn no_parameter(at: String) -> Problem {
    let reason = "Before version 8 sites are listed by an address: its identifier or its fields, and by names.";
    Problem::invalid(at, reason)
}
