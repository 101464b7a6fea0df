//! Whole documents, read with the eye: what a partner on Grace sends and is answered.

use segue_model::api;
use segue_model::describe::Operation;
use segue_model::failure::Problem;
use segue_model::release::{self, translate};
use serde_json::{Value, json};

fn pair(api: (&str, u32), id: &str) -> (Operation, Operation) {
    let old = api::find_served(api.0, api.1).unwrap().operation(id).unwrap();
    let new = translate::counterpart(&old).unwrap();
    (old, new)
}

fn contact(role: &str) -> Value {
    json!({ "role": role, "name": "N", "number": "1", "emailAddress": "n@example.com" })
}

#[test]
fn a_qualification_of_grace_goes_up_with_its_place_and_the_contact_of_it() {
    let (old, new) = pair(
        ("productOfferingQualification", 7),
        "createProductOfferingQualification",
    );
    let sent = json!({
        "relatedContactInformation": [contact("buyerContactInformation")],
        "productOfferingQualificationItem": [{
            "id": "1", "action": "add",
            "relatedContactInformation": [contact("other"), contact("locationContact")],
            "product": { "place": [{
                "@type": "FieldedAddress", "role": "INSTALL_LOCATION", "city": "Berlin", "country": "Germany",
                "streetName": "Ring", "streetSuffix": "N",
            }] },
        }],
    });
    let raised = translate::request(&old, &new, &sent).unwrap();
    let expected = json!({
        "instantSyncQualification": false, "provideAlternative": false,
        "relatedContactInformation": [contact("buyerContactInformation")],
        "productOfferingQualificationItem": [{
            "id": "1", "action": "add",
            "product": { "place": [{
                "role": "INSTALL_LOCATION",
                "place": { "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [
                    { "city": "Berlin", "countryCode": "DE", "streetName": "Ring", "streetPostDirection": "N" },
                ] },
                "contact": [{ "name": "N", "number": "1", "emailAddress": "n@example.com" }],
            }] },
        }],
    });
    assert_eq!(raised.body, expected);
    let item = "/productOfferingQualificationItem/0";
    assert_eq!(
        raised.losses,
        [
            format!("{item}/relatedContactInformation"),
            format!("{item}/product/place/0/country"),
            "/instantSyncQualification".to_owned(),
            "/provideAlternative".to_owned(),
        ]
    );
    // Problems of the newest form are told in the words of the request.
    let place = format!("{item}/product/place/0");
    for (newer, older) in [
        (
            "/place/fieldedAddressRepresentation/0/countryCode",
            format!("{place}/country"),
        ),
        ("/place/fieldedAddressRepresentation/0/city", format!("{place}/city")),
        ("/place", place.clone()),
        ("/role", format!("{place}/role")),
        (
            "/contact/0/number",
            format!("{item}/relatedContactInformation/1/number"),
        ),
    ] {
        let told = raised.problems(vec![Problem::invalid(format!("{place}{newer}"), "")]);
        assert_eq!(told[0].property_path, older, "{newer}");
    }
}

#[test]
fn states_of_a_qualification_mean_what_they_meant() {
    let (old, new) = pair(
        ("productOfferingQualification", 7),
        "retrieveProductOfferingQualification",
    );
    for (newer, older, item) in [
        ("done", "done.ready", "done.ready"),
        ("rejected", "terminatedWithError", "terminatedWithError"),
        ("terminatedWithError", "done.unableToProvide", "done.abandoned"),
    ] {
        let change = json!([{ "state": newer, "changeDate": "2026-01-01T00:00:00.000Z" }]);
        let body = json!({
            "id": "7", "state": newer, "stateChange": change,
            "href": "https://acme.example/acme/mefApi/sonata/productOfferingQualification/v8/productOfferingQualification/7",
            "productOfferingQualificationItem": [{ "id": "1", "state": newer, "stateChange": [], "product": {} }],
        });
        let lowered = translate::answer(&old, &new, &body).body;
        assert_eq!(lowered["state"], older);
        assert_eq!(lowered["stateChange"][0]["state"], older);
        assert_eq!(lowered["productOfferingQualificationItem"][0]["state"], item);
        assert_eq!(lowered["effectiveQualificationDate"], "2026-01-01T00:00:00.000Z");
        assert!(
            lowered["href"]
                .as_str()
                .unwrap()
                .contains("/productOfferingQualification/v7/")
        );
    }
}

#[test]
fn a_validation_is_answered_in_the_kind_it_was_asked_in() {
    let (old, new) = pair(("geographicAddressManagement", 7), "createGeographicAddressValidation");
    let answer = json!({
        "state": "ready", "instantSyncValidation": true, "alternateGeographicAddress": [],
        "submittedGeographicAddress": {
            "@type": "GeographicAddress_Query",
            "labelRepresentation": [{ "label": "BERL01", "administrativeAuthority": "CLLI" }],
        },
        "bestMatchGeographicAddress": {
            "@type": "GeographicAddress", "id": "A1", "hasPublicSite": "true", "allowsNewSite": "unknown",
            "labelRepresentation": [{ "label": "BERL01", "administrativeAuthority": "CLLI" }],
            "fieldedAddressRepresentation": [{ "city": "Berlin", "countryCode": "DE", "streetName": "Ring" }],
        },
    });
    let label = json!({
        "@type": "GeographicAddressLabel", "externalReferenceId": "BERL01", "externalReferenceType": "CLLI",
    });
    let mut best = label.clone();
    best["id"] = json!("A1");
    best["hasPublicSite"] = json!(true);
    best["associatedGeographicAddress"] =
        json!({ "@type": "FieldedAddress", "city": "Berlin", "country": "DE", "streetName": "Ring" });
    let expected = json!({
        "submittedGeographicAddress": label, "bestMatchGeographicAddress": best,
        "alternateGeographicAddress": [], "provideAlternative": true, "validationResult": "success",
    });
    assert_eq!(translate::answer(&old, &new, &answer).body, expected);
}

#[test]
fn prices_and_lengths_of_time_have_the_words_of_then() {
    let (old, new) = pair(("quoteManagement", 8), "retrieveQuote");
    let lowered = |price: Value| {
        let body = json!({ "quoteItem": [{ "quoteItemPrice": [{ "recurringChargePeriod": price }] }] });
        translate::answer(&old, &new, &body).body["quoteItem"][0]["quoteItemPrice"][0].clone()
    };
    for (amount, units, word) in [
        (1, "months", "month"),
        (12, "months", "year"),
        (7, "calendarDays", "week"),
    ] {
        let period = json!({ "amount": amount, "units": units });
        assert_eq!(lowered(period)["recurringChargePeriod"], word);
    }
    assert_eq!(lowered(json!({ "amount": 3, "units": "months" })), json!({}));
    let (old, new) = pair(("quoteManagement", 8), "createQuote");
    let interval = |amount: i64, units: &str| {
        let length = json!({ "amount": amount, "units": units });
        let sent = json!({ "quoteItem": [{ "requestedQuoteItemInstallationInterval": length }] });
        let body = translate::request(&old, &new, &sent).unwrap().body;
        body["quoteItem"][0]["requestedQuoteItemInstallationInterval"].clone()
    };
    assert_eq!(
        interval(61, "businessMinutes"),
        json!({ "amount": 2, "units": "businessHours" })
    );
    assert_eq!(interval(3, "calendarMonths"), json!({ "amount": 3, "units": "months" }));
}

#[test]
fn what_cannot_be_said_any_more_is_refused_at_once_and_in_full() {
    let (old, new) = pair(
        ("productOfferingQualification", 7),
        "createProductOfferingQualification",
    );
    let place = |country: &str| json!({ "@type": "FieldedAddress", "role": "A", "country": country });
    let sent = json!({ "productOfferingQualificationItem": [
        { "action": "delete", "product": { "place": [place("Atlantis"), place("DE")] } },
    ] });
    let told = translate::request(&old, &new, &sent).unwrap_err();
    let pointers: Vec<&str> = told.iter().map(|problem| problem.property_path.as_str()).collect();
    let item = "/productOfferingQualificationItem/0";
    assert_eq!(
        pointers,
        [format!("{item}/action"), format!("{item}/product/place/0/country")]
    );
}

#[test]
fn events_of_grace_name_the_parties_and_no_state() {
    let old = api::find_served("productOrderingNotification", 10).unwrap();
    let href =
        |version: u32| format!("https://a.example/mefApi/sonata/productOrderingManagement/v{version}/productOrder/1");
    let payload = json!({ "id": "1", "href": href(11), "orderItemId": "2", "state": "completed" });
    let parties = [("buyerId".to_owned(), "beta".to_owned())];
    let told = translate::event(
        old,
        "productOrderItemExpectedCompletionDateSetEvent",
        (&payload, &parties),
    )
    .unwrap();
    assert_eq!(told.0, "productOrderItemExpectedCompletionDateSet");
    assert_eq!(
        told.1,
        json!({ "id": "1", "href": href(10), "orderItemId": "2", "buyerId": "beta" })
    );
    let addresses = api::find_served("productOfferingQualificationNotification", 7).unwrap();
    assert!(
        translate::event(
            addresses,
            "geographicAddressValidationStateChangeEvent",
            (&payload, &[])
        )
        .is_none()
    );
}

#[test]
fn a_release_has_its_own_versions_and_else_those_of_the_next() {
    let of = |release: &str, api: &str| release::versions(release).get(api).copied();
    for (name, billie, grace, kylie) in [
        ("quoteManagement", 7, 8, 10),
        ("productOrderingManagement", 7, 10, 11),
        ("productOfferingQualification", 7, 7, 8),
        ("geographicAddressManagement", 7, 7, 8),
        ("productInventory", 7, 7, 8),
    ] {
        let found = [release::BILLIE, release::GRACE, release::CURRENT].map(|release| of(release, name));
        assert_eq!(found, [Some(billie), Some(grace), Some(kylie)], "{name}");
    }
    assert!(release::versions("none").is_empty());
    let agreed = |version| {
        [
            ("quoteManagement".to_owned(), version),
            ("productInventory".to_owned(), 7),
        ]
        .into()
    };
    assert_eq!(release::of_agreement(&agreed(7)), release::BILLIE);
    assert_eq!(release::of_agreement(&agreed(8)), release::GRACE);
}

#[test]
fn an_event_keeps_its_name_where_the_older_version_has_it() {
    let newest = "modifyProductOrderItemRequestedDeliveryDateStateChangeEvent";
    for (api, version, name) in [
        ("productOrderingNotification", 10, newest),
        (
            "productOrderNotification",
            7,
            "modifyProductOrderItemCompletionDateStateChangeEvent",
        ),
    ] {
        let old = api::find_served(api, version).unwrap();
        let told = translate::event(old, newest, (&json!({ "id": "1" }), &[])).unwrap();
        assert_eq!(told.0, name);
    }
}
