//! The front: every request of every described operation comes in here, whichever role serves
//! it. What a role adds is one [`Answers`]; routes, admission, limits, query and JSON are written
//! once.
//!
//! Order of checks (the first failure answers): load, token, scope, parties, query, body. Nothing of a
//! body is read before the caller is known.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::response::Response;
use axum::routing::any;
use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, header};
use segue_model::api;
use segue_model::describe::{Kind, Lifeline, Operation, Parties, Query};
use segue_model::failure::Failure;
use segue_model::id::CompanyId;
use segue_model::party::Role;
use segue_model::release::translate::Spoken;
use segue_net::trace::Trace;
use tracing::Instrument;

use crate::admit::{Caller, check_parties};
use crate::body::{self, Sent};
use crate::load::{Class, Ticket};
use crate::traffic::Fate;
use crate::{Gate, answer};

/// A request that passed admission.
pub struct Call {
    /// Who asks, under which agreement.
    pub caller: Caller,
    /// What is asked.
    pub operation: Arc<Operation>,
    /// `{id}` of the path, where there is one.
    pub id: Option<String>,
    /// Filters and paging, checked.
    pub query: Query,
    /// The query as it stood in the address; empty without one.
    pub query_text: String,
    /// Request headers.
    pub headers: HeaderMap,
    /// The body of a POST or PATCH.
    pub sent: Option<Sent>,
    /// Request and trace id.
    pub trace: Trace,
    /// What the caller said, where it speaks an older version and the rest is translated; the
    /// role that answers fills it in.
    pub spoken: Option<Arc<Spoken>>,
}

/// What a role answers.
pub trait Answers: Send + Sync + 'static {
    /// Which side of the APIs this role serves.
    const LIFELINE: Lifeline;

    /// The longest body read, in bytes.
    const BODY_MAX: usize;

    /// Answers one admitted request.
    fn answer(&self, call: Call) -> impl Future<Output = Result<Response, Failure>> + Send;
}

/// Routes of all described operations of one lifeline, for every company.
pub fn routes<A: Answers>(gate: &Arc<Gate>, answers: &Arc<A>) -> Router {
    let mut by_path: BTreeMap<String, Vec<Arc<Operation>>> = BTreeMap::new();
    for api in api::served().filter(|api| api.served_by == A::LIFELINE) {
        for operation in api.operations() {
            let operation = Arc::new(operation);
            for path in operation.also.iter().chain([&operation.path]) {
                let path = format!("/{{company}}{}{path}", api.base_path());
                by_path.entry(path).or_default().push(Arc::clone(&operation));
            }
        }
    }
    let mut router = Router::new();
    for (path, operations) in by_path {
        let (gate, answers, operations) = (Arc::clone(gate), Arc::clone(answers), Arc::new(operations));
        let handle = move |path: Path<BTreeMap<String, String>>, request: Request| {
            enter(
                Arc::clone(&gate),
                Arc::clone(&answers),
                Arc::clone(&operations),
                (path, request),
            )
        };
        router = router.route(&path, any(handle));
    }
    router
}

async fn enter<A: Answers>(
    gate: Arc<Gate>,
    answers: Arc<A>,
    operations: Arc<Vec<Arc<Operation>>>,
    (Path(path), request): (Path<BTreeMap<String, String>>, Request),
) -> Response {
    let trace = Trace::read(request.headers());
    let Some(operation) = operations
        .iter()
        .find(|operation| operation.method == request.method().as_str())
    else {
        return not_allowed(&operations, &trace);
    };
    let operation = Arc::clone(operation);
    let started = Instant::now();
    let holder = gate.holders.seems(request.headers());
    let ticket = match gate.load.arrive(Class::of(&operation), holder) {
        Ok(ticket) => ticket,
        Err(failure) => {
            // As cheap as can be: no span and no line in the log for each.
            let response = answer::failure(&failure, &trace);
            measure(&operation, &response, started);
            return response;
        }
    };
    let span = tracing::info_span!("request", operation = operation.id, company = path.get("company"), id = %trace.request_id, trace = %trace.trace_id);
    let work = one(
        &gate,
        answers.as_ref(),
        (Arc::clone(&operation), path, request),
        (trace.clone(), ticket),
    )
    .instrument(span.clone());
    let outcome = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(parent: &span, "a request panicked; this is a fault of Segue");
        Err(Failure::Internal)
    });
    let mut response = outcome.unwrap_or_else(|failure| answer::failure_response(&failure, &trace.request_id));
    trace.answer(response.headers_mut());
    measure(&operation, &response, started);
    span.in_scope(|| {
        tracing::info!(
            status = response.status().as_u16(),
            ms = started.elapsed().as_millis() as u64,
            "answered"
        )
    });
    response
}

async fn one<A: Answers>(
    gate: &Gate,
    answers: &A,
    (operation, mut path, request): (Arc<Operation>, BTreeMap<String, String>, Request),
    (trace, mut ticket): (Trace, Ticket),
) -> Result<Response, Failure> {
    let company = CompanyId::new(path.remove("company").unwrap_or_default());
    let (parts, body) = request.into_parts();
    let role = match A::LIFELINE {
        Lifeline::Seller => Role::Seller,
        Lifeline::Buyer => Role::Buyer,
    };
    let caller = match gate.admit(&company, role, &operation, &parts.headers).await {
        Ok(caller) => caller,
        Err(failure) => {
            gate.note_refusal(&company, &operation, &failure, &trace).await;
            return Err(failure);
        }
    };
    let ending = answer::ending(&caller.agreement, operation.api);
    let request_id = trace.request_id.clone();
    let (scope, api) = (caller.scope(), operation.api);
    ticket.belongs_to(&scope);
    gate.holders.remember(&parts.headers, &scope);
    let answered = admitted(
        (gate, answers),
        (operation, path, (parts, body)),
        caller,
        (trace, &ticket),
    )
    .await;
    let status = answered
        .as_ref()
        .map_or_else(Failure::status, |answer| answer.status().as_u16());
    gate.count((&scope, role), api, Fate::of(status));
    let Some(ending) = ending else { return answered };
    // A refusal of a version that ends says so too.
    let mut response = answered.unwrap_or_else(|failure| answer::failure_response(&failure, &request_id));
    response.headers_mut().extend(ending);
    Ok(response)
}

/// A request whose caller is known.
async fn admitted<A: Answers>(
    (gate, answers): (&Gate, &A),
    (operation, mut path, (parts, body)): (Arc<Operation>, BTreeMap<String, String>, (Parts, Body)),
    caller: Caller,
    (trace, ticket): (Trace, &Ticket),
) -> Result<Response, Failure> {
    let company = caller.company.id.clone();
    let pairs = query_pairs(&parts);
    let query = operation.check_query(&pairs)?;
    let in_query = operation
        .listener
        .is_none_or(|listener| listener.parties == Parties::Query);
    let mut named = Ok(());
    if in_query {
        named = check_parties(&caller, query.buyer_id.as_deref(), query.seller_id.as_deref());
    }
    let sent = match operation.kind {
        _ if named.is_err() => None,
        Kind::List | Kind::Get | Kind::HubGet | Kind::HubDelete if operation.request.is_none() => None,
        _ => Some(body::read(&parts.headers, body, A::BODY_MAX).await?),
    };
    if !in_query {
        // Before Kylie events named the parties themselves.
        let text = |at: &str| sent.as_ref().and_then(|sent| sent.json.pointer(at)?.as_str());
        named = check_parties(&caller, text("/event/buyerId"), text("/event/sellerId"));
    }
    if let Err(failure) = named {
        gate.note_refusal(&company, &operation, &failure, &trace).await;
        return Err(failure);
    }
    let id = path.remove("id");
    let query_text = parts.uri.query().unwrap_or_default().to_owned();
    let call = Call {
        caller,
        operation,
        id,
        query,
        query_text,
        headers: parts.headers,
        sent,
        trace,
        spoken: None,
    };
    let pass = ticket.pass(call.operation.id).await?;
    let answered = answers.answer(call).await;
    if answered.is_ok() {
        pass.worked();
    }
    answered
}

/// The pairs of the query, decoded as forms are.
fn query_pairs(parts: &Parts) -> Vec<(String, String)> {
    url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

fn not_allowed(operations: &[Arc<Operation>], trace: &Trace) -> Response {
    let mut response = answer::failure_response(&Failure::MethodNotAllowed, &trace.request_id);
    let allowed: Vec<&str> = operations.iter().map(|operation| operation.method).collect();
    if let Ok(value) = HeaderValue::from_str(&allowed.join(", ")) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    trace.answer(response.headers_mut());
    response
}

fn measure(operation: &Operation, response: &Response<Body>, started: Instant) {
    let status = response.status().as_u16().to_string();
    metrics::counter!("segue_requests_total", "api" => operation.api.name, "operation" => operation.id, "status" => status).increment(1);
    metrics::histogram!("segue_request_seconds", "api" => operation.api.name, "operation" => operation.id)
        .record(started.elapsed().as_secs_f64());
}

/// What no route knows: the standard's 404, or 405 for the methods HTTP asks servers to know.
pub async fn nowhere(method: Method, headers: HeaderMap) -> Response {
    let trace = Trace::read(&headers);
    let failure = if method == Method::TRACE || method == Method::CONNECT {
        Failure::MethodNotAllowed
    } else {
        Failure::NotFound
    };
    let mut response = answer::failure_response(&failure, &trace.request_id);
    trace.answer(response.headers_mut());
    response
}
