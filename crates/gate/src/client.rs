//! Who asks for a token: `private_key_jwt` and `client_secret_basic`, nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};
use segue_model::document::Object;
use segue_model::id::Scope;
use segue_model::party::{AuthMethod, Client, Company, Partner};
use segue_net::jwt::{self, Fault};
use segue_store::StoreError;
use serde_json::Value;

use crate::keys::later;
use crate::token::Form;
use crate::{Gate, secret};

/// RFC 7523
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Types of an assertion we take; the empty one stands for none (RFC 10070 recommends the last).
const ASSERTION_TYPES: [&str; 3] = ["", "jwt", "client-authentication+jwt"];
/// The longest life of an assertion.
const ASSERTION_LIFE_MAX_S: i64 = 60;
/// A longer `jti` would only fill the replay store.
const JTI_MAX: usize = 128;

/// Why a client is not let in. All but the last two are told to the caller as one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unknown {
    #[error("no client authentication")]
    Missing,
    #[error("unknown client")]
    Client,
    #[error("the client is suspended")]
    Suspended,
    #[error("the client is registered for another method")]
    Method,
    #[error("wrong secret")]
    Secret,
    #[error("malformed Authorization header")]
    Header,
    #[error("assertion: {0}")]
    Assertion(#[from] Fault),
    #[error("assertion: replayed")]
    Replayed,
    /// More than one method at once, or a parameter that does not belong to it.
    #[error("{0}")]
    Request(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Gate {
    /// The partner that a token request comes from.
    pub(crate) async fn authenticate(
        &self,
        company: &Company,
        headers: &HeaderMap,
        form: &Form,
    ) -> Result<Partner, Unknown> {
        let assertion = form.get("client_assertion");
        let header = headers.get(header::AUTHORIZATION);
        match (assertion, header) {
            (Some(_), Some(_)) => Err(Unknown::Request("two client authentications in one request")),
            (Some(assertion), None) => self.by_assertion(company, assertion, form).await,
            (None, Some(value)) => {
                let pair = value.to_str().ok().and_then(basic).ok_or(Unknown::Header)?;
                self.by_secret(company, &pair, form).await
            }
            (None, None) => Err(Unknown::Missing),
        }
    }

    async fn by_assertion(&self, company: &Company, assertion: &str, form: &Form) -> Result<Partner, Unknown> {
        if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(Unknown::Request(
                "client_assertion_type has another value than RFC 7523 gives it",
            ));
        }
        let parsed = jwt::parse(assertion)?;
        let claimed = parsed.claimed_issuer()?;
        let partner = self.known(company, &claimed).await?;
        let client = registered(&partner, AuthMethod::PrivateKeyJwt)?;
        let scope = Scope {
            company: company.id.clone(),
            partner: partner.id.clone(),
        };
        let now = self.wall.now();
        let keys = self.partner_keys.of(&scope, client, (&parsed.kid, now)).await;
        let claims = parsed.verify(&keys, &ASSERTION_TYPES)?;
        let (jti, expires) = check_claims(&claims, (company, client), form, now)?;
        // Only what is right in all else is remembered, and it is remembered before a token leaves.
        let replay_key = format!("{}/{}", company.id, client.client_id);
        let until = later(expires, SignedDuration::from_secs(jwt::SKEW_S));
        if !self.store.use_jti(&replay_key, &jti, until).await? {
            return Err(Unknown::Replayed);
        }
        Ok(partner)
    }

    async fn by_secret(&self, company: &Company, pair: &(String, String), form: &Form) -> Result<Partner, Unknown> {
        let (client_id, secret) = pair;
        if form.get("client_id").is_some_and(|named| named != client_id) {
            return Err(Unknown::Request(
                "client_id is another one than in the Authorization header",
            ));
        }
        let partner = self.known(company, client_id).await?;
        let client = registered(&partner, AuthMethod::ClientSecretBasic)?;
        if secret::is_right(client, secret, self.wall.now()) {
            Ok(partner)
        } else {
            Err(Unknown::Secret)
        }
    }

    async fn known(&self, company: &Company, client_id: &str) -> Result<Partner, Unknown> {
        let partner = self.store.client(&company.id, client_id).await?;
        let partner = partner.ok_or(Unknown::Client)?;
        if partner.suspended {
            Err(Unknown::Suspended)
        } else {
            Ok(partner)
        }
    }
}

fn registered(partner: &Partner, method: AuthMethod) -> Result<&Client, Unknown> {
    let client = partner.client.as_ref().ok_or(Unknown::Client)?;
    if client.method == method {
        Ok(client)
    } else {
        Err(Unknown::Method)
    }
}

/// Gives `jti` and `exp`.
fn check_claims(
    claims: &Object,
    (company, client): (&Company, &Client),
    form: &Form,
    now: Timestamp,
) -> Result<(String, Timestamp), Unknown> {
    jwt::expect(claims, "iss", &client.client_id)?;
    jwt::expect(claims, "sub", &client.client_id)?;
    if form.get("client_id").is_some_and(|named| named != client.client_id) {
        return Err(Fault::Mismatch("client_id").into());
    }
    // FAPI 2.0: our issuer, and as the only audience, so that an assertion for somebody else is
    // worth nothing here.
    let audience = match claims.get("aud").ok_or(Fault::Claim("aud"))? {
        Value::Array(list) if list.len() == 1 => list[0].as_str(),
        other => other.as_str(),
    };
    if audience != Some(company.issuer().as_str()) {
        return Err(Fault::Mismatch("aud").into());
    }
    let expires = jwt::check_times(claims, now, ASSERTION_LIFE_MAX_S)?;
    let jti = jwt::text(claims, "jti")?;
    if jti.is_empty() || jti.len() > JTI_MAX {
        return Err(Fault::Claim("jti").into());
    }
    Ok((jti.to_owned(), expires))
}

/// Client id and secret of a Basic header: form-decoded after Base64 (RFC 6749 2.3.1).
fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, rest) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (client_id, secret) = pair.split_once(':')?;
    Some((form_decode(client_id)?, form_decode(secret)?))
}

fn form_decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basic_header_is_form_decoded_after_base64() {
        let header = format!("bAsIc {}", STANDARD.encode("a+b%3A:c%25d"));
        assert_eq!(basic(&header), Some(("a b:".into(), "c%d".into())));
        assert_eq!(basic("Bearer x"), None);
        assert_eq!(basic("Basic ###"), None);
    }
}
