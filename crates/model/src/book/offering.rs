//! The `[[offering]]` tables of `book.toml`.

use std::cmp::Ordering;

use crate::products;
use crate::time::{Span, Unit};

use super::charge::{Columns, read_charge};
use super::sheet::{Sheet, Table};
use super::{Milestone, Offering, Term, extras, in_service, profile};

const KEYS: [&str; 13] = [
    "id",
    "on-demand",
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
    "attribute",
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
    let on_demand = on_demand(sheet, table);
    let interval = if on_demand {
        Some(Span::new(0, Unit::Seconds))
    } else {
        sheet.span(table, "interval")
    };
    let interval_with_build = optional(table, "interval-with-build", |key| sheet.span(table, key));
    let place = sheet.flag(table, "place");
    let ports = ports(sheet, table, place);
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
    let milestones = milestones(sheet, table, product.as_deref());
    let extras = extras::read(sheet, table, (interval, &milestones), minor_digits);
    let mut charges = Vec::new();
    let columns = Columns {
        zones: if place { zones } else { &[] },
        place,
        terms: &terms,
        minor_digits,
    };
    for charge in sheet.tables(table, "charge", "at least one [[offering.charge]]") {
        charges.extend(read_charge(sheet, charge, &columns));
    }
    let in_service = in_service::read(sheet, table, minor_digits, &charges);
    let profile = profile::read(sheet, table);
    Some(Offering {
        id: id?,
        name: name?,
        product: product?,
        on_demand,
        interval: interval?,
        interval_with_build,
        place,
        ports,
        default_mbps,
        rate: None,
        terms,
        milestones,
        charges,
        extras,
        in_service,
        profile,
    })
}

/// How many ports one takes, where it has a place.
fn ports(sheet: &mut Sheet<'_>, table: Table<'_>, place: bool) -> u32 {
    let ports = sheet.whole(table, "ports");
    if ports > 0 && !place {
        sheet.tell(
            table.at("ports"),
            "ports are taken at a place: `place = true` is missing",
        );
    }
    ports
}

/// What comes at once takes no time and has no steps.
fn on_demand(sheet: &mut Sheet<'_>, table: Table<'_>) -> bool {
    let on_demand = sheet.flag(table, "on-demand");
    let of_time = [
        "interval",
        "interval-with-build",
        "milestones",
        "expedite-interval",
        "change-interval",
    ];
    for key in of_time.into_iter().filter(|key| on_demand && table.has(key)) {
        sheet.tell(
            table.at(key),
            format!("what is sold on demand comes at once: take `{key}` or `on-demand` out"),
        );
    }
    on_demand
}

pub(super) fn optional<T>(table: Table<'_>, key: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    if table.has(key) { read(key) } else { None }
}

/// `urn:AUTHORITY:...:vMAJOR.MINOR.PATCH:FUNCTION`; the rest differs between families.
pub(crate) fn is_product_urn(urn: &str) -> bool {
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

fn milestones(sheet: &mut Sheet<'_>, table: Table<'_>, product: Option<&str>) -> Vec<Milestone> {
    let reported = product.and_then(products::milestones);
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
        } else if let Some(reported) = reported.as_ref().filter(|all| !all.contains(&name.as_str())) {
            let all = reported.join(", ");
            sheet.tell(
                entry.at("name"),
                products::envelope::MILESTONES
                    .told(format!("{name:?} is no milestone of this product; its guide has {all}")),
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
