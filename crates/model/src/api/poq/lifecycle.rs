//! Life cycles of qualifications and their items.

use crate::lifecycle::Lifecycle;

/// The whole.
pub static POQ: Lifecycle = Lifecycle {
    of: "qualification",
    edges: &[],
};
/// One item.
pub static POQ_ITEM: Lifecycle = Lifecycle {
    of: "qualification item",
    edges: &[],
};
