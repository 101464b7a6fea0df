//! The outbox: which events are still to be told to whom, in order.
//!
//! A lane is one subscription and one [`Event::lane`]. Only the oldest unfinished delivery of a
//! lane is ever ready, so that the order of a lane holds over retries and restarts. A parked
//! delivery therefore blocks the later ones of its own lane, and of no other, until it is
//! replayed or dropped. Nothing here is leased: a delivery stays ready until it is reported
//! done, failed or parked, so the caller leaves out what it is already sending.

use jiff::Timestamp;
use segue_model::commit::{AuditEntry, Event, Subscription};
use segue_model::id::{CompanyId, PartnerId, Scope};

use crate::db::{Db, DbError, Row, bind, owned};
use crate::records;
use crate::row::{self, At, signed};
use crate::{Store, StoreError, audit};

/// Deliveries that one listing gives when the filter names no limit.
pub const DELIVERIES_LISTED: u32 = 1_000;

/// One event on its way to one subscription.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Given in the order of commits.
    pub id: i64,
    /// To whom.
    pub subscription: Subscription,
    /// What.
    pub event: Event,
    /// How often it failed already.
    pub attempt: u32,
    /// Trace id of the request it comes from; empty where there was none.
    pub trace: String,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It goes out when its time has come and all before it in its lane are finished.
    Waiting,
    /// It failed too often and waits for a person.
    Parked,
    /// The listener took it.
    Done,
    /// A person gave it up.
    Dropped,
}

impl DeliveryState {
    /// `waiting`, `parked`, `done` or `dropped`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "parked" => Self::Parked,
            "done" => Self::Done,
            "dropped" => Self::Dropped,
            _ => Self::Waiting,
        }
    }
}

/// Which deliveries of a company; an empty filter means all.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// Those to this partner.
    pub partner: Option<PartnerId>,
    /// Those of this subscription.
    pub subscription: Option<String>,
    /// Those that stand here; commands on parked ones look at no others anyway.
    pub state: Option<DeliveryState>,
    /// The most to list; [`DELIVERIES_LISTED`] without it. Commands act on all.
    pub limit: Option<u32>,
}

/// A delivery as an operator sees it.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// The delivery.
    pub delivery: Delivery,
    /// Where it stands.
    pub state: DeliveryState,
    /// Wall time before which it is not tried.
    pub next_attempt: Timestamp,
    /// What went wrong last.
    pub error: Option<String>,
}

/// How the deliveries to one partner go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliverySummary {
    /// Those that will go out.
    pub waiting: u64,
    /// Those among them that failed already.
    pub failing: u64,
    /// Those that wait for a person.
    pub parked: u64,
    /// Wall time at which one was taken last, as far as that is kept.
    pub last_done: Option<Timestamp>,
    /// What went wrong with the newest of those that are not finished.
    pub last_error: Option<String>,
}

const DELIVERY: &str = "SELECT d.seq, d.state, d.attempt, d.next_attempt, d.error, \
     s.company, s.partner, s.id, s.api, s.notification, s.version, s.callback, s.query, s.event_types, \
     s.party_query, e.id AS event_id, e.api AS event_api, e.event_type, e.lane AS event_lane, e.at AS event_at, \
     e.payload, e.trace FROM delivery d JOIN subscription s ON s.seq = d.subscription JOIN event e ON e.seq = d.event";

/// `?1` company, `?2` partner, `?3` subscription id.
const MATCHES: &str =
    "s.company = ?1 AND (CAST(?2 AS TEXT) IS NULL OR s.partner = ?2) AND (CAST(?3 AS TEXT) IS NULL OR s.id = ?3)";

/// `?1` company, `?2` partner.
const OF_PARTNER: &str =
    "delivery d JOIN subscription s ON s.seq = d.subscription WHERE s.company = ?1 AND s.partner = ?2";

impl Store {
    /// Deliveries that may be sent now: at most `per_subscription` of each, `most` in all. Every
    /// subscription gets its first before any gets its second, so that none starves another.
    pub async fn ready_deliveries(
        &self,
        wall_now: Timestamp,
        per_subscription: usize,
        most: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.engine()
            .read("read ready deliveries", move |db| {
                let statement = format!(
                    "WITH ready AS (SELECT seq, row_number() OVER
                         (PARTITION BY subscription ORDER BY next_attempt, seq) AS place
                       FROM delivery WHERE head = 1 AND state = 'waiting' AND next_attempt <= ?1)
                     {DELIVERY} JOIN ready r ON r.seq = d.seq WHERE r.place <= ?2
                     ORDER BY r.place, d.next_attempt, d.seq LIMIT ?3"
                );
                let (each, most) = (signed(per_subscription as u64), signed(most as u64));
                Ok(db.all(&statement, &bind![At(wall_now), each, most], delivery)?)
            })
            .await
    }

    /// Wall time at which the next delivery may be sent.
    pub async fn next_delivery(&self) -> Result<Option<Timestamp>, StoreError> {
        self.engine()
            .read("read the next delivery time", |db| {
                let next: Option<At> = db.value(
                    "SELECT min(next_attempt) FROM delivery WHERE head = 1 AND state = 'waiting'",
                    &[],
                )?;
                Ok(next.map(|at| at.0))
            })
            .await
    }

    /// The listener took it: the next one of its lane is ready.
    pub async fn delivery_done(&self, id: i64) -> Result<(), StoreError> {
        let wall = At(self.0.wall.now());
        self.engine()
            .write("finish a delivery", move |db| {
                Ok(finish(db, id, DeliveryState::Done, &wall)?)
            })
            .await
    }

    /// It could not be tried and is looked at again at `at` (wall time); that is no failed try.
    pub async fn delivery_postponed(&self, id: i64, at: Timestamp, why: &str) -> Result<(), StoreError> {
        let why = why.to_owned();
        self.engine()
            .write("postpone a delivery", move |db| {
                db.run(
                    "UPDATE delivery SET next_attempt = ?2, error = ?3 WHERE seq = ?1 AND finished_at IS NULL",
                    &bind![id, At(at), why],
                )?;
                Ok(())
            })
            .await
    }

    /// It failed and is tried again at `retry_at` (wall time); its lane waits.
    pub async fn delivery_failed(&self, id: i64, retry_at: Timestamp, error: &str) -> Result<(), StoreError> {
        let error = error.to_owned();
        self.engine()
            .write("note a failed delivery", move |db| {
                db.run(
                    "UPDATE delivery SET attempt = attempt + 1, next_attempt = ?2, error = ?3
                     WHERE seq = ?1 AND finished_at IS NULL",
                    &bind![id, At(retry_at), error],
                )?;
                Ok(())
            })
            .await
    }

    /// It is not tried again by itself; its lane waits for a person.
    pub async fn delivery_parked(&self, id: i64, error: &str) -> Result<(), StoreError> {
        let error = error.to_owned();
        self.engine()
            .write("park a delivery", move |db| {
                db.run(
                    "UPDATE delivery SET attempt = attempt + 1, state = 'parked', error = ?2
                     WHERE seq = ?1 AND finished_at IS NULL",
                    &bind![id, error],
                )?;
                Ok(())
            })
            .await
    }

    /// Makes parked deliveries, and those that wait after a failed try, due now; how many.
    pub async fn replay(
        &self,
        company: &CompanyId,
        filter: &DeliveryFilter,
        audit: AuditEntry,
    ) -> Result<usize, StoreError> {
        let (company, filter, wall) = (company.clone(), filter.clone(), At(self.0.wall.now()));
        self.engine()
            .write("replay deliveries", move |db| {
                let stuck = stuck(
                    db,
                    (&company, &filter),
                    "d.state = 'parked' OR (d.state = 'waiting' AND d.attempt > 0)",
                )?;
                for id in &stuck {
                    db.run(
                        "UPDATE delivery SET state = 'waiting', attempt = 0, next_attempt = ?2 WHERE seq = ?1",
                        &bind![id, wall],
                    )?;
                }
                audit::append(db, &audit, &wall)?;
                Ok(stuck.len())
            })
            .await
    }

    /// Gives parked deliveries up, so that their lanes go on; how many.
    pub async fn drop_parked(
        &self,
        company: &CompanyId,
        filter: &DeliveryFilter,
        audit: AuditEntry,
    ) -> Result<usize, StoreError> {
        let (company, filter, wall) = (company.clone(), filter.clone(), At(self.0.wall.now()));
        self.engine()
            .write("drop parked deliveries", move |db| {
                let parked = stuck(db, (&company, &filter), "d.state = 'parked'")?;
                for id in &parked {
                    finish(db, *id, DeliveryState::Dropped, &wall)?;
                }
                audit::append(db, &audit, &wall)?;
                Ok(parked.len())
            })
            .await
    }

    /// How the deliveries to a partner go.
    pub async fn delivery_summary(&self, scope: &Scope) -> Result<DeliverySummary, StoreError> {
        let scope = scope.clone();
        self.engine()
            .read("count deliveries", move |db| {
                let values = owned![scope.company.as_str(), scope.partner.as_str()];
                let count = |which: &str| -> Result<u64, DbError> {
                    let statement = format!("SELECT count(*) FROM {OF_PARTNER} AND {which}");
                    let count: i64 = db.value(&statement, &values)?;
                    Ok(count.unsigned_abs())
                };
                let last: Option<At> = db.value(
                    &format!("SELECT max(d.finished_at) FROM {OF_PARTNER} AND d.state = 'done'"),
                    &values,
                )?;
                let error = format!(
                    "SELECT d.error FROM {OF_PARTNER} AND d.finished_at IS NULL AND d.error IS NOT NULL \
                     ORDER BY d.seq DESC LIMIT 1"
                );
                Ok(DeliverySummary {
                    waiting: count("d.finished_at IS NULL AND d.state = 'waiting'")?,
                    failing: count("d.finished_at IS NULL AND d.state = 'waiting' AND d.attempt > 0")?,
                    parked: count("d.state = 'parked'")?,
                    last_done: last.map(|at| at.0),
                    last_error: db.one(&error, &values, |row| row.get(0))?,
                })
            })
            .await
    }

    /// The deliveries of a company, in the order of their commits.
    pub async fn deliveries(
        &self,
        company: &CompanyId,
        filter: &DeliveryFilter,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let (company, filter) = (company.clone(), filter.clone());
        self.engine()
            .read("list deliveries", move |db| {
                let statement = format!(
                    "{DELIVERY} WHERE {MATCHES} AND (CAST(?4 AS TEXT) IS NULL OR d.state = ?4) ORDER BY d.seq LIMIT ?5"
                );
                let partner = filter.partner.as_ref().map(PartnerId::as_str);
                let state = filter.state.map(DeliveryState::as_str);
                let limit = filter.limit.unwrap_or(DELIVERIES_LISTED);
                let values = owned![company.as_str(), partner, filter.subscription, state, limit];
                Ok(db.all(&statement, &values, delivery_row)?)
            })
            .await
    }
}

fn finish(db: &Db, id: i64, state: DeliveryState, wall: &At) -> Result<(), DbError> {
    let lane: Option<(i64, String)> = db.one(
        "UPDATE delivery SET state = ?2, head = 0, finished_at = ?3
             WHERE seq = ?1 AND finished_at IS NULL RETURNING subscription, lane",
        &bind![id, state.as_str(), wall],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if let Some((subscription, lane)) = lane {
        db.run(
            "UPDATE delivery SET head = 1 WHERE seq = (SELECT min(seq) FROM delivery
             WHERE subscription = ?1 AND lane = ?2 AND finished_at IS NULL)",
            &bind![subscription, lane],
        )?;
    }
    Ok(())
}

/// Deliveries of a company in one of the states that `which` names.
fn stuck(db: &Db, (company, filter): (&CompanyId, &DeliveryFilter), which: &'static str) -> Result<Vec<i64>, DbError> {
    let partner = filter.partner.as_ref().map(PartnerId::as_str);
    let statement = format!(
        "SELECT d.seq FROM delivery d JOIN subscription s ON s.seq = d.subscription
         WHERE {MATCHES} AND ({which}) ORDER BY d.seq"
    );
    db.all(
        &statement,
        &bind![company.as_str(), partner, filter.subscription],
        |row| row.get(0),
    )
}

fn delivery(row: &Row<'_>) -> Result<Delivery, DbError> {
    Ok(Delivery {
        id: row.get("seq")?,
        subscription: records::subscription(row)?,
        event: Event {
            id: row.get("event_id")?,
            scope: row::scope(row)?,
            api: row.get("event_api")?,
            event_type: row.get("event_type")?,
            lane: row.get("event_lane")?,
            at: row.get::<At>("event_at")?.0,
            payload: row.stored("payload")?,
        },
        attempt: row.get("attempt")?,
        trace: row.get("trace")?,
    })
}

fn delivery_row(row: &Row<'_>) -> Result<DeliveryRow, DbError> {
    Ok(DeliveryRow {
        delivery: delivery(row)?,
        state: DeliveryState::read(&row.get::<String>("state")?),
        next_attempt: row.get::<At>("next_attempt")?.0,
        error: row.get("error")?,
    })
}
