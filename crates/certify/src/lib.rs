//! Conformance of an LSO Sonata Seller or Buyer, requirement by requirement, over the wire.
//!
//! The tester trusts nobody, least of all Segue: it knows the structure of each API from its
//! description and HTTP from `segue-net`; every rule of the standard is written here anew, from the
//! guides. `xtask layers` keeps it so.

pub mod body;
pub mod case;
pub mod cases;
pub mod catalogue;
pub mod lab;
pub mod orders;
pub mod profile;
pub mod report;
pub mod run;
pub mod sign;
pub mod stage;
pub mod states;
