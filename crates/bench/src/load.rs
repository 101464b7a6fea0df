//! The load generator: closed loops to find the most a server can do, and an open loop that begins
//! each request at its time, whether those before are answered or not. Times of an open loop count
//! from when a request was to begin, so a server that stands still is not let off.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::wire::{Ask, Target, Wire};

/// Longest time that is told apart, in microseconds.
const LONGEST_US: u64 = 60_000_000;

/// The request with this number; none ends the load.
pub type Asks = Arc<dyn Fn(u64) -> Option<Ask> + Send + Sync>;

/// When requests begin.
#[derive(Clone, Copy)]
pub enum Pace {
    /// Each connection asks again as soon as it is answered.
    Closed,
    /// So many a second, evenly.
    Open(f64),
}

/// What is to be done.
#[derive(Clone)]
pub struct Load {
    /// Who is asked.
    pub target: Target,
    /// What is asked.
    pub asks: Asks,
    /// The status that a right answer has.
    pub wanted: u16,
    /// What stands in it, where the status does not tell; an answer without it counts as 0.
    pub says: Option<&'static str>,
    /// Connections at a time.
    pub connections: usize,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Right answers a second.
    pub per_second: f64,
    /// Right answers.
    pub answered: u64,
    /// Half of the answers came sooner.
    pub p50_ms: f64,
    /// 99 of 100 came sooner.
    pub p99_ms: f64,
    /// 999 of 1,000 came sooner.
    pub p999_ms: f64,
    /// Answers with another status, by status; 0 stands for a connection that broke, and for an answer
    /// that does not say what it should.
    pub others: BTreeMap<u16, u64>,
}

struct Counted {
    times: Histogram<u64>,
    others: BTreeMap<u16, u64>,
}

impl Counted {
    fn new() -> Result<Self> {
        Ok(Self {
            times: Histogram::new_with_max(LONGEST_US, 3)?,
            others: BTreeMap::new(),
        })
    }
}

impl Load {
    /// Runs for `time`.
    pub async fn run(&self, pace: Pace, time: Duration) -> Result<Outcome> {
        let mut wires = Vec::new();
        for _ in 0..self.connections {
            wires.push(Wire::connect(&self.target).await?);
        }
        let numbers = Arc::new(AtomicU64::new(0));
        let start = Instant::now();
        let mut running = Vec::new();
        for wire in wires {
            let one = Loop {
                load: self.clone(),
                numbers: Arc::clone(&numbers),
                start,
                time,
            };
            running.push(tokio::spawn(one.run(wire, pace)));
        }
        let mut all = Counted::new()?;
        for one in running {
            let counted = one.await??;
            all.times.add(&counted.times)?;
            for (status, count) in counted.others {
                *all.others.entry(status).or_default() += count;
            }
        }
        all.outcome(start.elapsed())
    }
}

/// One connection at work.
struct Loop {
    load: Load,
    numbers: Arc<AtomicU64>,
    start: Instant,
    time: Duration,
}

impl Loop {
    async fn run(self, mut wire: Wire, pace: Pace) -> Result<Counted> {
        let mut counted = Counted::new()?;
        loop {
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let due = match pace {
                Pace::Closed => Instant::now(),
                Pace::Open(rate) => self.start + Duration::from_secs_f64(number as f64 / rate),
            };
            if due >= self.start + self.time {
                return Ok(counted);
            }
            let Some(ask) = (self.load.asks)(number) else {
                return Ok(counted);
            };
            tokio::time::sleep_until(due.into()).await;
            let status = match wire.ask(ask).await {
                Ok(answer) if self.load.says.is_none_or(|words| says(&answer.body, words)) => answer.status,
                Ok(_) => 0,
                Err(_) => {
                    wire = Wire::connect(&self.load.target).await?;
                    0
                }
            };
            if status == self.load.wanted {
                let took = u64::try_from(due.elapsed().as_micros()).unwrap_or(LONGEST_US);
                counted.times.saturating_record(took);
            } else {
                *counted.others.entry(status).or_default() += 1;
            }
        }
    }
}

fn says(body: &[u8], words: &str) -> bool {
    std::str::from_utf8(body).is_ok_and(|body| body.contains(words))
}

impl Counted {
    fn outcome(self, took: Duration) -> Result<Outcome> {
        let answered = self.times.len();
        if answered == 0 {
            bail!("no request was answered as it should be; by status: {:?}", self.others);
        }
        let ms = |part: f64| self.times.value_at_quantile(part) as f64 / 1e3;
        Ok(Outcome {
            per_second: answered as f64 / took.as_secs_f64(),
            answered,
            p50_ms: ms(0.5),
            p99_ms: ms(0.99),
            p999_ms: ms(0.999),
            others: self.others,
        })
    }
}
