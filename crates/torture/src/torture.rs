//! One run: a Seller made, Buyers let loose on it, broken again and again, left in peace, judged.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::buyer::{Buyer, Outcome, Request};
use crate::check::{self, Verdict};
use crate::driver::{Client, Shared};
use crate::faults::{Hand, Plan};
use crate::run::{Clock, Faults, Log, TENANTS};
use crate::site::{Site, free_address};
use crate::{last, listener, proxy};

/// What a run is made of.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The program under torture.
    pub program: PathBuf,
    /// Where everything is kept.
    pub folder: PathBuf,
    /// Operations and faults come from it.
    pub seed: u64,
    /// How long Buyers work.
    pub length: Duration,
    /// Ends the run earlier, after so many kills.
    pub kills: Option<u64>,
    /// Clients of each Buyer.
    pub clients: usize,
    /// Settings of the process beside its file.
    pub settings: Vec<(String, String)>,
    /// Faults of the disk alone.
    pub disk_only: bool,
    /// Whether progress is told on standard error.
    pub quiet: bool,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Of the run.
    pub seed: u64,
    /// How long Buyers worked.
    pub seconds: f64,
    /// Faults of all kinds.
    pub faults: u64,
    /// kill -9 among them.
    pub kills: u64,
    /// Times the process ended of its own accord.
    pub deaths: u64,
    /// Milliseconds from a start until it served, half of the times.
    pub recovery_p50: u128,
    /// The same, 99 of a hundred times.
    pub recovery_p99: u128,
    /// What the checker saw and found.
    pub verdict: Verdict,
    /// Where everything is.
    pub folder: PathBuf,
}

/// How long what waits may stay as much as it is when nothing disturbs any more: quotes expire after
/// five days of business, 22 seconds.
const SETTLE_MAX: Duration = Duration::from_secs(60);

/// Events held back after a failed try are sent again so often.
const REPLAY_EVERY: Duration = Duration::from_secs(2);

struct Stage {
    shared: Arc<Shared>,
    buyers: Vec<Arc<Buyer>>,
    is_hostile: Arc<AtomicBool>,
}

/// Runs one.
pub fn run(wish: &Wish) -> Result<Report> {
    std::fs::create_dir_all(&wish.folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(8)
        .enable_all()
        .build()?;
    let clock = Clock::start();
    let stage = set(wish, clock, &runtime)?;
    let mut hand = Hand::start(&stage.shared, Faults::open(&wish.folder, clock)?)?;
    for buyer in &stage.buyers {
        runtime.block_on(register(buyer))?;
    }
    let clients = runtime.block_on(async { loose(wish, &stage) })?;
    let since = Instant::now();
    let deaths = wreck(wish, &mut hand, since)?;
    let seconds = since.elapsed().as_secs_f64();
    stage.shared.stop.store(true, Ordering::Relaxed);
    stage.is_hostile.store(false, Ordering::Relaxed);
    for client in clients {
        runtime.block_on(client)??;
    }
    tell(
        wish,
        "the Buyers have stopped; waiting until everything has come to its end",
    );
    let stays = hand.settle(SETTLE_MAX)?;
    tell(wish, "reading everything once more");
    runtime.block_on(last::keep(&wish.folder, &stage.buyers))?;
    let mut verdict = check::folder(&wish.folder)?;
    if let Some(stays) = stays {
        verdict.findings.push(check::Finding {
            check: 'F',
            text: stays,
        });
    }
    let (recoveries, kills, faults) = (hand.recoveries.clone(), hand.kills, hand.done);
    hand.end()?;
    Ok(Report {
        seed: wish.seed,
        seconds,
        faults,
        kills,
        deaths,
        recovery_p50: share(&recoveries, 50),
        recovery_p99: share(&recoveries, 99),
        verdict,
        folder: wish.folder.clone(),
    })
}

fn share(times: &[Duration], percent: usize) -> u128 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(at).map_or(0, Duration::as_millis)
}

fn tell(wish: &Wish, text: &str) {
    if !wish.quiet {
        eprintln!("torture: {text}");
    }
}

/// Seller, Buyers, listeners and proxy.
fn set(wish: &Wish, clock: Clock, runtime: &Runtime) -> Result<Stage> {
    let listeners = [free_address()?, free_address()?];
    let folder = wish.folder.join("acme");
    let mut site = Site::new(&wish.program, &folder, None, &listeners)?;
    let secrets = site.furnish(&listeners)?;
    // The last reads page through all there is.
    site.settings
        .push(("SEGUE__LIMITS__LIST_MAX".to_owned(), "100000000".to_owned()));
    site.settings.extend(wish.settings.iter().cloned());
    let nodes = vec![site.address.clone()];
    let is_hostile = Arc::new(AtomicBool::new(true));
    let proxy_at = free_address()?;
    runtime.block_on(async {
        for (n, (tenant, address)) in TENANTS.into_iter().zip(&listeners).enumerate() {
            let log = Log::open(&wish.folder, &format!("heard-{tenant}.jsonl"))?;
            let seed = wish.seed ^ (0xE0 + n as u64);
            listener::Listener::open(tenant, address, (log, clock, seed), &is_hostile).await?;
        }
        proxy::open(&proxy_at, nodes.clone(), wish.seed ^ 0x99).await
    })?;
    let mut buyers = Vec::new();
    for (who, listener) in TENANTS.into_iter().zip(secrets).zip(&listeners) {
        buyers.push(Arc::new(Buyer::new(who, listener, (nodes.clone(), proxy_at.clone()))?));
    }
    let shared = Arc::new(Shared {
        clock,
        stop: AtomicBool::new(false),
        acknowledged: AtomicU64::new(0),
        read: AtomicU64::new(0),
        site,
        foreign: Mutex::new([VecDeque::new(), VecDeque::new()]),
    });
    Ok(Stage {
        shared,
        buyers,
        is_hostile,
    })
}

/// Both hubs of one Buyer, before anything happens.
async fn register(buyer: &Buyer) -> Result<()> {
    let listener = buyer.listener().to_owned();
    let body = json!({ "callback": listener }).to_string();
    for api in ["quoteManagement/v10/hub", "productOrderingManagement/v11/hub"] {
        // Keys of its own: where keys are not told apart by Buyer, work has to begin for it to be seen.
        let key = format!("hub-{}-{api}", buyer.name);
        match buyer.ask(&Request::post(api, &key, &body)).await {
            Outcome::Answer { status: 201, .. } => (),
            Outcome::Answer { status, text } => bail!("POST {api}: {status} {text}"),
            Outcome::Unknown(error) => bail!("POST {api}: {error}"),
        }
    }
    Ok(())
}

fn loose(wish: &Wish, stage: &Stage) -> Result<Vec<tokio::task::JoinHandle<Result<()>>>> {
    let mut tasks = Vec::new();
    for (tenant, buyer) in stage.buyers.iter().enumerate() {
        for number in 0..wish.clients {
            let ledger = Log::open(&wish.folder, &format!("ledger-{}-{number}.jsonl", buyer.name))?;
            let own = (Arc::clone(&stage.shared), ledger);
            let client = Client::new((Arc::clone(buyer), tenant), number, own, wish.seed);
            tasks.push(tokio::spawn(client.run()));
        }
    }
    Ok(tasks)
}

/// Does what the plan says until the time is over; how often the process ended by itself.
fn wreck(wish: &Wish, hand: &mut Hand, since: Instant) -> Result<u64> {
    let mut plan = Plan::of(wish.seed);
    let (mut told, mut replayed, mut deaths) = (Instant::now(), Instant::now(), 0);
    if !hand.can_trace() {
        tell(
            wish,
            "skipped: faults of the disk need strace (Debian: apt-get install strace)",
        );
    }
    while since.elapsed() < wish.length && wish.kills.is_none_or(|kills| hand.kills < kills) {
        let next = if wish.disk_only {
            plan.next_of_disk()
        } else {
            plan.next()
        };
        hand.act(next).context("breaking the Seller")?;
        deaths += u64::from(hand.revive()?);
        if replayed.elapsed() > REPLAY_EVERY {
            replayed = Instant::now();
            hand.replay();
        }
        if told.elapsed() > Duration::from_secs(10) {
            told = Instant::now();
            tell(wish, &hand.progress());
        }
    }
    tell(wish, &hand.progress());
    Ok(deaths)
}

/// A new folder for a run that names none.
pub fn new_folder(base: &Path, seed: u64) -> PathBuf {
    base.join(format!("torture-{seed}-{}", std::process::id()))
}
