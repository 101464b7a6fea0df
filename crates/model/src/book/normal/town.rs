//! Names of towns: other languages' names, and short ones.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words::words;

/// Towns and how they are called elsewhere. What differs in diacritics only needs no line.
const TOWNS: &str = include_str!("towns.txt");

/// What follows tells apart towns of one name, and is left out where everybody knows which.
const LINKS: [&str; 22] = [
    "am", "im", "an", "in", "a", "ob", "bei", "unter", "vor", "der", "nad", "pod", "u", "upon", "on", "under", "sur",
    "sous", "les", "en", "aan", "de",
];

/// A town by the one name that all its names have.
pub(in crate::book) fn town(text: &str) -> String {
    known(words(text).concat())
}

/// The one name of a town whose words are these, in a row.
pub(in crate::book) fn known(name: String) -> String {
    static NAMES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        let lines = TOWNS.lines().filter(|line| !line.starts_with('#'));
        let towns = lines.filter_map(|line| line.split_once('='));
        let pairs = towns.flat_map(|(town, others)| {
            let one = words(town).concat();
            others.split(',').map(move |other| (words(other).concat(), one.clone()))
        });
        pairs.collect()
    });
    NAMES.get(&name).cloned().unwrap_or(name)
}

/// `Frankfurt` of `Frankfurt am Main`; none where there is no shorter name.
pub(in crate::book) fn short(text: &str) -> Option<String> {
    let before = text.split(['(', '/', ',']).next().unwrap_or_default();
    let all = words(text);
    let words = words(before);
    let link = words.iter().skip(1).position(|word| LINKS.contains(&word.as_str()));
    let kept = link.map_or(words.len(), |at| at + 1);
    (kept > 0 && kept < all.len()).then(|| known(words[..kept].concat()))
}
