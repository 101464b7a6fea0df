//! `torture`: breaks a Seller that Buyers work with, and shows whether it kept what it promised.
//!
//! It knows HTTP, JSON and the standard. It uses no crate of the product, so that both cannot make
//! the same mistake: the product is a program that it starts, kills and asks.

mod buyer;
mod check;
mod driver;
mod faults;
mod last;
mod listener;
mod ops;
mod planted;
mod proxy;
mod report;
mod run;
mod site;
mod states;
mod torture;
mod wire;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

/// Break a Seller that Buyers work with, and show whether it kept what it promised
#[derive(Parser)]
#[command(name = "torture", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  torture run --minutes 3 --seed 7 --segue target/debug/segue
  torture run --minutes 60 --kills 1000 --seed 1 --json
  torture check /tmp/torture-7-4711     judge once more what a run left behind";

#[derive(Subcommand)]
enum Command {
    /// Start a Seller, let Buyers work with it, break it again and again, judge what is left
    Run(Run),
    /// Show that bugs put in on purpose are found: `cargo build --package segue --features planted`
    Planted {
        /// The program, built with them
        #[arg(long)]
        segue: PathBuf,
        /// Of the first run
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Only this bug
        #[arg(long)]
        only: Option<String>,
        /// Print JSON for machines
        #[arg(long)]
        json: bool,
    },
    /// Judge what a run left behind
    Check {
        /// Its folder.
        folder: PathBuf,
        /// Print JSON for machines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Run {
    /// How long Buyers work
    #[arg(long, default_value_t = 3.0)]
    minutes: f64,
    /// Operations and faults come from it: the same seed, the same plan
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End after so many kills, if that is earlier
    #[arg(long)]
    kills: Option<u64>,
    /// Clients of each of the two Buyers
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// The program to torture
    #[arg(long, default_value = "target/debug/segue")]
    segue: PathBuf,
    /// Where everything is kept [default: a new folder where temporary files go, removed when all was well]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Print JSON for machines
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(run) => torture(&run),
        Command::Planted {
            segue,
            seed,
            only,
            json,
        } => planted(&segue, seed, only.as_deref(), report::form(json)),
        Command::Check { folder, json } => {
            check::folder(&folder).map(|verdict| report::verdict(&verdict, report::form(json)))
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("torture: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn planted(segue: &Path, seed: u64, only: Option<&str>, form: report::Form) -> Result<bool> {
    let folder = torture::new_folder(&std::env::temp_dir(), seed);
    let hunts = planted::hunt(&std::path::absolute(segue)?, (&folder, seed), only)?;
    let is_well = report::hunts(&hunts, form);
    if is_well {
        std::fs::remove_dir_all(&folder)?;
    } else {
        eprintln!("torture: what was not found is in {}", folder.display());
    }
    Ok(is_well)
}

fn torture(run: &Run) -> Result<bool> {
    let temporary = torture::new_folder(&std::env::temp_dir(), run.seed);
    let folder = run.folder.clone().unwrap_or_else(|| temporary.clone());
    let wish = torture::Wish {
        program: std::path::absolute(&run.segue)?,
        folder: std::path::absolute(&folder)?,
        seed: run.seed,
        length: Duration::from_secs_f64(run.minutes * 60.0),
        kills: run.kills,
        clients: run.clients,
        settings: Vec::new(),
        disk_only: false,
        quiet: run.json,
    };
    let report = torture::run(&wish)?;
    let is_well = report::print(&report, report::form(run.json));
    if is_well && run.folder.is_none() {
        std::fs::remove_dir_all(&temporary)?;
    } else {
        eprintln!("torture: everything is in {}", wish.folder.display());
    }
    Ok(is_well)
}
