//! What a case says about an answer. Each verb is one sentence; the first that is not true ends the
//! case with what was expected, what came, and the exchange that shows it.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use super::exchange::Exchange;
use super::mask::masked;
use crate::case::{Check, Finding, Stop};

/// Characters of a body in a message; the report has it whole.
const TOLD_MAX: usize = 300;

/// An answer under examination.
#[derive(Clone, Debug)]
pub struct Answer(pub(super) Arc<Exchange>);

impl Deref for Answer {
    type Target = Exchange;

    fn deref(&self) -> &Exchange {
        &self.0
    }
}

/// A piece of an answer: where it stands and what it is.
#[derive(Clone, Debug)]
pub struct Part {
    answer: Answer,
    /// JSON Pointer from the body.
    pub pointer: String,
    /// What stands there; null where nothing does.
    pub value: Value,
}

impl Answer {
    /// Of an exchange that is kept.
    pub fn of(exchange: &Arc<Exchange>) -> Self {
        Self(Arc::clone(exchange))
    }

    /// A deviation that this answer shows.
    pub fn fail(&self, expected: impl Into<String>, came: impl Into<String>) -> Stop {
        Stop::Failed(Finding {
            expected: expected.into(),
            came: came.into(),
            exchange: Some(self.number),
        })
    }

    /// Holds, or deviates.
    pub fn so(&self, holds: bool, expected: impl Into<String>, came: impl Into<String>) -> Check {
        if holds { Ok(()) } else { Err(self.fail(expected, came)) }
    }

    /// The status is one of these. 501 where it is not among them means: not offered, as long as the
    /// operation may be left out.
    pub fn status(&self, wanted: &[u16]) -> Result<&Self, Stop> {
        if wanted.contains(&self.status) {
            return Ok(self);
        }
        if self.status == 501 && self.may_be_left_out() {
            return Err(Stop::NotOffered(format!("{} is answered with 501", self.title())));
        }
        let list: Vec<String> = wanted.iter().map(u16::to_string).collect();
        Err(self.fail(format!("HTTP {}", list.join(" or ")), self.told()))
    }

    /// A success with an object in it: enough to look at.
    pub fn object(self) -> Result<Self, Stop> {
        let operation = self.operation.clone();
        let declared = operation.map_or_else(Vec::new, |operation| operation.statuses.answers.to_vec());
        if !self.is_success() {
            self.status(&declared)?;
        }
        self.so(self.body.is_object(), "a JSON object as body", self.told())?;
        Ok(self)
    }

    /// Whether its operation declares 501.
    fn may_be_left_out(&self) -> bool {
        let operation = self.operation.as_ref();
        operation.is_some_and(|operation| operation.statuses.errors.contains(&501))
    }

    /// Status and beginning of the body, for messages.
    pub fn told(&self) -> String {
        // What is no JSON is told as it is: nobody sends a contact that way.
        let text = if self.body.is_null() {
            self.text.clone()
        } else {
            masked(&self.body).to_string()
        };
        let body: String = text.chars().take(TOLD_MAX).collect();
        match self.status {
            0 => format!("no answer: {body}"),
            status if body.is_empty() => format!("HTTP {status} with an empty body"),
            status => format!("HTTP {status}: {body}"),
        }
    }

    /// What stands at a pointer.
    pub fn at(&self, pointer: &str) -> Part {
        let value = self.body.pointer(pointer).cloned().unwrap_or(Value::Null);
        Part {
            answer: self.clone(),
            pointer: pointer.to_owned(),
            value,
        }
    }

    /// Every part that a pattern leads to: `*` is each element of a list. What is missing on the way
    /// gives a part that is null, except for a list that is empty or not there.
    pub fn each(&self, pattern: &str) -> Vec<Part> {
        let mut found = vec![(String::new(), &self.body)];
        for step in pattern.split('/').skip(1) {
            let mut next = Vec::new();
            for (at, value) in found {
                if step == "*" {
                    let elements = value.as_array().into_iter().flatten().enumerate();
                    next.extend(elements.map(|(index, element)| (format!("{at}/{index}"), element)));
                } else {
                    let found = value.pointer(&format!("/{step}"));
                    next.push((format!("{at}/{step}"), found.unwrap_or(&Value::Null)));
                }
            }
            found = next;
        }
        let part = |(pointer, value): (String, &Value)| Part {
            answer: self.clone(),
            pointer,
            value: value.clone(),
        };
        found.into_iter().map(part).collect()
    }

    /// All of these are there, wherever their pattern leads.
    pub fn has(&self, patterns: &[&str]) -> Check {
        patterns
            .iter()
            .flat_map(|pattern| self.each(pattern))
            .try_for_each(|part| part.given())
    }

    /// None of these is there.
    pub fn lacks(&self, patterns: &[&str]) -> Check {
        patterns
            .iter()
            .flat_map(|pattern| self.each(pattern))
            .try_for_each(|part| part.absent())
    }

    /// The text at a pointer; a deviation where there is none.
    pub fn text_at(&self, pointer: &str) -> Result<String, Stop> {
        let part = self.at(pointer);
        match part.value.as_str() {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(self.fail(format!("{pointer} with a value"), part.told())),
        }
    }

    /// The body is a list; its elements.
    pub fn list(&self) -> Result<&Vec<Value>, Stop> {
        self.body
            .as_array()
            .ok_or_else(|| self.fail("a JSON array as body", self.told()))
    }

    /// Everything in `sent` is in the answer as it was; the Seller may have added something.
    pub fn echoes(&self, sent: &Value) -> Check {
        let mut lost = Vec::new();
        compare(sent, &self.body, "", &mut lost);
        let Some((pointer, was, is)) = lost.into_iter().next() else {
            return Ok(());
        };
        Err(self.fail(format!("{pointer} as the Buyer sent it: {was}"), is))
    }

    /// A refusal that is an error of the standard: one object, or with 422 a list of them.
    pub fn refusal(&self, statuses: &[u16]) -> Result<&Self, Stop> {
        self.status(statuses)?;
        let problems = self.problems();
        let well_formed = !problems.is_empty()
            && problems
                .iter()
                .all(|problem| problem["code"].is_string() && problem["reason"].is_string());
        let shape = if self.status == 422 {
            "a list of Error422"
        } else {
            "one error object"
        };
        let right_kind = self.body.is_array() == (self.status == 422);
        self.so(
            well_formed && right_kind,
            format!("{shape} with code and reason"),
            self.told(),
        )?;
        Ok(self)
    }

    /// One of the problems has this code.
    pub fn code(&self, code: &str) -> Check {
        let has = self.problems().iter().any(|problem| problem["code"] == code);
        self.so(has, format!("code {code}"), self.told())
    }

    /// One of the problems points here; `propertyPath` itself is optional.
    pub fn problem_at(&self, pointer: &str) -> Check {
        let paths: Vec<String> = self
            .problems()
            .iter()
            .filter_map(|p| p["propertyPath"].as_str().map(str::to_owned))
            .collect();
        let has = paths.is_empty() || paths.iter().any(|path| path.starts_with(pointer));
        self.so(has, format!("a problem at {pointer}"), paths.join(", "))
    }

    fn problems(&self) -> Vec<Value> {
        match &self.body {
            Value::Array(list) => list.clone(),
            Value::Object(_) => vec![self.body.clone()],
            _ => Vec::new(),
        }
    }
}

/// What of `sent` is not in `came`: lists of objects with an id are compared by it, others may have
/// grown at the end.
fn compare(sent: &Value, came: &Value, at: &str, lost: &mut Vec<(String, String, String)>) {
    match (sent, came) {
        (Value::Object(sent), Value::Object(came)) => {
            for (name, value) in sent {
                // Mplify guides: href is the Seller's own.
                if name != "href" {
                    compare(
                        value,
                        came.get(name).unwrap_or(&Value::Null),
                        &format!("{at}/{name}"),
                        lost,
                    );
                }
            }
        }
        (Value::Array(sent), Value::Array(came)) => {
            for (index, value) in sent.iter().enumerate() {
                let at = format!("{at}/{index}");
                let same = value
                    .get("id")
                    .and_then(|id| came.iter().find(|other| other.get("id") == Some(id)));
                let role = value
                    .get("role")
                    .and_then(|role| came.iter().find(|other| other.get("role") == Some(role)));
                let other = same.or(role).or_else(|| came.get(index)).unwrap_or(&Value::Null);
                compare(value, other, &at, lost);
            }
        }
        _ if is_same(sent, came) => {}
        _ => lost.push((at.to_owned(), sent.to_string(), came.to_string())),
    }
}

/// Equal, or the same instant or number in another spelling.
pub fn is_same(one: &Value, other: &Value) -> bool {
    let instant = |value: &Value| value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    one == other
        || matches!((instant(one), instant(other)), (Some(one), Some(other)) if one == other)
        || matches!((one.as_f64(), other.as_f64()), (Some(one), Some(other)) if one.to_bits() == other.to_bits())
}

impl Part {
    /// What stands here, for messages.
    pub fn told(&self) -> String {
        if self.value.is_null() {
            format!("{} is not there", self.pointer)
        } else {
            format!("{} is {}", self.pointer, self.value)
        }
    }

    /// A deviation at this place.
    pub fn fail(&self, expected: impl std::fmt::Display) -> Stop {
        self.answer.fail(format!("{} {expected}", self.pointer), self.told())
    }

    /// Holds, or deviates.
    pub fn so(&self, holds: bool, expected: impl std::fmt::Display) -> Check {
        if holds { Ok(()) } else { Err(self.fail(expected)) }
    }

    /// It is there.
    pub fn given(&self) -> Check {
        self.so(!self.value.is_null(), "to be there")
    }

    /// It is not there.
    pub fn absent(&self) -> Check {
        self.so(self.value.is_null(), "not to be there")
    }

    /// It is this value.
    pub fn is(&self, wanted: impl Into<Value>) -> Check {
        let wanted = wanted.into();
        self.so(is_same(&self.value, &wanted), format!("to be {wanted}"))
    }

    /// It is one of these texts.
    pub fn one_of(&self, wanted: &[&str]) -> Check {
        let is = self.value.as_str().is_some_and(|text| wanted.contains(&text));
        self.so(is, format!("to be one of {}", wanted.join(", ")))
    }

    /// Its text; empty where it has none.
    pub fn text(&self) -> &str {
        self.value.as_str().unwrap_or_default()
    }

    /// A list with something in it.
    pub fn filled(&self) -> Check {
        self.so(
            self.value.as_array().is_some_and(|list| !list.is_empty()),
            "to have an element",
        )
    }
}
