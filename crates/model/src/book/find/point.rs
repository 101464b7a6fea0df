//! Addresses around a point.

use super::super::Book;
use super::super::near::{degrees, km};
use super::super::packed::{CELLS, Key, cell};
use super::score::Fit;
use super::{CLOSE_MAX, Hits};

/// What is further away is not near: about as far as people see a house from its gate.
const RADIUS_METRES: f64 = 100.0;

/// So near the point is at the house itself; what surveys and maps differ by.
const AT_METRES: f64 = 25.0;

/// The next one is so many times as far away, or it may be meant as well.
const TIMES: f64 = 2.0;

/// Two points so near to each other are the same.
const SAME_METRES: f64 = 1.0;

/// One that is near, not meant: further away than any error of typing.
const NEAR: u32 = 30;

impl Book {
    /// All that are within the radius, the nearest first; one is meant where it is clearly so.
    pub(super) fn around(&self, latitude: &str, longitude: &str) -> Hits {
        let Some(here) = latitude.trim().parse().ok().zip(longitude.trim().parse().ok()) else {
            return Hits::default();
        };
        let here: [f64; 2] = here.into();
        // Beyond the poles there is nothing, nor are there cells to count.
        if !(here[0].abs() <= 90.0 && here[1].abs() <= 180.0) {
            return Hits::default();
        }
        let mut near: Vec<(f64, u32, bool)> = Vec::new();
        let mut looked_at = 0;
        for key in cells(here) {
            for position in self.places.at(key).iter() {
                looked_at += 1;
                let Some(address) = self.nth(position) else { continue };
                let Some(there) = degrees(&address) else { continue };
                let metres = km(here, there) * 1_000.0;
                if metres <= RADIUS_METRES {
                    near.push((metres, position, !address.sub_units().is_empty()));
                }
            }
        }
        // Rooms have the point of their building.
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)).then(a.1.cmp(&b.1)));
        let mut hits = Hits {
            looked_at,
            ..Hits::default()
        };
        let first = near.first().copied();
        let clear = first.is_some_and(|(metres, _, is_room)| {
            let apart = |other: &&(f64, u32, bool)| other.2 == is_room || other.0 > metres + SAME_METRES;
            let next = near.iter().skip(1).find(apart);
            metres <= AT_METRES && next.is_none_or(|next| next.0 > TIMES * metres && next.0 > metres + SAME_METRES)
        });
        let at = if clear {
            first.map(|(_, position, _)| position)
        } else {
            None
        };
        for (index, (metres, position, _)) in near.into_iter().take(CLOSE_MAX + 1).enumerate() {
            let fit = if Some(position) == at {
                Fit::default()
            } else {
                Fit {
                    cost: NEAR + (index as u32).max(metres as u32),
                    finer: false,
                    other: true,
                }
            };
            hits.found.push((position, fit));
        }
        hits.found.sort_by_key(|(position, _)| *position);
        hits
    }
}

/// Every cell that the radius reaches.
fn cells(here: [f64; 2]) -> impl Iterator<Item = Key<'static>> {
    // One cell from south to north is 111 m; from west to east it is less, away from the equator.
    let reach = RADIUS_METRES / 111_000.0 / here[0].to_radians().cos().abs().max(0.05);
    let [south, _] = cell([here[0] - 1.0 / CELLS, here[1]]);
    let [_, west] = cell([here[0], here[1] - reach]);
    let [_, east] = cell([here[0], here[1] + reach]);
    (south..=south + 2).flat_map(move |south| (west..=east).map(move |west| Key::Cell(south, west)))
}
