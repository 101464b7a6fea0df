//! Errands: steps that a person answers. An errand is a document of ours that no partner sees; it
//! has an owner and a due time from the moment it is opened, and reminds of itself until it is
//! answered. The flow it belongs to goes on by its answer alone; an errand whose flow went on
//! without it is withdrawn.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::book::Address;
use crate::commit::{AuditEntry, Commit, Job};
use crate::document::{Checked, Document, Side};
use crate::failure::Problem;
use crate::party::answers::{AnswerRule, Step};
use crate::rules::{Context, Found, Outcome, Ref, Rules};
use crate::time;

/// Resource name of errands. No API has it: it is never routed.
pub const RESOURCE: &str = "errand";

/// What stands in the `api` of an errand.
const API: &str = "segue";

/// Nobody looks at it yet.
pub const OPEN: &str = "open";
/// Somebody does.
pub const TAKEN: &str = "taken";
/// It is answered: the end.
pub const ANSWERED: &str = "answered";
/// Nobody waits for an answer any more: the other end.
pub const WITHDRAWN: &str = "withdrawn";

/// The filter that finds the errands a document waits for.
pub const ABOUT: &str = "aboutId";

/// Kind of the job that reminds of an errand when it is due.
const REMIND: &str = "remind";

/// Pause between reminders after the due time.
const REMIND_AGAIN: SignedDuration = SignedDuration::from_hours(4);

/// What is to be answered.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Which step.
    pub step: Step,
    /// The document that waits for the answer.
    pub about: &'a Document,
    /// The item, where it is about one.
    pub item: Option<&'a str>,
    /// Who shall answer, and by when.
    pub rule: &'a AnswerRule,
    /// What a person needs to know, in words and figures.
    pub facts: &'a Value,
    /// What the rules need to go on with the answer, and nobody else reads.
    pub memory: &'a Value,
}

/// The rule by which somebody else than the book answers `step` of an item, if there is one.
pub fn rule<'a>(
    step: Step,
    (offering, address): (&str, Option<&Address>),
    ctx: &Context<'a>,
) -> Option<&'a AnswerRule> {
    let field = |name: &str| address.and_then(|address| address.fielded.get(name)?.as_str());
    let country = field("countryCode").or_else(|| field("country"));
    ctx.agreement.errand_rule(step, offering, country)
}

/// Of several rules for one errand: that of the owner with the least time.
pub fn most_urgent<'a>(rules: impl Iterator<Item = &'a AnswerRule>, ctx: &Context<'_>) -> Option<&'a AnswerRule> {
    rules.min_by_key(|rule| rule.within.after(ctx.now))
}

/// Whether it still waits for an answer.
pub fn waits(errand: &Document) -> bool {
    errand.state != ANSWERED && errand.state != WITHDRAWN
}

/// While it waits it is found by what it is about.
pub fn index_rows(errand: &Document) -> Vec<(&'static str, String)> {
    let about = errand.text("/about/id").filter(|_| waits(errand));
    about.map(|id| (ABOUT, id.to_owned())).into_iter().collect()
}

/// Opens an errand: adds it, and the job that reminds of it, to `commit`.
pub fn open(question: Question<'_>, ctx: &Context<'_>, commit: &mut Commit) {
    let due_at = question.rule.within.after(ctx.now);
    let id = (ctx.new_id)();
    let body = json!({
        "id": id,
        "step": question.step,
        "about": { "resource": question.about.resource, "id": question.about.id },
        "item": question.item,
        "owner": question.rule.owner,
        "openedAt": time::text(ctx.now),
        "dueAt": time::text(due_at),
        "reminders": 0,
        "facts": question.facts,
        "memory": question.memory,
    });
    let Value::Object(body) = body else { return };
    let errand = Document {
        id: id.clone(),
        scope: question.about.scope.clone(),
        side: Side::Seller,
        api: API.into(),
        resource: RESOURCE.into(),
        state: OPEN.into(),
        revision: 1,
        agreement_version: question.about.agreement_version,
        created_at: ctx.now,
        updated_at: ctx.now,
        body,
    };
    commit.jobs.push(reminder(&errand, ctx, due_at));
    commit.audit.push(entry(&errand, "clock", "errand.open"));
    commit.documents.push(errand);
}

fn reminder(errand: &Document, ctx: &Context<'_>, due_at: jiff::Timestamp) -> Job {
    Job {
        id: (ctx.new_id)(),
        scope: errand.scope.clone(),
        document_id: errand.id.clone(),
        resource: RESOURCE.into(),
        kind: REMIND.into(),
        payload: Value::Null,
        due_at,
        attempt: 0,
    }
}

/// The errand in another state, with `changes` laid over its body.
pub fn next(errand: &Document, state: &str, changes: Value, now: jiff::Timestamp) -> Document {
    let mut body = errand.body.clone();
    if let Value::Object(changes) = changes {
        body.extend(changes);
    }
    errand.next(state, body, now)
}

/// Ends an errand with its answer.
pub fn end(errand: &Document, answer: &Value, who: &str, now: jiff::Timestamp) -> Commit {
    let changes = json!({ "answer": answer, "answeredBy": who, "answeredAt": time::text(now) });
    let ended = next(errand, ANSWERED, changes, now);
    Commit {
        audit: vec![entry(&ended, who, "errand.answer")],
        documents: vec![ended],
        cancel_jobs_of: vec![errand.id.clone()],
        ..Commit::default()
    }
}

/// Ends an errand that nobody waits for any more.
pub fn withdraw(errand: &Document, now: jiff::Timestamp) -> Commit {
    let ended = next(errand, WITHDRAWN, json!({ "withdrawnAt": time::text(now) }), now);
    Commit {
        audit: vec![entry(&ended, "clock", "errand.withdraw")],
        documents: vec![ended],
        cancel_jobs_of: vec![errand.id.clone()],
        ..Commit::default()
    }
}

/// The audit row of a change of an errand.
pub fn entry(errand: &Document, who: &str, action: &str) -> AuditEntry {
    AuditEntry {
        company: errand.scope.company.to_string(),
        actor: who.into(),
        action: action.into(),
        object: format!("{RESOURCE}/{}", errand.id),
        outcome: errand.state.clone(),
        detail: errand.text("/about/id").unwrap_or_default().to_owned(),
        request_id: String::new(),
    }
}

/// Reminders.
pub struct ErrandRules;

impl Rules for ErrandRules {
    fn name(&self) -> &'static str {
        RESOURCE
    }

    fn needs(&self, _input: &Checked, _ctx: &Context<'_>) -> Vec<Ref> {
        Vec::new()
    }

    /// Errands are opened by the flow that needs them, never by a request.
    fn on_create(&self, _input: &Checked, _found: &Found, _ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        Err(vec![Problem::invalid("", "Errands cannot be requested.")])
    }

    fn job_needs(&self, errand: &Document, _job: &Job, _ctx: &Context<'_>) -> Vec<Ref> {
        about(errand).into_iter().collect()
    }

    fn on_job(&self, errand: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        if job.kind != REMIND || !waits(errand) {
            return Commit::default();
        }
        if !stands(errand, found) {
            return withdraw(errand, ctx.now);
        }
        let reminders = errand.at("/reminders").and_then(Value::as_u64).unwrap_or(0) + 1;
        let reminded = next(errand, &errand.state, json!({ "reminders": reminders }), ctx.now);
        let again = ctx.now.saturating_add(REMIND_AGAIN).unwrap_or(jiff::Timestamp::MAX);
        Commit {
            jobs: vec![reminder(errand, ctx, again)],
            documents: vec![reminded],
            ..Commit::default()
        }
    }
}

/// The document an errand is about.
pub fn about(errand: &Document) -> Option<Ref> {
    let rules = crate::api::rules(errand.text("/about/resource")?)?;
    Some(Ref::Document {
        resource: rules.name(),
        id: errand.text("/about/id")?.to_owned(),
    })
}

/// Whether the document it is about is there and still waits for it.
pub fn stands(errand: &Document, found: &Found) -> bool {
    let of = |name: &str| errand.text(name).unwrap_or_default();
    let (resource, id) = (of("/about/resource"), of("/about/id"));
    match (found.document(resource, id), crate::api::rules(resource)) {
        (Some(document), Some(rules)) => rules.errand_stands(document, errand),
        (None, _) | (_, None) => false,
    }
}
