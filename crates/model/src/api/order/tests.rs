//! Orders from the request to the product in service, with a clock moved by hand.

mod cancel;
mod capacity;
mod chain;
mod change;
mod charges;
mod coordinated;
mod create;
mod dates;
mod desk;
mod in_service;
mod life;
mod pilot;
mod profile;
mod shop;
mod shuffled;
pub(crate) mod world;
