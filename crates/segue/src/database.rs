//! `segue db`: the database as a whole. It is opened here and not by a running server: copies go where
//! the operator may write, and what only reads disturbs nobody.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::Subcommand;
use segue_store::{Database, DatabaseState, Server, StoreError, TableDigest};
use serde_json::{Value, json};

use crate::config::Config;
use crate::show::{self, say};

/// What can be done to a database.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  segue --dir acme db status
  segue --dir acme db backup /backup/acme.sqlite        (while the server runs)
  segue --dir acme db restore /backup/acme.sqlite       (into a database with nothing in it)
  segue --dir acme db copy --to postgres://segue@db.example/acme")]
pub enum Db {
    /// Engine, format, size, rows of each table
    Status,
    /// Look for damages and for rows that do not go together; ends with 1 when there are any
    Check,
    /// Copy everything into a new file, as it is at one instant, and compare; a server may run
    Backup {
        /// File to make
        file: PathBuf,
    },
    /// Copy a backup into a database with nothing in it, and compare; no server may run
    Restore {
        /// File that `segue db backup` made
        file: PathBuf,
    },
    /// Bring the format up to that of this program (as every start does)
    Migrate,
    /// Copy everything into a database on a server, with nothing in it, and compare; no server may run
    Copy {
        /// Address of the database to copy to: postgres://USER:PASSWORD@HOST:PORT/NAME
        #[arg(long, value_name = "ADDRESS", env = "SEGUE_COPY_TO", hide_env_values = true)]
        to: String,
        /// PEM file with the only certificates that may vouch for that server
        #[arg(long, value_name = "FILE")]
        root: Vec<PathBuf>,
        /// Take a server that may lose what it has acknowledged (labs only)
        #[arg(long)]
        r#unsafe: bool,
    },
}

/// Does it; whether all is well.
pub fn run(folder: &Path, action: &Db, as_json: bool) -> Result<bool> {
    let config = Config::read(folder, std::env::vars())?;
    let database = Database::new(&folder.join(&config.data), config.server(folder)?);
    let answer = done(&database, action).map_err(|error| told(&error))?;
    let text = if as_json {
        answer.to_string()
    } else {
        show::draw(&answer)
    };
    say!("{}", text.trim_end());
    Ok(answer["ok"] == true)
}

fn done(database: &Database, action: &Db) -> Result<Value, StoreError> {
    match action {
        Db::Status => database.state().map(|state| status(&state)),
        Db::Check => {
            let found = database.check()?;
            Ok(json!({ "ok": found.is_empty(), "damages": found }))
        }
        Db::Backup { file } => {
            let copied = database.backup(file)?;
            Ok(tables(&copied, &format!("{} is a whole copy", file.display())))
        }
        Db::Restore { file } => {
            let copied = database.restore(file)?;
            Ok(tables(&copied, "restored; it opens with the master key of then"))
        }
        Db::Migrate => {
            let (before, now) = database.migrate()?;
            Ok(json!({ "ok": true, "formatBefore": before, "format": now }))
        }
        Db::Copy { to, root, r#unsafe } => {
            let server = Server::parse(to)?.with_roots(root.clone());
            let server = if *r#unsafe { server.that_may_be_unsafe() } else { server };
            let copied = database.copy_to(&server)?;
            let next = format!("copied; now say database = \"{server}\" in segue.toml, or SEGUE__DATABASE");
            Ok(tables(&copied, &next))
        }
    }
}

fn status(state: &DatabaseState) -> Value {
    let row = |(name, rows): &(String, u64)| json!({ "table": name, "rows": rows });
    json!({
        "ok": state.format <= state.newest,
        "engine": state.engine,
        "format": state.format,
        "newestFormat": state.newest,
        "bytes": state.bytes,
        "tables": state.tables.iter().map(row).collect::<Vec<_>>(),
    })
}

fn tables(copied: &[TableDigest], done: &str) -> Value {
    let row = |table: &TableDigest| json!({ "table": table.name, "rows": table.rows, "sha256": table.digest });
    json!({ "ok": true, "done": done, "tables": copied.iter().map(row).collect::<Vec<_>>() })
}

fn told(error: &StoreError) -> anyhow::Error {
    let next = match (error, error.advice()) {
        (_, Some(advice)) => format!("; {advice}"),
        (StoreError::NotEmpty, None) => "; move data/segue.sqlite away, or make a new database".to_owned(),
        (_, None) => String::new(),
    };
    anyhow!("{error}{next}")
}
