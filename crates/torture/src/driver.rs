//! The clients of a run. Each has a ledger of its own: what it is about to do is written before it
//! is sent, what came of it is on the disk before the next thing is begun.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::buyer::{Buyer, Outcome, Request};
use crate::ops::{self, Op};
use crate::run::{Clock, Log, Sync};
use crate::site::Site;

/// Of how many of its own things a client remembers what it needs.
const KNOWN_MAX: usize = 64;

/// How long a change is repeated after the end of the run, until it is known.
const RESOLVE_MAX: Duration = Duration::from_secs(60);

/// What all clients share.
pub struct Shared {
    /// Where records get their times from.
    pub clock: Clock,
    /// True when no new operation is begun.
    pub stop: AtomicBool,
    /// Changes acknowledged so far.
    pub acknowledged: AtomicU64,
    /// Reads answered so far.
    pub read: AtomicU64,
    /// The Seller, for its business clock.
    pub site: Site,
    /// Ids made by either Buyer lately, for the other to try.
    pub foreign: std::sync::Mutex<[VecDeque<(Op, String)>; 2]>,
}

struct Change {
    op: Op,
    key: String,
    body: String,
    about: String,
}

struct Made {
    change: Arc<Change>,
    id: String,
}

/// One client of a Buyer.
pub struct Client {
    buyer: Arc<Buyer>,
    tenant: usize,
    number: usize,
    shared: Arc<Shared>,
    ledger: Log,
    plan: StdRng,
    chance: StdRng,
    made: VecDeque<Made>,
    count: u64,
}

/// What a change came to.
enum End {
    Acknowledged { id: String },
    Refused,
    NeverKnown,
}

impl Client {
    /// Client `number` of a Buyer.
    pub fn new(
        (buyer, tenant): (Arc<Buyer>, usize),
        number: usize,
        (shared, ledger): (Arc<Shared>, Log),
        seed: u64,
    ) -> Self {
        let own = seed ^ ((tenant as u64 + 1) << 40) ^ ((number as u64 + 1) << 20);
        Self {
            buyer,
            tenant,
            number,
            shared,
            ledger,
            plan: StdRng::seed_from_u64(own),
            chance: StdRng::seed_from_u64(own ^ 0xFACE),
            made: VecDeque::new(),
            count: 0,
        }
    }

    /// Works until it is told to stop.
    pub async fn run(mut self) -> Result<()> {
        while !self.shared.stop.load(Ordering::Relaxed) {
            let op = Op::choose(&mut self.plan);
            let pick: u64 = self.plan.random();
            match op {
                Op::Get => self.get(pick).await?,
                Op::List => self.list(pick).await?,
                Op::Foreign => self.foreign(pick).await?,
                Op::Repeat => self.repeat(pick).await?,
                Op::Quote | Op::Deferred | Op::Order | Op::CancelQuote | Op::DeclineQuote | Op::CancelOrder => {
                    self.change(op, pick).await?
                }
            }
        }
        Ok(())
    }

    fn of_kind(&self, kinds: &[Op]) -> Option<String> {
        let newest = self.made.iter().rev();
        newest
            .filter(|made| kinds.contains(&made.change.op))
            .map(|made| made.id.clone())
            .next()
    }

    async fn change(&mut self, op: Op, pick: u64) -> Result<()> {
        let about = match op {
            Op::Order => self.of_kind(&[Op::Quote]),
            Op::DeclineQuote => self.of_kind(&[Op::Quote, Op::Deferred]),
            Op::CancelQuote => self.of_kind(&[Op::Deferred]),
            Op::CancelOrder => self.of_kind(&[Op::Order]),
            Op::Quote | Op::Deferred | Op::Get | Op::List | Op::Foreign | Op::Repeat => Some(String::new()),
        };
        let Some(about) = about else { return Ok(()) };
        self.count += 1;
        // The same keys at both Buyers: one must not get the answer of the other.
        let key = format!("{}-{}", self.number, self.count);
        let ext = format!("{}-{key}", self.buyer.name);
        let wanted = self.shared.site.business_now() + jiff::SignedDuration::from_hours(72);
        let body = ops::body(op, &ext, &about, &wanted.to_string()).to_string();
        let change = Arc::new(Change { op, key, body, about });
        if let End::Acknowledged { id } = self.post(&change, copies(pick)).await? {
            self.keep(change, id);
        }
        Ok(())
    }

    fn keep(&mut self, change: Arc<Change>, id: String) {
        let mut foreign = self
            .shared
            .foreign
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(own) = foreign.get_mut(self.tenant).filter(|_| !id.is_empty()) {
            own.push_back((change.op, id.clone()));
            if own.len() > KNOWN_MAX {
                own.pop_front();
            }
        }
        drop(foreign);
        self.made.push_back(Made { change, id });
        if self.made.len() > KNOWN_MAX {
            self.made.pop_front();
        }
    }

    fn record(&self, change: &Change, k: &str, more: &Value, sync: Sync) -> Result<()> {
        let mut line = json!({
            "k": k, "op": change.op.name(), "tenant": self.buyer.name, "key": change.key, "about": change.about,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            line[name] = value.clone();
        }
        self.ledger.add(&line, sync)
    }

    /// Sends a change, `copies` at once the first time, until it is known what came of it.
    async fn post(&mut self, change: &Arc<Change>, copies: usize) -> Result<End> {
        let began = self.shared.clock.now();
        self.record(change, "invoke", &json!({ "t0": began }), Sync::Later)?;
        let mut stopped: Option<Instant> = None;
        let mut copies = copies;
        loop {
            let sends = (0..copies).map(|_| self.chance.random_range(0..100_u32) < 12);
            let sends: Vec<bool> = sends.collect();
            copies = 1;
            let tries = sends.into_iter().map(|by_proxy| self.once(change, by_proxy));
            let ends: Vec<Option<End>> = join_all(tries).await.into_iter().collect::<Result<_>>()?;
            if let Some(end) = ends.into_iter().flatten().next() {
                return Ok(end);
            }
            if self.shared.stop.load(Ordering::Relaxed) {
                let since = *stopped.get_or_insert_with(Instant::now);
                if since.elapsed() > RESOLVE_MAX {
                    self.record(change, "gave-up", &json!({ "t0": began }), Sync::Now)?;
                    return Ok(End::NeverKnown);
                }
            }
            let pause = self.chance.random_range(10..60);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    /// One try; none when it has to be repeated.
    async fn once(&self, change: &Change, by_proxy: bool) -> Result<Option<End>> {
        let request = Request::post(change.op.path(), &change.key, &change.body);
        let t0 = self.shared.clock.now();
        let outcome = if by_proxy {
            self.buyer.ask_by_proxy(&request).await
        } else {
            self.buyer.ask(&request).await
        };
        let t1 = self.shared.clock.now();
        let (status, text) = match outcome {
            Outcome::Answer { status, text } => (status, text),
            Outcome::Unknown(error) => {
                self.record(
                    change,
                    "unknown",
                    &json!({ "t0": t0, "t1": t1, "error": error }),
                    Sync::Later,
                )?;
                return Ok(None);
            }
        };
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let mut more = json!({ "t0": t0, "t1": t1, "status": status, "proxy": by_proxy });
        if status < 300 {
            let id = body["id"].as_str().unwrap_or_default().to_owned();
            more["id"] = json!(id);
            more["state"] = body["state"].clone();
            more["digest"] = json!(digest(&text));
            self.record(change, "ok", &more, Sync::Now)?;
            self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
            return Ok(Some(End::Acknowledged { id }));
        }
        more["text"] = json!(text.chars().take(600).collect::<String>());
        // Told to come again, or the token ran out, or the first try is still being answered.
        if matches!(status, 401 | 409 | 429) || status >= 500 {
            self.record(change, "again", &more, Sync::Later)?;
            return Ok(None);
        }
        self.record(change, "fail", &more, Sync::Now)?;
        Ok(Some(End::Refused))
    }

    async fn repeat(&mut self, pick: u64) -> Result<()> {
        let Some(made) = self.picked(pick) else { return Ok(()) };
        let change = Arc::clone(&made.change);
        self.post(&change, copies(pick >> 8)).await.map(|_| ())
    }

    fn picked(&self, pick: u64) -> Option<&Made> {
        let count = self.made.len() as u64;
        (count > 0)
            .then(|| self.made.get(usize::try_from(pick % count).unwrap_or(0)))
            .flatten()
    }

    async fn get(&mut self, pick: u64) -> Result<()> {
        // The newest of all is looked at half of the time: nothing may be older than what was told.
        let found = if pick.is_multiple_of(2) {
            self.made.back()
        } else {
            self.picked(pick >> 1)
        };
        let Some((op, id)) = found
            .map(|made| (made.change.op, made))
            .and_then(|(op, made)| thing(op, made))
        else {
            return Ok(());
        };
        let path = format!("{}/{id}", op.path());
        let (t0, outcome) = (self.shared.clock.now(), self.buyer.ask(&Request::get(&path)).await);
        let t1 = self.shared.clock.now();
        if let Outcome::Answer { status, text } = outcome {
            let body: Value = serde_json::from_str(&text).unwrap_or_default();
            self.shared.read.fetch_add(1, Ordering::Relaxed);
            let line = json!({
                "k": "read", "tenant": self.buyer.name, "id": id, "t0": t0, "t1": t1, "status": status,
                "state": body["state"], "ext": body["externalId"],
            });
            self.ledger.add(&line, Sync::Later)?;
        }
        Ok(())
    }

    async fn list(&mut self, pick: u64) -> Result<()> {
        let base = if pick.is_multiple_of(2) { ops::QUOTE } else { ops::ORDER };
        let path = format!("{base}?limit=20&offset={}", (pick >> 8) % 400);
        let (t0, outcome) = (self.shared.clock.now(), self.buyer.ask(&Request::get(&path)).await);
        let t1 = self.shared.clock.now();
        let Outcome::Answer { status, text } = outcome else {
            return Ok(());
        };
        let elements: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
        self.shared.read.fetch_add(1, Ordering::Relaxed);
        let seen = elements
            .iter()
            .map(|one| json!({ "id": one["id"], "state": one["state"], "ext": one["externalId"] }));
        let line = json!({
            "k": "list", "tenant": self.buyer.name, "t0": t0, "t1": t1, "status": status,
            "seen": seen.collect::<Vec<_>>(),
        });
        self.ledger.add(&line, Sync::Later)
    }

    async fn foreign(&mut self, pick: u64) -> Result<()> {
        let other = {
            let foreign = self
                .shared
                .foreign
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let theirs = foreign.get(1 - self.tenant).filter(|theirs| !theirs.is_empty());
            theirs.and_then(|theirs| theirs.get(usize::try_from(pick).unwrap_or(0) % theirs.len()).cloned())
        };
        let Some((op, id)) = other else { return Ok(()) };
        let path = format!("{}/{id}", op.path());
        if let Outcome::Answer { status, .. } = self.buyer.ask(&Request::get(&path)).await {
            self.shared.read.fetch_add(1, Ordering::Relaxed);
            let line = json!({ "k": "foreign", "tenant": self.buyer.name, "id": id, "status": status });
            self.ledger.add(&line, Sync::Later)?;
        }
        Ok(())
    }
}

/// What of a change can be looked at.
fn thing(op: Op, made: &Made) -> Option<(Op, String)> {
    match op {
        Op::Quote | Op::Deferred | Op::Order | Op::CancelOrder => Some((op, made.id.clone())),
        Op::CancelQuote | Op::DeclineQuote => Some((Op::Quote, made.change.about.clone())),
        Op::Get | Op::List | Op::Foreign | Op::Repeat => None,
    }
}

/// How many copies of a change leave at once: mostly one.
fn copies(pick: u64) -> usize {
    match pick % 40 {
        0 => 8,
        1..4 => 2,
        _ => 1,
    }
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    // Kept exact by readers that take numbers for floating ones.
    hasher.finish() >> 11
}
