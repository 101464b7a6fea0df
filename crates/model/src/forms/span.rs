//! Lengths of time.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::quantity::split;
use super::{Read, Settled};
use crate::time::{Span, Unit};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
