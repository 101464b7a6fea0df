//! What the Seller does with a product of its own accord: it is suspended (not paid for, for
//! example), taken up again, or ended after it was suspended. No order leads here, and no order
//! of the Buyer changes or ends a product meanwhile (Mplify 116.1, life cycle; digest 4.2).

use serde_json::{Value, json};

use super::change::moved;
use super::rules::RESOURCE;
use crate::api::history;
use crate::api::items::existing::users;
use crate::api::items::{list, text};
use crate::api::quote::rules::hold_owner;
use crate::book::Offering;
use crate::commit::{Commit, Decision, HoldChange, Job};
use crate::document::Document;
use crate::rules::{Act, Context, Deed, Found, OPERATOR, Ref};
use crate::time::{self, Span, Unit};

/// Kind of the job that ends a suspended product.
pub(super) const END: &str = "end";

/// The product and who uses it.
pub(super) fn needs(product: &Document) -> Vec<Ref> {
    vec![Ref::Related {
        resource: RESOURCE,
        filter: "relatedProductId",
        value: product.id.clone(),
    }]
}

/// Does what the operator says; one sentence where that cannot be.
pub(super) fn act(product: &Document, act: &Act, found: &Found, ctx: &Context<'_>) -> Result<Commit, String> {
    let called_off = product.state == "suspendedPendingTerminate";
    let to = match &act.deed {
        Deed::Suspend => "suspended",
        Deed::Resume if called_off => "suspended",
        Deed::Resume => "active",
        Deed::End => {
            check_unused(product, found)?;
            "suspendedPendingTerminate"
        }
        Deed::Cancel | Deed::Fail(_) | Deed::Withdraw => return Err("that is not done to a product".into()),
    };
    if act.deed == Deed::Suspend && called_off {
        return Err("the product is suspended already, and about to end; resume calls its end off".into());
    }
    let mut commit = changed(product, (to, &act.reason), ctx)?;
    if called_off {
        commit.cancel_jobs_of.push(product.id.clone());
    }
    if act.deed == Deed::End {
        commit.jobs.push(last(product, ctx));
    }
    let reason = json!({ "reason": act.reason });
    commit
        .decisions
        .push(decision(product, ("inventory.act", reason), to, ctx));
    Ok(commit)
}

fn check_unused(product: &Document, found: &Found) -> Result<(), String> {
    let users: Vec<&str> = users(found, &product.id).map(|user| user.id.as_str()).collect();
    if users.is_empty() {
        return Ok(());
    }
    Err(format!("products still use it: {}", users.join(", ")))
}

fn changed(product: &Document, (to, reason): (&str, &str), ctx: &Context<'_>) -> Result<Commit, String> {
    let next = moved(product, product.body.clone(), (to, Some(reason)), ctx);
    next.map(Commit::of).map_err(|refused| refused.to_string())
}

/// Its end takes as long as that of one that the Buyer ends.
fn last(product: &Document, ctx: &Context<'_>) -> Job {
    let offering = product.text("/productOffering/id").and_then(|id| ctx.book.offering(id));
    let interval = offering.map_or(Span::new(0, Unit::CalendarDays), Offering::change_interval);
    Job {
        id: (ctx.new_id)(),
        scope: history::scope(ctx),
        document_id: product.id.clone(),
        resource: RESOURCE.into(),
        kind: END.into(),
        payload: Value::Null,
        due_at: interval.after(ctx.now),
        attempt: 0,
    }
}

/// Ends the product, unless somebody began to use it: then it stays suspended.
pub(super) fn on_end(product: &Document, found: &Found, ctx: &Context<'_>) -> Commit {
    if product.state != "suspendedPendingTerminate" {
        return Commit::default();
    }
    let ended = match check_unused(product, found) {
        Ok(()) => end(product, ctx),
        Err(reason) => changed(product, ("suspended", &format!("It was not ended: {reason}.")), ctx),
    };
    let Ok(mut commit) = ended else {
        return Commit::default();
    };
    let to = commit
        .documents
        .first()
        .map_or(String::new(), |next| next.state.clone());
    commit
        .decisions
        .push(decision(product, ("inventory.end", json!({})), &to, ctx));
    commit
}

/// What it held is free again.
fn end(product: &Document, ctx: &Context<'_>) -> Result<Commit, String> {
    let mut body = product.body.clone();
    body.insert("terminationDate".into(), json!(time::text(ctx.now)));
    let next = moved(product, body, ("terminated", None), ctx).map_err(|refused| refused.to_string())?;
    let mut commit = Commit::of(next);
    let items = list(&product.body, "productOrderItem").iter();
    let owners = items
        .filter_map(Value::as_object)
        .map(|item| hold_owner(text(item, "productOrderId"), text(item, "productOrderItemId")));
    let owners = owners.chain([product.id.clone()]);
    commit.holds.extend(owners.map(|owner| HoldChange::Release { owner }));
    Ok(commit)
}

fn decision(product: &Document, (step, inputs): (&str, Value), to: &str, ctx: &Context<'_>) -> Decision {
    Decision {
        id: (ctx.new_id)(),
        document_id: product.id.clone(),
        item_id: None,
        step: step.into(),
        answered_by: OPERATOR.into(),
        // The frame knows the version of the book it gave us.
        book_version: 0,
        agreement_version: ctx.agreement.version,
        at: ctx.now,
        inputs,
        outcome: json!({ "status": to }),
    }
}
