//! One way to say statements, whichever engine runs them. Statements number their values `?1`,
//! `?2`...; a value that stands alone, where no column tells its type, is cast.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::nodes::Node;
use crate::row::unsigned;

mod connect;
mod error;
mod postgres;
mod read;
mod sqlite;

pub(crate) use connect::Purpose;
pub use error::DbError;
pub(crate) use postgres::Postgres;
pub(crate) use read::{Cell, Column, Read, Stored, text};

/// A value on its way into a statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bound<'a> {
    Null,
    Integer(i64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl Bound<'_> {
    /// The same, borrowing nothing.
    pub(crate) fn into_owned(self) -> Bound<'static> {
        match self {
            Self::Null => Bound::Null,
            Self::Integer(number) => Bound::Integer(number),
            Self::Text(text) => Bound::Text(Cow::Owned(text.into_owned())),
            Self::Bytes(bytes) => Bound::Bytes(Cow::Owned(bytes.into_owned())),
        }
    }
}

/// What can be bound.
pub(crate) trait Bind {
    fn bind(&self) -> Bound<'_>;
}

/// Values of a statement, from `?1` on.
macro_rules! bind {
    ($($value:expr),* $(,)?) => { [$($crate::db::Bind::bind(&$value)),*] };
}
pub(crate) use bind;

/// The same, for a statement that is said elsewhere.
macro_rules! owned {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Bind::bind(&$value).into_owned()),*] };
}
pub(crate) use owned;

impl Bind for str {
    fn bind(&self) -> Bound<'_> {
        Bound::Text(Cow::Borrowed(self))
    }
}

impl Bind for String {
    fn bind(&self) -> Bound<'_> {
        self.as_str().bind()
    }
}

impl Bind for Cow<'_, str> {
    fn bind(&self) -> Bound<'_> {
        self.as_ref().bind()
    }
}

impl Bind for Vec<u8> {
    fn bind(&self) -> Bound<'_> {
        self.as_slice().bind()
    }
}

impl Bind for [u8] {
    fn bind(&self) -> Bound<'_> {
        Bound::Bytes(Cow::Borrowed(self))
    }
}

impl Bind for bool {
    fn bind(&self) -> Bound<'_> {
        Bound::Integer((*self).into())
    }
}

macro_rules! bind_integers {
    ($($integer:ty)*) => {$(
        impl Bind for $integer {
            fn bind(&self) -> Bound<'_> {
                Bound::Integer((*self).into())
            }
        }
    )*};
}
bind_integers!(u16 i32 u32 i64);

impl<T: Bind + ?Sized> Bind for &T {
    fn bind(&self) -> Bound<'_> {
        (**self).bind()
    }
}

impl<T: Bind> Bind for Option<T> {
    fn bind(&self) -> Bound<'_> {
        self.as_ref().map_or(Bound::Null, Bind::bind)
    }
}

/// A row of an answer, while it is read.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a ::postgres::Row),
}

impl Row<'_> {
    /// The value of a column, by its name or number.
    pub(crate) fn get<T: Read>(&self, column: impl Column) -> Result<T, DbError> {
        match self {
            Self::Sqlite(row) => sqlite::get(row, column),
            Self::Postgres(row) => postgres::get(row, column),
        }
    }

    /// A structure that is kept as JSON text.
    pub(crate) fn stored<T: DeserializeOwned>(&self, column: impl Column) -> Result<T, DbError> {
        Ok(self.get::<read::Stored<T>>(column)?.0)
    }
}

/// A connection, of one thread.
pub(crate) enum Db {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Postgres>),
}

impl Db {
    /// Runs a statement that answers no rows; how many it changed.
    pub(crate) fn run(&self, statement: &str, values: &[Bound<'_>]) -> Result<usize, DbError> {
        match self {
            Self::Sqlite(db) => sqlite::run(db, statement, values),
            Self::Postgres(db) => db.run(statement, values),
        }
    }

    /// Gives each row of an answer to `take`, until that fails.
    pub(crate) fn each(
        &self,
        statement: &str,
        values: &[Bound<'_>],
        mut take: impl FnMut(&Row<'_>) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => sqlite::each(db, statement, values, &mut take),
            Self::Postgres(db) => db.each(statement, values, &mut take),
        }
    }

    /// All rows of an answer.
    pub(crate) fn all<T>(
        &self,
        statement: &str,
        values: &[Bound<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<Vec<T>, DbError> {
        let mut rows = Vec::new();
        self.each(statement, values, |row| {
            rows.push(read(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The first row of an answer, if it has one.
    pub(crate) fn one<T>(
        &self,
        statement: &str,
        values: &[Bound<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<Option<T>, DbError> {
        let (mut read, mut found) = (Some(read), None);
        self.each(statement, values, |row| {
            if let Some(read) = read.take() {
                found = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The only column of the first row of an answer that always has one.
    pub(crate) fn value<T: Read>(&self, statement: &str, values: &[Bound<'_>]) -> Result<T, DbError> {
        self.one(statement, values, |row| row.get(0))?.ok_or(DbError::NoRow)
    }

    /// Whether an answer has rows.
    pub(crate) fn any(&self, statement: &str, values: &[Bound<'_>]) -> Result<bool, DbError> {
        Ok(self.one(statement, values, |_| Ok(()))?.is_some())
    }

    /// Runs several statements without values.
    pub(crate) fn batch(&self, statements: &str) -> Result<(), DbError> {
        match self {
            Self::Sqlite(db) => Ok(db.execute_batch(statements)?),
            Self::Postgres(db) => db.batch(statements),
        }
    }

    /// From now on nothing is written here unless this node lives.
    pub(crate) fn write_for(&self, node: Arc<Node>) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(db) => db.write_for(node),
        }
    }

    /// Waits for another node to say that it stored something; whether one did.
    pub(crate) fn heard(&self, patience: Duration, own: &str) -> Result<bool, DbError> {
        match self {
            Self::Sqlite(_) => Ok(false),
            Self::Postgres(db) => db.heard(patience, own),
        }
    }

    /// Begins a transaction that writes.
    pub(crate) fn begin(&self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(_) => self.batch("BEGIN IMMEDIATE"),
            Self::Postgres(db) => db.begin(),
        }
    }

    /// Makes what was changed since [`Db::begin`] durable.
    pub(crate) fn commit(&self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(_) => self.batch("COMMIT"),
            Self::Postgres(db) => db.commit(),
        }
    }

    /// Gives up what was changed since [`Db::begin`].
    pub(crate) fn rollback(&self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(_) => self.batch("ROLLBACK"),
            Self::Postgres(db) => db.rollback(),
        }
    }

    /// Whether a transaction is under way; the database may give one up by itself.
    pub(crate) fn in_transaction(&self) -> bool {
        match self {
            Self::Sqlite(db) => !db.is_autocommit(),
            Self::Postgres(db) => db.in_transaction(),
        }
    }

    /// The transaction under way may stand still for as long as it likes.
    pub(crate) fn take_time(&self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) => self.batch("SET LOCAL idle_in_transaction_session_timeout = 0"),
        }
    }

    /// Name and version of the engine.
    pub(crate) fn engine(&self) -> Result<String, DbError> {
        match self {
            Self::Sqlite(_) => Ok(format!("SQLite {}", rusqlite::version())),
            Self::Postgres(_) => {
                let version: String = self.value("SELECT current_setting('server_version')", &[])?;
                Ok(format!("PostgreSQL {version}"))
            }
        }
    }

    /// Size of everything in it.
    pub(crate) fn bytes(&self) -> Result<u64, DbError> {
        let size = match self {
            Self::Sqlite(_) => "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            Self::Postgres(_) => "SELECT pg_database_size(current_database())",
        };
        self.value::<i64>(size, &[]).map(unsigned)
    }

    /// Whether there is a table of this name.
    pub(crate) fn has_table(&self, name: &str) -> Result<bool, DbError> {
        let look = match self {
            Self::Sqlite(_) => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1",
            Self::Postgres(_) => {
                "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = CAST(?1 AS TEXT)"
            }
        };
        self.any(look, &bind![name])
    }

    /// Lets the numbers that the database gives in `column` go on after those that are there.
    pub(crate) fn count_on(&self, table: &str, column: Option<&String>) -> Result<(), DbError> {
        match (self, column) {
            (Self::Postgres(_), Some(column)) => {
                let last = format!("SELECT CAST(coalesce(max({column}), 0) AS BIGINT) FROM {table}");
                let last: i64 = self.value(&last, &[])?;
                if last > 0 {
                    let sequence = "SELECT setval(CAST(pg_get_serial_sequence(?1, ?2) AS REGCLASS), ?3)";
                    self.any(sequence, &bind![table, column, last])?;
                }
                Ok(())
            }
            // SQLite looks for itself.
            (Self::Sqlite(_), _) | (Self::Postgres(_), None) => Ok(()),
        }
    }

    /// Why a transaction is not under way any more that was not ended.
    pub(crate) fn given_up(&self) -> DbError {
        match self {
            Self::Sqlite(_) => DbError::GivenUp,
            Self::Postgres(_) => DbError::Away,
        }
    }

    /// What is damaged, as far as the database can tell.
    pub(crate) fn damages(&self) -> Result<Vec<String>, DbError> {
        match self {
            Self::Sqlite(_) => sqlite::damages(self),
            // It checks each page it reads, where its operator has switched that on.
            Self::Postgres(_) => Ok(Vec::new()),
        }
    }

    /// Reads in one transaction: all that `read` sees is of the same instant.
    pub(crate) fn at_once<T, E: From<DbError>>(&self, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Sqlite(db) => {
                let instant = db.unchecked_transaction().map_err(DbError::from)?;
                let answer = read();
                drop(instant);
                answer
            }
            Self::Postgres(db) => db.at_once(read),
        }
    }
}
