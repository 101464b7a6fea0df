//! Product items: the envelope that POQ, quote and order put around a product payload.
//!
//! One check for the three: identifiers, the action matrix, offering and configuration, place,
//! relations, contacts. Every problem is told at once, with its exact pointer. What a family
//! adds (dates, billing accounts, prices) is in the rules of the family.

pub mod answer;
mod beside;
pub mod bound;
pub mod capacity;
pub mod configured;
pub mod ends;
pub mod existing;
mod families;
pub mod places;
pub mod qualified;
mod relations;
#[cfg(test)]
mod tests;
pub mod vlans;
mod wanted;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

pub use families::{ORDER, POQ, QUOTE_DEFERRED, QUOTE_INSTANT};
pub use wanted::needs;

use crate::api::contacts::{self, Roles};
use crate::book::profile::Function;
use crate::book::{Address, Capacity, Offering};
use crate::document::{Document, Object};
use crate::failure::{Problem, ProblemCode};
use crate::pointer;
use crate::products::{ProductType, envelope};
use crate::rules::{Context, Found};
use crate::time::parse;

/// What differs between the families.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The property that holds the items.
    pub items: &'static str,
    /// The property of an item that relates it to others of the same request.
    pub relations: &'static str,
    /// Actions the standard gives it and we serve.
    pub actions: &'static [Action],
    /// Properties an item with action `delete` must not have.
    pub delete_forbids: &'static [&'static str],
    /// Whether several products of one relation may be listed, to pick from.
    pub candidates: bool,
    /// Contact roles of an item.
    pub contacts: Roles,
    /// What it is in the profile of an offering.
    pub function: Function,
}

/// What an item asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A new product.
    Add,
    /// Another state of a product in service.
    Modify,
    /// The end of a product in service.
    Delete,
}

impl Action {
    /// `add`, `modify` or `delete`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Modify => "modify",
            Self::Delete => "delete",
        }
    }

    /// Reads it.
    pub fn read(text: &str) -> Option<Self> {
        [Self::Add, Self::Modify, Self::Delete]
            .into_iter()
            .find(|action| action.as_str() == text)
    }
}

/// One item with what its references mean. After a check without problems, `action` is there,
/// and for `add` and `modify` also `offering`, `product` and `configuration`; `address` exactly
/// for products that have a place. For `delete` all four are those of the product in service, as
/// far as they are still sold.
#[derive(Debug)]
pub struct Item<'a> {
    /// Its own identifier, made by the Buyer.
    pub id: &'a str,
    /// Where it stands: `/quoteItem/0`.
    pub pointer: String,
    /// The whole item.
    pub body: &'a Object,
    /// What it asks for.
    pub action: Option<Action>,
    /// What it names in `product.productOffering`.
    pub offering: Option<&'a Offering>,
    /// The product specification of its configuration.
    pub product: Option<&'a ProductType>,
    /// `product.productConfiguration`, with what its offering says of attributes left out.
    pub configuration: Option<Cow<'a, Object>>,
    /// The API it came in.
    pub function: Function,
    /// What its place means.
    pub address: Option<Arc<Address>>,
    /// The product in service that it changes or ends.
    pub existing: Option<&'a Document>,
    /// What is odd but no reason to refuse, one sentence each.
    pub warnings: Vec<String>,
    /// When it was asked for; a deferred answer comes later.
    pub asked_at: Timestamp,
    /// Why the agreement does not open it, in one sentence; none where it does.
    pub closed: Option<String>,
    /// What it has at interfaces in service: VLAN IDs, end points, rates.
    pub at_interfaces: Vec<Capacity>,
}

/// Checks every item of `body`. Items come back in order, also those with problems.
pub fn check<'a>(
    family: &Family,
    body: &'a Object,
    found: &'a Found,
    ctx: &'a Context<'a>,
) -> (Vec<Problem>, Vec<Item<'a>>) {
    let mut desk = Desk {
        family,
        found,
        ctx,
        problems: Vec::new(),
        asked_at: asked_at(body, ctx),
    };
    let mut items = Vec::new();
    let base = pointer::join("", family.items);
    let request = vlans::Request::of(family, body, found, ctx);
    for (index, item) in list(body, family.items).iter().enumerate() {
        if let Some(item) = item.as_object() {
            let item = desk.item(item, pointer::join(&base, index));
            items.push(Item {
                at_interfaces: request.taken(index),
                ..item
            });
        }
    }
    desk.check_ids(&items);
    existing::check_together(&mut desk, &items);
    desk.problems.extend(request.doubles(&items));
    relations::check_all(&mut desk, &items);
    beside::check(&mut desk, &mut items);
    (desk.problems, items)
}

/// The elements of a list property; none where it is absent.
pub fn list<'a>(object: &'a Object, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The text of a property; empty where it is absent.
pub fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The `id` of a reference property.
pub fn reference<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name)?.get("id")?.as_str()
}

/// When a request came in: a stored one says it, a new one comes now.
fn asked_at(body: &Object, ctx: &Context<'_>) -> Timestamp {
    let dates = ["quoteDate", "creationDate", "orderDate"].into_iter();
    let mut dates = dates.filter_map(|name| parse(text(body, name)));
    dates.next().unwrap_or(ctx.now)
}

/// Collects the problems of one request.
struct Desk<'a, 'f> {
    family: &'f Family,
    found: &'a Found,
    ctx: &'a Context<'a>,
    problems: Vec<Problem>,
    asked_at: Timestamp,
}

impl<'a> Desk<'a, '_> {
    fn item(&mut self, body: &'a Object, at: String) -> Item<'a> {
        let mut item = Item {
            id: text(body, "id"),
            pointer: at,
            body,
            action: Action::read(text(body, "action")),
            offering: None,
            product: None,
            configuration: None,
            function: self.family.function,
            address: None,
            existing: None,
            warnings: Vec::new(),
            asked_at: self.asked_at,
            closed: None,
            at_interfaces: Vec::new(),
        };
        let contacts = contacts::check(&self.family.contacts, body, &item.pointer).into_iter();
        // The list itself, or a role in it; how a person is reached is no matter of the product.
        self.problems.extend(contacts.map(|problem| {
            let path = &problem.property_path;
            if path.ends_with("/role") || path.ends_with("/relatedContactInformation") {
                envelope::CONTACT_ROLES.of(problem)
            } else {
                problem
            }
        }));
        let Some(product) = body.get("product").and_then(Value::as_object) else {
            self.problems
                .push(Problem::missing(item.path("product"), "An item needs a product."));
            return item;
        };
        match item.action {
            Some(action) if !self.family.actions.contains(&action) => {
                let offered: Vec<&str> = self.family.actions.iter().map(|action| action.as_str()).collect();
                self.problems.push(Problem::invalid(
                    item.path("action"),
                    format!("Actions offered by this Seller: {}.", offered.join(", ")),
                ));
            }
            Some(action) => {
                self.check_matrix(&item, product, action);
                if action != Action::Add {
                    existing::find(self, &mut item, product);
                }
                if action == Action::Delete {
                    existing::adopt(self, &mut item);
                } else {
                    self.find_offering(&mut item, product);
                    places::check(self, &mut item, product);
                    item.closed = places::closed(self.ctx, &item);
                    existing::compare(self, &item);
                }
            }
            None => self.problems.push(Problem::invalid(
                item.path("action"),
                "Expected is add, modify or delete.",
            )),
        }
        item
    }

    /// Which properties an action must and must not have.
    /// Mplify 115.1 R41 to R44, R47, R48; 87.1 R29, R37, R39; 123.1 the same for orders.
    fn check_matrix(&mut self, item: &Item<'_>, product: &Object, action: Action) {
        let (required, forbidden): (&[&str], &[&str]) = match action {
            Action::Add => (&["productOffering", "productConfiguration"], &["id"]),
            Action::Modify => (&["id", "productOffering", "productConfiguration"], &[]),
            Action::Delete => (
                &["id"],
                &[
                    "productOffering",
                    "productConfiguration",
                    "productRelationship",
                    "place",
                ],
            ),
        };
        let action_name = action.as_str();
        for name in required.iter().filter(|name| !product.contains_key(**name)) {
            self.problems.push(Problem::missing(
                item.product_path(name),
                format!("The action {action_name} needs product.{name}."),
            ));
        }
        for name in forbidden.iter().filter(|name| product.contains_key(**name)) {
            self.problems.push(Problem::unexpected(
                item.product_path(name),
                format!("The action {action_name} must not have product.{name}."),
            ));
        }
        if product.contains_key("productSpecification") {
            // Mplify 87.1 R37(a). Qualification by specification alone is an optional use case.
            self.problems.push(Problem::unexpected(
                item.product_path("productSpecification"),
                "This Seller answers for a productOffering only; name one instead.",
            ));
        }
        if action == Action::Delete {
            let forbidden = self.family.delete_forbids.iter();
            for name in forbidden.filter(|name| item.body.contains_key(**name)) {
                self.problems.push(Problem::unexpected(
                    item.path(name),
                    format!("The action delete must not have {name}."),
                ));
            }
        }
    }

    fn find_offering(&mut self, item: &mut Item<'a>, product: &'a Object) {
        let path = item.product_path("productOffering");
        if let Some(id) = reference(product, "productOffering") {
            let open = &self.ctx.agreement.offerings;
            let opened = open.is_empty() || open.iter().any(|opened| opened == id);
            item.offering = self.ctx.book.offering(id).filter(|_| opened);
            if item.offering.is_none() {
                // Of offerings that others may buy nothing is told.
                let reason = "The agreement opens no product offering with this identifier.";
                let path = pointer::join(&path, "id");
                self.problems
                    .push(Problem::new(ProblemCode::ReferenceNotFound, path, reason));
            }
        }
        let Some(value) = product.get("productConfiguration") else {
            return;
        };
        let path = item.product_path("productConfiguration");
        item.configuration = value.as_object().map(Cow::Borrowed);
        let urn = value.get("@type").and_then(Value::as_str).unwrap_or_default();
        item.product = self.ctx.products.product(urn);
        match (item.offering, item.product) {
            // Mplify 87.1 R23: the configuration is one of the offering's product.
            (Some(offering), Some(_)) if offering.product != urn => self.problems.push(Problem::invalid(
                pointer::join(&path, "@type"),
                format!("The offering {} is configured by {}.", offering.id, offering.product),
            )),
            _ => configured::check(self, item, value, &path),
        }
        if item.product.is_some_and(|product| !product.orderable) {
            let path = pointer::join(&path, "@type");
            let reason = envelope::NOT_ORDERED.told("This product is not sold through the API.");
            self.problems.push(Problem::invalid(path, reason));
        }
    }

    fn check_ids(&mut self, items: &[Item<'_>]) {
        for (index, item) in items.iter().enumerate() {
            if item.id.is_empty() {
                self.problems
                    .push(Problem::invalid(item.path("id"), "An item needs an identifier."));
            } else if items[..index].iter().any(|earlier| earlier.id == item.id) {
                self.problems.push(Problem::invalid(
                    item.path("id"),
                    format!("Another item has the identifier {} already.", item.id),
                ));
            }
        }
    }
}

impl Item<'_> {
    /// Pointer to a property of the item.
    pub fn path(&self, name: &str) -> String {
        pointer::join(&self.pointer, name)
    }

    /// Pointer to a property of its product.
    pub fn product_path(&self, name: &str) -> String {
        pointer::join(&self.path("product"), name)
    }

    /// Whether a problem at `path` is one of this item.
    pub fn owns(&self, path: &str) -> bool {
        path.strip_prefix(&self.pointer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}
