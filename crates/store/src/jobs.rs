//! Background work: what is due, what failed, what a person has to look at.

use jiff::Timestamp;
use segue_model::commit::Job;
use segue_model::id::{CompanyId, Scope};

use crate::db::{DbError, Row, bind, owned};
use crate::row::{self, At};
use crate::{Store, StoreError};

const JOB: &str = "SELECT id, company, partner, document_id, resource, kind, payload, due_at, attempt, \
     coalesce(error, '') AS error, trace FROM job";

/// A job that is not tried any more until a person replays it.
#[derive(Clone, Debug, PartialEq)]
pub struct ParkedJob {
    /// The job.
    pub job: Job,
    /// Why it was parked.
    pub error: String,
}

/// A job that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct DueJob {
    /// The job.
    pub job: Job,
    /// Trace id of the request that began it; empty where there was none.
    pub trace: String,
}

impl Store {
    /// Up to `most` jobs that are due, longest due first. They stay due until a commit names
    /// them in `done_jobs`, or one of the calls below moves them.
    pub async fn due_jobs(&self, now: Timestamp, most: usize) -> Result<Vec<DueJob>, StoreError> {
        self.engine()
            .read("read due jobs", move |db| {
                let statement = format!("{JOB} WHERE parked = 0 AND due_at <= ?1 ORDER BY due_at, rowid LIMIT ?2");
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                let due = db.all(&statement, &bind![At(now), most], |row| {
                    Ok(DueJob {
                        job: job(row)?,
                        trace: row.get("trace")?,
                    })
                })?;
                #[cfg(feature = "planted")]
                let due = {
                    let is_forgotten =
                        |id: &str| crate::planted::is("timers-in-memory") && id < crate::planted::first_id();
                    due.into_iter()
                        .filter(|due: &DueJob| !is_forgotten(&due.job.id))
                        .collect()
                };
                Ok(due)
            })
            .await
    }

    /// Business time at which the next job is due.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.engine()
            .look("read the next due time", |db| {
                let next: Option<At> = db.value("SELECT min(due_at) FROM job WHERE parked = 0", &[])?;
                Ok(next.map(|at| at.0))
            })
            .await
    }

    /// Counts a failed attempt; the job is due again at `retry_at` (business time).
    pub async fn fail_job(&self, id: &str, retry_at: Timestamp, error: &str) -> Result<(), StoreError> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.engine()
            .write("note a failed job", move |db| {
                db.run(
                    "UPDATE job SET attempt = attempt + 1, due_at = ?2, error = ?3 WHERE id = ?1",
                    &bind![id, At(retry_at), error],
                )?;
                Ok(())
            })
            .await
    }

    /// The job is due at `at` (business time) and not before; no attempt is counted.
    pub async fn postpone_job(&self, id: &str, at: Timestamp) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.engine()
            .write("put a job off", move |db| {
                db.run("UPDATE job SET due_at = ?2 WHERE id = ?1", &bind![id, At(at)])?;
                Ok(())
            })
            .await
    }

    /// Stops trying; the job waits for a person.
    pub async fn park_job(&self, id: &str, error: &str) -> Result<(), StoreError> {
        let (id, error) = (id.to_owned(), error.to_owned());
        self.engine()
            .write("park a job", move |db| {
                db.run(
                    "UPDATE job SET attempt = attempt + 1, parked = 1, error = ?2 WHERE id = ?1",
                    &bind![id, error],
                )?;
                Ok(())
            })
            .await
    }

    /// Makes a job due at `now` with its attempts counted anew; whether there is such a job.
    pub async fn replay_job(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.engine()
            .write("replay a job", move |db| {
                let changed = db.run(
                    "UPDATE job SET attempt = 0, parked = 0, due_at = ?2 WHERE id = ?1",
                    &bind![id, At(now)],
                )?;
                Ok(changed > 0)
            })
            .await
    }

    /// All jobs of one document of this partner that are not done, parked ones too.
    pub async fn pending_jobs_of(&self, scope: &Scope, document_id: &str) -> Result<Vec<Job>, StoreError> {
        let (scope, document_id) = (scope.clone(), document_id.to_owned());
        self.engine()
            .read("read the jobs of a document", move |db| {
                let statement =
                    format!("{JOB} WHERE company = ?1 AND partner = ?2 AND document_id = ?3 ORDER BY due_at, rowid");
                let values = owned![scope.company.as_str(), scope.partner.as_str(), document_id];
                Ok(db.all(&statement, &values, job)?)
            })
            .await
    }

    /// The jobs of a company that wait for a person, longest first.
    pub async fn parked_jobs(&self, company: &CompanyId) -> Result<Vec<ParkedJob>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("read parked jobs", move |db| {
                let statement = format!("{JOB} WHERE company = ?1 AND parked = 1 ORDER BY due_at, rowid");
                Ok(db.all(&statement, &bind![company.as_str()], |row| {
                    Ok(ParkedJob {
                        job: job(row)?,
                        error: row.get("error")?,
                    })
                })?)
            })
            .await
    }

    /// One job of a company.
    pub async fn job(&self, company: &CompanyId, id: &str) -> Result<Option<Job>, StoreError> {
        let (company, id) = (company.clone(), id.to_owned());
        self.engine()
            .look("read a job", move |db| {
                let statement = format!("{JOB} WHERE company = ?1 AND id = ?2");
                Ok(db.one(&statement, &bind![company.as_str(), id], job)?)
            })
            .await
    }
}

fn job(row: &Row<'_>) -> Result<Job, DbError> {
    Ok(Job {
        id: row.get("id")?,
        scope: row::scope(row)?,
        document_id: row.get("document_id")?,
        resource: row.get("resource")?,
        kind: row.get("kind")?,
        payload: row.stored("payload")?,
        due_at: row.get::<At>("due_at")?.0,
        attempt: row.get("attempt")?,
    })
}
