//! All of LSO Sonata that is true without a network: no I/O, no async, no clock of its own.
//!
//! One description of each API version ([`describe`]) drives the server, the client, the
//! OpenAPI and the request checks; the rules of each family ([`api`]) are pure functions.

pub mod api;
pub mod book;
pub mod commit;
pub mod describe;
pub mod diff;
pub mod document;
pub mod failure;
pub mod forms;
pub mod id;
pub mod lifecycle;
pub mod money;
pub mod openapi;
pub mod party;
pub mod pointer;
pub mod products;
pub mod release;
pub mod revision;
pub mod rules;
pub mod schema;
pub mod shape;
pub mod stages;
pub mod tender;
pub mod time;
