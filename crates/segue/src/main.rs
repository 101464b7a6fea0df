//! `segue`: the program.

mod admin;
mod app;
mod cli;
mod command;
mod config;
mod demo;
mod documents;
mod init;
mod product_files;
mod serve;
mod show;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser};
use serde_json::Value;

use crate::app::App;
use crate::cli::{Action, Cli};
use crate::command::{Command, CommandError};
use crate::config::{Config, Log};

fn main() -> ExitCode {
    let cli = Cli::parse_from(cli::spelled(std::env::args_os()));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            show::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked; false when it was done but the answer is "no".
async fn run(cli: Cli) -> Result<bool> {
    match cli.action {
        Action::Init(init) => init::run(&cli.dir, &init).await.map(|text| {
            crate::show::say!("{text}");
            true
        }),
        Action::Serve { sabotage } => serve_here(&cli.dir, sabotage).await.map(|()| true),
        Action::Demo(demo) => demo::run(&demo, cli.json).await,
        // What is sold stands in the store; all else needs no installation.
        Action::Openapi(openapi) if !openapi.offering.is_empty() => {
            let command = Command::Book(openapi.bound());
            ask(&cli.dir, &command, cli.json).await.map(|()| true)
        }
        Action::Openapi(openapi) => documents::run(&openapi, cli.json),
        Action::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "segue", &mut text);
            std::io::stdout().write_all(&text)?;
            Ok(true)
        }
        Action::Store(command) => ask(&cli.dir, &command, cli.json).await.map(|()| true),
    }
}

async fn serve_here(folder: &Path, sabotage: bool) -> Result<()> {
    let config = Config::read(folder, std::env::vars())?;
    start_log(&config.log);
    let rules = if sabotage {
        demo::sabotage::rules
    } else {
        segue_model::api::rules
    };
    let app = Arc::new(App::open(folder, config, rules)?);
    let public = app.config.public_url.clone();
    serve::serve(Arc::clone(&app), folder, |address| {
        crate::show::say!(
            "segue {} serves on {address} (reached as {public}); Ctrl-C stops it",
            env!("CARGO_PKG_VERSION")
        );
        let _ = std::io::stdout().flush();
    })
    .await
}

/// Runs a command in the server that holds the store, or here when none does.
async fn ask(folder: &Path, command: &Command, as_json: bool) -> Result<()> {
    if let Some(answer) = command::without_store(command, folder) {
        show::answer(command, &answer?, as_json);
        return Ok(());
    }
    let config = Config::read(folder, std::env::vars())?;
    let bar = show::Progress::new(as_json);
    let progress = |value: Value| bar.tell(&value);
    let data = folder.join(&config.data);
    let answer = match admin::ask(&data, command, &progress).await {
        Some(answer) => answer,
        None => {
            start_log(&Log {
                level: "warn".into(),
                ..config.log.clone()
            });
            let app = App::open_standard(folder, config)?;
            command::run(&app, command.clone(), &progress).await
        }
    };
    bar.end();
    let answer: Value = answer.map_err(|error: CommandError| anyhow::Error::new(error))?;
    if let Command::Tender(action) = command {
        show::tender::write(action, &answer).context("cannot write the table; `segue tender show` has it")?;
    }
    show::answer(command, &answer, as_json);
    Ok(())
}

fn start_log(log: &Log) {
    let filter = tracing_subscriber::EnvFilter::try_new(&log.level)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let base = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second start in one process (a command after another) changes nothing.
    let _ = if log.format == "json" {
        base.json().flatten_event(true).try_init()
    } else {
        base.with_ansi(std::io::stderr().is_terminal()).try_init()
    };
}
