//! Product Inventory.

pub mod change;
pub mod lifecycle;
pub mod rules;
mod suspend;
#[cfg(test)]
mod tests;
pub mod v7;
pub mod v8;
