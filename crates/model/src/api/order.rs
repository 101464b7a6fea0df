//! Product Ordering: a create becomes an order in [`rules`], jobs on the business clock carry it
//! to its end in `work`, and every change of state goes through [`lifecycle`].
//!
//! Around a running order: the Buyer may change its descriptive part (`change`), ask to cancel it
//! ([`cancel`]) or to move a date ([`date_change`]); the Seller may ask for money ([`charge`]).
//! Whatever comes of that is done to the order by `running`, in the same commit.

mod asked;
mod by_seller;
pub mod cancel;
mod change;
pub mod charge;
mod coordinated;
pub mod date_change;
mod dates;
mod entry;
mod fail;
mod in_service;
pub mod lifecycle;
mod line;
mod notes;
mod people;
mod plan;
mod quoted;
pub mod rules;
mod running;
mod settle;
#[cfg(test)]
pub(crate) mod tests;
pub mod v10;
pub mod v11;
pub mod v7;
mod view;
mod work;
