//! An order that runs: its moves and those of its items, what subscribers are told of them, and
//! what an end comes with. Whoever changes a running order does it here: jobs, requests of the
//! Buyer, charges, the operator.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::coordinated;
use super::entry::termination_error;
use super::lifecycle::{ORDER, ORDER_ITEM};
use super::rules::{API, BASE, NOTIFICATION, RESOURCE};
use super::view::{ended, item, item_mut, items, needed};
use crate::api::history::{self, About, Move};
use crate::api::items::{reference, text};
use crate::api::quote::rules::hold_owner;
use crate::book::Offering;
use crate::commit::{AuditEntry, Commit, Decision, HoldChange, Job};
use crate::document::{Document, Object, Side};
use crate::failure::ProblemCode;
use crate::lifecycle::{Actor, Refused};
use crate::rules::Context;
use crate::time;

/// The least time that work takes up again after a rest.
const RESUME: SignedDuration = SignedDuration::from_secs(60);

/// One change of one order.
pub(super) struct Running<'a> {
    pub ctx: &'a Context<'a>,
    /// As it was.
    pub old: &'a Document,
    /// As it is going to be.
    pub body: Object,
    /// What else changes.
    pub commit: Commit,
}

/// A change that the life cycle does not have changes nothing, and is told to the operator.
pub(super) fn refusal(document: &Document, action: &str, refused: &Refused) -> Commit {
    Commit {
        audit: vec![AuditEntry {
            company: document.scope.company.to_string(),
            actor: "clock".into(),
            action: action.to_owned(),
            object: format!("{} {}", document.resource, document.id),
            outcome: "refused".into(),
            detail: refused.to_string(),
            request_id: String::new(),
        }],
        ..Commit::default()
    }
}

impl<'a> Running<'a> {
    pub(super) fn new(old: &'a Document, ctx: &'a Context<'a>) -> Self {
        Self {
            ctx,
            old,
            body: old.body.clone(),
            commit: Commit::default(),
        }
    }

    /// The whole change; the order comes last.
    pub(super) fn finish(mut self) -> Commit {
        if self.body != self.old.body {
            let state = text(&self.body, "state").to_owned();
            let next = self.old.next(state, self.body, self.ctx.now);
            self.commit.documents.push(next);
        }
        self.commit
    }

    pub(super) fn ids(&self) -> Vec<String> {
        items(&self.body).map(|item| text(item, "id").to_owned()).collect()
    }

    /// Ids of the items in `state`.
    pub(super) fn ids_in(&self, state: &str) -> Vec<String> {
        let those = items(&self.body).filter(|item| text(item, "state") == state);
        those.map(|item| text(item, "id").to_owned()).collect()
    }

    pub(super) fn job(&self, kind: &str, payload: Value, due_at: Timestamp) -> Job {
        Job {
            id: (self.ctx.new_id)(),
            scope: self.old.scope.clone(),
            document_id: self.old.id.clone(),
            resource: RESOURCE.into(),
            kind: kind.into(),
            payload,
            due_at,
            attempt: 0,
        }
    }

    pub(super) fn move_order(&mut self, to: &str) -> Result<(), Refused> {
        let step = self.step(to);
        history::change(&ORDER, &mut self.body, step)?;
        self.tell("productOrderStateChangeEvent", json!({ "state": to }));
        Ok(())
    }

    pub(super) fn move_item(&mut self, id: &str, to: &str) -> Result<(), Refused> {
        let step = self.step(to);
        if let Some(item) = item_mut(&mut self.body, id) {
            history::change(&ORDER_ITEM, item, step)?;
            // Mplify 123.1 R28, R49: what never comes has no date.
            if matches!(to, "failed" | "cancelled") {
                item.shift_remove("expectedCompletionDate");
                self.restore(id);
            }
            self.tell_item(id, "productOrderItemStateChangeEvent", json!({ "state": to }));
        }
        Ok(())
    }

    fn step<'s>(&self, to: &'s str) -> Move<'s> {
        Move {
            to,
            by: Actor::Seller,
            at: self.ctx.now,
            reason: None,
        }
    }

    /// Work on an item that was `held` or `pending` goes on. If it should have been ready by
    /// now, it takes as long as it still had when it was laid down.
    pub(super) fn resume(&mut self, id: &str) -> Result<(), Refused> {
        let left = item(&self.body, id).and_then(|item| self.left(item));
        self.move_item(id, "inProgress")?;
        if let Some(left) = left {
            let ready = self.ctx.now.checked_add(left).unwrap_or(Timestamp::MAX);
            self.revise(id, ready, "Work rested while a decision was awaited.");
        }
        Ok(())
    }

    fn left(&self, item: &Object) -> Option<SignedDuration> {
        let expected = time::parse(text(item, "expectedCompletionDate"))?;
        let since = item
            .get("stateChange")?
            .as_array()?
            .last()?
            .get("changeDate")?
            .as_str()?;
        let left = expected.duration_since(time::parse(since)?);
        (expected <= self.ctx.now).then(|| left.max(RESUME))
    }

    /// Mplify 123.1 R52: another date comes with a note that says so and why.
    pub(super) fn revise(&mut self, id: &str, ready: Timestamp, why: &str) {
        let note = format!("Now expected on {}. {why}", time::text(ready));
        self.note(id, &note);
        self.expect(id, ready);
    }

    /// Sets and tells when an item is expected to be ready.
    pub(super) fn expect(&mut self, id: &str, ready: Timestamp) {
        if let Some(item) = item_mut(&mut self.body, id) {
            item.insert("expectedCompletionDate".into(), json!(time::text(ready)));
        }
        let event = "productOrderItemExpectedCompletionDateSetEvent";
        self.tell_item(id, event, json!({}));
    }

    /// Adds a note of ours to an item.
    pub(super) fn note(&mut self, id: &str, note: &str) {
        let note = seller_note(note, self.ctx);
        if let Some(item) = item_mut(&mut self.body, id)
            && let Some(notes) = item.entry("note").or_insert_with(|| json!([])).as_array_mut()
        {
            notes.push(note);
        }
    }

    /// An item fails, and with it every item that is related to it, in either direction and over
    /// others (MEF 57.2 7.3.3 gives no depth; half a circuit is of no use). Items that came to an
    /// end before keep it. Returns which failed.
    pub(super) fn fail(&mut self, id: &str, error: Value) -> Result<Vec<String>, Refused> {
        let mut failed = Vec::new();
        for other in self.related(id) {
            let Some(item) = item_mut(&mut self.body, &other) else {
                continue;
            };
            if other != id && ORDER_ITEM.is_final(text(item, "state")) {
                continue;
            }
            let error = if other == id {
                error.clone()
            } else {
                let reason = format!("It belongs together with item {id}, which failed.");
                termination_error(ProblemCode::OtherIssue, String::new(), &reason)
            };
            item.insert("terminationError".into(), json!([error]));
            self.move_item(&other, "failed")?;
            self.release(&other);
            failed.push(other);
        }
        Ok(failed)
    }

    /// `id` and all items linked with it by relations of the order, or by waiting for it; `id` first.
    fn related(&self, id: &str) -> Vec<String> {
        let mut related = vec![id.to_owned()];
        let mut next = 0;
        while let Some(current) = related.get(next).cloned() {
            next += 1;
            for other in items(&self.body) {
                let other_id = text(other, "id");
                let uses = needed(other).any(|id| id == current);
                let used = item(&self.body, &current).is_some_and(|item| needed(item).any(|id| id == other_id));
                if (uses || used) && !related.iter().any(|known| known == other_id) {
                    related.push(other_id.to_owned());
                }
            }
            // What waits for something that is completed does not wait any more.
            let open = item(&self.body, &current).is_some_and(|item| text(item, "state") != "completed");
            for other in coordinated::dependents(&self.body, &current) {
                if open && !related.contains(&other) {
                    related.push(other);
                }
            }
        }
        related
    }

    /// An order that waited for charges goes on when no item waits any more, and ends if that
    /// was all: two changes (digest trap 12).
    pub(super) fn unhold(&mut self) -> Result<(), Refused> {
        if text(&self.body, "state") == "held.assessingCharge" && self.ids_in("held").is_empty() {
            self.move_order("inProgress")?;
        }
        self.roll_up()
    }

    /// A request of the Buyer is off the table: the items that waited for it go on, and the order.
    pub(super) fn go_on(&mut self) -> Result<(), Refused> {
        for id in self.ids_in("pending") {
            self.resume(&id)?;
        }
        self.move_order("inProgress")
    }

    /// What the item is an item of, in the book of today.
    pub(super) fn offering(&self, item: &Object) -> Option<&'a Offering> {
        let product = item.get("product")?.as_object()?;
        self.ctx.book.offering(reference(product, "productOffering")?)
    }

    /// What an item holds is free again.
    pub(super) fn release(&mut self, id: &str) {
        let owner = hold_owner(&self.old.id, id);
        self.commit.holds.push(HoldChange::Release { owner });
    }

    /// Ends the order if no item moves any more.
    pub(super) fn roll_up(&mut self) -> Result<(), Refused> {
        let states: Vec<&str> = items(&self.body).map(|item| text(item, "state")).collect();
        let Some(state) = ended(&states) else {
            return Ok(());
        };
        let now = json!(time::text(self.ctx.now));
        if state == "cancelled" {
            self.body.insert("cancellationDate".into(), now.clone());
        }
        // Mplify 123.1 R47, and its table of attributes: every end has its date.
        self.body.insert("completionDate".into(), now);
        if state != "completed" {
            self.commit.cancel_jobs_of.push(self.old.id.clone());
        }
        self.move_order(state)
    }

    pub(super) fn tell_item(&mut self, id: &str, event_type: &str, mut fields: Value) {
        fields["orderItemId"] = json!(id);
        self.tell(event_type, fields);
    }

    fn tell(&mut self, event_type: &str, mut fields: Value) {
        fields["id"] = json!(self.old.id);
        fields["href"] = json!(address(RESOURCE, &self.old.id, self.ctx));
        let event = history::event(self.ctx, lane(&self.old.id), event_type, fields);
        self.commit.events.push(event);
    }
}

/// Everything about one order is told in one lane, so that it arrives in order.
pub(super) fn lane(order_id: &str) -> About<'_> {
    About {
        api: NOTIFICATION,
        lane: order_id,
    }
}

/// Why an answer was given, or what came of an answer of the Buyer.
pub(super) fn decision(
    (document_id, item_id): (&str, Option<&str>),
    (step, answered_by): (&str, &str),
    (inputs, outcome): (Value, Value),
    ctx: &Context<'_>,
) -> Decision {
    Decision {
        id: (ctx.new_id)(),
        document_id: document_id.to_owned(),
        item_id: item_id.map(str::to_owned),
        step: step.into(),
        answered_by: answered_by.into(),
        // The frame knows the version of the book it gave us.
        book_version: 0,
        agreement_version: ctx.agreement.version,
        at: ctx.now,
        inputs,
        outcome,
    }
}

/// The address of something of this API that belongs to an order.
pub(super) fn address(resource: &str, id: &str, ctx: &Context<'_>) -> String {
    format!("{}{BASE}/{resource}/{id}", ctx.company.base_url)
}

/// A new document of this API.
pub(super) fn document(resource: &str, body: Object, ctx: &Context<'_>) -> Document {
    Document {
        id: text(&body, "id").to_owned(),
        scope: history::scope(ctx),
        side: Side::Seller,
        api: API.into(),
        resource: resource.into(),
        state: text(&body, "state").to_owned(),
        revision: 1,
        agreement_version: ctx.agreement.version,
        created_at: ctx.now,
        updated_at: ctx.now,
        body,
    }
}

/// A note of ours (Mplify 123.1 R21).
pub(super) fn seller_note(text: &str, ctx: &Context<'_>) -> Value {
    json!({
        "id": (ctx.new_id)(), "author": ctx.company.name, "date": time::text(ctx.now),
        "source": "seller", "text": text,
    })
}
