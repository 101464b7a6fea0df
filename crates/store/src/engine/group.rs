//! Changes that are committed together: each in its own savepoint, all in one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::StoreError;
use crate::db::{Db, DbError};

/// One change, whatever it answers.
pub(super) trait Change: Send {
    /// Runs it; whether its effects are to stay.
    fn apply(&mut self, db: &Db) -> bool;
    /// Turns a success into a fault: its effects are gone.
    fn undo(&mut self, error: StoreError);
    /// Tells the caller.
    fn answer(self: Box<Self>);
}

/// A change, and who waits for it.
pub(super) struct Waiting<T, E, F> {
    doing: &'static str,
    run: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Waiting<T, E, F> {
    /// `run`, whose answer goes to `reply`.
    pub(super) fn new(doing: &'static str, run: F, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self {
            doing,
            run: Some(run),
            result: None,
            reply,
        }
    }
}

impl<T, E, F> Change for Waiting<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnOnce(&Db) -> Result<T, E> + Send,
{
    fn apply(&mut self, db: &Db) -> bool {
        let Some(run) = self.run.take() else { return false };
        let result =
            catch_unwind(AssertUnwindSafe(|| run(db))).unwrap_or_else(|_| Err(StoreError::Panicked(self.doing).into()));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn undo(&mut self, error: StoreError) {
        if !matches!(self.result, Some(Err(_))) {
            self.result = Some(Err(error.into()));
        }
    }

    fn answer(self: Box<Self>) {
        if let Some(result) = self.result {
            // A caller that went away does not undo what is stored.
            let _ = self.reply.send(result);
        }
    }
}

/// A transaction that only lets go of what is not needed any more. What fails is tried again with the
/// next one.
pub(super) fn release(db: &Db) {
    if let Err(error) = db.begin().and_then(|()| db.commit()) {
        if db.in_transaction() {
            let _ = db.rollback();
        }
        tracing::warn!(%error, "marks of answers that are out stay a little longer");
    }
}

/// Applies a group in one transaction. When the database itself gives up the transaction (full disk),
/// those already applied are refused and the rest starts anew.
pub(super) fn commit(db: &Db, group: Vec<Box<dyn Change>>) {
    let mut rest = group.into_iter();
    while rest.len() > 0 {
        let mut applied: Vec<Box<dyn Change>> = Vec::new();
        if let Err(error) = transaction(db, &mut rest, &mut applied) {
            #[cfg(feature = "planted")]
            if crate::planted::is("swallowed-fault") {
                applied.drain(..).for_each(Change::answer);
            }
            if db.in_transaction() {
                let _ = db.rollback();
            }
            tracing::error!(changes = applied.len(), %error, "a group of changes was not stored");
            for change in &mut applied {
                change.undo(not_stored(&error));
            }
        }
        for change in applied {
            change.answer();
        }
    }
}

/// What each caller of a group is told.
fn not_stored(error: &DbError) -> StoreError {
    match error {
        DbError::Unknown => StoreError::Unknown,
        DbError::StruckOff => StoreError::Away(DbError::StruckOff),
        error if error.is_away() => StoreError::Away(DbError::Away),
        error => StoreError::NotCommitted(error.to_string()),
    }
}

fn transaction(
    db: &Db,
    rest: &mut std::vec::IntoIter<Box<dyn Change>>,
    applied: &mut Vec<Box<dyn Change>>,
) -> Result<(), DbError> {
    if let Err(error) = db.begin() {
        applied.extend(rest);
        return Err(error);
    }
    if apply_each(db, rest, applied) {
        return Err(db.given_up());
    }
    #[cfg(feature = "planted")]
    if crate::planted::is("ack-before-commit") {
        applied.drain(..).for_each(Change::answer);
        std::thread::sleep(crate::planted::GAP);
    }
    db.commit()
}

/// Whether the outer transaction was lost on the way.
fn apply_each(db: &Db, rest: &mut std::vec::IntoIter<Box<dyn Change>>, applied: &mut Vec<Box<dyn Change>>) -> bool {
    for mut change in rest {
        if let Err(error) = in_savepoint(db, change.as_mut()) {
            change.undo(not_stored(&error));
        }
        applied.push(change);
        if !db.in_transaction() {
            return true;
        }
    }
    false
}

fn in_savepoint(db: &Db, change: &mut dyn Change) -> Result<(), DbError> {
    db.batch("SAVEPOINT one")?;
    if change.apply(db) {
        db.batch("RELEASE one")
    } else if !db.in_transaction() {
        Ok(())
    } else {
        db.batch("ROLLBACK TO one; RELEASE one")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::bind;

    fn in_memory() -> Db {
        Db::Sqlite(rusqlite::Connection::open_in_memory().unwrap())
    }

    type Answer = oneshot::Receiver<Result<(), StoreError>>;

    /// A change that stores `bytes` bytes under `id`.
    fn put(id: i64, bytes: usize) -> (Box<dyn Change>, Answer) {
        let (reply, answer) = oneshot::channel();
        let run = move |db: &Db| {
            db.run("INSERT INTO a VALUES (?1, zeroblob(?2))", &bind![id, bytes as i64])?;
            Ok(())
        };
        (Box::new(Waiting::new("put", run, reply)), answer)
    }

    /// Runs one group; what each caller was told must be what is stored.
    #[track_caller]
    fn check_group(db: &Db, sizes: &[(i64, usize)]) -> Vec<bool> {
        let (changes, answers): (Vec<_>, Vec<_>) = sizes.iter().map(|(id, bytes)| put(*id, *bytes)).unzip();
        commit(db, changes);
        assert!(!db.in_transaction());
        let told: Vec<bool> = answers
            .into_iter()
            .map(|mut answer| answer.try_recv().unwrap().is_ok())
            .collect();
        for ((id, _), told) in sizes.iter().zip(&told) {
            let stored = db.any("SELECT 1 FROM a WHERE id = ?1", &bind![id]).unwrap();
            assert_eq!(stored, *told, "change {id}");
        }
        told
    }

    #[test]
    fn a_full_disk_refuses_what_does_not_fit_and_never_says_stored_of_what_is_not() {
        let db = in_memory();
        db.batch("CREATE TABLE a(id INTEGER PRIMARY KEY, body BLOB) STRICT; PRAGMA max_page_count = 10;")
            .unwrap();
        let told = check_group(&db, &[(1, 10), (2, 1_000_000), (3, 10), (4, 10)]);
        assert!(!told[1]);
        assert!(told[2] && told[3], "what came after is stored: {told:?}");
        // Space is back.
        db.batch("PRAGMA max_page_count = 1000;").unwrap();
        assert_eq!(check_group(&db, &[(5, 1_000_000), (6, 10)]), [true, true]);
    }

    #[test]
    fn a_change_that_fails_is_refused_alone() {
        let db = in_memory();
        db.batch("CREATE TABLE a(id INTEGER PRIMARY KEY, body BLOB) STRICT;")
            .unwrap();
        let (changes, mut answers): (Vec<_>, Vec<_>) = [1, 1, 2].iter().map(|id| put(*id, 1)).unzip();
        commit(&db, changes);
        let told: Vec<bool> = answers
            .iter_mut()
            .map(|answer| answer.try_recv().unwrap().is_ok())
            .collect();
        assert_eq!(told, [true, false, true]);
    }

    #[test]
    fn a_group_whose_commit_fails_is_refused_as_a_whole() {
        let db = in_memory();
        db.batch("CREATE TABLE a(id INTEGER PRIMARY KEY, body BLOB) STRICT;")
            .unwrap();
        // A deferred constraint fails in the outer COMMIT, as a failing sync would.
        db.batch(
            "PRAGMA foreign_keys = ON; CREATE TABLE b(a INTEGER REFERENCES a(id) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER t AFTER INSERT ON a WHEN new.id = 7 BEGIN INSERT INTO b VALUES (1000); END;",
        )
        .unwrap();
        assert_eq!(check_group(&db, &[(1, 1), (7, 1), (2, 1)]), [false, false, false]);
        assert_eq!(check_group(&db, &[(1, 1), (2, 1)]), [true, true]);
    }
}
