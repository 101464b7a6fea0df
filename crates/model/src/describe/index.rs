//! Index rows: the values of a document that its filters look at.

use serde_json::Value;

use super::{Filter, FilterValue, Resource};
use crate::document::Object;
use crate::time;

/// All values of all filters of `resource` in `body`, each once, in the form [`super::Condition`]
/// compares with. A date that cannot be read makes no row: it matches nothing.
pub fn index_rows(resource: &Resource, body: &Object) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    for filter in resource.filters {
        let mut found = Vec::new();
        for path in filter.path.split('|') {
            let steps: Vec<&str> = path.split('/').skip(1).collect();
            if let Some((first, rest)) = steps.split_first()
                && let Some(value) = body.get(*first)
            {
                collect(value, rest, &mut found);
            }
        }
        for row in found.into_iter().filter_map(|value| row(filter, value)) {
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    rows
}

fn collect<'a>(value: &'a Value, steps: &[&str], found: &mut Vec<&'a Value>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(value);
        return;
    };
    if *step == "*" {
        for element in value.as_array().into_iter().flatten() {
            collect(element, rest, found);
        }
    } else if let Some((name, text)) = step.split_once('=') {
        if value.get(name).and_then(Value::as_str) == Some(text) {
            collect(value, rest, found);
        }
    } else if let Some(member) = value.get(step) {
        collect(member, rest, found);
    }
}

fn row(filter: &Filter, value: &Value) -> Option<(&'static str, String)> {
    let text = match (value, filter.value) {
        (Value::String(text), FilterValue::DateTime) => time::text(time::parse(text)?),
        (Value::String(text), _) => text.clone(),
        (Value::Bool(flag), _) => flag.to_string(),
        (Value::Number(number), _) => number.to_string(),
        (Value::Null | Value::Array(_) | Value::Object(_), _) => return None,
    };
    Some((filter.name, text))
}
