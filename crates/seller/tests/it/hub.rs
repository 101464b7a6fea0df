//! Registration for events: where they may go, and which.

use segue_model::describe::Kind;
use serde_json::{Value, json};

use crate::described::operations;
use crate::world::{Reply, World};

const HUB: (&str, &str) = ("quoteManagement", "/hub");

async fn register(world: &World, body: &Value) -> Reply {
    world.post(&world.bravo, HUB, body).await
}

async fn check_refused(world: &World, body: Value, path: &str) {
    let reply = register(world, &body).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json()[0]["propertyPath"]),
        (422, &json!(path)),
        "{body}"
    );
    assert_eq!(reply.json().as_array().unwrap().len(), 1, "{}", reply.text);
}

#[tokio::test]
async fn a_subscription_is_made_shown_as_it_was_asked_for_and_ended() {
    let world = World::new().await;
    for operation in operations()
        .iter()
        .filter(|operation| operation.kind == Kind::HubCreate)
    {
        let of = |path: &str| (operation.api.name, path.to_owned());
        let body = json!({ "callback": "https://bravo.example/segue", "query": "" });
        let made = world
            .call(&world.bravo, operation, ("", ""), Some(&body))
            .await
            .created();
        let id = made["id"].as_str().unwrap().to_owned();
        assert_eq!(
            made,
            json!({ "id": id, "callback": "https://bravo.example/segue", "query": "" })
        );
        let (api, path) = of(&format!("/hub/{id}"));
        assert_eq!(world.get(&world.bravo, (api, &path)).await.json(), made);
        let end = crate::described::operation(api, "DELETE", &path);
        let ended = async || world.call(&world.bravo, &end, (&id, ""), None).await.status.as_u16();
        assert_eq!((ended().await, ended().await), (204, 404));
        assert_eq!(world.get(&world.bravo, (api, &path)).await.status, 404);
    }
}

#[tokio::test]
async fn a_callback_leads_to_an_agreed_and_public_host() {
    let world = World::new().await;
    let callback = |text: &str| json!({ "callback": text });
    for bad in [
        "https://elsewhere.example",
        "https://alpha.example",
        "https://bravo.example.evil.example",
        "https://bravo.example:8443",
        "http://bravo.example",
        "https://user@bravo.example",
        "https://bravo.example?x=y",
        "https://bravo.example#x",
        "bravo.example",
        "",
    ] {
        check_refused(&world, callback(bad), "/callback").await;
    }
    world
        .change(&world.bravo, |partner| {
            let hosts = ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254"];
            partner.callback_hosts.extend(hosts.map(str::to_owned));
        })
        .await;
    // Agreed by mistake, and still no way into our own network.
    for bad in [
        "https://127.0.0.1",
        "https://localhost",
        "https://10.0.0.1",
        "https://169.254.169.254",
    ] {
        check_refused(&world, callback(bad), "/callback").await;
    }
    register(&world, &callback("https://BRAVO.example/x")).await.created();
}

#[tokio::test]
async fn every_form_of_a_query_is_read_and_given_back() {
    let world = World::new().await;
    for query in [
        "",
        "eventType=quoteStateChangeEvent",
        "eventType=quoteStateChangeEvent,quoteItemStateChangeEvent",
        "eventType=quoteStateChangeEvent&eventType=quoteItemStateChangeEvent",
        "eventType = quoteStateChangeEvent",
        "quoteItemStateChangeEvent",
    ] {
        let body = json!({ "callback": "https://bravo.example", "query": query });
        assert_eq!(register(&world, &body).await.created()["query"], query);
    }
    for query in [
        "eventType=productOrderStateChangeEvent",
        "eventType=x",
        "state=approved.orderable",
    ] {
        let body = json!({ "callback": "https://bravo.example", "query": query });
        check_refused(&world, body, "/query").await;
    }
    let both = register(
        &world,
        &json!({ "callback": "https://x.example", "query": "eventType=x" }),
    )
    .await;
    assert_eq!(both.json().as_array().unwrap().len(), 2, "all problems at once");
}

#[tokio::test]
async fn a_buyer_has_so_many_subscriptions_and_no_more() {
    let world = World::new().await;
    let body = json!({ "callback": "https://bravo.example" });
    for _ in 0..32 {
        register(&world, &body).await.created();
    }
    check_refused(&world, body.clone(), "").await;
    let elsewhere = ("productOrderingManagement", "/hub");
    world.post(&world.bravo, elsewhere, &body).await.created();
    let other = json!({ "callback": "https://alpha.example" });
    world.post(&world.alpha, HUB, &other).await.created();
}
