//! Reads products from files: JSON Schema in YAML or JSON, a `product.toml` beside it or not.
//!
//! Pure: it gets the files, and gives products, what it repaired in them, and what is wrong. The
//! official files need repairs (a URN as `$id` beside relative references, keywords without a
//! value, references into folders that are not there); each one is told. Nothing is fetched: a
//! reference leads to one of the files, or is a mistake.

mod bundle;
mod facts;
mod family;
mod files;
mod in_place;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Definition;
use super::Products;
use super::imported::Imported;
use super::kind::{self, ProductType};
use super::rule::Rule;
use crate::party::Strictness;

use facts::Facts;
use files::Files;

/// Facts about products that no schema tells.
pub const FACTS_FILE: &str = "product.toml";
/// Products of one import: an SDK release has twenty to forty.
const PRODUCTS_MAX: usize = 500;

/// Something about one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// Which file.
    pub file: String,
    /// One sentence.
    pub what: String,
}

/// What was found in some files.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reading {
    /// Products that can be used.
    pub products: Vec<Definition>,
    /// What was set right.
    pub repairs: BTreeSet<Note>,
    /// What could not be.
    pub mistakes: BTreeSet<Note>,
}

impl Reading {
    fn mistake(&mut self, file: &str, what: impl Into<String>) {
        let (file, what) = (file.to_owned(), what.into());
        self.mistakes.insert(Note { file, what });
    }
}

/// Reads `files`: path (with `/`, relative to one folder) to text.
pub fn read(files: &BTreeMap<String, String>) -> Reading {
    let files = Files::new(files);
    let mut reading = Reading::default();
    let facts = facts::read(&files, &mut reading);
    let mut roots = roots(&files, &facts, &mut reading);
    if roots.len() > PRODUCTS_MAX {
        let reason = format!("Here are {} products; {PRODUCTS_MAX} are read at once.", roots.len());
        reading.mistake("", reason);
        roots.clear();
    }
    if roots.is_empty() && reading.mistakes.is_empty() {
        reading.mistake(
            "",
            "No file has a schema with the URN of a product in `$id`, or a product.toml that names one.",
        );
    }
    for (urn, path) in roots {
        let Some(schema) = bundle::bundle(&files, &path, &mut reading) else {
            continue;
        };
        let facts = facts.iter().find(|facts| facts.urn == urn);
        if let Some(definition) = define((&urn, &path), schema, (facts, &files), &mut reading) {
            reading.products.push(definition);
        }
    }
    reading
}

/// URN and file of each product, in the order of the URNs.
fn roots(files: &Files<'_>, facts: &[Facts], reading: &mut Reading) -> BTreeMap<String, String> {
    let mut roots: BTreeMap<String, String> = BTreeMap::new();
    for path in files.with_ids() {
        let value = match files.parsed(path) {
            Ok(value) => value,
            Err(reason) => {
                reading.mistake(path, reason);
                continue;
            }
        };
        let Some(urn) = value
            .get("$id")
            .and_then(Value::as_str)
            .filter(|id| id.starts_with("urn:"))
        else {
            continue;
        };
        if let Some(other) = roots.insert(urn.to_owned(), path.to_owned()) {
            reading.mistake(path, format!("{other} has the URN {urn} too."));
        }
    }
    for fact in facts {
        match (&fact.schema, roots.get(&fact.urn)) {
            (Some(path), known) if known.is_none_or(|known| known == path) => {
                roots.insert(fact.urn.clone(), path.clone());
            }
            (Some(path), _) => reading.mistake(
                &fact.file,
                format!("The URN {} belongs to another file than {path}.", fact.urn),
            ),
            (None, Some(_)) => {}
            (None, None) => reading.mistake(&fact.file, format!("No schema here has the URN {} in `$id`.", fact.urn)),
        }
    }
    roots
}

fn define(
    (urn, path): (&str, &str),
    schema: Value,
    (facts, files): (Option<&Facts>, &Files<'_>),
    reading: &mut Reading,
) -> Option<Definition> {
    if !crate::book::offering::is_product_urn(urn) {
        reading.mistake(
            path,
            format!("{urn:?} is not the form of a product; write urn:AUTHORITY:...:NAME:v1.0.0:all."),
        );
        return None;
    }
    let product = match facts {
        Some(facts) => facts.product(),
        None => family::of(urn).unwrap_or_else(|| kind::plain(urn, &name_of(urn))),
    };
    let sample = match facts.and_then(|facts| facts.sample.as_deref().map(|sample| (facts, sample))) {
        Some((facts, sample)) => Some(read_sample(files, facts, sample, reading)?),
        None => None,
    };
    let mut definition = Definition {
        product,
        schema,
        rules: facts.map_or_else(Vec::new, Facts::rules),
        sample,
        source: path.to_owned(),
    };
    if facts.is_none() {
        // A family spells its attributes differently from release to release.
        let fixed = std::mem::take(&mut definition.product.fixed);
        definition.product.fixed = fixed
            .into_iter()
            .filter(|name| knows(&definition, &crate::pointer::join("", name)))
            .collect();
    }
    if let Err(reason) = Imported::new(definition.clone()) {
        reading.mistake(path, format!("Its schema cannot be used: {reason}."));
        return None;
    }
    let file = facts.map_or(path, |facts| facts.file.as_str());
    let wrong = wrong_facts(&definition);
    for what in &wrong {
        reading.mistake(file, what.clone());
    }
    wrong.is_empty().then_some(definition)
}

fn read_sample(files: &Files<'_>, facts: &Facts, sample: &str, reading: &mut Reading) -> Option<Value> {
    match files.parsed(sample) {
        Ok(value) => Some(value.as_ref().clone()),
        Err(reason) => {
            reading.mistake(&facts.file, format!("The sample {sample} cannot be read: {reason}"));
            None
        }
    }
}

/// What is said about a product that its schema contradicts.
fn wrong_facts(definition: &Definition) -> Vec<String> {
    let mut wrong = Vec::new();
    let ProductType { fixed, rate, urn, .. } = &definition.product;
    for name in fixed {
        if !knows(definition, &crate::pointer::join("", name)) {
            wrong.push(format!("`fixed` names {name}, which its schema does not have."));
        }
    }
    if let Some(rate) = rate.as_deref().filter(|rate| !knows(definition, rate)) {
        wrong.push(format!("`rate` points to {rate}, which its schema does not have."));
    }
    for (index, rule) in definition.rules.iter().enumerate() {
        let mistakes = Rule::read(rule).err().unwrap_or_default();
        wrong.extend(
            mistakes
                .iter()
                .map(|mistake| format!("Rule {}: {} {}", index + 1, mistake.property_path, mistake.reason)),
        );
    }
    if !wrong.is_empty() {
        return wrong;
    }
    if let Some(sample) = &definition.sample {
        let products = Products::builtin().extended(vec![definition.clone()]);
        let problems = products.map_or_else(
            |_| Vec::new(),
            |products| products.check(sample, "", Strictness::Refuse).0,
        );
        for problem in problems {
            wrong.push(format!(
                "The sample does not pass: {} {}",
                problem.property_path, problem.reason
            ));
        }
        if sample.get("@type").and_then(Value::as_str) != Some(urn) {
            wrong.push(format!("The sample is not one of {urn}."));
        }
    }
    wrong
}

/// Whether the schema has an attribute at `pointer`.
fn knows(definition: &Definition, pointer: &str) -> bool {
    let mut value = Value::Null;
    for step in pointer.split('/').skip(1).collect::<Vec<_>>().into_iter().rev() {
        let name = step.replace("~1", "/").replace("~0", "~");
        value = serde_json::json!({ name: value });
    }
    pointer.starts_with('/') && super::unknown::find(&definition.schema, &value).is_empty()
}

/// `dark-fibre` of `urn:example:product:dark-fibre:v1.0.0:all`.
fn name_of(urn: &str) -> String {
    urn.rsplit(':').nth(2).unwrap_or(urn).to_owned()
}
