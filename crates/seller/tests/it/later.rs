//! What is not answered at once, and quotes that the Buyer ends: each step as it is fetched.

use segue_model::time::Clock;
use serde_json::{Value, json};

use crate::bodies::{Circuit, QUOTE, VALIDATION, deferred_validation};
use crate::world::{PLACE, Reply, World};

const CANCEL: (&str, &str) = ("quoteManagement", "/cancelQuote");
const DECLINE: (&str, &str) = ("quoteManagement", "/declineQuote");

fn circuit(world: &World) -> Circuit<'_> {
    Circuit {
        products: &world.products,
        buyer: &world.bravo,
        place: PLACE,
    }
}

async fn fetched(world: &World, (api, path): (&str, &str), made: &Value) -> Value {
    let path = format!("{path}/{}", made["id"].as_str().unwrap());
    world.get(&world.bravo, (api, &path)).await.json()
}

/// Goes on to the next work that is due, and does it.
async fn next_step(world: &World) {
    let due = world.store.next_due().await.unwrap().unwrap();
    world.business.set(due.max(world.business.now()));
    world.work().await;
}

async fn ports_held(world: &World) -> i64 {
    let keys = [format!("port/{PLACE}")];
    let held = world
        .store
        .held(&world.bravo.scope.company, &keys, world.business.now());
    held.await.unwrap().get(&keys[0]).copied().unwrap_or(0)
}

async fn end(world: &World, task: (&str, &str), quote: &Value) -> Reply {
    let body = json!({ "quoteId": quote["id"], "reason": "Another route was found." });
    world.post(&world.bravo, task, &body).await
}

#[tokio::test]
async fn a_validation_is_fetched_in_each_of_its_states() {
    // Mplify 121.1 R23, R41, R42
    let world = World::new().await;
    let made = world
        .post(&world.bravo, VALIDATION, &deferred_validation())
        .await
        .created();
    let mut states = vec![made["state"].clone()];
    assert_eq!(fetched(&world, VALIDATION, &made).await, made);
    while world.store.next_due().await.unwrap().is_some() {
        next_step(&world).await;
        states.push(fetched(&world, VALIDATION, &made).await["state"].clone());
    }
    assert_eq!(states, ["acknowledged", "inProgress", "ready"]);
    let unknown = world
        .get(
            &world.bravo,
            ("geographicAddressManagement", "/geographicAddressValidation/nowhere"),
        )
        .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_deferred_quote_goes_through_a_draft_to_its_answer() {
    let world = World::new().await;
    let made = world
        .post(&world.bravo, QUOTE, &circuit(&world).deferred_quote())
        .await
        .created();
    let mut seen = vec![(made["state"].clone(), ports_held(&world).await)];
    for _ in 0..3 {
        next_step(&world).await;
        seen.push((
            fetched(&world, QUOTE, &made).await["state"].clone(),
            ports_held(&world).await,
        ));
    }
    let expected = [
        ("acknowledged", 0),
        ("inProgress", 0),
        ("inProgress.draft", 0),
        ("approved.orderable", 1),
    ];
    assert_eq!(seen, expected.map(|(state, held)| (json!(state), held)));
}

#[tokio::test]
async fn a_quote_is_cancelled_while_it_is_worked_on_and_no_work_is_left() {
    // Mplify 115.1 R3, R54
    let world = World::new().await;
    let made = world
        .post(&world.bravo, QUOTE, &circuit(&world).deferred_quote())
        .await
        .created();
    assert_eq!(end(&world, CANCEL, &made).await.status, 422, "it is only acknowledged");
    next_step(&world).await;
    let reply = end(&world, CANCEL, &made).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(
        reply.json(),
        json!({ "quoteId": made["id"], "reason": "Another route was found." })
    );
    assert_eq!(fetched(&world, QUOTE, &made).await["state"], "cancelled");
    assert_eq!(world.store.next_due().await.unwrap(), None);
    assert_eq!(end(&world, CANCEL, &made).await.json()[0]["code"], "invalidValue");
}

#[tokio::test]
async fn a_declined_quote_gives_its_port_back_at_once() {
    // Mplify 115.1 R3, R55
    let world = World::new().await;
    let made = world
        .post(&world.bravo, QUOTE, &circuit(&world).quote())
        .await
        .created();
    assert_eq!(ports_held(&world).await, 1);
    let reply = end(&world, DECLINE, &made).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(fetched(&world, QUOTE, &made).await["state"], "declined");
    assert_eq!(ports_held(&world).await, 0);
    assert_eq!(world.store.next_due().await.unwrap(), None);
}
