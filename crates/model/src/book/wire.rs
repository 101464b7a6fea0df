//! The wire forms of what a book knows, complete and in the order of the standard.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::document::Object;
use crate::forms::country_name;
use crate::money::{Money, number};

use super::{Address, Book, Delivery, PriceLine, Site, Term};

/// The coordinate system of all points.
const SPATIAL_REF: &str = "EPSG:4326";

/// Where the number stands before the street.
const NUMBER_FIRST: [&str; 9] = ["AU", "CA", "FR", "GB", "IE", "IN", "LU", "NZ", "US"];

/// Where the postal code stands behind the town.
const POSTCODE_LAST: [&str; 7] = ["AU", "CA", "GB", "IE", "IN", "NZ", "US"];

impl Term {
    /// `MEFItemTerm` JSON.
    pub fn json(&self) -> Value {
        let mut term = json!({
            "name": self.name,
            "duration": self.duration.json(),
            "endOfTermAction": self.end_of_term_action,
        });
        if let Some(interval) = self.roll_interval {
            term["rollInterval"] = interval.json();
        }
        term
    }
}

impl PriceLine {
    /// `QuotePrice` / `ProductPrice` JSON.
    pub fn json(&self) -> Value {
        let mut price = json!({
            "name": self.name,
            "description": self.description,
            "priceType": self.price_type,
            "price": { "dutyFreeAmount": self.amount.json() },
        });
        if let Some(period) = self.period {
            price["recurringChargePeriod"] = period.json();
        }
        if let Some(unit) = &self.unit {
            price["unitOfMeasure"] = json!(unit);
        }
        if let Some((rate, gross)) = self.taxed() {
            price["price"]["taxRate"] = number(rate);
            price["price"]["taxIncludedAmount"] = gross.json();
        }
        price
    }

    /// The rate of tax and the amount with it.
    fn taxed(&self) -> Option<(Decimal, Money)> {
        let rate = self.tax?;
        let gross = self.amount.taxed(rate)?;
        // A price per unit may be finer than the smallest coin.
        Some((rate, if self.unit.is_some() { gross } else { gross.rounded() }))
    }
}

impl Address {
    /// `GeographicAddress` JSON with all representations.
    pub fn json(&self, book: &Book) -> Object {
        let public_site = if book.sites_at(&self.id).is_empty() {
            "false"
        } else {
            "true"
        };
        let new_site = match self.delivery {
            Delivery::OnNetWithoutBuild | Delivery::OnNetWithBuild => "true",
            Delivery::OffNet => "unknown",
        };
        let mut address = Object::new();
        address.insert("@type".into(), json!("GeographicAddress"));
        address.insert("id".into(), json!(self.id));
        address.insert("hasPublicSite".into(), json!(public_site));
        address.insert("allowsNewSite".into(), json!(new_site));
        self.representations(&mut address);
        address
    }

    fn representations(&self, into: &mut Object) {
        into.insert("fieldedAddressRepresentation".into(), json!([self.fielded]));
        let mut formatted = json!({ "formattedAddress": self.formatted() });
        if let Some(language) = self.fielded.get("language") {
            formatted["language"] = language.clone();
        }
        into.insert("formattedAddressRepresentation".into(), json!([formatted]));
        if let Some([latitude, longitude]) = &self.point {
            let point = json!({ "spatialRef": SPATIAL_REF, "latitude": latitude, "longitude": longitude });
            into.insert("geographicPointRepresentation".into(), json!([point]));
        }
        if let Some([label, authority]) = &self.label {
            let label = json!({ "label": label, "administrativeAuthority": authority });
            into.insert("labelRepresentation".into(), json!([label]));
        }
    }

    /// The address in one line, in the order of its country.
    pub fn formatted(&self) -> String {
        let country = self.field("countryCode").to_ascii_uppercase();
        let street = self.joined(
            &["streetPreDirection", "streetName", "streetType", "streetPostDirection"],
            " ",
        );
        let number = self.number();
        let street = if NUMBER_FIRST.contains(&country.as_str()) {
            join([number.as_str(), &street], " ")
        } else {
            join([street.as_str(), &number], " ")
        };
        let postcode = self.joined(&["postcode", "postcodeExtension"], "-");
        let (city, state) = (self.field("city"), self.field("stateOrProvince"));
        let town = if POSTCODE_LAST.contains(&country.as_str()) {
            join([city, &join([state, &postcode], " ")], ", ")
        } else {
            join([postcode.as_str(), city], " ")
        };
        let rest = [
            self.sub_units(),
            self.field("buildingName").to_owned(),
            street,
            self.field("locality").to_owned(),
            town,
            country_name(&country).unwrap_or_default(),
        ];
        join(rest.iter().map(String::as_str), ", ")
    }

    fn number(&self) -> String {
        let first = self.joined(&["streetNr", "streetNrSuffix"], "");
        let last = self.joined(&["streetNrLast", "streetNrLastSuffix"], "");
        join([first.as_str(), &last], "-")
    }

    pub(super) fn sub_units(&self) -> String {
        let units = self.fielded.get("subUnit").and_then(Value::as_array);
        let texts: Vec<String> = units
            .into_iter()
            .flatten()
            .map(|unit| {
                let part = |name: &str| unit.get(name).and_then(Value::as_str).unwrap_or_default();
                join([part("subUnitType"), part("subUnitNumber")], " ")
            })
            .collect();
        join(texts.iter().map(String::as_str), ", ")
    }

    fn joined(&self, fields: &[&str], between: &str) -> String {
        join(fields.iter().map(|field| self.field(field)), between)
    }

    /// A field of the fielded representation, empty where it has none.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fielded.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

fn join<'a>(parts: impl IntoIterator<Item = &'a str>, between: &str) -> String {
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(between)
}

impl Site {
    /// `GeographicSite` JSON; `place_type` is the form asked for (`GeographicAddressRef` or
    /// `GeographicAddress_Query`).
    pub fn json(&self, book: &Book, place_type: &str) -> Object {
        let address = book.address(&self.address_id);
        let address = address.as_deref();
        let on_net = address.is_some_and(|address| address.delivery != Delivery::OffNet);
        let restriction = if self.private { "private" } else { "public" };
        let mut site = Object::new();
        site.insert("@type".into(), json!("GeographicSite"));
        site.insert("id".into(), json!(self.id));
        site.insert("name".into(), json!(self.name));
        site.insert("administrativeAuthority".into(), json!(self.owner));
        site.insert("customerName".into(), json!(self.customer));
        site.insert("siteRestrictionType".into(), json!(restriction));
        site.insert("networkType".into(), json!(if on_net { "onNet" } else { "offNet" }));
        // Required even where it is empty; the units of our addresses belong to the address.
        site.insert("subUnit".into(), json!([]));
        site.insert("place".into(), self.place(address, place_type));
        site
    }

    fn place(&self, address: Option<&Address>, place_type: &str) -> Value {
        match address {
            Some(address) if place_type == "GeographicAddress_Query" => {
                let mut query = Object::new();
                query.insert("@type".into(), json!("GeographicAddress_Query"));
                address.representations(&mut query);
                Value::Object(query)
            }
            _ => json!({ "@type": "GeographicAddressRef", "id": self.address_id }),
        }
    }
}
