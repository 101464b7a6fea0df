//! The Buyer as a Seller meets it: what it asks, its listener, what it keeps of events, whom it believes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asks;
mod checks;
mod compose;
mod guides;
mod inbox;
mod inventory;
mod listener;
mod older;
mod open;
mod registrations;
mod repair;
mod seller;
mod tokens;
mod tolerance;
mod world;
