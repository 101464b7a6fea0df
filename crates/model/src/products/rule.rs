//! Rules beyond schemas, as a table: each has a name, a source and one sentence, and either a
//! function of ours or a declared check that an imported product brings as data.

use std::borrow::Cow;

use serde_json::Value;

use super::beside::Beside;
use super::declared::Declared;
use super::finding::{Finder, Findings, Node};
use crate::failure::{Problem, REASON_MAX};

/// One rule of a product.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Kebab case, unique in its product; every problem and warning it causes ends with it.
    pub name: Cow<'static, str>,
    /// Where it comes from: a standard, with the attribute whose note says it, or `own`.
    pub source: Cow<'static, str>,
    /// What happens to a request that breaks it.
    pub severity: Severity,
    /// One sentence: what it wants.
    pub about: Cow<'static, str>,
    pub(super) check: Check,
}

/// What happens to a request that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It is refused.
    Refuse,
    /// It is taken, and the decision says so.
    Warn,
}

impl Severity {
    /// `refuse` or `warn`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Warn => "warn",
        }
    }
}

/// How a rule is checked.
#[derive(Clone, Debug)]
pub(super) enum Check {
    /// From one payload alone.
    Alone(fn(&Node<'_>, &mut Finder)),
    /// The same, written down as data.
    Declared(Box<Declared>),
    /// From a payload and the products it is related to.
    Beside(fn(&Beside<'_>, &mut Finder)),
    /// Where the envelope is read; see [`super::envelope`].
    Around,
}

impl Rule {
    /// A rule of one payload that refuses.
    pub(super) const fn alone(
        name: &'static str,
        source: &'static str,
        about: &'static str,
        check: fn(&Node<'_>, &mut Finder),
    ) -> Self {
        Self::refuse((name, source, about), Check::Alone(check))
    }

    /// A rule of a payload and the products it is related to, that refuses.
    pub(super) const fn beside(
        name: &'static str,
        source: &'static str,
        about: &'static str,
        check: fn(&Beside<'_>, &mut Finder),
    ) -> Self {
        Self::refuse((name, source, about), Check::Beside(check))
    }

    /// A rule about the envelope of a payload.
    pub(super) fn around(
        (name, source, about): (&'static str, &'static str, &'static str),
        severity: Severity,
    ) -> Self {
        Self {
            severity,
            ..Self::refuse((name, source, about), Check::Around)
        }
    }

    const fn refuse((name, source, about): (&'static str, &'static str, &'static str), check: Check) -> Self {
        Self {
            name: Cow::Borrowed(name),
            source: Cow::Borrowed(source),
            severity: Severity::Refuse,
            about: Cow::Borrowed(about),
            check,
        }
    }

    /// Whether it takes more than one payload to check it.
    pub fn is_about_neighbours(&self) -> bool {
        matches!(self.check, Check::Beside(_))
    }

    /// Whether it is about what stands around the payload.
    pub fn is_about_envelope(&self) -> bool {
        matches!(self.check, Check::Around)
    }

    /// The rule as one that only warns.
    pub(super) const fn warns(mut self) -> Self {
        self.severity = Severity::Warn;
        self
    }

    /// What is wrong with `payload` by this rule alone: problems, and warnings as sentences.
    pub fn try_on(&self, payload: &Value) -> (Vec<Problem>, Vec<String>) {
        let mut findings = Findings::default();
        self.check(&Node::new(payload, ""), &mut findings);
        (findings.problems, findings.warnings)
    }

    /// Checks `payload` and adds to `out` what is wrong.
    pub(super) fn check(&self, payload: &Node<'_>, out: &mut Findings) {
        let mut finder = Finder::default();
        match &self.check {
            Check::Alone(check) => check(payload, &mut finder),
            Check::Declared(check) => check.check(payload, self, &mut finder),
            Check::Beside(_) | Check::Around => {}
        }
        self.note(finder, out);
    }

    /// Checks a payload with what stands around it. What it says alone is checked elsewhere.
    pub(super) fn check_beside(&self, around: &Beside<'_>, out: &mut Findings) {
        if let Check::Beside(check) = &self.check {
            let mut finder = Finder::default();
            check(around, &mut finder);
            self.note(finder, out);
        }
    }

    /// Names this rule in what it found.
    fn note(&self, finder: Finder, out: &mut Findings) {
        for Problem {
            code,
            property_path,
            reason,
        } in finder.found
        {
            let name = format!(" (rule {})", self.name);
            // The name stays whole, whatever the partner put into the reason.
            let room = REASON_MAX.saturating_sub(name.chars().count());
            let reason = reason.chars().take(room).chain(name.chars()).collect::<String>();
            match self.severity {
                Severity::Refuse => out.problems.push(Problem::new(code, property_path, reason)),
                Severity::Warn => out.warnings.push(format!("{property_path}: {reason}")),
            }
        }
    }
}
