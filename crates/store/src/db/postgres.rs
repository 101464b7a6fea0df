//! PostgreSQL, over a connection of one thread. Statements are prepared once for each connection.

use std::cell::{Cell as Flag, RefCell};
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use postgres::config::{Host, SslMode};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, Statement};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Bound, Cell, Column, DbError, Read, Row};

/// A server that does not answer the connection in this time counts as away.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Settings without which an answer of the server means little: what is lost when it loses power.
const DURABLE: [(&str, &[&str]); 3] = [
    ("fsync", &["on"]),
    ("full_page_writes", &["on"]),
    ("synchronous_commit", &["on", "remote_write", "remote_apply"]),
];

/// The lock of the one process that works with a database, held as long as its connection lives.
/// The number means nothing; a pool between us and the server that gives connections away after
/// each transaction breaks it.
const ALONE: i64 = 0x5e90_e000;
/// How long the server may take to notice that a killed process is gone.
const GONE_MAX: Duration = Duration::from_secs(5);
const GONE_PAUSE: Duration = Duration::from_millis(100);

/// A connection, with what makes another one like it.
pub(crate) struct Postgres {
    config: Config,
    alone: bool,
    client: RefCell<Client>,
    prepared: RefCell<HashMap<String, Statement>>,
    writing: Flag<bool>,
}

impl Postgres {
    pub(crate) fn connect(config: &Config) -> Result<Self, DbError> {
        Self::new(config, false)
    }

    /// The connection of the one process that works with the database.
    pub(crate) fn connect_alone(config: &Config) -> Result<Self, DbError> {
        Self::new(config, true)
    }

    fn new(config: &Config, alone: bool) -> Result<Self, DbError> {
        let client = connect(config, alone)?;
        Ok(Self {
            config: config.clone(),
            alone,
            client: RefCell::new(client),
            prepared: RefCell::default(),
            writing: Flag::new(false),
        })
    }

    /// Makes a connection that is gone anew; what was under way on it is lost.
    pub(super) fn revive(&self) -> Result<(), DbError> {
        if self.client.borrow().is_closed() {
            self.writing.set(false);
            self.prepared.borrow_mut().clear();
            self.client.replace(connect(&self.config, self.alone)?);
        }
        Ok(())
    }

    pub(super) fn batch(&self, statements: &str) -> Result<(), DbError> {
        Ok(self.client.borrow_mut().batch_execute(statements)?)
    }

    pub(super) fn run(&self, statement: &str, values: &[Bound<'_>]) -> Result<usize, DbError> {
        let statement = self.prepare(statement)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let changed = self.client.borrow_mut().execute(&statement, &values)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(super) fn each(
        &self,
        statement: &str,
        values: &[Bound<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let statement = self.prepare(statement)?;
        let mut client = self.client.borrow_mut();
        let mut rows = client.query_raw(&statement, values)?;
        while let Some(row) = rows.next()? {
            take(&Row::Postgres(&row))?;
        }
        Ok(())
    }

    /// One writer at a time, over all connections: so that what follows in order is stored in order.
    pub(super) fn begin(&self) -> Result<(), DbError> {
        self.revive()?;
        self.batch("BEGIN; SELECT one FROM writer WHERE one = 1 FOR UPDATE")?;
        self.writing.set(true);
        Ok(())
    }

    /// In a transaction that has failed, COMMIT is taken for ROLLBACK without a word; the statement
    /// before it is not.
    pub(super) fn commit(&self) -> Result<(), DbError> {
        self.batch("SELECT 1; COMMIT")?;
        self.writing.set(false);
        Ok(())
    }

    pub(super) fn rollback(&self) -> Result<(), DbError> {
        self.writing.set(false);
        self.batch("ROLLBACK")
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.writing.get() && !self.client.borrow().is_closed()
    }

    pub(super) fn at_once<T, E: From<DbError>>(&self, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let answer = read();
        self.batch("ROLLBACK")?;
        answer
    }

    /// Names the settings of the server that let it lose what it has acknowledged.
    pub(crate) fn unsafe_settings(&self) -> Result<Vec<String>, DbError> {
        let mut found = Vec::new();
        for (name, safe) in DURABLE {
            let row = self.client.borrow_mut().query_one(&format!("SHOW {name}"), &[])?;
            let value: String = row.try_get(0)?;
            if !safe.contains(&value.as_str()) {
                found.push(format!("{name} = {value}"));
            }
        }
        Ok(found)
    }

    fn prepare(&self, statement: &str) -> Result<Statement, DbError> {
        if let Some(known) = self.prepared.borrow().get(statement) {
            return Ok(known.clone());
        }
        let new = self.client.borrow_mut().prepare(&numbered(statement))?;
        self.prepared.borrow_mut().insert(statement.to_owned(), new.clone());
        Ok(new)
    }
}

fn connect(config: &Config, alone: bool) -> Result<Client, DbError> {
    let mut config = config.clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_MAX);
    }
    config.application_name("segue");
    let mut client = if is_here(&config) && config.get_ssl_mode() == SslMode::Prefer {
        config.connect(postgres::NoTls)?
    } else {
        if config.get_ssl_mode() == SslMode::Prefer {
            config.ssl_mode(SslMode::Require);
        }
        config.connect(MakeRustlsConnect::new(tls()?))?
    };
    if alone {
        lock(&mut client)?;
    }
    Ok(client)
}

/// Whether the server is on this machine: then nobody listens on the way.
fn is_here(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
    })
}

/// Certificates are checked against those that the machine trusts.
fn tls() -> Result<rustls::ClientConfig, DbError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)?;
    Ok(config.with_no_client_auth())
}

fn lock(client: &mut Client) -> Result<(), DbError> {
    let until = Instant::now() + GONE_MAX;
    loop {
        let got = client.query_one("SELECT pg_try_advisory_lock($1)", &[&ALONE])?;
        if got.try_get(0)? {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(DbError::InUse);
        }
        std::thread::sleep(GONE_PAUSE);
    }
}

/// `?1` is `$1` here; in quotes it is text.
fn numbered(statement: &str) -> String {
    let mut quoted = false;
    let dollar = |letter| match letter {
        '\'' => {
            quoted = !quoted;
            letter
        }
        '?' if !quoted => '$',
        other => other,
    };
    statement.chars().map(dollar).collect()
}

pub(super) fn get<T: Read>(row: &postgres::Row, column: impl Column) -> Result<T, DbError> {
    let cell: Cell<'_> = row.try_get(column)?;
    T::read(cell).map_err(|why| DbError::Column {
        column: column.to_string(),
        why,
    })
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *kind {
            Type::INT2 => Self::Integer(i16::from_sql(kind, raw)?.into()),
            Type::INT4 => Self::Integer(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Self::Integer(i64::from_sql(kind, raw)?),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(std::str::from_utf8(raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        const KNOWN: [Type; 7] = [
            Type::INT2,
            Type::INT4,
            Type::INT8,
            Type::BYTEA,
            Type::TEXT,
            Type::VARCHAR,
            Type::NAME,
        ];
        KNOWN.contains(kind)
    }
}

/// A value for a place of another kind: a defect of the statement.
#[derive(Debug)]
struct Misplaced(Type);

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value that does not fit into {}", self.0)
    }
}

impl Error for Misplaced {}

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => number.to_sql(kind, out),
            (Self::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Self::Text(text), &Type::TEXT) => text.as_ref().to_sql(kind, out),
            (Self::Bytes(bytes), &Type::BYTEA) => bytes.as_ref().to_sql(kind, out),
            (Self::Integer(_) | Self::Text(_) | Self::Bytes(_), kind) => Err(Misplaced(kind.clone()).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_as_postgresql_does_and_text_in_quotes_stays() {
        assert_eq!(
            numbered("a = ?1 AND b = '?2' AND c = ?12"),
            "a = $1 AND b = '?2' AND c = $12"
        );
    }
}
