//! What filled-in fields may mean: as they are, then with what people mix up put right.

use serde_json::{Value, json};

use super::super::normal::{Normal, in_street};
use super::score::Asked;
use crate::document::Object;

/// Street and town in each other's field.
const SWAPPED: u32 = 4;

/// Readings of the fields, the literal one first.
pub(super) fn readings(fielded: &Object) -> Vec<Asked> {
    let mut readings = vec![asked(fielded)];
    let mut fields = fielded.clone();
    let mended = number_apart(&mut fields) | code_apart(&mut fields);
    readings.extend(mended.then(|| asked(&fields)));
    let mut fields = fielded.clone();
    if swap(&mut fields) {
        // The number may have gone with the street, and the postal code with the town.
        number_apart(&mut fields);
        code_apart(&mut fields);
        let mut swapped = asked(&fields);
        swapped.cost = SWAPPED;
        readings.push(swapped);
    }
    readings
}

fn asked(fielded: &Object) -> Asked {
    Asked::of(Normal::of(fielded), text(fielded, "city"))
}

fn text<'a>(fielded: &'a Object, name: &str) -> &'a str {
    fielded.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}

/// `Hauptstr. 12` in the field of the street's name.
fn number_apart(fields: &mut Object) -> bool {
    if !text(fields, "streetNr").is_empty() {
        return false;
    }
    let Some((street, number)) = in_street(text(fields, "streetName")) else {
        return false;
    };
    fields.insert("streetName".into(), json!(street));
    fields.insert("streetNr".into(), json!(number));
    true
}

/// `80331 München` in the field of the town.
fn code_apart(fields: &mut Object) -> bool {
    let words: Vec<&str> = text(fields, "city")
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect();
    let has_digit = |word: &&str| word.contains(|c: char| c.is_ascii_digit());
    let is_upper = |word: &str| word.len() == 2 && word.chars().all(|c| c.is_ascii_uppercase());
    let mut codes = words.iter().copied().take_while(has_digit).count();
    // The letters of a Dutch postal code.
    if codes == 1 && words.len() > 2 && words[0].len() == 4 && is_upper(words[1]) {
        codes = 2;
    }
    let (code, town) = if codes > 0 {
        (words[..codes].join(" "), words[codes..].join(" "))
    } else {
        let last = words.iter().rev().take_while(|word| has_digit(word)).count();
        let (town, code) = words.split_at(words.len() - last);
        (code.join(" "), town.join(" "))
    };
    if code.is_empty() || town.is_empty() {
        return false;
    }
    fields.insert("city".into(), json!(town));
    if text(fields, "postcode").is_empty() {
        fields.insert("postcode".into(), json!(code));
    }
    true
}

fn swap(fields: &mut Object) -> bool {
    let (street, city) = (text(fields, "streetName").to_owned(), text(fields, "city").to_owned());
    if street.is_empty() || city.is_empty() {
        return false;
    }
    fields.insert("streetName".into(), json!(city));
    fields.insert("city".into(), json!(street));
    true
}
