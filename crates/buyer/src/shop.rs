//! Shopping: works off a tender, all its Sellers at once and several sites at a time with each.
//!
//! Who acts is a command of ours. Guaranteed: a request is stored with its key before it is sent,
//! so that a run that was cut off, by `kill -9` too, goes on and makes nothing twice; a Seller that
//! is slow, silent or asks us to wait holds up no other. Not guaranteed: an end. What is open when
//! the time is over stays open, and the next run goes on with it.

mod desk;
mod visit;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use segue_model::id::PartnerId;
use segue_model::party::Company;
use segue_model::products::Products;
use segue_model::tender::{Asked, Tender, Visit};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::{Buyer, BuyerError};
use desk::Desk;
use visit::{Outcome, Snag};

/// Visits in a row without an answer after which a Seller is left alone for a while.
const SILENT_MAX: u32 = 3;

/// Whiles after which it is left alone for good in this run.
const WHILES_MAX: u32 = 3;

/// The first while; doubled for the next.
const WHILE: Duration = Duration::from_secs(1);

/// Taken where a Seller asks us to wait and does not say how long.
const WAIT: Duration = Duration::from_secs(2);

/// Between two looks at answers that take time: mostly an event has brought them by then.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks between two requests for an answer that no event has brought.
const LOOKS: u32 = 5;

/// One run through a tender.
pub struct Shop {
    /// The client.
    pub buyer: Arc<Buyer>,
    /// Who asks.
    pub company: Company,
    /// Products of that company.
    pub products: Arc<Products>,
    /// What is asked.
    pub tender: Tender,
    /// Visits at a time with each Seller.
    pub parallel: usize,
    /// How long answers are waited for.
    pub timeout: Duration,
}

/// A Seller with which the run ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Who.
    pub seller: PartnerId,
    /// Why.
    pub why: String,
}

/// How many visits are done of all, by Seller.
pub type Counts = Vec<(PartnerId, usize, usize)>;

/// What the workers tell while they work.
struct Tally {
    seller: PartnerId,
    all: usize,
    done: AtomicUsize,
}

impl Shop {
    /// Works until all is answered or the time is over; `tell` hears of it every second.
    ///
    /// # Errors
    /// Our own store failed. What was answered before is kept.
    pub async fn run(self, tell: impl Fn(Counts)) -> Result<Vec<Stopped>, BuyerError> {
        let shop = Arc::new(self);
        let deadline = Instant::now() + shop.timeout;
        let visits = shop
            .buyer
            .parts
            .store
            .visits(&shop.company.id, shop.tender.number)
            .await?;
        let mut workers = JoinSet::new();
        let mut tallies = Vec::new();
        for asked in &shop.tender.sellers {
            let of_it = visits.iter().filter(|visit| visit.seller == asked.seller);
            let open: Vec<Visit> = of_it.clone().filter(|visit| !visit.is_done()).cloned().collect();
            let all = of_it.count();
            let tally = Arc::new(Tally {
                seller: asked.seller.clone(),
                all,
                done: AtomicUsize::new(all - open.len()),
            });
            tallies.push(Arc::clone(&tally));
            let worker = Worker {
                shop: Arc::clone(&shop),
                asked: asked.clone(),
                tally,
                deadline,
            };
            workers.spawn(worker.work(open));
        }
        let mut stopped = Vec::new();
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                ended = workers.join_next() => match ended {
                    None => break,
                    Some(Ok(ended)) => stopped.extend(ended?),
                    Some(Err(error)) => return Err(BuyerError::incomplete(format!("a worker that does not break off ({error})"))),
                },
                _ = ticks.tick() => tell(counts(&tallies)),
            }
        }
        tell(counts(&tallies));
        stopped.sort_by(|a, b| a.seller.cmp(&b.seller));
        Ok(stopped)
    }
}

fn counts(tallies: &[Arc<Tally>]) -> Counts {
    let count = |tally: &Arc<Tally>| (tally.seller.clone(), tally.done.load(Ordering::Relaxed), tally.all);
    tallies.iter().map(count).collect()
}

/// All visits with one Seller.
struct Worker {
    shop: Arc<Shop>,
    asked: Asked,
    tally: Arc<Tally>,
    deadline: Instant,
}

/// What came of going through the open visits once.
#[derive(Default)]
struct Round {
    open: Vec<Visit>,
    done: usize,
    /// How long the Seller asks us to wait.
    busy: Option<Duration>,
    /// Why the last visit got no answer.
    silent: Option<String>,
}

impl Worker {
    async fn work(self, mut open: Vec<Visit>) -> Result<Option<Stopped>, BuyerError> {
        let (mut whiles, mut looks) = (0, 0);
        let mut desk: Option<Arc<Desk>> = None;
        while !open.is_empty() && Instant::now() < self.deadline {
            let round = match &desk {
                Some(desk) => self.round(desk, open, looks % LOOKS == 0).await?,
                None => match Desk::open(&self.shop, &self.asked, &open).await {
                    Ok(opened) => {
                        desk = Some(Arc::new(opened));
                        continue;
                    }
                    Err(Snag::No(why)) => return Ok(self.stopped(why)),
                    Err(snag) => unopened(snag, open)?,
                },
            };
            open = round.open;
            looks += 1;
            let pause = match (round.silent, round.busy) {
                (Some(why), _) if round.done == 0 && whiles + 1 >= WHILES_MAX => return Ok(self.stopped(why)),
                (Some(_), _) => {
                    whiles = if round.done > 0 { 0 } else { whiles + 1 };
                    WHILE * 2_u32.pow(whiles)
                }
                (None, Some(wait)) => wait,
                (None, None) => {
                    whiles = 0;
                    LOOK_EVERY
                }
            };
            if !open.is_empty() {
                tokio::time::sleep_until(self.deadline.min(Instant::now() + pause)).await;
            }
        }
        let left = open.len();
        Ok((left > 0)
            .then(|| self.stopped(format!("the time is over; {left} site(s) are open")))
            .flatten())
    }

    fn stopped(&self, why: String) -> Option<Stopped> {
        let seller = self.asked.seller.clone();
        Some(Stopped { seller, why })
    }

    /// Goes on with each visit once, some at a time.
    async fn round(&self, desk: &Arc<Desk>, open: Vec<Visit>, fetch: bool) -> Result<Round, BuyerError> {
        let mut round = Round::default();
        let mut waiting = open.into_iter();
        let mut running = JoinSet::new();
        let mut silent = 0;
        loop {
            let go_on = round.busy.is_none() && silent < SILENT_MAX && Instant::now() < self.deadline;
            while go_on && running.len() < self.shop.parallel {
                let Some(visit) = waiting.next() else { break };
                running.spawn(Arc::clone(desk).visit(visit, fetch));
            }
            let Some(ended) = running.join_next().await else { break };
            let (visit, outcome) =
                ended.map_err(|error| BuyerError::incomplete(format!("a visit that does not break off ({error})")))?;
            match outcome {
                Outcome::Done => {
                    silent = 0;
                    round.done += 1;
                    self.tally.done.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                Outcome::Waiting => {}
                Outcome::Busy(wait) => round.busy = Some(wait.max(round.busy.unwrap_or_default())),
                Outcome::Silent(why) => {
                    silent += 1;
                    round.silent = Some(why);
                }
                Outcome::Fatal(error) => return Err(error),
            }
            round.open.push(visit);
        }
        round.open.extend(waiting);
        Ok(round)
    }
}

/// The round that could not begin.
fn unopened(snag: Snag, open: Vec<Visit>) -> Result<Round, BuyerError> {
    let round = Round {
        open,
        ..Round::default()
    };
    match snag {
        Snag::Busy(wait) => Ok(Round {
            busy: Some(wait),
            ..round
        }),
        Snag::Silent(why) | Snag::No(why) => Ok(Round {
            silent: Some(why),
            ..round
        }),
        Snag::Fatal(error) => Err(error),
    }
}
