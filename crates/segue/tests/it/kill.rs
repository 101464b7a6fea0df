//! kill -9 of a Seller under load, over HTTP: what was acknowledged is there afterwards, once, and
//! every event of it arrives.
//!
//! Several writers create quotes, each with its own `Idempotency-Key`, and repeat a create until it
//! is acknowledged, as partners do. The server is killed at seeded moments, every second time right
//! after an acknowledgement. `SEGUE_HTTP_KILLS` sets how often (12), `SEGUE_SEED` the seed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kit::{Random, Server, Site, number, until};
use crate::web::{self, Gamma};
use crate::{sample, stop};

const WRITERS: usize = 4;
/// The longest life of a server.
const DELAY_MAX_MS: u64 = 250;
const ACKS_MAX: u64 = 12;
/// What a deferred quote becomes; each state is announced.
const STATES: [&str; 2] = ["inProgress", "approved.orderable"];

/// An acknowledged create.
struct Made {
    key: String,
    id: String,
    answer: String,
}

/// Writers that create quotes at one node or at several, in turn.
pub struct Load<'a> {
    sites: Vec<&'a Site>,
    turn: AtomicUsize,
    gamma: &'a Gamma,
    body: Value,
    acknowledged: AtomicUsize,
    stop: AtomicBool,
}

impl<'a> Load<'a> {
    /// Nothing is created yet.
    pub fn on(sites: &[&'a Site], gamma: &'a Gamma) -> Self {
        Self {
            sites: sites.to_vec(),
            turn: AtomicUsize::new(0),
            gamma,
            body: sample::deferred_quote("", "desk@gamma.example"),
            acknowledged: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        }
    }

    fn url(&self, site: &Site) -> String {
        format!("{}/quote", site.api("quoteManagement", 10))
    }

    /// Whose turn it is.
    fn site(&self) -> &'a Site {
        self.sites[self.turn.fetch_add(1, Ordering::Relaxed) % self.sites.len()]
    }

    /// Creates until it is told to stop; what it began it finishes.
    fn write(&self, writer: usize) -> Vec<Made> {
        let mut made = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            made.push(self.create(&format!("{writer}-{}", made.len())));
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        made
    }

    /// Repeats one create until it is acknowledged.
    fn create(&self, key: &str) -> Made {
        let mut body = self.body.clone();
        body["externalId"] = json!(key);
        let mut token = None;
        until("a create is acknowledged", || {
            let site = self.site();
            token = token.take().or_else(|| self.gamma.token(site));
            let answer = web::post(token.as_deref()?, &self.url(site), key, &body).ok()?;
            // 401: the token ran out; 409: the first try is still being answered; 503: the database
            // is away.
            if matches!(answer.status, 401 | 409 | 503) {
                token = None;
                return None;
            }
            assert_eq!(answer.status, 201, "{key}: {}", answer.text);
            let id = answer.json()["id"].as_str().unwrap().to_owned();
            Some(Made {
                key: key.to_owned(),
                id,
                answer: answer.text,
            })
        })
    }

    /// Kills the server again and again, and the `other` as often; one that lives is left.
    fn kill(&self, kills: u64, mut random: Random, mut other: impl FnMut()) -> Server {
        let site = self.sites[0];
        let mut server = site.serve();
        for round in 0..kills {
            if round % 2 == 0 {
                std::thread::sleep(Duration::from_millis(random.below(DELAY_MAX_MS)));
                other();
            } else {
                let wanted = self.acknowledged.load(Ordering::Relaxed) + 1 + random.below(ACKS_MAX) as usize;
                until("creates are acknowledged", || {
                    (self.acknowledged.load(Ordering::Relaxed) >= wanted).then_some(())
                });
            }
            server.kill();
            server = site.serve();
        }
        server
    }
}

#[test]
fn acknowledged_creates_and_their_events_survive_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    check_kills(&stop::seller(folder.path()), || ());
}

/// Four writers against a server that is killed, and something else before every second time.
#[track_caller]
pub fn check_kills((site, gamma): &(Site, Gamma), other: impl FnMut()) {
    let (kills, seed) = (number("SEGUE_HTTP_KILLS", 12), number("SEGUE_SEED", 20_261_125));
    let mut first = site.serve();
    gamma.register(site, &gamma.token(site).unwrap());
    first.kill();
    let load = Load::on(&[site], gamma);
    let mut server = None;
    let made = check_load(&load, || server = Some(load.kill(kills, Random::of(seed), other)));
    println!("{kills} kills (seed {seed})");
    assert!(made as u64 >= kills, "the writers hardly wrote");
}

/// Four writers while `wreck` does its worst; afterwards everything is there, once, and announced in
/// order. How many they made.
#[track_caller]
pub fn check_load(load: &Load, wreck: impl FnOnce()) -> usize {
    let since = Instant::now();
    let made = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| scope.spawn(move || load.write(writer)))
            .collect();
        wreck();
        load.stop.store(true, Ordering::Relaxed);
        let made = writers.into_iter().flat_map(|writer| writer.join().unwrap());
        made.collect::<Vec<Made>>()
    });
    println!("{} acknowledged creates in {:.1?}", made.len(), since.elapsed());
    check_creates(load, &made);
    check_events(load.gamma, &made);
    let site = load.sites[0];
    let status = site.json("status");
    assert_eq!(status["store"]["documents"], made.len(), "{status}");
    assert_eq!(status["store"]["jobsParked"], 0, "{status}");
    site.text("audit verify");
    made.len()
}

/// Each is there, once, and a repetition gives the same answer.
fn check_creates(load: &Load, made: &[Made]) {
    let (site, url) = (load.sites[0], load.url(load.sites[0]));
    let token = until("there is a token", || load.gamma.token(site));
    let mut ids: Vec<&str> = made.iter().map(|made| made.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), made.len(), "one quote acknowledged for two creates");
    for made in made {
        let found = web::get_as(&token, &format!("{url}/{}", made.id));
        assert_eq!(found.status, 200, "{} is lost: {}", made.key, found.text);
        assert_eq!(found.json()["externalId"], made.key);
        let again = load.create(&made.key);
        assert_eq!(again.answer, made.answer, "{} has another answer", made.key);
    }
    let listed = web::get_as(&token, &format!("{url}?limit=1"));
    let total = listed.headers["x-total-count"].to_str().unwrap();
    assert_eq!(total, made.len().to_string(), "more quotes than creates");
}

/// Every state of every quote was announced, in order; repetitions have the same id.
fn check_events(gamma: &Gamma, made: &[Made]) {
    let complete = |heard: &HashMap<String, Vec<String>>| {
        made.iter()
            .all(|made| heard.get(&made.id).is_some_and(|states| states == &STATES))
    };
    let heard = until("all events arrive", || {
        let heard = announced(&gamma.heard());
        complete(&heard).then_some(heard)
    });
    assert_eq!(heard.len(), made.len(), "events of quotes that were never acknowledged");
}

/// The states announced of each quote, without repetitions.
fn announced(events: &[Value]) -> HashMap<String, Vec<String>> {
    let mut seen = std::collections::HashSet::new();
    let mut states: HashMap<String, Vec<String>> = HashMap::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for event in events
        .iter()
        .filter(|event| event["eventType"] == "quoteStateChangeEvent")
    {
        if seen.insert(text(&event["eventId"])) {
            states
                .entry(text(&event["event"]["id"]))
                .or_default()
                .push(text(&event["event"]["state"]));
        }
    }
    states
}
