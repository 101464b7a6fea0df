//! What a Buyer is told while a book is being opened: come again, and never that something is
//! unknown.

use segue_model::id::CompanyId;
use serde_json::json;

use crate::world::{PLACE, SELLER, World};

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
        world.get(&world.alpha, ("geographicAddressManagement", &address)),
        world.post(
            &world.alpha,
            ("geographicAddressManagement", "/geographicAddressValidation"),
            &body
        ),
    );
    for told in [&known, &validated] {
        assert_eq!(told.status, 503, "{}", told.text);
        let seconds: u32 = told.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    drop(closed);
    let known = world.get(&world.alpha, ("geographicAddressManagement", &address)).await;
    assert_eq!(known.status, 200, "{}", known.text);
}
