//! Query strings against a description: parsed here once, trusted afterwards.

use jiff::{SignedDuration, Timestamp};

use super::{Filter, FilterKind, FilterValue, Operation, Parameter, Place, Role};
use crate::failure::{BadRequest, Failure};
use crate::time;

/// The longest value of a query parameter, in bytes: identifiers are far shorter, and the value
/// is repeated in index look-ups.
const VALUE_MAX: usize = 1_024;

/// A query that has passed the description of its operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// All of them must hold.
    pub filters: Vec<Condition>,
    /// Index of the first element, from 0.
    pub offset: Option<u32>,
    /// Most elements wanted.
    pub limit: Option<u32>,
    /// The members wanted, with commas between them.
    pub fields: Option<String>,
    /// The Buyer named by the caller.
    pub buyer_id: Option<String>,
    /// The Seller named by the caller.
    pub seller_id: Option<String>,
}

/// One comparison with index rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Name of the filter and of its index rows.
    pub name: &'static str,
    /// How it compares.
    pub op: Op,
    /// In the form of [`super::index_rows`]: date-times have 24 characters, so that text order is
    /// time order. Limits that include their instant are moved by one millisecond.
    pub value: String,
}

/// How a row compares with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// The same text.
    Equal,
    /// Greater.
    Gt,
    /// Less.
    Lt,
}

impl Operation {
    /// Reads a query string (decoded pairs, in their order). What the description does not
    /// declare is refused, so that a misspelt filter never lists everything.
    pub fn check_query(&self, pairs: &[(String, String)]) -> Result<Query, Failure> {
        let mut query = Query::default();
        for (at, (name, value)) in pairs.iter().enumerate() {
            let parameter = self.query_parameter(name)?;
            if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(invalid(format!("The query parameter {name} is given more than once.")));
            }
            if value.is_empty() {
                let reason = format!("The query parameter {name} has no value.");
                return Err(Failure::BadRequest(BadRequest::MissingQueryValue, reason));
            }
            self.take(parameter, value, &mut query)?;
        }
        Ok(query)
    }

    fn query_parameter(&self, name: &str) -> Result<&Parameter, Failure> {
        let mut declared = self
            .parameters
            .iter()
            .filter(|parameter| parameter.place == Place::Query);
        declared.find(|parameter| parameter.name == name).ok_or_else(|| {
            let shown: String = name.chars().take(60).collect();
            invalid(format!("{} has no query parameter {shown}.", self.id))
        })
    }

    fn take(&self, parameter: &Parameter, value: &str, query: &mut Query) -> Result<(), Failure> {
        match parameter.role {
            Role::Id => {}
            Role::Offset => query.offset = Some(count(parameter, value)?),
            Role::Limit => query.limit = Some(count(parameter, value)?),
            Role::BuyerId => query.buyer_id = Some(text(parameter, value)?),
            Role::Fields => query.fields = Some(text(parameter, value)?),
            Role::SellerId => query.seller_id = Some(text(parameter, value)?),
            Role::Filter(filter, op) => {
                let value = self.filter_value(parameter, (filter, op), value)?;
                query.filters.push(Condition {
                    name: filter.name,
                    op,
                    value,
                });
            }
        }
        Ok(())
    }

    fn filter_value(&self, parameter: &Parameter, by: (&Filter, Op), value: &str) -> Result<String, Failure> {
        match parameter.value {
            FilterValue::Text => text(parameter, value),
            FilterValue::Count => count(parameter, value).map(|count| count.to_string()),
            FilterValue::DateTime => date_time(parameter, by, value),
            FilterValue::Flag => match value {
                "true" | "false" => Ok(value.to_owned()),
                _ => Err(invalid(format!("{} is true or false.", parameter.name))),
            },
            FilterValue::OneOf(shape) => {
                let values = self.api.parsed().values(shape);
                if values.iter().any(|known| known == value) {
                    return Ok(value.to_owned());
                }
                Err(invalid(format!("{} is one of {}.", parameter.name, values.join(", "))))
            }
        }
    }
}

fn text(parameter: &Parameter, value: &str) -> Result<String, Failure> {
    if value.len() > VALUE_MAX || value.chars().any(char::is_control) {
        let reason = format!(
            "{} is a text of at most {VALUE_MAX} bytes without control characters.",
            parameter.name
        );
        return Err(invalid(reason));
    }
    Ok(value.to_owned())
}

fn count(parameter: &Parameter, value: &str) -> Result<u32, Failure> {
    // `parse` alone would take "+5". The standard's int32 ends where i32 ends.
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse::<i32>().ok().filter(|_| digits);
    number
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| invalid(format!("{} is a whole number from 0 to {}.", parameter.name, i32::MAX)))
}

fn date_time(parameter: &Parameter, (filter, op): (&Filter, Op), value: &str) -> Result<String, Failure> {
    let at = time::parse(value).ok_or_else(|| {
        invalid(format!(
            "{} is a date-time with an offset, for example 2026-01-31T08:00:00Z (a + is written %2B).",
            parameter.name
        ))
    })?;
    let inclusive = filter.kind == FilterKind::BetweenInclusive;
    Ok(time::text(match op {
        Op::Gt if inclusive => moved(at, -1),
        Op::Lt if inclusive => moved(at, 1),
        Op::Gt | Op::Lt | Op::Equal => at,
    }))
}

/// Rows are whole milliseconds, so "from `at` on" is "after one millisecond before `at`".
fn moved(at: Timestamp, milliseconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_millis(milliseconds)).unwrap_or(at)
}

fn invalid(reason: String) -> Failure {
    Failure::BadRequest(BadRequest::InvalidQuery, reason)
}
