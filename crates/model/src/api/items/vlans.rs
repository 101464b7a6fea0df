//! VLAN IDs at interfaces are capacity: each belongs to one end point. An interface is a product
//! in service; where it is another item of the same request there is nobody else yet, and the
//! IDs are taken when its product is made.

use std::borrow::Cow;

use serde_json::Value;

use super::capacity::Lack;
use super::ends::{self, Limits};
use super::{Action, Family, Item, configured, list, reference, text};
use crate::book::Capacity;
use crate::book::profile::Function;
use crate::document::{Document, Object};
use crate::failure::Problem;
use crate::pointer;
use crate::products::{VLAN_IDS, VLAN_LISTS, VlanList, envelope};
use crate::rules::{Context, Found};

/// All items of one request: a relation between two of them may lead to a product in service.
pub(super) struct Request<'a> {
    items: &'a [Value],
    relations: &'static str,
    /// As their offerings fill them in.
    configurations: Vec<Option<Cow<'a, Object>>>,
    found: &'a Found,
    ctx: &'a Context<'a>,
}

/// The interface at one end of an OVC.
#[derive(PartialEq)]
enum Interface<'a> {
    /// A product in service.
    Product(&'a str),
    /// What another item of the request makes.
    New(&'a str),
}

impl<'a> Request<'a> {
    /// `found` may be empty while it is not loaded: nothing has a limit then.
    pub(super) fn of(family: &Family, body: &'a Object, found: &'a Found, ctx: &'a Context<'a>) -> Self {
        let items = list(body, family.items);
        let configurations = items.iter().map(|item| full(item.as_object()?, family.function, ctx));
        Self {
            items,
            relations: family.relations,
            configurations: configurations.collect(),
            found,
            ctx,
        }
    }

    /// What the product of the item has at interfaces once it is in service.
    pub(super) fn taken(&self, index: usize) -> Vec<Capacity> {
        let mut all = Vec::new();
        for kind in &VLAN_LISTS {
            if let Some((Interface::Product(id), configuration)) = self.end(index, kind) {
                all.extend(keys(kind, id, &kind.ids(configuration)));
                all.extend(ends::keys(kind, id, configuration, self.limits(kind, id)));
            }
        }
        all
    }

    /// Of the interface as this request leaves it.
    fn limits(&self, kind: &VlanList, interface: &str) -> Limits {
        let changes = |item: &Value| {
            let product = item.as_object().and_then(|item| reference(item, "product"));
            product == Some(interface) && item.get("action").and_then(Value::as_str) == Some("modify")
        };
        let changed = self.items.iter().position(changes);
        if let Some(Some(configuration)) = changed.and_then(|index| self.configurations.get(index)) {
            return Limits::of(kind, configuration);
        }
        let product = self.found.document("product", interface);
        let configuration = product.and_then(|product| configured::in_service(product, self.ctx));
        configuration.map_or(Limits::NONE, |configuration| Limits::of(kind, &configuration))
    }

    /// Items of one request that contradict each other.
    pub(super) fn doubles(&self, items: &[Item<'a>]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for kind in &VLAN_LISTS {
            let end = |index| {
                let (interface, configuration) = self.end(index, kind)?;
                Some((interface, kind.ids(configuration)))
            };
            let ends: Vec<_> = (0..self.items.len()).map(end).collect();
            for (index, item) in items.iter().enumerate() {
                let Some(Some((interface, ids))) = ends.get(index) else {
                    continue;
                };
                let earlier = ends[..index].iter().zip(items);
                for (other, earlier) in earlier {
                    let Some((_, taken)) = other.as_ref().filter(|other| other.0 == *interface) else {
                        continue;
                    };
                    for (position, id) in ids.iter().enumerate().filter(|(_, id)| taken.contains(id)) {
                        let reason = format!(
                            "{} {id} at this {} belongs to item {} already.",
                            kind.name, kind.interface, earlier.id
                        );
                        let reason = envelope::VLAN_ONCE.told(reason);
                        problems.push(Problem::invalid(path(item, kind, position), reason));
                    }
                }
            }
        }
        problems
    }

    /// The one interface of this kind, and the configuration of what goes there; none while several
    /// are candidates.
    fn end(&self, index: usize, kind: &VlanList) -> Option<(Interface<'a>, &Object)> {
        let item = self.items.get(index)?.as_object()?;
        if Action::read(text(item, "action")) == Some(Action::Delete) {
            return None;
        }
        let product = item.get("product")?.as_object()?;
        let configuration = self.configurations.get(index)?.as_deref()?;
        let siblings = related(list(item, self.relations), kind);
        let mut found = related(list(product, "productRelationship"), kind)
            .map(Interface::Product)
            .chain(siblings.filter_map(|id| self.sibling(item, id)));
        let first = found.next()?;
        found.all(|other| other == first).then_some((first, configuration))
    }

    fn sibling(&self, item: &Object, id: &'a str) -> Option<Interface<'a>> {
        let mut others = self.items.iter().filter_map(Value::as_object);
        let sibling = others.find(|other| text(other, "id") == id && text(item, "id") != id)?;
        Some(match reference(sibling, "product") {
            Some(product) => Interface::Product(product),
            None => Interface::New(id),
        })
    }
}

/// The configuration of an item as its offering fills it in.
fn full<'a>(item: &'a Object, function: Function, ctx: &Context<'_>) -> Option<Cow<'a, Object>> {
    let product = item.get("product")?.as_object()?;
    let sent = product.get("productConfiguration")?.as_object()?;
    let offering = reference(product, "productOffering").and_then(|id| ctx.book.offering(id));
    let asked = configured::asked(function, Action::read(text(item, "action")));
    Some(match offering.zip(asked) {
        Some((offering, asked)) => offering.profile.effective(sent, asked),
        None => Cow::Borrowed(sent),
    })
}

/// What a product in service has at interfaces.
pub fn in_service(product: &Document, ctx: &Context<'_>) -> Vec<Capacity> {
    let configuration = configured::in_service(product, ctx);
    let Some(configuration) = configuration.as_deref() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for kind in &VLAN_LISTS {
        if let Some(id) = related(list(&product.body, "productRelationship"), kind).next() {
            all.extend(keys(kind, id, &kind.ids(configuration)));
            all.extend(ends::keys(kind, id, configuration, Limits::NONE));
        }
    }
    all
}

/// What the product of the ordered `item` has at the interface `product_id`, which the item
/// `sibling` made.
pub fn at_new(item: &Object, family: &Family, (sibling, product_id): (&str, &str), ctx: &Context<'_>) -> Vec<Capacity> {
    let Some(configuration) = full(item, family.function, ctx) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for kind in &VLAN_LISTS {
        if related(list(item, family.relations), kind).any(|id| id == sibling) {
            all.extend(keys(kind, product_id, &kind.ids(&configuration)));
            all.extend(ends::keys(kind, product_id, &configuration, Limits::NONE));
        }
    }
    all
}

/// What `item` takes of candidates that `quoted` left open.
pub fn picked(item: &Item<'_>, quoted: &Object) -> Vec<Capacity> {
    let is_open = |kind: &&VlanList| {
        let product = quoted.get("product").and_then(Value::as_object);
        product.is_some_and(|product| related(list(product, "productRelationship"), kind).count() > 1)
    };
    let open: Vec<&VlanList> = VLAN_LISTS.iter().filter(is_open).collect();
    let taken = item.at_interfaces.iter();
    taken
        .filter(|capacity| open.iter().any(|kind| kind.owns(split(&capacity.key).0)))
        .cloned()
        .collect()
}

/// Why there is not enough of `capacity`, if it is one of VLAN IDs.
pub(super) fn lack(item: &Item<'_>, capacity: &Capacity) -> Option<Lack> {
    let (key, rest) = split(&capacity.key);
    let kind = VLAN_LISTS.iter().find(|kind| kind.key == key)?;
    let id: Option<i64> = rest.rsplit_once('/').and_then(|(_, id)| id.parse().ok());
    let ids = item
        .configuration
        .as_deref()
        .map_or_else(Vec::new, |known| kind.ids(known));
    let position = id.and_then(|id| ids.iter().position(|own| *own == id));
    let (name, interface) = (kind.name, kind.interface);
    Some(match (id, position) {
        (Some(id), Some(position)) => Lack {
            reason: envelope::VLAN_ONCE.told(format!(
                "{name} {id} at this {interface} belongs to another product already."
            )),
            at: Some(path(item, kind, position)),
        },
        _ => Lack {
            reason: envelope::VLAN_ONCE.told(format!("So many {name} IDs are not left at this {interface}.")),
            at: Some(list_path(item, kind)),
        },
    })
}

fn split(key: &str) -> (&str, &str) {
    key.split_once('/').unwrap_or((key, ""))
}

/// How many are taken at the interface, and which. Who has all has no need to name them: of so
/// many nobody else can have one.
fn keys(kind: &VlanList, interface: &str, ids: &[i64]) -> Vec<Capacity> {
    let amount = i64::try_from(ids.len()).unwrap_or(VLAN_IDS);
    if amount == 0 {
        return Vec::new();
    }
    let all = format!("{}/{interface}", kind.key);
    let each = ids.iter().filter(|_| amount < VLAN_IDS).map(|id| Capacity {
        key: format!("{all}/{id}"),
        amount: 1,
        limit: 1,
    });
    let mut keys: Vec<Capacity> = each.collect();
    keys.push(Capacity {
        key: all.clone(),
        amount,
        limit: VLAN_IDS,
    });
    keys
}

fn related<'a>(relations: &'a [Value], kind: &VlanList) -> impl Iterator<Item = &'a str> {
    let names = kind.relations;
    let of_kind = relations.iter().filter(move |relation| {
        let name = relation.get("relationshipType").and_then(Value::as_str);
        name.is_some_and(|name| names.contains(&name))
    });
    of_kind.filter_map(|relation| relation.get("id")?.as_str())
}

/// Pointer into the configuration of an item, as deep as it was sent.
pub(super) fn sent_path(item: &Item<'_>, steps: &[&str]) -> String {
    let product = item.body.get("product");
    let mut at = item.product_path("productConfiguration");
    let mut value = product.and_then(|product| product.get("productConfiguration"));
    for step in steps {
        value = value.and_then(|value| value.get(step));
        if value.is_none() {
            break;
        }
        at = pointer::join(&at, step);
    }
    at
}

fn list_path(item: &Item<'_>, kind: &VlanList) -> String {
    sent_path(item, &kind.steps)
}

fn path(item: &Item<'_>, kind: &VlanList, position: usize) -> String {
    let list = list_path(item, kind);
    if list.ends_with(kind.steps[2]) {
        pointer::join(&list, position)
    } else {
        list
    }
}
