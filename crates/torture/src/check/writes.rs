//! L, D and A: each acknowledged change against what is there.

use std::collections::HashMap;

use serde_json::Value;

use super::{Record, Thing, Verdict, number, text};

/// All records of one key of one Buyer.
type Changes<'a> = HashMap<(String, String), Vec<&'a Value>>;

/// Checks.
pub fn check(record: &Record, verdict: &mut Verdict) {
    let mut changes: Changes = HashMap::new();
    for line in record.ledger.iter().filter(|line| line["key"].is_string()) {
        let key = (text(&line["tenant"]), text(&line["key"]));
        changes.entry(key).or_default().push(line);
    }
    let mut by_ext: HashMap<&str, Vec<&Thing>> = HashMap::new();
    for thing in record.things.values().filter(|thing| !thing.ext.is_empty()) {
        by_ext.entry(&thing.ext).or_default().push(thing);
    }
    verdict.count("changes", changes.len());
    for ((tenant, key), lines) in &changes {
        let ext = format!("{tenant}-{key}");
        let there = by_ext.remove(ext.as_str()).unwrap_or_default();
        if there.len() > 1 {
            verdict.find('D', format!("{ext} is there {} times", there.len()));
        }
        check_answers(record, verdict, (&ext, lines));
        check_end(record, verdict, (&ext, lines, &there));
    }
    for ext in by_ext.keys() {
        verdict.find('D', format!("{ext} is there and was never asked for"));
    }
}

fn of<'a>(lines: &[&'a Value], k: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["k"] == *k).copied().collect()
}

/// All answers to one key are the same, and none is one that may not be given.
fn check_answers(record: &Record, verdict: &mut Verdict, (ext, lines): (&str, &[&Value])) {
    let (oks, fails) = (of(lines, "ok"), of(lines, "fail"));
    verdict.count("acknowledgements", oks.len());
    verdict.count("outcomes unknown", of(lines, "unknown").len());
    verdict.count("refused", fails.len());
    if let Some(first) = oks.first() {
        if let Some(other) = oks.iter().find(|ok| ok["digest"] != first["digest"]) {
            verdict.find('D', format!("{ext} was answered in two ways: {first} and {other}"));
        }
        // A refusal is decided anew each time: a copy that came later may have met another state.
        if let Some(fail) = fails.iter().find(|fail| number(&fail["t0"]) > number(&first["t1"])) {
            verdict.find('A', format!("{ext} was acknowledged and refused: {fail}"));
        }
    }
    for fail in &fails {
        let (op, status) = (text(&fail["op"]), number(&fail["status"]));
        if matches!(op.as_str(), "quote" | "deferred") {
            verdict.find('A', format!("{ext} was refused without reason: {fail}"));
        } else if status != 422 {
            verdict.find(
                'L',
                format!("{ext} is about something that is not known any more: {fail}"),
            );
        }
    }
    for again in of(lines, "again") {
        let status = number(&again["status"]);
        let is_fault = status >= 500 && status != 503 && !record.is_disk_bad(number(&again["t1"]));
        if is_fault {
            verdict.find('A', format!("{ext} was answered with {status}: {again}"));
        }
    }
}

/// What was acknowledged is there, what was refused is not.
fn check_end(record: &Record, verdict: &mut Verdict, (ext, lines, there): (&str, &[&Value], &[&Thing])) {
    let Some(line) = lines.first() else { return };
    let op = text(&line["op"]);
    let ok = of(lines, "ok").first().copied();
    match op.as_str() {
        "cancelQuote" | "declineQuote" => {
            let wanted = if op == "cancelQuote" { "cancelled" } else { "declined" };
            let about = text(&line["about"]);
            let thing = record.things.get(&about);
            let is_done = thing.is_some_and(|thing| thing.states.iter().any(|state| state == wanted));
            if ok.is_some() && !is_done {
                verdict.find('L', format!("{ext}: {about} was {wanted}, and is not"));
            }
        }
        _ => {
            if let Some(ok) = ok {
                let id = text(&ok["id"]);
                if !record.things.contains_key(&id) {
                    verdict.find('L', format!("{ext} was acknowledged as {id}, which is not listed"));
                } else if op != "cancelOrder" && !there.iter().any(|thing| thing.id == id) {
                    verdict.find(
                        'L',
                        format!("{ext} was acknowledged as {id}, which is something else now"),
                    );
                }
            } else if let (Some(thing), Some(fail)) = (there.first(), of(lines, "fail").first())
                && of(lines, "unknown")
                    .iter()
                    .all(|unknown| number(&unknown["t1"]) < number(&fail["t0"]))
            {
                verdict.find('A', format!("{ext} was refused, and is there as {}", thing.id));
            }
        }
    }
}
