//! What happens to an object as a whole: contacts that change their place, members that are made
//! of others, defaults that have to be said now.

use serde_json::{Value, json};

use super::places;
use super::table::{ROLES, mapped};
use super::walk::{At, Walk, Way};
use crate::document::Object;
use crate::pointer::join;

/// Where contacts stand.
const CONTACTS: &str = "relatedContactInformation";

/// Items, and the role that the contact of their place had before Kylie.
const ITEMS: [(&str, &str); 6] = [
    ("ProductOfferingQualificationItem_Create", "locationContact"),
    ("ProductOfferingQualificationItem", "locationContact"),
    ("MEFQuoteItem_Create", "quoteItemLocationContact"),
    ("QuoteItem", "quoteItemLocationContact"),
    ("MEFProductOrderItem_Create", "orderItemServiceSiteContact"),
    ("ProductOrderItem", "orderItemServiceSiteContact"),
];

/// Before the members are looked at.
pub(super) fn begin(walk: &mut Walk<'_>, source: &Object, from: &str) {
    if (walk.way, from) == (Way::Down, "GeographicAddressValidation") {
        // MEF 79: the answer has the kind of the question.
        let asked = source.get("submittedGeographicAddress").and_then(Value::as_object);
        walk.kind = asked.and_then(places::kind);
    }
}

/// After the members were taken over.
pub(super) fn end(walk: &mut Walk<'_>, (source, out): (&Object, &mut Object), (from, to): (&str, &str), at: &At) {
    let item = ITEMS.iter().find(|(shape, _)| *shape == from);
    match (walk.way, item) {
        (Way::Up, Some((_, role))) => contacts_up(walk, (source, out), role, at),
        (Way::Down, Some((_, role))) => contacts_down(walk, (source, out), (to, role), at),
        (_, None) => {}
    }
    match (walk.way, from) {
        (way, "RelatedContactInformation") => {
            if let Some(role) = out.get("role").and_then(Value::as_str) {
                let role = mapped(way, &ROLES, role).to_owned();
                out.insert("role".into(), json!(role));
            }
        }
        (Way::Up, "GeographicAddressValidation_Create" | "GeographicAddressValidation") => validation_up(out, from),
        (Way::Down, "GeographicAddressValidation") => validation_down(out),
        (Way::Down, "GeographicAddressValidation_Create") => insert(out, "provideAlternative", json!(true)),
        (Way::Up, "ProductOfferingQualification_Create" | "ProductOfferingQualification") => {
            // They had defaults, and are required now.
            for name in ["instantSyncQualification", "provideAlternative"] {
                out.entry(name).or_insert(json!(false));
            }
            if from == "ProductOfferingQualification" {
                dated(source, out, "creationDate", |_| true);
            }
        }
        (Way::Down, "ProductOfferingQualification") => {
            const NAME: &str = "effectiveQualificationDate";
            // Not in the rows of a list.
            if !walk.to.properties(to).iter().any(|property| property.name == NAME) {
                return;
            }
            let ends = ["done", "rejected", "terminatedWithError"];
            dated(source, out, NAME, |change| {
                ends.iter().any(|end| change["state"] == **end)
            });
        }
        (Way::Up, "ProductOrder_Create") => dates_up(walk, (source, out), at),
        (Way::Up, "MEFProduct" | "MEFProduct_Find") => sites_up(source, out),
        (Way::Down, "MEFProduct" | "MEFProduct_Find") => sites_down(walk, source, out),
        (Way::Down, _) => demanded(walk, (source, out), to),
        (Way::Up, _) => {}
    }
}

/// What Billie demands and Kylie does not have.
fn demanded(walk: &Walk<'_>, (source, out): (&Object, &mut Object), to: &str) {
    let properties = walk.to.properties(to);
    let missing = properties
        .iter()
        .filter(|property| property.required && !out.contains_key(&property.name));
    let missing: Vec<&str> = missing.map(|property| property.name.as_str()).collect();
    for name in missing {
        match name {
            // It numbers the changes of an order: who knows them says it better.
            "orderVersion" => insert(out, name, json!("1")),
            "expediteIndicator" => insert(out, name, json!(false)),
            // Rows of a list demand what the request need not say.
            "cancellationReasonType" => insert(out, name, json!("commercial")),
            // A charge for the whole order.
            "productOrderItem" => {
                let order = source.get("productOrder").and_then(|order| order.get("productOrderId"));
                let order = order.cloned().unwrap_or_else(|| json!(""));
                insert(out, name, json!({ "productOrderId": order, "productOrderItemId": "" }));
            }
            _ => {}
        }
    }
}

fn insert(out: &mut Object, name: &str, value: Value) {
    out.insert(name.to_owned(), value);
}

/// Contacts of the place leave the item and lose their role.
fn contacts_up(walk: &mut Walk<'_>, (source, out): (&Object, &mut Object), role: &str, at: &At) {
    out.remove(CONTACTS);
    let list = source.get(CONTACTS).and_then(Value::as_array);
    let (mut of_place, mut of_item) = (Vec::new(), Vec::new());
    for (index, contact) in list.into_iter().flatten().enumerate() {
        let old = join(&join(&at.from, CONTACTS), index);
        let moves_in = contact.get("role").and_then(Value::as_str) == Some(role);
        let shape = if moves_in {
            "ContactInformation"
        } else {
            "RelatedContactInformation"
        };
        let here = At {
            from: old.clone(),
            to: join(&join(&at.to, CONTACTS), of_item.len()),
        };
        let contact = walk.named(contact, ("RelatedContactInformation", shape), &here);
        if moves_in {
            of_place.extend(contact.map(|contact| (old, contact)));
        } else {
            walk.moves.push((here.to, old));
            of_item.extend(contact);
        }
    }
    let has = |walk: &Walk<'_>| {
        let items = ITEMS.iter().filter(|(_, known)| *known == role);
        items
            .into_iter()
            .any(|(shape, _)| walk.to.properties(shape).iter().any(|one| one.name == CONTACTS))
    };
    if !of_item.is_empty() && has(walk) || list.is_some_and(Vec::is_empty) && has(walk) {
        insert(out, CONTACTS, Value::Array(of_item));
    }
    let places = out.get_mut("product").and_then(|product| product.get_mut("place"));
    let places = places.and_then(Value::as_array_mut).into_iter().flatten().enumerate();
    for (index, place) in places.filter(|_| !of_place.is_empty()) {
        let contacts = format!("{}/product/place/{index}/contact", at.to);
        for (number, (old, _)) in of_place.iter().enumerate() {
            walk.moves.push((join(&contacts, number), old.clone()));
        }
        place["contact"] = of_place.iter().map(|(_, contact)| contact.clone()).collect();
    }
}

/// Contacts of the places come to the item, each once, behind those of the item.
fn contacts_down(walk: &mut Walk<'_>, (source, out): (&Object, &mut Object), (to, role): (&str, &str), at: &At) {
    if !walk.to.properties(to).iter().any(|property| property.name == CONTACTS) {
        return;
    }
    let places = source.get("product").and_then(|product| product.get("place"));
    let mut seen: Vec<&Value> = Vec::new();
    for place in places.and_then(Value::as_array).into_iter().flatten() {
        for contact in place.get("contact").and_then(Value::as_array).into_iter().flatten() {
            if !seen.contains(&contact) {
                seen.push(contact);
            }
        }
    }
    for contact in seen {
        let shapes = ("ContactInformation", "RelatedContactInformation");
        let Some(mut contact) = walk.named(contact, shapes, at) else {
            continue;
        };
        contact["role"] = json!(role);
        let list = out.entry(CONTACTS).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(contact);
        }
    }
}

/// Before Kylie every validation was answered at once. Alternatives are always told, also to who does
/// not ask for them: MEF 79 wants it so, and an example of MEF 106 does not ask.
fn validation_up(out: &mut Object, from: &str) {
    insert(out, "instantSyncValidation", json!(true));
    if from == "GeographicAddressValidation" {
        insert(out, "state", json!("ready"));
        out.entry("alternateGeographicAddress").or_insert(json!([]));
    }
}

fn validation_down(out: &mut Object) {
    insert(out, "provideAlternative", json!(true));
    let others = out.get("alternateGeographicAddress").and_then(Value::as_array);
    let result = match (
        out.contains_key("bestMatchGeographicAddress"),
        others.is_some_and(|list| !list.is_empty()),
    ) {
        (true, _) => "success",
        (false, true) => "partial",
        (false, false) => "fail",
    };
    insert(out, "validationResult", json!(result));
}

/// The date of the first change of state that passes, as a member of its own.
fn dated(source: &Object, out: &mut Object, name: &str, passes: impl Fn(&Value) -> bool) {
    let history = source.get("stateChange").and_then(Value::as_array);
    let mut passing = history.into_iter().flatten().filter(|change| passes(change));
    if let Some(date) = passing.next().and_then(|change| change.get("changeDate")) {
        out.entry(name).or_insert(date.clone());
    }
}

/// Billie: the date of the whole order is that of each item which has none.
fn dates_up(walk: &mut Walk<'_>, (source, out): (&Object, &mut Object), at: &At) {
    const NAME: &str = "requestedCompletionDate";
    let Some(date) = source.get(NAME) else { return };
    let items = out.get_mut("productOrderItem").and_then(Value::as_array_mut);
    for (index, item) in items.into_iter().flatten().enumerate() {
        let Some(item) = item.as_object_mut().filter(|item| !item.contains_key(NAME)) else {
            continue;
        };
        item.insert(NAME.to_owned(), date.clone());
        let to = format!("{}/productOrderItem/{index}/{NAME}", at.to);
        walk.moves.push((to, join(&at.from, NAME)));
    }
}

/// Products stood at sites, and stand at places now.
fn sites_up(source: &Object, out: &mut Object) {
    let sites = source.get("relatedSite").and_then(Value::as_array);
    let place = |site: &Value| {
        let mut place = json!({ "@type": "GeographicSiteRef", "id": site["id"] });
        if let Some(href) = site.get("href") {
            place["href"] = href.clone();
        }
        json!({ "place": place, "role": site["role"] })
    };
    if let Some(sites) = sites {
        insert(out, "place", sites.iter().map(place).collect());
    }
}

/// Only sites had a way to be told: an address, also the one that was ordered, is left out.
fn sites_down(walk: &Walk<'_>, source: &Object, out: &mut Object) {
    let Some(places) = source.get("place").and_then(Value::as_array) else {
        return;
    };
    let at_site = |place: &&Value| place.pointer("/place/@type") == Some(&json!("GeographicSiteRef"));
    let site = |place: &Value| {
        let mut site = json!({ "id": place["place"]["id"], "role": place["role"] });
        if let Some(href) = place.pointer("/place/href").and_then(Value::as_str) {
            site["href"] = json!(walk.link(href));
        }
        site
    };
    let sites: Vec<Value> = places.iter().filter(at_site).map(site).collect();
    if !sites.is_empty() {
        insert(out, "relatedSite", Value::Array(sites));
    }
}
