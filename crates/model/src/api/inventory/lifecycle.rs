//! Life cycles of products.

use crate::lifecycle::{Actor, Edge, Lifecycle, START};

const fn seller(from: &'static str, to: &'static [&'static str]) -> Edge {
    Edge {
        from,
        to,
        by: Actor::Seller,
    }
}

/// One product. Only an order of the Buyer leads through the three states that begin an add, a
/// change or an end; suspension is the Seller's alone. All moves are made by the Seller.
pub static PRODUCT: Lifecycle = Lifecycle {
    of: "product",
    edges: &[
        seller(START, &["pendingActive", "active"]),
        // Mplify 116.1 names no way for an add that failed; it ends like a cancelled one.
        seller("pendingActive", &["active", "cancelled"]),
        seller("active", &["active.pendingChange", "pendingTerminate", "suspended"]),
        seller("active.pendingChange", &["active"]),
        seller("pendingTerminate", &["terminated", "active"]),
        seller("suspended", &["active", "suspendedPendingTerminate"]),
        seller("suspendedPendingTerminate", &["terminated", "suspended"]),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_ends_terminated_or_cancelled() {
        let ends: Vec<&str> = PRODUCT
            .states()
            .into_iter()
            .filter(|state| PRODUCT.is_final(state))
            .collect();
        assert_eq!(ends.len(), 2);
        assert!(ends.contains(&"terminated") && ends.contains(&"cancelled"));
        assert_eq!(PRODUCT.states().len(), 8);
    }

    #[test]
    fn a_product_that_is_leaving_cannot_be_changed() {
        assert!(
            PRODUCT
                .step("pendingTerminate", "active.pendingChange", Actor::Seller)
                .is_err()
        );
        assert!(PRODUCT.step("active", "terminated", Actor::Seller).is_err());
    }
}
