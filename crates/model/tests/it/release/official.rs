//! Translated answers and events against the schemas of the official files of their version, read by
//! a validator that knows nothing of our shapes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use segue_model::describe::{Api, Kind, Operation};
use segue_model::release::translate;
use segue_model::{api, diff};
use serde_json::{Value, json};

use super::chance::Chance;
use super::laws::{documents, full, operations};
use crate::sdk;

const FOLDERS: [&str; 2] = ["grace/productApi", "billie/productApi"];

fn find(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, paths);
        } else if path.to_string_lossy().ends_with(".yaml") {
            paths.push(path);
        }
    }
}

/// Official documents with the API of ours that they describe.
fn official() -> Vec<(&'static Api, Value)> {
    let Some(sdk) = sdk::folder() else { return Vec::new() };
    let mut paths = Vec::new();
    for folder in FOLDERS {
        find(&sdk.join(folder), &mut paths);
    }
    let read = |path: PathBuf| {
        let document = diff::read(&fs::read_to_string(&path).unwrap()).unwrap();
        Some((diff::our_counterpart(&document)?, document))
    };
    paths.into_iter().filter_map(read).collect()
}

/// The schema of this name in an official document.
fn validator(document: &Value, shape: &str) -> Validator {
    let mut schemas = document["components"]["schemas"].clone();
    without_formats(&mut schemas);
    assert!(schemas[shape].is_object(), "the official file has no {shape}");
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": format!("#/components/schemas/{shape}"),
        "components": { "schemas": schemas },
    });
    jsonschema::validator_for(&schema).unwrap()
}

/// OpenAPI has formats and words of its own, which are none of JSON Schema: base types that name
/// their heirs refer to files.
fn without_formats(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, value| name != "discriminator" && (name != "example" || value.is_object()));
            members.values_mut().for_each(without_formats);
        }
        Value::Array(list) => list.iter_mut().for_each(without_formats),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn faults(validator: &Validator, body: &Value) -> Vec<String> {
    let told = validator.iter_errors(body);
    told.map(|fault| format!("{}: {fault:.200}", fault.instance_path()))
        .collect()
}

#[test]
fn every_translated_answer_is_valid_against_the_official_schema_of_its_version() {
    let mut invalid = BTreeSet::new();
    let files = official();
    let mut checked = 0;
    for (old, new) in operations() {
        let (Some(before), Some(now)) = (old.answer, new.answer) else {
            continue;
        };
        let file = files.iter().find(|(api, _)| std::ptr::eq(*api, old.api));
        let Some((_, document)) = file else { continue };
        let validator = validator(document, before.shape);
        for seed in 0..documents() {
            let body = Chance(seed).document(new.api.parsed(), full(&new, &now));
            let lowered = translate::answer(&old, &new, &body).body;
            let name = format!("{} v{} {}", old.api.name, old.api.version, old.id);
            invalid.extend(
                faults(&validator, &lowered)
                    .into_iter()
                    .map(|fault| format!("{name} {fault}")),
            );
            checked += 1;
        }
    }
    assert!(
        invalid.is_empty(),
        "{}",
        invalid.into_iter().take(20).collect::<Vec<_>>().join("\n")
    );
    assert!(files.is_empty() || checked > 0);
}

/// The listeners of the newest notification APIs.
fn listeners() -> impl Iterator<Item = Operation> {
    let all = api::all().iter().flat_map(|api| api.operations());
    all.filter(|operation| operation.kind == Kind::Listener)
}

/// Payloads by chance, with all, some and none of the parties named; the name of the event there.
fn check_event((old, document): (&'static Api, &Value), new: &Operation) -> Option<(&'static str, String)> {
    let listener = new.listener.unwrap();
    let mut known = None;
    for seed in 0..documents() {
        let parties = ["buyerId", "sellerId"].iter().enumerate();
        let parties = parties.filter(|(bit, _)| seed & (1 << bit) == 0);
        let parties: Vec<_> = parties
            .map(|(_, name)| ((*name).to_owned(), format!("x{seed}")))
            .collect();
        let body = Chance(seed).document(new.api.parsed(), listener.shape);
        let (event_type, event) = translate::event(old, listener.event, (&body["event"], &parties))?;
        let envelope = json!({
            "eventId": "1", "eventTime": body["eventTime"], "eventType": event_type, "event": event,
        });
        let schema = known.get_or_insert_with(|| validator(document, old.listener(&event_type).unwrap().shape));
        let faults = faults(schema, &envelope);
        assert_eq!(faults, Vec::<String>::new(), "{} {event_type} {envelope}", old.name);
        if seed + 1 == documents() {
            return Some((old.name, event_type));
        }
    }
    None
}

#[test]
fn every_translated_event_is_valid_against_the_official_schema_of_its_version() {
    let mut checked = BTreeSet::new();
    let files = official();
    for (old, document) in files.iter().filter(|(api, _)| !api.listeners.is_empty()) {
        for new in listeners() {
            checked.extend(check_event((old, document), &new));
        }
    }
    assert!(files.is_empty() || checked.len() > 15, "{checked:?}");
}
