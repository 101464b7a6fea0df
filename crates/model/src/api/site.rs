//! Geographic Site Management.

pub mod rules;
pub mod v8;
