//! The listener, over all events there are: who may tell, what is taken, and what 204 means.

use jiff::SignedDuration;
use segue_model::describe::{Api, Operation};
use segue_model::shape::{Kind, Type};
use serde_json::{Map, Value, json};

use crate::world::{BASE, NOW, Reply, World, event, listener, listeners};

const QUOTE_EVENT: &str = "quoteStateChangeEvent";

/// The least valid event of a listener.
fn least_event(operation: &Operation) -> Value {
    let listener = operation.listener.unwrap();
    let mut event = least(operation.api, listener.shape);
    event["eventType"] = json!(listener.event);
    event
}

fn least(api: &'static Api, shape: &str) -> Value {
    match api.parsed().get(shape).map(|shape| &shape.kind) {
        Some(Kind::Object(_)) => {
            let required = api
                .parsed()
                .properties(shape)
                .into_iter()
                .filter(|property| property.required);
            let members = required.map(|property| (property.name.clone(), fill(api, &property.kind)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Some(Kind::Enum(values)) => json!(values[0]),
        Some(Kind::Choice(choice)) => least(api, &choice.options[0].shape),
        Some(Kind::Alias(kind)) => fill(api, kind),
        None => Value::Null,
    }
}

fn fill(api: &'static Api, kind: &Type) -> Value {
    match kind {
        Type::Text(text) if !text.values.is_empty() => json!(text.values[0]),
        Type::Text(text) if text.format.as_deref() == Some("date-time") => json!(NOW),
        Type::Text(_) => json!("x1"),
        Type::Whole { .. } | Type::Number { .. } => json!(1),
        Type::Flag => json!(true),
        Type::Object | Type::Any => json!({}),
        Type::List { of, .. } => json!([fill(api, of)]),
        Type::Ref(name) => least(api, name),
    }
}

#[track_caller]
fn check(reply: &Reply, operation: &Operation, (status, code): (u16, &str)) {
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (status, code),
        "{}: {}",
        operation.id,
        reply.text
    );
    assert!(operation.statuses.errors.contains(&status), "{}", operation.id);
    assert!(!reply.request_id.is_empty());
}

#[tokio::test]
async fn every_event_is_taken_and_survives_a_restart() {
    let world = World::new().await;
    let listeners = listeners();
    for operation in &listeners {
        let reply = world
            .tell(&world.xenon.token, operation, "", &least_event(operation))
            .await;
        assert_eq!(
            (reply.status.as_u16(), reply.text.as_str()),
            (204, ""),
            "{}",
            operation.id
        );
    }
    // 204 was a promise: what was taken is on the disk.
    let world = world.reopened().await;
    let kept = world.pending().await;
    // Events of one API have one eventId here, so only the first of each is new.
    let apis: std::collections::BTreeSet<&str> = listeners.iter().map(|operation| operation.api.name).collect();
    assert_eq!(kept.len(), apis.len());
    assert!(kept.iter().all(|row| row.event.scope == world.xenon.scope));
}

#[tokio::test]
async fn an_event_that_cannot_be_kept_is_not_acknowledged() {
    let world = World::new().await;
    world.store.clone().close().await;
    let reply = world
        .tell(
            &world.xenon.token,
            &listener(QUOTE_EVENT),
            "",
            &event(QUOTE_EVENT, "e1", "q1"),
        )
        .await;
    assert_eq!(reply.status, 500);
}

#[tokio::test]
async fn nobody_tells_anything_without_a_good_token() {
    let world = World::new().await;
    for operation in listeners() {
        let body = least_event(&operation);
        let tell = async |token: &str, query: &str| world.tell(token, &operation, query, &body).await;
        check(&tell("", "").await, &operation, (401, "missingCredentials"));
        check(&tell("forged", "").await, &operation, (401, "invalidCredentials"));
        check(
            &tell(&world.xenon.token, "?buyerId=OTHER").await,
            &operation,
            (403, "forbiddenRequester"),
        );
        check(
            &tell(&world.xenon.token, "?sellerId=YTTRIUM").await,
            &operation,
            (403, "forbiddenRequester"),
        );
        let resource = format!("{BASE}{}", operation.api.base_path());
        let others: Vec<&str> = operation.api.operations().iter().map(|other| other.id).collect();
        let others: Vec<&str> = others.into_iter().filter(|id| *id != operation.id).collect();
        // An API with one event has no token without it.
        if !others.is_empty() {
            let narrow = [("resource", resource.as_str()), ("scope", &others.join(" "))];
            let token = world.token(&world.xenon, &narrow).await;
            check(&tell(&token, "").await, &operation, (403, "accessDenied"));
        }
    }
    world.wall.advance(SignedDuration::from_secs(361));
    for operation in listeners() {
        let reply = world
            .tell(&world.xenon.token, &operation, "", &least_event(&operation))
            .await;
        check(&reply, &operation, (401, "invalidCredentials"));
    }
    assert!(world.pending().await.is_empty());
}

#[tokio::test]
async fn a_suspended_seller_is_not_heard() {
    let world = World::new().await;
    world.change(&world.xenon, |partner| partner.suspended = true).await;
    let operation = listener(QUOTE_EVENT);
    let body = event(QUOTE_EVENT, "e1", "q1");
    let reply = world.tell(&world.xenon.token, &operation, "", &body).await;
    check(&reply, &operation, (401, "invalidCredentials"));
    let reply = world.tell(&world.yttrium.token, &operation, "", &body).await;
    assert_eq!(reply.status, 204);
}

#[tokio::test]
async fn an_event_without_what_it_needs_is_refused_and_more_than_that_is_kept() {
    let world = World::new().await;
    for operation in listeners() {
        let good = least_event(&operation);
        for member in ["eventId", "eventTime", "eventType", "event"] {
            let mut bad = good.clone();
            bad.as_object_mut().unwrap().remove(member);
            let reply = world.tell(&world.xenon.token, &operation, "", &bad).await;
            check(&reply, &operation, (400, "invalidBody"));
        }
    }
    assert!(world.pending().await.is_empty());
    let mut more = event(QUOTE_EVENT, "e1", "q1");
    more["colour"] = json!("red");
    more["event"]["weight"] = json!(7);
    let reply = world.tell(&world.xenon.token, &listener(QUOTE_EVENT), "", &more).await;
    assert_eq!(reply.status, 204);
    assert_eq!(world.pending().await[0].event.body, more);
}

#[tokio::test]
async fn a_repeated_event_is_acknowledged_and_taken_once() {
    let world = World::new().await;
    let operation = listener(QUOTE_EVENT);
    let tell = async |token: &str| {
        let reply = world.tell(token, &operation, "", &event(QUOTE_EVENT, "e1", "q1")).await;
        assert_eq!(reply.status, 204);
    };
    let many = (0..16).map(|_| tell(&world.xenon.token));
    futures_util::future::join_all(many).await;
    assert_eq!(world.pending().await.len(), 1);
    world.learn().await;
    tell(&world.xenon.token).await;
    assert!(world.pending().await.is_empty(), "also after it was worked on");
    // The same eventId of another Seller is another event.
    tell(&world.yttrium.token).await;
    let pending = world.pending().await;
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].event.scope, world.yttrium.scope);
}
