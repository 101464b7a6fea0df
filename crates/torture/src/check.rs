//! The checker. It reads what a run left behind (ledgers, logs of listeners, log of faults, last reads)
//! and compares it with the promises. It asks nobody and shares nothing with the product.

mod events;
#[cfg(test)]
mod tests;
mod things;
mod writes;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use crate::run;
use crate::states::Kind;

/// What is checked, and what it means.
pub const CHECKS: [(char, &str); 9] = [
    ('L', "lost: acknowledged and not there"),
    ('D', "doubled: more than one of one create, other answers to one key"),
    ('E', "events that never came"),
    ('O', "events out of order, or before the answer"),
    ('S', "steps that the standard does not allow"),
    ('R', "reads older than what was told before"),
    ('T', "seen by the wrong Buyer"),
    ('F', "left behind without an end"),
    ('A', "answers that may not be given"),
];

/// One broken promise.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Which check.
    pub check: char,
    /// What is wrong.
    pub text: String,
}

/// What the checker saw and found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// Broken promises.
    pub findings: Vec<Finding>,
    /// How much of what was looked at.
    pub seen: BTreeMap<&'static str, u64>,
}

impl Verdict {
    fn find(&mut self, check: char, text: String) {
        self.findings.push(Finding { check, text });
    }

    fn count(&mut self, what: &'static str, by: usize) {
        *self.seen.entry(what).or_default() += by as u64;
    }

    /// How many findings of one check.
    pub fn of(&self, check: char) -> usize {
        self.findings.iter().filter(|finding| finding.check == check).count()
    }
}

/// One thing as the last reads show it.
pub struct Thing {
    kind: Kind,
    tenant: String,
    id: String,
    ext: String,
    state: String,
    listed: String,
    status: u64,
    states: Vec<String>,
}

/// All that a run left behind.
pub struct Record {
    ledger: Vec<Value>,
    events: Vec<Value>,
    faults: Vec<Value>,
    things: HashMap<String, Thing>,
    is_one_node: bool,
}

impl Record {
    fn read(folder: &Path) -> Result<Self> {
        let mut things = HashMap::new();
        for line in run::lines(folder, "final")? {
            let thing = thing(&line).with_context(|| format!("final.jsonl: {line}"))?;
            things.insert(thing.id.clone(), thing);
        }
        let faults = run::lines(folder, "faults")?;
        Ok(Self {
            ledger: run::lines(folder, "ledger")?,
            events: run::lines(folder, "heard")?,
            is_one_node: !faults.iter().any(|fault| fault["fault"] == "nodes"),
            faults,
            things,
        })
    }

    /// Whether the disk failed on purpose at that time, or a moment before.
    fn is_disk_bad(&self, at: u64) -> bool {
        const AFTER: u64 = 2_000_000;
        let mut bad = self.faults.iter().filter(|fault| {
            let name = fault["fault"].as_str().unwrap_or_default();
            name.starts_with("disk") || name.starts_with("database")
        });
        bad.any(|fault| number(&fault["from"]) <= at && at <= number(&fault["to"]) + AFTER)
    }
}

fn thing(line: &Value) -> Option<Thing> {
    let kind = match line["kind"].as_str()? {
        "Quote" => Kind::Quote,
        "Order" => Kind::Order,
        "CancelOrder" => Kind::CancelOrder,
        _ => return None,
    };
    let states = line["states"].as_array().into_iter().flatten();
    Some(Thing {
        kind,
        tenant: text(&line["tenant"]),
        id: text(&line["id"]),
        ext: text(&line["ext"]),
        state: text(&line["state"]),
        listed: text(&line["listed"]),
        status: number(&line["status"]),
        states: states.map(text).collect(),
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

/// Checks what is in `folder`.
pub fn folder(folder: &Path) -> Result<Verdict> {
    let record = Record::read(folder)?;
    let mut verdict = Verdict::default();
    writes::check(&record, &mut verdict);
    things::check(&record, &mut verdict);
    events::check(&record, &mut verdict);
    Ok(verdict)
}
