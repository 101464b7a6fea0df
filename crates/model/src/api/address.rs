//! Geographic Address Management.

mod deferred;
pub mod lifecycle;
pub mod rules;
pub mod v7;
pub mod v8;

#[cfg(test)]
mod tests;
