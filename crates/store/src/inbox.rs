//! Events that Sellers told us: kept first, worked on later, each once.

use jiff::Timestamp;
use segue_model::id::Scope;
use serde_json::Value;

use crate::db::{DbError, Row, bind};
use crate::row::{self, At, Json, signed};
use crate::{Store, StoreError};

/// An event as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxEvent {
    /// Who told whom.
    pub scope: Scope,
    /// Name of the notification API.
    pub api: String,
    /// Its major version.
    pub version: u32,
    /// `eventType`
    pub event_type: String,
    /// `eventId`: the same over all repetitions.
    pub event_id: String,
    /// Wall time.
    pub received_at: Timestamp,
    /// The whole envelope.
    pub body: Value,
}

/// Whether an event is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is, and it is on the disk.
    Fresh,
    /// The Seller repeats itself.
    Duplicate,
}

/// An event that is still to be worked on.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxRow {
    /// Given in the order of arrival.
    pub id: i64,
    /// The event.
    pub event: InboxEvent,
}

impl Store {
    /// Keeps an event, unless this partner told it before at this API.
    pub async fn inbox_put(&self, event: InboxEvent) -> Result<Arrival, StoreError> {
        self.engine()
            .write("keep an event", move |db| {
                let stored = db.run(
                    "INSERT INTO inbox(company, partner, api, version, event_type, event_id, received_at, body) \
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
                    &bind![
                        event.scope.company.as_str(),
                        event.scope.partner.as_str(),
                        event.api,
                        event.version,
                        event.event_type,
                        event.event_id,
                        At(event.received_at),
                        Json(event.body)
                    ],
                )?;
                Ok(if stored == 1 {
                    Arrival::Fresh
                } else {
                    Arrival::Duplicate
                })
            })
            .await
    }

    /// The oldest events that are not done.
    pub async fn inbox_pending(&self, most: usize) -> Result<Vec<InboxRow>, StoreError> {
        self.engine()
            .read("read the inbox", move |db| {
                Ok(db.all(
                    "SELECT seq, company, partner, api, version, event_type, event_id, received_at, body
                     FROM inbox WHERE done = 0 ORDER BY seq LIMIT ?1",
                    &bind![signed(most as u64)],
                    inbox_row,
                )?)
            })
            .await
    }

    /// Nothing is left to do for this event. It stays known as seen.
    pub async fn inbox_done(&self, id: i64) -> Result<(), StoreError> {
        self.engine()
            .write("finish an event", move |db| {
                db.run("UPDATE inbox SET done = 1 WHERE seq = ?1", &bind![id])?;
                Ok(())
            })
            .await
    }
}

fn inbox_row(row: &Row<'_>) -> Result<InboxRow, DbError> {
    Ok(InboxRow {
        id: row.get("seq")?,
        event: InboxEvent {
            scope: row::scope(row)?,
            api: row.get("api")?,
            version: row.get("version")?,
            event_type: row.get("event_type")?,
            event_id: row.get("event_id")?,
            received_at: row.get::<At>("received_at")?.0,
            body: row.stored("body")?,
        },
    })
}
