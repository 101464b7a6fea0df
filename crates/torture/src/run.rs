//! What all parts of one run share: its folder, its clock, its log of faults.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// The two Buyers of a run.
pub const TENANTS: [&str; 2] = ["gamma", "delta"];

/// Microseconds since the start of the run, the same for all records of it.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// Begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Now.
    pub fn now(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Whether a line must be on the disk before anything else is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// It is.
    Now,
    /// With the next one that is.
    Later,
}

/// A file that grows by lines of JSON and is never written again.
pub struct Log(Mutex<File>);

impl Log {
    /// In `folder`.
    pub fn open(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(name);
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.with_context(|| format!("opening {}", path.display()))?;
        Ok(Self(Mutex::new(file)))
    }

    /// Adds one line.
    pub fn add(&self, line: &Value, sync: Sync) -> Result<()> {
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(format!("{line}\n").as_bytes())
            .context("writing a log")?;
        if sync == Sync::Now {
            tokio::task::block_in_place(|| file.sync_data()).context("syncing the ledger")?;
        }
        Ok(())
    }
}

/// All lines of all files of `folder` whose names begin with `prefix`. The last line of a file may
/// be torn: it is left out.
pub fn lines(folder: &Path, prefix: &str) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(prefix))
        })
        .collect();
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        found.extend(text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()));
    }
    Ok(found)
}

/// The log of faults, and what is told while a run goes on.
pub struct Faults {
    log: Log,
    clock: Clock,
}

impl Faults {
    /// In `folder`.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self> {
        Ok(Self {
            log: Log::open(folder, "faults.jsonl")?,
            clock,
        })
    }

    /// A fault that lasted from `since` until now.
    pub fn add(&self, name: &str, since: u64, more: &Value) -> Result<()> {
        let line = json!({ "fault": name, "from": since, "to": self.clock.now(), "more": more });
        self.log.add(&line, Sync::Later)
    }
}
