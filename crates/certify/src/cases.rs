//! All cases, function by function, in the order in which they are run.

#![allow(clippy::too_many_lines, reason = "a list of pages is long and flat")]

mod address;
pub mod common;
pub mod hub;
mod inventory;
mod order;
mod poq;
mod quote;
mod security;
mod site;

use crate::case::{Case, Function, Page};
use crate::stage;

/// Every case of a Seller.
pub fn all() -> Vec<Case> {
    [
        address::cases(),
        site::cases(),
        poq::cases(),
        quote::cases(),
        order::cases(),
        inventory::cases(),
        security::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The pages of all cases: those of a Seller, then those of a Buyer.
pub fn pages() -> Vec<Page> {
    let seller = all().into_iter().map(|case| case.page);
    let buyer = stage::cases::all().into_iter().map(|case| case.page);
    seller.chain(buyer).collect()
}

/// The functions that have cases.
pub fn functions() -> Vec<Function> {
    let mut functions: Vec<Function> = all().iter().map(|case| case.function).collect();
    functions.dedup();
    functions
}

#[cfg(test)]
mod tests {
    use super::pages;

    #[test]
    fn every_case_reads_as_a_page_and_has_a_name_of_its_own() {
        let cases = pages();
        for case in &cases {
            let page = [case.given, case.when, case.then, case.wrong];
            assert!(page.iter().all(|text| !text.is_empty()), "{}", case.id);
            assert!(!case.shows.is_empty(), "{}", case.id);
        }
        let mut ids: Vec<&str> = cases.iter().map(|case| case.id).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "a name twice");
    }
}
