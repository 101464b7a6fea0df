//! The files of an import: parsed once, found by their paths.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

/// Parsed when first asked for; official folders hold many files that are no schemas.
pub(super) struct Files<'a> {
    texts: &'a BTreeMap<String, String>,
    parsed: RefCell<BTreeMap<String, Result<Rc<Value>, String>>>,
}

impl<'a> Files<'a> {
    pub fn new(texts: &'a BTreeMap<String, String>) -> Self {
        Self {
            texts,
            parsed: RefCell::default(),
        }
    }

    /// Files called `name`, in whatever folder.
    pub fn named(&self, name: &str) -> Vec<(&'a str, &'a str)> {
        let all = self.texts.iter();
        let called = all.filter(|(path, _)| path.rsplit('/').next() == Some(name));
        called.map(|(path, text)| (path.as_str(), text.as_str())).collect()
    }

    /// Schemas that may have the URN of a product: the word is in their text.
    pub fn with_ids(&self) -> Vec<&'a str> {
        let all = self.texts.iter();
        let found = all.filter(|(path, text)| is_schema(path) && text.contains("$id"));
        found.map(|(path, _)| path.as_str()).collect()
    }

    /// The value in a file, or one sentence that says why there is none. The parser bounds depth
    /// and aliases, so that a small file cannot become a big value.
    pub fn parsed(&self, path: &str) -> Result<Rc<Value>, String> {
        if let Some(known) = self.parsed.borrow().get(path) {
            return known.clone();
        }
        let read = match self.texts.get(path) {
            Some(text) => parse(path, text).map(Rc::new),
            None => Err("There is no such file.".to_owned()),
        };
        self.parsed.borrow_mut().insert(path.to_owned(), read.clone());
        read
    }

    /// The path that `reference` in the file `from` leads to; the second says whether it had to
    /// be looked for by its name alone.
    pub fn locate(&self, from: &str, reference: &str) -> Result<(String, bool), String> {
        if let Some(path) = joined(from, reference).filter(|path| self.texts.contains_key(path)) {
            return Ok((path, false));
        }
        let name = reference.rsplit('/').next().unwrap_or(reference);
        let called = match self.named(name) {
            none if none.is_empty() => self.named(&format!("{name}.yaml")),
            found => found,
        };
        match called.as_slice() {
            [] => Err(format!("{reference} is not among the files.")),
            [(path, _)] => Ok(((*path).to_owned(), true)),
            several => Err(format!(
                "{reference} is not there, and {} files have its name.",
                several.len()
            )),
        }
    }
}

fn is_schema(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end))
}

fn parse(path: &str, text: &str) -> Result<Value, String> {
    if path.ends_with(".json") {
        return serde_json::from_str(text).map_err(|error| format!("It is not JSON: {error}."));
    }
    serde_saphyr::from_str(text).map_err(|error| {
        let said = error.to_string();
        format!(
            "It is not YAML: {}.",
            said.lines().next().unwrap_or_default().trim_end_matches('.')
        )
    })
}

/// `reference` seen from the folder of `from`; none when it climbs out of the files.
pub(super) fn joined(from: &str, reference: &str) -> Option<String> {
    let mut steps: Vec<&str> = from.split('/').collect();
    steps.pop();
    for step in reference.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()?),
            name => steps.push(name),
        }
    }
    Some(steps.join("/"))
}
