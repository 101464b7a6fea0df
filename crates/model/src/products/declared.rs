//! Checks written down as data: a small, closed set of kinds, which an imported product brings in
//! its `product.toml`. What cannot be said with them is not a rule of an imported product.

mod pattern;
mod read;

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::finding::{Finder, Node};
use super::rate::quantity;
use super::rule::Rule;
use pattern::Pattern;

/// One declared check. All pointers start at each of the places that `each` matches.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    each: Pattern,
    when: Option<When>,
    at: Pattern,
    kind: Kind,
}

/// What has to be so for the check to be made.
#[derive(Clone, Debug)]
struct When {
    at: Pattern,
    /// One of these values; any value where this is empty.
    values: Vec<Value>,
}

#[derive(Clone, Debug)]
enum Kind {
    /// `required-with`: what `at` matches is there.
    Required,
    /// `excludes`: nothing is there.
    Excluded,
    /// `equals`: each value is that of the operand.
    Equals(Operand),
    /// `among`: each value is one of the operand's.
    Among(Operand),
    /// `at-most`: no quantity is above the operand plus so much.
    AtMost(Operand, Decimal),
    /// `at-least`: no quantity is below the operand plus so much.
    AtLeast(Operand, Decimal),
    /// `unique`: no value stands twice.
    Unique,
    /// `count`: so many match.
    Count { min: usize, max: Option<usize> },
}

/// What a value is compared with.
#[derive(Clone, Debug)]
enum Operand {
    /// `value`, or the elements of `values`
    Fixed(Vec<Value>),
    /// `to`: what another attribute holds.
    Attribute(Pattern),
}

impl Operand {
    fn values<'a>(&'a self, base: &Node<'a>) -> Vec<&'a Value> {
        match self {
            Self::Fixed(values) => values.iter().collect(),
            Self::Attribute(pattern) => pattern.find(base).iter().map(Node::value).collect(),
        }
    }
}

impl Declared {
    /// Checks `payload`; what is wrong is said in the words of `rule`.
    pub(super) fn check(&self, payload: &Node<'_>, rule: &Rule, out: &mut Finder) {
        for base in self.each.find(payload) {
            if self.when.as_ref().is_none_or(|when| when.holds(&base)) {
                self.check_at(&base, &rule.about, out);
            }
        }
    }

    fn check_at(&self, base: &Node<'_>, about: &str, out: &mut Finder) {
        let found = self.at.find(base);
        match &self.kind {
            Kind::Required => self.at.require(base, about, out),
            Kind::Excluded => found
                .iter()
                .filter(|node| is_there(node))
                .for_each(|node| out.unexpected(node, about)),
            Kind::Equals(operand) => {
                let wanted = operand.values(base);
                for node in found {
                    if wanted.iter().any(|wanted| !same(node.value(), wanted)) {
                        out.invalid(&node, about);
                    }
                }
            }
            Kind::Among(operand) => {
                let known: HashSet<String> = operand.values(base).into_iter().map(Value::to_string).collect();
                for node in found {
                    if !known.contains(&node.value().to_string()) {
                        out.invalid(&node, about);
                    }
                }
            }
            Kind::AtMost(operand, more) => compare(&found, &operand.values(base), |value, limit| {
                limit.checked_add(*more).is_none_or(|limit| value <= limit)
            })
            .iter()
            .for_each(|node| out.invalid(node, about)),
            Kind::AtLeast(operand, more) => compare(&found, &operand.values(base), |value, limit| {
                limit.checked_add(*more).is_none_or(|limit| value >= limit)
            })
            .iter()
            .for_each(|node| out.invalid(node, about)),
            Kind::Unique => {
                let mut seen = HashSet::new();
                for node in found {
                    if !seen.insert(node.value().to_string()) {
                        out.invalid(&node, about);
                    }
                }
            }
            Kind::Count { min, max } => {
                if found.len() < *min || max.is_some_and(|max| found.len() > max) {
                    out.invalid(&self.at.trunk(base), about);
                }
            }
        }
    }
}

impl When {
    fn holds(&self, base: &Node<'_>) -> bool {
        let found = self.at.find(base);
        let mut there = found.iter().filter(|node| is_there(node));
        there.any(|node| self.values.is_empty() || self.values.iter().any(|value| same(node.value(), value)))
    }
}

/// An empty list says that there is none.
fn is_there(node: &Node<'_>) -> bool {
    match node.value() {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => true,
    }
}

/// Equal as quantities (1 GBPS is 1000 MBPS), or else as they are written.
fn same(a: &Value, b: &Value) -> bool {
    match (quantity(a), quantity(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// Those of `found` for which `right` does not hold with one of `limits`. What is not of the same
/// measure is not compared: form is up to the schema.
fn compare<'a>(found: &[Node<'a>], limits: &[&Value], right: impl Fn(Decimal, Decimal) -> bool) -> Vec<Node<'a>> {
    let limits: Vec<_> = limits.iter().filter_map(|limit| quantity(limit)).collect();
    let wrong = found.iter().filter(|node| {
        quantity(node.value()).is_some_and(|(measure, value)| {
            let mut comparable = limits.iter().filter(|(other, _)| *other == measure);
            comparable.any(|(_, limit)| !right(value, *limit))
        })
    });
    wrong.cloned().collect()
}
