//! What an order of the Buyer makes of a product in service. While it runs the product waits in
//! a state of its own, so that no second order can touch it; at the end of the item the product
//! is changed, ended, or as it was.

use serde_json::{Value, json};

use super::lifecycle::PRODUCT;
use super::rules::{Built, RESOURCE, add_list, buyer_contacts, copy, find, order_item};
use crate::api::history::{self, Move};
use crate::api::items::bound::NEW_TERM;
use crate::api::items::{list, text};
use crate::commit::{Commit, Job};
use crate::document::{Document, Object};
use crate::lifecycle::{Actor, Refused};
use crate::rules::Context;
use crate::time;

/// Kind of the job that leaves a product as it was after its order came to nothing.
pub const RESTORE: &str = "restore";

const ITEMS: &str = "productOrderItem";

/// The order of `built` begins: the product goes to `state` (`active.pendingChange` or
/// `pendingTerminate`), and names the item.
pub fn begin(product: &Document, built: Built<'_>, state: &str, ctx: &Context<'_>) -> Result<Document, Refused> {
    let mut body = product.body.clone();
    // The filter productOrderId means every order of the product, running ones too (digest 4.1).
    let mut items = list(&body, ITEMS).to_vec();
    items.push(order_item(built));
    add_list(&mut body, ITEMS, items);
    moved(product, body, (state, None), ctx)
}

/// The change of `built` is done.
pub fn changed(product: &Document, built: Built<'_>, ctx: &Context<'_>) -> Result<Document, Refused> {
    let empty = Object::new();
    let item = find(built.order, built.item_id).unwrap_or(&empty);
    let ordered = item.get("product").and_then(Value::as_object).unwrap_or(&empty);
    let mut body = product.body.clone();
    built.configured(ordered, &mut body);
    for name in ["billingAccount", "agreementName"] {
        copy(item, name, &mut body);
    }
    add_list(&mut body, "productPrice", built.prices());
    replace_contacts(&mut body, buyer_contacts(built.order, item));
    // An order that says nothing of a term leaves it as it is.
    let term = item.get("requestedItemTerm");
    if let Some(term) = term {
        body.insert("productTerm".into(), json!([term]));
    }
    moved(product, body, ("active", term.map(|_| NEW_TERM)), ctx)
}

/// The product is disconnected.
pub fn ended(product: &Document, ctx: &Context<'_>) -> Result<Document, Refused> {
    let mut body = product.body.clone();
    body.insert("terminationDate".into(), json!(time::text(ctx.now)));
    moved(product, body, ("terminated", None), ctx)
}

/// The job for the product of an item that failed or was cancelled. It is one of the product:
/// nothing that is done with the order calls it off.
pub fn restore(product_id: &str, (order_id, item_id): (&str, &str), ctx: &Context<'_>) -> Job {
    Job {
        id: (ctx.new_id)(),
        scope: history::scope(ctx),
        document_id: product_id.to_owned(),
        resource: RESOURCE.into(),
        kind: RESTORE.into(),
        payload: json!({ "productOrderId": order_id, "productOrderItemId": item_id }),
        due_at: ctx.now,
        attempt: 0,
    }
}

/// Does that job. Where another order has the product by now, nothing is left to do.
pub(super) fn on_restore(product: &Document, job: &Job, ctx: &Context<'_>) -> Commit {
    let last = list(&product.body, ITEMS).last();
    let same = |name: &str| last.and_then(|last| last.get(name)) == job.payload.get(name);
    let waits = matches!(product.state.as_str(), "active.pendingChange" | "pendingTerminate");
    if !waits || !same("productOrderId") || !same("productOrderItemId") {
        return Commit::default();
    }
    let reason = Some("The order came to nothing.");
    moved(product, product.body.clone(), ("active", reason), ctx).map_or_else(|_| Commit::default(), Commit::of)
}

/// The product in state `to`.
pub(super) fn moved(
    product: &Document,
    mut body: Object,
    (to, reason): (&str, Option<&str>),
    ctx: &Context<'_>,
) -> Result<Document, Refused> {
    let step = Move {
        to,
        by: Actor::Seller,
        at: ctx.now,
        reason,
    };
    history::change_status(&PRODUCT, &mut body, step)?;
    body.insert("lastUpdateDate".into(), json!(time::text(ctx.now)));
    let state = text(&body, "status").to_owned();
    Ok(product.next(state, body, ctx.now))
}

/// Contacts the order names take the place of those with the same role.
fn replace_contacts(body: &mut Object, contacts: Vec<Value>) {
    let role = |contact: &Value| contact.get("role").cloned();
    let mut kept = list(body, super::rules::CONTACTS).to_vec();
    kept.retain(|old| contacts.iter().all(|new| role(new) != role(old)));
    kept.extend(contacts);
    add_list(body, super::rules::CONTACTS, kept);
}
