//! Coordinates: missing, the wrong way round, without their sign, far from the rest of the town.

use std::collections::HashMap;

use super::{Cleaning, Finding, Repair};

/// A town is not larger than this around its middle, in degrees: some 55 kilometres.
const TOWN_DEGREES: f64 = 0.5;

/// So many places say where a town is.
const PLACES_MIN: usize = 3;

pub(super) fn findings(list: &Cleaning) -> Vec<Finding> {
    let mut towns: HashMap<[&str; 3], Vec<(usize, [f64; 2])>> = HashMap::new();
    let mut missing = Vec::new();
    for (position, row) in list.rows.iter().enumerate() {
        let [latitude, longitude] = ["latitude", "longitude"].map(|column| list.get(row, column));
        if latitude.is_empty() && longitude.is_empty() {
            missing.push(position);
        } else if let (Ok(latitude), Ok(longitude)) = (latitude.parse(), longitude.parse()) {
            let state = list.get(row, "stateOrProvince");
            let town = towns.entry([&row.country, &row.city, state]).or_default();
            town.push((position, [latitude, longitude]));
        }
    }
    let mut findings = absent(list, &missing);
    for places in towns.values().filter(|places| places.len() >= PLACES_MIN) {
        let middle = [0, 1].map(|axis| median(places.iter().map(|(_, point)| point[axis]).collect()));
        for (row, point) in places.iter().filter(|(_, point)| !near(*point, middle)) {
            findings.push(far(list, *row, (*point, middle)));
        }
    }
    findings
}

fn absent(list: &Cleaning, missing: &[usize]) -> Vec<Finding> {
    let kind = "no coordinates";
    let whole = !missing.is_empty() && missing.len() == list.rows.len();
    if whole {
        let what = "no place has coordinates: none is found by a point".to_owned();
        return vec![list.tell(0, (kind, what), Repair::None)];
    }
    let one = |row: &usize| list.tell(*row, (kind, "it is not found by a point".to_owned()), Repair::None);
    missing.iter().map(one).collect()
}

fn near(point: [f64; 2], middle: [f64; 2]) -> bool {
    (point[0] - middle[0]).abs() <= TOWN_DEGREES && (point[1] - middle[1]).abs() <= 2.0 * TOWN_DEGREES
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn far(list: &Cleaning, row: usize, (point, middle): ([f64; 2], [f64; 2])) -> Finding {
    let line = &list.rows[row];
    let [latitude, longitude] = ["latitude", "longitude"].map(|column| list.get(line, column).to_owned());
    let minus = |text: &str| text.strip_prefix('-').map_or_else(|| format!("-{text}"), str::to_owned);
    let ways = [
        (
            "the wrong way round",
            [point[1], point[0]],
            [longitude.clone(), latitude.clone()],
        ),
        (
            "without its sign",
            [point[0], -point[1]],
            [latitude.clone(), minus(&longitude)],
        ),
        (
            "without its sign",
            [-point[0], point[1]],
            [minus(&latitude), longitude.clone()],
        ),
    ];
    let town = list.get(line, "city");
    for (how, other, [latitude, longitude]) in ways {
        if near(other, middle) {
            let what = format!("the point is {how}: so it is in {town}");
            let repair = Repair::Certain(vec![("latitude", latitude), ("longitude", longitude)]);
            return list.tell(row, ("point elsewhere", what), repair);
        }
    }
    let what = format!("{latitude}, {longitude} is far from the other places of {town}");
    list.tell(row, ("point elsewhere", what), Repair::None)
}
