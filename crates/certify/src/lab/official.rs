//! Structure by the official OpenAPI files, in place of our descriptions: for whoever trusts those
//! alone. What an answer has beside a file is not told by it, since its schemas are open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use segue_model::describe::{Api, Operation};

/// Faults of one answer that are told; who has more needs no longer list.
const FAULTS_MAX: usize = 20;

/// Files that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OfficialError {
    /// A folder or file that cannot be read.
    #[error("reading {0}: {1}")]
    Read(PathBuf, std::io::Error),
    /// No file is about an API of the profile.
    #[error("{folder} has no OpenAPI file of {api} v{version}")]
    Missing {
        /// Where was looked.
        folder: PathBuf,
        /// The API.
        api: &'static str,
        /// Its version.
        version: u32,
    },
    /// A schema that does not compile.
    #[error("{api} {operation} {status}: {what}")]
    Schema {
        /// The API.
        api: &'static str,
        /// The operation.
        operation: String,
        /// The answer.
        status: String,
        /// What the compiler says.
        what: String,
    },
}

/// Checks by operationless names: method, path, status.
#[derive(Default)]
pub struct Official(BTreeMap<(&'static str, String, String, u16), Validator>);

impl Official {
    /// Reads what a folder has of these APIs.
    pub fn read(folder: &Path, apis: &[&'static Api]) -> Result<Self, OfficialError> {
        let mut files = Vec::new();
        collect(folder, &mut files)?;
        let mut all = Self::default();
        for api in apis {
            let missing = || OfficialError::Missing {
                folder: folder.to_owned(),
                api: api.name,
                version: api.version,
            };
            let wanted = format!("/{}/v{}/", api.name, api.version);
            let document = files
                .iter()
                .find_map(|text| document(text, &wanted))
                .ok_or_else(missing)?;
            all.add(api, &document)?;
        }
        Ok(all)
    }

    fn add(&mut self, api: &'static Api, document: &Value) -> Result<(), OfficialError> {
        for operation in api.operations() {
            let method = operation.method.to_lowercase();
            let responses = document["paths"][&operation.path][&method]["responses"].as_object();
            for (status, response) in responses.into_iter().flatten() {
                let content = response["content"]
                    .as_object()
                    .and_then(|content| content.values().next());
                let Some(schema) = content.map(|content| &content["schema"]) else {
                    continue;
                };
                let whole = json!({ "allOf": [schema], "components": document["components"] });
                let compiled = jsonschema::options()
                    .with_draft(Draft::Draft7)
                    .should_validate_formats(true)
                    .build(&whole);
                let validator = compiled.map_err(|error| OfficialError::Schema {
                    api: api.name,
                    operation: operation.path.clone(),
                    status: status.clone(),
                    what: error.to_string(),
                })?;
                let key = (
                    api.name,
                    method.clone(),
                    operation.path.clone(),
                    status.parse().unwrap_or_default(),
                );
                self.0.insert(key, validator);
            }
        }
        Ok(())
    }

    /// What a body has against the file; none where the file says nothing of it.
    pub fn faults(&self, operation: &Operation, status: u16, body: &Value) -> Option<Vec<String>> {
        let key = (
            operation.api.name,
            operation.method.to_lowercase(),
            operation.path.clone(),
            status,
        );
        let faults = self.0.get(&key)?.iter_errors(body).take(FAULTS_MAX);
        Some(
            faults
                .map(|fault| format!("{}: {fault}", fault.instance_path()))
                .collect(),
        )
    }
}

fn collect(folder: &Path, files: &mut Vec<String>) -> Result<(), OfficialError> {
    let read = |error| OfficialError::Read(folder.to_owned(), error);
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read)? {
        paths.push(entry.map_err(read)?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml")
        {
            files.push(std::fs::read_to_string(&path).map_err(|error| OfficialError::Read(path.clone(), error))?);
        }
    }
    Ok(())
}

/// The document, where it is the one that serves this path.
fn document(text: &str, wanted: &str) -> Option<Value> {
    // Most files are of other APIs: they are not parsed at all.
    text.contains(wanted.trim_end_matches('/')).then_some(())?;
    let document: Value = serde_saphyr::from_str(text).ok()?;
    let url = document["servers"][0]["url"].as_str()?;
    format!("{}/", url.trim_end_matches('/'))
        .ends_with(wanted)
        .then_some(document)
}
