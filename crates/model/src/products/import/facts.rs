//! `product.toml`: what a schema does not tell about a product.

use serde::Deserialize;
use serde_json::Value;

use super::files::{Files, joined};
use super::{FACTS_FILE, Reading, name_of};
use crate::products::kind::{self, ProductType, Relation};

/// The facts of one product.
pub(super) struct Facts {
    /// The product.
    pub urn: String,
    /// Path of its schema, where it is named.
    pub schema: Option<String>,
    /// Path of a configuration to start from.
    pub sample: Option<String>,
    /// The file these facts stand in.
    pub file: String,
    sheet: Sheet,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    product: Vec<Sheet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sheet {
    urn: String,
    name: Option<String>,
    schema: Option<String>,
    sample: Option<String>,
    orderable: Option<bool>,
    /// Role of the place.
    place: Option<String>,
    #[serde(default)]
    fixed: Vec<String>,
    rate: Option<String>,
    #[serde(default)]
    relation: Vec<RelationSheet>,
    /// As `Rule::read` takes them.
    #[serde(default)]
    rule: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelationSheet {
    #[serde(rename = "type")]
    kind: Kinds,
    target: String,
    #[serde(default)]
    candidates: bool,
}

/// One name, or several that mean the same.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kinds {
    One(String),
    Several(Vec<String>),
}

/// All facts in all the files that hold some.
pub(super) fn read(files: &Files<'_>, reading: &mut Reading) -> Vec<Facts> {
    let mut facts: Vec<Facts> = Vec::new();
    for (path, text) in files.named(FACTS_FILE) {
        let whole: Whole = match toml::from_str(text) {
            Ok(whole) => whole,
            Err(error) => {
                reading.mistake(path, error.to_string().trim_end().to_owned());
                continue;
            }
        };
        for sheet in whole.product {
            if facts.iter().any(|known| known.urn == sheet.urn) {
                reading.mistake(path, format!("{} stands here twice.", sheet.urn));
                continue;
            }
            let beside = |name: &Option<String>| name.as_deref().and_then(|name| joined(path, name));
            facts.push(Facts {
                urn: sheet.urn.clone(),
                schema: beside(&sheet.schema),
                sample: beside(&sheet.sample),
                file: path.to_owned(),
                sheet,
            });
        }
    }
    facts
}

impl Facts {
    pub fn rules(&self) -> Vec<Value> {
        self.sheet.rule.clone()
    }

    pub fn product(&self) -> ProductType {
        let Sheet {
            urn,
            name,
            orderable,
            place,
            fixed,
            rate,
            relation,
            ..
        } = &self.sheet;
        let plain = kind::plain(urn, &name.clone().unwrap_or_else(|| name_of(urn)));
        ProductType {
            orderable: orderable.unwrap_or(plain.orderable),
            place_role: place.clone(),
            fixed: fixed.clone(),
            rate: rate.clone(),
            relations: relation.iter().map(RelationSheet::relation).collect(),
            ..plain
        }
    }
}

impl RelationSheet {
    fn relation(&self) -> Relation {
        Relation {
            types: match &self.kind {
                Kinds::One(name) => vec![name.clone()],
                Kinds::Several(names) => names.clone(),
            },
            target: self.target.clone(),
            candidates: self.candidates,
        }
    }
}
