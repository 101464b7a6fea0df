//! What leaves was held against all that is known here; what does not fit stays here, and what the
//! Seller says about the rest stands beside what we sent.

use segue_buyer::{Ask, BuyerError, Manner};
use segue_model::party::{Agreement, Role};
use segue_model::products::{ACCESS_ELINE_OVC, OPERATOR_UNI, Products};
use serde_json::{Value, json};

use crate::world::World;

const CREATE: &str = "POST quoteManagement/v10/quote";

/// A quote for a UNI and an OVC that the standard allows.
pub fn quote() -> Value {
    let products = Products::builtin();
    let contact =
        |role: &str| json!({ "role": role, "name": "Desk", "number": "+49 30 55", "emailAddress": "d@beta.example" });
    let item = |id: &str, urn: &str| {
        json!({
            "id": id, "action": "add",
            "product": { "productOffering": { "id": id }, "productConfiguration": products.sample(urn).unwrap() },
        })
    };
    let mut ovc = item("ovc", ACCESS_ELINE_OVC);
    ovc["quoteItemRelationship"] = json!([{ "relationshipType": "CONNECTS_TO_UNI", "id": "uni" }]);
    json!({
        "instantSyncQuote": true,
        "buyerRequestedQuoteLevel": "firm",
        "relatedContactInformation": [contact("buyerContactInformation")],
        "quoteItem": [item("uni", OPERATOR_UNI), ovc],
    })
}

pub fn ask(body: &Value) -> Ask<'_> {
    Ask {
        operation: "createQuote",
        api: "quoteManagement",
        id: None,
        query: &[],
        body: Some(body),
    }
}

/// The paths of what keeps `body` here; it must not have left.
async fn kept_back(world: &World, body: &Value) -> Vec<String> {
    let before = world.sellers.requests().len();
    let error = world.buyer.ask(&world.xenon.scope, ask(body)).await.unwrap_err();
    assert_eq!(world.sellers.requests().len(), before, "it left");
    match error {
        BuyerError::Invalid { problems, sent, .. } => {
            assert_eq!(*sent, *body);
            problems.into_iter().map(|problem| problem.property_path).collect()
        }
        other => panic!("{other}"),
    }
}

/// `xenon`'s card has the two offerings, that of the OVC with this profile.
async fn card(world: &World, profile: &Value) {
    let found = world
        .store
        .agreement_in_force(&world.xenon.scope, Role::Buyer, crate::world::NOW.parse().unwrap());
    let agreement = found.await.unwrap().unwrap();
    let mut changed = json!(agreement);
    changed["catalogue"] = json!([
        { "id": "uni", "name": "UNI", "product": OPERATOR_UNI },
        { "id": "ovc", "name": "OVC", "product": ACCESS_ELINE_OVC, "profile": profile },
    ]);
    let changed: Agreement = serde_json::from_value(changed).unwrap();
    world.store.put_agreement(changed).await.unwrap();
}

#[tokio::test]
async fn a_product_that_breaks_its_schema_or_rules_does_not_leave_and_all_problems_come_at_once() {
    let world = World::new().await;
    world.sellers.answers(CREATE, 201, json!({ "id": "q1" }));
    assert!(world.buyer.ask(&world.xenon.scope, ask(&quote())).await.is_ok());
    let mut body = quote();
    body["quoteItem"][0]["product"]["productConfiguration"]["maximumServiceFrameSize"] = json!("large");
    body["quoteItem"][1]["product"]["productConfiguration"]["maximumFrameSize"] = json!(-1);
    body["quoteItem"][1]["action"] = json!("ad");
    let paths = kept_back(&world, &body).await;
    assert!(paths.contains(&"/quoteItem/1/action".to_owned()), "{paths:?}");
    let frame = "/quoteItem/0/product/productConfiguration/maximumServiceFrameSize";
    assert!(paths.contains(&frame.to_owned()), "{paths:?}");
    body["quoteItem"][1]["action"] = json!("add");
    let paths = kept_back(&world, &body).await;
    assert!(
        paths.contains(&"/quoteItem/1/product/productConfiguration/maximumFrameSize".to_owned()),
        "{paths:?}"
    );
}

#[tokio::test]
async fn an_item_is_held_against_the_one_it_is_related_to() {
    let world = World::new().await;
    let mut body = quote();
    body["quoteItem"][1]["product"]["productConfiguration"]["maximumFrameSize"] = json!(9600);
    body["quoteItem"][0]["product"]["productConfiguration"]["maximumServiceFrameSize"] = json!(1522);
    let paths = kept_back(&world, &body).await;
    assert_eq!(paths, ["/quoteItem/1/product/productConfiguration/maximumFrameSize"]);
}

#[tokio::test]
async fn the_profile_on_the_card_of_the_seller_counts() {
    let world = World::new().await;
    let fixed = json!([{
        "path": "/maximumFrameSize", "line": 1,
        "use": { "fixed": { "value": 1526, "mayBeSent": true, "returned": true } },
    }]);
    card(&world, &fixed).await;
    let mut body = quote();
    body["quoteItem"][1]["product"]["productConfiguration"]["maximumFrameSize"] = json!(1522);
    let paths = kept_back(&world, &body).await;
    assert_eq!(paths, ["/quoteItem/1/product/productConfiguration/maximumFrameSize"]);
    body["quoteItem"][0]["product"]["productOffering"]["id"] = json!("ovc");
    let paths = kept_back(&world, &body).await;
    assert!(
        paths.contains(&"/quoteItem/0/product/productConfiguration/@type".to_owned()),
        "{paths:?}"
    );
}

#[tokio::test]
async fn a_product_nobody_here_knows_leaves_unchecked() {
    let world = World::new().await;
    world.sellers.answers(CREATE, 201, json!({ "id": "q1" }));
    let mut body = quote();
    body["quoteItem"][1]["product"]["productConfiguration"] = json!({ "@type": "urn:x:y:z:v1:all", "any": 1 });
    assert!(world.buyer.ask(&world.xenon.scope, ask(&body)).await.is_ok());
}

#[tokio::test]
async fn a_rehearsal_shows_the_request_without_secrets_and_sends_nothing() {
    let world = World::new().await;
    let manner = Manner {
        rehearsal: true,
        ..Manner::default()
    };
    let buyer = world.buyer.in_manner(manner);
    let body = quote();
    let scope = &world.xenon.scope;
    let Err(BuyerError::Rehearsed(shown)) = buyer.ask(scope, ask(&body)).await else {
        panic!("it is no rehearsal");
    };
    assert_eq!((&shown["method"], &shown["body"]), (&json!("POST"), &body));
    let url = shown["url"].as_str().unwrap();
    assert!(url.ends_with("/xenon/mefApi/sonata/quoteManagement/v10/quote"), "{url}");
    assert_eq!(shown["headers"]["authorization"], "Bearer (a token of theirs)");
    assert_eq!(shown["checked"].as_array().unwrap().len(), 3, "{}", shown["checked"]);
    buyer.subscribe(scope, "quoteManagement").await.unwrap();
    assert!(world.sellers.requests().is_empty());
    // What is wrong is told as it would be told otherwise.
    let broken = json!({});
    let told = buyer.ask(scope, ask(&broken)).await;
    assert!(matches!(told, Err(BuyerError::Invalid { .. })));
}

#[tokio::test]
async fn the_party_chosen_for_a_command_is_named_and_a_strange_one_is_not() {
    // Mplify 115.1 R4, R5
    let world = World::new().await;
    let sellers = ["XENON", "XENON-US"].map(str::to_owned).to_vec();
    world.change(&world.xenon, |partner| partner.party_ids = sellers).await;
    let named = |id: &str| {
        world.buyer.in_manner(Manner {
            seller_id: Some(id.to_owned()),
            ..Manner::default()
        })
    };
    world.sellers.answers(CREATE, 201, json!({ "id": "q1" }));
    let body = quote();
    let asked = named("XENON-US").ask(&world.xenon.scope, ask(&body)).await;
    assert!(asked.is_ok());
    assert_eq!(world.sellers.requests()[0].query, "sellerId=XENON-US");
    let told = named("YTTRIUM").ask(&world.xenon.scope, ask(&body)).await.unwrap_err();
    assert!(told.to_string().contains("XENON, XENON-US"), "{told}");
    assert_eq!(world.sellers.requests().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_read_however_carelessly_it_is_made() {
    let world = World::new().await;
    let body = quote();
    for (answer, paths) in [
        (
            json!([{ "code": "invalidValue", "propertyPath": "$.quoteItem[0].id", "reason": "No." }]),
            vec!["$.quoteItem[0].id"],
        ),
        (
            json!([{ "code": "weNeverHeardOf", "propertyPath": "/a" }, { "reason": "?" }]),
            vec!["/a", ""],
        ),
        (
            json!({ "code": "invalidValue", "propertyPath": "/b", "reason": "One." }),
            vec!["/b"],
        ),
    ] {
        world.sellers.answers(CREATE, 422, answer);
        let error = world.buyer.ask(&world.xenon.scope, ask(&body)).await.unwrap_err();
        let BuyerError::Refused(refused) = error else {
            panic!("{error}")
        };
        let told: Vec<&str> = refused
            .problems
            .iter()
            .map(|problem| problem.property_path.as_str())
            .collect();
        assert_eq!((told, refused.sent.as_ref()), (paths, Some(&body)));
    }
}

/// `xenon` sells to us in these countries.
async fn opened(world: &World, countries: &[&str]) {
    let now = crate::world::NOW.parse().unwrap();
    let found = world
        .store
        .agreement_in_force(&world.xenon.scope, Role::Buyer, now)
        .await;
    let mut changed = json!(found.unwrap().unwrap());
    changed["countries"] = json!(countries);
    let changed: Agreement = serde_json::from_value(changed).unwrap();
    world.store.put_agreement(changed).await.unwrap();
}

#[tokio::test]
async fn a_place_that_the_agreement_does_not_open_stays_here_and_who_opens_it_is_told() {
    let world = World::new().await;
    opened(&world, &["DE"]).await;
    let known = json!({ "@type": "GeographicAddress", "id": "FR-1", "fieldedAddressRepresentation":
        [{ "streetName": "Rue du Moulin", "city": "Lyon", "postcode": "69001", "countryCode": "FR" }] });
    world
        .buyer
        .keep(
            (&world.xenon.scope, segue_buyer::Cause::Look),
            "geographicAddress",
            &known,
        )
        .await
        .unwrap();
    let mut body = quote();
    body["quoteItem"][0]["product"]["place"] =
        json!([{ "role": "INSTALL_LOCATION", "place": { "@type": "GeographicAddressRef", "id": "FR-1" } }]);
    let before = world.sellers.requests().len();
    let error = world.buyer.ask(&world.xenon.scope, ask(&body)).await.unwrap_err();
    let BuyerError::Invalid { problems, .. } = error else {
        panic!("{error}")
    };
    let told: Vec<(&str, &str)> = problems
        .iter()
        .map(|problem| (problem.property_path.as_str(), problem.reason.as_str()))
        .collect();
    let other = world.yttrium.scope.partner.to_string();
    let reason = format!("The agreement does not open places in FR. The agreement with {other} does.");
    assert_eq!(told, [("/quoteItem/0/product/place/0/place/id", reason.as_str())]);
    assert_eq!(world.sellers.requests().len(), before, "it left");
}

#[tokio::test]
async fn a_postcode_that_was_not_said_closes_nothing() {
    let world = World::new().await;
    let now = crate::world::NOW.parse().unwrap();
    let found = world
        .store
        .agreement_in_force(&world.xenon.scope, Role::Buyer, now)
        .await;
    let mut changed = json!(found.unwrap().unwrap());
    changed["pilot"] = json!({ "postcodes": { "DE": ["10"] } });
    let changed: Agreement = serde_json::from_value(changed).unwrap();
    world.store.put_agreement(changed).await.unwrap();
    for (postcode, is_closed) in [(Some("80331"), true), (None, false), (Some("10115"), false)] {
        let mut fields = json!({ "streetName": "Ahornstraße", "city": "Berlin", "countryCode": "DE" });
        if let Some(postcode) = postcode {
            fields["postcode"] = json!(postcode);
        }
        let body = json!({ "instantSyncValidation": true, "submittedGeographicAddress":
            { "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [fields] } });
        let validation = Ask {
            operation: "createGeographicAddressValidation",
            api: "geographicAddressManagement",
            id: None,
            query: &[],
            body: Some(&body),
        };
        let answer = world.buyer.ask(&world.xenon.scope, validation).await;
        let closed = matches!(answer, Err(BuyerError::Invalid { .. }));
        assert_eq!(closed, is_closed, "{postcode:?}: {answer:?}");
    }
}

/// A quote at a site of the Seller, known by its identifier only.
fn quote_at_site(id: &str) -> Value {
    let mut body = quote();
    body["quoteItem"][0]["product"]["place"] =
        json!([{ "role": "INSTALL_LOCATION", "place": { "@type": "GeographicSiteRef", "id": id } }]);
    body
}

#[tokio::test]
async fn a_site_is_where_the_mirror_says_and_one_that_is_not_known_leaves_with_a_note() {
    let world = World::new().await;
    opened(&world, &["DE"]).await;
    let address = json!({ "@type": "GeographicAddress", "id": "FR-1", "fieldedAddressRepresentation":
        [{ "streetName": "Rue du Moulin", "city": "Lyon", "countryCode": "FR" }] });
    let by_reference = json!({ "id": "S-REF", "place": { "@type": "GeographicAddressRef", "id": "FR-1" } });
    let mut place = address.clone();
    place.as_object_mut().unwrap().remove("id");
    let by_value = json!({ "id": "S-VALUE", "place": place });
    let cause = segue_buyer::Cause::Answer("listGeographicSite");
    for (resource, body) in [
        ("geographicAddress", &address),
        ("geographicSite", &by_reference),
        ("geographicSite", &by_value),
    ] {
        world
            .buyer
            .keep((&world.xenon.scope, cause), resource, body)
            .await
            .unwrap();
    }
    for site in ["S-REF", "S-VALUE"] {
        let body = quote_at_site(site);
        let error = world.buyer.ask(&world.xenon.scope, ask(&body)).await.unwrap_err();
        let BuyerError::Invalid { problems, .. } = error else {
            panic!("{site}: {error}")
        };
        assert_eq!(problems[0].property_path, "/quoteItem/0/product/place/0/place/id");
        assert!(problems[0].reason.contains("places in FR"), "{site}: {problems:?}");
    }
    let rehearsal = segue_buyer::Manner {
        rehearsal: true,
        ..segue_buyer::Manner::default()
    };
    let body = quote_at_site("S-NEW");
    let shown = world
        .buyer
        .in_manner(rehearsal)
        .ask(&world.xenon.scope, ask(&body))
        .await;
    let BuyerError::Rehearsed(request) = shown.unwrap_err() else {
        panic!("it is to leave")
    };
    // Sent, it is told as well.
    let made = json!({ "id": "q1", "state": "inProgress" });
    world.sellers.answers("POST quoteManagement/v10/quote", 201, made);
    let buyer = world.buyer.in_manner(segue_buyer::Manner::default());
    buyer.ask(&world.xenon.scope, ask(&body)).await.unwrap();
    let told = buyer.take_notes();
    assert_eq!(json!(told), request["warnings"]);
    assert!(buyer.take_notes().is_empty());
    let notes = request["warnings"].to_string();
    assert!(
        notes.contains("/quoteItem/0/product/place/0/place/id") && notes.contains("S-NEW"),
        "{notes}"
    );
}
