//! What a product's configuration may hold at its top, for people.

use serde::Serialize;
use serde_json::Value;

/// References followed.
const DEPTH_MAX: usize = 40;

/// One attribute of a configuration.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// `string`, `object`, `list of object` and so on; its values where they are listed.
    pub form: String,
    /// Whether the schema requires it.
    pub required: bool,
}

/// The attributes at the top of `schema`, in its order.
pub(super) fn attributes(schema: &Value) -> Vec<Attribute> {
    let parts = parts(schema, schema, DEPTH_MAX);
    let required = |name: &str| {
        let mut lists = parts.iter().filter_map(|part| part.get("required")?.as_array());
        lists.any(|list| list.iter().any(|required| required == name))
    };
    let maps = parts.iter().filter_map(|part| part.get("properties")?.as_object());
    let each = maps.flatten().filter(|(name, _)| *name != "@type");
    let attribute = |(name, property): (&String, &Value)| Attribute {
        name: name.clone(),
        form: form(schema, property, 3),
        required: required(name),
    };
    each.map(attribute).collect()
}

/// Everything that speaks about the same value.
fn parts<'a>(whole: &'a Value, schema: &'a Value, depth: usize) -> Vec<&'a Value> {
    if depth == 0 {
        return Vec::new();
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(|path| whole.pointer(path));
        return target.map_or_else(Vec::new, |target| parts(whole, target, depth - 1));
    }
    let all = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    std::iter::once(schema)
        .chain(all.flat_map(|part| parts(whole, part, depth - 1)))
        .collect()
}

fn form(whole: &Value, schema: &Value, depth: usize) -> String {
    let parts = parts(whole, schema, DEPTH_MAX);
    let find = |name: &str| parts.iter().find_map(|part| part.get(name));
    if let Some(values) = find("enum").and_then(Value::as_array) {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let few: Vec<String> = values.iter().take(6).map(text).collect();
        let more = if values.len() > few.len() { " | ..." } else { "" };
        return format!("{}{more}", few.join(" | "));
    }
    let kind = find("type").and_then(Value::as_str).unwrap_or("object");
    match find("items").filter(|_| kind == "array" && depth > 0) {
        Some(items) => format!("list of {}", form(whole, items, depth - 1)),
        None => kind.to_owned(),
    }
}
