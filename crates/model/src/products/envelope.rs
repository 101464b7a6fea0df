//! Rules about what stands around a payload: relations, place, contacts, what a change keeps. They
//! are checked where the envelope is read (`api/items`), by the facts of the product
//! ([`ProductType`]); here they have their names, so that one table shows all that a product asks.

use super::kind::ProductType;
use super::rule::{Rule, Severity};
use super::{ACCESS_ELINE_OVC, milestones};
use crate::failure::{Problem, REASON_MAX};

/// A rule about the envelope of a product.
pub struct EnvelopeRule {
    name: &'static str,
    source: &'static str,
    severity: Severity,
    about: &'static str,
    /// Which products it is about.
    of: fn(&ProductType) -> bool,
}

const fn rule(
    (name, source): (&'static str, &'static str),
    of: fn(&ProductType) -> bool,
    about: &'static str,
) -> EnvelopeRule {
    EnvelopeRule {
        name,
        source,
        severity: Severity::Refuse,
        about,
        of,
    }
}

fn is_related(product: &ProductType) -> bool {
    product.orderable && !product.relations.is_empty()
}

fn has_place(product: &ProductType) -> bool {
    product.orderable && product.place_role.is_some()
}

/// A relation has a role that the product knows.
pub const RELATION_ROLE: EnvelopeRule = rule(
    ("relation-role", "MEF 106, Mplify 87.1 R30"),
    |product| product.orderable,
    "Relations have the roles that the product knows, and no others.",
);
/// It leads to a product in service or to an item.
pub const RELATION_TARGET: EnvelopeRule = rule(
    ("relation-target", "MEF 106, Mplify 87.1 R30 to R33"),
    is_related,
    "A relation leads to a living product of the Buyer or to another item, of the kind its role asks for.",
);
/// All that are needed are there.
pub const RELATION_GIVEN: EnvelopeRule = rule(
    ("relation-given", "MEF 106, Mplify 115.1 R11, R21"),
    is_related,
    "An add has each relation that the product needs.",
);
/// As often as may be.
pub const RELATION_ONCE: EnvelopeRule = rule(
    ("relation-once", "MEF 106"),
    is_related,
    "An order has each relation once; before it, products in service may be candidates where the product allows it.",
);
/// A change keeps them.
pub const RELATION_KEPT: EnvelopeRule = rule(
    ("relation-kept", "MEF 106, Mplify 87.1 R40, 115.1 R45, 123.1 R41"),
    is_related,
    "A modify repeats the relations that the product has.",
);
/// No place where the product has none.
pub const PLACE_NONE: EnvelopeRule = rule(
    ("place-none", "MEF 106"),
    |product| product.orderable && product.place_role.is_none(),
    "The product has no place of its own.",
);
/// A place where it has one.
pub const PLACE_GIVEN: EnvelopeRule = rule(
    ("place-given", "MEF 106, Mplify 87.1 R34"),
    has_place,
    "Add and modify have one place.",
);
/// Its role.
pub const PLACE_ROLE: EnvelopeRule = rule(
    ("place-role", "MEF 106 INSTALL_LOCATION"),
    has_place,
    "The place has the role that the product knows.",
);
/// A change keeps it.
pub const PLACE_KEPT: EnvelopeRule = rule(
    ("place-kept", "MEF 106, Mplify 87.1 R40, 115.1 R45, 123.1 R41"),
    has_place,
    "A modify keeps the place.",
);
/// Sites are precise.
pub const PLACE_SITE: EnvelopeRule = rule(
    ("place-site-alone", "Mplify 115.1 R23, 123.1 R15"),
    has_place,
    "A site has no sub-unit beside it.",
);
/// Who opens the door. The schema does not ask for it, so it is no error.
pub const PLACE_CONTACT: EnvelopeRule = EnvelopeRule {
    severity: Severity::Warn,
    ..rule(
        ("place-contact", "Mplify 87.1 R35"),
        has_place,
        "A place names somebody who gives access.",
    )
};
/// Contacts of an item.
pub const CONTACT_ROLES: EnvelopeRule = rule(
    ("contact-roles", "Mplify 115.1 R20, 123.1 R12"),
    |product| product.orderable,
    "Contacts of an item have the roles of their function, and those that it needs are there.",
);
/// What is built in.
pub const FIXED: EnvelopeRule = rule(
    ("fixed-in-service", "MEF 26.2"),
    |product| product.orderable && !product.fixed.is_empty(),
    "A modify keeps what cannot change in service.",
);
/// The specification stays.
pub const SPECIFICATION_KEPT: EnvelopeRule = rule(
    ("specification-kept", "Mplify 87.1 R41, 115.1 R46, 123.1 R44"),
    |product| product.orderable,
    "A modify keeps the product specification; the offering may be another of the same.",
);
/// One order at a time.
pub const ACTIVE: EnvelopeRule = rule(
    ("active-only", "Mplify 116.1"),
    |product| product.orderable,
    "What is modified or deleted is active, and in one item only.",
);
/// Not under somebody's feet.
pub const USERS_FIRST: EnvelopeRule = rule(
    ("users-first", "own"),
    |product| product.orderable,
    "A product ends with the products that use it, or after them.",
);
/// What is agreed at onboarding.
pub const NOT_ORDERED: EnvelopeRule = rule(
    ("not-ordered", "MEF 106"),
    |product| !product.orderable,
    "The product is agreed at onboarding: the API only shows it.",
);
/// VLAN IDs at interfaces.
pub const VLAN_ONCE: EnvelopeRule = rule(
    ("vlan-once", "MEF 26.2, MEF 106 ovcEndPointMap"),
    |product| product.urn == ACCESS_ELINE_OVC,
    "A VLAN ID belongs to one end point at its interface, over all requests and products.",
);
/// What a book may report.
pub const MILESTONES: EnvelopeRule = rule(
    ("milestones", "MEF 106, MEF 125"),
    |product| milestones(&product.urn).is_some(),
    "A book has milestones that the product may report.",
);

/// All of them.
const ALL: &[&EnvelopeRule] = &[
    &RELATION_ROLE,
    &RELATION_TARGET,
    &RELATION_GIVEN,
    &RELATION_ONCE,
    &RELATION_KEPT,
    &PLACE_NONE,
    &PLACE_GIVEN,
    &PLACE_ROLE,
    &PLACE_KEPT,
    &PLACE_SITE,
    &PLACE_CONTACT,
    &CONTACT_ROLES,
    &FIXED,
    &SPECIFICATION_KEPT,
    &ACTIVE,
    &USERS_FIRST,
    &NOT_ORDERED,
    &VLAN_ONCE,
    &MILESTONES,
];

/// Those that are about `product`.
pub(super) fn rules(product: &ProductType) -> Vec<Rule> {
    let of = ALL.iter().filter(|rule| (rule.of)(product));
    of.map(|rule| Rule::around((rule.name, rule.source, rule.about), rule.severity))
        .collect()
}

impl EnvelopeRule {
    /// A reason that ends with the name of the rule.
    pub fn told(&self, reason: impl AsRef<str>) -> String {
        let name = format!(" (rule {})", self.name);
        // The name stays whole, whatever the partner put into the reason.
        let room = REASON_MAX.saturating_sub(name.chars().count());
        reason.as_ref().chars().take(room).chain(name.chars()).collect()
    }

    /// The problem, with the name of the rule at the end.
    pub fn of(&self, problem: Problem) -> Problem {
        Problem {
            reason: self.told(&problem.reason),
            ..problem
        }
    }
}
