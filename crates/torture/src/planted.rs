//! Proof of the harness: bugs that a build with the feature `planted` of `segue` has, one at a time. Each has to be
//! found by one of the checks that are named for it, and the same build without a bug must pass.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use crate::torture::{self, Wish};

/// A bug, the checks that may find it, and what it is.
const BUGS: [(&str, &str, &str); 10] = [
    ("", "", "none: the same build must pass"),
    (
        "ack-before-commit",
        "LDREA",
        "a change is acknowledged before its commit",
    ),
    ("outbox-apart", "E", "events are stored in a second transaction"),
    (
        "key-apart",
        "D",
        "the idempotency row is stored in a second transaction",
    ),
    ("key-without-tenant", "TLDA", "a key is looked up without its Buyer"),
    ("no-lanes", "O", "events of one thing are sent side by side"),
    (
        "event-before-answer",
        "O",
        "the first event leaves before the answer to the create",
    ),
    ("new-event-id", "DO", "an event that is sent again has another id"),
    ("stale-reads", "R", "reads are up to two seconds old"),
    ("timers-in-memory", "F", "jobs of an earlier process are forgotten"),
];

/// Where no failing flush can be made this one cannot be found.
const SWALLOWED: (&str, &str, &str) = ("swallowed-fault", "LDRASE", "a commit that failed is acknowledged");

/// How long the Buyers work in each run, and how many runs with other seeds a bug may take.
const LENGTH: Duration = Duration::from_secs(12);
const RUNS_MAX: u64 = 3;

/// What came of one bug.
#[derive(Debug, Serialize)]
pub struct Hunt {
    /// Its name; empty for none.
    pub bug: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// Which checks found something, and how much.
    pub found: Vec<(char, usize)>,
    /// From the beginning of the first run.
    pub seconds: f64,
    /// Of the run that found it, or of the last one.
    pub seed: u64,
    /// Whether it came as it has to.
    pub is_well: bool,
}

/// Hunts all bugs, or those whose name is `only`.
pub fn hunt(program: &Path, (folder, seed): (&Path, u64), only: Option<&str>) -> Result<Vec<Hunt>> {
    let mut hunts = Vec::new();
    for bug in BUGS.into_iter().chain([SWALLOWED]) {
        if only.is_none_or(|only| only == bug.0) {
            eprintln!("torture: {}", if bug.0.is_empty() { "no bug" } else { bug.0 });
            hunts.push(one(program, (folder, seed), bug)?);
        }
    }
    Ok(hunts)
}

fn one(
    program: &Path,
    (folder, seed): (&Path, u64),
    (bug, by, meaning): (&'static str, &str, &'static str),
) -> Result<Hunt> {
    let since = Instant::now();
    let runs = if bug.is_empty() { 1 } else { RUNS_MAX };
    let mut hunt = Hunt {
        bug,
        meaning,
        found: Vec::new(),
        seconds: 0.0,
        seed,
        is_well: false,
    };
    for seed in seed..seed + runs {
        let folder = folder.join(format!("{bug}-{seed}"));
        let wish = Wish {
            program: program.to_owned(),
            folder: folder.clone(),
            seed,
            length: LENGTH,
            kills: None,
            clients: 8,
            settings: vec![("SEGUE_PLANTED".to_owned(), bug.to_owned())],
            disk_only: bug == SWALLOWED.0,
            quiet: true,
        };
        let verdict = torture::run(&wish)?.verdict;
        let checks = crate::check::CHECKS
            .iter()
            .map(|(check, _)| (*check, verdict.of(*check)));
        hunt.found = checks.filter(|(_, count)| *count > 0).collect();
        (hunt.seconds, hunt.seed) = (since.elapsed().as_secs_f64(), seed);
        hunt.is_well = if bug.is_empty() {
            hunt.found.is_empty()
        } else {
            hunt.found.iter().any(|(check, _)| by.contains(*check))
        };
        if hunt.is_well {
            std::fs::remove_dir_all(&folder)?;
            break;
        }
    }
    Ok(hunt)
}
