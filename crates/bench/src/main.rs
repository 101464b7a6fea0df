//! `segue-bench`: how fast Segue is, and how close that is to what the machine can do.
//!
//! It builds, starts and stops all it needs: a Seller as a process of its own, set up by its own
//! commands, a private server of PostgreSQL where asked for, and the bare server that is the limit
//! ([`limit`]). Every throughput is told as a share of the limit of the same minute.

use anyhow::Result;
use clap::{Parser, Subcommand};

mod cluster;
mod limit;
mod load;
mod machine;
mod operation;
mod program;
mod run;
mod samples;
mod seller;
mod table;
mod wire;

#[derive(Parser)]
#[command(
    name = "segue-bench",
    about = "Measures Segue beside the limit of the same machine in the same minute",
    after_help = "Examples:\n  cargo run --release -p segue-bench -- run\n  \
                  cargo run --release -p segue-bench -- run --only quote --connections 16 --seconds 5 --json"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Throughput of each operation as a share of its limit, and its percentiles at 70 % load
    Run(run::Setting),
    /// The bare server; `run` starts it
    #[command(hide = true)]
    Limit(limit::Setting),
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    // Nothing else asks for a provider of cryptography first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new()?;
    match cli.command {
        Command::Run(setting) => runtime.block_on(run::run(setting)),
        Command::Limit(setting) => runtime.block_on(limit::run(setting)),
    }
}
