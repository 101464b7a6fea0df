//! Addresses in one text: what its parts may be, by what the book knows of them.
//!
//! A reading is a choice of town, postal code, house number and street among the words; each is
//! searched as if it had been filled into fields. What is left over was said and is not known (a
//! floor, a name), unless the address that is found has it.

use super::super::Book;
use super::super::normal::{Normal, Street, country, house_number, known_town, postcode, words};
use super::super::packed::{Key, NameOf};
use super::Hits;
use super::score::{Asked, Fit};

mod parts;

use parts::{Part, Parts, Used};

/// A text is read up to so many words; no address has more.
const WORDS_MAX: usize = 40;
/// The longest names looked for, in words.
const STREET_WORDS_MAX: usize = 7;
const TOWN_WORDS_MAX: usize = 5;
/// Readings searched; the likelier come first.
const READINGS_MAX: usize = 24;
/// Different choices of one part.
const CHOICES_MAX: usize = 3;
/// A word that nobody knows, and as much as all of them cost.
const UNKNOWN: u32 = 2;
const UNKNOWN_MAX: u32 = 6;

/// A choice of parts.
struct Reading {
    asked: Asked,
    used: Used,
}

impl Book {
    pub(super) fn formatted(&self, text: &str) -> Hits {
        let mut parts = Parts::of(text, WORDS_MAX);
        let country = parts.take_country();
        let mut nearest = Hits::default();
        for reading in self.readings(&parts, country.as_deref().unwrap_or_default()) {
            let mut hits = self.search(&reading.asked);
            for (position, fit) in &mut hits.found {
                *fit = self.with_rest(
                    *position,
                    *fit,
                    (&reading.asked.normal.number, parts.rest(&reading.used)),
                );
            }
            nearest = nearest.or(hits);
            if nearest.cost() == 0 {
                break;
            }
        }
        nearest
    }

    fn readings(&self, parts: &Parts, country: &str) -> Vec<Reading> {
        let mut readings = Vec::new();
        for code in self.codes(parts) {
            for town in self.towns(parts, &code) {
                if code.is_none() && town.is_none() {
                    continue;
                }
                let mut used = Used::default();
                used.extend(code.iter().chain(&town).cloned());
                for (number, street) in self.streets(parts, &used) {
                    let mut used = used.clone();
                    used.extend(number.iter().cloned().chain([street.clone()]));
                    readings.push(Reading {
                        asked: asked(parts, country, [&town, &code, &number], &street),
                        used,
                    });
                }
            }
        }
        readings.truncate(READINGS_MAX);
        readings
    }

    /// What may be the postal code: known ones first, then what looks like one, then none.
    fn codes(&self, parts: &Parts) -> Vec<Option<Part>> {
        let nothing = Used::default();
        let all = || parts.windows(2, &nothing);
        let is_known = |part: &Part| !self.places.at(Key::Postcode(&postcode(&parts.text(part)))).is_empty();
        let is_code = |part: &&Part| parts.digits(part) > 0;
        let looks = |part: &&Part| part.len() == 1 && parts.digits(part) >= 4;
        let known = all().filter(|part| is_code(&part) && is_known(part));
        let mut codes: Vec<Part> = known.collect();
        // Two words that are one code are more than one of them.
        codes.sort_by_key(|part| std::cmp::Reverse(parts.text(part).len()));
        codes.extend(all().filter(|part| looks(&part) && !is_known(part)));
        codes.truncate(CHOICES_MAX);
        codes.into_iter().map(Some).chain([None]).collect()
    }

    /// What may be the town: known names first, the longest of them; else what is like one.
    fn towns(&self, parts: &Parts, code: &Option<Part>) -> Vec<Option<Part>> {
        let mut used = Used::default();
        used.extend(code.clone());
        let all = || {
            parts
                .windows(TOWN_WORDS_MAX, &used)
                .filter(|part| parts.digits(part) == 0)
        };
        let name = |part: &Part| known_town(words(&parts.text(part)).concat());
        let mut towns: Vec<Part> = all()
            .filter(|part| !self.places.at(Key::City(&name(part))).is_empty())
            .collect();
        towns.sort_by_key(|part| std::cmp::Reverse(part.len()));
        if towns.is_empty() {
            let like = |part: &Part| Some(self.places.names_like(NameOf::Town, &name(part), 1).first()?.0);
            let mut like: Vec<(usize, Part)> = all().filter_map(|part| Some((like(&part)?, part))).collect();
            like.sort_by_key(|(letters, part)| (*letters, std::cmp::Reverse(part.len())));
            towns.extend(like.into_iter().map(|(_, part)| part));
        }
        towns.truncate(CHOICES_MAX);
        towns.into_iter().map(Some).chain([None]).collect()
    }

    /// House number and street: a number with a known street before or behind it, then one with
    /// all that stands there.
    fn streets(&self, parts: &Parts, used: &Used) -> Vec<(Option<Part>, Part)> {
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for number in parts.numbers(used) {
            for beside in parts.beside(&number, used) {
                let longest = beside
                    .windows(STREET_WORDS_MAX)
                    .into_iter()
                    .find(|part| self.is_street(parts, part));
                match longest {
                    Some(street) => known.push((Some(number.clone()), street)),
                    None => unknown.push((Some(number.clone()), beside)),
                }
            }
        }
        for run in parts.runs(used) {
            let longest = run
                .windows(STREET_WORDS_MAX)
                .into_iter()
                .find(|part| self.is_street(parts, part));
            known.extend(longest.map(|street| (None, street)));
        }
        known.truncate(2 * CHOICES_MAX);
        unknown.truncate(CHOICES_MAX);
        known.extend(unknown);
        known
    }

    fn is_street(&self, parts: &Parts, part: &Part) -> bool {
        let street = Street::of_words(&words(&parts.text(part)));
        !self.places.at(Key::Street(&street.core)).is_empty()
    }

    /// What is left over may be rooms of the address, or what it is known by beside; or nothing.
    fn with_rest(&self, position: u32, fit: Fit, (number, mut rest): (&str, Vec<String>)) -> Fit {
        let Some(address) = self.nth(position) else { return fit };
        // A number that was said is not passed over: the nearest houses are better.
        let passed_over = number.is_empty() && rest.iter().any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        for field in [
            "buildingName",
            "locality",
            "stateOrProvince",
            "postcodeExtension",
            "countryCode",
        ] {
            remove_all(&mut rest, &words(address.field(field)));
        }
        let units = words(&address.sub_units());
        let has_units = !units.is_empty() && remove_all(&mut rest, &units);
        let unknown = u32::try_from(rest.len()).unwrap_or(u32::MAX).saturating_mul(UNKNOWN);
        Fit {
            cost: fit.cost + unknown.min(UNKNOWN_MAX),
            // The room was said, but without the house it is still one of many.
            finer: fit.finer && (!has_units || number.is_empty()),
            other: fit.other || passed_over,
        }
    }
}

fn asked(parts: &Parts, country: &str, [town, code, number]: [&Option<Part>; 3], street: &Part) -> Asked {
    let text = |part: &Option<Part>| part.as_ref().map(|part| parts.text(part)).unwrap_or_default();
    let town = text(town);
    let normal = Normal {
        country: country.to_owned(),
        city: known_town(words(&town).concat()),
        postcode: postcode(&text(code)),
        number: house_number(&text(number)),
        street: Street::of_words(&words(&parts.text(street))),
        ..Normal::default()
    };
    Asked::of(normal, &town)
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

/// The country that a text names; two letters alone may be anything.
fn named_country(text: &str) -> Option<String> {
    (text.len() > 2).then(|| country(text)).flatten()
}
