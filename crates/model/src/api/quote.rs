//! Quote Management.

pub mod lifecycle;
pub mod rules;
pub mod v10;
