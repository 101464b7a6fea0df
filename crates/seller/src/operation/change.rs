//! POST and PATCH that change something: decided by the rules, committed whole, then answered.
//!
//! Somebody who was faster (a conflict, the last port gone) makes the decision start again, a
//! bounded number of times. An `Idempotency-Key` finds the first answer again, byte for byte.

use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use segue_gate::front::Call;
use segue_model::commit::{AuditEntry, Commit, Received};
use segue_model::describe::Kind;
use segue_model::document::{Checked, Document, Side};
use segue_model::failure::Failure;
use segue_model::rules::{Outcome, Patch, Refusal, Rules};
use segue_store::CommitError;

use super::json;
use super::repeat::{self, Look};
use crate::answering::MarkedBody;
use crate::{Seller, SellerError};

/// Decisions on one request before it is given up: each loss means that another one succeeded.
const TRIES_MAX: u32 = 8;

/// Seconds until a request that lost every race is worth trying again.
const BUSY_RETRY_SECONDS: u64 = 1;

/// Answers.
pub async fn answer(seller: &Seller, call: Call) -> Result<Response, Failure> {
    let rules = ruling(seller, &call).ok_or_else(|| crate::not_offered(&call))?;
    let sent = call.sent.as_ref().ok_or_else(super::list::no_body)?;
    let keyed = match repeat::look(seller, &call, sent).await? {
        Look::Known(answer) => return Ok(answer),
        Look::New(keyed) => keyed,
    };
    let shape = call.operation.request.ok_or(Failure::Internal)?;
    let checked = seller.parts.schemas.check(call.operation.api, shape, sent.json.clone());
    let input = checked.map_err(Failure::Unprocessable)?;
    for _ in 0..TRIES_MAX {
        let (outcome, book_version) = decide(seller, &call, &rules, &input).await?;
        let status = StatusCode::from_u16(outcome.status).map_err(|_| Failure::Internal)?;
        let text = serde_json::to_string(&outcome.body).map_err(|_| Failure::Internal)?;
        let answered = keyed
            .as_ref()
            .map(|keyed| keyed.row(seller, &call, (outcome.status, &text)));
        let mut commit = complete(&call, outcome, book_version);
        commit.idempotency = answered;
        // Whatever this changes and tells waits until the answer is out.
        let ids = commit.documents.iter().map(|document| document.id.clone());
        let lanes = commit.events.iter().map(|event| event.lane.clone());
        let mark = Some(seller.answering.mark(ids.chain(lanes).collect()));
        match seller.parts.store.commit(commit).await {
            Ok(()) => {
                let body = MarkedBody::new(Bytes::from(text), mark);
                return Ok(json(status, axum::body::Body::new(body)));
            }
            Err(CommitError::Conflict | CommitError::CapacityExhausted { .. }) => {}
            Err(CommitError::Duplicate(_)) => return keyed.as_ref().ok_or(Failure::Internal)?.twin(seller).await,
            Err(CommitError::Store(error)) => return Err(SellerError::from(error).into()),
        }
    }
    Err(Failure::Unavailable(BUSY_RETRY_SECONDS))
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

/// Adds what the frame knows: the received text, the book's version, the audit row.
fn complete(call: &Call, outcome: Outcome, book_version: u32) -> Commit {
    let mut commit = outcome.commit;
    commit.trace = call.trace.trace_id.clone();
    for decision in &mut commit.decisions {
        decision.book_version = book_version;
    }
    let made = commit.documents.first();
    if let (Some(made), Some(sent)) = (made, &call.sent) {
        commit.received.push(Received {
            document_id: made.id.clone(),
            revision: made.revision,
            version: call.operation.api.version,
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
    commit
}
