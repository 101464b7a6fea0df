//! Words of addresses in one form.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use deunicode::deunicode;

/// What is written in several ways, and the one word for it. `Saint` and `Street` share `st`:
/// the abbreviation cannot be told apart, and no address depends on it.
const WORDS: [(&str, &[&str]); 43] = [
    ("st", &["street", "str", "strasse", "straat", "saint", "sankt", "sint"]),
    ("rd", &["road"]),
    ("ave", &["avenue", "av", "avenida", "avda"]),
    ("blvd", &["boulevard", "bd", "boul"]),
    ("dr", &["drive"]),
    ("ln", &["lane"]),
    ("ct", &["court"]),
    ("sq", &["square"]),
    ("pl", &["place", "platz", "plaza", "plac", "pza", "pz"]),
    ("hwy", &["highway"]),
    ("pkwy", &["parkway"]),
    ("ter", &["terrace", "terr"]),
    ("cres", &["crescent"]),
    ("ul", &["ulica"]),
    ("al", &["aleja", "aleje", "allee"]),
    ("rte", &["route"]),
    ("mt", &["mount"]),
    ("n", &["north", "nord"]),
    ("s", &["south", "sud"]),
    ("e", &["east", "ost", "est"]),
    ("w", &["west"]),
    ("ste", &["suite"]),
    ("fl", &["floor"]),
    ("ru", &["rue", "r"]),
    ("ch", &["chemin", "chem"]),
    ("imp", &["impasse"]),
    ("quai", &["q"]),
    ("calle", &["c"]),
    ("paseo", &["pso"]),
    ("cam", &["camino"]),
    ("ctra", &["carretera", "crta"]),
    ("trv", &["travesia", "trva"]),
    ("via", &["v"]),
    ("os", &["osiedle"]),
    ("nam", &["namesti"]),
    ("trida", &["tr"]),
    ("nabr", &["nabrezi"]),
    ("g", &["gasse"]),
    ("pln", &["plein"]),
    ("gdns", &["gardens", "gdn"]),
    ("cl", &["close"]),
    ("gr", &["grove", "gro"]),
    ("wy", &["way"]),
];

/// Endings that are written together with the name (`Hauptstr.`, `Marktplatz`).
const ENDINGS: [(&str, &str); 8] = [
    ("strasse", "st"),
    ("straat", "st"),
    ("str", "st"),
    ("platz", "pl"),
    ("gasse", "g"),
    ("allee", "al"),
    ("plein", "pln"),
    ("pln", "pln"),
];

const ORDINALS: [(&str, &str); 12] = [
    ("first", "1"),
    ("second", "2"),
    ("third", "3"),
    ("fourth", "4"),
    ("fifth", "5"),
    ("sixth", "6"),
    ("seventh", "7"),
    ("eighth", "8"),
    ("ninth", "9"),
    ("tenth", "10"),
    ("eleventh", "11"),
    ("twelfth", "12"),
];

const ORDINAL_ENDINGS: [&str; 8] = ["st", "nd", "rd", "th", "er", "eme", "ieme", "e"];

/// Letters without diacritics, other scripts in Latin letters.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(deunicode(text))
    }
}

/// The words of a text: lower case, no diacritics, one word for all that mean the same.
pub(in crate::book) fn words(text: &str) -> Vec<String> {
    let text = plain(text).to_ascii_lowercase().replace(['\'', '`'], "");
    let mut words = Vec::new();
    for word in text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        push_word(&mut words, &fold(word));
    }
    words
}

fn push_word(words: &mut Vec<String>, word: &str) {
    if let Some(short) = canonical(word) {
        return words.push(short.to_owned());
    }
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    if !digits.is_empty() && digits.len() < word.len() && ORDINAL_ENDINGS.contains(&&word[digits.len()..]) {
        return words.push(digits.to_owned());
    }
    for (ending, short) in ENDINGS {
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.len() > 2) {
            words.push(stem.to_owned());
            return words.push(short.to_owned());
        }
    }
    words.push(word.to_owned());
}

/// `Muenchen` is `München` is `Munchen`.
fn fold(word: &str) -> String {
    if !word.contains("ae") && !word.contains("oe") && !word.contains("ue") {
        return word.to_owned();
    }
    word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

fn canonical(word: &str) -> Option<&'static str> {
    static KNOWN: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
        let pairs = WORDS
            .iter()
            .flat_map(|(short, others)| others.iter().map(|other| (fold(other), *short)));
        pairs
            .chain(ORDINALS.map(|(name, digit)| (name.to_owned(), digit)))
            .collect()
    });
    KNOWN.get(word).copied()
}

/// Letters and digits only, upper case.
pub(in crate::book) fn squeeze(text: &str) -> String {
    let text = plain(text).to_ascii_uppercase();
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
