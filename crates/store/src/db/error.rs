//! What an engine says when it refuses.

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE};

/// A statement that did not do what it was to do.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// SQLite says so.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
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
            Self::Column { .. } | Self::NoRow => false,
        }
    }
}
