//! Life cycles of quotes and their items (MEF 80, Mplify 115.1 R54, R55). Items have no end of
//! their own: they stay as they are when the quote is declined, accepted or expires.

use crate::lifecycle::{Actor, Edge, Lifecycle, START};

/// The whole.
pub static QUOTE: Lifecycle = Lifecycle {
    of: "quote",
    edges: &[
        Edge {
            from: START,
            to: &[
                "acknowledged",
                "approved.orderable",
                "approved.orderableAlternate",
                "answered",
                "unableToProvide",
            ],
            by: Actor::Seller,
        },
        Edge {
            from: "acknowledged",
            to: &["inProgress", "rejected"],
            by: Actor::Seller,
        },
        Edge {
            from: "inProgress",
            to: &[
                "inProgress.draft",
                "approved.orderable",
                "approved.orderableAlternate",
                "answered",
                "unableToProvide",
            ],
            by: Actor::Seller,
        },
        Edge {
            from: "inProgress.draft",
            to: &["approved.orderable", "approved.orderableAlternate", "unableToProvide"],
            by: Actor::Seller,
        },
        Edge {
            from: "inProgress",
            to: &["cancelled"],
            by: Actor::Buyer,
        },
        Edge {
            from: "inProgress.draft",
            to: &["cancelled"],
            by: Actor::Buyer,
        },
        Edge {
            from: "approved.orderable",
            to: &["declined"],
            by: Actor::Buyer,
        },
        Edge {
            from: "approved.orderableAlternate",
            to: &["declined"],
            by: Actor::Buyer,
        },
        Edge {
            from: "approved.orderable",
            to: &["accepted"],
            by: Actor::Seller,
        },
        Edge {
            from: "approved.orderableAlternate",
            to: &["accepted"],
            by: Actor::Seller,
        },
        Edge {
            from: "approved.orderable",
            to: &["expired"],
            by: Actor::Clock,
        },
        Edge {
            from: "approved.orderableAlternate",
            to: &["expired"],
            by: Actor::Clock,
        },
        Edge {
            from: "answered",
            to: &["expired"],
            by: Actor::Clock,
        },
    ],
};

/// One item.
pub static QUOTE_ITEM: Lifecycle = Lifecycle {
    of: "quote item",
    edges: &[
        Edge {
            from: START,
            to: &[
                "acknowledged",
                "approved.orderable",
                "approved.orderableAlternate",
                "answered",
                "unableToProvide",
                "abandoned",
            ],
            by: Actor::Seller,
        },
        Edge {
            from: "acknowledged",
            to: &["inProgress", "rejected", "abandoned"],
            by: Actor::Seller,
        },
        Edge {
            from: "inProgress",
            to: &[
                "inProgress.draft",
                "approved.orderable",
                "approved.orderableAlternate",
                "answered",
                "unableToProvide",
                "abandoned",
            ],
            by: Actor::Seller,
        },
        Edge {
            from: "inProgress.draft",
            to: &[
                "approved.orderable",
                "approved.orderableAlternate",
                "unableToProvide",
                "abandoned",
            ],
            by: Actor::Seller,
        },
        // A quote that is cancelled takes the unfinished ones with it.
        Edge {
            from: "inProgress",
            to: &["abandoned"],
            by: Actor::Buyer,
        },
        Edge {
            from: "inProgress.draft",
            to: &["abandoned"],
            by: Actor::Buyer,
        },
    ],
};
