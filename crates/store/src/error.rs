//! What can go wrong between a decision and the disk.

use std::path::PathBuf;

use crate::db::DbError;

/// A fault of the store itself.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder cannot be made, read or locked.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// `create`, `read`, `lock`.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Other users of the machine could read what partners entrusted to us.
    #[error("{path} is open to others (mode {mode:03o}); run: chmod {wanted:03o} {path}", path = path.display())]
    TooOpen {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode it needs.
        wanted: u32,
    },
    /// Another process works with the folder.
    #[error("{} is in use by another process: stop that one first, or wait until it ends", path.display())]
    InUse {
        /// The lock file.
        path: PathBuf,
    },
    /// The address of a database that is none.
    #[error("this is no address of a database: {0}; it looks like postgres://USER:PASSWORD@HOST:5432/NAME")]
    NoAddress(String),
    /// The database cannot be reached: nothing was stored or read.
    #[error("the database cannot be reached: {0}")]
    Away(DbError),
    /// The database went away while it stored: what is asked again under the same key is done once.
    #[error("the database went away while it stored; whether it is stored is not known yet")]
    Unknown,
    /// A newer program wrote this database.
    #[error("the database has format {found}, this program knows formats up to {known}; use the newer program")]
    TooNew {
        /// Format of the file.
        found: usize,
        /// Newest one known here.
        known: usize,
    },
    /// An older program wrote this database, and it is only looked at.
    #[error("the database has format {found}, and this is done with format {known} only; run `segue db migrate` first")]
    TooOld {
        /// Format of the database.
        found: usize,
        /// Newest one known here.
        known: usize,
    },
    /// Something would be overwritten.
    #[error("there is something in the database already: nothing was changed")]
    NotEmpty,
    /// The database refused a statement.
    #[error("{doing}: {source}")]
    Sql {
        /// The operation of the store.
        doing: &'static str,
        /// What it says.
        source: DbError,
    },
    /// A value cannot be written as JSON.
    #[error("cannot write a value as JSON: {0}")]
    Encode(#[from] serde_json::Error),
    /// The disk did not take the group this change was in: nothing of it was kept.
    #[error("nothing was stored, the transaction failed: {0}")]
    NotCommitted(String),
    /// A defect of the program; only this one change was refused.
    #[error("{0}: a defect stopped this operation; nothing of it was stored")]
    Panicked(&'static str),
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// A commit with holds, decisions or received text, but with nothing that says whose it is.
    #[error("a commit does not say to which company it belongs")]
    Unscoped,
    /// A secret is to be sealed or opened, but the store was opened without a master key.
    #[error("this needs the master key, and the store was opened without one")]
    NoMasterKey,
    /// The secrets here were sealed with another master key.
    #[error("this is not the master key that sealed the secrets of this database")]
    WrongMasterKey,
    /// A master key that is none.
    #[error("the master key {0}")]
    BadMasterKey(String),
    /// A sealed value was altered or moved.
    #[error("the sealed value {0} cannot be opened: it was altered, or belongs to another key")]
    Sealed(String),
    /// `integrity_check` found something.
    #[error("the database is damaged: {0}")]
    Damaged(String),
}

impl StoreError {
    /// Whether the same may go well in a moment: the database is away.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Unknown)
    }

    /// What to do about it, where that is known.
    pub fn advice(&self) -> Option<&'static str> {
        if let Self::Away(source) | Self::Sql { source, .. } = self {
            return source.advice();
        }
        matches!(self, Self::WrongMasterKey)
            .then_some("another installation made it; its master.key or SEGUE_MASTER_KEY opens it")
    }

    /// Says which operation of the store a statement belonged to.
    pub(crate) fn during(self, doing: &'static str) -> Self {
        match self {
            Self::Sql { source, .. } => Self::Sql { doing, source },
            other => other,
        }
    }
}

impl From<DbError> for StoreError {
    fn from(source: DbError) -> Self {
        match source {
            DbError::Unknown => Self::Unknown,
            source if source.is_away() => Self::Away(source),
            source => Self::Sql {
                doing: "a statement of the store",
                source,
            },
        }
    }
}

/// Why a commit was refused. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody was faster: load again, decide again.
    #[error("a document or job changed meanwhile")]
    Conflict,
    /// More would be held than there is.
    #[error("not enough capacity left of {key}")]
    CapacityExhausted {
        /// The key of the guard.
        key: String,
    },
    /// An answer to this idempotency key is stored already: give that one.
    #[error("the idempotency key was used before: {0}")]
    Duplicate(String),
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DbError> for CommitError {
    fn from(error: DbError) -> Self {
        if error.is_taken() {
            Self::Conflict
        } else {
            Self::Store(error.into())
        }
    }
}
