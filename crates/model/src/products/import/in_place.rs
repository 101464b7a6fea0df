//! Definitions that are made of themselves without going down into the value: a check of them
//! would never end.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Keywords whose schemas speak about the same value.
const LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const ONE: [&str; 4] = ["not", "if", "then", "else"];

/// The name of one such definition.
pub(super) fn endless(definitions: &Map<String, Value>) -> Option<&str> {
    let mut done = BTreeSet::new();
    definitions.keys().map(String::as_str).find(|name| {
        let mut path = Vec::new();
        returns(definitions, name, (&mut path, &mut done))
    })
}

/// Whether one gets from `name` to something on `path` again.
fn returns<'a>(
    definitions: &'a Map<String, Value>,
    name: &'a str,
    (path, done): (&mut Vec<&'a str>, &mut BTreeSet<&'a str>),
) -> bool {
    if path.contains(&name) {
        return true;
    }
    if done.contains(name) {
        return false;
    }
    path.push(name);
    let mut next = Vec::new();
    if let Some(schema) = definitions.get(name) {
        collect(schema, &mut next);
    }
    let found = next.into_iter().any(|name| returns(definitions, name, (path, done)));
    path.pop();
    done.insert(name);
    found
}

/// Definitions that `schema` applies to the value it is applied to.
fn collect<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    let reference = schema.get("$ref").and_then(Value::as_str);
    found.extend(reference.and_then(|reference| reference.strip_prefix("#/definitions/")));
    let lists = LISTS.iter().filter_map(|name| schema.get(name)?.as_array()).flatten();
    for part in lists.chain(ONE.iter().filter_map(|name| schema.get(name))) {
        collect(part, found);
    }
}
