//! One generated address.

use std::sync::Arc;

use deunicode::deunicode;

use super::land::{Street, Town};

/// An address as it stands in the book.
#[derive(Clone, Debug)]
pub struct Place {
    pub id: String,
    /// Position among the lands.
    pub land: usize,
    pub town: Arc<Town>,
    pub street: Arc<Street>,
    pub number: String,
    pub suffix: String,
    pub last: String,
    pub postcode: String,
    pub building: String,
    /// Type and number.
    pub sub_unit: Option<[String; 2]>,
    pub at: [f64; 2],
    pub label: String,
}

/// Columns of the file.
pub const COLUMNS: [&str; 21] = [
    "id",
    "streetNr",
    "streetNrSuffix",
    "streetNrLast",
    "streetPreDirection",
    "streetName",
    "streetType",
    "city",
    "postcode",
    "stateOrProvince",
    "countryCode",
    "buildingName",
    "subUnit",
    "language",
    "latitude",
    "longitude",
    "label",
    "labelAuthority",
    "zone",
    "delivery",
    "ports",
];

/// Who gives out the labels.
pub const AUTHORITY: &str = "Northgate Register";

/// Letters and digits, lower case, without diacritics.
pub fn plain(text: &str) -> String {
    let text = deunicode(text).to_ascii_lowercase();
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
