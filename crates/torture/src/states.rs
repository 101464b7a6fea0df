//! The life cycles of quotes, orders and cancellations, written down from MEF 80, MEF 57.2 and
//! Mplify 115.1 and 123.1: the checker's own model. It shares nothing with that of the product.

/// What has states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `Quote`
    Quote,
    /// `ProductOrder`
    Order,
    /// `CancelProductOrder`
    CancelOrder,
}

const QUOTE: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "acknowledged",
            "approved.orderable",
            "approved.orderableAlternate",
            "unableToProvide",
            "answered",
        ],
    ),
    // The first record of a quote that is answered at once is `acknowledged` at the same time.
    (
        "acknowledged",
        &[
            "inProgress",
            "rejected",
            "approved.orderable",
            "approved.orderableAlternate",
            "unableToProvide",
            "answered",
        ],
    ),
    (
        "inProgress",
        &[
            "inProgress.draft",
            "approved.orderable",
            "approved.orderableAlternate",
            "answered",
            "unableToProvide",
            "cancelled",
        ],
    ),
    (
        "inProgress.draft",
        &[
            "approved.orderable",
            "approved.orderableAlternate",
            "unableToProvide",
            "cancelled",
        ],
    ),
    ("approved.orderable", &["declined", "accepted", "expired"]),
    ("approved.orderableAlternate", &["declined", "accepted", "expired"]),
    ("answered", &["expired"]),
];

const ORDER: &[(&str, &[&str])] = &[
    ("", &["acknowledged"]),
    ("acknowledged", &["inProgress", "rejected"]),
    (
        "inProgress",
        &[
            "completed",
            "failed",
            "partial",
            "held.assessingCharge",
            "pending.assessingModification",
            "assessingCancellation",
            "pendingCancellation",
        ],
    ),
    ("held.assessingCharge", &["inProgress"]),
    ("pending.assessingModification", &["inProgress"]),
    ("assessingCancellation", &["pendingCancellation", "inProgress"]),
    ("pendingCancellation", &["cancelled"]),
];

const CANCEL_ORDER: &[(&str, &[&str])] = &[
    ("", &["acknowledged"]),
    (
        "acknowledged",
        &["inProgress.assessingCharge", "done", "done.declined", "rejected"],
    ),
    ("inProgress.assessingCharge", &["done", "done.declined", "rejected"]),
];

impl Kind {
    fn table(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::Quote => QUOTE,
            Self::Order => ORDER,
            Self::CancelOrder => CANCEL_ORDER,
        }
    }

    /// Whether the standard lets it move so; the empty state is that before the first one.
    pub fn allows(self, from: &str, to: &str) -> bool {
        let row = self.table().iter().find(|(state, _)| *state == from);
        row.is_some_and(|(_, next)| next.contains(&to))
    }

    /// Whether nothing moves it any more.
    pub fn is_final(self, state: &str) -> bool {
        self.table().iter().all(|(from, _)| *from != state)
    }

    /// What its events are called.
    pub fn event(self) -> &'static str {
        match self {
            Self::Quote => "quoteStateChangeEvent",
            Self::Order => "productOrderStateChangeEvent",
            Self::CancelOrder => "cancelProductOrderStateChangeEvent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn what_the_standard_forbids_is_not_allowed() {
        assert!(Kind::Quote.allows("approved.orderable", "accepted"));
        assert!(!Kind::Quote.allows("accepted", "expired"));
        assert!(!Kind::Quote.allows("acknowledged", "cancelled"));
        assert!(!Kind::Order.allows("completed", "cancelled"));
        assert!(!Kind::Order.allows("", "inProgress"));
        assert!(Kind::Order.is_final("partial") && !Kind::Order.is_final("inProgress"));
    }
}
