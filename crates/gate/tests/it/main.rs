//! The gate over a real store and real sockets on loopback.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admission;
mod keys;
mod overload;
mod support;
mod token;
mod traffic;
