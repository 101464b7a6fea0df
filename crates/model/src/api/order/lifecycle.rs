//! Life cycles of orders, their items, charges and requests.
//!
//! A request of the Buyer (cancel, change of date) moves the order through its Seller, who
//! acknowledged it: so the edges are the Seller's.

use crate::lifecycle::{Actor, Edge, Lifecycle, START};

const fn seller(from: &'static str, to: &'static [&'static str]) -> Edge {
    Edge {
        from,
        to,
        by: Actor::Seller,
    }
}

/// The whole.
pub static ORDER: Lifecycle = Lifecycle {
    of: "product order",
    edges: &[
        seller(START, &["acknowledged"]),
        seller("acknowledged", &["inProgress", "rejected"]),
        seller(
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
        // A declined blocking charge leads to `failed` through `inProgress`: two changes.
        seller("held.assessingCharge", &["inProgress"]),
        seller("pending.assessingModification", &["inProgress"]),
        seller("assessingCancellation", &["pendingCancellation", "inProgress"]),
        seller("pendingCancellation", &["cancelled"]),
        // An answer to a charge that did not come in time.
        Edge {
            from: "held.assessingCharge",
            to: &["inProgress"],
            by: Actor::Clock,
        },
    ],
};

/// One item.
pub static ORDER_ITEM: Lifecycle = Lifecycle {
    of: "product order item",
    edges: &[
        seller(START, &["acknowledged"]),
        seller(
            "acknowledged",
            &["inProgress", "rejected", "rejected.validated", "rejected.unassessed"],
        ),
        seller("inProgress", &["completed", "failed", "held", "pending"]),
        seller("held", &["inProgress", "failed"]),
        seller("pending", &["inProgress", "cancelled"]),
        Edge {
            from: "held",
            to: &["inProgress", "failed"],
            by: Actor::Clock,
        },
        Edge {
            from: "pending",
            to: &["inProgress"],
            by: Actor::Clock,
        },
    ],
};

/// States of a request that may cost the Buyer something: cancel and change of date share them.
const REQUEST: &[Edge] = &[
    seller(START, &["acknowledged"]),
    seller("acknowledged", &["rejected", "done", "inProgress.assessingCharge"]),
    // Mplify 123.1 leaves open where a withdrawn charge leads; without a new one the request is done.
    seller("inProgress.assessingCharge", &["done"]),
    Edge {
        from: "inProgress.assessingCharge",
        to: &["done", "done.declined"],
        by: Actor::Buyer,
    },
    Edge {
        from: "inProgress.assessingCharge",
        to: &["done.declined"],
        by: Actor::Clock,
    },
];

/// CancelProductOrder.
pub static CANCEL: Lifecycle = Lifecycle {
    of: "cancel request",
    edges: REQUEST,
};

/// Charge.
pub static CHARGE: Lifecycle = Lifecycle {
    of: "charge",
    edges: &[
        seller(START, &["awaitingResponse"]),
        seller("awaitingResponse", &["withdrawnBySeller"]),
        Edge {
            from: "awaitingResponse",
            to: &["completed"],
            by: Actor::Buyer,
        },
        // Mplify 123.1 R98: no answer in time.
        Edge {
            from: "awaitingResponse",
            to: &["timeout"],
            by: Actor::Clock,
        },
    ],
};

/// One item of a charge: it goes with its charge.
pub static CHARGE_ITEM: Lifecycle = Lifecycle {
    of: "charge item",
    edges: &[
        seller(START, &["awaitingResponse"]),
        seller("awaitingResponse", &["withdrawnBySeller"]),
        Edge {
            from: "awaitingResponse",
            to: &["acceptedByBuyer", "declinedByBuyer"],
            by: Actor::Buyer,
        },
        Edge {
            from: "awaitingResponse",
            to: &["declinedByBuyer"],
            by: Actor::Clock,
        },
    ],
};

/// ModifyProductOrderItemRequestedDeliveryDate.
pub static DATE_CHANGE: Lifecycle = Lifecycle {
    of: "date change request",
    edges: REQUEST,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_path(lifecycle: &Lifecycle, path: &[&str]) {
        for pair in path.windows(2) {
            assert_eq!(lifecycle.step(pair[0], pair[1], Actor::Seller), Ok(()));
        }
    }

    #[track_caller]
    fn check_refused(lifecycle: &Lifecycle, from: &str, to: &str) {
        for by in [Actor::Seller, Actor::Buyer, Actor::Clock] {
            assert!(lifecycle.step(from, to, by).is_err(), "{from} to {to} by {by:?}");
        }
    }

    #[track_caller]
    fn check_final(lifecycle: &Lifecycle, states: &[&str]) {
        let mut found: Vec<&str> = lifecycle.states();
        found.retain(|state| lifecycle.is_final(state));
        found.sort_unstable();
        let mut states = states.to_vec();
        states.sort_unstable();
        assert_eq!(found, states);
    }

    #[test]
    fn an_order_ends_in_exactly_the_five_terminal_states() {
        check_final(&ORDER, &["completed", "partial", "failed", "cancelled", "rejected"]);
        check_final(
            &ORDER_ITEM,
            &[
                "completed",
                "failed",
                "cancelled",
                "rejected",
                "rejected.validated",
                "rejected.unassessed",
            ],
        );
        check_final(&CANCEL, &["done", "done.declined", "rejected"]);
        check_final(&DATE_CHANGE, &["done", "done.declined", "rejected"]);
        check_final(&CHARGE, &["completed", "timeout", "withdrawnBySeller"]);
        check_final(
            &CHARGE_ITEM,
            &["acceptedByBuyer", "declinedByBuyer", "withdrawnBySeller"],
        );
    }

    #[test]
    fn a_plain_order_goes_straight_through() {
        let path = [START, "acknowledged", "inProgress", "completed"];
        check_path(&ORDER, &path);
        check_path(&ORDER_ITEM, &path);
    }

    #[test]
    fn a_detour_starts_and_ends_in_progress() {
        check_path(&ORDER, &["inProgress", "held.assessingCharge", "inProgress", "failed"]);
        check_path(
            &ORDER,
            &[
                "inProgress",
                "assessingCancellation",
                "pendingCancellation",
                "cancelled",
            ],
        );
        check_refused(&ORDER, "held.assessingCharge", "failed");
        check_refused(&ORDER, "acknowledged", "assessingCancellation");
        check_refused(&ORDER, "held.assessingCharge", "pending.assessingModification");
    }

    #[test]
    fn nobody_skips_validation_and_nothing_leaves_an_end() {
        check_refused(&ORDER, "acknowledged", "completed");
        check_refused(&ORDER_ITEM, "acknowledged", "completed");
        check_refused(&ORDER, "rejected", "inProgress");
        check_refused(&ORDER_ITEM, "pending", "failed");
    }

    #[test]
    fn the_states_are_those_of_the_standard() {
        assert_eq!(ORDER.states().len(), 11);
        assert_eq!(ORDER_ITEM.states().len(), 10);
        assert_eq!(CANCEL.states().len(), 5);
        assert_eq!(CHARGE.states().len(), 4);
    }
}
