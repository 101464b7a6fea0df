//! The list of a provider: one site a line, columns named as the standard names the fields of an
//! address, or as people do.

use csv::{ReaderBuilder, StringRecord, Trim};
use serde_json::{Map, Value};

/// Fields of an address, as the standard spells them (Mplify 121.1, fielded representation).
const FIELDS: [&str; 19] = [
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

/// What people call them.
const ALSO: [(&str, &str); 18] = [
    ("country", "countryCode"),
    ("street", "streetName"),
    ("road", "streetName"),
    ("number", "streetNr"),
    ("nr", "streetNr"),
    ("no", "streetNr"),
    ("housenumber", "streetNr"),
    ("housenr", "streetNr"),
    ("town", "city"),
    ("zip", "postcode"),
    ("zipcode", "postcode"),
    ("postalcode", "postcode"),
    ("state", "stateOrProvince"),
    ("province", "stateOrProvince"),
    ("region", "stateOrProvince"),
    ("building", "buildingName"),
    ("site", NAME),
    ("id", NAME),
];

/// What the list calls a site.
const NAME: &str = "name";

/// A list that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Not a table.
    #[error("it is no table: {0}")]
    Table(#[from] csv::Error),
    /// Columns nobody understands; all of them.
    #[error("columns that are not known: {0}. Known are name and the fields of an address: {1}")]
    Columns(String, String),
    /// Neither of these columns.
    #[error("a list of sites needs the columns countryCode (or country) and city, postcode or streetName")]
    TooFew,
    /// Nothing in it.
    #[error("there is no site in it")]
    Empty,
}

/// One site of the list.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its line; the head is line 1.
    pub line: usize,
    /// As the list calls it.
    pub name: String,
    /// Fields of its address.
    pub fields: Map<String, Value>,
}

/// Reads a list with `,`, `;` or tabs between its columns.
pub fn read(text: &str) -> Result<Vec<Site>, ListError> {
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    let between = [b';', b'\t']
        .into_iter()
        .find(|byte| head.bytes().any(|other| other == *byte));
    let mut reader = ReaderBuilder::new()
        .delimiter(between.unwrap_or(b','))
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let columns = columns(reader.headers()?)?;
    let mut sites = Vec::new();
    for (index, row) in reader.records().enumerate() {
        let row = row?;
        let line = row
            .position()
            .map_or(index + 2, |at| usize::try_from(at.line()).unwrap_or(index + 2));
        sites.extend(site(&columns, &row, line));
    }
    if sites.is_empty() {
        return Err(ListError::Empty);
    }
    Ok(sites)
}

fn columns(head: &StringRecord) -> Result<Vec<&'static str>, ListError> {
    let found: Vec<Option<&'static str>> = head.iter().map(column).collect();
    let strange: Vec<&str> = head
        .iter()
        .zip(&found)
        .filter(|(_, found)| found.is_none())
        .map(|(name, _)| name)
        .collect();
    if !strange.is_empty() {
        return Err(ListError::Columns(strange.join(", "), FIELDS.join(", ")));
    }
    let columns: Vec<&'static str> = found.into_iter().flatten().collect();
    let has = |name: &str| columns.contains(&name);
    if !has("countryCode") || !(has("city") || has("postcode") || has("streetName")) {
        return Err(ListError::TooFew);
    }
    Ok(columns)
}

fn column(written: &str) -> Option<&'static str> {
    let plain: String = written
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_lowercase();
    if plain == NAME {
        return Some(NAME);
    }
    let field = FIELDS.iter().find(|field| field.to_lowercase() == plain);
    field
        .copied()
        .or_else(|| ALSO.iter().find(|(also, _)| *also == plain).map(|(_, field)| *field))
}

/// An empty line is no site.
fn site(columns: &[&'static str], row: &StringRecord, line: usize) -> Option<Site> {
    let mut fields = Map::new();
    let mut name = String::new();
    for (column, value) in columns.iter().zip(row).filter(|(_, value)| !value.is_empty()) {
        match *column {
            NAME => value.clone_into(&mut name),
            field => {
                fields.insert(field.to_owned(), Value::from(value));
            }
        }
    }
    if fields.is_empty() {
        return None;
    }
    if name.is_empty() {
        name = format!("line {line}");
    }
    Some(Site { line, name, fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_people_write_it() {
        let sites =
            read("Site;Country;Postal code;City;Street;No\nShop;DE;10115;Berlin;Ahornstraße;24a\n;;;;;\n").unwrap();
        assert_eq!(sites.len(), 1);
        assert_eq!((sites[0].line, sites[0].name.as_str()), (2, "Shop"));
        assert_eq!(sites[0].fields["streetNr"], "24a");
        assert_eq!(sites[0].fields["postcode"], "10115");
    }

    #[test]
    fn what_cannot_be_read_is_told_all_at_once() {
        let told = read("country,city,fax,floor\nDE,Berlin,1,2\n").unwrap_err().to_string();
        assert!(told.contains("fax, floor"), "{told}");
        assert!(matches!(read("name,city\nx,y\n"), Err(ListError::TooFew)));
        assert!(matches!(read("country,city\n"), Err(ListError::Empty)));
    }
}
