//! Which place is meant: by reference, by site, or by any mix of representations.
//!
//! The best match is the one address that agrees with everything that is asked, at the same
//! level of detail. More precise ones are alternates; where nothing agrees wholly, addresses
//! with one difference are, closest first.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::document::Object;
use crate::failure::Problem;
use crate::pointer::join;

use super::normal::{Normal, country, squeeze};
use super::packed::{Key, Positions, coordinate};
use super::{Address, Book};

mod text;

/// More candidates than this are not looked at: the question is too wide.
const SCAN_MAX: usize = 2_000;
/// More full matches than this are no answer (422 `tooManyRecords`).
const MATCHES_MAX: usize = 50;
/// So many close ones help a person who mistyped; more would not.
const CLOSE_MAX: usize = 10;
/// Letters a street or town may be wrong in and still be a typing mistake.
const TYPOS_MAX: usize = 2;

/// What an address query found.
#[derive(Debug, Default)]
pub struct AddressMatch {
    /// The one that is meant.
    pub best: Option<Arc<Address>>,
    /// Others that may be meant, the likeliest first.
    pub alternates: Vec<Arc<Address>>,
    /// The query names a country outside the area of validation.
    pub outside_area: bool,
    /// More matches than the limit.
    pub too_many: bool,
    /// How many addresses were compared.
    pub looked_at: usize,
}

/// How far an address is from what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    /// It agrees in everything, at the same level of detail.
    Same,
    /// It agrees, and says more than was asked.
    Finer,
    /// One thing differs: which kind, and how much.
    Close(u8, u64),
}

/// What one representation found: position and distance, ascending by position.
#[derive(Default)]
struct Hits {
    found: Vec<(u32, Distance)>,
    looked_at: usize,
    too_many: bool,
}

impl Book {
    /// Finds what a `GeographicAddress_Query` means. All its representations have to mean the
    /// same place.
    pub fn find_address(&self, query: &Object) -> AddressMatch {
        let mut all: Option<Vec<(u32, Distance)>> = None;
        let mut result = AddressMatch::default();
        for (kind, representation) in representations(query) {
            if self.is_outside(kind, representation) {
                return AddressMatch {
                    outside_area: true,
                    ..AddressMatch::default()
                };
            }
            let hits = self.hits(kind, representation);
            result.looked_at += hits.looked_at;
            result.too_many |= hits.too_many;
            all = Some(match all {
                None => hits.found,
                Some(before) => both(&before, &hits.found),
            });
        }
        self.rank(all.unwrap_or_default(), result)
    }

    fn rank(&self, mut found: Vec<(u32, Distance)>, mut result: AddressMatch) -> AddressMatch {
        let full = |distance: &Distance| matches!(distance, Distance::Same | Distance::Finer);
        let matches = found.iter().filter(|(_, distance)| full(distance)).count();
        if result.too_many || matches > MATCHES_MAX {
            result.too_many = true;
            return result;
        }
        if matches > 0 {
            found.retain(|(_, distance)| full(distance));
        }
        found.sort_by_key(|(position, distance)| (*distance, *position));
        let same = found.iter().filter(|(_, distance)| *distance == Distance::Same).count();
        let mut addresses = found.iter().filter_map(|(position, _)| self.nth(*position));
        if same == 1 {
            result.best = addresses.next();
        }
        let limit = if matches > 0 { MATCHES_MAX } else { CLOSE_MAX };
        result.alternates = addresses.take(limit).collect();
        result
    }

    fn is_outside(&self, kind: &str, representation: &Value) -> bool {
        if self.countries.is_empty() {
            return false;
        }
        let named = match kind {
            "fieldedAddressRepresentation" => representation.get("countryCode").and_then(Value::as_str),
            // The country is the last part of a text, if it names one.
            "formattedAddressRepresentation" => {
                let text = representation.get("formattedAddress").and_then(Value::as_str);
                text.and_then(|text| text.rsplit([',', '\n']).next())
                    .filter(|last| country(last).is_some_and(|_| last.trim().len() > 2))
            }
            _ => None,
        };
        named.is_some_and(|text| country(text).is_none_or(|alpha2| !self.countries.contains(&alpha2)))
    }

    fn hits(&self, kind: &str, representation: &Value) -> Hits {
        let text = |name: &str| representation.get(name).and_then(Value::as_str).unwrap_or_default();
        match kind {
            "fieldedAddressRepresentation" => match representation.as_object() {
                Some(fielded) => self.fielded(&Normal::of(fielded)),
                None => Hits::default(),
            },
            "formattedAddressRepresentation" => self.formatted(text("formattedAddress")),
            "geographicPointRepresentation" => {
                let (latitude, longitude) = (coordinate(text("latitude")), coordinate(text("longitude")));
                self.exactly(Key::Point(&latitude, &longitude), |address| {
                    address
                        .point
                        .as_ref()
                        .is_some_and(|[lat, lon]| coordinate(lat) == latitude && coordinate(lon) == longitude)
                })
            }
            _ => {
                let (label, authority) = (squeeze(text("label")), squeeze(text("administrativeAuthority")));
                self.exactly(Key::Label(&label), |address| {
                    address
                        .label
                        .as_ref()
                        .is_some_and(|[l, a]| squeeze(l) == label && squeeze(a) == authority)
                })
            }
        }
    }

    fn exactly(&self, key: Key<'_>, same: impl Fn(&Address) -> bool) -> Hits {
        let candidates = self.places.at(key);
        let fits = |position: &u32| self.nth(*position).is_some_and(|address| same(&address));
        Hits {
            found: candidates
                .iter()
                .filter(fits)
                .map(|position| (position, Distance::Same))
                .collect(),
            looked_at: candidates.len(),
            too_many: false,
        }
    }

    fn fielded(&self, query: &Normal) -> Hits {
        let mut keys = Vec::new();
        if !query.postcode.is_empty() {
            keys.push(Key::Postcode(&query.postcode));
        }
        if !query.street.is_empty() && !query.city.is_empty() {
            keys.push(Key::StreetAndCity(&query.street, &query.city));
        } else if !query.city.is_empty() {
            keys.push(Key::City(&query.city));
        }
        if !query.street.is_empty() {
            keys.push(Key::Street(&query.street));
        }
        let mut lists: Vec<Positions<'_>> = keys.iter().map(|key| self.places.at(*key)).collect();
        lists.sort_by_key(|list| list.len());
        // A full match stands in every list (postal codes apart, which an address may lack): if
        // even the shortest is too long, the question is too wide; if any list has room, look
        // there for close ones too.
        let Some(shortest) = lists.iter().find(|list| !list.is_empty()) else {
            return Hits {
                too_many: keys.is_empty() && self.address_count() > 0,
                ..Hits::default()
            };
        };
        if shortest.len() > SCAN_MAX {
            return Hits {
                too_many: true,
                ..Hits::default()
            };
        }
        let mut candidates = BTreeSet::new();
        for list in &lists {
            if candidates.len() + list.len() <= SCAN_MAX {
                candidates.extend(list.iter());
            }
        }
        let found = candidates.iter().filter_map(|position| {
            let address = self.nth(*position)?;
            Some((*position, distance(query, &Normal::of(&address.fielded))?))
        });
        Hits {
            found: found.collect(),
            looked_at: candidates.len(),
            too_many: false,
        }
    }

    /// The address a `place` (address reference, site reference or query) means; a problem at
    /// `pointer` (the pointer of `place` itself), or at the `id` in it, otherwise.
    pub fn place(&self, place: &Value, pointer: &str) -> Result<Arc<Address>, Problem> {
        let id = place.get("id").and_then(Value::as_str).unwrap_or_default();
        match place.get("@type").and_then(Value::as_str) {
            Some("GeographicAddressRef") => self
                .address(id)
                .ok_or_else(|| Problem::not_found(join(pointer, "id"), "geographic address")),
            Some("GeographicSiteRef") => {
                // A private site is to a Buyer like one that does not exist.
                let site = self.site(id).filter(|site| !site.private);
                site.and_then(|site| self.address(&site.address_id))
                    .ok_or_else(|| Problem::not_found(join(pointer, "id"), "geographic site"))
            }
            Some("GeographicAddress_Query") => self.only_match(place, pointer),
            _ => Err(Problem::invalid(
                join(pointer, "@type"),
                "A place is a GeographicAddressRef, a GeographicSiteRef or a GeographicAddress_Query.",
            )),
        }
    }

    fn only_match(&self, place: &Value, pointer: &str) -> Result<Arc<Address>, Problem> {
        let empty = Object::new();
        let found = self.find_address(place.as_object().unwrap_or(&empty));
        if let Some(best) = found.best {
            return Ok(best);
        }
        if found.alternates.is_empty() && !found.too_many {
            return Err(Problem::not_found(pointer, "place"));
        }
        let reason = match found.alternates.first() {
            Some(first) => format!(
                "This does not name exactly one known place; validate the address first. One that is close: {} ({}).",
                first.id,
                first.formatted()
            ),
            None => "This fits too many places; give street, number and postcode.".to_owned(),
        };
        Err(Problem::invalid(pointer, reason))
    }
}

/// All representations of a query with the name of their kind.
fn representations(query: &Object) -> impl Iterator<Item = (&str, &Value)> {
    let kinds = [
        "fieldedAddressRepresentation",
        "formattedAddressRepresentation",
        "geographicPointRepresentation",
        "labelRepresentation",
    ];
    kinds.into_iter().flat_map(move |kind| {
        let list = query.get(kind).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .map(move |representation| (kind, representation))
    })
}

/// What stands in both lists, with the greater distance.
fn both(a: &[(u32, Distance)], b: &[(u32, Distance)]) -> Vec<(u32, Distance)> {
    let in_b = |position: &u32| {
        b.iter()
            .find(|(other, _)| other == position)
            .map(|(_, distance)| *distance)
    };
    a.iter()
        .filter_map(|(position, distance)| Some((*position, (*distance).max(in_b(position)?))))
        .collect()
}

/// `None` where more than one thing differs.
fn distance(query: &Normal, address: &Normal) -> Option<Distance> {
    if query.country != address.country && !query.country.is_empty() {
        return None;
    }
    let mut faults = Vec::new();
    faults.extend(sub_unit_fault(query, address));
    faults.extend(number_fault(&query.number, &address.number));
    faults.extend(name_fault(2, &query.street, &address.street));
    let in_locality = !address.locality.is_empty() && query.city == address.locality;
    if !in_locality {
        faults.extend(name_fault(3, &query.city, &address.city));
    }
    let fields = [
        (&query.postcode, &address.postcode),
        (&query.extension, &address.extension),
        (&query.state, &address.state),
        (&query.po_box, &address.po_box),
        (&query.building, &address.building),
    ];
    // What the book does not know cannot differ.
    let differs = |(asked, known): &&(&String, &String)| !asked.is_empty() && !known.is_empty() && asked != known;
    faults.extend(fields.iter().filter(differs).map(|_| Some(Distance::Close(4, 0))));
    match faults.as_slice() {
        [] if is_finer(query, address) => Some(Distance::Finer),
        [] => Some(Distance::Same),
        [Some(close)] if !query.street.is_empty() => Some(*close),
        _ => None,
    }
}

fn is_finer(query: &Normal, address: &Normal) -> bool {
    (query.number.is_empty() && !address.number.is_empty())
        || (query.sub_unit.is_empty() && !address.sub_unit.is_empty())
        || query.street.is_empty()
        || (query.city.is_empty() && query.postcode.is_empty())
}

/// A building where one of its rooms was asked for is close; another room is too.
fn sub_unit_fault(query: &Normal, address: &Normal) -> Option<Option<Distance>> {
    if query.sub_unit.is_empty() || query.sub_unit == address.sub_unit {
        return None;
    }
    Some(Some(Distance::Close(u8::from(!address.sub_unit.is_empty()), 0)))
}

fn number_fault(asked: &str, known: &str) -> Option<Option<Distance>> {
    if asked.is_empty() || asked == known {
        return None;
    }
    let value = |text: &str| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().unwrap_or(0)
    };
    Some(Some(Distance::Close(1, value(asked).abs_diff(value(known)))))
}

/// `Some(None)` where it is another name and no typing mistake.
fn name_fault(kind: u8, asked: &str, known: &str) -> Option<Option<Distance>> {
    if asked.is_empty() || asked == known {
        return None;
    }
    let typos = strsim::damerau_levenshtein(asked, known);
    let close = typos <= TYPOS_MAX && typos * 3 <= asked.chars().count();
    Some(close.then(|| Distance::Close(kind, u64::try_from(typos).unwrap_or(u64::MAX))))
}
