//! Orders from the request to the product in service, with a clock moved by hand.

mod chain;
mod create;
mod life;
mod shuffled;
pub(crate) mod world;
