//! The last port, over HTTP: whoever is first has it bindingly, and it is never sold twice, also not
//! when the server is killed in mid-flight, nor at the very instant at which the quote ends.
//!
//! For each seed there is a place with one port. 64 requests of two partners ask for a firm quote at
//! once; around the end of the one that got it a second wave comes, and its owner orders it. Who asks,
//! which of the requests is repeated when its answer is lost, when the server is killed, and when
//! exactly the second wave and the orders come is drawn from the seed. `SEGUE_LAST_PORT_SEEDS`
//! sets how many seeds (8), `SEGUE_SEED` the first one. `bench/last-port.sh` runs 200.

pub mod desk;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use self::desk::{Desk, Quoted};
use crate::kit::{Random, Server, number};

/// Requests of a wave.
const WAVE: u64 = 64;
/// Installations that are attacked side by side: most of the time is waiting for a quote to end.
const LANES: u64 = 4;
/// Orders of the quote that ends.
const ORDERS: u64 = 8;
/// The second wave and the orders come at most so far from the end of the quote.
const AROUND_MS: u64 = 25;

/// When the server is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kill {
    Never,
    /// After so many answers of the first wave.
    First(u64),
    /// When the first wave is answered.
    Between,
    /// After so many answers of the second wave.
    Second(u64),
}

impl Kill {
    fn drawn(random: &mut Random) -> Self {
        match random.below(4) {
            0 => Self::Never,
            1 => Self::First(random.below(WAVE)),
            2 => Self::Between,
            _ => Self::Second(random.below(WAVE)),
        }
    }
}

#[derive(Default)]
struct Figures {
    requests: u64,
    kills: u64,
    lost: u64,
    ordered: u64,
    refused: u64,
}

#[test]
fn the_last_port_is_sold_once_over_http_also_across_kill_9_and_at_the_end_of_a_quote() {
    let (seeds, first) = (number("SEGUE_LAST_PORT_SEEDS", 8), number("SEGUE_SEED", 20_261_125));
    let figures = Mutex::new(Figures::default());
    let since = Instant::now();
    std::thread::scope(|scope| {
        for lane in 0..LANES.min(seeds) {
            let figures = &figures;
            let seeds: Vec<u64> = (lane..seeds).step_by(LANES as usize).map(|seed| first + seed).collect();
            scope.spawn(move || attack(&seeds, figures));
        }
    });
    let told = figures.into_inner().unwrap();
    println!(
        "{seeds} seeds from {first} in {:.1?}: {} requests, {} kills, {} answers lost for good; \
         at the end of a quote {} orders were taken, {} refused; sold twice: never",
        since.elapsed(),
        told.requests,
        told.kills,
        told.lost,
        told.ordered,
        told.refused
    );
}

/// One installation, one seed after the other.
fn attack(seeds: &[u64], figures: &Mutex<Figures>) {
    let desk = Desk::open(seeds);
    let mut server = desk.site.serve();
    for &seed in seeds {
        Life {
            seed,
            desk: &desk,
            server: &mut server,
            random: Random::of(seed),
            figures,
        }
        .play();
    }
}

/// The lives of one port.
struct Life<'a> {
    seed: u64,
    desk: &'a Desk,
    server: &'a mut Server,
    random: Random,
    figures: &'a Mutex<Figures>,
}

impl Life<'_> {
    fn play(&mut self) {
        let kill = Kill::drawn(&mut self.random);
        let at = match kill {
            Kill::First(answers) => Some(answers),
            Kill::Never | Kill::Between | Kill::Second(_) => None,
        };
        let begun = Timestamp::now();
        self.wave("first", at);
        let firm = self.one_firm(begun, kill);
        if kill == Kill::Between {
            self.kill();
            let again = self.desk.firm(self.seed);
            assert!(
                again.iter().any(|quote| quote.id == firm.id),
                "seed {}: an acknowledged firm quote is gone after kill -9",
                self.seed
            );
        }
        let taken = self.at_the_end(&firm, kill);
        self.check_lives(&firm, taken);
    }

    /// The first wave has exactly one firm quote, unless it took longer than such a quote lives.
    fn one_firm(&self, begun: Timestamp, kill: Kill) -> Quoted {
        let firm = self.desk.firm(self.seed);
        let took = Timestamp::now().duration_since(begun);
        let (seed, count) = (self.seed, firm.len());
        assert!(count >= 1, "seed {seed} ({kill:?}): nobody got the port");
        let fits = took < SignedDuration::from_secs(desk::VALID_S);
        assert!(
            !fits || count == 1,
            "seed {seed} ({kill:?}): {count} firm quotes: {firm:?}"
        );
        firm.into_iter().max_by_key(|quote| quote.end).unwrap()
    }

    /// Second wave and orders around the end of the quote; whether one of the orders was taken.
    fn at_the_end(&mut self, firm: &Quoted, kill: Kill) -> bool {
        let (seed, partner) = (self.seed, firm.partner);
        let at = match kill {
            Kill::Second(answers) => Some(answers),
            Kill::Never | Kill::First(_) | Kill::Between => None,
        };
        let body = self.desk.order_of(seed, &firm.id);
        let first = self.around(firm.end);
        let orders = (0..ORDERS).map(|number| {
            let later = i64::try_from(self.random.below(AROUND_MS)).unwrap();
            let key = format!("{seed}-order-{number}");
            (partner, key, first + SignedDuration::from_millis(later))
        });
        let orders = orders.collect();
        let orders = self.desk.at(("productOrder", &body), orders);
        sleep_until(self.around(firm.end));
        self.wave("second", at);
        let mut taken = 0;
        for (_, key, reply) in orders.replies() {
            // What was answered is answered again, and what was not is answered now.
            let again = self.desk.order(partner, &key, &body);
            if let Some((status @ (201 | 422), text)) = reply {
                assert_eq!(again.status, status, "seed {seed}: {key}: {text}: {}", again.text);
                assert!(
                    status != 201 || again.text == text,
                    "seed {seed}: {key}: {}",
                    again.text
                );
            }
            assert!(matches!(again.status, 201 | 422), "seed {seed}: {key}: {}", again.text);
            taken += u64::from(again.status == 201);
        }
        assert!(taken <= 1, "seed {seed}: one quote was ordered {taken} times");
        let mut figures = self.figures.lock().unwrap();
        figures.requests += ORDERS;
        figures.ordered += taken;
        figures.refused += ORDERS - taken;
        taken == 1
    }

    fn around(&mut self, end: Timestamp) -> Timestamp {
        let offset = self.random.below(2 * AROUND_MS + 1) as i64 - AROUND_MS as i64;
        end + SignedDuration::from_millis(offset)
    }

    /// An ordered port stays taken; a refused order left it to the second wave, or to one more quote.
    fn check_lives(&self, firm: &Quoted, taken: bool) {
        let (desk, seed) = (self.desk, self.seed);
        sleep_until(firm.end + SignedDuration::from_millis(2));
        desk.ask(seed, 0, &format!("{seed}-probe"));
        let all = desk.firm(seed);
        let later: Vec<&Quoted> = all.iter().filter(|quote| quote.begin > firm.begin).collect();
        assert_eq!(
            later.is_empty(),
            taken,
            "seed {seed}: order taken: {taken}; firm quotes after {firm:?}: {later:?}"
        );
        for (index, one) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                assert!(
                    one.end <= other.begin || other.end <= one.begin,
                    "seed {seed}: two firm quotes at once: {one:?} and {other:?}"
                );
            }
        }
    }

    /// All at once. A killed server comes back, and those whose answer was lost ask again or give up.
    fn wave(&mut self, name: &str, kill_after: Option<u64>) {
        let (desk, seed) = (self.desk, self.seed);
        let keys = (0..WAVE).map(|number| (self.random.below(2), format!("{seed}-{name}-{number}")));
        let asked: Vec<(u64, String)> = keys.collect();
        let wave = desk.wave(seed, &asked);
        if let Some(answers) = kill_after {
            wave.wait_for(answers);
            self.kill();
        }
        let mut lost = 0;
        for (partner, key) in wave.unanswered() {
            if self.random.below(2) == 0 {
                desk.ask(seed, partner, &key);
            } else {
                lost += 1;
            }
        }
        let mut figures = self.figures.lock().unwrap();
        figures.requests += WAVE;
        figures.lost += lost;
    }

    fn kill(&mut self) {
        self.server.kill();
        *self.server = self.desk.site.serve();
        self.figures.lock().unwrap().kills += 1;
    }
}

fn sleep_until(at: Timestamp) {
    let left = at.duration_since(Timestamp::now());
    std::thread::sleep(Duration::try_from(left).unwrap_or_default());
}
