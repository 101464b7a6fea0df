//! The values of an attribute that an offering supports.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::quantity::{self, same, words};
use crate::failure::Problem;
use crate::pointer::join;

/// The values supported (R4); units do not matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Limits {
    /// One of these; empty means any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) among: Vec<Value>,
    /// A number, a rate or a size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_least: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_most: Option<Value>,
}

impl Limits {
    pub(super) fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Of a list every element is judged, unless whole lists are named.
    pub(super) fn judge(&self, sent: &Value, at: &str, problems: &mut Vec<Problem>) {
        match sent {
            Value::Array(elements) if !self.among.iter().any(Value::is_array) => {
                for (index, element) in elements.iter().enumerate() {
                    self.judge(element, &join(at, index), problems);
                }
            }
            sent if !self.allow(sent) => {
                problems.push(Problem::invalid(
                    at,
                    format!("This offering supports {}.", self.words()),
                ));
            }
            _ => {}
        }
    }

    fn allow(&self, sent: &Value) -> bool {
        let listed = self.among.is_empty() || self.among.iter().any(|value| same(value, sent));
        // What has no size is a fault of form and told as such.
        let compare = |bound: &Option<Value>| bound.as_ref().and_then(|bound| quantity::compare(sent, bound));
        listed
            && compare(&self.at_least).is_none_or(std::cmp::Ordering::is_ge)
            && compare(&self.at_most).is_none_or(std::cmp::Ordering::is_le)
    }

    pub(super) fn words(&self) -> String {
        let mut parts = Vec::new();
        if !self.among.is_empty() {
            parts.push(self.among.iter().map(words).collect::<Vec<_>>().join(", "));
        }
        parts.extend(self.at_least.iter().map(|bound| format!("at least {}", words(bound))));
        parts.extend(self.at_most.iter().map(|bound| format!("at most {}", words(bound))));
        parts.join(", ")
    }
}
