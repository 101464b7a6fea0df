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
use segue_model::rules::{Outcome, Refusal, Rules};
use segue_store::CommitError;
use serde_json::Value;

use super::repeat::{self, Look};
use super::{json, older};
use crate::answering::MarkedBody;
use crate::decide::{Matter, Request};
use crate::{Seller, SellerError};

/// Decisions on one request before it is given up: each loss means that another one succeeded.
const TRIES_MAX: u32 = 8;

/// Seconds until a request that lost every race is worth trying again.
const BUSY_RETRY_SECONDS: u64 = 1;

/// Answers.
pub async fn answer(seller: &Seller, call: Call) -> Result<Response, Failure> {
    let rules = rules(seller, &call).ok_or_else(|| crate::not_offered(&call))?;
    let sent = call.sent.as_ref().ok_or_else(super::list::no_body)?;
    let keyed = match repeat::look(seller, &call, sent).await? {
        Look::Known(answer) => return Ok(answer),
        Look::New(keyed) => keyed,
    };
    let shape = call.operation.request.ok_or(Failure::Internal)?;
    let checked = seller.parts.schemas.check(call.operation.api, shape, sent.json.clone());
    let input = checked.map_err(Failure::Unprocessable)?;
    for _ in 0..TRIES_MAX {
        let around = seller.around(&call.caller, call.operation.api.version).await?;
        let matter = matter(seller, &call, (rules, input.clone())).await?;
        let outcome = seller.decide(matter, &around).await?.map_err(refusal)?.outcome;
        let status = StatusCode::from_u16(outcome.status).map_err(|_| Failure::Internal)?;
        let told = older::told(&call, &outcome);
        let text = serde_json::to_string(&told).map_err(|_| Failure::Internal)?;
        let answered = keyed
            .as_ref()
            .map(|keyed| keyed.row(seller, &call, (outcome.status, &text)));
        let mut commit = complete(&call, outcome);
        let created = older::created(&call, &commit);
        commit.events.splice(0..0, created);
        commit.idempotency = answered;
        // Whatever this changes and tells waits until the answer is out.
        let ids = commit.documents.iter().map(|document| document.id.clone());
        let lanes = commit.events.iter().map(|event| event.lane.clone());
        let mark = seller.answering.mark(ids.chain(lanes).collect());
        match seller.commit_marked(commit, mark.shared()).await {
            Ok(()) => {
                #[cfg(feature = "planted")]
                if segue_store::planted::is("event-before-answer") {
                    drop(mark);
                    tokio::time::sleep(segue_store::planted::LATE).await;
                    return Ok(json(status, text));
                }
                let body = MarkedBody::new(Bytes::from(text), Some(mark));
                return Ok(json(status, axum::body::Body::new(body)));
            }
            Err(CommitError::Conflict | CommitError::CapacityExhausted { .. }) => {}
            Err(CommitError::Duplicate(_)) => return keyed.as_ref().ok_or(Failure::Internal)?.twin(seller).await,
            Err(CommitError::Store(error)) => return Err(SellerError::from(error).into()),
        }
    }
    Err(Failure::Unavailable(BUSY_RETRY_SECONDS))
}

/// Who decides on an operation; none where it is not alive here.
fn rules(seller: &Seller, call: &Call) -> Option<&'static dyn Rules> {
    let rules_of = seller.parts.rules;
    match call.operation.kind {
        Kind::Create => rules_of(call.operation.resource?.name),
        Kind::Task => rules_of(call.operation.id),
        Kind::Patch => rules_of(call.operation.resource?.name).filter(|rules| rules.patch().is_some()),
        Kind::List | Kind::Get | Kind::Act | Kind::HubCreate | Kind::HubGet | Kind::HubDelete | Kind::Listener => None,
    }
}

/// What is decided on, as it is now.
async fn matter(seller: &Seller, call: &Call, (rules, input): (&dyn Rules, Checked)) -> Result<Matter, Failure> {
    let request = Request {
        rules: rules.name().to_owned(),
        api: call.operation.api.name.to_owned(),
        version: call.operation.api.version,
        shape: input.shape().to_owned(),
        body: Value::Object(input.body().clone()),
        checked: input.into(),
    };
    match call.operation.kind {
        Kind::Patch => {
            let old = Box::new(old(seller, call).await?);
            older::check_number(call, &old)?;
            Ok(Matter::Change { request, old })
        }
        _ => Ok(Matter::Request(request)),
    }
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

/// Adds what the frame knows: the received text, the trace, the audit row.
fn complete(call: &Call, outcome: Outcome) -> Commit {
    let mut commit = outcome.commit;
    commit.trace = call.trace.trace_id.clone();
    let made = commit.documents.first();
    if let (Some(made), Some(sent)) = (made, &call.sent) {
        commit.received.push(Received {
            document_id: made.id.clone(),
            revision: made.revision,
            version: older::version(call),
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
