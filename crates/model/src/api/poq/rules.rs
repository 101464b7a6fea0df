//! Rules of qualifications: at once, or acknowledged first and answered by jobs.

use serde_json::{Value, json};

use super::answer::{self, Word};
use super::lifecycle::{POQ, POQ_ITEM};
use super::{deferred, people};
use crate::api::contacts::{self, Roles};
use crate::api::items;
use crate::api::items::answer::{Answered, told};
use crate::api::later;
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::rules::{Context, ErrandAnswer, ErrandOutcome, Found, Outcome, Ref, Rules};
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
pub(super) const WANTED: &str = "requestedPOQCompletionDate";
/// The date the Seller promises it for.
pub(super) const EXPECTED: &str = "expectedPOQCompletionDate";

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
        let answers = answer::answers(&items, wants_alternates(sent), Word::Book, (found, ctx));
        let asked = people::asked(&items, &answers, ctx);
        if !instant {
            let due = deferred::due(&items, &asked, sent, ctx);
            body.insert(EXPECTED.into(), json!(time::text(due)));
            return ANSWERED.acknowledge(body, ctx);
        }
        problems.extend(people::not_at_once(&items, &asked));
        if !problems.is_empty() {
            return Err(problems);
        }
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

    fn errand_needs(&self, document: &Document, _errand: &Document, ctx: &Context<'_>) -> Vec<Ref> {
        items::needs(&items::POQ, &document.body, ctx)
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

    fn errand_stands(&self, document: &Document, errand: &Document) -> bool {
        people::stands(document, errand)
    }

    fn job_needs(&self, document: &Document, _job: &Job, ctx: &Context<'_>) -> Vec<Ref> {
        items::needs(&items::POQ, &document.body, ctx)
    }

    fn on_job(&self, document: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        match (job.kind.as_str(), document.state.as_str()) {
            (_, "acknowledged") => deferred::start(document, found, ctx),
            ("answer" | deferred::LATE, "inProgress") => deferred::finish(document, job, found, ctx),
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

pub(super) fn wants_alternates(body: &Object) -> answer::Alternates {
    if body.get("provideAlternative") == Some(&Value::Bool(true)) {
        answer::Alternates::Wanted
    } else {
        answer::Alternates::No
    }
}
