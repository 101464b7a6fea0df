//! Product payloads against the schema that they name: what a `@type` promises is part of the answer.
//! A product whose schema is not known here is told, never passed.

use jsonschema::Draft;
use serde_json::Value;

use super::expect::Answer;
use crate::case::{Check, Stop};

/// The member that holds a payload.
const CONFIGURATION: &str = "productConfiguration";

/// Every product payload of a body and its pointer.
fn payloads(value: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                let pointer = format!("{at}/{name}");
                if name == CONFIGURATION {
                    found.push((pointer, member.clone()));
                } else {
                    payloads(member, &pointer, found);
                }
            }
        }
        Value::Array(list) => {
            for (index, element) in list.iter().enumerate() {
                payloads(element, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Every payload of an answer is as the schema it names has it.
pub fn conforms(answer: &Answer) -> Check {
    let mut found = Vec::new();
    payloads(&answer.body, "", &mut found);
    let mut unknown = Vec::new();
    for (pointer, payload) in &found {
        let urn = payload["@type"].as_str().unwrap_or_default();
        answer.so(
            !urn.is_empty(),
            format!("{pointer}/@type with a value"),
            payload.to_string(),
        )?;
        let Some(schema) = segue_model::products::payload_schema(urn) else {
            unknown.push(urn.to_owned());
            continue;
        };
        let compiled = jsonschema::options().with_draft(Draft::Draft7).build(&schema);
        let validator = compiled.map_err(|error| Stop::Blocked(format!("the schema of {urn}: {error}")))?;
        if let Some(fault) = validator.iter_errors(payload).next() {
            let expected = format!("{pointer} as the schema of {urn} has it");
            return Err(answer.fail(expected, format!("{}: {fault}", fault.instance_path())));
        }
    }
    match (found.is_empty(), unknown.first()) {
        (true, _) => Err(Stop::NotOffered("no answer had a product payload".to_owned())),
        (false, Some(urn)) => Err(Stop::Blocked(format!("the schema of {urn} is not known here"))),
        (false, None) => Ok(()),
    }
}
