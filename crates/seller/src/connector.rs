//! Connectors: legacy systems that are asked over HTTP and answer errands as a person would.
//!
//! A question is a durable job. Before the call it is put off by the time the call may take, so
//! that a slow system holds up no other work and a killed process asks again, under the same
//! idempotency key. Where no usable answer comes, the errand falls through to its desk: nothing
//! waits for a system that is silent.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderName, Method, header};
use jiff::{SignedDuration, Timestamp};
use segue_model::api::errand;
use segue_model::commit::{Commit, Job};
use segue_model::document::{Document, Side};
use segue_model::id::{CompanyId, new_id};
use segue_model::rules::{ErrandAnswer, ErrandPrice, ErrandServiceability};
use segue_net::outbound::{Answer, Purpose, Request};
use segue_net::trace::{TRACEPARENT, Trace};
use segue_store::CommitError;
use serde::Deserialize;
use tokio::sync::Semaphore;
use url::Url;

use crate::{ErrandError, Seller, SellerError};

/// Calls under way at once, of one company to one connector. Each pair has its own, so that neither
/// a slow system nor a company with many questions keeps the others waiting.
const AT_ONCE: usize = 8;

/// Tries without an answer before a person gets the errand.
const TRIES_MAX: u32 = 6;

/// First pause after a failure, on the wall clock; doubled each time.
const PAUSE_BASE: Duration = Duration::from_secs(2);

/// Pause before a system is asked again that works on it and does not say how long.
const POLL: Duration = Duration::from_secs(60);

/// The most that is read of an answer.
const BODY_MAX: usize = 64 * 1024;

/// A legacy system.
#[derive(Clone)]
pub struct Connector {
    /// As rules of agreements name it.
    pub name: String,
    /// Where questions are posted.
    pub url: Url,
    /// Bearer token it expects.
    pub secret: Option<String>,
    /// How long it may take to answer.
    pub deadline: Duration,
}

/// Those there are, and what they are asked at the moment.
pub(crate) struct Connectors {
    all: Vec<Connector>,
    asked: Mutex<HashSet<String>>,
    slots: Mutex<HashMap<(CompanyId, String), Arc<Semaphore>>>,
}

impl Connectors {
    pub fn new(all: Vec<Connector>) -> Self {
        Self {
            all,
            asked: Mutex::default(),
            slots: Mutex::default(),
        }
    }

    fn find(&self, name: &str) -> Option<&Connector> {
        self.all.iter().find(|connector| connector.name == name)
    }

    /// The turns of a company at a connector.
    fn slots(&self, company: &CompanyId, connector: &str) -> Arc<Semaphore> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = slots.entry((company.clone(), connector.to_owned()));
        Arc::clone(pair.or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
    }

    /// Remembers that a question is under way; false where it is already.
    fn begin(&self, errand: &str) -> bool {
        self.asked.lock().is_ok_and(|mut asked| asked.insert(errand.to_owned()))
    }

    fn end(&self, errand: &str) {
        if let Ok(mut asked) = self.asked.lock() {
            asked.remove(errand);
        }
    }
}

/// The answer of a connector in JSON; exactly one property.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    accept: Option<bool>,
    reject: Option<String>,
    milestone: Option<String>,
    complete: Option<bool>,
    fail: Option<String>,
    prices: Option<Vec<ErrandPrice>>,
    serviceability: Option<ErrandServiceability>,
}

/// What a try came to.
enum Tried {
    Answered(ErrandAnswer),
    /// It works on it.
    Later(Duration),
    /// It may be there another time.
    Failed(String),
    /// Asking again is useless.
    Useless(String),
}

impl Seller {
    /// Starts to ask what `job` is about, unless that is under way. Nobody waits for the end: a
    /// call that is cut off is made again.
    pub(crate) async fn start_asking(self: &Arc<Self>, job: Job, trace: String) -> Result<(), SellerError> {
        // The time of the longest deadline twice: for the call, and for its turn.
        let longest = self.connectors.all.iter().map(|connector| connector.deadline).max();
        let lease = self.after(longest.unwrap_or(POLL) * 2);
        self.parts.store.postpone_job(&job.id, lease).await?;
        if !self.connectors.begin(&job.document_id) {
            return Ok(());
        }
        let seller = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = seller.ask_in_turn(&job, &trace).await {
                tracing::error!(%error, errand = %job.document_id, "the outcome of a question cannot be written");
            }
            seller.connectors.end(&job.document_id);
        });
        Ok(())
    }

    /// Business time that is `wait` of wall time away.
    fn after(&self, wait: Duration) -> Timestamp {
        let business = SignedDuration::try_from_secs_f64(wait.as_secs_f64() * self.parts.business.speed());
        let business = business.unwrap_or(SignedDuration::MAX);
        self.now().saturating_add(business).unwrap_or(Timestamp::MAX)
    }

    /// Waits for a turn of its company at its connector. Meanwhile a person may have been faster, so
    /// what there is to ask is read when the turn has come.
    async fn ask_in_turn(&self, job: &Job, trace: &str) -> Result<(), SellerError> {
        let errand = self.errand_of(job).await?;
        let connector = errand.as_ref().and_then(|errand| errand.text("/connector"));
        let slots = self.connectors.slots(&job.scope.company, connector.unwrap_or_default());
        // Never closed: an error cannot be.
        let _slot = slots.acquire().await;
        self.ask(job, trace).await
    }

    async fn errand_of(&self, job: &Job) -> Result<Option<Document>, SellerError> {
        let store = &self.parts.store;
        Ok(store
            .document(&job.scope, Side::Seller, errand::RESOURCE, &job.document_id)
            .await?)
    }

    async fn ask(&self, job: &Job, trace: &str) -> Result<(), SellerError> {
        let store = &self.parts.store;
        let scope = &job.scope;
        let errand = self.errand_of(job).await?;
        let Some(errand) = errand.filter(errand::waits) else {
            return self.nothing_left(job).await;
        };
        let Some(name) = errand.text("/connector").map(str::to_owned) else {
            return self.nothing_left(job).await;
        };
        let of = |pointer: &str| errand.text(pointer).unwrap_or_default();
        let about = store
            .document(scope, Side::Seller, of("/about/resource"), of("/about/id"))
            .await?;
        let (Some(about), true) = (about, self.errand_stands(&errand).await?) else {
            return self.nothing_left(job).await;
        };
        let Some(connector) = self.connectors.find(&name) else {
            return self
                .fall_through(&errand, &format!("there is no connector {name:?} any more"))
                .await;
        };
        let since = Instant::now();
        let tried = self.call(connector, (&errand, &about), trace).await;
        metrics::histogram!("segue_connector_seconds", "connector" => name.clone()).record(since.elapsed());
        self.settle(connector, (&errand, job), tried).await
    }

    /// Does what a try came to.
    async fn settle(
        &self,
        connector: &Connector,
        (errand, job): (&Document, &Job),
        tried: Tried,
    ) -> Result<(), SellerError> {
        let name = &connector.name;
        let count = |outcome: &'static str| {
            metrics::counter!("segue_connector_total", "connector" => name.clone(), "outcome" => outcome).increment(1);
        };
        let reason = match tried {
            Tried::Answered(answer) => {
                let who = errand::connector_name(name);
                let company = &errand.scope.company;
                match self.answer_errand(company, &errand.id, (&answer, &who)).await {
                    Ok(left) => {
                        count("answered");
                        return self.ask_on(&left, job).await;
                    }
                    // A person was faster, or nobody waits any more.
                    Err(ErrandError::Answered | ErrandError::Gone | ErrandError::Unknown(_)) => {
                        return self.nothing_left(job).await;
                    }
                    Err(ErrandError::Refused(reason)) => Err(format!("its answer cannot be taken: {reason}")),
                    Err(error) => Ok(error.to_string()),
                }
            }
            Tried::Later(wait) => {
                count("later");
                if self.now() < due(errand) {
                    let at = self.after(wait).min(due(errand));
                    self.parts.store.replay_job(&job.id, at).await?;
                    return Ok(());
                }
                Err("it worked on it until the time was over".into())
            }
            Tried::Failed(reason) => Ok(reason),
            Tried::Useless(reason) => Err(reason),
        };
        match reason {
            Ok(reason) if job.attempt + 1 < TRIES_MAX && self.now() < due(errand) => {
                count("failed");
                tracing::warn!(connector = %name, errand = %errand.id, %reason, "no answer; it will be asked again");
                let at = self.after(PAUSE_BASE * (1 << job.attempt.min(8)));
                Ok(self.parts.store.fail_job(&job.id, at, &reason).await?)
            }
            Ok(reason) | Err(reason) => {
                count("fellThrough");
                self.fall_through(errand, &reason).await
            }
        }
    }

    /// After one milestone comes the next, or the end: asked for under a new key.
    async fn ask_on(&self, errand: &Document, job: &Job) -> Result<(), SellerError> {
        if !errand::waits(errand) {
            return Ok(());
        }
        self.parts.store.replay_job(&job.id, self.after(POLL)).await?;
        Ok(())
    }

    async fn nothing_left(&self, job: &Job) -> Result<(), SellerError> {
        let done = Commit {
            done_jobs: vec![job.id.clone()],
            ..Commit::default()
        };
        taken(self.parts.store.commit(done).await)
    }

    async fn fall_through(&self, errand: &Document, reason: &str) -> Result<(), SellerError> {
        tracing::warn!(errand = %errand.id, reason, "a connector gave no answer; a person has to");
        let given = errand::fall_through(errand, reason, (self.now(), new_id()));
        taken(self.parts.store.commit(given).await)
    }

    async fn call(&self, connector: &Connector, (errand, about): (&Document, &Document), trace: &str) -> Tried {
        let question = errand::question(errand, about);
        let round = errand.at("/rounds").and_then(serde_json::Value::as_u64).unwrap_or(0);
        let mut request = Request::new(Purpose::Operation, Method::POST, connector.url.clone())
            .json(&question)
            .header(header::ACCEPT, "application/json")
            .header(
                HeaderName::from_static("idempotency-key"),
                &format!("{}-{round}", errand.id),
            )
            .header(TRACEPARENT, &Trace::going_on(trace).traceparent());
        if let Some(secret) = &connector.secret {
            request = request.bearer(secret);
        }
        match tokio::time::timeout(connector.deadline, self.parts.outbound.send(request)).await {
            Ok(Ok(answer)) => read(&answer),
            Ok(Err(error)) => Tried::Failed(error.to_string()),
            Err(_) => Tried::Failed(format!("no answer within {} s", connector.deadline.as_secs_f32())),
        }
    }
}

fn due(errand: &Document) -> Timestamp {
    let due = errand.text("/dueAt").and_then(segue_model::time::parse);
    due.unwrap_or(Timestamp::MAX)
}

/// Somebody was faster: the errand is not what it was, and needs nothing of this.
fn taken(committed: Result<(), CommitError>) -> Result<(), SellerError> {
    match committed {
        Err(CommitError::Store(error)) => Err(error.into()),
        Ok(()) | Err(CommitError::Conflict | CommitError::CapacityExhausted { .. } | CommitError::Duplicate(_)) => {
            Ok(())
        }
    }
}

/// What an answer says.
fn read(answer: &Answer) -> Tried {
    match answer.status {
        200 => parse(&answer.body).map_or_else(Tried::Useless, Tried::Answered),
        202 => Tried::Later(retry_after(answer).unwrap_or(POLL)),
        408 | 425 | 429 | 500..=599 => Tried::Failed(format!("it answered {}", answer.status)),
        status => Tried::Useless(format!("it answered {status}")),
    }
}

fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds = answer.headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).max(Duration::from_secs(1)))
}

fn parse(body: &[u8]) -> Result<ErrandAnswer, String> {
    if body.len() > BODY_MAX {
        return Err(format!("its answer has more than {BODY_MAX} bytes"));
    }
    let written: Written =
        serde_json::from_slice(body).map_err(|error| format!("its answer cannot be read: {error}"))?;
    let given = [
        written.accept.filter(|yes| *yes).map(|_| ErrandAnswer::Accept),
        written.reject.map(ErrandAnswer::Reject),
        written.milestone.map(ErrandAnswer::Milestone),
        written.complete.filter(|yes| *yes).map(|_| ErrandAnswer::Complete),
        written.fail.map(ErrandAnswer::Fail),
        written.prices.map(ErrandAnswer::Prices),
        written.serviceability.map(ErrandAnswer::Serviceability),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(one), None) => Ok(one),
        _ => Err("its answer must be one of accept, reject, milestone, complete, fail, prices, serviceability".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_taken_all_its_turns_takes_none_of_another_company_or_system() {
        let connectors = Connectors::new(Vec::new());
        let (acme, zenith) = (CompanyId::new("acme"), CompanyId::new("zenith"));
        let busy = connectors.slots(&acme, "slow");
        let all = busy.try_acquire_many(u32::try_from(AT_ONCE).unwrap()).unwrap();
        assert!(connectors.slots(&acme, "slow").try_acquire().is_err());
        assert!(connectors.slots(&acme, "fast").try_acquire().is_ok());
        assert!(connectors.slots(&zenith, "slow").try_acquire().is_ok());
        drop(all);
        assert!(connectors.slots(&acme, "slow").try_acquire().is_ok());
    }

    #[test]
    fn an_answer_is_one_thing_and_nothing_else() {
        assert_eq!(parse(br#"{"accept":true}"#), Ok(ErrandAnswer::Accept));
        assert_eq!(parse(br#"{"reject":"No."}"#), Ok(ErrandAnswer::Reject("No.".into())));
        let prices = parse(
            br#"{"prices":[{"item":"uni","name":"Port","amount":"10.50","every":{"amount":1,"units":"months"}}]}"#,
        );
        assert!(matches!(prices, Ok(ErrandAnswer::Prices(prices)) if prices[0].amount.to_string() == "10.50"));
        let said = parse(br#"{"serviceability":{"confidence":"yellow","interval":{"amount":3,"units":"months"}}}"#);
        assert!(matches!(said, Ok(ErrandAnswer::Serviceability(said)) if said.reason.is_none()));
        for bad in [
            &b"{}"[..],
            br#"{"serviceability":{"confidence":"red"}}"#,
            br#"{"accept":false}"#,
            br#"{"accept":true,"reject":"No."}"#,
            br#"{"accept":true,"more":1}"#,
            b"yes",
        ] {
            assert!(parse(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }
}
