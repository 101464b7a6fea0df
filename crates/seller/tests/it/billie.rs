//! Partners on Billie: orders have a number that counts their changes, product payloads are of one
//! function each, and events of orders go elsewhere.

use segue_model::release;
use serde_json::{Value, json};

use crate::bodies::{ORDER, QUOTE};
use crate::events::stage::Stage;
use crate::older::{circuit, contact, flat, move_to, operation};
use crate::world::World;

/// A request as a partner on Billie writes it: with the product payload of this function.
fn of_billie(body: Value, (api, role): (&str, &str)) -> Value {
    let mut body = flat(body, role);
    segue_model::release::payload::lower(&mut body, api);
    body
}

#[tokio::test]
async fn an_order_of_billie_is_changed_only_at_the_number_it_has() {
    let billie: Vec<(&str, u32)> = release::versions(release::BILLIE).into_iter().collect();
    let mut world = World::new().await;
    move_to(&mut world, &billie).await;
    let say = async |(api, method, path): (&str, &str, &str), id: &str, body: Option<&Value>| {
        let operation = operation(&billie, (api, method, path));
        world.call(&world.alpha, &operation, (id, ""), body).await
    };
    let quote = of_billie(circuit(&world).quote(), (QUOTE.0, "quoteItemLocationContact"));
    let sent = &quote["quoteItem"][1]["product"]["productConfiguration"];
    assert_eq!(sent["@type"], "urn:mef:lso:spec:sonata:access-eline:v2.0.0:quote");
    let quoted = say((QUOTE.0, "POST", QUOTE.1), "", Some(&quote)).await.created();
    assert_eq!(quoted["state"], "approved.orderable", "{quoted:#}");
    assert_eq!(quoted["quoteItem"][1]["product"]["productConfiguration"], *sent);

    let order = circuit(&world).order_of(quoted["id"].as_str().unwrap());
    let mut order = of_billie(order, (ORDER.0, "orderItemServiceSiteContact"));
    // The date of the whole order is that of its items.
    order["requestedCompletionDate"] = json!("2026-12-03T08:00:00Z");
    for item in order["productOrderItem"].as_array_mut().unwrap() {
        item.as_object_mut().unwrap().remove("requestedCompletionDate");
    }
    let made = say((ORDER.0, "POST", ORDER.1), "", Some(&order)).await.created();
    assert_eq!(made["orderVersion"], "1", "{made:#}");
    assert_eq!(
        made["productOrderItem"][0]["requestedCompletionDate"],
        "2026-12-03T08:00:00Z"
    );
    assert!(
        made["href"]
            .as_str()
            .unwrap()
            .contains("/productOrderingManagement/v7/")
    );
    let id = made["id"].as_str().unwrap();
    let patch = (ORDER.0, "PATCH", "/productOrder/x");
    let change = |number: &str| json!({ "orderVersion": number, "externalId": "another" });
    let stale = say(patch, id, Some(&change("0"))).await;
    assert_eq!(stale.status, 409, "{}", stale.text);
    let changed = say(patch, id, Some(&change("1"))).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.json()["orderVersion"], "2");
    assert_eq!(say(patch, id, Some(&change("1"))).await.status, 409);

    world.work().await;
    let cancel = json!({
        "productOrder": { "productOrderId": id }, "orderVersion": "2",
        "relatedContactInformation": [contact("cancelProductOrderContact")],
    });
    let told = say((ORDER.0, "POST", "/cancelProductOrder"), "", Some(&cancel)).await;
    assert_eq!(told.created()["orderVersion"], "2");
    let cancelled = say((ORDER.0, "GET", "/cancelProductOrder"), "", None).await.json();
    assert_eq!(cancelled[0]["orderVersion"], "2", "as it was sent: {cancelled:#}");
    let listed = say((ORDER.0, "GET", ORDER.1), "", None).await.json();
    let now = say((ORDER.0, "GET", &format!("/productOrder/{id}")), id, None)
        .await
        .json();
    assert_eq!(listed[0]["orderVersion"], now["orderVersion"], "{listed:#}");
    assert_ne!(now["orderVersion"], "2", "work has begun");
}

#[tokio::test]
async fn listeners_of_billie_hear_of_orders_at_the_path_of_billie() {
    let mut stage = Stage::set().await;
    let billie: Vec<(&str, u32)> = release::versions(release::BILLIE).into_iter().collect();
    move_to(&mut stage.world, &billie).await;
    let world = &stage.world;
    let body = json!({ "callback": format!("http://{}/a", stage.listener.address), "query": "" });
    let register = operation(&billie, (ORDER.0, "POST", "/hub"));
    let asked = world.call(&world.alpha, &register, ("", ""), Some(&body)).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    let order = of_billie(circuit(world).order(), (ORDER.0, "orderItemServiceSiteContact"));
    let create = operation(&billie, (ORDER.0, "POST", ORDER.1));
    let order = world
        .call(&world.alpha, &create, ("", ""), Some(&order))
        .await
        .created();
    let heard = stage.listener.wait(1).await;
    let base = "/mefApi/sonata/productOrderNotification/v7/listener/";
    assert!(heard[0].path.contains(base), "{heard:?}");
    assert_eq!(heard[0].body["event"]["id"], order["id"]);
    stage.end().await;
}
