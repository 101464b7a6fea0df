//! Rules of quotes: binding answers at once, or acknowledged first and answered by jobs.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{self, Level, Offer};
use super::lifecycle::{QUOTE, QUOTE_ITEM};
use super::{deferred, end, people};
use crate::api::contacts::{self, Roles};
use crate::api::history;
use crate::api::items::answer::{Answered, told};
use crate::api::items::{self, Family, list, text};
use crate::api::later;
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::rules::{Context, ErrandAnswer, ErrandOutcome, Found, Outcome, Ref, Rules};
use crate::time;

/// How quotes are answered and announced.
pub static ANSWERED: Answered = Answered {
    api: "quoteManagement",
    base: "quoteManagement/v10",
    resource: "quote",
    items: "quoteItem",
    whole: &QUOTE,
    item: &QUOTE_ITEM,
    roll_up,
    notification: "quoteNotification",
    whole_event: "quoteStateChangeEvent",
    item_event: "quoteItemStateChangeEvent",
    item_id: "quoteItemId",
};

/// Mplify 115.1 R17: who is asked while a deferred quote is worked on.
const DEFERRED: Roles = Roles {
    required: &["buyerContactInformation"],
    optional: &[],
};

const INSTANT: Roles = Roles {
    required: &[],
    optional: &["buyerContactInformation"],
};

/// Rules of `quote`.
pub struct QuoteRules;

impl Rules for QuoteRules {
    fn name(&self) -> &'static str {
        ANSWERED.resource
    }

    fn needs(&self, input: &Checked, ctx: &Context<'_>) -> Vec<Ref> {
        items::needs(family(input.body()), input.body(), ctx)
    }

    fn on_create(&self, input: &Checked, found: &Found, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        let sent = input.body();
        let (mut problems, items) = items::check(family(sent), sent, found, ctx);
        problems.extend(items.iter().flat_map(|item| answer::check(item, found, ctx)));
        problems.extend(check_whole(sent, ctx));
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut body = ANSWERED.echo(sent, ctx);
        body.insert("quoteDate".into(), json!(time::text(ctx.now)));
        if level(sent) == Level::Budgetary {
            // Mplify 115.1 R30, R52: from the first state to the last.
            body.insert("quoteLevel".into(), json!("budgetary"));
        }
        if !is_instant(sent) {
            return ANSWERED.acknowledge(body, ctx);
        }
        remember_start(&mut body, ctx.now);
        let offer = people::not_at_once(&items, ctx);
        let offer = offer.unwrap_or_else(|| answer::offer(&items, level(sent), found, ctx));
        // Mplify 115.1 CR4: an immediate answer is its own notice.
        ANSWERED.apply(&mut body, &offer.answers, ctx).map_err(told)?;
        let mut commit = settle(&mut body, &offer, ctx);
        commit.decisions = ANSWERED.decisions(&body, &offer.answers, ctx);
        commit.documents.push(ANSWERED.document(body.clone(), ctx));
        Ok(Outcome {
            commit,
            status: 201,
            body,
        })
    }

    fn job_needs(&self, document: &Document, job: &Job, ctx: &Context<'_>) -> Vec<Ref> {
        match job.kind.as_str() {
            "answer" | "draft" | deferred::LATE => items::needs(family(&document.body), &document.body, ctx),
            _ => Vec::new(),
        }
    }

    fn errand_needs(&self, document: &Document, _errand: &Document, ctx: &Context<'_>) -> Vec<Ref> {
        items::needs(family(&document.body), &document.body, ctx)
    }

    fn on_errand(
        &self,
        document: &Document,
        errand: &Document,
        answer: &ErrandAnswer,
        found: &Found,
        ctx: &Context<'_>,
    ) -> Result<ErrandOutcome, String> {
        people::answer(document, (errand, answer), found, ctx)
    }

    fn errand_stands(&self, document: &Document, _errand: &Document) -> bool {
        people::stands(document)
    }

    fn on_job(&self, document: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        match (job.kind.as_str(), document.state.as_str()) {
            ("answer", "acknowledged") => deferred::start(document, found, ctx),
            ("draft", "inProgress") => deferred::draft(document, job, found, ctx),
            ("answer" | deferred::LATE, "inProgress" | "inProgress.draft") => deferred::finish(document, found, ctx),
            ("expire", "approved.orderable" | "approved.orderableAlternate" | "answered") => end::expire(document, ctx),
            _ => Commit::default(),
        }
    }
}

/// State of the whole from the states of its items (MEF 80 tables 38 and 39, Mplify 115.1 R53).
/// The whole waits in `acknowledged` for the last item that is.
pub fn roll_up(items: &[&str]) -> &'static str {
    let any = |state| items.contains(&state);
    let all = |states: &[&str]| items.iter().all(|item| states.contains(item));
    if any("rejected") {
        "rejected"
    } else if any("unableToProvide") {
        "unableToProvide"
    } else if any("acknowledged") {
        "acknowledged"
    } else if any("inProgress") {
        "inProgress"
    } else if any("inProgress.draft") {
        "inProgress.draft"
    } else if all(&["answered"]) {
        "answered"
    } else if all(&["approved.orderable"]) {
        "approved.orderable"
    } else if all(&["approved.orderable", "approved.orderableAlternate"]) {
        "approved.orderableAlternate"
    } else {
        "unableToProvide"
    }
}

/// When the quote ends: orders check it themselves, because a timer may be late.
pub fn valid_until(quote: &Object) -> Option<Timestamp> {
    time::parse(quote.get("validFor")?.get("endDateTime")?.as_str()?)
}

/// Owner of what an item of a quote or an order holds.
pub fn hold_owner(document_id: &str, item_id: &str) -> String {
    format!("{document_id}#{item_id}")
}

fn is_instant(quote: &Object) -> bool {
    quote.get("instantSyncQuote") != Some(&Value::Bool(false))
}

pub(super) fn family(quote: &Object) -> &'static Family {
    if is_instant(quote) {
        &items::QUOTE_INSTANT
    } else {
        &items::QUOTE_DEFERRED
    }
}

pub(super) fn level(quote: &Object) -> Level {
    match text(quote, "buyerRequestedQuoteLevel") {
        "budgetary" => Level::Budgetary,
        _ => Level::Firm,
    }
}

fn check_whole(sent: &Object, ctx: &Context<'_>) -> Vec<Problem> {
    let roles = if is_instant(sent) { INSTANT } else { DEFERRED };
    let mut problems = contacts::check(&roles, sent, "");
    problems.extend(answer::check_level(sent, ctx));
    if !is_instant(sent) {
        problems.extend(later::check_date(sent, deferred::WANTED, "instantSyncQuote", ctx));
    }
    problems
}

/// Mplify 115.1 R33: the history of an immediate quote begins like that of any other.
fn remember_start(body: &mut Object, at: Timestamp) {
    let first = json!([history::state_change("acknowledged", at, None)]);
    body.insert("stateChange".into(), first.clone());
    let items = body.get_mut(ANSWERED.items).and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        item.insert("stateChange".into(), first.clone());
    }
}

/// What a finished quote shows (Mplify 115.1 R30 to R32, R51, R52), and what it keeps: capacity
/// until its end, and a job for that end.
pub(super) fn settle(body: &mut Object, offer: &Offer, ctx: &Context<'_>) -> Commit {
    let mut commit = Commit::default();
    let state = text(body, "state").to_owned();
    body.remove("expectedQuoteCompletionDate");
    body.insert("effectiveQuoteCompletionDate".into(), json!(time::text(ctx.now)));
    let level = level(body);
    if !matches!(
        state.as_str(),
        "approved.orderable" | "approved.orderableAlternate" | "answered"
    ) {
        return commit;
    }
    let end = ctx.book.quote_validity.after(ctx.now);
    body.insert("validFor".into(), json!({"endDateTime": time::text(end)}));
    commit.jobs.push(ANSWERED.job(body, ("expire", end), ctx));
    if level == Level::Firm {
        body.insert("quoteLevel".into(), json!(quote_level(body)));
        hold(body, offer, end, &mut commit, ctx.now);
    }
    commit
}

/// Mplify 115.1 R31, R32: the lowest level of all items of a firm quote.
pub(super) fn quote_level(body: &Object) -> &'static str {
    let checks = |item: &Value| item.get("subjectToFeasibilityCheck") == Some(&Value::Bool(true));
    if list(body, ANSWERED.items).iter().any(checks) {
        "firmSubjectToFeasibilityCheck"
    } else {
        "firm"
    }
}

/// Takes back what a draft showed, before the answer takes its place (table of attributes per
/// state: `unableToProvide` has none of it).
pub(super) fn forget(body: &mut Object) {
    if level(body) == Level::Firm {
        body.remove("quoteLevel");
    }
    let items = body.get_mut(ANSWERED.items).and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        answer::forget_results(item);
        item.remove("subjectToFeasibilityCheck");
    }
}

/// Two Buyers never get the last port: what is offered bindingly is taken at once.
fn hold(body: &Object, offer: &Offer, end: Timestamp, commit: &mut Commit, now: Timestamp) {
    for (item, share) in list(body, ANSWERED.items).iter().zip(&offer.shares) {
        let item_id = item.get("id").and_then(Value::as_str).unwrap_or_default();
        let owner = hold_owner(text(body, "id"), item_id);
        commit.holds.extend(share.holds(&owner, Some(end)));
        for guard in share.guards(now) {
            if !commit.capacity_guards.contains(&guard) {
                commit.capacity_guards.push(guard);
            }
        }
    }
}
