//! Holds every answer against the description of its operation: a declared status, and a body
//! that is what the shape says and nothing else.

use segue_model::api;
use segue_model::describe::{Lifeline, Operation};
use segue_model::schema::SchemaSet;
use serde_json::Value;

use crate::world::Reply;

/// Statuses of HTTP itself, which no description of the standard declares; 409 is that of
/// `Idempotency-Key`, which is ours.
const OF_HTTP: [u16; 4] = [405, 409, 413, 415];

/// Every operation that a Seller serves.
pub fn operations() -> Vec<Operation> {
    let served = api::all().iter().filter(|api| api.served_by == Lifeline::Seller);
    served.flat_map(|api| api.operations()).collect()
}

/// The operation at a path with the ids in it.
#[track_caller]
pub fn operation(api: &str, method: &str, path: &str) -> Operation {
    let same = |pattern: &str| {
        let pairs = pattern.split('/').zip(path.split('/'));
        pattern.split('/').count() == path.split('/').count()
            && pairs
                .into_iter()
                .all(|(pattern, part)| pattern == "{id}" || pattern == part)
    };
    let mut all = operations().into_iter();
    let found = all.find(|known| known.api.name == api && known.method == method && same(&known.path));
    found.unwrap_or_else(|| panic!("no {method} {path} in {api}"))
}

/// The operation of this operationId.
#[track_caller]
pub fn by_id(id: &str) -> Operation {
    operations().into_iter().find(|operation| operation.id == id).unwrap()
}

#[track_caller]
pub fn check(schemas: &SchemaSet, operation: &Operation, reply: &Reply) {
    let status = reply.status.as_u16();
    let what = format!("{} answered {status}: {}", operation.id, reply.text);
    assert!(!reply.header("x-request-id").is_empty(), "{what}");
    if status == 204 {
        assert!(
            operation.statuses.answers.contains(&204) && reply.text.is_empty(),
            "{what}"
        );
        return;
    }
    assert_eq!(reply.header("content-type"), "application/json;charset=utf-8", "{what}");
    let fits = |shape: &str, body: &Value| {
        let problems = schemas.check(operation.api, shape, body.clone()).err();
        assert_eq!(problems, None, "{what} is no {shape}");
    };
    if reply.status.is_success() {
        assert!(operation.statuses.answers.contains(&status), "{what}");
        let answer = operation.answer.unwrap();
        match reply.json() {
            Value::Array(elements) if answer.list => elements.iter().for_each(|element| fits(answer.shape, element)),
            body => fits(answer.shape, &body),
        }
        return;
    }
    assert!(
        OF_HTTP.contains(&status) || operation.statuses.errors.contains(&status),
        "{what}"
    );
    match (status, reply.json()) {
        (422, Value::Array(problems)) => problems.iter().for_each(|problem| fits("Error422", problem)),
        (409, body) => assert_eq!(body["code"], "conflict", "{what}"),
        (405 | 413 | 415, body) => fits("Error", &body),
        (_, body) => fits(&format!("Error{status}"), &body),
    }
}
