//! Connections and the format of the database: numbered steps, each applied once.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::db::{Db, DbError, Postgres, Purpose};
use crate::row::signed;
use crate::{Server, StoreError, folder};

mod server;

/// Where a database is.
#[derive(Clone)]
pub(crate) enum Place {
    /// A file of SQLite.
    File(PathBuf),
    /// A database of PostgreSQL.
    Server(Box<Server>),
}

/// The way to the newest format.
struct Steps<'a> {
    /// Step n brings format n to format n + 1. A step that was released never changes.
    all: &'a [&'a str],
    /// Formats that programs of before cannot work with: their step takes something away, or gives it
    /// another meaning. All others only add; so programs of before and after can work side by side.
    breaking: &'a [usize],
}

impl Steps<'_> {
    /// Whether a step from `found` on breaks with programs of before.
    fn break_after(&self, found: usize) -> bool {
        self.breaking.iter().any(|format| *format > found)
    }
}

/// Ours. What is to go is first no longer used by a program, and taken away by a later one.
const OURS: Steps<'static> = Steps {
    all: STEPS,
    breaking: &[],
};

const STEPS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
];

/// Pages the writer's log may hold before they move into the database: 16 MB.
const CHECKPOINT_PAGES: u32 = 4_000;
/// Page cache of one connection in KiB; the working set of a busy day fits.
const CACHE_KIB: u32 = 65_536;
/// Page cache of a reader in KiB: there are several.
const READER_CACHE_KIB: u32 = 16_384;
/// Prepared statements each connection keeps: more than there are in this crate.
const STATEMENTS_KEPT: usize = 256;
/// Only a backup tool can hold the database this long; then the caller hears of it.
const BUSY_MS: u32 = 5_000;

/// The connection that writes, with the newest format. Of one database there is one.
pub(crate) fn open_writer(place: &Place) -> Result<Db, StoreError> {
    match place {
        Place::File(path) => open_file(path),
        Place::Server(server) => server::open(server),
    }
}

/// The same, while nobody else uses the database: for what changes all of it at once.
pub(crate) fn open_alone(place: &Place) -> Result<Db, StoreError> {
    match place {
        Place::File(path) => open_file(path),
        Place::Server(server) => server::open_alone(server),
    }
}

/// A connection that only reads.
pub(crate) fn open_reader(place: &Place) -> Result<Db, StoreError> {
    match place {
        Place::File(path) => {
            let db = open(path)?;
            db.execute_batch(&format!(
                "PRAGMA query_only = ON; PRAGMA cache_size = -{READER_CACHE_KIB};"
            ))
            .map_err(DbError::from)?;
            Ok(Db::Sqlite(db))
        }
        Place::Server(server) => Ok(Db::Postgres(Box::new(Postgres::connect(server, Purpose::Read)?))),
    }
}

fn open_file(path: &Path) -> Result<Db, StoreError> {
    // SQLite would create it with the umask; its journals take the mode of the database.
    folder::private_file(path)?;
    let mut db = open(path)?;
    // FULL: a commit is on the disk when it is acknowledged, not soon after (reliability P2).
    db.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}; PRAGMA cache_size = -{CACHE_KIB};"
    ))
    .map_err(DbError::from)?;
    migrate(&mut db, &OURS)?;
    forget_statistics(&db)?;
    Ok(Db::Sqlite(db))
}

/// Plans follow the indexes alone. Statistics are of one moment: taken while a table had one row, as
/// earlier programs did when they closed, they have it read from end to end once it has thousands.
fn forget_statistics(db: &Connection) -> Result<(), DbError> {
    let mut found = db.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite_stat_'")?;
    let names: Vec<String> = found.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        db.execute_batch(&format!("DROP TABLE {name};"))?;
    }
    Ok(())
}

/// Leaves one tidy file behind.
pub(crate) fn close_writer(db: Db) {
    let Db::Sqlite(db) = db else { return };
    let tidied = db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);");
    if let Err(error) = tidied {
        tracing::warn!(%error, "the log of the database was not folded in; the next start does it");
    }
    if let Err((_, error)) = db.close() {
        tracing::warn!(%error, "the database did not close cleanly");
    }
}

fn open(path: &Path) -> Result<Connection, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.execute_batch(&format!("PRAGMA busy_timeout = {BUSY_MS};"))?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(db)
}

fn migrate(db: &mut Connection, steps: &Steps<'_>) -> Result<(), StoreError> {
    let found = format_of(db)?;
    check_known((found, least_of(db, found)?), steps.all.len())?;
    db.execute_batch(LEAST).map_err(DbError::from)?;
    for number in found..steps.all.len() {
        apply(db, number, steps)?;
    }
    Ok(())
}

/// The oldest format whose programs can work with this database. It is no step, because it tells who
/// may read the others.
const LEAST: &str =
    "CREATE TABLE IF NOT EXISTS least(one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT NULL);
    INSERT INTO least(one, format) VALUES (1, 1) ON CONFLICT DO NOTHING;";
const SET_LEAST: &str = "UPDATE least SET format = ?1 WHERE one = 1";
const READ_LEAST: &str = "SELECT format FROM least WHERE one = 1";

/// A newer format is no hindrance as long as its steps only added something.
fn check_known((found, least): (usize, usize), known: usize) -> Result<(), StoreError> {
    if found > known && least > known {
        Err(StoreError::TooNew { found, known })
    } else {
        Ok(())
    }
}

fn apply(db: &mut Connection, number: usize, steps: &Steps<'_>) -> Result<(), DbError> {
    let step_in = db.transaction()?;
    let next = number + 1;
    step_in.execute_batch(steps.all[number])?;
    if steps.breaking.contains(&next) {
        step_in.execute(SET_LEAST, [signed(next as u64)])?;
    }
    step_in.pragma_update(None, "user_version", signed(next as u64))?;
    Ok(step_in.commit()?)
}

/// What older programs wrote does not tell it: then it is the format itself.
fn least_of(db: &Connection, found: usize) -> Result<usize, DbError> {
    let look = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'least'";
    if db.query_row(look, [], |row| row.get::<_, u32>(0))? == 0 {
        return Ok(found);
    }
    let least: u32 = db.query_row(READ_LEAST, [], |row| row.get(0))?;
    Ok(least as usize)
}

/// The format of a database; 0 where it has no tables yet.
pub(crate) fn format(db: &Db) -> Result<usize, DbError> {
    match db {
        Db::Sqlite(db) => format_of(db),
        Db::Postgres(_) => server::format(db),
    }
}

/// The newest format.
pub(crate) fn newest() -> usize {
    STEPS.len()
}

fn format_of(db: &Connection) -> Result<usize, DbError> {
    let found: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(found as usize)
}

/// An empty database of the newest format: it tells which tables and columns there are.
pub(crate) fn in_memory() -> Result<Db, DbError> {
    let db = Connection::open_in_memory()?;
    for step in STEPS {
        db.execute_batch(step)?;
    }
    Ok(Db::Sqlite(db))
}

/// How SQLite would go about a statement, a line for each step.
#[cfg(test)]
pub(crate) fn plan(db: &Db, statement: &str, values: &[crate::db::Bound<'_>]) -> String {
    let steps = db.all(&format!("EXPLAIN QUERY PLAN {statement}"), values, |row| {
        row.get::<String>("detail")
    });
    steps.unwrap().join("\n")
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// SHA-256 of each, by its first bytes.
    const RELEASED: [&str; 8] = [
        "a8d078d096de5d30",
        "e1f58068dca20aea",
        "705ef04622eb2400",
        "f82a2f1d8e572225",
        "0b4d469807ce67a2",
        "c8f462bc800c9e75",
        "7bded827b0d9f979",
        "079123a5591564bf",
    ];

    const ONE: &str = "CREATE TABLE a(x TEXT) STRICT;";

    fn adding<'a>(all: &'a [&'a str]) -> Steps<'a> {
        Steps { all, breaking: &[] }
    }
    const TWO: &str = "ALTER TABLE a ADD COLUMN y TEXT; INSERT INTO a VALUES ('old', 'new');";

    #[test]
    fn an_older_format_is_brought_up_step_by_step_and_each_step_runs_once() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db, &adding(&[ONE])).unwrap();
        migrate(&mut db, &adding(&[ONE, TWO])).unwrap();
        migrate(&mut db, &adding(&[ONE, TWO])).unwrap();
        let rows: i64 = db.query_row("SELECT count(*) FROM a", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn history_of_an_older_program_stays_and_is_without_causes() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db, &adding(&STEPS[..6])).unwrap();
        db.execute_batch(
            "INSERT INTO collection VALUES (1, 'acme', 'beta', 'buyer', 'quote');
             INSERT INTO document VALUES (1, 1, 'q', 'quoteManagement', 'inProgress', 1, 1, 'then', 'then', '{}');
             INSERT INTO history VALUES (1, 1, 'then', 'inProgress', 'beta');",
        )
        .unwrap();
        migrate(&mut db, &OURS).unwrap();
        let row = db.query_row("SELECT actor, cause, stored_at, changes FROM history", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        });
        let row: (String, String, Option<String>, Option<String>) = row.unwrap();
        assert_eq!(row, ("beta".into(), String::new(), None, None));
    }

    #[test]
    fn a_step_that_fails_leaves_the_format_as_it_was() {
        let mut db = Connection::open_in_memory().unwrap();
        let steps = [ONE, "CREATE TABLE b(x TEXT) STRICT; nonsense"];
        migrate(&mut db, &adding(&steps)).unwrap_err();
        assert_eq!(format_of(&db).unwrap(), 1);
        db.query_row("SELECT count(*) FROM b", [], |row| row.get::<_, i64>(0))
            .unwrap_err();
    }

    #[test]
    fn what_a_newer_program_only_added_to_is_worked_with_and_what_it_broke_with_is_refused() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db, &adding(&[ONE, TWO])).unwrap();
        migrate(&mut db, &adding(&[ONE])).unwrap();
        assert_eq!(format_of(&db).unwrap(), 2, "nothing is taken back");
        let breaking = Steps {
            all: &[ONE, TWO, "ALTER TABLE a DROP COLUMN x;"],
            breaking: &[3],
        };
        migrate(&mut db, &breaking).unwrap();
        for steps in [&[ONE][..], &[ONE, TWO]] {
            let error = migrate(&mut db, &adding(steps)).unwrap_err();
            assert!(matches!(error, StoreError::TooNew { found: 3, .. }), "{error}");
        }
        migrate(&mut db, &breaking).unwrap();
    }

    #[test]
    fn steps_that_were_released_are_what_they_were() {
        let digests: Vec<String> = STEPS
            .iter()
            .map(|step| format!("{:x}", Sha256::digest(step))[..16].to_owned())
            .collect();
        assert_eq!(digests, RELEASED);
    }
}
