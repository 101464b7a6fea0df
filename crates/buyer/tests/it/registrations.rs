//! Registrations at the hub of a Seller after a change of version: there is one, in the version agreed.

use segue_model::party::Role;
use segue_model::time::Clock;
use serde_json::{Value, json};

use crate::world::{BASE, World};

const QUOTE: &str = "quoteManagement";

/// Writes the version of quotes into the agreement with `xenon`.
async fn agree(world: &World, version: u32) {
    let found = world
        .store
        .agreement_in_force(&world.xenon.scope, Role::Buyer, world.wall.now());
    let mut agreement = found.await.unwrap().unwrap();
    agreement.apis.insert(QUOTE.into(), version);
    world.store.put_agreement(agreement).await.unwrap();
}

/// What a hub of `xenon` answers about this registration.
fn has(world: &World, version: u32, id: &str) {
    let hub = json!({ "id": id, "callback": BASE });
    let at = format!("{QUOTE}/v{version}/hub");
    world.sellers.answers(&format!("POST {at}"), 201, hub.clone());
    world.sellers.answers(&format!("GET {at}/{id}"), 200, hub);
    world.sellers.answers(&format!("DELETE {at}/{id}"), 204, Value::Null);
}

async fn subscribed(world: &World) -> (String, bool) {
    world.buyer.subscribe(&world.xenon.scope, QUOTE).await.unwrap()
}

/// What `xenon` was asked since then.
fn asked(world: &World, since: usize) -> Vec<String> {
    let asked = world.sellers.requests().split_off(since);
    asked
        .into_iter()
        .map(|asked| asked.what.replace("/xenon/mefApi/sonata/quoteManagement/", ""))
        .collect()
}

/// A Buyer that was registered in version 8, and is on 10 now.
async fn moved() -> World {
    let world = World::new().await;
    agree(&world, 8).await;
    has(&world, 8, "old");
    assert_eq!(subscribed(&world).await, ("old".into(), true));
    agree(&world, 10).await;
    world
}

#[tokio::test]
async fn the_registration_of_the_old_version_is_ended_after_that_of_the_new_one_is_made() {
    let world = moved().await;
    has(&world, 10, "new");
    assert_eq!(subscribed(&world).await, ("new".into(), true));
    let expected = ["GET v10/hub/old", "POST v10/hub", "DELETE v8/hub/old"];
    assert_eq!(asked(&world, 1), expected);
    assert_eq!(subscribed(&world).await, ("new".into(), false));
    assert_eq!(asked(&world, 4), ["GET v10/hub/new"], "once is enough");
    // And back again, to a hub that cannot be asked: nothing is remembered of the first one.
    agree(&world, 8).await;
    has(&world, 8, "third");
    assert_eq!(subscribed(&world).await, ("third".into(), true));
    assert_eq!(asked(&world, 5), ["POST v8/hub", "DELETE v10/hub/new"]);
}

#[tokio::test]
async fn a_registration_that_the_seller_took_along_is_kept() {
    let world = moved().await;
    has(&world, 10, "old");
    assert_eq!(subscribed(&world).await, ("old".into(), false));
    assert!(
        !asked(&world, 1).iter().any(|what| !what.starts_with("GET v10")),
        "{:?}",
        asked(&world, 1)
    );
    let since = world.sellers.requests().len();
    assert_eq!(subscribed(&world).await, ("old".into(), false));
    assert_eq!(asked(&world, since), ["GET v10/hub/old"]);
}

#[tokio::test]
async fn an_old_registration_that_cannot_be_ended_is_tried_again_only_where_no_answer_came() {
    for (status, tries) in [(503, 2), (401, 1), (403, 1), (404, 1)] {
        let world = moved().await;
        has(&world, 10, "new");
        let at = format!("DELETE {QUOTE}/v8/hub/old");
        world
            .sellers
            .answers(&at, status, json!({ "code": "x", "reason": "x" }));
        for fresh in [true, false] {
            assert_eq!(subscribed(&world).await, ("new".into(), fresh));
        }
        let ended = asked(&world, 1)
            .into_iter()
            .filter(|what| what == "DELETE v8/hub/old")
            .count();
        // A 401 is tried once more with a new token.
        assert_eq!(ended, if status == 401 { 2 } else { tries }, "{status}");
    }
}
