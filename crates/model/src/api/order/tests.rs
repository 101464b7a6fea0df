//! Life of an order.
