//! Attributes that an imported schema does not know. Official schemas are open: what is misspelt
//! in a payload passes unseen. Here everything a schema says about an object is put together
//! (through `allOf`, choices and references), and what none of it names is unknown.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::failure::Problem;
use crate::pointer;

/// References followed in one place; a schema that needs more refers to itself.
const REFERENCES_MAX: usize = 64;
/// Edits between what is written and what is meant.
const EDITS_MAX: usize = 2;

/// Unknown attributes of `configuration`, each at its place. `@type` belongs to the envelope.
pub(super) fn find(schema: &Value, configuration: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let finder = Finder { whole: schema };
    finder.walk(&[schema], configuration, "", &mut found);
    found.retain(|problem| problem.property_path != "/@type");
    found
}

struct Finder<'a> {
    whole: &'a Value,
}

/// All that is said about one object.
#[derive(Default)]
struct Said<'a> {
    schemas: Vec<&'a Value>,
    names: BTreeSet<&'a str>,
    /// Something allows any further name.
    open: bool,
}

impl<'a> Finder<'a> {
    fn walk(&self, schemas: &[&'a Value], value: &Value, at: &str, found: &mut Vec<Problem>) {
        match value {
            Value::Object(members) => {
                let said = self.said(schemas, value);
                for (name, member) in members {
                    let path = pointer::join(at, name);
                    if !said.open && !said.names.is_empty() && !said.names.contains(name.as_str()) {
                        found.push(Problem::unexpected(path, reason(name, &said.names)));
                        continue;
                    }
                    let below: Vec<&Value> = said
                        .schemas
                        .iter()
                        .filter_map(|schema| property(schema, name))
                        .collect();
                    self.walk(&below, member, &path, found);
                }
            }
            Value::Array(elements) => {
                let said = self.said(schemas, value);
                for (index, element) in elements.iter().enumerate() {
                    let below: Vec<&Value> = said.schemas.iter().filter_map(|schema| item(schema, index)).collect();
                    self.walk(&below, element, &pointer::join(at, index), found);
                }
            }
            _ => {}
        }
    }

    /// Follows everything that speaks about the same value.
    fn said(&self, schemas: &[&'a Value], value: &Value) -> Said<'a> {
        let mut said = Said::default();
        let mut open: Vec<&'a Value> = schemas.to_vec();
        let mut seen: Vec<*const Value> = Vec::new();
        while let Some(schema) = open.pop() {
            if seen.len() > REFERENCES_MAX || seen.contains(&std::ptr::from_ref(schema)) {
                continue;
            }
            seen.push(std::ptr::from_ref(schema));
            if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
                open.extend(reference.strip_prefix('#').and_then(|path| self.whole.pointer(path)));
                continue;
            }
            for name in ["allOf", "oneOf", "anyOf"] {
                let branches = schema.get(name).and_then(Value::as_array).into_iter().flatten();
                open.extend(branches.filter(|branch| name == "allOf" || self.may_be(branch, value)));
            }
            for name in ["if", "then", "else"] {
                open.extend(schema.get(name));
            }
            let properties = schema.get("properties").and_then(Value::as_object);
            said.names
                .extend(properties.into_iter().flatten().map(|(name, _)| name.as_str()));
            let more = schema.get("additionalProperties");
            said.open |=
                schema.get("patternProperties").is_some() || more.is_some_and(|more| more != &Value::Bool(false));
            said.schemas.push(schema);
        }
        said
    }

    /// Whether a branch of a choice agrees with the attributes of `value` that have listed values.
    fn may_be(&self, branch: &'a Value, value: &Value) -> bool {
        let mut schema = branch;
        for _ in 0..REFERENCES_MAX {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
                break;
            };
            match reference.strip_prefix('#').and_then(|path| self.whole.pointer(path)) {
                Some(target) => schema = target,
                None => break,
            }
        }
        let properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        properties.into_iter().all(|(name, property)| {
            match (property.get("enum").and_then(Value::as_array), value.get(name)) {
                (Some(listed), Some(sent)) => listed.contains(sent),
                _ => true,
            }
        })
    }
}

fn property<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    schema.get("properties")?.get(name)
}

fn item(schema: &Value, index: usize) -> Option<&Value> {
    match schema.get("items")? {
        Value::Array(each) => each.get(index),
        all => Some(all),
    }
}

fn reason(name: &str, known: &BTreeSet<&str>) -> String {
    let near = |known: &&&str| known.eq_ignore_ascii_case(name) || strsim::levenshtein(known, name) <= EDITS_MAX;
    match known.iter().find(near) {
        Some(meant) => format!("{name} is not known here; it is spelled {meant}."),
        None => {
            let known: Vec<&str> = known.iter().copied().collect();
            format!("{name} is not known here. Known are: {}.", known.join(", "))
        }
    }
}
