//! One request and what came back, as it is kept for the report.

use std::sync::Arc;

use serde_json::Value;

use segue_model::describe::{Kind, Operation};

use crate::case::Function;

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// 1, 2, 3... in the order of sending.
    pub number: usize,
    /// Whose API it went to.
    pub function: Function,
    /// The operation, where the path is one of its API.
    pub operation: Option<Arc<Operation>>,
    /// GET, POST, PATCH, DELETE.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// What was sent.
    pub sent: Option<Value>,
    /// HTTP status; 0 when nothing came.
    pub status: u16,
    /// Header names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body as JSON; null where it is empty or no JSON.
    pub body: Value,
    /// The body as it came; the fault of the connection when nothing came.
    pub text: String,
    /// What the answer has against the description of its operation.
    pub faults: Vec<String>,
    /// Members and parameters that the description does not have.
    pub unexpected: Vec<String>,
    /// How long it took.
    pub ms: u64,
}

impl Exchange {
    /// `POST /quote` or, unknown, the whole address.
    pub fn title(&self) -> String {
        let known = self.operation.as_ref().map(|operation| operation.path.clone());
        format!("{} {}", self.method, known.unwrap_or_else(|| self.url.clone()))
    }

    /// What it does, where it is an operation.
    pub fn kind(&self) -> Option<Kind> {
        self.operation.as_ref().map(|operation| operation.kind)
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
