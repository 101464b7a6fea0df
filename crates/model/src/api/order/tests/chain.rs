//! From a quote that our own rules gave to the order of it: the two families agree.

use serde_json::{Value, json};

use super::world::{QUOTE_END, World, object, term};
use crate::api::quote::rules::QuoteRules;
use crate::commit::{Commit, HoldChange, Job};
use crate::document::{Checked, Document};
use crate::rules::Rules;

/// A quote for what `world.order()` orders, answered by the rules of quotes.
fn quoted(world: &World) -> Commit {
    let items = world.order()["productOrderItem"].as_array().unwrap().clone();
    let items: Vec<Value> = items
        .into_iter()
        .map(|item| {
            let mut quoted = json!({
                "id": item["id"], "action": "add", "product": item["product"],
                "requestedQuoteItemTerm": term(12),
            });
            if let Some(relations) = item.get("productOrderItemRelationship") {
                quoted["quoteItemRelationship"] = relations.clone();
            }
            quoted
        })
        .collect();
    let body = json!({"instantSyncQuote": true, "buyerRequestedQuoteLevel": "firm", "quoteItem": items});
    let input = Checked::new("Quote_Create", object(body));
    world
        .with(|ctx| QuoteRules.on_create(&input, &world.found, ctx))
        .unwrap()
        .commit
}

/// The order of that quote.
fn order_of(world: &World, quote: &Document) -> Value {
    let mut order = world.order();
    for item in order["productOrderItem"].as_array_mut().unwrap() {
        item["quoteItem"]["quoteId"] = json!(quote.id);
    }
    order
}

fn expiry(commit: &Commit) -> Job {
    commit.jobs.iter().find(|job| job.kind == "expire").unwrap().clone()
}

#[test]
fn a_quote_of_ours_can_be_ordered_as_it_was_given() {
    let mut world = World::new();
    let quote_commit = quoted(&world);
    let quote = quote_commit.documents[0].clone();
    world.keep(quote.clone());
    let commit = world.create(&order_of(&world, &quote)).unwrap().commit;
    assert!(
        commit
            .documents
            .iter()
            .any(|document| document.id == quote.id && document.state == "accepted")
    );
    // Every hold of the quote has a new owner.
    for hold in &quote_commit.holds {
        let HoldChange::Take { owner, .. } = hold else {
            panic!("a quote only takes");
        };
        let kept = |change: &HoldChange| matches!(change, HoldChange::Keep { from, .. } if from == owner);
        assert!(commit.holds.iter().any(kept), "{owner}");
    }
}

#[test]
fn an_ordered_quote_does_not_expire_under_its_order() {
    let mut world = World::new();
    let quote_commit = quoted(&world);
    world.keep(quote_commit.documents[0].clone());
    let order = order_of(&world, &quote_commit.documents[0]);
    let commit = world.create(&order).unwrap().commit;
    let accepted = commit
        .documents
        .iter()
        .find(|document| document.resource == "quote")
        .unwrap();
    world.now.set(QUOTE_END.parse().unwrap());
    let job = expiry(&quote_commit);
    let after = world.with(|ctx| QuoteRules.on_job(accepted, &job, &world.found, ctx));
    assert!(after.documents.is_empty() && after.holds.is_empty());
}

#[test]
fn a_quote_that_expired_is_not_ordered() {
    let mut world = World::new();
    let quote_commit = quoted(&world);
    world.now.set(QUOTE_END.parse().unwrap());
    let job = expiry(&quote_commit);
    let expired = world.with(|ctx| QuoteRules.on_job(&quote_commit.documents[0], &job, &world.found, ctx));
    world.keep(expired.documents[0].clone());
    let problems = world.create(&order_of(&world, &expired.documents[0])).unwrap_err();
    assert_eq!(problems[0].property_path, "/productOrderItem/0/quoteItem/quoteId");
}

#[test]
fn a_second_order_of_the_same_quote_is_refused() {
    let mut world = World::new();
    let quote = quoted(&world).documents[0].clone();
    world.keep(quote.clone());
    let order = order_of(&world, &quote);
    let first = world.create(&order).unwrap().commit;
    world.keep(
        first
            .documents
            .into_iter()
            .find(|document| document.id == quote.id)
            .unwrap(),
    );
    assert!(world.create(&order).is_err());
}

#[test]
fn the_price_of_the_quote_is_the_price_of_the_product() {
    let mut world = World::new();
    let quote = quoted(&world).documents[0].clone();
    world.keep(quote.clone());
    let commit = world.create(&order_of(&world, &quote)).unwrap().commit;
    let quoted = quote.at("/quoteItem/0/quoteItemPrice").unwrap();
    assert!(!quoted.as_array().unwrap().is_empty());
    assert_eq!(&commit.jobs[0].payload["uni"]["prices"], quoted);
}
