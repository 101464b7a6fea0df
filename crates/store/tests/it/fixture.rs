//! A store in a folder of its own, a clock that stands, and short ways to make things.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use segue_model::commit::{AuditEntry, Commit, Event, Job, Subscription, SubscriptionChange};
use segue_model::document::{Document, Object, Side};
use segue_model::id::{CompanyId, Scope};
use segue_model::time::{Clock, ManualClock};
use segue_store::{MasterKey, Options, Server, Store, StoreError};
use serde_json::{Value, json};

/// The standing time of all tests.
pub fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// `seconds` after noon.
pub fn after(seconds: i64) -> Timestamp {
    noon().checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

pub struct Fixture {
    pub store: Store,
    pub wall: Arc<ManualClock>,
    key: MasterKey,
    folder: tempfile::TempDir,
}

impl Fixture {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let wall = Arc::new(ManualClock::at(noon()));
        let key = MasterKey::random().unwrap();
        let path = folder.path().join("state");
        let store = open(&path, options(&wall, &key)).unwrap();
        if std::env::var(crate::formats::EXPANDED).is_ok() {
            crate::formats::expand(&Raw::of(&path));
        }
        Self {
            store,
            wall,
            key,
            folder,
        }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Opens a store in another folder, a file of SQLite.
    pub fn open_in(&self, folder: &Path) -> Result<Store, StoreError> {
        Store::open(folder, options(&self.wall, &self.key))
    }

    /// Closes the store, lets `between` work on its files, and opens it again.
    pub async fn reopen(&mut self, between: impl FnOnce(&Raw)) {
        self.store.clone().close().await;
        between(&Raw::of(&self.path()));
        self.store = open(&self.path(), options(&self.wall, &self.key)).unwrap();
    }
}

/// Opens a store in `folder`; where the tests run on PostgreSQL, on a database of its own there.
pub fn open(folder: &Path, options: Options) -> Result<Store, StoreError> {
    match server_of(folder) {
        Some(server) => Store::open(folder, options.with_server(Server::parse(&server)?)),
        None => Store::open(folder, options),
    }
}

/// The database itself, without a store.
pub enum Raw {
    Sqlite(rusqlite::Connection),
    Server(String),
}

impl Raw {
    pub fn of(folder: &Path) -> Self {
        match server_of(folder) {
            Some(server) => Self::Server(server),
            None => Self::Sqlite(rusqlite::Connection::open(folder.join(segue_store::DATABASE_FILE)).unwrap()),
        }
    }

    pub fn batch(&self, statements: &str) {
        match self {
            Self::Sqlite(db) => db.execute_batch(statements).unwrap(),
            Self::Server(server) => crate::cluster::batch(server, statements),
        }
    }
}

fn server_of(folder: &Path) -> Option<String> {
    let server = std::env::var(crate::postgres::SERVER).ok()?;
    Some(crate::cluster::database(&server, folder))
}

fn options(wall: &Arc<ManualClock>, key: &MasterKey) -> Options {
    let wall: Arc<dyn Clock> = Arc::clone(wall) as _;
    Options::new(index)
        .with_wall_clock(wall)
        .with_master_key(key.clone())
        .with_readers(2)
}

/// `externalId`, `state` and every `place`.
pub fn index(document: &Document) -> Vec<(&'static str, String)> {
    let mut rows = vec![("state", document.state.clone())];
    rows.extend(document.text("/externalId").map(|text| ("externalId", text.to_owned())));
    let places = document.at("/place").and_then(Value::as_array).into_iter().flatten();
    rows.extend(
        places
            .filter_map(Value::as_str)
            .map(|place| ("place", place.to_owned())),
    );
    rows
}

pub fn acme() -> CompanyId {
    CompanyId::new("acme")
}

/// Our company `acme` and this partner.
pub fn with(partner: &str) -> Scope {
    Scope::new("acme", partner)
}

pub fn object(value: Value) -> Object {
    value.as_object().unwrap().clone()
}

/// A new quote of `beta`, made at noon.
pub fn quote(id: &str) -> Document {
    quote_of(&with("beta"), id)
}

pub fn quote_of(scope: &Scope, id: &str) -> Document {
    Document {
        id: id.to_owned(),
        scope: scope.clone(),
        side: Side::Seller,
        api: "quoteManagement".to_owned(),
        resource: "quote".to_owned(),
        state: "inProgress".to_owned(),
        revision: 1,
        agreement_version: 1,
        created_at: noon(),
        updated_at: noon(),
        body: object(json!({ "id": id, "externalId": format!("ext-{id}"), "zeta": 1, "alpha": 2 })),
    }
}

pub fn job(id: &str, document_id: &str, due_at: Timestamp) -> Job {
    Job {
        id: id.to_owned(),
        scope: with("beta"),
        document_id: document_id.to_owned(),
        resource: "quote".to_owned(),
        kind: "expire".to_owned(),
        payload: json!({ "item": "1" }),
        due_at,
        attempt: 0,
    }
}

pub fn event(id: &str, lane: &str) -> Event {
    Event {
        id: id.to_owned(),
        scope: with("beta"),
        api: "quoteNotification".to_owned(),
        event_type: "quoteStateChangeEvent".to_owned(),
        lane: lane.to_owned(),
        at: noon(),
        payload: json!({ "id": lane }),
    }
}

pub fn subscription(id: &str, event_types: &[&str]) -> Subscription {
    Subscription {
        id: id.to_owned(),
        scope: with("beta"),
        api: "quoteManagement".to_owned(),
        notification: "quoteNotification".to_owned(),
        version: 10,
        callback: "https://beta.example/hooks".to_owned(),
        query: None,
        event_types: event_types.iter().map(|text| (*text).to_owned()).collect(),
        party_query: "buyerId=B&sellerId=S".to_owned(),
    }
}

pub fn subscribe(id: &str) -> Commit {
    Commit {
        subscriptions: vec![SubscriptionChange::Add(subscription(id, &[]))],
        ..Commit::default()
    }
}

pub fn events(events: &[(&str, &str)]) -> Commit {
    Commit {
        events: events.iter().map(|(id, lane)| event(id, lane)).collect(),
        ..Commit::default()
    }
}

pub fn entry(action: &str) -> AuditEntry {
    AuditEntry {
        company: "acme".to_owned(),
        actor: "operator".to_owned(),
        action: action.to_owned(),
        object: String::new(),
        outcome: "ok".to_owned(),
        detail: String::new(),
        request_id: String::new(),
    }
}
