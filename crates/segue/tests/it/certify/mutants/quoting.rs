//! Wrong answers about qualifications and quotes.

use serde_json::{Value, json};

use super::super::proxy::Passing;
use super::{Mutant, forgets_targets, has_no_events, has_no_hub, mutant, never_ends, registers_for_all};

const POQ: &str = "POST /productOfferingQualification";
const POQ_GET: &str = "GET /productOfferingQualification/{id}";
const POQS: &str = "GET /productOfferingQualification";
const QUOTE: &str = "POST /quote";
const QUOTE_GET: &str = "GET /quote/{id}";
const QUOTES: &str = "GET /quote";
const HUB: &str = "POST /hub";

/// Takes what was refused.
fn takes(p: &mut Passing, title: &str) {
    p.refused(title, |a| {
        a.status = 201;
        a.body = json!({ "id": "1", "state": "acknowledged" });
    });
}

/// Lists what was filtered away too.
fn adds_a_row(p: &mut Passing, title: &str, row: Value) {
    p.at(title, |a| {
        if let Some(list) = a.body.as_array_mut() {
            list.push(row);
        }
    });
}

/// Says nothing of other pages.
fn silent_about_pages(p: &mut Passing, title: &str) {
    p.at(title, |a| {
        a.headers.remove("x-total-count");
        a.headers.remove("x-pagination-throttled");
    });
}

#[rustfmt::skip]
pub fn poq() -> Vec<Mutant> {
    vec![
        mutant("87.1 R8", "answers in progress what was wanted at once", "poq.create.at-once", |p| p.at(POQ, |a| a.set("/state", "inProgress"))),
        mutant("87.1 R42", "drops the Buyer's own name", "poq.create.echo", |p| p.at(POQ, |a| a.cut("/externalId"))),
        mutant("87.1 R43", "does not tell when it was made", "poq.create.attributes", |p| p.at(POQ, |a| a.cut("/creationDate"))),
        mutant("87.1 R44", "tells no history", "poq.create.history", |p| p.at(POQ, |a| a.set("/stateChange", json!([])))),
        mutant("87.1 R45", "gives every qualification one id", "poq.create.id", |p| p.at(POQ, |a| a.set("/id", "1"))),
        mutant("87.1 R52", "names nobody of the Seller", "poq.create.seller-contact", |p| p.at(POQ, |a| a.set("/relatedContactInformation/*/role", "buyerContactInformation"))),
        mutant("87.1 O1", "cannot read a room", "poq.create.sub-unit", |p| if p.title == POQ { p.status = 500 }),
        mutant("87.1 R46", "answers an item twice", "poq.items.same", |p| p.at(POQ, |a| {
            let first = a.body["productOfferingQualificationItem"][0].clone();
            a.body["productOfferingQualificationItem"].as_array_mut().unwrap().push(first);
        })),
        mutant("87.1 R47", "answers for another offering", "poq.items.offering", |p| p.at(POQ, |a| a.set("/productOfferingQualificationItem/*/product/productOffering/id", "other"))),
        mutant("87.1 R51", "does not say how sure it is", "poq.items.confidence", |p| p.at(POQ, |a| a.cut("/productOfferingQualificationItem/*/serviceabilityConfidence"))),
        mutant("87.1 R15", "leaves an item of an immediate answer open", "poq.items.states", |p| p.at(POQ, |a| a.set("/productOfferingQualificationItem/*/state", "inProgress"))),
        mutant("87.1 R53", "does not tell the interval of a green item", "poq.items.deliverable", |p| p.at(POQ, |a| a.cut("/productOfferingQualificationItem/*/installationInterval"))),
        mutant("87.1 O4", "names a third party on net", "poq.items.third-party", |p| p.at(POQ, |a| a.set("/productOfferingQualificationItem/*/3rdPartyProvider", "X"))),
        mutant("87.1 O5", "proposes alternates that nobody wanted", "poq.alternates.not-wanted", |p| p.at(POQ, |a| a.set("/productOfferingQualificationItem/*/alternateProductOfferingProposal", json!([{ "id": "1" }])))),
        mutant("87.1 CR2", "leaves the list of alternates out", "poq.alternates.none-found", |p| p.at(POQ, |a| a.cut("/productOfferingQualificationItem/*/alternateProductOfferingProposal"))),
        mutant("87.1 R54", "proposes an alternate without interval", "poq.alternates.attributes", |p| p.at(POQ, |a| a.set("/productOfferingQualificationItem/*/alternateProductOfferingProposal", json!([{ "id": "1", "alternateProduct": {}, "deliveryType": "onNetWithoutBuild", "serviceabilityConfidence": "green" }])))),
        mutant("87.1 R55", "gives two alternates one id", "poq.alternates.attributes", |p| p.at(POQ, |a| {
            let one = json!({ "id": "1", "alternateProduct": {}, "deliveryType": "onNetWithoutBuild", "serviceabilityConfidence": "green", "installationInterval": {} });
            a.set("/productOfferingQualificationItem/*/alternateProductOfferingProposal", json!([one, one]));
        })),
        mutant("87.1 R60", "forgets its flag", "poq.get.attributes", |p| p.at(POQ_GET, |a| a.cut("/provideAlternative"))),
        mutant("87.1 R62", "forgets what was to be done", "poq.get.items", |p| p.at(POQ_GET, |a| a.cut("/productOfferingQualificationItem/*/action"))),
        mutant("87.1 R63", "ends its history before its state", "poq.get.history", |p| p.at(POQ_GET, |a| a.set("/stateChange/*/state", "acknowledged"))),
        mutant("87.1 R64", "forgets the contacts", "poq.get.done", |p| p.at(POQ_GET, |a| a.set("/relatedContactInformation", json!([])))),
        mutant("87.1 R65", "does not tell how a green item is delivered", "poq.get.deliverable", |p| p.at(POQ_GET, |a| a.cut("/productOfferingQualificationItem/*/deliveryType"))),
        mutant("87.1 R24", "answers an unknown qualification with 400", "poq.get.unknown", |p| p.refused(POQ_GET, |a| a.status = 400)),
        mutant("87.1 R10", "is done while an item is not", "poq.states.matrix", |p| p.at(POQ_GET, |a| a.set("/productOfferingQualificationItem/*/state", "inProgress"))),
        mutant("87.1 R12", "is done although an item was rejected", "poq.states.matrix", |p| p.at(POQ_GET, |a| a.set("/productOfferingQualificationItem/*/state", "rejected"))),
        mutant("87.1 R9", "goes from rejected to done", "poq.states.ways", |p| p.at(POQ_GET, |a| a.set("/stateChange", json!([
            { "state": "acknowledged", "changeDate": "2026-01-01T00:00:00Z" }, { "state": "rejected", "changeDate": "2026-01-01T00:00:01Z" },
            { "state": "done", "changeDate": "2026-01-01T00:00:02Z" }])))),
        mutant("87.1 R66", "answers a rejected item", "poq.states.rejected", |p| p.at(POQ, |a| a.set("/productOfferingQualificationItem/*/state", "rejected"))),
        mutant("87.1 R7", "leaves out what is required", "poq.structure", |p| p.at(POQ_GET, |a| a.cut("/instantSyncQualification"))),
        mutant("87.1 R22", "adds an attribute of its own", "poq.nothing-else", |p| p.at(POQ_GET, |a| a.set("/colour", "green"))),
        mutant("87.1 R25", "takes a request without items", "poq.form.required", |p| takes(p, POQ)),
        mutant("87.1 R27", "takes a contact without name", "poq.form.contact", |p| takes(p, POQ)),
        mutant("87.1 R29", "takes an item without action", "poq.form.item", |p| takes(p, POQ)),
        mutant("87.1 R31", "takes a relation without type", "poq.form.relations", |p| takes(p, POQ)),
        mutant("87.1 R36", "takes somebody without a number", "poq.form.place-contact", |p| takes(p, POQ)),
        mutant("87.1 R19", "takes any type of product", "poq.product.type", |p| takes(p, POQ)),
        mutant("87.1 R20", "takes any configuration", "poq.product.configuration", |p| takes(p, POQ)),
        mutant("87.1 R34", "promises something nowhere", "poq.product.no-place", |p| takes(p, POQ)),
        mutant("87.1 R37(a)", "refuses in a form of its own", "poq.rules.offering-or-specification", |p| p.refused(POQ, |a| a.body = json!({ "error": "no" }))),
        mutant("87.1 R37(b)", "refuses in a form of its own", "poq.rules.add-without-id", |p| p.refused(POQ, |a| a.body = json!({ "error": "no" }))),
        mutant("87.1 R26", "fails instead of refusing", "poq.rules.specification-wants-alternates", |p| p.refused(POQ, |a| a.status = 500)),
        mutant("87.1 R28", "fails instead of refusing", "poq.rules.date", |p| p.refused(POQ, |a| a.status = 500)),
        mutant("87.1 R32", "fails instead of refusing", "poq.rules.unknown-item", |p| p.refused(POQ, |a| a.status = 500)),
        mutant("87.1 R35", "takes a place without its role", "poq.rules.place-contact", |p| takes(p, POQ)),
        mutant("87.1 R39", "fails instead of refusing", "poq.rules.modify", |p| p.refused(POQ, |a| a.status = 500)),
        mutant("87.1 R57", "lists another state than it shows", "poq.list.rows", |p| p.at(POQS, |a| a.set("/*/state", "inProgress"))),
        mutant("87.1 R56", "answers an empty list with 404", "poq.list.none", |p| p.at(POQS, |a| if a.body == json!([]) { a.status = 404 })),
        mutant("87.1 O9", "does not heed its filters", "poq.list.filters", |p| adds_a_row(p, POQS, json!({ "id": "other", "externalId": "other", "state": "done" }))),
        mutant("87.1 O10", "heeds one of two filters", "poq.list.two-filters", |p| adds_a_row(p, POQS, json!({ "id": "other", "state": "done" }))),
        mutant("87.1 D4", "shows the first page again and again", "poq.list.pages", |p| p.at(POQS, |a| a.set("/*/id", "same"))),
        mutant("87.1 CR3", "says nothing of other pages", "poq.list.truncation", |p| silent_about_pages(p, POQS)),
        mutant("87.1 R50", "gives a receipt whose items are ahead", "poq.later.receipt", |p| p.at(POQ, |a| if a.body["state"] == "acknowledged" { a.set("/productOfferingQualificationItem/*/state", "inProgress") })),
        mutant("87.1 R4", "answers later and has no events", "poq.later.offers-events", has_no_events),
        mutant("87.1 R72", "sends no event", "poq.events.arrive", |p| p.at("EVENT poqStateChangeEvent", |e| e.times = 0)),
        mutant("87.1 R78", "sends events without a state", "poq.events.form", |p| p.at("EVENT poqStateChangeEvent", |e| if e.body["event"]["state"] == "inProgress" { e.cut("/event/state") })),
        mutant("87.1 R79", "names an item that is not there", "poq.events.form", |p| p.at("EVENT poqItemStateChangeEvent", |e| e.set("/event/poqItemId", "none"))),
        mutant("87.1 R77", "sends events without an id", "poq.events.form", |p| p.at("EVENT poqItemStateChangeEvent", |e| e.cut("/eventId"))),
        mutant("87.1 R75", "sends events about what was answered at once", "poq.events.immediate", |p| p.before(POQ, |a| {
            a.sent["instantSyncQualification"] = json!(false);
            a.sent["requestedPOQCompletionDate"] = json!("2090-01-01T00:00:00Z");
        })),
        mutant("87.1 R76", "tells one target of three", "poq.events.every-target", forgets_targets),
        mutant("87.1 R74", "sends what was not registered for", "poq.events.only-wanted", registers_for_all),
        mutant("87.1 R73", "goes on after the end of a registration", "poq.events.silence", never_ends),
        mutant("87.1 R68", "forgets what was registered for", "poq.hub.kept", |p| p.at(HUB, |a| a.cut("/query"))),
        mutant("87.1 R67", "registers nobody to call", "poq.hub.callback", |p| p.refused(HUB, |a| a.status = 201)),
        mutant("87.1 R71", "answers the end of a registration with a body", "poq.hub.end", |p| p.at("DELETE /hub/{id}", |a| { a.status = 200; a.body = json!({}); })),
        mutant("87.1 R69", "has no hub at all", "poq.hub.offered", has_no_hub),
    ]
}

#[rustfmt::skip]
pub fn quote() -> Vec<Mutant> {
    vec![
        mutant("115.1 R2", "refuses what can wait", "quote.create.both-ways", |p| p.at(QUOTE, |a| if a.sent["instantSyncQuote"] == false { a.status = 422 })),
        mutant("115.1 R14", "changes the Buyer's term", "quote.create.echo", |p| p.at(QUOTE, |a| a.set("/quoteItem/*/requestedQuoteItemTerm/name", "other"))),
        mutant("115.1 R25", "changes it when it is read again", "quote.create.echo", |p| p.at(QUOTE_GET, |a| a.set("/externalId", "other"))),
        mutant("115.1 R26", "names nobody of the Seller", "quote.create.attributes", |p| p.at(QUOTE_GET, |a| a.set("/relatedContactInformation/*/role", "buyerContactInformation"))),
        mutant("115.1 R33", "tells a history without its end", "quote.create.history", |p| p.at(QUOTE, |a| a.set("/stateChange/*/state", "acknowledged"))),
        mutant("115.1 R3", "answers an unknown quote with 200", "quote.get.unknown", |p| p.refused(QUOTE_GET, |a| { a.status = 200; a.body = json!({}); })),
        mutant("115.1 R29", "leaves an item out", "quote.items.same", |p| p.at(QUOTE, |a| a.set("/quoteItem", json!([])))),
        mutant("115.1 R27", "does not tell the interval", "quote.items.interval", |p| p.at(QUOTE, |a| a.cut("/quoteItem/*/quoteItemInstallationInterval"))),
        mutant("115.1 R28", "does not tell the term", "quote.items.term", |p| p.at(QUOTE, |a| a.cut("/quoteItem/*/quoteItemTerm"))),
        mutant("115.1 R35", "renews a term and rolls it too", "quote.items.roll", |p| p.at(QUOTE, |a| {
            a.set("/quoteItem/*/quoteItemTerm/*/endOfTermAction", "autoRenew");
            if a.body["quoteItem"][0]["quoteItemTerm"].is_object() { a.set("/quoteItem/*/quoteItemTerm/endOfTermAction", "autoRenew"); }
        })),
        mutant("115.1 R38", "says orderable of a shorter term", "quote.items.nearest-term", |p| p.at(QUOTE, |a| { a.set("/state", "approved.orderable"); a.set("/quoteItem/*/state", "approved.orderable"); })),
        mutant("115.1 R30", "gives a budgetary quote another level", "quote.level.budgetary", |p| p.at(QUOTE, |a| a.set("/quoteLevel", "firm"))),
        mutant("115.1 R31", "gives a firm quote the level budgetary", "quote.level.firm", |p| p.at(QUOTE, |a| a.set("/quoteLevel", "budgetary"))),
        mutant("115.1 R32", "is subject to a check and names none", "quote.level.firm", |p| p.at(QUOTE, |a| a.set("/quoteLevel", "firmSubjectToFeasibilityCheck"))),
        mutant("115.1 R51", "does not tell until when it holds", "quote.level.attributes", |p| p.at(QUOTE, |a| a.cut("/validFor"))),
        mutant("115.1 R53", "is orderable with an alternate item", "quote.level.all-or-alternate", |p| p.at(QUOTE, |a| a.set("/quoteItem/*/state", "approved.orderableAlternate"))),
        mutant("115.1 D6", "says approved of what cannot be had", "quote.level.unable", |p| p.at(QUOTE, |a| a.set("/state", "approved.orderable"))),
        mutant("115.1 R39", "gives a price without a name", "quote.prices.attributes", |p| p.at(QUOTE, |a| a.cut("/quoteItem/*/quoteItemPrice/*/name"))),
        mutant("115.1 R40", "does not tell how often a price recurs", "quote.prices.kinds", |p| p.at(QUOTE, |a| a.cut("/quoteItem/*/quoteItemPrice/*/recurringChargePeriod"))),
        mutant("115.1 R12", "leaves out what is required", "quote.structure", |p| p.at(QUOTE_GET, |a| a.cut("/buyerRequestedQuoteLevel"))),
        mutant("115.1 R10", "adds an attribute of its own", "quote.nothing-else", |p| p.at(QUOTE_GET, |a| a.set("/discount", "10 %"))),
        mutant("115.1 R13", "takes a request without items", "quote.form.required", |p| takes(p, QUOTE)),
        mutant("115.1 R19", "takes an item without action", "quote.form.item", |p| takes(p, QUOTE)),
        mutant("115.1 R22", "takes a place without role", "quote.form.place", |p| takes(p, QUOTE)),
        mutant("115.1 R23", "fails instead of refusing", "quote.form.site-sub-unit", |p| p.refused(QUOTE, |a| a.status = 500)),
        mutant("115.1 R7", "takes any type of product", "quote.product.type", |p| p.refused(QUOTE, |a| { a.status = 201; a.body = json!({ "id": "1", "state": "approved.orderable" }); })),
        mutant("115.1 R8", "takes any configuration", "quote.product.configuration", |p| takes(p, QUOTE)),
        mutant("115.1 R11", "quotes something nowhere", "quote.product.no-place", |p| takes(p, QUOTE)),
        mutant("115.1 R17", "fails instead of refusing", "quote.deferred.contacts", |p| p.refused(QUOTE, |a| a.status = 500)),
        mutant("115.1 R18", "fails instead of refusing", "quote.deferred.date", |p| p.refused(QUOTE, |a| a.status = 500)),
        mutant("115.1 R24", "fails instead of refusing", "quote.poq.interval", |p| p.refused(QUOTE, |a| a.status = 500)),
        mutant("115.1 R41", "fails instead of refusing", "quote.add.needs", |p| p.refused(QUOTE, |a| a.status = 500)),
        mutant("115.1 R43", "fails instead of refusing", "quote.add.without-id", |p| p.refused(QUOTE, |a| a.status = 500)),
        mutant("115.1 R44", "fails instead of refusing", "quote.modify.needs", |p| p.refused(QUOTE, |a| a.status = 500)),
        mutant("115.1 R47", "fails instead of refusing", "quote.delete.needs", |p| p.refused(QUOTE, |a| a.status = 500)),
        mutant("115.1 O1", "answers an empty list with 404", "quote.list.offered", |p| p.at(QUOTES, |a| if a.body == json!([]) { a.status = 404 })),
        mutant("115.1 R49", "lists another level than it shows", "quote.list.rows", |p| p.at(QUOTES, |a| a.set("/*/quoteLevel", "budgetary"))),
        mutant("115.1 O6", "does not heed its filters", "quote.list.filters", |p| adds_a_row(p, QUOTES, json!({ "id": "other", "externalId": "other" }))),
        mutant("115.1 O7", "heeds one of two filters", "quote.list.two-filters", |p| adds_a_row(p, QUOTES, json!({ "id": "other" }))),
        mutant("115.1 D5", "shows the first page again and again", "quote.list.pages", |p| p.at(QUOTES, |a| a.set("/*/id", "same"))),
        mutant("115.1 CR1", "says nothing of other pages", "quote.list.truncation", |p| silent_about_pages(p, QUOTES)),
        mutant("115.1 R55", "declines nothing", "quote.decline.done", |p| p.at(QUOTE_GET, |a| a.set("/state", "approved.orderable"))),
        mutant("115.1 R15", "declines what was declined", "quote.decline.again", |p| p.refused("POST /declineQuote", |a| a.status = 200)),
        mutant("115.1 R54", "cancels nothing", "quote.cancel.done", |p| p.at(QUOTE_GET, |a| if a.body["state"] == "cancelled" { a.set("/state", "inProgress") })),
        mutant("115.1 CR4", "tells nobody that a quote was declined", "quote.decline.event", |p| p.at("EVENT quoteStateChangeEvent", |e| e.times = 0)),
        mutant("115.1 R61", "answers later and has no events", "quote.later.offers-events", has_no_events),
        mutant("115.1 CR5", "leaves one event out", "quote.events.arrive", |p| p.at("EVENT quoteStateChangeEvent", |e| if e.body["event"]["state"] == "inProgress" { e.times = 0 })),
        mutant("115.1 R62", "gives every event one id", "quote.events.form", |p| p.at("EVENT quoteItemStateChangeEvent", |e| e.set("/eventId", "1"))),
        mutant("115.1 R64", "names an item that is not there", "quote.events.form", |p| p.at("EVENT quoteItemStateChangeEvent", |e| e.set("/event/quoteItemId", "none"))),
        mutant("115.1 R58", "sends what was not registered for", "quote.events.only-wanted", registers_for_all),
        mutant("115.1 CR6", "goes on after the end of a registration", "quote.events.silence", never_ends),
        mutant("115.1 R56", "registers nobody to call", "quote.hub.callback", |p| p.refused(HUB, |a| a.status = 201)),
        mutant("115.1 R60", "answers the end of a registration with a body", "quote.hub.end", |p| p.at("DELETE /hub/{id}", |a| { a.status = 200; a.body = json!({}); })),
        mutant("115.1 R57", "has no hub at all", "quote.hub.offered", has_no_hub),
    ]
}
