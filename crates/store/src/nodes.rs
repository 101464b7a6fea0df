//! Several processes that work with one database of a server: nodes. Each says every second that it
//! lives. One of them leads, and does the background work; requests are answered by all.
//!
//! Guarantees: a node that was not heard of for its lease is struck off by another, with all that it
//! held, and from then on writes nothing (the writer looks for its row in every transaction) until it
//! has joined anew under another name. So one that stood still and wakes up cannot undo what was
//! done in its place. Time is that of the server. On a file of SQLite there is one process, which leads.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use segue_model::commit::Commit;
use segue_model::id::new_id;
use tokio::sync::watch;

use crate::db::{Db, DbError, Postgres, Purpose, bind};
use crate::engine::Writer;
use crate::row::unsigned;
use crate::{CommitError, Server, Store, StoreError};

/// A node that says nothing for so long may be struck off.
const LEASE: &str = "5 seconds";
/// A leader stops by itself when it was not heard for so long: before anybody strikes it off.
const LEADS_FOR: Duration = Duration::from_secs(4);
/// How often a node says that it lives.
const BEAT: Duration = Duration::from_secs(1);
/// A node is struck off when its lease is over in so many looks, a beat apart: when the database
/// comes back all leases are over, and all nodes are about to say that they live.
const LOOKS: u32 = 3;
/// How soon the end of the process is noticed, and a broken connection made anew.
const SLICE: Duration = Duration::from_millis(100);

/// What is let go of, with the next transaction.
pub(crate) enum Released {
    /// An answer is out.
    Mark(i64),
    /// A request of ours has ended.
    Claim(String),
}

/// What threads and callers know of the own node.
pub(crate) struct Node {
    id: Mutex<String>,
    born: Instant,
    /// Milliseconds from `born`, until which it leads; 0: it does not.
    leads_until: AtomicU64,
    campaigns: AtomicBool,
    stops: AtomicBool,
    released: Mutex<Vec<Released>>,
}

impl Node {
    /// One that has not joined yet.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            id: Mutex::new(new_id()),
            born: Instant::now(),
            leads_until: AtomicU64::new(0),
            campaigns: AtomicBool::new(false),
            stops: AtomicBool::new(false),
            released: Mutex::default(),
        })
    }

    /// Its name, as long as it is not struck off.
    pub(crate) fn id(&self) -> String {
        self.id.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it leads at this instant.
    pub(crate) fn leads(&self) -> bool {
        let now = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        now < self.leads_until.load(Ordering::SeqCst)
    }

    /// From now on it leads when nobody else does.
    pub(crate) fn campaign(&self) {
        self.campaigns.store(true, Ordering::SeqCst);
    }

    /// The next beat is the last one.
    pub(crate) fn stop(&self) {
        self.stops.store(true, Ordering::SeqCst);
    }

    /// Lets go of something with the next transaction.
    pub(crate) fn release(&self, what: Released) {
        self.list().push(what);
    }

    /// Takes what is to be let go of.
    pub(crate) fn take_released(&self) -> Vec<Released> {
        std::mem::take(&mut *self.list())
    }

    /// Gives back what could not be let go of.
    pub(crate) fn give_back(&self, mut what: Vec<Released>) {
        self.list().append(&mut what);
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Released>> {
        self.released.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The beat of one node, on a connection of its own.
pub(crate) struct Beat {
    db: Db,
    node: Arc<Node>,
    changed: watch::Sender<u64>,
    writer: Writer,
    /// Nodes whose lease was over, in how many looks.
    silent: HashMap<String, u32>,
}

impl Beat {
    /// Joins.
    pub(crate) fn join(
        server: &Server,
        node: Arc<Node>,
        changed: watch::Sender<u64>,
        writer: Writer,
    ) -> Result<Self, DbError> {
        let beat = Self {
            db: Db::Postgres(Box::new(Postgres::connect(server, Purpose::Beat)?)),
            node,
            changed,
            writer,
            silent: HashMap::new(),
        };
        beat.enter()?;
        Ok(beat)
    }

    fn enter(&self) -> Result<(), DbError> {
        let row = format!("INSERT INTO node(id, until) VALUES (?1, clock_timestamp() + interval '{LEASE}')");
        self.db.run(&row, &bind![self.node.id()]).map(drop)
    }

    /// Beats until it is told to stop, or the store is gone; then leaves, so that nobody has to wait for its lease to end.
    pub(crate) fn run(mut self) {
        let mut last: Option<Instant> = None;
        while self.writer.is_there() && !self.node.stops.load(Ordering::SeqCst) {
            if last.is_none_or(|last| last.elapsed() >= BEAT) {
                last = Some(Instant::now());
                if let Err(error) = self.beat() {
                    tracing::warn!(%error, "this node cannot say that it lives");
                }
            }
            match self.db.heard(SLICE, &self.node.id()) {
                Ok(true) => self.changed.send_modify(|count| *count = count.wrapping_add(1)),
                Ok(false) => {}
                Err(_) => std::thread::sleep(SLICE),
            }
        }
        self.node.leads_until.store(0, Ordering::SeqCst);
        let _ = self.db.run("DELETE FROM node WHERE id = ?1", &bind![self.node.id()]);
    }

    fn beat(&mut self) -> Result<(), DbError> {
        let at = self.node.born.elapsed();
        let row = format!("UPDATE node SET until = clock_timestamp() + interval '{LEASE}' WHERE id = ?1");
        if self.db.run(&row, &bind![self.node.id()])? == 0 {
            self.rejoin()?;
        }
        if self.node.campaigns.load(Ordering::SeqCst) {
            self.lead(at)?;
        }
        if !self.node.list().is_empty() {
            self.writer.release();
        }
        self.strike_off()
    }

    /// Others took this node for dead.
    fn rejoin(&self) -> Result<(), DbError> {
        tracing::error!("this node stood still for too long and was struck off; it joins anew");
        self.node.leads_until.store(0, Ordering::SeqCst);
        *self.node.id.lock().unwrap_or_else(PoisonError::into_inner) = new_id();
        self.enter()
    }

    fn lead(&self, at: Duration) -> Result<(), DbError> {
        let id = self.node.id();
        let first = "INSERT INTO leader(one, node) VALUES (1, ?1) ON CONFLICT DO NOTHING";
        if self.db.run(first, &bind![id])? > 0 {
            tracing::info!(node = id, "this node does the background work from now on");
        }
        let leads = self.db.any("SELECT 1 FROM leader WHERE node = ?1", &bind![id])?;
        let until = if leads { at + LEADS_FOR } else { Duration::ZERO };
        let until = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
        self.node.leads_until.store(until, Ordering::SeqCst);
        Ok(())
    }

    /// Strikes off who was silent for long enough: what it held goes with its row.
    fn strike_off(&mut self) -> Result<(), DbError> {
        let over = "SELECT id FROM node WHERE until < clock_timestamp()";
        let over: HashSet<String> = self.db.all(over, &[], |row| row.get(0))?.into_iter().collect();
        self.silent.retain(|id, _| over.contains(id));
        for id in over {
            let looks = self.silent.entry(id.clone()).or_default();
            *looks += 1;
            if *looks < LOOKS {
                continue;
            }
            // As a writer: none of its transactions is under way then.
            self.db.begin()?;
            let gone = self.db.run(
                "DELETE FROM node WHERE id = ?1 AND until < clock_timestamp()",
                &bind![id],
            );
            match gone {
                Ok(gone) => {
                    self.db.commit()?;
                    if gone > 0 {
                        tracing::warn!(node = id, "a node was not heard of and is struck off");
                    }
                }
                Err(error) => {
                    let _ = self.db.rollback();
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// An answer on its way, as other nodes see it.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    /// Tells it from others of this process.
    pub number: i64,
    /// Documents and lanes that wait until it is out.
    pub names: Vec<String>,
}

impl Store {
    /// Whether other processes may work with this database too: then nothing that they may change is
    /// known without looking.
    pub fn is_shared(&self) -> bool {
        self.engine().node().is_some()
    }

    /// Whether the background work is this process's to do, now. Ask before each piece of it.
    pub fn leads(&self) -> bool {
        self.engine().node().is_none_or(|node| node.leads())
    }

    /// From now on this process does the background work when no other one does.
    pub fn campaign(&self) {
        if let Some(node) = self.engine().node() {
            node.campaign();
        }
    }

    /// How many processes work with this database.
    pub async fn nodes(&self) -> Result<u64, StoreError> {
        if !self.is_shared() {
            return Ok(1);
        }
        let count = |db: &Db| Ok(unsigned(db.value("SELECT count(*) FROM node", &[])?));
        self.engine().read("count nodes", count).await
    }

    /// Like [`Store::commit`]; whoever does the background work leaves what `mark` names alone until
    /// [`Store::unmark`], or until this process is struck off. The one who does that work itself has no
    /// need to write it down.
    pub async fn commit_marked(&self, commit: Commit, mark: Mark) -> Result<(), CommitError> {
        let Some(node) = self.engine().node().filter(|node| !node.leads()).cloned() else {
            return self.commit(commit).await;
        };
        self.commit_with(commit, move |db| {
            let row = "INSERT INTO mark(node, number, name) VALUES (?1, ?2, ?3)";
            for name in &mark.names {
                db.run(row, &bind![node.id(), mark.number, name])?;
            }
            Ok(())
        })
        .await
    }

    /// The answer of this number is out.
    pub fn unmark(&self, number: i64) {
        self.engine().release(Released::Mark(number));
    }

    /// What answers of other processes are about. Ask after reading what is due: a mark is stored
    /// together with what must wait for it.
    pub async fn marked(&self) -> Result<HashSet<String>, StoreError> {
        if !self.is_shared() {
            return Ok(HashSet::new());
        }
        let names = |db: &Db| {
            Ok(db
                .all("SELECT DISTINCT name FROM mark", &[], |row| row.get(0))?
                .into_iter()
                .collect())
        };
        self.engine().read("read marks", names).await
    }

    /// Takes `name` for this process alone, until [`Store::unclaim`] or its end; false where another
    /// one has it.
    pub async fn claim(&self, name: &str) -> Result<bool, StoreError> {
        let Some(node) = self.engine().node().cloned() else {
            return Ok(true);
        };
        let name = name.to_owned();
        let claim = move |db: &Db| {
            let id = node.id();
            let row = "INSERT INTO claim(name, node) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            db.run(row, &bind![name, id])?;
            Ok(db.any("SELECT 1 FROM claim WHERE name = ?1 AND node = ?2", &bind![name, id])?)
        };
        self.engine().write("claim a request", claim).await
    }

    /// Lets go of what was claimed.
    pub fn unclaim(&self, name: &str) {
        self.engine().release(Released::Claim(name.to_owned()));
    }
}
