//! Geographic Address Management.

pub mod lifecycle;
pub mod rules;
pub mod v8;

#[cfg(test)]
mod tests;
