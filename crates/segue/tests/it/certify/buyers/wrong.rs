//! The wrong Buyers: what each breaks, how, and which case has to fail it.

use serde_json::{Value, json};

use crate::certify::between::{Change, Going};

/// One wrong Buyer.
pub struct Wrong {
    pub breaks: &'static str,
    pub what: &'static str,
    pub case: &'static str,
    pub change: Change,
}

const fn wrong(breaks: &'static str, what: &'static str, case: &'static str, change: Change) -> Wrong {
    Wrong {
        breaks,
        what,
        case,
        change,
    }
}

const VALIDATE: &str = "POST /geographicAddressValidation";
const SITES: &str = "POST /geographicSite";
const POQ: &str = "POST /productOfferingQualification";
const QUOTE: &str = "POST /quote";
const ORDER: &str = "POST /productOrder";
const HUB: &str = "POST /hub";
const UNREGISTER: &str = "DELETE /hub/{id}";
const CHARGE: &str = "PATCH /charge/{id}";
const DATE: &str = "POST /modifyProductOrderItemRequestedDeliveryDate";
const CANCEL: &str = "POST /cancelProductOrder";

/// All of them, in groups that are tried one beside the other.
pub fn groups() -> Vec<Vec<Wrong>> {
    vec![
        [address(), site(), inventory(), security()]
            .into_iter()
            .flatten()
            .collect(),
        poq(),
        quote(),
        order(),
    ]
}

/// All of them.
pub fn all() -> Vec<Wrong> {
    groups().into_iter().flatten().collect()
}

/// Whether an element has not this role.
fn is_not(role: &'static str) -> impl Fn(&Value) -> bool {
    move |contact| contact["role"] != role
}

/// Asks for something else in place of what it was told to fetch.
fn other_id(going: &mut Going) {
    going.path = match going.path.rsplit_once('/') {
        Some((before, _)) => format!("{before}/another"),
        None => going.path.clone(),
    };
}

/// Only items that add.
fn adds(going: &Going, list: &str) -> bool {
    going.body.pointer(list).is_some_and(|list| list[0]["action"] == "add")
}

/// Keeps a request back and says that it was done.
fn never_sends(going: &mut Going, (status, body): (u16, Value)) {
    going.times = 0;
    going.answer = (status, body);
}

#[rustfmt::skip]
fn address() -> Vec<Wrong> {
    vec![
        wrong("121.1 R26", "does not say how soon it wants an answer", "buyer.address.validate.request", |g| g.at(VALIDATE, |g| g.cut("/instantSyncValidation"))),
        wrong("121.1 R26", "submits an address without a representation", "buyer.address.validate.request", |g| g.at(VALIDATE, |g| g.cut("/submittedGeographicAddress/fieldedAddressRepresentation"))),
        wrong("121.1 R20", "fetches another address than it was told", "buyer.address.read", |g| g.at("GET /geographicAddress/{id}", other_id)),
        wrong("121.1 R25", "leaves out a field that was agreed", "buyer.address.fielded", |g| g.at(VALIDATE, |g| g.cut("/submittedGeographicAddress/fieldedAddressRepresentation/*/city"))),
        wrong("121.1 R9", "tells countries by a code of its own", "buyer.address.codes", |g| g.at(VALIDATE, |g| g.set("/submittedGeographicAddress/fieldedAddressRepresentation/*/countryCode", "QZ"))),
        wrong("121.1 R4", "tells languages by a code of its own", "buyer.address.codes", |g| g.at(VALIDATE, |g| g.set("/submittedGeographicAddress/fieldedAddressRepresentation/*/language", "qq"))),
        wrong("121.1 R6", "tells the suffix of a number that is not there", "buyer.address.last-suffix", |g| g.at(VALIDATE, |g| g.set("/submittedGeographicAddress/fieldedAddressRepresentation/*/streetNrLastSuffix", "b"))),
        wrong("121.1 R10", "sends a formatted address without text", "buyer.address.representations", |g| g.at(VALIDATE, |g| g.set("/submittedGeographicAddress/formattedAddressRepresentation", json!([{ "language": "de" }])))),
        wrong("121.1 R14", "sends a point without reference system", "buyer.address.representations", |g| g.at(VALIDATE, |g| g.set("/submittedGeographicAddress/geographicPointRepresentation", json!([{ "latitude": "52", "longitude": "13" }])))),
        wrong("121.1 R12", "sends a label without authority", "buyer.address.representations", |g| g.at(VALIDATE, |g| g.set("/submittedGeographicAddress/labelRepresentation", json!([{ "label": "X" }])))),
        wrong("121.1 R15", "sends a point in a system that was not agreed", "buyer.address.spatial-ref", |g| g.at(VALIDATE, |g| g.set("/submittedGeographicAddress/geographicPointRepresentation", json!([{ "spatialRef": "MINE", "latitude": "52", "longitude": "13" }])))),
        wrong("121.1 R46", "registers nobody to call", "buyer.address.later.register", |g| g.at(HUB, |g| g.set("/callback", "nobody"))),
        wrong("121.1 R20", "takes no event that says the end", "buyer.address.later.event", |g| g.at("LISTENER geographicAddressValidationStateChangeEvent", |g| g.status = 404)),
        wrong("121.1 R49", "ends another registration than its own", "buyer.address.later.unregister", |g| g.at(UNREGISTER, other_id)),
        wrong("121.1 R3", "leaves out what is required", "buyer.address.structure", |g| g.at(VALIDATE, |g| g.cut("/submittedGeographicAddress/@type"))),
        wrong("121.1 R19", "adds an attribute of its own", "buyer.address.nothing-else", |g| g.at(VALIDATE, |g| g.set("/floorPlan", "here"))),
        wrong("121.1 R1", "does not say for whom it asks", "buyer.address.buyer-id", |g| g.query.clear()),
        wrong("121.1 R2", "does not say which Seller it means", "buyer.address.seller-id", |g| g.query.clear()),
    ]
}

#[rustfmt::skip]
fn site() -> Vec<Wrong> {
    vec![
        wrong("122.1 R6", "lists the sites of no place", "buyer.site.list", |g| g.at(SITES, |g| g.cut("/place"))),
        wrong("122.1 O1", "narrows by a filter of its own", "buyer.site.list.filters", |g| g.at(SITES, |g| g.set("/colour", "green"))),
        wrong("122.1 R4", "fetches another site than it was told", "buyer.site.read", |g| g.at("GET /geographicSite/{id}", other_id)),
        wrong("122.1 R4", "tells a place without its id", "buyer.site.structure", |g| g.at(SITES, |g| g.cut("/place/id"))),
        wrong("122.1 R5", "adds a parameter of its own", "buyer.site.nothing-else", |g| g.at(SITES, |g| g.query = "verbose=1".to_owned())),
        wrong("122.1 R2", "does not say for whom it asks", "buyer.site.buyer-id", |g| g.query.clear()),
        wrong("122.1 R3", "does not say which Seller it means", "buyer.site.seller-id", |g| g.query.clear()),
    ]
}

#[rustfmt::skip]
fn poq() -> Vec<Wrong> {
    vec![
        wrong("87.1 R25", "names no contact", "buyer.poq.create.request", |g| g.at(POQ, |g| g.keep("/relatedContactInformation", is_not("buyerContactInformation")))),
        wrong("87.1 R25", "does not say whether alternates are welcome", "buyer.poq.create.request", |g| g.at(POQ, |g| g.cut("/provideAlternative"))),
        wrong("87.1 R27", "names a contact without number", "buyer.poq.create.contacts", |g| g.at(POQ, |g| g.cut("/relatedContactInformation/*/number"))),
        wrong("87.1 R29", "describes no product", "buyer.poq.create.item", |g| g.at(POQ, |g| g.cut("/productOfferingQualificationItem/*/product/productConfiguration"))),
        wrong("87.1 R34", "names no place", "buyer.poq.create.place", |g| g.at(POQ, |g| g.set("/productOfferingQualificationItem/*/product/place", json!([{ "role": "INSTALL_LOCATION" }])))),
        wrong("87.1 R35", "names nobody at the place", "buyer.poq.create.place", |g| g.at(POQ, |g| g.cut("/productOfferingQualificationItem/*/product/place/*/contact"))),
        wrong("87.1 R36", "names somebody at the place without e-mail address", "buyer.poq.create.place", |g| g.at(POQ, |g| g.cut("/productOfferingQualificationItem/*/product/place/*/contact/*/emailAddress"))),
        wrong("87.1 O1", "tells a sub-unit without its number", "buyer.poq.create.sub-unit", |g| g.at(POQ, |g| g.set("/productOfferingQualificationItem/*/product/place/*/subUnit", json!([{ "subUnitType": "FLOOR" }])))),
        wrong("87.1 R19", "does not name the type of a product", "buyer.poq.create.type", |g| g.at(POQ, |g| g.cut("/productOfferingQualificationItem/*/product/productConfiguration/@type"))),
        wrong("87.1 R18", "tells attributes outside of the configuration", "buyer.poq.create.only-in-configuration", |g| g.at(POQ, |g| g.set("/productOfferingQualificationItem/*/product/bandwidth", "100M"))),
        wrong("87.1 R37(a)", "names both offering and specification", "buyer.poq.add", |g| g.at(POQ, |g| g.set("/productOfferingQualificationItem/*/product/productSpecification", json!({ "id": "x" })))),
        wrong("87.1 R37(b)", "gives a new product an id", "buyer.poq.add", |g| g.at(POQ, |g| g.set("/productOfferingQualificationItem/*/product/id", "mine"))),
        wrong("87.1 R26", "wants no alternates to a specification", "buyer.poq.specification", |g| g.at(POQ, |g| g.set("/provideAlternative", false))),
        wrong("87.1 R39", "changes a product and does not say which", "buyer.poq.modify", |g| g.at(POQ, |g| if !adds(g, "/productOfferingQualificationItem") { g.cut("/productOfferingQualificationItem/*/product/id") })),
        wrong("87.1 R40", "leaves out what stays as it is", "buyer.poq.modify.whole", |g| g.at(POQ, |g| if !adds(g, "/productOfferingQualificationItem") { g.set("/productOfferingQualificationItem/*/product/productConfiguration", json!({ "@type": "urn:x" })) })),
        wrong("87.1 R41", "makes another product of it", "buyer.poq.modify.specification", |g| g.at(POQ, |g| if !adds(g, "/productOfferingQualificationItem") { g.set("/productOfferingQualificationItem/*/product/productOffering/id", "other") })),
        wrong("87.1 R31", "relates to a product without saying how", "buyer.poq.relations", |g| g.at(POQ, |g| g.cut("/productOfferingQualificationItem/*/product/productRelationship/*/relationshipType"))),
        wrong("87.1 R30", "relates to an item as if it were in service", "buyer.poq.relations", |g| g.at(POQ, |g| g.set("/productOfferingQualificationItem/*/product/productRelationship/*/id", "uni"))),
        wrong("87.1 R32", "relates to an item that is not there", "buyer.poq.siblings", |g| g.at(POQ, |g| g.set("/productOfferingQualificationItem/*/qualificationItemRelationship/*/id", "nobody"))),
        wrong("87.1 R33", "relates items without saying how", "buyer.poq.siblings", |g| g.at(POQ, |g| g.cut("/productOfferingQualificationItem/*/qualificationItemRelationship/*/relationshipType"))),
        wrong("87.1 R28", "does not say by when it wants an answer", "buyer.poq.later.date", |g| g.at(POQ, |g| g.cut("/requestedPOQCompletionDate"))),
        wrong("87.1 R59", "fetches another qualification than its own", "buyer.poq.read", |g| g.at("GET /productOfferingQualification/{id}", other_id)),
        wrong("87.1 R67", "registers nobody to call", "buyer.poq.events.register", |g| g.at(HUB, |g| g.cut("/callback"))),
        wrong("87.1 R24", "answers events with 200 and a body", "buyer.poq.events.taken", |g| g.at("LISTENER poqStateChangeEvent", |g| { g.status = 200; g.body = json!({}); })),
        wrong("87.1 R24", "refuses what it has heard before", "buyer.poq.events.doubled", |g| g.at("LISTENER poqStateChangeEvent", |g| g.status = 409)),
        wrong("87.1 R24", "fails when an event is late", "buyer.poq.events.reordered", |g| g.at("LISTENER poqStateChangeEvent", |g| g.status = 500)),
        wrong("87.1 R24", "takes no event that says the end", "buyer.poq.events.fetch", |g| g.at("LISTENER poqStateChangeEvent", |g| g.status = 404)),
        wrong("87.1 R70", "ends another registration than its own", "buyer.poq.events.unregister", |g| g.at(UNREGISTER, other_id)),
        wrong("87.1 R5", "does not say for whom it asks", "buyer.poq.buyer-id", |g| g.query.clear()),
        wrong("87.1 R6", "does not say which Seller it means", "buyer.poq.seller-id", |g| g.query.clear()),
        wrong("87.1 R7", "leaves out what is required", "buyer.poq.structure", |g| g.at(POQ, |g| g.cut("/productOfferingQualificationItem/*/action"))),
        wrong("87.1 R22", "adds an attribute of its own", "buyer.poq.nothing-else", |g| g.at(POQ, |g| g.set("/colour", "green"))),
        wrong("87.1 R2", "asks for nothing any more after an error", "buyer.poq.errors.422", |g| g.at(POQ, gives_up)),
        wrong("87.1 R2", "goes on with the token that was refused", "buyer.poq.errors.401", old_token),
    ]
}

/// Sends its first qualification and none after it.
fn gives_up(going: &mut Going) {
    static SEEN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    if SEEN.swap(true, std::sync::atomic::Ordering::Relaxed) {
        never_sends(going, (503, json!({ "code": "internalError", "reason": "x" })));
    }
}

/// Keeps to the first token that it saw.
fn old_token(going: &mut Going) {
    static FIRST: std::sync::OnceLock<axum::http::HeaderValue> = std::sync::OnceLock::new();
    if let Some(token) = going
        .headers
        .get("authorization")
        .filter(|_| going.path.contains("/mefApi/"))
    {
        let first = FIRST.get_or_init(|| token.clone()).clone();
        going.headers.insert("authorization", first);
    }
}

#[rustfmt::skip]
fn quote() -> Vec<Wrong> {
    vec![
        wrong("115.1 R16", "does not say how binding the answer is to be", "buyer.quote.create.request", |g| g.at(QUOTE, |g| g.cut("/buyerRequestedQuoteLevel"))),
        wrong("115.1 R13", "asks for nothing", "buyer.quote.create.request", |g| g.at(QUOTE, |g| g.set("/quoteItem", json!([])))),
        wrong("115.1 R19", "does not say what is to be done", "buyer.quote.create.request", |g| g.at(QUOTE, |g| g.cut("/quoteItem/*/action"))),
        wrong("115.1 R22", "names a place without role", "buyer.quote.create.place", |g| g.at(QUOTE, |g| g.cut("/quoteItem/*/product/place/*/role"))),
        wrong("115.1 R23", "tells a sub-unit beside a site", "buyer.quote.create.site-sub-unit", |g| g.at(QUOTE, |g| {
            g.set("/quoteItem/*/product/place/*/place", json!({ "@type": "GeographicSiteRef", "id": "s" }));
            g.set("/quoteItem/*/product/place/*/subUnit", json!([{ "subUnitType": "FLOOR", "subUnitNumber": "1" }]));
        })),
        wrong("115.1 R7", "does not name the type of a product", "buyer.quote.create.type", |g| g.at(QUOTE, |g| g.set("/quoteItem/*/product/productConfiguration/@type", "UNI"))),
        wrong("115.1 R6", "tells attributes outside of the configuration", "buyer.quote.create.only-in-configuration", |g| g.at(QUOTE, |g| g.set("/quoteItem/*/product/bandwidth", "100M"))),
        wrong("115.1 R41", "adds a product and does not describe it", "buyer.quote.add", |g| g.at(QUOTE, |g| g.cut("/quoteItem/*/product/productConfiguration"))),
        wrong("115.1 R42", "adds a product without offering", "buyer.quote.add", |g| g.at(QUOTE, |g| g.cut("/quoteItem/*/product/productOffering"))),
        wrong("115.1 R43", "gives a new product an id", "buyer.quote.add", |g| g.at(QUOTE, |g| g.set("/quoteItem/*/product/id", "mine"))),
        wrong("115.1 R44", "changes a product and does not name the offering", "buyer.quote.modify", |g| g.at(QUOTE, |g| if !adds(g, "/quoteItem") { g.cut("/quoteItem/*/product/productOffering") })),
        wrong("115.1 R45", "leaves out what stays as it is", "buyer.quote.modify.whole", |g| g.at(QUOTE, |g| if !adds(g, "/quoteItem") { g.set("/quoteItem/*/product/productConfiguration", json!({ "@type": "urn:x" })) })),
        wrong("115.1 R46", "makes another product of it", "buyer.quote.modify.specification", |g| g.at(QUOTE, |g| if !adds(g, "/quoteItem") { g.set("/quoteItem/*/product/productOffering/id", "other") })),
        wrong("115.1 R47", "ends a product and does not say which", "buyer.quote.delete", |g| g.at(QUOTE, |g| if !adds(g, "/quoteItem") { g.cut("/quoteItem/*/product/id") })),
        wrong("115.1 R48", "describes what it ends", "buyer.quote.delete", |g| g.at(QUOTE, |g| if !adds(g, "/quoteItem") { g.set("/quoteItem/*/product/productOffering", json!({ "id": "x" })) })),
        wrong("115.1 R21", "relates to an item that is not there", "buyer.quote.relations", |g| g.at(QUOTE, |g| g.set("/quoteItem/*/quoteItemRelationship/*/id", "nobody"))),
        wrong("115.1 R24", "wants it sooner than it was told", "buyer.quote.poq-interval", |g| g.at(QUOTE, |g| g.set("/quoteItem/*/requestedQuoteItemInstallationInterval", json!({ "amount": 1, "units": "businessDays" })))),
        wrong("115.1 R17", "names nobody to be asked about a quote", "buyer.quote.later.contacts", |g| g.at(QUOTE, |g| g.keep("/relatedContactInformation", is_not("buyerContactInformation")))),
        wrong("115.1 R20", "names nobody to be asked about an item", "buyer.quote.later.contacts", |g| g.at(QUOTE, |g| g.cut("/quoteItem/*/relatedContactInformation"))),
        wrong("115.1 R18", "does not say by when it wants an answer", "buyer.quote.later.date", |g| g.at(QUOTE, |g| g.cut("/requestedQuoteCompletionDate"))),
        wrong("115.1 R56", "registers nobody to call", "buyer.quote.events.register", |g| g.at(HUB, |g| g.cut("/callback"))),
        wrong("115.1 R15", "answers events with 200 and a body", "buyer.quote.events.taken", |g| g.at("LISTENER quoteStateChangeEvent", |g| { g.status = 200; g.body = json!({}); })),
        wrong("115.1 R15", "refuses what it has heard before", "buyer.quote.events.doubled", |g| g.at("LISTENER quoteStateChangeEvent", |g| g.status = 409)),
        wrong("115.1 R15", "fails when an event is late", "buyer.quote.events.reordered", |g| g.at("LISTENER quoteStateChangeEvent", |g| g.status = 500)),
        wrong("115.1 R15", "fails when it does not know a quote", "buyer.quote.events.unknown", |g| g.at("LISTENER quoteStateChangeEvent", |g| g.status = 500)),
        wrong("115.1 R15", "takes no event that says the end", "buyer.quote.events.fetch", |g| g.at("LISTENER quoteStateChangeEvent", |g| g.status = 404)),
        wrong("115.1 R59", "ends another registration than its own", "buyer.quote.events.unregister", |g| g.at(UNREGISTER, other_id)),
        wrong("115.1 R4", "does not say for whom it asks", "buyer.quote.buyer-id", |g| g.query.clear()),
        wrong("115.1 R5", "does not say which Seller it means", "buyer.quote.seller-id", |g| g.query.clear()),
        wrong("115.1 R12", "leaves out what is required", "buyer.quote.structure", |g| g.at(QUOTE, |g| g.cut("/quoteItem/*/id"))),
        wrong("115.1 R10", "adds an attribute of its own", "buyer.quote.nothing-else", |g| g.at(QUOTE, |g| g.set("/colour", "green"))),
    ]
}

#[rustfmt::skip]
fn order() -> Vec<Wrong> {
    vec![
        wrong("123.1 R10", "orders nothing", "buyer.order.create.request", |g| g.at(ORDER, |g| g.set("/productOrderItem", json!([])))),
        wrong("123.1 R11", "names nobody for the order", "buyer.order.create.request", |g| g.at(ORDER, |g| g.keep("/relatedContactInformation", is_not("productOrderContact")))),
        wrong("123.1 R12", "does not say when it wants it", "buyer.order.create.item", |g| g.at(ORDER, |g| g.cut("/productOrderItem/*/requestedCompletionDate"))),
        wrong("123.1 R12", "names nobody for the work", "buyer.order.create.item", |g| g.at(ORDER, |g| g.set("/productOrderItem/*/relatedContactInformation", json!([])))),
        wrong("123.1 CR6", "orders without a quote", "buyer.order.create.quote", |g| g.at(ORDER, |g| g.cut("/productOrderItem/*/quoteItem"))),
        wrong("123.1 R14", "names a place without role", "buyer.order.create.place", |g| g.at(ORDER, |g| g.cut("/productOrderItem/*/product/place/*/role"))),
        wrong("123.1 R15", "tells a sub-unit beside a site", "buyer.order.create.site-sub-unit", |g| g.at(ORDER, |g| {
            g.set("/productOrderItem/*/product/place/*/place", json!({ "@type": "GeographicSiteRef", "id": "s" }));
            g.set("/productOrderItem/*/product/place/*/subUnit", json!([{ "subUnitType": "FLOOR", "subUnitNumber": "1" }]));
        })),
        wrong("123.1 R5", "does not name the type of a product", "buyer.order.create.type", |g| g.at(ORDER, |g| g.set("/productOrderItem/*/product/productConfiguration/@type", "UNI"))),
        wrong("123.1 R4", "tells attributes outside of the configuration", "buyer.order.create.only-in-configuration", |g| g.at(ORDER, |g| g.set("/productOrderItem/*/product/bandwidth", "100M"))),
        wrong("123.1 R31", "adds a product and does not describe it", "buyer.order.add", |g| g.at(ORDER, |g| g.cut("/productOrderItem/*/product/productConfiguration"))),
        wrong("123.1 R33", "adds a product without offering", "buyer.order.add", |g| g.at(ORDER, |g| g.cut("/productOrderItem/*/product/productOffering"))),
        wrong("123.1 R37", "gives a new product an id", "buyer.order.add", |g| g.at(ORDER, |g| g.set("/productOrderItem/*/product/id", "mine"))),
        wrong("123.1 R34", "names no account", "buyer.order.add.account", |g| g.at(ORDER, |g| g.cut("/productOrderItem/*/billingAccount"))),
        wrong("123.1 R35", "names no term", "buyer.order.add.term", |g| g.at(ORDER, |g| g.cut("/productOrderItem/*/requestedItemTerm"))),
        wrong("123.1 R36", "does not say how far its term rolls on", "buyer.order.add.term", |g| g.at(ORDER, |g| g.cut("/productOrderItem/*/requestedItemTerm/rollInterval"))),
        wrong("123.1 R32", "relates to an item that is not there", "buyer.order.siblings", |g| g.at(ORDER, |g| g.set("/productOrderItem/*/productOrderItemRelationship/*/id", "nobody"))),
        wrong("123.1 R13", "relates to a product without saying how", "buyer.order.relations", |g| g.at(ORDER, |g| g.cut("/productOrderItem/*/product/productRelationship/*/relationshipType"))),
        wrong("123.1 R40", "changes a product and does not say which", "buyer.order.modify", |g| g.at(ORDER, |g| if !adds(g, "/productOrderItem") { g.cut("/productOrderItem/*/product/id") })),
        wrong("123.1 R41", "leaves out what stays as it is", "buyer.order.modify.whole", |g| g.at(ORDER, |g| if !adds(g, "/productOrderItem") { g.set("/productOrderItem/*/product/productConfiguration", json!({ "@type": "urn:x" })) })),
        wrong("123.1 R44", "makes another product of it", "buyer.order.modify.specification", |g| g.at(ORDER, |g| if !adds(g, "/productOrderItem") { g.set("/productOrderItem/*/product/productOffering/id", "other") })),
        wrong("123.1 R43", "names no term of a change", "buyer.order.modify.term", |g| g.at(ORDER, |g| if !adds(g, "/productOrderItem") { g.cut("/productOrderItem/*/requestedItemTerm") })),
        wrong("123.1 R45", "ends a product and does not say which", "buyer.order.delete", |g| g.at(ORDER, |g| if !adds(g, "/productOrderItem") { g.cut("/productOrderItem/*/product/id") })),
        wrong("123.1 R46", "names a term of what it ends", "buyer.order.delete", |g| g.at(ORDER, |g| if !adds(g, "/productOrderItem") { g.set("/productOrderItem/*/requestedItemTerm", json!({ "name": "x" })) })),
        wrong("123.1 R68", "does not say which date it wants", "buyer.order.date", |g| g.at(DATE, |g| g.cut("/requestedCompletionDate"))),
        wrong("123.1 R65", "expedites and does not say so", "buyer.order.expedite", |g| g.at(DATE, |g| g.cut("/expediteIndicator"))),
        wrong("123.1 O11", "wants it soon", "buyer.order.expedite.date", |g| g.at(DATE, |g| g.set("/requestedCompletionDate", "soon"))),
        wrong("123.1 R75", "cancels another order", "buyer.order.cancel", |g| g.at(CANCEL, |g| g.set("/productOrder/productOrderId", "another"))),
        wrong("123.1 R76", "names nobody for a cancellation", "buyer.order.cancel", |g| g.at(CANCEL, |g| g.set("/relatedContactInformation", json!([])))),
        wrong("123.1 R89", "does not want to hear of charges", "buyer.order.charge.register", |g| g.at(HUB, |g| g.set("/query", "eventType=productOrderStateChangeEvent"))),
        wrong("123.1 R105", "takes no event of a charge", "buyer.order.charge.event", |g| g.at("LISTENER chargeCreateEvent", |g| g.status = 404)),
        wrong("123.1 R96", "answers half a charge", "buyer.order.charge.accept", |g| g.at(CHARGE, |g| g.keep("/chargeItem", |item| item["id"] == "1"))),
        wrong("123.1 R97", "answers a charge twice", "buyer.order.charge.accept", |g| g.at(CHARGE, |g| g.times = 2)),
        wrong("123.1 R96", "declines half a charge", "buyer.order.charge.decline", |g| g.at(CHARGE, |g| g.keep("/chargeItem", |item| item["id"] == "2"))),
        wrong("123.1 O17", "lists charges by a filter of its own", "buyer.order.charge.list", |g| g.at("GET /charge", |g| g.query = "colour=green".to_owned())),
        wrong("123.1 R7", "answers events with 200 and a body", "buyer.order.events.taken", |g| g.at("LISTENER productOrderStateChangeEvent", |g| { g.status = 200; g.body = json!({}); })),
        wrong("123.1 R7", "refuses what it has heard before", "buyer.order.events.doubled", |g| g.at("LISTENER productOrderStateChangeEvent", |g| g.status = 409)),
        wrong("123.1 R7", "fails when an event is late", "buyer.order.events.reordered", |g| g.at("LISTENER productOrderStateChangeEvent", |g| g.status = 500)),
        wrong("123.1 R106", "ends another registration than its own", "buyer.order.events.unregister", |g| g.at(UNREGISTER, other_id)),
        wrong("123.1 R7", "leaves out what is required", "buyer.order.structure", |g| g.at(ORDER, |g| g.cut("/productOrderItem/*/id"))),
        wrong("123.1 R8", "adds an attribute of its own", "buyer.order.nothing-else", |g| g.at(ORDER, |g| g.set("/colour", "green"))),
        wrong("123.1 R2", "does not say for whom it asks", "buyer.order.buyer-id", |g| g.query.clear()),
        wrong("123.1 R3", "does not say which Seller it means", "buyer.order.seller-id", |g| g.query.clear()),
    ]
}

#[rustfmt::skip]
fn inventory() -> Vec<Wrong> {
    vec![
        wrong("116.1 R1", "never lists what it has", "buyer.inventory.list", |g| g.at("GET /product", |g| never_sends(g, (200, json!([]))))),
        wrong("116.1 R10", "narrows the list of all it has", "buyer.inventory.list", |g| g.at("GET /product", |g| g.query = "status=active".to_owned())),
        wrong("116.1 R1", "fetches another product than it was told", "buyer.inventory.read", |g| g.at("GET /product/{id}", other_id)),
        wrong("116.1 R8", "adds a parameter of its own", "buyer.inventory.nothing-else", |g| g.at("GET /product", |g| g.query = "colour=green".to_owned())),
        wrong("116.1 R2", "does not say for whom it asks", "buyer.inventory.buyer-id", |g| g.query.clear()),
        wrong("116.1 R3", "does not say which Seller it means", "buyer.inventory.seller-id", |g| g.query.clear()),
    ]
}

#[rustfmt::skip]
fn security() -> Vec<Wrong> {
    vec![
        wrong("128.1 R24", "asks for a scope that nobody agreed to", "buyer.security.scopes", |g| g.at("POST /token", |g| if let Value::String(form) = &mut g.body { form.push_str("&scope=everything") })),
        wrong("128.1 R3", "puts its token into addresses", "buyer.security.bearer", |g| if g.path.contains("/mefApi/") { g.query.push_str("&access_token=t") }),
        wrong("128.1 R46", "signs nothing", "buyer.security.signature", |g| g.at("POST /token", unsigned)),
        wrong("128.1 R4", "shows a secret in place of a signature", "buyer.security.keys", |g| g.at("POST /token", |g| {
            g.body = json!("grant_type=client_credentials&client_id=beta&client_secret=x");
        })),
        wrong("128.1 D1", "names itself by half an identifier", "buyer.security.did", |g| g.at("POST /token", |g| {
            g.body = json!("grant_type=client_credentials&client_id=did:web");
        })),
        wrong("128.1 R3", "names itself otherwise", "buyer.security.client", |g| g.at("POST /token", |g| {
            g.body = json!("grant_type=client_credentials&client_id=somebody");
        })),
    ]
}

/// The assertion with a header that says `none`.
fn unsigned(going: &mut Going) {
    // {"alg":"none","kid":"x"}
    let head = "eyJhbGciOiJub25lIiwia2lkIjoieCJ9";
    let Value::String(form) = &mut going.body else { return };
    let field = form.split('&').find(|field| field.starts_with("client_assertion="));
    let Some(field) = field.map(str::to_owned) else { return };
    let payload = field.split('.').nth(1).unwrap();
    *form = form.replace(&field, &format!("client_assertion={head}.{payload}."));
}
