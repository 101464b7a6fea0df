//! Access tokens of the tester: good ones, and those that nobody should take.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use segue_net::outbound::{Answer, Outbound, OutboundError, Purpose, Request};

use crate::profile::Credentials;

/// Which token a request carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Token {
    /// One for all that the tester may do.
    #[default]
    Ours,
    /// None at all.
    Missing,
    /// This text.
    Text(String),
    /// Ours with another signature.
    Altered,
    /// Ours with `alg: none` and no signature.
    Unsigned,
    /// One for these scopes only.
    Scoped(String),
    /// That of the second Buyer.
    Other,
}

/// Tokens by what they are for.
#[derive(Default)]
pub struct Tokens {
    kept: BTreeMap<String, String>,
}

/// Asks a token endpoint.
pub async fn ask(client: &Outbound, who: &Credentials, pairs: &[(&str, &str)]) -> Result<Answer, OutboundError> {
    let proof = STANDARD.encode(format!("{}:{}", who.client_id, who.client_secret));
    let Ok(url) = who.token_endpoint.parse() else {
        return Ok(Answer {
            status: 0,
            headers: http::HeaderMap::new(),
            body: "no address".into(),
        });
    };
    let request = Request::new(Purpose::Credentials, http::Method::POST, url)
        .form(pairs)
        .header(http::header::AUTHORIZATION, &format!("Basic {proof}"));
    client.send(request).await
}

impl Tokens {
    /// A token of `who` for `scope`, or for all it may do; kept for the whole run.
    pub async fn get(&mut self, client: &Outbound, who: &Credentials, scope: &str) -> Result<String, String> {
        let key = format!("{} {scope}", who.client_id);
        if let Some(token) = self.kept.get(&key) {
            return Ok(token.clone());
        }
        let mut pairs = vec![("grant_type", "client_credentials")];
        if !scope.is_empty() {
            pairs.push(("scope", scope));
        }
        let answer = ask(client, who, &pairs).await.map_err(|error| error.to_string())?;
        let body: Value = answer.json().unwrap_or_default();
        let Some(token) = body["access_token"].as_str().filter(|_| answer.is_success()) else {
            return Err(format!(
                "{} answered {} without a token",
                who.token_endpoint, answer.status
            ));
        };
        self.kept.insert(key, token.to_owned());
        Ok(token.to_owned())
    }

    /// Forgets them all: they may have come to their end.
    pub fn forget(&mut self) {
        self.kept.clear();
    }
}

/// A token with another signature: the last part is turned around.
pub fn altered(token: &str) -> String {
    let Some((head, signature)) = token.rsplit_once('.') else {
        return format!("{token}x");
    };
    let turned: String = signature.chars().rev().collect();
    format!("{head}.{turned}")
}

/// A token that says it has no signature, and has none.
pub fn unsigned(token: &str) -> String {
    let payload = token.split('.').nth(1).unwrap_or_default();
    format!(
        "{}.{payload}.",
        URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"at+jwt"}"#)
    )
}

/// A token that says where the key is found that it is signed by: at `keys`, which is nobody's the Seller knows.
pub fn hinted(token: &str, keys: &str) -> String {
    let head = serde_json::json!({ "alg": "ES256", "typ": "at+jwt", "kid": "certify", "jku": keys });
    let payload = token.split('.').nth(1).unwrap_or_default();
    let signature = URL_SAFE_NO_PAD.encode([1; 64]);
    format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(head.to_string()))
}

/// A member of a token's payload, where the token is a JWT.
pub fn claim(token: &str, name: &str) -> Option<Value> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let payload: Value = serde_json::from_slice(&payload).ok()?;
    payload.get(name).cloned()
}

/// The header of a token; null where the token is no JWT.
pub fn header(token: &str) -> Value {
    let header = token
        .split('.')
        .next()
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    header
        .and_then(|header| serde_json::from_slice(&header).ok())
        .unwrap_or_default()
}
