//! `Idempotency-Key`: the same key and body get the same answer, whatever happened in between.
//!
//! The standard has no such header; ours is optional and follows the IETF draft. The answer is
//! stored in the commit of the effect, so only answers that changed something are kept.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use http::HeaderMap;
use segue_model::failure::{BadRequest, Failure};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The header, and its synonym in the appendix of the security profile.
const NAMES: [&str; 2] = ["idempotency-key", "x-idempotency-key"];

/// The longest key read: that of the services most clients were written against.
const KEY_MAX: usize = 255;

/// The key of a request, if it has one. Quoted and bare forms are the same key.
pub fn key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut found: Option<String> = None;
    for value in NAMES.iter().flat_map(|name| headers.get_all(*name)) {
        let text = value.to_str().map_err(|_| refused())?.trim();
        let bare = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(text);
        let visible = bare.bytes().all(|byte| byte.is_ascii_graphic());
        if bare.is_empty() || bare.len() > KEY_MAX || !visible {
            return Err(refused());
        }
        if found.as_deref().is_some_and(|other| other != bare) {
            return Err(refused());
        }
        found = Some(bare.to_owned());
    }
    Ok(found)
}

fn refused() -> Failure {
    Failure::BadRequest(
        BadRequest::InvalidQuery,
        format!("Idempotency-Key must be one value of 1 to {KEY_MAX} visible ASCII characters."),
    )
}

/// SHA-256 in hex over path, query and parsed body; the order of members and white space do not
/// count.
pub fn digest(path_and_query: &str, body: &Value) -> String {
    let mut hash = Sha256::new();
    hash.update(path_and_query.as_bytes());
    hash.update([0]);
    feed(&mut hash, body);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Feeds a value in a form that does not depend on member order.
fn feed(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(object) => {
            let mut names: Vec<&String> = object.keys().collect();
            names.sort();
            hash.update([b'{']);
            for name in names {
                hash.update(Value::from(name.as_str()).to_string().as_bytes());
                feed(hash, &object[name.as_str()]);
            }
            hash.update([b'}']);
        }
        Value::Array(items) => {
            hash.update([b'[']);
            for item in items {
                feed(hash, item);
                hash.update([b',']);
            }
            hash.update([b']']);
        }
        scalar => hash.update(scalar.to_string().as_bytes()),
    }
}

/// Keys whose first request has not been answered yet.
#[derive(Default)]
pub struct InFlight(Mutex<HashSet<String>>);

/// One key in flight; dropping it ends it.
pub struct Flight {
    of: Arc<InFlight>,
    key: String,
}

impl InFlight {
    /// Takes the key, or says 409 while its twin is running.
    pub fn take(self: &Arc<Self>, key: &str) -> Result<Flight, Failure> {
        let taken = self
            .0
            .lock()
            .map(|mut keys| keys.insert(key.to_owned()))
            .unwrap_or(false);
        if taken {
            Ok(Flight {
                of: Arc::clone(self),
                key: key.to_owned(),
            })
        } else {
            Err(Failure::Conflict(
                "A request with this Idempotency-Key is still being answered; try again.".into(),
            ))
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Ok(mut keys) = self.of.0.lock() {
            keys.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn member_order_does_not_change_the_digest_but_a_value_does() {
        let one = digest("/quote", &json!({"a": 1, "b": [1, 2]}));
        assert_eq!(one, digest("/quote", &json!({"b": [1, 2], "a": 1})));
        assert_ne!(one, digest("/quote", &json!({"b": [2, 1], "a": 1})));
        assert_ne!(one, digest("/quote?buyerId=x", &json!({"a": 1, "b": [1, 2]})));
    }

    #[test]
    fn quoted_and_bare_keys_are_one_and_two_different_keys_are_refused() {
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", "\"k1\"".parse().unwrap());
        headers.insert("x-idempotency-key", "k1".parse().unwrap());
        assert_eq!(key(&headers).unwrap().as_deref(), Some("k1"));
        headers.insert("x-idempotency-key", "k2".parse().unwrap());
        assert_eq!(key(&headers).unwrap_err().status(), 400);
    }

    #[test]
    fn the_twin_of_a_running_request_gets_409() {
        let in_flight = Arc::new(InFlight::default());
        let first = in_flight.take("k").unwrap();
        assert_eq!(in_flight.take("k").err().map(|failure| failure.status()), Some(409));
        drop(first);
        assert!(in_flight.take("k").is_ok());
    }
}
