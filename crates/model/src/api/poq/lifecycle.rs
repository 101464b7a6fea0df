//! Life cycles of qualifications and their items (Mplify 87.1 R8, R9, R15, R16). The Buyer moves nothing.

use crate::lifecycle::{Actor, Edge, Lifecycle, START};

/// The whole.
pub static POQ: Lifecycle = Lifecycle {
    of: "qualification",
    edges: &[
        Edge {
            from: START,
            to: &["done", "acknowledged"],
            by: Actor::Seller,
        },
        Edge {
            from: "acknowledged",
            to: &["inProgress", "rejected"],
            by: Actor::Seller,
        },
        Edge {
            from: "inProgress",
            to: &["done", "terminatedWithError"],
            by: Actor::Seller,
        },
    ],
};

/// One item.
pub static POQ_ITEM: Lifecycle = Lifecycle {
    of: "qualification item",
    edges: &[
        Edge {
            from: START,
            to: &["done", "acknowledged"],
            by: Actor::Seller,
        },
        Edge {
            from: "acknowledged",
            to: &["inProgress", "rejected", "done.abandoned"],
            by: Actor::Seller,
        },
        Edge {
            from: "inProgress",
            to: &["done", "terminatedWithError", "done.abandoned"],
            by: Actor::Seller,
        },
    ],
};
