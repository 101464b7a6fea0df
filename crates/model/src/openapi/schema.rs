//! Shapes as schemas of OpenAPI 3.0.

use serde_json::{Map, Value, json};

use crate::shape::{Choice, Kind, Property, Shapes, Text, Type};

/// The schemas of `roots` and of all that they lead to.
pub fn components(shapes: &Shapes, roots: &[String]) -> Value {
    let names = shapes.reachable(roots.iter().map(String::as_str));
    let schema = |name: &str| Some((name.to_owned(), schema(shapes, name)?));
    Value::Object(names.into_iter().filter_map(schema).collect())
}

/// A reference to the schema of a shape.
pub fn reference(shape: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{shape}") })
}

/// A list of `items`.
pub fn list_of(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn schema(shapes: &Shapes, name: &str) -> Option<Value> {
    let shape = shapes.get(name)?;
    let mut schema = match &shape.kind {
        Kind::Object(_) => object(shapes, name),
        Kind::Enum(values) => json!({ "type": "string", "enum": values }),
        Kind::Choice(choice) if choice.common.is_empty() => one_of(choice),
        Kind::Choice(choice) => base_of(shapes, name, choice),
        Kind::Alias(kind) => type_schema(kind),
    };
    describe(&mut schema, &shape.meaning);
    Some(schema)
}

fn object(shapes: &Shapes, name: &str) -> Value {
    let properties = shapes.properties(name);
    let required: Vec<&str> = properties
        .iter()
        .filter(|property| property.required)
        .map(|property| property.name.as_str())
        .collect();
    let mut schema = json!({ "type": "object" });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema["properties"] = properties
        .iter()
        .map(|property| (property.name.clone(), property_schema(property)))
        .collect::<Map<_, _>>()
        .into();
    if let Some(least) = shapes.min_properties(name) {
        schema["minProperties"] = json!(least);
    }
    if let Some(tag) = shapes.open(name) {
        schema["discriminator"] = json!({ "propertyName": tag });
    }
    schema
}

fn property_schema(property: &Property) -> Value {
    let mut schema = type_schema(&property.kind);
    if !property.meaning.is_empty() && schema.get("$ref").is_some() {
        // Beside a reference OpenAPI 3.0 reads nothing.
        schema = json!({ "allOf": [schema] });
    }
    describe(&mut schema, &property.meaning);
    schema
}

fn describe(schema: &mut Value, meaning: &str) {
    if !meaning.is_empty() {
        schema["description"] = json!(meaning);
    }
}

/// The common part of a choice, as releases before Kylie have it: the tag leads to the branches.
fn base_of(shapes: &Shapes, name: &str, choice: &Choice) -> Value {
    let mut schema = object(shapes, name);
    schema["discriminator"] = json!({ "propertyName": choice.tag, "mapping": mapping(choice) });
    schema
}

fn mapping(choice: &Choice) -> Map<String, Value> {
    let options = choice.options.iter();
    options
        .map(|option| {
            (
                option.value.clone(),
                json!(format!("#/components/schemas/{}", option.shape)),
            )
        })
        .collect()
}

fn one_of(choice: &Choice) -> Value {
    let options: Vec<Value> = choice.options.iter().map(|option| reference(&option.shape)).collect();
    json!({
        "type": "object",
        "oneOf": options,
        "discriminator": { "propertyName": choice.tag, "mapping": mapping(choice) },
    })
}

fn type_schema(kind: &Type) -> Value {
    match kind {
        Type::Text(text) => text_schema(text),
        Type::Whole { min, max } => bounded("integer", [("minimum", json!(min)), ("maximum", json!(max))]),
        Type::Number { min, max } => bounded("number", [("minimum", json!(min)), ("maximum", json!(max))]),
        Type::Flag => json!({ "type": "boolean" }),
        Type::Object => json!({ "type": "object" }),
        Type::Any => json!({}),
        Type::Ref(name) => reference(name),
        Type::List { of, min, max, unique } => {
            let mut schema = bounded("array", [("minItems", json!(min)), ("maxItems", json!(max))]);
            schema["items"] = type_schema(of);
            if *unique {
                schema["uniqueItems"] = json!(true);
            }
            schema
        }
    }
}

fn text_schema(text: &Text) -> Value {
    let mut schema = bounded(
        "string",
        [("minLength", json!(text.min)), ("maxLength", json!(text.max))],
    );
    if let Some(format) = &text.format {
        schema["format"] = json!(format);
    }
    if let Some(pattern) = &text.pattern {
        schema["pattern"] = json!(pattern);
    }
    if !text.values.is_empty() {
        schema["enum"] = json!(text.values);
    }
    schema
}

fn bounded(name: &str, bounds: [(&str, Value); 2]) -> Value {
    let mut schema = json!({ "type": name });
    for (bound, value) in bounds.into_iter().filter(|(_, value)| !value.is_null()) {
        schema[bound] = value;
    }
    schema
}
