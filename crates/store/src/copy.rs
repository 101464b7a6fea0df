//! All rows of one database in another, whichever engines they are of, and the proof that they are the
//! same: for each table how many, and a digest over them in the order of their key.

use sha2::{Digest, Sha256};

use crate::db::{Bound, Db, DbError};
use crate::schema;

/// Rows in one statement: above a hundred it is no faster.
const ROWS_AT_ONCE: usize = 64;

/// What is in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDigest {
    /// Its name.
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// SHA-256 in hex over all of them, in the order of their key.
    pub digest: String,
}

/// A table, as both engines have it.
struct Table {
    name: String,
    columns: Vec<String>,
    key: Vec<String>,
    /// Its key is a number that the database gives.
    is_numbered: bool,
}

/// All tables, each after those that it points to.
fn tables() -> Result<Vec<Table>, DbError> {
    let db = schema::in_memory()?;
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
    let names: Vec<String> = db.all(names, &[], |row| row.get(0))?;
    let mut tables: Vec<Table> = Vec::new();
    for name in names {
        let columns = format!("SELECT name, pk, type FROM pragma_table_info('{name}') ORDER BY cid");
        let columns = db.all(&columns, &[], |row| {
            Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<String>(2)?))
        })?;
        let mut key: Vec<_> = columns.iter().filter(|(_, place, _)| *place > 0).collect();
        key.sort_by_key(|(_, place, _)| *place);
        tables.push(Table {
            is_numbered: matches!(key[..], [(_, _, kind)] if kind == "INTEGER"),
            key: key.into_iter().map(|(name, ..)| name.clone()).collect(),
            columns: columns.into_iter().map(|(name, ..)| name).collect(),
            name,
        });
    }
    Ok(tables)
}

/// The names of all tables.
pub(crate) fn names() -> Result<Vec<String>, DbError> {
    Ok(tables()?.into_iter().map(|table| table.name).collect())
}

impl Table {
    fn select(&self, order: &[String]) -> String {
        format!(
            "SELECT {} FROM {} ORDER BY {}",
            self.columns.join(", "),
            self.name,
            order.join(", ")
        )
    }

    fn insert(&self, rows: usize) -> String {
        let width = self.columns.len();
        let row = |row: usize| {
            let places: Vec<String> = (1..=width).map(|column| format!("?{}", row * width + column)).collect();
            format!("({})", places.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        format!(
            "INSERT INTO {}({}) VALUES {}",
            self.name,
            self.columns.join(", "),
            rows.join(", ")
        )
    }

    fn digest(&self, db: &Db) -> Result<TableDigest, DbError> {
        let (mut rows, mut digest) = (0, Sha256::new());
        db.each(&self.select(&self.key), &[], |row| {
            rows += 1;
            for column in 0..self.columns.len() {
                feed(&mut digest, &row.get(column)?);
            }
            Ok(())
        })?;
        Ok(TableDigest {
            name: self.name.clone(),
            rows,
            digest: format!("{:x}", digest.finalize()),
        })
    }

    fn copy(&self, from: &Db, to: &Db) -> Result<(), DbError> {
        // Jobs that are due at the same instant run in the order they were stored in.
        let order = if self.name == "job" {
            &["rowid".to_owned()]
        } else {
            &self.key[..]
        };
        let mut waiting: Vec<Bound<'static>> = Vec::new();
        let width = self.columns.len();
        from.each(&self.select(order), &[], |row| {
            for column in 0..width {
                waiting.push(row.get(column)?);
            }
            if waiting.len() == ROWS_AT_ONCE * width {
                to.run(&self.insert(ROWS_AT_ONCE), &waiting)?;
                waiting.clear();
            }
            Ok(())
        })?;
        for row in waiting.chunks(width) {
            to.run(&self.insert(1), row)?;
        }
        Ok(())
    }
}

/// Every value goes in with its kind and length, so that nothing can move from one to the next.
fn feed(digest: &mut Sha256, value: &Bound<'_>) {
    let (kind, bytes): (u8, &[u8]) = match value {
        Bound::Null => (0, &[]),
        Bound::Integer(number) => (1, &number.to_be_bytes()),
        Bound::Text(text) => (2, text.as_bytes()),
        Bound::Bytes(bytes) => (3, bytes),
    };
    digest.update([kind]);
    digest.update((bytes.len() as u64).to_be_bytes());
    digest.update(bytes);
}

/// Copies all of `from`, as it is at one instant, into `to`, which has the same format and nothing
/// in it. Nothing is kept unless all of it is there and the same.
pub(crate) fn copy(from: &Db, to: &Db) -> Result<Vec<TableDigest>, DbError> {
    let tables = tables()?;
    to.begin()?;
    to.take_time()?;
    let copied = from.at_once(|| {
        for table in tables.iter().rev() {
            to.run(&format!("DELETE FROM {}", table.name), &[])?;
        }
        let mut copied = Vec::new();
        for table in &tables {
            table.copy(from, to)?;
            to.count_on(&table.name, table.is_numbered.then_some(&table.key[0]))?;
            let (there, here) = (table.digest(from)?, table.digest(to)?);
            if there != here {
                return Err(DbError::Differs(table.name.clone()));
            }
            copied.push(here);
        }
        Ok(copied)
    });
    match copied {
        Ok(copied) => to.commit().map(|()| copied),
        Err(error) => {
            let _ = to.rollback();
            Err(error)
        }
    }
}

/// Whether nothing was ever stored by a person or a partner.
pub(crate) fn is_empty(db: &Db) -> Result<bool, DbError> {
    Ok(!db.any("SELECT 1 FROM company", &[])? && !db.any("SELECT 1 FROM audit", &[])?)
}
