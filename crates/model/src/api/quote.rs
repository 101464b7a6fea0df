//! Quote Management.

pub mod answer;
mod deferred;
pub mod end;
pub mod lifecycle;
mod people;
pub mod rules;
pub mod v10;
pub mod v7;
pub mod v8;

#[cfg(test)]
mod tests;
