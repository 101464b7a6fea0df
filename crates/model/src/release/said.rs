//! What a Buyer of ours says to a Seller on an older version: made in the newest form, and put into
//! the words of the version agreed before it leaves. Pure.
//!
//! What the older version cannot say is refused where it matters, with a pointer into the newest
//! form, and told where it does not ([`losses::UNIMPORTANT`]). Nothing is made up: where the older
//! version demands what was not said, that is refused too.

use serde_json::{Value, json};

use super::walk::Way;
use super::{losses, places, sites, translate};
use crate::describe::{Api, FilterValue, Kind, Operation};
use crate::failure::Problem;
use crate::pointer::join;

/// Where the fields of a place are now, which stood in the place itself.
const INNER: [&str; 2] = [
    "/place/fieldedAddressRepresentation/0",
    "/fieldedAddressRepresentation/0",
];

/// A request in the words of the version agreed.
#[derive(Debug)]
pub struct Said {
    /// Its body.
    pub body: Value,
    /// What it does not say any more, for people.
    pub told: Vec<String>,
    moves: Vec<(String, String)>,
}

/// The operation of an agreed API that does what this one of the newest does.
pub fn operation(agreed: &'static Api, new: &Operation) -> Option<Operation> {
    let same = |old: &Operation| old.kind == new.kind && translate::counterpart(old).is_some_and(|to| to.id == new.id);
    agreed.operations().into_iter().find(same)
}

/// The body of a request of `new` as `old` has it.
pub fn body(old: &Operation, new: &Operation, body: &Value) -> Result<Said, Vec<Problem>> {
    let (Some(before), Some(now)) = (old.request, new.request) else {
        return Ok(Said {
            body: body.clone(),
            told: Vec::new(),
            moves: Vec::new(),
        });
    };
    let apis = (old.api, new.api);
    let (lowered, walked) = translate::walk(Way::Down, apis, (now, before), body);
    let (back, _) = translate::walk(Way::Up, apis, (before, now), &lowered);
    let said = Said {
        body: lowered,
        told: Vec::new(),
        moves: walked.moves,
    };
    let mut problems = said.problems(body, walked.problems);
    let mut told = Vec::new();
    for at in translate::differences(body, &back) {
        match body.pointer(&at) {
            // What only the way back has, or says nothing.
            None => {}
            Some(value) if is_nothing(value) => {}
            Some(_) => match unimportant(&at) {
                Some(what) => told.push(format!("{at}: {what}")),
                None => {
                    let reason = format!("{} has no way to say this; leave it out.", spoken(old));
                    problems.push(Problem::invalid(at, reason));
                }
            },
        }
    }
    problems.extend(said.problems(body, unsaid(old, &said.body)));
    if problems.is_empty() {
        Ok(Said { told, ..said })
    } else {
        Err(problems)
    }
}

impl Said {
    /// Problems of the older form, at the places of the newest form that they are about.
    pub fn problems(&self, body: &Value, problems: Vec<Problem>) -> Vec<Problem> {
        let known = |problem: Problem| {
            let mut pointer = translate::moved(&self.moves, &problem.property_path);
            if body.pointer(&pointer).is_none() {
                while !pointer.is_empty() && body.pointer(&pointer).is_none() {
                    pointer.truncate(pointer.rfind('/').unwrap_or_default());
                }
                let inner = INNER
                    .iter()
                    .find(|inner| body.pointer(&format!("{pointer}{inner}")).is_some());
                pointer.push_str(inner.unwrap_or(&""));
            }
            Problem {
                property_path: pointer,
                ..problem
            }
        };
        problems.into_iter().map(known).collect()
    }
}

fn spoken(old: &Operation) -> String {
    format!("{} v{}", old.api.name, old.api.version)
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Why a difference at this place does not matter.
fn unimportant(at: &str) -> Option<&'static str> {
    let mut steps = at.rsplit('/').filter(|step| step.parse::<u32>().is_err());
    let of_contact = at.split('/').find(|step| *step == "contact");
    let member = of_contact.or_else(|| steps.next())?;
    let known = losses::UNIMPORTANT.iter().find(|(name, _)| *name == member)?;
    Some(known.1)
}

/// Members of addresses that had to be there and are empty texts now.
fn unsaid(old: &Operation, lowered: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut left = vec![(String::new(), lowered)];
    while let Some((at, value)) = left.pop() {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let here = join(&at, name);
                    if places::NEEDED.contains(&name.as_str()) && value == "" {
                        let reason = format!("{} demands the {name} of an address in its fields.", spoken(old));
                        problems.push(Problem::missing(here, reason));
                    } else {
                        left.push((here, value));
                    }
                }
            }
            Value::Array(list) => {
                let elements = list.iter().enumerate();
                left.extend(elements.map(|(index, value)| (join(&at, index), value)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    problems
}

/// A query of `new` as `old` has it: filters by the place they look at, a list by a body as one by
/// parameters. The error names what the older version cannot be asked for.
pub fn query(
    (old, new): (&Operation, &Operation),
    pairs: &[(&str, String)],
    body: Option<&Value>,
) -> Result<Vec<(String, String)>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut out = Vec::new();
    for (name, value) in pairs {
        match pair((old, new), (name, value)) {
            Some(pair) => out.push(pair),
            None => problems.push(Problem::invalid(
                String::new(),
                format!("{} cannot be asked for {name}.", spoken(old)),
            )),
        }
    }
    let sites = old.kind == Kind::List && old.request.is_none() && new.request.is_some();
    if let Some(body) = body.and_then(Value::as_object).filter(|_| sites) {
        out.extend(sites::parameters(body, &mut problems));
    }
    if problems.is_empty() { Ok(out) } else { Err(problems) }
}

/// One parameter. Parties and pages are called as ever; without pages everything comes at once.
fn pair((old, new): (&Operation, &Operation), (name, value): (&str, &str)) -> Option<(String, String)> {
    let bare = name.trim_end_matches(".gt").trim_end_matches(".lt");
    let filters = new.resource.filter(|_| new.kind == Kind::List);
    let Some(now) = filters.and_then(|resource| resource.filter(bare)) else {
        return Some((name.to_owned(), value.to_owned()));
    };
    let mut known = old.resource?.filters.iter();
    let before = known.find(|before| before.path == now.path)?;
    let value = match (before.value, now.value) {
        (FilterValue::OneOf(older), FilterValue::OneOf(newer)) => {
            let types = (newer, older);
            let lowered = translate::walk(Way::Down, (old.api, new.api), types, &json!(value)).0;
            lowered.as_str()?.to_owned()
        }
        _ => value.to_owned(),
    };
    Some((format!("{}{}", before.name, &name[bare.len()..]), value))
}

/// The body of an answer of `old` as `new` would have it: for a list each of its elements.
pub fn answer(old: &Operation, new: &Operation, body: &Value) -> Value {
    match body {
        Value::Array(rows) if old.kind == Kind::List => {
            rows.iter().map(|row| translate::raise_answer(old, new, row)).collect()
        }
        body => translate::raise_answer(old, new, body),
    }
}
