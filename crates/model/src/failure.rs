//! What a partner is told when something is wrong: the error bodies of the standard.
//!
//! 422 carries a list of [`Problem`]s, every other status one object. Codes are spelled as the
//! standard spells them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The longest `reason` the standard allows, in characters.
pub const REASON_MAX: usize = 255;

/// Codes of one entry of a 422 answer (`Error422Code`), also those of `terminationError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProblemCode {
    /// Something that has to be there is not.
    MissingProperty,
    /// Well formed, but not a value that is right here.
    InvalidValue,
    /// The lexical form is wrong (date, country, URN).
    InvalidFormat,
    /// It names something the Seller does not know, or that belongs to somebody else.
    ReferenceNotFound,
    /// Something that must not be there.
    UnexpectedProperty,
    /// More matches than the Seller is willing to list.
    TooManyRecords,
    /// Anything else, explained by the reason.
    OtherIssue,
}

/// One entry of a 422 answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What kind of problem.
    pub code: ProblemCode,
    /// JSON Pointer (RFC 6901) into the request body; empty for the body as a whole.
    pub property_path: String,
    /// One sentence for a person: what is wrong and what would be right.
    pub reason: String,
}

impl Problem {
    /// A problem of `code` at `path`. The reason is cut to what the standard allows.
    pub fn new(code: ProblemCode, path: impl Into<String>, reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        Self {
            code,
            property_path: path.into(),
            reason: reason.chars().take(REASON_MAX).collect(),
        }
    }

    /// [`ProblemCode::MissingProperty`] at `path`.
    pub fn missing(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(ProblemCode::MissingProperty, path, reason)
    }

    /// [`ProblemCode::InvalidValue`] at `path`.
    pub fn invalid(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(ProblemCode::InvalidValue, path, reason)
    }

    /// [`ProblemCode::UnexpectedProperty`] at `path`.
    pub fn unexpected(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(ProblemCode::UnexpectedProperty, path, reason)
    }

    /// [`ProblemCode::ReferenceNotFound`] at `path`. The text never says whether the thing
    /// exists for somebody else.
    pub fn not_found(path: impl Into<String>, what: &str) -> Self {
        Self::new(
            ProblemCode::ReferenceNotFound,
            path,
            format!("No {what} with this identifier is known."),
        )
    }
}

/// An answer other than success: its HTTP status and body are the standard's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 400: unreadable or structurally wrong request.
    BadRequest(BadRequest, String),
    /// 401 `missingCredentials`: no token was sent.
    MissingCredentials,
    /// 401 `invalidCredentials`: the token is not accepted, whatever the reason.
    InvalidCredentials,
    /// 403 `accessDenied`: the token lacks the operation's scope, named here.
    AccessDenied(String),
    /// 403 `forbiddenRequester`: the caller does not represent the party it names.
    ForbiddenRequester(String),
    /// 404 `notFound`: unknown, or somebody else's; the two are never told apart.
    NotFound,
    /// 405: this path exists, but not with this method.
    MethodNotAllowed,
    /// 409 `conflict`.
    Conflict(String),
    /// 413: the body is longer than the server reads.
    TooLarge(String),
    /// 415: the body is not JSON.
    UnsupportedMedia,
    /// 422: all problems at once.
    Unprocessable(Vec<Problem>),
    /// 429: above this partner's quota; seconds until it is worth trying again.
    TooManyRequests(u64),
    /// 500 `internalError`: our fault; the details are in our log under the request id.
    Internal,
    /// 501 `notImplemented`: an operation that this Seller does not offer.
    NotImplemented(String),
    /// 503: too busy, or not ready; seconds until it is worth trying again.
    Unavailable(u64),
}

/// Codes of a 400 answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRequest {
    /// `missingQueryParameter`
    MissingQueryParameter,
    /// `missingQueryValue`
    MissingQueryValue,
    /// `invalidQuery`
    InvalidQuery,
    /// `invalidBody`
    InvalidBody,
}

impl Failure {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest(..) => 400,
            Self::MissingCredentials | Self::InvalidCredentials => 401,
            Self::AccessDenied(_) | Self::ForbiddenRequester(_) => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict(_) => 409,
            Self::TooLarge(_) => 413,
            Self::UnsupportedMedia => 415,
            Self::Unprocessable(_) => 422,
            Self::TooManyRequests(_) => 429,
            Self::Internal => 500,
            Self::NotImplemented(_) => 501,
            Self::Unavailable(_) => 503,
        }
    }

    /// The body: a list for 422, one object otherwise.
    pub fn body(&self) -> Value {
        match self {
            Self::Unprocessable(problems) => Value::Array(problems.iter().map(problem_body).collect()),
            _ => {
                let (code, reason) = self.code_and_reason();
                let mut body = Map::new();
                if let Some(code) = code {
                    body.insert("code".into(), json!(code));
                }
                body.insert(
                    "reason".into(),
                    json!(reason.chars().take(REASON_MAX).collect::<String>()),
                );
                Value::Object(body)
            }
        }
    }

    fn code_and_reason(&self) -> (Option<&'static str>, String) {
        let (code, reason) = match self {
            Self::BadRequest(code, reason) => (bad_request_code(*code), reason.clone()),
            Self::MissingCredentials => (
                "missingCredentials",
                "Send an access token in the Authorization header.".into(),
            ),
            Self::InvalidCredentials => (
                "invalidCredentials",
                "The access token is not accepted; ask for a new one.".into(),
            ),
            Self::AccessDenied(scope) => ("accessDenied", format!("The token does not hold the scope {scope}.")),
            Self::ForbiddenRequester(reason) => ("forbiddenRequester", reason.clone()),
            Self::NotFound => ("notFound", "Nothing with this identifier is known.".into()),
            Self::Conflict(reason) => ("conflict", reason.clone()),
            Self::Internal => (
                "internalError",
                "Something went wrong on our side; quote the request id to support.".into(),
            ),
            Self::NotImplemented(reason) => ("notImplemented", reason.clone()),
            // The standard has no code for these statuses.
            Self::MethodNotAllowed => return (None, "This method is not offered here.".into()),
            Self::TooLarge(reason) => return (None, reason.clone()),
            Self::UnsupportedMedia => return (None, "Send the body as application/json;charset=utf-8.".into()),
            Self::TooManyRequests(seconds) => return (None, format!("Too many requests; try again in {seconds} s.")),
            Self::Unavailable(seconds) => return (None, format!("Not able to answer now; try again in {seconds} s.")),
            Self::Unprocessable(_) => return (None, "See the list.".into()),
        };
        (Some(code), reason)
    }
}

fn bad_request_code(code: BadRequest) -> &'static str {
    match code {
        BadRequest::MissingQueryParameter => "missingQueryParameter",
        BadRequest::MissingQueryValue => "missingQueryValue",
        BadRequest::InvalidQuery => "invalidQuery",
        BadRequest::InvalidBody => "invalidBody",
    }
}

fn problem_body(problem: &Problem) -> Value {
    json!({ "code": problem.code, "propertyPath": problem.property_path, "reason": problem.reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_422_is_a_list_and_every_other_failure_one_object() {
        let list = Failure::Unprocessable(vec![Problem::missing("/quoteItem/0/product", "product is required.")]);
        assert_eq!(list.status(), 422);
        assert_eq!(
            list.body(),
            json!([{"code": "missingProperty", "propertyPath": "/quoteItem/0/product", "reason": "product is required."}])
        );
        assert_eq!(Failure::NotFound.body()["code"], "notFound");
    }

    #[test]
    fn a_reason_is_cut_to_what_the_standard_allows() {
        assert_eq!(Problem::invalid("", "x".repeat(300)).reason.len(), REASON_MAX);
    }
}
