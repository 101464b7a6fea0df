//! What every resource with states records when it changes: an entry of its `stateChange` list
//! and the event for those who subscribed.
//!
//! [`change`] is the way from one state to the next: it asks the life cycle and writes the
//! history in one step, so that neither can be forgotten.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::commit::Event;
use crate::document::Object;
use crate::id::Scope;
use crate::lifecycle::{Actor, Lifecycle, Refused, START};
use crate::rules::Context;
use crate::time;

/// Which notification API an event belongs to, and in which lane it is delivered.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Name of the notification API (`productOrderingNotification`).
    pub api: &'a str,
    /// Id of the resource; for something about an order, the id of that order.
    pub lane: &'a str,
}

/// A move to another state.
#[derive(Clone, Copy, Debug)]
pub struct Move<'a> {
    /// Where to, spelled as the standard spells it.
    pub to: &'a str,
    /// Who causes it.
    pub by: Actor,
    /// Business time it happens.
    pub at: Timestamp,
    /// One sentence for a person, where there is something to say.
    pub reason: Option<&'a str>,
}

/// An event of `event_type`; `fields` is the `event` object of the envelope (`id`, `href`,
/// `state` and so on). `buyerId` and `sellerId` travel in the query of the delivery, not here.
pub fn event(ctx: &Context<'_>, about: About<'_>, event_type: &str, fields: Value) -> Event {
    Event {
        id: (ctx.new_id)(),
        scope: scope(ctx),
        api: about.api.to_owned(),
        event_type: event_type.to_owned(),
        lane: about.lane.to_owned(),
        at: ctx.now,
        payload: fields,
    }
}

/// The pair of company and partner a decision is made for.
pub fn scope(ctx: &Context<'_>) -> Scope {
    Scope {
        company: ctx.company.id.clone(),
        partner: ctx.partner.id.clone(),
    }
}

/// One entry of a `stateChange` list.
pub fn state_change(state: &str, at: Timestamp, reason: Option<&str>) -> Value {
    entry("state", state, at, reason)
}

/// One entry of a `statusChange` list: a product of the inventory has a status instead.
pub fn status_change(status: &str, at: Timestamp, reason: Option<&str>) -> Value {
    entry("status", status, at, reason)
}

fn entry(name: &str, state: &str, at: Timestamp, reason: Option<&str>) -> Value {
    let mut entry = Map::new();
    entry.insert("changeDate".into(), json!(time::text(at)));
    if let Some(reason) = reason {
        entry.insert("changeReason".into(), json!(reason));
    }
    entry.insert(name.into(), json!(state));
    Value::Object(entry)
}

/// Moves `object` (a whole or one item) to another `state` and adds the entry to its
/// `stateChange`, oldest first; an object without `state` stands at the start. A move that the
/// life cycle does not have changes nothing.
pub fn change(lifecycle: &Lifecycle, object: &mut Object, change: Move<'_>) -> Result<(), Refused> {
    change_of("state", lifecycle, object, change)
}

/// Like [`change`], for the `status` and `statusChange` of a product of the inventory.
pub fn change_status(lifecycle: &Lifecycle, object: &mut Object, change: Move<'_>) -> Result<(), Refused> {
    change_of("status", lifecycle, object, change)
}

/// Like [`change`], for what has a `state` but no history of it in the standard: charges, their
/// items, and requests about an order.
pub fn enter(lifecycle: &Lifecycle, object: &mut Object, (to, by): (&str, Actor)) -> Result<(), Refused> {
    let from = object.get("state").and_then(Value::as_str).unwrap_or(START);
    lifecycle.step(from, to, by)?;
    object.insert("state".into(), json!(to));
    Ok(())
}

fn change_of(name: &str, lifecycle: &Lifecycle, object: &mut Object, change: Move<'_>) -> Result<(), Refused> {
    let from = object.get(name).and_then(Value::as_str).unwrap_or(START);
    lifecycle.step(from, change.to, change.by)?;
    object.insert(name.to_owned(), json!(change.to));
    let history = object
        .entry(format!("{name}Change"))
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(entries) = history {
        entries.push(entry(name, change.to, change.at, change.reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::Edge;

    static LAMP: Lifecycle = Lifecycle {
        of: "lamp",
        edges: &[
            Edge {
                from: START,
                to: &["off"],
                by: Actor::Seller,
            },
            Edge {
                from: "off",
                to: &["on"],
                by: Actor::Seller,
            },
        ],
    };

    fn to(state: &str) -> Move<'_> {
        Move {
            to: state,
            by: Actor::Seller,
            at: "2026-11-24T08:00:00Z".parse().unwrap(),
            reason: None,
        }
    }

    #[test]
    fn a_change_sets_the_state_and_keeps_the_history_oldest_first() {
        let mut lamp = Object::new();
        change(&LAMP, &mut lamp, to("off")).unwrap();
        change(&LAMP, &mut lamp, to("on")).unwrap();
        assert_eq!(
            Value::Object(lamp),
            json!({
                "state": "on",
                "stateChange": [
                    {"changeDate": "2026-11-24T08:00:00.000Z", "state": "off"},
                    {"changeDate": "2026-11-24T08:00:00.000Z", "state": "on"},
                ]
            })
        );
    }

    #[test]
    fn a_move_the_life_cycle_does_not_have_changes_nothing() {
        let mut lamp = Object::new();
        change_status(&LAMP, &mut lamp, to("off")).unwrap();
        let before = lamp.clone();
        let refused = change_status(&LAMP, &mut lamp, to("off")).unwrap_err();
        assert_eq!(refused.to_string(), "a lamp in state off cannot become off");
        assert_eq!(lamp, before);
    }

    #[test]
    fn a_reason_is_only_there_when_there_is_one() {
        let at: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        assert_eq!(
            state_change("failed", at, Some("No light.")),
            json!({"changeDate": "2026-11-24T08:00:00.000Z", "changeReason": "No light.", "state": "failed"})
        );
        assert_eq!(
            status_change("active", at, None),
            json!({"changeDate": "2026-11-24T08:00:00.000Z", "status": "active"})
        );
    }
}
