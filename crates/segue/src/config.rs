//! The program's own file, `segue.toml`: addresses, paths and limits. Companies, partners,
//! agreements and books are not in it; they live in the store.
//!
//! Every key can be overridden from the environment: `SEGUE__CLOCK__SPEED=60` sets `clock.speed`.

use std::fmt;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use segue_store::Server;
use serde::{Deserialize, Serialize};

/// Name of the file in the folder of an installation.
pub const FILE: &str = "segue.toml";

/// All settings, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where partners' calls arrive.
    pub listen: SocketAddr,
    /// Scheme, host and port under which partners reach `listen`; no trailing slash.
    pub public_url: String,
    /// Folder of the database and the keys, relative to the file.
    #[serde(default = "data_folder")]
    pub data: PathBuf,
    /// Address of a database of PostgreSQL that holds everything instead of a file in `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Database>,
    /// PEM files with the only certificates that may vouch for that server, relative to the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub database_roots: Vec<PathBuf>,
    /// Takes a server that may lose what it has acknowledged, or one elsewhere without TLS. Shown at
    /// every start.
    #[serde(default, skip_serializing_if = "is_off")]
    pub unsafe_database: bool,
    /// Allows plain HTTP on an address that is not loopback. Shown at every start.
    #[serde(default)]
    pub insecure_http: bool,
    /// Certificate and key; without them plain HTTP is spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// Who may be called.
    #[serde(default)]
    pub outbound: Outbound,
    /// Legacy systems that answer questions; rules of agreements name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connector: Vec<Connector>,
    /// How much a partner gets at once.
    #[serde(default)]
    pub limits: Limits,
    /// The business clock.
    #[serde(default)]
    pub clock: Clock,
    /// What is written to standard error.
    #[serde(default)]
    pub log: Log,
}

/// An address with, maybe, a password: nothing prints it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Database(String);

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database(..)")
    }
}

impl From<String> for Database {
    fn from(address: String) -> Self {
        Self(address)
    }
}

/// Paths of PEM files, relative to the configuration file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// Exceptions of the outbound guard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    /// `HOST:PORT` targets that may be loopback, private or plain HTTP: labs and demos.
    #[serde(default)]
    pub open: Vec<String>,
    /// Ports that may be called beside 443.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    /// PEM files with further root certificates.
    #[serde(default)]
    pub roots: Vec<PathBuf>,
}

/// A legacy system that is asked over HTTP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// As rules of agreements name it.
    pub name: String,
    /// Where questions are posted.
    pub url: String,
    /// File with the bearer token it expects, relative to the configuration file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// How long it may take to answer, 1 to 30.
    #[serde(default = "ten")]
    pub deadline_seconds: u64,
}

fn ten() -> u64 {
    10
}

/// How much a partner gets at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Lists with more matches are refused with 422 `tooManyRecords` instead of paged.
    #[serde(default = "list_max")]
    pub list_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { list_max: list_max() }
    }
}

/// A hundred of the longest pages: more than a partner reads to look something up, and what a
/// whole copy of a large inventory takes.
fn list_max() -> u64 {
    100_000
}

/// The business clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// How many times as fast as the wall it runs. More than 1 is for demos and tests only.
    pub speed: f64,
    /// When a fast clock agreed with the wall. Installations with one origin and one speed agree
    /// on business time, and a restart does not turn it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<jiff::Timestamp>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            speed: 1.0,
            origin: None,
        }
    }
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`.
    #[serde(default = "text_format")]
    pub format: String,
    /// Filter in the form of `tracing-subscriber`: `info`, `segue_seller=debug,info`.
    #[serde(default = "info_level")]
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: text_format(),
            level: info_level(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_off(flag: &bool) -> bool {
    !flag
}

fn data_folder() -> PathBuf {
    PathBuf::from("data")
}

fn text_format() -> String {
    "text".into()
}

fn info_level() -> String {
    "info".into()
}

impl Config {
    /// Reads `segue.toml` in `folder`, lays the environment over it, and checks the whole.
    pub fn read(folder: &Path, environment: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}; run `segue init --dir {}` first, or name the folder with --dir",
                path.display(),
                folder.display()
            )
        })?;
        let told = || format!("in {}", path.display());
        refuse_open(&path, &read_table(&text).with_context(told)?)?;
        Self::parse(&text, environment).with_context(told)
    }

    /// Whether `folder` is an installation.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// Like [`Config::read`], from text.
    pub fn parse(text: &str, environment: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut table = read_table(text)?;
        for (name, value) in environment {
            if let Some(keys) = name.strip_prefix("SEGUE__") {
                overlay(&mut table, keys, &value)?;
            }
        }
        let config: Self = Self::deserialize(toml::Value::Table(table))?;
        config.check()?;
        Ok(config)
    }

    /// The server that holds everything, if one does. `folder` is that of the configuration.
    pub fn server(&self, folder: &Path) -> Result<Option<Server>> {
        let Some(Database(address)) = &self.database else {
            return Ok(None);
        };
        let server = Server::parse(address).context("database")?;
        let roots = self.database_roots.iter().map(|root| folder.join(root)).collect();
        let server = server.with_roots(roots);
        Ok(Some(if self.unsafe_database {
            server.that_may_be_unsafe()
        } else {
            server
        }))
    }

    fn check(&self) -> Result<()> {
        self.server(Path::new(""))?;
        let tls = self.tls.is_some();
        if !self.listen.ip().is_loopback() && !tls && !self.insecure_http {
            bail!(
                "listen = \"{}\" is not loopback: that needs [tls] certificate and key in segue.toml, or insecure_http = true (so `segue init` takes loopback only)",
                self.listen
            );
        }
        let plain = self.public_url.starts_with("http://");
        if !plain && !self.public_url.starts_with("https://") {
            bail!(
                "public_url must start with https:// (or http:// on loopback), not {:?}",
                self.public_url
            );
        }
        if self.public_url.ends_with('/') || self.public_url.contains('?') {
            bail!(
                "public_url must have no trailing slash and no query: {:?}",
                self.public_url
            );
        }
        if !(self.clock.speed >= 1.0 && self.clock.speed <= 1_000_000.0) {
            bail!("clock.speed must be between 1 and 1000000, not {}", self.clock.speed);
        }
        if self.clock.speed > 1.0 && self.clock.origin.is_none() {
            bail!(
                "clock.speed = {} needs clock.origin: the time (RFC 3339) at which the fast clock agreed with the wall",
                self.clock.speed
            );
        }
        if self.limits.list_max == 0 {
            bail!("limits.list_max must be at least 1: with 0 every list is refused");
        }
        for (index, connector) in self.connector.iter().enumerate() {
            let name = &connector.name;
            if name.is_empty() || self.connector[..index].iter().any(|other| other.name == *name) {
                bail!(
                    "[[connector]] {}: give it a name that no other has, not {name:?}",
                    index + 1
                );
            }
            if !(1..=30).contains(&connector.deadline_seconds) {
                bail!(
                    "connector {name}: deadline_seconds must be between 1 and 30, not {}",
                    connector.deadline_seconds
                );
            }
        }
        if !matches!(self.log.format.as_str(), "text" | "json") {
            bail!("log.format must be text or json, not {:?}", self.log.format);
        }
        tracing_subscriber::EnvFilter::try_new(&self.log.level).with_context(|| {
            format!(
                "log.level {:?} is no filter; write info, or segue_seller=debug,info",
                self.log.level
            )
        })?;
        Ok(())
    }
}

/// What is wrong is shown with its line, unless that has a password in it.
fn read_table(text: &str) -> Result<toml::Table> {
    toml::from_str(text).map_err(|error| {
        let shown = error.to_string();
        if !shown.contains("://") {
            return anyhow!(shown);
        }
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        anyhow!("line {line}: {}", error.message())
    })
}

/// A file with a password in it is for nobody else.
fn refuse_open(path: &Path, file: &toml::Table) -> Result<()> {
    let address = file.get("database").and_then(toml::Value::as_str);
    let server = address.and_then(|address| Server::parse(address).ok());
    let mode = std::fs::metadata(path)?.permissions().mode();
    if server.is_some_and(|server| server.has_password()) && mode & 0o077 != 0 {
        bail!(
            "{path} holds the password of the database and is open to others; run: chmod 600 {path}",
            path = path.display()
        );
    }
    Ok(())
}

/// Sets `CLOCK__SPEED` to a value read as TOML, or as text where it is not TOML.
fn overlay(table: &mut toml::Table, keys: &str, value: &str) -> Result<()> {
    let path: Vec<String> = keys.split("__").map(str::to_lowercase).collect();
    let Some((last, parents)) = path.split_last() else {
        return Ok(());
    };
    let mut at = table;
    for key in parents {
        let next = at
            .entry(key.clone())
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        at = next
            .as_table_mut()
            .with_context(|| format!("SEGUE__{keys}: {key} is not a section"))?;
    }
    let parsed = format!("v = {value}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut one| one.remove("v"));
    at.insert(
        last.clone(),
        parsed.unwrap_or_else(|| toml::Value::String(value.to_owned())),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "listen = \"127.0.0.1:8080\"\npublic_url = \"http://127.0.0.1:8080\"\n";

    #[test]
    fn the_environment_lies_over_the_file() {
        let environment = [
            ("SEGUE__CLOCK__SPEED".to_owned(), "60".to_owned()),
            ("SEGUE__CLOCK__ORIGIN".to_owned(), "2026-11-25T08:00:00Z".to_owned()),
            ("HOME".to_owned(), "/".to_owned()),
        ];
        let config = Config::parse(SMALL, environment.into_iter()).unwrap();
        assert_eq!(config.clock.speed, 60.0);
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let error = Config::parse(text, std::iter::empty()).unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    }

    #[test]
    fn a_fast_clock_needs_its_origin() {
        check_refused(&format!("{SMALL}[clock]\nspeed = 60.0\n"), "clock.origin");
    }

    #[test]
    fn plain_http_beyond_loopback_needs_the_flag() {
        check_refused("listen = \"0.0.0.0:80\"\npublic_url = \"http://x\"\n", "insecure_http");
    }

    #[test]
    fn connectors_have_names_of_their_own_and_a_deadline() {
        let connector = "[[connector]]\nname = \"legacy\"\nurl = \"http://x\"\n";
        check_refused(&format!("{SMALL}{connector}{connector}"), "[[connector]] 2");
        check_refused(
            &format!("{SMALL}{connector}deadline_seconds = 60\n"),
            "between 1 and 30",
        );
    }

    #[test]
    fn a_list_may_have_something_in_it() {
        check_refused(&format!("{SMALL}[limits]\nlist_max = 0\n"), "limits.list_max");
    }

    #[test]
    fn a_password_is_in_no_error_and_in_no_debug_text() {
        check_hidden("database = \"postgres://segue:secret@db/one\nlisten = 1\n", "line 1");
        check_hidden("database = \"postgres://segue:se@secret@db/one\"\n", "%40");
        check_hidden("database = [\"postgres://segue:secret@db/one\"]\n", "");
        let text = format!("database = \"postgres://segue:secret@db/one\"\n{SMALL}");
        let config = Config::parse(&text, std::iter::empty()).unwrap();
        assert!(!format!("{config:?}").contains("secret"));
        let server = config.server(Path::new("/")).unwrap().unwrap();
        assert_eq!(server.to_string(), "postgres://segue@db:5432/one");
    }

    #[track_caller]
    fn check_hidden(line: &str, expected: &str) {
        let error = Config::parse(&format!("{line}{SMALL}"), std::iter::empty()).unwrap_err();
        let shown = format!("{error:#} {error:?}");
        assert!(shown.contains(expected) && !shown.contains("secret"), "{shown}");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        check_refused(&format!("{SMALL}lisen = 1\n"), "lisen");
    }
}
