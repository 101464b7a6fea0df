//! The place of an item: its role, and what it means in the book.

use serde_json::Value;

use super::{Desk, Item, list};
use crate::api::contacts;
use crate::book::Address;
use crate::document::Object;
use crate::failure::Problem;
use crate::pointer;
use crate::products::envelope;
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
    let Some(role) = kind.place_role.as_deref() else {
        if !places.is_empty() {
            let reason = format!("The product {} has no place of its own.", kind.name);
            desk.problems
                .push(Problem::unexpected(at, envelope::PLACE_NONE.told(reason)));
        }
        return;
    };
    if places.is_empty() {
        // Mplify 87.1 R34
        let reason = format!("The product {} needs a place with the role {role}.", kind.name);
        desk.problems
            .push(Problem::missing(at, envelope::PLACE_GIVEN.told(reason)));
        return;
    }
    for (index, place) in places.iter().enumerate() {
        let at = pointer::join(&at, index);
        if place.get("role").and_then(Value::as_str) != Some(role) {
            let path = pointer::join(&at, "role");
            let reason = envelope::PLACE_ROLE.told(format!("Role expected here: {role}."));
            desk.problems.push(Problem::invalid(path, reason));
        } else if index > 0 {
            desk.problems.push(Problem::invalid(
                at,
                envelope::PLACE_GIVEN.told(format!("One place with the role {role} is enough.")),
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
        let reason = envelope::PLACE_SITE.told("A site reference has no subUnit beside it.");
        desk.problems.push(Problem::unexpected(path, reason));
    }
    match desk.ctx.book.place(inner, &inner_at) {
        Err(problem) => desk.problems.push(problem),
        Ok(address) => item.address = Some(address),
    }
}

/// Why the agreement does not open what `item` asks for now. It is a good question with a clear
/// answer, so it is no 422: a qualification is red (Mplify 87.1 R51), a quote cannot be provided
/// (MEF 80 R51). An order says what was quoted before, or is refused; the guides bind syntax
/// alone to a status.
pub(super) fn closed(ctx: &Context<'_>, item: &Item<'_>) -> Option<String> {
    let request = ctx.agreement.closed_request(item.asked_at);
    request.or_else(|| closed_at(ctx, item.address.as_deref()?))
}

fn closed_at(ctx: &Context<'_>, address: &Address) -> Option<String> {
    let field = |name: &str| address.fielded.get(name).and_then(Value::as_str).unwrap_or_default();
    ctx.agreement.closed_place(field("countryCode"), field("postcode"))
}

/// Whether the agreement opens the place of `address`.
pub fn is_open(ctx: &Context<'_>, address: &Address) -> bool {
    closed_at(ctx, address).is_none()
}

fn check_contacts(desk: &mut Desk<'_, '_>, item: &mut Item<'_>, place: &Value, at: &str) {
    let people = place
        .get("contact")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if people.is_empty() {
        // Mplify 87.1 R35 wants somebody who opens the door; the schema does not, so it is no error.
        let odd = envelope::PLACE_CONTACT.told(format!("{at} names no contact who gives access."));
        item.warnings.push(odd);
    }
    for (index, person) in people.iter().enumerate() {
        let at = pointer::join(&pointer::join(at, "contact"), index);
        desk.problems.extend(contacts::check_person(person, &at));
    }
}
