//! The real binary as processes: what a person types, what a partner sends, and what happens when
//! a process dies. Nothing here knows the inside of the program.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in functions marked as tests, not in their helpers"
)]

mod answers;
mod buying;
mod certify;
#[allow(dead_code, reason = "the tests of the store use the rest of it")]
#[path = "../../../store/tests/it/cluster.rs"]
mod cluster;
mod companies;
mod database;
mod db;
mod demo;
mod documents;
mod emulate;
mod ending;
mod figures;
mod geography;
mod in_one;
mod kill;
mod kit;
mod last_port;
mod legacy;
mod loading;
mod measure;
mod million;
mod mistakes;
mod nodes;
mod older;
mod open;
mod partner_check;
mod partner_migrate;
mod partner_tls;
mod partner_versions;
mod pending;
mod product;
mod proof;
mod running;
mod sample;
mod secrets;
mod several;
mod shop;
mod stats;
mod stop;
mod tender;
mod tls;
mod twins;
mod waits;
mod web;
