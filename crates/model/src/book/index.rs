//! Finding things in a book without looking at all of it. Keys are hashes: whoever looks
//! something up compares the whole afterwards.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Book;
use super::near::OnNet;
use super::normal::{Normal, squeeze};

/// Positions in the lists of a [`Book`]. Two indexes are equal: they follow from the rest.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    addresses: HashMap<String, usize>,
    sites: HashMap<String, usize>,
    sites_at: HashMap<String, Vec<usize>>,
    keys: HashMap<u64, Vec<u32>>,
    on_net: OnNet,
}

impl PartialEq for Index {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// What addresses are looked up by.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Key<'a> {
    /// Normal postal code.
    Postcode(&'a str),
    /// Normal street.
    Street(&'a str),
    /// Normal street and town.
    StreetAndCity(&'a str, &'a str),
    /// Normal town.
    City(&'a str),
    /// Label, letters and digits only.
    Label(&'a str),
    /// Latitude and longitude as [`coordinate`]s.
    Point(&'a str, &'a str),
}

impl Index {
    pub(super) fn of(book: &Book) -> Self {
        let mut index = Self {
            on_net: OnNet::of(&book.addresses),
            ..Self::default()
        };
        for (position, address) in book.addresses.iter().enumerate() {
            index.addresses.insert(address.id.clone(), position);
            let Ok(position) = u32::try_from(position) else { break };
            let normal = Normal::of(&address.fielded);
            index.add(Key::Postcode(&normal.postcode), position);
            index.add(Key::Street(&normal.street), position);
            index.add(Key::StreetAndCity(&normal.street, &normal.city), position);
            index.add(Key::City(&normal.city), position);
            if let Some([label, _]) = &address.label {
                index.add(Key::Label(&squeeze(label)), position);
            }
            if let Some([latitude, longitude]) = &address.point {
                index.add(Key::Point(&coordinate(latitude), &coordinate(longitude)), position);
            }
        }
        for (position, site) in book.sites.iter().enumerate() {
            index.sites.insert(site.id.clone(), position);
            index
                .sites_at
                .entry(site.address_id.clone())
                .or_default()
                .push(position);
        }
        index
    }

    fn add(&mut self, key: Key<'_>, position: u32) {
        self.keys.entry(hash(key)).or_default().push(position);
    }

    pub(super) fn on_net(&self) -> &OnNet {
        &self.on_net
    }

    pub(super) fn address(&self, id: &str) -> Option<usize> {
        self.addresses.get(id).copied()
    }

    pub(super) fn site(&self, id: &str) -> Option<usize> {
        self.sites.get(id).copied()
    }

    pub(super) fn sites_at(&self, address_id: &str) -> &[usize] {
        self.sites_at.get(address_id).map_or(&[], Vec::as_slice)
    }

    /// Positions of addresses that may have this key, ascending.
    pub(super) fn at(&self, key: Key<'_>) -> &[u32] {
        self.keys.get(&hash(key)).map_or(&[], Vec::as_slice)
    }
}

fn hash(key: Key<'_>) -> u64 {
    // Without a random seed: equal in every run.
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// A coordinate to four places (about ten metres), so that `52.52` and `52.520012` meet.
pub(super) fn coordinate(text: &str) -> String {
    match text.trim().parse::<f64>() {
        Ok(degrees) => format!("{degrees:.4}"),
        Err(_) => text.trim().to_owned(),
    }
}
