//! Errands: steps that a person answers. An errand is a document of ours that no partner sees; it
//! has an owner and a due time from the moment it is opened, and reminds of itself until it is
//! answered. The flow it belongs to goes on by its answer alone; an errand whose flow went on
//! without it is withdrawn.
//!
//! A connector is somebody who answers by machine: the same errand, asked over HTTP by a job of
//! its own, and given to a desk where no usable answer comes.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::book::Address;
use crate::commit::{AuditEntry, Commit, Job};
use crate::document::{Checked, Document, Side};
use crate::failure::Problem;
use crate::party::answers::{AnswerRule, AnsweredBy, Spot, Step};
use crate::rules::{Context, Found, Outcome, Ref, Rules};
use crate::time::{self, Span};

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

/// Kind of the job that asks the connector of an errand.
pub const ASK: &str = "ask";

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
    let spot = Spot {
        country: field("countryCode"),
        postcode: field("postcode"),
        place: address.map(|address| address.id.as_str()),
    };
    ctx.agreement.errand_rule(step, offering, spot)
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
    let rule = question.rule;
    let due_at = rule.within.after(ctx.now);
    let connector = rule.connector.as_deref().filter(|_| rule.by == AnsweredBy::Connector);
    let id = (ctx.new_id)();
    let body = json!({
        "id": id,
        "step": question.step,
        "about": { "resource": question.about.resource, "id": question.about.id },
        "item": question.item,
        "owner": connector.map_or_else(|| rule.owner.clone(), connector_name),
        "connector": connector,
        "desk": rule.owner,
        "within": rule.within,
        "currency": ctx.currency(),
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
    commit.jobs.push(work(&errand, REMIND, (due_at, (ctx.new_id)())));
    if connector.is_some() {
        commit.jobs.push(work(&errand, ASK, (ctx.now, (ctx.new_id)())));
    }
    commit.audit.push(entry(&errand, "clock", "errand.open"));
    commit.documents.push(errand);
}

fn work(errand: &Document, kind: &str, (due_at, id): (Timestamp, String)) -> Job {
    Job {
        id,
        scope: errand.scope.clone(),
        document_id: errand.id.clone(),
        resource: RESOURCE.into(),
        kind: kind.into(),
        payload: Value::Null,
        due_at,
        attempt: 0,
    }
}

/// What a connector is called where people have names.
pub fn connector_name(name: &str) -> String {
    format!("connector {name}")
}

/// Who answered, in decisions: `errand` for people, so that no name gets where partners' data is.
pub fn answered_by(errand: &Document) -> &str {
    errand
        .text("/answeredBy")
        .filter(|who| is_connector(who))
        .unwrap_or(RESOURCE)
}

/// Whether `who` is a connector. No person may be called so.
pub fn is_connector(who: &str) -> bool {
    who.starts_with("connector ")
}

/// The errand as the rules see it when `who` answers it.
pub fn seen_by(errand: &Document, who: &str) -> Document {
    let mut seen = errand.clone();
    seen.body.insert("answeredBy".into(), json!(who));
    seen
}

/// The question a connector is asked, for `about` as it is stored.
pub fn question(errand: &Document, about: &Document) -> Value {
    let of = |name: &str| errand.body.get(name).cloned().unwrap_or_default();
    json!({
        "id": errand.id,
        "step": of("step"),
        "company": errand.scope.company,
        "partner": errand.scope.partner,
        "resource": about.resource,
        "item": of("item"),
        "openedAt": of("openedAt"),
        "dueAt": of("dueAt"),
        "currency": of("currency"),
        "facts": of("facts"),
        "document": about.body,
    })
}

/// The connector gave no answer that can be used: a person has to, and has the whole time for it.
pub fn fall_through(errand: &Document, reason: &str, (now, id): (Timestamp, String)) -> Commit {
    let within = errand.at("/within").and_then(Span::read);
    let due_at = within.map_or(now, |within| within.after(now));
    let changes = json!({
        "owner": errand.text("/desk"),
        "connector": null,
        "dueAt": time::text(due_at),
        "fellThrough": { "from": errand.text("/connector"), "reason": reason, "at": time::text(now) },
    });
    let given = next(errand, OPEN, changes, now);
    Commit {
        audit: vec![entry(&given, "clock", "errand.fallThrough")],
        // The store calls off the jobs there are before it adds this one.
        cancel_jobs_of: vec![errand.id.clone()],
        jobs: vec![work(&given, REMIND, (due_at, id))],
        documents: vec![given],
        ..Commit::default()
    }
}

/// The errand in another state, with `changes` laid over its body.
pub fn next(errand: &Document, state: &str, changes: Value, now: Timestamp) -> Document {
    let mut body = errand.body.clone();
    if let Value::Object(changes) = changes {
        body.extend(changes);
    }
    errand.next(state, body, now)
}

/// Ends an errand with its answer.
pub fn end(errand: &Document, answer: &Value, who: &str, now: Timestamp) -> Commit {
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
pub fn withdraw(errand: &Document, now: Timestamp) -> Commit {
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
        let again = ctx.now.saturating_add(REMIND_AGAIN).unwrap_or(Timestamp::MAX);
        Commit {
            jobs: vec![work(errand, REMIND, (again, (ctx.new_id)()))],
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
