//! PostgreSQL, over a connection of one thread. Statements are prepared once for each connection.
//! One that broke is made anew before the next transaction, and before a statement outside of one.

use std::cell::{Cell as Flag, RefCell};
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Statement};

use super::connect::{Purpose, connect};
use super::{Bound, Cell, Column, DbError, Read, Row, bind};
use crate::Server;
use crate::nodes::{Node, Released};

/// After a server was found to be away, it is not looked for again in this time: who asks
/// meanwhile is told at once.
const AWAY_MIN: Duration = Duration::from_millis(500);

/// A connection, with what makes another one like it.
pub(crate) struct Postgres {
    server: Server,
    purpose: Purpose,
    client: RefCell<Client>,
    prepared: RefCell<HashMap<String, Statement>>,
    inside: Flag<Inside>,
    broken: Flag<bool>,
    looked_at: Flag<Option<Instant>>,
    unconfirmed: Arc<AtomicBool>,
    node: RefCell<Option<Arc<Node>>>,
    /// What the transaction under way lets go of.
    releasing: RefCell<Vec<Released>>,
}

/// Which transaction is under way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    None,
    Reading,
    Writing,
}

impl Postgres {
    pub(crate) fn connect(server: &Server, purpose: Purpose) -> Result<Self, DbError> {
        let unconfirmed = Arc::default();
        let client = connect(server, purpose, &unconfirmed)?;
        Ok(Self {
            server: server.clone(),
            purpose,
            client: RefCell::new(client),
            prepared: RefCell::default(),
            inside: Flag::new(Inside::None),
            broken: Flag::new(false),
            looked_at: Flag::new(None),
            unconfirmed,
            node: RefCell::default(),
            releasing: RefCell::default(),
        })
    }

    /// From now on nothing is written here unless this node lives.
    pub(super) fn write_for(&self, node: Arc<Node>) {
        self.node.replace(Some(node));
    }

    /// Waits for another node to say that it stored something; whether one did.
    pub(super) fn heard(&self, patience: Duration, own: &str) -> Result<bool, DbError> {
        self.revive()?;
        let mut client = self.client.borrow_mut();
        let mut notifications = client.notifications();
        let heard = self.noted(notifications.timeout_iter(patience).next().map_err(DbError::from))?;
        Ok(heard.is_some_and(|heard| heard.payload() != own))
    }

    /// Makes a connection that is gone anew; what was under way on it is lost.
    fn revive(&self) -> Result<(), DbError> {
        if !self.is_gone() {
            return Ok(());
        }
        self.inside.set(Inside::None);
        self.prepared.borrow_mut().clear();
        if self.looked_at.get().is_some_and(|at| at.elapsed() < AWAY_MIN) {
            return Err(DbError::Away);
        }
        let made = connect(&self.server, self.purpose, &self.unconfirmed);
        self.looked_at.set(made.is_err().then(Instant::now));
        self.client.replace(made?);
        self.broken.set(false);
        Ok(())
    }

    fn is_gone(&self) -> bool {
        self.broken.get() || self.client.borrow().is_closed()
    }

    /// A server may say that it ends a connection before that is closed.
    fn noted<T>(&self, said: Result<T, DbError>) -> Result<T, DbError> {
        if said.as_ref().is_err_and(DbError::is_away) {
            self.broken.set(true);
        }
        said
    }

    /// That a connection broke is often noticed only by the next statement: outside of a transaction
    /// that one is said again on a new connection, unless it has `begun` to take effect here.
    fn surely<T>(&self, begun: &Flag<bool>, mut say: impl FnMut() -> Result<T, DbError>) -> Result<T, DbError> {
        if self.inside.get() != Inside::None {
            return self.noted(say());
        }
        self.revive()?;
        match self.noted(say()) {
            Err(_) if self.is_gone() && !begun.get() => {
                self.revive()?;
                self.noted(say())
            }
            said => said,
        }
    }

    /// The first statement of a transaction.
    fn enter(&self, statements: &str) -> Result<(), DbError> {
        self.surely(&Flag::new(false), || self.batch(statements))
    }

    pub(super) fn batch(&self, statements: &str) -> Result<(), DbError> {
        let said = self.client.borrow_mut().batch_execute(statements);
        self.noted(said.map_err(DbError::from))
    }

    /// Outside of a transaction it is not said again: it may have taken effect.
    pub(super) fn run(&self, statement: &str, values: &[Bound<'_>]) -> Result<usize, DbError> {
        if self.inside.get() == Inside::None {
            self.revive()?;
        }
        let statement = self.prepare(statement)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let changed = self.client.borrow_mut().execute(&statement, &values);
        let changed = self.noted(changed.map_err(DbError::from))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(super) fn each(
        &self,
        statement: &str,
        values: &[Bound<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let begun = Flag::new(false);
        self.surely(&begun, || {
            let statement = self.prepare(statement)?;
            let mut client = self.client.borrow_mut();
            let mut rows = client.query_raw(&statement, values)?;
            while let Some(row) = rows.next()? {
                begun.set(true);
                take(&Row::Postgres(&row))?;
            }
            Ok(())
        })
    }

    /// One writer at a time, over all connections: so that what follows in order is stored in order.
    pub(super) fn begin(&self) -> Result<(), DbError> {
        // One that broke off with its connection was not ended by anybody.
        self.inside.set(Inside::None);
        self.ended(false);
        self.enter("BEGIN; SELECT one FROM writer WHERE one = 1 FOR UPDATE")?;
        self.inside.set(Inside::Writing);
        let Some(node) = self.node.borrow().clone() else {
            return Ok(());
        };
        let begun = self.begin_for(&node);
        if begun.is_err() {
            let _ = self.rollback();
        }
        begun
    }

    /// A node that was struck off may not write: others have done its work.
    fn begin_for(&self, node: &Node) -> Result<(), DbError> {
        let id = node.id();
        let mut lives = false;
        self.each("SELECT 1 FROM node WHERE id = ?1", &bind![id], &mut |_| {
            lives = true;
            Ok(())
        })?;
        if !lives {
            return Err(DbError::StruckOff);
        }
        self.releasing.replace(node.take_released());
        for released in self.releasing.borrow().iter() {
            match released {
                Released::Mark(number) => {
                    self.run("DELETE FROM mark WHERE node = ?1 AND number = ?2", &bind![id, number])?
                }
                Released::Claim(name) => {
                    self.run("DELETE FROM claim WHERE node = ?1 AND name = ?2", &bind![id, name])?
                }
            };
        }
        Ok(())
    }

    /// What was let go of is so for good, or is let go of by the next transaction.
    fn ended(&self, is_stored: bool) {
        let released = self.releasing.take();
        if let (false, Some(node)) = (is_stored, self.node.borrow().as_ref()) {
            node.give_back(released);
        }
    }

    /// In a transaction that has failed, COMMIT is taken for ROLLBACK without a word; the statement
    /// before it is not. When the connection breaks here, the server may have stored everything.
    pub(super) fn commit(&self) -> Result<(), DbError> {
        self.unconfirmed.store(false, Ordering::SeqCst);
        let said = match self.node.borrow().as_ref() {
            // Other nodes need not wait until they look again. Its name is an identifier of ours.
            Some(node) => self.batch(&format!("SELECT pg_notify('segue', '{}'); COMMIT", node.id())),
            None => self.batch("SELECT 1; COMMIT"),
        };
        self.ended(said.is_ok());
        if self.unconfirmed.load(Ordering::SeqCst) {
            self.inside.set(Inside::None);
            return Err(DbError::Unknown);
        }
        match said {
            Err(error) if error.is_away() => Err(DbError::Unknown),
            Err(error) => Err(error),
            Ok(()) => {
                self.inside.set(Inside::None);
                Ok(())
            }
        }
    }

    pub(super) fn rollback(&self) -> Result<(), DbError> {
        self.inside.set(Inside::None);
        self.ended(false);
        self.batch("ROLLBACK")
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.inside.get() == Inside::Writing && !self.is_gone()
    }

    pub(super) fn at_once<T, E: From<DbError>>(&self, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.enter("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        self.inside.set(Inside::Reading);
        let answer = catch_unwind(AssertUnwindSafe(read));
        self.inside.set(Inside::None);
        let ended = self.batch("ROLLBACK");
        // The first thing that went wrong is told.
        let answer = answer.unwrap_or_else(|panic| resume_unwind(panic))?;
        ended?;
        Ok(answer)
    }

    fn prepare(&self, statement: &str) -> Result<Statement, DbError> {
        if let Some(known) = self.prepared.borrow().get(statement) {
            return Ok(known.clone());
        }
        let new = self.client.borrow_mut().prepare(&numbered(statement))?;
        self.prepared.borrow_mut().insert(statement.to_owned(), new.clone());
        Ok(new)
    }
}

/// `?1` is `$1` here; in quotes it is text.
fn numbered(statement: &str) -> String {
    let mut quoted = false;
    let dollar = |letter| match letter {
        '\'' => {
            quoted = !quoted;
            letter
        }
        '?' if !quoted => '$',
        other => other,
    };
    statement.chars().map(dollar).collect()
}

pub(super) fn get<T: Read>(row: &postgres::Row, column: impl Column) -> Result<T, DbError> {
    let cell: Cell<'_> = row.try_get(column)?;
    T::read(cell).map_err(|why| DbError::Column {
        column: column.to_string(),
        why,
    })
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *kind {
            Type::INT2 => Self::Integer(i16::from_sql(kind, raw)?.into()),
            Type::INT4 => Self::Integer(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Self::Integer(i64::from_sql(kind, raw)?),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(std::str::from_utf8(raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        const KNOWN: [Type; 7] = [
            Type::INT2,
            Type::INT4,
            Type::INT8,
            Type::BYTEA,
            Type::TEXT,
            Type::VARCHAR,
            Type::NAME,
        ];
        KNOWN.contains(kind)
    }
}

/// A value for a place of another kind: a defect of the statement.
#[derive(Debug)]
struct Misplaced(Type);

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value that does not fit into {}", self.0)
    }
}

impl Error for Misplaced {}

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => number.to_sql(kind, out),
            (Self::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Self::Text(text), &Type::TEXT) => text.as_ref().to_sql(kind, out),
            (Self::Bytes(bytes), &Type::BYTEA) => bytes.as_ref().to_sql(kind, out),
            (Self::Integer(_) | Self::Text(_) | Self::Bytes(_), kind) => Err(Misplaced(kind.clone()).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_as_postgresql_does_and_text_in_quotes_stays() {
        assert_eq!(
            numbered("a = ?1 AND b = '?2' AND c = ?12"),
            "a = $1 AND b = '?2' AND c = $12"
        );
    }
}
