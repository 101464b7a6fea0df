//! `modifyProductOrderItemRequestedDeliveryDate`: the Buyer asks for another date of one item, or
//! to have it expedited.
//!
//! Item and order stand still while the request is assessed. Speed may cost something (a charge
//! on the item); another date is granted as far as the work allows, and the expected date tells
//! how far. Digest 3.10.

use serde_json::json;

use super::asked::{ASSESS, NEW_DATE};
use super::charge::{self, Cause, Line};
use super::entry;
use super::running::{Running, decision, document, refusal};
use super::view::item;
use crate::api::items::text;
use crate::book::Expedite;
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::lifecycle::{Actor, Refused};
use crate::money::Money;
use crate::rules::{Context, Found, Outcome, Ref, Rules};
use crate::time;

const ITEM: &str = "/productOrderItem/productOrderItemId";

/// Rules of requests for another date.
pub struct DateChangeRules;

impl Rules for DateChangeRules {
    fn name(&self) -> &'static str {
        NEW_DATE.resource
    }

    fn needs(&self, input: &Checked, _ctx: &Context<'_>) -> Vec<Ref> {
        NEW_DATE.needs(input.body())
    }

    fn on_create(&self, input: &Checked, found: &Found, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        let order = check(input.body(), found, ctx)?;
        let (body, run) = acknowledge(input.body(), order, ctx)
            .map_err(|refused| vec![Problem::invalid(ITEM, refused.to_string())])?;
        let id = text(&body, "id").to_owned();
        let mut commit = Commit::of(document(NEW_DATE.resource, body.clone(), ctx));
        commit.jobs.push(NEW_DATE.assessment(&id, ctx));
        let seen = json!({ "productOrder": order.id, "revision": order.revision });
        let said = json!({ "state": "acknowledged" });
        let about = (id.as_str(), Some(item_id(input.body())));
        commit
            .decisions
            .push(decision(about, ("dateChange", "book"), (seen, said), ctx));
        commit.merge(run.finish());
        Ok(Outcome {
            commit,
            status: 201,
            body,
        })
    }

    fn job_needs(&self, document: &Document, _job: &Job, _ctx: &Context<'_>) -> Vec<Ref> {
        NEW_DATE.needs(&document.body)
    }

    fn on_job(&self, request: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        let order = found.document(super::rules::RESOURCE, NEW_DATE.order_id(&request.body));
        match order {
            Some(order) if job.kind == ASSESS && request.state == "acknowledged" => {
                let done = assess(request, Running::new(order, ctx), found.jobs(&order.id));
                done.unwrap_or_else(|refused| refusal(request, "dateChange.assess", &refused))
            }
            _ => Commit::default(),
        }
    }
}

fn item_id(body: &Object) -> &str {
    let item = body.get("productOrderItem").and_then(serde_json::Value::as_object);
    item.map_or("", |item| text(item, "productOrderItemId"))
}

fn check<'a>(body: &Object, found: &'a Found, ctx: &Context<'_>) -> Result<&'a Document, Vec<Problem>> {
    let mut problems = Vec::new();
    problems.extend(entry::passed(body, "", ctx));
    // Mplify 123.1 R65, R68. Absent is not false: then the expedite of the item stays as it is.
    if !body.contains_key("requestedCompletionDate") && !body.contains_key("expediteIndicator") {
        let reason = "Give another requestedCompletionDate, an expediteIndicator, or both.";
        problems.push(Problem::missing("/requestedCompletionDate", reason));
    }
    let order = match NEW_DATE.order(body, found) {
        Ok(order) => Some(order),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    if let Some(order) = order {
        problems.extend(item_problem(body, order, ctx));
        let ordered = item(&order.body, item_id(body));
        if ordered.is_some_and(|item| text(item, "action") != "delete") {
            problems.extend(entry::closed(body, "", ctx));
        }
    }
    match order {
        Some(order) if problems.is_empty() => Ok(order),
        _ => Err(problems),
    }
}

fn item_problem(body: &Object, order: &Document, ctx: &Context<'_>) -> Option<Problem> {
    let Some(item) = item(&order.body, item_id(body)) else {
        return Some(Problem::not_found(ITEM, "item of this order"));
    };
    let state = text(item, "state");
    if state != "inProgress" {
        let reason = format!("This item is {state}; it has to be inProgress for that.");
        return Some(Problem::invalid(ITEM, reason));
    }
    let sold = Running::new(order, ctx)
        .offering(item)
        .is_some_and(|offering| offering.extras.expedite.is_some());
    (wishes_haste(body) && !sold).then(|| Problem::invalid("/expediteIndicator", "This offering cannot be expedited."))
}

fn wishes_haste(body: &Object) -> bool {
    body.get("expediteIndicator") == Some(&json!(true))
}

fn acknowledge<'a>(sent: &Object, order: &'a Document, ctx: &'a Context<'a>) -> Result<(Object, Running<'a>), Refused> {
    let mut body = NEW_DATE.acknowledge(sent, ctx)?;
    body.insert("creationDate".into(), json!(time::text(ctx.now)));
    let mut run = Running::new(order, ctx);
    run.move_item(item_id(sent), "pending")?;
    run.move_order("pending.assessingModification")?;
    Ok((body, run))
}

fn assess(request: &Document, mut run: Running<'_>, jobs: &[Job]) -> Result<Commit, Refused> {
    let ctx = run.ctx;
    let body = request.body.clone();
    let id = item_id(&body).to_owned();
    let line = match haste(&run, &body, jobs) {
        Haste::None => None,
        Haste::Costs(line) => Some(line),
        Haste::InVain(reason) => {
            run.note(&id, &reason);
            run.go_on()?;
            return finish(request, run, ("rejected", &reason));
        }
    };
    let Some(line) = line else {
        run.change_dates(&body, jobs);
        run.go_on()?;
        return finish(request, run, ("done", ""));
    };
    charge::raise(&mut run, Cause::Date(&id, &body), &[line])?;
    // The charge is told before the request that waits for it.
    let mut commit = run.finish();
    let to = "inProgress.assessingCharge";
    commit.merge(NEW_DATE.advance((request, body), (to, Actor::Seller), ctx)?);
    Ok(commit)
}

/// The request has ended: it is told before what it did to item and order.
fn finish(request: &Document, run: Running<'_>, (to, reason): (&str, &str)) -> Result<Commit, Refused> {
    let ctx = run.ctx;
    let mut commit = NEW_DATE.advance((request, request.body.clone()), (to, Actor::Seller), ctx)?;
    let about = (request.id.as_str(), Some(item_id(&request.body)));
    let said = json!({ "state": to, "reason": reason });
    let why = decision(about, ("dateChange.assess", "book"), (json!({}), said), ctx);
    commit.decisions.push(why);
    commit.merge(run.finish());
    Ok(commit)
}

/// What it takes to be faster.
enum Haste {
    /// Nothing: it is not wished for, agreed already, or free.
    None,
    /// The consent of the Buyer. Blocking, as all charges of such a request.
    Costs(Line),
    /// It would change nothing; one sentence why.
    InVain(String),
}

fn haste(run: &Running<'_>, body: &Object, jobs: &[Job]) -> Haste {
    let id = item_id(body);
    let Some((item, expedite)) = item(&run.body, id).filter(|_| wishes_haste(body)).and_then(|item| {
        let expedite: &Expedite = run.offering(item)?.extras.expedite.as_ref()?;
        Some((item, expedite))
    }) else {
        return Haste::None;
    };
    if item.get("expediteAcceptedIndicator") == Some(&json!(true)) {
        return Haste::None;
    }
    let expected = time::parse(text(item, "expectedCompletionDate"));
    if run.ready_with(id, body, jobs) >= expected {
        let when = text(item, "expectedCompletionDate");
        let reason = format!("An expedite would not bring this item before {when}: nothing was changed.");
        return Haste::InVain(reason);
    }
    if expedite.amount.is_zero() {
        return Haste::None;
    }
    Haste::Costs(Line {
        category: charge::EXPEDITE.into(),
        blocking: true,
        amount: Money::new(run.ctx.book.currency.clone(), expedite.amount).json(),
        why: "To have it earlier than its interval says.".into(),
    })
}
