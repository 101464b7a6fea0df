//! Applies one [`Commit`], whole or not at all.

use segue_model::commit::{AuditEntry, CapacityGuard, Commit, HoldChange, IdempotentAnswer, Job};
use segue_model::document::{Document, Object, Side};
use segue_model::id::{CompanyId, Scope};
use segue_model::revision::differences;

use crate::db::{Bound, Db, DbError, bind};
use crate::row::{At, Json, indexed, signed};
use crate::{CommitError, Index, Store, StoreError, audit};

mod outbox;

impl Store {
    /// Stores everything of `commit`, or nothing. When this answers `Ok`, it is on the disk.
    ///
    /// # Errors
    /// [`CommitError::Conflict`]: load again, decide again. [`CommitError::Duplicate`]: give the
    /// stored answer. Nothing was stored in any of these cases.
    pub async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.commit_with(commit, |_| Ok(())).await
    }

    /// The same, with something beside it.
    pub(crate) async fn commit_with(
        &self,
        commit: Commit,
        beside: impl FnOnce(&Db) -> Result<(), CommitError> + Send + 'static,
    ) -> Result<(), CommitError> {
        #[cfg(feature = "planted")]
        let (commit, late) = {
            let mut commit = commit;
            let late = crate::planted::late(&mut commit);
            (commit, late)
        };
        self.applied(commit, beside).await?;
        #[cfg(feature = "planted")]
        if let Some(late) = late {
            tokio::time::sleep(crate::planted::GAP).await;
            self.applied(late, |_| Ok(())).await?;
        }
        Ok(())
    }

    async fn applied(
        &self,
        commit: Commit,
        beside: impl FnOnce(&Db) -> Result<(), CommitError> + Send + 'static,
    ) -> Result<(), CommitError> {
        let wall = At(self.0.wall.now());
        let index = self.0.index.clone();
        self.engine()
            .write("commit", move |db| {
                let owner = Owner::of(&commit);
                Applying {
                    db,
                    index: &index,
                    wall,
                    owner,
                    trace: &commit.trace,
                }
                .all(&commit)?;
                beside(db)
            })
            .await
    }
}

/// Whose a commit is.
struct Owner {
    scope: Option<Scope>,
    company: Option<CompanyId>,
}

impl Owner {
    fn of(commit: &Commit) -> Self {
        let documents = commit.documents.iter().map(|document| &document.scope);
        let jobs = commit.jobs.iter().map(|job| &job.scope);
        let events = commit.events.iter().map(|event| &event.scope);
        let scope = documents.chain(jobs).chain(events).next().cloned();
        let named = commit
            .audit
            .iter()
            .map(|entry| entry.company.as_str())
            .find(|name| !name.is_empty());
        let company = scope
            .as_ref()
            .map(|scope| scope.company.clone())
            .or_else(|| named.map(CompanyId::from));
        Self { scope, company }
    }

    fn company(&self) -> Result<&str, StoreError> {
        self.company.as_ref().map(CompanyId::as_str).ok_or(StoreError::Unscoped)
    }

    fn partner(&self) -> &str {
        self.scope.as_ref().map_or("", |scope| scope.partner.as_str())
    }
}

struct Applying<'a> {
    db: &'a Db,
    index: &'a Index,
    wall: At,
    owner: Owner,
    trace: &'a str,
}

impl Applying<'_> {
    fn all(&self, commit: &Commit) -> Result<(), CommitError> {
        // The key first: a twin of a stored request hears of its answer, not of a conflict.
        if let Some(answer) = &commit.idempotency {
            self.idempotency(answer)?;
        }
        for document in &commit.documents {
            self.document(document, commit.audit.first())?;
        }
        for id in &commit.done_jobs {
            let gone = self.run("DELETE FROM job WHERE id = ?1", &bind![id])? == 0;
            if gone {
                return Err(CommitError::Conflict);
            }
        }
        for document_id in &commit.cancel_jobs_of {
            self.cancel_jobs(document_id)?;
        }
        for job in &commit.jobs {
            self.job(job)?;
        }
        for change in &commit.holds {
            self.hold(change)?;
        }
        for guard in &commit.capacity_guards {
            self.guard(guard)?;
        }
        self.records(commit)?;
        for change in &commit.subscriptions {
            self.subscription(change)?;
        }
        for event in &commit.events {
            self.event(event)?;
        }
        for entry in &commit.audit {
            audit::append(self.db, entry, &self.wall)?;
        }
        Ok(())
    }

    fn run(&self, statement: &str, values: &[Bound<'_>]) -> Result<usize, DbError> {
        self.db.run(statement, values)
    }

    fn idempotency(&self, answer: &IdempotentAnswer) -> Result<(), CommitError> {
        self.run(
            "DELETE FROM idempotency WHERE key = ?1 AND expires_at <= ?2",
            &bind![answer.key, self.wall],
        )?;
        let stored = self.run(
            "INSERT INTO idempotency(key, digest, status, body, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
            &bind![
                answer.key,
                answer.digest,
                answer.status,
                answer.body,
                At(answer.expires_at)
            ],
        )?;
        if stored == 0 {
            Err(CommitError::Duplicate(answer.key.clone()))
        } else {
            Ok(())
        }
    }

    fn document(&self, document: &Document, why: Option<&AuditEntry>) -> Result<(), CommitError> {
        let collection = ensure_collection(self.db, &document.scope, document.side, &document.resource)?;
        let (seq, changes) = match document.revision {
            0 => return Err(CommitError::Conflict),
            1 => (self.insert(collection, document)?, None),
            _ => {
                let changes = self.changes(collection, document)?;
                (self.update(collection, document)?, changes)
            }
        };
        let seq = seq.ok_or(CommitError::Conflict)?;
        self.run(
            "INSERT INTO history(document, revision, at, state, actor, cause, stored_at, changes) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            &bind![
                seq,
                signed(document.revision),
                At(document.updated_at),
                document.state,
                why.map_or("", |entry| entry.actor.as_str()),
                why.map(cause).unwrap_or_default(),
                self.wall,
                changes
            ],
        )?;
        if document.revision > 1 {
            self.run("DELETE FROM index_row WHERE document = ?1", &bind![seq])?;
        }
        for (name, value) in (self.index)(document) {
            self.run(
                "INSERT INTO index_row(collection, name, value, document) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
                &bind![collection, name, indexed(&value), seq],
            )?;
        }
        Ok(())
    }

    /// How `document` differs from what is stored: without it only the newest body would be known.
    fn changes(&self, collection: i64, document: &Document) -> Result<Option<String>, CommitError> {
        let stored: Option<Object> = self.db.one(
            "SELECT body FROM document WHERE collection = ?1 AND id = ?2",
            &bind![collection, document.id],
            |row| row.stored(0),
        )?;
        let Some(before) = stored else { return Ok(None) };
        let changes = differences(&before, &document.body);
        Ok(Some(serde_json::to_string(&changes).map_err(StoreError::from)?))
    }

    fn insert(&self, collection: i64, document: &Document) -> Result<Option<i64>, CommitError> {
        let body = serde_json::to_string(&document.body).map_err(StoreError::from)?;
        let seq = self.db.one(
            "INSERT INTO document(collection, id, api, state, revision, agreement_version, created_at, \
                 updated_at, body) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8)
                 ON CONFLICT DO NOTHING RETURNING seq",
            &bind![
                collection,
                document.id,
                document.api,
                document.state,
                document.agreement_version,
                At(document.created_at),
                At(document.updated_at),
                body
            ],
            |row| row.get(0),
        )?;
        Ok(seq)
    }

    fn update(&self, collection: i64, document: &Document) -> Result<Option<i64>, CommitError> {
        let body = serde_json::to_string(&document.body).map_err(StoreError::from)?;
        let seq = self.db.one(
            "UPDATE document SET state = ?3, revision = ?4, agreement_version = ?5, updated_at = ?6, \
                 body = ?7 WHERE collection = ?1 AND id = ?2 AND revision = ?4 - 1 RETURNING seq",
            &bind![
                collection,
                document.id,
                document.state,
                signed(document.revision),
                document.agreement_version,
                At(document.updated_at),
                body
            ],
            |row| row.get(0),
        )?;
        Ok(seq)
    }

    fn cancel_jobs(&self, document_id: &str) -> Result<(), CommitError> {
        let company = self.owner.company()?;
        self.run(
            "DELETE FROM job WHERE company = ?1 AND document_id = ?2 AND (partner = ?3 OR CAST(?3 AS TEXT) = '')",
            &bind![company, document_id, self.owner.partner()],
        )?;
        Ok(())
    }

    fn job(&self, job: &Job) -> Result<(), CommitError> {
        self.run(
            "INSERT INTO job(id, company, partner, document_id, resource, kind, payload, due_at, attempt, trace) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            &bind![
                job.id,
                job.scope.company.as_str(),
                job.scope.partner.as_str(),
                job.document_id,
                job.resource,
                job.kind,
                Json(job.payload.clone()),
                At(job.due_at),
                job.attempt,
                self.trace
            ],
        )?;
        Ok(())
    }

    fn hold(&self, change: &HoldChange) -> Result<(), CommitError> {
        let company = self.owner.company()?;
        match change {
            HoldChange::Take {
                key,
                owner,
                amount,
                expires_at,
            } => self.run(
                "INSERT INTO hold(company, owner, key, amount, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT(company, owner, key) DO UPDATE SET amount = excluded.amount, expires_at = excluded.expires_at",
                &bind![company, owner, key, amount, expires_at.map(At)],
            )?,
            HoldChange::Keep { from, to } => {
                // What the new owner holds of the same is replaced.
                self.run(
                    "DELETE FROM hold WHERE company = ?1 AND owner = ?3 AND owner <> ?2 AND key IN
                     (SELECT key FROM hold WHERE company = ?1 AND owner = ?2)",
                    &bind![company, from, to],
                )?;
                self.run(
                    "UPDATE hold SET owner = ?3, expires_at = NULL WHERE company = ?1 AND owner = ?2",
                    &bind![company, from, to],
                )?
            }
            HoldChange::Release { owner } => self.run(
                "DELETE FROM hold WHERE company = ?1 AND owner = ?2",
                &bind![company, owner],
            )?,
        };
        Ok(())
    }

    fn guard(&self, guard: &CapacityGuard) -> Result<(), CommitError> {
        let held = held(self.db, self.owner.company()?, &guard.key, &At(guard.at))?;
        if held > guard.limit {
            return Err(CommitError::CapacityExhausted { key: guard.key.clone() });
        }
        Ok(())
    }

    fn records(&self, commit: &Commit) -> Result<(), CommitError> {
        for decision in &commit.decisions {
            let body = serde_json::to_string(decision).map_err(StoreError::from)?;
            self.run(
                "INSERT INTO decision(company, id, document_id, body) VALUES (?1, ?2, ?3, ?4)",
                &bind![self.owner.company()?, decision.id, decision.document_id, body],
            )?;
        }
        for received in &commit.received {
            let own = commit
                .documents
                .iter()
                .find(|document| document.id == received.document_id);
            let partner = own.map_or(self.owner.partner(), |document| document.scope.partner.as_str());
            self.run(
                "INSERT INTO received(company, partner, document_id, revision, version, text) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                &bind![
                    self.owner.company()?,
                    partner,
                    received.document_id,
                    signed(received.revision),
                    received.version,
                    received.text
                ],
            )?;
        }
        Ok(())
    }
}

/// `productOrder.complete`, `mirror.event: productOrderStateChangeEvent 0199...`
fn cause(entry: &AuditEntry) -> String {
    if entry.detail.is_empty() {
        entry.action.clone()
    } else {
        format!("{}: {}", entry.action, entry.detail)
    }
}

/// The number of a collection, made where it is new.
fn ensure_collection(db: &Db, scope: &Scope, side: Side, resource: &str) -> Result<i64, DbError> {
    if let Some(seq) = collection(db, scope, side, resource)? {
        return Ok(seq);
    }
    db.value(
        "INSERT INTO collection(company, partner, side, resource) VALUES (?1, ?2, ?3, ?4) RETURNING seq",
        &bind![scope.company.as_str(), scope.partner.as_str(), side.as_str(), resource],
    )
}

/// The number of a collection, if anything was ever stored in it.
pub(crate) fn collection(db: &Db, scope: &Scope, side: Side, resource: &str) -> Result<Option<i64>, DbError> {
    db.one(
        "SELECT seq FROM collection WHERE company = ?1 AND partner = ?2 AND side = ?3 AND resource = ?4",
        &bind![scope.company.as_str(), scope.partner.as_str(), side.as_str(), resource],
        |row| row.get(0),
    )
}

/// How much of `key` is held at `at`; a hold counts up to and with the instant it ends.
pub(crate) fn held(db: &Db, company: &str, key: &str, at: &At) -> Result<i64, DbError> {
    db.value(
        "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM hold
         WHERE company = ?1 AND key = ?2 AND (expires_at IS NULL OR expires_at >= ?3)",
        &bind![company, key, at],
    )
}
