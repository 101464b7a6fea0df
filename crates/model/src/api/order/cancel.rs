//! `cancelProductOrder`: the Buyer asks to cancel a whole order that is in progress.
//!
//! The order stands still from the moment the request is acknowledged. A job assesses it: too
//! late is refused; work that has begun may cost something (a charge on the order); else the
//! order is cancelled. Digest 3.11.

use serde_json::{Value, json};

use super::asked::{ASSESS, CANCELLATION};
use super::charge::{self, Cause, Line};
use super::coordinated;
use super::running::{Running, decision, document, refusal};
use super::view::{item, items};
use super::work;
use crate::api::contacts;
use crate::api::items::{list, text};
use crate::book::Offering;
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::lifecycle::{Actor, Refused};
use crate::money::Money;
use crate::rules::{Context, Found, Outcome, Ref, Rules};

/// Mplify 123.1 R76.
const CONTACTS: contacts::Roles = contacts::Roles {
    required: &["cancelProductOrderContact"],
    optional: &[],
};

/// Rules of cancel requests.
pub struct CancelRules;

impl Rules for CancelRules {
    fn name(&self) -> &'static str {
        CANCELLATION.resource
    }

    fn needs(&self, input: &Checked, _ctx: &Context<'_>) -> Vec<Ref> {
        CANCELLATION.needs(input.body())
    }

    fn on_create(&self, input: &Checked, found: &Found, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        let mut problems = contacts::check(&CONTACTS, input.body(), "");
        let order = CANCELLATION
            .order(input.body(), found)
            .map_err(|problem| problems.push(problem))
            .ok();
        let Some(order) = order.filter(|_| problems.is_empty()) else {
            return Err(problems);
        };
        let (body, run) = acknowledge(input.body(), order, ctx)
            .map_err(|refused| vec![Problem::invalid("/productOrder/productOrderId", refused.to_string())])?;
        let id = text(&body, "id").to_owned();
        let mut commit = Commit::of(document(CANCELLATION.resource, body.clone(), ctx));
        commit.jobs.push(CANCELLATION.assessment(&id, ctx));
        let seen = json!({ "productOrder": order.id, "revision": order.revision });
        let said = json!({ "state": "acknowledged" });
        commit
            .decisions
            .push(decision((&id, None), ("cancel", "book"), (seen, said), ctx));
        commit.merge(run.finish());
        Ok(Outcome {
            commit,
            status: 201,
            body,
        })
    }

    fn job_needs(&self, document: &Document, _job: &Job, _ctx: &Context<'_>) -> Vec<Ref> {
        CANCELLATION.needs(&document.body)
    }

    fn on_job(&self, request: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        let order = found.document(super::rules::RESOURCE, CANCELLATION.order_id(&request.body));
        match order {
            Some(order) if job.kind == ASSESS && request.state == "acknowledged" => {
                let done = assess(request, Running::new(order, ctx));
                done.unwrap_or_else(|refused| refusal(request, "cancelProductOrder.assess", &refused))
            }
            _ => Commit::default(),
        }
    }
}

fn acknowledge<'a>(sent: &Object, order: &'a Document, ctx: &'a Context<'a>) -> Result<(Object, Running<'a>), Refused> {
    let mut body = CANCELLATION.acknowledge(sent, ctx)?;
    // Optional here and required in lists: most cancellations are of this kind.
    body.entry("cancellationReasonType")
        .or_insert_with(|| json!("commercial"));
    // Mplify 123.1 R78
    contacts::add_ours(&mut body, "cancelProductOrderSellerContact", &ctx.company.contact);
    let mut run = Running::new(order, ctx);
    for id in run.ids_in("inProgress") {
        run.move_item(&id, "pending")?;
    }
    run.move_order("assessingCancellation")?;
    Ok((body, run))
}

fn assess(request: &Document, mut run: Running<'_>) -> Result<Commit, Refused> {
    let ctx = run.ctx;
    let mut body = request.body.clone();
    let late = items(&run.body).find_map(|item| too_late(item, run.offering(item)?));
    let lines = if late.is_some() { Vec::new() } else { costs(&run) };
    let to = match &late {
        Some(reason) => {
            body.insert("cancellationDeniedReason".into(), json!(reason));
            run.go_on()?;
            "rejected"
        }
        None if lines.is_empty() => {
            begin(&mut run, &body, None)?;
            "done"
        }
        None => {
            let reference = charge::raise(&mut run, Cause::Cancel(&request.body), &lines)?;
            body.insert("charge".into(), reference);
            "inProgress.assessingCharge"
        }
    };
    let said = json!({ "state": to, "cancellationDeniedReason": late });
    let why = decision((&request.id, None), ("cancel.assess", "book"), (json!({}), said), ctx);
    let told = CANCELLATION.advance((request, body), (to, Actor::Seller), ctx)?;
    let order = run.finish();
    // A charge is told before the request that waits for it, a request before what it did.
    let (mut commit, then) = if lines.is_empty() { (told, order) } else { (order, told) };
    commit.merge(then);
    commit.decisions.push(why);
    Ok(commit)
}

/// A sentence, where the item has come so far that its order is not cancelled any more.
fn too_late(item: &Object, offering: &Offering) -> Option<String> {
    let last = offering.extras.no_cancellation_after.as_deref()?;
    let reached = list(item, "milestone").iter().any(|step| step["name"] == last);
    let open = text(item, "state") == "pending";
    (reached && open).then(|| {
        let id = text(item, "id");
        format!("Item {id} has reached {last}; an order is not cancelled after that.")
    })
}

/// What work that has begun costs. It has begun with the first milestone; where the offering has
/// none, with the start of the order. All items are blocking (MEF 57.2).
fn costs(run: &Running<'_>) -> Vec<Line> {
    let line = |id: String| {
        let item = item(&run.body, &id)?;
        let offering = run.offering(item)?;
        let amount = offering.extras.cancellation.filter(|amount| !amount.is_zero())?;
        let begun = offering.milestones.is_empty() || !list(item, "milestone").is_empty();
        let begun = begun && coordinated::begun(&run.body, item).is_some();
        begun.then(|| Line {
            category: charge::CANCELLATION.into(),
            blocking: true,
            amount: Money::new(run.ctx.book.currency.clone(), amount).json(),
            why: format!("Work on item {id} has begun."),
        })
    };
    run.ids_in("pending").into_iter().filter_map(line).collect()
}

/// The order is going to be cancelled for the reason in `request`; `paid` is the charge that the
/// Buyer accepted for it. Nothing else is done about the order any more.
pub(super) fn begin(run: &mut Running<'_>, request: &Object, paid: Option<Value>) -> Result<(), Refused> {
    if let Some(reason) = request.get("cancellationReason") {
        run.body.insert("cancellationReason".into(), reason.clone());
    }
    if let Some(charge) = paid {
        run.body.insert("cancellationCharge".into(), json!([charge]));
    }
    run.move_order("pendingCancellation")?;
    run.commit.cancel_jobs_of.push(run.old.id.clone());
    let last = run.job(work::CANCEL, json!({}), run.ctx.now);
    run.commit.jobs.push(last);
    Ok(())
}
