//! What the figures were made on: without it they mean nothing.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;

/// Written and flushed: a page, as a database writes it.
const PAGE: [u8; 4_096] = [7; 4_096];
/// Long enough to see the disk as it is in this minute.
const FLUSHING: Duration = Duration::from_millis(1_500);

/// The machine, as it is now.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Name of the processor.
    pub processor: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Version of the compiler that is installed here.
    pub rustc: String,
    /// Version of the kernel.
    pub kernel: String,
    /// How often a second the disk keeps one page, one after the other.
    pub fdatasync_per_second: f64,
}

impl Machine {
    /// Looks, and measures the disk of `folder`.
    pub fn look(folder: &Path) -> Result<Self> {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let named = processors.lines().find(|line| line.starts_with("model name"));
        Ok(Self {
            processor: named
                .and_then(|line| line.split_once(": "))
                .map_or("unknown", |(_, name)| name)
                .to_owned(),
            cores: std::thread::available_parallelism()?.get(),
            rustc: said("rustc", "--version"),
            kernel: said("uname", "-r"),
            fdatasync_per_second: flushes(folder)?,
        })
    }
}

fn said(program: &str, word: &str) -> String {
    let output = Command::new(program).arg(word).output();
    output.map_or("unknown".into(), |output| {
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    })
}

/// How often a second a page is durable in `folder`. It is overwritten in place, as a log that was
/// folded in is: a file that grows costs more.
pub fn flushes(folder: &Path) -> Result<f64> {
    let path = folder.join("page");
    let flushing = || format!("flushing {}", path.display());
    let mut file = fs::File::create(&path).with_context(flushing)?;
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed() < FLUSHING {
        file.seek(SeekFrom::Start(0)).with_context(flushing)?;
        file.write_all(&PAGE).with_context(flushing)?;
        file.sync_data().with_context(flushing)?;
        count += 1;
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    fs::remove_file(&path).with_context(flushing)?;
    Ok(rate)
}

/// A figure of `/proc/PID/status` in MB: `VmHWM` (the most it ever had) or `VmRSS`.
pub fn memory_mb(pid: u32, name: &str) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let line = status.lines().find(|line| line.starts_with(name));
    let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    Ok(kb.with_context(|| format!("{path} has no {name}"))? / 1024.0)
}
