//! What is not clean in a provider's own list of places, and what would be right. Mistakes that
//! keep a book from being loaded are told by [`super::Book::read`]; here is what loads and then
//! keeps addresses from being found: one town written in two ways, a postal code that lost its
//! zero, a house number within the street, coordinates the wrong way round.
//!
//! Findings are ordered by line. A repair is certain where the list itself or the form of its
//! country leaves no doubt; only those are written by [`Cleaning::repaired`]. The time is linear
//! in the list.

mod doubles;
mod postal;
mod single;
mod spot;
mod variants;

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use serde::Serialize;

use super::PLACES_FILE;
use super::normal::{Street, house_number, words};
use crate::forms;

/// Something that is not clean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `places.csv:12`
    pub at: String,
    /// A short name of what it is.
    pub kind: &'static str,
    /// What it is about.
    pub what: String,
    /// What would be right, by column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub propose: BTreeMap<&'static str, String>,
    /// Whether there is no doubt about it.
    pub certain: bool,
    #[serde(skip)]
    row: usize,
}

/// All findings in one list.
#[derive(Debug, Default)]
pub struct Cleaning {
    /// In the order of lines.
    pub findings: Vec<Finding>,
    text: String,
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// One line, with what its address comes to in the one form of all spellings.
#[derive(Debug)]
struct Row {
    line: usize,
    record: StringRecord,
    country: String,
    city: String,
    street: String,
}

impl Cleaning {
    /// Looks through the text of a `places.csv`. What is no CSV is passed over: reading the book
    /// tells it.
    pub fn of(text: &str) -> Self {
        let mut cleaning = Self::read(text);
        cleaning.find();
        cleaning.findings.sort_by_key(|finding| finding.row);
        cleaning
    }

    fn read(text: &str) -> Self {
        let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(Trim::All)
            .from_reader(bare.as_bytes());
        let mut cleaning = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        for record in reader.records().flatten() {
            if cleaning.columns.is_empty() {
                cleaning.columns = record.iter().map(str::to_owned).collect();
            } else {
                let row = cleaning.row(record);
                cleaning.rows.push(row);
            }
        }
        cleaning
    }

    fn row(&self, record: StringRecord) -> Row {
        let line = record
            .position()
            .and_then(|position| usize::try_from(position.line()).ok());
        let mut row = Row {
            line: line.unwrap_or(1),
            record,
            country: String::new(),
            city: String::new(),
            street: String::new(),
        };
        let written = self.get(&row, "countryCode");
        row.country = forms::country_code(written).unwrap_or(written).to_owned();
        row.city = words(self.get(&row, "city")).concat();
        row.street = self.street_key(&row);
        row
    }

    fn street_key(&self, row: &Row) -> String {
        let parts = ["streetPreDirection", "streetName", "streetType", "streetPostDirection"];
        let words: Vec<String> = parts.iter().flat_map(|part| words(self.get(row, part))).collect();
        Street::of_words(&words).key()
    }

    fn get<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        let position = self.columns.iter().position(|name| name == column);
        position
            .and_then(|position| row.record.get(position))
            .unwrap_or_default()
    }

    /// The number with its suffix and range, and what is within the house.
    fn house(&self, row: &Row) -> String {
        let first = house_number(&format!(
            "{}{}",
            self.get(row, "streetNr"),
            self.get(row, "streetNrSuffix")
        ));
        let last = house_number(&format!(
            "{}{}",
            self.get(row, "streetNrLast"),
            self.get(row, "streetNrLastSuffix")
        ));
        let unit = words(self.get(row, "subUnit")).concat();
        format!("{first}-{last}/{unit}")
    }

    fn find(&mut self) {
        let mut findings = single::findings(self);
        findings.extend(variants::findings(self));
        findings.extend(postal::findings(self));
        findings.extend(spot::findings(self));
        findings.extend(doubles::findings(self));
        self.findings = findings;
    }

    /// A finding about this row.
    fn tell(&self, row: usize, (kind, what): (&'static str, String), propose: Repair) -> Finding {
        let (certain, propose) = match propose {
            Repair::None => (false, Vec::new()),
            Repair::Likely(values) => (false, values),
            Repair::Certain(values) => (true, values),
        };
        Finding {
            at: format!("{PLACES_FILE}:{}", self.rows[row].line),
            kind,
            what,
            propose: propose.into_iter().collect(),
            certain,
            row,
        }
    }

    /// The list with every certain repair, and how many there were; all other lines as they are.
    pub fn repaired(&self) -> (String, usize) {
        let mut lines: Vec<String> = self.text.split('\n').map(str::to_owned).collect();
        let mut repairs: BTreeMap<usize, BTreeMap<&str, &str>> = BTreeMap::new();
        let mut count = 0;
        for finding in self.findings.iter().filter(|finding| finding.certain) {
            let values = repairs.entry(finding.row).or_default();
            for (column, value) in &finding.propose {
                if self.columns.iter().any(|name| name == column) {
                    count += usize::from(values.insert(column, value).is_none());
                }
            }
        }
        for (row, values) in repairs {
            let row = &self.rows[row];
            // A quoted value may go over several lines; such a row stays as it is.
            let line = lines.get_mut(row.line.saturating_sub(1));
            let whole = line.filter(|line| line.matches('"').count() % 2 == 0);
            if let (Some(line), Some(text)) = (whole, self.written(row, &values)) {
                let end = if line.ends_with('\r') { "\r" } else { "" };
                *line = format!("{text}{end}");
            }
        }
        (lines.join("\n"), count)
    }

    fn written(&self, row: &Row, values: &BTreeMap<&str, &str>) -> Option<String> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let value = |(position, old)| {
            let column = self.columns.get(position).map_or("", String::as_str);
            values.get(column).copied().unwrap_or(old)
        };
        writer.write_record(row.record.iter().enumerate().map(value)).ok()?;
        let text = String::from_utf8(writer.into_inner().ok()?).ok()?;
        Some(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// What is proposed.
enum Repair {
    None,
    /// A person decides.
    Likely(Vec<(&'static str, String)>),
    /// It is written by a repair.
    Certain(Vec<(&'static str, String)>),
}

impl Repair {
    fn of(certain: bool, values: Vec<(&'static str, String)>) -> Self {
        if certain {
            Self::Certain(values)
        } else {
            Self::Likely(values)
        }
    }
}
