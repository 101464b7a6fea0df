//! The Seller under torture: an installation made by commands, and the process that serves it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::run::TENANTS;

/// How many times as fast as the wall business runs: a day is four seconds.
pub const SPEED: f64 = 20_000.0;

/// A Seller, its partners and how it is reached.
pub struct Site {
    program: PathBuf,
    /// Its folder.
    pub folder: PathBuf,
    /// HOST:PORT
    pub address: String,
    /// Settings beside `segue.toml`.
    pub settings: Vec<(String, String)>,
    /// Seconds the business clock was moved by.
    moved: Mutex<f64>,
    origin: jiff::Timestamp,
}

impl Site {
    /// Makes an installation whose Buyers listen at `listeners`.
    pub fn new(program: &Path, folder: &Path, database: Option<&str>, listeners: &[String]) -> Result<Self> {
        let origin = jiff::Timestamp::now();
        let site = Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            address: free_address()?,
            settings: database
                .map(|address| ("SEGUE__DATABASE".to_owned(), address.to_owned()))
                .into_iter()
                .collect(),
            moved: Mutex::new(0.0),
            origin,
        };
        let speed = format!("{SPEED}");
        let origin = origin.to_string();
        let mut words = vec!["init", "--id", "acme", "--name", "acme", "--listen", &site.address];
        words.extend(["--clock-speed", &speed, "--clock-origin", &origin]);
        for listener in listeners {
            words.extend(["--open-target", listener]);
        }
        site.command(&words)?;
        Ok(site)
    }

    /// Loads the book and makes both Buyers partners; their client secrets.
    pub fn furnish(&self, listeners: &[String]) -> Result<Vec<String>> {
        let book = self.folder.join("book");
        std::fs::create_dir_all(&book)?;
        std::fs::write(book.join("book.toml"), include_str!("../samples/book.toml"))?;
        std::fs::write(book.join("places.csv"), include_str!("../samples/places.csv"))?;
        self.command(&["book", "load", &book.display().to_string()])?;
        let mut secrets = Vec::new();
        for (name, listener) in TENANTS.iter().zip(listeners) {
            let (url, path) = (format!("http://{listener}"), self.folder.join(format!("{name}.secret")));
            std::fs::write(&path, format!("what-acme-says-to-{name}"))?;
            let (token, path) = (format!("{url}/token"), path.display().to_string());
            let mut words = vec!["partner", "add", name, "--name", name, "--url", &url, "--as", "seller"];
            words.extend(["--issuer", &url, "--token-endpoint", &token, "--secret-file", &path]);
            self.command(&words)?;
            let made = self.command(&["partner", "secret", name])?;
            let secret = made["clientSecret"].as_str().context("no client secret was made")?;
            secrets.push(secret.to_owned());
        }
        Ok(secrets)
    }

    fn moved(&self) -> f64 {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From the next start on the business clock is so many seconds further.
    pub fn shift(&self, seconds: f64) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) += seconds;
    }

    fn program(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SEGUE_")) {
            command.env_remove(name);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        let moved = self.moved();
        if moved != 0.0 {
            let by = jiff::SignedDuration::from_secs_f64(-moved / (SPEED - 1.0));
            command.env("SEGUE__CLOCK__ORIGIN", (self.origin + by).to_string());
        }
        command.arg("--dir").arg(&self.folder).stdin(Stdio::null());
        command
    }

    /// Runs one command to its end; what it prints for machines.
    pub fn command(&self, words: &[&str]) -> Result<Value> {
        let said = self.program().args(words).arg("--json").output();
        let said = said.with_context(|| format!("running {}", self.program.display()))?;
        if !said.status.success() {
            bail!(
                "segue {}: {}",
                words.join(" "),
                String::from_utf8_lossy(&said.stderr).trim()
            );
        }
        Ok(serde_json::from_slice(&said.stdout).unwrap_or(Value::Null))
    }

    /// The business clock of the Seller, as far as it can be known from outside.
    pub fn business_now(&self) -> jiff::Timestamp {
        let passed = jiff::Timestamp::now().duration_since(self.origin).as_secs_f64() * SPEED;
        self.origin + jiff::SignedDuration::from_secs_f64(passed + self.moved())
    }

    /// Starts the process and waits until it serves.
    pub fn serve(&self) -> Result<Server> {
        let log = self.folder.join("serve.log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log)?;
        let since = Instant::now();
        let mut child = self
            .program()
            .arg("serve")
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .context("starting segue serve")?;
        let mut first = String::new();
        let out = child.stdout.take().context("segue serve has no output")?;
        BufReader::new(out).read_line(&mut first)?;
        let server = Server {
            child,
            recovery: since.elapsed(),
        };
        if !first.contains("serves on") {
            bail!("segue serve does not serve: {first}; its log is {}", log.display());
        }
        Ok(server)
    }
}

/// A running `segue serve`, killed when dropped.
pub struct Server {
    child: Child,
    /// From its start until it served.
    pub recovery: Duration,
}

impl Server {
    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// kill -9
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) -> Result<()> {
        signal(name, self.pid())
    }

    /// Whether it has ended by itself.
    pub fn is_dead(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until it has ended; false when it takes longer than `patience`.
    pub fn ends_within(&mut self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if self.is_dead() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to a process of ours.
pub fn signal(name: &str, pid: u32) -> Result<()> {
    let sent = Command::new("kill").args([name, &pid.to_string()]).status()?;
    if !sent.success() {
        bail!("{name} could not be sent to {pid}");
    }
    Ok(())
}

/// HOST:PORT where nobody listens.
pub fn free_address() -> Result<String> {
    static GIVEN: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    // Below the ports that systems give to outgoing connections.
    for _ in 0..2_000 {
        let offset = GIVEN.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + std::process::id().wrapping_mul(67);
        let address = format!("127.0.0.1:{}", 12_000 + offset % 6_000);
        if std::net::TcpListener::bind(&address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no port of 127.0.0.1 is free between 12000 and 18000")
}
