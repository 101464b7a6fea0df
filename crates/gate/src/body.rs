//! Bodies of requests: read up to a limit, checked for what no schema can bear.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, Limited};
use segue_model::failure::{BadRequest, Failure};
use serde_json::Value;

/// Deeper nesting is refused: no shape of the standard comes near.
const DEPTH_MAX: usize = 64;

/// Longer lists are refused: an order of that size is a mistake or an attack.
const LIST_MAX: usize = 10_000;

/// A body has this long to arrive.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON body, as text and as value.
pub struct Sent {
    /// Byte for byte.
    pub text: String,
    /// Parsed.
    pub json: Value,
}

/// Reads a JSON body of at most `max` bytes.
pub async fn read(headers: &HeaderMap, body: Body, max: usize) -> Result<Sent, Failure> {
    check_media(headers)?;
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        return Err(too_large(max));
    }
    let collected = tokio::time::timeout(READ_TIMEOUT, Limited::new(body, max).collect()).await;
    let bytes = match collected {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => return Err(too_large(max)),
        Ok(Err(_)) | Err(_) => return Err(invalid("The body did not arrive whole.")),
    };
    parse(bytes.to_vec())
}

fn parse(bytes: Vec<u8>) -> Result<Sent, Failure> {
    let text = String::from_utf8(bytes).map_err(|_| invalid("The body is not UTF-8."))?;
    check_depth(&text)?;
    let json: Value = serde_json::from_str(&text).map_err(|error| {
        invalid(&format!(
            "The body is not JSON: line {}, column {}.",
            error.line(),
            error.column()
        ))
    })?;
    check_lists(&json)?;
    if !json.is_object() {
        return Err(invalid("The body must be a JSON object."));
    }
    Ok(Sent { text, json })
}

fn check_media(headers: &HeaderMap) -> Result<(), Failure> {
    let encoded = headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| value != "identity");
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut pieces = media.split(';').map(str::trim);
    let json = pieces
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let utf8 = pieces.all(|piece| {
        let piece = piece.to_ascii_lowercase().replace('"', "");
        piece.is_empty() || !piece.starts_with("charset=") || piece == "charset=utf-8"
    });
    if encoded || !json || !utf8 {
        Err(Failure::UnsupportedMedia)
    } else {
        Ok(())
    }
}

/// Counts brackets outside of texts: nothing is built before the depth is known to be sane.
fn check_depth(text: &str) -> Result<(), Failure> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(invalid(&format!("The body is nested deeper than {DEPTH_MAX} levels.")));
        }
    }
    Ok(())
}

fn check_lists(value: &Value) -> Result<(), Failure> {
    match value {
        Value::Array(items) if items.len() > LIST_MAX => Err(invalid(&format!(
            "A list in the body has more than {LIST_MAX} elements."
        ))),
        Value::Array(items) => items.iter().try_for_each(check_lists),
        Value::Object(members) => members.values().try_for_each(check_lists),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn invalid(reason: &str) -> Failure {
    Failure::BadRequest(BadRequest::InvalidBody, reason.to_owned())
}

fn too_large(max: usize) -> Failure {
    Failure::TooLarge(format!("A body may have at most {max} bytes."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, status: u16) {
        assert_eq!(
            parse(text.as_bytes().to_vec()).err().map(|failure| failure.status()),
            Some(status),
            "{text:.60}"
        );
    }

    #[test]
    fn what_is_not_a_json_object_gets_400() {
        check_refused("", 400);
        check_refused("[]", 400);
        check_refused("{\"a\":", 400);
        check_refused(
            &format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)),
            400,
        );
        check_refused(&format!("{{\"a\":[{}]}}", vec!["1"; LIST_MAX + 1].join(",")), 400);
    }

    #[test]
    fn brackets_in_texts_do_not_count_as_depth() {
        let text = format!("{{\"a\":\"{}\\\"[\"}}", "[".repeat(200));
        assert!(parse(text.into_bytes()).is_ok());
    }

    #[track_caller]
    fn check_media_type(media: &str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, media.parse().unwrap());
        assert_eq!(check_media(&headers).is_ok(), expected, "{media}");
    }

    #[test]
    fn json_in_utf8_is_read_and_nothing_else() {
        check_media_type("application/json", true);
        check_media_type("application/json;charset=utf-8", true);
        check_media_type("Application/JSON; Charset=\"UTF-8\"", true);
        check_media_type("application/json; charset=latin1", false);
        check_media_type("text/plain", false);
    }
}
