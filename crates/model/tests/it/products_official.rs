//! Our product schemas have the structure of the official ones: the same properties, types,
//! values, bounds and required members, and nothing else but what is listed here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use segue_model::products::SHAPES;
use segue_model::shape::{Kind, Shapes, Type};
use serde_json::Value;

use super::sdk;

/// Property path to what is said about it.
type Facts = BTreeMap<String, String>;

/// Where we differ on purpose.
const DIFFERENT: &[&str] = &[
    // The official schemas leave the type to the envelope.
    "/@type",
    // A list of itself there; the entry type beside it is meant.
    "/ovcEgressMap[]<CN_PCP_CC_DEI>/cnPcpCcDeiEntries[]",
    // The group metric is defined there but not used: we take both.
    "/oneWayGroupAvailabilityPmMetric[]/setOfOrderedPairs",
    "/oneWayGroupAvailabilityPmMetric[]/minimumNumberOfSetsAvailableK",
    "/oneWayGroupAvailabilityPmMetric[]/oneWayGroupAvailabilityObjective",
];

#[track_caller]
fn check_equal(shape: &str, file: &str, least: usize) {
    let Some(sdk) = sdk::folder() else { return };
    let folder = sdk.join("grace/productSchema/carrierEthernet/operatorEthernet");
    let official = Official::default().facts(&folder.join(file));
    let shapes = Shapes::parse(SHAPES).unwrap();
    let mut ours = Facts::new();
    add_shape(&shapes, shape, "", &mut ours);
    assert!(
        official.len() >= least,
        "only {} paths were read from {file}",
        official.len()
    );
    let on_purpose = |path: &str| DIFFERENT.iter().any(|known| path.contains(known));
    let mut differences = Vec::new();
    for (path, fact) in &official {
        if ours.get(path) != Some(fact) && !on_purpose(path) {
            differences.push(format!("{path}: official {fact}, ours {:?}", ours.get(path)));
        }
    }
    let extra = ours
        .keys()
        .filter(|path| !official.contains_key(*path) && !on_purpose(path));
    differences.extend(extra.map(|path| format!("{path}: ours only")));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_access_eline_ovc_is_the_official_one() {
    check_equal("AccessElineOvc", "accessEline/accessElineOvc.yaml", 500);
}

#[test]
fn the_operator_uni_is_the_official_one() {
    check_equal(
        "OperatorUni",
        "carrierEthernetOperatorUni/carrierEthernetOperatorUni.yaml",
        70,
    );
}

#[test]
fn the_enni_is_the_official_one() {
    check_equal(
        "Enni",
        "carrierEthernetEnniSpSo/inventory/carrierEthernetEnniSpSo.yaml",
        30,
    );
}

// --- ours ---

fn add_shape(shapes: &Shapes, name: &str, path: &str, facts: &mut Facts) {
    match &shapes.get(name).unwrap().kind {
        Kind::Object(_) => {
            note(facts, path, "object");
            for property in shapes.properties(name) {
                let below = format!("{path}/{}", property.name);
                add_type(shapes, &property.kind, &below, facts);
                if property.required {
                    facts.get_mut(&below).unwrap().push_str(" required");
                }
            }
        }
        Kind::Enum(values) => note(facts, path, &text(None, None, (None, None), values)),
        Kind::Alias(kind) => add_type(shapes, kind, path, facts),
        Kind::Choice(choice) => {
            note(facts, path, "choice");
            for option in &choice.options {
                add_shape(shapes, &option.shape, &format!("{path}<{}>", option.value), facts);
            }
        }
    }
}

fn add_type(shapes: &Shapes, kind: &Type, path: &str, facts: &mut Facts) {
    match kind {
        Type::Text(t) => {
            let bounds = (t.min.map(|n| n as f64), t.max.map(|n| n as f64));
            note(
                facts,
                path,
                &text(t.format.as_deref(), t.pattern.as_deref(), bounds, &t.values),
            );
        }
        Type::Whole { min, max } => {
            let bounds = (min.map(|n| n as f64), max.map(|n| n as f64));
            note(facts, path, &format!("integer {bounds:?}"));
        }
        Type::Number { min, max } => note(facts, path, &format!("number {:?}", (min, max))),
        Type::Flag => note(facts, path, "boolean"),
        Type::List { of, min, max, unique } => {
            let bounds = (min.unwrap_or(0) as f64, max.map(|n| n as f64));
            note(facts, path, &format!("array {bounds:?} unique {unique}"));
            add_type(shapes, of, &format!("{path}[]"), facts);
        }
        Type::Ref(name) => add_shape(shapes, name, path, facts),
        Type::Object => note(facts, path, "object"),
        Type::Any => note(facts, path, "any"),
    }
}

// --- theirs ---

/// Reads official files, following references from file to file.
#[derive(Default)]
struct Official {
    files: BTreeMap<PathBuf, Value>,
}

impl Official {
    fn facts(mut self, file: &Path) -> Facts {
        let root = self.load(file);
        let mut facts = Facts::new();
        self.add(&root, file, "", &mut facts);
        facts
    }

    fn load(&mut self, file: &Path) -> Value {
        let file = file.canonicalize().unwrap();
        let read = || serde_saphyr::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        self.files.entry(file.clone()).or_insert_with(read).clone()
    }

    /// Follows a chain of references; the file the target stands in comes with it.
    fn resolve(&mut self, schema: &Value, file: &Path) -> (Value, PathBuf) {
        let Some(reference) = schema["$ref"].as_str() else {
            return (schema.clone(), file.to_owned());
        };
        let (name, pointer) = reference.split_once('#').unwrap();
        let target = if name.is_empty() {
            file.to_owned()
        } else {
            file.parent().unwrap().join(name)
        };
        let found = self.load(&target).pointer(pointer).unwrap().clone();
        self.resolve(&found, &target)
    }

    fn add(&mut self, schema: &Value, file: &Path, path: &str, facts: &mut Facts) {
        let (schema, file) = self.resolve(schema, file);
        // The list of itself in the egress maps: twice is deep enough to be listed above.
        if path.matches("cnPcpCcDeiEntries").count() > 1 {
            return;
        }
        if let Some(options) = schema["oneOf"].as_array() {
            note(facts, path, "choice");
            for option in options {
                let (option, at) = self.resolve(option, &file);
                let tag = option["properties"]["mapType"]["enum"][0].as_str().unwrap();
                self.add(&option, &at, &format!("{path}<{tag}>"), facts);
            }
            return;
        }
        let bounds = |low: &str, high: &str| (schema[low].as_f64(), schema[high].as_f64());
        let kind = schema["type"].as_str().unwrap_or("object");
        match kind {
            "string" => {
                let listed = schema["enum"].as_array().into_iter().flatten();
                let values: Vec<String> = listed.map(|value| value.as_str().unwrap().to_owned()).collect();
                let pattern = schema["pattern"].as_str();
                note(
                    facts,
                    path,
                    &text(
                        schema["format"].as_str(),
                        pattern,
                        bounds("minLength", "maxLength"),
                        &values,
                    ),
                );
            }
            "integer" | "number" => note(facts, path, &format!("{kind} {:?}", bounds("minimum", "maximum"))),
            "array" => {
                let (min, max) = bounds("minItems", "maxItems");
                let unique = schema["uniqueItems"].as_bool().unwrap_or(false);
                note(
                    facts,
                    path,
                    &format!("array {:?} unique {unique}", (min.unwrap_or(0.0), max)),
                );
                self.add(&schema["items"], &file, &format!("{path}[]"), facts);
            }
            "object" => {
                note(facts, path, "object");
                self.add_members(&schema, &file, path, facts);
            }
            other => note(facts, path, other),
        }
    }

    /// Properties, own ones and those of `allOf`.
    fn add_members(&mut self, schema: &Value, file: &Path, path: &str, facts: &mut Facts) {
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let (part, at) = self.resolve(part, file);
            self.add_members(&part, &at, path, facts);
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            self.add(property, file, &format!("{path}/{name}"), facts);
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            let path = format!("{path}/{}", name.as_str().unwrap());
            facts.get_mut(&path).unwrap().push_str(" required");
        }
    }
}

// --- both ---

fn note(facts: &mut Facts, path: &str, fact: &str) {
    facts.insert(path.to_owned(), fact.to_owned());
}

/// `\x20` is how our notation writes a blank in a pattern.
fn text(format: Option<&str>, pattern: Option<&str>, bounds: (Option<f64>, Option<f64>), values: &[String]) -> String {
    let pattern = pattern.map(|pattern| pattern.replace("\\x20", " ").replace("\\x7F", "\u{7f}"));
    let mut values = values.to_vec();
    values.sort();
    format!("string {format:?} {pattern:?} {bounds:?} {values:?}")
}
