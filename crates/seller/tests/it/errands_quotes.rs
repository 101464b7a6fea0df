//! Quotes that people price, as the Buyer sees them over HTTP.

use segue_model::api::errand;
use segue_model::rules::{ErrandAnswer, ErrandPrice};
use segue_model::time::{Span, Unit};
use segue_seller::ErrandError;
use serde_json::{Value, json};

use crate::bodies::{ORDER, QUOTE};
use crate::errands::{all, answer, check_refused, check_replay, circuit, ports_held, waiting, world};
use crate::world::World;

/// The Buyer wants its answer by then.
const WANTED: &str = "2026-11-25T09:00:00Z";

async fn quoted() -> (World, String, String) {
    let world = world(json!([{ "step": "quote", "by": "errand", "owner": "pricing" }])).await;
    let made = world
        .post(&world.bravo, QUOTE, &circuit(&world).deferred_quote())
        .await
        .created();
    world.work().await;
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(read(&world, &id).await["state"], "inProgress");
    let errands = waiting(&world).await;
    assert_eq!(errands.len(), 1);
    (world, id, errands[0].id.clone())
}

async fn read(world: &World, id: &str) -> Value {
    let path = format!("{}/{id}", QUOTE.1);
    world.get(&world.bravo, (QUOTE.0, &path)).await.json()
}

fn price(item: &str, amount: &str, every: Option<Span>) -> ErrandPrice {
    let price = json!({ "item": item, "name": "Circuit", "amount": amount, "every": every });
    serde_json::from_value(price).unwrap()
}

#[tokio::test]
async fn prices_of_a_person_make_a_firm_quote_that_holds_and_is_ordered() {
    let (world, id, errand) = quoted().await;
    let (uni, ovc) = (circuit(&world).uni_id(), circuit(&world).ovc_id());
    let month = Some(Span::new(1, Unit::Months));
    let refused = |prices| answer(&world, &errand, ErrandAnswer::Prices(prices));
    check_refused(
        refused(vec![price(&uni, "1", None)]).await,
        &format!("missing for: {ovc}"),
    );
    check_refused(refused(vec![price("other", "1", None)]).await, "no item");
    check_refused(refused(vec![price(&uni, "-1", None)]).await, "below zero");
    check_refused(refused(vec![price(&uni, "1.005", None)]).await, "smallest coin");
    check_refused(
        refused(vec![price(&uni, "1", None), price(&uni, "2", None)]).await,
        "name of its own",
    );
    check_refused(answer(&world, &errand, ErrandAnswer::Complete).await, "prices");
    assert_eq!(ports_held(&world).await, 0);

    let world = world.reopened().await;
    let prices = vec![price(&uni, "77.70", month), price(&ovc, "123.45", None)];
    answer(&world, &errand, ErrandAnswer::Prices(prices)).await.unwrap();
    let quote = read(&world, &id).await;
    assert_eq!(
        (&quote["state"], &quote["quoteLevel"]),
        (&json!("approved.orderable"), &json!("firm"))
    );
    assert!(quote["validFor"]["endDateTime"].is_string());
    let prices = &quote["quoteItem"][0]["quoteItemPrice"];
    assert_eq!(prices.as_array().unwrap().len(), 1);
    assert_eq!(
        prices[0]["price"]["dutyFreeAmount"],
        json!({ "unit": "EUR", "value": 77.7 })
    );
    assert_eq!(
        prices[0]["recurringChargePeriod"],
        json!({ "amount": 1, "units": "months" })
    );
    assert_eq!(ports_held(&world).await, 1);
    check_replay(&world, &id, &["quote"]).await;

    world
        .post(&world.bravo, ORDER, &circuit(&world).order_of(&id))
        .await
        .created();
    assert_eq!(read(&world, &id).await["state"], "accepted");
    assert_eq!(ports_held(&world).await, 1);
}

#[tokio::test]
async fn a_person_takes_the_prices_of_the_book_or_none_at_all() {
    let (world, id, errand) = quoted().await;
    answer(&world, &errand, ErrandAnswer::Accept).await.unwrap();
    assert_eq!(read(&world, &id).await["state"], "approved.orderable");

    let (world, id, errand) = quoted().await;
    let reason = "The line is full until the summer.";
    answer(&world, &errand, ErrandAnswer::Reject(reason.into()))
        .await
        .unwrap();
    let quote = read(&world, &id).await;
    assert_eq!(quote["state"], "unableToProvide");
    for item in quote["quoteItem"].as_array().unwrap() {
        assert_eq!(
            (&item["state"], &item["terminationError"][0]["value"]),
            (&json!("unableToProvide"), &json!(reason))
        );
    }
    assert_eq!(ports_held(&world).await, 0);
    check_replay(&world, &id, &["quote"]).await;
}

#[tokio::test]
async fn a_quote_that_people_leave_ends_at_the_date_of_the_buyer_and_so_does_its_errand() {
    let (world, id, errand) = quoted().await;
    world.business.set(WANTED.parse().unwrap());
    world.work().await;
    assert_eq!(
        read(&world, &id).await["state"],
        "inProgress",
        "an answer would be in time"
    );
    world.business.set("2026-11-25T09:00:01Z".parse().unwrap());
    world.work().await;
    assert_eq!(read(&world, &id).await["state"], "unableToProvide");
    assert_eq!(all(&world).await[0].state, errand::WITHDRAWN);
    let late = answer(&world, &errand, ErrandAnswer::Accept).await;
    assert!(matches!(late, Err(ErrandError::Gone)));
    assert_eq!(world.store.next_due().await.unwrap(), None);
}

#[tokio::test]
async fn a_quote_that_the_buyer_cancels_bothers_nobody_any_more() {
    let (world, id, _) = quoted().await;
    let body = json!({ "quoteId": id, "reason": "Another route was found." });
    let reply = world.post(&world.bravo, (QUOTE.0, "/cancelQuote"), &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(waiting(&world).await.is_empty());
    assert_eq!(world.store.next_due().await.unwrap(), None);
}

#[tokio::test]
async fn what_people_price_is_not_quoted_at_once_and_the_buyer_is_told_what_to_do() {
    let world = world(json!([{ "step": "quote", "offering": "operator-uni", "by": "errand" }])).await;
    let quote = world
        .post(&world.bravo, QUOTE, &circuit(&world).quote())
        .await
        .created();
    assert_eq!(quote["state"], "unableToProvide");
    let states = [0, 1].map(|index| quote["quoteItem"][index]["state"].clone());
    assert_eq!(states, ["unableToProvide", "abandoned"]);
    let told = quote["quoteItem"][0]["terminationError"][0]["value"].as_str().unwrap();
    assert!(told.contains("instantSyncQuote false"), "{told}");
    assert!(waiting(&world).await.is_empty());
}
