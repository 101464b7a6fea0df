//! Calls to partners, for both roles: a Buyer's requests and a Seller's events leave here, with
//! a token of the partner's authorization server, through the guarded client.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use segue_model::describe::{Api, Kind, Operation};
use segue_model::id::Scope;
use segue_model::party::{AuthMethod, Partner, Role};
use segue_model::time::Clock;
use segue_net::outbound::{Outbound, OutboundError, Purpose, Refused, Request};
use segue_net::token_source::{Ask, Granted, Proof, TokenError, TokenSource};
use segue_net::trace::Trace;
use segue_store::StoreError;
use serde_json::Value;
use url::Url;

use crate::traffic::Fate;
use crate::{Gate, GateError};

/// Calls partners. Keep one for the program: it remembers tokens.
pub struct Calls {
    gate: Arc<Gate>,
    outbound: Arc<Outbound>,
    tokens: TokenSource,
}

/// One request of an operation.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// Who calls whom.
    pub scope: &'a Scope,
    /// What.
    pub operation: &'a Operation,
    /// Where, when it is not the partner's own base address (a hub callback).
    pub base_url: Option<&'a str>,
    /// `{id}` of the path.
    pub id: Option<&'a str>,
    /// Encoded query, without `?`; may be empty.
    pub query: &'a str,
    /// JSON body.
    pub body: Option<&'a Value>,
    /// Sent as `Idempotency-Key`.
    pub idempotency_key: Option<&'a str>,
    /// Trace id to go on with; empty begins a new trace.
    pub trace: &'a str,
}

/// What came back, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, not longer than the guard lets through.
    pub body: bytes::Bytes,
    /// Under which request id it was sent.
    pub request_id: String,
}

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody of that name is known.
    #[error("no partner {0} is known; `segue partner list` shows those there are")]
    UnknownPartner(String),
    /// Nothing is sent to a suspended partner.
    #[error("the partner is suspended; `segue partner resume` ends it")]
    Suspended,
    /// We cannot prove who we are.
    #[error("there are no credentials for this partner; `segue partner import` its card")]
    NoCredentials,
    /// The address cannot be used.
    #[error("{address} cannot be called: {why}")]
    Address {
        /// As it was put together.
        address: String,
        /// What is wrong with it.
        why: Refused,
    },
    /// The partner gave no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The request did not get through.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// Our own keys.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// Our own store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Calls {
    /// Calls on behalf of all our companies.
    pub fn new(gate: Arc<Gate>, outbound: Arc<Outbound>, wall: Arc<dyn Clock>) -> Self {
        let tokens = TokenSource::new(Arc::clone(&outbound), wall);
        Self { gate, outbound, tokens }
    }

    /// Sends one request. A 401 drops the token and tries once more with a new one.
    pub async fn send(&self, outgoing: Outgoing<'_>) -> Result<Answer, CallError> {
        let answered = self.sent(outgoing).await;
        let fate = match &answered {
            Ok(answer) => Fate::of(answer.status.as_u16()),
            Err(CallError::Token(TokenError::Denied { .. })) => Fate::Refused,
            // It never got to the API.
            Err(_) => return answered,
        };
        let role = if outgoing.operation.kind == Kind::Listener {
            Role::Seller
        } else {
            Role::Buyer
        };
        self.gate.count((outgoing.scope, role), outgoing.operation.api, fate);
        answered
    }

    async fn sent(&self, outgoing: Outgoing<'_>) -> Result<Answer, CallError> {
        let partner = self.partner(outgoing.scope).await?;
        let base = outgoing.base_url.unwrap_or(&partner.base_url);
        let resource = resource(base, outgoing.operation.api);
        let url = self.address(&resource, &outgoing)?;
        let trace = Trace::going_on(outgoing.trace);
        let token = self.token_for(&partner, outgoing.operation.api, &resource).await?;
        let answer = self.once(&outgoing, url.clone(), &token, &trace).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        self.tokens.invalidate(outgoing.scope, &resource, &token).await;
        let token = self.token_for(&partner, outgoing.operation.api, &resource).await?;
        self.once(&outgoing, url, &token, &trace).await
    }

    /// Where a request would go. Nothing is sent.
    pub async fn target(&self, outgoing: Outgoing<'_>) -> Result<Url, CallError> {
        let partner = self.partner(outgoing.scope).await?;
        let base = outgoing.base_url.unwrap_or(&partner.base_url);
        self.address(&resource(base, outgoing.operation.api), &outgoing)
    }

    /// A token for one API of a partner.
    pub async fn token(&self, scope: &Scope, api: &'static Api) -> Result<String, CallError> {
        let partner = self.partner(scope).await?;
        let resource = resource(&partner.base_url, api);
        self.token_for(&partner, api, &resource).await
    }

    async fn partner(&self, scope: &Scope) -> Result<Partner, CallError> {
        let partner = self.gate.store().partner(scope).await?;
        let partner = partner.ok_or_else(|| CallError::UnknownPartner(scope.partner.to_string()))?;
        if partner.suspended {
            Err(CallError::Suspended)
        } else {
            Ok(partner)
        }
    }

    /// A token asked for now, whatever is kept. `base_url` is another address than that of the
    /// partner's record (a hub callback).
    pub async fn fresh_token(
        &self,
        scope: &Scope,
        api: &'static Api,
        base_url: Option<&str>,
    ) -> Result<Granted, CallError> {
        let partner = self.partner(scope).await?;
        let resource = resource(base_url.unwrap_or(&partner.base_url), api);
        let (proof, operations) = self.proof(&partner, api).await?;
        let ask = ask((&partner, scope), (&proof, &operations), &resource)?;
        Ok(self.tokens.fresh(&ask).await?)
    }

    /// The guarded client, for calls that need no operation.
    pub fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    async fn token_for(&self, partner: &Partner, api: &'static Api, resource: &str) -> Result<String, CallError> {
        let scope = partner.scope();
        let (proof, operations) = self.proof(partner, api).await?;
        let ask = ask((partner, &scope), (&proof, &operations), resource)?;
        Ok(self.tokens.token(&ask).await?)
    }

    /// With what we prove who we are, and the operations we ask for.
    async fn proof(&self, partner: &Partner, api: &'static Api) -> Result<(Proof, Vec<&'static str>), CallError> {
        let credentials = partner.credentials.as_ref().ok_or(CallError::NoCredentials)?;
        let proof = match credentials.method {
            AuthMethod::PrivateKeyJwt => Proof::Key(self.gate.key(&partner.company).await?),
            AuthMethod::ClientSecretBasic => {
                let name = credentials.secret.as_deref().ok_or(CallError::NoCredentials)?;
                let secret = self.gate.store().secret(&partner.company, name).await?;
                let secret = secret.as_ref().and_then(|secret| secret.expose_text());
                Proof::Secret(secret.ok_or(CallError::NoCredentials)?.to_owned())
            }
        };
        let operations = api.operations().iter().map(|operation| operation.id).collect();
        Ok((proof, operations))
    }

    fn address(&self, resource: &str, outgoing: &Outgoing<'_>) -> Result<Url, CallError> {
        let id = outgoing.id.unwrap_or_default();
        let path = outgoing
            .operation
            .path
            .replace("{id}", &utf8_percent_encode(id, NON_ALPHANUMERIC).to_string());
        let mut address = format!("{resource}{path}");
        if !outgoing.query.is_empty() {
            address = format!("{address}?{}", outgoing.query);
        }
        self.outbound
            .parse_target(&address)
            .map_err(|why| CallError::Address { address, why })
    }

    async fn once(&self, outgoing: &Outgoing<'_>, url: Url, token: &str, trace: &Trace) -> Result<Answer, CallError> {
        let operation = outgoing.operation;
        let purpose = if operation.kind == Kind::Listener {
            Purpose::Notification
        } else {
            Purpose::Operation
        };
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap_or(Method::GET);
        let mut request = Request::new(purpose, method, url)
            .header(http::header::ACCEPT, "application/json;charset=utf-8")
            .header(segue_net::trace::REQUEST_ID, &trace.request_id)
            .header(segue_net::trace::TRACEPARENT, &trace.traceparent())
            .bearer(token);
        if let Some(key) = outgoing.idempotency_key {
            request = request.header(http::HeaderName::from_static("idempotency-key"), key);
        }
        if let Some(body) = outgoing.body {
            request = request.json(body);
        }
        let started = std::time::Instant::now();
        let answer = self.outbound.send(request).await?;
        tracing::info!(operation = operation.id, partner = %outgoing.scope.partner, status = answer.status, id = %trace.request_id, trace = %trace.trace_id, ms = started.elapsed().as_millis() as u64, "called");
        Ok(Answer {
            status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY),
            headers: answer.headers,
            body: answer.body,
            request_id: trace.request_id.clone(),
        })
    }
}

fn ask<'a>(
    (partner, scope): (&'a Partner, &'a Scope),
    (proof, operations): (&'a Proof, &'a [&'static str]),
    resource: &'a str,
) -> Result<Ask<'a>, CallError> {
    Ok(Ask {
        scope,
        credentials: partner.credentials.as_ref().ok_or(CallError::NoCredentials)?,
        proof,
        operations,
        resource,
    })
}

/// The audience of a token: base address of one API version.
fn resource(base_url: &str, api: &Api) -> String {
    format!("{}{}", base_url.trim_end_matches('/'), api.base_path())
}
