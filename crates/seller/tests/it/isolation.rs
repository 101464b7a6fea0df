//! Another Buyer's id is an unknown id, byte for byte: in the path, in every filter, and in every
//! id-valued property of every body. The places are found in the descriptions, so that an
//! operation or property that comes later is either covered or fails here.

mod filters;
mod ids;
mod stage;

use segue_model::describe::{FilterKind, FilterValue, Kind, Operation, Resource, index_rows};
use segue_model::document::{Document, Side};
use segue_model::id::new_id;
use segue_store::ListQuery;
use serde_json::Value;

use self::ids::{Ids, Means, ids, unknown_like};
use self::stage::{Stage, change_of, circuit};
use crate::described::operations;
use crate::spots::{Spot, Writer, spots};
use crate::world::{Buyer, Reply, World, request};

/// What remains of an answer when the request id and the sent id are masked. A create that
/// succeeds also shows the id that was made for it.
fn masked(reply: &Reply, sent: &str) -> (u16, Vec<(String, String)>, String) {
    let headers = reply.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut text = reply.text.replace(sent, "<sent>");
    if reply.status.is_success()
        && let Some(made) = serde_json::from_str::<Value>(&reply.text).unwrap_or_default()["id"].as_str()
    {
        text = text.replace(made, "<made>");
    }
    (reply.status.as_u16(), headers.collect(), text)
}

#[track_caller]
fn check_alike((foreign, foreign_id): (&Reply, &str), (unknown, unknown_id): (&Reply, &str), what: &str) {
    assert_eq!(masked(foreign, foreign_id), masked(unknown, unknown_id), "{what}");
}

/// Resources whose elements belong to the Seller: ids that only the other agreement opens.
fn closed_id(resource: &str) -> Option<&'static str> {
    match resource {
        "geographicAddress" => Some("FR-00153"),
        "geographicSite" => Some("SITE-006"),
        _ => None,
    }
}

fn segment(operation: &Operation) -> &str {
    operation.path.split('/').nth(1).unwrap_or_default()
}

#[tokio::test]
async fn in_the_path_of_every_operation_a_foreign_id_is_unknown() {
    let stage = Stage::set().await;
    let world = &stage.world;
    let mut asked = 0;
    for operation in operations().iter().filter(|operation| operation.path.contains("{id}")) {
        let name = segment(operation);
        let foreign = stage
            .alpha
            .of(&world.alpha, name)
            .or_else(|| closed_id(name).map(str::to_owned));
        let foreign = match foreign {
            Some(id) => id,
            None => panic!("no foreign id is known for {} {}", operation.method, operation.path),
        };
        let body = operation.request.map(|shape| writer(&stage, operation).least(shape));
        let unknown = unknown_like(&foreign);
        let ask = async |id: &str| world.call(&world.bravo, operation, (id, ""), body.as_ref()).await;
        let reply = ask(&foreign).await;
        check_alike((&reply, &foreign), (&ask(&unknown).await, &unknown), operation.id);
        assert_eq!(reply.status, 404, "{}: {}", operation.id, reply.text);
        asked += 1;
        if operation.kind == Kind::Get {
            let its_own = world.call(&world.alpha, operation, (&foreign, ""), None).await;
            assert_eq!(its_own.status, 200, "{}: its owner sees it", operation.id);
        }
    }
    assert!(asked >= 20, "{asked}");
    let hub = format!("/hub/{}", stage.alpha.hub);
    let left = world.get(&world.alpha, ("quoteManagement", &hub)).await;
    assert_eq!(left.status, 200, "nobody else ended the subscription");
    let elsewhere = world.get(&world.alpha, ("productOrderingManagement", &hub)).await;
    assert_eq!(elsewhere.status, 404, "a subscription belongs to its API");
}

#[tokio::test]
async fn in_every_filter_a_foreign_value_finds_nothing() {
    let stage = Stage::set().await;
    let world = &stage.world;
    let (theirs, ours) = (all_of(world, &world.alpha).await, all_of(world, &world.bravo).await);
    for operation in operations().iter().filter(|operation| operation.kind == Kind::List) {
        let resource = operation.resource.unwrap();
        for filter in resource.filters {
            if (filter.kind, filter.value) != (FilterKind::Equal, FilterValue::Text) {
                continue;
            }
            let what = format!("{} {}", operation.id, filter.name);
            let ours = values(&ours, resource, filter.name);
            let foreign = values(&theirs, resource, filter.name);
            let foreign = match foreign.into_iter().find(|value| !ours.contains(value)) {
                Some(value) => value,
                // Specifications are the standard's: both Buyers have products of all of them.
                None if filter.name == "productSpecificationId" => continue,
                None => panic!("no document of alpha has a value for {what}"),
            };
            let unknown = unknown_like(&foreign);
            let ask = async |buyer: &Buyer, value: &str| {
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair(filter.name, value)
                    .finish();
                world.call(buyer, operation, ("", &query), None).await
            };
            let reply = ask(&world.bravo, &foreign).await;
            check_alike(
                (&reply, &foreign),
                (&ask(&world.bravo, &unknown).await, &unknown),
                &what,
            );
            assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, "[]"), "{what}");
            assert_eq!(reply.header("x-total-count"), "0", "{what}");
            let its_owner = ask(&world.alpha, &foreign).await;
            assert_ne!(its_owner.text, "[]", "{what}: its owner finds it");
        }
    }
}

/// What the filter of this name would find.
fn values(documents: &[Document], resource: &Resource, filter: &str) -> Vec<String> {
    let of_resource = documents.iter().filter(|document| document.resource == resource.name);
    let rows = of_resource.flat_map(|document| index_rows(resource, &document.body));
    rows.filter(|(name, _)| *name == filter)
        .map(|(_, value)| value)
        .collect()
}

async fn all_of(world: &World, buyer: &Buyer) -> Vec<Document> {
    let mut all = Vec::new();
    for operation in operations() {
        let Some(resource) = operation.resource.filter(|_| operation.kind == Kind::List) else {
            continue;
        };
        let query = ListQuery {
            conditions: Vec::new(),
            offset: 0,
            limit: 100,
        };
        let page = world
            .store
            .documents(&buyer.scope, Side::Seller, resource.name, &query)
            .await;
        all.extend(page.unwrap().documents);
    }
    all
}

fn writer<'a>(stage: &'a Stage, operation: &'a Operation) -> Writer<'a> {
    let own = move |owner: &str, property: &str| {
        let known = ids(stage, operation, (owner, property));
        known.map_or_else(String::new, |Ids(own, ..)| own)
    };
    Writer {
        api: operation.api,
        own: Box::leak(Box::new(own)),
    }
}

#[tokio::test]
async fn in_every_property_of_a_body_a_foreign_id_is_unknown() {
    let stage = Stage::set().await;
    let (mut asked, mut unknown_spots) = (0, Vec::new());
    for operation in operations() {
        let Some(shape) = operation.request else { continue };
        for spot in spots(operation.api, shape) {
            let name = format!("{} {spot}", operation.id);
            match ids(&stage, &operation, (&spot.owner, &spot.property)) {
                Some(ids) => check_spot(&stage, &operation, (&spot, &ids), &name).await,
                None => unknown_spots.push(name),
            }
            asked += 1;
        }
    }
    assert!(
        unknown_spots.is_empty(),
        "say in `ids` what these are: {unknown_spots:#?}"
    );
    assert!(asked >= 50, "{asked}");
}

async fn check_spot(stage: &Stage, operation: &Operation, (spot, ids): (&Spot, &Ids), name: &str) {
    let Ids(_, foreign, unknown, means) = ids;
    if *means == Means::Place {
        return;
    }
    let writer = writer(stage, operation);
    let world = &stage.world;
    if matches!(spot.owner.as_str(), "MEFQuoteItemRef" | "QuoteOperationData") {
        stage.fresh_quote(operation).await;
    }
    let ask = async |body: &Value, value: &str| {
        let (body, pointer) = writer.put(body, spot, value);
        let path_id = stage.bravo.of(&world.bravo, segment(operation)).unwrap_or_else(new_id);
        let reply = world.call(&world.bravo, operation, (&path_id, ""), Some(&body)).await;
        if reply.status == 201 && operation.id == "createProductOrder" {
            // A product that is being changed cannot be changed again before that is done.
            world.work_all().await;
        }
        let told = told(&reply, &pointer);
        (reply, told)
    };
    let alike = async |body: &Value| {
        let (reply, told) = ask(body, foreign).await;
        check_alike((&reply, foreign), (&ask(body, unknown).await.0, unknown), name);
        (reply, told)
    };
    let own = || ids::ids(stage, operation, (&spot.owner, &spot.property)).unwrap().0;
    let Some(add) = stage.body(operation) else {
        let least = writer.least(operation.request.unwrap());
        if *means == Means::Added {
            let (body, _) = writer.put(&least, spot, foreign);
            let order = stage.fresh_order().await;
            let reply = world.call(&world.bravo, operation, (&order, ""), Some(&body)).await;
            assert_eq!(reply.status, 200, "{name}: {}", reply.text);
            return;
        }
        // The least body may be refused for other reasons; those are the same too.
        let (reply, told) = alike(&least).await;
        if *means == Means::Search {
            assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, "[]"), "{name}");
        } else if operation.kind == Kind::Task && *means == Means::Reference {
            assert_eq!(told, "referenceNotFound", "{name}: {}", reply.text);
            let (reply, _) = ask(&least, &own()).await;
            assert!(reply.status.is_success(), "{name} with an own id: {}", reply.text);
        }
        return;
    };
    let change = change_of(&add, &stage.bravo.product).unwrap();
    let (_, told) = alike(&change).await;
    if *means == Means::Changed {
        assert_eq!(told, "referenceNotFound", "{name} of a change");
        let (reply, _) = ask(&change, &own()).await;
        assert!(
            reply.status.is_success(),
            "{name} of a change with an own id: {}",
            reply.text
        );
    }
    let (reply, told) = alike(&add).await;
    match means {
        Means::Reference => {
            assert_eq!(told, "referenceNotFound", "{name}: {}", reply.text);
            let (reply, _) = ask(&add, &own()).await;
            assert!(reply.status.is_success(), "{name} with an own id: {}", reply.text);
        }
        Means::ReferenceToNothing => assert_eq!(told, "referenceNotFound", "{name}: {}", reply.text),
        Means::Word => assert_eq!(reply.status, 201, "{name}: {}", reply.text),
        Means::NotTaken | Means::Changed => assert_eq!(reply.status, 422, "{name}: {}", reply.text),
        Means::Search | Means::Place | Means::Added => {}
    }
}

/// The code of the only problem at `pointer`.
fn told(reply: &Reply, pointer: &str) -> String {
    let list: Value = serde_json::from_str(&reply.text).unwrap_or_default();
    let mut here = list.as_array().into_iter().flatten();
    let problem = here.find(|problem| problem["propertyPath"] == pointer);
    problem.map_or_else(String::new, |problem| {
        problem["code"].as_str().unwrap_or_default().to_owned()
    })
}

#[tokio::test]
async fn the_same_key_of_two_buyers_is_two_requests() {
    let stage = Stage::set().await;
    let world = &stage.world;
    for operation in operations().iter().filter(|operation| operation.kind == Kind::Create) {
        let mut made = Vec::new();
        for buyer in [&world.alpha, &world.bravo] {
            let circuit = circuit(world, buyer);
            let body = match operation.id {
                "createProductOfferingQualification" => circuit.poq(),
                "createQuote" => circuit.quote(),
                "createProductOrder" => circuit.order(),
                _ => writer(&stage, operation).least(operation.request.unwrap()),
            };
            let mut request = request(&buyer.token, operation, ("", ""), Some(&body));
            request.headers_mut().insert("idempotency-key", "one".parse().unwrap());
            made.push(world.ask(operation, request).await);
        }
        if made[0].status == 201 {
            assert_eq!(made[1].status, 201, "{}: {}", operation.id, made[1].text);
            assert_ne!(made[0].json()["id"], made[1].json()["id"], "{}", operation.id);
        } else {
            assert_eq!(made[0].status, made[1].status, "{}", operation.id);
        }
    }
}
