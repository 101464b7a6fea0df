//! Official examples against our checks. The Kylie files carry none; those of Grace belong to
//! earlier versions and hold mistakes of their own, so what our checks tell about them is printed
//! here in full: it must be exactly what changed, at its place.

use serde_json::{Value, json};

use crate::schema_checks::schemas;
use crate::sdk;

/// `code pointer` of every problem of an example; none where the official files are not.
fn told(file: &str, api: &str, shape: &str) -> Option<Vec<String>> {
    let path = sdk::folder()?.join("grace/examples/accessEline").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let body: Value = serde_json::from_str(&text).unwrap();
    let problems = schemas(api).check(shape, body).err().unwrap_or_default();
    let line = |code: Value, path: &str| format!("{} {path}", code.as_str().unwrap());
    Some(
        problems
            .iter()
            .map(|problem| line(json!(problem.code), &problem.property_path))
            .collect(),
    )
}

#[track_caller]
fn check_example(file: &str, (api, shape): (&str, &str), expected: &[&str]) {
    if let Some(told) = told(file, api, shape) {
        assert_eq!(told, expected, "{file}");
    }
}

const ADDRESS: (&str, &str) = ("geographicAddressManagement", "GeographicAddressValidation_Create");
const POQ: (&str, &str) = ("productOfferingQualification", "ProductOfferingQualification_Create");
const QUOTE: (&str, &str) = ("quoteManagement", "Quote_Create");
const ORDER: (&str, &str) = ("productOrderingManagement", "ProductOrder_Create");

/// What stood flat in a place of Grace; Kylie has it under `place` and in representations.
const FLAT: [&str; 6] = [
    "city",
    "country",
    "postcode",
    "stateOrProvince",
    "streetName",
    "streetNr",
];

/// The problems of a place in the form of Grace, in the order of their pointers.
fn flat_place(item: &str) -> Vec<String> {
    let place = format!("/{item}/product/place/0");
    let mut told = vec![format!("unexpectedProperty {place}/@type")];
    told.extend(FLAT.iter().map(|name| format!("unexpectedProperty {place}/{name}")));
    told.push(format!("unexpectedProperty {place}/streetType"));
    told.insert(3, format!("missingProperty {place}/place"));
    told
}

#[test]
fn address_examples_are_of_the_flat_form_before_representations() {
    let flat = |name: &str| format!("unexpectedProperty /submittedGeographicAddress/{name}");
    let mut expected = vec![
        "missingProperty /instantSyncValidation".to_owned(),
        "unexpectedProperty /provideAlternative".to_owned(),
        "invalidValue /submittedGeographicAddress/@type".to_owned(),
    ];
    expected.extend(
        [
            "city",
            "country",
            "postcode",
            "streetName",
            "streetNr",
            "streetNrSuffix",
        ]
        .map(flat),
    );
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check_example("UseCase1Request.json", ADDRESS, &expected);
}

#[test]
fn qualification_examples_pass_but_for_places_and_contacts_of_items() {
    let item = "/productOfferingQualificationItem/1";
    let place = format!("{item}/product/place/0");
    let expected = [
        format!("unexpectedProperty {place}/@type"),
        format!("unexpectedProperty {place}/id"),
        format!("missingProperty {place}/place"),
        format!("unexpectedProperty {item}/relatedContactInformation"),
    ];
    check_example("UseCase2Request.json", POQ, &expected.each_ref().map(String::as_str));
    check_example("UseCase3Request.json", POQ, &[]);
    check_example("UseCase6Request.json", POQ, &[]);
}

#[test]
fn quote_examples_pass_but_for_places_and_a_unit_that_never_was() {
    let unit = |item: u32| format!("invalidValue /quoteItem/{item}/requestedQuoteItemTerm/duration/units");
    let mut expected = vec![unit(0)];
    expected.extend(flat_place("quoteItem/1"));
    expected.push(unit(1));
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check_example("UseCase4Request.json", QUOTE, &expected);
    check_example("UseCase7Request.json", QUOTE, &[&unit(0)]);
}

#[test]
fn order_examples_pass_but_for_places_and_the_date_that_moved_to_the_items() {
    let date = "unexpectedProperty /requestedCompletionDate";
    let mut expected = flat_place("productOrderItem/1");
    expected.push(date.to_owned());
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check_example("UseCase5Request.json", ORDER, &expected);
    check_example("UseCase8Request.json", ORDER, &[date]);
    check_example("UseCase9Request.json", ORDER, &[date]);
    let missing = |item: u32| format!("missingProperty /productOrderItem/{item}/requestedCompletionDate");
    check_example("UseCase10Request.json", ORDER, &[&missing(0), &missing(1), date]);
}
