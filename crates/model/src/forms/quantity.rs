//! Rates, lengths of time, coordinates.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Read, Settled};
use crate::time::{Span, Unit};

/// Number and rest: `1.5`, `Gbit/s`. `10,5` is ten and a half, `1,000` a thousand; spaces may
/// part the thousands.
fn split(text: &str) -> Option<(Decimal, &str)> {
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

/// Units of time with how they are written. The first is that of the standard; weeks are seven
/// days each.
const UNITS: [(Unit, u32, &[&str]); 9] = [
    (
        Unit::Seconds,
        1,
        &[
            "seconds", "second", "secs", "sec", "s", "sekunden", "sekunde", "secondes",
        ],
    ),
    (Unit::Minutes, 1, &["minutes", "minute", "mins", "min", "minuten"]),
    (
        Unit::BusinessHours,
        1,
        &[
            "businesshours",
            "businesshour",
            "workinghours",
            "workinghour",
            "bh",
            "arbeitsstunden",
        ],
    ),
    (
        Unit::CalendarHours,
        1,
        &[
            "calendarhours",
            "calendarhour",
            "hours",
            "hour",
            "hrs",
            "hr",
            "h",
            "stunden",
            "stunde",
            "heures",
        ],
    ),
    (
        Unit::BusinessDays,
        1,
        &[
            "businessdays",
            "businessday",
            "workingdays",
            "workingday",
            "workdays",
            "workday",
            "bd",
            "wd",
            "arbeitstage",
            "arbeitstag",
            "joursouvrés",
            "joursouvres",
        ],
    ),
    (
        Unit::CalendarDays,
        1,
        &["calendardays", "calendarday", "kalendertage", "kalendertag", "cd"],
    ),
    (
        Unit::CalendarDays,
        7,
        &["weeks", "week", "wks", "wk", "w", "wochen", "woche", "semaines"],
    ),
    (
        Unit::Months,
        1,
        &[
            "months", "month", "mths", "mth", "mos", "mo", "monate", "monat", "mois", "meses", "mesi", "maanden",
        ],
    ),
    (
        Unit::Years,
        1,
        &[
            "years", "year", "yrs", "yr", "y", "jahre", "jahr", "ans", "an", "años", "anni", "jaar",
        ],
    ),
];

/// A length of time: `36 months`, `3 years`, `5 working days`, `P3Y`. Days that may be working
/// days or all days, and an `m`, are refused.
pub fn span(text: &str) -> Read<Span> {
    let written = text.trim();
    let wrong = || {
        let units: Vec<&str> = UNITS
            .iter()
            .filter(|(_, times, _)| *times == 1)
            .map(|(unit, ..)| unit_name(*unit))
            .collect();
        format!(
            "{text:?} is no length of time; write a number and one of {}",
            units.join(", ")
        )
    };
    if let Some(span) = iso(written) {
        return Ok(Settled::new(span, written, &usual_spans(span)));
    }
    let (number, unit) = split(written).ok_or_else(wrong)?;
    let unit: String = unit
        .to_lowercase()
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '.' | '_'))
        .collect();
    if matches!(
        unit.as_str(),
        "days" | "day" | "d" | "tage" | "tag" | "jours" | "días" | "giorni"
    ) {
        return Err(format!("{text:?} may be businessDays or calendarDays: write which"));
    }
    if unit == "m" {
        return Err(format!("{text:?} may be minutes or months: write which"));
    }
    let known = UNITS.iter().find(|(.., names)| names.contains(&unit.as_str()));
    let (units, times, _) = known.ok_or_else(wrong)?;
    let amount = number
        .to_u32()
        .filter(|amount| Decimal::from(*amount) == number)
        .ok_or_else(wrong)?;
    let span = Span::new(amount.checked_mul(*times).ok_or_else(wrong)?, *units);
    Ok(Settled::new(span, written, &usual_spans(span)))
}

/// The unit as the standard spells it.
pub fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "seconds",
        Unit::Minutes => "minutes",
        Unit::BusinessHours => "businessHours",
        Unit::CalendarHours => "calendarHours",
        Unit::BusinessDays => "businessDays",
        Unit::CalendarDays => "calendarDays",
        Unit::Months => "months",
        Unit::Years => "years",
    }
}

/// `36 months`, `1 month`.
fn usual_spans(span: Span) -> Vec<String> {
    let unit = unit_name(span.units);
    let one = unit.trim_end_matches('s');
    let plural = format!("{} {unit}", span.amount);
    let single = format!("{} {one}", span.amount);
    if span.amount == 1 {
        vec![single, plural]
    } else {
        vec![plural]
    }
}

/// ISO 8601 with one unit: `P36M`, `P3Y`, `P2W`, `PT24H`. `P5D` is five days of the calendar.
fn iso(text: &str) -> Option<Span> {
    let rest = text.strip_prefix('P')?;
    let (rest, in_day) = rest.strip_prefix('T').map_or((rest, false), |rest| (rest, true));
    let unit = rest.chars().last()?;
    let amount: u32 = rest.strip_suffix(unit)?.parse().ok()?;
    let span = match (unit, in_day) {
        ('Y', false) => Span::new(amount, Unit::Years),
        ('M', false) => Span::new(amount, Unit::Months),
        ('W', false) => Span::new(amount.checked_mul(7)?, Unit::CalendarDays),
        ('D', false) => Span::new(amount, Unit::CalendarDays),
        ('H', true) => Span::new(amount, Unit::CalendarHours),
        ('M', true) => Span::new(amount, Unit::Minutes),
        ('S', true) => Span::new(amount, Unit::Seconds),
        _ => return None,
    };
    Some(span)
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

    #[track_caller]
    fn check_span(text: &str, amount: u32, unit: Unit) {
        assert_eq!(
            span(text).map(|settled| settled.value),
            Ok(Span::new(amount, unit)),
            "{text}"
        );
    }

    #[test]
    fn lengths_of_time_are_read_in_every_usual_form() {
        for text in ["36 months", "36 Monate", "P36M", "36mo", "36 mois"] {
            check_span(text, 36, Unit::Months);
        }
        for text in [
            "5 businessDays",
            "5 business days",
            "5 working days",
            "5 Arbeitstage",
            "5 BD",
        ] {
            check_span(text, 5, Unit::BusinessDays);
        }
        check_span("2 weeks", 14, Unit::CalendarDays);
        check_span("24h", 24, Unit::CalendarHours);
        check_span("P3Y", 3, Unit::Years);
        check_span("1 month", 1, Unit::Months);
    }

    #[test]
    fn lengths_of_time_with_two_readings_are_refused() {
        assert!(span("5 days").unwrap_err().contains("businessDays or calendarDays"));
        assert!(span("12 m").unwrap_err().contains("minutes or months"));
        for text in ["", "soon", "1.5 months", "P1Y6M", "-3 months"] {
            assert!(span(text).is_err(), "{text}");
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
