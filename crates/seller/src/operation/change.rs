//! POST and PATCH that change something: decided by the rules, committed whole, then answered.
//!
//! Somebody who was faster (a conflict, the last port gone) makes the decision start again, a
//! bounded number of times. An `Idempotency-Key` finds the first answer again, byte for byte.

use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use jiff::SignedDuration;
use segue_gate::body::Sent;
use segue_gate::front::Call;
use segue_model::commit::{AuditEntry, Commit, IdempotentAnswer, Received};
use segue_model::describe::Kind;
use segue_model::document::{Checked, Document, Side};
use segue_model::failure::{Failure, Problem, ProblemCode};
use segue_model::rules::{Outcome, Patch, Refusal, Rules};
use segue_store::CommitError;

use super::json;
use crate::answering::MarkedBody;
use crate::{Seller, SellerError, idempotency};

/// Decisions on one request before it is given up: each loss means that another one succeeded.
const TRIES_MAX: u32 = 8;

/// Seconds until a request that lost every race is worth trying again.
const BUSY_RETRY_SECONDS: u64 = 1;

/// How long answers are kept for repeats: orders live for months, the rest for days.
const KEEP_ORDERS: SignedDuration = SignedDuration::from_hours(24 * 90);
const KEEP_OTHERS: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A key with the digest of the request it came with.
struct Keyed {
    key: String,
    digest: String,
    _flight: idempotency::Flight,
}

/// Answers.
pub async fn answer(seller: &Seller, call: Call) -> Result<Response, Failure> {
    let rules = ruling(seller, &call).ok_or_else(|| crate::not_offered(&call))?;
    let sent = call.sent.as_ref().ok_or_else(super::list::no_body)?;
    let keyed = keyed(seller, &call, sent)?;
    if let Some(keyed) = &keyed
        && let Some(known) = seller.known_answer(&keyed.key).await?
    {
        return repeat(&known, &keyed.digest);
    }
    let shape = call.operation.request.ok_or(Failure::Internal)?;
    let checked = seller.parts.schemas.check(call.operation.api, shape, sent.json.clone());
    let input = checked.map_err(Failure::Unprocessable)?;
    for _ in 0..TRIES_MAX {
        let (outcome, book_version) = decide(seller, &call, &rules, &input).await?;
        let status = StatusCode::from_u16(outcome.status).map_err(|_| Failure::Internal)?;
        let text = serde_json::to_string(&outcome.body).map_err(|_| Failure::Internal)?;
        let commit = complete(
            seller,
            &call,
            (outcome, book_version),
            keyed.as_ref().map(|keyed| (keyed, text.as_str())),
        );
        let mark = commit
            .documents
            .first()
            .map(|document| seller.answering.mark(&document.id));
        match seller.parts.store.commit(commit).await {
            Ok(()) => {
                let body = MarkedBody::new(Bytes::from(text), mark);
                return Ok(json(status, axum::body::Body::new(body)));
            }
            Err(CommitError::Conflict | CommitError::CapacityExhausted { .. }) => {}
            Err(CommitError::Duplicate(key)) => return twin(seller, &key, keyed.as_ref()).await,
            Err(CommitError::Store(error)) => return Err(SellerError::from(error).into()),
        }
    }
    Err(Failure::Unavailable(BUSY_RETRY_SECONDS))
}

fn keyed(seller: &Seller, call: &Call, sent: &Sent) -> Result<Option<Keyed>, Failure> {
    let Some(key) = idempotency::key(&call.headers)? else {
        return Ok(None);
    };
    let scope = call.caller.agreement.scope();
    let api = call.operation.api;
    // Company and partner are part of the key: two partners never meet in one.
    let key = format!(
        "{}|{}|{}|{}|{}|{key}",
        scope.company, scope.partner, api.name, api.version, call.operation.id
    );
    let id = call.id.as_deref().unwrap_or_default();
    let path_and_query = format!("{}|{id}?{}", call.operation.path, call.query_text);
    let digest = idempotency::digest(&path_and_query, &sent.json);
    let flight = seller.in_flight.take(&key)?;
    Ok(Some(Keyed {
        key,
        digest,
        _flight: flight,
    }))
}

/// Who decides.
enum Ruling {
    /// A create or a task.
    Create(&'static dyn Rules),
    /// A PATCH.
    Patch(&'static dyn Patch),
}

/// None where the operation is not alive here.
fn ruling(seller: &Seller, call: &Call) -> Option<Ruling> {
    let rules_of = seller.parts.rules;
    match call.operation.kind {
        Kind::Create => rules_of(call.operation.resource?.name).map(Ruling::Create),
        Kind::Task => rules_of(call.operation.id).map(Ruling::Create),
        Kind::Patch => rules_of(call.operation.resource?.name)?.patch().map(Ruling::Patch),
        Kind::List | Kind::Get | Kind::Act | Kind::HubCreate | Kind::HubGet | Kind::HubDelete | Kind::Listener => None,
    }
}

async fn decide(seller: &Seller, call: &Call, ruling: &Ruling, input: &Checked) -> Result<(Outcome, u32), Failure> {
    let around = seller.around(&call.caller, call.operation.api.version).await?;
    let scope = call.caller.agreement.scope();
    let outcome = match ruling {
        Ruling::Create(rules) => {
            let needs = rules.needs(input, &around.context(seller));
            let found = seller.find(&scope, needs).await?;
            rules
                .on_create(input, &found, &around.context(seller))
                .map_err(Failure::Unprocessable)?
        }
        Ruling::Patch(rules) => {
            let old = old(seller, call).await?;
            let needs = rules.needs(&old, input, &around.context(seller));
            let found = seller.find(&scope, needs).await?;
            rules
                .on_patch(&old, input, &found, &around.context(seller))
                .map_err(refusal)?
        }
    };
    Ok((outcome, around.book_version()))
}

/// The document a PATCH changes.
async fn old(seller: &Seller, call: &Call) -> Result<Document, Failure> {
    let resource = super::resource(call)?;
    let id = call.id.as_deref().unwrap_or_default();
    let scope = call.caller.agreement.scope();
    let found = seller
        .parts
        .store
        .document(&scope, Side::Seller, resource.name, id)
        .await;
    found.map_err(SellerError::from)?.ok_or(Failure::NotFound)
}

fn refusal(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Problems(problems) => Failure::Unprocessable(problems),
        Refusal::Conflict(reason) => Failure::Conflict(reason),
    }
}

/// Adds what the frame knows: the received text, the answer to repeat, the audit row.
fn complete(
    seller: &Seller,
    call: &Call,
    (outcome, book_version): (Outcome, u32),
    keyed: Option<(&Keyed, &str)>,
) -> Commit {
    let mut commit = outcome.commit;
    commit.trace = call.trace.trace_id.clone();
    let api = call.operation.api;
    for decision in &mut commit.decisions {
        decision.book_version = book_version;
    }
    let made = commit.documents.first();
    if let (Some(made), Some(sent)) = (made, &call.sent) {
        commit.received.push(Received {
            document_id: made.id.clone(),
            revision: made.revision,
            version: api.version,
            text: sent.text.clone(),
        });
    }
    commit.audit.push(AuditEntry {
        company: call.caller.company.id.to_string(),
        actor: call.caller.client_id.clone(),
        action: call.operation.id.into(),
        object: made.map_or_else(String::new, |made| format!("{}/{}", made.resource, made.id)),
        outcome: made.map_or_else(|| "ok".into(), |made| made.state.clone()),
        detail: String::new(),
        request_id: call.trace.request_id.clone(),
    });
    let keep = if api.name == "productOrderingManagement" {
        KEEP_ORDERS
    } else {
        KEEP_OTHERS
    };
    commit.idempotency = keyed.map(|(keyed, text)| IdempotentAnswer {
        key: keyed.key.clone(),
        digest: keyed.digest.clone(),
        status: outcome.status,
        body: text.to_owned(),
        expires_at: seller
            .parts
            .wall
            .now()
            .saturating_add(keep)
            .unwrap_or(jiff::Timestamp::MAX),
    });
    commit
}

/// The same request came twice at once and the other one was first.
async fn twin(seller: &Seller, key: &str, keyed: Option<&Keyed>) -> Result<Response, Failure> {
    let known = seller.known_answer(key).await?.ok_or(Failure::Internal)?;
    repeat(&known, keyed.map_or("", |keyed| keyed.digest.as_str()))
}

fn repeat(known: &IdempotentAnswer, digest: &str) -> Result<Response, Failure> {
    if known.digest != digest {
        let reason = "This Idempotency-Key was used with another request; use a new key for a new request.";
        return Err(Failure::Unprocessable(vec![Problem::new(
            ProblemCode::OtherIssue,
            "",
            reason,
        )]));
    }
    let status = StatusCode::from_u16(known.status).map_err(|_| Failure::Internal)?;
    Ok(json(status, known.body.clone()))
}

impl Seller {
    async fn known_answer(&self, key: &str) -> Result<Option<IdempotentAnswer>, SellerError> {
        Ok(self.parts.store.idempotent_answer(key, self.parts.wall.now()).await?)
    }
}
