//! S, F, T and R: each thing by itself, and what was seen of it over time.

use std::collections::HashMap;

use super::{Record, Thing, Verdict, number, text};

/// What somebody saw of one thing, between two instants.
struct Look {
    from: u64,
    to: u64,
    state: String,
    is_missing: bool,
    by: &'static str,
}

/// Checks.
pub fn check(record: &Record, verdict: &mut Verdict) {
    verdict.count("things", record.things.len());
    for thing in record.things.values() {
        check_thing(thing, verdict);
    }
    check_tenants(record, verdict);
    let mut looks = looks(record);
    for (id, looks) in &mut looks {
        verdict.count("looks", looks.len());
        if let Some(thing) = record.things.get(id) {
            check_looks(thing, looks, verdict);
        }
    }
}

fn check_thing(thing: &Thing, verdict: &mut Verdict) {
    let Thing { kind, id, state, .. } = thing;
    if thing.status != 200 {
        verdict.find(
            'L',
            format!("{kind:?} {id} is listed, and GET answers {}", thing.status),
        );
        return;
    }
    if thing.listed != *state {
        verdict.find(
            'R',
            format!("{kind:?} {id} is {} in the list and {state} by GET", thing.listed),
        );
    }
    if !kind.is_final(state) {
        verdict.find('F', format!("{kind:?} {id} stays {state} ({:?})", thing.states));
    }
    let mut from = "";
    for to in &thing.states {
        verdict.count("steps", 1);
        if !kind.allows(from, to) {
            verdict.find(
                'S',
                format!("{kind:?} {id} went from {from:?} to {to}: {:?}", thing.states),
            );
        }
        from = to;
    }
    // A cancellation keeps no record of its steps.
    if !thing.states.is_empty() && from != state {
        verdict.find('S', format!("{kind:?} {id} is {state}, its last step led to {from}"));
    }
}

fn check_tenants(record: &Record, verdict: &mut Verdict) {
    for thing in record.things.values() {
        check_tenant(verdict, &thing.tenant, &thing.ext);
    }
    for line in &record.ledger {
        let tenant = text(&line["tenant"]);
        if line["k"] == "foreign" && !matches!(number(&line["status"]), 404 | 401 | 429 | 503) {
            verdict.find(
                'T',
                format!("{tenant} asked for {} and got {}", line["id"], line["status"]),
            );
        }
        check_tenant(verdict, &tenant, &text(&line["ext"]));
        for seen in line["seen"].as_array().into_iter().flatten() {
            check_tenant(verdict, &tenant, &text(&seen["ext"]));
        }
    }
}

fn check_tenant(verdict: &mut Verdict, tenant: &str, ext: &str) {
    if !ext.is_empty() && !ext.starts_with(tenant) {
        verdict.find('T', format!("{tenant} saw {ext}"));
    }
}

/// What was seen of each thing: by answers, reads, lists and events.
fn looks(record: &Record) -> HashMap<String, Vec<Look>> {
    let mut looks: HashMap<String, Vec<Look>> = HashMap::new();
    let mut add = |id: String, span: (u64, u64), state: String, by| {
        let is_missing = state.is_empty();
        let (from, to) = span;
        looks.entry(id).or_default().push(Look {
            from,
            to,
            state,
            is_missing,
            by,
        });
    };
    for line in &record.ledger {
        let span = (number(&line["t0"]), number(&line["t1"]));
        let status = number(&line["status"]);
        match (line["k"].as_str(), line["op"].as_str()) {
            // A stored answer tells the state of then: when it was first given is not known.
            (Some("ok"), Some("cancelQuote")) => add(text(&line["about"]), span, "cancelled".to_owned(), "cancel"),
            (Some("ok"), Some("declineQuote")) => add(text(&line["about"]), span, "declined".to_owned(), "decline"),
            (Some("ok"), _) => add(text(&line["id"]), (0, span.1), text(&line["state"]), "answer"),
            (Some("read"), _) if status == 200 => add(text(&line["id"]), span, text(&line["state"]), "GET"),
            (Some("read"), _) if status == 404 => add(text(&line["id"]), span, String::new(), "GET"),
            (Some("list"), _) => {
                for seen in line["seen"].as_array().into_iter().flatten() {
                    add(text(&seen["id"]), span, text(&seen["state"]), "list");
                }
            }
            _ => (),
        }
    }
    for event in record.events.iter().filter(|event| event["state"].is_string()) {
        if is_of_whole(&text(&event["type"])) {
            // An event may come late: as a look it has no beginning.
            let span = (0, number(&event["t"]));
            add(text(&event["id"]), span, text(&event["state"]), "event");
        }
    }
    looks
}

fn is_of_whole(event: &str) -> bool {
    use crate::states::Kind;
    [Kind::Quote, Kind::Order, Kind::CancelOrder]
        .iter()
        .any(|kind| kind.event() == event)
}

/// Nobody sees an older state after a newer one was told to anybody.
fn check_looks(thing: &Thing, looks: &mut [Look], verdict: &mut Verdict) {
    if thing.states.is_empty() {
        return;
    }
    let first = |state: &str| thing.states.iter().position(|one| one == state);
    let last = |state: &str| thing.states.iter().rposition(|one| one == state);
    let mut told: Vec<(u64, usize)> = looks
        .iter()
        .filter_map(|look| Some((look.to, first(&look.state)?)))
        .collect();
    told.sort_unstable();
    looks.sort_by_key(|look| look.from);
    let (mut next, mut newest) = (0, None);
    for look in looks.iter() {
        while let Some((to, at)) = told.get(next).filter(|(to, _)| *to < look.from) {
            newest = newest.max(Some((*at, *to)));
            next += 1;
        }
        let Some((told_at, when)) = newest else { continue };
        let seen = last(&look.state);
        if look.is_missing || seen.is_some_and(|seen| seen < told_at) {
            let (told, by) = (thing.states.get(told_at).cloned().unwrap_or_default(), look.by);
            verdict.find(
                'R',
                format!(
                    "{:?} {}: {told} was told at {when} us, {by} at {} us saw {:?}",
                    thing.kind, thing.id, look.from, look.state
                ),
            );
        } else if seen.is_none() && !look.is_missing {
            verdict.find(
                'S',
                format!("{} was seen as {}, not in {:?}", thing.id, look.state, thing.states),
            );
        }
    }
}
