//! Product Offering Qualification.

pub mod alternates;
pub mod answer;
mod deferred;
pub mod lifecycle;
mod people;
pub mod rules;
pub mod v7;
pub mod v8;

#[cfg(test)]
mod tests;
