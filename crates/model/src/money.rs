//! Exact money: a decimal and a currency, never a binary fraction.

use iso_currency::Currency;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};

/// `Money` of the standard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// ISO 4217 code.
    pub unit: String,
    /// The amount; at most 15 significant digits travel in JSON unchanged.
    #[serde(with = "rust_decimal::serde::str")]
    pub value: Decimal,
}

impl Money {
    /// `value` of `unit`.
    pub fn new(unit: impl Into<String>, value: Decimal) -> Self {
        Self {
            unit: unit.into(),
            value,
        }
    }

    /// `{"unit": "EUR", "value": 420.5}`: the value is a JSON number, as the standard wants.
    pub fn json(&self) -> Value {
        json!({ "unit": self.unit, "value": number(self.value) })
    }

    /// To the smallest coin of the currency; halves go away from zero.
    pub fn rounded(self) -> Self {
        let digits = Currency::from_code(&self.unit).and_then(Currency::exponent);
        let strategy = RoundingStrategy::MidpointAwayFromZero;
        let value = self.value.round_dp_with_strategy(digits.unwrap_or(2).into(), strategy);
        Self { value, ..self }
    }

    /// With `rate` percent of tax on top, not rounded; none where it is too much to count.
    pub fn taxed(&self, rate: Decimal) -> Option<Self> {
        let part = self.value.checked_mul(rate)?.checked_div(Decimal::ONE_HUNDRED)?;
        Some(Self::new(self.unit.clone(), self.value.checked_add(part)?))
    }

    /// Reads the JSON form.
    pub fn read(value: &Value) -> Option<Self> {
        let unit = value.get("unit")?.as_str()?.to_owned();
        let value = decimal(value.get("value")?)?;
        Some(Self { unit, value })
    }
}

/// The JSON number whose shortest text is `value`.
pub fn number(value: Decimal) -> Value {
    let text = value.normalize().to_string();
    let number: Option<Number> = match text.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) => text.parse::<f64>().ok().and_then(Number::from_f64),
    };
    number.map_or(Value::Null, Value::Number)
}

/// The decimal that a JSON number was written as (exact up to 15 digits).
pub fn decimal(value: &Value) -> Option<Decimal> {
    let number = value.as_number()?;
    let text = number.to_string();
    text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_survive_the_way_through_json() {
        let price = Money::new("EUR", "419.95".parse().unwrap());
        assert_eq!(price.json().to_string(), r#"{"unit":"EUR","value":419.95}"#);
        assert_eq!(Money::read(&price.json()), Some(price));
    }
}
