//! The list of sites: CSV as people have it, in any usual form.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use serde_json::{Map, Value, json};

use super::Site;
use crate::forms;

/// More sites than this are two lists: each site is kept with each Seller.
const SITES_MAX: usize = 100_000;

/// What a column is, and how people call it: in small letters, without blanks and signs.
const COLUMNS: [(Column, &[&str]); 13] = [
    (
        Column::Name,
        &[
            "name",
            "site",
            "sitename",
            "reference",
            "ref",
            "ourreference",
            "customer",
            "standort",
        ],
    ),
    (Column::Country, &["country", "countrycode", "land", "pays", "iso"]),
    (
        Column::City,
        &["city", "town", "ort", "stadt", "ville", "locality", "citta", "miasto"],
    ),
    (
        Column::Postcode,
        &["postcode", "postalcode", "zip", "zipcode", "plz", "cp", "codepostal"],
    ),
    (
        Column::State,
        &["state", "province", "stateorprovince", "region", "bundesland"],
    ),
    (
        Column::Street,
        &[
            "street",
            "streetname",
            "strasse",
            "straße",
            "rue",
            "road",
            "addressline1",
            "address1",
        ],
    ),
    (
        Column::Number,
        &[
            "number",
            "streetnr",
            "nr",
            "no",
            "housenumber",
            "hausnummer",
            "streetnumber",
        ],
    ),
    (Column::Building, &["building", "buildingname"]),
    (
        Column::Formatted,
        &["address", "formattedaddress", "fulladdress", "adresse", "anschrift"],
    ),
    (Column::Latitude, &["latitude", "lat"]),
    (Column::Longitude, &["longitude", "lon", "lng", "long"]),
    (Column::AddressId, &["addressid", "geographicaddressid"]),
    (Column::Ignored, &["note", "notes", "remark", "comment", "bemerkung"]),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Column {
    Name,
    Country,
    City,
    Postcode,
    State,
    Street,
    Number,
    Building,
    Formatted,
    Latitude,
    Longitude,
    AddressId,
    Ignored,
}

/// A word about one line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which, from 1.
    pub line: u64,
    /// What.
    pub what: String,
}

/// A list that was read.
#[derive(Debug, Default)]
pub struct Read {
    /// The lines that can be asked for.
    pub sites: Vec<Site>,
    /// What cannot, and why.
    pub problems: Vec<Told>,
    /// What is taken otherwise than it was written.
    pub changes: Vec<Told>,
}

/// Reads a list. Its first line names the columns; they are parted by commas, semicolons or tabs.
pub fn read(text: &str) -> Read {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut sheet = Sheet::default();
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .delimiter(delimiter(text))
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    for record in reader.records() {
        match record {
            Ok(record) if sheet.columns.is_empty() => sheet.header(&record),
            Ok(record) if record.iter().all(str::is_empty) => {}
            Ok(record) if sheet.read.sites.len() < SITES_MAX => sheet.row(&record),
            Ok(record) => {
                sheet.line = line(record.position());
                sheet.problem(format!("a list has {SITES_MAX} sites at most"));
                break;
            }
            Err(error) => {
                sheet.line = line(error.position());
                sheet.problem(format!("this is not CSV: {error}"));
            }
        }
    }
    if sheet.columns.is_empty() && sheet.read.problems.is_empty() {
        sheet.line = 1;
        sheet.problem("the first line names the columns: name,country,city,postcode,street,number".into());
    }
    sheet.read
}

/// What the first line has most of.
fn delimiter(text: &str) -> u8 {
    let lines = text.lines().map(str::trim);
    let first = lines
        .into_iter()
        .find(|line| !line.is_empty() && !line.starts_with('#'));
    let count = |sign: char| first.map_or(0, |line| line.matches(sign).count());
    let signs = [',', ';', '\t'];
    // The last of equals wins: a lone comma is the usual one.
    let most = signs.into_iter().rev().max_by_key(|sign| count(*sign));
    most.map_or(b',', |sign| sign as u8)
}

fn line(position: Option<&csv::Position>) -> u64 {
    position.map_or(1, csv::Position::line)
}

#[derive(Default)]
struct Sheet {
    columns: HashMap<Column, usize>,
    line: u64,
    read: Read,
}

impl Sheet {
    fn problem(&mut self, what: String) {
        self.read.problems.push(Told { line: self.line, what });
    }

    fn change(&mut self, what: String) {
        self.read.changes.push(Told { line: self.line, what });
    }

    fn header(&mut self, record: &StringRecord) {
        self.line = line(record.position());
        for (index, name) in record.iter().enumerate() {
            let plain: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
            let known = COLUMNS.iter().find(|(_, names)| names.contains(&plain.as_str()));
            match known {
                Some((column, _)) => {
                    if self.columns.insert(*column, index).is_some() && *column != Column::Ignored {
                        self.problem(format!("two columns mean the same: {name:?} is the second"));
                    }
                }
                None => self.change(format!("the column {name:?} is not known and not read")),
            }
        }
        if self.columns.is_empty() {
            self.columns.insert(Column::Ignored, 0);
            self.problem("no column is known; use name,country,city,postcode,street,number".into());
        }
    }

    fn row(&mut self, record: &StringRecord) {
        self.line = line(record.position());
        let columns = self.columns.clone();
        let get = |column: Column| {
            let index = columns.get(&column)?;
            record.get(*index).filter(|text| !text.is_empty())
        };
        let before = self.read.problems.len();
        let country = get(Column::Country).and_then(|text| self.settle(text, forms::country(text)));
        let country = country.unwrap_or_default();
        let postcode = get(Column::Postcode).and_then(|text| self.settle(text, forms::postcode(text, &country)));
        let mut fielded = Map::new();
        let mut put = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                fielded.insert(name.to_owned(), json!(value));
            }
        };
        put("city", get(Column::City));
        put("postcode", postcode.as_deref());
        put("stateOrProvince", get(Column::State));
        put("buildingName", get(Column::Building));
        put("countryCode", Some(country.as_str()).filter(|code| !code.is_empty()));
        let (street, number) = self.street(get(Column::Street), get(Column::Number));
        put("streetName", street.as_deref());
        put("streetNr", number.as_deref());
        let representations = self.representations(fielded, &get);
        let address_id = get(Column::AddressId).map(str::to_owned);
        if representations.is_empty() && address_id.is_none() && self.read.problems.len() == before {
            self.problem(
                "no place is named: country, city or postcode, and street; or an address; or latitude and longitude"
                    .into(),
            );
        }
        if self.read.problems.len() > before {
            return;
        }
        let named = get(Column::Name).map(str::to_owned);
        let name = named.unwrap_or_else(|| in_words(&representations, address_id.as_deref()));
        let mut query = Value::Null;
        if !representations.is_empty() {
            query = Value::Object(representations);
            query["@type"] = json!("GeographicAddress_Query");
        }
        self.read.sites.push(Site {
            line: self.line,
            name,
            query,
            address_id,
            country,
            postcode: postcode.unwrap_or_default(),
        });
    }

    /// The ways in which a line names its place.
    fn representations<'r>(
        &mut self,
        fielded: Map<String, Value>,
        get: &impl Fn(Column) -> Option<&'r str>,
    ) -> Map<String, Value> {
        let mut found = Map::new();
        if fielded.contains_key("streetName") || fielded.contains_key("buildingName") {
            // A town alone is no address; which fields do is for the Seller to say.
            if !fielded.contains_key("countryCode") {
                self.problem("the country is missing".into());
            }
            found.insert("fieldedAddressRepresentation".into(), json!([fielded]));
        }
        if let Some(text) = get(Column::Formatted) {
            found.insert(
                "formattedAddressRepresentation".into(),
                json!([{ "formattedAddress": text }]),
            );
        }
        match (get(Column::Latitude), get(Column::Longitude)) {
            (Some(latitude), Some(longitude)) => {
                let read = |sheet: &mut Self, text: &str, limit| sheet.settle(text, forms::coordinate(text, limit));
                let (latitude, longitude) = (read(self, latitude, 90), read(self, longitude, 180));
                if let (Some(latitude), Some(longitude)) = (latitude, longitude) {
                    let point = json!({ "spatialRef": "EPSG:4326", "latitude": latitude, "longitude": longitude });
                    found.insert("geographicPointRepresentation".into(), json!([point]));
                }
            }
            (None, None) => {}
            _ => self.problem("latitude and longitude belong together; one of them is missing".into()),
        }
        found
    }

    /// Street and number, out of one column where there is no other.
    fn street(&mut self, street: Option<&str>, number: Option<&str>) -> (Option<String>, Option<String>) {
        let Some(written) = street else {
            return (None, number.map(str::to_owned));
        };
        if number.is_none()
            && let Some((name, last)) = written.rsplit_once(' ')
            && last.starts_with(|c: char| c.is_ascii_digit())
        {
            let name = name.trim_end_matches([',', ' ']);
            self.change(format!("{written:?} is taken as street {name:?}, number {last:?}"));
            return (Some(name.to_owned()), Some(last.to_owned()));
        }
        (Some(written.to_owned()), number.map(str::to_owned))
    }

    fn settle<T>(&mut self, text: &str, read: forms::Read<T>) -> Option<T> {
        match read {
            Ok(settled) => {
                if let Some(note) = settled.note(text) {
                    self.change(note);
                }
                Some(settled.value)
            }
            Err(what) => {
                self.problem(what);
                None
            }
        }
    }
}

/// A name for a site that has none.
fn in_words(representations: &Map<String, Value>, address_id: Option<&str>) -> String {
    let fielded = representations
        .get("fieldedAddressRepresentation")
        .and_then(|list| list.get(0));
    let formatted = representations.get("formattedAddressRepresentation");
    let formatted = formatted.and_then(|list| list.pointer("/0/formattedAddress")?.as_str());
    let part = |name: &str| fielded.and_then(|fields| fields.get(name)?.as_str());
    let words: Vec<&str> = ["streetName", "streetNr", "city"]
        .iter()
        .filter_map(|name| part(name))
        .collect();
    match (words.is_empty(), formatted, address_id) {
        (false, _, _) => words.join(" "),
        (true, Some(text), _) => text.to_owned(),
        (true, None, Some(id)) => id.to_owned(),
        (true, None, None) => "a point".to_owned(),
    }
}
