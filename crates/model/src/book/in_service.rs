//! Products in service: how long a change or an end takes, and what it costs.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::document::Object;
use crate::money::Money;
use crate::time::{Span, Unit};

use super::charge::amount;
use super::offering::optional;
use super::price::too_fast;
use super::sheet::{Sheet, Table};
use super::{Address, Book, Charge, Offering, PriceLine, Serviceability, Term};

/// The keys of an `[[offering]]` that are read here.
pub(super) const KEYS: [&str; 4] = [
    "change-interval",
    "change-charge",
    "disconnect-charge",
    "termination-charge",
];

/// A month in which a product is let go is paid like a whole one; terms are far shorter.
const MONTHS_MAX: u32 = 1_200;

/// What a change and the end of a product of one offering take.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InService {
    /// Time from order to change or end; the interval of the offering without it.
    pub interval: Option<Span>,
    /// Paid once for a change.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub change: Option<Decimal>,
    /// Paid once for an end.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub disconnect: Option<Decimal>,
    /// Paid for an end before that of the term.
    pub termination: Option<Rest>,
}

/// A part of the recurring charges until the end of the term. A month begun counts whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rest {
    /// So much of a hundred.
    Percent(u32),
    /// So many months, or those that are left if they are fewer.
    Months(u32),
}

/// What binds a product in service when it is to end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bound {
    /// Months until the end of its term, the first one begun counted whole; 0 when it is free.
    pub months_left: u32,
    /// What it costs: name, amount, how often it is due.
    pub recurring: Vec<(String, Money, Span)>,
}

/// Months from `from` until `end`, a month begun counted whole.
pub fn months_until(from: jiff::Timestamp, end: jiff::Timestamp) -> u32 {
    (0..MONTHS_MAX)
        .find(|months| Span::new(*months, Unit::Months).after(from) >= end)
        .unwrap_or(MONTHS_MAX)
}

impl Offering {
    /// Time from order to a change or the end of a product in service.
    pub fn change_interval(&self) -> Span {
        self.in_service.interval.unwrap_or(self.interval)
    }
}

impl Book {
    /// Whether a product in service can become `offering` with `configuration`. The network is
    /// at its place already, whatever it took to get there.
    pub fn changeability(&self, offering: &Offering, configuration: &Object) -> Serviceability {
        let (confidence, reason) = match too_fast(offering, configuration) {
            Some(reason) => ("red", reason),
            None => ("green", "The product is in service and can be changed.".to_owned()),
        };
        Serviceability {
            confidence,
            reason,
            interval: offering.change_interval(),
            delivery_type: "onNetWithoutBuild",
        }
    }

    /// Prices of a product in service once it is changed: what recurs, and the fee for the
    /// change. What is paid once for a new product is not paid again.
    pub fn change_prices(
        &self,
        offering: &Offering,
        address: Option<&Address>,
        configuration: &Object,
        term: Option<&Term>,
    ) -> Result<Vec<PriceLine>, String> {
        let mut lines = self.prices(offering, address, configuration, term)?;
        lines.retain(|line| line.price_type != "nonRecurring");
        let fee = offering.in_service.change;
        lines.extend(fee.map(|fee| self.once(("Change", fee), "For every change.")));
        Ok(lines)
    }

    /// Prices of the end of a product: at least one, if only 0, so that nobody wonders. `offering` is absent
    /// when it is sold no more.
    pub fn end_prices(&self, offering: Option<&Offering>, bound: &Bound) -> Vec<PriceLine> {
        let rules = offering.map(|offering| &offering.in_service);
        let fee = rules.and_then(|rules| rules.disconnect).unwrap_or_default();
        let mut lines = vec![self.once(("Disconnection", fee), "For every disconnection.")];
        if let Some(rest) = rules.and_then(|rules| rules.termination) {
            let charges = bound.recurring.iter();
            let rests = charges.filter_map(|charge| rest.line(bound.months_left, charge));
            lines.extend(rests.map(|line| PriceLine {
                tax: self.tax_rate,
                ..line
            }));
        }
        lines
    }

    fn once(&self, (name, amount): (&str, Decimal), description: &str) -> PriceLine {
        PriceLine {
            name: name.to_owned(),
            price_type: "nonRecurring",
            amount: Money::new(self.currency.clone(), amount),
            period: None,
            unit: None,
            tax: self.tax_rate,
            description: description.to_owned(),
        }
    }
}

impl Rest {
    /// What is due of one recurring charge; none when nothing is left of the term.
    fn line(self, months_left: u32, (name, money, period): &(String, Money, Span)) -> Option<PriceLine> {
        let every = period.months().filter(|months| *months > 0)?;
        let (months, percent) = match self {
            Rest::Percent(percent) => (months_left, percent),
            Rest::Months(months) => (months_left.min(months), 100),
        };
        if months == 0 || percent == 0 {
            return None;
        }
        let rest = money.value.checked_mul(months.into())?.checked_mul(percent.into())?;
        let due = rest.checked_div(Decimal::from(every).checked_mul(100.into())?)?;
        Some(PriceLine {
            name: format!("Early termination: {name}"),
            price_type: "nonRecurring",
            amount: Money::new(money.unit.clone(), due).rounded(),
            period: None,
            unit: None,
            tax: None,
            description: format!("{percent} % of {months} of {months_left} months left of the term."),
        })
    }
}

/// Reads the keys of one offering; `charges` are those it has.
pub(super) fn read(
    sheet: &mut Sheet<'_>,
    table: Table<'_>,
    minor_digits: Option<u16>,
    charges: &[Charge],
) -> InService {
    let money = |sheet: &mut Sheet<'_>, key| optional(table, key, |key| amount(sheet, table, key, minor_digits));
    InService {
        interval: optional(table, "change-interval", |key| sheet.span(table, key)),
        change: money(sheet, "change-charge"),
        disconnect: money(sheet, "disconnect-charge"),
        termination: optional(table, "termination-charge", |key| rest(sheet, (table, key), charges)),
    }
}

fn rest(sheet: &mut Sheet<'_>, (table, key): (Table<'_>, &str), charges: &[Charge]) -> Option<Rest> {
    let text = sheet.text(table, key)?;
    let odd = charges
        .iter()
        .find(|charge| charge.every.is_some_and(|every| every.months().is_none()));
    if let Some(charge) = odd {
        let what = format!(
            "it counts in months: `every` of {:?} must be months or years",
            charge.name
        );
        sheet.tell(table.at(key), what);
    }
    let read = text.split_once(' ').and_then(|(amount, of)| {
        let amount: u32 = amount.parse().ok()?;
        match of.trim() {
            "percent" if amount <= 100 => Some(Rest::Percent(amount)),
            "month" | "months" => Some(Rest::Months(amount)),
            _ => None,
        }
    });
    if read.is_none() {
        let what = format!("`{key}`: {text:?} is not a part of what is left; write \"50 percent\" or \"3 months\"");
        sheet.tell(table.at(key), what);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_due(of: Rest, left: u32, (amount, every): (&str, Span), expected: Option<&str>) {
        let charge = ("Port".to_owned(), Money::new("EUR", amount.parse().unwrap()), every);
        let line = of.line(left, &charge);
        assert_eq!(line.map(|line| line.amount.value.to_string()).as_deref(), expected);
    }

    const MONTHLY: Span = Span::new(1, Unit::Months);

    #[test]
    fn an_early_end_costs_a_part_of_what_is_left() {
        check_due(Rest::Percent(50), 7, ("149.90", MONTHLY), Some("524.65"));
        check_due(Rest::Percent(100), 1, ("99.95", MONTHLY), Some("99.95"));
        check_due(Rest::Months(3), 7, ("149.90", MONTHLY), Some("449.70"));
        check_due(Rest::Months(3), 2, ("149.90", MONTHLY), Some("299.80"));
    }

    #[test]
    fn halves_of_the_smallest_coin_round_up_and_years_count_as_twelve_months() {
        check_due(Rest::Percent(50), 1, ("0.01", MONTHLY), Some("0.01"));
        check_due(Rest::Percent(100), 5, ("100", Span::new(1, Unit::Years)), Some("41.67"));
    }

    #[test]
    fn nothing_is_due_when_the_term_is_over() {
        check_due(Rest::Percent(50), 0, ("149.90", MONTHLY), None);
        check_due(Rest::Months(3), 0, ("149.90", MONTHLY), None);
    }

    #[test]
    fn a_month_begun_counts_whole() {
        let at = |text: &str| text.parse().unwrap();
        let now = at("2026-11-24T08:00:00Z");
        assert_eq!(months_until(now, now), 0);
        assert_eq!(months_until(now, at("2026-11-24T08:00:01Z")), 1);
        assert_eq!(months_until(now, at("2026-12-24T08:00:00Z")), 1);
        assert_eq!(months_until(now, at("2027-11-24T09:00:00Z")), 13);
        assert_eq!(months_until(now, at("2025-11-24T09:00:00Z")), 0);
    }
}
