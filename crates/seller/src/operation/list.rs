//! GET of a collection, and `POST /geographicSite`, which lists by a body.
//!
//! Order is that of creation, so that pages are stable. All three paging headers are sent always.
//! A page is never longer than [`PAGE_MAX`]; only what matches far too much is refused as a whole.

use axum::response::Response;
use http::{HeaderValue, StatusCode};
use segue_gate::front::Call;
use segue_model::api;
use segue_model::describe::{self, Resource};
use segue_model::document::{Document, Side};
use segue_model::failure::{BadRequest, Failure, Problem, ProblemCode};
use segue_model::id::new_id;
use segue_model::rules::reduce;
use segue_store::{Condition, ListQuery};
use serde_json::Value;

use super::{json, older, resource};
use crate::{Seller, SellerError};

/// The longest page: 1,000 reduced orders are about 300 kB.
const PAGE_MAX: u32 = 1_000;

/// The page without a `limit`.
const PAGE_DEFAULT: u32 = 100;

struct Page {
    elements: Vec<Value>,
    total: u64,
}

/// Answers.
pub async fn answer(seller: &Seller, call: Call) -> Result<Response, Failure> {
    let resource = resource(&call)?;
    if !seller.offers(resource) {
        return Err(crate::not_offered(&call));
    }
    let offset = call.query.offset.unwrap_or(0);
    // Who cannot ask for the next page gets all that a page holds.
    let usual = if older::is_paged(&call) { PAGE_DEFAULT } else { PAGE_MAX };
    let asked = call.query.limit.unwrap_or(usual);
    let limit = asked.min(PAGE_MAX);
    let page = match resource.name {
        "geographicSite" => sites(seller, &call, (offset, limit)).await?,
        _ => documents(seller, &call, resource, (offset, limit)).await?,
    };
    if page.total > seller.parts.list_max && call.operation.statuses.errors.contains(&422) {
        return Err(too_many(page.total, seller.parts.list_max));
    }
    let throttled = asked > limit && page.total > u64::from(offset) + page.elements.len() as u64;
    let body = serde_json::to_vec(&page.elements).map_err(|_| Failure::Internal)?;
    let mut response = json(StatusCode::OK, body);
    let headers = response.headers_mut();
    headers.insert("X-Total-Count", HeaderValue::from(page.total));
    headers.insert("X-Result-Count", HeaderValue::from(page.elements.len()));
    headers.insert(
        "X-Pagination-Throttled",
        HeaderValue::from_static(if throttled { "true" } else { "false" }),
    );
    Ok(response)
}

/// Mplify 115.1 R50, 116.1 R11, 122.1 R12, 123.1 R62, 87.1 R58: whatever page was asked for; a
/// list that long is read by narrower filters.
fn too_many(total: u64, most: u64) -> Failure {
    let reason = format!("{total} match; this Seller lists {most} at most. Narrow the filters.");
    Failure::Unprocessable(vec![Problem::new(ProblemCode::TooManyRecords, "", reason)])
}

async fn documents(
    seller: &Seller,
    call: &Call,
    resource: &'static Resource,
    (offset, limit): (u32, u32),
) -> Result<Page, Failure> {
    let scope = call.caller.agreement.scope();
    let conditions = call.query.filters.iter().map(condition).collect();
    let query = ListQuery {
        conditions,
        offset,
        limit,
    };
    let found = seller
        .parts
        .store
        .documents(&scope, Side::Seller, resource.name, &query)
        .await;
    let found = found.map_err(SellerError::from)?;
    let summary = call
        .operation
        .answer
        .as_ref()
        .map_or(resource.full, |answer| answer.shape);
    let keep = seller.parts.schemas.properties(call.operation.api, summary);
    let mut elements = Vec::new();
    for Document { id, body, revision, .. } in &found.documents {
        let number = older::number(seller, call, (id, body, *revision)).await?;
        elements.push(older::row(call, (body, number.as_deref())).unwrap_or_else(|| reduce(body, &keep)));
    }
    Ok(Page {
        elements,
        total: found.total,
    })
}

fn condition(filter: &describe::Condition) -> Condition {
    let value = filter.value.clone();
    match filter.op {
        describe::Op::Equal => Condition::Equal(filter.name, value),
        describe::Op::Gt => Condition::Gt(filter.name, value),
        describe::Op::Lt => Condition::Lt(filter.name, value),
    }
}

async fn sites(seller: &Seller, call: &Call, (offset, limit): (u32, u32)) -> Result<Page, Failure> {
    let shape = call.operation.request.ok_or(Failure::Internal)?;
    let sent = call.sent.as_ref().ok_or_else(no_body)?;
    let input = seller
        .parts
        .schemas
        .check(call.operation.api, shape, sent.json.clone())
        .map_err(Failure::Unprocessable)?;
    let around = seller.around(&call.caller, call.operation.api.version).await?;
    let all = api::site::rules::list(&input, &around.context(&new_id)).map_err(Failure::Unprocessable)?;
    let found = |site: Value| match &site {
        Value::Object(body) => older::row(call, (body, None)).unwrap_or(site),
        _ => site,
    };
    let all: Vec<Value> = all
        .into_iter()
        .filter(|_| !older::finds_nothing(call))
        .map(found)
        .collect();
    let total = all.len() as u64;
    let elements = all.into_iter().skip(offset as usize).take(limit as usize).collect();
    Ok(Page { elements, total })
}

pub(super) fn no_body() -> Failure {
    Failure::BadRequest(BadRequest::InvalidBody, "This operation needs a JSON body.".into())
}
