//! Numbered requirements that a body alone can break: what has to be there, omitted piece by
//! piece. Which requirement each test shows stands in `requirements/tests.csv`.

use segue_model::failure::ProblemCode;
use serde_json::{Value, json};

use super::schema_checks::schemas;

/// A body that passes, and members whose absence is one problem at exactly their place.
#[track_caller]
fn check_needed(api: &str, shape: &str, body: &Value, needed: &[&str]) {
    let schemas = schemas(api);
    assert_eq!(schemas.check(shape, body.clone()).err(), None, "the whole body passes");
    for pointer in needed {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut without = body.clone();
        let parent = without.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        assert!(parent.remove(name).is_some(), "{pointer} is not in the body");
        let problems = schemas.check(shape, without).err().unwrap_or_default();
        let found: Vec<_> = problems.iter().map(|p| (p.code, p.property_path.as_str())).collect();
        assert_eq!(found, [(ProblemCode::MissingProperty, *pointer)]);
    }
}

/// A list that must not be empty.
#[track_caller]
fn check_not_empty(api: &str, shape: &str, body: &Value, pointer: &str) {
    let mut empty = body.clone();
    *empty.pointer_mut(pointer).unwrap() = json!([]);
    let problems = schemas(api).check(shape, empty).unwrap_err();
    let found: Vec<&str> = problems.iter().map(|problem| problem.property_path.as_str()).collect();
    assert_eq!(found, [pointer]);
}

fn address_validation() -> Value {
    json!({
        "instantSyncValidation": true,
        "submittedGeographicAddress": {
            "@type": "GeographicAddress_Query",
            "formattedAddressRepresentation": [{ "formattedAddress": "Hauptstrasse 1, Berlin" }],
            "labelRepresentation": [{ "label": "BLN-1", "administrativeAuthority": "operator" }],
            "geographicPointRepresentation": [
                { "spatialRef": "EPSG:4326", "latitude": "52.5", "longitude": "13.4" },
            ],
        },
    })
}

#[test]
fn an_address_validation_says_how_to_answer_and_which_address() {
    let body = address_validation();
    let needed = ["/instantSyncValidation", "/submittedGeographicAddress"];
    check_needed(
        "geographicAddressManagement",
        "GeographicAddressValidation_Create",
        &body,
        &needed,
    );
}

#[test]
fn each_representation_of_an_address_is_whole() {
    let needed = [
        "/submittedGeographicAddress/formattedAddressRepresentation/0/formattedAddress",
        "/submittedGeographicAddress/labelRepresentation/0/label",
        "/submittedGeographicAddress/labelRepresentation/0/administrativeAuthority",
        "/submittedGeographicAddress/geographicPointRepresentation/0/spatialRef",
        "/submittedGeographicAddress/geographicPointRepresentation/0/latitude",
        "/submittedGeographicAddress/geographicPointRepresentation/0/longitude",
    ];
    let body = address_validation();
    check_needed(
        "geographicAddressManagement",
        "GeographicAddressValidation_Create",
        &body,
        &needed,
    );
}

#[test]
fn a_registration_for_events_carries_a_callback() {
    let apis = [
        "geographicAddressManagement",
        "productOfferingQualification",
        "quoteManagement",
    ];
    for api in apis {
        let body = json!({ "callback": "https://buyer.example" });
        check_needed(api, "EventSubscriptionInput", &body, &["/callback"]);
    }
}

#[test]
fn a_search_for_sites_names_a_place() {
    let body = json!({ "place": { "@type": "GeographicAddressRef", "id": "a-1" } });
    check_needed("geographicSiteManagement", "GeographicSite_Query", &body, &["/place"]);
}

fn contact() -> Value {
    json!({ "role": "buyerContactInformation", "name": "A", "number": "1", "emailAddress": "a@b.example" })
}

fn product() -> Value {
    json!({
        "productOffering": { "id": "access" },
        "productConfiguration": { "@type": "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all" },
        "productRelationship": [{ "id": "enni-1", "relationshipType": "CONNECTS_TO_ENNI" }],
        "place": [{
            "place": { "@type": "GeographicAddressRef", "id": "a-1" },
            "role": "INSTALL_LOCATION",
            "contact": [{ "name": "A", "number": "1", "emailAddress": "a@b.example" }],
        }],
    })
}

fn qualification() -> Value {
    json!({
        "instantSyncQualification": true,
        "provideAlternative": false,
        "relatedContactInformation": [contact()],
        "productOfferingQualificationItem": [{
            "id": "1",
            "action": "add",
            "product": product(),
            "qualificationItemRelationship": [{ "id": "2", "relationshipType": "CONNECTS_TO_UNI" }],
        }],
    })
}

const QUALIFY: (&str, &str) = ("productOfferingQualification", "ProductOfferingQualification_Create");

#[test]
fn a_qualification_has_both_flags_a_contact_and_an_item() {
    let body = qualification();
    let items = "/productOfferingQualificationItem";
    let contacts = "/relatedContactInformation";
    check_needed(
        QUALIFY.0,
        QUALIFY.1,
        &body,
        &["/instantSyncQualification", "/provideAlternative", items, contacts],
    );
    check_not_empty(QUALIFY.0, QUALIFY.1, &body, items);
    check_not_empty(QUALIFY.0, QUALIFY.1, &body, contacts);
}

#[test]
fn a_contact_of_a_qualification_can_be_reached() {
    let members = ["role", "name", "number", "emailAddress"];
    let needed = members.map(|member| format!("/relatedContactInformation/0/{member}"));
    check_needed(
        QUALIFY.0,
        QUALIFY.1,
        &qualification(),
        &needed.each_ref().map(String::as_str),
    );
}

#[test]
fn relations_and_places_of_a_qualification_item_are_whole() {
    let members = [
        "product/productRelationship/0/id",
        "product/productRelationship/0/relationshipType",
        "qualificationItemRelationship/0/id",
        "qualificationItemRelationship/0/relationshipType",
        "product/place/0/place",
        "product/place/0/role",
        "product/place/0/contact/0/name",
        "product/place/0/contact/0/number",
        "product/place/0/contact/0/emailAddress",
    ];
    let needed = members.map(|member| format!("/productOfferingQualificationItem/0/{member}"));
    check_needed(
        QUALIFY.0,
        QUALIFY.1,
        &qualification(),
        &needed.each_ref().map(String::as_str),
    );
}

fn quote() -> Value {
    json!({
        "buyerRequestedQuoteLevel": "firm",
        "instantSyncQuote": true,
        "quoteItem": [{ "id": "1", "action": "add", "product": product() }],
    })
}

#[test]
fn a_quote_says_level_and_way_of_answer_and_has_an_item() {
    let needed = ["/buyerRequestedQuoteLevel", "/instantSyncQuote", "/quoteItem"];
    check_needed("quoteManagement", "Quote_Create", &quote(), &needed);
    check_not_empty("quoteManagement", "Quote_Create", &quote(), "/quoteItem");
}

#[test]
fn an_item_of_a_quote_has_id_action_and_product() {
    let needed = ["/quoteItem/0/id", "/quoteItem/0/action", "/quoteItem/0/product"];
    check_needed("quoteManagement", "Quote_Create", &quote(), &needed);
}

#[test]
fn a_place_of_a_quote_or_order_has_place_and_role() {
    let needed = [
        "/quoteItem/0/product/place/0/place",
        "/quoteItem/0/product/place/0/role",
    ];
    check_needed("quoteManagement", "Quote_Create", &quote(), &needed);
    let needed = [
        "/productOrderItem/0/product/place/0/place",
        "/productOrderItem/0/product/place/0/role",
    ];
    check_needed("productOrderingManagement", "ProductOrder_Create", &order(), &needed);
}

fn order() -> Value {
    json!({
        "relatedContactInformation": [contact()],
        "productOrderItem": [{
            "id": "1",
            "action": "add",
            "requestedCompletionDate": "2026-03-01T00:00:00Z",
            "product": product(),
        }],
    })
}

#[test]
fn an_order_has_an_item() {
    let items = "/productOrderItem";
    check_needed("productOrderingManagement", "ProductOrder_Create", &order(), &[items]);
    check_not_empty("productOrderingManagement", "ProductOrder_Create", &order(), items);
}

#[test]
fn an_update_of_an_order_names_the_items_it_changes() {
    let body = json!({ "productOrderItem": [{ "id": "1", "endCustomerName": "A" }] });
    check_needed(
        "productOrderingManagement",
        "ProductOrder_Update",
        &body,
        &["/productOrderItem/0/id"],
    );
}

#[test]
fn an_answer_to_a_charge_says_yes_or_no_to_each_item() {
    let body = json!({ "chargeItem": [
        { "id": "1", "acceptanceIndicator": "accepted" },
        { "id": "2", "acceptanceIndicator": "rejected" },
    ] });
    let needed = ["/chargeItem/0/acceptanceIndicator", "/chargeItem/1/acceptanceIndicator"];
    check_needed(
        "productOrderingManagement",
        "MEFProductOrderCharge_Update",
        &body,
        &needed,
    );
}

/// An attribute of a product beside its configuration is one problem at exactly its place.
#[track_caller]
fn check_no_attributes_at(api: &str, shape: &str, body: &Value, product: &str) {
    let mut body = body.clone();
    body.pointer_mut(product).unwrap()["bandwidth"] = json!("100");
    let problems = schemas(api).check(shape, body).err().unwrap_or_default();
    let found: Vec<_> = problems.iter().map(|p| (p.code, p.property_path.as_str())).collect();
    let at = format!("{product}/bandwidth");
    assert_eq!(found, [(ProblemCode::UnexpectedProperty, at.as_str())]);
}

#[test]
fn attributes_of_a_product_stand_in_its_configuration_and_nowhere_else() {
    let items = "/productOfferingQualificationItem/0/product";
    check_no_attributes_at(QUALIFY.0, QUALIFY.1, &qualification(), items);
    check_no_attributes_at("quoteManagement", "Quote_Create", &quote(), "/quoteItem/0/product");
    check_no_attributes_at(
        "productOrderingManagement",
        "ProductOrder_Create",
        &order(),
        "/productOrderItem/0/product",
    );
    let mut stored = product();
    stored["id"] = json!("p-1");
    stored["bandwidth"] = json!("100");
    let problems = schemas("productInventory").check("MEFProduct", stored).unwrap_err();
    assert!(
        problems
            .iter()
            .any(|p| (p.code, p.property_path.as_str()) == (ProblemCode::UnexpectedProperty, "/bandwidth")),
        "{problems:#?}"
    );
}
