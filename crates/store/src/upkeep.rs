//! Settings, health and housekeeping.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Db, DbError, bind};
use crate::row::{At, unsigned};
use crate::{Store, StoreError};

/// Events stay listed this long after their last delivery is finished: as long as a partner may
/// come back and ask for what it missed.
const EVENTS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Repetitions of an event are recognised this long: three times the longest retry of a Seller.
const INBOX_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Damages named in one error; the first ones tell enough.
const DAMAGES_NAMED: usize = 10;

/// How much there is, and how long the oldest of it waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Documents of all companies.
    pub documents: u64,
    /// Jobs that run by themselves.
    pub jobs_waiting: u64,
    /// Jobs that wait for a person.
    pub jobs_parked: u64,
    /// Deliveries that go out by themselves.
    pub deliveries_waiting: u64,
    /// Deliveries that wait for a person.
    pub deliveries_parked: u64,
    /// Events of Sellers that are not worked on yet.
    pub inbox_pending: u64,
    /// Subscriptions of all partners.
    pub subscriptions: u64,
    /// Rows of the audit.
    pub audit_rows: u64,
    /// How long the longest due job is overdue (business time).
    pub oldest_due_job: Option<SignedDuration>,
    /// How long ago the oldest event was stored that is not delivered (wall time).
    pub oldest_delivery: Option<SignedDuration>,
    /// How long ago the oldest pending event of a Seller came (wall time).
    pub oldest_inbox: Option<SignedDuration>,
}

/// What [`Store::sweep`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Stored answers to idempotency keys.
    pub idempotency: usize,
    /// Seen assertions and revoked tokens.
    pub tokens: usize,
    /// Events with all their deliveries.
    pub events: usize,
    /// Events of Sellers.
    pub inbox: usize,
}

impl Store {
    /// A value that was put under `name`.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.engine()
            .look("read a setting", move |db| {
                Ok(
                    db.one("SELECT value FROM setting WHERE name = ?1", &bind![name], |row| {
                        row.get(0)
                    })?,
                )
            })
            .await
    }

    /// Puts a value under `name`, in the place of an older one.
    pub async fn put_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.engine()
            .write("store a setting", move |db| {
                db.run(
                    "INSERT INTO setting(name, value) VALUES (?1, ?2)
                     ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                    &bind![name, value],
                )?;
                Ok(())
            })
            .await
    }

    /// Reads the whole database and checks its structure.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with what was found.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.engine()
            .read("check the database", |db| {
                let mut damages = db.damages()?;
                damages.truncate(DAMAGES_NAMED);
                if damages.is_empty() {
                    Ok(())
                } else {
                    Err(StoreError::Damaged(damages.join("; ")))
                }
            })
            .await
    }

    /// Counts and ages; `now` is business time.
    pub async fn stats(&self, now: Timestamp) -> Result<Stats, StoreError> {
        let wall = self.0.wall.now();
        self.engine()
            .read("count", move |db| Ok(db.at_once(|| stats(db, now, wall))?))
            .await
    }

    /// Removes what has expired at `wall_now`.
    pub async fn sweep(&self, wall_now: Timestamp) -> Result<Swept, StoreError> {
        self.engine()
            .write("sweep", move |db| {
                let now = At(wall_now);
                let before = |kept: SignedDuration| At(wall_now.checked_sub(kept).unwrap_or(Timestamp::MIN));
                let seen = db.run("DELETE FROM seen_jti WHERE expires_at <= ?1", &bind![now])?;
                let revoked = db.run("DELETE FROM revoked_token WHERE until <= ?1", &bind![now])?;
                Ok(Swept {
                    idempotency: db.run("DELETE FROM idempotency WHERE expires_at <= ?1", &bind![now])?,
                    tokens: seen + revoked,
                    events: db.run(
                        "DELETE FROM event WHERE stored_at <= ?1 AND NOT EXISTS (SELECT 1 FROM delivery d
                         WHERE d.event = event.seq AND (d.finished_at IS NULL OR d.finished_at > ?1))",
                        &bind![before(EVENTS_KEPT)],
                    )?,
                    inbox: db.run(
                        "DELETE FROM inbox WHERE done = 1 AND received_at <= ?1",
                        &bind![before(INBOX_KEPT)],
                    )?,
                })
            })
            .await
    }
}

fn stats(db: &Db, now: Timestamp, wall: Timestamp) -> Result<Stats, DbError> {
    let count = |statement: &str| -> Result<u64, DbError> { db.value(statement, &[]).map(unsigned) };
    let age = |statement: &str, now: Timestamp| -> Result<Option<SignedDuration>, DbError> {
        let oldest: Option<At> = db.value(statement, &[])?;
        Ok(oldest
            .map(|at| now.duration_since(at.0))
            .filter(|age| !age.is_negative()))
    };
    Ok(Stats {
        documents: count("SELECT count(*) FROM document")?,
        jobs_waiting: count("SELECT count(*) FROM job WHERE parked = 0")?,
        jobs_parked: count("SELECT count(*) FROM job WHERE parked = 1")?,
        deliveries_waiting: count("SELECT count(*) FROM delivery WHERE finished_at IS NULL AND state = 'waiting'")?,
        deliveries_parked: count("SELECT count(*) FROM delivery WHERE state = 'parked'")?,
        inbox_pending: count("SELECT count(*) FROM inbox WHERE done = 0")?,
        subscriptions: count("SELECT count(*) FROM subscription")?,
        audit_rows: count("SELECT seq FROM audit_head")?,
        oldest_due_job: age("SELECT min(due_at) FROM job WHERE parked = 0", now)?,
        oldest_delivery: age(
            "SELECT min(e.stored_at) FROM delivery d JOIN event e ON e.seq = d.event WHERE d.finished_at IS NULL",
            wall,
        )?,
        oldest_inbox: age("SELECT min(received_at) FROM inbox WHERE done = 0", wall)?,
    })
}
