//! Countries by code and by name in the languages of their neighbours.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Read, Settled, plain};

/// Names beside the English ones of ISO 3166: those of the country itself, and those that the
/// largest languages around it use.
const NAMES: &[(&str, &[&str])] = &[
    (
        "AT",
        &[
            "Österreich",
            "Autriche",
            "Oostenrijk",
            "Rakousko",
            "Ausztria",
            "Áustria",
        ],
    ),
    ("AU", &["Australien", "Australie", "Austrália"]),
    ("BE", &["België", "Belgique", "Belgien", "Bélgica", "Belgio", "Belgia"]),
    ("BG", &["България", "Bulgarien", "Bulgarie", "Balgariya"]),
    ("BR", &["Brasil", "Brasilien", "Brésil", "Brasile"]),
    ("CA", &["Kanada", "Canadá"]),
    (
        "CH",
        &[
            "Schweiz",
            "Suisse",
            "Svizzera",
            "Suiza",
            "Zwitserland",
            "Szwajcaria",
            "Helvetia",
        ],
    ),
    (
        "CN",
        &[
            "中国",
            "Volksrepublik China",
            "Chine",
            "Cina",
            "Peoples Republic of China",
        ],
    ),
    ("CY", &["Kypros", "Zypern", "Chypre", "Cipro"]),
    (
        "CZ",
        &[
            "Česko",
            "Česká republika",
            "Czech Republic",
            "Tschechien",
            "Tchéquie",
            "République tchèque",
            "Czechy",
            "Tsjechië",
        ],
    ),
    (
        "DE",
        &[
            "Deutschland",
            "Allemagne",
            "Alemania",
            "Germania",
            "Duitsland",
            "Niemcy",
            "Alemanha",
            "Tyskland",
            "Německo",
            "Federal Republic of Germany",
            "Bundesrepublik Deutschland",
            "BRD",
        ],
    ),
    (
        "DK",
        &[
            "Danmark",
            "Dänemark",
            "Danemark",
            "Denemarken",
            "Dinamarca",
            "Danimarca",
            "Dania",
        ],
    ),
    ("EE", &["Eesti", "Estland", "Estonie"]),
    (
        "ES",
        &[
            "España",
            "Spanien",
            "Espagne",
            "Spagna",
            "Spanje",
            "Hiszpania",
            "Espanha",
        ],
    ),
    ("FI", &["Suomi", "Finnland", "Finlande", "Finlandia"]),
    (
        "FR",
        &[
            "Frankreich",
            "Francia",
            "Frankrijk",
            "Francja",
            "França",
            "Frankrike",
            "République française",
        ],
    ),
    (
        "GB",
        &[
            "UK",
            "U.K.",
            "United Kingdom",
            "Great Britain",
            "Britain",
            "England",
            "Scotland",
            "Wales",
            "Northern Ireland",
            "Vereinigtes Königreich",
            "Großbritannien",
            "Royaume-Uni",
            "Reino Unido",
            "Regno Unito",
            "Verenigd Koninkrijk",
            "Wielka Brytania",
        ],
    ),
    (
        "GR",
        &["Hellas", "Ελλάδα", "Griechenland", "Grèce", "Grecia", "Griekenland"],
    ),
    ("HR", &["Hrvatska", "Kroatien", "Croatie", "Croazia"]),
    (
        "HU",
        &["Magyarország", "Ungarn", "Hongrie", "Ungheria", "Węgry", "Hongarije"],
    ),
    (
        "IE",
        &[
            "Éire",
            "Irland",
            "Irlande",
            "Irlanda",
            "Ierland",
            "Republic of Ireland",
            "Irlandia",
        ],
    ),
    ("IN", &["Bharat", "Indien", "Inde"]),
    ("IT", &["Italia", "Italien", "Italie", "Italië", "Włochy", "Itália"]),
    ("JP", &["日本", "Nippon", "Nihon", "Japon", "Giappone"]),
    ("KR", &["South Korea", "Südkorea", "Corée du Sud", "대한민국"]),
    ("LT", &["Lietuva", "Litauen", "Lituanie"]),
    ("LU", &["Luxemburg", "Lëtzebuerg", "Lussemburgo", "Luxemburgo"]),
    ("LV", &["Latvija", "Lettland", "Lettonie"]),
    ("MX", &["México", "Mexiko", "Mexique", "Messico"]),
    (
        "NL",
        &[
            "Nederland",
            "The Netherlands",
            "Netherlands",
            "Holland",
            "Niederlande",
            "Pays-Bas",
            "Países Bajos",
            "Paesi Bassi",
            "Holandia",
            "Olanda",
        ],
    ),
    (
        "NO",
        &["Norge", "Norwegen", "Norvège", "Noorwegen", "Noruega", "Norvegia"],
    ),
    ("NZ", &["Aotearoa", "Neuseeland", "Nouvelle-Zélande"]),
    ("PL", &["Polska", "Polen", "Pologne", "Polonia", "Polsko"]),
    ("PT", &["Portogallo", "Portugalia"]),
    ("RO", &["România", "Rumänien", "Roumanie", "Rumunia"]),
    ("RS", &["Srbija", "Serbien", "Serbie"]),
    (
        "SE",
        &["Sverige", "Schweden", "Suède", "Suecia", "Svezia", "Zweden", "Szwecja"],
    ),
    ("SG", &["Singapur", "Singapour"]),
    ("SI", &["Slovenija", "Slowenien", "Slovénie"]),
    (
        "SK",
        &["Slovensko", "Slowakei", "Slovaquie", "Slovak Republic", "Słowacja"],
    ),
    ("TR", &["Turkey", "Türkei", "Turquie", "Turchia"]),
    ("UA", &["Україна", "Ukrayina", "Ukraina", "Ucraina"]),
    (
        "US",
        &[
            "USA",
            "U.S.A.",
            "U.S.",
            "United States",
            "United States of America",
            "America",
            "Vereinigte Staaten",
            "États-Unis",
            "Estados Unidos",
            "Stati Uniti",
            "Verenigde Staten",
            "Stany Zjednoczone",
        ],
    ),
    ("ZA", &["Südafrika", "Afrique du Sud", "Suid-Afrika"]),
];

/// The alpha-2 code of ISO 3166: `DE`, `DEU`, `276`, `Germany`, `Deutschland`.
pub fn country(text: &str) -> Read<String> {
    let written = text.trim();
    let code = country_code(written)
        .ok_or_else(|| format!("{text:?} is no country; use a code of two capitals (ISO 3166) such as DE"))?;
    Ok(Settled::new(code.to_owned(), written, &[code.to_owned()]))
}

/// The same without a word about how it was written.
pub fn country_code(text: &str) -> Option<&'static str> {
    let upper = text.to_uppercase();
    let by_code = match upper.len() {
        2 => rust_iso3166::from_alpha2(&upper),
        3 => rust_iso3166::from_alpha3(&upper),
        _ => None,
    };
    let by_number = || {
        let is_number = upper.len() == 3 && upper.chars().all(|c| c.is_ascii_digit());
        rust_iso3166::from_numeric_str(&upper).filter(|_| is_number)
    };
    if let Some(country) = by_code.or_else(by_number) {
        return Some(country.alpha2);
    }
    by_name().get(&plain(text)).copied().flatten()
}

/// All names in plain letters; none for what several countries share (`Congo`).
fn by_name() -> &'static HashMap<String, Option<&'static str>> {
    static NAMED: LazyLock<HashMap<String, Option<&'static str>>> = LazyLock::new(|| {
        let mut named: HashMap<String, Option<&'static str>> = HashMap::new();
        for (name, code) in all_names() {
            let known = named.entry(plain(name)).or_insert(Some(code));
            *known = known.filter(|other| *other == code);
        }
        named
    });
    &NAMED
}

fn all_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let full = rust_iso3166::ALL.iter().map(|country| (country.name, country.alpha2));
    let short = rust_iso3166::ALL
        .iter()
        .map(|country| (bare(country.name), country.alpha2));
    let others = NAMES
        .iter()
        .flat_map(|(code, names)| names.iter().map(|name| (*name, *code)));
    full.chain(short).chain(others)
}

/// Without what ISO adds in brackets.
fn bare(name: &str) -> &str {
    name.split(" (").next().unwrap_or(name)
}

/// The name of a country for people.
pub fn country_name(alpha2: &str) -> Option<String> {
    let name = match alpha2 {
        "GB" => "United Kingdom",
        "US" => "United States",
        _ => rust_iso3166::from_alpha2(alpha2)?.name,
    };
    Some(bare(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_code_and_name() {
        for text in [
            "DE",
            "de",
            "DEU",
            "276",
            "Germany",
            "Deutschland",
            "ALLEMAGNE",
            "Niemcy",
        ] {
            assert_eq!(country_code(text), Some("DE"), "{text}");
        }
        for (text, expected) in [
            ("USA", "US"),
            ("Österreich", "AT"),
            ("Oesterreich", "AT"),
            ("Česko", "CZ"),
            ("Holland", "NL"),
            ("日本", "JP"),
        ] {
            assert_eq!(country_code(text), Some(expected), "{text}");
        }
        for text in ["", "Atlantis", "XX", "ZZZ", "999"] {
            assert!(country(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_that_several_countries_share_is_refused() {
        for text in ["Congo", "Korea"] {
            assert_eq!(country_code(text), None, "{text}");
        }
        assert_eq!(country_code("South Korea"), Some("KR"));
    }

    #[test]
    fn each_name_of_ours_is_that_of_one_country() {
        for (country, names) in NAMES {
            for name in *names {
                assert_eq!(country_code(name), Some(*country), "{name}");
            }
        }
    }
}
