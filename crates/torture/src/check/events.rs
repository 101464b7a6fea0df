//! E and O: what the listeners heard of each thing, in which order, and not before the answer.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Record, Thing, Verdict, number, text};

/// By how much the driver may be late in seeing an answer that has arrived, in microseconds.
const LATE_MAX: u64 = 150_000;

/// Checks.
pub fn check(record: &Record, verdict: &mut Verdict) {
    verdict.count("events heard", record.events.len());
    let mut lanes: HashMap<String, Vec<&Value>> = HashMap::new();
    for event in &record.events {
        lanes.entry(text(&event["id"])).or_default().push(event);
    }
    for lane in lanes.values_mut() {
        lane.sort_by_key(|event| number(&event["t"]));
    }
    for thing in record.things.values() {
        let lane = lanes.get(&thing.id).map(Vec::as_slice).unwrap_or_default();
        check_states(thing, lane, verdict);
        if record.is_one_node {
            check_lane(thing, lane, verdict);
        }
        for event in lane.iter().filter(|event| text(&event["hub"]) != thing.tenant) {
            verdict.find('T', format!("an event of {} went to {}", thing.tenant, event["hub"]));
        }
    }
    let own: HashSet<&String> = record.things.keys().collect();
    for id in lanes.keys().filter(|id| !own.contains(id)) {
        verdict.find('E', format!("an event tells of {id}, which nobody has"));
    }
    check_answers(record, &lanes, verdict);
}

/// Every state after the first was announced, once, in the order of the steps.
fn check_states(thing: &Thing, lane: &[&Value], verdict: &mut Verdict) {
    // Of a cancellation only the last state is known, and events of an answer at once are the Seller's choice.
    if thing.states.is_empty() {
        return;
    }
    let name = thing.kind.event();
    let mut ids = HashSet::new();
    let told: Vec<&str> = lane
        .iter()
        .filter(|event| event["type"] == name && ids.insert(text(&event["event"])))
        .filter_map(|event| event["state"].as_str())
        .collect();
    verdict.count("states announced", told.len());
    let states: Vec<&str> = thing.states.iter().skip(1).map(String::as_str).collect();
    let is_at_once = |states: &[&str]| states.first().is_some_and(|state| state.starts_with("approved"));
    let due = if is_at_once(&states) && !told.first().is_some_and(|state| state.starts_with("approved")) {
        states.get(1..).unwrap_or_default()
    } else {
        &states
    };
    if told == due {
        return;
    }
    let (kind, id) = (thing.kind, &thing.id);
    let is_missing = due.iter().any(|state| !told.contains(state));
    let check = if is_missing {
        'E'
    } else if told.len() > due.len() {
        'D'
    } else {
        'O'
    };
    verdict.find(check, format!("{kind:?} {id}: {due:?} was due, {told:?} was told"));
}

/// The next event of a lane leaves only after the one before was taken, which then never comes again.
fn check_lane(thing: &Thing, lane: &[&Value], verdict: &mut Verdict) {
    let mut over: HashSet<String> = HashSet::new();
    let mut current: Option<(String, bool)> = None;
    for event in lane {
        let (id, treatment) = (text(&event["event"]), text(&event["treatment"]));
        // A silent or reset call may have been taken for answered by nobody; a slow one was taken.
        let is_taken = matches!(treatment.as_str(), "Taken" | "Slow");
        if over.contains(&id) {
            verdict.find('O', format!("{}: event {id} came again after a later one", thing.id));
        }
        current = match current {
            Some((before, taken)) if before != id => {
                if !taken {
                    verdict.find('O', format!("{}: event {id} came before {before} was taken", thing.id));
                }
                over.insert(before);
                Some((id, is_taken))
            }
            Some((before, taken)) => Some((before, taken || is_taken)),
            None => Some((id, is_taken)),
        };
    }
}

/// The first event about something comes after the answer to its create.
fn check_answers(record: &Record, lanes: &HashMap<String, Vec<&Value>>, verdict: &mut Verdict) {
    let mut tries: HashMap<(String, String), Vec<&Value>> = HashMap::new();
    for line in record.ledger.iter().filter(|line| line["key"].is_string()) {
        let key = (text(&line["tenant"]), text(&line["key"]));
        tries.entry(key).or_default().push(line);
    }
    for lines in tries.values() {
        // Only where the first try was answered, at once and without the proxy, is it known when.
        let [_, ok, ..] = lines.as_slice() else { continue };
        if ok["k"] != "ok" || ok["proxy"] == true {
            continue;
        }
        let (id, told) = (text(&ok["id"]), number(&ok["t1"]));
        let first = lanes.get(&id).and_then(|lane| lane.first());
        if let Some(heard) = first.map(|event| number(&event["t"])) {
            verdict.count("answers and first events", 1);
            if heard + LATE_MAX < told {
                verdict.find(
                    'O',
                    format!("{id}: an event came {} us before the answer", told - heard),
                );
            }
        }
    }
}
