//! Answers as both roles give them: failures with the headers that belong to their status.

use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use segue_model::describe::Api;
use segue_model::failure::Failure;
use segue_model::party::Agreement;
use segue_net::trace::{REQUEST_ID, Trace};
use serde_json::Value;

/// Media type of every JSON body of the standard.
pub const JSON: &str = "application/json;charset=utf-8";

/// What every answer of an API version with an end date says: `Deprecation` (RFC 9745) and `Sunset`
/// (RFC 8594). None where no end is settled.
pub(crate) fn ending(agreement: &Agreement, api: &Api) -> Option<HeaderMap> {
    let ending = agreement.end_of(api.name, api.version)?;
    let since = ending.since.unwrap_or(agreement.effective_from);
    let values = [
        ("deprecation", format!("@{}", since.as_second())),
        ("sunset", http_date(ending.until)),
    ];
    let header = |(name, value): (&'static str, String)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
    };
    Some(values.into_iter().filter_map(header).collect())
}

/// RFC 9110 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The answer that `failure` stands for.
pub fn failure_response(failure: &Failure, request_id: &str) -> Response<Body> {
    let status = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, &failure.body());
    put(&mut response, REQUEST_ID, request_id);
    put(&mut response, header::CACHE_CONTROL, "no-store");
    match failure {
        // RFC 6750 3.1: no error code when there was no token at all.
        Failure::MissingCredentials => put(&mut response, header::WWW_AUTHENTICATE, "Bearer"),
        Failure::InvalidCredentials => {
            put(
                &mut response,
                header::WWW_AUTHENTICATE,
                "Bearer error=\"invalid_token\"",
            );
        }
        Failure::AccessDenied(scope) => {
            let value = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
            put(&mut response, header::WWW_AUTHENTICATE, &value);
        }
        Failure::TooManyRequests(wait_s) | Failure::Unavailable(wait_s) => {
            put(&mut response, header::RETRY_AFTER, &wait_s.to_string());
        }
        Failure::BadRequest(..)
        | Failure::ForbiddenRequester(_)
        | Failure::NotFound
        | Failure::MethodNotAllowed
        | Failure::Conflict(_)
        | Failure::TooLarge(_)
        | Failure::UnsupportedMedia
        | Failure::Unprocessable(_)
        | Failure::Internal
        | Failure::NotImplemented(_) => {}
    }
    response
}

/// Like [`failure_response`], with all ids of a trace.
pub fn failure(failure: &Failure, trace: &Trace) -> Response<Body> {
    let mut response = failure_response(failure, &trace.request_id);
    trace.answer(response.headers_mut());
    response
}

/// A JSON body under the media type of the standard.
pub fn json(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    put(&mut response, header::CONTENT_TYPE, JSON);
    response
}

/// An answer of the token endpoint: never kept by anybody (RFC 6749 5.1).
pub(crate) fn oauth(status: StatusCode, body: &Value, trace: &Trace) -> Response<Body> {
    let mut response = json(status, body);
    put(&mut response, header::CACHE_CONTROL, "no-store");
    put(&mut response, header::PRAGMA, "no-cache");
    trace.answer(response.headers_mut());
    response
}

/// Sets a header; a value that cannot stand in one is left out.
pub(crate) fn put(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(failure: &Failure, name: HeaderName, expected: Option<&str>) {
        let response = failure_response(failure, "r1");
        let found = response.headers().get(&name).map(|value| value.to_str().unwrap());
        assert_eq!(found, expected, "{failure:?} {name}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], JSON);
        assert_eq!(response.headers()["x-request-id"], "r1");
    }

    #[test]
    fn each_status_has_the_headers_it_needs() {
        check(&Failure::MissingCredentials, header::WWW_AUTHENTICATE, Some("Bearer"));
        check(
            &Failure::InvalidCredentials,
            header::WWW_AUTHENTICATE,
            Some("Bearer error=\"invalid_token\""),
        );
        check(
            &Failure::AccessDenied("createQuote".into()),
            header::WWW_AUTHENTICATE,
            Some("Bearer error=\"insufficient_scope\", scope=\"createQuote\""),
        );
        check(&Failure::TooManyRequests(7), header::RETRY_AFTER, Some("7"));
        check(&Failure::Unavailable(1), header::RETRY_AFTER, Some("1"));
        check(&Failure::NotFound, header::WWW_AUTHENTICATE, None);
        check(&Failure::NotFound, header::CACHE_CONTROL, Some("no-store"));
    }
}
