//! Every filter of every list, with values that are there and with such as are not.

use std::collections::BTreeSet;

use segue_model::describe::{Filter, FilterKind, FilterValue, Kind, Op, Operation, Resource, Role, index_rows};
use segue_model::document::Document;
use serde_json::{Value, json};

use super::all_of;
use super::stage::{Stage, circuit};
use crate::bodies::{ORDER, POQ, QUOTE};
use crate::described::operations;
use crate::world::{Reply, World};

/// Whether a row is what the filter asks for.
fn holds((filter, op): (&Filter, Op), row: &str, value: &str) -> bool {
    match (op, filter.kind) {
        (Op::Equal, _) => row == value,
        (Op::Gt, FilterKind::BetweenInclusive) => row >= value,
        (Op::Lt, FilterKind::BetweenInclusive) => row <= value,
        (Op::Gt, _) => row > value,
        (Op::Lt, _) => row < value,
    }
}

fn rows(resource: &Resource, document: &Document, filter: &str) -> Vec<String> {
    let rows = index_rows(resource, &document.body).into_iter();
    rows.filter(|(name, _)| *name == filter)
        .map(|(_, value)| value)
        .collect()
}

async fn ask(world: &World, operation: &Operation, pairs: &[(&str, &str)]) -> Reply {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    world.call(&world.alpha, operation, ("", &query), None).await
}

#[track_caller]
fn ids(reply: &Reply) -> Vec<String> {
    let list: Value = reply.json();
    let ids = list.as_array().unwrap().iter();
    ids.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// Values to ask for: of the documents, and one that none of them has.
fn values(operation: &Operation, documents: &[&Document], filter: &Filter) -> BTreeSet<String> {
    let resource = operation.resource.unwrap();
    let seen: BTreeSet<String> = documents
        .iter()
        .flat_map(|document| rows(resource, document, filter.name))
        .collect();
    // Three tell as much as all; the last one is the greatest.
    let mut asked: BTreeSet<String> = seen.iter().take(2).chain(seen.last()).cloned().collect();
    let nobodys = match filter.value {
        FilterValue::Text => Some("nobody's".to_owned()),
        FilterValue::DateTime => {
            // Before all and after all.
            asked.insert("1999-12-31T23:59:59.000Z".to_owned());
            Some("2999-12-31T23:59:59.000Z".to_owned())
        }
        FilterValue::OneOf(shape) => {
            let all = operation.api.parsed().values(shape);
            let other = all.iter().find(|value| !seen.contains(*value));
            other.cloned()
        }
        FilterValue::Flag | FilterValue::Count => None,
    };
    asked.extend(nobodys);
    asked
}

/// What the stage has no need of: something with every date that a filter asks for.
async fn add(stage: &Stage) {
    let (world, buyer) = (&stage.world, &stage.world.alpha);
    let circuit = circuit(world, buyer);
    let mut poq = circuit.poq();
    poq["instantSyncQualification"] = json!(false);
    poq["requestedPOQCompletionDate"] = json!("2026-12-24T09:00:00Z");
    world.post(buyer, POQ, &poq).await.created();
    world.post(buyer, QUOTE, &circuit.deferred_quote()).await.created();
    let order = world.post(buyer, ORDER, &circuit.order()).await.created();
    // A cancellation that the stage left open is done now, too.
    world.work().await;
    let haste = json!({
        "productOrderItem": { "productOrderId": order["id"], "productOrderItemId": circuit.uni_id() },
        "expediteIndicator": true,
        "requestedCompletionDate": "2026-12-03T08:00:00Z",
    });
    let date = "/modifyProductOrderItemRequestedDeliveryDate";
    world.post(buyer, (ORDER.0, date), &haste).await.created();
}

#[tokio::test]
async fn every_filter_finds_what_it_names_and_nothing_else() {
    let stage = Stage::set().await;
    let world = &stage.world;
    add(&stage).await;
    let all = all_of(world, &world.alpha).await;
    let (mut filters, mut empty) = (0, Vec::new());
    for operation in operations().iter().filter(|operation| operation.kind == Kind::List) {
        let resource = operation.resource.unwrap();
        let documents: Vec<&Document> = all
            .iter()
            .filter(|document| document.resource == resource.name)
            .collect();
        for parameter in &operation.parameters {
            let Role::Filter(filter, op) = parameter.role else {
                continue;
            };
            filters += 1;
            let what = format!("{} {}", operation.id, parameter.name);
            let mut hits = 0;
            for value in values(operation, &documents, filter) {
                let fits = |document: &&&Document| {
                    let mut rows = rows(resource, document, filter.name).into_iter();
                    rows.any(|row| holds((filter, op), &row, &value))
                };
                let expected: Vec<String> = documents.iter().filter(fits).map(|one| one.id.clone()).collect();
                let reply = ask(world, operation, &[(&parameter.name, &value)]).await;
                assert_eq!(reply.status, 200, "{what}={value}: {}", reply.text);
                assert_eq!(ids(&reply), expected, "{what}={value}");
                let total = expected.len().to_string();
                let headers = ["x-total-count", "x-result-count", "x-pagination-throttled"];
                assert_eq!(
                    headers.map(|name| reply.header(name)),
                    [&total, &total, "false"],
                    "{what}={value}"
                );
                if let Some(last) = expected.last() {
                    let offset = (expected.len() - 1).to_string();
                    let page = [
                        (parameter.name.as_str(), value.as_str()),
                        ("offset", &offset),
                        ("limit", "1"),
                    ];
                    let reply = ask(world, operation, &page).await;
                    assert_eq!(ids(&reply), [last.as_str()], "{what}={value}, last page");
                    assert_eq!(
                        headers.map(|name| reply.header(name)),
                        [&total, "1", "false"],
                        "{what}={value}"
                    );
                }
                hits += expected.len();
            }
            if hits == 0 {
                empty.push(what);
            }
        }
    }
    assert!(filters >= 50, "{filters} filters");
    assert_eq!(empty, [] as [&str; 0]);
}
