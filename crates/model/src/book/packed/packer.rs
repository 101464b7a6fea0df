//! Makes [`Places`] of addresses that come one after another.

use std::collections::{BTreeMap, HashMap};

use super::bytes::{Fnv, In, Out};
use super::names::{NameOf, grams};
use super::row::{self, Texts};
use super::{FORMAT, HEAD, Key, MAGIC, Places, ROWS, SECTIONS, Section, cell};
use crate::book::near::degrees;
use crate::book::normal::{Normal, short_town, squeeze};
use crate::book::{Address, Delivery, Site};

/// Kinds of hashes beside those of keys.
const ID: u8 = 100;
const WHOLE: u8 = 101;

/// Takes places, and what is found out about them on the way.
#[derive(Default)]
pub(in crate::book) struct Packer {
    texts: Texts,
    rows: Rows,
    sites: Rows,
    /// Hash of the id or of the whole address to position, of the first that has it.
    known: HashMap<u64, u32>,
    keys: Vec<(u64, u32)>,
    streets: Texts,
    towns: Texts,
    on_net: BTreeMap<String, Vec<([f64; 2], u32)>>,
    /// Address of each site.
    site_addresses: Vec<u64>,
}

#[derive(Default)]
struct Rows {
    ends: Vec<u64>,
    out: Out,
}

impl Rows {
    fn close(&mut self) {
        self.ends.push(self.out.0.len() as u64);
    }

    fn id(&self, position: u32) -> &str {
        let position = position as usize;
        let start = position.checked_sub(1).map_or(0, |before| self.ends[before]);
        In(&self.out.0[start as usize..]).text().unwrap_or_default()
    }

    /// Positions in the order of their ids.
    fn by_id(&self) -> Vec<u32> {
        let mut positions: Vec<u32> = (0..self.ends.len() as u32).collect();
        positions.sort_by(|a, b| self.id(*a).cmp(self.id(*b)));
        positions
    }
}

impl Packer {
    /// How many there are.
    pub(in crate::book) fn count(&self) -> u32 {
        self.rows.ends.len() as u32
    }

    /// Takes one place.
    pub(in crate::book) fn add(&mut self, address: &Address) {
        self.add_normal(address, &Normal::of(&address.fielded));
    }

    /// The same, with its normal form. What it has in common with an earlier one (position): the
    /// id, and the address.
    pub(in crate::book) fn add_normal(&mut self, address: &Address, normal: &Normal) -> [Option<u32>; 2] {
        let position = self.count();
        row::write_address(address, &mut self.texts, &mut self.rows.out);
        self.rows.close();
        let core = &normal.street.core;
        let mut keys = vec![
            Key::Postcode(&normal.postcode),
            Key::Street(core),
            Key::StreetAndPostcode(core, &normal.postcode),
        ];
        let short = short_town(address.field("city"));
        let towns = [Some(&normal.city), Some(&normal.locality), short.as_ref()];
        for town in towns.into_iter().flatten().filter(|town| !town.is_empty()) {
            keys.extend([Key::City(town), Key::StreetAndCity(core, town)]);
            self.add_name(NameOf::Town, town);
        }
        self.add_name(NameOf::Street, core);
        let label = address.label.as_ref().map(|[label, _]| squeeze(label));
        keys.extend(label.as_deref().map(Key::Label));
        let point = degrees(address).map(cell);
        keys.extend(point.map(|[south, west]| Key::Cell(south, west)));
        self.keys.extend(keys.into_iter().map(|key| (key.hash(), position)));
        let on_net = address.delivery == Delivery::OnNetWithoutBuild && address.ports > 0;
        if let Some(degrees) = degrees(address).filter(|_| on_net) {
            let country = self.on_net.entry(address.field("countryCode").to_owned()).or_default();
            country.push((degrees, position));
        }
        // That two of a million different ones have one hash of 64 bits: once in 30 million lists.
        [
            self.first(Fnv::of(ID, &[&address.id]), position),
            self.first(Fnv::of(WHOLE, &normal.parts()), position),
        ]
    }

    fn add_name(&mut self, of: NameOf, name: &str) {
        let names = match of {
            NameOf::Street => &mut self.streets,
            NameOf::Town => &mut self.towns,
        };
        let Some(number) = names.add(name) else { return };
        let grams = grams(name);
        self.keys
            .extend(grams.iter().map(|gram| (Key::Gram(of, gram).hash(), number)));
    }

    fn first(&mut self, hash: u64, position: u32) -> Option<u32> {
        let first = *self.known.entry(hash).or_insert(position);
        (first != position).then_some(first)
    }

    /// Takes a site; its address may come later.
    pub(in crate::book) fn add_site(&mut self, site: &Site) {
        row::write_site(site, &mut self.sites.out);
        self.sites.close();
        self.site_addresses.push(Fnv::of(ID, &[&site.address_id]));
    }

    /// All of it.
    pub(in crate::book) fn finish(mut self) -> Places {
        let mut sections: [Vec<u8>; SECTIONS] = Default::default();
        let mut set = |section: Section, bytes: Vec<u8>| sections[section as usize] = bytes;
        set(Section::Ids, u32s(self.rows.by_id()));
        set(Section::SiteIds, u32s(self.sites.by_id()));
        set(Section::SitesAt, self.sites_at());
        self.known = HashMap::new();
        let on_net = std::mem::take(&mut self.on_net);
        let (mut countries, mut spots) = (Vec::new(), Vec::new());
        for (country, mut places) in on_net {
            places.sort_by(|a, b| a.0[0].total_cmp(&b.0[0]).then(a.1.cmp(&b.1)));
            for ([latitude, longitude], position) in places {
                spots.extend_from_slice(&latitude.to_bits().to_le_bytes());
                spots.extend_from_slice(&longitude.to_bits().to_le_bytes());
                spots.extend_from_slice(&position.to_le_bytes());
            }
            countries.extend([self.texts.number(&country), spots.len() as u64]);
        }
        set(Section::Countries, u64s(countries));
        set(Section::OnNet, spots);
        let [keys, ends, postings] = postings(std::mem::take(&mut self.keys));
        set(Section::Keys, keys);
        set(Section::PostingEnds, ends);
        set(Section::Postings, postings);
        for (names, [ends, texts]) in [
            (&mut self.streets, [Section::StreetEnds, Section::Streets]),
            (&mut self.towns, [Section::TownEnds, Section::Towns]),
        ] {
            names.close();
            set(ends, std::mem::take(&mut names.ends));
            set(texts, std::mem::take(&mut names.texts));
        }
        self.texts.close();
        set(Section::TextEnds, std::mem::take(&mut self.texts.ends));
        set(Section::Texts, std::mem::take(&mut self.texts.texts));
        set(Section::RowEnds, u64s(std::mem::take(&mut self.rows.ends)));
        set(Section::Rows, std::mem::take(&mut self.rows.out.0));
        set(Section::SiteEnds, u64s(self.sites.ends));
        set(Section::SiteRows, self.sites.out.0);
        assembled(sections)
    }

    /// Sites in the order of their addresses. One at an unknown address is at none.
    fn sites_at(&self) -> Vec<u8> {
        let addresses = self.site_addresses.iter().map(|hash| self.known.get(hash).copied());
        let mut pairs: Vec<(u32, u32)> = addresses.zip(0..).filter_map(|(at, site)| Some((at?, site))).collect();
        pairs.sort_unstable();
        u32s(pairs.into_iter().flat_map(|(address, site)| [address, site]))
    }
}

/// Keys, ends of their positions in bytes, and the positions.
fn postings(mut found: Vec<(u64, u32)>) -> [Vec<u8>; 3] {
    found.sort_unstable();
    found.dedup();
    let [mut keys, mut ends] = [Vec::new(), Vec::new()];
    let mut postings = Vec::with_capacity(found.len() * 4);
    for (index, (hash, position)) in found.iter().enumerate() {
        postings.extend_from_slice(&position.to_le_bytes());
        if found.get(index + 1).is_none_or(|(next, _)| next != hash) {
            keys.extend_from_slice(&hash.to_le_bytes());
            ends.extend_from_slice(&(postings.len() as u64).to_le_bytes());
        }
    }
    [keys, ends, postings]
}

fn assembled(sections: [Vec<u8>; SECTIONS]) -> Places {
    let length = HEAD + sections.iter().map(Vec::len).sum::<usize>();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&ROWS.to_le_bytes());
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    let mut end = HEAD;
    let ranges = sections.each_ref().map(|section| {
        let start = end;
        end += section.len();
        bytes.extend_from_slice(&(end as u64).to_le_bytes());
        start..end
    });
    // One section after the other is given back, so that there are not two of all of them.
    for section in sections {
        bytes.extend_from_slice(&section);
    }
    Places::of_parts(bytes, ranges)
}

fn u32s(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    numbers.into_iter().flat_map(u32::to_le_bytes).collect()
}

fn u64s(numbers: impl IntoIterator<Item = u64>) -> Vec<u8> {
    numbers.into_iter().flat_map(u64::to_le_bytes).collect()
}
