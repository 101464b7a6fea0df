//! Schemas without their nesting: references, inheritance and choices are followed, and what is
//! left is a path and what is said there.

use std::collections::{BTreeMap, BTreeSet};
use std::ptr;

use serde_json::{Value, json};

use super::facts::Facts;

/// What is said about one place: the name of a fact and its value.
pub type Fact = BTreeMap<&'static str, Value>;

/// References and nesting deeper than this are a mistake of the document.
const DEPTH_MAX: usize = 24;

const BOUNDS: [&str; 9] = [
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "pattern",
    "minItems",
    "maxItems",
    "minProperties",
    "uniqueItems",
];

/// Names that tell an object from those above it.
type Key<'a> = (Vec<&'a str>, Vec<&'a str>);

/// The schemas of one document.
pub struct Flat<'a> {
    document: &'a Value,
}

/// One schema with its inherited parts folded in.
#[derive(Default)]
pub struct Merged<'a> {
    pub kind: Option<&'a str>,
    pub values: Option<BTreeSet<String>>,
    pub format: Option<&'a str>,
    pub bounds: BTreeMap<&'static str, &'a Value>,
    properties: BTreeMap<&'a str, &'a Value>,
    required: BTreeSet<&'a str>,
    items: Option<&'a Value>,
    options: Vec<&'a Value>,
    mapping: Vec<(&'a str, &'a str)>,
}

impl<'a> Flat<'a> {
    pub fn new(document: &'a Value) -> Self {
        Self { document }
    }

    /// What a reference ends at.
    pub fn resolve(&self, mut value: &'a Value) -> &'a Value {
        for _ in 0..DEPTH_MAX {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                break;
            };
            value = self.target(reference);
        }
        value
    }

    fn target(&self, reference: &str) -> &'a Value {
        let pointer = reference.trim_start_matches('#');
        self.document.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// One schema with its `allOf` parts and wrappers folded in.
    pub fn merged(&self, schema: &'a Value) -> Merged<'a> {
        let schema = self.resolve(schema);
        let mut merged = Merged::own(schema);
        for part in list(schema, "allOf") {
            self.fold(self.merged(part), &mut merged);
        }
        merged
            .options
            .retain(|option| kind(self.resolve(option)) != Some("null"));
        if merged.properties.is_empty()
            && let [only] = merged.options[..]
        {
            return self.merged(only);
        }
        self.constants_to_values(&mut merged);
        if merged.kind.is_none() && !(merged.properties.is_empty() && merged.options.is_empty()) {
            merged.kind = Some("object");
        }
        if merged.kind.is_none() && merged.values.is_some() {
            merged.kind = Some("string");
        }
        merged
    }

    fn fold(&self, part: Merged<'a>, into: &mut Merged<'a>) {
        for (name, property) in part.properties {
            let known = into.properties.get(name).map_or(0, |known| self.weight(known));
            // A later part overrides an inherited property where it says as much.
            if self.weight(property) >= known {
                into.properties.insert(name, property);
            }
        }
        into.required.extend(part.required);
        into.options.extend(part.options);
        if into.mapping.is_empty() {
            into.mapping = part.mapping;
        }
        for (name, bound) in part.bounds {
            into.bounds.entry(name).or_insert(bound);
        }
        into.kind = into.kind.or(part.kind);
        into.values = into.values.take().or(part.values);
        into.format = into.format.or(part.format);
        into.items = into.items.or(part.items);
    }

    fn weight(&self, schema: &'a Value) -> usize {
        let schema = self.resolve(schema);
        let properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .map_or(0, |all| all.len());
        let constant = usize::from(schema.get("const").is_some());
        properties + list(schema, "enum").count() + constant + list(schema, "allOf").count()
    }

    /// A choice of constants is an enumeration.
    fn constants_to_values(&self, merged: &mut Merged<'a>) {
        let options = merged.options.iter().map(|option| self.resolve(option));
        let constants: Option<Vec<BTreeSet<String>>> = options
            .map(|option| values(option).filter(|_| option.get("properties").is_none()))
            .collect();
        if let Some(constants) = constants.filter(|constants| !constants.is_empty()) {
            merged.values = Some(constants.into_iter().flatten().collect());
            merged.options.clear();
        }
    }

    /// The schema a reference ends at, through wrappers that hold one part only.
    fn named(&self, schema: &'a Value) -> &'a Value {
        const WRAPPER: [&str; 4] = ["allOf", "description", "title", "nullable"];
        let mut schema = self.resolve(schema);
        for _ in 0..DEPTH_MAX {
            let plain = schema
                .as_object()
                .is_some_and(|all| all.keys().all(|key| WRAPPER.contains(&key.as_str())));
            let mut parts = list(schema, "allOf");
            let (Some(part), None, true) = (parts.next(), parts.next(), plain) else {
                break;
            };
            schema = self.resolve(part);
        }
        schema
    }

    /// What a polymorphic schema may be, with the value that says so; nothing for one of the
    /// options itself.
    fn options(&self, schema: &'a Value, merged: &Merged<'a>) -> Vec<(Option<&'a str>, &'a Value)> {
        let mut options: Vec<_> = merged.options.iter().map(|option| (None, *option)).collect();
        if options.is_empty() {
            let mapped = merged
                .mapping
                .iter()
                .map(|(tag, reference)| (Some(*tag), self.target(reference)));
            options.extend(mapped);
        }
        let me = self.named(schema);
        if options.iter().any(|(_, option)| ptr::eq(self.named(option), me)) {
            return Vec::new();
        }
        options
    }

    /// Writes down everything that can be reached from `schema`.
    pub fn walk(&self, schema: &'a Value, path: &str, facts: &mut Facts) {
        self.step(
            schema,
            path,
            &mut Walk {
                facts,
                above: Vec::new(),
            },
        );
    }

    fn step(&self, schema: &'a Value, path: &str, walk: &mut Walk<'a, '_>) {
        let merged = self.merged(schema);
        let key = merged.key();
        let recursive = !merged.properties.is_empty() && walk.above.contains(&key);
        if recursive || walk.above.len() > DEPTH_MAX {
            return;
        }
        walk.note(path, &merged);
        walk.above.push(key);
        if let Some(items) = merged.items.filter(|_| merged.kind == Some("array")) {
            self.step(items, &format!("{path}[]"), walk);
        }
        for (name, property) in &merged.properties {
            let place = format!("{path}.{name}");
            self.step(property, &place, walk);
            let required = merged.required.contains(name);
            walk.facts.entry(place).or_default().insert("required", json!(required));
        }
        walk.above.pop();
        for (tag, option) in self.options(schema, &merged) {
            match tag.map(str::to_owned).or_else(|| self.tag(option)) {
                Some(tag) => self.step(option, &format!("{path}<{tag}>"), walk),
                None => self.step(option, path, walk),
            }
        }
    }

    fn tag(&self, option: &'a Value) -> Option<String> {
        let kind = *self.merged(option).properties.get("@type")?;
        self.merged(kind).values?.into_iter().next()
    }
}

struct Walk<'a, 'f> {
    facts: &'f mut Facts,
    above: Vec<Key<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn note(&mut self, path: &str, merged: &Merged<'a>) {
        let mut fact = merged.fact();
        let known = self.facts.entry(path.to_owned()).or_default();
        // Options without a tag share a place: their values are put together.
        let earlier = known.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
        if let (Some(values), false) = (&merged.values, earlier.is_empty()) {
            let earlier = earlier.iter().filter_map(Value::as_str).map(str::to_owned);
            let all: BTreeSet<String> = values.iter().cloned().chain(earlier).collect();
            fact.insert("enum", json!(all));
        }
        known.extend(fact);
    }
}

impl<'a> Merged<'a> {
    fn own(schema: &'a Value) -> Self {
        let object = |name: &str| schema.get(name).and_then(Value::as_object).into_iter().flatten();
        let mapping = schema.pointer("/discriminator/mapping").and_then(Value::as_object);
        let bounds = BOUNDS.iter().filter_map(|name| Some((*name, schema.get(*name)?)));
        Self {
            kind: kind(schema),
            values: values(schema),
            format: schema.get("format").and_then(Value::as_str),
            // A bound of nothing is no bound.
            bounds: bounds
                .filter(|(_, value)| value.as_f64() != Some(0.0) && **value != json!(false))
                .collect(),
            properties: object("properties")
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
            required: list(schema, "required").filter_map(Value::as_str).collect(),
            items: schema.get("items"),
            options: list(schema, "oneOf").chain(list(schema, "anyOf")).collect(),
            mapping: mapping
                .into_iter()
                .flatten()
                .filter_map(|(tag, reference)| Some((tag.as_str(), reference.as_str()?)))
                .collect(),
        }
    }

    fn key(&self) -> Key<'a> {
        let mut tags: Vec<&str> = self.mapping.iter().map(|(tag, _)| *tag).collect();
        tags.sort_unstable();
        (self.properties.keys().copied().collect(), tags)
    }
}

fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        other => other.as_str(),
    }
}

fn values(schema: &Value) -> Option<BTreeSet<String>> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (schema.get("enum").and_then(Value::as_array), schema.get("const")) {
        (Some(values), _) => Some(values.iter().map(text).collect()),
        (None, Some(value)) => Some(BTreeSet::from([text(value)])),
        (None, None) => None,
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}
