//! Product Inventory (Mplify 116.1): the duties of a Buyer.

use serde_json::json;

use super::common;
use crate::case::{Case, Check, Function, case};
use crate::stage::Stage;

const F: Function = Function::Inventory;

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    vec![
        case("buyer.inventory.list")
            .shows(&["116.1 R1", "116.1 R10"])
            .given("A product of the Buyer in service.")
            .when("The Buyer is to list its products.")
            .then("It asks for them without any filter.")
            .wrong("It could not find out what it has.")
            .watch(list),
        case("buyer.inventory.read")
            .shows(&["116.1 R1"])
            .given("A product of the Buyer in service.")
            .when("The Buyer is to fetch it.")
            .then("It asks for the id that it was told.")
            .wrong("It could not find out what the product is like.")
            .watch(async |stage| {
                let (_, product) = common::delivered(stage).await?;
                let request = stage
                    .step("product", &[("product", &product)], "retrieveProduct")
                    .await?;
                request.so(
                    request.is_on(&product),
                    format!("the product {product}"),
                    request.url.clone(),
                )
            }),
        case("buyer.inventory.pages")
            .shows(&["116.1 R1"])
            .given("More products of the Buyer than the tester puts on one page.")
            .when("The Buyer is to list its products.")
            .then("It is odd if it does not ask for the pages that follow.")
            .wrong("It would take the first page for all it has.")
            .watch(pages),
        case("buyer.inventory.buyer-id")
            .shows(&["116.1 R2"])
            .given("A Buyer that acts for several parties.")
            .when("It makes requests.")
            .then("Each one says for whom, in the query.")
            .wrong("The Seller could not know who asks.")
            .watch(async |stage| {
                listed(stage).await?;
                let ids = stage.profile.agreed.buyer_ids.clone();
                common::names_parties(stage, F, ("buyerId", &ids))
            }),
        case("buyer.inventory.seller-id")
            .shows(&["116.1 R3"])
            .given("A tester that stands for several Sellers.")
            .when("The Buyer makes requests.")
            .then("Each one says which is meant, in the query.")
            .wrong("The wrong Seller might answer.")
            .watch(async |stage| {
                listed(stage).await?;
                let ids = stage.profile.agreed.seller_ids.clone();
                common::names_parties(stage, F, ("sellerId", &ids))
            }),
        case("buyer.inventory.structure")
            .shows(&["116.1 R7"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("Nothing is of another form.")
            .wrong("Sellers need not understand it.")
            .watch(async |stage| {
                listed(stage).await?;
                common::conform(stage, F)
            }),
        case("buyer.inventory.nothing-else")
            .shows(&["116.1 R8"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("They have no parameter that it does not have, and no body.")
            .wrong("What one Seller takes would be refused by another.")
            .watch(async |stage| {
                listed(stage).await?;
                common::nothing_undefined(stage, F)
            }),
    ]
}

/// Products were listed once; what is asked of all requests needs no product.
async fn listed(stage: &mut Stage) -> Result<crate::lab::expect::Answer, crate::case::Stop> {
    stage
        .made("a list of products", async |stage| {
            stage.step("inventory", &[], "listProduct").await
        })
        .await
}

async fn list(stage: &mut Stage) -> Check {
    common::delivered(stage).await?;
    let request = listed(stage).await?;
    let narrowing: Vec<String> = request
        .operation
        .iter()
        .flat_map(|operation| &operation.parameters)
        .filter(|parameter| !["offset", "limit", "buyerId", "sellerId"].contains(&parameter.name.as_str()))
        .filter_map(|parameter| {
            request
                .param(&parameter.name)
                .map(|value| format!("{}={value}", parameter.name))
        })
        .collect();
    request.so(narrowing.is_empty(), "no filter", narrowing.join("&"))
}

async fn pages(stage: &mut Stage) -> Check {
    common::delivered(stage).await?;
    stage.desk.twist("listProduct", 1, |reply| {
        let first = reply.body.get(0).cloned();
        reply.body = json!(first.into_iter().collect::<Vec<_>>());
        reply.headers = vec![
            ("x-total-count", "9".to_owned()),
            ("x-result-count", "1".to_owned()),
            ("x-pagination-throttled", "true".to_owned()),
        ];
    });
    let mark = stage.mark();
    let request = stage.step("inventory", &[], "listProduct").await?;
    stage.look_on().await;
    let asked = stage.since(mark, "listProduct");
    let goes_on = asked
        .iter()
        .any(|asked| asked.param("offset").is_some_and(|offset| offset != "0"));
    if !goes_on {
        stage.warn(
            &request,
            "a request for the next page, as one was cut (X-Total-Count 9, X-Result-Count 1)",
            "no request with an offset",
        );
    }
    Ok(())
}
