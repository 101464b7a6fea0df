//! An item that cannot be fulfilled, and what it drags along. In the simulated network nothing
//! fails: this is for the operator, and for whoever answers in our place.

use serde_json::Value;

use super::charge::RESOURCE as CHARGE;
use super::entry::termination_error;
use super::running::Running;
use super::settle::withdraw_others;
use super::view::item;
use crate::commit::Commit;
use crate::document::Document;
use crate::failure::ProblemCode;
use crate::lifecycle::Refused;
use crate::rules::{Context, Found, Ref};

/// What to load before [`fail_item`].
pub fn fail_needs(order_id: &str) -> Vec<Ref> {
    vec![Ref::Related {
        resource: CHARGE,
        filter: "productOrderId",
        value: order_id.to_owned(),
    }]
}

impl Running<'_> {
    /// An item fails and takes with it what it drags along; charges of theirs that are open are
    /// withdrawn (nobody has to decide on them any more), and the order ends if that was all.
    pub(super) fn fail_with_all(&mut self, id: &str, error: Value, found: &Found) -> Result<(), Refused> {
        let failed = self.fail(id, error)?;
        withdraw_others(self, &failed, (None, found))?;
        self.unhold()
    }
}

/// An item of an order fails for `reason` (one sentence for the partner), and with it all items
/// related to it; what they hold is free again, their open charges are withdrawn, and the order
/// ends if nothing is left to do. Refused for an item that does not run: in its end, before its
/// validation, or while a request of the Buyer about it is open.
pub fn fail_item(
    order: &Document,
    (item_id, reason): (&str, &str),
    found: &Found,
    ctx: &Context<'_>,
) -> Result<Commit, Refused> {
    if item(&order.body, item_id).is_none() {
        return Err(Refused {
            of: "product order item",
            from: "unknown".into(),
            to: "failed".into(),
        });
    }
    let mut run = Running::new(order, ctx);
    let error = termination_error(ProblemCode::OtherIssue, String::new(), reason);
    run.fail_with_all(item_id, error, found)?;
    Ok(run.finish())
}
