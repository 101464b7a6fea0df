//! What the bare server keeps: one row for each POST, by one writer that shares a flush among all who
//! wait. The body goes first, then as many bytes as are missing to what is to be kept; of them the
//! first are the answer, so that a GET reads what it answers.

use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use rusqlite::{Connection, params};
use tokio::sync::{mpsc, oneshot};

/// As in the store of Segue.
const GROUP_MAX: usize = 128;
const WAITING_MAX: usize = 1_024;

/// Body, bytes beside it, answer.
type Row = (Bytes, usize, Bytes);
type Waiting = (Row, oneshot::Sender<Result<()>>);

/// The way to the writer, and connections that read.
pub struct Disk {
    writes: mpsc::Sender<Waiting>,
    readers: Mutex<Vec<Engine>>,
}

enum Engine {
    Sqlite(Connection),
    Postgres(Box<postgres::Client>),
}

impl Disk {
    /// Opens a file of SQLite, or connects to a server.
    pub async fn open(database: String) -> Result<Self> {
        let (writes, mut queue) = mpsc::channel::<Waiting>(WAITING_MAX);
        let opening = move || -> Result<(Engine, Vec<Engine>)> {
            let mut writer = Engine::open(&database)?;
            writer.prepare()?;
            let readers = (0..4).map(|_| Engine::open(&database)).collect::<Result<_>>()?;
            Ok((writer, readers))
        };
        let (mut writer, readers) = tokio::task::spawn_blocking(opening).await??;
        thread::spawn(move || {
            while let Some(first) = queue.blocking_recv() {
                let mut group = vec![first];
                while group.len() < GROUP_MAX
                    && let Ok(next) = queue.try_recv()
                {
                    group.push(next);
                }
                let (rows, waiting): (Vec<Row>, Vec<_>) = group.into_iter().unzip();
                let kept = writer.keep(rows).map_err(|fault| format!("{fault:#}"));
                for reply in waiting {
                    let _ = reply.send(kept.clone().map_err(|fault| anyhow!(fault)));
                }
            }
        });
        Ok(Self {
            writes,
            readers: Mutex::new(readers),
        })
    }

    /// Returns when it is on the disk.
    pub async fn keep(&self, row: Row) -> Result<()> {
        let (reply, kept) = oneshot::channel();
        let sent = self.writes.send((row, reply)).await;
        sent.map_err(|_| anyhow!("the writer is gone"))?;
        kept.await?
    }

    /// What the row with this number answers.
    pub fn read(&self, id: i64) -> Result<Bytes> {
        let mut reader = loop {
            let free = self.readers.lock().map_err(|_| anyhow!("a reader panicked"))?.pop();
            match free {
                Some(reader) => break reader,
                None => thread::yield_now(),
            }
        };
        let found = reader.read(id);
        self.readers
            .lock()
            .map_err(|_| anyhow!("a reader panicked"))?
            .push(reader);
        found
    }
}

impl Engine {
    fn open(database: &str) -> Result<Self> {
        if database.contains("host=") {
            let client = postgres::Client::connect(database, postgres::NoTls)?;
            return Ok(Self::Postgres(Box::new(client)));
        }
        let db = Connection::open(database)?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             PRAGMA busy_timeout = 5000;",
        )?;
        Ok(Self::Sqlite(db))
    }

    fn prepare(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(db) => db.execute_batch(
                "CREATE TABLE kept(id INTEGER PRIMARY KEY, answer BLOB NOT NULL, body BLOB NOT NULL, rest BLOB NOT NULL)",
            )?,
            Self::Postgres(client) => client.batch_execute(
                "CREATE TABLE kept(id bigserial PRIMARY KEY, answer bytea NOT NULL, body bytea NOT NULL, rest bytea NOT NULL);
                 ALTER TABLE kept ALTER answer SET STORAGE EXTERNAL, ALTER body SET STORAGE EXTERNAL, ALTER rest SET STORAGE EXTERNAL",
            )?,
        }
        Ok(())
    }

    fn keep(&mut self, rows: Vec<Row>) -> Result<()> {
        match self {
            Self::Sqlite(db) => {
                let group = db.transaction()?;
                {
                    let mut insert =
                        group.prepare_cached("INSERT INTO kept(answer, body, rest) VALUES (?1, ?2, ?3)")?;
                    for (body, rest, answer) in &rows {
                        insert.execute(params![answer.as_ref(), body.as_ref(), beside(*rest, answer)])?;
                    }
                }
                group.commit()?;
            }
            Self::Postgres(client) => {
                let answers: Vec<&[u8]> = rows.iter().map(|(_, _, answer)| answer.as_ref()).collect();
                let bodies: Vec<&[u8]> = rows.iter().map(|(body, _, _)| body.as_ref()).collect();
                let rests: Vec<Vec<u8>> = rows.iter().map(|(_, rest, answer)| beside(*rest, answer)).collect();
                client.execute(
                    "INSERT INTO kept(answer, body, rest) SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[])",
                    &[&answers, &bodies, &rests],
                )?;
            }
        }
        Ok(())
    }

    fn read(&mut self, id: i64) -> Result<Bytes> {
        let found: Vec<u8> = match self {
            Self::Sqlite(db) => db
                .prepare_cached("SELECT answer FROM kept WHERE id = ?1")?
                .query_row([id], |row| row.get(0))
                .with_context(|| format!("no row {id}"))?,
            Self::Postgres(client) => {
                tokio::task::block_in_place(|| client.query_one("SELECT answer FROM kept WHERE id = $1", &[&id]))?
                    .get(0)
            }
        };
        Ok(found.into())
    }
}

/// Bytes that are kept beside body and answer.
fn beside(rest: usize, answer: &Bytes) -> Vec<u8> {
    vec![b'r'; rest.saturating_sub(answer.len())]
}
