//! The place of an item: its role, and what it means in the book.

use serde_json::Value;

use super::{Desk, Item, list};
use crate::api::contacts;
use crate::book::Address;
use crate::document::Object;
use crate::failure::Problem;
use crate::pointer;
use crate::rules::Context;

/// Checks `product.place` and finds the address it means.
pub(super) fn check<'a>(desk: &mut Desk<'a, '_>, item: &mut Item<'a>, product: &'a Object) {
    let places = list(product, "place");
    let at = item.product_path("place");
    for (index, place) in places.iter().enumerate() {
        check_contacts(desk, item, place, &pointer::join(&at, index));
    }
    let Some(kind) = item.product else {
        return;
    };
    let Some(role) = kind.place_role else {
        if !places.is_empty() {
            let reason = format!("The product {} has no place of its own.", kind.name);
            desk.problems.push(Problem::unexpected(at, reason));
        }
        return;
    };
    if places.is_empty() {
        // Mplify 87.1 R34
        let reason = format!("The product {} needs a place with the role {role}.", kind.name);
        desk.problems.push(Problem::missing(at, reason));
        return;
    }
    for (index, place) in places.iter().enumerate() {
        let at = pointer::join(&at, index);
        if place.get("role").and_then(Value::as_str) != Some(role) {
            let path = pointer::join(&at, "role");
            desk.problems
                .push(Problem::invalid(path, format!("Role expected here: {role}.")));
        } else if index > 0 {
            desk.problems.push(Problem::invalid(
                at,
                format!("One place with the role {role} is enough."),
            ));
        } else {
            find(desk, item, place, &at);
        }
    }
}

fn find<'a>(desk: &mut Desk<'a, '_>, item: &mut Item<'a>, place: &'a Value, at: &str) {
    let Some(inner) = place.get("place") else {
        return;
    };
    let inner_at = pointer::join(at, "place");
    if place.get("subUnit").is_some() && inner.get("@type").and_then(Value::as_str) == Some("GeographicSiteRef") {
        // Mplify 115.1 R23, 123.1 R15: a site is as precise as it gets.
        let path = pointer::join(at, "subUnit");
        desk.problems
            .push(Problem::unexpected(path, "A site reference has no subUnit beside it."));
    }
    match desk.ctx.book.place(inner, &inner_at) {
        Err(problem) => desk.problems.push(problem),
        Ok(address) if is_open(desk.ctx, address) => item.address = Some(address),
        Ok(_) => desk.problems.push(Problem::invalid(
            inner_at,
            "Places in this country are not part of the agreement.",
        )),
    }
}

/// Whether the agreement opens the country of `address`.
pub fn is_open(ctx: &Context<'_>, address: &Address) -> bool {
    let country = address
        .fielded
        .get("countryCode")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let open = &ctx.agreement.countries;
    open.is_empty() || open.iter().any(|code| code.eq_ignore_ascii_case(country))
}

fn check_contacts(desk: &mut Desk<'_, '_>, item: &mut Item<'_>, place: &Value, at: &str) {
    let people = place
        .get("contact")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if people.is_empty() {
        // Mplify 87.1 R35 wants somebody who opens the door; the schema does not, so it is no error.
        item.warnings.push(format!("{at} names no contact who gives access."));
    }
    for (index, person) in people.iter().enumerate() {
        let at = pointer::join(&pointer::join(at, "contact"), index);
        desk.problems.extend(contacts::check_person(person, &at));
    }
}
