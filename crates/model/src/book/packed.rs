//! The places of a book as one row of bytes that never changes: a million of them need little
//! more than their text. They are stored and opened as they are; an address is made of its bytes
//! when it is asked for.
//!
//! The bytes are a head and sections. Rows are what was read; all else (what is found by id, by
//! [`Key`], near a point) follows from them, and is made once by [`Packer`]. When the way it
//! follows changes (the normal form of an address is part of it), [`FORMAT`] is counted up, and
//! [`Places::open`] makes it anew.

mod bytes;
mod names;
mod packer;
mod row;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use sha2::{Digest, Sha256};

use self::bytes::{Fnv, In, Table};
use super::{Address, Site};

pub(super) use names::{NameOf, edits};
pub(super) use packer::Packer;

/// First bytes of all.
const MAGIC: &[u8; 8] = b"SegPlcs\n";
/// Counted up when rows are written otherwise: older ones cannot be read then.
const ROWS: u32 = 1;
/// Counted up when anything that follows from the rows is made otherwise, the normal form of
/// addresses, streets or towns among it.
pub(super) const FORMAT: u32 = 2;

/// The parts, in the order they stand.
#[derive(Clone, Copy)]
enum Section {
    /// Where each text ends, and the texts.
    TextEnds,
    Texts,
    /// Where each row ends, and the rows.
    RowEnds,
    Rows,
    SiteEnds,
    SiteRows,
    /// Positions by id.
    Ids,
    SiteIds,
    /// Positions of address and site, by address.
    SitesAt,
    /// Hashes of keys, where the positions of each end, and the positions.
    Keys,
    PostingEnds,
    Postings,
    /// Number of the text of a country, and where its places end; places with network from south
    /// to north.
    Countries,
    OnNet,
    /// Where each name of a street ends, and the names; the same of towns.
    StreetEnds,
    Streets,
    TownEnds,
    Towns,
}

const SECTIONS: usize = 18;
const HEAD: usize = MAGIC.len() + 8 + SECTIONS * 8;
/// Bytes of a place in [`Section::OnNet`]: latitude, longitude, position.
const SPOT: usize = 20;

/// What addresses are looked up by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key<'a> {
    /// Normal postal code.
    Postcode(&'a str),
    /// Normal street.
    Street(&'a str),
    /// Normal street and town.
    StreetAndCity(&'a str, &'a str),
    /// Normal street and postal code.
    StreetAndPostcode(&'a str, &'a str),
    /// Normal town.
    City(&'a str),
    /// Label, letters and digits only.
    Label(&'a str),
    /// Latitude and longitude in [`CELLS`] of a degree, rounded down.
    Cell(i32, i32),
    /// Three letters of a name. What is found are numbers of names.
    Gram(NameOf, &'a str),
}

/// Cells of a degree: about a hundred metres from south to north.
pub(super) const CELLS: f64 = 1000.0;

impl Key<'_> {
    fn hash(self) -> u64 {
        match self {
            Self::Postcode(code) => Fnv::of(0, &[code]),
            Self::Street(street) => Fnv::of(1, &[street]),
            Self::StreetAndCity(street, city) => Fnv::of(2, &[street, city]),
            Self::City(city) => Fnv::of(3, &[city]),
            Self::Label(label) => Fnv::of(4, &[label]),
            Self::Cell(south, west) => Fnv::of(5, &[&south.to_string(), &west.to_string()]),
            Self::StreetAndPostcode(street, code) => Fnv::of(6, &[street, code]),
            Self::Gram(NameOf::Street, gram) => Fnv::of(7, &[gram]),
            Self::Gram(NameOf::Town, gram) => Fnv::of(8, &[gram]),
        }
    }
}

/// The cell a point is in.
#[expect(clippy::cast_possible_truncation, reason = "a degree is at most 180")]
pub(super) fn cell([latitude, longitude]: [f64; 2]) -> [i32; 2] {
    [latitude, longitude].map(|degrees| (degrees * CELLS).floor() as i32)
}

/// The places of a book. A copy is the same bytes.
#[derive(Clone)]
pub struct Places(Arc<Packed>);

struct Packed {
    bytes: Vec<u8>,
    sections: [Range<usize>; SECTIONS],
    digest: String,
}

/// Equal are places whose bytes are.
impl PartialEq for Places {
    fn eq(&self, other: &Self) -> bool {
        self.0.digest == other.0.digest
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Places({}, {} bytes)", self.count(), self.0.bytes.len())
    }
}

impl Default for Places {
    fn default() -> Self {
        static NONE: LazyLock<Places> = LazyLock::new(|| Packer::default().finish());
        NONE.clone()
    }
}

/// Places with network of one country, from south to north.
#[derive(Clone, Copy)]
pub(super) struct OnNet<'a>(&'a [u8]);

impl OnNet<'_> {
    pub(super) fn count(&self) -> usize {
        self.0.len() / SPOT
    }

    /// The first that is as far north as `latitude`, or more.
    pub(super) fn north_of(&self, latitude: f64) -> usize {
        let south = |index| self.spot(index).is_some_and(|([here, _], _)| here < latitude);
        Table::first(self.count(), south)
    }

    /// Latitude, longitude and position.
    pub(super) fn spot(&self, index: usize) -> Option<([f64; 2], u32)> {
        let spot = self.0.get(index * SPOT..)?.first_chunk::<SPOT>()?;
        let table = Table(spot);
        let degrees = [0, 1].map(|index| table.u64(index).map(f64::from_bits));
        Some(([degrees[0]?, degrees[1]?], table.u32(4)?))
    }
}

/// Positions of addresses, ascending.
#[derive(Clone, Copy, Default)]
pub(super) struct Positions<'a>(&'a [u8]);

impl Positions<'_> {
    pub(super) fn len(&self) -> usize {
        self.0.len() / 4
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.0
            .as_chunks::<4>()
            .0
            .iter()
            .map(|position| u32::from_le_bytes(*position))
    }
}

impl Places {
    /// Places out of their bytes: those of [`Places::bytes`]. Those of an older format are made
    /// anew, which takes as long as reading a list; the digest is another one then.
    ///
    /// # Errors
    /// One sentence, where they are no such bytes.
    pub fn open(bytes: Vec<u8>) -> Result<Self, String> {
        let (format, places) = Self::of_bytes(bytes)?;
        if format == FORMAT {
            return Ok(places);
        }
        let mut packer = Packer::default();
        places.addresses().for_each(|address| packer.add(&address));
        places.sites().for_each(|site| packer.add_site(&site));
        Ok(packer.finish())
    }

    fn of_bytes(bytes: Vec<u8>) -> Result<(u32, Self), String> {
        let strange = || "these are no places of a book".to_owned();
        let head = bytes.get(..HEAD).ok_or_else(strange)?;
        let numbers = Table(head.strip_prefix(MAGIC).ok_or_else(strange)?);
        let (rows, format) = (numbers.u32(0), numbers.u32(1).ok_or_else(strange)?);
        if rows != Some(ROWS) {
            return Err(format!(
                "places of another program: form {rows:?}, this one reads {ROWS}"
            ));
        }
        let mut sections = std::array::from_fn(|_| 0..0);
        let mut start = HEAD;
        for (index, section) in sections.iter_mut().enumerate() {
            let end = numbers.u64(index + 1).and_then(|end| usize::try_from(end).ok());
            let end = end
                .filter(|end| (start..=bytes.len()).contains(end))
                .ok_or_else(strange)?;
            *section = start..end;
            start = end;
        }
        Ok((format, Self::of_parts(bytes, sections)))
    }

    fn of_parts(bytes: Vec<u8>, sections: [Range<usize>; SECTIONS]) -> Self {
        let digest = format!("{:x}", Sha256::digest(&bytes));
        Self(Arc::new(Packed {
            bytes,
            sections,
            digest,
        }))
    }

    /// All of it, as [`Places::open`] reads it.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// SHA-256 of the bytes, in hex digits.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    fn section(&self, section: Section) -> &[u8] {
        self.0
            .sections
            .get(section as usize)
            .and_then(|range| self.0.bytes.get(range.clone()))
            .unwrap_or_default()
    }

    fn table(&self, section: Section) -> Table<'_> {
        Table(self.section(section))
    }

    /// The piece at `index` of a section, of which another one tells the ends.
    fn piece(&self, (ends, section): (Section, Section), index: usize) -> Option<&[u8]> {
        let ends = self.table(ends);
        let start = match index.checked_sub(1) {
            Some(before) => ends.u64(before)?,
            None => 0,
        };
        let range = usize::try_from(start).ok()?..usize::try_from(ends.u64(index)?).ok()?;
        self.section(section).get(range)
    }

    fn text(&self, number: u64) -> Option<&str> {
        let bytes = self.piece((Section::TextEnds, Section::Texts), usize::try_from(number).ok()?)?;
        std::str::from_utf8(bytes).ok()
    }

    /// How many addresses there are.
    pub(super) fn count(&self) -> usize {
        self.section(Section::RowEnds).len() / 8
    }

    /// How many sites there are.
    pub(super) fn site_count(&self) -> usize {
        self.section(Section::SiteEnds).len() / 8
    }

    fn row(&self, position: usize) -> Option<&[u8]> {
        self.piece((Section::RowEnds, Section::Rows), position)
    }

    /// The address at this position of the list.
    pub(super) fn address(&self, position: u32) -> Option<Address> {
        row::read_address(self, self.row(usize::try_from(position).ok()?)?)
    }

    /// The house number of an address, in its normal form.
    pub(super) fn house_number(&self, position: u32) -> Option<String> {
        row::read_house_number(self, self.row(usize::try_from(position).ok()?)?)
    }

    /// All addresses, in the order of the list.
    pub(super) fn addresses(&self) -> impl Iterator<Item = Address> {
        (0..self.count()).filter_map(|position| row::read_address(self, self.row(position)?))
    }

    fn site(&self, position: usize) -> Option<Site> {
        row::read_site(self.piece((Section::SiteEnds, Section::SiteRows), position)?)
    }

    /// All sites, in the order of the list.
    pub(super) fn sites(&self) -> impl Iterator<Item = Site> {
        (0..self.site_count()).filter_map(|position| self.site(position))
    }

    /// Position of the address with this id.
    pub(super) fn position(&self, id: &str) -> Option<u32> {
        let found = self.by_id(Section::Ids, id, |position| self.row(position))?;
        u32::try_from(found).ok()
    }

    /// The site with this id.
    pub(super) fn site_named(&self, id: &str) -> Option<Site> {
        let piece = |position| self.piece((Section::SiteEnds, Section::SiteRows), position);
        self.site(self.by_id(Section::SiteIds, id, piece)?)
    }

    /// Rows begin with their id.
    fn by_id<'a>(&'a self, ids: Section, id: &str, row: impl Fn(usize) -> Option<&'a [u8]>) -> Option<usize> {
        let ids = self.table(ids);
        let at = |index| {
            let position = ids.u32(index)? as usize;
            Some((In(row(position)?).text()?, position))
        };
        let count = ids.0.len() / 4;
        let first = Table::first(count, |index| at(index).is_some_and(|(other, _)| other < id));
        at(first)
            .filter(|(other, _)| *other == id)
            .map(|(_, position)| position)
    }

    /// The sites at the address at this position.
    pub(super) fn sites_at(&self, address: u32) -> Vec<Site> {
        let table = self.table(Section::SitesAt);
        let count = table.0.len() / 8;
        let first = Table::first(count, |index| table.u32(2 * index).is_some_and(|other| other < address));
        (first..count)
            .take_while(|index| table.u32(2 * index) == Some(address))
            .filter_map(|index| self.site(table.u32(2 * index + 1)? as usize))
            .collect()
    }

    /// Positions of addresses that may have this key, ascending.
    pub(super) fn at(&self, key: Key<'_>) -> Positions<'_> {
        let (hash, keys, ends) = (key.hash(), self.table(Section::Keys), self.table(Section::PostingEnds));
        let found = Table::first(keys.0.len() / 8, |index| {
            keys.u64(index).is_some_and(|other| other < hash)
        });
        if keys.u64(found) != Some(hash) {
            return Positions::default();
        }
        let start = match found.checked_sub(1) {
            Some(before) => ends.u64(before),
            None => Some(0),
        };
        let range = start
            .zip(ends.u64(found))
            .map(|(start, end)| start as usize..end as usize);
        let postings = range.and_then(|range| self.section(Section::Postings).get(range));
        Positions(postings.unwrap_or_default())
    }

    /// Codes of the countries they are in.
    pub(super) fn countries(&self) -> Vec<String> {
        let rows = (0..self.count()).filter_map(|position| self.row(position));
        let numbers: BTreeSet<u64> = rows.filter_map(row::read_country).collect();
        let mut codes: Vec<String> = numbers
            .into_iter()
            .filter_map(|number| self.text(number).map(str::to_owned))
            .collect();
        codes.sort_unstable();
        codes
    }

    /// Places of a country where the network is already, with coordinates.
    pub(super) fn on_net(&self, country: &str) -> OnNet<'_> {
        let table = self.table(Section::Countries);
        let mut start = 0;
        for index in 0..table.0.len() / 16 {
            let (name, end) = (table.u64(2 * index), table.u64(2 * index + 1).unwrap_or(0) as usize);
            if name.and_then(|name| self.text(name)) == Some(country) {
                return OnNet(self.section(Section::OnNet).get(start..end).unwrap_or_default());
            }
            start = end;
        }
        OnNet(&[])
    }
}
