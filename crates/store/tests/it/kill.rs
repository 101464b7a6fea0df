//! kill -9 at any moment: nothing acknowledged is lost or doubled, no event is lost or overtaken.
//!
//! The parent starts this same test binary as a child that writes with several writers and
//! delivers events. Every acknowledgement comes through the child's standard output and goes into
//! a ledger that the parent syncs itself. The child is killed at seeded moments, every second time
//! right after an acknowledgement was heard. Afterwards the ledger is compared with the store.
//! This proves nothing about power loss. `SEGUE_KILLS` sets how often (200), `SEGUE_SEED` the seed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use segue_model::commit::{Commit, IdempotentAnswer};
use segue_model::document::{Document, Side};
use segue_model::id::Scope;
use segue_store::{ChainState, CommitError, Delivery, DeliveryFilter, ListQuery, Options, Store};
use serde_json::json;

use crate::fixture::*;

const CHILD_FOLDER: &str = "SEGUE_KILL_CHILD_FOLDER";
const CHILD_STARTS: &str = "SEGUE_KILL_CHILD_STARTS";
const CHILD_ROUND: &str = "SEGUE_KILL_CHILD_ROUND";
const WRITERS: usize = 4;
const ACKS_MAX: u64 = 40;
const DELAY_MAX_MS: u64 = 60;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// What the parent has heard.
struct Ledger {
    file: File,
    /// Acknowledged creates of each writer: it made 0, 1, 2... in this order.
    acknowledged: [u64; WRITERS],
    /// Events of each writer that were delivered: 0, 1, 2... in this order.
    delivered: [u64; WRITERS],
}

impl Ledger {
    fn hear(&mut self, line: &str) -> bool {
        let Some((_, said)) = line.split_once('@') else {
            return false;
        };
        writeln!(self.file, "{said}").unwrap();
        self.file.sync_data().unwrap();
        match said.split_once(' ').unwrap() {
            ("ack", key) => {
                let (writer, count) = parse(key);
                assert_eq!(count, self.acknowledged[writer], "writer {writer} skipped one");
                self.acknowledged[writer] += 1;
                true
            }
            ("sent", key) => {
                self.deliver(key);
                false
            }
            other => panic!("{other:?}"),
        }
    }

    fn deliver(&mut self, key: &str) {
        let (writer, count) = parse(key);
        // What comes again is a repetition, which is allowed; what comes too early is not.
        assert!(
            count <= self.delivered[writer],
            "an event of writer {writer} was lost or overtaken"
        );
        if count == self.delivered[writer] {
            self.delivered[writer] += 1;
        }
    }
}

/// `3-17` is the 17th create of writer 3.
fn parse(key: &str) -> (usize, u64) {
    let (writer, count) = key.split_once('-').unwrap();
    (writer.parse().unwrap(), count.parse().unwrap())
}

/// xorshift: the same moments for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_by_kill_9() {
    let (kills, seed) = (number("SEGUE_KILLS", 200), number("SEGUE_SEED", 20_261_125));
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = open(&state, Options::new(index)).unwrap();
        store.commit(subscribe("s")).await.unwrap();
        store.close().await;
    });
    let file = File::create(folder.path().join("ledger")).unwrap();
    let mut ledger = Ledger {
        file,
        acknowledged: [0; WRITERS],
        delivered: [0; WRITERS],
    };
    let (mut random, started) = (Random(seed | 1), Instant::now());
    for round in 0..kills {
        let child = start_child(&state, round, &ledger);
        let moment = if round % 2 == 0 {
            Moment::After(Duration::from_millis(random.below(DELAY_MAX_MS)))
        } else {
            Moment::Acknowledged(1 + random.below(ACKS_MAX))
        };
        run_until_killed(child, moment, &mut ledger);
    }
    let creates: u64 = ledger.acknowledged.iter().sum();
    let sent: u64 = ledger.delivered.iter().sum();
    let took = started.elapsed();
    println!("{kills} kills (seed {seed}) in {took:.1?}: {creates} acknowledged creates, {sent} events sent");
    assert!(creates >= kills, "the children hardly wrote");
    runtime.block_on(compare(&state, &mut ledger));
}

/// When the child dies.
enum Moment {
    After(Duration),
    Acknowledged(u64),
}

fn start_child(state: &Path, round: u64, ledger: &Ledger) -> Child {
    let starts = ledger.acknowledged.map(|count| count.to_string()).join(",");
    Command::new(std::env::current_exe().unwrap())
        .args(["kill::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD_FOLDER, state)
        .env(CHILD_STARTS, starts)
        .env(CHILD_ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn run_until_killed(mut child: Child, moment: Moment, ledger: &mut Ledger) {
    let (lines, heard) = mpsc::channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    let listener = std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let _ = lines.send(line);
        }
    });
    let (delay, wanted) = match moment {
        Moment::After(delay) => (Some(delay), u64::MAX),
        Moment::Acknowledged(count) => (None, count),
    };
    let mut kill_at: Option<Instant> = None;
    let mut acknowledged = 0;
    while acknowledged < wanted && kill_at.is_none_or(|at| at > Instant::now()) {
        let patience = kill_at.map_or(Duration::from_secs(60), |at| {
            at.saturating_duration_since(Instant::now())
        });
        match heard.recv_timeout(patience) {
            Ok(line) => {
                // Before it is open it has written nothing.
                if line.contains("@open") {
                    kill_at = delay.map(|delay| Instant::now() + delay);
                } else if ledger.hear(&line) {
                    acknowledged += 1;
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => break,
            Err(mpsc::RecvTimeoutError::Disconnected) => panic!("the child ended by itself: {:?}", child.wait()),
        }
    }
    assert!(
        kill_at.is_some() || acknowledged == wanted,
        "the child did nothing for a minute"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    listener.join().unwrap();
    // What it said before it died was said.
    for line in heard.try_iter() {
        ledger.hear(&line);
    }
}

async fn compare(state: &Path, ledger: &mut Ledger) {
    let store = open(state, Options::new(index)).unwrap();
    store.check().await.unwrap();
    let chain = store.verify_audit().await.unwrap();
    assert!(matches!(chain, ChainState::Whole { .. }), "{chain:?}");
    let list = ListQuery {
        limit: u32::MAX,
        ..ListQuery::default()
    };
    let page = store.documents(&scope(), Side::Seller, "quote", &list).await.unwrap();
    let mut stored: HashMap<String, u64> = HashMap::new();
    for document in &page.documents {
        *stored
            .entry(document.text("/externalId").unwrap().to_owned())
            .or_default() += 1;
        assert_eq!(store.history(&scope(), &document.id).await.unwrap().len(), 1);
    }
    let doubled: Vec<_> = stored.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "doubled: {doubled:?}");
    let acknowledged = ledger.acknowledged.iter().enumerate();
    let keys = acknowledged.flat_map(|(writer, end)| (0..*end).map(move |count| format!("{writer}-{count}")));
    let lost: Vec<_> = keys.filter(|key| !stored.contains_key(key)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");

    // One event with each document, and none without.
    let all = DeliveryFilter {
        limit: Some(u32::MAX),
        ..DeliveryFilter::default()
    };
    let told = store.deliveries(&scope().company, &all).await.unwrap();
    assert_eq!(told.len(), stored.len());
    assert!(told.iter().all(|row| stored.contains_key(&row.delivery.event.id)));
    deliver_all(&store, |delivery| ledger.deliver(&delivery.event.id)).await;
    assert_eq!(ledger.delivered.iter().sum::<u64>(), stored.len() as u64);
    store.close().await;
}

fn scope() -> Scope {
    with("beta")
}

async fn deliver_all(store: &Store, mut send: impl FnMut(&Delivery)) {
    loop {
        let ready = store.ready_deliveries(jiff::Timestamp::MAX, 8, 100).await.unwrap();
        if ready.is_empty() {
            return;
        }
        let mut done = tokio::task::JoinSet::new();
        for delivery in ready {
            send(&delivery);
            let store = store.clone();
            done.spawn(async move { store.delivery_done(delivery.id).await.unwrap() });
        }
        done.join_all().await;
    }
}

/// The writing side. Does nothing unless the parent started it.
#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD_FOLDER) else {
        return;
    };
    let starts = std::env::var(CHILD_STARTS).unwrap();
    let starts: Vec<u64> = starts.split(',').map(|text| text.parse().unwrap()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(write_for_ever(PathBuf::from(folder), starts, number(CHILD_ROUND, 0)));
}

async fn write_for_ever(folder: PathBuf, starts: Vec<u64>, round: u64) {
    let store = open(&folder, Options::new(index)).unwrap();
    say("open");
    let mut writers = tokio::task::JoinSet::new();
    for (writer, start) in starts.into_iter().enumerate() {
        let store = store.clone();
        writers.spawn(async move {
            for count in start.. {
                let key = format!("{writer}-{count}");
                // The first one may be stored already: it was in doubt when the last child died.
                match store.commit(create(&key, writer, round)).await {
                    Ok(()) | Err(CommitError::Duplicate(_)) => say(&format!("ack {key}")),
                    Err(other) => panic!("{other}"),
                }
            }
        });
    }
    writers.spawn(async move {
        let mut changes = store.changes();
        while changes.changed().await.is_ok() {
            deliver_all(&store, |delivery| say(&format!("sent {}", delivery.event.id))).await;
        }
    });
    writers.join_all().await;
}

fn create(key: &str, writer: usize, round: u64) -> Commit {
    let id = format!("{key}.{round}");
    let mut document: Document = quote(&id);
    document.body = object(json!({ "id": id, "externalId": key, "text": "x".repeat(4_000) }));
    let answer = IdempotentAnswer {
        key: key.to_owned(),
        digest: String::new(),
        status: 201,
        body: id,
        expires_at: jiff::Timestamp::MAX,
    };
    Commit {
        events: vec![event(key, &writer.to_string())],
        idempotency: Some(answer),
        audit: vec![entry("createQuote")],
        ..Commit::of(document)
    }
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "@{text}").and_then(|()| out.flush()).unwrap();
}
