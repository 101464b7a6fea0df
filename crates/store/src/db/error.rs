//! What an engine says when it refuses.

use std::path::PathBuf;

use postgres::error::SqlState;
use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE};

/// A statement that did not do what it was to do.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// SQLite says so.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL says so, or cannot be reached.
    #[error("{}", said(.0))]
    Postgres(#[from] postgres::Error),
    /// Another process works with the database.
    #[error("other processes use this database: stop them first, or wait until they end")]
    InUse,
    /// This machine cannot speak TLS.
    #[error("TLS towards the database: {0}")]
    Tls(#[from] rustls::Error),
    /// A file with certificates cannot be used.
    #[error("the certificates in {}: {why}", path.display())]
    Root {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The server was found to be away a moment ago.
    #[error("it was away a moment ago")]
    Away,
    /// The database gave a transaction up by itself.
    #[error("the database gave up the transaction")]
    GivenUp,
    /// The connection broke while the server stored, or its standby did not confirm.
    #[error("the database went away while it stored")]
    Unknown,
    /// Others took this process for dead, and have done its work.
    #[error("this process stood still for too long, and others do its work; it joins them in a moment")]
    StruckOff,
    /// A copy is not what it is a copy of.
    #[error("the copy of the table {0} differs from the original; nothing of it was kept")]
    Differs(String),
    /// The server is older than the statements.
    #[error("the database server is PostgreSQL {0}; 15 or newer is needed")]
    TooOld(String),
    /// Text would not come out as it went in.
    #[error("the database keeps text as {0}; make one with ENCODING 'UTF8' TEMPLATE template0")]
    Encoding(String),
    /// The server may lose what it has acknowledged.
    #[error("the database server may lose or show what it is trusted with: {0}")]
    Unsafe(String),
    /// The database has tables of somebody else.
    #[error("this database holds tables of something else, and none of Segue; give it one of its own")]
    Foreign,
    /// A column holds something else than was expected.
    #[error("the column {column}: {why}")]
    Column {
        /// Its name or number.
        column: String,
        /// What is wrong.
        why: String,
    },
    /// A statement that always answers a row gave none.
    #[error("no row where there is always one")]
    NoRow,
}

impl DbError {
    /// Whether a row with this key exists already.
    pub(crate) fn is_taken(&self) -> bool {
        const TAKEN: [i32; 3] = [
            SQLITE_CONSTRAINT_PRIMARYKEY,
            SQLITE_CONSTRAINT_ROWID,
            SQLITE_CONSTRAINT_UNIQUE,
        ];
        match self {
            Self::Sqlite(error) => error.sqlite_error().is_some_and(|fault| {
                fault.code == ErrorCode::ConstraintViolation && TAKEN.contains(&fault.extended_code)
            }),
            Self::Postgres(error) => error.code() == Some(&SqlState::UNIQUE_VIOLATION),
            Self::InUse
            | Self::Tls(_)
            | Self::Root { .. }
            | Self::Away
            | Self::GivenUp
            | Self::Unknown
            | Self::StruckOff
            | Self::Differs(_)
            | Self::TooOld(_)
            | Self::Encoding(_)
            | Self::Unsafe(_)
            | Self::Foreign
            | Self::Column { .. }
            | Self::NoRow => false,
        }
    }

    /// Whether the server cannot be reached now; it may be, later.
    pub(crate) fn is_away(&self) -> bool {
        let Self::Postgres(error) = self else {
            return matches!(self, Self::Away | Self::StruckOff);
        };
        match error.code() {
            Some(code) => AWAY.contains(code) || code.code().starts_with("08"),
            None => error.is_closed() || is_of_the_way(error),
        }
    }

    /// What to do about it, where that is known.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        let Self::Postgres(error) = self else {
            return matches!(self, Self::Unsafe(_)).then_some(
                "set that right in postgresql.conf or the address; unsafe_database = true takes it as it is, for labs",
            );
        };
        if error.to_string().contains("TLS") {
            return Some(
                "a certificate of your own authority goes into database_roots; its name must be that of the host in the address",
            );
        }
        let code = error.code()?;
        ADVICE
            .iter()
            .find(|(known, _)| known == code)
            .map(|(_, advice)| *advice)
    }
}

/// What a server says that stops, starts, fails over or is full.
const AWAY: [SqlState; 6] = [
    SqlState::ADMIN_SHUTDOWN,
    SqlState::CRASH_SHUTDOWN,
    SqlState::CANNOT_CONNECT_NOW,
    SqlState::TOO_MANY_CONNECTIONS,
    SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    SqlState::READ_ONLY_SQL_TRANSACTION,
];

const ADVICE: [(SqlState, &str); 4] = [
    (
        SqlState::INVALID_PASSWORD,
        "look at user and password in `database` (segue.toml, or SEGUE__DATABASE)",
    ),
    (
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        "look at the user in `database`, and at pg_hba.conf of the server",
    ),
    (
        SqlState::INVALID_CATALOG_NAME,
        "make it: CREATE DATABASE name OWNER user ENCODING 'UTF8' TEMPLATE template0",
    ),
    (
        SqlState::INSUFFICIENT_PRIVILEGE,
        "the user must own the database: ALTER DATABASE name OWNER TO user",
    ),
];

/// A fault of the network or of TLS, and not of a value or statement.
fn is_of_the_way(error: &postgres::Error) -> bool {
    let is_io = std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
    is_io
        || [
            "error connecting",
            "timeout",
            "error communicating",
            "error performing TLS",
        ]
        .iter()
        .any(|begin| error.to_string().starts_with(begin))
}

/// What the server said; what hinders talking to it otherwise.
fn said(error: &postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(refusal), _) => refusal.to_string(),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}
