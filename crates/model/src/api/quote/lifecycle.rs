//! Life cycles of quotes and their items.

use crate::lifecycle::Lifecycle;

/// The whole.
pub static QUOTE: Lifecycle = Lifecycle {
    of: "quote",
    edges: &[],
};
/// One item.
pub static QUOTE_ITEM: Lifecycle = Lifecycle {
    of: "quote item",
    edges: &[],
};
