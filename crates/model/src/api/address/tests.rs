//! Address validation and site queries.

mod deferred;

use serde_json::{Value, json};

use super::lifecycle::VALIDATION;
use super::rules::{AddressRules, get};
use super::v8;
use crate::api::bench::{Bench, check_problems, check_shape, checked};
use crate::api::site;
use crate::book::Book;
use crate::failure::ProblemCode::{InvalidFormat, MissingProperty, OtherIssue, TooManyRecords};
use crate::failure::{Problem, ProblemCode};
use crate::rules::{Outcome, Rules};

fn fielded(number: &str, country: &str) -> Value {
    json!({"@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [{
        "streetNr": number, "streetName": "Linden", "streetType": "Allee", "city": "Berlin", "postcode": "10115",
        "countryCode": country,
    }]})
}

fn validate(bench: &Bench, query: &Value) -> Result<Outcome, Vec<Problem>> {
    let sent = json!({"instantSyncValidation": true, "submittedGeographicAddress": query});
    bench.run(|ctx| AddressRules.on_create(&checked(&sent), &bench.found, ctx))
}

#[track_caller]
fn check_refused(query: &Value, expected: &[(ProblemCode, &str)]) {
    check_problems(&validate(&Bench::new(), query).unwrap_err(), expected);
}

#[test]
fn a_known_address_is_the_best_match_and_not_an_alternate() {
    let bench = Bench::new();
    let outcome = validate(&bench, &fielded("2", "DE")).unwrap();
    assert_eq!(outcome.status, 200);
    assert!(outcome.commit.documents.is_empty());
    let body = Value::Object(outcome.body);
    check_shape(&v8::MANAGEMENT, "GeographicAddressValidation", &body);
    assert_eq!(body["state"], "ready");
    assert_eq!(body["submittedGeographicAddress"], fielded("2", "DE"));
    assert_eq!(body["bestMatchGeographicAddress"]["id"], "A2");
    // Nothing is kept, so there is nothing to fetch by an identifier.
    assert_eq!(body.get("id"), None);
    let alternates = body["alternateGeographicAddress"].as_array().unwrap();
    assert!(alternates.iter().all(|address| address["id"] != "A2"));
}

#[test]
fn no_match_is_a_good_answer_with_an_empty_list() {
    let mut query = fielded("2", "DE");
    query["fieldedAddressRepresentation"][0]["streetName"] = json!("Nirgendwo");
    query["fieldedAddressRepresentation"][0]["postcode"] = json!("99999");
    query["fieldedAddressRepresentation"][0]["city"] = json!("Atlantis");
    let body = validate(&Bench::new(), &query).unwrap().body;
    assert_eq!(body.get("bestMatchGeographicAddress"), None);
    assert_eq!(body["alternateGeographicAddress"], json!([]));
}

#[test]
fn addresses_outside_the_area_and_outside_the_agreement_are_told_apart_from_nothing() {
    let at = "/submittedGeographicAddress";
    check_refused(&fielded("1", "US"), &[(OtherIssue, at)]);
    check_refused(&fielded("5", "NL"), &[(OtherIssue, at)]);
}

#[test]
fn addresses_in_postcodes_that_are_not_open_are_like_those_in_other_countries() {
    let mut bench = Bench::new();
    bench.agreement.pilot.postcodes = [("DE".to_owned(), vec!["80".to_owned()])].into();
    let problems = validate(&bench, &fielded("2", "DE")).unwrap_err();
    check_problems(&problems, &[(OtherIssue, "/submittedGeographicAddress")]);
    assert_eq!(bench.run(|ctx| get(ctx, "A2")), None);
}

#[test]
fn too_many_matches_are_told_and_none_is_listed() {
    // Mplify 121.1 R38
    let (bench, query) = too_many();
    let problems = validate(&bench, &query).unwrap_err();
    check_problems(&problems, &[(TooManyRecords, "/submittedGeographicAddress")]);
}

/// A street of a hundred houses, and a query for all of them.
fn too_many() -> (Bench, Value) {
    let mut bench = Bench::new();
    let mut book = bench.book.json();
    let addresses = book["addresses"].as_array_mut().unwrap();
    for number in 100..200 {
        let mut address = addresses[0].clone();
        address["id"] = json!(format!("A{number}"));
        address["fielded"]["streetNr"] = json!(number.to_string());
        addresses.push(address);
    }
    bench.book = Book::from_json(book).unwrap();
    let mut query = fielded("", "DE");
    query["fieldedAddressRepresentation"][0]
        .as_object_mut()
        .unwrap()
        .remove("streetNr");
    (bench, query)
}

#[test]
fn a_query_of_empty_lists_is_no_query() {
    let query = json!({"@type": "GeographicAddress_Query", "fieldedAddressRepresentation": []});
    check_refused(&query, &[(MissingProperty, "/submittedGeographicAddress")]);
}

#[test]
fn codes_and_house_number_ranges_are_checked() {
    // Mplify 121.1 R4, R6, R9
    let mut query = fielded("2", "XX");
    query["fieldedAddressRepresentation"][0]["language"] = json!("d1");
    query["fieldedAddressRepresentation"][0]["streetNrLastSuffix"] = json!("b");
    let at = "/submittedGeographicAddress/fieldedAddressRepresentation/0";
    check_refused(
        &query,
        &[
            (InvalidFormat, &format!("{at}/language")),
            (InvalidFormat, &format!("{at}/countryCode")),
            (MissingProperty, &format!("{at}/streetNrLast")),
        ],
    );
    check_problems(
        &validate(&Bench::new(), &fielded("2", "de")).err().unwrap_or_default(),
        &[],
    );
}

#[test]
fn an_address_is_fetched_by_its_id_if_the_agreement_opens_it() {
    let bench = Bench::new();
    let address = bench.run(|ctx| get(ctx, "A1")).unwrap();
    check_shape(&v8::MANAGEMENT, "GeographicAddress", &Value::Object(address.clone()));
    assert_eq!(address["hasPublicSite"], "true");
    assert!(address["href"].as_str().unwrap().ends_with("/geographicAddress/A1"));
    assert_eq!(bench.run(|ctx| get(ctx, "NL")), None);
    assert_eq!(bench.run(|ctx| get(ctx, "nowhere")), None);
}

#[track_caller]
fn check_sites(query: &Value, expected: &[&str]) {
    let bench = Bench::new();
    let sites = bench.run(|ctx| site::rules::list(&checked(query), ctx)).unwrap();
    for site in &sites {
        check_shape(&site::v8::MANAGEMENT, "GeographicSite", site);
    }
    let ids: Vec<&str> = sites.iter().map(|site| site["id"].as_str().unwrap()).collect();
    assert_eq!(ids, expected);
}

#[test]
fn sites_are_those_at_exactly_the_address_and_private_ones_do_not_show() {
    let at = |id: &str| json!({"place": {"@type": "GeographicAddressRef", "id": id}});
    check_sites(&at("A1"), &["S1"]);
    check_sites(&at("A2"), &[]);
    check_sites(&at("nowhere"), &[]);
    check_sites(&json!({"place": fielded("1", "DE")}), &["S1"]);
    check_sites(&json!({"place": fielded("77", "DE")}), &[]);
    let with = |name: &str, value: Value| {
        let mut query = at("A1");
        query[name] = value;
        query
    };
    check_sites(&with("name", json!("MEET")), &["S1"]);
    check_sites(&with("name", json!("vault")), &[]);
    check_sites(&with("siteRestrictionType", json!("public")), &["S1"]);
    check_sites(&with("networkType", json!("offNet")), &[]);
    check_sites(
        &with("subUnit", json!([{"subUnitType": "room", "subUnitNumber": "1"}])),
        &[],
    );
}

#[test]
fn a_site_mirrors_the_form_of_the_place_asked_for() {
    let bench = Bench::new();
    let query = json!({"place": fielded("1", "DE")});
    let sites = bench.run(|ctx| site::rules::list(&checked(&query), ctx)).unwrap();
    assert_eq!(sites[0]["place"]["@type"], "GeographicAddress_Query");
}

#[test]
fn a_private_site_is_as_unknown_as_any_other() {
    let bench = Bench::new();
    assert!(bench.run(|ctx| site::rules::get(ctx, "S1")).is_some());
    assert_eq!(bench.run(|ctx| site::rules::get(ctx, "S2")), None);
    assert_eq!(bench.run(|ctx| site::rules::get(ctx, "S3")), None);
}

#[test]
fn the_states_are_those_of_the_standard() {
    let mut states = VALIDATION.states();
    states.sort_unstable();
    assert_eq!(states, ["acknowledged", "inProgress", "ready", "rejected"]);
    assert!(VALIDATION.is_final("ready") && VALIDATION.is_final("rejected"));
}

/// The whole answer about the first address of the book, which stands in `West Linden Allee North`.
fn with_directions(query: &Value) -> Value {
    let mut bench = Bench::new();
    let mut book = bench.book.json();
    book["addresses"][0]["fielded"]["streetPreDirection"] = json!("West");
    book["addresses"][0]["fielded"]["streetPostDirection"] = json!("North");
    bench.book = Book::from_json(book).unwrap();
    let body = Value::Object(validate(&bench, query).unwrap().body);
    check_shape(&v8::MANAGEMENT, "GeographicAddressValidation", &body);
    body["bestMatchGeographicAddress"].clone()
}

#[test]
fn a_direction_stands_in_the_field_of_its_side_of_the_street_name() {
    // Mplify 121.1 R7, R8: also where the address was asked for in one line.
    let mut in_fields = fielded("2", "DE");
    in_fields["fieldedAddressRepresentation"][0]["streetPreDirection"] = json!("West");
    in_fields["fieldedAddressRepresentation"][0]["streetPostDirection"] = json!("North");
    let line = json!({"@type": "GeographicAddress_Query", "formattedAddressRepresentation": [
        {"formattedAddress": "West Linden Allee North 2, 10115 Berlin, Germany"},
    ]});
    for query in [in_fields, line] {
        let found = with_directions(&query);
        let fields = &found["fieldedAddressRepresentation"][0];
        assert_eq!(
            (
                &fields["streetPreDirection"],
                &fields["streetName"],
                &fields["streetPostDirection"]
            ),
            (&json!("West"), &json!("Linden"), &json!("North")),
            "{found:#}"
        );
    }
}

#[test]
fn every_address_that_is_told_has_an_id_of_its_own_which_stays() {
    // Mplify 121.1 R22
    let bench = Bench::new();
    let ids = |number: &str| {
        let body = Value::Object(validate(&bench, &fielded(number, "DE")).unwrap().body);
        let alternates = body["alternateGeographicAddress"].as_array().unwrap().clone();
        let best = body.get("bestMatchGeographicAddress").cloned();
        let told = best.into_iter().chain(alternates);
        let ids: Vec<String> = told.map(|address| address["id"].as_str().unwrap().to_owned()).collect();
        for id in &ids {
            let whole = bench.run(|ctx| get(ctx, id)).unwrap();
            assert_eq!(whole["id"], *id);
        }
        ids
    };
    for number in ["1", "2", "77"] {
        let mut told = ids(number);
        assert!(!told.is_empty(), "{number}");
        assert_eq!(told, ids(number));
        let count = told.len();
        told.sort();
        told.dedup();
        assert_eq!(told.len(), count, "{number}");
    }
}
