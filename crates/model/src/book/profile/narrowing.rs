//! Rows as schemas can say them.

use serde_json::Value;

use super::{Attribute, Usage, quantity};

/// What a row says about an attribute, for schemas.
#[derive(Clone, Debug, PartialEq)]
pub struct Narrowing<'p> {
    /// The way to the attribute, `*` for each element of a list.
    pub steps: Vec<&'p str>,
    /// Whether it has to be there.
    pub is_mandatory: bool,
    /// Whether a request must not have it.
    pub is_unsent: bool,
    /// Whether the inventory does not show it.
    pub is_hidden: bool,
    /// What counts where it is left out.
    pub value: Option<&'p Value>,
    /// Values supported; empty where there are others.
    pub among: &'p [Value],
    /// A number, a rate or a size.
    pub at_least: Option<&'p Value>,
    /// Likewise.
    pub at_most: Option<&'p Value>,
    /// All of it in one sentence.
    pub words: String,
}

impl<'p> Narrowing<'p> {
    pub(super) fn of(row: &'p Attribute) -> Self {
        let mut words = vec![row.usage.as_str().to_owned()];
        let value = row.usage.value();
        words.extend(value.map(|value| match row.usage {
            Usage::Fixed { .. } => format!("always {}", quantity::words(value)),
            Usage::Mandatory | Usage::Optional { .. } => format!("{} where it is left out", quantity::words(value)),
        }));
        if !row.limits.is_open() {
            words.push(format!("supported: {}", row.limits.words()));
        }
        let among = match &row.usage {
            Usage::Fixed { value, .. } => std::slice::from_ref(value),
            Usage::Mandatory | Usage::Optional { .. } => &row.limits.among,
        };
        Self {
            steps: row.path.split('/').skip(1).collect(),
            is_mandatory: matches!(row.usage, Usage::Mandatory),
            is_unsent: matches!(row.usage, Usage::Fixed { may_be_sent: false, .. }),
            is_hidden: matches!(row.usage, Usage::Fixed { returned: false, .. }),
            value,
            among,
            at_least: row.limits.at_least.as_ref(),
            at_most: row.limits.at_most.as_ref(),
            words: words.join("; "),
        }
    }
}
