//! `places.csv`: one address a line.

pub(super) mod fielded;

use std::collections::HashMap;
use std::io::Read;

use csv::{ReaderBuilder, StringRecord, Trim};

use self::fielded::FIELDED;
use super::normal::Normal;
use super::packed::{Packer, Places};
use super::read::{Frame, Told};
use super::{Address, BookProblem, Delivery, PLACES_FILE, Site};
use crate::forms;

/// Columns of our own.
const OURS: [&str; 16] = [
    "id",
    "subUnit",
    "zone",
    "distance",
    "delivery",
    "ports",
    "bandwidth",
    "latitude",
    "longitude",
    "label",
    "labelAuthority",
    "siteId",
    "siteName",
    "siteOwner",
    "siteCustomer",
    "sitePrivate",
];

/// Columns no file goes without.
const NEEDED: [&str; 6] = ["id", "streetName", "city", "countryCode", "delivery", "ports"];

/// A list of more places is a mistake; the largest countries have some twenty million buildings.
const PLACES_MAX: u32 = 20_000_000;
/// How many places are read between two words about it.
const WORD_EVERY: u32 = 50_000;

/// The text of the list, and who is told how many places were read so far.
pub struct PlacesText<'a> {
    /// All lines.
    pub text: &'a mut dyn Read,
    /// Called now and then.
    pub so_far: &'a dyn Fn(u32),
}

/// Reads all places; mistakes go to the first list, what is kept in another form to the second.
pub(super) fn read(source: PlacesText<'_>, frame: &Frame, (problems, changes): (&mut Told, &mut Told)) -> Places {
    let mut reading = Reading {
        frame,
        problems,
        changes,
        columns: HashMap::new(),
        width: 0,
        site_ids: HashMap::new(),
        lines: Vec::new(),
        packer: Packer::default(),
    };
    // A byte order mark is what spreadsheets write in front; the reader passes over it.
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(Trim::All)
        .from_reader(source.text);
    for record in reader.records() {
        match record {
            Ok(record) if reading.columns.is_empty() => reading.header(&record),
            Ok(record) => reading.row(&record),
            Err(error) if error.is_io_error() => {
                // Never a shorter list: what was read so far is no list.
                let line = reading.lines.last().map_or(1, |line| line + 1);
                reading.tell(line, format!("the list cannot be read to its end: {error}"));
                break;
            }
            Err(error) => {
                let line = line_of(error.position());
                reading.tell(line, format!("this is not CSV: {error}"));
            }
        }
        let count = reading.packer.count();
        if count > PLACES_MAX {
            reading.tell(1, format!("more than {PLACES_MAX} places are too many"));
            break;
        }
        if count > 0 && count.is_multiple_of(WORD_EVERY) {
            (source.so_far)(count);
        }
    }
    if reading.columns.is_empty() {
        reading.tell(1, "the first line names the columns");
    }
    if !reading.problems.is_empty() {
        // It is refused; nobody will ask for the places.
        return Places::default();
    }
    reading.packer.finish()
}

fn problem(line: usize, what: impl Into<String>) -> BookProblem {
    BookProblem {
        file: PLACES_FILE.into(),
        line,
        what: what.into(),
    }
}

fn line_of(position: Option<&csv::Position>) -> usize {
    position
        .and_then(|position| usize::try_from(position.line()).ok())
        .unwrap_or(1)
}

struct Reading<'a> {
    frame: &'a Frame,
    problems: &'a mut Told,
    changes: &'a mut Told,
    /// Name to position.
    columns: HashMap<String, usize>,
    /// How many columns a line has.
    width: usize,
    site_ids: HashMap<String, usize>,
    /// Line of each place, so that a double is told with the first.
    lines: Vec<usize>,
    packer: Packer,
}

/// One line of the file by column.
struct Line<'r> {
    number: usize,
    columns: &'r HashMap<String, usize>,
    record: &'r StringRecord,
}

impl Line<'_> {
    fn get(&self, column: &str) -> &str {
        let position = self.columns.get(column);
        position
            .and_then(|position| self.record.get(*position))
            .unwrap_or_default()
    }
}

impl Reading<'_> {
    fn tell(&mut self, line: usize, what: impl Into<String>) {
        self.problems.push(problem(line, what));
    }

    /// The value in the form that is kept; a mistake or a change is told. Empty texts say nothing.
    fn settle<T>(&mut self, line: usize, text: &str, read: impl Fn(&str) -> forms::Read<T>) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        match read(text) {
            Ok(settled) => {
                if let Some(what) = settled.note(text) {
                    self.changes.push(problem(line, what));
                }
                Some(settled.value)
            }
            Err(what) => {
                self.tell(line, what);
                None
            }
        }
    }

    fn header(&mut self, record: &StringRecord) {
        let line = line_of(record.position());
        self.width = record.len();
        for (position, name) in record.iter().enumerate() {
            let known = || FIELDED.iter().chain(&OURS);
            if !known().any(|column| *column == name) {
                let near = known().min_by_key(|column| strsim::damerau_levenshtein(column, name));
                let near = near.copied().unwrap_or_default();
                self.tell(line, format!("{name:?} is no column; is {near} meant?"));
            }
            if self.columns.insert(name.to_owned(), position).is_some() {
                self.tell(line, format!("the column {name} is there twice"));
            }
        }
        for name in NEEDED {
            if !self.columns.contains_key(name) {
                self.tell(line, format!("the column {name} is missing"));
            }
        }
    }

    fn row(&mut self, record: &StringRecord) {
        let columns = std::mem::take(&mut self.columns);
        let line = Line {
            number: line_of(record.position()),
            columns: &columns,
            record,
        };
        if record.len() == self.width {
            self.place(&line);
        } else {
            let what = format!(
                "{} values for {} columns; a value with a comma stands in quotes",
                record.len(),
                self.width
            );
            self.tell(line.number, what);
        }
        self.columns = columns;
    }

    fn place(&mut self, line: &Line<'_>) {
        let id = line.get("id").to_owned();
        if id.is_empty() {
            self.tell(line.number, "the id is missing");
        }
        let fielded = self.fielded(line);
        let delivery = self.delivery(line);
        let address = Address {
            zone: self.zone(line, delivery),
            km: self.settle(line.number, line.get("distance"), forms::km),
            ports: self.ports(line, delivery),
            mbps: self.mbps(line),
            point: self.point(line),
            label: self.pair(line, ["label", "labelAuthority"]),
            id,
            fielded,
            delivery: delivery.unwrap_or_default(),
        };
        self.site(line);
        let [same_id, same] = self.packer.add_normal(&address, &Normal::of(&address.fielded));
        self.lines.push(line.number);
        let first = |position: u32| self.lines.get(position as usize).copied().unwrap_or_default();
        let (same_id, same) = (same_id.map(first), same.map(first));
        if let Some(first) = same_id.filter(|_| !address.id.is_empty()) {
            let what = format!("the id {} is that of line {first} already", address.id);
            self.tell(line.number, what);
        }
        // Mplify 121.1: one address, one id.
        if let Some(first) = same {
            let what = format!("this is the address of line {first} under another id");
            self.tell(line.number, what);
        }
    }

    fn delivery(&mut self, line: &Line<'_>) -> Option<Delivery> {
        let delivery = match line.get("delivery") {
            "onNetWithoutBuild" => Delivery::OnNetWithoutBuild,
            "onNetWithBuild" => Delivery::OnNetWithBuild,
            "offNet" => Delivery::OffNet,
            other => {
                let what = format!("{other:?} is no delivery; use onNetWithoutBuild, onNetWithBuild or offNet");
                self.tell(line.number, what);
                return None;
            }
        };
        Some(delivery)
    }

    fn ports(&mut self, line: &Line<'_>, delivery: Option<Delivery>) -> u32 {
        let text = line.get("ports");
        let Ok(ports) = text.parse::<u32>() else {
            self.tell(
                line.number,
                format!("{text:?} is no number of ports; 0 where there are none"),
            );
            return 0;
        };
        if ports > 0 && delivery == Some(Delivery::OffNet) {
            self.tell(
                line.number,
                "there are no ports where our network is not: 0, or another delivery",
            );
        }
        ports
    }

    fn mbps(&mut self, line: &Line<'_>) -> Option<u64> {
        self.settle(line.number, line.get("bandwidth"), forms::mbps)
    }

    fn zone(&mut self, line: &Line<'_>, delivery: Option<Delivery>) -> String {
        let zone = line.get("zone");
        let known = self.frame.zones.iter().any(|known| known == zone);
        let needed = !self.frame.zones.is_empty() && delivery.is_some_and(|delivery| delivery != Delivery::OffNet);
        if !known && (needed || !zone.is_empty()) {
            let zones = self.frame.zones.join(", ");
            self.tell(line.number, format!("{zone:?} is no zone; book.toml has: {zones}"));
        }
        zone.to_owned()
    }

    /// Two values that make sense together only.
    fn pair(&mut self, line: &Line<'_>, names: [&str; 2]) -> Option<[String; 2]> {
        let [a, b] = names.map(|name| line.get(name));
        if a.is_empty() != b.is_empty() {
            self.tell(line.number, format!("{} and {} go together", names[0], names[1]));
        }
        (!a.is_empty() && !b.is_empty()).then(|| [a.to_owned(), b.to_owned()])
    }

    fn site(&mut self, line: &Line<'_>) {
        let id = line.get("siteId");
        let (name, owner) = (line.get("siteName"), line.get("siteOwner"));
        if id.is_empty() {
            if [name, owner, line.get("siteCustomer")]
                .iter()
                .any(|value| !value.is_empty())
            {
                self.tell(line.number, "a site has a siteId");
            }
            return;
        }
        if let Some(first) = self.site_ids.insert(id.to_owned(), line.number) {
            self.tell(line.number, format!("the site {id} is that of line {first} already"));
        }
        if name.is_empty() || owner.is_empty() {
            self.tell(line.number, "a site has a siteName and a siteOwner");
        }
        let private = line.get("sitePrivate");
        if !["", "yes", "no"].contains(&private) {
            self.tell(line.number, format!("sitePrivate is yes or no, not {private:?}"));
        }
        let customer = line.get("siteCustomer");
        self.packer.add_site(&Site {
            id: id.to_owned(),
            address_id: line.get("id").to_owned(),
            name: name.to_owned(),
            owner: owner.to_owned(),
            customer: if customer.is_empty() { owner } else { customer }.to_owned(),
            private: private == "yes",
        });
    }
}
