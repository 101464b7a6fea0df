//! Sellers on older releases: what leaves is in the version that was agreed, what comes is taken in
//! it, and what cannot be said in it does not leave.

use segue_buyer::{Ask, BuyerError};
use segue_model::api;
use segue_model::party::Role;
use segue_model::release;
use segue_model::time::Clock;
use serde_json::{Value, json};

use crate::seller::Asked;
use crate::world::{BASE, NOW, World};

/// A world whose first Seller is on this release.
async fn on(release: &str) -> World {
    let mut world = World::new().await;
    let found = world
        .store
        .agreement_in_force(&world.xenon.scope, Role::Buyer, world.wall.now());
    let mut agreement = found.await.unwrap().unwrap();
    agreement.version += 1;
    let versions = release::versions(release).into_iter();
    agreement.apis = versions.map(|(name, version)| (name.to_owned(), version)).collect();
    world.store.put_agreement(agreement).await.unwrap();
    world.xenon.token = world.token(&world.xenon, &[]).await;
    world
}

/// A request in the newest form, and what `xenon` hears of it.
async fn heard(
    world: &World,
    (api, operation): (&'static str, &'static str),
    query: &[(&str, String)],
    body: Option<&Value>,
) -> Asked {
    let before = world.sellers.requests().len();
    let ask = Ask {
        operation,
        api,
        id: operation.starts_with("retrieve").then_some("4711"),
        query,
        body,
    };
    // What it answers does not matter here.
    let outcome = world.buyer.ask(&world.xenon.scope, ask).await;
    let mut asked = world.sellers.requests().split_off(before);
    assert_eq!(asked.len(), 1, "{operation}: {outcome:?}");
    let mut asked = asked.remove(0);
    asked.what = asked.what.replace("/xenon/mefApi/sonata", "");
    asked
}

/// What does not leave, and why: pointers and reasons.
async fn refused(world: &World, (api, operation): (&'static str, &'static str), body: &Value) -> Vec<(String, String)> {
    let before = world.sellers.requests().len();
    let ask = Ask {
        operation,
        api,
        id: None,
        query: &[],
        body: Some(body),
    };
    let Err(BuyerError::Invalid { problems, sent, .. }) = world.buyer.ask(&world.xenon.scope, ask).await else {
        panic!("{operation} leaves");
    };
    assert_eq!(*sent, *body, "it is shown as it was made");
    assert_eq!(world.sellers.requests().len(), before);
    let told = problems.into_iter();
    told.map(|problem| (problem.property_path, problem.reason)).collect()
}

const ADDRESS: (&str, &str) = ("geographicAddressManagement", "createGeographicAddressValidation");
const POQ: (&str, &str) = ("productOfferingQualification", "createProductOfferingQualification");

fn validation(fields: Value) -> Value {
    json!({
        "instantSyncValidation": true,
        "submittedGeographicAddress": {
            "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [fields],
        },
    })
}

fn contact(role: &str) -> Value {
    json!({ "role": role, "name": "N", "number": "+1", "emailAddress": "n@example.com" })
}

fn poq(place: Value) -> Value {
    json!({
        "instantSyncQualification": true, "provideAlternative": true,
        "relatedContactInformation": [contact("buyerContactInformation")],
        "productOfferingQualificationItem": [{
            "id": "1", "action": "add",
            "product": { "place": [{ "role": "INSTALL_LOCATION", "place": place }] },
        }],
    })
}

#[tokio::test]
async fn addresses_are_validated_and_sites_are_listed_as_grace_has_it() {
    // MEF 121 R11 to R14, MEF 122 R10
    let world = on(release::GRACE).await;
    let fields = json!({
        "streetNr": "1", "streetName": "Ring", "city": "Berlin", "postcode": "10115", "countryCode": "DE",
        "subUnit": [{ "subUnitType": "FLOOR", "subUnitNumber": "3" }],
    });
    let asked = heard(&world, ADDRESS, &[], Some(&validation(fields))).await;
    assert_eq!(
        asked.what,
        "POST /geographicAddressManagement/v7/geographicAddressValidation"
    );
    let expected = json!({
        "provideAlternative": true,
        "submittedGeographicAddress": {
            "@type": "FieldedAddress",
            "streetNr": "1", "streetName": "Ring", "city": "Berlin", "postcode": "10115", "country": "DE",
            "geographicSubAddress": { "subUnit": [{ "subUnitType": "FLOOR", "subUnitNumber": "3" }] },
        },
    });
    assert_eq!(asked.body, expected);
    let get = heard(&world, (ADDRESS.0, "retrieveGeographicAddress"), &[], None).await;
    assert_eq!(get.what, "GET /geographicAddressManagement/v7/geographicAddress/4711");
    let sites = ("geographicSiteManagement", "listGeographicSite");
    for (place, query) in [
        (
            json!({ "@type": "GeographicAddressRef", "id": "a-1" }),
            "geographicAddress.id=a-1&name=Tower",
        ),
        (
            json!({ "@type": "GeographicAddress_Query",
                "fieldedAddressRepresentation": [{ "city": "Berlin", "countryCode": "DE" }] }),
            "city=Berlin&country=DE&name=Tower",
        ),
    ] {
        let body = json!({ "place": place, "name": "Tower" });
        let asked = heard(&world, sites, &[], Some(&body)).await;
        assert_eq!(asked.what, "GET /geographicSiteManagement/v7/geographicSite");
        assert_eq!((asked.query.as_str(), asked.body), (query, Value::Null));
    }
    let body = json!({ "place": { "@type": "GeographicAddress_Query",
        "labelRepresentation": [{ "label": "X", "administrativeAuthority": "CLLI" }] } });
    assert_eq!(refused(&world, sites, &body).await[0].0, "/place");
    let get = heard(&world, (sites.0, "retrieveGeographicSite"), &[], None).await;
    assert_eq!(get.what, "GET /geographicSiteManagement/v7/geographicSite/4711");
}

#[tokio::test]
async fn a_qualification_leaves_with_the_places_contacts_and_words_of_grace() {
    // MEF 87 R1, R3, R5, R17, R18, R20, R21, R32, R43
    let world = on(release::GRACE).await;
    let place = json!({ "@type": "GeographicAddressRef", "id": "A1" });
    let mut body = poq(place);
    let of_place = json!({ "name": "P", "number": "+2", "emailAddress": "p@example.com" });
    body["productOfferingQualificationItem"][0]["product"]["place"][0]["contact"] = json!([of_place]);
    let asked = heard(&world, POQ, &[], Some(&body)).await;
    assert_eq!(
        asked.what,
        "POST /productOfferingQualification/v7/productOfferingQualification"
    );
    assert_eq!(asked.query, "");
    assert_eq!(asked.body["instantSyncQualification"], true);
    assert_eq!(
        asked.body["relatedContactInformation"][0]["role"],
        "buyerContactInformation"
    );
    let item = &asked.body["productOfferingQualificationItem"][0];
    assert_eq!(
        item["product"]["place"],
        json!([{ "@type": "GeographicAddressRef", "id": "A1", "role": "INSTALL_LOCATION" }])
    );
    assert_eq!(item["relatedContactInformation"][0]["role"], "locationContact");
    let list = (POQ.0, "listProductOfferingQualification");
    let asked = heard(
        &world,
        list,
        &[("state", "done".to_owned()), ("limit", "5".to_owned())],
        None,
    )
    .await;
    assert_eq!(asked.query, "state=done.ready&limit=5");
    let get = heard(&world, (POQ.0, "retrieveProductOfferingQualification"), &[], None).await;
    assert_eq!(
        get.what,
        "GET /productOfferingQualification/v7/productOfferingQualification/4711"
    );
}

#[tokio::test]
async fn what_matters_and_cannot_be_said_is_refused_and_what_does_not_is_left_out() {
    let world = on(release::GRACE).await;
    let query = |fields: Value| json!({ "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [fields] });
    let at = "/productOfferingQualificationItem/0/product/place/0/place/fieldedAddressRepresentation/0";
    let told = refused(
        &world,
        POQ,
        &poq(query(json!({ "city": "Berlin", "countryCode": "DE", "poBox": "7" }))),
    )
    .await;
    let told: Vec<&str> = told.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(told, [format!("{at}/poBox").as_str(), at]);
    let fields = json!({ "streetName": "Ring", "city": "Berlin", "countryCode": "DE", "language": "de" });
    let mut body = poq(query(fields));
    body["productOfferingQualificationItem"][0]["endCustomerName"] = json!("Jones");
    let asked = heard(&world, POQ, &[], Some(&body)).await;
    let place = &asked.body["productOfferingQualificationItem"][0]["product"]["place"][0];
    let expected = json!({
        "@type": "FieldedAddress", "role": "INSTALL_LOCATION",
        "streetName": "Ring", "city": "Berlin", "country": "DE",
    });
    assert_eq!(*place, expected);
    // A filter that was not there yet is no other filter.
    let list = ("productOfferingQualification", "listProductOfferingQualification");
    let ask = Ask {
        operation: list.1,
        api: list.0,
        id: None,
        query: &[("creationDate.gt", NOW.to_owned())],
        body: None,
    };
    let told = world.buyer.ask(&world.xenon.scope, ask).await;
    assert!(matches!(told, Err(BuyerError::Invalid { .. })), "{told:?}");
}

#[tokio::test]
async fn an_answer_of_grace_is_mirrored_in_the_newest_form_with_what_was_really_sent() {
    let world = on(release::GRACE).await;
    let path = "productOfferingQualification/v7/productOfferingQualification/q1";
    let sent = json!({
        "id": "q1", "state": "done.ready",
        "relatedContactInformation": [],
        "productOfferingQualificationItem": [{
            "id": "1", "action": "add", "state": "done.ready",
            "product": { "place": [{ "@type": "FieldedAddress", "role": "A", "city": "Berlin",
                "country": "Germany", "streetName": "Ring" }] },
        }],
    });
    world.sellers.answers(&format!("GET {path}"), 200, sent.clone());
    let scope = &world.xenon.scope;
    let answered = world
        .buyer
        .refresh(scope, "productOfferingQualification", "q1")
        .await
        .unwrap();
    assert_eq!(answered.heard.unwrap().version, 7);
    let mirror = world
        .buyer
        .mirrored(scope, "productOfferingQualification", "q1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(mirror.state, "done");
    let place = &mirror.body["productOfferingQualificationItem"][0]["product"]["place"][0]["place"];
    assert_eq!(place["fieldedAddressRepresentation"][0]["countryCode"], "DE");
    let received = world.store.received(scope, "q1").await.unwrap();
    let text: Value = serde_json::from_str(&received[0].text).unwrap();
    assert_eq!((received[0].version, text), (7, sent));
}

#[tokio::test]
async fn a_hub_of_grace_is_registered_at_once_and_its_events_are_taken_at_their_path() {
    let world = on(release::GRACE).await;
    let hub = json!({ "id": "h1", "callback": BASE, "query": "" });
    world
        .sellers
        .answers("POST productOfferingQualification/v7/hub", 201, hub);
    for fresh in [true, false] {
        let told = world.buyer.subscribe(&world.xenon.scope, POQ.0).await.unwrap();
        assert_eq!(told, ("h1".to_owned(), fresh));
    }
    // That hub cannot be asked.
    assert_eq!(world.sellers.requests().len(), 1);

    let listener = |name: &str, version, event: &str| {
        let operations = api::find_served(name, version).unwrap().operations().into_iter();
        let path = format!("/listener/{event}");
        operations.clone().find(|operation| operation.path == path).unwrap()
    };
    let old = listener("productOfferingQualificationNotification", 7, "poqCreateEvent");
    let event = |buyer: &str| {
        json!({
            "eventId": format!("e-{buyer}"), "eventType": "poqCreateEvent", "eventTime": NOW,
            "event": { "id": "q1", "buyerId": buyer, "sellerId": "XENON" },
        })
    };
    let taken = world.tell(&world.xenon.token, &old, "", &event("BETA")).await;
    assert_eq!(taken.status, 204, "{}", taken.text);
    assert_eq!(world.pending().await.len(), 1);
    let foreign = world.tell(&world.xenon.token, &old, "", &event("OTHER")).await;
    assert_eq!(
        (foreign.status.as_u16(), foreign.code()),
        (403, "forbiddenRequester".to_owned())
    );
    // What was not agreed is not heard.
    let newest = listener("productOfferingQualificationNotification", 8, "poqStateChangeEvent");
    let refused = world.tell(&world.xenon.token, &newest, "", &event("BETA")).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
}

#[tokio::test]
async fn who_changes_an_order_of_billie_says_the_number_it_has() {
    let world = on(release::BILLIE).await;
    let base = "productOrderingManagement/v7";
    let order = json!({ "id": "o1", "orderVersion": "17", "state": "inProgress", "productOrderItem": [] });
    world
        .sellers
        .answers(&format!("GET {base}/productOrder/o1"), 200, order);
    let body = json!({
        "productOrderItem": { "productOrderId": "o1", "productOrderItemId": "1" },
        "requestedCompletionDate": "2027-01-31T12:00:00.000Z",
    });
    let ask = Ask {
        operation: "createModifyProductOrderItemRequestedDeliveryDate",
        api: "productOrderingManagement",
        id: None,
        query: &[],
        body: Some(&body),
    };
    // Nobody answers.
    let _ = world.buyer.ask(&world.xenon.scope, ask).await;
    let asked = world.sellers.requests();
    let left = asked.iter().find(|asked| asked.what.starts_with("POST")).unwrap();
    assert!(
        left.what
            .ends_with(&format!("{base}/modifyProductOrderItemCompletionDate")),
        "{left:?}"
    );
    assert_eq!(left.body["orderVersion"], "17");
}
