//! What a Buyer is told while a book is being opened: come again, and never that something is
//! unknown.

use segue_model::id::CompanyId;
use serde_json::{Value, json};

use crate::described;
use crate::world::{PLACE, Reply, SELLER, World, request};

/// The 503 is not one that the standard declares for these operations: it is that of HTTP.
async fn ask(world: &World, (method, path): (&str, &str), body: Option<&Value>) -> Reply {
    let operation = described::operation("geographicAddressManagement", method, path);
    world
        .send(request(&world.alpha.token, &operation, (PLACE, ""), body))
        .await
}

#[tokio::test]
async fn who_needs_a_book_that_is_being_opened_is_told_to_come_again_and_not_that_a_place_is_unknown() {
    let world = World::new().await.reopened().await;
    let closed = world.seller.books().hold_closed(&CompanyId::new(SELLER)).await;
    let address = format!("/geographicAddress/{PLACE}");
    let query = json!({
        "@type": "GeographicAddress_Query",
        "formattedAddressRepresentation": [{ "formattedAddress": "Nowhere 1, Atlantis" }],
    });
    let body = json!({ "instantSyncValidation": true, "submittedGeographicAddress": query });
    let (known, validated) = tokio::join!(
        ask(&world, ("GET", &address), None),
        ask(&world, ("POST", "/geographicAddressValidation"), Some(&body)),
    );
    for told in [&known, &validated] {
        assert_eq!(told.status, 503, "{}", told.text);
        let seconds: u32 = told.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    drop(closed);
    let known = ask(&world, ("GET", &address), None).await;
    assert_eq!(known.status, 200, "{}", known.text);
}
