//! `segue`: the program.

mod admin;
mod app;
mod book_folder;
mod certify;
mod cli;
mod command;
mod config;
mod database;
mod demo;
mod documents;
mod emulate;
mod figures;
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
use crate::command::{Buy, Command, CommandError};
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
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::No) => ExitCode::FAILURE,
        Ok(Ended::Otherwise) => ExitCode::from(OTHERWISE),
        Err(error) => {
            show::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Exit code when what was followed ended otherwise than wanted: 1 is an error, 2 a wrong word.
const OTHERWISE: u8 = 3;

/// How a command ended that could be done.
enum Ended {
    /// As it was wanted.
    Well,
    /// The answer is "no".
    No,
    /// What was followed failed or was refused.
    Otherwise,
}

impl From<bool> for Ended {
    fn from(well: bool) -> Self {
        if well { Self::Well } else { Self::No }
    }
}

/// Does what was asked.
async fn run(cli: Cli) -> Result<Ended> {
    match cli.action {
        Action::Init(init) => init::run(&cli.dir, &init, std::env::vars()).await.map(|text| {
            crate::show::say!("{text}");
            Ended::Well
        }),
        Action::Serve { sabotage } => serve_here(&cli.dir, sabotage).await.map(|()| Ended::Well),
        Action::Demo(demo) => demo::run(&demo, cli.json).await.map(Ended::from),
        // What is sold stands in the store; all else needs no installation.
        Action::Openapi(openapi) if !openapi.offering.is_empty() => {
            let command = Command::Book(openapi.bound());
            ask(&cli.dir, &command, cli.json).await
        }
        Action::Openapi(openapi) => documents::run(&openapi, cli.json).map(Ended::from),
        Action::Certify(certify::Certify::Profile(wanted)) => {
            let command = wanted.command(&cli.dir)?;
            ask(&cli.dir, &command, cli.json).await
        }
        Action::Certify(action) => certify::run(action, cli.json).await.map(Ended::from),
        Action::Db(action) => database::run(&cli.dir, &action, cli.json).map(Ended::from),
        Action::Emulate(wanted) => {
            start_log(&Log {
                level: std::env::var("SEGUE__LOG__LEVEL").unwrap_or_else(|_| "error".into()),
                ..Log::default()
            });
            emulate::run(*wanted, cli.json).await.map(Ended::from)
        }
        Action::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "segue", &mut text);
            std::io::stdout().write_all(&text)?;
            Ok(Ended::Well)
        }
        Action::Store(command) => ask(&cli.dir, &command, cli.json).await,
    }
}

async fn serve_here(folder: &Path, sabotage: bool) -> Result<()> {
    let config = Config::read(folder, std::env::vars())?;
    start_log(&config.log);
    let rules: app::RulesOf = if sabotage {
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
async fn ask(folder: &Path, command: &Command, as_json: bool) -> Result<Ended> {
    if let Some(answer) = command::without_store(command, folder) {
        let mut answer = answer?;
        command::beside(command, &mut answer)?;
        show::answer(command, &answer, as_json);
        return Ok(Ended::Well);
    }
    let config = Config::read(folder, std::env::vars())?;
    let follows = matches!(command, Command::Buy(buy) if matches!(**buy, Buy::Track { .. }));
    let bar = show::Progress::new(match (as_json, follows) {
        (false, true) => show::Manner::Board,
        (false, false) => show::Manner::Text,
        (true, true) => show::Manner::Lines,
        (true, false) => show::Manner::Quiet,
    });
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
            let answer = command::run(&app, command.clone(), &progress).await;
            serve::write_counts(&app).await;
            answer
        }
    };
    bar.end();
    let mut answer: Value = answer.map_err(|error: CommandError| anyhow::Error::new(error))?;
    command::beside(command, &mut answer)?;
    if let Command::Tender(action) = command {
        show::tender::write(action, &answer).context("cannot write the table; `segue tender show` has it")?;
    }
    show::answer(command, &answer, as_json);
    if answer["wrong"].as_u64().is_some_and(|wrong| wrong > 0) {
        return Ok(Ended::No);
    }
    let rehearsed = answer["dryRun"] == true;
    Ok(if follows && !rehearsed && !command::is_good(&answer) {
        Ended::Otherwise
    } else {
        Ended::Well
    })
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
