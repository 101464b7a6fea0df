//! What measurements share: times in order, the flush of a row beside them, memory of a process,
//! and a table of figures with their targets, for people and for programs.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

/// Written and flushed for the baseline: a page, as a database writes it.
const ROW: [u8; 4_096] = [7; 4_096];

/// Middle and 99th of a hundred.
pub struct Spread {
    pub p50: Duration,
    pub p99: Duration,
}

impl Spread {
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self {
            p50: times[times.len() / 2],
            p99: times[times.len() * 99 / 100],
        }
    }
}

pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How long the disk of `folder` needs to keep one row, so many times.
pub fn flushes(folder: &Path, count: u64) -> Vec<Duration> {
    let mut file = std::fs::File::create(folder.join("row")).unwrap();
    let flush = |_| {
        let since = Instant::now();
        file.write_all(&ROW).unwrap();
        file.sync_data().unwrap();
        since.elapsed()
    };
    (0..count).map(flush).collect()
}

/// A figure of `/proc/PID/status` in MB: `VmHWM` (the most it ever had), `VmRSS`.
pub fn memory_mb(pid: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kb: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kb / 1024.0
}

/// What was measured, line by line.
#[derive(Default)]
pub struct Figures {
    rows: Vec<(String, f64, &'static str, Option<f64>)>,
}

impl Figures {
    pub fn told(&mut self, what: &str, value: f64, unit: &'static str) {
        eprintln!("{what}: {value:.3} {unit}");
        self.rows.push((what.to_owned(), value, unit, None));
    }

    /// One that has to stay below `limit`.
    pub fn below(&mut self, (what, limit): (&str, f64), value: f64, unit: &'static str) {
        eprintln!("{what}: {value:.3} {unit}");
        self.rows.push((what.to_owned(), value, unit, Some(limit)));
    }

    /// Prints the table and one line of JSON; fails where a target is missed.
    #[track_caller]
    pub fn end(&self) {
        let mut all = Map::new();
        let mut missed = Vec::new();
        for (what, value, unit, limit) in &self.rows {
            let verdict = match limit {
                None => String::new(),
                Some(limit) if value < limit => format!("  kept: below {limit}"),
                Some(limit) => {
                    missed.push(what.as_str());
                    format!("  MISSED: wanted below {limit}")
                }
            };
            println!("{what:<44} {value:>10.1} {unit:<4}{verdict}");
            let rounded = (value * 100.0).round() / 100.0;
            all.insert(what.clone(), json!({ "value": rounded, "unit": unit, "below": limit }));
        }
        println!("{}", json!({ "figures": Value::Object(all), "missed": missed }));
        assert!(missed.is_empty(), "missed: {missed:?}");
    }
}
