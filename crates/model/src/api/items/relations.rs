//! Relations of an item: to products in service and to other items of the same request.

use serde_json::Value;

use super::{Action, Desk, Item, existing, list};
use crate::failure::Problem;
use crate::pointer;
use crate::products::Relation;
use crate::products::envelope;

/// States of a product that others can be built on.
const IN_SERVICE: [&str; 2] = ["active", "active.pendingChange"];

/// One relation as it was sent.
struct Sent<'a> {
    kind: &'a str,
    id: &'a str,
    at: String,
}

/// Checks the relations of every item.
pub(super) fn check_all(desk: &mut Desk<'_, '_>, items: &[Item<'_>]) {
    for item in items {
        check(desk, item, items);
    }
}

/// Checks `productRelationship` and the item relations of `item` against what its product needs.
fn check(desk: &mut Desk<'_, '_>, item: &Item<'_>, items: &[Item<'_>]) {
    let in_service = item
        .body
        .get("product")
        .and_then(Value::as_object)
        .map_or_else(Vec::new, |product| {
            sent(
                list(product, "productRelationship"),
                &item.product_path("productRelationship"),
            )
        });
    let in_request = sent(
        list(item.body, desk.family.relations),
        &item.path(desk.family.relations),
    );
    if item.action == Some(Action::Delete) {
        return;
    }
    let known = item.product.map(|product| product.relations.as_slice());
    for relation in &in_service {
        if let Some(wanted) = expected(desk, relation, known) {
            check_product(desk, relation, wanted, (item, items));
        }
    }
    for relation in &in_request {
        if let Some(wanted) = expected(desk, relation, known) {
            check_sibling(desk, relation, wanted, (item, items));
        }
    }
    if item.action == Some(Action::Modify) {
        check_kept(desk, item, known.unwrap_or_default(), (&in_service, &in_request, items));
        return;
    }
    for wanted in known.unwrap_or_default() {
        check_count(desk, item, wanted, (&in_service, &in_request));
    }
}

/// Mplify 115.1 R45, 87.1 R40, 123.1 R41: a change repeats the relations of the product. An item
/// that changes the other product of a relation stands for it.
fn check_kept(
    desk: &mut Desk<'_, '_>,
    item: &Item<'_>,
    known: &[Relation],
    (in_service, in_request, items): (&[Sent<'_>], &[Sent<'_>], &[Item<'_>]),
) {
    let Some(product) = item.existing else { return };
    let kind_of = |kind: &str| known.iter().position(|wanted| wanted.is(kind));
    let had = sent(list(&product.body, "productRelationship"), "");
    let changed = |relation: &Sent<'_>| {
        let other = items.iter().find(|other| other.id == relation.id)?.existing?;
        Some(other.id.as_str())
    };
    let direct = in_service.iter().map(|relation| (relation, Some(relation.id)));
    let through = in_request.iter().map(|relation| (relation, changed(relation)));
    let repeated: Vec<(&Sent<'_>, Option<&str>)> = direct.chain(through).collect();
    for (index, (relation, id)) in repeated.iter().enumerate() {
        let Some(kind) = kind_of(relation.kind) else { continue };
        let path = pointer::join(&relation.at, "id");
        let same = |other: &Sent<'_>| kind_of(other.kind) == Some(kind) && Some(other.id) == *id;
        if !had.iter().any(same) {
            let reason = "A change keeps the relations of the product; it has no such one.";
            desk.problems
                .push(Problem::invalid(path, envelope::RELATION_KEPT.told(reason)));
        } else if repeated[..index]
            .iter()
            .any(|(earlier, earlier_id)| kind_of(earlier.kind) == Some(kind) && earlier_id == id)
        {
            desk.problems.push(Problem::invalid(
                path,
                envelope::RELATION_ONCE.told("This relation is there already."),
            ));
        }
    }
    for gone in &had {
        let kind = kind_of(gone.kind);
        if kind.is_some() && !repeated.iter().any(|(relation, _)| kind_of(relation.kind) == kind) {
            desk.problems.push(Problem::missing(
                item.product_path("productRelationship"),
                envelope::RELATION_KEPT.told(format!(
                    "A change repeats all relations; {} to {} is missing.",
                    gone.kind, gone.id
                )),
            ));
        }
    }
}

fn sent<'a>(relations: &'a [Value], base: &str) -> Vec<Sent<'a>> {
    let text = |relation: &'a Value, name| relation.get(name).and_then(Value::as_str).unwrap_or_default();
    relations
        .iter()
        .enumerate()
        .map(|(index, relation)| Sent {
            kind: text(relation, "relationshipType"),
            id: text(relation, "id"),
            at: pointer::join(base, index),
        })
        .collect()
}

/// The relation of the product that this is, or a problem. `None` too while the product is
/// unknown: that has been told already.
fn expected<'a>(desk: &mut Desk<'_, '_>, relation: &Sent<'_>, known: Option<&'a [Relation]>) -> Option<&'a Relation> {
    let known = known?;
    let wanted = known.iter().find(|wanted| wanted.is(relation.kind));
    if wanted.is_none() {
        let names: Vec<&str> = known.iter().map(Relation::name).collect();
        let reason = if names.is_empty() {
            "This product has no relations.".to_owned()
        } else {
            format!("Relations of this product: {}.", names.join(", "))
        };
        desk.problems.push(Problem::invalid(
            pointer::join(&relation.at, "relationshipType"),
            envelope::RELATION_ROLE.told(reason),
        ));
    }
    wanted
}

/// Mplify 87.1 R30, R31: a product of this Buyer that is in service, and of the right kind.
fn check_product(
    desk: &mut Desk<'_, '_>,
    relation: &Sent<'_>,
    wanted: &Relation,
    (item, items): (&Item<'_>, &[Item<'_>]),
) {
    let path = pointer::join(&relation.at, "id");
    let rule = envelope::RELATION_TARGET;
    let Some(product) = desk.found.document("product", relation.id) else {
        desk.problems.push(rule.of(Problem::not_found(path, "product")));
        return;
    };
    let urn = product.text("/productConfiguration/@type").unwrap_or_default();
    if !is_of(urn, wanted) {
        let reason = format!("{} points to a {}; this is a {urn}.", relation.kind, wanted.target);
        desk.problems.push(Problem::invalid(path, rule.told(reason)));
    } else if existing::ends(items, relation.id) {
        desk.problems
            .push(Problem::invalid(path, rule.told("Another item ends this product.")));
    } else if item.action == Some(Action::Add) && !IN_SERVICE.contains(&product.state.as_str()) {
        let reason = format!("This product is {}; a relation needs an active one.", product.state);
        desk.problems.push(Problem::invalid(path, rule.told(reason)));
    }
}

/// Mplify 87.1 R32, R33: another item of the same request, of the right kind.
fn check_sibling(
    desk: &mut Desk<'_, '_>,
    relation: &Sent<'_>,
    wanted: &Relation,
    (item, items): (&Item<'_>, &[Item<'_>]),
) {
    let path = pointer::join(&relation.at, "id");
    let rule = envelope::RELATION_TARGET;
    let sibling = items.iter().find(|other| other.id == relation.id);
    match sibling {
        Some(other) if other.action == Some(Action::Delete) => desk
            .problems
            .push(Problem::invalid(path, rule.told("This item ends its product."))),
        Some(other) if other.pointer != item.pointer => {
            let urn = other.product.map_or("", |product| product.urn.as_str());
            if other.product.is_some() && !is_of(urn, wanted) {
                let reason = format!("{} points to a {}; this is a {urn}.", relation.kind, wanted.target);
                desk.problems.push(Problem::invalid(path, rule.told(reason)));
            }
        }
        _ => desk
            .problems
            .push(rule.of(Problem::not_found(path, "other item of this request"))),
    }
}

fn check_count(
    desk: &mut Desk<'_, '_>,
    item: &Item<'_>,
    wanted: &Relation,
    (in_service, in_request): (&[Sent<'_>], &[Sent<'_>]),
) {
    let is_wanted = |relation: &&Sent<'_>| wanted.is(relation.kind);
    let name = wanted.name();
    let all: Vec<&Sent<'_>> = in_service.iter().chain(in_request).filter(is_wanted).collect();
    if all.is_empty() {
        // Mplify 115.1 R11, R21
        desk.problems.push(Problem::missing(
            item.product_path("productRelationship"),
            envelope::RELATION_GIVEN.told(format!(
                "The relation {name} to a {} is needed, to a product in service or to another item.",
                wanted.target
            )),
        ));
    }
    // Several products of one relation are candidates to pick from; items of the request are not.
    let siblings = in_request.iter().filter(is_wanted).count();
    if all.len() > 1 && (siblings > 0 || !(wanted.candidates && desk.family.candidates)) {
        for extra in &all[1..] {
            let reason = envelope::RELATION_ONCE.told(format!("One relation {name} is allowed here."));
            desk.problems
                .push(Problem::invalid(pointer::join(&extra.at, "relationshipType"), reason));
        }
    }
}

fn is_of(urn: &str, wanted: &Relation) -> bool {
    urn.strip_prefix(wanted.target.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}
