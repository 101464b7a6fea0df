//! All durable state of Segue in one database: a file of SQLite, or one of PostgreSQL. Nothing else in the
//! project speaks SQL.
//!
//! Guarantees: what was acknowledged survives the death of the process at any point and the loss
//! of power (`synchronous=FULL`; many changes share one sync). A [`Commit`] is applied whole or
//! refused whole. Every read of partner data takes a [`Scope`] and sees nothing of another.
//! Events are delivered from here in the order of their commits, per subscription and lane.
//!
//! [`Commit`]: segue_model::commit::Commit
//! [`Scope`]: segue_model::id::Scope

use std::path::Path;
use std::sync::Arc;

use segue_model::document::Document;
use segue_model::time::{Clock, SystemClock};
use tokio::sync::watch;

use crate::schema::Place;

mod audit;
mod books;
mod commit;
mod copy;
mod database;
mod db;
mod deliveries;
mod documents;
mod engine;
mod error;
mod folder;
mod inbox;
mod jobs;
mod keys;
mod mirrors;
mod nodes;
mod open_requests;
mod parties;
mod passages;
#[cfg(feature = "planted")]
pub mod planted;
mod products;
mod records;
mod row;
mod schema;
mod seal;
mod server;
mod tenders;
mod traffic;
mod upkeep;
mod versions;

pub use audit::{AuditRow, ChainState};
pub use books::StoredBook;
pub use copy::TableDigest;
pub use database::{Database, DatabaseState};
pub use db::DbError;
pub use deliveries::{DELIVERIES_LISTED, Delivery, DeliveryFilter, DeliveryRow, DeliveryState, DeliverySummary};
pub use documents::{Condition, HistoryRow, ListQuery, Page};
pub use error::{CommitError, StoreError};
pub use folder::{DATABASE_FILE, LOCK_FILE, MASTER_KEY_FILE};
pub use inbox::{Arrival, InboxEvent, InboxRow};
pub use jobs::{DueJob, ParkedJob};
pub use keys::SigningKeyRow;
pub use mirrors::QuietMirror;
pub use nodes::Mark;
pub use open_requests::OpenRequest;
pub use passages::{ErrandMark, Period};
pub use records::Held;
pub use seal::{MASTER_KEY_VARIABLE, MasterKey, Secret};
pub use server::Server;
pub use tenders::TenderRow;
pub use traffic::Traffic;
pub use upkeep::{Stats, Swept};
pub use versions::{VersionChange, VersionChanged};

/// The values under which a document is found: pairs of filter name and value.
type Index = Arc<dyn Fn(&Document) -> Vec<(&'static str, String)> + Send + Sync>;

/// Reads on more threads than this only wait for each other's disk.
const READERS: usize = 4;

/// How a store is opened.
pub struct Options {
    index: Index,
    wall: Arc<dyn Clock>,
    master_key: Option<MasterKey>,
    readers: usize,
    server: Option<Box<Server>>,
}

impl Options {
    /// `index` says under which filter values a document is found.
    pub fn new(index: impl Fn(&Document) -> Vec<(&'static str, String)> + Send + Sync + 'static) -> Self {
        Self {
            index: Arc::new(index),
            wall: Arc::new(SystemClock),
            master_key: None,
            readers: READERS,
            server: None,
        }
    }

    /// The clock of deliveries, audit and idempotency; that of the machine without one.
    #[must_use]
    pub fn with_wall_clock(mut self, wall: Arc<dyn Clock>) -> Self {
        self.wall = wall;
        self
    }

    /// The key that seals secrets. A store without one refuses to keep or give out any.
    #[must_use]
    pub fn with_master_key(mut self, key: MasterKey) -> Self {
        self.master_key = Some(key);
        self
    }

    /// Keeps everything in a database of PostgreSQL instead of a file.
    #[must_use]
    pub fn with_server(mut self, server: Server) -> Self {
        self.server = Some(Box::new(server));
        self
    }

    /// Threads that read, at least one.
    #[must_use]
    pub fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }
}

struct Shared {
    engine: engine::Engine,
    index: Index,
    wall: Arc<dyn Clock>,
    master_key: Option<MasterKey>,
}

/// The database. Clones are cheap and mean the same one.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

impl Store {
    /// Opens the database in `folder`, which is made where it is missing (its parents too).
    ///
    /// # Errors
    /// The folder or a file in it is open to other users, another process has it open, the
    /// format is newer than this program, or the master key is not the one of this database.
    pub fn open(folder: &Path, options: Options) -> Result<Self, StoreError> {
        let lock = folder::prepare(folder)?;
        let place = match options.server {
            Some(server) => Place::Server(server),
            None => Place::File(folder.join(DATABASE_FILE)),
        };
        let (key, readers) = (options.master_key.clone(), options.readers);
        let engine = engine::apart(move || {
            let db = schema::open_writer(&place)?;
            if let Some(key) = &key {
                seal::recognise(&db, key)?;
            }
            engine::Engine::start(db, &place, lock, readers)
        })?;
        Ok(Self(Arc::new(Shared {
            engine,
            index: options.index,
            wall: options.wall,
            master_key: options.master_key,
        })))
    }

    /// Stores what waits, then ends the threads and lets go of the folder. Other clones are
    /// answered [`StoreError::Closed`] from then on.
    pub async fn close(self) {
        self.0.engine.close().await;
    }

    /// Changes that wait for the writer now: the measure of its load.
    pub fn queue_depth(&self) -> usize {
        self.0.engine.waiting()
    }

    /// Changes whenever something was stored: wakes those who work on jobs, deliveries and the
    /// inbox. The number itself means nothing.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.engine.changes()
    }

    fn engine(&self) -> &engine::Engine {
        &self.0.engine
    }
}
