//! Product Inventory.

pub mod change;
pub mod lifecycle;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod v8;
