//! The inventory of a Seller, as a Buyer reads it.

use segue_model::products::ENNI;
use serde_json::{Value, json};

use crate::world::World;

const LIST: &str = "productInventory/v8/product";

fn product(id: &str, kind: &str) -> Value {
    json!({ "id": id, "status": "active", "productConfiguration": { "@type": kind } })
}

/// Five products, two in one answer; the last one is the ENNI.
async fn stocked() -> World {
    let world = World::new().await;
    let rows: Vec<Value> = (1..=5)
        .map(|n| json!({ "id": format!("p{n}"), "status": "active" }))
        .collect();
    world.sellers.lists(LIST, rows);
    for n in 1..=4 {
        world
            .sellers
            .has("xenon", product(&format!("p{n}"), "urn:example:other"));
    }
    world.sellers.has("xenon", product("p5", ENNI));
    world
}

#[tokio::test]
async fn all_pages_of_a_list_are_read() {
    let world = stocked().await;
    let all = world.buyer.products(&world.xenon.scope, Some("active")).await.unwrap();
    let ids: Vec<&str> = all.iter().map(|product| product["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["p1", "p2", "p3", "p4", "p5"]);
    let asked: Vec<String> = world.sellers.requests().into_iter().map(|asked| asked.query).collect();
    assert_eq!(
        asked,
        ["status=active", "status=active&offset=2", "status=active&offset=4"]
    );
}

#[tokio::test]
async fn an_enni_on_the_last_page_is_found_and_each_product_is_fetched_once() {
    let world = stocked().await;
    for requests in [3 + 5, 3 + 5 + 3] {
        assert_eq!(world.buyer.ennis(&world.xenon.scope).await.unwrap(), ["p5"]);
        assert_eq!(world.sellers.requests().len(), requests);
    }
}
