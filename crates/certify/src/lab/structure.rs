//! What an answer has against the description of its operation: status, body, headers. The
//! description is that of the API version of the profile, whatever the Seller thinks it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use segue_model::describe::{Api, Operation, Place};
use segue_model::schema::Schemas;

use super::official::{Official, OfficialError};
use crate::case::Function;

/// Descriptions and checks of the APIs of a profile.
pub struct Structure {
    apis: BTreeMap<Function, (&'static Api, Vec<Arc<Operation>>, Schemas)>,
    listeners: BTreeMap<Function, (&'static Api, Schemas)>,
    official: Option<Official>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Against what the description has.
    pub faults: Vec<String>,
    /// Beside what the description has.
    pub unexpected: Vec<String>,
}

impl Structure {
    /// The checks that these versions need.
    pub fn of(versions: &BTreeMap<String, u32>) -> Self {
        let (mut apis, mut listeners) = (BTreeMap::new(), BTreeMap::new());
        for function in Function::ALL {
            let version = function.api().and_then(|name| Some((name, versions.get(name)?)));
            let api = version.and_then(|(name, version)| segue_model::api::find_served(name, *version));
            let Some(api) = api else { continue };
            let operations = api.operations().into_iter().map(Arc::new).collect();
            apis.insert(function, (api, operations, Schemas::new(api.parsed())));
            if let Some(events) = api.notification() {
                listeners.insert(function, (events, Schemas::new(events.parsed())));
            }
        }
        Self {
            apis,
            listeners,
            official: None,
        }
    }

    /// Judges answers by the official files of a folder from now on.
    pub fn by_files(&mut self, folder: &std::path::Path) -> Result<(), OfficialError> {
        let apis: Vec<&'static Api> = self.apis.values().map(|(api, ..)| *api).collect();
        self.official = Some(Official::read(folder, &apis)?);
        Ok(())
    }

    /// The path before an operation's: `/mefApi/sonata/quoteManagement/v10`.
    pub fn base(&self, function: Function) -> Option<String> {
        self.apis.get(&function).map(|(api, ..)| api.base_path())
    }

    /// The operation of a method and a path without query.
    pub fn operation(&self, function: Function, method: &str, path: &str) -> Option<Arc<Operation>> {
        let (_, operations, _) = self.apis.get(&function)?;
        let is_it = |operation: &&Arc<Operation>| operation.method == method && fits(&operation.path, path);
        operations.iter().find(is_it).cloned()
    }

    /// The operation of an operationId.
    pub fn by_id(&self, function: Function, id: &str) -> Option<Arc<Operation>> {
        let (_, operations, _) = self.apis.get(&function)?;
        operations.iter().find(|operation| operation.id == id).cloned()
    }

    /// Looks at an answer.
    pub fn check(&self, function: Function, operation: &Operation, (status, text, body): (u16, &str, &Value)) -> Found {
        let mut found = Found::default();
        let Some((.., schemas)) = self.apis.get(&function) else {
            return found;
        };
        let declared = operation.statuses.answers.contains(&status) || operation.statuses.errors.contains(&status);
        if !declared {
            // Other statuses are allowed as far as HTTP has them; their body is not described.
            return found;
        }
        if !operation.statuses.answers.contains(&status) {
            let shape = format!("Error{status}");
            read(schemas, (&shape, status == 422), body, &mut found);
        } else if let Some(answer) = operation.answer {
            read(schemas, (answer.shape, answer.list), body, &mut found);
        } else if !text.is_empty() {
            found
                .faults
                .push(format!("HTTP {status} has an empty body, not {text}"));
        }
        let by_file = self.official.as_ref();
        if let Some(faults) = by_file.and_then(|files| files.faults(operation, status, body)) {
            found.faults = faults;
        }
        found
    }

    /// Looks at a request: its body, and its query by the parameters of the operation.
    pub fn check_request(
        &self,
        function: Function,
        operation: &Operation,
        (text, body): (&[u8], &Value),
        query: &[(String, String)],
    ) -> Found {
        let mut found = Found::default();
        let Some((.., schemas)) = self.apis.get(&function) else {
            return found;
        };
        match operation.request {
            Some(shape) => read(schemas, (shape, false), body, &mut found),
            None if text.is_empty() => {}
            None => found.unexpected.push("a body, where the operation has none".to_owned()),
        }
        let is_declared = |name: &str| {
            let mut declared = operation.parameters.iter();
            declared.any(|parameter| parameter.place == Place::Query && parameter.name == name)
        };
        let unknown = query.iter().filter(|(name, _)| !is_declared(name));
        found
            .unexpected
            .extend(unknown.map(|(name, _)| format!("the query parameter {name}")));
        found
    }

    /// The event types of a function.
    pub fn events(&self, function: Function) -> Vec<&'static str> {
        let listeners = self.listeners.get(&function).map(|(api, _)| api.listeners);
        listeners.into_iter().flatten().map(|listener| listener.event).collect()
    }

    /// Where the events of a function go, after the callback.
    pub fn event_base(&self, function: Function) -> Option<String> {
        self.listeners.get(&function).map(|(api, _)| api.base_path())
    }

    /// Looks at an event.
    pub fn check_event(&self, function: Function, event: &str, body: &Value) -> Found {
        let mut found = Found::default();
        let Some((api, schemas)) = self.listeners.get(&function) else {
            return found;
        };
        match api.listener(event) {
            Some(listener) => read(schemas, (listener.shape, false), body, &mut found),
            None => found.unexpected.push(format!("{event} is no event of this API")),
        }
        found
    }
}

fn read(schemas: &Schemas, (shape, is_list): (&str, bool), body: &Value, found: &mut Found) {
    let mut one = |at: String, value: &Value| {
        let reading = schemas.read(shape, value);
        let told = |path: &str, reason: &str| format!("{at}{path}: {reason}");
        found
            .faults
            .extend(reading.faults.iter().map(|p| told(&p.property_path, &p.reason)));
        found
            .unexpected
            .extend(reading.unexpected.iter().map(|p| told(&p.property_path, &p.reason)));
    };
    match (is_list, body) {
        (false, value) => one(String::new(), value),
        (true, Value::Array(list)) => {
            for (index, value) in list.iter().enumerate() {
                one(format!("/{index}"), value);
            }
        }
        (true, _) => found.faults.push("the body is no list".to_owned()),
    }
}

/// Whether a path is one of a template: `/quote/{id}`.
fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut steps) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), steps.next()) {
            (None, None) => return true,
            (Some(wanted), Some(step)) if wanted == step || (wanted == "{id}" && !step.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_path_is_one_of_a_template_step_by_step() {
        assert!(fits("/quote/{id}", "/quote/17"));
        assert!(!fits("/quote/{id}", "/quote/"));
        assert!(!fits("/quote", "/quote/17"));
    }
}
