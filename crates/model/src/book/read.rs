//! From files to a book: all mistakes at once, each with file and line and what would be right.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::Serialize;
use toml::de::DeTable;

use crate::forms;
use crate::time::Span;

use super::places::{self, PlacesText};
use super::sheet::{Sheet, Table};
use super::{Book, Offering, offering};

/// What is sold.
pub const BOOK_FILE: &str = "book.toml";
/// Where.
pub const PLACES_FILE: &str = "places.csv";

/// So many of one file are enough to work on: a wrong column repeats itself for every place, and
/// there may be a million.
const TOLD_MAX: usize = 50;

/// One mistake in the files of a book.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BookProblem {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub what: String,
}

impl fmt::Display for BookProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

const ROOT_KEYS: [&str; 8] = [
    "currency",
    "tax-rate",
    "quote-validity",
    "charge-validity",
    "answer-time",
    "countries",
    "zones",
    "offering",
];

/// What `book.toml` says beside its offerings.
#[derive(Default)]
pub(super) struct Frame {
    pub currency: Option<String>,
    pub tax_rate: Option<Decimal>,
    pub quote_validity: Option<Span>,
    pub charge_validity: Option<Span>,
    pub answer_time: Option<Span>,
    pub countries: Vec<String>,
    pub zones: Vec<String>,
}

impl Book {
    /// Reads a book from its files (name to text). A book with any mistake is refused whole.
    pub fn read(files: &BTreeMap<String, String>) -> Result<Self, Vec<BookProblem>> {
        Self::read_and_tell(files).map(|(book, _)| book)
    }

    /// The same, and what is kept in another form than it was written, place by place.
    pub fn read_and_tell(files: &BTreeMap<String, String>) -> Result<(Self, Vec<BookProblem>), Vec<BookProblem>> {
        let mut text = files.get(PLACES_FILE).map(|text| text.as_bytes());
        let places = text.as_mut().map(|text| PlacesText { text, so_far: &|_| () });
        Self::read_streamed(files, places)
    }

    /// The same, with the list of places as it comes; a million of them are never there as text.
    pub fn read_streamed(
        files: &BTreeMap<String, String>,
        places: Option<PlacesText<'_>>,
    ) -> Result<(Self, Vec<BookProblem>), Vec<BookProblem>> {
        let mut problems: Vec<BookProblem> = files
            .keys()
            .filter(|name| ![BOOK_FILE, PLACES_FILE].contains(&name.as_str()))
            .map(|name| problem(name, format!("a book has the files {BOOK_FILE} and {PLACES_FILE} only")))
            .collect();
        for (name, there) in [
            (BOOK_FILE, files.contains_key(BOOK_FILE)),
            (PLACES_FILE, places.is_some()),
        ] {
            if !there {
                problems.push(problem(name, "this file is missing".into()));
            }
        }
        let text = files.get(BOOK_FILE).map_or("", String::as_str);
        let mut sheet = Sheet::new(BOOK_FILE, text);
        let (frame, offerings) = match files.get(BOOK_FILE) {
            Some(_) => read_toml(&mut sheet, text),
            None => (Frame::default(), Vec::new()),
        };
        problems.append(&mut sheet.problems);
        let mut changes = sheet.changes;
        let (mut wrong, mut otherwise) = (Told::default(), Told::default());
        let places = places.map(|source| places::read(source, &frame, (&mut wrong, &mut otherwise)));
        problems.extend(wrong.end());
        changes.extend(otherwise.end());
        finish(problems)?;
        let book = Self {
            currency: frame.currency.unwrap_or_default(),
            tax_rate: frame.tax_rate,
            quote_validity: frame.quote_validity.unwrap_or(Self::empty().quote_validity),
            charge_validity: frame.charge_validity.unwrap_or(Self::empty().charge_validity),
            answer_time: frame.answer_time.unwrap_or(Self::empty().answer_time),
            countries: frame.countries,
            zones: frame.zones,
            offerings,
            places: places.unwrap_or_default(),
        };
        Ok((book, changes))
    }
}

/// What is told about one file: the first of it, and how many more there are.
#[derive(Default)]
pub(super) struct Told {
    shown: Vec<BookProblem>,
    /// The first that is not shown.
    next: Option<BookProblem>,
    more: usize,
}

impl Told {
    pub(super) fn push(&mut self, problem: BookProblem) {
        if self.shown.len() < TOLD_MAX {
            self.shown.push(problem);
        } else {
            self.more += 1;
            self.next.get_or_insert(problem);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    fn end(mut self) -> Vec<BookProblem> {
        if let Some(next) = self.next {
            self.shown.push(BookProblem {
                what: format!("{} more from here on are not shown", self.more),
                ..next
            });
        }
        self.shown
    }
}

fn problem(file: &str, what: String) -> BookProblem {
    BookProblem {
        file: file.to_owned(),
        line: 1,
        what,
    }
}

fn finish(mut problems: Vec<BookProblem>) -> Result<(), Vec<BookProblem>> {
    if problems.is_empty() {
        return Ok(());
    }
    problems.sort();
    problems.dedup();
    Err(problems)
}

fn read_toml(sheet: &mut Sheet<'_>, text: &str) -> (Frame, Vec<Offering>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        sheet.tell(at, format!("this is not TOML: {}", error.message()));
    }
    let root = Table {
        table: document.get_ref(),
        at: 0,
    };
    sheet.only(root, &ROOT_KEYS);
    let currency = sheet.currency(root, "currency");
    let known = currency.as_deref().and_then(Currency::from_code);
    let frame = Frame {
        tax_rate: offering::optional(root, "tax-rate", |key| percent(sheet, root, key)),
        quote_validity: sheet.span(root, "quote-validity"),
        charge_validity: offering::optional(root, "charge-validity", |key| sheet.span(root, key)),
        answer_time: offering::optional(root, "answer-time", |key| sheet.span(root, key)),
        countries: countries(sheet, root),
        zones: {
            let zones = sheet.texts(root, "zones");
            distinct(sheet, "zones", zones)
        },
        currency,
    };
    let minor_digits = known.and_then(Currency::exponent);
    let mut ids = BTreeSet::new();
    let mut offerings = Vec::new();
    for table in sheet.tables(root, "offering", "at least one [[offering]]") {
        let Some(offering) = offering::read(sheet, table, &frame.zones, minor_digits) else {
            continue;
        };
        if !ids.insert(offering.id.clone()) {
            sheet.tell(
                table.at("id"),
                format!("the offering {:?} is there already; ids are unique", offering.id),
            );
        }
        offerings.push(offering);
    }
    (frame, offerings)
}

fn percent(sheet: &mut Sheet<'_>, root: Table<'_>, key: &str) -> Option<Decimal> {
    let rate = sheet.amount(root, key)?;
    if rate.is_sign_negative() || rate > Decimal::ONE_HUNDRED {
        sheet.tell(root.at(key), "a tax is between 0 and 100 percent; 19 is 19 percent");
    }
    Some(rate)
}

fn countries(sheet: &mut Sheet<'_>, root: Table<'_>) -> Vec<String> {
    let named = sheet.texts(root, "countries").into_iter();
    let settled: Vec<_> = named
        .filter_map(|(text, at)| Some((sheet.settle(at, &text, forms::country)?, at)))
        .collect();
    distinct(sheet, "countries", settled)
}

/// The texts of a list, of which none stands twice.
fn distinct(sheet: &mut Sheet<'_>, key: &str, texts: Vec<(String, usize)>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for (text, at) in texts {
        if kept.contains(&text) {
            sheet.tell(at, format!("{text:?} is in `{key}` already"));
        } else {
            kept.push(text);
        }
    }
    kept
}
