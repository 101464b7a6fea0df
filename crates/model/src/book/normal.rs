//! One form for all ways to write the same address: case, diacritics, abbreviations, house
//! numbers, postal codes and countries. Both sides of a comparison go through it, so that it has
//! to be equal, not pretty.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use deunicode::deunicode;
use serde_json::Value;

use crate::document::Object;
use crate::forms;

/// What is written in several ways, and the one word for it. `Saint` and `Street` share `st`:
/// the abbreviation cannot be told apart, and no address depends on it.
const WORDS: [(&str, &[&str]); 23] = [
    ("st", &["street", "str", "strasse", "straat", "saint", "sankt", "sint"]),
    ("rd", &["road"]),
    ("ave", &["avenue", "av", "avenida", "avda"]),
    ("blvd", &["boulevard", "bd", "boul"]),
    ("dr", &["drive"]),
    ("ln", &["lane"]),
    ("ct", &["court"]),
    ("sq", &["square"]),
    ("pl", &["place", "platz", "plaza", "plac"]),
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
];

/// Endings that are written together with the name (`Hauptstr.`, `Marktplatz`).
const ENDINGS: [(&str, &str); 4] = [("strasse", "st"), ("straat", "st"), ("str", "st"), ("platz", "pl")];

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

/// An address in the one form; empty text where nothing is said.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Normal {
    pub number: String,
    pub street: String,
    pub city: String,
    pub locality: String,
    pub postcode: String,
    pub extension: String,
    pub state: String,
    pub country: String,
    pub po_box: String,
    pub building: String,
    pub sub_unit: String,
}

impl Normal {
    /// Of a fielded representation.
    pub(super) fn of(fielded: &Object) -> Self {
        let field = |name: &str| fielded.get(name).and_then(Value::as_str).unwrap_or_default();
        let country_text = field("countryCode");
        let country = country(country_text).unwrap_or_else(|| squeeze(country_text));
        let mut postcode = postcode(field("postcode"));
        let mut extension = squeeze(field("postcodeExtension"));
        // ZIP+4 is often written into one field.
        if country == "US" && extension.is_empty() && postcode.len() == 9 && postcode.is_ascii() {
            extension = postcode.split_off(5);
        }
        Self {
            number: number(fielded),
            street: street(fielded),
            city: place_name(field("city")),
            locality: place_name(field("locality")),
            postcode,
            extension,
            state: state(&country, field("stateOrProvince")),
            country,
            po_box: squeeze(field("poBox")),
            building: place_name(field("buildingName")),
            sub_unit: sub_unit(fielded),
        }
    }
}

impl Normal {
    /// All of it, each in its place.
    pub(super) fn parts(&self) -> [&str; 11] {
        [
            &self.number,
            &self.street,
            &self.city,
            &self.locality,
            &self.postcode,
            &self.extension,
            &self.state,
            &self.country,
            &self.po_box,
            &self.building,
            &self.sub_unit,
        ]
    }
}

/// Letters without diacritics, other scripts in Latin letters.
fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(deunicode(text))
    }
}

/// The words of a text: lower case, no diacritics, one word for all that mean the same.
pub(super) fn words(text: &str) -> Vec<String> {
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
pub(super) fn squeeze(text: &str) -> String {
    let text = plain(text).to_ascii_uppercase();
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn place_name(text: &str) -> String {
    words(text).concat()
}

/// The words of a street without regard to their order: the type may stand in its own field,
/// before or behind the name.
fn street(fielded: &Object) -> String {
    let parts = ["streetPreDirection", "streetName", "streetType", "streetPostDirection"];
    let texts = parts.iter().filter_map(|name| fielded.get(*name)?.as_str());
    street_of(texts.flat_map(words).collect())
}

/// The street key of these words.
pub(super) fn street_of(mut words: Vec<String>) -> String {
    words.sort();
    words.concat()
}

fn number(fielded: &Object) -> String {
    let field = |name: &str| fielded.get(name).and_then(Value::as_str).unwrap_or_default();
    let first = house_number(&format!("{}{}", field("streetNr"), field("streetNrSuffix")));
    let last = house_number(&format!("{}{}", field("streetNrLast"), field("streetNrLastSuffix")));
    if last.is_empty() {
        first
    } else {
        format!("{first}-{last}")
    }
}

/// `No. 012 A` and `12a` are one number, `12 - 14` and `12–14` one range.
pub(super) fn house_number(text: &str) -> String {
    let text = plain(text).to_ascii_lowercase().replace('/', "-");
    let parts: Vec<String> = text
        .split('-')
        .map(bare_number)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("-")
}

fn bare_number(text: &str) -> String {
    let kept: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let named = ["numero", "no", "nr", "num", "n"].iter().find_map(|name| {
        kept.strip_prefix(name)
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    named.unwrap_or(&kept).trim_start_matches('0').to_owned()
}

/// `D-80331` and `80331`, `sw1a1aa` and `SW1A 1AA`.
pub(super) fn postcode(text: &str) -> String {
    let text = text.trim();
    let bare = match text.split_once('-') {
        Some((country, code))
            if country.len() <= 2
                && country.chars().all(|c| c.is_ascii_alphabetic())
                && code.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            code
        }
        _ => text,
    };
    squeeze(bare)
}

/// The alpha-2 code of a country given by code (two or three letters) or name.
pub(super) fn country(text: &str) -> Option<String> {
    forms::country_code(text.trim()).map(str::to_owned)
}

/// The ISO 3166-2 part of a state given by code or name; else its letters.
fn state(country: &str, text: &str) -> String {
    let wanted = squeeze(text);
    if wanted.is_empty() {
        return wanted;
    }
    let country = rust_iso3166::from_alpha2(country);
    let all = || {
        country
            .iter()
            .filter_map(rust_iso3166::CountryCode::subdivisions)
            .flatten()
    };
    let code = |full: &'static str| full.split_once('-').map_or(full, |(_, code)| code);
    if all().any(|subdivision| code(subdivision.code) == wanted) {
        return wanted;
    }
    let found = all().find(|subdivision| squeeze(subdivision.code) == wanted || squeeze(subdivision.name) == wanted);
    found.map_or(wanted, |subdivision| code(subdivision.code).to_owned())
}

fn sub_unit(fielded: &Object) -> String {
    let units = fielded.get("subUnit").and_then(Value::as_array);
    let texts = units.into_iter().flatten().map(|unit| {
        let part = |name: &str| unit.get(name).and_then(Value::as_str).unwrap_or_default();
        format!(
            "{}={}",
            place_name(part("subUnitType")),
            house_number(part("subUnitNumber"))
        )
    });
    let texts: Vec<String> = texts.collect();
    texts.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_same(a: Value, b: Value) {
        let (a, b) = (a.as_object().unwrap(), b.as_object().unwrap());
        assert_eq!(Normal::of(a), Normal::of(b));
    }

    #[test]
    fn streets_are_the_same_however_their_type_is_written() {
        let forms = [
            ("Hauptstraße", "Hauptstr."),
            ("Hauptstrasse", "Haupt Straße"),
            ("HAUPTSTRASSE", "hauptstraße"),
            ("Main Street", "Main St."),
            ("5th Avenue", "Fifth Ave"),
            ("N 1st St", "North First Street"),
            ("Königsallee", "Koenigsallee"),
            ("Rue de l'Église", "rue de l\u{2019}Eglise"),
            ("Kerkstraat", "Kerkstr"),
            ("Marktplatz", "Markt Pl."),
            ("ulica Długa", "ul. Dluga"),
        ];
        for (a, b) in forms {
            check_same(
                serde_json::json!({ "streetName": a }),
                serde_json::json!({ "streetName": b }),
            );
        }
        check_same(
            serde_json::json!({ "streetName": "Paix", "streetType": "Rue" }),
            serde_json::json!({ "streetName": "Rue Paix" }),
        );
    }

    #[test]
    fn different_streets_stay_different() {
        assert_ne!(words("Main Street"), words("Main Road"));
        assert_ne!(words("5th Avenue"), words("6th Avenue"));
        assert_ne!(words("Bergstraße"), words("Burgstraße"));
    }

    #[test]
    fn house_numbers_have_one_form() {
        for (a, b) in [
            ("12a", "12 A"),
            ("No. 12", "12"),
            ("012", "12"),
            ("12 - 14", "12\u{2013}14"),
            ("12/3", "12-3"),
        ] {
            assert_eq!(house_number(a), house_number(b), "{a} and {b}");
        }
        check_same(
            serde_json::json!({ "streetNr": "12", "streetNrSuffix": "A", "streetNrLast": "14" }),
            serde_json::json!({ "streetNr": "12a-14" }),
        );
    }

    #[test]
    fn postal_codes_lose_spaces_and_the_country_before_them() {
        for (a, b) in [
            ("SW1A 1AA", "sw1a1aa"),
            ("D-80331", "80331"),
            ("00-950", "00950"),
            ("1012 AB", "1012AB"),
        ] {
            assert_eq!(postcode(a), postcode(b), "{a} and {b}");
        }
        check_same(
            serde_json::json!({ "postcode": "10001-1234", "countryCode": "US" }),
            serde_json::json!({ "postcode": "10001", "postcodeExtension": "1234", "countryCode": "us" }),
        );
    }

    #[test]
    fn countries_and_states_are_known_by_code_and_name() {
        for text in ["DE", "de", "DEU", "Germany", "Deutschland"] {
            assert_eq!(country(text).as_deref(), Some("DE"), "{text}");
        }
        assert_eq!(country("USA").as_deref(), Some("US"));
        assert_eq!(country("United Kingdom").as_deref(), Some("GB"));
        assert_eq!(country("Atlantis"), None);
        assert_eq!(state("US", "New York"), "NY");
        assert_eq!(state("US", "ny"), "NY");
    }
}
