//! Developer commands: what CI asks beside the compiler, the linter and the tests.

mod addresses;
mod layers;
mod licences;
mod requirements;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use serde_json::Value;

use requirements::Detail;

/// Developer commands of Segue.
#[derive(Parser)]
#[command(name = "xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Make addresses that look real, spoil some, and measure how well they are found
    Addresses(addresses::Addresses),
    /// Check that crates depend on each other in one direction only
    Layers,
    /// Check that the licence of every dependency is one we may ship
    Licences,
    /// Print every numbered requirement with the test that shows it
    Requirements {
        /// Only how many of each guide are shown
        #[arg(long)]
        totals: bool,
        /// Only this guide (`122.1`)
        #[arg(long)]
        guide: Option<String>,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().task {
        Task::Addresses(addresses) => addresses.run(),
        Task::Layers => report(
            &[
                layers::faults(&metadata(&["--no-deps"])?)?,
                layers::tester_faults(&root())?,
            ]
            .concat(),
            "crates depend in one direction",
        ),
        Task::Licences => report(&licences::faults(&all_metadata()?)?, "every licence may be shipped"),
        Task::Requirements { totals, guide } => {
            let table = requirements::Table::read(&root())?;
            let detail = if totals { Detail::Totals } else { Detail::Rows };
            let printed = table.print(guide.as_deref(), detail);
            std::io::stdout().write_all(printed.as_bytes()).context("printing")?;
            report(&table.faults(&root()), "every named test exists")
        }
    }
}

/// Prints faults and fails, or says that all is well.
fn report(faults: &[String], well: &str) -> Result<()> {
    if faults.is_empty() {
        println!("{well}");
        return Ok(());
    }
    for fault in faults {
        eprintln!("{fault}");
    }
    bail!("{} faults", faults.len())
}

/// The workspace.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// `cargo metadata` with dependencies, of this machine's platform: those of other platforms need
/// not be on this disk. Without the network when that works.
fn all_metadata() -> Result<Value> {
    let version = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("asking rustc for its host")?;
    let version = String::from_utf8(version.stdout).context("reading what rustc says")?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc names no host")?;
    let platform = ["--locked", "--filter-platform", host];
    metadata(&[&platform[..], &["--offline"]].concat()).or_else(|_| metadata(&platform))
}

fn metadata(arguments: &[&str]) -> Result<Value> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root())
        .args(["metadata", "--format-version", "1"])
        .args(arguments);
    let output = cargo.output().context("running cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("reading cargo metadata")
}
