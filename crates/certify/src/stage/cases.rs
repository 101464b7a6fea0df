//! All cases of a Buyer, function by function, in the order in which they are run.

#![allow(clippy::too_many_lines, reason = "a list of pages is long and flat")]

mod address;
mod common;
mod errors;
mod form;
mod hub;
mod inventory;
mod order;
mod poq;
mod quote;
mod security;
mod site;

use super::Stage;
use crate::case::{Case, Function};

/// Every case of a Buyer.
pub fn all() -> Vec<Case<Stage>> {
    [
        address::cases(),
        site::cases(),
        poq::cases(),
        errors::cases(),
        quote::cases(),
        order::cases(),
        inventory::cases(),
        security::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The functions that have cases.
pub fn functions() -> Vec<Function> {
    let mut functions: Vec<Function> = all().iter().map(|case| case.function).collect();
    functions.dedup();
    functions
}
