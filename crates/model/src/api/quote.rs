//! Quote Management.

pub mod answer;
pub mod lifecycle;
pub mod rules;
pub mod v10;

#[cfg(test)]
mod tests;
