//! One place and one site as bytes. What repeats from place to place (streets, towns, numbers)
//! stands once in a table of texts, and in the row is its number.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::Places;
use super::bytes::{In, Out};
use crate::book::normal::number;
use crate::book::places::fielded::FIELDED;
use crate::book::{Address, Delivery, Site};
use crate::document::Object;

/// Code of `subUnit`, a list of types and numbers.
const SUB_UNITS: u8 = 64;
/// Code of a field that the standard has no name for, or of an odd form: name, JSON.
const OTHER: u8 = 65;

/// What a row has beside what all have.
const KM: u8 = 4;
const MBPS: u8 = 8;
const POINT: u8 = 16;
const LABEL: u8 = 32;

const DELIVERIES: [Delivery; 3] = [Delivery::OnNetWithoutBuild, Delivery::OnNetWithBuild, Delivery::OffNet];

const SUB_UNIT_KEYS: [&str; 2] = ["subUnitType", "subUnitNumber"];

/// Texts of which each stands once, in the order they came.
#[derive(Default)]
pub(super) struct Texts {
    numbers: HashMap<Box<str>, u64>,
    pub ends: Vec<u8>,
    pub texts: Vec<u8>,
}

impl Texts {
    pub(super) fn number(&mut self, text: &str) -> u64 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.numbers.len() as u64;
        self.numbers.insert(text.into(), number);
        self.texts.extend_from_slice(text.as_bytes());
        self.ends.extend_from_slice(&(self.texts.len() as u64).to_le_bytes());
        number
    }

    /// The number of a text that was not there before.
    pub(super) fn add(&mut self, text: &str) -> Option<u32> {
        let count = self.numbers.len() as u64;
        (self.number(text) == count).then_some(count as u32)
    }

    /// Finished: only the bytes are needed from now on.
    pub(super) fn close(&mut self) {
        self.numbers = HashMap::new();
    }
}

pub(super) fn write_address(address: &Address, texts: &mut Texts, out: &mut Out) {
    out.text(&address.id);
    let delivery = DELIVERIES.iter().position(|delivery| *delivery == address.delivery);
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    out.0.push(
        delivery.unwrap_or_default() as u8
            | flag(address.km.is_some(), KM)
            | flag(address.mbps.is_some(), MBPS)
            | flag(address.point.is_some(), POINT)
            | flag(address.label.is_some(), LABEL),
    );
    out.number(texts.number(&address.zone));
    out.number(u64::from(address.ports));
    if let Some(km) = address.km {
        out.text(&km.to_string());
    }
    if let Some(mbps) = address.mbps {
        out.number(mbps);
    }
    if let Some([latitude, longitude]) = &address.point {
        out.text(latitude);
        out.text(longitude);
    }
    if let Some([label, authority]) = &address.label {
        out.text(label);
        out.number(texts.number(authority));
    }
    out.number(address.fielded.len() as u64);
    for (name, value) in &address.fielded {
        write_field(name, value, (&mut *texts, &mut *out));
    }
}

fn write_field(name: &str, value: &Value, (texts, out): (&mut Texts, &mut Out)) {
    let code = FIELDED.iter().position(|field| *field == name);
    match (code, value) {
        (Some(code), Value::String(text)) => {
            out.0.push(code as u8);
            out.number(texts.number(text));
        }
        (None, Value::Array(units)) if name == "subUnit" && units.iter().all(|unit| sub_unit(unit).is_some()) => {
            out.0.push(SUB_UNITS);
            out.number(units.len() as u64);
            for text in units.iter().filter_map(sub_unit).flatten() {
                out.number(texts.number(text));
            }
        }
        _ => {
            out.0.push(OTHER);
            out.number(texts.number(name));
            out.text(&value.to_string());
        }
    }
}

/// Type and number, where it is exactly these two in this order.
fn sub_unit(unit: &Value) -> Option<[&str; 2]> {
    let unit = unit.as_object()?;
    let texts = SUB_UNIT_KEYS.map(|key| unit.get(key).and_then(Value::as_str));
    if !unit.keys().eq(SUB_UNIT_KEYS.iter()) {
        return None;
    }
    Some([texts[0]?, texts[1]?])
}

pub(super) fn read_address(places: &Places, bytes: &[u8]) -> Option<Address> {
    let mut row = In(bytes);
    let id = row.text()?.to_owned();
    let flags = row.byte()?;
    let zone = places.text(row.number()?)?.to_owned();
    let ports = u32::try_from(row.number()?).ok()?;
    let has = |flag: u8| flags & flag != 0;
    let km = if has(KM) { Some(row.text()?.parse().ok()?) } else { None };
    let mbps = if has(MBPS) { Some(row.number()?) } else { None };
    let point = match has(POINT) {
        true => Some([row.text()?.to_owned(), row.text()?.to_owned()]),
        false => None,
    };
    let label = match has(LABEL) {
        true => Some([row.text()?.to_owned(), places.text(row.number()?)?.to_owned()]),
        false => None,
    };
    Some(Address {
        id,
        fielded: read_fields(places, &mut row)?,
        zone,
        km,
        delivery: *DELIVERIES.get(usize::from(flags & 3))?,
        ports,
        mbps,
        point,
        label,
    })
}

/// The number of the text that is the country.
pub(super) fn read_country(bytes: &[u8]) -> Option<u64> {
    let mut country = None;
    plain_fields(bytes, |name, text| {
        if name == "countryCode" {
            country = Some(text);
        }
    })?;
    country
}

/// The house number in its normal form, without reading anything else: most houses of a street are
/// looked at for it alone.
pub(super) fn read_house_number(places: &Places, bytes: &[u8]) -> Option<String> {
    let mut found = [("", ""); FIELDED.len()];
    let mut count = 0;
    plain_fields(bytes, |name, text| {
        if let (Some(place), Some(text)) = (found.get_mut(count), places.text(text)) {
            *place = (name, text);
            count += 1;
        }
    })?;
    let field = |wanted: &str| {
        found
            .iter()
            .find(|(name, _)| *name == wanted)
            .map_or("", |(_, text)| text)
    };
    Some(number(field))
}

/// Tells of each field that has one text, by its name and the number of that text; all else is
/// passed over.
fn plain_fields(bytes: &[u8], mut tell: impl FnMut(&'static str, u64)) -> Option<()> {
    let mut row = In(bytes);
    row.text()?;
    let flags = row.byte()?;
    row.number()?;
    row.number()?;
    if flags & KM != 0 {
        row.text()?;
    }
    if flags & MBPS != 0 {
        row.number()?;
    }
    if flags & POINT != 0 {
        row.text()?;
        row.text()?;
    }
    if flags & LABEL != 0 {
        row.text()?;
        row.number()?;
    }
    for _ in 0..row.number()? {
        match row.byte()? {
            SUB_UNITS => {
                for _ in 0..row.number()? {
                    row.number()?;
                    row.number()?;
                }
            }
            OTHER => {
                row.number()?;
                row.text()?;
            }
            code => tell(FIELDED.get(usize::from(code))?, row.number()?),
        }
    }
    Some(())
}

fn read_fields(places: &Places, row: &mut In<'_>) -> Option<Object> {
    let mut fielded = Object::new();
    for _ in 0..row.number()? {
        match row.byte()? {
            SUB_UNITS => {
                let mut units = Vec::new();
                for _ in 0..row.number()? {
                    let mut unit = Map::new();
                    for key in SUB_UNIT_KEYS {
                        unit.insert(key.to_owned(), json!(places.text(row.number()?)?));
                    }
                    units.push(Value::Object(unit));
                }
                fielded.insert("subUnit".to_owned(), Value::Array(units));
            }
            OTHER => {
                let name = places.text(row.number()?)?.to_owned();
                fielded.insert(name, serde_json::from_str(row.text()?).ok()?);
            }
            code => {
                let name = FIELDED.get(usize::from(code))?;
                let value = places.text(row.number()?)?;
                fielded.insert((*name).to_owned(), Value::String(value.to_owned()));
            }
        }
    }
    Some(fielded)
}

/// Sites have their texts themselves: the bytes do not depend on when a site came.
pub(super) fn write_site(site: &Site, out: &mut Out) {
    out.text(&site.id);
    out.text(&site.address_id);
    out.text(&site.name);
    out.text(&site.owner);
    out.text(&site.customer);
    out.0.push(u8::from(site.private));
}

pub(super) fn read_site(bytes: &[u8]) -> Option<Site> {
    let mut row = In(bytes);
    Some(Site {
        id: row.text()?.to_owned(),
        address_id: row.text()?.to_owned(),
        name: row.text()?.to_owned(),
        owner: row.text()?.to_owned(),
        customer: row.text()?.to_owned(),
        private: row.byte()? == 1,
    })
}
