//! What the guides want of a Buyer, looked for in the requests that we compose. Each check is written
//! from the requirement, not from the schemas that requests pass anyway.

use segue_buyer::{Change, NewDate, Wish, charge_answer, reschedule};
use segue_model::products::{ACCESS_ELINE_OVC, Products};
use serde_json::{Value, json};

use crate::compose::{Desk, check, quoted, wish};

const DATE: &str = "2027-01-31T12:00:00.000Z";

/// The elements of a list that is there.
#[track_caller]
fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    let list = value[name].as_array().map_or(&[][..], Vec::as_slice);
    assert!(!list.is_empty(), "{name} is empty: {value:#}");
    list
}

#[track_caller]
fn has(value: &Value, names: &[&str]) {
    for name in names {
        let found = &value[name];
        assert!(!found.is_null() && found != "", "{name} is missing: {value:#}");
    }
}

#[track_caller]
fn has_not(value: &Value, names: &[&str]) {
    for name in names {
        assert_eq!(value.get(name), None, "{value:#}");
    }
}

/// People who can be reached, with exactly these roles.
#[track_caller]
fn has_people(value: &Value, roles: &[&str]) {
    let people = list(value, "relatedContactInformation");
    for person in people {
        has(person, &["name", "number", "emailAddress", "role"]);
    }
    let found: Vec<&str> = people.iter().filter_map(|person| person["role"].as_str()).collect();
    assert_eq!(found, roles);
}

/// A UNI and an OVC to be added: what product guides and API guides want of them.
#[track_caller]
fn check_new(items: &[Value], relation: &str) {
    for item in items {
        has(item, &["id", "action", "product"]);
        assert_eq!(item["action"], "add");
        let product = &item["product"];
        has(product, &["productOffering", "productConfiguration"]);
        has(&product["productOffering"], &["id"]);
        has(&product["productConfiguration"], &["@type"]);
        has_not(product, &["id", "productSpecification"]);
    }
    let (uni, ovc) = (&items[0], &items[1]);
    let place = &list(&uni["product"], "place")[0];
    assert_eq!(place["role"], "INSTALL_LOCATION");
    has(&place["place"], &["@type", "id"]);
    // Whoever is named there can be reached; beside a site there is no sub-unit.
    has(&list(place, "contact")[0], &["name", "number", "emailAddress"]);
    has_not(place, &["subUnit"]);
    has_not(&ovc["product"], &["place"]);
    let to_enni = &list(&ovc["product"], "productRelationship")[0];
    assert_eq!(
        to_enni,
        &json!({ "relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1" })
    );
    let to_uni = &list(ovc, relation)[0];
    assert_eq!(
        to_uni,
        &json!({ "relationshipType": "CONNECTS_TO_UNI", "id": uni["id"] })
    );
}

fn later() -> Wish {
    Wish {
        later: Some(DATE.into()),
        ..wish()
    }
}

/// An OVC in the Seller's inventory.
fn in_service() -> Value {
    json!({
        "id": "p-1", "status": "active", "startDate": "2026-01-01T00:00:00.000Z",
        "productOffering": { "id": "eline" },
        "productConfiguration": Products::builtin().sample(ACCESS_ELINE_OVC).unwrap(),
        "productRelationship": [
            { "relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1" },
            { "relationshipType": "CONNECTS_TO_UNI", "id": "uni-1" },
        ],
        "productTerm": [{ "name": "36 months" }],
    })
}

fn change() -> Change {
    Change {
        bandwidth_mbps: Some(200),
        ..Change::default()
    }
}

#[test]
fn a_qualification_has_flags_people_items_places_and_relations() {
    // Mplify 87.1 R25, R27, R29 to R34, R36, R37(a), R37(b)
    let body = Desk::new().composer().poq(&wish()).unwrap();
    has(&body, &["instantSyncQualification", "provideAlternative"]);
    has_people(&body, &["buyerContactInformation"]);
    check_new(
        list(&body, "productOfferingQualificationItem"),
        "qualificationItemRelationship",
    );
}

#[test]
fn what_may_be_answered_later_says_until_when_and_whom_to_ask() {
    // Mplify 87.1 R28, 115.1 R17, R18, R20
    let desk = Desk::new();
    let poq = desk.composer().poq(&later()).unwrap();
    assert_eq!(poq["instantSyncQualification"], false);
    assert_eq!(poq["requestedPOQCompletionDate"], DATE);
    let quote = desk.composer().quote(&later(), None).unwrap();
    assert_eq!(quote["instantSyncQuote"], false);
    assert_eq!(quote["requestedQuoteCompletionDate"], DATE);
    has_people(&quote, &["buyerContactInformation"]);
    for item in list(&quote, "quoteItem") {
        has_people(item, &["quoteItemTechnicalContact"]);
    }
}

#[test]
fn a_quote_has_level_way_of_answer_and_whole_items() {
    // Mplify 115.1 R13, R16, R19, R21 to R23, R41 to R43
    let body = Desk::new().composer().quote(&wish(), Some("poq-1")).unwrap();
    has(&body, &["buyerRequestedQuoteLevel", "instantSyncQuote"]);
    let items = list(&body, "quoteItem");
    check_new(items, "quoteItemRelationship");
    for item in items {
        // R24: no interval is asked for, so none is shorter than the qualified one.
        has_not(item, &["requestedQuoteItemInstallationInterval"]);
        let qualified = json!({ "productOfferingQualificationId": "poq-1", "id": item["id"] });
        assert_eq!(item["productOfferingQualificationItem"], qualified);
    }
}

#[test]
fn a_change_is_the_whole_product_and_an_end_its_identifier_alone() {
    // Mplify 115.1 R44, R46, R48; 123.1 R40, R44, R46
    let desk = Desk::new();
    let product = in_service();
    let quote = desk.composer().change(&product, &change()).unwrap();
    let order = desk.composer().order(&quoted(quote.clone()), DATE).unwrap();
    for item in [&quote["quoteItem"][0], &order["productOrderItem"][0]] {
        assert_eq!(item["action"], "modify");
        let sent = &item["product"];
        // The specification stays, since the offering does; only what was wished for is otherwise.
        for name in ["id", "productOffering", "productRelationship"] {
            assert_eq!(sent[name], product[name]);
        }
        let had = product["productConfiguration"].as_object().unwrap();
        let now = sent["productConfiguration"].as_object().unwrap();
        assert!(had.keys().eq(now.keys()) && had["@type"] == now["@type"]);
        has_not(sent, &["status", "startDate", "productTerm"]);
    }
    let ends = desk.composer().disconnect(&["p-1".to_owned(), "p-2".to_owned()]);
    let order = desk.composer().order(&quoted(ends.clone()), DATE).unwrap();
    for (items, relation) in [
        (list(&ends, "quoteItem"), "quoteItemRelationship"),
        (list(&order, "productOrderItem"), "productOrderItemRelationship"),
    ] {
        for (item, id) in items.iter().zip(["p-1", "p-2"]) {
            assert_eq!(
                (&item["action"], &item["product"]),
                (&json!("delete"), &json!({ "id": id }))
            );
            has_not(
                item,
                &[
                    relation,
                    "productOfferingQualificationItem",
                    "requestedItemTerm",
                    "requestedQuoteItemTerm",
                ],
            );
        }
    }
}

#[test]
fn an_order_has_people_dates_accounts_and_terms() {
    // Mplify 123.1 R10 to R15, R31, R33 to R37
    let desk = Desk::new();
    let quote = quoted(desk.composer().quote(&wish(), None).unwrap());
    let body = desk.composer().order(&quote, DATE).unwrap();
    has_people(&body, &["productOrderContact"]);
    let items = list(&body, "productOrderItem");
    check_new(items, "productOrderItemRelationship");
    for item in items {
        assert_eq!(item["requestedCompletionDate"], DATE);
        has_people(
            item,
            &[
                "buyerProductOrderItemContact",
                "buyerImplementationContact",
                "buyerTechnicalContact",
            ],
        );
        has(&item["billingAccount"], &["id"]);
        let term = &item["requestedItemTerm"];
        has(term, &["duration", "endOfTermAction"]);
        assert_eq!(term["endOfTermAction"], "roll");
        has(&term["rollInterval"], &["amount", "units"]);
    }
}

#[test]
fn another_date_and_a_cancellation_name_what_they_are_about() {
    // Mplify 123.1 R65, R68, R76
    let new = |date: Option<&str>, expedite| {
        let body = reschedule(&NewDate {
            order_id: "o-1".into(),
            item_id: "1".into(),
            date: date.map(str::to_owned),
            expedite,
        });
        check(
            "productOrderingManagement",
            11,
            "MEFModifyProductOrderItemRequestedDeliveryDate_Create",
            &body,
        );
        let item = json!({ "productOrderId": "o-1", "productOrderItemId": "1" });
        assert_eq!(body["productOrderItem"], item);
        body
    };
    assert_eq!(new(Some(DATE), false)["requestedCompletionDate"], DATE);
    assert_eq!(new(None, true)["expediteIndicator"], true);
    let cancel = Desk::new().composer().cancel("o-1", Some("Not needed."));
    check("productOrderingManagement", 11, "CancelProductOrder_Create", &cancel);
    assert_eq!(cancel["productOrder"], json!({ "productOrderId": "o-1" }));
    has_people(&cancel, &["cancelProductOrderContact"]);
}

#[test]
fn a_charge_is_answered_item_by_item_in_one_request() {
    // Mplify 123.1 R96, R97
    let charge = json!({ "id": "c-1", "chargeItem": [{ "id": "1" }, { "id": "2" }, { "id": "3" }] });
    for answer in ["accepted", "rejected"] {
        let body = charge_answer(&charge, answer);
        check("productOrderingManagement", 11, "MEFProductOrderCharge_Update", &body);
        let answered: Vec<(&Value, &Value)> = list(&body, "chargeItem")
            .iter()
            .map(|item| (&item["id"], &item["acceptanceIndicator"]))
            .collect();
        let answer = json!(answer);
        let ids = [json!("1"), json!("2"), json!("3")];
        assert_eq!(answered, ids.iter().map(|id| (id, &answer)).collect::<Vec<_>>());
    }
}
