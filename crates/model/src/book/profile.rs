//! Offering profiles: how an offering narrows the attributes of its product.
//!
//! MEF 125 and MEF 139, R1 to R15: of each attribute the parties agree, for each function and each
//! action, whether it is mandatory, optional with a default, or fixed, and which values are
//! supported. A profile says that as rows. It guarantees that a request is refused at the exact
//! place where it leaves the profile, and that what is priced, built and kept is the *effective*
//! configuration: what was sent, with defaults and fixed values in place of what was left out.
//! What the product's schema says is not its business; [`check`] holds it against that.
//!
//! A path names attributes from the configuration down, with `*` for every element of a list. A row
//! about a part says something only where the whole is there: the whole has a row of its own.

mod asked;
mod check;
mod limits;
mod narrowing;
mod quantity;
mod read;
mod walk;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::document::Object;
use crate::failure::Problem;
use crate::pointer::join;

pub use asked::{Action, Asked, Function, IN_SERVICE};
pub use check::check;
pub use narrowing::Narrowing;
pub(super) use read::read;

use limits::Limits;
use quantity::{same, words};

/// The attributes of one offering. Sorted by path, and of one path the more specific rows first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Profile {
    attributes: Vec<Attribute>,
}

/// One row: what an attribute is in some functions and actions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attribute {
    /// `/uniEp/ingressBandwidthProfilePerClassOfServiceName/*/bwpFlow/cir`
    path: String,
    /// What it is.
    #[serde(rename = "use")]
    usage: Usage,
    /// Where; empty means everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    functions: Vec<Function>,
    /// When; empty means always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Action>,
    /// Values supported.
    #[serde(default, skip_serializing_if = "Limits::is_open")]
    limits: Limits,
    /// Where it stands in the file.
    line: usize,
}

/// What the parties agreed about an attribute (R1, R2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Usage {
    /// The Buyer sends it (R5, R7), the inventory shows it (R6).
    Mandatory,
    /// The Buyer may leave it out (O1); then the default counts (R8). No default where leaving it
    /// out means to do without it.
    Optional { default: Option<Value> },
    /// It is always this.
    Fixed {
        value: Value,
        /// R10: whether a request may have it.
        may_be_sent: bool,
        /// R11: whether the inventory shows it.
        returned: bool,
    },
}

impl Profile {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// All in which `sent`, found at `pointer`, leaves the profile.
    pub fn problems(&self, sent: &Value, pointer: &str, asked: Asked) -> Vec<Problem> {
        let mut problems = Vec::new();
        for attribute in self.rules(asked) {
            let (whole, name) = attribute.steps();
            walk::each(sent, pointer, &whole, &mut |object, at| {
                attribute.judge((object.get(name), asked.function), &join(at, name), &mut problems);
            });
        }
        problems
    }

    /// `sent` with defaults and fixed values where it has nothing (R8); none where nothing is to be
    /// added. A change is never partial: what it leaves out falls back to the default, too (MEF 139 9).
    pub fn filled(&self, sent: &Value, asked: Asked) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        // Most requests leave nothing out: they need no copy.
        let lacking = |attribute: &Attribute| {
            let (whole, name) = attribute.steps();
            let mut lacking = false;
            let mut look = |object: &Object, _: &str| lacking |= !object.contains_key(name);
            walk::each(sent, "", &whole, &mut look);
            lacking
        };
        let mut values = self.rules(asked).filter(|row| row.usage.value().is_some());
        if !values.any(lacking) {
            return None;
        }
        let mut full = sent.clone();
        for attribute in self.rules(asked) {
            let Some(value) = attribute.usage.value() else { continue };
            let (whole, name) = attribute.steps();
            walk::each_mut(&mut full, &whole, &mut |object| {
                object.entry(name).or_insert_with(|| value.clone());
            });
        }
        (full != *sent).then_some(full)
    }

    /// [`Profile::filled`], or what was sent.
    pub fn effective<'o>(&self, sent: &'o Object, asked: Asked) -> Cow<'o, Object> {
        if self.is_empty() {
            return Cow::Borrowed(sent);
        }
        match self.filled(&Value::Object(sent.clone()), asked) {
            Some(Value::Object(full)) => Cow::Owned(full),
            _ => Cow::Borrowed(sent),
        }
    }

    /// What the inventory shows of an effective configuration: all that is mandatory or optional
    /// (R6, R9, O2), and of what is fixed only what was agreed (R11, R13, R15).
    pub fn shown(&self, effective: &Object) -> Object {
        let mut shown = Value::Object(self.effective(effective, IN_SERVICE).into_owned());
        self.without(&mut shown, IN_SERVICE, |usage| {
            matches!(usage, Usage::Fixed { returned: false, .. })
        });
        into_object(shown)
    }

    /// An effective configuration in a form that passes [`Profile::problems`]: without what may not be sent.
    pub fn sendable(&self, effective: &Object, asked: Asked) -> Object {
        let mut sendable = Value::Object(effective.clone());
        self.without(&mut sendable, asked, |usage| {
            matches!(usage, Usage::Fixed { may_be_sent: false, .. })
        });
        into_object(sendable)
    }

    fn without(&self, configuration: &mut Value, asked: Asked, drops: impl Fn(&Usage) -> bool) {
        for attribute in self.rules(asked).filter(|attribute| drops(&attribute.usage)) {
            let (whole, name) = attribute.steps();
            walk::each_mut(configuration, &whole, &mut |object| {
                object.shift_remove(name);
            });
        }
    }

    /// The rows that count: of each path the most specific one that covers `asked`.
    fn rules(&self, asked: Asked) -> impl Iterator<Item = &Attribute> {
        let mut last = "";
        let rows = self.attributes.iter().filter(move |row| row.covers(asked));
        rows.filter(move |row| std::mem::replace(&mut last, &row.path) != row.path)
    }

    /// What the rows that count for `asked` say, for schemas.
    pub fn narrowings(&self, asked: Asked) -> Vec<Narrowing<'_>> {
        self.rules(asked).map(Narrowing::of).collect()
    }

    /// One object for each row, for people.
    pub fn table(&self) -> Vec<Value> {
        self.attributes.iter().map(Attribute::json).collect()
    }
}

fn into_object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

impl Attribute {
    /// The way to what has it, and its name there.
    fn steps(&self) -> (Vec<&str>, &str) {
        let mut steps: Vec<&str> = self.path.split('/').skip(1).collect();
        let name = steps.pop().unwrap_or_default();
        (steps, name)
    }

    fn covers(&self, asked: Asked) -> bool {
        (self.functions.is_empty() || self.functions.contains(&asked.function))
            && (self.actions.is_empty() || self.actions.contains(&asked.action))
    }

    /// A row that names functions goes before one for all, likewise with actions.
    fn specificity(&self) -> usize {
        usize::from(!self.functions.is_empty()) + usize::from(!self.actions.is_empty())
    }

    fn judge(&self, (sent, function): (Option<&Value>, Function), at: &str, problems: &mut Vec<Problem>) {
        match (&self.usage, sent) {
            // R5, R7
            (Usage::Mandatory, None) => {
                problems.push(Problem::missing(at, "This offering needs the attribute."));
            }
            (Usage::Optional { .. } | Usage::Fixed { .. }, None) => {}
            // R12; nobody sends an inventory, and what the operator says of its own is no request.
            (Usage::Fixed { may_be_sent: false, .. }, Some(_)) if function != Function::Inventory => {
                let reason = "This offering fixes the attribute; leave it out.";
                problems.push(Problem::unexpected(at, reason));
            }
            // R14
            (Usage::Fixed { value, .. }, Some(sent)) => {
                if !same(value, sent) {
                    let reason = format!("This offering fixes the attribute to {}.", words(value));
                    problems.push(Problem::invalid(at, reason));
                }
            }
            // R4
            (Usage::Mandatory | Usage::Optional { .. }, Some(sent)) => self.limits.judge(sent, at, problems),
        }
    }

    fn json(&self) -> Value {
        let mut row = json!({ "attribute": self.path, "use": self.usage.as_str() });
        match &self.usage {
            Usage::Mandatory => {}
            Usage::Optional { default } => row["default"] = default.clone().unwrap_or_else(|| json!("(none)")),
            Usage::Fixed {
                value,
                may_be_sent,
                returned,
            } => {
                row["value"] = value.clone();
                row["sent"] = json!(if *may_be_sent {
                    "may be sent"
                } else {
                    "must not be sent"
                });
                row["inventory"] = json!(if *returned { "returned" } else { "not returned" });
            }
        }
        if !self.limits.is_open() {
            row["supported"] = json!(self.limits.words());
        }
        if !self.functions.is_empty() {
            row["functions"] = json!(self.functions);
        }
        if !self.actions.is_empty() {
            row["actions"] = json!(self.actions);
        }
        row
    }
}

impl Usage {
    /// What counts where nothing was sent.
    fn value(&self) -> Option<&Value> {
        match self {
            Self::Mandatory => None,
            Self::Optional { default } => default.as_ref(),
            Self::Fixed { value, .. } => Some(value),
        }
    }

    fn as_str(&self) -> &'static str {
        match self {
            Self::Mandatory => "mandatory",
            Self::Optional { .. } => "optional",
            Self::Fixed { .. } => "fixed",
        }
    }
}
