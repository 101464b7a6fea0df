//! The edge of an emulator: every request from outside comes in here, is written down, and meets
//! the faults of the scenario. What answers behind it is the real program.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use segue_model::time::Clock;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::scenario::{Act, Way};
use super::stage::{Exchange, Fires, Seen, Stage};
use super::wire::{self, TOKEN};

/// More than any body that the program reads.
const BODY_MAX: usize = 16 * 1024 * 1024;

/// Answers one request.
pub async fn enter(stage: Arc<Stage>, request: Request<Body>) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(sent) = to_bytes(body, BODY_MAX).await else {
        return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    let url = parts
        .uri
        .path_and_query()
        .map_or("/", |whole| whole.as_str())
        .to_owned();
    let (named, company) = wire::named(parts.method.as_str(), parts.uri.path());
    let company = company.to_owned();
    let partner = wire::client(&parts.headers);
    let text = format!("{url} {}", String::from_utf8_lossy(&sent));
    let fires = stage.fires(&Seen {
        named,
        way: Way::In,
        company: &company,
        partner: partner.as_deref(),
        text: &text,
    });
    let is_token = named.operation == Some(TOKEN);
    let kept = |body: &[u8]| if is_token { Value::Null } else { wire::readable(body) };
    let mut exchange = Exchange {
        way: "in",
        company,
        partner,
        operation: named.operation,
        event: named.event,
        method: parts.method.to_string(),
        url,
        sent: kept(&sent),
        fault: fires.as_ref().map(|fires| fires.name.clone()),
        ..Exchange::default()
    };
    let done = answered(&stage, Request::from_parts(parts, Body::from(sent)), fires.as_ref()).await;
    let (response, came) = finished(done, fires.as_ref()).await;
    if let Some((status, body)) = came {
        exchange.status = status.as_u16();
        exchange.answer = kept(&body);
    }
    if let Some(world) = stage.world() {
        stage.note(exchange, world.clock.now());
    }
    Ok(response)
}

/// What the program answers, unless a fault answers in its place.
async fn answered(stage: &Stage, request: Request<Body>, fires: Option<&Fires>) -> Response {
    match fires.map(|fires| &fires.act) {
        Some(Act::Status {
            code,
            retry_after,
            body,
        }) => {
            return refusal(*code, *retry_after, body.as_ref());
        }
        Some(Act::Hang(seconds)) => {
            tokio::time::sleep(Duration::from_secs_f64(*seconds)).await;
            return StatusCode::GATEWAY_TIMEOUT.into_response();
        }
        Some(Act::Slow(_) | Act::Half | Act::Lose | Act::Set(_) | Act::Double | Act::Late(_)) | None => {}
    }
    let Some(world) = stage.world() else {
        // Between two worlds: a reset is under way.
        return refusal(503, Some(1), None);
    };
    let router = world.router.clone();
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// In the form of the standard, so that a Buyer reads it as a Seller's own.
fn refusal(code: u16, retry_after: Option<u32>, body: Option<&Value>) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let words = match code {
        400 => "invalidBody",
        401 => "invalidCredentials",
        403 => "forbiddenRequester",
        404 => "notFound",
        409 => "conflict",
        422 => "otherIssue",
        501 => "notImplemented",
        _ => "internalError",
    };
    let error = json!({ "code": words, "reason": "A fault of the scenario.", "message": "This answer is simulated." });
    let of_standard = if code == 422 { json!([error]) } else { error };
    let body = body.unwrap_or(&of_standard);
    let mut response = (
        status,
        [(header::CONTENT_TYPE, "application/json;charset=utf-8")],
        body.to_string(),
    )
        .into_response();
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The answer as it leaves, and what of it the other side gets: nothing where the connection ends.
async fn finished(response: Response, fires: Option<&Fires>) -> (Response, Option<(StatusCode, Bytes)>) {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, BODY_MAX).await.unwrap_or_default();
    match fires.map(|fires| &fires.act) {
        Some(Act::Lose | Act::Hang(_)) => (cut(parts, Bytes::new(), body.len()), None),
        Some(Act::Half) => {
            let half = body.slice(..body.len() / 2);
            let status = parts.status;
            (cut(parts, half.clone(), body.len()), Some((status, half)))
        }
        Some(Act::Slow(seconds)) => {
            tokio::time::sleep(Duration::from_secs_f64(*seconds)).await;
            (
                Response::from_parts(parts.clone(), Body::from(body.clone())),
                Some((parts.status, body)),
            )
        }
        Some(Act::Set(values)) => {
            let mut changed = wire::readable(&body);
            wire::set(&mut changed, values);
            let body = Bytes::from(changed.to_string());
            parts.headers.remove(header::CONTENT_LENGTH);
            (
                Response::from_parts(parts.clone(), Body::from(body.clone())),
                Some((parts.status, body)),
            )
        }
        Some(Act::Status { .. } | Act::Double | Act::Late(_)) | None => (
            Response::from_parts(parts.clone(), Body::from(body.clone())),
            Some((parts.status, body)),
        ),
    }
}

/// An answer that promises `promised` bytes and ends behind these: the connection breaks.
fn cut(mut parts: http::response::Parts, some: Bytes, promised: usize) -> Response {
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(promised.max(some.len() + 1)));
    let pieces = [
        (!some.is_empty()).then_some(Ok(some)),
        Some(Err(std::io::Error::other("cut by the scenario"))),
    ];
    let stream = futures_util::stream::iter(pieces.into_iter().flatten());
    Response::from_parts(parts, Body::from_stream(stream))
}
