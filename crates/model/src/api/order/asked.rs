//! What the Buyer asks about a running order: a cancellation or another date. Both are resources
//! with the same states; each is assessed by a job right after it was acknowledged, and meanwhile
//! the order does not move.

use serde_json::{Map, json};

use super::lifecycle::{CANCEL, DATE_CHANGE};
use super::rules::RESOURCE as ORDER;
use super::running::{address, lane};
use crate::api::history;
use crate::api::items::text;
use crate::commit::{Commit, Job};
use crate::document::{Document, Object, Side};
use crate::failure::Problem;
use crate::lifecycle::{Actor, Lifecycle, Refused};
use crate::rules::{Context, Found, Ref};

/// Kind of the job that assesses a request.
pub(super) const ASSESS: &str = "assess";

/// What differs between the two.
pub(super) struct Kind {
    pub resource: &'static str,
    lifecycle: &'static Lifecycle,
    event: &'static str,
    /// Where the id of its order stands.
    order: &'static str,
}

pub(super) static CANCELLATION: Kind = Kind {
    resource: "cancelProductOrder",
    lifecycle: &CANCEL,
    event: "cancelProductOrderStateChangeEvent",
    order: "/productOrder/productOrderId",
};

pub(super) static NEW_DATE: Kind = Kind {
    resource: "modifyProductOrderItemRequestedDeliveryDate",
    lifecycle: &DATE_CHANGE,
    event: "modifyProductOrderItemRequestedDeliveryDateStateChangeEvent",
    order: "/productOrderItem/productOrderId",
};

impl Kind {
    /// The id of the order that a request is about.
    pub(super) fn order_id<'a>(&self, body: &'a Object) -> &'a str {
        let id = crate::document::at(body, self.order).and_then(serde_json::Value::as_str);
        id.unwrap_or_default()
    }

    /// What every decision about a request looks at.
    pub(super) fn needs(&self, body: &Object) -> Vec<Ref> {
        let id = self.order_id(body);
        vec![
            Ref::Document {
                resource: ORDER,
                id: id.to_owned(),
            },
            Ref::Jobs(id.to_owned()),
        ]
    }

    /// The order, if it is one of this Buyer and in progress: the detours of an order start there
    /// and exclude each other.
    pub(super) fn order<'a>(&self, body: &Object, found: &'a Found) -> Result<&'a Document, Problem> {
        let order = found
            .document(ORDER, self.order_id(body))
            .filter(|order| order.side == Side::Seller)
            .ok_or_else(|| Problem::not_found(self.order, "product order"))?;
        if order.state == "inProgress" {
            return Ok(order);
        }
        let reason = format!("This order is {}; it has to be inProgress for that.", order.state);
        Err(Problem::invalid(self.order, reason))
    }

    /// The body of a new request: all that was sent, and what the Seller adds.
    pub(super) fn acknowledge(&self, sent: &Object, ctx: &Context<'_>) -> Result<Object, Refused> {
        let id = (ctx.new_id)();
        let mut body = Map::new();
        body.insert("href".into(), json!(address(self.resource, &id, ctx)));
        body.insert("id".into(), json!(id));
        body.extend(sent.clone());
        history::enter(self.lifecycle, &mut body, ("acknowledged", Actor::Seller))?;
        Ok(body)
    }

    /// The job that assesses the request `id`.
    pub(super) fn assessment(&self, id: &str, ctx: &Context<'_>) -> Job {
        Job {
            id: (ctx.new_id)(),
            scope: history::scope(ctx),
            document_id: id.to_owned(),
            resource: self.resource.into(),
            kind: ASSESS.into(),
            payload: json!({}),
            due_at: ctx.now,
            attempt: 0,
        }
    }

    /// The next revision of a request, in another state, and the event of it.
    pub(super) fn advance(
        &self,
        (old, mut body): (&Document, Object),
        (to, by): (&str, Actor),
        ctx: &Context<'_>,
    ) -> Result<Commit, Refused> {
        history::enter(self.lifecycle, &mut body, (to, by))?;
        let fields = json!({ "id": old.id, "href": text(&body, "href"), "state": to });
        let event = history::event(ctx, lane(self.order_id(&body)), self.event, fields);
        let mut commit = Commit::of(old.next(to, body, ctx.now));
        commit.events.push(event);
        Ok(commit)
    }
}
