//! Routes of the authorization server: metadata, keys, token endpoint. All public.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::routing::{get, post};
use http::{HeaderMap, Response, StatusCode, header};
use segue_model::api;
use segue_model::failure::Failure;
use segue_model::id::CompanyId;
use segue_net::trace::Trace;
use serde_json::{Value, json};

use crate::{Gate, GateError, answer};

/// Metadata and keys change seldom, and a new key is published ten minutes ahead.
const KEPT: &str = "max-age=300";

impl Gate {
    /// The routes of all companies, under `/{company}` and RFC 8414's well-known path.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/.well-known/oauth-authorization-server/{company}", get(metadata))
            .route("/{company}/oauth2/jwks.json", get(keys))
            .route("/{company}/oauth2/token", post(token))
            .with_state(self)
    }
}

async fn token(State(gate): State<Arc<Gate>>, Path(company): Path<String>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    gate.token(&CompanyId::new(company), &parts, body).await
}

async fn keys(State(gate): State<Arc<Gate>>, Path(company): Path<String>, headers: HeaderMap) -> Response<Body> {
    let trace = Trace::read(&headers);
    let company = CompanyId::new(company);
    let found = match gate.store.company(&company).await {
        Ok(Some(_)) => gate.jwks(&company).await.map(Some),
        Ok(None) => Ok(None),
        Err(fault) => Err(fault.into()),
    };
    public(found, "application/jwk-set+json", &trace)
}

/// RFC 8414. `response_types_supported` is left out: we have no authorization endpoint, and an
/// empty list is forbidden (erratum 7793).
async fn metadata(State(gate): State<Arc<Gate>>, Path(company): Path<String>, headers: HeaderMap) -> Response<Body> {
    let trace = Trace::read(&headers);
    let found = gate.store.company(&CompanyId::new(company)).await;
    let found = found.map_err(GateError::from).map(|company| {
        company.map(|company| {
            json!({
                "issuer": company.issuer(),
                "token_endpoint": company.token_endpoint(),
                "jwks_uri": company.jwks_uri(),
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_basic"],
                "token_endpoint_auth_signing_alg_values_supported": ["ES256", "EdDSA", "PS256"],
                "scopes_supported": scopes(),
            })
        })
    });
    public(found, "application/json", &trace)
}

/// Every operation there is, once.
fn scopes() -> Vec<&'static str> {
    let operations = api::served().flat_map(|api| api.operations());
    let mut scopes: Vec<&'static str> = operations.map(|operation| operation.id).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

fn public(found: Result<Option<Value>, GateError>, media: &str, trace: &Trace) -> Response<Body> {
    match found {
        Ok(Some(body)) => {
            let mut response = answer::json(StatusCode::OK, &body);
            answer::put(&mut response, header::CONTENT_TYPE, media);
            answer::put(&mut response, header::CACHE_CONTROL, KEPT);
            trace.answer(response.headers_mut());
            response
        }
        Ok(None) => unknown_company(trace),
        Err(fault) => {
            tracing::error!(%fault, "the authorization server cannot answer");
            answer::failure(&fault.failure(), trace)
        }
    }
}

pub(crate) fn unknown_company(trace: &Trace) -> Response<Body> {
    answer::failure(&Failure::NotFound, trace)
}
