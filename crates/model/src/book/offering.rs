//! The `[[offering]]` tables of `book.toml`.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::time::Span;

use super::sheet::{Sheet, Table, unit_name};
use super::{Charge, Milestone, Offering, Row, Term, extras, in_service};

/// So many digits travel through a JSON number unchanged.
const DIGITS_MAX: usize = 15;

const KEYS: [&str; 11] = [
    "id",
    "name",
    "product",
    "interval",
    "interval-with-build",
    "place",
    "ports",
    "default-bandwidth",
    "term",
    "milestones",
    "charge",
];

/// Reads one offering; nothing where something is missing. `minor_digits` is what the currency has.
pub(super) fn read(
    sheet: &mut Sheet<'_>,
    table: Table<'_>,
    zones: &[String],
    minor_digits: Option<u16>,
) -> Option<Offering> {
    sheet.only(table, &[&KEYS[..], &extras::KEYS, &in_service::KEYS].concat());
    let id = sheet.text(table, "id");
    let name = sheet.text(table, "name");
    let product = sheet.text(table, "product");
    if let Some(urn) = product.as_deref().filter(|urn| !is_product_urn(urn)) {
        let right = "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v5.0.0:all";
        sheet.tell(
            table.at("product"),
            format!("{urn:?} is not the form of a product; write {right}, for example"),
        );
    }
    let interval = sheet.span(table, "interval");
    let interval_with_build = optional(table, "interval-with-build", |key| sheet.span(table, key));
    let place = sheet.flag(table, "place");
    let ports = sheet.whole(table, "ports");
    if ports > 0 && !place {
        sheet.tell(
            table.at("ports"),
            "ports are taken at a place: `place = true` is missing",
        );
    }
    if let (Some(plain), Some(build)) = (interval, interval_with_build)
        && plain.compare(build) == Some(Ordering::Greater)
    {
        sheet.tell(
            table.at("interval-with-build"),
            "building takes no less time than `interval`",
        );
    }
    let default_mbps = optional(table, "default-bandwidth", |key| sheet.mbps(table, key));
    let terms = terms(sheet, table);
    let milestones = milestones(sheet, table);
    let extras = extras::read(sheet, table, (interval, &milestones), minor_digits);
    let mut charges = Vec::new();
    let zones = if place { zones } else { &[] };
    for charge in sheet.tables(table, "charge", "at least one [[offering.charge]]") {
        charges.extend(read_charge(
            sheet,
            charge,
            &Columns {
                zones,
                terms: &terms,
                minor_digits,
            },
        ));
    }
    let in_service = in_service::read(sheet, table, minor_digits, &charges);
    Some(Offering {
        id: id?,
        name: name?,
        product: product?,
        interval: interval?,
        interval_with_build,
        place,
        ports,
        default_mbps,
        terms,
        milestones,
        charges,
        extras,
        in_service,
    })
}

pub(super) fn optional<T>(table: Table<'_>, key: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    if table.has(key) { read(key) } else { None }
}

/// `urn:AUTHORITY:...:vMAJOR.MINOR.PATCH:FUNCTION`; the rest differs between families.
fn is_product_urn(urn: &str) -> bool {
    let parts: Vec<&str> = urn.split(':').collect();
    let clean = |part: &&str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))
    };
    let version = |part: &&str| {
        part.strip_prefix('v').is_some_and(|version| {
            version.split('.').count() == 3 && version.split('.').all(|n| n.parse::<u32>().is_ok())
        })
    };
    parts.len() >= 5 && parts[0] == "urn" && parts.iter().all(clean) && parts.iter().rev().nth(1).is_some_and(version)
}

fn terms(sheet: &mut Sheet<'_>, table: Table<'_>) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for entry in sheet.tables(table, "term", "at least one [[offering.term]]") {
        let Some(term) = term(sheet, entry) else { continue };
        if let Some(before) = terms.last() {
            match before.duration.compare(term.duration) {
                Some(Ordering::Less) => {}
                Some(Ordering::Equal) if before.end_of_term_action != term.end_of_term_action => {}
                Some(Ordering::Equal) => sheet.tell(entry.at("duration"), "this term is there already"),
                Some(Ordering::Greater) => {
                    sheet.tell(entry.at("duration"), "the shortest term comes first: move this one up");
                }
                None => sheet.tell(
                    entry.at("duration"),
                    "give all terms of an offering in one unit, months for example",
                ),
            }
        }
        terms.push(term);
    }
    terms
}

fn term(sheet: &mut Sheet<'_>, entry: Table<'_>) -> Option<Term> {
    sheet.only(entry, &["name", "duration", "end-of-term-action", "roll-interval"]);
    let name = sheet.text(entry, "name");
    let duration = sheet.span(entry, "duration");
    if duration.is_some_and(|span| span.amount == 0) {
        sheet.tell(entry.at("duration"), "a term lasts longer than nothing");
    }
    let action = sheet.text(entry, "end-of-term-action");
    let roll_interval = optional(entry, "roll-interval", |key| sheet.span(entry, key));
    // MEFItemTerm: rollInterval exactly with roll.
    match (action.as_deref(), entry.has("roll-interval")) {
        (Some("roll"), false) => sheet.tell(entry.at, "`roll` needs a `roll-interval`, \"1 month\" for example"),
        (Some("autoDisconnect" | "autoRenew"), true) => {
            sheet.tell(
                entry.at("roll-interval"),
                "`roll-interval` goes with `roll` only: take it out",
            );
        }
        (Some("roll" | "autoDisconnect" | "autoRenew") | None, _) => {}
        (Some(other), _) => {
            let what = format!("{other:?} is no end-of-term action; use roll, autoDisconnect or autoRenew");
            sheet.tell(entry.at("end-of-term-action"), what);
        }
    }
    Some(Term {
        name: name?,
        duration: duration?,
        end_of_term_action: action?,
        roll_interval,
    })
}

fn milestones(sheet: &mut Sheet<'_>, table: Table<'_>) -> Vec<Milestone> {
    let mut milestones: Vec<Milestone> = Vec::new();
    if !table.has("milestones") {
        return milestones;
    }
    for entry in sheet.tables(table, "milestones", "at least one milestone") {
        sheet.only(entry, &["name", "after"]);
        let (name, after) = (sheet.text(entry, "name"), sheet.span(entry, "after"));
        let (Some(name), Some(after)) = (name, after) else {
            continue;
        };
        if !name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        {
            sheet.tell(
                entry.at("name"),
                format!("{name:?}: milestones are written SITE_SURVEY_COMPLETE, for example"),
            );
        }
        if milestones.iter().any(|before| before.name == name) {
            sheet.tell(entry.at("name"), format!("the milestone {name} is there already"));
        }
        if milestones
            .last()
            .is_some_and(|last| last.after.compare(after) == Some(Ordering::Greater))
        {
            sheet.tell(
                entry.at("after"),
                "milestones are listed in the order in which they come",
            );
        }
        milestones.push(Milestone { name, after });
    }
    milestones
}

/// What the columns of a price table may name.
struct Columns<'a> {
    zones: &'a [String],
    terms: &'a [Term],
    minor_digits: Option<u16>,
}

fn read_charge(sheet: &mut Sheet<'_>, table: Table<'_>, columns: &Columns<'_>) -> Option<Charge> {
    let known = sheet.problems.len();
    sheet.only(table, &["name", "every", "rows"]);
    let name = sheet.text(table, "name");
    let every = optional(table, "every", |key| sheet.span(table, key));
    if every.is_some_and(|span| span.amount == 0) {
        sheet.tell(
            table.at("every"),
            "a charge recurs after some time, \"1 month\" for example",
        );
    }
    let mut rows: Vec<Row> = Vec::new();
    for entry in sheet.tables(table, "rows", "at least one row") {
        let Some(row) = read_row(sheet, entry, columns) else {
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
        for gap in gaps(&rows, columns) {
            sheet.tell(table.at, gap);
        }
    }
    Some(Charge {
        name: name?,
        every,
        rows,
    })
}

fn read_row(sheet: &mut Sheet<'_>, entry: Table<'_>, columns: &Columns<'_>) -> Option<Row> {
    sheet.only(entry, &["zone", "term", "up-to", "amount"]);
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
    let up_to_mbps = optional(entry, "up-to", |key| sheet.mbps(entry, key));
    let amount = amount(sheet, entry, "amount", columns.minor_digits)?;
    Some(Row {
        zone,
        term,
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
        .find(|other| other.zone == row.zone && other.term == row.term)?;
    match last.up_to_mbps.cmp(&row.up_to_mbps) {
        Ordering::Less => None,
        Ordering::Equal => Some("this row is there already".into()),
        Ordering::Greater => Some(format!(
            "bands ascend: up to {} Mbit/s stands behind a wider one",
            row.up_to_mbps.unwrap_or_default()
        )),
    }
}

/// Every zone and term has a price.
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
    let mut gaps = Vec::new();
    for zone in &zones {
        for term in &terms {
            if rows.iter().all(|row| row.zone.as_ref() != *zone || row.term != *term) {
                let zone = zone.map(|zone| format!("zone {zone}"));
                let parts: Vec<String> = zone.into_iter().chain(term.map(span_text)).collect();
                gaps.push(format!("no row gives the price for {}", parts.join(", ")));
            }
        }
    }
    gaps
}
