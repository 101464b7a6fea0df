//! Life cycles of products.

use crate::lifecycle::Lifecycle;

/// One product.
pub static PRODUCT: Lifecycle = Lifecycle {
    of: "product",
    edges: &[],
};
