//! The official product schemas of Grace: read from their files, repaired where no validator
//! takes them as they are, and unfolded into one tree for each product.

pub mod both;
pub mod broken;
pub mod random;
pub mod tree;
pub mod valid;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jsonschema::{Draft, Registry, ValidationError, Validator};
use serde_json::{Value, json};

use crate::sdk;

/// The three products we have schemas of our own for: our shape, the official file.
pub const PRODUCTS: [(&str, &str); 3] = [
    ("AccessElineOvc", "accessEline/accessElineOvc.yaml"),
    (
        "OperatorUni",
        "carrierEthernetOperatorUni/carrierEthernetOperatorUni.yaml",
    ),
    ("Enni", "carrierEthernetEnniSpSo/inventory/carrierEthernetEnniSpSo.yaml"),
];

/// Where the files are thought to stand: a URN, as the files have, cannot carry references.
const BASE: &str = "lso:///";

/// Keywords that say nothing about a document.
const VALUES: [&str; 4] = ["enum", "const", "default", "examples"];

/// The files, by their path below `productSchema`.
pub struct Official {
    files: BTreeMap<String, Value>,
    /// As they are published.
    pub texts: BTreeMap<String, String>,
}

impl Official {
    /// Reads all files; none where the SDK is not.
    pub fn of_grace() -> Option<Self> {
        let folder = sdk::folder()?.join("grace/productSchema");
        let mut paths = Vec::new();
        list(&folder, &mut paths);
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
            (name, text)
        };
        let texts: BTreeMap<String, String> = paths.into_iter().map(read).collect();
        let parse = |(name, text): (&String, &String)| {
            let mut file: Value = serde_saphyr::from_str(text).unwrap();
            repair(&mut file);
            (name.clone(), file)
        };
        let files = texts.iter().map(parse).collect();
        Some(Self { files, texts })
    }

    /// The name of a product's file, as [`Official::schema`] takes it.
    pub fn file(product: &str) -> String {
        format!("carrierEthernet/operatorEthernet/{product}")
    }

    /// The schema at `pointer` in `file`.
    pub fn schema(&self, file: &str, pointer: &str) -> &Value {
        self.files[file].pointer(pointer).unwrap()
    }

    /// Where a reference found in `file` leads.
    pub fn target(&self, reference: &str, file: &str) -> (String, String) {
        let (name, pointer) = reference.split_once('#').unwrap();
        if name.is_empty() {
            return (file.to_owned(), pointer.to_owned());
        }
        let mut steps: Vec<&str> = file.split('/').collect();
        steps.pop();
        for step in name.split('/') {
            match step {
                ".." => drop(steps.pop()),
                step => steps.push(step),
            }
        }
        (steps.join("/"), pointer.to_owned())
    }

    /// What checks a document against `file`, without any way to the outside.
    pub fn validator(&self, file: &str) -> Validator {
        let named = self.files.iter().map(|(name, file)| (format!("{BASE}{name}"), file));
        let mut registry = Registry::new().draft(Draft::Draft7);
        for (name, file) in named {
            registry = registry.add(name, file).unwrap();
        }
        let registry = registry.prepare().unwrap();
        let options = jsonschema::options()
            .with_draft(Draft::Draft7)
            .with_registry(&registry)
            .with_base_uri(format!("{BASE}start"))
            .should_validate_formats(true)
            .offline();
        options.build(&json!({ "$ref": format!("{BASE}{file}") })).unwrap()
    }
}

/// A keyword that refused something, by where it stands in its file, and where in the document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// `FILE#POINTER`, the keyword last.
    pub keyword: String,
    /// JSON Pointer into the document.
    pub at: String,
}

/// What `validator` has against a document, the branches of a choice included.
pub fn refusals(validator: &Validator, document: &Value) -> Vec<Refusal> {
    let mut found = Vec::new();
    for error in validator.iter_errors(document) {
        add_refusals(&error, &mut found);
    }
    found
}

fn add_refusals(error: &ValidationError<'_>, found: &mut Vec<Refusal>) {
    use jsonschema::error::ValidationErrorKind::{OneOfMultipleValid, OneOfNotValid, Required};
    let place = error.absolute_keyword_location().map(|uri| uri.as_str().to_owned());
    let place = place.unwrap_or_default();
    let mut keyword = place.strip_prefix(BASE).unwrap_or(&place).to_owned();
    if let Required { property } = error.kind() {
        keyword = format!("{keyword}/{}", property.as_str().unwrap());
    }
    let at = error.instance_path().as_str().to_owned();
    found.push(Refusal { keyword, at });
    if let OneOfNotValid { context } | OneOfMultipleValid { context } = error.kind() {
        for error in context.iter().flatten() {
            add_refusals(error, found);
        }
    }
}

/// All files below `folder`.
fn list(folder: &Path, paths: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            list(&path, paths);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            paths.push(path);
        }
    }
}

/// What products.md 4.2 repairs: keywords without a value go, and so does the URN of the file.
fn repair(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.retain(|name, value| !value.is_null() && name != "$id");
            let below = members.iter_mut().filter(|(name, _)| !VALUES.contains(&name.as_str()));
            below.for_each(|(_, value)| repair(value));
        }
        Value::Array(elements) => elements.iter_mut().for_each(repair),
        _ => {}
    }
}
