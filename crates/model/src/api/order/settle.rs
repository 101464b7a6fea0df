//! What the end of a charge means for what it was about: an item goes on or fails, a request is
//! done or declined. Digest 3.12.

use serde_json::{Value, json};

use super::asked::{CANCELLATION, Kind, NEW_DATE};
use super::cancel;
use super::charge::{self, EXPEDITE};
use super::entry::termination_error;
use super::rules::RESOURCE as ORDER;
use super::running::Running;
use super::view::item_mut;
use crate::api::items::{list, reference};
use crate::commit::Commit;
use crate::document::{Document, Object};
use crate::failure::ProblemCode;
use crate::lifecycle::{Actor, Refused};
use crate::rules::{Context, Found};

/// How a charge ended.
pub(super) struct Verdict {
    /// Categories of the items that were accepted.
    pub accepted: Vec<String>,
    /// Those of the others.
    pub declined: Vec<String>,
    /// Whether one without which it does not go on was declined.
    blocked: bool,
    /// Who ended it.
    by: Actor,
}

impl Verdict {
    /// Of a charge whose items have been answered.
    pub(super) fn of(charge: &Object, by: Actor) -> Self {
        let mut verdict = Self {
            by,
            ..Self::withdrawn()
        };
        for item in list(charge, "chargeItem") {
            let says = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
            let category = says("priceCategory").to_owned();
            if says("state") == "acceptedByBuyer" {
                verdict.accepted.push(category);
            } else {
                verdict.declined.push(category);
                verdict.blocked |= item.get("blocking") == Some(&json!(true));
            }
        }
        verdict
    }

    /// Of a charge that was taken back: nothing was declined.
    pub(super) fn withdrawn() -> Self {
        Self {
            accepted: Vec::new(),
            declined: Vec::new(),
            blocked: false,
            by: Actor::Seller,
        }
    }
}

/// Everything but the charge itself: the request behind it first, then the order.
pub(super) fn settle(
    charge: &Document,
    verdict: &Verdict,
    found: &Found,
    ctx: &Context<'_>,
) -> Result<Commit, Refused> {
    let Some(order) = found.document(ORDER, charge::order_id(&charge.body)) else {
        return Ok(Commit::default());
    };
    let mut run = Running::new(order, ctx);
    let mut commit = Commit::default();
    if let Some(old) = behind(&CANCELLATION, charge, found) {
        commit = request(&CANCELLATION, old, verdict, ctx)?;
        if verdict.blocked {
            run.go_on()?;
        } else {
            let paid = json!({ "id": charge.id, "href": charge.body.get("href") });
            cancel::begin(&mut run, &old.body, (!verdict.accepted.is_empty()).then_some(paid))?;
        }
    } else if let Some(old) = behind(&NEW_DATE, charge, found) {
        commit = request(&NEW_DATE, old, verdict, ctx)?;
        keep_reference(&mut run, charge, verdict);
        if !verdict.blocked {
            run.change_dates(&old.body, found.jobs(&order.id));
        }
        run.go_on()?;
    } else {
        item(&mut run, charge, verdict, found)?;
    }
    commit.merge(run.finish());
    Ok(commit)
}

fn behind<'a>(kind: &Kind, charge: &Document, found: &'a Found) -> Option<&'a Document> {
    found.document(kind.resource, reference(&charge.body, kind.resource)?)
}

fn request(kind: &Kind, old: &Document, verdict: &Verdict, ctx: &Context<'_>) -> Result<Commit, Refused> {
    let to = if verdict.blocked { "done.declined" } else { "done" };
    kind.advance((old, old.body.clone()), (to, verdict.by), ctx)
}

/// A charge that was found while an item was fulfilled.
fn item(run: &mut Running<'_>, charge: &Document, verdict: &Verdict, found: &Found) -> Result<(), Refused> {
    let Some(id) = charge::item_id(&charge.body) else {
        return Ok(());
    };
    keep_reference(run, charge, verdict);
    if verdict.blocked {
        let what = verdict.declined.join(" and ");
        let reason = match verdict.by {
            Actor::Clock => format!("The charge for {what} was not answered in time."),
            Actor::Buyer | Actor::Seller => format!("The charge for {what} was declined."),
        };
        let error = termination_error(ProblemCode::OtherIssue, String::new(), &reason);
        let failed = run.fail(id, error)?;
        withdraw_others(run, &failed, (Some(&charge.id), found))?;
    } else {
        run.resume(id)?;
        // Mplify 123.1 R26
        if verdict.accepted.iter().any(|category| category == EXPEDITE) {
            run.expedite(id, found.jobs(&run.old.id));
        }
    }
    run.unhold()
}

/// Nobody has to decide any more on charges of items that failed.
pub(super) fn withdraw_others(
    run: &mut Running<'_>,
    failed: &[String],
    (but, found): (Option<&str>, &Found),
) -> Result<(), Refused> {
    for other in found.related(charge::RESOURCE, "productOrderId", &run.old.id) {
        let open = other.state == "awaitingResponse" && Some(other.id.as_str()) != but;
        let about = charge::item_id(&other.body).is_some_and(|item| failed.iter().any(|id| id == item));
        if open && about {
            keep_reference(run, other, &Verdict::withdrawn());
            let commit = charge::take_back(other, run.ctx)?;
            run.commit.merge(commit);
        }
    }
    Ok(())
}

/// Digest 3.8: an item names the charges that were accepted, at least in part.
fn keep_reference(run: &mut Running<'_>, charge: &Document, verdict: &Verdict) {
    let item = charge::item_id(&charge.body).and_then(|id| item_mut(&mut run.body, id));
    if let Some(item) = item.filter(|_| verdict.accepted.is_empty())
        && let Some(list) = item.get_mut("charge").and_then(Value::as_array_mut)
    {
        list.retain(|reference| reference["id"] != charge.id.as_str());
        if list.is_empty() {
            item.shift_remove("charge");
        }
    }
}
