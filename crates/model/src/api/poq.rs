//! Product Offering Qualification.

pub mod alternates;
pub mod answer;
pub mod lifecycle;
pub mod rules;
pub mod v8;

#[cfg(test)]
mod tests;
