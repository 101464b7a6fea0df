//! `places.csv`: one address a line.

mod fielded;

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};

use self::fielded::FIELDED;
use super::normal::Normal;
use super::read::Frame;
use super::{Address, BookProblem, Delivery, PLACES_FILE, Site};
use crate::forms::{self, Read};

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

/// Reads all places; mistakes go to the first list, what is kept in another form to the second.
pub(super) fn read(
    text: &str,
    frame: &Frame,
    (problems, changes): (&mut Vec<BookProblem>, &mut Vec<BookProblem>),
) -> (Vec<Address>, Vec<Site>) {
    let mut places = Places {
        frame,
        problems,
        changes,
        columns: HashMap::new(),
        width: 0,
        ids: HashMap::new(),
        site_ids: HashMap::new(),
        written: HashMap::new(),
        addresses: Vec::new(),
        sites: Vec::new(),
    };
    // A byte order mark is what spreadsheets write in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    for record in reader.records() {
        match record {
            Ok(record) if places.columns.is_empty() => places.header(&record),
            Ok(record) => places.row(&record),
            Err(error) => places.tell(line_of(error.position()), format!("this is not CSV: {error}")),
        }
    }
    if places.columns.is_empty() {
        places.tell(1, "the first line names the columns");
    }
    (places.addresses, places.sites)
}

fn line_of(position: Option<&csv::Position>) -> usize {
    position
        .and_then(|position| usize::try_from(position.line()).ok())
        .unwrap_or(1)
}

struct Places<'a> {
    frame: &'a Frame,
    problems: &'a mut Vec<BookProblem>,
    changes: &'a mut Vec<BookProblem>,
    /// Name to position.
    columns: HashMap<String, usize>,
    /// How many columns a line has.
    width: usize,
    /// Id to line; so that a double is told with the first.
    ids: HashMap<String, usize>,
    site_ids: HashMap<String, usize>,
    written: HashMap<Normal, usize>,
    addresses: Vec<Address>,
    sites: Vec<Site>,
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

impl Places<'_> {
    fn tell(&mut self, line: usize, what: impl Into<String>) {
        self.problems.push(BookProblem {
            file: PLACES_FILE.into(),
            line,
            what: what.into(),
        });
    }

    /// The value in the form that is kept; a mistake or a change is told. Empty texts say nothing.
    fn settle<T>(&mut self, line: usize, text: &str, read: impl Fn(&str) -> Read<T>) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        match read(text) {
            Ok(settled) => {
                let told = settled.note(text).map(|what| BookProblem {
                    file: PLACES_FILE.into(),
                    line,
                    what,
                });
                self.changes.extend(told);
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
        } else if let Some(first) = self.ids.insert(id.clone(), line.number) {
            self.tell(line.number, format!("the id {id} is that of line {first} already"));
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
        // Mplify 121.1: one address, one id.
        if let Some(first) = self.written.insert(Normal::of(&address.fielded), line.number) {
            self.tell(
                line.number,
                format!("this is the address of line {first} under another id"),
            );
        }
        self.addresses.push(address);
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
        self.sites.push(Site {
            id: id.to_owned(),
            address_id: line.get("id").to_owned(),
            name: name.to_owned(),
            owner: owner.to_owned(),
            customer: if customer.is_empty() { owner } else { customer }.to_owned(),
            private: private == "yes",
        });
    }
}
