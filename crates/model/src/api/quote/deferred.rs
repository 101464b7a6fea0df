//! Quotes that are answered later: checked again, worked on, perhaps with a draft on the way,
//! and finished. What is only a draft binds nobody and holds nothing.

use jiff::SignedDuration;
use serde_json::json;

use super::answer::{self, Level, Offer};
use super::people;
use super::rules::{ANSWERED, family, forget, level, quote_level, settle};
use crate::api::items::answer::{Answer, ends};
use crate::api::items::{self, text};
use crate::api::later;
use crate::commit::{Commit, Job};
use crate::document::Document;
use crate::failure::Problem;
use crate::rules::{Context, Found};
use crate::time;

/// The date the Buyer wants the answer by.
pub(super) const WANTED: &str = "requestedQuoteCompletionDate";
/// Kind of the job that ends a quote whose answer people did not give in time.
pub(super) const LATE: &str = "late";
/// An answer in the very moment is in time.
const AFTER: SignedDuration = SignedDuration::from_millis(1);
/// The date the Seller promises it for.
const EXPECTED: &str = "expectedQuoteCompletionDate";

/// Since the book may be another by now, all is checked once more: work on it begins,
/// or it is rejected (Mplify 115.1 D6).
pub(super) fn start(document: &Document, found: &Found, ctx: &Context<'_>) -> Commit {
    let (problems, items) = check_again(document, found, ctx);
    let mut body = document.body.clone();
    if !problems.is_empty() {
        body.insert("effectiveQuoteCompletionDate".into(), json!(time::text(ctx.now)));
        let answers = ends(&items, &problems, ("rejected", "abandoned"));
        return ANSWERED.advance(document, body, &answers, ctx);
    }
    let asked = people::asks(document, &items, found, ctx);
    let wanted = later::date(&body, WANTED);
    let due = match asked {
        Some(rule) => {
            let within = rule.within.after(ctx.now);
            wanted.map_or(within, |wanted| wanted.min(within))
        }
        None => later::due_for(&items, wanted, ctx),
    };
    // Mplify 115.1 R51: the Seller's promise.
    body.insert(EXPECTED.into(), json!(time::text(due)));
    // MEF 80: only a firm quote has drafts; what is answered at once needs none. Where people
    // answer, the clock only ends what they leave.
    let next = if asked.is_some() {
        let end = wanted.unwrap_or(due).checked_add(AFTER).unwrap_or(due);
        (LATE, end)
    } else if level(&body) == Level::Firm && due > ctx.now {
        ("draft", later::halfway(ctx.now, due))
    } else {
        ("answer", due)
    };
    let answers = vec![Answer::state("inProgress"); items.len()];
    let mut commit = ANSWERED.advance(document, body, &answers, ctx);
    commit.decisions.clear();
    commit.jobs.push(ANSWERED.job(&document.body, next, ctx));
    if let Some(rule) = asked {
        people::open(document, (&items, rule), (found, ctx), &mut commit);
    }
    commit
}

/// What is known halfway: shown, not promised. Where something cannot be provided there is
/// nothing left to work on.
pub(super) fn draft(document: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
    let (problems, items) = check_again(document, found, ctx);
    let mut answers = answer::offer(&items, Level::Firm, found, ctx).answers;
    let late = later::missed(&document.body, WANTED, ctx).is_some();
    if late || !problems.is_empty() || answers.iter().any(|answer| !answer.state.starts_with("approved")) {
        return finish(document, found, ctx);
    }
    for answer in &mut answers {
        answer.state = "inProgress.draft";
    }
    let mut body = document.body.clone();
    let Ok(events) = ANSWERED.apply(&mut body, &answers, ctx) else {
        return Commit::default();
    };
    body.insert("quoteLevel".into(), json!(quote_level(&body)));
    let due = later::date(&body, EXPECTED).unwrap_or(job.due_at).max(ctx.now);
    Commit {
        events,
        decisions: ANSWERED.decisions(&body, &answers, ctx),
        jobs: vec![ANSWERED.job(&body, ("answer", due), ctx)],
        ..Commit::of(document.next("inProgress.draft", body, ctx.now))
    }
}

/// The answer. After the date the Buyer wanted it by there is none any more.
pub(super) fn finish(document: &Document, found: &Found, ctx: &Context<'_>) -> Commit {
    let (mut problems, items) = check_again(document, found, ctx);
    problems.extend(later::missed(&document.body, WANTED, ctx));
    let offer = if problems.is_empty() {
        answer::offer(&items, level(&document.body), found, ctx)
    } else {
        Offer {
            answers: ends(&items, &problems, ("unableToProvide", "abandoned")),
            shares: Vec::new(),
        }
    };
    close(document, &offer, ctx)
}

/// The end with this offer.
pub(super) fn close(document: &Document, offer: &Offer, ctx: &Context<'_>) -> Commit {
    let mut body = document.body.clone();
    forget(&mut body);
    let Ok(events) = ANSWERED.apply(&mut body, &offer.answers, ctx) else {
        return Commit::default();
    };
    let mut commit = settle(&mut body, offer, ctx);
    commit.events = events;
    commit.decisions = ANSWERED.decisions(&body, &offer.answers, ctx);
    let state = text(&body, "state").to_owned();
    commit.documents.push(document.next(state, body, ctx.now));
    commit
}

pub(super) fn check_again<'a>(
    document: &'a Document,
    found: &'a Found,
    ctx: &'a Context<'a>,
) -> (Vec<Problem>, Vec<items::Item<'a>>) {
    let (mut problems, items) = items::check(family(&document.body), &document.body, found, ctx);
    problems.extend(items.iter().flat_map(|item| answer::check(item, found, ctx)));
    problems.extend(answer::check_level(&document.body, ctx));
    (problems, items)
}
