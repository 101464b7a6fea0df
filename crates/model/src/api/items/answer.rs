//! Answers to items: written into the request's echo, moved through the life cycles, rolled up
//! to the whole, and kept as decisions. POQ and quote answer in the same way.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Item, list, text};
use crate::api::contacts;
use crate::api::history::{self, About, Move};
use crate::commit::{Commit, Decision, Event, Job};
use crate::document::{Document, Object, Side};
use crate::failure::{Problem, ProblemCode};
use crate::lifecycle::{Actor, Lifecycle, Refused};
use crate::rules::{Context, Outcome};

/// What is answered, and how the answer is announced.
#[derive(Debug)]
pub struct Answered {
    /// API name of its documents.
    pub api: &'static str,
    /// Path of the API behind the base address of the company.
    pub base: &'static str,
    /// Resource name.
    pub resource: &'static str,
    /// The property that holds the items.
    pub items: &'static str,
    /// Life cycle of the whole.
    pub whole: &'static Lifecycle,
    /// Life cycle of an item.
    pub item: &'static Lifecycle,
    /// State of the whole, from those of its items.
    pub roll_up: fn(&[&str]) -> &'static str,
    /// Notification API.
    pub notification: &'static str,
    /// Event type of the whole.
    pub whole_event: &'static str,
    /// Event type of an item.
    pub item_event: &'static str,
    /// How an item event names the item.
    pub item_id: &'static str,
}

/// The answer to one item.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The state it goes to; empty where it stays in the one it has.
    pub state: &'static str,
    /// What the Seller adds to the item.
    pub fields: Object,
    /// For `changeReason`.
    pub reason: Option<String>,
    /// What the answer was computed from, beyond book and agreement.
    pub inputs: Value,
    /// What led to it: one sentence each.
    pub lines: Vec<String>,
}

impl Answer {
    /// Only a state.
    pub fn state(state: &'static str) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }

    /// The item is left as it is.
    pub fn stays() -> Self {
        Self::default()
    }

    fn moves(&self) -> bool {
        !self.state.is_empty()
    }

    /// The end of an item for what is wrong with it; each problem becomes a `terminationError`.
    pub fn failed(state: &'static str, problems: &[Problem]) -> Self {
        let errors: Vec<Value> = problems
            .iter()
            .map(
                |problem| json!({"code": problem.code, "propertyPath": problem.property_path, "value": problem.reason}),
            )
            .collect();
        let mut fields = Object::new();
        fields.insert("terminationError".into(), Value::Array(errors));
        Self {
            state,
            fields,
            reason: problems.first().map(|problem| problem.reason.clone()),
            lines: problems.iter().map(|problem| problem.reason.clone()).collect(),
            ..Self::default()
        }
    }
}

impl Answered {
    /// The body an answer starts with: all the Buyer sent, unchanged (Mplify 115.1 R14, 87.1
    /// R42), our identifier and our contact.
    pub fn echo(&self, sent: &Object, ctx: &Context<'_>) -> Object {
        let mut body = sent.clone();
        let id = (ctx.new_id)();
        let href = format!(
            "{}/mefApi/sonata/{}/{}/{id}",
            ctx.company.base_url, self.base, self.resource
        );
        body.insert("id".into(), json!(id));
        body.insert("href".into(), json!(href));
        contacts::add_ours(&mut body, "sellerContactInformation", &ctx.company.contact);
        body
    }

    /// Writes one answer per item into `body` and moves those that do not stay, and the whole where
    /// that makes a difference. The events are for subscribers; before the answer to a create went out there are none to tell.
    pub fn apply(&self, body: &mut Object, answers: &[Answer], ctx: &Context<'_>) -> Result<Vec<Event>, Refused> {
        let mut states = Vec::new();
        for (index, answer) in answers.iter().enumerate().filter(|(_, answer)| answer.moves()) {
            let Some(item) = item_mut(body, self.items, index) else {
                continue;
            };
            item.extend(answer.fields.clone());
            let reason = answer.reason.as_deref();
            history::change(self.item, item, seller_move(answer.state, reason, ctx.now))?;
            states.push((text(item, "id").to_owned(), answer.state));
        }
        let of_item = |item: &Value| item.get("state").and_then(Value::as_str).map(str::to_owned);
        let all: Vec<String> = list(body, self.items).iter().filter_map(of_item).collect();
        let whole = (self.roll_up)(&all.iter().map(String::as_str).collect::<Vec<_>>());
        let moves = whole != text(body, "state");
        if moves {
            history::change(self.whole, body, seller_move(whole, None, ctx.now))?;
        }
        let mut events: Vec<Event> = states
            .iter()
            .map(|(id, state)| self.item_changed(body, (id, state), ctx))
            .collect();
        if moves {
            events.push(self.whole_changed(body, ctx));
        }
        Ok(events)
    }

    /// The event for the present state of the whole.
    pub fn whole_changed(&self, body: &Object, ctx: &Context<'_>) -> Event {
        let payload = self.payload(body, text(body, "state"));
        self.event(ctx, body, (self.whole_event, payload))
    }

    /// The event for an item (its id, its state).
    pub fn item_changed(&self, body: &Object, (id, state): (&str, &str), ctx: &Context<'_>) -> Event {
        let mut payload = self.payload(body, state);
        payload[self.item_id] = json!(id);
        self.event(ctx, body, (self.item_event, payload))
    }

    fn payload(&self, body: &Object, state: &str) -> Value {
        json!({"id": text(body, "id"), "href": text(body, "href"), "state": state})
    }

    fn event(&self, ctx: &Context<'_>, body: &Object, (kind, payload): (&str, Value)) -> Event {
        let about = About {
            api: self.notification,
            lane: text(body, "id"),
        };
        history::event(ctx, about, kind, payload)
    }

    /// The first revision of a document with this `body`.
    pub fn document(&self, body: Object, ctx: &Context<'_>) -> Document {
        Document {
            id: text(&body, "id").to_owned(),
            scope: history::scope(ctx),
            side: Side::Seller,
            api: self.api.to_owned(),
            resource: self.resource.to_owned(),
            state: text(&body, "state").to_owned(),
            revision: 1,
            agreement_version: ctx.agreement.version,
            created_at: ctx.now,
            updated_at: ctx.now,
            body,
        }
    }

    /// A job of `kind` on the document with this `body`.
    pub fn job(&self, body: &Object, (kind, due_at): (&str, Timestamp), ctx: &Context<'_>) -> Job {
        Job {
            id: (ctx.new_id)(),
            scope: history::scope(ctx),
            document_id: text(body, "id").to_owned(),
            resource: self.resource.to_owned(),
            kind: kind.to_owned(),
            payload: Value::Null,
            due_at,
            attempt: 0,
        }
    }

    /// One decision per item that is answered: what was answered, and from what.
    pub fn decisions(&self, body: &Object, answers: &[Answer], ctx: &Context<'_>) -> Vec<Decision> {
        let items = list(body, self.items).iter();
        items
            .zip(answers)
            .filter(|(_, answer)| answer.moves())
            .map(|(item, answer)| Decision {
                id: (ctx.new_id)(),
                document_id: text(body, "id").to_owned(),
                item_id: item.get("id").and_then(Value::as_str).map(str::to_owned),
                step: self.resource.to_owned(),
                answered_by: "book".into(),
                // The caller knows which version of the book it handed out.
                book_version: 0,
                agreement_version: ctx.agreement.version,
                at: ctx.now,
                inputs: answer.inputs.clone(),
                outcome: json!({"state": answer.state, "lines": answer.lines}),
            })
            .collect()
    }

    /// A create that was acknowledged only: everything else is the work of a job.
    pub fn acknowledge(&self, mut body: Object, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        let answers = vec![Answer::state("acknowledged"); list(&body, self.items).len()];
        self.apply(&mut body, &answers, ctx).map_err(told)?;
        let job = self.job(&body, ("answer", ctx.now), ctx);
        let commit = Commit {
            jobs: vec![job],
            ..Commit::of(self.document(body.clone(), ctx))
        };
        Ok(Outcome {
            commit,
            status: 201,
            body,
        })
    }

    /// The next revision of `document` after `answers`, with its events and decisions; nothing
    /// if the life cycle forbids it.
    pub fn advance(&self, document: &Document, mut body: Object, answers: &[Answer], ctx: &Context<'_>) -> Commit {
        let Ok(events) = self.apply(&mut body, answers, ctx) else {
            return Commit::default();
        };
        let state = text(&body, "state").to_owned();
        Commit {
            events,
            decisions: self.decisions(&body, answers, ctx),
            ..Commit::of(document.next(state, body, ctx.now))
        }
    }
}

/// The end of all items: those with problems go to `failed` and say why, the others to `others`.
/// A problem that is no item's own ends them all.
pub fn ends(items: &[Item<'_>], problems: &[Problem], (failed, others): (&'static str, &'static str)) -> Vec<Answer> {
    let is_general = |problem: &&Problem| !items.iter().any(|item| item.owns(&problem.property_path));
    let answers = items.iter().map(|item| {
        let concerns = |problem: &&Problem| item.owns(&problem.property_path) || is_general(problem);
        let own: Vec<Problem> = problems.iter().filter(concerns).cloned().collect();
        if own.is_empty() {
            Answer::state(others)
        } else {
            Answer::failed(failed, &own)
        }
    });
    answers.collect()
}

/// What a partner is told when our own life cycle refuses our answer: it is our fault, and no
/// property of the request.
pub fn told(refused: Refused) -> Vec<Problem> {
    vec![Problem::new(
        ProblemCode::OtherIssue,
        "",
        format!("This cannot be answered: {refused}."),
    )]
}

fn seller_move<'a>(to: &'a str, reason: Option<&'a str>, at: Timestamp) -> Move<'a> {
    Move {
        to,
        by: Actor::Seller,
        at,
        reason,
    }
}

fn item_mut<'a>(body: &'a mut Object, items: &str, index: usize) -> Option<&'a mut Object> {
    body.get_mut(items)?.as_array_mut()?.get_mut(index)?.as_object_mut()
}
