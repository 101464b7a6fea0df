//! From the faults of an imported schema to problems. Where one of several branches had to fit
//! and none did, the branch that was meant is found, so that a problem points at the attribute.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::failure::Problem;
use crate::schema::problem;
use crate::shape::Shapes;

/// Choices inside choices that are followed; deeper ones are told as a whole.
const DEPTH_MAX: usize = 8;

/// References followed to the attributes of a branch.
const REFERENCES_MAX: usize = 64;

/// The problems of one fault of `schema`.
pub(super) fn problems(fault: &ValidationError<'_>, schema: &Value) -> Vec<Problem> {
    below(fault, schema, DEPTH_MAX)
}

fn below(fault: &ValidationError<'_>, schema: &Value, depth: usize) -> Vec<Problem> {
    let at = fault.instance_path().as_str();
    match fault.kind() {
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } if depth > 0 => {
            let faults = match named(fault, schema) {
                Some((_, Some(branch))) => context.get(branch).map(Vec::as_slice),
                Some((_, None)) => None,
                None => meant(context, at),
            };
            match faults {
                Some(faults) => faults
                    .iter()
                    .flat_map(|fault| below(fault, schema, depth - 1))
                    .collect(),
                None => vec![Problem::invalid(at, none_fits(context, at))],
            }
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => vec![Problem::invalid(
            at,
            "Several kinds fit; say which one is meant, in the attribute that tells them apart.",
        )],
        _ => problem::of(fault, &Shapes::default()),
    }
}

/// The attribute that tells the branches apart, and the branch its value names: an attribute for
/// which every branch lists other values (`mapType`). None where there is no such attribute, or the
/// value does not have it.
fn named<'a>(fault: &ValidationError<'_>, schema: &'a Value) -> Option<(&'a str, Option<usize>)> {
    let branches = schema.pointer(fault.schema_path().as_str())?.as_array()?;
    let listed: Vec<Vec<(&str, &Vec<Value>)>> = branches.iter().map(|branch| lists(branch, schema)).collect();
    let values = |branch: &[(&str, &'a Vec<Value>)], name: &str| {
        branch
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, values)| *values)
    };
    let (name, value) = listed.first()?.iter().find_map(|(name, _)| {
        let all: Vec<&Vec<Value>> = listed
            .iter()
            .map(|branch| values(branch, name))
            .collect::<Option<_>>()?;
        let apart = (1..all.len()).all(|n| {
            all[n]
                .iter()
                .all(|value| !all[..n].iter().any(|list| list.contains(value)))
        });
        let value = fault.instance().get(*name).filter(|_| apart)?;
        Some((*name, value))
    })?;
    let branch = listed
        .iter()
        .position(|branch| values(branch, name).is_some_and(|list| list.contains(value)));
    Some((name, branch))
}

/// The attributes of a branch with listed values.
fn lists<'a>(branch: &'a Value, whole: &'a Value) -> Vec<(&'a str, &'a Vec<Value>)> {
    let mut schema = branch;
    for _ in 0..REFERENCES_MAX {
        let target = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|path| path.strip_prefix('#'));
        match target.and_then(|path| whole.pointer(path)) {
            Some(target) => schema = target,
            None => break,
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let properties = properties.into_iter().flatten();
    properties
        .filter_map(|(name, property)| Some((name.as_str(), property.get("enum")?.as_array()?)))
        .collect()
}

/// The branch with the fewest faults among those whose own attributes with listed values agree:
/// these tell branches apart (`mapType`). None where no branch agrees, or none stands out.
fn meant<'a, 'b>(context: &'a [Vec<ValidationError<'b>>], at: &str) -> Option<&'a [ValidationError<'b>]> {
    let agreeing: Vec<&Vec<ValidationError<'b>>> = context.iter().filter(|faults| !disagrees(faults, at)).collect();
    let least = agreeing.iter().map(|faults| faults.len()).min()?;
    let mut best = agreeing.into_iter().filter(|faults| faults.len() == least);
    let found = best.next()?;
    best.next().is_none().then_some(found.as_slice())
}

/// Whether the value at `at` says of itself that it is of another kind.
fn disagrees(faults: &[ValidationError<'_>], at: &str) -> bool {
    faults.iter().any(|fault| {
        let here = fault.instance_path().as_str();
        let direct = here.strip_prefix(at).is_some_and(|rest| rest.matches('/').count() <= 1);
        let told_apart = match fault.kind() {
            ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => true,
            ValidationErrorKind::Type { .. } => here == at,
            _ => false,
        };
        direct && told_apart
    })
}

/// What the attribute that tells the branches apart may be, where they name one.
fn none_fits(context: &[Vec<ValidationError<'_>>], at: &str) -> String {
    let name = at.rsplit('/').next().unwrap_or_default();
    let mut values = Vec::new();
    let mut tag = None;
    for fault in context.iter().flatten() {
        if let ValidationErrorKind::Enum { options } = fault.kind()
            && let Some(below) = fault.instance_path().as_str().strip_prefix(at)
            && below.matches('/').count() == 1
        {
            tag.get_or_insert_with(|| below[1..].to_owned());
            values.extend(
                options
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|value| value.as_str()),
            );
        }
    }
    match tag {
        Some(tag) if !values.is_empty() => {
            format!(
                "{name} is of no known kind: {tag} must be one of: {}.",
                values.join(", ")
            )
        }
        _ => format!("{name} fits none of the forms that its schema allows here."),
    }
}
