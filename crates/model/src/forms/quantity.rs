//! Rates, distances, coordinates.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Read, Settled};

/// Number and rest: `1.5`, `Gbit/s`. `10,5` is ten and a half, `1,000` a thousand; spaces may
/// part the thousands.
pub(super) fn split(text: &str) -> Option<(Decimal, &str)> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '_' | ' ' | '\u{a0}' | '\u{202f}')))
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let number: String = number
        .chars()
        .filter(|c| !matches!(c, ' ' | '\'' | '_' | '\u{a0}' | '\u{202f}'))
        .collect();
    let number = match number.rsplit_once(',') {
        Some((whole, part)) if part.len() != 3 || whole.contains('.') || whole == "0" => {
            format!("{}.{part}", whole.replace(['.', ','], ""))
        }
        Some(_) => number.replace(',', ""),
        None => number,
    };
    Some((number.parse().ok()?, rest.trim()))
}

/// A rate in whole Mbit/s: `100 Mbit/s`, `1 Gbps`, `1.5G`, `2048 kbit/s`. Bytes per second are
/// refused: they are mostly bits with a wrong capital, and eight times as much if they are not.
pub fn mbps(text: &str) -> Read<u64> {
    let written = text.trim();
    let wrong = || format!("{text:?} is no bandwidth; write \"100 Mbit/s\" or \"10 Gbit/s\"");
    let (number, unit) = split(written).ok_or_else(wrong)?;
    if matches!(unit, "MB/s" | "GB/s" | "kB/s" | "KB/s" | "MBps" | "GBps" | "MB" | "GB") {
        return Err(format!("{text:?} counts bytes; write \"100 Mbit/s\" or \"10 Gbit/s\""));
    }
    let unit: String = unit
        .to_lowercase()
        .chars()
        .filter(|c| !matches!(c, '.' | ' '))
        .collect();
    let kbit = match unit.as_str() {
        "k" | "kb" | "kbps" | "kb/s" | "kbit" | "kbit/s" | "kbits/s" => Decimal::ONE,
        "m" | "mb" | "mbps" | "mb/s" | "mbit" | "mbits" | "mbit/s" | "mbits/s" | "mbit/sec" | "megabit" => {
            Decimal::ONE_THOUSAND
        }
        "g" | "gb" | "gbps" | "gb/s" | "gbit" | "gbits" | "gbit/s" | "gbits/s" | "gbit/sec" | "gigabit" | "gbe"
        | "gige" | "ge" => Decimal::from(1_000_000),
        "t" | "tb" | "tbps" | "tbit/s" => Decimal::from(1_000_000_000),
        _ => return Err(wrong()),
    };
    let rate = number.checked_mul(kbit).ok_or_else(wrong)? / Decimal::ONE_THOUSAND;
    let mbps = rate.to_u64().filter(|mbps| *mbps > 0).ok_or_else(wrong)?;
    if Decimal::from(mbps) != rate {
        return Err(format!(
            "{text:?} is no whole number of Mbit/s; the nearest below is {mbps} Mbit/s"
        ));
    }
    Ok(Settled::new(mbps, written, &usual_rates(mbps)))
}

fn usual_rates(mbps: u64) -> Vec<String> {
    let mut forms = vec![format!("{mbps} Mbit/s")];
    if mbps.is_multiple_of(1_000) {
        forms.insert(0, format!("{} Gbit/s", mbps / 1_000));
    }
    // What commands have always taken.
    let short: Vec<String> = forms
        .iter()
        .map(|form| form.replace(" Mbit/s", "M").replace(" Gbit/s", "G"))
        .collect();
    forms.extend(short);
    forms
}

/// A distance in kilometres: `12.5 km`, `800 m`, `3 miles`.
pub fn km(text: &str) -> Read<Decimal> {
    let written = text.trim();
    let wrong = || format!("{text:?} is no distance; write \"12.5 km\" or \"800 m\"");
    let (number, unit) = split(written).ok_or_else(wrong)?;
    let metres = match unit.to_lowercase().as_str() {
        "km" | "kilometres" | "kilometers" | "kilometre" | "kilometer" => Decimal::ONE_THOUSAND,
        "m" | "metres" | "meters" | "metre" | "meter" => Decimal::ONE,
        "mi" | "mile" | "miles" => Decimal::new(1_609_344, 3),
        _ => return Err(wrong()),
    };
    let metres = number.checked_mul(metres).ok_or_else(wrong)?;
    let km = (metres / Decimal::ONE_THOUSAND).round_dp(3).normalize();
    let forms = [format!("{km} km"), format!("{} m", metres.round_dp(0).normalize())];
    Ok(Settled::new(km, written, &forms))
}

/// Degrees with a point: `52.52`, `52,52`, `13.4 E`, `33.9 S`, `52° 31' 12" N`; at most `limit`
/// to either side.
pub fn coordinate(text: &str, limit: u32) -> Read<String> {
    let written = text.trim();
    let wrong = || format!("{text:?} is no coordinate; write 52.5200, for example");
    let side = written.chars().last().filter(char::is_ascii_alphabetic);
    let bare = side.map_or(written, |side| written.trim_end_matches(side)).trim();
    let parts: Vec<&str> = bare
        .split(['\u{b0}', '\'', '\u{2032}', '"', '\u{2033}'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let mut numbers = Vec::new();
    for part in &parts {
        numbers.push(part.replace(',', ".").parse::<Decimal>().map_err(|_| wrong())?);
    }
    let sixtieth = Decimal::from(60);
    let degrees = match numbers.as_slice() {
        [degrees] => *degrees,
        [degrees, rest @ ..]
            if rest.len() <= 2 && rest.iter().all(|part| *part >= Decimal::ZERO && *part < sixtieth) =>
        {
            let minutes = rest[0] + rest.get(1).copied().unwrap_or_default() / sixtieth;
            (degrees + minutes / sixtieth).round_dp(7)
        }
        _ => return Err(wrong()),
    };
    let degrees = match side {
        None | Some('N' | 'n' | 'E' | 'e') => degrees,
        Some('S' | 's' | 'W' | 'w') => -degrees,
        Some(_) => return Err(wrong()),
    };
    if degrees.abs() > Decimal::from(limit) {
        return Err(wrong());
    }
    // As written where it is a plain number already: digits say how exact it is.
    let kept = if numbers.len() == 1 && side.is_none() && !bare.contains([',', '\u{b0}']) {
        bare.to_owned()
    } else {
        degrees.normalize().to_string()
    };
    Ok(Settled::new(kept.clone(), written, &[kept]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_mbps(text: &str, expected: u64) {
        assert_eq!(mbps(text).map(|settled| settled.value), Ok(expected), "{text}");
    }

    #[test]
    fn rates_are_read_in_every_usual_form() {
        for text in [
            "1 Gbit/s",
            "1000 Mbps",
            "1G",
            "1 GbE",
            "1,000 Mbit/s",
            "1 000 Mb/s",
            "1.0 gbps",
            "1000000 kbit/s",
            "1000M",
        ] {
            check_mbps(text, 1_000);
        }
        check_mbps("1.5G", 1_500);
        check_mbps("2,5 Gbit/s", 2_500);
        check_mbps("2048 kbit/s".replace("2048", "2000").as_str(), 2);
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in ["", "ten", "0 Mbit/s", "100", "1500 kbit/s", "5 bananas", "1.2.3 M"] {
            assert!(mbps(text).is_err(), "{text}");
        }
        assert!(mbps("100 MB/s").unwrap_err().contains("bytes"));
        assert!(mbps("1500 kbit/s").unwrap_err().contains("1 Mbit/s"));
    }

    #[test]
    fn the_usual_forms_are_not_worth_a_word() {
        for text in ["1 Gbit/s", "1000 Mbit/s", "1G", "1000M"] {
            assert_eq!(mbps(text).unwrap().kept, None, "{text}");
        }
        assert_eq!(mbps("1000 Mbps").unwrap().kept.as_deref(), Some("1 Gbit/s"));
    }

    #[test]
    fn distances_are_read_in_kilometres() {
        for (text, expected) in [
            ("12.5 km", "12.5"),
            ("800 m", "0.8"),
            ("12,5km", "12.5"),
            ("1 mile", "1.609"),
        ] {
            assert_eq!(
                km(text).map(|settled| settled.value.to_string()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
        for text in ["", "12", "far", "3 parsecs"] {
            assert!(km(text).is_err(), "{text}");
        }
    }

    #[test]
    fn coordinates_are_read_in_degrees_minutes_and_seconds() {
        for (text, expected) in [
            ("52.5200", "52.5200"),
            ("52,52", "52.52"),
            ("33.9 S", "-33.9"),
            ("52° 31' 12\" N", "52.52"),
            ("-13.4050", "-13.4050"),
        ] {
            assert_eq!(
                coordinate(text, 90).map(|settled| settled.value),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
        for text in ["", "91", "north", "52 31", "52° 61'"] {
            assert!(coordinate(text, 90).is_err(), "{text}");
        }
    }
}
