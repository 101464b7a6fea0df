//! Orders from the request to the product in service, with a clock moved by hand.

mod chain;
mod create;
mod in_service;
mod life;
mod shop;
mod shuffled;
pub(crate) mod world;
