//! Product Ordering: a create becomes an order in [`rules`], jobs on the business clock carry it
//! to its end in `work`, and every change of state goes through [`lifecycle`].

mod entry;
mod in_service;
pub mod lifecycle;
mod quoted;
pub mod rules;
mod running;
#[cfg(test)]
pub(crate) mod tests;
pub mod v11;
mod view;
mod work;
