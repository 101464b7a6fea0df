//! Milestones that the product guides know (MEF 106, MEF 125): which a product may report.

/// Of products at a place, of connections, or of both.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Place,
    Connection,
    Both,
}

const KNOWN: [(&str, Of); 20] = [
    ("SITE_SURVEY_SCHEDULED", Of::Place),
    ("SITE_SURVEY_COMPLETE", Of::Place),
    ("PLANNING_COMPLETE", Of::Both),
    ("FIRM_DELIVERY_DATE_PROVIDED", Of::Both),
    ("AWAITING_MUNICIPAL_APPROVAL", Of::Place),
    ("MUNICIPAL_APPROVAL_GRANTED", Of::Place),
    ("AWAITING_LANDLORD_APPROVAL", Of::Place),
    ("LANDLORD_APPROVAL_GRANTED", Of::Place),
    ("CONSTRUCTION_STARTED", Of::Place),
    ("CONSTRUCTION_COMPLETED", Of::Place),
    ("AWAITING_ACCESS", Of::Both),
    ("ACCESS_DENIED", Of::Both),
    ("AWAITING_WIRING", Of::Place),
    ("WIRING_COMPLETE", Of::Place),
    ("EQUIPMENT_DISPATCHED", Of::Place),
    ("EQUIPMENT_DELIVERED", Of::Place),
    ("EQUIPMENT_INSTALLED", Of::Place),
    ("E2E_TESTING_SCHEDULED", Of::Connection),
    ("E2E_TESTING_COMPLETED", Of::Connection),
    ("E2E_TESTING_FAILED", Of::Connection),
];

/// Products by the part of their URN that names them.
const PRODUCTS: [(&str, Of); 4] = [
    (":carrier-ethernet-operator-uni:", Of::Place),
    (":carrier-ethernet-subscriber-uni:", Of::Place),
    (":access-eline-ovc:", Of::Connection),
    (":access-eline:", Of::Connection),
];

/// What the product of `urn` may report; none where its guide is not known here.
pub fn milestones(urn: &str) -> Option<Vec<&'static str>> {
    let (_, of) = PRODUCTS.iter().find(|(part, _)| urn.contains(part))?;
    let fits = KNOWN.iter().filter(|(_, known)| known == of || *known == Of::Both);
    Some(fits.map(|(name, _)| *name).collect())
}
