//! Product Ordering.

pub mod lifecycle;
pub mod rules;
pub mod v11;
