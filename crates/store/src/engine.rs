//! Threads that own connections: one writer with group commit, some readers.
//!
//! The writer takes all changes that wait, applies each in its own savepoint and commits them
//! together: one sync of the disk for many. A change is acknowledged only after that commit.
//! A change that is refused, or that panics, is rolled back alone. A read that is asked for
//! after an acknowledgement sees what was acknowledged.
//!
//! A look at one row of a file takes less time than handing it to a thread and back: those have
//! connections of their own, used where the caller runs.

mod group;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::sync::{mpsc, oneshot, watch};

use crate::StoreError;
use crate::db::Db;
use crate::nodes::{Beat, Node, Released};
use crate::schema::{self, Place};

use group::{Change, Waiting};

/// Changes in one transaction. Above a hundred the sync is no longer what costs.
const GROUP_MAX: usize = 128;
/// Changes that may wait for the writer; more callers wait for a place in the queue.
pub(crate) const WRITES_WAITING_MAX: usize = 1_024;
/// Reads that may wait.
const READS_WAITING_MAX: usize = 1_024;

enum Write {
    Change(Box<dyn Change>),
    Release,
    Close(oneshot::Sender<()>),
}

enum Read {
    Run(Box<dyn FnOnce(&Db) + Send>),
    Close(oneshot::Sender<()>),
}

/// Connections for looks; none is left when all are in use, or after the end. Each keeps the lock.
type Lookouts = Mutex<Option<Vec<(Db, Arc<File>)>>>;

/// The way to the threads.
pub(crate) struct Engine {
    writes: mpsc::Sender<Write>,
    reads: mpsc::Sender<Read>,
    readers: usize,
    lookouts: Lookouts,
    changed: watch::Sender<u64>,
    node: Option<Membership>,
}

/// The writer, as long as somebody has use for it.
pub(crate) struct Writer(mpsc::WeakSender<Write>);

impl Writer {
    pub(crate) fn is_there(&self) -> bool {
        self.0.upgrade().is_some()
    }

    /// Has it let go of what waits for that.
    pub(crate) fn release(&self) {
        if let Some(writes) = self.0.upgrade() {
            let _ = writes.try_send(Write::Release);
        }
    }
}

/// The own node, and word of its end.
struct Membership {
    node: Arc<Node>,
    left: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Engine {
    /// Starts the threads, `db` to write with. They keep `lock` until the last of them ends.
    pub(crate) fn start(db: Db, place: &Place, lock: File, readers: usize) -> Result<Self, StoreError> {
        let lock = Arc::new(lock);
        let (writes, write_queue) = mpsc::channel(WRITES_WAITING_MAX);
        let (reads, read_queue) = mpsc::channel(READS_WAITING_MAX);
        let changed = watch::Sender::new(0);
        let node = join(&db, place, (&writes, &changed), &lock)?;
        let (held, told) = (Arc::clone(&lock), changed.clone());
        spawn("store-writer", move || {
            let asked = write_loop(db, write_queue, &told);
            drop(held);
            answer(asked);
        })?;
        let read_queue = Arc::new(Mutex::new(read_queue));
        let mut lookouts = Vec::new();
        for number in 0..readers {
            if matches!(place, Place::File(_)) {
                lookouts.push((schema::open_reader(place)?, Arc::clone(&lock)));
            }
            let db = schema::open_reader(place)?;
            let (held, queue) = (Arc::clone(&lock), Arc::clone(&read_queue));
            spawn(&format!("store-reader-{number}"), move || {
                let asked = read_loop(db, &queue);
                drop(held);
                answer(asked);
            })?;
        }
        Ok(Self {
            writes,
            reads,
            readers,
            lookouts: Mutex::new(Some(lookouts)),
            changed,
            node,
        })
    }

    /// Runs `change` on the writer; answers when the group it was in is on the disk.
    pub(crate) async fn write<T, E, F>(&self, doing: &'static str, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Db) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let waiting = Box::new(Waiting::new(doing, change, reply));
        let sent = self.writes.send(Write::Change(waiting)).await;
        sent.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `query` on a reader.
    pub(crate) async fn read<T, F>(&self, doing: &'static str, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let run = move |db: &Db| {
            let result = catch_unwind(AssertUnwindSafe(|| query(db))).unwrap_or(Err(StoreError::Panicked(doing)));
            let _ = reply.send(result);
        };
        let sent = self.reads.send(Read::Run(Box::new(run))).await;
        sent.map_err(|_| StoreError::Closed)?;
        answer
            .await
            .map_err(|_| StoreError::Closed)?
            .map_err(|error| error.during(doing))
    }

    /// Runs `query`, which looks at a few rows by their keys: here and now in a file, on a reader in a
    /// database that is far away.
    pub(crate) async fn look<T, F>(&self, doing: &'static str, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    {
        let Some((db, lock)) = self.lookout() else {
            return self.read(doing, query).await;
        };
        let result = catch_unwind(AssertUnwindSafe(|| query(&db))).unwrap_or(Err(StoreError::Panicked(doing)));
        if let Ok(mut lookouts) = self.lookouts.lock()
            && let Some(lookouts) = lookouts.as_mut()
        {
            lookouts.push((db, lock));
        }
        result.map_err(|error| error.during(doing))
    }

    fn lookout(&self) -> Option<(Db, Arc<File>)> {
        self.lookouts.lock().ok()?.as_mut()?.pop()
    }

    /// Changes that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.writes.max_capacity() - self.writes.capacity()
    }

    /// Counts groups that were committed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Finishes what waits and ends the threads.
    pub(crate) async fn close(&self) {
        if let Ok(mut lookouts) = self.lookouts.lock() {
            lookouts.take();
        }
        for _ in 0..self.readers {
            let (reply, ended) = oneshot::channel();
            if self.reads.send(Read::Close(reply)).await.is_ok() {
                let _ = ended.await;
            }
        }
        let (reply, ended) = oneshot::channel();
        if self.writes.send(Write::Close(reply)).await.is_ok() {
            let _ = ended.await;
        }
        self.leave().await;
    }

    /// Nobody has to wait for the end of a lease.
    async fn leave(&self) {
        let Some(Membership { node, left }) = &self.node else {
            return;
        };
        node.stop();
        let left = left.lock().ok().and_then(|mut left| left.take());
        if let Some(left) = left {
            let _ = left.await;
        }
    }

    /// The own node, where there may be others.
    pub(crate) fn node(&self) -> Option<&Arc<Node>> {
        self.node.as_ref().map(|member| &member.node)
    }

    /// Lets go of something: soon, and surely as long as this process lives.
    pub(crate) fn release(&self, what: Released) {
        let Some(node) = self.node() else { return };
        node.release(what);
        // A group without changes; when the queue is full another one comes anyway.
        let _ = self.writes.try_send(Write::Release);
    }
}

/// Joins those who work with the database of a server.
fn join(
    db: &Db,
    place: &Place,
    (writes, changed): (&mpsc::Sender<Write>, &watch::Sender<u64>),
    lock: &Arc<File>,
) -> Result<Option<Membership>, StoreError> {
    let Place::Server(server) = place else {
        return Ok(None);
    };
    let node = Node::new();
    let writer = Writer(writes.downgrade());
    let beat = Beat::join(server, Arc::clone(&node), changed.clone(), writer)?;
    db.write_for(Arc::clone(&node));
    let (gone, left) = oneshot::channel();
    let held = Arc::clone(lock);
    spawn("store-beat", move || {
        beat.run();
        drop(held);
        let _ = gone.send(());
    })?;
    Ok(Some(Membership {
        node,
        left: Mutex::new(Some(left)),
    }))
}

/// Opens connections on a thread of their own: those to a server block, which a thread of the
/// caller's runtime may not.
pub(crate) fn apart<T: Send>(open: impl FnOnce() -> Result<T, StoreError> + Send) -> Result<T, StoreError> {
    thread::scope(|scope| {
        scope
            .spawn(open)
            .join()
            .unwrap_or(Err(StoreError::Panicked("open the database")))
    })
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let started = thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map(drop).map_err(|source| StoreError::File {
        doing: "start the thread",
        path: name.into(),
        source,
    })
}

/// Tells the one who closes the store that this thread and its share of the lock are gone.
fn answer(asked: Option<oneshot::Sender<()>>) {
    if let Some(asked) = asked {
        let _ = asked.send(());
    }
}

fn read_loop(db: Db, queue: &Mutex<mpsc::Receiver<Read>>) -> Option<oneshot::Sender<()>> {
    loop {
        // A statement of its own: the lock is given back before the query runs.
        let next = queue.lock().ok()?.blocking_recv()?;
        match next {
            Read::Run(run) => run(&db),
            Read::Close(ended) => return Some(ended),
        }
    }
}

fn write_loop(db: Db, mut queue: mpsc::Receiver<Write>, changed: &watch::Sender<u64>) -> Option<oneshot::Sender<()>> {
    let mut closing = None;
    while closing.is_none() {
        let Some(first) = queue.blocking_recv() else { break };
        let (mut group, mut releases) = (Vec::new(), false);
        let mut next = Some(first);
        while let Some(write) = next {
            match write {
                Write::Change(change) => group.push(change),
                Write::Release => releases = true,
                Write::Close(ended) => {
                    // What came before is still done; what comes after is told that it is closed.
                    queue.close();
                    closing = Some(ended);
                    break;
                }
            }
            next = if group.len() < GROUP_MAX {
                queue.try_recv().ok()
            } else {
                None
            };
        }
        if !group.is_empty() {
            group::commit(&db, group);
            changed.send_modify(|count| *count += 1);
        } else if releases {
            group::release(&db);
        }
    }
    schema::close_writer(db);
    closing
}
