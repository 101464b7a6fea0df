//! The fields of an address, in the form that is kept.

use serde_json::{Value, json};

use super::{Line, Reading, problem};
use crate::document::Object;
use crate::forms;

/// Columns that go into the fielded representation, as the standard names them. Packed places
/// name them by their position: new ones come at the end.
pub(in crate::book) const FIELDED: [&str; 19] = [
    "streetNr",
    "streetNrSuffix",
    "streetNrLast",
    "streetNrLastSuffix",
    "streetPreDirection",
    "streetName",
    "streetType",
    "streetPostDirection",
    "poBox",
    "locality",
    "city",
    "postcode",
    "postcodeExtension",
    "stateOrProvince",
    "countryCode",
    "buildingName",
    "privateStreetNumber",
    "privateStreetName",
    "language",
];

impl Reading<'_> {
    pub(super) fn fielded(&mut self, line: &Line<'_>) -> Object {
        let mut fielded = Object::new();
        for column in FIELDED {
            let value = line.get(column);
            if !value.is_empty() {
                fielded.insert(column.to_owned(), json!(value));
            }
        }
        for column in ["streetName", "city"] {
            if line.get(column).is_empty() {
                self.tell(line.number, format!("{column} is missing"));
            }
        }
        self.country(line, &mut fielded);
        self.house_range(line, &mut fielded);
        if let Some(language) = self.settle(line.number, line.get("language"), forms::language) {
            fielded.insert("language".into(), json!(language));
        }
        if let Some(units) = self.sub_units(line) {
            fielded.insert("subUnit".into(), units);
        }
        fielded
    }

    fn country(&mut self, line: &Line<'_>, fielded: &mut Object) {
        if line.get("countryCode").is_empty() {
            return self.tell(line.number, "countryCode is missing");
        }
        let Some(country) = self.settle(line.number, line.get("countryCode"), forms::country) else {
            return;
        };
        if !self.frame.countries.is_empty() && !self.frame.countries.contains(&country) {
            self.tell(
                line.number,
                format!("{country} is not among the `countries` of book.toml"),
            );
        }
        let postcode = self.settle(line.number, line.get("postcode"), |text| {
            forms::postcode(text, &country)
        });
        if let Some(postcode) = postcode {
            fielded.insert("postcode".into(), json!(postcode));
        }
        fielded.insert("countryCode".into(), json!(country));
    }

    /// `12-14` in one column has two on the wire.
    fn house_range(&mut self, line: &Line<'_>, fielded: &mut Object) {
        let Some([first, last]) = forms::house_range(line.get("streetNr")) else {
            return;
        };
        if fielded.contains_key("streetNrLast") {
            return self.tell(line.number, "streetNr has a range already: leave streetNrLast empty");
        }
        let what = format!(
            "{:?} is taken as streetNr {first} and streetNrLast {last}",
            line.get("streetNr")
        );
        self.changes.push(problem(line.number, what));
        fielded.insert("streetNr".into(), json!(first));
        fielded.insert("streetNrLast".into(), json!(last));
    }

    pub(super) fn point(&mut self, line: &Line<'_>) -> Option<[String; 2]> {
        let [latitude, longitude] = self.pair(line, ["latitude", "longitude"])?;
        let latitude = self.settle(line.number, &latitude, |text| forms::coordinate(text, 90));
        let longitude = self.settle(line.number, &longitude, |text| forms::coordinate(text, 180));
        Some([latitude?, longitude?])
    }

    /// `floor 3; suite 12`
    fn sub_units(&mut self, line: &Line<'_>) -> Option<Value> {
        let text = line.get("subUnit");
        let mut units = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            match part.rsplit_once(' ') {
                Some((kind, number)) => units.push(json!({ "subUnitType": kind.trim(), "subUnitNumber": number })),
                None => self.tell(
                    line.number,
                    format!("{part:?} is no sub-unit; write \"floor 3; suite 12\""),
                ),
            }
        }
        (!units.is_empty()).then_some(Value::Array(units))
    }
}
