//! One town, or one street of a town, in two spellings.

use std::collections::HashMap;

use super::{Cleaning, Finding, Repair};

/// A spelling is the right one without doubt where it is so many times as frequent as another.
const CLEARLY: usize = 3;

/// Spellings of one name with the rows that have them.
type Spellings<'a> = HashMap<&'a str, Vec<usize>>;

pub(super) fn findings(list: &Cleaning) -> Vec<Finding> {
    let mut towns: HashMap<[&str; 2], Spellings<'_>> = HashMap::new();
    let mut streets: HashMap<[&str; 4], Spellings<'_>> = HashMap::new();
    for (position, row) in list.rows.iter().enumerate() {
        let town = towns.entry([&row.country, &row.city]).or_default();
        town.entry(list.get(row, "city")).or_default().push(position);
        let key = [
            &row.country,
            &row.city,
            row.street.as_str(),
            list.get(row, "streetType"),
        ];
        let street = streets.entry(key).or_default();
        street.entry(list.get(row, "streetName")).or_default().push(position);
    }
    let mut findings = Vec::new();
    for spellings in towns.values() {
        tell(list, ("town written in several ways", "city"), spellings, &mut findings);
    }
    for spellings in streets.values() {
        tell(
            list,
            ("street written in several ways", "streetName"),
            spellings,
            &mut findings,
        );
    }
    findings
}

fn tell(
    list: &Cleaning,
    (kind, column): (&'static str, &'static str),
    spellings: &Spellings<'_>,
    findings: &mut Vec<Finding>,
) {
    if spellings.len() < 2 || spellings.contains_key("") {
        return;
    }
    // The most frequent; of two as frequent the one that is spelled out, then the first.
    let best = spellings
        .iter()
        .max_by_key(|(name, rows)| (rows.len(), name.chars().count(), std::cmp::Reverse(**name)));
    let Some((best, known)) = best else { return };
    for (name, rows) in spellings.iter().filter(|(name, _)| *name != best) {
        let certain = known.len() >= CLEARLY * rows.len();
        for row in rows {
            let what = format!("{name:?} is {best:?} in {} other lines", known.len());
            let repair = Repair::of(certain, vec![(column, (*best).to_owned())]);
            findings.push(list.tell(*row, (kind, what), repair));
        }
    }
}
