//! How a quote ends other than by an order: the Buyer cancels or declines it, or its time is over.
//! What it held is free again and no job is left.
//!
//! Cancel and decline are tasks: they make nothing of their own, are answered with what was sent,
//! and take effect at once (MEF 80 R73). In the right state they cannot be refused.

use serde_json::{Value, json};

use super::answer::forget_results;
use super::lifecycle::{QUOTE, QUOTE_ITEM};
use super::rules::{ANSWERED, hold_owner, valid_until};
use crate::api::history::{self, Move};
use crate::api::items::answer::told;
use crate::api::items::{list, text};
use crate::commit::{Commit, Decision, Event, HoldChange};
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::lifecycle::{Actor, Refused};
use crate::rules::{Context, Found, Outcome, Ref, Rules};
use crate::time;

/// Rules of a task with which the Buyer ends a quote.
pub struct Ending {
    operation: &'static str,
    to: &'static str,
}

/// Mplify 115.1 R54: while it is worked on.
pub static CANCEL: Ending = Ending {
    operation: "cancelQuote",
    to: "cancelled",
};

/// Mplify 115.1 R55: when it can be ordered.
pub static DECLINE: Ending = Ending {
    operation: "declineQuote",
    to: "declined",
};

impl Rules for Ending {
    fn name(&self) -> &'static str {
        self.operation
    }

    fn needs(&self, input: &Checked, _ctx: &Context<'_>) -> Vec<Ref> {
        vec![Ref::Document {
            resource: ANSWERED.resource,
            id: text(input.body(), "quoteId").to_owned(),
        }]
    }

    fn on_create(&self, input: &Checked, found: &Found, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        // There is no 404 here: an unknown quote and somebody else's are the same 422.
        let quote = found
            .document(ANSWERED.resource, text(input.body(), "quoteId"))
            .ok_or_else(|| vec![Problem::not_found("/quoteId", "quote")])?;
        self.check_state(quote, ctx)?;
        let mut body = quote.body.clone();
        let by_buyer = Move {
            to: self.to,
            by: Actor::Buyer,
            at: ctx.now,
            reason: Some(text(input.body(), "reason")).filter(|reason| !reason.is_empty()),
        };
        let events = abandon_items(&mut body, by_buyer, ctx).map_err(told)?;
        let mut commit = end(quote, body, by_buyer, ctx).map_err(told)?;
        commit.events.splice(0..0, events);
        commit.decisions.push(self.decision(quote, input.body(), ctx));
        Ok(Outcome {
            commit,
            status: 200,
            body: input.body().clone(),
        })
    }
}

impl Ending {
    /// A quote past its end is expired in every respect, whether or not the clock has been there.
    fn check_state(&self, quote: &Document, ctx: &Context<'_>) -> Result<(), Vec<Problem>> {
        let is_over = valid_until(&quote.body).is_some_and(|end| end <= ctx.now);
        let state = match quote.state.as_str() {
            "approved.orderable" | "approved.orderableAlternate" if is_over => "expired",
            state => state,
        };
        if QUOTE.step(state, self.to, Actor::Buyer).is_ok() {
            return Ok(());
        }
        let edges = QUOTE.edges.iter();
        let from = edges.filter(|edge| edge.by == Actor::Buyer && edge.to.contains(&self.to));
        let from: Vec<&str> = from.map(|edge| edge.from).collect();
        let reason = format!(
            "This quote is {state}; it can be {} only while it is {}.",
            self.to,
            from.join(" or ")
        );
        Err(vec![Problem::invalid("/quoteId", reason)])
    }

    fn decision(&self, quote: &Document, sent: &Object, ctx: &Context<'_>) -> Decision {
        Decision {
            id: (ctx.new_id)(),
            document_id: quote.id.clone(),
            item_id: None,
            step: self.operation.into(),
            answered_by: "book".into(),
            // The frame knows the version of the book it gave us.
            book_version: 0,
            agreement_version: ctx.agreement.version,
            at: ctx.now,
            inputs: json!({"state": quote.state, "revision": quote.revision, "reason": sent.get("reason")}),
            outcome: json!({"state": self.to, "lines": ["What the quote held is free again."]}),
        }
    }
}

/// A cancelled quote shows no results, and its items that were still worked on are abandoned
/// (MEF 80 R52, table 38). A declined one is past that: its items stay as they are.
fn abandon_items(body: &mut Object, by_buyer: Move<'_>, ctx: &Context<'_>) -> Result<Vec<Event>, Refused> {
    let mut abandoned = Vec::new();
    if by_buyer.to != "cancelled" {
        return Ok(Vec::new());
    }
    // `cancelled` is a state of completion.
    body.remove("expectedQuoteCompletionDate");
    body.insert("effectiveQuoteCompletionDate".into(), json!(time::text(ctx.now)));
    let items = body.get_mut(ANSWERED.items).and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        forget_results(item);
        if matches!(text(item, "state"), "inProgress" | "inProgress.draft") {
            let to = "abandoned";
            history::change(&QUOTE_ITEM, item, Move { to, ..by_buyer })?;
            abandoned.push(text(item, "id").to_owned());
        }
    }
    let events = abandoned
        .iter()
        .map(|id| ANSWERED.item_changed(body, (id, "abandoned"), ctx));
    Ok(events.collect())
}

/// The end of validity: items stay as they are.
pub(super) fn expire(document: &Document, ctx: &Context<'_>) -> Commit {
    if valid_until(&document.body).is_none_or(|end| ctx.now < end) {
        return Commit::default();
    }
    let expired = Move {
        to: "expired",
        by: Actor::Clock,
        at: ctx.now,
        reason: None,
    };
    end(document, document.body.clone(), expired, ctx).unwrap_or_default()
}

/// The last revision of a quote; what its items held is free again.
fn end(document: &Document, mut body: Object, last: Move<'_>, ctx: &Context<'_>) -> Result<Commit, Refused> {
    history::change(&QUOTE, &mut body, last)?;
    let items = list(&body, ANSWERED.items).iter();
    let ids = items.filter_map(|item| item.get("id").and_then(Value::as_str));
    let holds = ids.map(|id| HoldChange::Release {
        owner: hold_owner(&document.id, id),
    });
    Ok(Commit {
        holds: holds.collect(),
        events: vec![ANSWERED.whole_changed(&body, ctx)],
        cancel_jobs_of: vec![document.id.clone()],
        ..Commit::of(document.next(last.to, body, ctx.now))
    })
}
