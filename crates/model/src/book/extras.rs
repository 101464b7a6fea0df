//! What an order may cost beyond its quote: keys of an `[[offering]]` in `book.toml`, all optional.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::time::Span;

use super::Milestone;
use super::charge::amount;
use super::offering::optional;
use super::sheet::{Sheet, Table};

/// Names of the keys.
pub(super) const KEYS: [&str; 5] = [
    "construction-charge",
    "expedite-charge",
    "expedite-interval",
    "cancellation-charge",
    "no-cancellation-after",
];

/// What an order of an offering may cost beyond its quote, and until when it can be cancelled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Extras {
    /// Asked for when a line has to be built; without the consent of the Buyer nothing is built.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub construction: Option<Decimal>,
    /// Present where it can be had earlier than its interval says.
    pub expedite: Option<Expedite>,
    /// Asked for when an order is cancelled whose work has begun.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub cancellation: Option<Decimal>,
    /// The milestone after which an order is not cancelled any more.
    pub no_cancellation_after: Option<String>,
}

/// A faster way to the same product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expedite {
    /// What it costs; nothing at 0.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    /// How long it takes from the consent of the Buyer.
    pub interval: Span,
}

/// Reads the keys. `interval` and `milestones` are those of the offering.
pub(super) fn read(
    sheet: &mut Sheet<'_>,
    table: Table<'_>,
    (interval, milestones): (Option<Span>, &[Milestone]),
    minor_digits: Option<u16>,
) -> Extras {
    let money = |sheet: &mut Sheet<'_>, key| optional(table, key, |key| amount(sheet, table, key, minor_digits));
    let construction = money(sheet, "construction-charge");
    if construction.is_some() && !table.has("interval-with-build") {
        let what = "nothing is built without `interval-with-build`";
        sheet.tell(table.at("construction-charge"), what);
    }
    let cancellation = money(sheet, "cancellation-charge");
    let charge = money(sheet, "expedite-charge");
    let faster = optional(table, "expedite-interval", |key| sheet.span(table, key));
    if let (Some(plain), Some(faster)) = (interval, faster)
        && plain.compare(faster) != Some(Ordering::Greater)
    {
        let what = "an expedited order takes less time than `interval`, in the same unit";
        sheet.tell(table.at("expedite-interval"), what);
    }
    if table.has("expedite-charge") != table.has("expedite-interval") {
        sheet.tell(table.at, "`expedite-charge` and `expedite-interval` go together");
    }
    let last = optional(table, "no-cancellation-after", |key| sheet.text(table, key));
    if let Some(name) = last
        .as_ref()
        .filter(|name| milestones.iter().all(|step| step.name != **name))
    {
        let what = format!("{name:?} is no milestone of this offering");
        sheet.tell(table.at("no-cancellation-after"), what);
    }
    Extras {
        construction,
        expedite: charge
            .zip(faster)
            .map(|(amount, interval)| Expedite { amount, interval }),
        cancellation,
        no_cancellation_after: last,
    }
}
