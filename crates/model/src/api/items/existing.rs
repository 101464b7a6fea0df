//! The product in service behind an item that changes or ends it: whose it is, what may change,
//! and what has to end with it.

use std::sync::Arc;

use serde_json::Value;

use super::configured::in_service;
use super::{Action, Desk, Item, list, reference, text};
use crate::book::{Address, Offering, PriceLine, Serviceability, Term};
use crate::document::{Document, Object};
use crate::failure::Problem;
use crate::party::promotion::Asked;
use crate::pointer;
use crate::products::envelope;
use crate::rules::{Context, Found, Ref};
use crate::time::Span;

/// States of a product that needs nothing any more.
const GONE: [&str; 2] = ["terminated", "cancelled"];

/// Who uses the product that `item` changes or ends: loaded before it is decided.
pub fn users_ref(item: &Object) -> Option<Ref> {
    let touched = Action::read(text(item, "action")).is_some_and(|action| action != Action::Add);
    let id = reference(item, "product").filter(|_| touched)?;
    Some(Ref::Related {
        resource: "product",
        filter: "relatedProductId",
        value: id.to_owned(),
    })
}

/// Products that are related to `id` and not gone.
pub fn users<'a>(found: &'a Found, id: &str) -> impl Iterator<Item = &'a Document> {
    let related = found.related("product", "relatedProductId", id).iter();
    related.filter(|product| !GONE.contains(&product.state.as_str()))
}

/// Finds the product that `item` names. Unknown and foreign ones are not found alike.
pub(super) fn find<'a>(desk: &mut Desk<'a, '_>, item: &mut Item<'a>, product: &'a Object) {
    let Some(id) = product.get("id").and_then(Value::as_str) else {
        return;
    };
    let path = item.product_path("id");
    let Some(existing) = desk.found.document("product", id) else {
        desk.problems.push(Problem::not_found(path, "product"));
        return;
    };
    item.existing = Some(existing);
    let urn = existing.text("/productConfiguration/@type").unwrap_or_default();
    if desk.ctx.products.product(urn).is_some_and(|kind| !kind.orderable) {
        let reason = envelope::NOT_ORDERED.told("This product is not changed or ended through the API.");
        desk.problems.push(Problem::invalid(path, reason));
    } else if existing.state != "active" {
        // Mplify 116.1: a second order has to wait for the end of the first one.
        let reason = format!("This product is {}; only an active one can be changed.", existing.state);
        desk.problems
            .push(Problem::invalid(path, envelope::ACTIVE.told(reason)));
    }
}

/// What an item with the action delete means is what is in service.
pub(super) fn adopt<'a>(desk: &Desk<'a, '_>, item: &mut Item<'a>) {
    let Some(existing) = item.existing else { return };
    item.offering = offering(existing, desk.ctx);
    item.address = address(existing, desk.ctx);
    item.configuration = in_service(existing, desk.ctx);
    let urn = item
        .configuration
        .as_deref()
        .map(|configuration| text(configuration, "@type"));
    item.product = urn.and_then(|urn| desk.ctx.products.product(urn));
}

/// A change keeps specification, place and what the product fixes. Mplify 115.1 R45, R46; 87.1
/// R40, R41; 123.1 R41, R44. Relations are compared where relations are.
pub(super) fn compare(desk: &mut Desk<'_, '_>, item: &Item<'_>) {
    let Some(existing) = item.existing else { return };
    let urn = existing.text("/productConfiguration/@type").unwrap_or_default();
    if item.offering.is_some_and(|offering| offering.product != urn) {
        let path = pointer::join(&item.product_path("productOffering"), "id");
        let reason = format!("A change keeps the product specification; this product is a {urn}.");
        let reason = envelope::SPECIFICATION_KEPT.told(reason);
        desk.problems.push(Problem::invalid(path, reason));
        return;
    }
    let (Some(kind), Some(configuration)) = (item.product, item.configuration.as_deref()) else {
        return;
    };
    let had = in_service(existing, desk.ctx);
    for name in &kind.fixed {
        let had = had.as_ref().and_then(|had| had.get(name));
        if had != configuration.get(name) {
            let path = pointer::join(&item.product_path("productConfiguration"), name);
            let reason = envelope::FIXED.told("This cannot be changed in service; order a new product instead.");
            desk.problems.push(Problem::invalid(path, reason));
        }
    }
    if moved(item, existing, desk.ctx) {
        let reason = envelope::PLACE_KEPT.told("A change keeps the place; order a new product elsewhere instead.");
        desk.problems.push(Problem::invalid(item.product_path("place"), reason));
    }
}

/// Places are the same when they mean the same address, however they are written.
fn moved(item: &Item<'_>, existing: &Document, ctx: &Context<'_>) -> bool {
    match (item.address.as_deref(), address(existing, ctx)) {
        (Some(sent), Some(had)) => sent.id != had.id,
        // What the book does not know any more can be compared as it is written only.
        (Some(_), None) => {
            let inner = |place: Option<&Value>| place?.get(0)?.get("place").cloned();
            let product = item.body.get("product");
            inner(product.and_then(|product| product.get("place"))) != inner(existing.at("/place"))
        }
        // Told by the check of places.
        (None, _) => false,
    }
}

/// What concerns several items: one product is changed once, and nothing that others need ends.
pub(super) fn check_together(desk: &mut Desk<'_, '_>, items: &[Item<'_>]) {
    let id_of = |item: &Item<'_>| item.existing.map(|existing| existing.id.clone());
    for (index, item) in items.iter().enumerate() {
        let Some(id) = id_of(item) else { continue };
        let path = item.product_path("id");
        if items[..index]
            .iter()
            .any(|earlier| id_of(earlier).as_ref() == Some(&id))
        {
            let reason = envelope::ACTIVE.told("Another item changes or ends this product already.");
            desk.problems.push(Problem::invalid(path, reason));
            continue;
        }
        if item.action != Some(Action::Delete) {
            continue;
        }
        let users: Vec<&str> = users(desk.found, &id)
            .map(|user| user.id.as_str())
            .filter(|user| !ends(items, user))
            .collect();
        if !users.is_empty() {
            let reason = format!(
                "Products that use it end with it or before it; still there: {}.",
                users.join(", ")
            );
            desk.problems
                .push(Problem::invalid(path, envelope::USERS_FIRST.told(reason)));
        }
    }
}

/// Whether an item of the same request ends the product `id`.
pub(super) fn ends(items: &[Item<'_>], id: &str) -> bool {
    items
        .iter()
        .any(|item| item.action == Some(Action::Delete) && item.existing.is_some_and(|existing| existing.id == id))
}

/// The offering of a product in service, while it is still sold.
pub(super) fn offering<'a>(existing: &Document, ctx: &Context<'a>) -> Option<&'a Offering> {
    ctx.book.offering(existing.text("/productOffering/id")?)
}

/// Where a product in service is, while the book still knows the place.
pub(super) fn address(existing: &Document, ctx: &Context<'_>) -> Option<Arc<Address>> {
    let place = list(&existing.body, "place").first()?.get("place")?;
    ctx.book.place(place, "").ok()
}

/// A price in another currency than agreed is none.
fn check_currency(ctx: &Context<'_>) -> Result<(), String> {
    match &ctx.agreement.currency {
        Some(currency) if *currency != ctx.book.currency => Err(format!(
            "Prices are agreed in {currency}, the price list is in {}.",
            ctx.book.currency
        )),
        _ => Ok(()),
    }
}

impl Item<'_> {
    /// Whether and how `offering` can be delivered for this item.
    pub fn serviceability(&self, offering: &Offering, ctx: &Context<'_>) -> Serviceability {
        let empty = Object::new();
        let configuration = self.configuration.as_deref().unwrap_or(&empty);
        if let Some(reason) = &self.closed {
            return Serviceability {
                confidence: "red",
                reason: reason.clone(),
                interval: offering.interval,
                delivery_type: "offNetWithBuild",
            };
        }
        match self.action {
            Some(Action::Modify) => ctx.book.changeability(offering, configuration),
            Some(Action::Add | Action::Delete) | None => {
                ctx.book
                    .serviceability(offering, self.address.as_deref(), configuration)
            }
        }
    }

    /// Prices of an item that adds or changes a product, or one sentence why there are none.
    pub fn prices(
        &self,
        offering: &Offering,
        term: Option<&Term>,
        ctx: &Context<'_>,
    ) -> Result<Vec<PriceLine>, String> {
        let empty = Object::new();
        let configuration = self.configuration.as_deref().unwrap_or(&empty);
        check_currency(ctx)?;
        let lines = match self.action {
            Some(Action::Modify) => ctx
                .book
                .change_prices(offering, self.address.as_deref(), configuration, term),
            Some(Action::Add | Action::Delete) | None => {
                ctx.book.prices(offering, self.address.as_deref(), configuration, term)
            }
        }?;
        let term = term.or(offering.terms.first()).map(|term| term.duration);
        let at = self.asked_at;
        Ok(ctx.agreement.promoted(lines, Asked { offering, term, at }))
    }

    /// Prices of the end of the product that this item ends, or one sentence why there are none.
    pub fn end_prices(&self, ctx: &Context<'_>) -> Result<Vec<PriceLine>, String> {
        check_currency(ctx)?;
        let bound = self.existing.map(|existing| super::bound::bound(existing, ctx.now));
        Ok(ctx.book.end_prices(self.offering, &bound.unwrap_or_default()))
    }

    /// Time from order to the end of the product that this item ends.
    pub fn end_interval(&self) -> Span {
        let sold = self.offering.map(Offering::change_interval);
        sold.unwrap_or(Span::new(0, crate::time::Unit::CalendarDays))
    }

    /// The `MEFItemTerm` that the product in service has now.
    pub fn current_term(&self) -> Option<&Value> {
        list(&self.existing?.body, "productTerm").first()
    }
}
