//! Access tokens for partners' APIs: asked for at their token endpoint, kept until shortly
//! before they end, and asked for once however many calls wait for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use segue_model::id::{Scope, new_id};
use segue_model::party::{AuthMethod, Credentials};
use segue_model::time::Clock;
use serde_json::{Value, json};

use crate::keys::{KeyError, KeyPair};
use crate::outbound::{Answer, Outbound, OutboundError, Purpose, Refused, Request};

/// A token is not used in its last seconds: it has to survive the way to the partner.
const SPARE_S: i64 = 30;
/// Taken when the partner does not say how long its token lives.
const LIFE_DEFAULT_S: i64 = 60;
/// Nobody's token is believed for longer.
const LIFE_MAX_S: i64 = 3_600;
/// An assertion is used at once or never.
const ASSERTION_LIFE_S: i64 = 60;
/// A longer token would not fit into the headers of most servers.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// RFC 7523
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// With what we prove who we are.
#[derive(Clone)]
pub enum Proof {
    /// `private_key_jwt`
    Key(Arc<KeyPair>),
    /// `client_secret_basic`
    Secret(String),
}

/// Which token is wanted.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Our company and the partner.
    pub scope: &'a Scope,
    /// How we are known there.
    pub credentials: &'a Credentials,
    /// Fits `credentials.method`.
    pub proof: &'a Proof,
    /// operationIds.
    pub operations: &'a [&'a str],
    /// Base address of the API (RFC 8707): `https://HOST/PREFIX/mefApi/sonata/NAME/vN`.
    pub resource: &'a str,
}

/// A token, and what it is for.
#[derive(Clone)]
pub struct Granted {
    /// The token.
    pub token: String,
    /// The scope that was granted; none means the scope asked for (RFC 6749 5.1).
    pub scope: Option<String>,
}

/// Why there is no token.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TokenError {
    /// The credentials record cannot be used as it is.
    #[error("the token endpoint {endpoint} cannot be used: {why}")]
    Endpoint {
        /// As written in the record.
        endpoint: String,
        /// What is wrong with it.
        why: Refused,
    },
    /// The record wants a secret and there is a key, or the other way round.
    #[error("the partner's record asks for {0}, but there is nothing to prove it with")]
    Proof(&'static str),
    /// Our assertion could not be signed.
    #[error("signing the client assertion failed: {0}")]
    Sign(#[from] KeyError),
    /// No answer.
    #[error(transparent)]
    Call(#[from] OutboundError),
    /// The partner says no.
    #[error("the token endpoint {endpoint} refused with {status} {error}")]
    Denied {
        /// Which endpoint.
        endpoint: String,
        /// HTTP status.
        status: u16,
        /// The error code of RFC 6749, where there is one.
        error: String,
    },
    /// A success that is none.
    #[error("the token endpoint {endpoint} answered without a usable bearer token")]
    Unusable {
        /// Which endpoint.
        endpoint: String,
    },
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    scope: Scope,
    resource: String,
}

impl Key {
    fn of(scope: &Scope, resource: &str) -> Self {
        Self {
            scope: scope.clone(),
            resource: resource.to_owned(),
        }
    }
}

#[derive(Clone)]
struct Held {
    token: String,
    /// What it was made for: another record or list of operations needs another token.
    made_for: String,
    use_until: Timestamp,
}

/// The last failure to get a token, for those who waited for it.
#[derive(Default)]
struct Failure {
    /// How many there were.
    count: u64,
    last: Option<(String, TokenError)>,
}

type Slot = Arc<tokio::sync::Mutex<Option<Held>>>;

/// The cache. Keep one for the program.
pub struct TokenSource {
    outbound: Arc<Outbound>,
    wall_clock: Arc<dyn Clock>,
    slots: Mutex<HashMap<Key, Slot>>,
    failures: Mutex<HashMap<Key, Failure>>,
}

impl TokenSource {
    /// An empty cache.
    pub fn new(outbound: Arc<Outbound>, wall_clock: Arc<dyn Clock>) -> Self {
        Self {
            outbound,
            wall_clock,
            slots: Mutex::default(),
            failures: Mutex::default(),
        }
    }

    /// A token that is good for some seconds at least. Others who ask for the same one wait for
    /// the request that is under way, and share what comes of it, a failure too.
    pub async fn token(&self, ask: &Ask<'_>) -> Result<String, TokenError> {
        let slot = self.slot(ask.scope, ask.resource);
        let (failures, _) = self.failed(ask);
        let mut held = slot.lock().await;
        let made_for = made_for(ask);
        if let Some(held) = held.as_ref()
            && held.made_for == made_for
            && held.use_until > self.wall_clock.now()
        {
            return Ok(held.token.clone());
        }
        *held = None;
        match self.failed(ask) {
            (count, Some((wanted, error))) if count > failures && wanted == made_for => return Err(error),
            _ => {}
        }
        let fresh = self.fetch(ask, made_for).await;
        let (fresh, _) = fresh.inspect_err(|error| self.fail(ask, error))?;
        let token = fresh.token.clone();
        *held = Some(fresh);
        Ok(token)
    }

    /// A token asked for now, whatever is kept; it is the one kept from now on.
    pub async fn fresh(&self, ask: &Ask<'_>) -> Result<Granted, TokenError> {
        let slot = self.slot(ask.scope, ask.resource);
        let mut held = slot.lock().await;
        *held = None;
        let (fresh, scope) = self.fetch(ask, made_for(ask)).await?;
        let token = fresh.token.clone();
        *held = Some(fresh);
        Ok(Granted { token, scope })
    }

    /// Forgets `token` after the partner's API answered 401 to it. A newer one stays: another
    /// call may have fetched it meanwhile.
    pub async fn invalidate(&self, scope: &Scope, resource: &str, token: &str) {
        let slot = self.slot(scope, resource);
        let mut held = slot.lock().await;
        if held.as_ref().is_some_and(|held| held.token == token) {
            *held = None;
        }
    }

    fn failed(&self, ask: &Ask<'_>) -> (u64, Option<(String, TokenError)>) {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = failures.get(&Key::of(ask.scope, ask.resource));
        failure.map_or((0, None), |failure| (failure.count, failure.last.clone()))
    }

    fn fail(&self, ask: &Ask<'_>, error: &TokenError) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = failures.entry(Key::of(ask.scope, ask.resource)).or_default();
        failure.count += 1;
        failure.last = Some((made_for(ask), error.clone()));
    }

    fn slot(&self, scope: &Scope, resource: &str) -> Slot {
        let key = Key::of(scope, resource);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key).or_default())
    }

    async fn fetch(&self, ask: &Ask<'_>, made_for: String) -> Result<(Held, Option<String>), TokenError> {
        let endpoint = &ask.credentials.token_endpoint;
        let asked_at = self.wall_clock.now();
        let request = self.request(ask, asked_at)?;
        let answer = self.outbound.send(request).await?;
        if !answer.is_success() {
            return Err(TokenError::Denied {
                endpoint: endpoint.clone(),
                status: answer.status,
                error: error_code(&answer),
            });
        }
        let (token, life_s, scope) = read_token(&answer).ok_or_else(|| TokenError::Unusable {
            endpoint: endpoint.clone(),
        })?;
        // A very short life leaves half of it rather than nothing.
        let usable_s = (life_s - SPARE_S).max(life_s / 2);
        let held = Held {
            token,
            made_for,
            use_until: asked_at
                .checked_add(SignedDuration::from_secs(usable_s))
                .unwrap_or(asked_at),
        };
        Ok((held, scope))
    }

    fn request(&self, ask: &Ask<'_>, now: Timestamp) -> Result<Request, TokenError> {
        let credentials = ask.credentials;
        let endpoint = &credentials.token_endpoint;
        let url = self
            .outbound
            .parse_target(endpoint)
            .map_err(|why| TokenError::Endpoint {
                endpoint: endpoint.clone(),
                why,
            })?;
        let request =
            Request::new(Purpose::Credentials, Method::POST, url).header(http::header::ACCEPT, "application/json");
        let scope = ask.operations.join(" ");
        let mut form = vec![("grant_type", "client_credentials"), ("resource", ask.resource)];
        if !scope.is_empty() {
            form.push(("scope", &scope));
        }
        match (credentials.method, ask.proof) {
            (AuthMethod::PrivateKeyJwt, Proof::Key(key)) => {
                let assertion = assertion(credentials, key, now)?;
                form.push(("client_assertion_type", ASSERTION_TYPE));
                form.push(("client_assertion", &assertion));
                Ok(request.form(&form))
            }
            (AuthMethod::ClientSecretBasic, Proof::Secret(secret)) => Ok(request
                .authorization(&basic(&credentials.client_id, secret))
                .form(&form)),
            (method, _) => Err(TokenError::Proof(method.as_str())),
        }
    }
}

fn made_for(ask: &Ask<'_>) -> String {
    let credentials = ask.credentials;
    let kid = match ask.proof {
        Proof::Key(key) => key.kid().to_owned(),
        Proof::Secret(secret) => crate::sha256_hex(secret.as_bytes()),
    };
    let mut operations = ask.operations.to_vec();
    operations.sort_unstable();
    [
        credentials.token_endpoint.as_str(),
        &credentials.issuer,
        &credentials.client_id,
        &kid,
        &operations.join(" "),
    ]
    .join("\n")
}

/// RFC 7523 with the rules of FAPI 2.0: the only audience is the issuer.
fn assertion(credentials: &Credentials, key: &KeyPair, now: Timestamp) -> Result<String, KeyError> {
    let claims = json!({
        "iss": credentials.client_id,
        "sub": credentials.client_id,
        "aud": credentials.issuer,
        "iat": now.as_second(),
        "exp": now.as_second() + ASSERTION_LIFE_S,
        "jti": new_id(),
    });
    key.sign(&claims, "client-authentication+jwt")
}

/// RFC 6749 2.3.1: both halves are form-encoded before Base64.
fn basic(client_id: &str, secret: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(client_id), encode(secret));
    format!("Basic {}", STANDARD.encode(pair))
}

/// The error code, as far as it is one: a partner's text does not go into our log unread.
fn error_code(answer: &Answer) -> String {
    let body = answer.json().unwrap_or_default();
    let code = body.get("error").and_then(Value::as_str).unwrap_or_default();
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    code.chars().take(64).filter(is_plain).collect()
}

/// Token, life in seconds, and the scope where it is told.
fn read_token(answer: &Answer) -> Option<(String, i64, Option<String>)> {
    let body = answer.json().ok()?;
    let token = body.get("access_token")?.as_str()?;
    let bearer = body.get("token_type")?.as_str()?.eq_ignore_ascii_case("bearer");
    let plain =
        !token.is_empty() && token.len() <= TOKEN_BYTES_MAX && token.bytes().all(|byte| byte.is_ascii_graphic());
    let life_s = body.get("expires_in").and_then(Value::as_i64).unwrap_or(LIFE_DEFAULT_S);
    let scope = body.get("scope").and_then(Value::as_str).map(str::to_owned);
    (bearer && plain).then(|| (token.to_owned(), life_s.clamp(0, LIFE_MAX_S), scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_basic_are_form_encoded_first() {
        assert_eq!(basic("a b", "c:d"), format!("Basic {}", STANDARD.encode("a+b:c%3Ad")));
    }
}
