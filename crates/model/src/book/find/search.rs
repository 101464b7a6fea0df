//! Which addresses are compared: those that share the street with what is asked, and the town or
//! the postal code; then those whose names differ by errors of typing.

use std::collections::BTreeMap;

use super::super::normal::Normal;
use super::super::packed::{Key, NameOf, Positions};
use super::super::{Address, Book};
use super::score::{Asked, ENDINGS, Fit, OTHER, fit, number};
use super::{Hits, SCAN_MAX};

/// Streets and towns of a name like the one asked for.
const STREETS_MAX: usize = 8;
const TOWNS_MAX: usize = 4;

/// Houses of the same street that are shown where the one asked for is not known.
const NEIGHBOURS_MAX: usize = 12;

/// Places that are looked at whole; more than one comes to mind only where little was said.
const FITS_MAX: usize = 400;

/// A street of one name in many towns, where nothing else is said.
const ANYWHERE_MAX: usize = 400;

/// What has been found so far.
struct Search<'a> {
    book: &'a Book,
    asked: &'a Asked,
    fits: BTreeMap<u32, Fit>,
    /// How far the house number is, and the position.
    neighbours: Vec<(u32, u32)>,
    looked_at: usize,
    too_many: bool,
}

impl Book {
    pub(super) fn search(&self, asked: &Asked) -> Hits {
        let mut search = Search {
            book: self,
            asked,
            fits: BTreeMap::new(),
            neighbours: Vec::new(),
            looked_at: 0,
            too_many: false,
        };
        if asked.normal.street.core.is_empty() {
            search.without_street();
        } else {
            search.exact();
            if search.fits.values().all(|fit| fit.other || fit.cost > 0) && !search.too_many {
                search.alike();
            }
        }
        search.hits()
    }
}

impl Search<'_> {
    /// Without a street there is a building, a post office box, or too little.
    fn without_street(&mut self) {
        let Normal { city, postcode, .. } = &self.asked.normal;
        let mut lists: Vec<Positions<'_>> = Vec::new();
        lists.extend((!city.is_empty()).then(|| self.book.places.at(Key::City(city))));
        lists.extend((!postcode.is_empty()).then(|| self.book.places.at(Key::Postcode(postcode))));
        lists.retain(|list| !list.is_empty());
        lists.sort_by_key(Positions::len);
        match lists.first() {
            Some(shortest) => self.take(*shortest),
            // Nothing but a country was said.
            None => self.too_many = city.is_empty() && postcode.is_empty() && self.book.places.count() > 0,
        }
    }

    fn exact(&mut self) {
        let places = &self.book.places;
        let Normal {
            street,
            city,
            locality,
            postcode,
            ..
        } = &self.asked.normal;
        let towns = [city, locality, &self.asked.short];
        for town in towns.into_iter().filter(|town| !town.is_empty()) {
            self.take(places.at(Key::StreetAndCity(&street.core, town)));
        }
        if !postcode.is_empty() {
            self.take(places.at(Key::StreetAndPostcode(&street.core, postcode)));
        }
        if city.is_empty() && locality.is_empty() && postcode.is_empty() {
            let anywhere = places.at(Key::Street(&street.core));
            if anywhere.len() > ANYWHERE_MAX {
                self.too_many = true;
            } else {
                self.take(anywhere);
            }
        }
    }

    fn alike(&mut self) {
        let places = &self.book.places;
        let Normal {
            street,
            city,
            locality,
            postcode,
            ..
        } = &self.asked.normal;
        let mut streets = vec![street.core.clone()];
        streets.extend(ENDINGS.iter().map(|ending| format!("{}{ending}", street.core)));
        let like = places.names_like(NameOf::Street, &street.core, STREETS_MAX);
        streets.extend(like.into_iter().map(|(_, name)| name.to_owned()));
        // Hardly any ending makes a street that there is.
        streets.retain(|street| !places.at(Key::Street(street)).is_empty());
        let mut towns: Vec<&str> = [city, locality, &self.asked.short].map(String::as_str).to_vec();
        for town in [city, locality] {
            towns.extend(
                places
                    .names_like(NameOf::Town, town, TOWNS_MAX)
                    .into_iter()
                    .map(|(_, name)| name),
            );
        }
        towns.retain(|town| !town.is_empty());
        for street in &streets {
            for town in &towns {
                self.take(places.at(Key::StreetAndCity(street, town)));
            }
            if !postcode.is_empty() {
                self.take(places.at(Key::StreetAndPostcode(street, postcode)));
            }
        }
    }

    /// Looks at all of a list; as long as there is room.
    fn take(&mut self, list: Positions<'_>) {
        if list.len() > SCAN_MAX {
            self.too_many = true;
            return;
        }
        if self.looked_at + list.len() > SCAN_MAX {
            return;
        }
        self.looked_at += list.len();
        let asked = &self.asked.normal.number;
        for position in list.iter() {
            let Some(known) = self.book.places.house_number(position) else {
                continue;
            };
            let away = number(asked, &known);
            if away >= OTHER {
                self.neighbours.push((away, position));
            } else if self.fits.len() >= FITS_MAX {
                self.too_many = true;
                return;
            } else if let Some(address) = self.book.nth(position) {
                self.look(position, &address);
            }
        }
    }

    fn look(&mut self, position: u32, address: &Address) {
        let fit = fit(self.asked, address);
        self.fits.extend(fit.map(|fit| (position, fit)));
    }

    fn hits(mut self) -> Hits {
        if !self.fits.values().any(|fit| !fit.other) {
            let mut neighbours = std::mem::take(&mut self.neighbours);
            neighbours.sort_unstable();
            neighbours.dedup();
            for (_, position) in neighbours.into_iter().take(NEIGHBOURS_MAX) {
                if let Some(address) = self.book.nth(position) {
                    self.look(position, &address);
                }
            }
        }
        Hits {
            found: self.fits.into_iter().collect(),
            looked_at: self.looked_at,
            too_many: self.too_many,
        }
    }
}
