//! Rules (owner: order).
