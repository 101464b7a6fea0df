//! The three families that carry product items.

use super::{Action, Family};
use crate::api::contacts::Roles;
use crate::book::profile::Function;

/// Product Offering Qualification. Its items have no contacts of their own.
pub static POQ: Family = Family {
    items: "productOfferingQualificationItem",
    relations: "qualificationItemRelationship",
    // Mplify 87.1 has no delete.
    actions: &[Action::Add, Action::Modify],
    delete_forbids: &[],
    candidates: true,
    contacts: Roles::NONE,
    function: Function::Poq,
};

/// A quote that is answered at once.
pub static QUOTE_INSTANT: Family = Family {
    items: "quoteItem",
    relations: "quoteItemRelationship",
    actions: &[Action::Add, Action::Modify, Action::Delete],
    // Mplify 115.1 R48
    delete_forbids: &["productOfferingQualificationItem", "quoteItemRelationship"],
    candidates: true,
    contacts: Roles {
        required: &[],
        optional: &["quoteItemTechnicalContact", "quoteItemLocationContact"],
    },
    function: Function::Quote,
};

/// A quote that may be answered later. Mplify 115.1 R20: somebody must be there to ask.
pub static QUOTE_DEFERRED: Family = Family {
    contacts: Roles {
        required: &["quoteItemTechnicalContact"],
        optional: &["quoteItemLocationContact"],
    },
    ..QUOTE_INSTANT
};

/// An order.
pub static ORDER: Family = Family {
    items: "productOrderItem",
    relations: "productOrderItemRelationship",
    actions: &[Action::Add, Action::Modify, Action::Delete],
    delete_forbids: &["productOfferingQualificationItem", "requestedItemTerm"],
    candidates: false,
    contacts: Roles {
        // Mplify 123.1 R12
        required: &[
            "buyerProductOrderItemContact",
            "buyerImplementationContact",
            "buyerTechnicalContact",
        ],
        // `billingContact` and the two behind it are spellings of older examples.
        optional: &[
            "buyerBillingContact",
            "buyerFaultContact",
            "buyerGDPRContact",
            "billingContact",
            "locationContact",
            "orderItemServiceSiteContact",
        ],
    },
    function: Function::Order,
};
