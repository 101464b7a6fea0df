//! GET of one element. Unknown and foreign ids are the same 404.

use axum::response::Response;
use http::StatusCode;
use segue_gate::front::Call;
use segue_model::api;
use segue_model::document::{Object, Side};
use segue_model::failure::Failure;
use segue_model::id::new_id;

use super::{json, older, resource};
use crate::Seller;

/// Answers.
pub async fn answer(seller: &Seller, call: Call) -> Result<Response, Failure> {
    let resource = resource(&call)?;
    if !seller.offers(resource) {
        return Err(crate::not_offered(&call));
    }
    let id = call.id.as_deref().unwrap_or_default();
    let mut revision = 0;
    let body = match resource.name {
        "geographicAddress" => from_book(seller, &call, api::address::rules::get).await?,
        "geographicSite" => from_book(seller, &call, api::site::rules::get).await?,
        name => {
            let scope = call.caller.agreement.scope();
            let found = seller.parts.store.document(&scope, Side::Seller, name, id).await;
            let found = found.map_err(crate::SellerError::from)?;
            revision = found.as_ref().map_or(0, |document| document.revision);
            found.map(|document| document.body)
        }
    };
    #[cfg(feature = "planted")]
    let body = if segue_store::planted::is("stale-reads") {
        segue_store::planted::behind(id, body)
    } else {
        body
    };
    let body = body.ok_or(Failure::NotFound)?;
    let body = older::told_again(seller, &call, (body, revision)).await?;
    Ok(json(
        StatusCode::OK,
        serde_json::to_vec(&body).map_err(|_| Failure::Internal)?,
    ))
}

/// Addresses and sites are no documents: the book has them.
async fn from_book(
    seller: &Seller,
    call: &Call,
    get: fn(&segue_model::rules::Context<'_>, &str) -> Option<Object>,
) -> Result<Option<Object>, Failure> {
    let around = seller.around(&call.caller, call.operation.api.version).await?;
    Ok(get(&around.context(&new_id), call.id.as_deref().unwrap_or_default()))
}
