//! VLAN IDs at interfaces are capacity: each belongs to one end point. An interface is a product
//! in service; where it is another item of the same request there is nobody else yet, and the
//! IDs are taken when its product is made.

use serde_json::Value;

use super::capacity::Lack;
use super::{Action, Family, Item, list, reference, text};
use crate::book::Capacity;
use crate::document::Object;
use crate::failure::Problem;
use crate::pointer;
use crate::products::{VLAN_IDS, VLAN_LISTS, VlanList};

/// All items of one request: a relation between two of them may lead to a product in service.
pub(super) struct Request<'a> {
    items: &'a [Value],
    relations: &'static str,
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
    pub(super) fn of(family: &Family, body: &'a Object) -> Self {
        Self {
            items: list(body, family.items),
            relations: family.relations,
        }
    }

    /// What the product of `item` has once it is in service.
    pub(super) fn vlans(&self, item: &'a Object) -> Vec<Capacity> {
        let mut all = Vec::new();
        for kind in &VLAN_LISTS {
            if let Some((Interface::Product(id), ids)) = self.end(item, kind) {
                all.extend(keys(kind, id, &ids));
            }
        }
        all
    }

    /// Items of one request that contradict each other.
    pub(super) fn doubles(&self, items: &[Item<'a>]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for kind in &VLAN_LISTS {
            let ends: Vec<_> = items.iter().map(|item| self.end(item.body, kind)).collect();
            for (index, item) in items.iter().enumerate() {
                let Some((interface, ids)) = &ends[index] else { continue };
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
                        problems.push(Problem::invalid(path(item, kind, position), reason));
                    }
                }
            }
        }
        problems
    }

    /// The one interface of this kind and the IDs there; none while several are candidates.
    fn end(&self, item: &'a Object, kind: &VlanList) -> Option<(Interface<'a>, Vec<i64>)> {
        if Action::read(text(item, "action")) == Some(Action::Delete) {
            return None;
        }
        let product = item.get("product")?.as_object()?;
        let ids = kind.ids(product.get("productConfiguration")?.as_object()?);
        let siblings = related(list(item, self.relations), kind);
        let mut found = related(list(product, "productRelationship"), kind)
            .map(Interface::Product)
            .chain(siblings.filter_map(|id| self.sibling(item, id)));
        let first = found.next()?;
        let is_one = found.all(|other| other == first);
        (is_one && !ids.is_empty()).then_some((first, ids))
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

/// What a product in service (its body) has.
pub(super) fn in_service(product: &Object) -> Vec<Capacity> {
    let Some(configuration) = product.get("productConfiguration").and_then(Value::as_object) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for kind in &VLAN_LISTS {
        if let Some(id) = related(list(product, "productRelationship"), kind).next() {
            all.extend(keys(kind, id, &kind.ids(configuration)));
        }
    }
    all
}

/// What the product of `item` has at the interface `product_id`, which the item `sibling` made.
pub fn at_new(item: &Object, relations: &str, (sibling, product_id): (&str, &str)) -> Vec<Capacity> {
    let configuration = item
        .get("product")
        .and_then(|product| product.get("productConfiguration"));
    let Some(configuration) = configuration.and_then(Value::as_object) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for kind in &VLAN_LISTS {
        if related(list(item, relations), kind).any(|id| id == sibling) {
            all.extend(keys(kind, product_id, &kind.ids(configuration)));
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
    let open: Vec<&str> = VLAN_LISTS.iter().filter(is_open).map(|kind| kind.key).collect();
    let vlans = item.vlans.iter();
    vlans
        .filter(|capacity| open.contains(&split(&capacity.key).0))
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
            reason: format!("{name} {id} at this {interface} belongs to another product already."),
            at: Some(path(item, kind, position)),
        },
        _ => Lack {
            reason: format!("So many {name} IDs are not left at this {interface}."),
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

fn list_path(item: &Item<'_>, kind: &VlanList) -> String {
    let start = item.product_path("productConfiguration");
    kind.steps.iter().fold(start, |at, step| pointer::join(&at, step))
}

fn path(item: &Item<'_>, kind: &VlanList, position: usize) -> String {
    pointer::join(&list_path(item, kind), position)
}
