//! One product's schema with everything it refers to, in one value. What no reference leads to
//! stays out: official common files have parts that no validator takes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::files::Files;
use super::{Note, Reading, in_place};

/// Definitions of one product: the largest official one has about two hundred.
const DEFINITIONS_MAX: usize = 5_000;
/// Schemas inside each other in one file.
const DEPTH_MAX: usize = 64;
/// Text of one product's schema: the largest official one has a quarter of a megabyte.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Keywords that hold one schema.
const ONE: [&str; 8] = [
    "additionalProperties",
    "additionalItems",
    "contains",
    "propertyNames",
    "not",
    "if",
    "then",
    "else",
];
/// Keywords that hold a list of schemas.
const LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords that hold schemas by name.
const MAPS: [&str; 2] = ["properties", "patternProperties"];
/// Keywords whose value may be null because any value is one.
const VALUES: [&str; 4] = ["const", "default", "enum", "examples"];
/// Keywords that are read away: addresses, what is brought in by reference, words of OpenAPI.
const LEFT_OUT: [&str; 7] = [
    "$id",
    "$schema",
    "definitions",
    "$defs",
    "discriminator",
    "example",
    "externalDocs",
];
/// Words beside `$ref` that change nothing when they are not obeyed.
const MUTE: [&str; 7] = ["$ref", "description", "title", "example", "$comment", "default", "type"];

/// Where a schema stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    file: String,
    pointer: String,
}

struct Bundle<'a, 'b> {
    files: &'a Files<'a>,
    reading: &'b mut Reading,
    names: BTreeMap<Place, String>,
    waiting: Vec<Place>,
    sound: bool,
}

/// The schema of the file `root`, or nothing when mistakes were noted.
pub(super) fn bundle(files: &Files<'_>, root: &str, reading: &mut Reading) -> Option<Value> {
    let mut bundle = Bundle {
        files,
        reading,
        names: BTreeMap::new(),
        waiting: Vec::new(),
        sound: true,
    };
    let start = Place {
        file: root.to_owned(),
        pointer: String::new(),
    };
    let first = bundle.name(start);
    let mut definitions = Map::new();
    while let Some(place) = bundle.waiting.pop() {
        if definitions.len() >= DEFINITIONS_MAX {
            bundle.mistake(root, format!("It has more than {DEFINITIONS_MAX} definitions."));
            break;
        }
        let name = bundle.names[&place].clone();
        definitions.insert(name, bundle.read(&place));
    }
    if let Some(name) = in_place::endless(&definitions) {
        bundle.mistake(root, format!("{name} is defined by itself without end."));
    }
    let schema = json!({ "$ref": format!("#/definitions/{first}"), "definitions": definitions });
    if schema.to_string().len() > BYTES_MAX {
        bundle.mistake(root, format!("Its schema has more than {BYTES_MAX} bytes."));
    }
    bundle.sound.then_some(schema)
}

impl Bundle<'_, '_> {
    fn mistake(&mut self, file: &str, what: impl Into<String>) {
        self.sound = false;
        self.reading.mistake(file, what);
    }

    fn repaired(&mut self, file: &str, what: impl Into<String>) {
        let (file, what) = (file.to_owned(), what.into());
        self.reading.repairs.insert(Note { file, what });
    }

    /// The name a place has among the definitions; it is read in its turn.
    fn name(&mut self, place: Place) -> String {
        if let Some(known) = self.names.get(&place) {
            return known.clone();
        }
        let stem = place.file.rsplit('/').next().unwrap_or_default();
        let stem = stem.split('.').next().unwrap_or_default();
        let last = place
            .pointer
            .rsplit('/')
            .next()
            .filter(|last| !last.is_empty())
            .unwrap_or(stem);
        let clean = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.', "_");
        let taken = |name: &String| self.names.values().any(|known| known == name);
        let plain = [clean(last), clean(&format!("{stem}.{last}"))];
        let numbered = (2..).map(|number| clean(&format!("{stem}.{last}.{number}")));
        let name = plain
            .into_iter()
            .chain(numbered)
            .find(|name| !taken(name))
            .unwrap_or_default();
        self.names.insert(place.clone(), name.clone());
        self.waiting.push(place);
        name
    }

    fn read(&mut self, place: &Place) -> Value {
        let document = match self.files.parsed(&place.file) {
            Ok(document) => document,
            Err(reason) => {
                self.mistake(&place.file, reason);
                return json!(true);
            }
        };
        match document.pointer(&place.pointer) {
            Some(schema) => self.schema(schema, place, DEPTH_MAX),
            None => {
                self.mistake(&place.file, format!("It has no {}.", place.pointer));
                json!(true)
            }
        }
    }

    fn schema(&mut self, schema: &Value, place: &Place, depth: usize) -> Value {
        let Some(members) = schema.as_object() else {
            if !schema.is_boolean() {
                self.mistake(&place.file, format!("At {} there is no schema.", place.pointer));
            }
            return schema.clone();
        };
        if depth == 0 {
            self.mistake(
                &place.file,
                format!("At {} schemas are nested more than {DEPTH_MAX} deep.", place.pointer),
            );
            return json!(true);
        }
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            return self.reference((reference, members), place);
        }
        let mut read = Map::new();
        for (keyword, value) in members {
            if LEFT_OUT.contains(&keyword.as_str()) {
                continue;
            }
            if value.is_null() && !VALUES.contains(&keyword.as_str()) {
                self.repaired(
                    &place.file,
                    format!("{}/{keyword} has no value and is left out.", place.pointer),
                );
                continue;
            }
            let below = below(place, keyword);
            let value = self.keyword((keyword, value), (&below, &mut read), depth);
            if let Some(value) = value {
                read.insert(keyword.clone(), value);
            }
        }
        Value::Object(read)
    }

    fn keyword(
        &mut self,
        (keyword, value): (&str, &Value),
        (place, beside): (&Place, &mut Map<String, Value>),
        depth: usize,
    ) -> Option<Value> {
        let one = ONE.contains(&keyword) || (keyword == "items" && !value.is_array());
        if one {
            return Some(self.schema(value, place, depth - 1));
        }
        if MAPS.contains(&keyword) {
            return Some(self.map(value, (place, beside), depth));
        }
        if LISTS.contains(&keyword) && value.is_object() {
            self.repaired(
                &place.file,
                format!("{} is no list; it is read as one of one element.", place.pointer),
            );
            return Some(Value::Array(vec![self.schema(value, place, depth - 1)]));
        }
        if let (true, Value::Array(each)) = (LISTS.contains(&keyword) || keyword == "items", value) {
            let read = each.iter().enumerate();
            let read = read.map(|(index, value)| self.schema(value, &below(place, &index.to_string()), depth - 1));
            return Some(Value::Array(read.collect()));
        }
        if keyword == "dependencies" {
            let each = value.as_object()?.iter();
            let read = each.map(|(name, value)| {
                let schema = value
                    .is_object()
                    .then(|| self.schema(value, &below(place, name), depth - 1));
                (name.clone(), schema.unwrap_or_else(|| value.clone()))
            });
            return Some(Value::Object(read.collect()));
        }
        Some(value.clone())
    }

    /// Properties. What stands among them by mistake and is no schema goes, a list of required
    /// names to where it was meant.
    fn map(&mut self, value: &Value, (place, beside): (&Place, &mut Map<String, Value>), depth: usize) -> Value {
        let mut read = Map::new();
        for (name, value) in value.as_object().into_iter().flatten() {
            let at = below(place, name);
            match value {
                Value::Object(_) | Value::Bool(_) => {
                    read.insert(name.clone(), self.schema(value, &at, depth - 1));
                }
                Value::Null => {
                    self.repaired(
                        &place.file,
                        format!("{} has no value and is read as anything.", at.pointer),
                    );
                    read.insert(name.clone(), json!(true));
                }
                Value::Array(_) if name == "required" && !beside.contains_key("required") => {
                    self.repaired(
                        &place.file,
                        format!("{} is not a property; it is read one level up.", at.pointer),
                    );
                    beside.insert(name.clone(), value.clone());
                }
                _ => self.repaired(
                    &place.file,
                    format!("{} is not a property and is left out.", at.pointer),
                ),
            }
        }
        Value::Object(read)
    }

    /// Draft 7: nothing beside `$ref` counts.
    fn reference(&mut self, (reference, beside): (&str, &Map<String, Value>), place: &Place) -> Value {
        let unheard: Vec<&str> = beside
            .keys()
            .map(String::as_str)
            .filter(|key| !MUTE.contains(key))
            .collect();
        if !unheard.is_empty() {
            let what = format!(
                "{}: beside `$ref` nothing counts: {} is left out.",
                place.pointer,
                unheard.join(", ")
            );
            self.repaired(&place.file, what);
        }
        let (path, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        // What a schema names is never fetched.
        if path.contains(':') || path.starts_with('/') {
            self.mistake(
                &place.file,
                format!(
                    "{}: {reference} lies outside; references lead to files beside it.",
                    place.pointer
                ),
            );
            return json!(true);
        }
        if !path.is_empty()
            && self
                .files
                .parsed(&place.file)
                .is_ok_and(|document| document.get("$id").is_some())
        {
            let what = "`$id` is the name of a product and no address: references are read from where the file is.";
            self.repaired(&place.file, what);
        }
        let file = match (path, self.files.locate(&place.file, path)) {
            ("", _) => place.file.clone(),
            (_, Ok((file, false))) => file,
            (_, Ok((file, true))) => {
                self.repaired(&place.file, format!("{path} is not there; {file} is read."));
                file
            }
            (_, Err(reason)) => {
                self.mistake(&place.file, reason);
                return json!(true);
            }
        };
        let pointer = pointer.to_owned();
        let name = self.name(Place { file, pointer });
        json!({ "$ref": format!("#/definitions/{name}") })
    }
}

fn below(place: &Place, step: &str) -> Place {
    Place {
        file: place.file.clone(),
        pointer: crate::pointer::join(&place.pointer, step),
    }
}
