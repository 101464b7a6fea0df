//! One address in two lines: in other words, or with a slip of the hand.

use std::collections::HashMap;

use strsim::damerau_levenshtein;

use super::{Cleaning, Finding, Repair};

/// In a group of one postal code and one number, lines beyond these are not compared: it is a town
/// with one code, where streets are many.
const GROUP_MAX: usize = 60;

/// In shorter names one letter makes another name.
const NAME_MIN: usize = 7;

/// A street with so many houses in the list is no slip of the hand.
const HOUSES_MAX: usize = 2;

pub(super) fn findings(list: &Cleaning) -> Vec<Finding> {
    let mut houses: HashMap<[&str; 3], usize> = HashMap::new();
    let mut groups: HashMap<(&str, String, String), Vec<usize>> = HashMap::new();
    for (position, row) in list.rows.iter().enumerate() {
        *houses.entry([&row.country, &row.city, &row.street]).or_default() += 1;
        let code: String = list
            .get(row, "postcode")
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let key = (row.country.as_str(), code, list.house(row));
        groups.entry(key).or_default().push(position);
    }
    let mut findings = Vec::new();
    for rows in groups.values().filter(|rows| (2..=GROUP_MAX).contains(&rows.len())) {
        for (at, second) in rows.iter().enumerate() {
            let first = rows[..at]
                .iter()
                .find_map(|first| pair(list, &houses, [*first, *second]));
            findings.extend(first);
        }
    }
    findings
}

fn pair(list: &Cleaning, houses: &HashMap<[&str; 3], usize>, [first, second]: [usize; 2]) -> Option<Finding> {
    let [a, b] = [first, second].map(|row| &list.rows[row]);
    let same_town = a.city == b.city;
    if same_town && a.street == b.street {
        // Written alike in all that tells addresses apart; buildings may still differ.
        let [one, other] = [a, b].map(|row| list.get(row, "buildingName"));
        let what = format!("this is the address of line {} in other words", a.line);
        return (one == other).then(|| list.tell(second, ("double", what), Repair::None));
    }
    let close = |a: &str, b: &str| a.len() >= NAME_MIN && b.len() >= NAME_MIN && damerau_levenshtein(a, b) == 1;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let slip = (same_town && close(&a.street, &b.street) && digits(&a.street) == digits(&b.street))
        || (a.street == b.street && close(&a.city, &b.city));
    let count = |row: &super::Row| {
        let key = [row.country.as_str(), row.city.as_str(), row.street.as_str()];
        houses.get(&key).copied().unwrap_or_default()
    };
    let (fewer, more) = if count(a) < count(b) {
        (first, second)
    } else {
        (second, first)
    };
    let rare = count(&list.rows[fewer]) <= HOUSES_MAX && count(&list.rows[more]) > HOUSES_MAX;
    (slip && rare).then(|| {
        let right = &list.rows[more];
        let what = format!("this may be the address of line {} with a letter wrong", right.line);
        let column = if same_town { "streetName" } else { "city" };
        let propose = vec![(column, list.get(right, column).to_owned())];
        list.tell(fewer, ("likely double", what), Repair::Likely(propose))
    })
}
