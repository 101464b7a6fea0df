//! Tests of the store through its public functions, each on a database of its own.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in functions marked as tests, not in their helpers"
)]

mod audit;
#[allow(dead_code, reason = "the tests of the program use the rest of it")]
mod cluster;
mod commits;
mod copies;
mod deliveries;
mod fixture;
mod folder;
mod formats;
mod group;
mod history;
mod inbox;
mod isolation;
mod jobs;
mod keys;
mod kill;
mod lists;
mod nodes;
mod parties;
mod passages;
mod postgres;
mod server;
mod tenders;
mod traffic;
mod upkeep;
mod versions;
