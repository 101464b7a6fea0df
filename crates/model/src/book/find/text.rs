//! Addresses in one line of text: which known address has all its parts in it?

use std::collections::BTreeSet;

use super::super::normal::{country, house_number, postcode, street_of, words};
use super::super::packed::Key;
use super::super::{Address, Book};
use super::{Distance, Hits, SCAN_MAX};

/// The longest street name looked for, in words.
const STREET_WORDS_MAX: usize = 6;

/// A text is read up to so many words; no address has more.
const WORDS_MAX: usize = 40;

impl Book {
    pub(super) fn formatted(&self, text: &str) -> Hits {
        let mut words = words(text);
        words.truncate(WORDS_MAX);
        let candidates = self.text_candidates(text, &words);
        let found = candidates.iter().filter_map(|position| {
            let address = self.nth(*position)?;
            Some((*position, text_distance(&words, &address)?))
        });
        Hits {
            found: found.collect(),
            looked_at: candidates.len(),
            too_many: false,
        }
    }

    fn text_candidates(&self, text: &str, words: &[String]) -> BTreeSet<u32> {
        let raw: Vec<&str> = text
            .split([' ', ',', '\n'])
            .filter(|part| !part.is_empty())
            .take(WORDS_MAX)
            .collect();
        let singles = raw.iter().map(|part| postcode(part));
        let pairs = raw.windows(2).map(|pair| postcode(&pair.concat()));
        let mut candidates = BTreeSet::new();
        for code in singles.chain(pairs) {
            self.take(&mut candidates, Key::Postcode(&code));
        }
        for length in 1..=STREET_WORDS_MAX {
            for window in words.windows(length) {
                self.take(&mut candidates, Key::Street(&street_of(window.to_vec())));
            }
        }
        candidates
    }

    fn take(&self, candidates: &mut BTreeSet<u32>, key: Key<'_>) {
        let list = self.places.at(key);
        if candidates.len() + list.len() <= SCAN_MAX {
            candidates.extend(list.iter());
        }
    }
}

/// Street, number and town have to be in the text; what is left over was asked for and is not
/// known (a floor, for example).
fn text_distance(text: &[String], address: &Address) -> Option<Distance> {
    let mut left = text.to_vec();
    let street: String = ["streetPreDirection", "streetName", "streetType", "streetPostDirection"]
        .map(|field| address.field(field))
        .join(" ");
    let number = format!("{}{}", address.field("streetNr"), address.field("streetNrSuffix"));
    let has_street = remove_all(&mut left, &words(&street));
    let has_city = remove_all(&mut left, &words(address.field("city")));
    if !has_street || !has_city || street.trim().is_empty() {
        return None;
    }
    let has_number = remove_joined(&mut left, &house_number(&number));
    for field in [
        "postcode",
        "postcodeExtension",
        "locality",
        "stateOrProvince",
        "buildingName",
    ] {
        remove_all(&mut left, &words(address.field(field)));
    }
    let last = house_number(&format!(
        "{}{}",
        address.field("streetNrLast"),
        address.field("streetNrLastSuffix")
    ));
    remove_joined(&mut left, &last);
    remove_joined(&mut left, &postcode(address.field("postcode")).to_ascii_lowercase());
    let units = address.sub_units();
    let has_units = remove_all(&mut left, &words(&units));
    remove_country(&mut left, address.field("countryCode"));
    let unknown = !left.is_empty();
    match (has_number, has_units, unknown) {
        (true, true, false) => Some(Distance::Same),
        (true, false, false) => Some(Distance::Finer),
        // A house number that is not ours stays over: another house of the street.
        (false, true, _) => Some(Distance::Close(1, 0)),
        (true, true, true) => Some(Distance::Close(0, 0)),
        (_, false, _) => None,
    }
}

/// Takes these words out, if all are there.
fn remove_all(left: &mut Vec<String>, wanted: &[String]) -> bool {
    let mut rest = left.clone();
    for word in wanted {
        match rest.iter().position(|other| other == word) {
            Some(position) => rest.remove(position),
            None => return false,
        };
    }
    *left = rest;
    true
}

/// Takes out one to three neighbours that together are `wanted` (`12 a`, `SW1A 1AA`).
fn remove_joined(left: &mut Vec<String>, wanted: &str) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let bare: String = wanted.chars().filter(char::is_ascii_alphanumeric).collect();
    for length in 1..=3 {
        let fits = |window: &[String]| window.concat().trim_start_matches('0') == bare.trim_start_matches('0');
        if let Some(start) = left.windows(length).position(fits) {
            left.drain(start..start + length);
            return true;
        }
    }
    false
}

fn remove_country(left: &mut Vec<String>, alpha2: &str) {
    // A name of several words stands at the end.
    for start in 0..left.len() {
        if country(&left[start..].join(" ")).is_some_and(|code| code.eq_ignore_ascii_case(alpha2)) {
            left.truncate(start);
            return;
        }
    }
}
