//! Qualifications that are answered later: checked again, worked on, and finished item by item
//! where people are asked.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answer::{self, Word};
use super::people::{self, Asked};
use super::rules::{ANSWERED, EXPECTED, WANTED, wants_alternates};
use crate::api::items::answer::{Answer, ends};
use crate::api::items::{self, Item, list, text};
use crate::api::later;
use crate::commit::{Commit, Job};
use crate::document::{Document, Object};
use crate::failure::Problem;
use crate::rules::{Context, Found};
use crate::time;

/// Kind of the job that ends what people did not answer in time.
pub(super) const LATE: &str = "late";
/// An answer in the very moment is in time.
const AFTER: SignedDuration = SignedDuration::from_millis(1);

/// When the whole will be answered: with its last item, and never later than the Buyer wants it.
pub(super) fn due(items: &[Item<'_>], asked: &Asked<'_>, body: &Object, ctx: &Context<'_>) -> Timestamp {
    let wanted = later::date(body, WANTED);
    let people = asked.iter().flatten().map(|rule| rule.within.after(ctx.now)).max();
    match people {
        Some(people) => wanted.map_or(people, |wanted| wanted.min(people)),
        None => later::due_for(items, wanted, ctx),
    }
}

/// Since the book may be another by now, all is checked once more: work on it begins, or it is
/// rejected.
pub(super) fn start(document: &Document, found: &Found, ctx: &Context<'_>) -> Commit {
    let (problems, items) = items::check(&items::POQ, &document.body, found, ctx);
    if !problems.is_empty() {
        return close(document, &reject(&items, &problems), ctx);
    }
    let mut body = document.body.clone();
    let proposals = answer::answers(&items, wants_alternates(&body), Word::Book, (found, ctx));
    let asked = people::asked(&items, &proposals, ctx);
    let by_people = asked.iter().flatten().count();
    let mut by_book = later::date(&body, EXPECTED).unwrap_or(ctx.now);
    if by_people > 0 {
        let wanted = later::date(&body, WANTED);
        by_book = later::due_for(&items, wanted, ctx);
        body.insert(EXPECTED.into(), json!(time::text(due(&items, &asked, &body, ctx))));
    }
    let answers = vec![Answer::state("inProgress"); items.len()];
    let mut commit = ANSWERED.advance(document, body, &answers, ctx);
    commit.decisions.clear();
    if by_people < items.len() {
        let mut job = ANSWERED.job(&document.body, ("answer", by_book.max(ctx.now)), ctx);
        if by_people > 0 {
            let others = items.iter().zip(&asked).filter(|(_, rule)| rule.is_none());
            job.payload = others.map(|(item, _)| json!(item.id)).collect();
        }
        commit.jobs.push(job);
    }
    if by_people > 0 {
        // Where people answer, the clock only ends what they leave.
        let end = later::date(&document.body, WANTED).unwrap_or(by_book);
        let end = end.checked_add(AFTER).unwrap_or(end);
        commit.jobs.push(ANSWERED.job(&document.body, (LATE, end), ctx));
        for ((item, proposal), rule) in items.iter().zip(&proposals).zip(&asked) {
            if let Some(rule) = rule {
                people::open(document, (item, proposal, rule), ctx, &mut commit);
            }
        }
    }
    commit
}

/// The answers of the book; to the items that `job` names, where it names any.
pub(super) fn finish(document: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
    let (problems, items) = check_again(document, found, ctx);
    let answers = if problems.is_empty() {
        answer::answers(&items, wants_alternates(&document.body), Word::Book, (found, ctx))
    } else {
        // Mplify 87.1 R11, R13: the items that fail say why, the others are abandoned.
        ends(&items, &problems, ("terminatedWithError", "done.abandoned"))
    };
    let named = job.payload.as_array().filter(|_| problems.is_empty());
    let is_meant = |item: &Item<'_>| {
        is_open(item) && named.is_none_or(|named| named.iter().any(|id| id.as_str() == Some(item.id)))
    };
    let answers: Vec<Answer> = items
        .iter()
        .zip(answers)
        .map(|(item, answer)| if is_meant(item) { answer } else { Answer::stays() })
        .collect();
    close(document, &answers, ctx)
}

/// Everything is checked again, as far as it is not answered yet.
pub(super) fn check_again<'a>(
    document: &'a Document,
    found: &'a Found,
    ctx: &'a Context<'a>,
) -> (Vec<Problem>, Vec<Item<'a>>) {
    let (mut problems, items) = items::check(&items::POQ, &document.body, found, ctx);
    let is_over = |problem: &Problem| {
        let answered = items.iter().filter(|item| !is_open(item));
        answered.into_iter().any(|item| item.owns(&problem.property_path))
    };
    problems.retain(|problem| !is_over(problem));
    problems.extend(later::missed(&document.body, WANTED, ctx));
    (problems, items)
}

/// Whether an item waits for its answer.
pub(super) fn is_open(item: &Item<'_>) -> bool {
    text(item.body, "state") == "inProgress"
}

/// Writes the answers.
pub(super) fn close(document: &Document, answers: &[Answer], ctx: &Context<'_>) -> Commit {
    let mut body = document.body.clone();
    let open = |item: &Value| item.get("state").and_then(Value::as_str) == Some("inProgress");
    let items = list(&body, ANSWERED.items).iter();
    let waits = items
        .zip(answers)
        .any(|(item, answer)| answer.state.is_empty() && open(item));
    if !waits {
        // Shown while the answer is awaited only.
        body.remove(EXPECTED);
    }
    ANSWERED.advance(document, body, answers, ctx)
}

/// Mplify 87.1 R12, R13, R66: nothing but the state may say why, so the reason goes there.
fn reject(items: &[Item<'_>], problems: &[Problem]) -> Vec<Answer> {
    let mut answers = ends(items, problems, ("rejected", "done.abandoned"));
    for answer in &mut answers {
        answer.fields.clear();
    }
    answers
}
