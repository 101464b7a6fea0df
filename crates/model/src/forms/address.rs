//! Parts of addresses.

use super::{Read, Settled};

/// A postal code as its country writes it: without the country in front (`D-80331`, `DE 80331`).
pub fn postcode(text: &str, country: &str) -> Read<String> {
    let written = text.trim();
    let bare = written.split_once(['-', ' ']).filter(|(prefix, code)| {
        let is_country =
            super::country(prefix).is_ok_and(|settled| settled.value == country) || car_sign(prefix, country);
        is_country && code.starts_with(|c: char| c.is_ascii_digit())
    });
    let kept = bare.map_or(written, |(_, code)| code.trim()).to_owned();
    Ok(Settled::new(kept.clone(), written, &[kept]))
}

/// The signs of cars were put before postal codes in these countries.
fn car_sign(prefix: &str, country: &str) -> bool {
    const SIGNS: [(&str, &str); 14] = [
        ("A", "AT"),
        ("B", "BE"),
        ("D", "DE"),
        ("E", "ES"),
        ("F", "FR"),
        ("FIN", "FI"),
        ("H", "HU"),
        ("I", "IT"),
        ("L", "LU"),
        ("N", "NO"),
        ("P", "PT"),
        ("S", "SE"),
        ("CH", "CH"),
        ("PL", "PL"),
    ];
    SIGNS.iter().any(|(sign, code)| *sign == prefix && *code == country)
}

/// House numbers from one to another: `12-14`, `12 – 14`; none for a single one.
pub fn house_range(text: &str) -> Option<[String; 2]> {
    let mut parts = text.split(['-', '\u{2013}', '\u{2014}']).map(str::trim);
    let (first, last) = (parts.next()?, parts.next()?);
    let is_number = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    // `1-A` and `3-4-5` (a block and lot) are single numbers.
    (parts.next().is_none() && is_number(first) && is_number(last)).then(|| [first.to_owned(), last.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postal_codes_lose_the_country_in_front() {
        for (text, country, expected) in [
            ("D-80331", "DE", "80331"),
            ("DE-80331", "DE", "80331"),
            ("D 80331", "DE", "80331"),
            ("80331", "DE", "80331"),
            ("00-950", "PL", "00-950"),
            ("PL-00-950", "PL", "00-950"),
            ("SW1A 1AA", "GB", "SW1A 1AA"),
            ("10001-1234", "US", "10001-1234"),
            ("D-80331", "FR", "D-80331"),
        ] {
            assert_eq!(postcode(text, country).unwrap().value, expected, "{text}");
        }
    }

    #[test]
    fn ranges_of_house_numbers_have_two_ends() {
        let range = |text: &str| house_range(text).map(|[first, last]| format!("{first} {last}"));
        assert_eq!(range("12-14").as_deref(), Some("12 14"));
        assert_eq!(range("12a \u{2013} 14").as_deref(), Some("12a 14"));
        for text in ["12", "12a", "1-A", "3-4-5", ""] {
            assert_eq!(range(text), None, "{text}");
        }
    }
}
