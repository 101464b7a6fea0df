//! Places as the releases before Kylie write them, in the form of Kylie.
//!
//! Before Kylie a place stands in its list by itself: kind, role and fields in one object. Kylie
//! puts it into a wrapper with role, units and contacts, and a place by value becomes a
//! `GeographicAddress_Query` of up to four representations.

use serde_json::{Map, Value, json};

use crate::document::Object;
use crate::failure::Problem;
use crate::forms;
use crate::pointer::join;

/// Fields of a fielded address that kept their names.
const SAME: [&str; 11] = [
    "streetNr",
    "streetNrSuffix",
    "streetNrLast",
    "streetNrLastSuffix",
    "streetName",
    "streetType",
    "locality",
    "city",
    "postcode",
    "postcodeExtension",
    "stateOrProvince",
];

/// Fields of a sub-address that stand in the address itself now.
pub(super) const FLAT: [&str; 3] = ["buildingName", "privateStreetNumber", "privateStreetName"];

/// A fielded address among the representations.
pub(super) const FIELDED: &str = "fieldedAddressRepresentation";

/// The forms of an address, each with the kind it was before.
const KINDS: [(&str, &str); 4] = [
    (FIELDED, "FieldedAddress"),
    ("labelRepresentation", "GeographicAddressLabel"),
    ("geographicPointRepresentation", "MEFGeographicPoint"),
    ("formattedAddressRepresentation", "FormattedAddress"),
];

/// Names of the representations.
pub(super) const REPRESENTATIONS: [&str; 4] = [KINDS[0].0, KINDS[1].0, KINDS[2].0, KINDS[3].0];

/// What a fielded and a formatted address had to have.
pub(super) const NEEDED: [&str; 3] = ["streetName", "city", "country"];

/// Lines of a formatted address in the order of writing.
const LINES: [&str; 7] = [
    "addrLine1",
    "addrLine2",
    "locality",
    "city",
    "stateOrProvince",
    "postcode",
    "country",
];

/// `RelatedPlaceRefOrValue` of an item, at `at`, as `RelatedPlaceRefOrQueryWithSubUnit`; with the
/// contacts that stood beside it.
pub fn related(old: &Object, contacts: &[Value], at: &str) -> Result<Value, Problem> {
    let mut wrapped = Map::new();
    wrapped.insert("place".into(), place(old, at)?);
    if let Some(role) = old.get("role") {
        wrapped.insert("role".into(), role.clone());
    }
    if !contacts.is_empty() {
        wrapped.insert("contact".into(), json!(contacts));
    }
    Ok(Value::Object(wrapped))
}

/// A place itself: a reference stays one, everything else becomes a query.
pub fn place(old: &Object, at: &str) -> Result<Value, Problem> {
    let kind = old.get("@type").and_then(Value::as_str).unwrap_or_default();
    if let "GeographicAddressRef" | "GeographicSiteRef" = kind {
        let mut place = json!({ "@type": kind });
        for name in ["id", "href"] {
            if let Some(value) = old.get(name) {
                place[name] = value.clone();
            }
        }
        return Ok(place);
    }
    query(old, at)
}

/// `GeographicAddress_Query` of an address by value.
pub fn query(old: &Object, at: &str) -> Result<Value, Problem> {
    let mut query = json!({ "@type": "GeographicAddress_Query" });
    let kind = old.get("@type").and_then(Value::as_str).unwrap_or_default();
    let (name, representation) = match kind {
        "FieldedAddress" => ("fieldedAddressRepresentation", Value::Object(fielded(old, at)?)),
        "FormattedAddress" => ("formattedAddressRepresentation", formatted(old)),
        "GeographicAddressLabel" => ("labelRepresentation", renamed(old, &LABEL)),
        "MEFGeographicPoint" => ("geographicPointRepresentation", renamed(old, &POINT)),
        _ => {
            let known = "FieldedAddress, FormattedAddress, GeographicAddressLabel, MEFGeographicPoint, \
                         GeographicAddressRef and GeographicSiteRef";
            let what = format!("{kind:?} is no kind of place; there are {known}.");
            return Err(Problem::invalid(join(at, "@type"), what));
        }
    };
    query[name] = json!([representation]);
    // The fielded form of a point or a label is one more representation.
    if let Some(Value::Object(twin)) = old.get("associatedGeographicAddress") {
        let at = join(at, "associatedGeographicAddress");
        query["fieldedAddressRepresentation"] = json!([fielded(twin, &at)?]);
    }
    Ok(query)
}

/// Before and now.
pub(super) const LABEL: [(&str, &str); 2] = [
    ("externalReferenceId", "label"),
    ("externalReferenceType", "administrativeAuthority"),
];
/// Before, `x` was the latitude.
pub(super) const POINT: [(&str, &str); 4] = [
    ("spatialRef", "spatialRef"),
    ("x", "latitude"),
    ("y", "longitude"),
    ("z", "elevation"),
];

fn renamed(old: &Object, names: &[(&str, &str)]) -> Value {
    let kept = names
        .iter()
        .filter_map(|(before, now)| Some(((*now).to_owned(), old.get(*before)?.clone())));
    Value::Object(kept.collect())
}

/// `FieldedAddressRepresentation` of a `FieldedAddress`. A country that is no country is refused:
/// the new form has room for a code only.
pub fn fielded(old: &Object, at: &str) -> Result<Object, Problem> {
    let mut new: Object = SAME
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), old.get(*name)?.clone())))
        .collect();
    // By its description the older suffix is the direction behind the street.
    if let Some(direction) = old.get("streetSuffix") {
        new.insert("streetPostDirection".into(), direction.clone());
    }
    // An empty text is how an unknown country comes from us.
    let country = old.get("country").and_then(Value::as_str);
    if let Some(text) = country.filter(|text| !text.is_empty()) {
        let country = forms::country(text).map_err(|what| Problem::invalid(join(at, "country"), format!("{what}.")))?;
        new.insert("countryCode".into(), json!(country.value));
    }
    if let Some(Value::Object(sub)) = old.get("geographicSubAddress") {
        sub_address(sub, &mut new);
    }
    Ok(new)
}

fn sub_address(sub: &Object, new: &mut Object) {
    for name in FLAT {
        if let Some(value) = sub.get(name) {
            new.insert(name.into(), value.clone());
        }
    }
    let mut units = Vec::new();
    // There are no levels any more: the level is the first unit.
    if let (Some(kind), Some(number)) = (sub.get("levelType"), sub.get("levelNumber")) {
        units.push(json!({ "subUnitType": kind, "subUnitNumber": number }));
    }
    units.extend(
        sub.get("subUnit")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .cloned(),
    );
    if !units.is_empty() {
        new.insert("subUnit".into(), Value::Array(units));
    }
}

/// The kind that an address by value is first told in.
pub(super) fn kind(query: &Object) -> Option<&'static str> {
    let told = KINDS.iter().find(|(name, _)| representation(query, name).is_some());
    told.map(|(_, kind)| *kind)
}

fn representation<'a>(new: &'a Object, name: &str) -> Option<&'a Object> {
    new.get(name)?.as_array()?.first()?.as_object()
}

/// A place in the older form: a reference stays one, of several representations one is told. That
/// is `wanted` where it is there, else a fielded address that is whole, else the first of label,
/// point, fields and line.
pub(super) fn place_down(new: &Object, wanted: Option<&str>) -> Option<Object> {
    let tag = new.get("@type").and_then(Value::as_str).unwrap_or_default();
    if let "GeographicAddressRef" | "GeographicSiteRef" = tag {
        return Some(new.clone());
    }
    let whole = |fields: &Object| {
        let country = fields.contains_key("countryCode");
        country && fields.contains_key("streetName") && fields.contains_key("city")
    };
    let has = |kind: &str| {
        let name = KINDS.iter().find(|(_, known)| *known == kind)?.0;
        representation(new, name).map(|fields| (kind.to_owned(), fields))
    };
    let fielded = || has("FieldedAddress").filter(|(_, fields)| whole(fields));
    let others = [
        "GeographicAddressLabel",
        "MEFGeographicPoint",
        "FieldedAddress",
        "FormattedAddress",
    ];
    let first = || others.iter().find_map(|kind| has(kind));
    let nothing = Object::new();
    let told = wanted.and_then(has).or_else(fielded).or_else(first);
    // Nothing is known of it but its identifier.
    let (kind, fields) = told.unwrap_or(("FormattedAddress".to_owned(), &nothing));
    let mut old = match kind.as_str() {
        "FieldedAddress" => fielded_down(fields),
        "FormattedAddress" => formatted_down(fields),
        "GeographicAddressLabel" => renamed_down(fields, &LABEL),
        _ => renamed_down(fields, &POINT),
    };
    old.insert("@type".into(), json!(kind));
    Some(old)
}

/// A `FieldedAddress`, without its type. What had to be there and is not known is an empty text.
pub(super) fn fielded_down(new: &Object) -> Object {
    let mut old: Object = SAME
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), new.get(*name)?.clone())))
        .collect();
    for (before, now) in [("streetSuffix", "streetPostDirection"), ("country", "countryCode")] {
        if let Some(value) = new.get(now) {
            old.insert(before.into(), value.clone());
        }
    }
    let sub: Object = FLAT
        .iter()
        .chain(&["subUnit"])
        .filter_map(|name| Some(((*name).to_owned(), new.get(*name)?.clone())))
        .collect();
    if !sub.is_empty() {
        old.insert("geographicSubAddress".into(), Value::Object(sub));
    }
    for name in NEEDED {
        old.entry(name).or_insert_with(|| json!(""));
    }
    old
}

/// One line has no fields: it is the first of the two lines there were.
fn formatted_down(new: &Object) -> Object {
    let line = new.get("formattedAddress").cloned().unwrap_or_else(|| json!(""));
    let lines = json!({ "addrLine1": line, "city": "", "country": "" });
    lines.as_object().cloned().unwrap_or_default()
}

fn renamed_down(new: &Object, names: &[(&str, &str)]) -> Object {
    let kept = names
        .iter()
        .filter_map(|(before, now)| Some(((*before).to_owned(), new.get(*now)?.clone())));
    kept.collect()
}

fn formatted(old: &Object) -> Value {
    let lines: Vec<&str> = LINES
        .iter()
        .filter_map(|name| old.get(*name)?.as_str())
        .filter(|line| !line.is_empty())
        .collect();
    json!({ "formattedAddress": lines.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_place(old: Value, expected: Value) {
        let Value::Object(old) = old else { panic!("{old}") };
        assert_eq!(place(&old, "/place/0").unwrap(), expected);
    }

    #[test]
    fn a_reference_stays_one() {
        check_place(
            json!({ "@type": "GeographicSiteRef", "id": "S1", "role": "INSTALL_LOCATION" }),
            json!({ "@type": "GeographicSiteRef", "id": "S1" }),
        );
    }

    #[test]
    fn an_address_by_value_becomes_a_query() {
        check_place(
            json!({
                "@type": "FieldedAddress", "role": "INSTALL_LOCATION", "country": "United States",
                "streetName": "Broadway", "streetSuffix": "N", "city": "Springfield",
                "geographicSubAddress": {
                    "levelType": "floor", "levelNumber": "3", "buildingName": "Tower",
                    "subUnit": [{ "subUnitType": "suite", "subUnitNumber": "12" }],
                },
            }),
            json!({
                "@type": "GeographicAddress_Query",
                "fieldedAddressRepresentation": [{
                    "streetName": "Broadway", "streetPostDirection": "N", "city": "Springfield",
                    "countryCode": "US", "buildingName": "Tower",
                    "subUnit": [
                        { "subUnitType": "floor", "subUnitNumber": "3" },
                        { "subUnitType": "suite", "subUnitNumber": "12" },
                    ],
                }],
            }),
        );
        check_place(
            json!({ "@type": "MEFGeographicPoint", "spatialRef": "EPSG:4326", "x": "52.5", "y": "13.4" }),
            json!({
                "@type": "GeographicAddress_Query",
                "geographicPointRepresentation": [
                    { "spatialRef": "EPSG:4326", "latitude": "52.5", "longitude": "13.4" },
                ],
            }),
        );
        check_place(
            json!({ "@type": "FormattedAddress", "addrLine1": "Broadway 1", "city": "Springfield", "country": "US" }),
            json!({
                "@type": "GeographicAddress_Query",
                "formattedAddressRepresentation": [{ "formattedAddress": "Broadway 1, Springfield, US" }],
            }),
        );
    }

    #[test]
    fn what_is_no_place_and_no_country_is_refused_at_its_place() {
        for (old, pointer) in [
            (json!({ "@type": "Castle" }), "/place/0/@type"),
            (
                json!({ "@type": "FieldedAddress", "country": "Atlantis" }),
                "/place/0/country",
            ),
        ] {
            let problem = place(old.as_object().unwrap(), "/place/0").unwrap_err();
            assert_eq!(problem.property_path, pointer);
        }
    }
}
