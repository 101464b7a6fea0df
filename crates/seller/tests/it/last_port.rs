//! `LAST-PORT` has one port: whoever quotes it bindingly has it, and nobody else until the quote
//! is over.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value;
use tower::ServiceExt;

use crate::bodies::{Circuit, ORDER, QUOTE};
use crate::described::{by_id, check};
use crate::world::{Buyer, Reply, World, request};

fn circuit<'a>(world: &'a World, buyer: &'a Buyer) -> Circuit<'a> {
    Circuit {
        products: &world.products,
        buyer,
        place: "LAST-PORT",
    }
}

async fn quote(world: &World, buyer: &Buyer) -> Value {
    world.post(buyer, QUOTE, &circuit(world, buyer).quote()).await.created()
}

/// Sends 64 quotes of both Buyers at once.
async fn race(world: &World) -> Vec<Value> {
    let operation = Arc::new(by_id("createQuote"));
    let mut running = Vec::new();
    for number in 0..64 {
        let buyer = if number % 2 == 0 { &world.alpha } else { &world.bravo };
        let body = circuit(world, buyer).quote();
        let request = request(&buyer.token, &operation, ("", ""), Some(&body));
        running.push(tokio::spawn(world.router.clone().oneshot(request)));
    }
    let mut made = Vec::new();
    for quote in running {
        let reply = Reply::of(quote.await.unwrap().unwrap()).await;
        check(&world.schemas, &operation, &reply);
        made.push(reply.created());
    }
    made
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_quotes_at_once_exactly_one_is_firm() {
    let world = World::new().await;
    let made = race(&world).await;
    let of_state = |state: &str| made.iter().filter(|quote| quote["state"] == state).count();
    assert_eq!((of_state("approved.orderable"), of_state("unableToProvide")), (1, 63));
    assert_eq!(made.iter().filter(|quote| quote["quoteLevel"] == "firm").count(), 1);
}

#[tokio::test]
async fn the_end_of_a_quote_gives_the_port_back() {
    let world = World::new().await;
    let first = quote(&world, &world.alpha).await;
    assert_eq!(first["state"], "approved.orderable");
    world.business.advance(SignedDuration::from_secs(299));
    assert_eq!(quote(&world, &world.bravo).await["state"], "unableToProvide");
    // The date decides, whether or not the clock's job has run.
    world.business.advance(SignedDuration::from_millis(1_001));
    assert_eq!(quote(&world, &world.bravo).await["state"], "approved.orderable");
    world.work().await;
    let path = format!("/quote/{}", first["id"].as_str().unwrap());
    assert_eq!(
        world.get(&world.alpha, (QUOTE.0, &path)).await.json()["state"],
        "expired"
    );
    assert_eq!(quote(&world, &world.alpha).await["state"], "unableToProvide");
}

#[tokio::test]
async fn an_ordered_port_stays_taken() {
    let world = World::new().await;
    let first = quote(&world, &world.alpha).await;
    let order = circuit(&world, &world.alpha).order_of(first["id"].as_str().unwrap());
    world.post(&world.alpha, ORDER, &order).await.created();
    let again = world.post(&world.alpha, ORDER, &order).await;
    assert_eq!(again.status, 422, "a quote is ordered once: {}", again.text);
    world.business.advance(SignedDuration::from_hours(24 * 365));
    assert_eq!(quote(&world, &world.bravo).await["state"], "unableToProvide");
}
