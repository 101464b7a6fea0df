//! What a book answers: feasibility, prices, terms, capacity and wire forms.

use segue_model::book::{Book, PriceLine};
use segue_model::document::Object;
use serde_json::{Value, json};

use crate::book_read::{UNI, book};

/// A UNI with one link of this kind; none without.
fn uni(link: Option<&str>) -> Object {
    let mut configuration = json!({ "@type": UNI });
    if let Some(link) = link {
        configuration["listOfPhysicalLinks"] = json!([{ "id": "1", "physicalLink": link }]);
    }
    configuration.as_object().unwrap().clone()
}

fn prices(book: &Book, address: &str, link: Option<&str>, term: usize) -> Result<Vec<PriceLine>, String> {
    let offering = &book.offerings[0];
    book.prices(
        offering,
        book.address(address).as_deref(),
        &uni(link),
        offering.terms.get(term),
    )
}

#[track_caller]
fn check_confidence(address: Option<&str>, link: Option<&str>, expected: (&str, &str, u32)) {
    let book = book();
    let address = address.and_then(|id| book.address(id));
    let answer = book.serviceability(&book.offerings[0], address.as_deref(), &uni(link));
    assert_eq!(
        (answer.confidence, answer.delivery_type, answer.interval.amount),
        expected,
        "{}",
        answer.reason
    );
    assert!(answer.reason.ends_with('.'));
}

#[test]
fn confidence_follows_the_network() {
    check_confidence(Some("A1"), None, ("green", "onNetWithoutBuild", 10));
    check_confidence(Some("A2"), None, ("yellow", "onNetWithBuild", 45));
    check_confidence(Some("A3"), None, ("red", "offNetWithBuild", 10));
    check_confidence(None, None, ("red", "offNetWithBuild", 10));
    check_confidence(Some("A1"), Some("100GBASE_LR4"), ("red", "offNetWithBuild", 10));
}

#[test]
fn near_places_are_red_for_what_is_not_built() {
    let mut book = book();
    book.offerings[0].interval_with_build = None;
    let answer = book.serviceability(&book.offerings[0], book.address("A2").as_deref(), &uni(None));
    assert_eq!(answer.confidence, "red");
}

#[test]
fn prices_are_exact_and_say_which_row_they_come_from() {
    let lines: Vec<Value> = prices(&book(), "A1", Some("10GBASE_LR"), 0)
        .unwrap()
        .iter()
        .map(PriceLine::json)
        .collect();
    assert_eq!(
        Value::Array(lines),
        json!([
            {
                "name": "Installation",
                "description": "One price for all.",
                "priceType": "nonRecurring",
                "price": { "dutyFreeAmount": { "unit": "EUR", "value": 500 } },
            },
            {
                "name": "Rental",
                "description": "Price for zone metro, 12 months, up to 10000 Mbit/s.",
                "priceType": "recurring",
                "price": { "dutyFreeAmount": { "unit": "EUR", "value": 429.95 } },
                "recurringChargePeriod": { "amount": 1, "units": "months" },
            },
        ])
    );
}

#[test]
fn zone_term_and_default_bandwidth_pick_the_row() {
    let rental = |address, term| {
        prices(&book(), address, None, term).unwrap()[1]
            .amount
            .value
            .to_string()
    };
    assert_eq!(rental("A1", 0), "149.95");
    assert_eq!(rental("A1", 1), "119.95");
    assert_eq!(rental("A4", 0), "199.95");
    assert_eq!(rental("A4", 1), "0.10");
}

#[test]
fn where_there_is_no_price_one_sentence_says_why() {
    let mut book = book();
    let reason = prices(&book, "A4", Some("10GBASE_LR"), 0).unwrap_err();
    assert_eq!(reason, "Port: no price is set for this place and term.");
    let reason = prices(&book, "A1", Some("100GBASE_LR4"), 0).unwrap_err();
    assert_eq!(
        reason,
        "Port: it is sold up to 10000 Mbit/s; 100000 Mbit/s were asked for."
    );
    assert!(
        prices(&book, "A3", None, 0)
            .unwrap_err()
            .contains("no place with a price zone")
    );
    book.offerings[0].default_mbps = None;
    assert!(prices(&book, "A1", None, 0).unwrap_err().contains("names none"));
}

#[test]
fn the_term_offered_is_the_closest_one_sold() {
    let book = book();
    let term = |requested: Option<Value>| {
        let found = book.term(&book.offerings[0], requested.as_ref());
        found.unwrap().name.clone()
    };
    let months = |amount: u32| Some(json!({ "name": "x", "duration": { "amount": amount, "units": "months" } }));
    assert_eq!(term(None), "12 months");
    assert_eq!(term(months(6)), "12 months");
    assert_eq!(term(months(24)), "12 months");
    assert_eq!(term(months(25)), "36 months");
    assert_eq!(term(months(60)), "36 months");
    assert_eq!(
        term(Some(json!({ "duration": { "amount": 400, "units": "calendarDays" } }))),
        "12 months"
    );
}

#[test]
fn a_term_has_a_roll_interval_exactly_when_it_rolls() {
    let book = book();
    let terms: Vec<Value> = book.offerings[0]
        .terms
        .iter()
        .map(segue_model::book::Term::json)
        .collect();
    assert_eq!(
        Value::Array(terms),
        json!([
            {
                "name": "12 months",
                "duration": { "amount": 12, "units": "months" },
                "endOfTermAction": "roll",
                "rollInterval": { "amount": 1, "units": "months" },
            },
            { "name": "36 months", "duration": { "amount": 3, "units": "years" }, "endOfTermAction": "autoRenew" },
        ])
    );
}

#[test]
fn only_what_is_delivered_at_a_place_takes_a_port() {
    let mut book = book();
    let taken = book.capacity(&book.offerings[0], book.address("A1").as_deref(), &uni(None));
    assert_eq!(taken.len(), 1);
    assert_eq!(
        (taken[0].key.as_str(), taken[0].amount, taken[0].limit),
        ("port/A1", 1, 4)
    );
    assert!(book.capacity(&book.offerings[0], None, &uni(None)).is_empty());
    book.offerings[0].ports = 0;
    assert!(
        book.capacity(&book.offerings[0], book.address("A1").as_deref(), &uni(None))
            .is_empty()
    );
}

#[test]
fn an_address_is_shown_in_all_its_forms() {
    let book = book();
    assert_eq!(
        Value::Object(book.address("A1").unwrap().json(&book)),
        json!({
            "@type": "GeographicAddress",
            "id": "A1",
            "hasPublicSite": "true",
            "allowsNewSite": "true",
            "fieldedAddressRepresentation": [{
                "streetNr": "1", "streetName": "Hauptstraße", "city": "München", "postcode": "80331", "countryCode": "DE",
            }],
            "formattedAddressRepresentation": [{ "formattedAddress": "Hauptstraße 1, 80331 München, Germany" }],
            "geographicPointRepresentation": [{ "spatialRef": "EPSG:4326", "latitude": "48.1371", "longitude": "11.5754" }],
            "labelRepresentation": [{ "label": "MUC-1", "administrativeAuthority": "Registry" }],
        })
    );
    let suite = book.address("A5").unwrap().json(&book);
    assert_eq!(suite["hasPublicSite"], "false");
    assert_eq!(
        suite["formattedAddressRepresentation"][0]["formattedAddress"],
        "floor 3, suite 12, 12a Mill Street, Leeds, LS1 4AB, United Kingdom"
    );
}

#[test]
fn a_site_shows_its_place_in_the_form_asked_for() {
    let book = book();
    let site = book.site("S1").unwrap();
    assert_eq!(
        Value::Object(site.json(&book, "GeographicAddressRef")),
        json!({
            "@type": "GeographicSite",
            "id": "S1",
            "name": "Meet-me room",
            "administrativeAuthority": "Landlord",
            "customerName": "Landlord",
            "siteRestrictionType": "public",
            "networkType": "onNet",
            "subUnit": [],
            "place": { "@type": "GeographicAddressRef", "id": "A1" },
        })
    );
    let query = &site.json(&book, "GeographicAddress_Query")["place"];
    assert_eq!(book.place(query, "").map(|address| address.id.clone()), Ok("A1".into()));
}

#[test]
fn private_sites_are_not_listed() {
    let book = book();
    assert_eq!(book.sites_at("A1").len(), 1);
    assert!(book.sites_at("A4").is_empty());
    assert_eq!(book.address("A4").unwrap().json(&book)["hasPublicSite"], "false");
}
