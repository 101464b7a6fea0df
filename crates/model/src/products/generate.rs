//! A configuration made from a schema: something valid to start from.

use serde_json::{Map, Value, json};

/// References followed and objects opened inside each other; official schemas stay below twenty.
const DEPTH_MAX: usize = 40;
/// Elements made for one list.
const LIST_MAX: u64 = 16;
/// Texts tried where a pattern has to be met.
const TEXTS: [&str; 14] = [
    "1",
    "A",
    "a",
    "name",
    "00-00-00-00-00-00",
    "00:00:00:00:00:00",
    "2026-01-31T09:30:00Z",
    "2026-01-31",
    "192.0.2.1",
    "2001:db8::1",
    "192.0.2.0/24",
    "desk@example.com",
    "65001",
    "1.0",
];

/// A configuration of `urn` that `passes`: what the schema requires, and of its other attributes
/// at the top those that can be made up.
pub(super) fn sample(schema: &Value, urn: &str, passes: &dyn Fn(&Value) -> bool) -> Option<Value> {
    let maker = Maker { whole: schema };
    let parts = maker.parts(schema, DEPTH_MAX);
    let mut made = json!({ "@type": urn });
    let required = maker.object(&parts, DEPTH_MAX);
    made.as_object_mut()?
        .extend(required.as_object().cloned().unwrap_or_default());
    made["@type"] = json!(urn);
    for name in names(&parts) {
        if made.get(name).is_some() {
            continue;
        }
        let mut more = made.clone();
        more[name] = maker.member(&parts, name, DEPTH_MAX);
        if passes(&more) {
            made = more;
        }
    }
    passes(&made).then_some(made)
}

struct Maker<'a> {
    whole: &'a Value,
}

impl<'a> Maker<'a> {
    /// Everything that speaks about the same value; of a choice its first branch.
    fn parts(&self, schema: &'a Value, depth: usize) -> Vec<&'a Value> {
        if depth == 0 {
            return Vec::new();
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = reference.strip_prefix('#').and_then(|path| self.whole.pointer(path));
            return target.map_or_else(Vec::new, |target| self.parts(target, depth - 1));
        }
        let list = |name: &str| schema.get(name).and_then(Value::as_array).into_iter().flatten();
        let mut parts = vec![schema];
        parts.extend(list("allOf").flat_map(|part| self.parts(part, depth - 1)));
        for choice in ["oneOf", "anyOf"] {
            parts.extend(list(choice).take(1).flat_map(|part| self.parts(part, depth - 1)));
        }
        parts
    }

    fn value(&self, schema: &'a Value, depth: usize) -> Value {
        let parts = self.parts(schema, depth);
        for name in ["const", "default"] {
            if let Some(value) = find(&parts, name) {
                return value.clone();
            }
        }
        for name in ["examples", "enum"] {
            if let Some(value) = find(&parts, name).and_then(|values| values.get(0)) {
                return value.clone();
            }
        }
        let kind = find(&parts, "type").map(|kind| kind.get(0).unwrap_or(kind));
        match kind.and_then(Value::as_str) {
            Some("array") => self.list(&parts, depth),
            Some("string") => text(&parts),
            Some("integer" | "number") => number(&parts),
            Some("boolean") => json!(false),
            Some("null") => Value::Null,
            _ => self.object(&parts, depth),
        }
    }

    /// What is required, and nothing else.
    fn object(&self, parts: &[&'a Value], depth: usize) -> Value {
        let mut made = Map::new();
        if depth > 0 {
            let required = parts.iter().filter_map(|part| part.get("required")?.as_array());
            for name in required.flatten().filter_map(Value::as_str) {
                made.insert(name.to_owned(), self.member(parts, name, depth - 1));
            }
        }
        Value::Object(made)
    }

    fn member(&self, parts: &[&'a Value], name: &str, depth: usize) -> Value {
        let said = parts.iter().find_map(|part| part.get("properties")?.get(name));
        said.map_or_else(|| json!("1"), |schema| self.value(schema, depth.saturating_sub(1)))
    }

    fn list(&self, parts: &[&'a Value], depth: usize) -> Value {
        let least = find(parts, "minItems").and_then(Value::as_u64).unwrap_or(1);
        let most = find(parts, "maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let schema = find(parts, "items").filter(|items| items.is_object());
        let Some(schema) = schema.filter(|_| depth > 0 && most > 0) else {
            return json!([]);
        };
        let one = self.value(schema, depth - 1);
        let count = usize::try_from(least.clamp(1, LIST_MAX)).unwrap_or(1);
        if find(parts, "uniqueItems") == Some(&json!(true)) {
            let each = (0..count).map(|index| self.varied(schema, index, depth - 1));
            return Value::Array(each.collect());
        }
        Value::Array(vec![one; count])
    }

    /// The value of a schema, another one for each `index` where that can be done.
    fn varied(&self, schema: &'a Value, index: usize, depth: usize) -> Value {
        let parts = self.parts(schema, depth);
        if let Some(value) = find(&parts, "enum").and_then(|values| values.get(index)) {
            return value.clone();
        }
        match self.value(schema, depth) {
            Value::String(text) if index > 0 => json!(format!("{text}{index}")),
            Value::Number(number) => number
                .as_u64()
                .map_or(json!(number), |number| json!(number + index as u64)),
            Value::Object(mut members) if depth > 0 => {
                let plain = |name: &&str| {
                    let said = parts.iter().find_map(|part| part.get("properties")?.get(name));
                    let kind = said.map(|said| self.parts(said, depth - 1));
                    kind.is_some_and(|kind| {
                        matches!(
                            find(&kind, "type").and_then(Value::as_str),
                            Some("string" | "integer" | "number")
                        )
                    })
                };
                if let Some(name) = names(&parts).into_iter().find(plain)
                    && let Some(said) = parts.iter().find_map(|part| part.get("properties")?.get(name))
                {
                    members.insert(name.to_owned(), self.varied(said, index, depth - 1));
                }
                Value::Object(members)
            }
            other => other,
        }
    }
}

fn find<'a>(parts: &[&'a Value], name: &str) -> Option<&'a Value> {
    parts.iter().find_map(|part| part.get(name))
}

/// Names of all properties, in the order of the schema.
fn names<'a>(parts: &[&'a Value]) -> Vec<&'a str> {
    let maps = parts.iter().filter_map(|part| part.get("properties")?.as_object());
    maps.flatten().map(|(name, _)| name.as_str()).collect()
}

fn number(parts: &[&Value]) -> Value {
    let low = find(parts, "minimum").or_else(|| find(parts, "exclusiveMinimum"));
    let above = find(parts, "exclusiveMinimum").is_some();
    let most = find(parts, "maximum").and_then(Value::as_f64);
    match low {
        Some(low) if above => low.as_i64().map_or_else(|| low.clone(), |low| json!(low + 1)),
        Some(low) => low.clone(),
        None if most.is_some_and(|most| most < 1.0) => json!(0),
        None => json!(1),
    }
}

/// A text of the right format, pattern and length.
fn text(parts: &[&Value]) -> Value {
    let mut schema = Map::new();
    for name in ["format", "pattern", "minLength", "maxLength"] {
        if let Some(value) = find(parts, name) {
            schema.insert(name.to_owned(), value.clone());
        }
    }
    let least = find(parts, "minLength").and_then(Value::as_u64).unwrap_or(0);
    let long = "A".repeat(usize::try_from(least).unwrap_or(0).min(1_000));
    let options = jsonschema::options().should_validate_formats(true);
    let Ok(validator) = options.offline().build(&Value::Object(schema)) else {
        return json!(TEXTS[0]);
    };
    let mut tried = TEXTS.iter().copied().chain([long.as_str()]).map(|text| json!(text));
    tried
        .find(|text| validator.is_valid(text))
        .unwrap_or_else(|| json!(TEXTS[0]))
}
