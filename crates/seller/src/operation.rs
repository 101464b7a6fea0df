//! One module per operation kind. Each answers an admitted request of any API of that kind.

pub mod change;
pub mod get;
pub mod hub;
pub mod list;
pub mod older;
mod repeat;

use axum::body::Body;
use axum::response::Response;
use http::{StatusCode, header};
use segue_gate::front::Call;
use segue_model::describe::Resource;
use segue_model::failure::Failure;

/// The media type of every body.
pub const JSON: &str = "application/json;charset=utf-8";

/// The resource of an operation that has one.
fn resource(call: &Call) -> Result<&'static Resource, Failure> {
    call.operation.resource.ok_or(Failure::Internal)
}

/// A response with a JSON body.
fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(JSON));
    response
}
