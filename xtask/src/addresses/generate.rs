//! Addresses of ten countries that do not exist and look as if they did: towns of their size,
//! street names that come again in many towns, postal codes of several streets, houses with
//! letters, ranges and floors, coordinates along the street.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::land::{Land, Street, Town, fill};
use super::place::{Place, plain};
use super::random::Random;

/// Not more towns than these in a country.
const TOWNS_MAX: usize = 400;

/// Addresses for each town at least, on average.
const TOWN_MIN: usize = 40;

/// About 18 metres of latitude: from one house to the next.
const STEP: f64 = 0.000_16;

/// `count` addresses, the same for the same seed.
pub fn places(lands: &[Land], count: usize, seed: u64) -> Vec<Place> {
    let mut all = Vec::with_capacity(count);
    for (position, land) in lands.iter().enumerate() {
        let share = count / lands.len() + usize::from(position < count % lands.len());
        let seed = seed
            .wrapping_mul(31)
            .wrapping_add(u64::try_from(position).unwrap_or_default());
        let mut country = Country {
            land,
            position,
            random: Random::of(seed),
            found: Vec::with_capacity(share),
            streets: HashMap::new(),
        };
        country.fill(share);
        country.found.truncate(share);
        all.append(&mut country.found);
    }
    all
}

struct Country<'a> {
    land: &'a Land,
    position: usize,
    random: Random,
    found: Vec<Place>,
    /// Names of the streets of each town: none is there twice.
    streets: HashMap<String, HashSet<String>>,
}

impl Country<'_> {
    fn fill(&mut self, share: usize) {
        let towns = self.towns((share / TOWN_MIN).clamp(3, TOWNS_MAX));
        let total: usize = towns.iter().map(|town| town.weight).sum();
        for town in towns.iter().rev() {
            let size = (share * town.weight / total).max(3);
            let end = share.min(self.found.len() + size);
            self.town(town, end);
        }
        if let Some(first) = towns.first() {
            // What rounding left over; under another postal code it is another part of the town.
            self.town(first, share);
        }
    }

    fn towns(&mut self, count: usize) -> Vec<Arc<Town>> {
        let known = &self.land.towns;
        let mut towns: Vec<Town> = known.iter().take(count).cloned().collect();
        let mut names: HashSet<String> = known.iter().map(|town| plain(&town.name)).collect();
        while towns.len() < count {
            let Some(near) = self.random.pick(known) else { break };
            let name = self.land.village(&mut self.random);
            // Some names are those of several towns.
            if !names.insert(plain(&name)) && !self.random.percent(3) {
                continue;
            }
            let keep = if self.land.chunked { "?" } else { "" };
            towns.push(Town {
                name,
                postcode: fill(&near.postcode, keep, &mut self.random),
                at: near.at.map(|degrees| degrees + (self.random.part() - 0.5) * 0.8),
                state: near.state.clone(),
                weight: 1,
                others: Vec::new(),
            });
        }
        towns.into_iter().map(Arc::new).collect()
    }

    fn town(&mut self, town: &Arc<Town>, end: usize) {
        let size = end.saturating_sub(self.found.len());
        let codes: Vec<String> = (0..=size / 60)
            .map(|_| {
                fill(
                    &town.postcode,
                    if self.land.chunked { "?" } else { "" },
                    &mut self.random,
                )
            })
            .collect();
        let mut used = self.streets.remove(&plain(&town.name)).unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "towns are not that large")]
        let spread = (size as f64).sqrt() * 0.000_9 + 0.004;
        let mut misses = 0;
        while self.found.len() < end && misses < 400 {
            let street = self.land.street(&mut self.random);
            if !used.insert(format!("{}{}", plain(&street.direction), plain(&street.name()))) {
                misses += 1;
                continue;
            }
            let centre = town
                .at
                .map(|degrees| degrees + (self.random.part() - 0.5) * 2.0 * spread);
            let code = self.random.pick(&codes).cloned().unwrap_or_default();
            let road = Road {
                town: Arc::clone(town),
                street: Arc::new(street),
                codes: [code, self.random.pick(&codes).cloned().unwrap_or_default()],
                start: centre,
                angle: self.random.part() * std::f64::consts::TAU,
            };
            self.road(&road, end);
        }
        self.streets.insert(plain(&town.name), used);
    }

    fn road(&mut self, road: &Road, end: usize) {
        let houses = 2 + self.random.below(7) * self.random.below(7);
        let long = self.random.percent(15);
        let large = self.land.number_max > 1_000;
        let mut number = if large {
            100 * (1 + self.random.below(60))
        } else {
            1 + self.random.below(12)
        };
        let first = number;
        let mut chunks: Vec<(usize, String)> = Vec::new();
        for _ in 0..houses {
            if self.found.len() >= end || number > self.land.number_max {
                return;
            }
            let code = if self.land.chunked {
                let chunk = number / 24 * 2 + number % 2;
                match chunks.iter().find(|(known, _)| *known == chunk) {
                    Some((_, code)) => code.clone(),
                    None => {
                        let code = fill(&road.codes[0], "", &mut self.random);
                        chunks.push((chunk, code.clone()));
                        code
                    }
                }
            } else {
                road.codes[usize::from(long && number > first + 20)].clone()
            };
            let taken = self.house(road, number, code);
            number += taken
                + if large {
                    2 + self.random.below(22)
                } else {
                    1 + self.random.below(4)
                };
        }
    }

    /// Puts it in, and tells how many numbers more than one it takes.
    fn house(&mut self, road: &Road, number: usize, postcode: String) -> usize {
        #[expect(clippy::cast_precision_loss, reason = "house numbers are small")]
        let along = (number % 100) as f64 * STEP;
        let (sin, cos) = road.angle.sin_cos();
        let side = if number.is_multiple_of(2) { STEP } else { -STEP };
        let at = [
            road.start[0] + along * sin + side * cos,
            road.start[1] + (along * cos - side * sin) * 1.5,
        ];
        let random = &mut self.random;
        let ranged = random.percent(3) && matches!(self.land.code.as_str(), "DE" | "PL" | "CH" | "NL" | "FR" | "GB");
        let id = format!("{}-{:06}", self.land.code, self.found.len() + 1);
        let mut place = Place {
            land: self.position,
            town: Arc::clone(&road.town),
            street: Arc::clone(&road.street),
            number: number.to_string(),
            suffix: String::new(),
            last: if ranged {
                (number + 2).to_string()
            } else {
                String::new()
            },
            postcode,
            building: String::new(),
            sub_unit: None,
            at,
            label: String::new(),
            id,
        };
        if !ranged {
            self.ornament(&mut place);
        }
        let floors = if self.random.percent(2) {
            1 + self.random.below(3)
        } else {
            0
        };
        for floor in 1..=floors {
            let kind = if place.building.is_empty() { "floor" } else { "suite" };
            self.found.push(Place {
                id: format!("{}-F{floor}", place.id),
                sub_unit: Some([kind.to_owned(), floor.to_string()]),
                label: String::new(),
                ..place.clone()
            });
        }
        self.found.push(place);
        if ranged { 2 } else { 0 }
    }

    fn ornament(&mut self, place: &mut Place) {
        let random = &mut self.random;
        match self.land.code.as_str() {
            "DE" | "AT" | "CH" | "NL" | "PL" | "GB" if random.percent(6) => {
                place.suffix = random
                    .pick(&["a", "b", "c", "d"])
                    .map_or("", |letter| letter)
                    .to_owned();
            }
            "FR" if random.percent(4) => place.suffix = random.pick(&["bis", "ter"]).map_or("", |word| word).to_owned(),
            // The number of the building, then that of the street.
            "CZ" if random.percent(50) => place.number = format!("{}/{}", 100 + random.below(2_900), place.number),
            _ => {}
        }
        if random.percent(2) {
            let names = [
                "Exchange", "Phoenix", "Atlas", "Meridian", "Aurora", "Orion", "Mercator", "Kepler",
            ];
            let kinds = match self.land.language.as_str() {
                "de" => ["Haus", "Turm"],
                "fr" => ["Bâtiment", "Tour"],
                "es" => ["Edificio", "Torre"],
                _ => ["House", "Tower"],
            };
            let pair = [random.pick(&names), random.pick(&kinds)];
            place.building = pair.into_iter().flatten().copied().collect::<Vec<_>>().join(" ");
        }
        if random.percent(4) {
            let letters: String = plain(&place.town.name).to_ascii_uppercase().chars().take(3).collect();
            place.label = format!("{}{letters}-{:06}", self.land.code, self.found.len() + 1);
        }
    }
}

/// A street of one town while houses are put along it.
struct Road {
    town: Arc<Town>,
    street: Arc<Street>,
    codes: [String; 2],
    start: [f64; 2],
    angle: f64,
}
