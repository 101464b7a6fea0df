//! Values whatever their unit: 1 Gbit/s is 1000 Mbit/s. Units are decimal, as MEF 10.4 has them.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::Value;

/// What the letters before a unit multiply by: 1000 to the power of the place.
const PREFIXES: [&str; 9] = ["", "K", "M", "G", "T", "P", "E", "Z", "Y"];

/// Units of time in nanoseconds. A month has no fixed length and is compared with years only.
const TIMES: [(&str, u64); 8] = [
    ("NS", 1),
    ("US", 1_000),
    ("MS", 1_000_000),
    ("SEC", 1_000_000_000),
    ("MIN", 60_000_000_000),
    ("HOUR", 3_600_000_000_000),
    ("DAY", 86_400_000_000_000),
    ("WEEK", 604_800_000_000_000),
];

/// What can be compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Rate,
    Size,
    Time,
    Months,
}

/// Whether two values mean the same: numbers and quantities by size, the rest part by part.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    if let Some(order) = compare(a, b) {
        return order == Ordering::Equal;
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => a == b,
    }
}

/// The order of two quantities of one kind; none for anything else.
pub(super) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    let ((kind, a), (other, b)) = (measure(a)?, measure(b)?);
    (kind == other).then(|| a.cmp(&b))
}

/// Kind and size of a number, a quantity of the standard, or a text such as `100 Mbit/s`.
pub(super) fn measure(value: &Value) -> Option<(Kind, Decimal)> {
    match value {
        Value::Number(number) => Some((Kind::Number, decimal(&number.to_string())?)),
        Value::String(text) => spoken(text),
        Value::Object(object) if object.len() == 2 => {
            let number = |name: &str| decimal(&object.get(name)?.as_number()?.to_string());
            let unit = |name: &str| object.get(name)?.as_str();
            if let (Some(amount), Some(unit)) = (number("irValue"), unit("irUnits")) {
                Some((Kind::Rate, scaled(amount, unit.strip_suffix("BPS")?)?))
            } else if let (Some(amount), Some(unit)) = (number("dataSizeValue"), unit("dataSizeUnits")) {
                Some((Kind::Size, scaled(amount, unit.strip_suffix("BYTES")?)?))
            } else {
                lasting(number("timeDurationValue")?, unit("timeDurationUnits")?)
            }
        }
        _ => None,
    }
}

/// `100 Mbit/s`, `64 KBytes`.
fn spoken(text: &str) -> Option<(Kind, Decimal)> {
    let (amount, unit) = text.trim().split_once(' ')?;
    let amount = decimal(amount)?;
    let unit = unit.trim().to_ascii_uppercase();
    let rate = unit.strip_suffix("BIT/S").or_else(|| unit.strip_suffix("BPS"));
    match rate {
        Some(prefix) => Some((Kind::Rate, scaled(amount, prefix)?)),
        None => Some((Kind::Size, scaled(amount, unit.strip_suffix("BYTES")?)?)),
    }
}

fn lasting(amount: Decimal, unit: &str) -> Option<(Kind, Decimal)> {
    let months = match unit {
        "MONTH" => 1,
        "YEAR" => 12,
        _ => {
            let (_, nanoseconds) = TIMES.iter().find(|(name, _)| *name == unit)?;
            return Some((Kind::Time, amount.checked_mul((*nanoseconds).into())?));
        }
    };
    Some((Kind::Months, amount.checked_mul(months.into())?))
}

fn scaled(amount: Decimal, prefix: &str) -> Option<Decimal> {
    let power = PREFIXES.iter().position(|known| *known == prefix)?;
    (0..power).try_fold(amount, |amount, _| amount.checked_mul(1_000.into()))
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

/// A value in a sentence.
pub(super) fn words(value: &Value) -> String {
    let pair = |amount: &str, unit: &str| Some(format!("{} {}", value.get(amount)?, value.get(unit)?.as_str()?));
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => pair("irValue", "irUnits")
            .or_else(|| pair("dataSizeValue", "dataSizeUnits"))
            .or_else(|| pair("timeDurationValue", "timeDurationUnits"))
            .unwrap_or_else(|| value.to_string()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_same(a: Value, b: Value, expected: bool) {
        assert_eq!(same(&a, &b), expected, "{a} {b}");
    }

    fn rate(value: f64, units: &str) -> Value {
        json!({ "irValue": value, "irUnits": units })
    }

    #[test]
    fn values_are_the_same_whatever_their_unit() {
        check_same(rate(1.0, "GBPS"), rate(1000.0, "MBPS"), true);
        check_same(
            json!({"flow": [rate(0.5, "MBPS")]}),
            json!({"flow": [rate(500.0, "KBPS")]}),
            true,
        );
        check_same(json!(100), json!(100.0), true);
        let size = |value: u32, units: &str| json!({ "dataSizeValue": value, "dataSizeUnits": units });
        check_same(size(64, "KBYTES"), size(64_000, "BYTES"), true);
        let time = |value: u32, units: &str| json!({ "timeDurationValue": value, "timeDurationUnits": units });
        check_same(time(2, "YEAR"), time(24, "MONTH"), true);
        check_same(time(30, "DAY"), time(1, "MONTH"), false);
        check_same(rate(1.0, "GBPS"), rate(1.0, "MBPS"), false);
        check_same(json!(["a", "b"]), json!(["b", "a"]), false);
    }

    #[test]
    fn bounds_are_written_as_people_do() {
        let order = |a: &str, b: Value| compare(&json!(a), &b);
        assert_eq!(order("1 Gbit/s", rate(999.0, "MBPS")), Some(Ordering::Greater));
        assert_eq!(
            order("64 KBytes", json!({"dataSizeValue": 64_000, "dataSizeUnits": "BYTES"})),
            Some(Ordering::Equal)
        );
        assert_eq!(order("1 Gbit/s", json!(5)), None);
        assert_eq!(order("gold", json!("silver")), None);
    }
}
