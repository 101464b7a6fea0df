//! The wrong Sellers: what each breaks, how, and which case has to fail it.

mod ordering;
mod quoting;

use serde_json::{Value, json};

use super::proxy::{Change, Passing};

/// One wrong Seller.
pub struct Mutant {
    pub breaks: &'static str,
    pub what: &'static str,
    pub case: &'static str,
    pub change: Change,
}

/// What cannot be tried at the sample Seller, which a mutant cannot change.
pub const NOT_DONE: &[&str] = &[
    "site.list.too-many",
    "poq.alternates.attributes",
    "poq.rules.by-specification",
    "poq.list.too-many",
    "poq.states.rejected",
    "quote.list.too-many",
    "order.charge.held",
    "order.list.too-many",
    "inventory.list.too-many",
    "security.id-token.issued",
    "security.id-token.claims",
    "security.id-token.nonce",
    "security.id-token.context",
    "security.id-token.subject",
    "security.id-token.intent",
    "security.id-token.party",
    "security.id-token.time",
    "security.id-token.state",
    "security.id-token.access-token",
    "security.id-token.code",
    "security.payload.form",
    "security.payload.encrypted",
];

const fn mutant(breaks: &'static str, what: &'static str, case: &'static str, change: Change) -> Mutant {
    Mutant {
        breaks,
        what,
        case,
        change,
    }
}

/// All of them, in groups that are tried one beside the other.
pub fn groups() -> Vec<Vec<Mutant>> {
    let (poq, quote) = (quoting::poq(), quoting::quote());
    let guarded = [ordering::inventory(), ordering::security()]
        .into_iter()
        .flatten()
        .collect();
    vec![
        [address(), site()].into_iter().flatten().collect(),
        poq,
        quote,
        ordering::order(),
        guarded,
    ]
}

/// All of them.
pub fn all() -> Vec<Mutant> {
    groups().into_iter().flatten().collect()
}

const VALIDATE: &str = "POST /geographicAddressValidation";
const VALIDATION: &str = "GET /geographicAddressValidation/{id}";
const ADDRESS: &str = "GET /geographicAddress/{id}";
const SITES: &str = "POST /geographicSite";
const SITE: &str = "GET /geographicSite/{id}";
const VALIDATED: &str = "EVENT geographicAddressValidationStateChangeEvent";

/// Says that a second registration is one, and keeps only the first.
fn forgets_targets(p: &mut Passing) {
    static SEEN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    p.before("POST /hub", |a| {
        if SEEN.swap(true, std::sync::atomic::Ordering::Relaxed) {
            a.times = 0;
            a.status = 201;
            a.body = json!({ "id": "none", "callback": a.sent["callback"] });
        }
    });
}

/// Has no events. The request is not passed on: a registration would outlive the run.
fn has_no_events(p: &mut Passing) {
    p.before("POST /hub", |a| {
        a.times = 0;
        a.status = 501;
        a.body = json!({ "code": "notImplemented", "reason": "none" });
    });
}

/// Does not know what a hub is.
fn has_no_hub(p: &mut Passing) {
    p.before("POST /hub", |a| {
        a.times = 0;
        a.status = 404;
        a.body = json!({ "code": "notFound", "reason": "none" });
    });
}

/// Says that a registration has ended, and keeps it.
fn never_ends(p: &mut Passing) {
    p.before("DELETE /hub/{id}", |a| {
        a.times = 0;
        a.status = 204;
    });
}

/// Registers for everything, whatever was asked for.
fn registers_for_all(p: &mut Passing) {
    p.before("POST /hub", |a| {
        drop(a.sent.as_object_mut().map(|hub| hub.remove("query")))
    });
}

fn is_later(passing: &Passing) -> bool {
    passing.status == 201
}

#[rustfmt::skip]
fn address() -> Vec<Mutant> {
    vec![
        mutant("121.1 R27", "answers with 201 what was wanted at once", "address.validate.at-once", |p| p.at(VALIDATE, |a| a.status = 201)),
        mutant("121.1 R33", "says acknowledged in an immediate answer", "address.validate.state", |p| p.at(VALIDATE, |a| a.set("/state", "acknowledged"))),
        mutant("121.1 R34", "gives an immediate answer an id", "address.validate.no-id", |p| p.at(VALIDATE, |a| a.set("/id", "1"))),
        mutant("121.1 R31", "drops what was asked", "address.validate.echo", |p| p.at(VALIDATE, |a| a.cut("/submittedGeographicAddress/fieldedAddressRepresentation"))),
        mutant("121.1 R32", "does not tell whether there are sites", "address.validate.attributes", |p| p.at(VALIDATE, |a| a.cut("/bestMatchGeographicAddress/hasPublicSite"))),
        mutant("121.1 R22", "names an address anew each time", "address.validate.same-id", |p| p.at(VALIDATE, |a| a.set("/bestMatchGeographicAddress/id", "new"))),
        mutant("121.1 R15", "uses a reference system of its own", "address.validate.spatial-ref", |p| p.at(ADDRESS, |a| a.set("/geographicPointRepresentation/*/spatialRef", "MINE"))),
        mutant("121.1 R37", "repeats the best match among the alternates", "address.validate.best-alone", |p| p.at(VALIDATE, |a| {
            let best = a.body["bestMatchGeographicAddress"].clone();
            a.set("/alternateGeographicAddress", json!([best]));
        })),
        mutant("121.1 R36", "answers no match with an error", "address.validate.no-match", |p| p.at(VALIDATE, |a| if a.body.get("bestMatchGeographicAddress").is_none() { a.status = 404 })),
        mutant("121.1 R38", "cuts the list instead of refusing", "address.validate.too-many", |p| p.refused(VALIDATE, |a| if a.body[0]["code"] == "tooManyRecords" { a.status = 200 })),
        mutant("121.1 R40", "gives another code outside its area", "address.validate.outside", |p| p.refused(VALIDATE, |a| a.set("/*/code", "invalidValue"))),
        mutant("121.1 R45", "leaves allowsNewSite out", "address.get.attributes", |p| p.at(ADDRESS, |a| a.cut("/allowsNewSite"))),
        mutant("121.1 R44", "shows only one kind of representation", "address.get.representations", |p| p.at(ADDRESS, |a| a.cut("/geographicPointRepresentation"))),
        mutant("121.1 R43", "answers an unknown address with 400", "address.get.unknown", |p| p.refused(ADDRESS, |a| a.status = 400)),
        mutant("121.1 R42", "answers an unknown validation with an empty 200", "address.validation.unknown", |p| p.refused(VALIDATION, |a| { a.status = 200; a.body = json!({}); })),
        mutant("121.1 R9", "tells countries by three letters", "address.form.country", |p| p.at(ADDRESS, |a| a.set("/fieldedAddressRepresentation/*/countryCode", "POL"))),
        mutant("121.1 R4", "tells languages by name", "address.form.language", |p| p.at(ADDRESS, |a| a.set("/fieldedAddressRepresentation/*/language", "polski"))),
        mutant("121.1 R6", "tells the suffix of a number that is not there", "address.form.last-suffix", |p| p.at(ADDRESS, |a| a.set("/fieldedAddressRepresentation/*/streetNrLastSuffix", "b"))),
        mutant("121.1 R10", "takes a formatted address without text", "address.form.formatted", |p| p.refused(VALIDATE, |a| a.status = 200)),
        mutant("121.1 R12", "takes a label without authority", "address.form.label", |p| p.refused(VALIDATE, |a| a.status = 200)),
        mutant("121.1 R14", "takes a point without reference system", "address.form.point", |p| p.refused(VALIDATE, |a| a.status = 200)),
        mutant("121.1 R26", "takes a request without an address", "address.form.required", |p| p.refused(VALIDATE, |a| a.status = 200)),
        mutant("121.1 R7", "moves a direction into the name of the street", "address.form.directions", |p| p.at(VALIDATE, |a| if a.sent.pointer("/submittedGeographicAddress/fieldedAddressRepresentation/0/streetPreDirection").is_some() {
            a.cut("/submittedGeographicAddress/fieldedAddressRepresentation/*/streetPreDirection");
            a.set("/submittedGeographicAddress/fieldedAddressRepresentation/*/streetName", "NE Street");
        })),
        mutant("121.1 R8", "drops the direction after the name", "address.form.directions", |p| p.at(VALIDATE, |a| a.cut("/submittedGeographicAddress/fieldedAddressRepresentation/*/streetPostDirection"))),
        mutant("121.1 O1", "cannot read a street type in the name", "address.form.street-type", |p| p.at(VALIDATE, |a| a.status = 400)),
        mutant("121.1 O2", "cannot read a range of numbers", "address.form.range", |p| { if p.title == VALIDATE { p.status = 400 } }),
        mutant("121.1 R35", "gives a receipt without id", "address.later.receipt", |p| p.at(VALIDATE, |a| a.cut("/id"))),
        mutant("121.1 R30", "gives a receipt with 200", "address.later.receipt", |p| p.at(VALIDATE, |a| if is_later(a) { a.status = 200 })),
        mutant("121.1 R41", "forgets what was asked", "address.later.read", |p| p.at(VALIDATION, |a| a.cut("/instantSyncValidation"))),
        mutant("121.1 R23", "answers later and has no events", "address.later.offers-events", has_no_events),
        mutant("121.1 R51", "sends no event", "address.events.arrive", |p| p.at(VALIDATED, |e| e.times = 0)),
        mutant("121.1 R54", "sends events without a state", "address.events.payload", |p| p.at(VALIDATED, |e| if e.body["event"]["state"] == "inProgress" { e.cut("/event/state") })),
        mutant("121.1 R53", "tells one target of three", "address.events.every-target", forgets_targets),
        mutant("121.1 R52", "goes on after the end of a registration", "address.events.silence", never_ends),
        mutant("121.1 R47", "forgets what was registered for", "address.hub.kept", |p| p.at("POST /hub", |a| a.cut("/query"))),
        mutant("121.1 R46", "registers nobody to call", "address.hub.callback", |p| p.refused("POST /hub", |a| a.status = 201)),
        mutant("121.1 R50", "answers the end of a registration with a body", "address.hub.end", |p| p.at("DELETE /hub/{id}", |a| { a.status = 200; a.body = json!({}); })),
        mutant("121.1 R48", "has no hub at all", "address.hub.offered", has_no_hub),
        mutant("121.1 R18", "says of sites neither yes nor no nor unknown", "address.structure", |p| p.at(ADDRESS, |a| a.set("/hasPublicSite", "perhaps"))),
        mutant("121.1 R19", "adds an attribute of its own", "address.nothing-else", |p| p.at(ADDRESS, |a| a.set("/floorPlan", "here"))),
    ]
}

#[rustfmt::skip]
fn site() -> Vec<Mutant> {
    vec![
        mutant("122.1 R13", "lists sites without their customer", "site.list.attributes", |p| p.at(SITES, |a| a.cut("/*/customerName"))),
        mutant("122.1 R14", "lists a site twice", "site.list.ids", |p| p.at(SITES, |a| { let first = a.body[0].clone(); a.body.as_array_mut().unwrap().push(first); })),
        mutant("122.1 R9", "lists the site next door", "site.list.exact-address", |p| p.at(SITES, |a| a.set("/*/place/id", "NEXT-DOOR"))),
        mutant("122.1 R15", "answers a reference with a representation", "site.list.exact-address", |p| p.at(SITES, |a| a.set("/*/place/@type", "GeographicAddress_Query"))),
        mutant("122.1 R16", "answers a representation with a reference", "site.list.by-representation", |p| p.at(SITES, |a| a.set("/*/place/@type", "GeographicAddressRef"))),
        mutant("122.1 R10", "refuses what leads to several addresses", "site.list.ambiguous", |p| p.at(SITES, |a| a.status = 422)),
        mutant("122.1 R11", "answers no site with 404", "site.list.none", |p| p.at(SITES, |a| if a.body == json!([]) { a.status = 404 })),
        mutant("122.1 R6", "lists sites of no place", "site.list.needs-place", |p| p.refused(SITES, |a| { a.status = 200; a.body = json!([]); })),
        mutant("122.1 O1", "answers a filter with other sites", "site.list.filters", |p| p.at(SITES, |a| if a.sent.get("networkType").is_some() { a.set("/*/networkType", "offNet") })),
        mutant("122.1 O2", "heeds one of two filters", "site.list.two-filters", |p| p.at(SITES, |a| if a.sent.get("networkType").is_some() { a.set("/*/networkType", "offNet") })),
        mutant("122.1 R4", "has a third kind of network", "site.structure", |p| p.at(SITES, |a| a.set("/*/networkType", "nearNet"))),
        mutant("122.1 R5", "adds an attribute of its own", "site.nothing-else", |p| p.at(SITES, |a| a.set("/*/colour", Value::from("green")))),
        mutant("122.1 R17", "tells another name of a site by itself", "site.get.attributes", |p| p.at(SITE, |a| a.set("/name", "Other"))),
        mutant("122.1 R18", "tells the place of a site in a third form", "site.get.place", |p| p.at(SITE, |a| a.set("/place/@type", "GeographicSiteRef"))),
        mutant("122.1 R19", "answers an unknown site with 500", "site.get.unknown", |p| p.refused(SITE, |a| a.status = 500)),
    ]
}
