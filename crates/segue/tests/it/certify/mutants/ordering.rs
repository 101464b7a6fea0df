//! Wrong answers about orders and products, and wrong guards.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::super::proxy::Passing;
use super::{Mutant, mutant, never_ends};

const ORDER: &str = "POST /productOrder";
const ORDER_GET: &str = "GET /productOrder/{id}";
const ORDERS: &str = "GET /productOrder";
const CANCEL: &str = "POST /cancelProductOrder";
const CANCELS: &str = "GET /cancelProductOrder";
const CANCEL_GET: &str = "GET /cancelProductOrder/{id}";
const MODIFY: &str = "POST /modifyProductOrderItemRequestedDeliveryDate";
const MODIFIES: &str = "GET /modifyProductOrderItemRequestedDeliveryDate";
const MODIFY_GET: &str = "GET /modifyProductOrderItemRequestedDeliveryDate/{id}";
const CHARGE_GET: &str = "GET /charge/{id}";
const CHARGES: &str = "GET /charge";
const PRODUCT_GET: &str = "GET /product/{id}";
const PRODUCTS: &str = "GET /product";
const HUB: &str = "POST /hub";
const TOKEN: &str = "POST /acme/oauth2/token";

/// For what is another one each time.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Takes what was refused.
fn takes(p: &mut Passing, title: &str) {
    p.refused(title, |a| {
        a.status = 201;
        a.body = json!({ "id": "1", "state": "acknowledged" });
    });
}

fn fails(p: &mut Passing, title: &str) {
    p.refused(title, |a| a.status = 500);
}

fn in_state(a: &Passing, state: &str) -> bool {
    a.body["productOrderItem"][0]["state"] == state
}

#[rustfmt::skip]
pub fn order() -> Vec<Mutant> {
    vec![
        mutant("123.1 R18", "names nobody of the Seller", "order.create.attributes", |p| p.at(ORDER, |a| a.set("/relatedContactInformation/*/role", "productOrderContact"))),
        mutant("123.1 R17", "changes the Buyer's date", "order.create.echo", |p| p.at(ORDER_GET, |a| a.set("/productOrderItem/*/requestedCompletionDate", "2030-01-01T00:00:00Z"))),
        mutant("123.1 R23", "tells no history of an item", "order.create.items", |p| p.at(ORDER, |a| a.cut("/productOrderItem/*/stateChange"))),
        mutant("123.1 R1", "answers an unknown order with 400", "order.get.unknown", |p| p.refused(ORDER_GET, |a| a.status = 400)),
        mutant("123.1 R38", "takes a term that is not sold", "order.term.unsold", |p| p.at(ORDER_GET, |a| if in_state(a, "rejected") { a.set("/productOrderItem/*/state", "failed") })),
        mutant("123.1 R39", "refuses at once what has to be rejected", "order.term.not-as-quoted", |p| p.at(ORDER, |a| a.status = 422)),
        mutant("123.1 R19", "names an order anew", "order.life.id", |p| p.at(ORDER_GET, |a| a.set("/id", "new"))),
        mutant("123.1 R20", "forgets where it began", "order.life.history", |p| p.at(ORDER_GET, |a| if a.body["state"] == "completed" { a.set("/stateChange/*/state", "completed") })),
        mutant("123.1 R24", "completes an item that was not in progress", "order.life.history", |p| p.at(ORDER_GET, |a| if in_state(a, "completed") {
            a.set("/productOrderItem/*/stateChange", json!([{ "state": "acknowledged", "changeDate": "2026-01-01T00:00:00Z" }, { "state": "completed", "changeDate": "2026-01-02T00:00:00Z" }]));
        })),
        mutant("123.1 R29", "does not tell when an item will be completed", "order.life.expected-date", |p| p.at(ORDER_GET, |a| if in_state(a, "inProgress") { a.cut("/productOrderItem/*/expectedCompletionDate") })),
        mutant("123.1 R51", "tells when an item was completed that is not", "order.life.completion-date", |p| p.at(ORDER_GET, |a| if in_state(a, "inProgress") { a.set("/productOrderItem/*/completionDate", "2026-01-01T00:00:00Z") })),
        mutant("123.1 R50", "does not tell when an item was completed", "order.life.completion-date", |p| p.at(ORDER_GET, |a| a.cut("/productOrderItem/*/completionDate"))),
        mutant("123.1 R25", "agrees to a haste that nobody wanted", "order.life.expedite", |p| p.at(ORDER, |a| a.set("/productOrderItem/*/expediteAcceptedIndicator", true))),
        mutant("123.1 R63", "does not tell the product", "order.life.product", |p| p.at(ORDER_GET, |a| a.cut("/productOrderItem/*/product/id"))),
        mutant("123.1 R21", "writes notes in the name of the Buyer", "order.life.notes", |p| p.at(ORDER, |a| a.set("/note", json!([{ "id": "1", "author": "x", "date": "2026-01-01T00:00:00Z", "source": "buyer", "text": "x" }])))),
        mutant("123.1 R64", "does not tell when the order was completed", "order.life.attributes", |p| p.at(ORDER_GET, |a| a.cut("/completionDate"))),
        mutant("123.1 R7", "leaves out what is required", "order.structure", |p| p.at(ORDER_GET, |a| a.cut("/orderDate"))),
        mutant("123.1 R8", "adds an attribute of its own", "order.nothing-else", |p| p.at(ORDER_GET, |a| a.set("/priority", "high"))),
        mutant("123.1 R10", "takes an order without items", "order.form.items", |p| takes(p, ORDER)),
        mutant("123.1 R11", "takes an order without contact", "order.form.contact", |p| takes(p, ORDER)),
        mutant("123.1 R12", "takes an item without date", "order.form.item", |p| takes(p, ORDER)),
        mutant("123.1 R14", "takes a place without role", "order.form.place", |p| takes(p, ORDER)),
        mutant("123.1 R15", "fails instead of refusing", "order.form.site-sub-unit", |p| fails(p, ORDER)),
        mutant("123.1 R5", "fails instead of refusing", "order.product.type", |p| fails(p, ORDER)),
        mutant("123.1 R6", "fails instead of refusing", "order.product.configuration", |p| fails(p, ORDER)),
        mutant("123.1 R9", "fails instead of refusing", "order.product.no-place", |p| fails(p, ORDER)),
        mutant("123.1 R31", "fails instead of refusing", "order.add.needs", |p| fails(p, ORDER)),
        mutant("123.1 R36", "fails instead of refusing", "order.add.roll", |p| fails(p, ORDER)),
        mutant("123.1 R37", "fails instead of refusing", "order.add.without-id", |p| fails(p, ORDER)),
        mutant("123.1 R40", "fails instead of refusing", "order.modify.needs", |p| fails(p, ORDER)),
        mutant("123.1 R45", "fails instead of refusing", "order.delete.needs", |p| fails(p, ORDER)),
        mutant("123.1 R77", "drops the reason of a cancellation", "order.cancel.answer", |p| p.at(CANCEL, |a| a.cut("/cancellationReason"))),
        mutant("123.1 R78", "names nobody of the Seller", "order.cancel.answer", |p| p.at(CANCEL, |a| a.set("/relatedContactInformation/*/role", "cancelProductOrderContact"))),
        mutant("123.1 R81", "forgets which order was cancelled", "order.cancel.read", |p| p.at(CANCEL_GET, |a| a.cut("/productOrder"))),
        mutant("123.1 R79", "lists cancellations without their order", "order.cancel.list", |p| p.at(CANCELS, |a| a.cut("/*/productOrder"))),
        mutant("123.1 R80", "answers an empty list with 404", "order.cancel.none", |p| p.at(CANCELS, |a| a.status = 404)),
        mutant("123.1 R76", "takes a cancellation without contact", "order.cancel.required", |p| takes(p, CANCEL)),
        mutant("123.1 R75", "takes the cancellation of nothing", "order.cancel.unknown", |p| takes(p, CANCEL)),
        mutant("123.1 CR2", "cancels but lists no cancellation", "order.cancel.all-or-none", |p| p.at(CANCELS, |a| { a.status = 501; a.body = json!({ "code": "notImplemented", "reason": "none" }); })),
        mutant("123.1 R69", "does not tell when another date was asked for", "order.date.answer", |p| p.at(MODIFY, |a| a.cut("/creationDate"))),
        mutant("123.1 R67", "drops the wish for haste", "order.date.expedite", |p| p.at(MODIFY, |a| a.cut("/expediteIndicator"))),
        mutant("123.1 R73", "forgets the item", "order.date.read", |p| p.at(MODIFY_GET, |a| a.cut("/productOrderItem"))),
        mutant("123.1 R71", "lists another date than was asked for", "order.date.list", |p| p.at(MODIFIES, |a| a.set("/*/requestedCompletionDate", "2030-01-01T00:00:00Z"))),
        mutant("123.1 R72", "answers an empty list with 404", "order.date.none", |p| p.at(MODIFIES, |a| a.status = 404)),
        mutant("123.1 R74", "answers an unknown request with 400", "order.date.unknown", |p| p.refused(MODIFY_GET, |a| a.status = 400)),
        mutant("123.1 R68", "takes a request without item", "order.date.required", |p| takes(p, MODIFY)),
        mutant("123.1 CR1", "changes dates but lists no request", "order.date.all-or-none", |p| p.at(MODIFIES, |a| { a.status = 501; a.body = json!({ "code": "notImplemented", "reason": "none" }); })),
        mutant("123.1 R53", "takes a change of nothing", "order.patch.nothing", |p| p.refused("PATCH /productOrder/{id}", |a| a.status = 200)),
        mutant("123.1 R101", "answers an empty list with 404", "order.charge.none", |p| p.at(CHARGES, |a| a.status = 404)),
        mutant("123.1 CR3", "lists charges that cannot be read", "order.charge.all-or-none", |p| p.refused("GET /charge/{id}", |a| { a.status = 501; a.body = json!({ "code": "notImplemented", "reason": "none" }); })),
        mutant("123.1 R83", "has two open charges of one order", "order.charge.one-at-a-time", |p| p.at(CHARGES, |a| {
            let one = json!({ "id": "1", "state": "awaitingResponse", "creationDate": "2026-01-01T00:00:00Z", "responseDueDate": "2026-01-01T00:00:00Z", "productOrder": { "productOrderId": "1" } });
            a.body = json!([one, one]);
        })),
        mutant("123.1 R94", "does not tell whether a charge blocks", "order.charge.attributes", |p| p.at(CHARGE_GET, |a| a.cut("/chargeItem/*/blocking"))),
        mutant("123.1 R91", "does not tell which item a charge is about", "order.charge.attributes", |p| p.at(CHARGE_GET, |a| a.cut("/productOrderItem"))),
        mutant("123.1 R92", "does not tell which wish costs something", "order.charge.cause", |p| p.at(CHARGE_GET, |a| a.cut("/modifyProductOrderItemRequestedDeliveryDate"))),
        mutant("123.1 R95", "tells no amount", "order.charge.prices", |p| p.at(CHARGE_GET, |a| a.cut("/chargeItem/*/price/dutyFreeAmount"))),
        mutant("123.1 R111", "tells nobody of a charge", "order.charge.event", |p| p.at("EVENT chargeCreateEvent", |e| e.times = 0)),
        mutant("123.1 R87", "goes on while a charge waits", "order.charge.meanwhile", |p| p.at(ORDER_GET, |a| if in_state(a, "pending") { a.set("/productOrderItem/*/state", "inProgress") })),
        mutant("123.1 R99", "takes an accepted charge back", "order.charge.accepted", |p| p.at(CHARGE_GET, |a| if a.body["state"] == "completed" { a.set("/state", "withdrawnBySeller") })),
        mutant("123.1 R98", "takes silence for consent", "order.charge.timeout", |p| p.at(CHARGE_GET, |a| if a.body["state"] == "timeout" { a.set("/state", "completed") })),
        mutant("123.1 R96", "takes half an answer", "order.charge.partial", |p| p.refused("PATCH /charge/{id}", |a| a.status = 200)),
        mutant("123.1 R27", "holds an item and does not list its charges", "order.charge.held", |p| p.at(ORDER_GET, |a| if in_state(a, "pending") { a.set("/productOrderItem/*/state", "held"); a.cut("/productOrderItem/*/charge"); })),
        mutant("123.1 R86", "works on while a cancellation is charged for", "order.charge.of-order", |p| p.at(ORDER_GET, |a| if a.body["state"] == "assessingCancellation" { a.set("/state", "inProgress") })),
        mutant("123.1 R93", "does not name the cancellation that costs something", "order.charge.of-cancellation", |p| p.at(CHARGE_GET, |a| a.cut("/cancelProductOrder"))),
        mutant("123.1 R57", "lets the Buyer change its contact", "order.patch.seller-contact", |p| p.at(ORDER_GET, |a| a.set("/relatedContactInformation/*/name", NEXT.fetch_add(1, Ordering::Relaxed)))),
        mutant("123.1 R60", "lists another date than it shows", "order.list.rows", |p| p.at(ORDERS, |a| a.set("/*/orderDate", "2030-01-01T00:00:00Z"))),
        mutant("123.1 R61", "answers an empty list with 404", "order.list.none", |p| p.at(ORDERS, |a| a.status = 404)),
        mutant("123.1 O10", "does not heed its filters", "order.list.filters", |p| p.at(ORDERS, |a| if let Some(list) = a.body.as_array_mut() { list.push(json!({ "id": "other", "externalId": "other", "state": "completed" })) })),
        mutant("123.1 D5", "shows the first page again and again", "order.list.pages", |p| p.at(ORDERS, |a| a.set("/*/id", "same"))),
        mutant("123.1 CR7", "says nothing of other pages", "order.list.truncation", |p| p.at(ORDERS, |a| { a.headers.remove("x-total-count"); a.headers.remove("x-pagination-throttled"); })),
        mutant("123.1 R109", "leaves one event out", "order.events.arrive", |p| p.at("EVENT productOrderStateChangeEvent", |e| if e.body["event"]["state"] == "inProgress" { e.times = 0 })),
        mutant("123.1 R114", "names an item that is not there", "order.events.form", |p| p.at("EVENT productOrderItemStateChangeEvent", |e| e.set("/event/orderItemId", "none"))),
        mutant("123.1 R110", "sends events without a time", "order.events.form", |p| p.at("EVENT productOrderItemStateChangeEvent", |e| e.cut("/eventTime"))),
        mutant("123.1 CR8", "tells no milestone", "order.events.milestones", |p| p.at("EVENT productSpecificProductOrderItemMilestoneEvent", |e| e.times = 0)),
        mutant("123.1 R108", "goes on after the end of a registration", "order.events.silence", never_ends),
        mutant("123.1 R52", "changes a date without a word", "order.charge.revised-date", |p| p.at(ORDER_GET, |a| { a.cut("/note"); a.cut("/productOrderItem/*/note"); })),
        mutant("123.1 R103", "forgets what was registered for", "order.hub.kept", |p| p.at(HUB, |a| a.cut("/query"))),
        mutant("123.1 R107", "answers the end of a registration with a body", "order.hub.end", |p| p.at("DELETE /hub/{id}", |a| { a.status = 200; a.body = json!({}); })),
    ]
}

#[rustfmt::skip]
pub fn inventory() -> Vec<Mutant> {
    vec![
        mutant("116.1 R10", "asks for a filter", "inventory.list.unfiltered", |p| p.at(PRODUCTS, |a| a.status = 400)),
        mutant("116.1 R12", "answers an empty list with 404", "inventory.list.none", |p| p.at(PRODUCTS, |a| a.status = 404)),
        mutant("116.1 R13", "lists a product without its place", "inventory.list.rows", |p| p.at(PRODUCTS, |a| a.cut("/*/place"))),
        mutant("116.1 D1", "shows the first page again and again", "inventory.list.pages", |p| p.at(PRODUCTS, |a| a.set("/*/id", "same"))),
        mutant("116.1 CR1", "says nothing of other pages", "inventory.list.truncation", |p| p.at(PRODUCTS, |a| { a.headers.remove("x-total-count"); a.headers.remove("x-pagination-throttled"); })),
        mutant("116.1 R14", "forgets since when it is active", "inventory.get.history", |p| p.at(PRODUCT_GET, |a| a.set("/statusChange", json!([])))),
        mutant("116.1 R15", "names nobody for the service level", "inventory.get.contacts", |p| p.at(PRODUCT_GET, |a| {
            let list = a.body["relatedContactInformation"].as_array_mut().unwrap();
            list.retain(|one| one["role"] != "sellerSlaManagementContact");
        })),
        mutant("116.1 R5", "shows another type of product", "inventory.get.type", |p| p.at(PRODUCT_GET, |a| a.set("/productConfiguration/@type", "urn:other"))),
        mutant("116.1 R6", "adds to a configuration what its schema does not have", "inventory.get.payload", |p| p.at(PRODUCT_GET, |a| a.set("/productConfiguration/colour", "green"))),
        mutant("116.1 R7", "answers an unknown product with 400", "inventory.get.unknown", |p| p.refused(PRODUCT_GET, |a| a.status = 400)),
        mutant("116.1 R7", "leaves out what is required", "inventory.structure", |p| p.at(PRODUCT_GET, |a| a.cut("/startDate"))),
        mutant("116.1 R8", "adds an attribute of its own", "inventory.nothing-else", |p| p.at(PRODUCT_GET, |a| a.set("/colour", Value::from("green")))),
    ]
}

#[rustfmt::skip]
pub fn security() -> Vec<Mutant> {
    let opens = "serves whom it does not know";
    fn open(p: &mut Passing) {
        p.refused("GET /quote", |a| { a.status = 200; a.body = json!([]); });
    }
    vec![
        mutant("128.1 R2", opens, "security.token.missing", open),
        mutant("128.1 R2", opens, "security.token.nonsense", open),
        mutant("128.1 R42", "does not look at signatures", "security.token.altered", open),
        mutant("128.1 R46", "takes tokens without signature", "security.token.unsigned", open),
        mutant("128.1 D8", "believes a token that tells its own key", "security.token.hint", open),
        mutant("128.1 D11", "signs and leaves a header open", "security.payload.form", |p| p.at("GET /quote", |a| a.body = json!({ "protected": "eyJhbGciOiJFUzI1NiJ9", "payload": "W10", "signature": "AAAA", "header": { "kid": "1" } }))),
        mutant("128.1 R41", "signs, and its signature is no base64url", "security.payload.form", |p| p.at("GET /quote", |a| a.body = json!("eyJhbGciOiJFUzI1NiJ9.W10.++++"))),
        // {"alg":"RSA-OAEP-256","kid":"1","enc":"A128CBC"}
        mutant("128.1 R56", "encrypts so that it can be changed", "security.payload.encrypted", |p| p.at("GET /quote", |a| a.body = json!("eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJraWQiOiIxIiwiZW5jIjoiQTEyOENCQyJ9.AA.AA.AA.AA"))),
        mutant("128.1 R24", "grants every scope", "security.scope.unknown", |p| p.refused(TOKEN, |a| { a.status = 200; a.body = json!({ "access_token": "x", "scope": "certifyNoSuchScope" }); })),
        mutant("128.1 R2", "does not look at secrets", "security.secret.wrong", |p| p.refused(TOKEN, |a| { a.status = 200; a.body = json!({ "access_token": "x" }); })),
        mutant("128.1 R45", "signs with a key it does not name", "security.token.header", |p| p.at(TOKEN, |a| {
            // {"alg":"EdDSA"}
            let token = a.body["access_token"].as_str().unwrap().split('.').skip(1).fold("eyJhbGciOiJFZERTQSJ9".to_owned(), |all, part| format!("{all}.{part}"));
            a.set("/access_token", token);
        })),
        mutant("128.1 R2", "does not look at scopes", "security.scope.narrow", |p| takes(p, "POST /quote")),
        mutant("128.1 R2", "shows another Buyer's quote", "security.other-buyer.read", |p| p.refused("GET /quote/{id}", |a| { a.status = 200; a.body = json!({ "id": "1" }); })),
        mutant("128.1 R2", "lists another Buyer's quotes", "security.other-buyer.list", |p| p.at("GET /quote", |a| a.body = json!([{ "id": "1" }]))),
        mutant("128.1 R2", "lets another Buyer decline", "security.other-buyer.change", |p| p.refused("POST /declineQuote", |a| a.status = 200)),
    ]
}
