//! A product in both schemas, ours and the official one, and what they say of a document.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use segue_model::failure::{Problem, ProblemCode};
use segue_model::party::Strictness;
use segue_model::products::import::read;
use segue_model::products::{ACCESS_ELINE_OVC, ENNI, OPERATOR_UNI, Products};
use segue_model::schema::Schemas;
use segue_model::shape::{Kind, Shapes, Type};
use serde_json::{Value, json};

use super::tree::{Node, TAG};
use super::{Official, PRODUCTS, Refusal, refusals, valid};

/// A difference on purpose, and whether a fault is about it.
pub type Quirk = (&'static str, fn(&Problem) -> bool);

/// Where we differ on purpose (docs/quirks.md), by what a fault is about.
pub const QUIRKS: [Quirk; 4] = [
    ("what has no members is no configuration", |problem| {
        problem.property_path.is_empty() || problem.property_path == "/@type"
    }),
    ("mapType is required", |problem| {
        problem.code == ProblemCode::MissingProperty && problem.property_path.ends_with(TAG)
    }),
    ("entries of a CN_PCP_CC_DEI map are entries, not maps", |problem| {
        problem.property_path.contains(OWN_ENTRIES)
    }),
    ("the group availability metric is known", |problem| {
        let ours = [
            "/setOfOrderedPairs",
            "/minimumNumberOfSetsAvailableK",
            "/oneWayGroupAvailabilityObjective",
        ];
        ours.iter().any(|name| problem.property_path.contains(name))
    }),
];

/// The list that the official file makes a list of itself.
const OWN_ENTRIES: &str = "/cnPcpCcDeiEntries/";

/// A product in both schemas.
pub struct Both {
    /// The official tree.
    pub tree: Node,
    official: Validator,
    ours: Ours,
    /// Every list of values of ours.
    lists: Vec<Vec<String>>,
    /// The shape of ours, or the URN of an imported product.
    pub name: String,
    /// Documents judged so far.
    pub documents: usize,
    /// Quirks met, with how often.
    pub quirks: BTreeMap<&'static str, usize>,
    /// Documents judged differently for no reason that is listed.
    pub disagreements: Vec<String>,
}

/// Read once for all tests.
static OFFICIAL: OnceLock<Option<Official>> = OnceLock::new();

/// What stands against the official schema as it is published.
enum Ours {
    /// A shape.
    Shape(Schemas),
    /// The same official file, imported.
    Imported(Products),
}

/// What both said.
pub struct Verdicts {
    /// The official schema; empty means accepted.
    pub official: Vec<Refusal>,
    /// Ours, apart from members it does not know.
    pub ours: Vec<Problem>,
    /// Members ours does not know.
    pub unexpected: Vec<Problem>,
}

impl Both {
    /// Every product, with our shapes in `texts`; none where the SDK is not.
    pub fn all(texts: &[&str]) -> Vec<Self> {
        let Some(official) = OFFICIAL.get_or_init(Official::of_grace) else {
            return Vec::new();
        };
        let shapes = Shapes::parse(texts).unwrap();
        let both = PRODUCTS.iter().map(|(shape, file)| {
            let ours = Ours::Shape(Schemas::new(&shapes));
            Self::new(official, (&Official::file(file), shape), (ours, lists(&shapes)))
        });
        both.collect()
    }

    /// Every product of which we have no schema of our own, imported.
    pub fn imported() -> Vec<Self> {
        let Some(official) = OFFICIAL.get_or_init(Official::of_grace) else {
            return Vec::new();
        };
        let reading = read(&official.texts);
        assert!(reading.mistakes.is_empty(), "{:?}", reading.mistakes);
        let mut found = Vec::new();
        let products = Products::builtin().extended(reading.products).unwrap();
        let imported = products.all().filter_map(|product| products.definition(&product.urn));
        for definition in imported {
            let ours = Ours::Imported(products.clone());
            let names = (definition.source.as_str(), definition.product.urn.as_str());
            found.push(Self::new(official, names, (ours, Vec::new())));
        }
        found
    }

    /// A configuration as our importer makes one; of our own products the least.
    pub fn sample(&self) -> Value {
        match &self.ours {
            Ours::Shape(_) => self.least(),
            Ours::Imported(products) => products.sample(&self.name).unwrap(),
        }
    }

    fn new(official: &Official, (file, name): (&str, &str), (ours, lists): (Ours, Vec<Vec<String>>)) -> Self {
        Self {
            // Internet Access tells branches apart by what is required, which no tree here can hold.
            tree: if file.starts_with("carrierEthernet") {
                Node::of(official, file)
            } else {
                Node::default()
            },
            official: official.validator(file),
            ours,
            lists,
            name: name.to_owned(),
            documents: 0,
            quirks: BTreeMap::new(),
            disagreements: Vec::new(),
        }
    }

    /// Whether our shapes are what is compared.
    pub fn is_ours(&self) -> bool {
        matches!(self.ours, Ours::Shape(_))
    }

    /// A configuration of this product with the least in it.
    pub fn least(&self) -> Value {
        self.typed(valid::sparse(&self.tree))
    }

    /// The value with its `@type`, which the official schemas leave to the envelope.
    pub fn typed(&self, mut document: Value) -> Value {
        let urn = match self.name.as_str() {
            "AccessElineOvc" => ACCESS_ELINE_OVC,
            "OperatorUni" => OPERATOR_UNI,
            "Enni" => ENNI,
            imported => imported,
        };
        if let Some(members) = document.as_object_mut() {
            members.insert("@type".to_owned(), json!(urn));
        }
        document
    }

    /// Values of ours that are not among those of `node`, out of lists that share some with it:
    /// so that one too many is noticed.
    pub fn values_too_many(&self, node: &Node) -> Vec<Value> {
        let official = node.values();
        let is_official = |value: &&String| official.iter().any(|known| known == value.as_str());
        let shared = self
            .lists
            .iter()
            .filter(|list| list.iter().any(|value| is_official(&value)));
        let more = shared.flatten().filter(|value| !is_official(value));
        more.map(|value| json!(value)).collect()
    }

    /// Has both judge a document, and notes where they disagree.
    pub fn judge(&mut self, document: &Value) -> Verdicts {
        let official = refusals(&self.official, document);
        let (faults, unexpected) = self.read(document);
        self.documents += 1;
        if official.is_empty() != faults.is_empty() {
            let quirk = if official.is_empty() {
                explained(&faults)
            } else {
                // Ours takes entries that the official file would have as maps.
                let same = without_own_entries(document.clone());
                refusals(&self.official, &same).is_empty().then_some(QUIRKS[2].0)
            };
            match quirk {
                Some(name) => *self.quirks.entry(name).or_default() += 1,
                None => self
                    .disagreements
                    .push(format!("{document}\n  official: {official:?}\n  ours: {:?}", faults)),
            }
        }
        Verdicts {
            official,
            ours: faults,
            unexpected,
        }
    }

    /// Our faults, and the members ours does not know.
    fn read(&self, document: &Value) -> (Vec<Problem>, Vec<Problem>) {
        match &self.ours {
            Ours::Shape(schemas) => {
                let read = schemas.read(&self.name, document);
                (read.faults, read.unexpected)
            }
            Ours::Imported(products) => {
                let (faults, warnings) = products.check(document, "", Strictness::Warn);
                if warnings.is_empty() {
                    return (faults, Vec::new());
                }
                let (mut all, _) = products.check(document, "", Strictness::Refuse);
                all.retain(|problem| problem.code == ProblemCode::UnexpectedProperty);
                (faults, all)
            }
        }
    }
}

/// The values of all enumerations.
fn lists(shapes: &Shapes) -> Vec<Vec<String>> {
    let mut lists = Vec::new();
    for name in shapes.names() {
        match &shapes.get(name).unwrap().kind {
            Kind::Enum(values) => lists.push(values.clone()),
            Kind::Object(_) => {
                let texts = shapes
                    .properties(name)
                    .into_iter()
                    .filter_map(|property| match property.kind {
                        Type::Text(text) => Some(text.values),
                        _ => None,
                    });
                lists.extend(texts);
            }
            Kind::Choice(_) | Kind::Alias(_) => {}
        }
    }
    lists
}

/// The quirk behind the first of our faults, if there is one behind each.
fn explained(faults: &[Problem]) -> Option<&'static str> {
    let quirk = |fault: &Problem| QUIRKS.iter().find(|(_, meant)| meant(fault)).map(|(name, _)| *name);
    let named: Vec<&str> = faults.iter().map(quirk).collect::<Option<_>>()?;
    named.first().copied()
}

/// The document with entries that both readings of the list take.
fn without_own_entries(mut document: Value) -> Value {
    match &mut document {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                *value = match value.as_array() {
                    Some(entries) if OWN_ENTRIES.contains(name.as_str()) => (0..entries.len())
                        .map(|n| json!({ "cosName": n.to_string() }))
                        .collect(),
                    _ => without_own_entries(value.take()),
                };
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|e| *e = without_own_entries(e.take())),
        _ => {}
    }
    document
}

/// The document with `value` at `at`.
pub fn with(document: &Value, at: &str, value: Value) -> Value {
    let mut document = document.clone();
    let Some((parent, name)) = at.rsplit_once('/') else {
        return value;
    };
    match document.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(elements) => elements[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other} has no {name}"),
    }
    document
}
