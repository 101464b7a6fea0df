//! A request whose answer is lost makes nothing twice, whatever the Seller recognises and whoever
//! dies in between.

use segue_buyer::{BuyerError, Settled};
use segue_model::party::{Agreement, Role};
use segue_store::OpenRequest;
use serde_json::{Value, json};

use crate::checks::{ask, quote};
use crate::world::World;

/// A world whose `xenon` recognises keys or not, and loses so many answers.
async fn world(keys: bool, lose: usize) -> World {
    let world = World::new().await;
    world.sellers.shop(|shop| {
        shop.open = true;
        shop.keys = keys;
        shop.lose = lose;
    });
    let now = crate::world::NOW.parse().unwrap();
    let found = world
        .store
        .agreement_in_force(&world.xenon.scope, Role::Buyer, now)
        .await;
    let agreement = Agreement {
        idempotency_keys: keys,
        ending: Vec::new(),
        ..found.unwrap().unwrap()
    };
    world.store.put_agreement(agreement).await.unwrap();
    world
}

fn made(world: &World) -> usize {
    world.sellers.shop(|shop| shop.made.len())
}

async fn open(world: &World) -> Vec<OpenRequest> {
    world.buyer.open_requests(&world.xenon.scope).await.unwrap()
}

async fn buy(world: &World, body: &Value) -> Result<String, BuyerError> {
    let answered = world.buyer.ask(&world.xenon.scope, ask(body)).await?;
    Ok(answered.body["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn what_is_answered_is_mirrored_and_leaves_nothing_open() {
    let world = world(true, 0).await;
    let id = buy(&world, &quote()).await.unwrap();
    let mirrored = world.buyer.mirrored(&world.xenon.scope, "quote", &id).await.unwrap();
    assert_eq!(mirrored.unwrap().state, "approved.orderable");
    assert!(open(&world).await.is_empty());
    // The same again is another wish.
    buy(&world, &quote()).await.unwrap();
    assert_eq!(made(&world), 2);
}

#[tokio::test]
async fn a_seller_that_recognises_keys_is_asked_again_under_the_same_one() {
    let world = world(true, 2).await;
    assert_eq!(buy(&world, &quote()).await.unwrap(), "q1");
    assert_eq!((made(&world), open(&world).await.len()), (1, 0));
}

#[tokio::test]
async fn what_was_lost_is_taken_up_again_after_a_restart_also_with_another_date() {
    for keys in [true, false] {
        let world = world(keys, 9).await;
        let mut wanted = quote();
        if !keys {
            wanted["externalId"] = json!("mine");
        }
        // Without keys it is looked for at once: the stub has it, so it is found.
        let first = buy(&world, &wanted).await;
        if keys {
            let told = first.unwrap_err();
            assert!(matches!(told, BuyerError::Unknown { .. }), "{told}");
            assert_eq!(open(&world).await.len(), 1);
        } else {
            assert_eq!(first.unwrap(), "q1");
        }
        assert_eq!(made(&world), 1);
        let world = world.reopened().await;
        world.sellers.shop(|shop| shop.lose = 0);
        if keys {
            wanted["requestedQuoteCompletionDate"] = json!("2027-01-01T00:00:00Z");
            assert_eq!(buy(&world, &wanted).await.unwrap(), "q1");
        }
        assert_eq!((made(&world), open(&world).await.len()), (1, 0), "keys: {keys}");
    }
}

/// As `kill -9` leaves it: the request was written, and nobody knows whether it left.
async fn killed(world: &World, body: &Value, key: &str) {
    let request = OpenRequest {
        key: key.into(),
        scope: world.xenon.scope.clone(),
        api: "quoteManagement".into(),
        operation: "createQuote".into(),
        opened_at: crate::world::NOW.parse().unwrap(),
        body: body.clone(),
    };
    world.store.open_request(request).await.unwrap();
}

#[tokio::test]
async fn after_a_kill_what_was_made_is_found_by_its_name_and_what_was_not_is_made_once() {
    let world = world(false, 0).await;
    // What leaves without a name of ours gets its key for one.
    let mut left = quote();
    left["externalId"] = json!("key-1");
    killed(&world, &left, "key-1").await;
    let mut there = left.clone();
    there["id"] = json!("q1");
    world.sellers.has("xenon", there.clone());
    world.sellers.shop(|shop| shop.made.push(("key-1".into(), there)));
    assert_eq!(buy(&world, &quote()).await.unwrap(), "q1");
    assert_eq!((made(&world), open(&world).await.len()), (1, 0));

    left["externalId"] = json!("key-2");
    killed(&world, &left, "key-2").await;
    assert_eq!(buy(&world, &quote()).await.unwrap(), "q2");
    assert_eq!((made(&world), open(&world).await.len()), (2, 0));
    let names: Vec<String> = world.sellers.shop(|shop| {
        let made = shop.made.iter();
        made.map(|(_, quote)| quote["externalId"].as_str().unwrap().to_owned())
            .collect()
    });
    assert_eq!(names, ["key-1", "key-2"]);
}

#[tokio::test]
async fn an_open_request_is_settled_on_demand_or_forgotten() {
    let world = world(false, 0).await;
    let mut left = quote();
    left["externalId"] = json!("key-1");
    killed(&world, &left, "key-1").await;
    let request = open(&world).await.remove(0);
    assert!(matches!(world.buyer.settle(&request).await.unwrap(), Settled::NotThere));
    assert_eq!((made(&world), open(&world).await.len()), (0, 1));
    assert!(!world.buyer.forget_request(&world.yttrium.scope, "key-1").await.unwrap());
    assert!(world.buyer.forget_request(&world.xenon.scope, "key-1").await.unwrap());
    assert!(open(&world).await.is_empty());
}

#[tokio::test]
async fn an_answer_without_an_id_leaves_the_outcome_open() {
    let world = World::new().await;
    world
        .sellers
        .answers("POST quoteManagement/v10/quote", 201, json!({ "state": "x" }));
    let told = buy(&world, &quote()).await.unwrap_err();
    assert!(told.to_string().contains("no id"), "{told}");
    assert_eq!(open(&world).await.len(), 1);
    world.sellers.answers("POST quoteManagement/v10/quote", 422, json!([]));
    buy(&world, &quote()).await.unwrap_err();
    assert!(open(&world).await.is_empty(), "a refusal is an outcome");
}

#[tokio::test]
async fn under_a_key_of_the_caller_a_seller_without_keys_is_asked_once() {
    for (keys, expected) in [(false, Err(())), (true, Ok(()))] {
        let world = world(keys, 1).await;
        let body = quote();
        let answer = world.buyer.ask_under(&world.xenon.scope, ask(&body), "mine").await;
        assert_eq!(answer.map(drop).map_err(drop), expected);
        assert_eq!(made(&world), 1);
    }
}
