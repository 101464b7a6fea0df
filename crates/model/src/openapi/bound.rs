//! The document of an API as a Seller publishes it for what it sells: the product payload bound in,
//! narrowed by the profile of each offering.
//!
//! `productConfiguration` becomes the schemas of the products, told apart by `@type`, as in a static
//! binding of the standard; what goes over the wire is the same. Of the schemas that a path leads
//! through, an own copy is narrowed: another path to the same schema stays as it is.

use serde_json::{Value, json};

use crate::book::Offering;
use crate::book::profile::{Action, Asked, Function, Narrowing};
use crate::describe::Api;
use crate::document::Object;
use crate::products::Products;

/// The schema of a product payload in every API.
const CONFIGURATION: &str = "MEFProductConfiguration";
/// Where schemas stand.
const BASE: &str = "#/components/schemas/";

/// The document of `api` for `offerings`, or one sentence why there is none.
pub fn document(api: &'static Api, offerings: &[&Offering], products: &Products) -> Result<Value, String> {
    let function = function(api).ok_or_else(|| format!("{} carries no product configuration", api.name))?;
    let mut document = super::document(api);
    let names: Vec<&str> = offerings.iter().map(|offering| offering.name.as_str()).collect();
    document["info"]["description"] = json!(format!(
        "Written by Segue from its description of this API (release {}) and the profile of: {}.",
        api.release,
        names.join(", ")
    ));
    let mut mapping = Object::new();
    for offering in offerings {
        if mapping.contains_key(&offering.product) {
            return Err(format!("two of these offerings are of {}: name one", offering.product));
        }
        let (root, parts) = products
            .components(&offering.product)
            .ok_or_else(|| format!("there is no schema of {}", offering.product))?;
        let taken = document["components"]["schemas"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let mut parts = parts;
        narrow(&mut parts, &root, (offering, function));
        prune(&mut parts, &root);
        tell_type(&mut parts, &root, &offering.product);
        // Last, since a narrowed schema is another than the one it was.
        let (parts, root) = apart(parts, &root, &taken);
        for (name, part) in parts {
            document["components"]["schemas"][name] = part;
        }
        mapping.insert(offering.product.clone(), json!(format!("{BASE}{root}")));
    }
    let options: Vec<Value> = mapping.values().map(|target| json!({ "$ref": target })).collect();
    document["components"]["schemas"][CONFIGURATION] = json!({
        "type": "object",
        "required": ["@type"],
        "oneOf": options,
        "discriminator": { "propertyName": "@type", "mapping": mapping },
    });
    Ok(document)
}

/// What an API is in a profile.
fn function(api: &Api) -> Option<Function> {
    match api.name {
        "productOfferingQualification" => Some(Function::Poq),
        "quoteManagement" => Some(Function::Quote),
        "productOrderingManagement" => Some(Function::Order),
        "productInventory" => Some(Function::Inventory),
        _ => None,
    }
}

/// The schema of a product says which value tells it apart: generators of clients want to find it.
fn tell_type(parts: &mut Object, root: &str, urn: &str) {
    let Some(schema) = parts.get_mut(root).and_then(Value::as_object_mut) else {
        return;
    };
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        properties
            .entry("@type")
            .or_insert_with(|| json!({ "type": "string", "enum": [urn] }));
    }
    let required = schema.entry("required").or_insert_with(|| json!([]));
    if let Some(required) = required.as_array_mut().filter(|all| !all.contains(&json!("@type"))) {
        required.push(json!("@type"));
    }
}

/// Schemas of a product, and the name of its own, under names that are not used for something else:
/// neither what differs nor what refers to that can have the name it had.
fn apart(parts: Object, root: &str, taken: &Object) -> (Object, String) {
    let mut moved: Vec<String> = Vec::new();
    loop {
        let leads_to_moved = |part: &Value| {
            let mut found = false;
            references(&mut part.clone(), &mut |target| found |= moved.contains(target));
            found
        };
        let clashes = |(name, part): &(&String, &Value)| {
            let other = taken.get(*name);
            !moved.contains(name) && other.is_some_and(|other| other != *part || leads_to_moved(part))
        };
        let more: Vec<String> = parts.iter().filter(clashes).map(|(name, _)| name.clone()).collect();
        if more.is_empty() {
            break;
        }
        moved.extend(more);
    }
    let own_name = |name: &str| {
        if moved.iter().all(|moved| moved != name) {
            return name.to_owned();
        }
        let numbered = (2..).map(|number| format!("Product{number}_{name}"));
        let mut names = std::iter::once(format!("Product_{name}")).chain(numbered);
        let is_free = |own: &String| !taken.contains_key(own) && !parts.contains_key(own);
        names.find(is_free).unwrap_or_default()
    };
    let renamed = parts.iter().map(|(name, part)| {
        let mut part = part.clone();
        references(&mut part, &mut |target| *target = own_name(target));
        (own_name(name), part)
    });
    (renamed.collect(), own_name(root))
}

/// Calls `with` with the name of every schema that is referred to, also in mappings.
fn references(value: &mut Value, with: &mut dyn FnMut(&mut String)) {
    match value {
        Value::Object(members) => {
            for (_, member) in members {
                references(member, with);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                references(element, with);
            }
        }
        Value::String(text) => {
            if let Some(mut name) = text.strip_prefix(BASE).map(str::to_owned) {
                with(&mut name);
                *text = format!("{BASE}{name}");
            }
        }
        _ => {}
    }
}

/// Keeps what `root` leads to.
fn prune(parts: &mut Object, root: &str) {
    let mut kept: Vec<String> = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(name) = open.pop() {
        if kept.contains(&name) {
            continue;
        }
        if let Some(part) = parts.get_mut(&name) {
            references(part, &mut |target| open.push(target.clone()));
        }
        kept.push(name);
    }
    parts.retain(|name, _| kept.contains(name));
}

/// What the profile says in every action; where actions differ, the schema leaves both open.
fn narrow(parts: &mut Object, root: &str, (offering, function): (&Offering, Function)) {
    let asked = |action| Asked { function, action };
    let add = offering.profile.narrowings(asked(Action::Add));
    let modify = offering.profile.narrowings(asked(Action::Modify));
    for row in add.iter().filter(|row| modify.contains(row)) {
        let mut owners = vec![root.to_owned()];
        let (name, way) = match row.steps.split_last() {
            Some((name, way)) => (*name, way),
            None => continue,
        };
        for step in way.iter().filter(|step| **step != "*") {
            let entered = owners.iter().flat_map(|owner| enter(parts, owner, step));
            owners = entered.collect::<Vec<_>>();
        }
        for owner in owners {
            apply(parts, &owner, (name, row), function);
        }
    }
    drop_impossible(parts);
}

/// A form of a choice in which an attribute would have no value left is none.
fn drop_impossible(parts: &mut Object) {
    let has_no_value = |property: &Value| property.get("enum") == Some(&json!([]));
    let impossible: Vec<String> = parts
        .iter()
        .filter(|(_, part)| {
            let properties = part.get("properties").and_then(Value::as_object);
            properties.is_some_and(|properties| properties.values().any(has_no_value))
        })
        .map(|(name, _)| format!("{BASE}{name}"))
        .collect();
    let is_possible = |target: Option<&Value>| {
        let target = target.and_then(Value::as_str);
        target.is_none_or(|target| impossible.iter().all(|name| name != target))
    };
    for (_, part) in parts.iter_mut() {
        if let Some(options) = part.get_mut("oneOf").and_then(Value::as_array_mut) {
            options.retain(|option| is_possible(option.get("$ref")));
        }
        if let Some(mapping) = part
            .pointer_mut("/discriminator/mapping")
            .and_then(Value::as_object_mut)
        {
            mapping.retain(|_, target| is_possible(Some(target)));
        }
    }
}

/// The schemas behind a property of the schema `owner`, each one of its own; several where it has
/// several forms.
fn enter(parts: &mut Object, owner: &str, step: &str) -> Vec<String> {
    let Some(property) = parts
        .get(owner)
        .and_then(|owner| owner.pointer(&format!("/properties/{step}")))
    else {
        return Vec::new();
    };
    let Some(target) = first_reference(property) else {
        return Vec::new();
    };
    let copy = format!("{owner}_{step}");
    if target != copy {
        let mut own = parts.get(&target).cloned().unwrap_or_default();
        for form in forms(&own) {
            let name = format!("{copy}_{form}");
            let part = parts.get(&form).cloned().unwrap_or_default();
            parts.insert(name.clone(), part);
            references(&mut own, &mut |target| {
                if *target == form {
                    target.clone_from(&name);
                }
            });
        }
        parts.insert(copy.clone(), own);
        if let Some(property) = parts
            .get_mut(owner)
            .and_then(|owner| owner.pointer_mut(&format!("/properties/{step}")))
        {
            references(property, &mut |target| target.clone_from(&copy));
        }
    }
    let forms = parts.get(&copy).map(forms).unwrap_or_default();
    if forms.is_empty() { vec![copy] } else { forms }
}

fn first_reference(property: &Value) -> Option<String> {
    let mut found = None;
    references(&mut property.clone(), &mut |target| {
        found.get_or_insert_with(|| target.clone());
    });
    found
}

/// The schemas that a choice chooses from.
fn forms(schema: &Value) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(options) = schema.get("oneOf") {
        references(&mut options.clone(), &mut |target| names.push(target.clone()));
    }
    names
}

fn apply(parts: &mut Object, owner: &str, (name, row): (&str, &Narrowing<'_>), function: Function) {
    let Some(schema) = parts.get(owner) else { return };
    let Some(property) = schema.pointer(&format!("/properties/{name}")).cloned() else {
        return;
    };
    // What may not be sent, or is not shown, is not there.
    let absent = match function {
        Function::Inventory => row.is_hidden,
        Function::Poq | Function::Quote | Function::Order => row.is_unsent,
    };
    let narrowed = (!absent).then(|| property_of(parts, property, row));
    let Some(schema) = parts.get_mut(owner) else { return };
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        match narrowed {
            Some(narrowed) => {
                properties.insert(name.to_owned(), narrowed);
            }
            None => {
                properties.shift_remove(name);
            }
        }
    }
    if row.is_mandatory
        && let Some(schema) = schema.as_object_mut()
    {
        let required = schema.entry("required").or_insert_with(|| json!([]));
        if let Some(required) = required.as_array_mut().filter(|all| !all.contains(&json!(name))) {
            required.push(json!(name));
        }
    }
}

fn property_of(parts: &Object, mut property: Value, row: &Narrowing<'_>) -> Value {
    if property.get("type") == Some(&json!("array")) {
        if let Some(items) = property.get_mut("items") {
            *items = limited(parts, items.take(), row);
        }
    } else {
        property = limited(parts, property, row);
    }
    if property.get("$ref").is_some() {
        // Beside a reference OpenAPI 3.0 reads nothing.
        property = json!({ "allOf": [property] });
    }
    property["description"] = json!(row.words);
    if let Some(value) = row.value {
        property["default"] = value.clone();
    }
    property
}

/// Values and bounds, as far as they do not depend on a unit; those stand in the description.
fn limited(parts: &Object, schema: Value, row: &Narrowing<'_>) -> Value {
    let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
    let mut schema = schema;
    if !row.among.is_empty() && row.among.iter().all(is_scalar) {
        let resolved = match first_reference(&schema) {
            Some(target) => parts.get(&target).cloned().unwrap_or_default(),
            None => schema,
        };
        let kind = resolved.get("type").cloned();
        let known = resolved.get("enum").and_then(Value::as_array);
        let among = row
            .among
            .iter()
            .filter(|value| known.is_none_or(|known| known.contains(value)));
        schema = json!({ "enum": among.collect::<Vec<_>>() });
        if let Some(kind) = kind {
            schema["type"] = kind;
        }
    }
    for (keyword, bound) in [("minimum", row.at_least), ("maximum", row.at_most)] {
        let Some(number) = bound.filter(|bound| bound.is_number()) else {
            continue;
        };
        let known = schema.get(keyword).and_then(Value::as_f64);
        let is_tighter = known.zip(number.as_f64()).is_none_or(|(known, number)| {
            if keyword == "minimum" {
                number > known
            } else {
                number < known
            }
        });
        if is_tighter && schema.get("$ref").is_none() {
            schema[keyword] = number.clone();
        }
    }
    schema
}
