//! What the schema of a product says about one attribute, found by its path.

use jsonschema::Draft;
use serde_json::{Value, json};

/// Stands for every element of a list.
const EACH: &str = "*";

/// The part of a product's schema that is about one attribute; of several forms, all that have it.
pub struct AttributeSchema<'s> {
    document: &'s Value,
    forms: Vec<&'s Value>,
    /// Whether the schema demands it where what has it is there.
    pub required: bool,
}

/// A path that leads nowhere: the names there would have been.
#[derive(Debug, PartialEq, Eq)]
pub struct Astray {
    /// The step that is not known.
    pub step: String,
    /// What there is in its place; empty where there are no attributes.
    pub known: Vec<String>,
}

impl<'s> AttributeSchema<'s> {
    /// The attribute at `path` (`/uniEp/ovcEndPointEnvelopes/*/envelopeID`) in `document`, a JSON
    /// schema whose references stay inside it.
    pub fn find(document: &'s Value, path: &str) -> Result<Self, Astray> {
        let mut here = vec![document];
        let mut required = false;
        for step in path.split('/').skip(1) {
            let mut next = Vec::new();
            required = false;
            for node in &here {
                required |= enter(document, node, step, &mut next);
            }
            if next.is_empty() {
                let mut known = Vec::new();
                for node in here {
                    names(document, node, &mut known);
                }
                let step = step.to_owned();
                return Err(Astray { step, known });
            }
            here = next;
        }
        Ok(Self {
            document,
            forms: here,
            required,
        })
    }

    /// The same for its elements, where it is a list.
    pub fn elements(&self) -> Option<Self> {
        let mut forms = Vec::new();
        for form in &self.forms {
            enter(self.document, form, EACH, &mut forms);
        }
        (!forms.is_empty()).then_some(Self {
            document: self.document,
            forms,
            required: false,
        })
    }

    /// What is wrong with a value of it, one sentence each.
    pub fn faults(&self, value: &Value) -> Vec<String> {
        let keyword = if self.forms.len() == 1 { "allOf" } else { "anyOf" };
        let mut schema = json!({ keyword: self.forms });
        for part in ["definitions", "$defs", "components"] {
            if let Some(defined) = self.document.get(part) {
                schema[part] = defined.clone();
            }
        }
        let validator = jsonschema::options().with_draft(Draft::Draft7).offline().build(&schema);
        match validator {
            Ok(validator) => validator.iter_errors(value).map(|fault| fault.to_string()).collect(),
            Err(error) => vec![format!("there is no check for it: {error}")],
        }
    }

    /// Whether some form is of this type of JSON Schema.
    pub fn is_a(&self, kind: &str) -> bool {
        let resolved = self.forms.iter().map(|form| resolve(self.document, form));
        resolved
            .filter_map(|form| form.get("type")?.as_str())
            .any(|name| name == kind)
    }

    /// Whether it is an object with this attribute.
    pub fn has(&self, name: &str) -> bool {
        let mut found = Vec::new();
        for form in &self.forms {
            enter(self.document, form, name, &mut found);
        }
        !found.is_empty()
    }
}

/// Follows references inside the document.
fn resolve<'s>(document: &'s Value, mut node: &'s Value) -> &'s Value {
    // A chain of references is short; one that bites its tail ends here.
    for _ in 0..16 {
        let target = node.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|target| document.pointer(target.strip_prefix('#')?));
        match target {
            Some(target) => node = target,
            None => break,
        }
    }
    node
}

/// Everything that holds for the node at once or in one of its forms.
fn parts<'s>(document: &'s Value, node: &'s Value) -> Vec<&'s Value> {
    let node = resolve(document, node);
    let mut all = vec![node];
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let listed = node.get(keyword).and_then(Value::as_array).into_iter().flatten();
        for form in listed {
            all.extend(parts(document, form));
        }
    }
    for keyword in ["then", "else"] {
        if let Some(form) = node.get(keyword) {
            all.extend(parts(document, form));
        }
    }
    all
}

/// Adds what `step` leads to from `node`; whether it has to be there.
fn enter<'s>(document: &'s Value, node: &'s Value, step: &str, found: &mut Vec<&'s Value>) -> bool {
    let mut required = false;
    for part in parts(document, node) {
        let next = if step == EACH {
            part.get("items").filter(|items| items.is_object())
        } else {
            part.get("properties").and_then(|all| all.get(step))
        };
        found.extend(next);
        let demanded = part.get("required").and_then(Value::as_array).into_iter().flatten();
        required |= next.is_some() && demanded.filter_map(Value::as_str).any(|name| name == step);
    }
    required
}

fn names(document: &Value, node: &Value, known: &mut Vec<String>) {
    for part in parts(document, node) {
        let properties = part.get("properties").and_then(Value::as_object);
        for name in properties.into_iter().flat_map(|all| all.keys()) {
            if !known.contains(name) && name != "@type" {
                known.push(name.clone());
            }
        }
    }
}
