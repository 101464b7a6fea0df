//! The tester's authorization server: tokens by client credentials. A token says itself when it was
//! given out, so that one of a run before is taken as long as it lasts: a Buyer may keep it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answers::Reply;

/// How tokens begin.
const BEGIN: &str = "certify.";

/// How long they last, in seconds.
const LIFE: i64 = 3600;

/// A request for a token.
#[derive(Clone, Debug)]
pub struct TokenAsked {
    /// How the client showed who it is: `client_secret_basic`, `client_secret_post`,
    /// `private_key_jwt`, `none`.
    pub method: &'static str,
    /// Who it says it is.
    pub client_id: String,
    /// The secret it showed.
    pub secret: Option<String>,
    /// The signed assertion it showed.
    pub assertion: Option<String>,
    /// All fields.
    pub fields: Vec<(String, String)>,
}

impl TokenAsked {
    /// Reads a request.
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        let field = |name: &str| {
            fields
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        let basic = basic(headers);
        let assertion = field("client_assertion");
        let (method, client_id, secret) = match (basic, field("client_secret"), &assertion) {
            (Some((id, secret)), ..) => ("client_secret_basic", id, Some(secret)),
            (None, Some(secret), _) => (
                "client_secret_post",
                field("client_id").unwrap_or_default(),
                Some(secret),
            ),
            (None, None, Some(jwt)) => (
                "private_key_jwt",
                subject(jwt).or(field("client_id")).unwrap_or_default(),
                None,
            ),
            (None, None, None) => ("none", field("client_id").unwrap_or_default(), None),
        };
        Self {
            method,
            client_id,
            secret,
            assertion,
            fields,
        }
    }

    /// A field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A token, whoever asks: who that was is judged by the cases.
    pub fn answer(&self) -> Reply {
        if self.field("grant_type") != Some("client_credentials") {
            return Reply::of(400, json!({ "error": "unsupported_grant_type" }));
        }
        let token = format!("{BEGIN}{}", Timestamp::now().as_microsecond());
        let mut body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": LIFE });
        if let Some(scope) = self.field("scope") {
            body["scope"] = json!(scope);
        }
        let mut reply = Reply::of(200, body);
        reply.headers.push(("cache-control", "no-store".to_owned()));
        reply
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(text.strip_prefix("Basic ")?).ok()?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((decoded_part(id), decoded_part(secret)))
}

/// RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
fn decoded_part(text: &str) -> String {
    let pairs = format!("x={}", text.replace('&', "%26"));
    let value = url::form_urlencoded::parse(pairs.as_bytes()).next();
    value.map_or_else(|| text.to_owned(), |(_, value)| value.into_owned())
}

fn subject(jwt: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    let payload: Value = serde_json::from_slice(&payload).ok()?;
    payload["sub"].as_str().map(str::to_owned)
}

/// The bearer token of a request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// Whether a request carries a token of ours that lasts and was given out after `since`.
pub fn is_good(headers: &HeaderMap, since: Timestamp) -> bool {
    let given = bearer(headers).and_then(|token| token.strip_prefix(BEGIN)?.parse().ok());
    let Some(given) = given.and_then(|micros| Timestamp::from_microsecond(micros).ok()) else {
        return false;
    };
    let end = given.saturating_add(SignedDuration::from_secs(LIFE)).unwrap_or(given);
    given >= since && Timestamp::now() < end
}
