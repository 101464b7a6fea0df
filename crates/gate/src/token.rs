//! The token endpoint (RFC 6749, client credentials only). Its errors are OAuth's, never the
//! standard's; the caller learns a code, the audit chain the reason.

use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode, header};
use segue_model::commit::AuditEntry;
use segue_model::failure::Failure;
use segue_model::id::{CompanyId, Scope};
use segue_model::party::{Company, Partner, Role};
use segue_net::new_secret;
use segue_net::serve::Peer;
use segue_net::trace::Trace;
use serde_json::{Value, json};

use crate::client::Unknown;
use crate::grant::{self, Grant, Ungranted};
use crate::refusals::{self, Refused};
use crate::traffic::Fate;
use crate::{AWAY_RETRY_SECONDS, Gate, GateError, answer};

/// An assertion with a long scope list has some 5 KB.
const FORM_BYTES_MAX: usize = 16 * 1024;
/// A bearer token that is stolen works until it ends.
pub(crate) const TOKEN_LIFE_S: i64 = 300;

/// The parameters of a token request.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// RFC 6749 3.2: a parameter without a value counts as left out; each but `resource`
    /// (RFC 8707) comes once.
    fn read(body: &[u8]) -> Result<Self, Denied> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body)
            .into_owned()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let count = |name: &str| pairs.iter().filter(|(other, _)| other == name).count();
        if pairs.iter().any(|(name, _)| name != "resource" && count(name) > 1) {
            return Err(Denied::request("a parameter comes twice"));
        }
        Ok(Self(pairs))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    fn resources(&self) -> Vec<String> {
        let of_name = self.0.iter().filter(|(name, _)| name == "resource");
        of_name.map(|(_, value)| value.clone()).collect()
    }
}

/// An error answer of RFC 6749 5.2.
#[derive(Debug)]
enum Denied {
    /// 400
    Bad { code: &'static str, text: &'static str },
    /// 401 `invalid_client`, one text for all reasons.
    Client { reason: String },
    /// 429
    TooMany { wait_s: u64 },
    /// 500: our fault.
    Fault(GateError),
}

impl Denied {
    fn request(text: &'static str) -> Self {
        Self::Bad {
            code: "invalid_request",
            text,
        }
    }
}

impl From<GateError> for Denied {
    fn from(fault: GateError) -> Self {
        Self::Fault(fault)
    }
}

impl From<segue_store::StoreError> for Denied {
    fn from(fault: segue_store::StoreError) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<Unknown> for Denied {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::Request(text) => Self::request(text),
            Unknown::Store(fault) => Self::Fault(fault.into()),
            other => Self::Client {
                reason: other.to_string(),
            },
        }
    }
}

impl From<Ungranted> for Denied {
    fn from(ungranted: Ungranted) -> Self {
        match ungranted {
            Ungranted::Scope => Self::Bad {
                code: "invalid_scope",
                text: "a scope is unknown here, or not agreed for this API",
            },
            Ungranted::Target => Self::Bad {
                code: "invalid_target",
                text: "a resource is unknown here, or not agreed",
            },
        }
    }
}

impl Gate {
    /// Answers `POST /{company}/oauth2/token`.
    pub(crate) async fn token(&self, company: &CompanyId, parts: &Parts, body: Body) -> Response<Body> {
        let trace = Trace::read(&parts.headers);
        let source = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
        let source = source.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let company = match self.store.company(company).await {
            Ok(Some(company)) => company,
            Ok(None) => return crate::routes::unknown_company(&trace),
            Err(fault) => return respond(&Denied::from(fault), &parts.headers, &trace),
        };
        let outcome = self.issue(&company, (parts, source), body).await;
        let outcome = match outcome {
            Ok(issued) => self.note_issued(&company, issued, &trace).await,
            Err(denied) => Err(denied),
        };
        match outcome {
            Ok(body) => answer::oauth(StatusCode::OK, &body, &trace),
            Err(denied) => {
                self.note_refused(&company, (&denied, source), &trace).await;
                respond(&denied, &parts.headers, &trace)
            }
        }
    }

    async fn issue(&self, company: &Company, (parts, source): (&Parts, IpAddr), body: Body) -> Result<Issued, Denied> {
        if let Some(wait_s) = self.throttle.wait_s(&company.id, source, self.wall.now()) {
            return Err(Denied::TooMany { wait_s });
        }
        let form = read_form(parts, body).await?;
        let grant_type = form
            .get("grant_type")
            .ok_or_else(|| Denied::request("grant_type is missing"))?;
        if grant_type != "client_credentials" {
            return Err(Denied::Bad {
                code: "unsupported_grant_type",
                text: "only client_credentials is offered",
            });
        }
        let partner = self.authenticate(company, &parts.headers, &form).await?;
        let served = self.served_to(company, &partner).await?;
        if served.is_empty() {
            return Err(Denied::Bad {
                code: "unauthorized_client",
                text: "no agreement with this client is in force",
            });
        }
        let resources = form.resources();
        let grant = grant::decide(company, &served, (form.get("scope"), &resources)).inspect_err(|_| {
            for (role, api) in grant::beyond(company, &served, &resources) {
                self.count((&partner.scope(), role), api, Fate::Refused);
            }
        })?;
        self.sign(company, &partner, &grant).await
    }

    /// All that we serve to a partner under the agreements in force, in both roles.
    async fn served_to(
        &self,
        company: &Company,
        partner: &Partner,
    ) -> Result<Vec<&'static segue_model::describe::Api>, Denied> {
        let scope = Scope {
            company: company.id.clone(),
            partner: partner.id.clone(),
        };
        let mut served = Vec::new();
        for role in [Role::Seller, Role::Buyer] {
            let now = self.wall.now();
            let agreement = self.store.agreement_in_force(&scope, role, now).await?;
            served.extend(agreement.iter().flat_map(|agreement| grant::served(agreement, now)));
        }
        Ok(served)
    }

    async fn sign(&self, company: &Company, partner: &Partner, grant: &Grant) -> Result<Issued, Denied> {
        let client_id = partner.client.as_ref().map(|client| client.client_id.clone());
        let client_id = client_id.ok_or_else(|| Denied::Client {
            reason: Unknown::Client.to_string(),
        })?;
        let jti = new_secret().ok_or_else(|| GateError::NoKey(company.id.clone()))?;
        let keys = self.ready_keys(&company.id).await?;
        let (now_s, scope) = (self.wall.now().as_second(), grant.scopes.join(" "));
        let audience = match grant.audiences.as_slice() {
            [one] => json!(one),
            many => json!(many),
        };
        let claims = json!({
            "iss": company.issuer(),
            "sub": client_id,
            "client_id": client_id,
            "aud": audience,
            "scope": scope,
            "iat": now_s,
            "exp": now_s + TOKEN_LIFE_S,
            "jti": jti,
        });
        let token = keys.signing.sign(&claims, "at+jwt").map_err(|reason| GateError::Key {
            company: company.id.clone(),
            reason,
        })?;
        Ok(Issued {
            client_id,
            jti,
            body: json!({ "access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S, "scope": scope }),
        })
    }

    /// The row is written before the token leaves.
    async fn note_issued(&self, company: &Company, issued: Issued, trace: &Trace) -> Result<Value, Denied> {
        let entry = AuditEntry {
            company: company.id.to_string(),
            actor: issued.client_id,
            action: "token.issued".into(),
            object: format!("token/{}", issued.jti),
            outcome: "ok".into(),
            detail: String::new(),
            request_id: trace.request_id.clone(),
        };
        self.store.audit(entry).await?;
        metrics::counter!("segue_tokens_total", "outcome" => "issued").increment(1);
        Ok(issued.body)
    }

    async fn note_refused(&self, company: &Company, (denied, source): (&Denied, IpAddr), trace: &Trace) {
        let (outcome, detail) = match denied {
            Denied::Bad { code, text } => (*code, (*text).to_owned()),
            Denied::Client { reason } => {
                self.throttle.failed(&company.id, source, self.wall.now());
                ("invalid_client", reason.clone())
            }
            // Counted, not written: a flood must not fill the audit chain.
            Denied::TooMany { .. } => {
                metrics::counter!("segue_tokens_total", "outcome" => "throttled").increment(1);
                return;
            }
            Denied::Fault(fault) => {
                tracing::error!(%fault, company = %company.id, "a token could not be issued");
                return;
            }
        };
        metrics::counter!("segue_tokens_total", "outcome" => outcome).increment(1);
        // From many addresses the throttle alone would let the chain grow.
        let Some(left_out) = self
            .refusals
            .take((company.id.as_str(), Refused::Token), self.wall.now())
        else {
            return;
        };
        let entry = AuditEntry {
            company: company.id.to_string(),
            actor: "unknown".into(),
            action: "token.refused".into(),
            object: format!("address/{source}"),
            outcome: outcome.into(),
            detail: refusals::with_left_out(&detail, left_out),
            request_id: trace.request_id.clone(),
        };
        if let Err(fault) = self.store.audit(entry).await {
            tracing::error!(%fault, "a refused token request could not be written to the audit chain");
        }
    }
}

struct Issued {
    client_id: String,
    jti: String,
    body: Value,
}

async fn read_form(parts: &Parts, body: Body) -> Result<Form, Denied> {
    let media = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media = media.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Denied::request("the body is not application/x-www-form-urlencoded"));
    }
    if parts.uri.query().is_some() {
        return Err(Denied::request("parameters belong into the body"));
    }
    let bytes = axum::body::to_bytes(body, FORM_BYTES_MAX).await;
    let form = Form::read(&bytes.map_err(|_| Denied::request("the body cannot be read, or is too long"))?)?;
    if form.get("client_secret").is_some() {
        return Err(Denied::Client {
            reason: "client_secret_post is not offered".into(),
        });
    }
    Ok(form)
}

fn respond(denied: &Denied, request: &HeaderMap, trace: &Trace) -> Response<Body> {
    let error = |code: &str, text: &str| json!({ "error": code, "error_description": text });
    match denied {
        Denied::Bad { code, text } => answer::oauth(StatusCode::BAD_REQUEST, &error(code, text), trace),
        Denied::Client { .. } => {
            let body = error("invalid_client", "client authentication failed");
            let mut response = answer::oauth(StatusCode::UNAUTHORIZED, &body, trace);
            // RFC 6749 5.2: the scheme the client tried.
            if request.contains_key(header::AUTHORIZATION) {
                answer::put(&mut response, header::WWW_AUTHENTICATE, "Basic realm=\"token\"");
            }
            response
        }
        Denied::TooMany { wait_s } => {
            let body = error("slow_down", "too many failed attempts from this address");
            let mut response = answer::oauth(StatusCode::TOO_MANY_REQUESTS, &body, trace);
            answer::put(&mut response, header::RETRY_AFTER, &wait_s.to_string());
            response
        }
        Denied::Fault(fault) if matches!(fault.failure(), Failure::Unavailable(_)) => {
            let body = error("temporarily_unavailable", "try again in a moment");
            let mut response = answer::oauth(StatusCode::SERVICE_UNAVAILABLE, &body, trace);
            answer::put(&mut response, header::RETRY_AFTER, &AWAY_RETRY_SECONDS.to_string());
            response
        }
        Denied::Fault(_) => {
            let body = error("server_error", "something went wrong on our side");
            answer::oauth(StatusCode::INTERNAL_SERVER_ERROR, &body, trace)
        }
    }
}
