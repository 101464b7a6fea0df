//! The rules of a product that look at the products it is related to: other items of the request,
//! or what is in service. What a change of an interface means for the OVCs that use it, too.

use serde_json::Value;

use super::{Action, Desk, Item, existing, list, text};
use crate::document::Object;
use crate::failure::Problem;
use crate::products::{Neighbour, Relation};

/// What a relation leads to.
enum Target<'a, 'i> {
    /// An item that adds or changes it.
    Item(&'i Item<'a>),
    /// A product in service that stays as it is.
    Product(&'a str),
}

impl Target<'_, '_> {
    /// The same for all relations that lead to the same product.
    fn key(&self) -> String {
        match self {
            Self::Item(item) => match item.existing {
                Some(existing) => format!("product {}", existing.id),
                None => format!("item {}", item.pointer),
            },
            Self::Product(id) => format!("product {id}"),
        }
    }
}

/// Checks every item against what it is related to, and what uses it against the item.
pub(super) fn check(desk: &mut Desk<'_, '_>, items: &mut [Item<'_>]) {
    for index in 0..items.len() {
        let (earlier, rest) = items.split_at_mut(index);
        if let Some((item, later)) = rest.split_first_mut() {
            check_item(desk, item, (earlier, later));
        }
    }
}

fn check_item(desk: &mut Desk<'_, '_>, item: &mut Item<'_>, (earlier, later): (&[Item<'_>], &[Item<'_>])) {
    if item.action == Some(Action::Delete) {
        return;
    }
    let Some(configuration) = sent(item) else { return };
    let all: Vec<&Item<'_>> = earlier.iter().chain(later).collect();
    let neighbours = neighbours(desk, item, (earlier, &all));
    let path = item.product_path("productConfiguration");
    let (problems, warnings) = desk.ctx.products.check_beside(configuration, &path, &neighbours);
    // Of two problems at one place the one told first stays, as within one payload.
    let told = |path: &str| desk.problems.iter().any(|known| known.property_path == path);
    let new: Vec<Problem> = problems
        .into_iter()
        .filter(|problem| !told(&problem.property_path))
        .collect();
    desk.problems.extend(new);
    item.warnings.extend(warnings);
    if item.action == Some(Action::Modify) {
        check_users(desk, item, &all);
    }
}

/// The configuration as it was sent.
fn sent<'a>(item: &Item<'a>) -> Option<&'a Value> {
    item.body.get("product")?.get("productConfiguration")
}

fn neighbours<'a>(
    desk: &Desk<'a, '_>,
    item: &Item<'a>,
    (earlier, all): (&[Item<'a>], &[&Item<'a>]),
) -> Vec<Neighbour<'a>> {
    let relations = item.product.map_or(&[][..], |product| &product.relations[..]);
    let found = relations.iter().filter_map(|wanted| {
        let target = only_target(desk, item, (wanted, all))?;
        let key = target.key();
        let beside = earlier.iter().filter(|other| {
            let same = other.action != Some(Action::Delete)
                && other.product.map(|kind| &kind.urn) == item.product.map(|kind| &kind.urn);
            same && only_target(desk, other, (wanted, all)).is_some_and(|target| target.key() == key)
        });
        let (configuration, pointer) = match target {
            Target::Item(other) => (sent(other)?, Some(other.product_path("productConfiguration"))),
            Target::Product(id) => (desk.found.document("product", id)?.at("/productConfiguration")?, None),
        };
        Some(Neighbour {
            relation: wanted.name(),
            configuration,
            pointer,
            others: beside.filter_map(sent).collect(),
        })
    });
    found.collect()
}

/// Where the relation leads. Of several candidates none is chosen yet, so none is compared.
fn only_target<'a, 'i>(
    desk: &Desk<'a, '_>,
    item: &Item<'a>,
    (wanted, all): (&Relation, &[&'i Item<'a>]),
) -> Option<Target<'a, 'i>> {
    let empty = Object::new();
    let product = item.body.get("product").and_then(Value::as_object).unwrap_or(&empty);
    let is_wanted = |relation: &&Object| wanted.is(text(relation, "relationshipType"));
    let in_service = list(product, "productRelationship").iter().filter_map(Value::as_object);
    let in_request = list(item.body, desk.family.relations)
        .iter()
        .filter_map(Value::as_object);
    let mut targets: Vec<Target<'a, 'i>> = Vec::new();
    for relation in in_service.filter(is_wanted) {
        let (_, found) = desk
            .found
            .documents
            .get_key_value(&("product".to_owned(), text(relation, "id").to_owned()))?;
        let changed = all
            .iter()
            .find(|other| other.action == Some(Action::Modify) && other.existing.is_some_and(|old| old.id == found.id));
        targets.push(match changed {
            Some(other) => Target::Item(other),
            None => Target::Product(&found.id),
        });
    }
    for relation in in_request.filter(is_wanted) {
        let id = text(relation, "id");
        let other = all
            .iter()
            .find(|other| other.id == id && other.pointer != item.pointer)?;
        targets.push(Target::Item(other));
    }
    match targets.len() {
        1 => targets.pop(),
        _ => None,
    }
}

/// What stays in service with the interface that `item` changes has to fit it afterwards too.
fn check_users(desk: &mut Desk<'_, '_>, item: &Item<'_>, all: &[&Item<'_>]) {
    let (Some(old), Some(configuration)) = (item.existing, sent(item)) else {
        return;
    };
    let path = item.product_path("productConfiguration");
    let touched = |id: &str| {
        all.iter()
            .any(|other| other.existing.is_some_and(|existing| existing.id == id))
    };
    for user in existing::users(desk.found, &old.id).filter(|user| !touched(&user.id)) {
        let Some(used) = user.at("/productConfiguration") else {
            continue;
        };
        let urn = used.get("@type").and_then(Value::as_str).unwrap_or_default();
        let relations = desk
            .ctx
            .products
            .product(urn)
            .map_or(&[][..], |kind| &kind.relations[..]);
        let kinds = list(&user.body, "productRelationship").iter();
        let kind = kinds
            .filter(|relation| relation.get("id").and_then(Value::as_str) == Some(&old.id))
            .find_map(|relation| relation.get("relationshipType")?.as_str());
        let Some(wanted) = relations.iter().find(|wanted| kind.is_some_and(|kind| wanted.is(kind))) else {
            continue;
        };
        let neighbour = Neighbour {
            relation: wanted.name(),
            configuration,
            pointer: Some(path.clone()),
            others: Vec::new(),
        };
        let (problems, _) = desk.ctx.products.check_beside(used, "", &[neighbour]);
        // Its own warnings were told when it was ordered; the request can only be told of itself.
        let told = problems
            .into_iter()
            .map(|problem| Problem::invalid(&path, format!("Product {}, which uses it: {}", user.id, problem.reason)));
        desk.problems.extend(told);
    }
}
