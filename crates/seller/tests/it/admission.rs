//! Who is let in, over every operation there is: token, audience, scope, parties.

use jiff::SignedDuration;
use segue_model::describe::Operation;
use serde_json::json;

use crate::described::operations;
use crate::world::{BASE, Reply, World, request};

/// Asks without a body: whoever is not let in never has it read.
async fn ask(world: &World, token: &str, operation: &Operation, query: &str) -> Reply {
    world.send(request(token, operation, ("some-id", query), None)).await
}

#[track_caller]
fn check(reply: &Reply, operation: &Operation, (status, code): (u16, &str)) {
    let told = (reply.status.as_u16(), reply.json()["code"].clone());
    assert_eq!(told, (status, json!(code)), "{}: {}", operation.id, reply.text);
    assert!(operation.statuses.errors.contains(&status), "{}", operation.id);
    assert_eq!(reply.header("content-type"), "application/json;charset=utf-8");
    assert!(!reply.header("x-request-id").is_empty());
}

fn resource(operation: &Operation) -> String {
    format!("{BASE}{}", operation.api.base_path())
}

#[tokio::test]
async fn without_a_token_no_operation_answers() {
    let world = World::new().await;
    for operation in operations() {
        let reply = ask(&world, "", &operation, "").await;
        check(&reply, &operation, (401, "missingCredentials"));
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn a_token_for_another_api_opens_no_operation() {
    let world = World::new().await;
    for operation in operations() {
        let other = operations()
            .into_iter()
            .find(|other| !std::ptr::eq(other.api, operation.api));
        let other = resource(&other.unwrap());
        let token = world.token(&world.alpha, &[("resource", &other)]).await;
        let reply = ask(&world, &token, &operation, "").await;
        check(&reply, &operation, (401, "invalidCredentials"));
    }
}

#[tokio::test]
async fn an_old_token_opens_no_operation() {
    let world = World::new().await;
    world.wall.advance(SignedDuration::from_secs(361));
    for operation in operations() {
        let reply = ask(&world, &world.alpha.token, &operation, "").await;
        check(&reply, &operation, (401, "invalidCredentials"));
        assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    }
}

#[tokio::test]
async fn each_operation_needs_its_own_scope_and_no_other() {
    let world = World::new().await;
    for operation in operations() {
        let resource = resource(&operation);
        let others: Vec<&str> = operation.api.operations().iter().map(|other| other.id).collect();
        let others: Vec<&str> = others.into_iter().filter(|id| *id != operation.id).collect();
        let lacking = [("resource", resource.as_str()), ("scope", &others.join(" "))];
        let reply = ask(&world, &world.token(&world.alpha, &lacking).await, &operation, "").await;
        check(&reply, &operation, (403, "accessDenied"));
        let only = [("resource", resource.as_str()), ("scope", operation.id)];
        let reply = ask(&world, &world.token(&world.alpha, &only).await, &operation, "").await;
        assert!(
            !matches!(reply.status.as_u16(), 401 | 403),
            "{}: {}",
            operation.id,
            reply.text
        );
    }
}

#[tokio::test]
async fn nobody_speaks_for_a_party_that_is_not_theirs() {
    let world = World::new().await;
    for operation in operations() {
        for (name, foreign, own) in [("buyerId", "BRAVO", "ALPHA"), ("sellerId", "OTHER", "ACME")] {
            let ask = async |value: &str| ask(&world, &world.alpha.token, &operation, &format!("{name}={value}")).await;
            let reply = ask(foreign).await;
            check(&reply, &operation, (403, "forbiddenRequester"));
            // A party that exists and one that was made up are told the same.
            assert_eq!(reply.text, ask("NOBODY").await.text, "{}", operation.id);
            assert_ne!(ask(own).await.status, 403, "{}", operation.id);
        }
    }
}

#[tokio::test]
async fn where_a_partner_stands_for_several_the_buyer_is_named() {
    let world = World::new().await;
    world
        .change(&world.alpha, |partner| partner.party_ids.push("ALPHA-2".into()))
        .await;
    for operation in operations() {
        let reply = ask(&world, &world.alpha.token, &operation, "").await;
        check(&reply, &operation, (400, "missingQueryParameter"));
        let reply = ask(&world, &world.alpha.token, &operation, "buyerId=ALPHA-2").await;
        assert_ne!(reply.json_code(), "missingQueryParameter", "{}", operation.id);
    }
}
