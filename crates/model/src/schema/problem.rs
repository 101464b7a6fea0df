//! From a fault the validator found to the problem a partner reads: code, exact pointer, and a
//! sentence that says what would be right.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use crate::failure::{Problem, ProblemCode};
use crate::pointer;
use crate::shape::Shapes;

/// The longest list of allowed values that is told; longer ones are looked up in the standard.
const VALUES_TOLD_MAX: usize = 12;

/// Whether the fault is a member that the shape does not have.
pub(super) fn is_unexpected(fault: &ValidationError) -> bool {
    matches!(fault.kind(), ValidationErrorKind::AdditionalProperties { .. })
}

/// The problems of one fault: several only for members that must not be there.
pub(crate) fn of(fault: &ValidationError, shapes: &Shapes) -> Vec<Problem> {
    let at = fault.instance_path().as_str();
    match fault.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = known_properties(fault.schema_path().as_str(), shapes);
            let problem = |name: &String| Problem::unexpected(pointer::join(at, name), unexpected_reason(name, &known));
            unexpected.iter().map(problem).collect()
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Problem::missing(
                pointer::join(at, name),
                format!("{name} is required here."),
            )]
        }
        ValidationErrorKind::Format { format } => vec![Problem::new(
            ProblemCode::InvalidFormat,
            at,
            format!("{} must be {}.", subject(at), format_in_words(format)),
        )],
        ValidationErrorKind::Pattern { pattern } => vec![Problem::new(
            ProblemCode::InvalidFormat,
            at,
            format!("{} must match the pattern {pattern}.", subject(at)),
        )],
        other => vec![Problem::invalid(at, format!("{} {}.", subject(at), must(other)))],
    }
}

/// What has to be so, for faults whose code is `invalidValue`.
fn must(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Enum { options } => must_be_one_of(options),
        ValidationErrorKind::Constant { expected_value } => format!("must be {}", plain(expected_value)),
        ValidationErrorKind::Type { kind } => format!("must be {}", type_in_words(kind)),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} {}", elements(*limit)),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} {}", elements(*limit)),
        ValidationErrorKind::MinLength { limit } => format!("must have at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::MinProperties { limit } => {
            format!("must have at least {limit} properties")
        }
        ValidationErrorKind::Minimum { limit } => format!("must be {limit} or more"),
        ValidationErrorKind::Maximum { limit } => format!("must be {limit} or less"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        ValidationErrorKind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        ValidationErrorKind::UniqueItems => "must not hold the same element twice".to_owned(),
        other => format!("does not obey `{}` of its schema", other.keyword()),
    }
}

fn must_be_one_of(options: &Value) -> String {
    let values: Vec<String> = options.as_array().into_iter().flatten().map(plain).collect();
    match values.as_slice() {
        [only] => format!("must be {only}"),
        few if few.len() <= VALUES_TOLD_MAX => format!("must be one of: {}", few.join(", ")),
        _ => "is not a value of its enumeration".to_owned(),
    }
}

fn unexpected_reason(name: &str, known: &[String]) -> String {
    let similar = known.iter().find(|known| known.eq_ignore_ascii_case(name));
    match similar {
        Some(similar) => format!("{name} is not known here; it is spelled {similar}."),
        None if known.is_empty() => format!("{name} is not known here."),
        None => format!("{name} is not known here. Known are: {}.", known.join(", ")),
    }
}

/// The schema path begins with the definition of the shape: `/definitions/NAME/...`.
fn known_properties(schema_path: &str, shapes: &Shapes) -> Vec<String> {
    let shape = schema_path
        .strip_prefix("/definitions/")
        .and_then(|rest| rest.split('/').next());
    let properties = shape.map(|shape| shapes.properties(shape)).unwrap_or_default();
    properties.into_iter().map(|property| property.name).collect()
}

/// The name of what is wrong: the last step that is a name (`quoteItem/0` is a quoteItem).
fn subject(at: &str) -> String {
    let name = at
        .rsplit('/')
        .find(|step| step.parse::<u64>().is_err() && !step.is_empty());
    name.map_or_else(
        || "The body".to_owned(),
        |name| name.replace("~1", "/").replace("~0", "~"),
    )
}

fn format_in_words(format: &str) -> String {
    match format {
        "date-time" => "a date and time with offset, like 2026-01-31T09:30:00Z".to_owned(),
        "date" => "a date like 2026-01-31".to_owned(),
        "email" => "an e-mail address".to_owned(),
        "uri" => "an absolute URI".to_owned(),
        other => format!("in the format {other}"),
    }
}

fn type_in_words(kind: &TypeKind) -> &'static str {
    match kind {
        TypeKind::Single(JsonType::Object) => "an object",
        TypeKind::Single(JsonType::Array) => "a list",
        TypeKind::Single(JsonType::String) => "a text",
        TypeKind::Single(JsonType::Integer) => "a whole number",
        TypeKind::Single(JsonType::Number) => "a number",
        TypeKind::Single(JsonType::Boolean) => "true or false",
        TypeKind::Single(JsonType::Null) => "null",
        TypeKind::Multiple(_) => "of another type",
    }
}

fn elements(count: u64) -> &'static str {
    if count == 1 { "element" } else { "elements" }
}

/// A value as a person writes it: texts without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
