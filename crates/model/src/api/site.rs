//! Geographic Site Management.

pub mod rules;
pub mod v7;
pub mod v8;
