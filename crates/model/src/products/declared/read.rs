//! Reads a rule that is written down as data. All mistakes at once, with pointers into the rule.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::Value;

use super::super::rule::{Check, Rule, Severity};
use super::pattern::Pattern;
use super::{Declared, Kind, Operand, When};
use crate::document::Object;
use crate::failure::Problem;
use crate::pointer::join;

/// The longest name of a rule: it stands whole in the reason of a problem.
const NAME_MAX: usize = 60;
/// The longest sentence: with the name it has to fit into a reason.
const ABOUT_MAX: usize = 180;
/// The most values one rule compares with.
const VALUES_MAX: usize = 1_000;

/// Keys of every rule.
const KEYS: [&str; 9] = [
    "name", "source", "severity", "about", "kind", "each", "when", "is", "at",
];
/// What the kinds add, and may not have otherwise.
const KINDS: [(&str, &[&str]); 8] = [
    ("required-with", &[]),
    ("excludes", &[]),
    ("equals", &["value", "to"]),
    ("among", &["values", "to"]),
    ("at-most", &["value", "to", "plus"]),
    ("at-least", &["value", "to", "plus"]),
    ("unique", &[]),
    ("count", &["min", "max"]),
];

impl Rule {
    /// Reads a rule: an object with `name`, `source`, `severity`, `about`, `kind`, `at`, and what
    /// the kind needs. Problems point into `rule`.
    pub fn read(rule: &Value) -> Result<Self, Vec<Problem>> {
        let Some(object) = rule.as_object() else {
            return Err(vec![Problem::invalid("", "A rule is a table.")]);
        };
        let mut reader = Reader {
            object,
            problems: Vec::new(),
        };
        let read = reader.rule();
        match read {
            Some(rule) if reader.problems.is_empty() => Ok(rule),
            _ => Err(reader.problems),
        }
    }
}

struct Reader<'a> {
    object: &'a Object,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn rule(&mut self) -> Option<Rule> {
        let name = self.text("name", NAME_MAX);
        let kebab = |name: &String| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        if name.as_ref().is_some_and(|name| !kebab(name)) {
            self.wrong::<()>("name", "A name is written like-this.");
        }
        let source = self.text("source", ABOUT_MAX);
        let about = self.text("about", ABOUT_MAX);
        let severity = match self.object.get("severity").and_then(Value::as_str) {
            Some("refuse") => Some(Severity::Refuse),
            Some("warn") => Some(Severity::Warn),
            _ => self.wrong("severity", "Expected is refuse or warn."),
        };
        let check = self.declared();
        Some(Rule {
            name: Cow::Owned(name?),
            source: Cow::Owned(source?),
            severity: severity?,
            about: Cow::Owned(about?),
            check: Check::Declared(Box::new(check?)),
        })
    }

    fn declared(&mut self) -> Option<Declared> {
        let kind = self.object.get("kind").and_then(Value::as_str).unwrap_or_default();
        let Some((_, own)) = KINDS.iter().find(|(known, _)| *known == kind) else {
            let known: Vec<&str> = KINDS.iter().map(|(known, _)| *known).collect();
            return self.wrong("kind", &format!("Kinds of rules: {}.", known.join(", ")));
        };
        let object = self.object;
        for key in object.keys() {
            if !KEYS.contains(&key.as_str()) && !own.contains(&key.as_str()) {
                let reason = format!("A rule of kind {kind} has no such key.");
                self.problems.push(Problem::unexpected(join("", key), reason));
            }
        }
        let each = self.optional_pattern("each")?;
        let when = self.when();
        if when.is_none() && matches!(kind, "required-with" | "excludes") && !object.contains_key("when") {
            self.absent::<()>("when");
        }
        let at = self.pattern("at");
        let kind = self.kind(kind);
        Some(Declared {
            each: each.unwrap_or_else(Pattern::here),
            when,
            at: at?,
            kind: kind?,
        })
    }

    fn when(&mut self) -> Option<When> {
        if !self.object.contains_key("when") {
            if self.object.contains_key("is") {
                self.absent::<()>("when");
            }
            return None;
        }
        let values = match self.object.get("is") {
            None => Vec::new(),
            Some(Value::Array(values)) => values.clone(),
            Some(value) => vec![value.clone()],
        };
        Some(When {
            at: self.pattern("when")?,
            values,
        })
    }

    fn kind(&mut self, kind: &str) -> Option<Kind> {
        Some(match kind {
            "required-with" => Kind::Required,
            "excludes" => Kind::Excluded,
            "equals" => Kind::Equals(self.operand("value")?),
            "among" => Kind::Among(self.operand("values")?),
            "at-most" => Kind::AtMost(self.operand("value")?, self.plus()?),
            "at-least" => Kind::AtLeast(self.operand("value")?, self.plus()?),
            "unique" => Kind::Unique,
            _ => {
                let (min, max) = (self.count("min")?, self.count("max")?);
                if min.is_none() && max.is_none() {
                    return self.absent("min");
                }
                Kind::Count {
                    min: min.unwrap_or(0),
                    max,
                }
            }
        })
    }

    /// `fixed` (a value, or a list of them for `values`) or the attribute `to`.
    fn operand(&mut self, fixed: &str) -> Option<Operand> {
        match (self.object.get(fixed), self.object.contains_key("to")) {
            (Some(_), true) => self.wrong("to", &format!("A rule has {fixed} or to, not both.")),
            (None, true) => Some(Operand::Attribute(self.pattern("to")?)),
            (None, false) => self.absent(fixed),
            (Some(Value::Array(values)), false) if fixed == "values" && values.len() <= VALUES_MAX => {
                Some(Operand::Fixed(values.clone()))
            }
            (Some(_), false) if fixed == "values" => {
                self.wrong(fixed, &format!("Expected is a list of {VALUES_MAX} values at most."))
            }
            (Some(value), false) => Some(Operand::Fixed(vec![value.clone()])),
        }
    }

    fn plus(&mut self) -> Option<Decimal> {
        match self.object.get("plus") {
            None => Some(Decimal::ZERO),
            Some(plus) => match plus.as_i64() {
                Some(plus) => Some(plus.into()),
                None => self.wrong("plus", "Expected is a whole number."),
            },
        }
    }

    /// The outer option is none after a problem.
    fn count(&mut self, key: &str) -> Option<Option<usize>> {
        let Some(count) = self.object.get(key) else {
            return Some(None);
        };
        match count.as_u64().and_then(|count| usize::try_from(count).ok()) {
            Some(count) => Some(Some(count)),
            None => self.wrong(key, "Expected is a whole number."),
        }
    }

    fn text(&mut self, key: &str, longest: usize) -> Option<String> {
        match self.object.get(key).and_then(Value::as_str) {
            Some(text) if (1..=longest).contains(&text.chars().count()) => Some(text.to_owned()),
            Some(_) => self.wrong(key, &format!("Expected are 1 to {longest} characters.")),
            None => self.absent(key),
        }
    }

    fn pattern(&mut self, key: &str) -> Option<Pattern> {
        match self.optional_pattern(key)? {
            Some(pattern) => Some(pattern),
            None => self.absent(key),
        }
    }

    /// The outer option is none after a problem.
    fn optional_pattern(&mut self, key: &str) -> Option<Option<Pattern>> {
        let Some(value) = self.object.get(key) else {
            return Some(None);
        };
        match value.as_str().map(Pattern::parse) {
            Some(Ok(pattern)) => Some(Some(pattern)),
            Some(Err(reason)) => self.wrong(key, &reason),
            None => self.wrong(key, "Expected is a pointer."),
        }
    }

    fn wrong<T>(&mut self, key: &str, reason: &str) -> Option<T> {
        self.problems.push(Problem::invalid(join("", key), reason));
        None
    }

    fn absent<T>(&mut self, key: &str) -> Option<T> {
        let reason = format!("A rule of this kind needs {key}.");
        self.problems.push(Problem::missing(join("", key), reason));
        None
    }
}
