//! One form for all ways to write the same address: case, diacritics, abbreviations, other
//! languages' names, house numbers, postal codes and countries. Both sides of a comparison go
//! through it, so that it has to be equal, not pretty.

mod number;
mod street;
mod town;
mod words;

use serde_json::Value;

use crate::document::Object;
use crate::forms;

pub(super) use number::{Houses, house_number, in_street, number};
pub(super) use street::Street;
pub(super) use town::{known as known_town, short as short_town, town};
pub(super) use words::{squeeze, words};

/// An address in the one form; empty text where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Normal {
    pub number: String,
    pub street: Street,
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
            number: number::number_of(fielded),
            street: Street::of(fielded),
            city: town(field("city")),
            locality: town(field("locality")),
            postcode,
            extension,
            state: state(&country, field("stateOrProvince")),
            country,
            po_box: squeeze(field("poBox")),
            building: place_name(field("buildingName")),
            sub_unit: sub_unit(fielded),
        }
    }

    /// All of it, each in its place.
    pub(super) fn parts(&self) -> [&str; 13] {
        [
            &self.number,
            &self.street.core,
            &self.street.kind,
            &self.street.links,
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

fn place_name(text: &str) -> String {
    words(text).concat()
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
        check_same(
            serde_json::json!({ "streetName": "Rue de la Paix" }),
            serde_json::json!({ "streetName": "Paix, rue de la" }),
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
            ("12-a", "12 A"),
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

    #[test]
    fn towns_are_known_by_the_names_of_other_languages() {
        for (a, b) in [
            ("München", "Munich"),
            ("Köln", "COLOGNE"),
            ("Genf", "Geneva"),
            ("Wien", "Vídeň"),
            ("Warszawa", "Warsaw"),
            ("Den Haag", "'s-Gravenhage"),
        ] {
            assert_eq!(town(a), town(b), "{a} and {b}");
        }
        assert_ne!(town("Essen"), town("Hessen"));
        assert_eq!(short_town("Halle (Saale)").as_deref(), Some("halle"));
        assert_eq!(short_town("Stratford-upon-Avon").as_deref(), Some("stratford"));
        assert_eq!(short_town("Berlin"), None);
    }

    #[test]
    fn a_number_is_told_from_the_street_it_stands_in() {
        let split = |text: &str| in_street(text).map(|(street, number)| format!("{street}|{number}"));
        for (text, expected) in [
            ("Hauptstr. 12", "Hauptstr.|12"),
            ("Hauptstr. 12 a", "Hauptstr.|12 a"),
            ("12 rue de la Paix", "rue de la Paix|12"),
            ("12 bis rue de la Paix", "rue de la Paix|12 bis"),
            ("Straße des 17. Juni 135", "Straße des 17. Juni|135"),
            ("Hauptstr. 12-14", "Hauptstr.|12-14"),
        ] {
            assert_eq!(split(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["Hauptstraße", "5th Avenue", "12"] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
