//! The Buyer as a Seller meets it: its listener, what it keeps of events, and whom it believes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod inbox;
mod listener;
mod seller;
mod world;
