//! What goes over the wire, as far as an emulator has to know it: which operation a request is
//! of, who sends it, what it carries.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, header};
use segue_model::api;
use serde_json::Value;

use super::scenario::{Fault, Way};

/// Begins the path of every operation.
const ROOT: &str = "/mefApi/sonata/";

/// The name of requests to a token endpoint.
pub const TOKEN: &str = "token";

/// Stands for every operation and event.
pub const ANY: &str = "any";

struct Known {
    id: &'static str,
    event: Option<&'static str>,
    method: &'static str,
    segments: Vec<String>,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let mut known = Vec::new();
    for api in api::served() {
        for operation in api.operations() {
            for path in operation.also.iter().chain([&operation.path]) {
                let whole = format!("{}{path}", api.base_path());
                known.push(Known {
                    id: operation.id,
                    event: operation.listener.map(|listener| listener.event),
                    method: operation.method,
                    segments: segments(&whole),
                });
            }
        }
    }
    known
});

fn segments(path: &str) -> Vec<String> {
    path.trim_matches('/').split('/').map(str::to_owned).collect()
}

/// What a request is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// operationId, `token`, or nothing.
    pub operation: Option<&'static str>,
    /// Type of the event, where it is one.
    pub event: Option<&'static str>,
}

impl Named {
    /// Whether a fault about `on` is about it.
    pub fn is(&self, on: &str) -> bool {
        on == ANY && (self.operation.is_some() && self.operation != Some(TOKEN))
            || self.operation == Some(on)
            || self.event == Some(on)
    }
}

/// The operation of a request, and the path before it (the company, where it is ours).
pub fn named<'p>(method: &str, path: &'p str) -> (Named, &'p str) {
    let Some(at) = path.find(ROOT) else {
        let is_token = path.ends_with("/oauth2/token") || path.ends_with("/token");
        let named = Named {
            operation: is_token.then_some(TOKEN),
            event: None,
        };
        return (named, path.split('/').nth(1).unwrap_or_default());
    };
    let asked = segments(&path[at..]);
    let fits = |known: &&Known| {
        known.method == method
            && known.segments.len() == asked.len()
            && known
                .segments
                .iter()
                .zip(&asked)
                .all(|(known, asked)| known == asked || known.starts_with('{'))
    };
    // `/quote/{id}` and a task beside it: what is spelled out goes first.
    let found = KNOWN.iter().filter(fits).max_by_key(|known| {
        known
            .segments
            .iter()
            .filter(|segment| !segment.starts_with('{'))
            .count()
    });
    let named = Named {
        operation: found.map(|known| known.id),
        event: found.and_then(|known| known.event),
    };
    (named, path[..at].trim_matches('/'))
}

/// Whether a fault can be about `on`.
pub fn is_known(on: &str) -> bool {
    on == ANY || on == TOKEN || KNOWN.iter().any(|known| known.id == on) || is_event(on)
}

fn is_event(on: &str) -> bool {
    KNOWN.iter().any(|known| known.event == Some(on))
}

/// Whether a fault is about requests that leave.
pub fn leaves(fault: &Fault) -> bool {
    match fault.way {
        Some(way) => way == Way::Out,
        None => is_event(&fault.on),
    }
}

/// The client that a token of ours was given to. Not verified: the gate does that.
pub fn client(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let claims = value.strip_prefix("Bearer ")?.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    claims["client_id"].as_str().map(str::to_owned)
}

/// A body for people: JSON where it is, else its text.
pub fn readable(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}

/// Puts values at pointers; what is not there is made where its parent is an object.
pub fn set<'a>(body: &mut Value, values: impl IntoIterator<Item = (&'a String, &'a Value)>) {
    for (pointer, value) in values {
        if let Some(place) = body.pointer_mut(pointer) {
            *place = value.clone();
            continue;
        }
        let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
        let name = name.replace("~1", "/").replace("~0", "~");
        if let Some(Value::Object(parent)) = body.pointer_mut(parent) {
            parent.insert(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_named(method: &str, path: &str, expected: (Option<&str>, Option<&str>, &str)) {
        let (named, before) = named(method, path);
        assert_eq!((named.operation, named.event, before), expected);
    }

    #[test]
    fn a_request_is_named_by_its_method_and_path() {
        let quote = "/mefApi/sonata/quoteManagement/v10/quote";
        check_named("POST", &format!("/acme{quote}"), (Some("createQuote"), None, "acme"));
        check_named(
            "GET",
            &format!("/acme{quote}/17"),
            (Some("retrieveQuote"), None, "acme"),
        );
        check_named("PUT", &format!("/acme{quote}"), (None, None, "acme"));
        check_named("POST", "/acme/oauth2/token", (Some(TOKEN), None, "acme"));
        let event = "/mefApi/sonata/quoteNotification/v10/listener/quoteStateChangeEvent";
        let (named, before) = named("POST", event);
        assert_eq!((named.event, before), (Some("quoteStateChangeEvent"), ""));
        assert!(named.is("quoteStateChangeEvent") && named.is(ANY) && !named.is("createQuote"));
    }

    #[test]
    fn values_are_put_where_they_were_and_where_they_were_not() {
        let mut body = serde_json::json!({ "state": "done", "item": [{ "id": "1" }] });
        let values = [("/state".to_owned(), "x".into()), ("/item/0/a~1b".to_owned(), 1.into())];
        set(&mut body, values.iter().map(|(pointer, value)| (pointer, value)));
        assert_eq!(
            body,
            serde_json::json!({ "state": "x", "item": [{ "id": "1", "a/b": 1 }] })
        );
    }
}
