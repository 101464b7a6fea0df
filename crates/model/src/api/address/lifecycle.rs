//! Life cycles of address validations.

use crate::lifecycle::{Actor, Edge, Lifecycle, START};

/// One validation: at once, or acknowledged first (Mplify 121.1).
pub static VALIDATION: Lifecycle = Lifecycle {
    of: "address validation",
    edges: &[
        Edge {
            from: START,
            to: &["ready", "acknowledged"],
            by: Actor::Seller,
        },
        Edge {
            from: "acknowledged",
            to: &["inProgress", "rejected"],
            by: Actor::Seller,
        },
        Edge {
            from: "inProgress",
            to: &["ready"],
            by: Actor::Seller,
        },
    ],
};
