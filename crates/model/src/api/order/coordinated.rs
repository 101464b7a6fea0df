//! Coordinated actions: what the Buyer wants to begin or to end after another item of the order,
//! or together with it. Digest 3.14; the names of the standard say less than its definitions, and
//! these are what is followed here:
//!
//! | on A, about B | means |
//! |---|---|
//! | `startToStart` | A begins after B has begun |
//! | `startToFinish` | A begins after B is completed |
//! | `finishToStart` | B begins after A is completed |
//! | `finishToFinish` | A and B are completed in the same moment |
//!
//! What an item has to wait for is read from the order alone, whenever it is needed.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::in_service;
use super::lifecycle::ORDER_ITEM;
use super::view::{item, items, needed};
use crate::api::items::{Action, Item, list, text};
use crate::document::Object;
use crate::failure::Problem;
use crate::pointer;
use crate::rules::Found;
use crate::time::{self, Span};

const LIST: &str = "coordinatedAction";

/// The milestone that tells when the work on an item began that had to wait for others.
pub(super) const WORK_STARTED: &str = "WORK_STARTED";

/// What about another item is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Start,
    Finish,
}

/// An item begins this long after a moment of `other`.
#[derive(Clone, Copy)]
pub(super) struct Gate<'a> {
    pub other: &'a str,
    pub moment: Moment,
    pub delay: Span,
}

/// When an item that waits may begin.
pub(super) enum Opening {
    /// All it waits for has happened: from then on.
    At(Timestamp),
    /// As far as is known now.
    Expected(Timestamp),
    /// What it waits for does not come; one sentence.
    Never(String),
}

/// What one entry says: whose start waits for what.
enum Meaning<'a> {
    /// The start of the first item.
    Waits(&'a str, Gate<'a>),
    /// Both end together.
    Together(&'a str, &'a str),
}

fn delay(action: &Value) -> Option<Span> {
    action.get("coordinatedActionDelay").and_then(Span::read)
}

fn meaning<'a>(on: &'a str, action: &'a Value) -> Option<Meaning<'a>> {
    let about = action.get("itemId")?.as_str()?;
    let delay = delay(action)?;
    let gate = |other: &'a str, moment: Moment| Gate { other, moment, delay };
    Some(match action.get("coordinationDependency")?.as_str()? {
        "startToStart" => Meaning::Waits(on, gate(about, Moment::Start)),
        "startToFinish" => Meaning::Waits(on, gate(about, Moment::Finish)),
        "finishToStart" => Meaning::Waits(about, gate(on, Moment::Finish)),
        "finishToFinish" => Meaning::Together(on, about),
        _ => return None,
    })
}

fn meanings(order: &Object) -> impl Iterator<Item = Meaning<'_>> {
    items(order).flat_map(|item| {
        let on = text(item, "id");
        list(item, LIST).iter().filter_map(move |action| meaning(on, action))
    })
}

/// Whether any item of the order is coordinated.
pub(super) fn any(order: &Object) -> bool {
    meanings(order).next().is_some()
}

/// What the start of the item `id` waits for.
pub(super) fn gates<'a>(order: &'a Object, id: &str) -> Vec<Gate<'a>> {
    let of = |meaning: Meaning<'a>| match meaning {
        Meaning::Waits(on, gate) if on == id => Some(gate),
        Meaning::Waits(..) | Meaning::Together(..) => None,
    };
    meanings(order).filter_map(of).collect()
}

/// Ids of the other items that are completed in the same moment as `id`, over others too.
pub(super) fn together(order: &Object, id: &str) -> Vec<String> {
    let mut group = vec![id.to_owned()];
    let mut next = 0;
    while let Some(current) = group.get(next).cloned() {
        next += 1;
        for meaning in meanings(order) {
            let other = match meaning {
                Meaning::Together(one, other) if one == current => other,
                Meaning::Together(other, one) if one == current => other,
                Meaning::Together(..) | Meaning::Waits(..) => continue,
            };
            if group.iter().all(|known| known != other) {
                group.push(other.to_owned());
            }
        }
    }
    group.split_off(1)
}

/// Those of [`together`] that have not ended.
pub(super) fn still_together(order: &Object, id: &str) -> Vec<String> {
    let mut group = together(order, id);
    group.retain(|other| item(order, other).is_some_and(|other| !ORDER_ITEM.is_final(text(other, "state"))));
    group
}

/// Ids of the items that come to nothing when `id` does, because they wait for it: an old line is
/// not cut off where the new one failed.
pub(super) fn dependents(order: &Object, id: &str) -> Vec<String> {
    let mut found = together(order, id);
    let has_begun = item(order, id).is_some_and(|item| begun(order, item).is_some());
    for meaning in meanings(order) {
        if let Meaning::Waits(on, gate) = meaning
            && gate.other == id
            && (gate.moment == Moment::Finish || !has_begun)
        {
            found.push(on.to_owned());
        }
    }
    found
}

/// When the work on `item` began; none while it waits for others, or for the start of the order.
pub(super) fn begun(order: &Object, item: &Object) -> Option<Timestamp> {
    let date = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).and_then(time::parse);
    if gates(order, text(item, "id")).is_empty() {
        let mut changes = list(item, "stateChange").iter();
        return changes
            .find(|change| change["state"] == "inProgress")
            .and_then(|change| date(change, "changeDate"));
    }
    let mut steps = list(item, "milestone").iter();
    steps
        .find(|step| step["name"] == WORK_STARTED)
        .and_then(|step| date(step, "date"))
}

/// When the item `id` may begin.
pub(super) fn opening(order: &Object, id: &str, now: Timestamp) -> Opening {
    let (mut from, mut certain) = (Timestamp::MIN, true);
    for gate in gates(order, id) {
        let Some(other) = item(order, gate.other) else {
            continue;
        };
        let state = text(other, "state");
        let date = |name: &str| time::parse(text(other, name));
        let happened = match gate.moment {
            Moment::Start => begun(order, other),
            Moment::Finish => date("completionDate").filter(|_| state == "completed"),
        };
        if happened.is_none() && ORDER_ITEM.is_final(state) {
            return Opening::Never(format!("Item {} had to come first and is {state}.", gate.other));
        }
        let expected = || match gate.moment {
            Moment::Start => match opening(order, gate.other, now) {
                Opening::At(at) | Opening::Expected(at) => at.max(now),
                Opening::Never(_) => now,
            },
            Moment::Finish => date("expectedCompletionDate").map_or(now, |date| date.max(now)),
        };
        certain &= happened.is_some();
        from = from.max(gate.delay.after(happened.unwrap_or_else(expected)));
    }
    if certain {
        Opening::At(from)
    } else {
        Opening::Expected(from)
    }
}

/// Checks all items together; everything found here is a 422.
pub(super) fn check(items: &[Item<'_>], found: &Found) -> Vec<Problem> {
    let mut problems = Vec::new();
    for item in items {
        let actions = list(item.body, LIST);
        for (index, action) in actions.iter().enumerate() {
            let at = pointer::join(&item.path(LIST), index);
            let same = |name: &str, other: &Value| other.get(name) == action.get(name);
            let again = |other: &Value| same("itemId", other) && same("coordinationDependency", other);
            if actions[..index].iter().any(again) {
                let reason = "This coordination is asked for already.";
                problems.push(Problem::invalid(at.clone(), reason));
            }
            problems.extend(check_one(item, action, &at, items));
        }
    }
    if problems.is_empty() {
        problems.extend(circles(items, found));
    }
    problems
}

fn check_one(on: &Item<'_>, action: &Value, at: &str, items: &[Item<'_>]) -> Vec<Problem> {
    let id = action.get("itemId").and_then(Value::as_str).unwrap_or_default();
    let path = pointer::join(at, "itemId");
    if id == on.id {
        return vec![Problem::invalid(path, "An item is coordinated with others only.")];
    }
    let Some(about) = items.iter().find(|item| item.id == id) else {
        return vec![Problem::not_found(path, "item of this order")];
    };
    let mut problems = Vec::new();
    let wait = delay(action);
    let together = action.get("coordinationDependency").and_then(Value::as_str) == Some("finishToFinish");
    if together && wait.is_some_and(|wait| wait.amount > 0) {
        // The standard defines no meaning of it (digest 3.14).
        let reason = "What ends in the same moment has no delay; give 0.";
        problems.push(Problem::invalid(pointer::join(at, "coordinatedActionDelay"), reason));
    } else if let Some(reason) = contradiction(on, action, about) {
        problems.push(Problem::invalid(pointer::join(at, "coordinationDependency"), reason));
    }
    problems
}

/// One sentence, where the requested dates want the opposite of the coordination.
fn contradiction(on: &Item<'_>, action: &Value, about: &Item<'_>) -> Option<String> {
    let wanted = |item: &Item<'_>| time::parse(text(item.body, "requestedCompletionDate"));
    let of = |id: &str| if id == on.id { wanted(on) } else { wanted(about) };
    match meaning(on.id, action)? {
        Meaning::Together(one, other) => (of(one)? != of(other)?)
            .then(|| "Both are to end in the same moment, and are requested for different dates.".into()),
        Meaning::Waits(after, gate) if gate.moment == Moment::Finish => {
            let earliest = gate.delay.after(of(gate.other)?);
            (of(after)? < earliest).then(|| {
                format!(
                    "Item {after} begins after the end of item {}, and is requested before that.",
                    gate.other
                )
            })
        }
        // How long an item takes is ours to say: its start is in no request.
        Meaning::Waits(..) => None,
    }
}

/// Nothing can wait for itself, over others and over relations either.
fn circles(items: &[Item<'_>], found: &Found) -> Vec<Problem> {
    let graph = Graph::of(items, found);
    let mut problems = Vec::new();
    for item in items {
        for (index, action) in list(item.body, LIST).iter().enumerate() {
            let Some(Meaning::Waits(on, gate)) = meaning(item.id, action) else {
                continue;
            };
            let (Some(from), Some(to)) = (graph.node(gate.other, gate.moment), graph.node(on, Moment::Start)) else {
                continue;
            };
            if graph.leads(to, from) {
                let path = pointer::join(&pointer::join(&item.path(LIST), index), "itemId");
                let reason = "These items would wait for each other in a circle.";
                problems.push(Problem::invalid(path, reason));
            }
        }
    }
    problems
}

/// Which moment comes after which.
struct Graph<'a> {
    places: HashMap<&'a str, usize>,
    next: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    fn of(items: &[Item<'a>], found: &Found) -> Self {
        let places = items.iter().enumerate().map(|(index, item)| (item.id, index)).collect();
        let mut graph = Self {
            places,
            next: vec![Vec::new(); items.len() * 2],
        };
        let all: Vec<&Item<'_>> = items.iter().collect();
        for item in items {
            graph.link((item.id, Moment::Start), (item.id, Moment::Finish));
            if item.action == Some(Action::Delete) {
                for before in in_service::after(item, &all, found) {
                    graph.link((&before, Moment::Finish), (item.id, Moment::Finish));
                }
            } else {
                for before in needed(item.body) {
                    graph.link((before, Moment::Finish), (item.id, Moment::Finish));
                }
            }
            for meaning in list(item.body, LIST)
                .iter()
                .filter_map(|action| meaning(item.id, action))
            {
                match meaning {
                    Meaning::Waits(on, gate) => graph.link((gate.other, gate.moment), (on, Moment::Start)),
                    Meaning::Together(one, other) => {
                        graph.link((one, Moment::Finish), (other, Moment::Finish));
                        graph.link((other, Moment::Finish), (one, Moment::Finish));
                    }
                }
            }
        }
        graph
    }

    fn node(&self, id: &str, moment: Moment) -> Option<usize> {
        let place = self.places.get(id)? * 2;
        Some(match moment {
            Moment::Start => place,
            Moment::Finish => place + 1,
        })
    }

    fn link(&mut self, (from, of): (&str, Moment), (to, at): (&str, Moment)) {
        if let (Some(from), Some(to)) = (self.node(from, of), self.node(to, at)) {
            self.next[from].push(to);
        }
    }

    fn leads(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.next.len()];
        let mut open = vec![from];
        while let Some(node) = open.pop() {
            if node == to {
                return true;
            }
            if !std::mem::replace(&mut seen[node], true) {
                open.extend(&self.next[node]);
            }
        }
        false
    }
}
