//! The audit chain: append-only rows, each with the SHA-256 over itself and the row before.
//!
//! Altered, removed, exchanged and cut off rows are found, unless the whole chain is written anew.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use segue_model::commit::AuditEntry;
use sha2::{Digest, Sha256};

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
                let mut statement = db.prepare_cached(&format!("{ROW} ORDER BY seq DESC LIMIT ?1"))?;
                Ok(statement
                    .query_map(params![limit], audit_row)?
                    .collect::<Result<_, _>>()?)
            })
            .await
    }

    /// Computes the whole chain again.
    pub async fn verify_audit(&self) -> Result<ChainState, StoreError> {
        self.engine()
            .read("verify the audit", |db| Ok(verify(&*db.unchecked_transaction()?)?))
            .await
    }
}

/// Appends inside the transaction of the caller.
pub(crate) fn append(db: &Connection, entry: &AuditEntry, wall: &At) -> rusqlite::Result<()> {
    let (last, before): (i64, String) = db
        .prepare_cached("SELECT seq, hash FROM audit_head")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let seq = last + 1;
    let hash = hash(&before, seq, wall, entry);
    db.prepare_cached(
        "INSERT INTO audit(seq, at, company, actor, action, object, outcome, detail, request_id, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
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
    ])?;
    db.prepare_cached("UPDATE audit_head SET seq = ?1, hash = ?2")?
        .execute(params![seq, hash])?;
    Ok(())
}

fn verify(db: &Connection) -> rusqlite::Result<ChainState> {
    let (last, head): (i64, String) = db.query_row("SELECT seq, hash FROM audit_head", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let mut statement = db.prepare_cached(&format!("{ROW} ORDER BY seq"))?;
    let mut rows = statement.query([])?;
    let (mut expected, mut before) = (0, String::new());
    while let Some(row) = rows.next()? {
        expected += 1;
        let row = audit_row(row)?;
        if row.seq != expected || row.hash != hash(&before, row.seq, &At(row.at), &row.entry) {
            return Ok(ChainState::Broken { at: expected });
        }
        before = row.hash;
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

fn audit_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: row.get("seq")?,
        at: row.get::<_, At>("at")?.0,
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
