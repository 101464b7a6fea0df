//! Profiles against the schemas of their products: what no request could ever meet is found when
//! the book is loaded, not when the first Buyer fails.

use serde_json::Value;

use super::quantity::{self, Kind};
use super::{Attribute, Function, Limits, Usage, walk};
use crate::book::{BOOK_FILE, Book, BookProblem, Offering};
use crate::pointer::join;
use crate::products::{Astray, AttributeSchema, Products};

/// All rows of `book` that do not fit the products they are about. An unknown product is told elsewhere.
pub fn check(book: &Book, products: &Products) -> Vec<BookProblem> {
    let mut problems = Vec::new();
    for offering in &book.offerings {
        if offering.profile.is_empty() {
            continue;
        }
        let Some(schema) = products.schema(&offering.product) else {
            continue;
        };
        for row in &offering.profile.attributes {
            let told = faults(row, &schema).into_iter().chain(inside(row, offering));
            problems.extend(told.map(|what| BookProblem {
                file: BOOK_FILE.to_owned(),
                line: row.line,
                what: format!("{}: {what}", row.path),
            }));
        }
    }
    problems.sort();
    problems
}

fn faults(row: &Attribute, schema: &Value) -> Vec<String> {
    let attribute = match AttributeSchema::find(schema, &row.path) {
        Ok(attribute) => attribute,
        Err(astray) => return vec![nowhere(&astray)],
    };
    let mut told = Vec::new();
    match &row.usage {
        Usage::Optional { .. } if attribute.required => {
            told.push("the schema of the product demands it, it cannot be optional".to_owned());
        }
        Usage::Fixed { may_be_sent: false, .. } if attribute.required => {
            told.push("the schema of the product demands it: it has to be sent".to_owned());
        }
        Usage::Optional { .. } | Usage::Fixed { .. } | Usage::Mandatory => {}
    }
    if let Some(value) = row.usage.value() {
        let what = if matches!(row.usage, Usage::Fixed { .. }) {
            "value"
        } else {
            "default"
        };
        told.extend(
            attribute
                .faults(value)
                .into_iter()
                .map(|fault| format!("`{what}`: {fault}")),
        );
    }
    told.extend(limit_faults(&row.limits, &attribute));
    told
}

fn limit_faults(limits: &Limits, attribute: &AttributeSchema<'_>) -> Vec<String> {
    let elements = attribute.elements();
    let single = elements.as_ref().unwrap_or(attribute);
    let mut told = Vec::new();
    for value in &limits.among {
        let judged = if value.is_array() { attribute } else { single };
        told.extend(
            judged
                .faults(value)
                .into_iter()
                .map(|fault| format!("`among`: {fault}")),
        );
    }
    for (key, bound) in [("at-least", &limits.at_least), ("at-most", &limits.at_most)] {
        let Some((kind, _)) = bound.as_ref().and_then(quantity::measure) else {
            continue;
        };
        let fits = match kind {
            Kind::Number => single.is_a("integer") || single.is_a("number"),
            Kind::Rate => single.has("irValue"),
            Kind::Size => single.has("dataSizeValue"),
            Kind::Time | Kind::Months => single.has("timeDurationValue"),
        };
        if !fits {
            told.push(format!(
                "`{key}` does not go with this attribute: it is no such quantity"
            ));
        }
    }
    told
}

fn nowhere(astray: &Astray) -> String {
    let step = &astray.step;
    let near = astray
        .known
        .iter()
        .min_by_key(|known| strsim::damerau_levenshtein(known, step))
        .filter(|known| strsim::damerau_levenshtein(known, step) <= 3);
    match (near, step.as_str()) {
        (Some(near), _) => format!("the product has no {step} there; is {near} meant?"),
        (None, walk::EACH) => "this is no list: take the `*` out".to_owned(),
        (None, _) if astray.known.is_empty() => format!("the product has no {step} there; elements of a list are `*`"),
        (None, _) => format!("the product has no {step} there; it has {}", astray.known.join(", ")),
    }
}

/// A default of a whole must not break what other rows say about its parts.
fn inside(whole: &Attribute, offering: &Offering) -> Vec<String> {
    let Usage::Optional { default: Some(default) } = &whole.usage else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    for part in &offering.profile.attributes {
        let Some(rest) = part
            .path
            .strip_prefix(&whole.path)
            .and_then(|rest| rest.strip_prefix('/'))
        else {
            continue;
        };
        let mut steps: Vec<&str> = rest.split('/').collect();
        let Some(name) = steps.pop() else { continue };
        let function = part.functions.first().copied().unwrap_or(Function::Order);
        walk::each(default, &whole.path, &steps, &mut |object, at| {
            part.judge((object.get(name), function), &join(at, name), &mut problems);
        });
    }
    let told = problems.into_iter();
    told.map(|problem| {
        format!(
            "`default` breaks the row of {}: {}",
            problem.property_path, problem.reason
        )
    })
    .collect()
}
