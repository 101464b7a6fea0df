//! The audit chain: append-only rows, each with the SHA-256 over itself and the row before.
//!
//! Altered, removed, exchanged and cut off rows are found, unless the whole chain is written anew.

use jiff::Timestamp;
use segue_model::commit::AuditEntry;
use sha2::{Digest, Sha256};

use crate::db::{Db, DbError, Row, bind};
use crate::row::At;
use crate::{Store, StoreError};

/// One row of the chain.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// 1, 2, 3... without gaps.
    pub seq: i64,
    /// Wall time.
    pub at: Timestamp,
    /// Who did what.
    pub entry: AuditEntry,
    /// SHA-256 in hex.
    pub hash: String,
}

/// Whether the chain is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainState {
    /// It is.
    Whole {
        /// How many rows.
        rows: i64,
        /// Hash of the last one; keep it elsewhere to see later that nothing was rewritten.
        head: String,
    },
    /// It is not.
    Broken {
        /// The first row that is not as it was, or that is missing.
        at: i64,
    },
}

const ROW: &str = "SELECT seq, at, company, actor, action, object, outcome, detail, request_id, hash FROM audit";

impl Store {
    /// Appends one row.
    pub async fn audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        let wall = At(self.0.wall.now());
        self.engine()
            .write("append to the audit", move |db| Ok(append(db, &entry, &wall)?))
            .await
    }

    /// The newest `limit` rows, newest first.
    pub async fn audit_rows(&self, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.engine()
            .read("read the audit", move |db| {
                Ok(db.all(&format!("{ROW} ORDER BY seq DESC LIMIT ?1"), &bind![limit], audit_row)?)
            })
            .await
    }

    /// Computes the whole chain again.
    pub async fn verify_audit(&self) -> Result<ChainState, StoreError> {
        self.engine()
            .read("verify the audit", |db| Ok(db.at_once(|| verify(db))?))
            .await
    }
}

/// Appends inside the transaction of the caller.
pub(crate) fn append(db: &Db, entry: &AuditEntry, wall: &At) -> Result<(), DbError> {
    let (last, before) = head(db)?;
    let seq = last + 1;
    let hash = hash(&before, seq, wall, entry);
    db.run(
        "INSERT INTO audit(seq, at, company, actor, action, object, outcome, detail, request_id, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &bind![
            seq,
            wall,
            entry.company,
            entry.actor,
            entry.action,
            entry.object,
            entry.outcome,
            entry.detail,
            entry.request_id,
            hash
        ],
    )?;
    db.run("UPDATE audit_head SET seq = ?1, hash = ?2", &bind![seq, hash])?;
    Ok(())
}

/// Number and hash of the last row.
fn head(db: &Db) -> Result<(i64, String), DbError> {
    db.one("SELECT seq, hash FROM audit_head", &[], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?
    .ok_or(DbError::NoRow)
}

pub(crate) fn verify(db: &Db) -> Result<ChainState, DbError> {
    let (last, head) = head(db)?;
    let (mut expected, mut before, mut broken) = (0, String::new(), None);
    db.each(&format!("{ROW} ORDER BY seq"), &[], |row| {
        if broken.is_none() {
            expected += 1;
            let row = audit_row(row)?;
            if row.seq != expected || row.hash != hash(&before, row.seq, &At(row.at), &row.entry) {
                broken = Some(expected);
            }
            before = row.hash;
        }
        Ok(())
    })?;
    if let Some(at) = broken {
        return Ok(ChainState::Broken { at });
    }
    if expected != last {
        return Ok(ChainState::Broken {
            at: expected.min(last) + 1,
        });
    }
    if before != head {
        return Ok(ChainState::Broken { at: last });
    }
    Ok(ChainState::Whole { rows: last, head })
}

fn audit_row(row: &Row<'_>) -> Result<AuditRow, DbError> {
    Ok(AuditRow {
        seq: row.get("seq")?,
        at: row.get::<At>("at")?.0,
        entry: AuditEntry {
            company: row.get("company")?,
            actor: row.get("actor")?,
            action: row.get("action")?,
            object: row.get("object")?,
            outcome: row.get("outcome")?,
            detail: row.get("detail")?,
            request_id: row.get("request_id")?,
        },
        hash: row.get("hash")?,
    })
}

/// Every field goes in with its length, so that text cannot move from one field to the next.
fn hash(before: &str, seq: i64, at: &At, entry: &AuditEntry) -> String {
    let (seq, at) = (seq.to_string(), format!("{:.6}", at.0));
    let fields: [&str; 10] = [
        before,
        &seq,
        &at,
        &entry.company,
        &entry.actor,
        &entry.action,
        &entry.object,
        &entry.outcome,
        &entry.detail,
        &entry.request_id,
    ];
    let mut digest = Sha256::new();
    for field in fields {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field);
    }
    format!("{:x}", digest.finalize())
}
