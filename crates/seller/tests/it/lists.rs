//! Lists: filters, pages, their headers, and an order that stays.

use jiff::SignedDuration;
use segue_model::commit::Commit;
use segue_model::describe::{Kind, Operation};
use segue_model::document::{Document, Side};
use serde_json::{Value, json};

use crate::bodies::{Circuit, POQ};
use crate::described::{self, operations};
use crate::world::{PLACE, Reply, World, request};

/// Five qualifications a minute apart, `e0` to `e4`; the even ones belong to a project.
async fn five() -> World {
    let world = World::new().await;
    let circuit = Circuit {
        products: &world.products,
        buyer: &world.bravo,
        place: PLACE,
    };
    for number in 0..5 {
        let mut poq = circuit.poq();
        poq["externalId"] = json!(format!("e{number}"));
        poq["projectId"] = json!(if number % 2 == 0 { "even" } else { "odd" });
        world.post(&world.bravo, POQ, &poq).await.created();
        world.business.advance(SignedDuration::from_mins(1));
    }
    world
}

async fn list(world: &World, query: &str) -> Reply {
    let path = format!("{}{query}", POQ.1);
    world.get(&world.bravo, (POQ.0, &path)).await
}

fn names(reply: &Reply) -> Vec<String> {
    let list = reply.json();
    let elements = list.as_array().unwrap().iter();
    elements
        .map(|element| element["externalId"].as_str().unwrap().to_owned())
        .collect()
}

async fn check(world: &World, query: &str, expected: &[&str], total: &str) {
    let reply = list(world, query).await;
    assert_eq!(names(&reply), expected, "{query}");
    assert_eq!(reply.header("x-total-count"), total, "{query}");
    assert_eq!(reply.header("x-result-count"), expected.len().to_string(), "{query}");
    assert_eq!(reply.header("x-pagination-throttled"), "false", "{query}");
}

#[tokio::test]
async fn pages_are_parts_of_one_stable_list() {
    let world = five().await;
    check(&world, "", &["e0", "e1", "e2", "e3", "e4"], "5").await;
    check(&world, "?limit=2", &["e0", "e1"], "5").await;
    check(&world, "?offset=2&limit=2", &["e2", "e3"], "5").await;
    check(&world, "?offset=4&limit=2", &["e4"], "5").await;
    check(&world, "?offset=5", &[], "5").await;
    check(&world, "?limit=0", &[], "5").await;
}

#[tokio::test]
async fn filters_narrow_together_and_the_total_counts_what_they_leave() {
    let world = five().await;
    check(&world, "?externalId=e3", &["e3"], "1").await;
    check(&world, "?externalId=e", &[], "0").await;
    check(&world, "?projectId=even", &["e0", "e2", "e4"], "3").await;
    check(&world, "?projectId=even&limit=1&offset=1", &["e2"], "3").await;
    check(&world, "?projectId=even&externalId=e1", &[], "0").await;
    check(&world, "?state=done&externalId=e1", &["e1"], "1").await;
    check(&world, "?state=rejected", &[], "0").await;
    // Mplify 87.1: both ends belong to it; another offset is the same instant.
    check(&world, "?creationDate.gt=2026-11-25T08:03:00Z", &["e3", "e4"], "2").await;
    check(
        &world,
        "?creationDate.gt=2026-11-25T09:03:00%2B01:00",
        &["e3", "e4"],
        "2",
    )
    .await;
    let between = "?creationDate.gt=2026-11-25T08:01:00Z&creationDate.lt=2026-11-25T08:02:00Z";
    check(&world, between, &["e1", "e2"], "2").await;
}

#[tokio::test]
async fn a_longer_page_than_there_is_room_for_is_throttled() {
    let world = five().await;
    let found = list(&world, "?limit=1").await.json();
    let id = found[0]["id"].as_str().unwrap();
    let stored = world
        .store
        .document(&world.bravo.scope, Side::Seller, POQ.1.trim_start_matches('/'), id)
        .await;
    let stored = stored.unwrap().unwrap();
    let mut commit = Commit::default();
    for number in 0..1_000 {
        let mut copy = stored.clone();
        copy.id = format!("copy-{number}");
        copy.body.insert("id".into(), Value::String(copy.id.clone()));
        commit.documents.push(copy);
    }
    world.store.commit(commit).await.unwrap();
    let reply = list(&world, "?limit=1001").await;
    let header = |name: &str| reply.header(name).to_owned();
    assert_eq!(
        (header("x-result-count"), header("x-total-count")),
        ("1000".into(), "1005".into())
    );
    assert_eq!(header("x-pagination-throttled"), "true");
    let rest = list(&world, "?limit=1001&offset=1000").await;
    assert_eq!(
        (rest.header("x-result-count"), rest.header("x-pagination-throttled")),
        ("5", "false")
    );
    // Without a limit the page is as long as we like, which is no throttling.
    assert_eq!(list(&world, "").await.header("x-pagination-throttled"), "false");
}

#[tokio::test]
async fn a_list_longer_than_the_seller_is_willing_to_give_is_refused_whatever_page_was_asked_for() {
    let mut world = five().await;
    world.list_at_most(4);
    for query in ["", "?limit=1", "?offset=4&limit=1"] {
        let refused = list(&world, query).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()[0]["code"]),
            (422, &json!("tooManyRecords")),
            "{query}"
        );
    }
    check(&world, "?projectId=odd", &["e1", "e3"], "2").await;
    world.list_at_most(5);
    check(&world, "?limit=1", &["e0"], "5").await;
}

/// One thing in this list.
async fn put_one(world: &World, operation: &Operation) {
    let Some(resource) = operation.resource.filter(|resource| resource.name != "geographicSite") else {
        return;
    };
    let now = world.seller.now();
    let mut commit = Commit::default();
    commit.documents.push(Document {
        id: "one".into(),
        scope: world.bravo.scope.clone(),
        side: Side::Seller,
        api: operation.api.name.into(),
        resource: resource.name.into(),
        state: String::new(),
        revision: 1,
        agreement_version: 1,
        created_at: now,
        updated_at: now,
        body: json!({ "id": "one" }).as_object().unwrap().clone(),
    });
    world.store.commit(commit).await.unwrap();
}

async fn whole(world: &World, operation: &Operation) -> Reply {
    let place = json!({ "place": { "@type": "GeographicAddressRef", "id": PLACE } });
    let body = operation.request.map(|_| &place);
    world.send(request(&world.bravo.token, operation, ("", ""), body)).await
}

#[tokio::test]
async fn every_list_that_may_be_too_long_says_so() {
    let mut world = World::new().await;
    let lists: Vec<Operation> = operations()
        .into_iter()
        .filter(|operation| operation.kind == Kind::List)
        .collect();
    let mut refused = 0;
    for operation in &lists {
        put_one(&world, operation).await;
        let total: u64 = whole(&world, operation).await.header("x-total-count").parse().unwrap();
        assert!(total > 0, "{}", operation.id);
        world.list_at_most(total);
        assert_eq!(whole(&world, operation).await.status, 200, "{}", operation.id);
        world.list_at_most(total - 1);
        let reply = whole(&world, operation).await;
        // Mplify 123.1 declares no 422 for the list of changed dates.
        if operation.statuses.errors.contains(&422) {
            described::check(&world.schemas, operation, &reply);
            assert_eq!(reply.json()[0]["code"], "tooManyRecords", "{}", operation.id);
            refused += 1;
        }
        world.list_at_most(100_000);
    }
    assert_eq!((lists.len(), refused), (8, 7));
}

#[tokio::test]
async fn identifiers_of_qualifications_are_those_of_no_other() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for buyer in [&world.alpha, &world.bravo] {
        let circuit = Circuit {
            products: &world.products,
            buyer,
            place: PLACE,
        };
        for _ in 0..10 {
            let made = world.post(buyer, POQ, &circuit.poq()).await.created();
            ids.push(made["id"].as_str().unwrap().to_owned());
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}
