//! Rules of quotes: binding answers at once, or acknowledged first and answered by jobs; the end
//! of their validity.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{self, Level, Offer};
use super::lifecycle::{QUOTE, QUOTE_ITEM};
use crate::api::contacts::{self, Roles};
use crate::api::history::{self, Move};
use crate::api::items::answer::{Answer, Answered, told};
use crate::api::items::{self, Family, list, text};
use crate::commit::{Commit, HoldChange, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::lifecycle::Actor;
use crate::rules::{Context, Found, Outcome, Ref, Rules};
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
        let offer = answer::offer(&items, level(sent), found, ctx);
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
            "answer" => items::needs(family(&document.body), &document.body, ctx),
            _ => Vec::new(),
        }
    }

    fn on_job(&self, document: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        match (job.kind.as_str(), document.state.as_str()) {
            ("answer", "acknowledged") => start(document, found, ctx),
            ("answer", "inProgress") => finish(document, found, ctx),
            ("expire", "approved.orderable" | "approved.orderableAlternate" | "answered") => expire(document, ctx),
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

fn family(quote: &Object) -> &'static Family {
    if is_instant(quote) {
        &items::QUOTE_INSTANT
    } else {
        &items::QUOTE_DEFERRED
    }
}

fn level(quote: &Object) -> Level {
    match text(quote, "buyerRequestedQuoteLevel") {
        "budgetary" => Level::Budgetary,
        _ => Level::Firm,
    }
}

fn check_whole(sent: &Object, ctx: &Context<'_>) -> Vec<Problem> {
    let roles = if is_instant(sent) { INSTANT } else { DEFERRED };
    let mut problems = contacts::check(&roles, sent, "");
    if level(sent) == Level::Budgetary && !ctx.agreement.budgetary_quotes {
        let reason = "The agreement has no budgetary quotes; ask for a firm one.";
        problems.push(Problem::invalid("/buyerRequestedQuoteLevel", reason));
    }
    let path = "/requestedQuoteCompletionDate";
    let date = sent.get("requestedQuoteCompletionDate").and_then(Value::as_str);
    if !is_instant(sent) {
        match date {
            // Mplify 115.1 R18
            None => problems.push(Problem::missing(path, "Needed when instantSyncQuote is false.")),
            Some(date) if time::parse(date).is_some_and(|date| date < ctx.now) => {
                problems.push(Problem::invalid(path, "This date has passed already."));
            }
            Some(_) => {}
        }
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
fn settle(body: &mut Object, offer: &Offer, ctx: &Context<'_>) -> Commit {
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
        let checks = |item: &Value| item.get("subjectToFeasibilityCheck") == Some(&Value::Bool(true));
        let subject = list(body, ANSWERED.items).iter().any(checks);
        let level = if subject {
            "firmSubjectToFeasibilityCheck"
        } else {
            "firm"
        };
        body.insert("quoteLevel".into(), json!(level));
        hold(body, offer, end, &mut commit, ctx.now);
    }
    commit
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

/// A deferred quote is checked again, since book and agreement may be others by now: work on it
/// begins, or it is rejected (Mplify 115.1 D6).
fn start(document: &Document, found: &Found, ctx: &Context<'_>) -> Commit {
    let (problems, items) = check_again(document, found, ctx);
    let mut body = document.body.clone();
    if problems.is_empty() {
        let expected = body.get("requestedQuoteCompletionDate").cloned();
        body.insert(
            "expectedQuoteCompletionDate".into(),
            expected.unwrap_or_else(|| json!(time::text(ctx.now))),
        );
        let answers = vec![Answer::state("inProgress"); items.len()];
        let mut commit = ANSWERED.advance(document, body, &answers, ctx);
        commit.decisions.clear();
        commit.jobs.push(ANSWERED.job(&document.body, ("answer", ctx.now), ctx));
        return commit;
    }
    body.insert("effectiveQuoteCompletionDate".into(), json!(time::text(ctx.now)));
    ANSWERED.advance(document, body, &ends(&items, &problems, "rejected"), ctx)
}

fn finish(document: &Document, found: &Found, ctx: &Context<'_>) -> Commit {
    let (problems, items) = check_again(document, found, ctx);
    let offer = if problems.is_empty() {
        answer::offer(&items, level(&document.body), found, ctx)
    } else {
        Offer {
            answers: ends(&items, &problems, "unableToProvide"),
            shares: Vec::new(),
        }
    };
    let mut body = document.body.clone();
    let Ok(events) = ANSWERED.apply(&mut body, &offer.answers, ctx) else {
        return Commit::default();
    };
    let mut commit = settle(&mut body, &offer, ctx);
    commit.events = events;
    commit.decisions = ANSWERED.decisions(&body, &offer.answers, ctx);
    let state = text(&body, "state").to_owned();
    commit.documents.push(document.next(state, body, ctx.now));
    commit
}

fn check_again<'a>(
    document: &'a Document,
    found: &'a Found,
    ctx: &'a Context<'a>,
) -> (Vec<Problem>, Vec<items::Item<'a>>) {
    let (mut problems, items) = items::check(family(&document.body), &document.body, found, ctx);
    problems.extend(items.iter().flat_map(|item| answer::check(item, found, ctx)));
    (problems, items)
}

/// Items with problems end in `state` and say why; the others are abandoned.
fn ends(items: &[items::Item<'_>], problems: &[Problem], state: &'static str) -> Vec<Answer> {
    let answers = items.iter().map(|item| {
        let own: Vec<Problem> = problems
            .iter()
            .filter(|p| item.owns(&p.property_path))
            .cloned()
            .collect();
        if own.is_empty() {
            Answer::state("abandoned")
        } else {
            Answer::failed(state, &own)
        }
    });
    answers.collect()
}

/// The end of validity: items stay as they are, and what they held is free again.
fn expire(document: &Document, ctx: &Context<'_>) -> Commit {
    if valid_until(&document.body).is_none_or(|end| ctx.now < end) {
        return Commit::default();
    }
    let mut body = document.body.clone();
    let expired = Move {
        to: "expired",
        by: Actor::Clock,
        at: ctx.now,
        reason: None,
    };
    if history::change(&QUOTE, &mut body, expired).is_err() {
        return Commit::default();
    }
    let items = list(&body, ANSWERED.items).iter();
    let ids = items.filter_map(|item| item.get("id").and_then(Value::as_str));
    let holds = ids.map(|id| HoldChange::Release {
        owner: hold_owner(&document.id, id),
    });
    Commit {
        holds: holds.collect(),
        events: vec![ANSWERED.whole_changed(&body, ctx)],
        ..Commit::of(document.next("expired", body, ctx.now))
    }
}
