//! One request and what came back, as it is kept for the report. It is told from the tester's side:
//! `sent` is what the tester said, `body` what came to it. Of a Seller that is the answer, of a Buyer
//! the request.

use std::sync::Arc;

use serde_json::Value;

use segue_model::describe::{Kind, Operation};

use crate::case::Function;

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// 1, 2, 3... in the order of requests.
    pub number: usize,
    /// Whose API it went to.
    pub function: Function,
    /// The operation, where the path is one of its API.
    pub operation: Option<Arc<Operation>>,
    /// GET, POST, PATCH, DELETE.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// What the tester sent.
    pub sent: Option<Value>,
    /// HTTP status of the answer; 0 when nothing came.
    pub status: u16,
    /// Headers that came: names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body that came, as JSON; null where it is empty or no JSON.
    pub body: Value,
    /// The body as it came; the fault of the connection when nothing came.
    pub text: String,
    /// What the body has against the description of its operation.
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

    /// Whether its path ends with this id.
    pub fn is_on(&self, id: &str) -> bool {
        let path = self.url.split('?').next().unwrap_or_default();
        path.rsplit('/').next().map(decoded).as_deref() == Some(id)
    }

    /// A parameter of its query, decoded.
    pub fn param(&self, name: &str) -> Option<String> {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
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

/// A step of a path without its percent signs: two ways to write an id are one id.
pub fn decoded(step: &str) -> String {
    let pair = format!("x={}", step.replace('+', "%2B").replace('&', "%26"));
    let value = url::form_urlencoded::parse(pair.as_bytes()).next();
    value.map_or_else(|| step.to_owned(), |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn an_id_is_the_same_however_it_is_written_in_a_path() {
        for written in ["a-1+b&c", "a%2D1%2Bb%26c"] {
            assert_eq!(decoded(written), "a-1+b&c");
        }
    }
}
