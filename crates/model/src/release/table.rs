//! What has another name or value in an older version: the differences as data.

use serde_json::Value;

use super::convert;
use super::walk::{At, Walk, Way};

/// Members: shape of the older version (none: any), older name, newer name.
const MEMBERS: [(&str, &str, &str); 6] = [
    ("", "alternateProductProposalId", "alternateProductOfferingProposalId"),
    (
        "",
        "modifyProductOrderItemCompletionDate",
        "modifyProductOrderItemRequestedDeliveryDate",
    ),
    ("GeographicSite", "companyName", "administrativeAuthority"),
    ("GeographicSite", "siteType", "siteRestrictionType"),
    ("MEFChargeItem", "chargeType", "priceType"),
    ("MEFChargeItem", "description", "priceCategory"),
];

/// Which ways a value is renamed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ways {
    Both,
    /// Towards the older version only: there it has another meaning of its own.
    Down,
}

/// Values: enumeration of either version, older value, newer value. The meanings count, not the
/// spellings: `terminatedWithError` of a qualification was a broken rule and is a missed deadline.
const VALUES: [(&str, &str, &str, Ways); 7] = [
    ("MEFPOQTaskStateType", "terminatedWithError", "rejected", Ways::Both),
    (
        "MEFPOQTaskStateType",
        "done.unableToProvide",
        "terminatedWithError",
        Ways::Both,
    ),
    ("MEFPOQTaskStateType", "done.ready", "done", Ways::Both),
    ("MEFPOQItemTaskStateType", "terminatedWithError", "rejected", Ways::Both),
    (
        "MEFPOQItemTaskStateType",
        "done.abandoned",
        "terminatedWithError",
        Ways::Down,
    ),
    ("MEFPOQItemTaskStateType", "done.ready", "done", Ways::Both),
    ("MEFChargeStateType", "completed", "timeout", Ways::Down),
];

/// Roles of contacts: older, newer.
pub(super) const ROLES: [(&str, &str); 1] = [("billingContact", "buyerBillingContact")];

/// Units of time that are the same but for their names: older, newer.
pub(super) const UNITS: [(&str, &str); 2] = [("calendarMonths", "months"), ("calendarMinutes", "minutes")];

/// Tasks: older, newer.
const TASKS: [(&str, &str); 1] = [("rejectQuote", "declineQuote")];

/// Event types: older, newer.
const EVENTS: [(&str, &str); 2] = [
    (
        "productOrderItemExpectedCompletionDateSet",
        "productOrderItemExpectedCompletionDateSetEvent",
    ),
    (
        "modifyProductOrderItemCompletionDateStateChangeEvent",
        "modifyProductOrderItemRequestedDeliveryDateStateChangeEvent",
    ),
];

/// A function between two shapes.
pub(super) type Convert = fn(&mut Walk<'_>, &Value, &At) -> Option<Value>;

/// Shapes that differ by more than names: older, newer, up, down.
const SHAPES: [(&str, &str, Convert, Convert); 7] = [
    ("Duration", "Duration", convert::duration_up, convert::duration_down),
    ("MEFChargePeriod", "Duration", convert::period_up, convert::period_down),
    (
        "FieldedAddress",
        "FieldedAddressRepresentation",
        convert::postal_up,
        convert::postal_down,
    ),
    (
        "RelatedPlaceRefOrValue",
        "RelatedPlaceRefOrQueryWithSubUnit",
        convert::related_up,
        convert::related_down,
    ),
    (
        "GeographicAddress",
        "GeographicAddress_Query",
        convert::place_up,
        convert::place_down,
    ),
    (
        "GeographicAddressRefOrValue",
        "GeographicAddressRefOrQuery",
        convert::place_up,
        convert::place_down,
    ),
    (
        "GeographicAddress",
        "GeographicAddress",
        convert::address_up,
        convert::address_down,
    ),
];

/// Older and newer, in the order of the way.
fn directed<T>(way: Way, old: T, new: T) -> (T, T) {
    match way {
        Way::Up => (old, new),
        Way::Down => (new, old),
    }
}

/// The function between two shapes, where structure alone does not do.
pub(super) fn converter(way: Way, from: &str, to: &str) -> Option<Convert> {
    let found = SHAPES
        .iter()
        .find(|(old, new, ..)| directed(way, *old, *new) == (from, to))?;
    Some(directed(way, found.3, found.2).1)
}

/// The name of a member in the other version.
pub(super) fn renamed<'a>(way: Way, (from, to): (&str, &str), name: &'a str) -> &'a str {
    let older = directed(way, to, from).1;
    let found = MEMBERS
        .iter()
        .find(|(shape, old, new)| (shape.is_empty() || *shape == older) && directed(way, *old, *new).0 == name);
    found.map_or(name, |(_, old, new)| directed(way, *old, *new).1)
}

/// A value of an enumeration in the other version.
pub(super) fn renamed_value<'a>(way: Way, (from, to): (&str, &str), value: &'a str) -> &'a str {
    let (older, newer) = match way {
        Way::Up => (from, to),
        Way::Down => (to, from),
    };
    let found = VALUES.iter().find(|(shape, old, new, ways)| {
        (*shape == newer || *shape == older)
            && directed(way, *old, *new).0 == value
            && (way == Way::Down || *ways == Ways::Both)
    });
    found.map_or(value, |(_, old, new, _)| directed(way, *old, *new).1)
}

/// A plain name in the other version, by a list of pairs.
pub(super) fn mapped<'a>(way: Way, pairs: &[(&'static str, &'static str)], name: &'a str) -> &'a str {
    let found = pairs.iter().find(|(old, new)| directed(way, *old, *new).0 == name);
    found.map_or(name, |(old, new)| directed(way, *old, *new).1)
}

/// The newest name of a task.
pub(super) fn newer_task(name: &str) -> &str {
    mapped(Way::Up, &TASKS, name)
}

/// The newest name of an event.
pub(super) fn newer_event(name: &str) -> &str {
    mapped(Way::Up, &EVENTS, name)
}

/// The older name of an event.
pub(super) fn older_event(name: &str) -> &str {
    mapped(Way::Down, &EVENTS, name)
}
