//! Instants.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Read, Settled};
use crate::time;

/// Beginnings of the names of the months, by language as far as they differ: three letters of
/// English, German, French, Spanish, Italian, Dutch. What two months share is not there.
const MONTHS: [&[&str]; 12] = [
    &["jan", "gen", "ene"],
    &["feb", "fev", "fév"],
    &["mar", "mär", "maa", "mrt"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mei", "mag"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aoû", "aou", "ago"],
    &["sep", "set"],
    &["oct", "okt", "ott"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

/// An instant: with time and offset (`2026-12-24T09:00:00Z`), or a day, which begins at midnight
/// of UTC: `2026-12-24`, `24.12.2026`, `24 Dec 2026`, `December 24, 2026`, `20261224`. A day whose
/// number may as well be its month is refused.
pub fn instant(text: &str) -> Read<Timestamp> {
    let written = text.trim();
    if let Ok(at) = written.parse::<Timestamp>() {
        let forms = [time::text(at), at.to_string(), written.to_owned()];
        return Ok(Settled::new(at, written, &forms));
    }
    let day = day(written)?;
    let at = day.to_zoned(TimeZone::UTC).map_err(|_| unreadable(text))?.timestamp();
    Ok(Settled::new(at, written, &[time::text(at)]))
}

fn unreadable(text: &str) -> String {
    format!("{text:?} is no date; write 2026-12-24 or 2026-12-24T09:00:00Z")
}

fn day(text: &str) -> Result<Date, String> {
    let lower = text.to_lowercase();
    let parts: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let found = match parts.as_slice() {
        [digits] if digits.len() == 8 && digits.is_ascii() => of([&digits[..4], &digits[4..6], &digits[6..]]),
        [year, month, day] if year.len() == 4 => of([year, month, day]),
        [a, b, year] if year.len() == 4 => short(a, b, year, text)?,
        _ => None,
    };
    found.ok_or_else(|| unreadable(text))
}

/// Year, month and day as digits or name.
fn of([year, month, day]: [&str; 3]) -> Option<Date> {
    let month = month.parse().ok().or_else(|| named(month))?;
    let day = day.trim_end_matches(|c: char| c.is_alphabetic());
    Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()
}

fn named(text: &str) -> Option<i8> {
    let is = |names: &&[&str]| names.iter().any(|name| text.starts_with(name));
    let position = MONTHS.iter().position(is)?;
    i8::try_from(position + 1).ok()
}

/// Day and month in either order. With points between them the day comes first everywhere.
fn short(a: &str, b: &str, year: &str, text: &str) -> Result<Option<Date>, String> {
    let by_day = of([year, b, a]);
    let by_month = of([year, a, b]);
    match (by_day, by_month) {
        (Some(one), Some(other)) if one != other && !text.contains('.') => Err(format!(
            "{text:?} may be {one} or {other}: write the year first, then the month"
        )),
        (one, other) => Ok(one.or(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_the_forms_of_many_countries() {
        let expected: Timestamp = "2026-12-24T00:00:00Z".parse().unwrap();
        for text in [
            "2026-12-24",
            "2026/12/24",
            "20261224",
            "24.12.2026",
            "24/12/2026",
            "12/24/2026",
            "24 Dec 2026",
            "24. Dezember 2026",
            "December 24th, 2026",
            "24 décembre 2026",
        ] {
            assert_eq!(instant(text).map(|settled| settled.value), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_has_two_readings_is_refused_with_both() {
        let told = instant("03/04/2026").unwrap_err();
        assert!(told.contains("2026-04-03 or 2026-03-04"), "{told}");
        assert_eq!(instant("03.04.2026").unwrap().value.to_string(), "2026-04-03T00:00:00Z");
        assert_eq!(instant("04/04/2026").unwrap().value.to_string(), "2026-04-04T00:00:00Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["", "soon", "2026-13-01", "31.02.2026", "24.12.26", "1 2 3 4"] {
            assert!(instant(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_instant_stays_as_it_is() {
        let settled = instant("2026-12-24T09:00:00Z").unwrap();
        assert_eq!(settled.kept, None);
        let settled = instant("2026-12-24T09:00:00+01:00").unwrap();
        assert_eq!(settled.value.to_string(), "2026-12-24T08:00:00Z");
    }
}
