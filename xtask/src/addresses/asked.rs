//! An address as somebody asks for it, and the ways to write it down.

use serde_json::{Map, Value, json};

use super::land::{Land, Street};
use super::place::{AUTHORITY, Place};

/// What somebody says of an address. Empty is what is not said.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub number: String,
    pub suffix: String,
    pub last: String,
    pub street: Street,
    /// Whether the type goes into its own field.
    pub type_apart: bool,
    pub city: String,
    pub postcode: String,
    pub state: String,
    pub country: String,
    pub building: String,
    pub sub_unit: Option<[String; 2]>,
    /// Said beside the address: "c/o", "2nd floor".
    pub extra: String,
    pub point: [f64; 2],
    pub label: String,
}

/// How it is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Fielded,
    /// One line in the order of its country, with its name.
    Line,
    /// One line without the country.
    Short,
    /// Without commas.
    Bare,
    /// Lines under each other.
    Lines,
    /// Town first.
    TownFirst,
    /// The number on the other side of the street.
    OtherSide,
    Point,
    Label,
}

impl Asked {
    pub fn of(place: &Place, land: &Land) -> Self {
        Self {
            number: place.number.clone(),
            suffix: place.suffix.clone(),
            last: place.last.clone(),
            street: (*place.street).clone(),
            type_apart: land.type_column,
            city: place.town.name.clone(),
            postcode: place.postcode.clone(),
            state: if land.code == "US" {
                place.town.state.clone()
            } else {
                String::new()
            },
            country: land.code.clone(),
            building: String::new(),
            sub_unit: place.sub_unit.clone(),
            extra: String::new(),
            point: place.at,
            label: place.label.clone(),
        }
    }

    /// `GeographicAddress_Query`.
    pub fn query(&self, form: Form, land: &Land) -> Value {
        let (kind, value) = match form {
            Form::Fielded => ("fieldedAddressRepresentation", self.fielded()),
            Form::Point => {
                let [latitude, longitude] = self.point.map(|degrees| format!("{degrees:.6}"));
                let point = json!({ "spatialRef": "EPSG:4326", "latitude": latitude, "longitude": longitude });
                ("geographicPointRepresentation", point)
            }
            Form::Label => (
                "labelRepresentation",
                json!({ "label": self.label, "administrativeAuthority": AUTHORITY }),
            ),
            _ => (
                "formattedAddressRepresentation",
                json!({ "formattedAddress": self.text(form, land) }),
            ),
        };
        json!({ "@type": "GeographicAddress_Query", kind: [value] })
    }

    fn fielded(&self) -> Value {
        let mut fields = Map::new();
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                fields.insert(name.to_owned(), json!(value));
            }
        };
        put("streetNr", &self.number);
        put("streetNrSuffix", &self.suffix);
        put("streetNrLast", &self.last);
        put("streetPreDirection", &self.street.direction);
        if self.type_apart {
            put("streetName", &self.street.core());
            put("streetType", &self.street.kind);
        } else {
            put("streetName", &self.street.name());
        }
        put("city", &self.city);
        put("postcode", &self.postcode);
        put("stateOrProvince", &self.state);
        put("countryCode", &self.country);
        put("buildingName", &self.building);
        if let Some([kind, number]) = &self.sub_unit {
            fields.insert(
                "subUnit".into(),
                json!([{ "subUnitType": kind, "subUnitNumber": number }]),
            );
        }
        Value::Object(fields)
    }

    fn text(&self, form: Form, land: &Land) -> String {
        let mut number = format!("{}{}", self.number, self.suffix);
        if self.suffix.len() > 1 {
            number = format!("{} {}", self.number, self.suffix);
        }
        if !self.last.is_empty() {
            number = format!("{number}-{}", self.last);
        }
        let street = joined(&[&self.street.direction, &self.street.name()], " ");
        let first = land.number_first != (form == Form::OtherSide);
        let comma = if land.code == "ES" && form != Form::Bare && !number.is_empty() {
            ","
        } else {
            ""
        };
        let street = if first {
            joined(&[&number, &street], " ")
        } else {
            joined(&[&format!("{street}{comma}"), &number], " ")
        };
        let town = match land.code.as_str() {
            "US" => joined(&[&self.city, &joined(&[&self.state, &self.postcode], " ")], ", "),
            "GB" => joined(&[&self.city, &self.postcode], " "),
            _ => joined(&[&self.postcode, &self.city], " "),
        };
        let unit = self.sub_unit.as_ref().map(|unit| unit.join(" ")).unwrap_or_default();
        let country = match form {
            Form::Line | Form::Lines | Form::OtherSide => self.country.as_str(),
            _ => "",
        };
        let between = match form {
            Form::Bare => " ",
            Form::Lines => "\n",
            _ => ", ",
        };
        let parts: [&str; 5] = match form {
            Form::TownFirst => [&town, &street, &unit, &self.extra, ""],
            _ => [&self.extra, &unit, &street, &town, country],
        };
        joined(&parts, between)
    }
}

fn joined(parts: &[&str], between: &str) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(between)
}
