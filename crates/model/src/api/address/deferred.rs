//! Validations that are answered later: acknowledged, worked on, ready; kept, so that they can be
//! fetched, and told to those who subscribed.
//!
//! A validation has no history and no place for a reason: both are in the decision only.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::lifecycle::VALIDATION;
use super::rules::{RESOURCE, find, wire};
use crate::api::history::{self, About, Move};
use crate::api::items::answer::told;
use crate::api::items::text;
use crate::api::later;
use crate::commit::{Commit, Decision, Job};
use crate::document::{Document, Object, Side};
use crate::failure::Problem;
use crate::lifecycle::{Actor, Refused};
use crate::rules::{Context, Outcome};

const API: &str = "geographicAddressManagement";

/// Mplify 121.1 R30, R35: 201, `acknowledged`, an identifier. All the rest is the work of a job.
pub(super) fn acknowledge(mut body: Object, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
    let id = (ctx.new_id)();
    body.insert("id".into(), json!(id));
    body.insert("alternateGeographicAddress".into(), json!([]));
    shift(&mut body, "acknowledged", ctx).map_err(told)?;
    let document = Document {
        id,
        scope: history::scope(ctx),
        side: Side::Seller,
        api: API.to_owned(),
        resource: RESOURCE.to_owned(),
        state: text(&body, "state").to_owned(),
        revision: 1,
        agreement_version: ctx.agreement.version,
        created_at: ctx.now,
        updated_at: ctx.now,
        body: body.clone(),
    };
    Ok(Outcome {
        commit: Commit {
            jobs: vec![job(&document, ctx.now, ctx)],
            ..Commit::of(document)
        },
        status: 201,
        body,
    })
}

/// The next step. Book and agreement may be others by now: what would be refused today is
/// rejected while it is only acknowledged, and comes to nothing afterwards, since nothing but
/// `ready` follows `inProgress`.
pub(super) fn step(document: &Document, ctx: &Context<'_>) -> Commit {
    let empty = Object::new();
    let query = document.at("/submittedGeographicAddress").and_then(Value::as_object);
    let answer = find(query.unwrap_or(&empty), ctx);
    match (document.state.as_str(), answer) {
        ("acknowledged", Ok(_)) => {
            let mut commit = next(document, document.body.clone(), ("inProgress", Vec::new()), ctx);
            commit.jobs = vec![job(document, later::due(None, ctx), ctx)];
            commit
        }
        ("acknowledged", Err(problem)) => {
            next(document, document.body.clone(), ("rejected", vec![problem.reason]), ctx)
        }
        ("inProgress", answer) => {
            let mut body = document.body.clone();
            let line = match answer {
                Ok(found) => {
                    let best = found.0.as_ref().map_or("none", |address| address.id.as_str());
                    let line = format!("Best match {best}, {} alternates.", found.1.len());
                    wire(&mut body, found, ctx);
                    line
                }
                Err(problem) => problem.reason,
            };
            next(document, body, ("ready", vec![line]), ctx)
        }
        _ => Commit::default(),
    }
}

/// The next revision, with its event, and a decision where there is something to say.
fn next(document: &Document, mut body: Object, (to, lines): (&'static str, Vec<String>), ctx: &Context<'_>) -> Commit {
    if shift(&mut body, to, ctx).is_err() {
        return Commit::default();
    }
    let about = About {
        api: "geographicAddressNotification",
        lane: &document.id,
    };
    let href = format!(
        "{}/mefApi/sonata/{API}/v8/{RESOURCE}/{}",
        ctx.company.base_url, document.id
    );
    // Mplify 121.1 R54
    let payload = json!({"id": document.id, "href": href, "state": to});
    let event = history::event(ctx, about, "geographicAddressValidationStateChangeEvent", payload);
    let decision = (!lines.is_empty()).then(|| Decision {
        id: (ctx.new_id)(),
        document_id: document.id.clone(),
        item_id: None,
        step: RESOURCE.into(),
        answered_by: "book".into(),
        // The frame knows the version of the book it gave us.
        book_version: 0,
        agreement_version: ctx.agreement.version,
        at: ctx.now,
        inputs: Value::Null,
        outcome: json!({"state": to, "lines": lines}),
    });
    Commit {
        events: vec![event],
        decisions: decision.into_iter().collect(),
        ..Commit::of(document.next(to, body, ctx.now))
    }
}

/// Moves the validation. The state is all that is shown of the life cycle.
pub(super) fn shift(body: &mut Object, to: &str, ctx: &Context<'_>) -> Result<(), Refused> {
    let by_us = Move {
        to,
        by: Actor::Seller,
        at: ctx.now,
        reason: None,
    };
    history::change(&VALIDATION, body, by_us)?;
    body.remove("stateChange");
    Ok(())
}

fn job(document: &Document, due_at: Timestamp, ctx: &Context<'_>) -> Job {
    Job {
        id: (ctx.new_id)(),
        scope: document.scope.clone(),
        document_id: document.id.clone(),
        resource: RESOURCE.to_owned(),
        kind: "answer".to_owned(),
        payload: Value::Null,
        due_at,
        attempt: 0,
    }
}
