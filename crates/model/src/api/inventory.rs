//! Product Inventory.

pub mod lifecycle;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod v8;
