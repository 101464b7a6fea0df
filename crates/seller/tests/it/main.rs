//! The Seller as a partner meets it: routes, admission, rules, store and background work in one
//! process, two Buyers, a sample book. Sockets are used only where the Seller itself calls out.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admission;
mod billie;
mod bodies;
mod companies;
mod connector;
mod contract;
mod described;
mod errands;
mod errands_poq;
mod errands_quotes;
mod events;
mod grace;
mod hub;
mod idempotency;
mod isolation;
mod last_port;
mod later;
mod lifecycles;
mod listener;
mod lists;
mod mef106;
mod offered;
mod older;
mod opening;
mod orders;
mod replays;
mod spots;
mod two_loops;
mod vlans;
mod world;
