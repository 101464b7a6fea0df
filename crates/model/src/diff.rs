//! Structural comparison of OpenAPI documents: where a document and ours would make two programs
//! disagree.
//!
//! Compared are the base path and, operation by operation, operationId, parameters, bodies,
//! statuses, media types, headers and every property that can be reached: its type, format,
//! required mark, values and bounds. Texts, examples and names of schemas are not.

mod facts;
mod flat;

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::api;
use crate::describe::Api;
use facts::{DOCUMENT, Facts, facts};

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Method and path; empty for the document as a whole.
    pub operation: String,
    /// What differs (`request.quoteItem[].action: required`).
    pub what: String,
    /// In the official document; `None` where it has nothing.
    pub theirs: Option<Value>,
    /// In ours; `None` where it has nothing.
    pub ours: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        let Self {
            operation,
            what,
            theirs,
            ours,
        } = self;
        let separator = if operation.is_empty() { "" } else { ": " };
        write!(
            f,
            "{operation}{separator}{what}: official {}, ours {}",
            text(theirs),
            text(ours)
        )
    }
}

/// Reads an OpenAPI document in YAML or JSON.
pub fn read(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
    } else {
        serde_saphyr::from_str(text).map_err(|error| format!("not YAML: {error}"))
    }
}

/// Our API of the same base path.
pub fn our_counterpart(official: &Value) -> Option<&'static Api> {
    let path = facts::base_path(official);
    // A prefix of a company may stand before it.
    api::described().find(|api| path.ends_with(&api.base_path()))
}

/// All differences, in the order of operations.
pub fn compare(official: &Value, ours: &Value) -> Vec<Difference> {
    let (official, ours) = (facts(official), facts(ours));
    let operations: BTreeSet<&String> = official.keys().chain(ours.keys()).collect();
    let mut differences = Vec::new();
    for operation in operations {
        let found = match (official.get(operation), ours.get(operation)) {
            (Some(theirs), Some(ours)) => compare_facts(theirs, ours),
            (theirs, ours) => {
                let there = |side: Option<&Facts>| side.map(|_| Value::Bool(true));
                vec![Difference {
                    operation: String::new(),
                    what: "operation".to_owned(),
                    theirs: there(theirs),
                    ours: there(ours),
                }]
            }
        };
        let name = if operation == DOCUMENT { "" } else { operation };
        differences.extend(found.into_iter().map(|one| Difference {
            operation: name.to_owned(),
            ..one
        }));
    }
    differences
}

fn compare_facts(official: &Facts, ours: &Facts) -> Vec<Difference> {
    let places: BTreeSet<&String> = official.keys().chain(ours.keys()).collect();
    let mut differences = Vec::new();
    for place in places {
        let mut differ = |what: String, theirs: Option<Value>, ours: Option<Value>| {
            differences.push(Difference {
                operation: String::new(),
                what,
                theirs,
                ours,
            });
        };
        match (official.get(place), ours.get(place)) {
            (Some(theirs), Some(ours)) => {
                let names: BTreeSet<&str> = theirs.keys().chain(ours.keys()).copied().collect();
                for name in names {
                    let (x, y) = (theirs.get(name), ours.get(name));
                    // An official file that leaves the type out says the same as one with it.
                    if !same(x, y) && (x.is_some() || name != "type") {
                        differ(format!("{place}: {name}"), x.cloned(), y.cloned());
                    }
                }
            }
            (theirs, ours) => {
                let there = |side: bool| side.then_some(Value::Bool(true));
                differ(place.clone(), there(theirs.is_some()), there(ours.is_some()));
            }
        }
    }
    differences
}

/// Equal, where 255 and 255.0 are.
fn same(x: Option<&Value>, y: Option<&Value>) -> bool {
    match (x.and_then(Value::as_f64), y.and_then(Value::as_f64)) {
        (Some(x), Some(y)) => x.total_cmp(&y).is_eq(),
        _ => x == y,
    }
}
