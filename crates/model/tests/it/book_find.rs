//! Finding places, however they are written.

use segue_model::book::Book;
use segue_model::failure::ProblemCode;
use serde_json::{Value, json};

use crate::book_read::{BOOK, book, files};

fn fielded(fields: Value) -> Value {
    json!({ "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [fields] })
}

fn formatted(text: &str) -> Value {
    json!({ "@type": "GeographicAddress_Query", "formattedAddressRepresentation": [{ "formattedAddress": text }] })
}

#[track_caller]
fn check(query: Value, best: Option<&str>, alternates: &[&str]) {
    let book = book();
    let found = book.find_address(query.as_object().unwrap());
    assert_eq!(found.best.as_ref().map(|address| address.id.as_str()), best);
    let others: Vec<&str> = found.alternates.iter().map(|address| address.id.as_str()).collect();
    assert_eq!(others, alternates);
    assert!(!found.outside_area && !found.too_many);
}

#[test]
fn an_address_is_found_in_any_spelling() {
    let spellings = [
        json!({ "streetNr": "1", "streetName": "Hauptstraße", "city": "München", "postcode": "80331", "countryCode": "DE" }),
        json!({ "streetNr": "1", "streetName": "HAUPTSTR.", "city": "Muenchen", "postcode": "D-80331", "countryCode": "de" }),
        json!({ "streetNr": "Nr. 01", "streetName": "Haupt", "streetType": "Straße", "city": "munchen" }),
        json!({ "streetNr": "1", "streetName": "Hauptstrasse", "postcode": "80 331" }),
    ];
    for spelling in spellings {
        check(fielded(spelling), Some("A1"), &[]);
    }
}

#[test]
fn the_best_match_has_the_level_of_detail_that_was_asked_for() {
    let building = json!({ "streetNr": "12 A", "streetName": "Mill St", "city": "Leeds", "postcode": "ls14ab" });
    check(fielded(building.clone()), Some("A4"), &["A5"]);
    let mut suite = building.clone();
    suite["subUnit"] =
        json!([{ "subUnitType": "Floor", "subUnitNumber": "3" }, { "subUnitType": "suite", "subUnitNumber": "12" }]);
    check(fielded(suite.clone()), Some("A5"), &[]);
    suite["subUnit"][1]["subUnitNumber"] = json!("13");
    check(fielded(suite), None, &["A4", "A5"]);
}

#[test]
fn without_a_full_match_the_closest_are_alternates() {
    check(
        fielded(json!({ "streetNr": "5", "streetName": "Hauptstraße", "city": "München", "countryCode": "DE" })),
        None,
        &["A3", "A2", "A1"],
    );
    check(
        fielded(json!({ "streetNr": "1", "streetName": "Bahnhofstraße", "city": "München", "postcode": "80331" })),
        None,
        &[],
    );
}

#[test]
fn errors_of_typing_do_not_hide_the_one_that_is_meant() {
    let spoiled = [
        json!({ "streetNr": "1", "streetName": "Haupstraße", "city": "München", "postcode": "80331" }),
        json!({ "streetNr": "1", "streetName": "Hauptstraße", "city": "Münhcen", "postcode": "80331" }),
        json!({ "streetNr": "1", "streetName": "Hauptstraße", "city": "München", "postcode": "80313" }),
        json!({ "streetNr": "1", "streetName": "Haupt", "city": "Munich", "postcode": "80331" }),
        json!({ "streetName": "Hauptstr. 1", "city": "80331 München" }),
        json!({ "streetNr": "1", "streetName": "München", "city": "Hauptstraße", "postcode": "80331" }),
    ];
    for query in spoiled {
        check(fielded(query), Some("A1"), &[]);
    }
    check(formatted("Haupstr. 1, 80331 Münchn"), Some("A1"), &[]);
    check(formatted("c/o Nowak, Hauptstr. 1, 80331 München"), Some("A1"), &[]);
}

#[test]
fn of_a_house_that_is_not_there_the_nearest_are_alternates_in_a_text_too() {
    check(formatted("Hauptstr. 5, 80331 München"), None, &["A3", "A2", "A1"]);
}

#[test]
fn likely_is_not_enough_to_build_there() {
    let typed = json!({ "@type": "GeographicAddress_Query", "fieldedAddressRepresentation":
        [{ "streetNr": "1", "streetName": "Haupstraße", "city": "München", "postcode": "80331" }] });
    let problem = book().place(&typed, "/p").unwrap_err();
    assert_eq!(problem.code, ProblemCode::InvalidValue);
    assert!(problem.reason.contains("A1"), "{}", problem.reason);
}

#[test]
fn a_street_without_a_number_means_no_single_address() {
    check(
        fielded(json!({ "streetName": "Hauptstraße", "city": "München", "countryCode": "DE" })),
        None,
        &["A1", "A2", "A3"],
    );
}

#[test]
fn one_line_of_text_is_understood() {
    for text in [
        "Hauptstr. 1, 80331 München, Germany",
        "hauptstrasse 1\n80331 Muenchen",
        "Hauptstraße 1, München, Deutschland",
    ] {
        check(formatted(text), Some("A1"), &[]);
    }
    check(
        formatted("12a Mill St, Leeds LS1 4AB, United Kingdom"),
        Some("A4"),
        &["A5"],
    );
    check(
        formatted("Floor 3, Suite 12, 12A Mill Street, Leeds, LS14AB"),
        Some("A5"),
        &[],
    );
    check(formatted("Nowhere Road 5, Leeds"), None, &[]);
}

#[test]
fn points_and_labels_are_found_and_all_representations_have_to_agree() {
    let point = json!({ "spatialRef": "EPSG:4326", "latitude": "48.13710", "longitude": "11.5754" });
    let label = json!({ "label": "muc-1", "administrativeAuthority": "Registry" });
    check(json!({ "geographicPointRepresentation": [point] }), Some("A1"), &[]);
    check(json!({ "labelRepresentation": [label] }), Some("A1"), &[]);
    check(
        json!({ "labelRepresentation": [label], "geographicPointRepresentation": [point] }),
        Some("A1"),
        &[],
    );
    let elsewhere = json!({ "streetNr": "1", "streetName": "Hauptstraße", "city": "Augsburg" });
    check(
        json!({ "labelRepresentation": [label], "fieldedAddressRepresentation": [elsewhere] }),
        None,
        &[],
    );
    check(json!({ "labelRepresentation": [] }), None, &[]);
}

#[test]
fn a_point_that_is_nowhere_finds_nothing() {
    for [latitude, longitude] in [
        ["1e300", "11.5"],
        ["48.1", "-1e300"],
        ["NaN", "inf"],
        ["", "x"],
        ["91", "0"],
    ] {
        let point = json!({ "spatialRef": "EPSG:4326", "latitude": latitude, "longitude": longitude });
        check(json!({ "geographicPointRepresentation": [point] }), None, &[]);
    }
}

#[test]
fn another_country_is_outside_the_area() {
    let book = book();
    let outside = |query: Value| book.find_address(query.as_object().unwrap()).outside_area;
    assert!(outside(fielded(json!({ "city": "Lyon", "countryCode": "FR" }))));
    assert!(outside(formatted("Rue du Moulin 1, Lyon, France")));
    assert!(!outside(fielded(json!({ "city": "Leeds", "countryCode": "gb" }))));
    assert!(!outside(formatted("Mill Street 12a, Leeds")));
}

#[test]
fn a_place_is_given_by_address_site_or_query() {
    let book = book();
    let id = |place: Value| book.place(&place, "/p").map(|address| address.id.clone());
    assert_eq!(
        id(json!({ "@type": "GeographicAddressRef", "id": "A2" })),
        Ok("A2".into())
    );
    assert_eq!(id(json!({ "@type": "GeographicSiteRef", "id": "S1" })), Ok("A1".into()));
    assert_eq!(id(formatted("Hauptstraße 2, München")), Ok("A2".into()));
}

#[track_caller]
fn check_no_place(place: Value, code: ProblemCode, path: &str) {
    let problem = book().place(&place, "/item/0/place").unwrap_err();
    assert_eq!(
        (problem.code, problem.property_path.as_str()),
        (code, path),
        "{}",
        problem.reason
    );
}

#[test]
fn a_place_that_is_none_is_told_where_it_stands() {
    let (unknown, invalid) = (ProblemCode::ReferenceNotFound, ProblemCode::InvalidValue);
    check_no_place(
        json!({ "@type": "GeographicAddressRef", "id": "X" }),
        unknown,
        "/item/0/place/id",
    );
    check_no_place(
        json!({ "@type": "GeographicSiteRef", "id": "X" }),
        unknown,
        "/item/0/place/id",
    );
    // A private site is like one that does not exist.
    check_no_place(
        json!({ "@type": "GeographicSiteRef", "id": "S2" }),
        unknown,
        "/item/0/place/id",
    );
    check_no_place(json!({ "@type": "Castle", "id": "X" }), invalid, "/item/0/place/@type");
    check_no_place(formatted("Nowhere 1, Leeds"), unknown, "/item/0/place");
    check_no_place(formatted("Hauptstraße, München"), invalid, "/item/0/place");
}

/// A book with `streets` x 100 addresses in one country.
fn large(streets: u32) -> Book {
    let mut places = String::from("id,streetNr,streetName,city,postcode,countryCode,delivery,ports,zone\n");
    for street in 0..streets {
        let (town, postcode) = (street % 10, 10_000 + street / 4);
        for number in 1..=100 {
            let line = format!(
                "{street}-{number},{number},Weg {street},Stadt {town},{postcode},DE,onNetWithoutBuild,1,metro\n"
            );
            places.push_str(&line);
        }
    }
    Book::read(&files(BOOK, &places)).unwrap()
}

#[test]
fn thirty_thousand_places_are_not_all_looked_at() {
    let book = large(300);
    assert_eq!(book.address_count(), 30_000);
    let ask = |query: Value| {
        let found = book.find_address(query.as_object().unwrap());
        assert!(found.looked_at <= 2_000, "{} were looked at", found.looked_at);
        (found.best.map(|address| address.id.clone()), found.too_many)
    };
    let exact = json!({ "streetNr": "7", "streetName": "Weg 234", "city": "Stadt 4", "postcode": "10058" });
    assert_eq!(ask(fielded(exact)), (Some("234-7".into()), false));
    assert_eq!(
        ask(formatted("Weg 234 7, 10058 Stadt 4")),
        (Some("234-7".into()), false)
    );
    assert_eq!(ask(fielded(json!({ "city": "Stadt 4" }))), (None, true));
    assert_eq!(ask(fielded(json!({ "countryCode": "DE" }))), (None, true));
    assert_eq!(ask(fielded(json!({ "streetName": "Weg 234" }))), (None, true));
    assert_eq!(
        book.address("299-100").map(|address| address.id.clone()),
        Some("299-100".into())
    );
}
