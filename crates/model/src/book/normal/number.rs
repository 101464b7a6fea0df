//! House numbers.

use serde_json::Value;

use super::words::plain;
use crate::document::Object;

pub(super) fn number_of(fielded: &Object) -> String {
    number(|name| fielded.get(name).and_then(Value::as_str).unwrap_or_default())
}

/// The same of fields by their names; those that are not there are empty.
pub(in crate::book) fn number<'a>(field: impl Fn(&str) -> &'a str) -> String {
    // A suffix that begins with a digit stands for itself: 20 and 14 are not 2014.
    let suffix = field("streetNrSuffix").trim_start();
    let between = if suffix.starts_with(|c: char| c.is_ascii_digit()) {
        "/"
    } else {
        ""
    };
    let first = house_number(&format!("{}{between}{suffix}", field("streetNr")));
    let last = house_number(&format!("{}{}", field("streetNrLast"), field("streetNrLastSuffix")));
    if last.is_empty() {
        first
    } else {
        format!("{first}-{last}")
    }
}

/// `No. 012 A`, `12-a` and `12a` are one number, `12 - 14` and `12–14` one range.
pub(in crate::book) fn house_number(text: &str) -> String {
    let text = plain(text).to_ascii_lowercase().replace('/', "-");
    let mut number = String::new();
    for part in text.split('-').map(bare_number).filter(|part| !part.is_empty()) {
        let is_suffix = part.len() == 1 && part.starts_with(|c: char| c.is_ascii_alphabetic());
        if !number.is_empty() && !is_suffix {
            number.push('-');
        }
        number.push_str(&part);
    }
    number
}

fn bare_number(text: &str) -> String {
    let kept: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let named = ["numero", "no", "nr", "num", "n"].iter().find_map(|name| {
        kept.strip_prefix(name)
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    named.unwrap_or(&kept).trim_start_matches('0').to_owned()
}

/// What a house number in the one form says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::book) struct Houses<'a> {
    /// First and last house; equal where there is one.
    pub range: (u64, u64),
    /// Behind the first number.
    pub suffix: &'a str,
}

impl<'a> Houses<'a> {
    /// None where it does not begin with a number.
    pub(in crate::book) fn of(number: &'a str) -> Option<Self> {
        let (first, last) = number
            .split_once('-')
            .map_or((number, ""), |(first, last)| (first, last));
        let (value, suffix) = split(first)?;
        // `12-3` is a house and its other number, as in Prague or Vienna.
        let last = split(last)
            .map(|(last, _)| last)
            .filter(|last| *last > value)
            .unwrap_or(value);
        Some(Self {
            range: (value, last),
            suffix,
        })
    }

    /// Whether all houses of `other`, on the same side of the street, are among these.
    pub(in crate::book) fn contain(&self, other: &Self) -> bool {
        let ((a, b), (c, d)) = (self.range, other.range);
        a <= c && d <= b && (c - a) % 2 == 0 && self.suffix.is_empty() && other.suffix.is_empty()
    }
}

fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

/// A house number at the end or the start of a street's text, and the rest: what people write
/// where there is one line for both. A name that begins with a number (`5th Avenue`, `17 de
/// Mayo`) keeps it unless a street is left.
pub(in crate::book) fn in_street(text: &str) -> Option<(String, String)> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    // `5th` is the name of a street.
    let letters = |word: &str| word.chars().filter(char::is_ascii_alphabetic).count();
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) && letters(word) <= 1;
    let is_suffix = |word: &str| word.len() == 1 && word.starts_with(|c: char| c.is_ascii_alphabetic());
    let tail = match words.as_slice() {
        [.., number, suffix] if is_number(number) && (is_suffix(suffix) || *suffix == "bis" || *suffix == "ter") => 2,
        [.., first, "-" | "\u{2013}", last] if is_number(first) && is_number(last) => 3,
        [.., number] if is_number(number) => 1,
        _ => 0,
    };
    if tail > 0 && tail < words.len() {
        let (street, number) = words.split_at(words.len() - tail);
        return Some((street.join(" "), number.join(" ")));
    }
    let head = match words.as_slice() {
        [number, suffix, _, ..] if is_number(number) && (*suffix == "bis" || *suffix == "ter") => 2,
        [number, _, ..] if is_number(number) => 1,
        _ => return None,
    };
    let (number, street) = words.split_at(head);
    Some((street.join(" "), number.join(" ")))
}
