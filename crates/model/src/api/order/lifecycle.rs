//! Life cycles of orders, their items, charges and requests.

use crate::lifecycle::Lifecycle;

/// The whole.
pub static ORDER: Lifecycle = Lifecycle {
    of: "order",
    edges: &[],
};
/// One item.
pub static ORDER_ITEM: Lifecycle = Lifecycle {
    of: "order item",
    edges: &[],
};
/// CancelProductOrder.
pub static CANCEL: Lifecycle = Lifecycle {
    of: "cancel request",
    edges: &[],
};
/// Charge.
pub static CHARGE: Lifecycle = Lifecycle {
    of: "charge",
    edges: &[],
};
/// ModifyProductOrderItemRequestedDeliveryDate.
pub static DATE_CHANGE: Lifecycle = Lifecycle {
    of: "date change request",
    edges: &[],
};
