//! What needs a network: all of it on loopback.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod outbound;
mod serve;
mod support;
mod token_source;
