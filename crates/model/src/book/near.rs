//! What is near: distances between places that have coordinates.

use std::sync::Arc;

use super::{Address, Book};

/// Mean radius of the earth (IUGG), in kilometres.
const EARTH_KM: f64 = 6_371.0;

impl Book {
    /// The nearest place of the same country where our network is already, out of those that are
    /// `open`, and how many kilometres away it is as the crow flies; none where `from` has no
    /// coordinates.
    pub fn nearest_on_net(&self, from: &Address, open: impl Fn(&Address) -> bool) -> Option<(Arc<Address>, f64)> {
        let here = degrees(from)?;
        let country = self.places.on_net(from.field("countryCode"));
        let north = country.north_of(here[0]);
        let mut nearest: Option<(Arc<Address>, f64)> = None;
        // Whoever goes south or north leaves off where latitude alone is too far.
        let sides: [&mut dyn Iterator<Item = usize>; 2] = [&mut (0..north).rev(), &mut (north..country.count())];
        for side in sides {
            for (degrees, position) in side.filter_map(|index| country.spot(index)) {
                let best = nearest.as_ref().map_or(f64::INFINITY, |(_, km)| *km);
                if (degrees[0] - here[0]).abs().to_radians() * EARTH_KM > best {
                    break;
                }
                let km = km(here, degrees);
                // Not worth looking at, unless it is as near: then the id decides.
                if km > best {
                    continue;
                }
                let Some(address) = self.nth(position) else {
                    continue;
                };
                let nearer = match &nearest {
                    Some((other, best)) => km.total_cmp(best).then_with(|| address.id.cmp(&other.id)).is_lt(),
                    None => true,
                };
                if nearer && address.id != from.id && open(&address) {
                    nearest = Some((address, km));
                }
            }
        }
        nearest
    }
}

/// Latitude and longitude.
pub(super) fn degrees(address: &Address) -> Option<[f64; 2]> {
    let [latitude, longitude] = address.point.as_ref()?;
    Some([latitude.parse().ok()?, longitude.parse().ok()?])
}

/// Along the great circle (haversine).
pub(super) fn km(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [a, b] = [a, b].map(|point| point.map(f64::to_radians));
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let chord = half(a[0], b[0]) + a[0].cos() * b[0].cos() * half(a[1], b[1]);
    2.0 * EARTH_KM * chord.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::km;

    #[test]
    fn distances_are_those_of_the_great_circle() {
        let (berlin, munich) = ([52.52, 13.405], [48.1371, 11.5754]);
        assert!((km(berlin, munich) - 504.0).abs() < 2.0, "{}", km(berlin, munich));
        assert!(km(berlin, berlin).abs() < 1e-9);
    }
}
