//! Request ids and W3C trace context: how one request is followed through both companies.

use http::{HeaderMap, HeaderName, HeaderValue};
use rand::Rng;
use segue_model::id::new_id;

/// Header that carries the request id, in both directions.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// W3C trace context.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The profile's informative header; echoed when a caller sends it.
pub const INTERACTION_ID: HeaderName = HeaderName::from_static("x-fapi-interaction-id");

/// A longer request id is replaced: it goes into every log line.
const REQUEST_ID_MAX: usize = 128;

/// What identifies one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The caller's, where it is sane; else a new one.
    pub request_id: String,
    /// 32 hex digits: the same over all hops.
    pub trace_id: String,
    /// 16 hex digits: this hop.
    pub span_id: String,
    /// Whether the caller records this trace.
    pub sampled: bool,
    /// `x-fapi-interaction-id`, where it was sent and is a UUID.
    pub interaction_id: Option<String>,
}

impl Trace {
    /// A trace that starts here.
    pub fn fresh() -> Self {
        Self {
            request_id: new_id(),
            trace_id: format!("{:032x}", rand::rng().random_range(1..=u128::MAX)),
            span_id: span_id(),
            sampled: false,
            interaction_id: None,
        }
    }

    /// A new request of an older trace; an empty id starts a new trace.
    pub fn going_on(trace_id: &str) -> Self {
        let mut trace = Self::fresh();
        if hex(trace_id, 32).is_some() {
            trace_id.clone_into(&mut trace.trace_id);
        }
        trace
    }

    /// Continues what the caller sent, with a span of our own.
    pub fn read(headers: &HeaderMap) -> Self {
        let mut trace = Self::fresh();
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(id) = text(&REQUEST_ID).filter(|id| is_sane(id)) {
            id.clone_into(&mut trace.request_id);
        }
        if let Some((trace_id, sampled)) = text(&TRACEPARENT).and_then(parent) {
            trace.trace_id = trace_id;
            trace.sampled = sampled;
        }
        trace.interaction_id = text(&INTERACTION_ID)
            .filter(|id| uuid::Uuid::try_parse(id).is_ok())
            .map(str::to_owned);
        trace
    }

    /// The header for a call made on behalf of this request.
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-{:02x}", self.trace_id, self.span_id, u8::from(self.sampled))
    }

    /// Writes the ids into an answer.
    pub fn answer(&self, headers: &mut HeaderMap) {
        put(headers, REQUEST_ID, &self.request_id);
        if let Some(id) = &self.interaction_id {
            put(headers, INTERACTION_ID, id);
        }
    }

    /// Writes the ids into a request of ours.
    pub fn request(&self, headers: &mut HeaderMap) {
        put(headers, REQUEST_ID, &self.request_id);
        put(headers, TRACEPARENT, &self.traceparent());
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn span_id() -> String {
    format!("{:016x}", rand::rng().random_range(1..=u64::MAX))
}

fn is_sane(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/+=".contains(&byte);
    !id.is_empty() && id.len() <= REQUEST_ID_MAX && id.bytes().all(allowed)
}

/// Trace id and the sampled flag of a `traceparent` of any version.
fn parent(text: &str) -> Option<(String, bool)> {
    let mut parts = text.trim().split('-');
    let version = hex(parts.next()?, 2)?;
    let trace_id = hex(parts.next()?, 32)?;
    let span = hex(parts.next()?, 16)?;
    let flags = u8::from_str_radix(hex(parts.next()?, 2)?, 16).ok()?;
    let surplus = parts.next().is_some();
    let zero = |id: &str| id.bytes().all(|byte| byte == b'0');
    if version == "ff" || (version == "00" && surplus) || zero(trace_id) || zero(span) {
        return None;
    }
    Some((trace_id.to_owned(), flags & 1 == 1))
}

/// `text`, where it is `len` lower case hex digits.
fn hex(text: &str, len: usize) -> Option<&str> {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == len && text.bytes().all(digit)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &HeaderName, value: &str) -> Trace {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        Trace::read(&headers)
    }

    #[test]
    fn a_sane_request_id_is_kept_and_another_is_replaced() {
        assert_eq!(read(&REQUEST_ID, "abc-1.2").request_id, "abc-1.2");
        assert_ne!(read(&REQUEST_ID, "a b").request_id, "a b");
        assert_ne!(read(&REQUEST_ID, &"x".repeat(129)).request_id.len(), 129);
    }

    #[test]
    fn a_trace_is_continued_with_a_span_of_our_own() {
        let trace = read(&TRACEPARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert_eq!(trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_ne!(trace.span_id, "00f067aa0ba902b7");
        assert!(trace.traceparent().ends_with("-01"));
    }

    #[test]
    fn a_broken_traceparent_starts_a_new_trace() {
        for broken in [
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "nonsense",
        ] {
            let trace = read(&TRACEPARENT, broken);
            assert_eq!(trace.trace_id.len(), 32);
            assert_ne!(
                trace.trace_id.to_lowercase(),
                "4bf92f3577b34da6a3ce929d0e0e4736",
                "{broken}"
            );
        }
    }

    #[test]
    fn the_interaction_id_is_echoed_only_when_it_is_a_uuid() {
        let id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
        let mut headers = HeaderMap::new();
        read(&INTERACTION_ID, id).answer(&mut headers);
        assert_eq!(headers[INTERACTION_ID], id);
        assert_eq!(read(&INTERACTION_ID, "x").interaction_id, None);
    }
}
