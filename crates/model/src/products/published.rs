//! An imported schema (JSON Schema, draft 7) as components of OpenAPI 3.0, which has fewer words.
//!
//! What OpenAPI cannot say is left out: the published schema may then take more than the product
//! does, never less.

use serde_json::{Value, json};

use crate::document::Object;

/// Where schemas stand in the document.
const BASE: &str = "#/components/schemas/";

/// Keywords that hold one schema.
const ONE: [&str; 3] = ["items", "additionalProperties", "not"];
/// Keywords that hold a list of schemas.
const LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords that mean the same in both.
const KEPT: [&str; 17] = [
    "title",
    "description",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "required",
    "default",
    "enum",
];

/// The name of the product's own schema, and all schemas by name.
pub(super) fn components(schema: &Value, urn: &str) -> (String, Object) {
    let parts: Vec<&str> = urn.split(':').collect();
    let telling = parts.iter().rev().nth(2).or(parts.last());
    let root = name(telling.copied().unwrap_or_default());
    let reader = Reader { root: &root };
    let mut all = Object::new();
    let own = reader.schema(schema);
    // Mostly the whole is one of its parts.
    let target = own.get("$ref").and_then(Value::as_str);
    let root = match target.and_then(|target| target.strip_prefix(BASE)) {
        Some(part) => part.to_owned(),
        None => {
            all.insert(root.clone(), own);
            root.clone()
        }
    };
    for (key, part) in schema
        .get("definitions")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        all.insert(reader.part(key), reader.schema(part));
    }
    (root, all)
}

/// Only what a name of a component may have.
fn name(text: &str) -> String {
    let fits = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
            c
        } else {
            '_'
        }
    };
    text.chars().map(fits).collect()
}

struct Reader<'r> {
    root: &'r str,
}

impl Reader<'_> {
    /// Definitions may be called like the product.
    fn part(&self, key: &str) -> String {
        let key = name(key);
        if key == self.root { format!("{key}_part") } else { key }
    }

    fn schema(&self, schema: &Value) -> Value {
        let Some(members) = schema.as_object() else {
            return if schema == &json!(false) {
                json!({ "not": {} })
            } else {
                json!({})
            };
        };
        if let Some(target) = members.get("$ref").and_then(Value::as_str) {
            let target = match target.strip_prefix("#/definitions/") {
                Some(key) => self.part(&key.replace("~1", "/").replace("~0", "~").replace("%20", " ")),
                None => self.root.to_owned(),
            };
            return json!({ "$ref": format!("{BASE}{target}") });
        }
        let mut written = Object::new();
        for (keyword, value) in members {
            self.member(keyword, value, &mut written);
        }
        Value::Object(written)
    }

    fn member(&self, keyword: &str, value: &Value, written: &mut Object) {
        match (keyword, value) {
            ("properties", Value::Object(properties)) => {
                let properties = properties.iter().map(|(name, part)| (name.clone(), self.schema(part)));
                written.insert(keyword.into(), Value::Object(properties.collect()));
            }
            ("additionalProperties", Value::Bool(_)) => {
                written.insert(keyword.into(), value.clone());
            }
            (_, Value::Array(forms)) if LISTS.contains(&keyword) => {
                let forms: Vec<Value> = forms.iter().map(|form| self.schema(form)).collect();
                // A condition has no form here; `{}` beside others says nothing.
                let telling: Vec<Value> = forms.into_iter().filter(|form| form != &json!({})).collect();
                if !telling.is_empty() {
                    written.insert(keyword.into(), Value::Array(telling));
                }
            }
            (_, Value::Object(_)) if ONE.contains(&keyword) => {
                written.insert(keyword.into(), self.schema(value));
            }
            ("const", value) => {
                written.insert("enum".into(), json!([value]));
            }
            ("type", Value::String(_)) => {
                written.insert(keyword.into(), value.clone());
            }
            ("type", Value::Array(types)) => {
                let named: Vec<&Value> = types.iter().filter(|one| *one != "null").collect();
                if let [one] = named[..] {
                    written.insert(keyword.into(), one.clone());
                }
                if named.len() < types.len() {
                    written.insert("nullable".into(), json!(true));
                }
            }
            ("exclusiveMinimum" | "exclusiveMaximum", Value::Number(_)) => {
                let bound = if keyword == "exclusiveMinimum" {
                    "minimum"
                } else {
                    "maximum"
                };
                written.insert(bound.into(), value.clone());
                written.insert(keyword.into(), json!(true));
            }
            ("pattern", Value::String(pattern)) => {
                // Readers of YAML, which JSON is, refuse this one character as it is.
                written.insert(keyword.into(), json!(pattern.replace('\u{7f}', "\\x7F")));
            }
            _ if KEPT.contains(&keyword) => {
                written.insert(keyword.into(), value.clone());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_that_is_one_of_its_parts_has_no_second_name() {
        let schema = json!({
            "$ref": "#/definitions/vpn", "definitions": { "vpn": { "type": "object" } },
        });
        let (root, all) = components(&schema, "urn:acme:vpn:v1.0.0:all");
        assert_eq!(Value::Object(all), json!({ root: { "type": "object" } }));
    }

    #[test]
    fn what_draft_7_says_is_said_as_openapi_3_0_can() {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#", "$id": "urn:x",
            "type": "object", "required": ["a"],
            "properties": {
                "a": { "$ref": "#/definitions/A thing" },
                "const": { "const": 3 },
                "b": { "type": ["string", "null"], "examples": ["x"] },
                "c": { "exclusiveMinimum": 0, "type": "number" },
            },
            "allOf": [{ "if": { "required": ["b"] }, "then": { "required": ["c"] } }],
            "definitions": { "A thing": { "type": "array", "items": { "type": "integer" } } },
        });
        let (root, all) = components(&schema, "urn:acme:vpn:v1.0.0:all");
        assert_eq!(root, "vpn");
        assert_eq!(
            Value::Object(all),
            json!({
                "vpn": {
                    "type": "object", "required": ["a"],
                    "properties": {
                        "a": { "$ref": "#/components/schemas/A_thing" },
                        "const": { "enum": [3] },
                        "b": { "type": "string", "nullable": true },
                        "c": { "minimum": 0, "exclusiveMinimum": true, "type": "number" },
                    },
                },
                "A_thing": { "type": "array", "items": { "type": "integer" } },
            })
        );
    }
}
