//! The `[[offering.charge]]` tables of `book.toml`: what an offering costs, row by row.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::time::Span;

use super::offering::optional;
use super::sheet::{Sheet, Table};
use super::{Charge, Row, Term};
use crate::forms::unit_name;

/// So many digits travel through a JSON number unchanged.
const DIGITS_MAX: usize = 15;

/// What the columns of a price table may name.
pub(super) struct Columns<'a> {
    pub zones: &'a [String],
    /// Whether the offering is delivered at a place.
    pub place: bool,
    pub terms: &'a [Term],
    pub minor_digits: Option<u16>,
}

pub(super) fn read_charge(sheet: &mut Sheet<'_>, table: Table<'_>, columns: &Columns<'_>) -> Option<Charge> {
    let known = sheet.problems.len();
    sheet.only(table, &["name", "every", "per", "rows"]);
    let name = sheet.text(table, "name");
    let every = optional(table, "every", |key| sheet.span(table, key));
    if every.is_some_and(|span| span.amount == 0) {
        sheet.tell(
            table.at("every"),
            "a charge recurs after some time, \"1 month\" for example",
        );
    }
    let per = optional(table, "per", |key| sheet.text(table, key));
    if every.is_some() && per.is_some() {
        let what = "a charge is due `every` so often or `per` unit that is used, not both";
        sheet.tell(table.at("per"), what);
    }
    // A price per unit may be finer than the smallest coin.
    let minor_digits = columns.minor_digits.filter(|_| per.is_none());
    let columns = Columns {
        minor_digits,
        ..*columns
    };
    let mut rows: Vec<Row> = Vec::new();
    for entry in sheet.tables(table, "rows", "at least one row") {
        let Some(row) = read_row(sheet, entry, &columns) else {
            continue;
        };
        if let Some(what) = rows.first().and_then(|first| other_columns(first, &row)) {
            sheet.tell(entry.at, what);
        } else if let Some(what) = out_of_order(&rows, &row) {
            sheet.tell(entry.at, what);
        }
        rows.push(row);
    }
    // A row that is wrong would be missed as well: one mistake is told once.
    if sheet.problems.len() == known {
        for gap in gaps(&rows, &columns) {
            sheet.tell(table.at, gap);
        }
    }
    Some(Charge {
        name: name?,
        every,
        per,
        rows,
    })
}

fn read_row(sheet: &mut Sheet<'_>, entry: Table<'_>, columns: &Columns<'_>) -> Option<Row> {
    sheet.only(entry, &["zone", "term", "class", "up-to-km", "up-to", "amount"]);
    let zone = optional(entry, "zone", |key| sheet.text(entry, key));
    if let Some(zone) = zone.as_ref().filter(|zone| !columns.zones.contains(zone)) {
        let what = if columns.zones.is_empty() {
            "zones are those of `zones` at the top, and only for an offering with `place = true`".to_owned()
        } else {
            format!("{zone:?} is no zone; there are {}", columns.zones.join(", "))
        };
        sheet.tell(entry.at("zone"), what);
    }
    let term = optional(entry, "term", |key| sheet.span(entry, key));
    if let Some(term) = term.filter(|term| columns.terms.iter().all(|sold| sold.duration != *term)) {
        let what = format!("no term of {} is sold", span_text(term));
        sheet.tell(entry.at("term"), what);
    }
    let class = optional(entry, "class", |key| sheet.text(entry, key));
    let up_to_km = optional(entry, "up-to-km", |key| sheet.amount(entry, key));
    if up_to_km.is_some_and(|km| km <= Decimal::ZERO) {
        sheet.tell(entry.at("up-to-km"), "a distance is a number of kilometres above 0");
    }
    if up_to_km.is_some() && !columns.place {
        let what = "distances are those of places: only for an offering with `place = true`";
        sheet.tell(entry.at("up-to-km"), what);
    }
    let up_to_mbps = optional(entry, "up-to", |key| sheet.mbps(entry, key));
    let amount = amount(sheet, entry, "amount", columns.minor_digits)?;
    Some(Row {
        zone,
        term,
        class,
        up_to_km,
        up_to_mbps,
        amount,
    })
}

/// An amount that is not negative and can be paid and sent exactly.
pub(super) fn amount(sheet: &mut Sheet<'_>, entry: Table<'_>, key: &str, minor_digits: Option<u16>) -> Option<Decimal> {
    let amount = sheet.amount(entry, key)?;
    if amount.is_sign_negative() && !amount.is_zero() {
        sheet.tell(entry.at(key), "an amount is not negative");
    }
    if amount.mantissa().unsigned_abs().to_string().len() > DIGITS_MAX {
        sheet.tell(entry.at(key), format!("an amount has at most {DIGITS_MAX} digits"));
    }
    if let Some(digits) = minor_digits.filter(|digits| amount.normalize().scale() > u32::from(*digits)) {
        sheet.tell(
            entry.at(key),
            format!("this currency has {digits} digits after the point"),
        );
    }
    Some(amount)
}

fn span_text(span: Span) -> String {
    format!("{} {}", span.amount, unit_name(span.units))
}

/// One column set per table: which row fits is then never a matter of taste.
fn other_columns(first: &Row, row: &Row) -> Option<String> {
    let columns = |row: &Row| {
        let named = [
            row.zone.as_ref().map(|_| "zone"),
            row.term.map(|_| "term"),
            row.class.as_ref().map(|_| "class"),
            row.up_to_km.map(|_| "up-to-km"),
            row.up_to_mbps.map(|_| "up-to"),
        ];
        let names: Vec<&str> = named.into_iter().flatten().collect();
        names.join(", ")
    };
    let (wanted, found) = (columns(first), columns(row));
    let name = |columns: &str| {
        if columns.is_empty() {
            "none".to_owned()
        } else {
            columns.to_owned()
        }
    };
    (wanted != found).then(|| {
        format!(
            "all rows of a charge have the same columns: {} as in the first row, not {}",
            name(&wanted),
            name(&found)
        )
    })
}

fn out_of_order(rows: &[Row], row: &Row) -> Option<String> {
    let last = rows
        .iter()
        .rev()
        .find(|other| (&other.zone, other.term, &other.class) == (&row.zone, row.term, &row.class))?;
    match (last.up_to_km, last.up_to_mbps).cmp(&(row.up_to_km, row.up_to_mbps)) {
        Ordering::Less => None,
        Ordering::Equal => Some("this row is there already".into()),
        Ordering::Greater => {
            let km = row.up_to_km.map(|km| format!("{km} km"));
            let mbps = row.up_to_mbps.map(|mbps| format!("{mbps} Mbit/s"));
            let band: Vec<String> = km.into_iter().chain(mbps).collect();
            Some(format!(
                "bands ascend: up to {} stands behind a wider one",
                band.join(", ")
            ))
        }
    }
}

/// Every zone, term and class has a price.
fn gaps(rows: &[Row], columns: &Columns<'_>) -> Vec<String> {
    let Some(first) = rows.first() else { return Vec::new() };
    let zones: Vec<Option<&String>> = match first.zone {
        Some(_) => columns.zones.iter().map(Some).collect(),
        None => vec![None],
    };
    let mut seen = BTreeSet::new();
    let durations = columns.terms.iter().map(|term| term.duration);
    let terms: Vec<Option<Span>> = match first.term {
        Some(_) => durations
            .filter(|term| seen.insert(span_text(*term)))
            .map(Some)
            .collect(),
        None => vec![None],
    };
    // Classes are those that the rows name.
    let classes: BTreeSet<Option<&String>> = rows.iter().map(|row| row.class.as_ref()).collect();
    let mut gaps = Vec::new();
    for zone in &zones {
        for term in &terms {
            for class in &classes {
                let fits = |row: &Row| (row.zone.as_ref(), row.term, row.class.as_ref()) == (*zone, *term, *class);
                if !rows.iter().any(fits) {
                    let zone = zone.map(|zone| format!("zone {zone}"));
                    let class = class.map(|class| format!("class {class}"));
                    let parts: Vec<String> = zone.into_iter().chain(term.map(span_text)).chain(class).collect();
                    gaps.push(format!("no row gives the price for {}", parts.join(", ")));
                }
            }
        }
    }
    gaps
}
