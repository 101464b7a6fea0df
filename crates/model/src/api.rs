//! The API families: descriptions of their versions, life cycles, rules.

pub mod address;
pub mod contacts;
pub mod history;
pub mod inventory;
pub mod items;
pub mod order;
pub mod poq;
pub mod quote;
pub mod site;
