//! `Idempotency-Key`: one effect and one answer, whatever happens in between.

use http::{HeaderValue, Request};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use crate::bodies::{Circuit, QUOTE};
use crate::described::by_id;
use crate::world::{Buyer, PLACE, Reply, World, request};

fn quote(world: &World) -> Value {
    let circuit = Circuit {
        products: &world.products,
        buyer: &world.bravo,
        place: PLACE,
    };
    circuit.quote()
}

async fn send(world: &World, (buyer, key): (&Buyer, &str), body: &Value) -> Reply {
    let operation = by_id("createQuote");
    let mut request = request(&buyer.token, &operation, ("", ""), Some(body));
    request.headers_mut().insert("idempotency-key", key.parse().unwrap());
    world.ask(&operation, request).await
}

async fn count(world: &World) -> String {
    let list = world.get(&world.bravo, (QUOTE.0, "/quote")).await;
    list.header("x-total-count").to_owned()
}

/// The same but for the request id.
#[track_caller]
fn check_same(one: &Reply, other: &Reply) {
    let of = |reply: &Reply| {
        let mut reply = reply.clone();
        reply.headers.insert("x-request-id", HeaderValue::from_static("any"));
        reply
    };
    assert_eq!(of(one), of(other));
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_bytes_and_has_no_second_effect() {
    let world = World::new().await;
    let body = quote(&world);
    let first = send(&world, (&world.bravo, "k"), &body).await;
    first.created();
    world.business.advance(SignedDuration::from_mins(1));
    check_same(&first, &send(&world, (&world.bravo, "k"), &body).await);
    // In another order of members it is still the same request.
    let turned: Map<String, Value> = body.as_object().unwrap().clone().into_iter().rev().collect();
    check_same(
        &first,
        &send(&world, (&world.bravo, "\"k\""), &Value::Object(turned)).await,
    );
    assert_eq!(count(&world).await, "1");
    send(&world, (&world.bravo, "k2"), &body).await.created();
    assert_eq!(count(&world).await, "2");
}

#[tokio::test]
async fn a_key_with_another_request_is_refused() {
    let world = World::new().await;
    let mut body = quote(&world);
    send(&world, (&world.bravo, "k"), &body).await.created();
    body["externalId"] = json!("another");
    let reply = send(&world, (&world.bravo, "k"), &body).await;
    assert_eq!(reply.status, 422);
    assert_eq!(reply.json()[0]["propertyPath"], "");
    assert_eq!(count(&world).await, "1");
}

#[tokio::test]
async fn a_key_of_a_refused_request_may_be_used_again() {
    let world = World::new().await;
    let mut body = quote(&world);
    let good = body.clone();
    body["quoteItem"] = json!([]);
    assert_eq!(send(&world, (&world.bravo, "k"), &body).await.status, 422);
    send(&world, (&world.bravo, "k"), &good).await.created();
}

#[tokio::test]
async fn twins_have_one_effect_and_the_late_ones_are_told_to_wait_or_get_the_answer() {
    let world = World::new().await;
    let body = quote(&world);
    let twins = (0..8).map(|_| send(&world, (&world.bravo, "k"), &body));
    let replies = futures_util::future::join_all(twins).await;
    let made: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 201).collect();
    for other in &made {
        assert_eq!(other.text, made[0].text);
    }
    let waiting = replies.iter().filter(|reply| reply.status == 409).count();
    assert_eq!(made.len() + waiting, 8);
    assert!(
        waiting > 0,
        "the first takes much longer than the others need to come in"
    );
    assert_eq!(count(&world).await, "1");
}

#[tokio::test]
async fn an_answer_is_known_after_a_restart_and_forgotten_after_its_time() {
    let world = World::new().await;
    let body = quote(&world);
    let first = send(&world, (&world.bravo, "k"), &body).await;
    let mut world = world.reopened().await;
    check_same(&first, &send(&world, (&world.bravo, "k"), &body).await);
    world.wall.advance(SignedDuration::from_hours(24 * 7 + 1));
    world.bravo.token = world.token(&world.bravo, &[]).await;
    let later = send(&world, (&world.bravo, "k"), &body).await.created();
    assert_ne!(later["id"], first.json()["id"]);
}

#[tokio::test]
async fn a_repeated_registration_is_one_subscription() {
    let world = World::new().await;
    let operation = by_id("registerListener");
    let body = json!({ "callback": "https://bravo.example" });
    let send = async || {
        let mut request: Request<_> = request(&world.bravo.token, &operation, ("", ""), Some(&body));
        request
            .headers_mut()
            .insert("idempotency-key", HeaderValue::from_static("k"));
        world.ask(&operation, request).await
    };
    let first = send().await;
    first.created();
    check_same(&first, &send().await);
}

#[tokio::test]
async fn keys_that_cannot_be_read_are_refused() {
    let world = World::new().await;
    for key in ["", "two words", &"x".repeat(256)] {
        let reply = send(&world, (&world.bravo, key), &quote(&world)).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json_code().as_str()),
            (400, "invalidQuery"),
            "{key}"
        );
    }
    assert_eq!(count(&world).await, "0");
}
