//! Requests of an older version in the form of the newest, answers and events the other way.
//!
//! Pure. A request that cannot be said in the newest form is refused whole, with pointers into
//! what was sent. What has no place in the other version is told beside the value: the way back is
//! gone too, and where it ends elsewhere, something was lost.

use serde_json::Value;

use super::walk::{At, Walk, Way};
use super::{payload, table};
use crate::api;
use crate::describe::{Api, Kind, Operation};
use crate::document::Object;
use crate::failure::Problem;
use crate::pointer::join;
use crate::shape::Type;

/// Losses told of one value; more say nothing new.
const LOSSES_MAX: usize = 200;

/// A request in the newest form.
#[derive(Debug)]
pub struct Raised {
    /// It.
    pub body: Value,
    /// Pointers into the older request to what the newest form says otherwise or not at all.
    pub losses: Vec<String>,
    back: Value,
    moves: Vec<(String, String)>,
    /// The same within product payloads, which were put into the newest form before.
    payloads: Vec<(String, String)>,
}

/// A request as its caller speaks, where that is not the newest version.
#[derive(Debug)]
pub struct Spoken {
    /// The operation it asked for.
    pub operation: Operation,
    /// Its body, where it has one.
    pub raised: Option<Raised>,
    /// A filter asks for what nothing has that is stored.
    pub finds_nothing: bool,
}

/// An answer in an older form.
#[derive(Debug)]
pub struct Lowered {
    /// It.
    pub body: Value,
    /// Pointers into the newer answer to what the older form says otherwise or not at all.
    pub losses: Vec<String>,
}

/// The newest API that has the resources of this one.
pub fn newest(api: &Api) -> &'static Api {
    let stored = |api: &'static Api| api.resources.iter().map(|resource| resource.stored);
    let shares = |other: &'static Api| {
        let mut theirs = stored(other);
        theirs.any(|name| api.resources.iter().any(|ours| ours.stored == name)) || other.name == api.name
    };
    let family = api::described().filter(|other| other.served_by == api.served_by && shares(other));
    let newest = family.max_by_key(|other| other.version);
    newest.unwrap_or_else(|| unreachable!("every API is described"))
}

/// The operation of the newest version that does what this one of an older version does.
pub fn counterpart(old: &Operation) -> Option<Operation> {
    let same = |new: &Operation| match old.kind {
        // Events have a translation of their own.
        Kind::Listener => false,
        Kind::Task => new.id == table::newer_task(old.id),
        _ => new.resource.map(|resource| resource.stored) == old.resource.map(|resource| resource.stored),
    };
    let operations = newest(old.api).operations();
    operations.into_iter().find(|new| new.kind == old.kind && same(new))
}

/// The body of a request of `old`, for `new`.
pub fn request(old: &Operation, new: &Operation, body: &Value) -> Result<Raised, Vec<Problem>> {
    let (Some(before), Some(now)) = (old.request, new.request) else {
        return Ok(Raised {
            body: body.clone(),
            losses: Vec::new(),
            back: body.clone(),
            moves: Vec::new(),
            payloads: Vec::new(),
        });
    };
    let mut body = body.clone();
    let payloads = payload::raise(&mut body);
    let (raised, walk) = walk(Way::Up, (old.api, new.api), (before, now), &body);
    if !walk.problems.is_empty() {
        return Err(walk.problems);
    }
    let moves = walk.moves;
    let (back, _) = self::walk(Way::Down, (old.api, new.api), (now, before), &raised);
    Ok(Raised {
        losses: differences(&body, &back),
        body: raised,
        back,
        moves,
        payloads,
    })
}

/// The body of an answer of `new` (one element of a list), for a caller of `old`.
pub fn answer(old: &Operation, new: &Operation, body: &Value) -> Lowered {
    let Some((before, now)) = answered(old, new) else {
        return Lowered {
            body: body.clone(),
            losses: Vec::new(),
        };
    };
    let (lowered, _) = walk(Way::Down, (old.api, new.api), (now, before), body);
    let (back, _) = walk(Way::Up, (old.api, new.api), (before, now), &lowered);
    Lowered {
        losses: differences(body, &back),
        body: lowered,
    }
}

/// A filter's value in the newest form; the value itself where it means the same.
pub fn filter_value(old: &Api, (older, newer): (&str, &str), value: &str) -> Option<Value> {
    let (value, walk) = walk(Way::Up, (old, newest(old)), (older, newer), &Value::from(value));
    walk.problems.is_empty().then_some(value)
}

/// The code of a country, as people name it.
pub fn country(text: &str) -> Result<String, String> {
    crate::forms::country(text).map(|country| country.value)
}

/// The newest name of an event type, for a subscription that names it as it was called.
pub fn newer_event(event_type: &str) -> &str {
    table::newer_event(event_type)
}

/// An event of the newest version in the older form: its type and its payload. None where the
/// older version had no such event. Before Kylie the payload named Buyer and Seller, where they had
/// to be named, and had no state.
pub fn event(
    old: &Api,
    event_type: &str,
    (payload, parties): (&Value, &[(String, String)]),
) -> Option<(String, Value)> {
    // Some names of Billie were those of now again by Grace.
    let older = match old.listener(event_type) {
        Some(_) => event_type,
        None => table::older_event(event_type),
    };
    let listener = old.listener(older)?;
    let properties = old.parsed().properties(listener.shape);
    let shape = properties
        .iter()
        .find(|property| property.name == "event")?
        .kind
        .reference()?;
    let known = old.parsed().properties(shape);
    let parties = parties
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    let told = payload.as_object()?.iter();
    let told = told.map(|(name, value)| match value.as_str() {
        Some(link) if name == "href" => (name.clone(), Value::from(super::walk::older_link(old, link))),
        _ => (name.clone(), value.clone()),
    });
    let told = told
        .chain(parties)
        .filter(|(name, _)| known.iter().any(|property| property.name == *name));
    Some((older.to_owned(), Value::Object(told.collect())))
}

/// The whole answer again as it would be said now, without a word about losses: for a Buyer who
/// reads an older Seller.
pub fn raise_answer(old: &Operation, new: &Operation, body: &Value) -> Value {
    let mut body = body.clone();
    payload::raise(&mut body);
    let body = &body;
    match answered(old, new) {
        Some((before, now)) => walk(Way::Up, (old.api, new.api), (before, now), body).0,
        None => body.clone(),
    }
}

/// The shapes of what an operation answers with. Rows of a list are made of whole documents: some
/// older lists have more in them.
fn answered(old: &Operation, new: &Operation) -> Option<(&'static str, &'static str)> {
    let full = new
        .resource
        .filter(|_| old.kind == Kind::List)
        .map(|resource| resource.full);
    old.answer
        .zip(new.answer)
        .map(|(old, new)| (old.shape, full.unwrap_or(new.shape)))
}

impl Raised {
    /// An answer in which stands what was asked for, as it was sent: names of countries, lines of
    /// an address, what has no place in the newest form. Where something was changed since, or by
    /// the answer, that stands there. `lowered` is the answer in the older form.
    pub fn echoed(&self, sent: &Value, lowered: &Value) -> Value {
        echo(sent, &self.back, lowered)
    }

    /// Problems of the newest form, at the places where the older request has what they are about.
    pub fn problems(&self, problems: Vec<Problem>) -> Vec<Problem> {
        let back = |problem: Problem| Problem {
            property_path: moved(&self.payloads, &moved(&self.moves, &problem.property_path)),
            ..problem
        };
        problems.into_iter().map(back).collect()
    }
}

/// Where a pointer into what was written leads in what was read.
pub(super) fn moved(moves: &[(String, String)], pointer: &str) -> String {
    let longest = moves
        .iter()
        .filter(|(to, _)| {
            pointer
                .strip_prefix(to.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .max_by_key(|(to, _)| to.len());
    longest.map_or_else(
        || pointer.to_owned(),
        |(to, from)| format!("{from}{}", &pointer[to.len()..]),
    )
}

pub(super) fn walk(
    way: Way,
    (old, new): (&Api, &'static Api),
    (from, to): (&str, &str),
    body: &Value,
) -> (Value, Walked) {
    let (source, target) = match way {
        Way::Up => (old.parsed(), new.parsed()),
        Way::Down => (new.parsed(), old.parsed()),
    };
    let mut walk = Walk {
        from: source,
        to: target,
        way,
        release: old.release,
        kind: None,
        moves: Vec::new(),
        problems: Vec::new(),
    };
    let types = (Type::Ref(from.to_owned()), Type::Ref(to.to_owned()));
    let out = walk.typed(body, (&types.0, &types.1), &At::default());
    let walked = Walked {
        moves: walk.moves,
        problems: walk.problems,
    };
    (out.unwrap_or_default(), walked)
}

/// What a walk leaves beside the value.
pub(super) struct Walked {
    pub moves: Vec<(String, String)>,
    pub problems: Vec<Problem>,
}

/// What was `sent`, where what came `back` of it is still what is `told`.
fn echo(sent: &Value, back: &Value, told: &Value) -> Value {
    if back == told {
        return sent.clone();
    }
    match (sent, back, told) {
        (Value::Object(sent), Value::Object(back), Value::Object(told)) => {
            let mut out = told.clone();
            for (name, sent) in sent {
                match (back.get(name), told.get(name)) {
                    (Some(back), Some(told)) => out.insert(name.clone(), echo(sent, back, told)),
                    (None, None) => out.insert(name.clone(), sent.clone()),
                    _ => None,
                };
            }
            Value::Object(out)
        }
        // The Seller may have added some behind: its contact, its notes.
        (Value::Array(sent), Value::Array(back), Value::Array(told))
            if sent.len() == back.len() && back.len() <= told.len() =>
        {
            let asked = sent
                .iter()
                .zip(back)
                .zip(told)
                .map(|((sent, back), told)| echo(sent, back, told));
            asked.chain(told.iter().skip(sent.len()).cloned()).collect()
        }
        _ => told.clone(),
    }
}

/// Pointers to what `back` does not have as `there`, and to what only `back` has.
pub(super) fn differences(there: &Value, back: &Value) -> Vec<String> {
    let mut all = Vec::new();
    differ(there, back, "", &mut all);
    all.truncate(LOSSES_MAX);
    all
}

fn differ(there: &Value, back: &Value, at: &str, all: &mut Vec<String>) {
    match (there, back) {
        (Value::Object(there), Value::Object(back)) => {
            for name in names(there, back) {
                match (there.get(name), back.get(name)) {
                    (Some(there), Some(back)) => differ(there, back, &join(at, name), all),
                    _ => all.push(join(at, name)),
                }
            }
        }
        (Value::Array(there), Value::Array(back)) if there.len() == back.len() => {
            for (index, (there, back)) in there.iter().zip(back).enumerate() {
                differ(there, back, &join(at, index), all);
            }
        }
        _ if there == back => {}
        _ => all.push(at.to_owned()),
    }
}

fn names<'a>(there: &'a Object, back: &'a Object) -> impl Iterator<Item = &'a String> {
    there
        .keys()
        .chain(back.keys().filter(|name| !there.contains_key(*name)))
}
