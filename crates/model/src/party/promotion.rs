//! Promotions of an agreement: what is taken off the prices of the book, for whom it was agreed.
//!
//! The standard has no element for a discount, and a Buyer must see what it will be charged: so
//! each promotion is a price of its own, below zero and due as often as the charge it belongs to.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Agreement;
use super::pilot::Period;
use crate::book::{Book, Offering, PriceLine};
use crate::failure::Problem;
use crate::money::{Money, decimal};
use crate::time::Span;

/// Something taken off; what it does not name it applies to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Promotion {
    /// As it stands in quotes and orders.
    pub name: String,
    /// For this product offering only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offering: Option<String>,
    /// For the charge with this name only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<String>,
    /// So much of a hundred; this or `amount`.
    #[serde(default, deserialize_with = "exact", skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// So much of the currency of the book, and no more than the charge itself.
    #[serde(default, deserialize_with = "exact", skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// For requests of this time.
    #[serde(default, skip_serializing_if = "Period::is_always")]
    pub requests: Period,
    /// For these terms only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Span>,
}

/// A decimal, written as a number or as a text.
fn exact<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    let value = Value::deserialize(from)?;
    let read = match &value {
        Value::Null => return Ok(None),
        Value::String(text) => text.parse().ok(),
        other => decimal(other),
    };
    let wrong = || serde::de::Error::custom(format!("{value} is no amount; write 12.5"));
    read.map(Some).ok_or_else(wrong)
}

/// What a promotion is looked up by.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What is bought.
    pub offering: &'a Offering,
    /// For how long.
    pub term: Option<Span>,
    /// When it was asked for.
    pub at: Timestamp,
}

impl Promotion {
    fn covers(&self, charge: &str, asked: &Asked<'_>) -> bool {
        let same_term = |term: &Span| {
            let order = asked.term.and_then(|sold| sold.compare(*term));
            order == Some(std::cmp::Ordering::Equal)
        };
        self.offering.as_ref().is_none_or(|id| *id == asked.offering.id)
            && self.charge.as_ref().is_none_or(|name| name == charge)
            && self.requests.covers(asked.at)
            && (self.terms.is_empty() || self.terms.iter().any(same_term))
    }

    /// What it takes off `line`, of which `left` is not taken off yet; none where that is nothing.
    fn off(&self, line: &PriceLine, left: Decimal) -> Option<PriceLine> {
        let full = &line.amount;
        let (off, what) = match (self.percent, self.amount) {
            (Some(percent), _) => {
                let off = full.value.checked_mul(percent)?.checked_div(Decimal::ONE_HUNDRED)?;
                (off, format!("{} %", percent.normalize()))
            }
            (None, Some(amount)) => (amount, format!("{amount} {}", full.unit)),
            (None, None) => return None,
        };
        // A price per unit may be finer than the smallest coin.
        let off = match line.unit {
            Some(_) => off,
            None => Money::new(full.unit.clone(), off).rounded().value,
        };
        let off = off.min(left);
        (off > Decimal::ZERO).then(|| PriceLine {
            name: format!("{}: {}", self.name, line.name),
            amount: Money::new(full.unit.clone(), -off),
            description: format!("Promotion by agreement: {what} off {} {}.", full.value, full.unit),
            ..line.clone()
        })
    }

    fn mistakes(&self, at: &str, book: Option<&Book>) -> Vec<Problem> {
        let mut told = Vec::new();
        let mut tell = |name: &str, reason: String| told.push(Problem::invalid(format!("{at}{name}"), reason));
        if self.name.trim().is_empty() {
            tell("/name", "A promotion has a name that the Buyer reads.".into());
        }
        if self.percent.is_some() == self.amount.is_some() {
            tell("", "Give either `percent` or `amount`.".into());
        }
        let is_part = |percent: Decimal| percent > Decimal::ZERO && percent <= Decimal::ONE_HUNDRED;
        if self.percent.is_some_and(|percent| !is_part(percent)) {
            tell("/percent", "More than 0 and at most 100.".into());
        }
        if self.amount.is_some_and(|amount| amount <= Decimal::ZERO) {
            tell("/amount", "More than 0.".into());
        }
        if self.requests.is_empty() {
            tell("/requests", "`until` comes after `from`.".into());
        }
        let Some(book) = book else { return told };
        let fits = |offering: &&Offering| self.offering.as_ref().is_none_or(|id| *id == offering.id);
        let offerings: Vec<&Offering> = book.offerings.iter().filter(fits).collect();
        if offerings.is_empty() {
            tell("/offering", "The book has no such offering.".into());
            return told;
        }
        let mut charges = offerings.iter().flat_map(|offering| &offering.charges);
        if let Some(name) = self
            .charge
            .as_ref()
            .filter(|name| charges.all(|charge| charge.name != **name))
        {
            tell("/charge", format!("The book has no charge {name:?} there."));
        }
        told
    }
}

impl Agreement {
    /// `lines` of the book with the promotions that apply to each right behind it, in the order of
    /// the agreement. Together they never take off more than there is. Only charges of the
    /// offering are promoted: fees for a change are not.
    pub fn promoted(&self, lines: Vec<PriceLine>, asked: Asked<'_>) -> Vec<PriceLine> {
        let mut all = Vec::new();
        for line in lines {
            let is_charge = asked.offering.charges.iter().any(|charge| charge.name == line.name);
            let applying = self
                .promotions
                .iter()
                .filter(|it| is_charge && it.covers(&line.name, &asked));
            let mut left = line.amount.value;
            let mut off = Vec::new();
            for promotion in applying {
                if let Some(taken) = promotion.off(&line, left) {
                    left += taken.amount.value;
                    off.push(taken);
                }
            }
            all.push(line);
            all.extend(off);
        }
        all
    }

    /// What is wrong with its prices, with pointers into the agreement; `book` is the one in
    /// force, if there is one.
    pub fn price_mistakes(&self, book: Option<&Book>) -> Vec<Problem> {
        let mut mistakes = Vec::new();
        if let (Some(agreed), Some(book)) = (&self.currency, book)
            && *agreed != book.currency
        {
            let reason = format!(
                "The book has its prices in {}; nothing could be quoted in {agreed}.",
                book.currency
            );
            mistakes.push(Problem::invalid("/currency", reason));
        }
        for (index, promotion) in self.promotions.iter().enumerate() {
            mistakes.extend(promotion.mistakes(&format!("/promotions/{index}"), book));
        }
        mistakes
    }
}
