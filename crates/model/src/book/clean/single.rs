//! What is seen in a line by itself, or beside the streets that the list knows.

use std::collections::HashSet;

use super::{Cleaning, Finding, Repair};
use crate::book::normal::{Street, words};
use crate::forms;

pub(super) fn findings(list: &Cleaning) -> Vec<Finding> {
    let streets: HashSet<[&str; 3]> = list
        .rows
        .iter()
        .map(|row| [row.country.as_str(), row.city.as_str(), row.street.as_str()])
        .collect();
    let mut findings = Vec::new();
    for row in 0..list.rows.len() {
        findings.extend(country(list, row));
        findings.extend(number(list, row, &streets));
    }
    findings
}

fn country(list: &Cleaning, row: usize) -> Option<Finding> {
    let written = list.get(&list.rows[row], "countryCode");
    let code = forms::country_code(written)?;
    let what = format!("the country is written as {written:?}");
    (code != written).then(|| {
        let repair = Repair::Certain(vec![("countryCode", code.to_owned())]);
        list.tell(row, ("country by name", what), repair)
    })
}

/// `Hauptstraße 5` without a number of its own. Certain where the list knows the street without
/// it: there are streets with a number in their name.
fn number(list: &Cleaning, row: usize, streets: &HashSet<[&str; 3]>) -> Option<Finding> {
    let line = &list.rows[row];
    let name = list.get(line, "streetName");
    let (street, number) = split(name)?;
    let known = list.get(line, "streetNr");
    if !known.is_empty() && known != number {
        return None;
    }
    let parts = ["streetPreDirection", "streetType", "streetPostDirection"];
    let others = parts.iter().flat_map(|part| words(list.get(line, part)));
    let all: Vec<String> = words(street).into_iter().chain(others).collect();
    let key = Street::of_words(&all).key();
    let certain = streets.contains(&[line.country.as_str(), line.city.as_str(), key.as_str()]);
    if known.is_empty() && !certain && name.starts_with(|c: char| c.is_ascii_digit()) {
        // `5 Avenue`, `42 Street`: nothing says that it is a house.
        return None;
    }
    let what = format!("the street {name:?} has a house number in it");
    let values = vec![("streetName", street.to_owned()), ("streetNr", number.to_owned())];
    Some(list.tell(row, ("number in street", what), Repair::of(certain, values)))
}

/// The name and the number behind or before it.
fn split(name: &str) -> Option<(&str, &str)> {
    let is_number = |text: &str| {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        text.len() <= digits.len() + 1 && (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let behind = name.rsplit_once(' ').filter(|(_, number)| is_number(number));
    let before = || {
        name.split_once(' ')
            .filter(|(number, _)| is_number(number))
            .map(|(number, street)| (street, number))
    };
    let (street, number) = behind.or_else(before)?;
    Some((street.trim_end_matches([',', ' ']), number))
}
