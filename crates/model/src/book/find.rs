//! Which place is meant: by reference, by site, or by any mix of representations.
//!
//! What differs costs (`score`). The best match is the nearest address, if it is at the level of
//! detail that was asked for, near enough, and clearly nearer than the next; all else that fits
//! are alternates, the nearest first. The order depends on the book and the question alone.

use std::sync::Arc;

use serde_json::Value;

use crate::document::Object;
use crate::failure::Problem;
use crate::pointer::join;

use super::normal::{country, squeeze};
use super::packed::Key;
use super::{Address, Book};

mod point;
mod read;
mod score;
mod search;
mod text;

use score::Fit;

/// Longer lists are not looked at: the question is too wide.
const SCAN_MAX: usize = 2_000;
/// More full matches than this are no answer (422 `tooManyRecords`).
const MATCHES_MAX: usize = 50;
/// So many close ones help a person who mistyped; more would not.
const CLOSE_MAX: usize = 10;
/// What is further away than this is never the best match: about four wrong letters.
const BEST_MAX: u32 = 32;
/// By so much the best match is nearer than the next: less than one wrong letter.
const AHEAD: u32 = 6;

/// What an address query found.
#[derive(Debug, Default)]
pub struct AddressMatch {
    /// The one that is meant.
    pub best: Option<Arc<Address>>,
    /// The best match agrees in everything that was said, however it was spelt; else it is the
    /// likeliest.
    pub certain: bool,
    /// Others that may be meant, the likeliest first.
    pub alternates: Vec<Arc<Address>>,
    /// The query names a country outside the area of validation.
    pub outside_area: bool,
    /// More matches than the limit.
    pub too_many: bool,
    /// How many addresses were compared.
    pub looked_at: usize,
}

/// What one representation found: position and how it fits, ascending by position.
#[derive(Default)]
struct Hits {
    found: Vec<(u32, Fit)>,
    looked_at: usize,
    too_many: bool,
}

impl Hits {
    /// The nearest, as far as they may be meant.
    fn cost(&self) -> u32 {
        let meant = self.found.iter().filter(|(_, fit)| !fit.other);
        meant.map(|(_, fit)| fit.cost).min().unwrap_or(u32::MAX)
    }

    /// The nearer ones of two readings; the first where they are as near.
    fn or(self, later: Self) -> Self {
        let looked_at = self.looked_at + later.looked_at;
        let later_is_nearer = later.cost() < self.cost() || (self.found.is_empty() && !later.found.is_empty());
        let nearer = if later_is_nearer { later } else { self };
        Self { looked_at, ..nearer }
    }
}

impl Book {
    /// Finds what a `GeographicAddress_Query` means. All its representations have to mean the
    /// same place.
    pub fn find_address(&self, query: &Object) -> AddressMatch {
        let mut all: Option<Vec<(u32, Fit)>> = None;
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

    fn rank(&self, mut found: Vec<(u32, Fit)>, mut result: AddressMatch) -> AddressMatch {
        found.sort_by_key(|(position, fit)| (fit.cost, fit.finer, *position));
        let matches = found.iter().filter(|(_, fit)| fit.cost == 0).count();
        let best = best(&found);
        if best.is_none() && (result.too_many || matches > MATCHES_MAX) {
            result.too_many = true;
            return result;
        }
        result.too_many = false;
        result.certain = best.is_some_and(|(_, fit)| fit.cost == 0);
        if matches > 0 {
            found.retain(|(_, fit)| fit.cost == 0);
        }
        let best = best.map(|(position, _)| position);
        result.best = best.and_then(|position| self.nth(position));
        let limit = if matches > 0 { MATCHES_MAX } else { CLOSE_MAX };
        let others = found.iter().filter(|(position, _)| Some(*position) != best);
        let others = others.take(limit).filter_map(|(position, _)| self.nth(*position));
        result.alternates = others.collect();
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
                Some(fielded) => self.fielded(fielded),
                None => Hits::default(),
            },
            "formattedAddressRepresentation" => self.formatted(text("formattedAddress")),
            "geographicPointRepresentation" => self.around(text("latitude"), text("longitude")),
            _ => self.labelled(&squeeze(text("label")), &squeeze(text("administrativeAuthority"))),
        }
    }

    fn labelled(&self, label: &str, authority: &str) -> Hits {
        let candidates = self.places.at(Key::Label(label));
        let fits = |position: &u32| {
            let address = self.nth(*position);
            let own = address.as_ref().and_then(|address| address.label.as_ref());
            own.is_some_and(|[l, a]| squeeze(l) == label && squeeze(a) == authority)
        };
        let fitting = candidates.iter().filter(fits);
        Hits {
            found: fitting.map(|position| (position, Fit::default())).collect(),
            looked_at: candidates.len(),
            too_many: false,
        }
    }

    /// As it was filled in; if that means nothing, as it may have been meant.
    fn fielded(&self, fielded: &Object) -> Hits {
        let mut nearest = Hits::default();
        for asked in read::readings(fielded) {
            let hits = self.search(&asked);
            nearest = if nearest.found.is_empty() && !nearest.too_many {
                hits
            } else {
                nearest.or(hits)
            };
            if nearest.cost() == 0 {
                break;
            }
        }
        nearest
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
        // Likely is not enough to build there: then it is told, as one that is close.
        let likely = match (found.certain, found.best) {
            (true, Some(best)) => return Ok(best),
            (_, likely) => likely,
        };
        let close = likely.as_ref().or(found.alternates.first());
        if close.is_none() && !found.too_many {
            return Err(Problem::not_found(pointer, "place"));
        }
        let reason = match close {
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

/// The first of them, if it is meant.
fn best(found: &[(u32, Fit)]) -> Option<(u32, Fit)> {
    let (position, fit) = *found.first()?;
    let next = found.iter().skip(1).find(|(_, other)| !other.finer);
    let ahead = if fit.cost == 0 { 1 } else { AHEAD };
    let is_ahead = next.is_none_or(|(_, other)| other.cost >= fit.cost + ahead);
    (!fit.finer && !fit.other && fit.cost <= BEST_MAX && is_ahead).then_some((position, fit))
}

/// What stands in both lists: it is meant where one of them is sure.
fn both(a: &[(u32, Fit)], b: &[(u32, Fit)]) -> Vec<(u32, Fit)> {
    let in_b = |position: &u32| b.iter().find(|(other, _)| other == position).map(|(_, fit)| *fit);
    let joined = a.iter().filter_map(|(position, fit)| {
        let other = in_b(position)?;
        let fit = Fit {
            cost: fit.cost + other.cost,
            finer: fit.finer && other.finer,
            other: fit.other && other.other,
        };
        Some((*position, fit))
    });
    joined.collect()
}
