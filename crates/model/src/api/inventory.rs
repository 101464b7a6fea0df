//! Product Inventory.

pub mod lifecycle;
pub mod rules;
pub mod v8;
