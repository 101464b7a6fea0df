//! Charges: what the Seller wants on top of the quote, and the Buyer has to agree to. They come
//! from the book: for a line that has to be built, for speed, for cancelling work that has begun.
//!
//! A charge is made by `raise` and ends once: answered by a PATCH, timed out by a job, or
//! withdrawn. What an end means for order and request is in `settle`.

mod rules;

pub use rules::{ChargeRules, withdraw, withdraw_needs};

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::lifecycle::{CHARGE, CHARGE_ITEM};
use super::running::{Running, address, decision, document, lane, seller_note};
use super::view::item_mut;
use crate::api::history;
use crate::api::items::{Action, Item, text};
use crate::book::Delivery;
use crate::commit::{Commit, Job};
use crate::document::{Document, Object};
use crate::lifecycle::{Actor, Refused};
use crate::money::{Money, number};
use crate::rules::Context;
use crate::time;

/// Resource name.
pub const RESOURCE: &str = "charge";
/// Kind of the job that ends a charge without an answer.
pub(super) const TIMEOUT: &str = "timeout";

/// `priceCategory` of the charges there are.
pub(super) const CONSTRUCTION: &str = "construction";
pub(super) const EXPEDITE: &str = "expedite";
pub(super) const CANCELLATION: &str = "cancellation";

/// What a charge is about.
#[derive(Clone, Copy)]
pub(super) enum Cause<'a> {
    /// An item, found while it is fulfilled.
    Item(&'a str),
    /// A request for another date of an item.
    Date(&'a str, &'a Object),
    /// A request to cancel the order.
    Cancel(&'a Object),
}

/// One item of a charge, before it is asked for.
pub(super) struct Line {
    pub category: String,
    /// Whether the matter ends if the Buyer declines.
    pub blocking: bool,
    /// `Money`
    pub amount: Value,
    /// One sentence for the Buyer.
    pub why: String,
}

/// What the book says an order item will have to be charged for: lines with category, blocking
/// and amount. Told to the validation, so that it does not depend on the book of a later day.
pub(super) fn foreseen(item: &Item<'_>, ctx: &Context<'_>) -> Value {
    let Some(offering) = item.offering.filter(|_| item.action == Some(Action::Add)) else {
        return json!([]);
    };
    let money = |amount: Decimal| Money::new(ctx.book.currency.clone(), amount).json();
    let mut lines = Vec::new();
    let builds = item
        .address
        .as_ref()
        .is_some_and(|address| address.delivery == Delivery::OnNetWithBuild);
    let construction = offering
        .extras
        .construction
        .filter(|amount| builds && !amount.is_zero());
    if let Some(amount) = construction {
        lines.push(json!({ "category": CONSTRUCTION, "blocking": true, "amount": money(amount) }));
    }
    let wished = item.body.get("expediteIndicator") == Some(&json!(true));
    if let Some(expedite) = offering.extras.expedite.as_ref().filter(|_| wished) {
        // MEF 57.2 7.3.2: declined, the order goes on without haste. So it cannot be blocking.
        lines.push(json!({ "category": EXPEDITE, "blocking": false, "amount": money(expedite.amount) }));
    }
    Value::Array(lines)
}

/// Whether nothing is to be paid.
pub(super) fn is_free(amount: &Value) -> bool {
    Money::read(amount).is_some_and(|money| money.value.is_zero())
}

/// Asks the Buyer for money; returns the reference to the charge.
pub(super) fn raise(run: &mut Running<'_>, cause: Cause<'_>, lines: &[Line]) -> Result<Value, Refused> {
    let ctx = run.ctx;
    let id = (ctx.new_id)();
    let href = address(RESOURCE, &id, ctx);
    let due = ctx.book.charge_validity.after(ctx.now);
    let mut body = Map::new();
    body.insert("id".into(), json!(id));
    body.insert("href".into(), json!(href));
    body.insert("creationDate".into(), json!(time::text(ctx.now)));
    body.insert("responseDueDate".into(), json!(time::text(due)));
    refer(&mut body, cause, run);
    let mut items = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        items.push(Value::Object(charge_item(index + 1, line, ctx)?));
    }
    body.insert("chargeItem".into(), Value::Array(items));
    history::enter(&CHARGE, &mut body, ("awaitingResponse", Actor::Seller))?;
    let about = match cause {
        Cause::Item(item) | Cause::Date(item, _) => Some(item),
        Cause::Cancel(_) => None,
    };
    let asked = json!({ "chargeItem": body.get("chargeItem"), "responseDueDate": time::text(due) });
    let why = decision((&run.old.id, about), ("charge", "book"), (json!({}), asked), ctx);
    run.commit.decisions.push(why);
    let told = history::event(
        ctx,
        lane(&run.old.id),
        "chargeCreateEvent",
        json!({ "id": id, "href": href }),
    );
    run.commit.events.push(told);
    run.commit.jobs.push(Job {
        id: (ctx.new_id)(),
        scope: history::scope(ctx),
        document_id: id.clone(),
        resource: RESOURCE.into(),
        kind: TIMEOUT.into(),
        payload: json!({}),
        due_at: due,
        attempt: 0,
    });
    run.commit.documents.push(document(RESOURCE, body, ctx));
    let reference = json!({ "id": id, "href": href });
    if let Some(item) = about.and_then(|item| item_mut(&mut run.body, item))
        && let Some(list) = item.entry("charge").or_insert_with(|| json!([])).as_array_mut()
    {
        // Mplify 123.1 R27
        list.push(reference.clone());
    }
    Ok(reference)
}

/// Mplify 123.1 R90 to R93: what it belongs to.
fn refer(body: &mut Object, cause: Cause<'_>, run: &Running<'_>) {
    let order = json!(run.old.id);
    let order_href = json!(text(&run.body, "href"));
    let request = |request: &Object| json!({ "id": text(request, "id"), "href": text(request, "href") });
    match cause {
        Cause::Item(item) | Cause::Date(item, _) => {
            let item = json!({
                "productOrderId": order, "productOrderHref": order_href, "productOrderItemId": item,
            });
            body.insert("productOrderItem".into(), item);
        }
        Cause::Cancel(_) => {
            let order = json!({ "productOrderId": order, "productOrderHref": order_href });
            body.insert("productOrder".into(), order);
        }
    }
    match cause {
        Cause::Item(_) => {}
        Cause::Date(_, asked) => {
            body.insert(super::asked::NEW_DATE.resource.into(), request(asked));
        }
        Cause::Cancel(asked) => {
            body.insert(super::asked::CANCELLATION.resource.into(), request(asked));
        }
    }
}

/// Mplify 123.1 R94, R95. The price is one that no quote named: so it is new.
fn charge_item(number: usize, line: &Line, ctx: &Context<'_>) -> Result<Object, Refused> {
    let mut item = Map::new();
    item.insert("id".into(), json!(number.to_string()));
    item.insert("activityType".into(), json!("new"));
    item.insert("blocking".into(), json!(line.blocking));
    item.insert("priceCategory".into(), json!(line.category));
    item.insert("priceType".into(), json!("nonRecurring"));
    item.insert("price".into(), price(&line.amount, ctx));
    item.insert("note".into(), json!([seller_note(&line.why, ctx)]));
    history::enter(&CHARGE_ITEM, &mut item, ("awaitingResponse", Actor::Seller))?;
    Ok(item)
}

/// `Price`: with tax where the book tells taxes.
fn price(amount: &Value, ctx: &Context<'_>) -> Value {
    let mut price = json!({ "dutyFreeAmount": amount });
    if let Some(rate) = ctx.book.tax_rate
        && let Some(gross) = Money::read(amount).and_then(|net| net.taxed(rate))
    {
        price["taxRate"] = number(rate);
        price["taxIncludedAmount"] = gross.rounded().json();
    }
    price
}

/// The next revision of a charge whose items moved already, in its new state, and the event of it.
pub(super) fn advance(
    (old, mut body): (&Document, Object),
    (to, by): (&str, Actor),
    ctx: &Context<'_>,
) -> Result<Commit, Refused> {
    history::enter(&CHARGE, &mut body, (to, by))?;
    let href = json!(text(&body, "href"));
    let about = lane(order_id(&body)).lane.to_owned();
    let fields = json!({ "id": old.id, "href": href, "state": to });
    let mut commit = Commit::default();
    let told = history::event(ctx, lane(&about), "chargeStateChangeEvent", fields);
    commit.events.push(told);
    if to == "timeout" {
        let fields = json!({ "id": old.id, "href": href });
        let told = history::event(ctx, lane(&about), "chargeTimeoutEvent", fields);
        commit.events.push(told);
    }
    commit.cancel_jobs_of.push(old.id.clone());
    commit.documents.push(old.next(to, body, ctx.now));
    Ok(commit)
}

/// The order that a charge belongs to, directly or through an item.
pub(super) fn order_id(body: &Object) -> &str {
    let of = |name: &str| body.get(name)?.get("productOrderId")?.as_str();
    of("productOrder")
        .or_else(|| of("productOrderItem"))
        .unwrap_or_default()
}

/// The item that a charge is about.
pub(super) fn item_id(body: &Object) -> Option<&str> {
    body.get("productOrderItem")?.get("productOrderItemId")?.as_str()
}

/// The items of a charge, to change them.
pub(super) fn items_mut(body: &mut Object) -> impl Iterator<Item = &mut Object> {
    let items = body.get_mut("chargeItem").and_then(Value::as_array_mut);
    items.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Takes an open charge back, with all its items.
pub(super) fn take_back(old: &Document, ctx: &Context<'_>) -> Result<Commit, Refused> {
    let mut body = old.body.clone();
    for item in items_mut(&mut body) {
        history::enter(&CHARGE_ITEM, item, ("withdrawnBySeller", Actor::Seller))?;
    }
    advance((old, body), ("withdrawnBySeller", Actor::Seller), ctx)
}
