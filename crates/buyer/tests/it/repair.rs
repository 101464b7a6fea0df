//! Documents of which nothing is heard: the Seller is asked, rarely, until the mirror is right.

use std::sync::Arc;

use jiff::SignedDuration;
use rand::SeedableRng;
use rand::rngs::StdRng;
use segue_buyer::{Cause, Repair};
use segue_model::id::Scope;
use segue_model::time::Clock;
use serde_json::{Value, json};

use crate::world::{Seller, World, event, listener};

const KIND: &str = "productOrderStateChangeEvent";

fn order(id: &str, state: &str) -> Value {
    json!({ "id": id, "state": state })
}

fn repair(world: &World) -> Repair<StdRng> {
    Repair::new(Arc::clone(&world.buyer), StdRng::seed_from_u64(7))
}

async fn mirrors(world: &World, scope: &Scope, id: &str, state: &str) {
    let answer = Cause::Answer("createProductOrder");
    world
        .buyer
        .keep((scope, answer), "productOrder", &order(id, state))
        .await
        .unwrap();
}

/// A Seller tells of an order, and the inbox works on it.
async fn told(world: &World, seller: &Seller, (event_id, about): (&str, &str)) {
    let body = event(KIND, event_id, about);
    // The clock goes fast: the token from the start is over.
    let token = world.token(seller, &[]).await;
    let reply = world.tell(&token, &listener(KIND), "", &body).await;
    assert_eq!(reply.status, 204, "{}", reply.text);
    world.learn().await;
}

/// Minutes after the start at which the Sellers were asked, with a round every five of `minutes`.
async fn polls(world: &World, repair: &mut Repair<StdRng>, minutes: i64) -> Vec<i64> {
    let mut at = Vec::new();
    for minute in (0..minutes).step_by(5) {
        world.wall.advance(SignedDuration::from_mins(5));
        let before = world.sellers.requests().len();
        repair.round().await.unwrap();
        let asked = world.sellers.requests().len() - before;
        at.extend(std::iter::repeat_n(minute + 5, asked));
    }
    at
}

async fn state(world: &World, scope: &Scope, id: &str) -> String {
    world
        .buyer
        .mirrored(scope, "productOrder", id)
        .await
        .unwrap()
        .unwrap()
        .state
}

#[tokio::test]
async fn a_seller_whose_events_are_all_lost_is_asked_until_the_order_is_completed() {
    let world = World::new().await;
    let scope = &world.xenon.scope;
    mirrors(&world, scope, "o1", "inProgress").await;
    world.sellers.has("xenon", order("o1", "inProgress"));
    let mut repair = repair(&world);
    assert_eq!(polls(&world, &mut repair, 10).await, [0; 0], "it is heard of");
    assert_eq!(polls(&world, &mut repair, 10).await.len(), 1);
    world.sellers.has("xenon", order("o1", "completed"));
    polls(&world, &mut repair, 60).await;
    assert_eq!(state(&world, scope, "o1").await, "completed");
    let rows = world.store.history(scope, "o1").await.unwrap();
    let causes: Vec<&str> = rows.iter().map(|row| row.cause.as_str()).collect();
    assert_eq!(causes, ["mirror.answer: createProductOrder", "mirror.poll"]);
    assert_eq!(rows[1].changes.as_ref().unwrap()[0].path, "/state");
    // It is over: nobody asks again.
    assert_eq!(polls(&world, &mut repair, 24 * 60).await, [0; 0]);
}

#[tokio::test]
async fn what_is_told_of_by_events_is_not_asked_for_even_when_they_bring_nothing_new() {
    let world = World::new().await;
    mirrors(&world, &world.xenon.scope, "o1", "inProgress").await;
    world.sellers.has("xenon", order("o1", "inProgress"));
    let mut repair = repair(&world);
    for hour in 0..6 {
        told(&world, &world.xenon, (&format!("e{hour}"), "o1")).await;
        assert_eq!(polls(&world, &mut repair, 10).await, [0; 0]);
    }
    assert_eq!(polls(&world, &mut repair, 20).await.len(), 1, "then there is silence");
}

#[tokio::test]
async fn the_longer_nothing_changes_the_more_rarely_a_seller_is_asked() {
    let world = World::new().await;
    mirrors(&world, &world.xenon.scope, "o1", "pending.assessingModification").await;
    world.sellers.has("xenon", order("o1", "pending.assessingModification"));
    let mut repair = repair(&world);
    let at = polls(&world, &mut repair, 48 * 60).await;
    assert!((8..=16).contains(&at.len()), "{at:?}");
    for pair in at.windows(2) {
        let (pause, wanted) = (pair[1] - pair[0], pair[0].clamp(15, 6 * 60));
        // A fifth less or more, and the next round.
        let right = wanted * 8 / 10..=wanted * 12 / 10 + 5;
        assert!(right.contains(&pause), "{pause} min after {} min: {at:?}", pair[0]);
    }
}

#[tokio::test]
async fn a_seller_that_is_down_is_left_alone_and_holds_up_no_other() {
    let world = World::new().await;
    for id in ["o1", "o2", "o3"] {
        mirrors(&world, &world.xenon.scope, id, "inProgress").await;
        let what = format!("GET productOrderingManagement/v11/productOrder/{id}");
        world
            .sellers
            .answers(&what, 500, json!({ "code": "internalError", "reason": "Down." }));
    }
    mirrors(&world, &world.yttrium.scope, "o4", "inProgress").await;
    world.sellers.has("yttrium", order("o4", "completed"));
    let mut repair = repair(&world);
    polls(&world, &mut repair, 6 * 60).await;
    assert_eq!(state(&world, &world.yttrium.scope, "o4").await, "completed");
    let asked = world.sellers.asked();
    let down = asked.iter().filter(|what| what.starts_with("/xenon")).count();
    // One question each time, and soon an hour between two of them.
    assert!((5..=14).contains(&down), "{down}");
    for id in ["o1", "o2", "o3"] {
        let what = format!("GET productOrderingManagement/v11/productOrder/{id}");
        world.sellers.answers(&what, 200, order(id, "completed"));
    }
    polls(&world, &mut repair, 2 * 60).await;
    assert_eq!(state(&world, &world.xenon.scope, "o3").await, "completed");
}

#[tokio::test]
async fn after_a_restart_what_is_overdue_is_asked_for_soon_but_not_at_once() {
    let world = World::new().await;
    for number in 0..40 {
        let id = format!("o{number}");
        mirrors(&world, &world.xenon.scope, &id, "inProgress").await;
        world.sellers.has("xenon", order(&id, "completed"));
    }
    world.wall.advance(SignedDuration::from_hours(72));
    let world = world.reopened().await;
    let mut repair = repair(&world);
    repair.round().await.unwrap();
    assert!(world.sellers.requests().len() < 5);
    let at = polls(&world, &mut repair, 15).await;
    for minute in [5, 10, 15] {
        let then = at.iter().filter(|at| **at == minute).count();
        assert!((5..=22).contains(&then), "{then} at {minute}");
    }
    assert_eq!(state(&world, &world.xenon.scope, "o39").await, "completed");
}

#[tokio::test]
async fn what_a_seller_does_not_know_is_asked_for_rarely_and_others_go_on() {
    let world = World::new().await;
    mirrors(&world, &world.xenon.scope, "gone", "inProgress").await;
    mirrors(&world, &world.xenon.scope, "there", "inProgress").await;
    world.sellers.has("xenon", order("there", "completed"));
    let mut repair = repair(&world);
    polls(&world, &mut repair, 24 * 60).await;
    assert_eq!(state(&world, &world.xenon.scope, "there").await, "completed");
    let gone = world
        .sellers
        .asked()
        .into_iter()
        .filter(|what| what.ends_with("gone"))
        .count();
    assert!((4..=6).contains(&gone), "{gone}");
    assert_eq!(state(&world, &world.xenon.scope, "gone").await, "inProgress");
}

#[tokio::test]
async fn a_state_that_nobody_knows_is_kept_shown_and_asked_for_again() {
    let world = World::new().await;
    let scope = &world.xenon.scope;
    world.sellers.has("xenon", order("o1", "polished.twice"));
    told(&world, &world.xenon, ("e1", "o1")).await;
    assert_eq!(state(&world, scope, "o1").await, "polished.twice");
    world.sellers.has("xenon", order("o1", "completed"));
    polls(&world, &mut repair(&world), 30).await;
    assert_eq!(state(&world, scope, "o1").await, "completed");
}

#[tokio::test]
async fn a_suspended_seller_is_not_asked() {
    let world = World::new().await;
    mirrors(&world, &world.xenon.scope, "o1", "inProgress").await;
    world.change(&world.xenon, |partner| partner.suspended = true).await;
    polls(&world, &mut repair(&world), 3 * 60).await;
    assert_eq!(world.sellers.requests(), []);
    assert!(world.wall.now() > world.store.history(&world.xenon.scope, "o1").await.unwrap()[0].at);
}

#[tokio::test]
async fn a_seller_with_many_quiet_orders_gets_some_in_each_round_and_all_in_the_end() {
    const ORDERS: usize = 150;
    let world = World::new().await;
    for number in 0..ORDERS {
        let id = format!("o{number}");
        mirrors(&world, &world.xenon.scope, &id, "inProgress").await;
        world.sellers.has("xenon", order(&id, "completed"));
    }
    world.wall.advance(SignedDuration::from_mins(20));
    let mut repair = repair(&world);
    let mut rounds = Vec::new();
    while rounds.iter().sum::<usize>() < ORDERS {
        rounds.push(polls(&world, &mut repair, 5).await.len());
        assert!(rounds.len() < 10, "{rounds:?}");
    }
    assert!(rounds.iter().all(|asked| *asked <= 60), "{rounds:?}");
    assert_eq!(
        rounds.iter().sum::<usize>(),
        ORDERS,
        "each was asked for once: {rounds:?}"
    );
}
