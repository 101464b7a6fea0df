//! `segue demo`: the main job, on this machine. Two processes with two databases, a Seller and a
//! Buyer, take one access circuit from address validation to active product. Whatever is printed
//! was read back with a GET from the Seller, never taken from what the Buyer believes.
//!
//! Only the network behind the Seller is simulated; its milestones come from the sample book, on
//! a business clock that runs fast.

mod journey;
mod pair;
mod releases;
pub mod sabotage;
mod steps;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::Demo;
use pair::Pair;
pub use pair::{ENNI, samples};

/// One line of the timeline.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// 1, 2, 3...
    pub n: usize,
    /// Who acted.
    pub company: &'static str,
    /// What was done, for people.
    pub action: String,
    /// Resource and id, as the Seller's GET names it.
    pub resource: String,
    /// The state the Seller's GET answered.
    pub state: String,
    /// How long it took.
    pub ms: u64,
    /// Whether it is what the standard and the book promise.
    pub ok: bool,
}

/// The timeline so far.
pub struct Timeline {
    steps: Vec<Step>,
    as_json: bool,
}

impl Timeline {
    fn new(as_json: bool) -> Self {
        Self {
            steps: Vec::new(),
            as_json,
        }
    }

    /// Adds a step and prints it.
    pub fn add(
        &mut self,
        (company, action): (&'static str, &str),
        (resource, state): (String, String),
        since: Instant,
        ok: bool,
    ) {
        let n = self.steps.len() + 1;
        let ms = since.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
        let step = Step {
            n,
            company,
            action: action.to_owned(),
            resource,
            state,
            ms,
            ok,
        };
        if !self.as_json {
            print_step(&step);
        }
        self.steps.push(step);
    }

    /// A heading between steps.
    pub fn chapter(&self, text: &str) {
        if !self.as_json {
            let _ = writeln!(std::io::stdout(), "\n{text}");
        }
    }

    /// A line between steps.
    pub fn note(&self, text: &str) {
        if !self.as_json {
            let _ = writeln!(std::io::stdout(), "    {text}");
        }
    }

    fn ok(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.ok)
    }
}

fn print_step(step: &Step) {
    let mut out = std::io::stdout();
    let terminal = out.is_terminal();
    let colour = |code: &str, text: &str| {
        if terminal {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    };
    let mark = if step.ok {
        colour("32", "ok")
    } else {
        colour("31;1", "DEVIATED")
    };
    let _ = writeln!(
        out,
        "{:>2}  {:<6} {:<44} {:<26} {:>6} ms  {mark}",
        step.n, step.company, step.action, step.state, step.ms
    );
    if !step.resource.is_empty() {
        let _ = writeln!(out, "           {}", colour("2", &step.resource));
    }
}

/// Runs the demo; false when anything deviated.
pub async fn run(demo: &Demo, as_json: bool) -> Result<bool> {
    let started = Instant::now();
    let folder = folder(demo)?;
    let mut timeline = Timeline::new(as_json);
    let outcome = if demo.releases {
        releases::run(&folder, &mut timeline).await.map(|()| None)
    } else {
        journey(demo, &folder, &mut timeline).await.map(Some)
    };
    let deviation = outcome.as_ref().err().map(|error| format!("{error:#}"));
    let ok = deviation.is_none() && timeline.ok();
    if as_json {
        let mut report = json!({ "ok": ok, "steps": timeline.steps });
        if let Some(deviation) = &deviation {
            report["deviation"] = json!(deviation);
        }
        crate::show::say!("{report}");
    } else {
        finish(&timeline, deviation.as_deref(), started.elapsed());
    }
    match outcome {
        Ok(Some(pair)) if demo.keep => keep(pair, as_json),
        _ if demo.folder.is_none() => {
            let _ = std::fs::remove_dir_all(&folder);
        }
        _ => {}
    }
    Ok(ok)
}

async fn journey(demo: &Demo, folder: &std::path::Path, timeline: &mut Timeline) -> Result<Pair> {
    let pair = Pair::start(folder, demo).await?;
    if !timeline.as_json {
        crate::show::say!(
            "Acme sells access circuits, Beta buys some. Two processes, two databases, real HTTP on loopback."
        );
        crate::show::say!("The network behind Acme is simulated; its days pass in seconds.");
    }
    steps::run(&pair, timeline).await?;
    Ok(pair)
}

fn folder(demo: &Demo) -> Result<PathBuf> {
    let folder = match &demo.folder {
        Some(folder) => folder.clone(),
        None => std::env::temp_dir().join(format!("segue-demo-{}", uuid::Uuid::now_v7())),
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok(folder)
}

fn finish(timeline: &Timeline, deviation: Option<&str>, took: Duration) {
    if let Some(deviation) = deviation {
        crate::show::say!("\nThe journey broke off: {deviation}");
    }
    let done = timeline.steps.iter().filter(|step| step.ok).count();
    crate::show::say!(
        "\n{done} of {} steps as they should be, in {:.1} s",
        timeline.steps.len(),
        took.as_secs_f64()
    );
}

/// Leaves both servers running and says how to go on.
fn keep(pair: Pair, as_json: bool) {
    let lines = pair.leave_running();
    let mut err = std::io::stderr();
    let mut out = std::io::stdout();
    let target: &mut dyn Write = if as_json { &mut err } else { &mut out };
    let _ = writeln!(target, "\n{lines}");
}

/// The state a document shows, whatever the standard calls it.
pub fn state_of(document: &Value) -> String {
    let found = document.get("state").or_else(|| document.get("status"));
    found.and_then(Value::as_str).unwrap_or_default().to_owned()
}
