//! A Seller with a long list of places: loading it, memory, restart, and validations at a steady
//! rate. Run by `bench/places.sh`, which makes the list; figures are only worth something from a
//! release build.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kit::{Pair, Server, Site, number, said_within};
use crate::measure::{Figures, Spread, flushes, memory_mb, ms};
use crate::sample::BOOK;
use crate::web::{self, RUNTIME};

/// A machine on which this takes longer is no machine to measure on.
const LOAD_MAX: Duration = Duration::from_secs(600);

/// Questions a second, begun whether those before are answered or not.
const PER_SECOND: u32 = 200;

/// Questions that are not measured: they open connections and fill caches.
const WARM_UP: usize = 200;

struct Bench {
    pair: Pair,
    /// The folder of the book, as it was made.
    book: PathBuf,
    questions: Vec<Value>,
    figures: Figures,
}

impl Bench {
    fn new() -> Self {
        let path = |name: &str| PathBuf::from(std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set")));
        Self {
            pair: Pair::new(BOOK, ""),
            book: path("SEGUE_PLACES_BOOK"),
            questions: questions(&path("SEGUE_PLACES_SPOILED")),
            figures: Figures::default(),
        }
    }

    fn acme(&self) -> &Site {
        &self.pair.acme
    }

    /// How long it takes, and how many places there are then.
    fn load(&self, folder: &Path) -> (Duration, u64) {
        let words = format!("book load {} --json", folder.display());
        let since = Instant::now();
        let told = said_within(LOAD_MAX, &mut self.acme().command(&words));
        let took = since.elapsed();
        assert_eq!(told.code, 0, "{}", told.err);
        let answer: Value = serde_json::from_str(&told.out).unwrap();
        (took, answer["places"].as_u64().unwrap())
    }

    /// The same list without its last place: another list, so nothing of the first is used again.
    fn shorter(&self) -> PathBuf {
        let folder = self.acme().folder.join("shorter");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(self.book.join("book.toml"), folder.join("book.toml")).unwrap();
        let list = std::fs::read_to_string(self.book.join("places.csv")).unwrap();
        let end = list.trim_end().rfind('\n').unwrap();
        std::fs::write(folder.join("places.csv"), &list[..=end]).unwrap();
        folder
    }

    fn loads(&mut self) {
        let server = self.acme().serve();
        let (took, places) = self.load(&self.book);
        self.figures.told("places", places as f64, "");
        self.figures.below(("first load", 60.0), took.as_secs_f64(), "s");
        let most = memory_mb(server.pid(), "VmHWM");
        self.figures.below(("memory at most, first load", 600.0), most, "MB");
        let (took, again) = self.load(&self.shorter());
        assert_eq!(again, places - 1);
        self.figures
            .below(("second load, over the open book", 60.0), took.as_secs_f64(), "s");
        let most = memory_mb(server.pid(), "VmHWM");
        self.figures.below(("memory at most, both loads", 600.0), most, "MB");
        let since = Instant::now();
        self.acme().json("book show");
        self.figures.told("book show", ms(since.elapsed()), "ms");
    }

    /// Starts the server again: when it serves, and when the first question is answered.
    fn restart(&mut self, token: &str) -> Server {
        let since = Instant::now();
        let server = self.acme().serve();
        assert_eq!(web::get(&format!("http://{}/readyz", self.acme().address)).status, 200);
        self.figures
            .below(("ready after a restart", 300.0), ms(since.elapsed()), "ms");
        let (url, question) = (self.url(), &self.questions[0]);
        let answer = web::post(token, &url, "first", &body(question)).unwrap();
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
        self.figures
            .told("first answer after a restart", ms(since.elapsed()), "ms");
        server
    }

    fn url(&self) -> String {
        format!(
            "{}/geographicAddressValidation",
            self.acme().api("geographicAddressManagement", 8)
        )
    }

    /// Asks at a steady rate; each question is measured from the moment it was due.
    fn ask(&mut self, token: &str) {
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        let asked = WARM_UP + usize::try_from(number("SEGUE_PLACES_QUESTIONS", 4_000)).unwrap();
        let mut base = flushes(&self.acme().folder, 200);
        let times = RUNTIME.block_on(async {
            let begun = tokio::time::Instant::now();
            let mut running = Vec::new();
            for (n, question) in (0..).zip(self.questions.iter().cycle().take(asked)) {
                let due = begun + Duration::from_secs(1) * n / PER_SECOND;
                tokio::time::sleep_until(due).await;
                let request = client.post(self.url()).bearer_auth(token);
                let request = request.header("content-type", "application/json;charset=utf-8");
                let request = request.body(body(question).to_string());
                running.push(tokio::spawn(async move {
                    let answer = request.send().await.unwrap();
                    let status = answer.status().as_u16();
                    let text = answer.text().await.unwrap();
                    assert!(matches!(status, 200 | 201 | 422), "{status}: {text}");
                    due.elapsed()
                }));
            }
            let mut times = Vec::new();
            for one in running {
                times.push(one.await.unwrap());
            }
            times
        });
        base.extend(flushes(&self.acme().folder, 200));
        let (base, spread) = (Spread::of(base), Spread::of(times[WARM_UP..].to_vec()));
        self.figures.told("flush of one row, p50", ms(base.p50), "ms");
        self.figures.told("flush of one row, p99", ms(base.p99), "ms");
        self.figures
            .told("questions at 200 a second", (times.len() - WARM_UP) as f64, "");
        self.figures.told("validation over HTTP, p50", ms(spread.p50), "ms");
        self.figures
            .below(("validation over HTTP, p99", 20.0), ms(spread.p99), "ms");
    }
}

fn body(question: &Value) -> Value {
    json!({ "instantSyncValidation": true, "submittedGeographicAddress": question })
}

/// The last column of a list of spoiled addresses, in an order that mixes kinds of damage.
fn questions(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let query = |line: &str| {
        let at = line.find(",\"{").unwrap();
        serde_json::from_str(&line[at + 2..line.len() - 1].replace("\"\"", "\"")).unwrap()
    };
    let all: Vec<Value> = text.lines().skip(1).map(query).collect();
    let step = all.len() / 56 + 1;
    let mixed = (0..step).flat_map(|first| all.iter().skip(first).step_by(step));
    mixed.cloned().collect()
}

#[test]
#[ignore = "a measurement: bench/places.sh"]
fn a_long_list_of_places_is_loaded_and_asked() {
    let mut bench = Bench::new();
    bench.loads();
    let token = {
        // The Buyer's own program gets it; from here on it is used as any client would.
        let _server = bench.acme().serve();
        bench
            .pair
            .beta
            .text("token acme --api geographicAddressManagement")
            .trim()
            .to_owned()
    };
    let server = bench.restart(&token);
    bench.ask(&token);
    bench
        .figures
        .told("memory at rest", memory_mb(server.pid(), "VmRSS"), "MB");
    bench.figures.end();
}
