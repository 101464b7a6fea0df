//! SQLite, in the process.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::{Bound, Cell, Column, Db, DbError, Read, Row};

pub(super) fn run(db: &Connection, statement: &str, values: &[Bound<'_>]) -> Result<usize, DbError> {
    Ok(db.prepare_cached(statement)?.execute(params_from_iter(values))?)
}

pub(super) fn each(
    db: &Connection,
    statement: &str,
    values: &[Bound<'_>],
    take: &mut dyn FnMut(&Row<'_>) -> Result<(), DbError>,
) -> Result<(), DbError> {
    let mut statement = db.prepare_cached(statement)?;
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        take(&Row::Sqlite(row))?;
    }
    Ok(())
}

pub(super) fn get<T: Read>(row: &rusqlite::Row<'_>, column: impl Column) -> Result<T, DbError> {
    let fault = |why: String| DbError::Column {
        column: column.to_string(),
        why,
    };
    let cell = match row.get_ref(column)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Text(text) => Cell::Text(std::str::from_utf8(text).map_err(|error| fault(error.to_string()))?),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes),
        ValueRef::Real(number) => return Err(fault(format!("holds {number}, which no column of ours does"))),
    };
    T::read(cell).map_err(fault)
}

pub(super) fn damages(db: &Db) -> Result<Vec<String>, DbError> {
    let broken = "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
    let dangling = "SELECT \"table\" || ' points to a missing ' || parent FROM pragma_foreign_key_check";
    let mut damages = db.all(broken, &[], |row| row.get(0))?;
    damages.append(&mut db.all(dangling, &[], |row| row.get(0))?);
    Ok(damages)
}

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
