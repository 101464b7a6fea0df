//! What the Seller does with an order of its own accord: it cancels it, lets an item fail, or
//! takes a charge back. Nobody of the Buyer has asked for it; the reason is theirs to read.

use serde_json::{Value, json};

use super::cancel::begin;
use super::charge::items_mut;
use super::charge::{self, withdraw};
use super::fail::{fail_item, fail_needs};
use super::rules::RESOURCE;
use super::running::{Running, decision, seller_note};
use super::settle::withdraw_others;
use crate::commit::Commit;
use crate::document::{Document, Object};
use crate::lifecycle::Refused;
use crate::rules::{Act, Context, Deed, Found, OPERATOR, Ref};

/// What to load before [`act`].
pub(super) fn needs(order: &Document) -> Vec<Ref> {
    let mut refs = fail_needs(&order.id);
    refs.push(Ref::Jobs(order.id.clone()));
    refs
}

/// Does what the operator says to an order; one sentence where that cannot be.
pub(super) fn act(order: &Document, act: &Act, found: &Found, ctx: &Context<'_>) -> Result<Commit, String> {
    let (done, item) = match &act.deed {
        Deed::Cancel => (cancel(order, &act.reason, found, ctx), None),
        Deed::Fail(item) => (fail_item(order, (item, &act.reason), found, ctx), Some(item.as_str())),
        Deed::Suspend | Deed::Resume | Deed::End | Deed::Withdraw => {
            return Err(format!("that is not done to a {RESOURCE}"));
        }
    };
    let mut commit = done.map_err(|refused| refused.to_string())?;
    let said = json!({ "deed": act.deed, "reason": act.reason });
    let state = commit.documents.last().map(|order| order.state.clone());
    let why = decision(
        (&order.id, item),
        ("order.act", OPERATOR),
        (said, json!({ "state": state })),
        ctx,
    );
    commit.decisions.push(why);
    Ok(commit)
}

/// Mplify 123.1, states of an order: the Seller cancels one in progress without a request. What
/// the Buyer was still asked to pay for is not asked any more.
fn cancel(order: &Document, reason: &str, found: &Found, ctx: &Context<'_>) -> Result<Commit, Refused> {
    let mut run = Running::new(order, ctx);
    let ids = run.ids();
    if order.state == "held.assessingCharge" {
        withdraw_others(&mut run, &ids, (None, found))?;
        for id in run.ids_in("held") {
            run.move_item(&id, "inProgress")?;
        }
        run.move_order("inProgress")?;
    }
    for id in run.ids_in("inProgress") {
        run.move_item(&id, "pending")?;
    }
    let mut request = Object::new();
    request.insert("cancellationReason".into(), json!(reason));
    begin(&mut run, &request, None)?;
    Ok(run.finish())
}

/// Takes an open charge back, and says why in a note of each of its items.
pub(super) fn act_on_charge(charge: &Document, act: &Act, found: &Found, ctx: &Context<'_>) -> Result<Commit, String> {
    if act.deed != Deed::Withdraw {
        return Err(format!("that is not done to a {}", charge::RESOURCE));
    }
    let mut commit = withdraw(charge, found, ctx).map_err(|refused| refused.to_string())?;
    if let Some(next) = commit.documents.iter_mut().find(|next| next.id == charge.id) {
        let note = seller_note(&act.reason, ctx);
        for item in items_mut(&mut next.body) {
            if let Some(notes) = item.entry("note").or_insert_with(|| json!([])).as_array_mut() {
                notes.push(note.clone());
            }
        }
    }
    let state = commit.documents.first().map_or(Value::Null, |next| json!(next.state));
    let said = json!({ "reason": act.reason });
    let why = decision(
        (&charge.id, None),
        ("charge.act", OPERATOR),
        (said, json!({ "state": state })),
        ctx,
    );
    commit.decisions.push(why);
    Ok(commit)
}
