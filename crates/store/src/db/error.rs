//! What an engine says when it refuses.

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
    #[error("another process uses this database: stop that one first, or wait until it ends")]
    InUse,
    /// This machine cannot speak TLS.
    #[error("TLS towards the database: {0}")]
    Tls(#[from] rustls::Error),
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
            Self::InUse | Self::Tls(_) | Self::Column { .. } | Self::NoRow => false,
        }
    }
}

/// What the server said; what hinders talking to it otherwise.
fn said(error: &postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(refusal), _) => refusal.to_string(),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}
