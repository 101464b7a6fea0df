//! Names of streets and towns, found also where a letter or two are wrong: by the groups of three
//! letters they share with what is asked.

use std::collections::BTreeSet;

use super::{Key, Places, Section};

/// Groups of three lost to one error, at most: a letter is part of three, two swapped of four.
const GRAMS_PER_EDIT: usize = 4;

/// So many that share most are measured letter by letter; the right one is among far fewer.
const MEASURED_MAX: usize = 400;

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::book) enum NameOf {
    /// [`super::super::normal::Street::core`].
    Street,
    /// Towns and localities.
    Town,
}

/// Letters that may be wrong in a name before it is another one.
pub(in crate::book) fn edits_max(name: &str) -> usize {
    match name.len() {
        0..=3 => 0,
        4..=5 => 1,
        6..=11 => 2,
        _ => 3,
    }
}

/// How many letters differ, if it can be an error of typing. Digits are never (5th, 6th).
pub(in crate::book) fn edits(asked: &str, known: &str) -> Option<usize> {
    let max = edits_max(asked).min(edits_max(known));
    if asked.len().abs_diff(known.len()) > max || !digits(asked).eq(digits(known)) || apart(asked, known) > max {
        return None;
    }
    let edits = strsim::damerau_levenshtein(asked, known);
    (edits <= max).then_some(edits)
}

/// Letters of the one that the other has not: it takes no fewer errors, and is found much sooner.
fn apart(a: &str, b: &str) -> usize {
    if !(a.is_ascii() && b.is_ascii()) {
        return 0;
    }
    let mut more = [0_i16; 128];
    for (text, one) in [(a, 1), (b, -1)] {
        for letter in text.bytes() {
            more[usize::from(letter & 127)] += one;
        }
    }
    let of_a: i16 = more.iter().filter(|count| **count > 0).sum();
    let of_b: i16 = more.iter().filter(|count| **count < 0).sum();
    usize::try_from(of_a.max(-of_b)).unwrap_or_default()
}

fn digits(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(char::is_ascii_digit)
}

/// All groups of three, the ends marked.
pub(super) fn grams(name: &str) -> BTreeSet<String> {
    let marked: Vec<char> = std::iter::once('^').chain(name.chars()).chain(['$']).collect();
    marked.windows(3).map(|window| window.iter().collect()).collect()
}

impl Places {
    /// Names that are, but for errors of typing, the one asked for: with the number of those, the
    /// nearest first.
    pub(in crate::book) fn names_like(&self, of: NameOf, asked: &str, limit: usize) -> Vec<(usize, &str)> {
        let grams = grams(asked);
        let needed = grams.len().saturating_sub(GRAMS_PER_EDIT * edits_max(asked)).max(1);
        let mut shared: Vec<u32> = grams
            .iter()
            .flat_map(|gram| self.at(Key::Gram(of, gram)).iter().collect::<Vec<u32>>())
            .collect();
        shared.sort_unstable();
        let mut counted: Vec<(usize, u32)> = shared
            .chunk_by(|a, b| a == b)
            .filter_map(|same| Some((same.len(), *same.first()?)))
            .filter(|(count, _)| *count >= needed)
            .collect();
        counted.sort_by_key(|(count, number)| (std::cmp::Reverse(*count), *number));
        let mut near: Vec<(usize, u32, &str)> = counted
            .into_iter()
            .take(MEASURED_MAX)
            .filter_map(|(_, number)| {
                let name = self.name(of, number)?;
                Some((edits(asked, name)?, number, name))
            })
            .collect();
        near.sort_unstable();
        near.truncate(limit);
        near.into_iter().map(|(edits, _, name)| (edits, name)).collect()
    }

    fn name(&self, of: NameOf, number: u32) -> Option<&str> {
        let sections = match of {
            NameOf::Street => (Section::StreetEnds, Section::Streets),
            NameOf::Town => (Section::TownEnds, Section::Towns),
        };
        std::str::from_utf8(self.piece(sections, usize::try_from(number).ok()?)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_only_one_has_are_never_more_than_the_errors() {
        let names = [
            "",
            "a",
            "elm",
            "berg",
            "gerb",
            "burgen",
            "haupt",
            "haput",
            "invaliden",
            "invladien",
            "17juni",
        ];
        for (a, b) in names.iter().flat_map(|a| names.map(|b| (*a, b))) {
            assert!(apart(a, b) <= strsim::damerau_levenshtein(a, b), "{a} and {b}");
        }
        assert_eq!(
            (apart("haupt", "haput"), apart("berg", "burgen"), apart("elm", "ell")),
            (0, 2, 1)
        );
    }

    #[test]
    fn errors_of_typing_are_few_letters_and_never_digits() {
        assert_eq!(edits("haupt", "haput"), Some(1));
        assert_eq!(edits("invaliden", "invalden"), Some(1));
        assert_eq!(edits("invaliden", "invladien"), Some(2));
        for (asked, known) in [("berg", "burgen"), ("5", "6"), ("17juni", "18juni"), ("elm", "ell")] {
            assert_eq!(edits(asked, known), None, "{asked} and {known}");
        }
    }
}
