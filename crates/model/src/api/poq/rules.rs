//! Rules of qualifications: at once, or acknowledged first and answered by jobs.

use serde_json::{Value, json};

use super::answer;
use super::lifecycle::{POQ, POQ_ITEM};
use crate::api::contacts::{self, Roles};
use crate::api::items;
use crate::api::items::answer::{Answer, Answered, ends, told};
use crate::api::later;
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::rules::{Context, Found, Outcome, Ref, Rules};
use crate::time;

/// How qualifications are answered and announced.
pub static ANSWERED: Answered = Answered {
    api: "productOfferingQualification",
    base: "productOfferingQualification/v8",
    resource: "productOfferingQualification",
    items: "productOfferingQualificationItem",
    whole: &POQ,
    item: &POQ_ITEM,
    roll_up,
    notification: "productOfferingQualificationNotification",
    whole_event: "poqStateChangeEvent",
    item_event: "poqItemStateChangeEvent",
    item_id: "poqItemId",
};

/// Mplify 87.1 R25: whom to ask about the request.
const ROLES: Roles = Roles {
    required: &["buyerContactInformation"],
    optional: &[],
};

/// The date the Buyer wants the answer by.
const WANTED: &str = "requestedPOQCompletionDate";
/// The date the Seller promises it for.
const EXPECTED: &str = "expectedPOQCompletionDate";

/// Rules of `productOfferingQualification`.
pub struct PoqRules;

impl Rules for PoqRules {
    fn name(&self) -> &'static str {
        ANSWERED.resource
    }

    fn needs(&self, input: &Checked, ctx: &Context<'_>) -> Vec<Ref> {
        items::needs(&items::POQ, input.body(), ctx)
    }

    fn on_create(&self, input: &Checked, found: &Found, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        let sent = input.body();
        let instant = sent.get("instantSyncQualification") != Some(&Value::Bool(false));
        let mut problems = contacts::check(&ROLES, sent, "");
        if !instant {
            problems.extend(later::check_date(sent, WANTED, "instantSyncQualification", ctx));
        }
        let (of_items, items) = items::check(&items::POQ, sent, found, ctx);
        problems.extend(of_items);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut body = ANSWERED.echo(sent, ctx);
        body.insert("creationDate".into(), json!(time::text(ctx.now)));
        if !instant {
            let due = later::due_for(&items, later::date(sent, WANTED), ctx);
            body.insert(EXPECTED.into(), json!(time::text(due)));
            return ANSWERED.acknowledge(body, ctx);
        }
        let answers = answer::answers(&items, wants_alternates(sent), found, ctx);
        // Mplify 87.1 R75: an immediate answer is its own notice.
        ANSWERED.apply(&mut body, &answers, ctx).map_err(told)?;
        let commit = Commit {
            decisions: ANSWERED.decisions(&body, &answers, ctx),
            ..Commit::of(ANSWERED.document(body.clone(), ctx))
        };
        Ok(Outcome {
            commit,
            status: 201,
            body,
        })
    }

    fn job_needs(&self, document: &Document, _job: &Job, ctx: &Context<'_>) -> Vec<Ref> {
        items::needs(&items::POQ, &document.body, ctx)
    }

    fn on_job(&self, document: &Document, _job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        let (mut problems, items) = items::check(&items::POQ, &document.body, found, ctx);
        match document.state.as_str() {
            "acknowledged" if problems.is_empty() => {
                let answers = vec![Answer::state("inProgress"); items.len()];
                let mut commit = ANSWERED.advance(document, document.body.clone(), &answers, ctx);
                commit.decisions.clear();
                let due = later::date(&document.body, EXPECTED).map_or(ctx.now, |date| date.max(ctx.now));
                commit.jobs.push(ANSWERED.job(&document.body, ("answer", due), ctx));
                commit
            }
            "acknowledged" => close(document, &reject(&items, &problems), ctx),
            "inProgress" => {
                // Mplify 87.1 R11, R13: the items that fail say why, the others are abandoned.
                problems.extend(later::missed(&document.body, WANTED, ctx));
                let answers = if problems.is_empty() {
                    answer::answers(&items, wants_alternates(&document.body), found, ctx)
                } else {
                    ends(&items, &problems, ("terminatedWithError", "done.abandoned"))
                };
                close(document, &answers, ctx)
            }
            _ => Commit::default(),
        }
    }
}

/// State of the whole from the states of its items (Mplify 87.1 R10 to R14, table 8).
pub fn roll_up(items: &[&str]) -> &'static str {
    let any = |state| items.contains(&state);
    let all = |state| items.iter().all(|item| *item == state);
    if any("rejected") {
        "rejected"
    } else if any("terminatedWithError") {
        "terminatedWithError"
    } else if all("done") {
        "done"
    } else if all("acknowledged") {
        "acknowledged"
    } else {
        "inProgress"
    }
}

fn wants_alternates(body: &Object) -> answer::Alternates {
    if body.get("provideAlternative") == Some(&Value::Bool(true)) {
        answer::Alternates::Wanted
    } else {
        answer::Alternates::No
    }
}

/// Mplify 87.1 R12, R13, R66: nothing but the state may say why, so the reason goes there.
fn reject(items: &[items::Item<'_>], problems: &[Problem]) -> Vec<Answer> {
    let mut answers = ends(items, problems, ("rejected", "done.abandoned"));
    for answer in &mut answers {
        answer.fields.clear();
    }
    answers
}

fn close(document: &Document, answers: &[Answer], ctx: &Context<'_>) -> Commit {
    let mut body = document.body.clone();
    // Shown while the answer is awaited only.
    body.remove(EXPECTED);
    ANSWERED.advance(document, body, answers, ctx)
}
