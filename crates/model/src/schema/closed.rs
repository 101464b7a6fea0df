//! Shapes as closed JSON Schema (draft 7): flattened, so that a property the shape does not have
//! is refused, and with choices as `if tag then $ref`, never `oneOf`, so that a fault points at
//! the place where it is.

use serde_json::{Map, Value, json};

use crate::shape::{Choice, Kind, Property, Shapes, Text, Type};

/// The pointer to a definition.
pub(super) fn reference(shape: &str) -> String {
    format!("#/definitions/{shape}")
}

/// One definition for each shape.
pub(super) fn definitions(shapes: &Shapes) -> Map<String, Value> {
    shapes
        .names()
        .map(|name| (name.to_owned(), definition(shapes, name)))
        .collect()
}

fn definition(shapes: &Shapes, name: &str) -> Value {
    match shapes.get(name).map(|shape| &shape.kind) {
        Some(Kind::Object(_)) => object(shapes, name),
        // No `type` beside `enum`: it would say the same fault twice.
        Some(Kind::Enum(values)) => json!({ "enum": values }),
        Some(Kind::Choice(choice)) => choice_of(choice),
        Some(Kind::Alias(kind)) => type_of(kind),
        None => json!(false),
    }
}

fn object(shapes: &Shapes, name: &str) -> Value {
    let all = shapes.properties(name);
    let named = |property: &Property| (property.name.clone(), type_of(&property.kind));
    let properties: Map<String, Value> = all.iter().map(named).collect();
    let required: Vec<&str> = all.iter().filter(|p| p.required).map(|p| p.name.as_str()).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if let Some(min) = shapes.min_properties(name) {
        schema["minProperties"] = json!(min);
    }
    if shapes.open(name).is_none() {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

fn choice_of(choice: &Choice) -> Value {
    let tag = choice.tag.as_str();
    let values: Vec<&str> = choice.options.iter().map(|option| option.value.as_str()).collect();
    let branches = choice.options.iter().map(|option| {
        json!({
            "if": { "type": "object", "required": [tag], "properties": { tag: { "const": option.value } } },
            "then": { "$ref": reference(&option.shape) },
        })
    });
    json!({
        "type": "object",
        "required": [tag],
        "properties": { tag: { "enum": values } },
        "allOf": branches.collect::<Vec<_>>(),
    })
}

fn type_of(kind: &Type) -> Value {
    match kind {
        Type::Text(text) => text_of(text),
        Type::Whole { min, max } => bounded("integer", ("minimum", json!(min)), ("maximum", json!(max))),
        Type::Number { min, max } => bounded("number", ("minimum", json!(min)), ("maximum", json!(max))),
        Type::Flag => json!({ "type": "boolean" }),
        Type::Object => json!({ "type": "object" }),
        Type::Any => json!(true),
        Type::List { of, min, max, unique } => {
            let mut schema = bounded("array", ("minItems", json!(min)), ("maxItems", json!(max)));
            schema["items"] = type_of(of);
            if *unique {
                schema["uniqueItems"] = json!(true);
            }
            schema
        }
        Type::Ref(name) => json!({ "$ref": reference(name) }),
    }
}

fn text_of(text: &Text) -> Value {
    if !text.values.is_empty() {
        return json!({ "enum": text.values });
    }
    let mut schema = bounded("string", ("minLength", json!(text.min)), ("maxLength", json!(text.max)));
    if let Some(format) = &text.format {
        schema["format"] = json!(format);
    }
    if let Some(pattern) = &text.pattern {
        schema["pattern"] = json!(pattern);
    }
    schema
}

/// A type with those of two bounds that are not null.
fn bounded(kind: &str, low: (&str, Value), high: (&str, Value)) -> Value {
    let mut schema = json!({ "type": kind });
    for (keyword, bound) in [low, high] {
        if !bound.is_null() {
            schema[keyword] = bound;
        }
    }
    schema
}
