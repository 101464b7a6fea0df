//! What is near: distances between places that have coordinates.

use super::{Address, Book, Delivery};

/// Mean radius of the earth (IUGG), in kilometres.
const EARTH_KM: f64 = 6_371.0;

impl Book {
    /// The nearest place of the same country where our network is already, out of those that are
    /// `open`, and how many kilometres away it is as the crow flies; none where `from` has no
    /// coordinates.
    pub fn nearest_on_net(&self, from: &Address, open: impl Fn(&Address) -> bool) -> Option<(&Address, f64)> {
        let here = degrees(from)?;
        let there = self.addresses.iter().filter(|address| {
            address.delivery == Delivery::OnNetWithoutBuild
                && address.ports > 0
                && address.id != from.id
                && address.field("countryCode") == from.field("countryCode")
                && open(address)
        });
        let measured = there.filter_map(|address| Some((address, km(here, degrees(address)?))));
        measured.min_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.id.cmp(&b.0.id)))
    }
}

/// Latitude and longitude.
fn degrees(address: &Address) -> Option<[f64; 2]> {
    let [latitude, longitude] = address.point.as_ref()?;
    Some([latitude.parse().ok()?, longitude.parse().ok()?])
}

/// Along the great circle (haversine).
fn km(a: [f64; 2], b: [f64; 2]) -> f64 {
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
