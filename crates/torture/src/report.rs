//! Reports for people and for machines.

use comfy_table::Table;
use serde_json::json;

use crate::check::{CHECKS, Verdict};
use crate::planted::Hunt;
use crate::torture::Report;

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// People.
    Table,
    /// Machines.
    Json,
}

/// The form asked for by `--json`.
pub fn form(json: bool) -> Form {
    if json { Form::Json } else { Form::Table }
}

/// Of each check so many findings are shown to people.
const SHOWN: usize = 5;

/// Prints a report; whether all promises were kept.
pub fn print(report: &Report, form: Form) -> bool {
    let is_well = report.verdict.findings.is_empty();
    match form {
        Form::Json => println!("{}", json!(report)),
        Form::Table => {
            let mut table = table(&["figure", "value"]);
            for (name, value) in [
                ("seed", report.seed.to_string()),
                ("seconds under torture", format!("{:.0}", report.seconds)),
                ("faults", report.faults.to_string()),
                ("kill -9", report.kills.to_string()),
                ("ended by itself", report.deaths.to_string()),
                ("recovery p50, ms", report.recovery_p50.to_string()),
                ("recovery p99, ms", report.recovery_p99.to_string()),
            ] {
                table.add_row([name.to_owned(), value]);
            }
            println!("{table}");
            return verdict(&report.verdict, form);
        }
    }
    is_well
}

/// Prints a verdict; whether all promises were kept.
pub fn verdict(verdict: &Verdict, form: Form) -> bool {
    let is_well = verdict.findings.is_empty();
    if form == Form::Json {
        println!("{}", json!(verdict));
        return is_well;
    }
    let mut seen = table(&["looked at", "count"]);
    for (what, count) in &verdict.seen {
        seen.add_row([(*what).to_owned(), count.to_string()]);
    }
    println!("{seen}");
    let mut found = table(&["check", "meaning", "found"]);
    for (check, meaning) in CHECKS {
        found.add_row([check.to_string(), meaning.to_owned(), verdict.of(check).to_string()]);
    }
    println!("{found}");
    for (check, _) in CHECKS {
        let of = verdict.findings.iter().filter(|finding| finding.check == check);
        for finding in of.take(SHOWN) {
            println!("{check}: {}", finding.text);
        }
    }
    println!(
        "{}",
        if is_well {
            "all promises kept"
        } else {
            "PROMISES BROKEN"
        }
    );
    is_well
}

/// Prints what came of planted bugs; whether all were found.
pub fn hunts(hunts: &[Hunt], form: Form) -> bool {
    if form == Form::Json {
        println!("{}", json!(hunts));
    } else {
        let mut table = table(&["bug", "meaning", "found by", "seconds", "seed"]);
        for hunt in hunts {
            let found = hunt.found.iter().map(|(check, count)| format!("{check} {count}"));
            let found = found.collect::<Vec<_>>().join(", ");
            let verdict = if hunt.is_well {
                found
            } else {
                format!("NOT AS IT SHOULD: {found}")
            };
            let seconds = format!("{:.0}", hunt.seconds);
            table.add_row([hunt.bug, hunt.meaning, &verdict, &seconds, &hunt.seed.to_string()]);
        }
        println!("{table}");
    }
    hunts.iter().all(|hunt| hunt.is_well)
}

fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(head.to_vec());
    table
}
