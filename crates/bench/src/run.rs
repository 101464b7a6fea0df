//! `run`: each operation against the Seller and, in the same minute, against its limit.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use tempfile::TempDir;

use crate::cluster::Cluster;
use crate::load::{Asks, Load, Outcome, Pace};
use crate::machine::{Machine, memory_mb};
use crate::operation::{Filled, Operation, bare, fill_bare};
use crate::seller::{Certificate, Running, Seller, free_address};
use crate::wire::{Ask, Target, Wire};
use crate::{program, table};

/// Share of the most that percentiles are taken at.
const LOADED: f64 = 0.7;
/// Quotes made beforehand for each second in which they are ordered.
const ORDERS_PER_SECOND: f64 = 150.0;
/// Requests that tell how many bytes one keeps.
const WEIGHED: u64 = 300;

/// What is measured, on what.
#[derive(Args)]
pub struct Setting {
    /// Engines of the store
    #[arg(long, value_enum, default_value = "sqlite")]
    engine: Engines,
    /// Connections at a time, one run for each
    #[arg(long, value_delimiter = ',', default_value = "1,16,128")]
    connections: Vec<usize>,
    /// Seconds of each measurement; each operation has three for each number of connections
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Only these operations
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Operation>,
    /// Measure this program instead of the one that is built from here
    #[arg(long)]
    program: Option<PathBuf>,
    /// Where databases are made; its disk is the one that is measured
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Setting {
    fn operations(&self) -> Vec<Operation> {
        let all = Operation::value_variants().iter().copied();
        all.filter(|operation| self.only.is_empty() || self.only.contains(operation))
            .collect()
    }

    /// Quotes that have to be there to be ordered. A Seller that is faster ends its turn sooner.
    fn orders(&self) -> u64 {
        if !self.operations().contains(&Operation::Order) {
            return 0;
        }
        let seconds = 2.0 * self.seconds * self.connections.len() as f64;
        WEIGHED + (seconds * ORDERS_PER_SECOND) as u64
    }
}

/// Which engines.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engines {
    Sqlite,
    Postgres,
    Both,
}

/// One operation at one number of connections.
#[derive(Serialize)]
pub struct Row {
    /// `sqlite`, `postgres`
    pub engine: &'static str,
    /// Its name.
    pub operation: &'static str,
    /// At a time.
    pub connections: usize,
    /// The most the Seller does.
    pub most: Outcome,
    /// The most the bare server does.
    pub limit: Outcome,
    /// One by the other.
    pub share: f64,
    /// At 70 % of the most, counted from when each request was to begin.
    pub loaded: Outcome,
    /// Bytes that the database grew by each request.
    pub stored_bytes: usize,
}

/// All that was measured.
#[derive(Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// What.
    pub rows: Vec<Row>,
    /// Resident memory of the Seller at most, by engine, in MB, and the quotes it had made by then.
    pub memory_mb: Vec<(&'static str, f64, u64)>,
    /// What was left out, and why.
    pub skipped: Vec<String>,
}

/// Measures and tells.
pub async fn run(setting: Setting) -> Result<()> {
    if setting.connections.contains(&0) {
        bail!("--connections needs numbers above 0, such as 1,16,128");
    }
    if !setting.seconds.is_finite() || setting.seconds <= 0.0 {
        bail!("--seconds needs a number above 0, such as 5");
    }
    let program = program::find(setting.program.as_deref())?;
    let folder = match &setting.folder {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    }?;
    let mut report = Report {
        machine: Machine::look(folder.path())?,
        rows: Vec::new(),
        memory_mb: Vec::new(),
        skipped: Vec::new(),
    };
    if setting.engine != Engines::Postgres {
        let bench = Bench::start(&setting, (&program, &folder), None).await?;
        bench.all(&setting, &mut report).await?;
    }
    if setting.engine != Engines::Sqlite {
        let at = folder.path().join("postgres");
        // Not on a thread that may end: the server would end with it.
        match tokio::task::block_in_place(|| Cluster::start(&at))? {
            Some(cluster) => {
                let bench = Bench::start(&setting, (&program, &folder), Some(cluster)).await?;
                bench.all(&setting, &mut report).await?;
            }
            None => report
                .skipped
                .push("PostgreSQL: no programs under /usr/lib/postgresql (apt-get install postgresql)".into()),
        }
    }
    if setting.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        table::show(&report);
    }
    Ok(())
}

/// A Seller on one engine, with what it is compared to.
struct Bench {
    engine: &'static str,
    folder: PathBuf,
    certificate: Certificate,
    seller: Seller,
    filled: Filled,
    cluster: Option<Cluster>,
}

impl Bench {
    async fn start(setting: &Setting, (program, parent): (&Path, &TempDir), cluster: Option<Cluster>) -> Result<Self> {
        let engine = if cluster.is_some() { "postgres" } else { "sqlite" };
        let folder = parent.path().join(format!("{engine}-run"));
        std::fs::create_dir_all(&folder)?;
        let certificate = Certificate::make(&folder)?;
        let (seller, cluster) = tokio::task::block_in_place(|| -> Result<_> {
            let database = cluster
                .as_ref()
                .map_or(Ok(String::new()), |cluster| cluster.database("acme"))?;
            Ok((Seller::start(program, &folder, &certificate, &database)?, cluster))
        })?;
        Ok(Self {
            engine,
            filled: Filled::fill(&seller, setting.orders()).await?,
            folder,
            certificate,
            seller,
            cluster,
        })
    }

    async fn all(&self, setting: &Setting, report: &mut Report) -> Result<()> {
        let time = Duration::from_secs_f64(setting.seconds);
        let mut asked = 0;
        for operation in setting.operations() {
            let asks = self.filled.asks(operation);
            let limit = self.weigh(operation, &asks).await?;
            for &connections in &setting.connections {
                eprintln!("{}: {}, {connections} connections", self.engine, operation.name());
                let row = self.measure((operation, &asks), &limit, (connections, time)).await?;
                asked += row.most.answered + row.loaded.answered;
                report.rows.push(row);
            }
        }
        let mb = memory_mb(self.seller.pid(), "VmHWM")?;
        report.memory_mb.push((self.engine, mb, asked));
        Ok(())
    }

    async fn measure(
        &self,
        (operation, asks): (Operation, &Asks),
        limit: &Limit,
        (connections, time): (usize, Duration),
    ) -> Result<Row> {
        let load = Load {
            target: self.seller.target().await?,
            asks: asks.clone(),
            wanted: operation.wanted(),
            says: operation.says(),
            connections,
        };
        let most = load.run(Pace::Closed, time).await?;
        let bare = Load {
            target: limit.target.clone(),
            asks: bare(&limit.sample),
            wanted: limit.wanted(operation),
            says: None,
            connections,
        };
        let limited = bare.run(Pace::Closed, time).await?;
        let loaded = load.run(Pace::Open(most.per_second * LOADED), time).await?;
        Ok(Row {
            engine: self.engine,
            operation: operation.name(),
            connections,
            share: most.per_second / limited.per_second,
            most,
            limit: limited,
            loaded,
            stored_bytes: limit.stored,
        })
    }

    /// Finds out what one request keeps and answers, and starts the bare server that does as much.
    async fn weigh(&self, operation: Operation, asks: &Asks) -> Result<Limit> {
        let target = self.seller.target().await?;
        let mut wire = Wire::connect(&target).await?;
        let before = self.bytes()?;
        let mut answered = 0;
        let mut sample = None;
        for number in 0..WEIGHED {
            let ask = asks(number).context("too few requests")?;
            sample.get_or_insert_with(|| ask.clone());
            let answer = wire.ask(ask).await?;
            if answer.status != operation.wanted() {
                bail!(
                    "{}: {} {}",
                    operation.name(),
                    answer.status,
                    String::from_utf8_lossy(&answer.body)
                );
            }
            answered += answer.body.len();
        }
        let sample = sample.context("nothing to ask")?;
        let reads = sample.method == "GET";
        let stored = if reads {
            0
        } else {
            (self.bytes()? - before) / WEIGHED as usize
        };
        let limit = self.limit(
            (operation, sample),
            (stored, answered / WEIGHED as usize, target.token.len()),
        )?;
        if reads {
            fill_bare(&limit.target).await?;
        }
        Ok(limit)
    }

    fn limit(
        &self,
        (operation, sample): (Operation, Ask),
        (stored, answer, token): (usize, usize, usize),
    ) -> Result<Limit> {
        let name = format!("limit_{operation:?}").to_lowercase();
        let database = match &self.cluster {
            Some(cluster) => tokio::task::block_in_place(|| cluster.database(&name))?,
            None => self.folder.join(format!("{name}.db")).display().to_string(),
        };
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["limit", "--listen", &address.to_string(), "--database", &database]);
        command
            .arg("--certificate")
            .arg(&self.certificate.file)
            .arg("--key")
            .arg(&self.certificate.key);
        // What a read finds has to be there first.
        let kept = if stored == 0 { answer } else { stored };
        let kept = if operation.keeps_nothing() { 0 } else { kept };
        command.args(["--stored", &kept.to_string(), "--answer", &answer.to_string()]);
        command.args(["--token", &token.to_string()]);
        let (process, token) = Running::start(&mut command)?;
        Ok(Limit {
            target: Target::new(address, &self.certificate.der)?.with_token(token),
            sample,
            stored,
            _process: process,
        })
    }

    /// Bytes of the database.
    fn bytes(&self) -> Result<usize> {
        if let Some(cluster) = &self.cluster {
            return tokio::task::block_in_place(|| cluster.bytes("acme"));
        }
        let path = self.folder.join("acme/data/segue.sqlite");
        let db = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .with_context(|| format!("opening {}", path.display()))?;
        let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let size: i64 = db.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        Ok(usize::try_from(pages * size)?)
    }
}

/// The bare server of one operation.
struct Limit {
    target: Target,
    /// One request to the Seller.
    sample: Ask,
    stored: usize,
    _process: Running,
}

impl Limit {
    /// Status of its right answers: that of the operation, but for a POST that keeps nothing.
    fn wanted(&self, operation: Operation) -> u16 {
        if operation.keeps_nothing() {
            200
        } else {
            operation.wanted()
        }
    }
}
