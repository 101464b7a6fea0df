//! The API families: descriptions of their versions, life cycles, rules.

pub mod address;
#[cfg(test)]
mod bench;
pub mod contacts;
pub mod errand;
pub mod history;
pub mod inventory;
pub mod items;
pub mod later;
pub mod order;
pub mod poq;
pub mod quote;
pub mod site;

use crate::describe::{self, Api};
use crate::document::Document;
use crate::rules::Rules;

/// The newest version of each API, management before notification: what is stored and decided.
pub fn all() -> &'static [&'static Api] {
    static ALL: &[&Api] = &[
        &address::v8::MANAGEMENT,
        &address::v8::NOTIFICATION,
        &site::v8::MANAGEMENT,
        &poq::v8::MANAGEMENT,
        &poq::v8::NOTIFICATION,
        &quote::v10::MANAGEMENT,
        &quote::v10::NOTIFICATION,
        &order::v11::MANAGEMENT,
        &order::v11::NOTIFICATION,
        &inventory::v8::MANAGEMENT,
    ];
    ALL
}

/// Older versions that are spoken too, by translation: a Seller serves them, a Buyer asks in them.
fn older() -> &'static [&'static Api] {
    static OLDER: &[&Api] = &[
        &address::v7::MANAGEMENT,
        &site::v7::MANAGEMENT,
        &poq::v7::MANAGEMENT,
        &poq::v7::NOTIFICATION,
        &quote::v8::MANAGEMENT,
        &quote::v8::NOTIFICATION,
        &order::v10::MANAGEMENT,
        &order::v10::NOTIFICATION,
        &inventory::v7::MANAGEMENT,
        &quote::v7::MANAGEMENT,
        &quote::v7::NOTIFICATION,
        &order::v7::MANAGEMENT,
        &order::v7::NOTIFICATION,
    ];
    OLDER
}

/// Every API version that is spoken, newest ones first: a Seller serves it and sends its events, a
/// Buyer asks in it and listens.
pub fn served() -> impl Iterator<Item = &'static Api> {
    all().iter().chain(older()).copied()
}

/// The API of this name and major version, if it is spoken.
pub fn find_served(name: &str, version: u32) -> Option<&'static Api> {
    served().find(|api| api.name == name && api.version == version)
}

/// Whether there are routes to an API here: a Seller serves all its versions, and a Buyer listens in
/// all of them.
pub fn is_routed(api: &Api) -> bool {
    find_served(api.name, api.version).is_some()
}

/// Every API version that is described: all of them are spoken.
pub fn described() -> impl Iterator<Item = &'static Api> {
    served()
}

/// The notification API whose events a subscription of this version hears; `newest` is the name of
/// the newest one, under which events are kept. Billie called that of orders otherwise.
pub fn notification_of(newest: &str, version: u32) -> Option<&'static Api> {
    let tells = |api: &&&Api| api.hub.is_some_and(|hub| hub.notification == newest);
    let management = all().iter().find(tells)?;
    find_served(management.name, version)?.notification()
}

/// The API of this name and major version, if that is the newest.
pub fn find(name: &str, version: u32) -> Option<&'static Api> {
    all()
        .iter()
        .copied()
        .find(|api| api.name == name && api.version == version)
}

/// Under which filter values a document is found: what its description declares, and for errands
/// the document that waits for their answer.
pub fn index_rows(document: &Document) -> Vec<(&'static str, String)> {
    if document.resource == errand::RESOURCE {
        return errand::index_rows(document);
    }
    let described = describe::resource_by_name(&document.resource);
    described.map_or_else(Vec::new, |(_, resource)| describe::index_rows(resource, &document.body))
}

/// The rules of a resource, or of a task under its operationId; none where nothing can be asked
/// of it yet.
pub fn rules(name: &str) -> Option<&'static dyn Rules> {
    static ALL: &[&dyn Rules] = &[
        &address::rules::AddressRules,
        &poq::rules::PoqRules,
        &quote::rules::QuoteRules,
        &quote::end::CANCEL,
        &quote::end::DECLINE,
        &order::rules::OrderRules,
        &order::cancel::CancelRules,
        &order::date_change::DateChangeRules,
        &order::charge::ChargeRules,
        &inventory::rules::ProductRules,
        &errand::ErrandRules,
    ];
    ALL.iter().copied().find(|rules| rules.name() == name)
}
