//! The database as a whole, past all that is in it: how big it is, whether it is whole, copies.
//!
//! Who acts is the operator, by command. What only reads works beside a running server; what writes
//! holds the database alone, and is refused while somebody else has it.

use std::path::{Path, PathBuf};

use crate::audit::{self, ChainState};
use crate::copy::{self, TableDigest};
use crate::db::{Db, DbError};
use crate::row::unsigned;
use crate::schema::{self, Place};
use crate::{DATABASE_FILE, Server, StoreError, engine, folder};

/// Damages named at once; the first ones tell enough.
const DAMAGES_NAMED: usize = 20;
/// While a backup is brought into the form of today: the backup itself is never changed.
const UNPACKED: &str = "restore.sqlite";

/// A database that nobody has opened yet.
pub struct Database {
    folder: PathBuf,
    place: Place,
}

/// How a database is.
#[derive(Clone, Debug)]
pub struct DatabaseState {
    /// `SQLite 3.51.3`, `PostgreSQL 15.18`
    pub engine: String,
    /// Which form its tables have.
    pub format: usize,
    /// The newest form that this program knows.
    pub newest: usize,
    /// Size of everything, indexes too.
    pub bytes: u64,
    /// Rows of each table, in the order of their names.
    pub tables: Vec<(String, u64)>,
}

impl Database {
    /// That of an installation with its data in `folder`, on a server if there is one.
    pub fn new(folder: &Path, server: Option<Server>) -> Self {
        let place = match server {
            Some(server) => Place::Server(Box::new(server)),
            None => Place::File(folder.join(DATABASE_FILE)),
        };
        Self {
            folder: folder.to_owned(),
            place,
        }
    }

    /// Format, size and counts.
    pub fn state(&self) -> Result<DatabaseState, StoreError> {
        engine::apart(|| {
            let db = self.reader()?;
            let mut tables: Vec<(String, u64)> = Vec::new();
            for name in copy::names()? {
                // A database of an older format has not all of them yet.
                if db.has_table(&name)? {
                    let rows: i64 = db.value(&format!("SELECT count(*) FROM {name}"), &[])?;
                    tables.push((name, unsigned(rows)));
                }
            }
            tables.sort();
            Ok(DatabaseState {
                engine: db.engine()?,
                format: schema::format(&db)?,
                newest: schema::newest(),
                bytes: db.bytes()?,
                tables,
            })
        })
    }

    /// Everything that is not as it has to be; nothing when all is well.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        engine::apart(|| {
            let db = self.current_reader()?;
            let mut found = db.damages()?;
            db.at_once(|| -> Result<(), DbError> {
                for (rule, what) in RULES {
                    let count: i64 = db.value(rule, &[])?;
                    if count > 0 {
                        found.push(format!("{count} {what}"));
                    }
                }
                if let ChainState::Broken { at } = audit::verify(&db)? {
                    found.push(format!("the audit chain breaks at row {at}"));
                }
                Ok(())
            })?;
            found.truncate(DAMAGES_NAMED);
            Ok(found)
        })
    }

    /// Copies everything into a new file of SQLite, as it is at one instant; a server may go on.
    ///
    /// # Errors
    /// The file is there already. What was begun of it is removed when anything fails.
    pub fn backup(&self, file: &Path) -> Result<Vec<TableDigest>, StoreError> {
        engine::apart(|| {
            let from = self.current_reader()?;
            drop(folder::new_private_file(file)?);
            let copied = into_file(&from, file);
            if copied.is_err() {
                let _ = std::fs::remove_file(file);
            }
            copied
        })
    }

    /// Copies a backup into this database, which must have nothing in it.
    pub fn restore(&self, file: &Path) -> Result<Vec<TableDigest>, StoreError> {
        engine::apart(|| {
            let _lock = folder::prepare(&self.folder)?;
            let to = schema::open_alone(&self.place)?;
            refuse_used(&to)?;
            let unpacked = self.folder.join(UNPACKED);
            unpack(file, &unpacked)?;
            let restored = from_file(&unpacked, &to);
            let _ = std::fs::remove_file(&unpacked);
            schema::close_writer(to);
            restored
        })
    }

    /// Copies everything into a database on `server`, which must have nothing in it.
    pub fn copy_to(&self, server: &Server) -> Result<Vec<TableDigest>, StoreError> {
        engine::apart(|| {
            let _lock = folder::prepare(&self.folder)?;
            // Nobody may add anything meanwhile.
            let from = schema::open_alone(&self.place)?;
            let to = schema::open_alone(&Place::Server(Box::new(server.clone())))?;
            refuse_used(&to)?;
            let copied = copy::copy(&from, &to)?;
            schema::close_writer(from);
            Ok(copied)
        })
    }

    /// Brings the format up to the newest; which it was before, and which it is now.
    pub fn migrate(&self) -> Result<(usize, usize), StoreError> {
        engine::apart(|| {
            let _lock = folder::prepare(&self.folder)?;
            let before = self.reader().and_then(|db| Ok(schema::format(&db)?))?;
            let db = schema::open_writer(&self.place)?;
            let now = schema::format(&db)?;
            schema::close_writer(db);
            Ok((before, now))
        })
    }

    fn reader(&self) -> Result<Db, StoreError> {
        if let Place::File(path) = &self.place {
            // SQLite would make one, and with the wrong mode.
            std::fs::metadata(path).map_err(folder::fault("read", path))?;
        }
        schema::open_reader(&self.place)
    }

    /// What is copied or checked is of the format that this program knows.
    fn current_reader(&self) -> Result<Db, StoreError> {
        let db = self.reader()?;
        let (found, known) = (schema::format(&db)?, schema::newest());
        match found.cmp(&known) {
            std::cmp::Ordering::Less => Err(StoreError::TooOld { found, known }),
            std::cmp::Ordering::Equal => Ok(db),
            std::cmp::Ordering::Greater => Err(StoreError::TooNew { found, known }),
        }
    }
}

fn into_file(from: &Db, file: &Path) -> Result<Vec<TableDigest>, StoreError> {
    let to = schema::open_writer(&Place::File(file.to_owned()))?;
    let copied = copy::copy(from, &to)?;
    schema::close_writer(to);
    Ok(copied)
}

fn from_file(file: &Path, to: &Db) -> Result<Vec<TableDigest>, StoreError> {
    let from = schema::open_writer(&Place::File(file.to_owned()))?;
    let copied = copy::copy(&from, to)?;
    schema::close_writer(from);
    Ok(copied)
}

/// A copy that may be changed, and that only its owner reads.
fn unpack(file: &Path, to: &Path) -> Result<(), StoreError> {
    let _ = std::fs::remove_file(to);
    let mut packed = std::fs::File::open(file).map_err(folder::fault("read", file))?;
    let mut unpacked = folder::new_private_file(to)?;
    let copied = std::io::copy(&mut packed, &mut unpacked);
    copied.map(drop).map_err(folder::fault("write", to))
}

fn refuse_used(db: &Db) -> Result<(), StoreError> {
    if copy::is_empty(db)? {
        Ok(())
    } else {
        Err(StoreError::NotEmpty)
    }
}

/// What always holds between rows, beside what the database itself looks after: how many break it,
/// and what is said of them.
const RULES: [(&str, &str); 6] = [
    (
        "SELECT count(*) FROM document d WHERE d.revision <>
           (SELECT coalesce(max(h.revision), 0) FROM history h WHERE h.document = d.seq)",
        "documents whose last revision is not in their history",
    ),
    (
        "SELECT count(*) FROM document d JOIN history h ON h.document = d.seq AND h.revision = d.revision
           WHERE h.state <> d.state",
        "documents in another state than their history says",
    ),
    (
        "SELECT count(*) FROM (SELECT document FROM history GROUP BY document
           HAVING count(*) <> max(revision) OR min(revision) <> 1) gaps",
        "documents with a gap in their history",
    ),
    (
        "SELECT count(*) FROM (SELECT 1 FROM delivery WHERE finished_at IS NULL GROUP BY subscription, lane
           HAVING sum(head) <> 1 OR min(seq) <> min(CASE head WHEN 1 THEN seq END)) lanes",
        "lanes of events whose oldest event is not the one that is sent",
    ),
    (
        "SELECT count(*) FROM delivery WHERE (finished_at IS NULL) <> (state IN ('waiting', 'parked'))",
        "deliveries that are finished and wait",
    ),
    (
        "SELECT count(*) FROM hold WHERE amount < 0",
        "holds of less than nothing",
    ),
];
