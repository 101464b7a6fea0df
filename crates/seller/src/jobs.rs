//! Background work on documents, on the business clock: milestones, expiry, late answers.
//!
//! A job takes effect exactly once: its own id is in the commit of its effect, so whoever comes
//! second is refused. A job that fails is tried again with growing pauses, then parked for a
//! person; it is never dropped.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use segue_model::api::errand;
use segue_model::commit::{AuditEntry, Commit, Job};
use segue_model::document::Side;
use segue_store::{CommitError, DueJob};
use tokio::sync::watch;
use tracing::Instrument;

use crate::decide::Matter;
use crate::work::{PAUSE_MAX, Round, Work, until_stopped};
use crate::{Seller, SellerError};

/// Jobs run at once: they only compute and commit, so more would just queue at the writer.
const AT_ONCE: u32 = 8;

/// Jobs read in one go.
const BATCH: usize = 64;

/// Pause while something due is still being answered or worked on.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The shortest sleep.
const SLEEP_MIN: Duration = Duration::from_millis(2);

/// Tries before a job is parked for a person.
const TRIES_MAX: u32 = 10;

/// First pause after a failure; doubled each time.
const RETRY_BASE: SignedDuration = SignedDuration::from_secs(2);

/// Runs jobs until it is told to stop.
pub struct Jobs {
    seller: Arc<Seller>,
    work: Work<String>,
}

enum JobError {
    /// Somebody was faster: look again.
    Conflict,
    /// Anything else.
    Failed(String),
}

impl From<SellerError> for JobError {
    fn from(error: SellerError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Jobs {
    /// Jobs of `seller`.
    pub fn new(seller: Arc<Seller>) -> Self {
        Self {
            seller,
            work: Work::new(AT_ONCE),
        }
    }

    /// Runs until `stop` turns true; work begun is finished first.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        until_stopped(&self, stop).await;
        self.work.finished().await;
    }

    fn pause_until(&self, next: Option<jiff::Timestamp>) -> Duration {
        let Some(next) = next else { return PAUSE_MAX };
        let business = next.duration_since(self.seller.now()).as_secs_f64().max(0.0);
        let wall = Duration::try_from_secs_f64(business / self.seller.parts.business.speed()).unwrap_or(PAUSE_MAX);
        wall.clamp(SLEEP_MIN, PAUSE_MAX)
    }
}

impl Round for Jobs {
    fn seller(&self) -> &Seller {
        &self.seller
    }

    async fn round(&self) -> Result<Duration, SellerError> {
        let store = &self.seller.parts.store;
        let mut waiting = false;
        let under_way = self.work.under_way();
        let due = store.due_jobs(self.seller.now(), BATCH).await?;
        let elsewhere = store.marked().await?;
        for DueJob { job, trace } in due {
            let document = &job.document_id;
            let is_answered = self.seller.answering.contains(document) || elsewhere.contains(document);
            if under_way.contains(document) || is_answered {
                waiting = true;
                continue;
            }
            if job.kind == errand::ASK {
                self.seller.start_asking(job, trace).await?;
                continue;
            }
            let span = tracing::info_span!("job", id = %job.id, kind = %job.kind, document = %job.document_id, %trace);
            let seller = Arc::clone(&self.seller);
            // One job of a document after the other: they come in the order they are due.
            let key = job.document_id.clone();
            let work = async move { seller.do_job(&job, trace).await };
            waiting |= !self.work.start(key, work.instrument(span)).await;
        }
        if waiting {
            Ok(LOOK_AGAIN)
        } else {
            Ok(self.pause_until(store.next_due().await?))
        }
    }
}

impl Seller {
    async fn do_job(&self, job: &Job, trace: String) {
        let outcome = self.attempt(job, trace).await;
        let store = &self.parts.store;
        let noted = match outcome {
            Ok(()) | Err(JobError::Conflict) => Ok(()),
            Err(JobError::Failed(reason)) if job.attempt + 1 >= TRIES_MAX => {
                tracing::error!(job = %job.id, kind = %job.kind, document = %job.document_id, %reason, "job parked: it needs a person");
                metrics::counter!("segue_jobs_parked_total").increment(1);
                store.park_job(&job.id, &reason).await
            }
            Err(JobError::Failed(reason)) => {
                tracing::warn!(job = %job.id, kind = %job.kind, %reason, "job failed; it will be tried again");
                let pause = RETRY_BASE.saturating_mul(1 << job.attempt.min(12));
                let at = self.now().saturating_add(pause).unwrap_or(jiff::Timestamp::MAX);
                store.fail_job(&job.id, at, &reason).await
            }
        };
        if let Err(error) = noted {
            tracing::error!(%error, job = %job.id, "the outcome of a job cannot be written");
        }
    }

    async fn attempt(&self, job: &Job, trace: String) -> Result<(), JobError> {
        let mut commit = self.job_commit(job).await?;
        commit.trace = trace;
        metrics::counter!("segue_jobs_total", "kind" => job.kind.clone()).increment(1);
        match self.commit(commit).await {
            Ok(()) => Ok(()),
            Err(CommitError::Conflict) => Err(JobError::Conflict),
            Err(error) => Err(JobError::Failed(error.to_string())),
        }
    }

    /// What the job comes to. A document, party or rule that is gone leaves nothing to do.
    async fn job_commit(&self, job: &Job) -> Result<Commit, JobError> {
        let found = self
            .parts
            .store
            .document(&job.scope, Side::Seller, &job.resource, &job.document_id)
            .await;
        let document = found.map_err(SellerError::from)?;
        let rules = (self.parts.rules)(&job.resource);
        let (Some(document), Some(_)) = (document, rules) else {
            return Ok(finish(job, Commit::default()));
        };
        let Some(around) = self.around_later(&job.scope, document.agreement_version).await? else {
            return Err(JobError::Failed("its partner or agreement is gone".into()));
        };
        let matter = Matter::Work {
            document: Box::new(document),
            job: Box::new(job.clone()),
        };
        let decided = self.decide(matter, &around).await?;
        let mut commit = decided.map_or_else(|_| Commit::default(), |decided| decided.outcome.commit);
        for changed in &commit.documents {
            commit.audit.push(AuditEntry {
                company: job.scope.company.to_string(),
                actor: "clock".into(),
                action: format!("{}.{}", job.resource, job.kind),
                object: format!("{}/{}", changed.resource, changed.id),
                outcome: changed.state.clone(),
                detail: String::new(),
                request_id: job.id.clone(),
            });
        }
        Ok(finish(job, commit))
    }
}

fn finish(job: &Job, mut commit: Commit) -> Commit {
    commit.done_jobs.push(job.id.clone());
    commit
}
