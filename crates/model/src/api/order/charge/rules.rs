//! How a charge ends: the answer of the Buyer (PATCH), a date that passed (job), or the Seller
//! who takes it back.

use serde_json::{Value, json};

use super::{RESOURCE, TIMEOUT, items_mut, order_id, take_back};
use crate::api::history;
use crate::api::items::{list, text};
use crate::api::order::asked::{CANCELLATION, NEW_DATE};
use crate::api::order::by_seller;
use crate::api::order::lifecycle::CHARGE_ITEM;
use crate::api::order::notes;
use crate::api::order::rules::RESOURCE as ORDER;
use crate::api::order::running::{decision, refusal};
use crate::api::order::settle::{Verdict, settle};
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::lifecycle::{Actor, Refused};
use crate::pointer;
use crate::rules::{Act, Context, Found, Outcome, Patch, Ref, Refusal, Rules};
use crate::time;

const ITEMS: &str = "/chargeItem";

/// Rules of charges.
pub struct ChargeRules;

impl Rules for ChargeRules {
    fn name(&self) -> &'static str {
        RESOURCE
    }

    fn needs(&self, _input: &Checked, _ctx: &Context<'_>) -> Vec<Ref> {
        Vec::new()
    }

    fn on_create(&self, _input: &Checked, _found: &Found, _ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        let reason = "Charges are made by the Seller; there is no create.";
        Err(vec![Problem::unexpected("", reason)])
    }

    fn act_needs(&self, document: &Document, _act: &Act, _ctx: &Context<'_>) -> Vec<Ref> {
        around(&document.body)
    }

    fn on_act(&self, document: &Document, act: &Act, found: &Found, ctx: &Context<'_>) -> Result<Commit, String> {
        by_seller::act_on_charge(document, act, found, ctx)
    }

    fn patch(&self) -> Option<&dyn Patch> {
        Some(self)
    }

    fn job_needs(&self, document: &Document, _job: &Job, _ctx: &Context<'_>) -> Vec<Ref> {
        around(&document.body)
    }

    fn on_job(&self, document: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        if job.kind != TIMEOUT || document.state != "awaitingResponse" {
            return Commit::default();
        }
        let done = end(document, Answer::Silence, found, ctx);
        done.unwrap_or_else(|refused| refusal(document, "charge.timeout", &refused))
    }
}

/// What a charge hangs on: its order with all its jobs and charges, and the request behind it.
fn around(body: &Object) -> Vec<Ref> {
    let order = order_id(body).to_owned();
    let mut refs = vec![
        Ref::Document {
            resource: ORDER,
            id: order.clone(),
        },
        Ref::Jobs(order.clone()),
        Ref::Related {
            resource: RESOURCE,
            filter: "productOrderId",
            value: order,
        },
    ];
    for resource in [CANCELLATION.resource, NEW_DATE.resource] {
        if let Some(id) = crate::api::items::reference(body, resource) {
            refs.push(Ref::Document {
                resource,
                id: id.to_owned(),
            });
        }
    }
    refs
}

impl Patch for ChargeRules {
    fn needs(&self, old: &Document, _input: &Checked, _ctx: &Context<'_>) -> Vec<Ref> {
        around(&old.body)
    }

    fn on_patch(&self, old: &Document, input: &Checked, found: &Found, ctx: &Context<'_>) -> Result<Outcome, Refusal> {
        if old.state != "awaitingResponse" {
            let reason = format!("This charge is {}; it takes no answer any more.", old.state);
            return Err(Refusal::Conflict(reason));
        }
        // The date decides, whether or not the clock has ended the charge already.
        let due = old.text("/responseDueDate").and_then(time::parse);
        if due.is_some_and(|due| due <= ctx.now) {
            let reason = "The answer was due by responseDueDate; silence is a refusal.";
            return Err(Refusal::Conflict(reason.into()));
        }
        let problems = check(&old.body, input.body());
        if !problems.is_empty() {
            return Err(problems.into());
        }
        let commit = end(old, Answer::Given(input.body()), found, ctx)
            .map_err(|refused| Refusal::Conflict(refused.to_string()))?;
        let body = commit.documents.first().map(|charge| charge.body.clone());
        Ok(Outcome {
            commit,
            status: 200,
            body: body.unwrap_or_default(),
        })
    }
}

/// Mplify 123.1 R96, R97: every item is answered, once, in one request.
fn check(charge: &Object, sent: &Object) -> Vec<Problem> {
    let asked = list(charge, "chargeItem");
    let answers = list(sent, "chargeItem");
    let id = |item: &Value| item.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut problems = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        let at = pointer::join(ITEMS, index);
        let Some(item) = asked.iter().find(|item| id(item) == id(answer)) else {
            problems.push(Problem::not_found(pointer::join(&at, "id"), "item of this charge"));
            continue;
        };
        if answers[..index].iter().any(|earlier| id(earlier) == id(answer)) {
            let reason = "This item is answered already.";
            problems.push(Problem::invalid(pointer::join(&at, "id"), reason));
        }
        if let (Some(sent), Some(item)) = (answer.as_object(), item.as_object()) {
            problems.extend(notes::check(item, sent, &at));
        }
    }
    for item in asked
        .iter()
        .filter(|item| answers.iter().all(|answer| id(answer) != id(item)))
    {
        let reason = format!("Item {} is not answered; all are answered in one request.", id(item));
        problems.push(Problem::missing(ITEMS, reason));
    }
    problems.extend(half_hearted(asked, answers));
    problems
}

/// MEF 57.2, table 23: who declines a blocking item declines all of the charge.
fn half_hearted(asked: &[Value], answers: &[Value]) -> Vec<Problem> {
    let blocks = |answer: &Value| {
        let item = asked.iter().find(|item| item.get("id") == answer.get("id"));
        item.is_some_and(|item| item.get("blocking") == Some(&json!(true)))
    };
    let says = |answer: &Value, what: &str| answer.get("acceptanceIndicator") == Some(&json!(what));
    if !answers.iter().any(|answer| blocks(answer) && says(answer, "rejected")) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (index, _) in answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| says(answer, "accepted"))
    {
        let path = pointer::join(&pointer::join(ITEMS, index), "acceptanceIndicator");
        let reason = "A blocking item is rejected: then all items of the charge have to be.";
        problems.push(Problem::invalid(path, reason));
    }
    problems
}

/// What the Buyer said.
enum Answer<'a> {
    /// A `MEFProductOrderCharge_Update`.
    Given(&'a Object),
    /// Nothing, until it was too late.
    Silence,
}

/// The end of a charge and everything that comes of it. The charge is the first document.
fn end(old: &Document, answer: Answer<'_>, found: &Found, ctx: &Context<'_>) -> Result<Commit, Refused> {
    let mut body = old.body.clone();
    let (to, by, said) = match answer {
        Answer::Given(sent) => {
            for item in items_mut(&mut body) {
                take(item, sent)?;
            }
            ("completed", Actor::Buyer, "buyer")
        }
        Answer::Silence => {
            for item in items_mut(&mut body) {
                history::enter(&CHARGE_ITEM, item, ("declinedByBuyer", Actor::Clock))?;
            }
            ("timeout", Actor::Clock, "clock")
        }
    };
    let verdict = Verdict::of(&body, by);
    let mut commit = super::advance((old, body), (to, by), ctx)?;
    let outcome = json!({ "accepted": verdict.accepted, "declined": verdict.declined });
    let why = decision((&old.id, None), ("charge.answer", said), (json!({}), outcome), ctx);
    commit.decisions.push(why);
    commit.merge(settle(old, &verdict, found, ctx)?);
    Ok(commit)
}

fn take(item: &mut Object, sent: &Object) -> Result<(), Refused> {
    let answers = list(sent, "chargeItem").iter().filter_map(Value::as_object);
    let Some(answer) = answers
        .into_iter()
        .find(|answer| text(answer, "id") == text(item, "id"))
    else {
        return Ok(());
    };
    for name in ["acceptanceIndicator", "note"] {
        if let Some(value) = answer.get(name) {
            item.insert(name.into(), value.clone());
        }
    }
    let state = if text(answer, "acceptanceIndicator") == "accepted" {
        "acceptedByBuyer"
    } else {
        "declinedByBuyer"
    };
    history::enter(&CHARGE_ITEM, item, (state, Actor::Buyer))
}

/// What to load before [`withdraw`].
pub fn withdraw_needs(charge: &Document) -> Vec<Ref> {
    around(&charge.body)
}

/// The Seller takes an open charge back: what it was for goes on without it. Mplify 123.1 R99
/// leaves an answered one alone.
pub fn withdraw(charge: &Document, found: &Found, ctx: &Context<'_>) -> Result<Commit, Refused> {
    let mut commit = take_back(charge, ctx)?;
    commit.merge(settle(charge, &Verdict::withdrawn(), found, ctx)?);
    Ok(commit)
}
