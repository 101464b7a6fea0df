//! How long a firm quote and its order take over HTTP, beside what the disk needs to keep one row.
//! Run by `bench/answers.sh`; what it prints is only worth something from a release build.

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kit::{number, until};
use crate::last_port::desk::{Desk, quote};
use crate::web;

/// Written and flushed for the baseline: a page, as a database writes it.
const ROW: [u8; 4_096] = [7; 4_096];

/// Answers that are not measured: they read the book and fill caches.
const WARM_UP: u64 = 20;

/// Middle and 99th of a hundred.
struct Spread {
    p50: Duration,
    p99: Duration,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self {
            p50: times[times.len() / 2],
            p99: times[times.len() * 99 / 100],
        }
    }

    fn tell(&self, what: &str, base: &Self) {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "{what:<24} p50 {:7.2} ms ({:5.1} flushes)   p99 {:7.2} ms ({:5.1} flushes)",
            ms(self.p50),
            self.p50.as_secs_f64() / base.p50.as_secs_f64(),
            ms(self.p99),
            self.p99.as_secs_f64() / base.p99.as_secs_f64()
        );
    }
}

/// A partner that keeps its connection.
struct Caller<'a> {
    desk: &'a Desk,
    client: reqwest::Client,
    token: String,
}

impl Caller<'_> {
    /// Creates one, and adds the time it took.
    fn create(&self, (resource, body): (&str, &Value), took: &mut Vec<Duration>) -> Value {
        let request = self
            .client
            .post(self.desk.url(resource))
            .bearer_auth(&self.token)
            .header("content-type", "application/json;charset=utf-8")
            .body(body.to_string());
        let since = Instant::now();
        let answer = web::send(request).unwrap();
        took.push(since.elapsed());
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()
    }

    /// Looks at an order until it is completed.
    fn wait(&self, id: &str) {
        let url = format!("{}/{id}", self.desk.url("productOrder"));
        until("the order is completed", || {
            let answer = web::send(self.client.get(&url).bearer_auth(&self.token)).unwrap();
            assert_eq!(answer.status, 200, "{}", answer.text);
            (answer.json()["state"] == "completed").then_some(())
        });
    }
}

/// How long the disk needs to keep one row, so many times.
fn flushes(desk: &Desk, count: u64) -> Vec<Duration> {
    let mut file = std::fs::File::create(desk.site.folder.join("row")).unwrap();
    let flush = |_| {
        let since = Instant::now();
        file.write_all(&ROW).unwrap();
        file.sync_data().unwrap();
        since.elapsed()
    };
    (0..count).map(flush).collect()
}

#[test]
#[ignore = "a measurement: bench/answers.sh"]
fn quotes_and_orders_beside_the_flush_of_the_disk() {
    let count = number("SEGUE_ANSWERS", 500);
    let desk = Desk::open(&(0..WARM_UP + count).collect::<Vec<u64>>());
    let _server = desk.site.serve();
    // The first use of the other client chooses the cryptography of both.
    let token = desk.token(0);
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build();
    let caller = Caller {
        desk: &desk,
        client: client.unwrap(),
        token,
    };
    let mut base = flushes(&desk, count / 2);
    let (mut quotes, mut orders) = (Vec::new(), Vec::new());
    for seed in 0..WARM_UP + count {
        let quote = caller.create(("quote", &quote(seed)), &mut quotes);
        let order = desk.order_of(seed, quote["id"].as_str().unwrap());
        caller.create(("productOrder", &order), &mut orders);
    }
    base.extend(flushes(&desk, count / 2));
    let warm = usize::try_from(WARM_UP).unwrap();
    let base = Spread::of(base);
    println!("{count} of each, one after the other, while the orders of before are worked on");
    base.tell("flush of one row", &base);
    Spread::of(quotes.split_off(warm)).tell("firm quote", &base);
    Spread::of(orders.split_off(warm)).tell("order of it", &base);
}

/// How long an order on demand takes, from its first byte to the answer that says `completed`.
#[test]
#[ignore = "a measurement: bench/on-demand.sh"]
fn orders_on_demand_are_completed_within_a_second() {
    let count = number("SEGUE_ANSWERS", 200);
    let seeds: Vec<u64> = (0..WARM_UP + count).collect();
    let desk = Desk::open_with(&seeds, |book| {
        let timed =
            "interval = \"1 calendarDay\"\nmilestones = [{ name = \"PLANNING_COMPLETE\", after = \"1 calendarHour\" }]";
        assert!(book.contains(timed));
        book.replace(timed, "on-demand = true")
    });
    let _server = desk.site.serve();
    let token = desk.token(0);
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build();
    let caller = Caller {
        desk: &desk,
        client: client.unwrap(),
        token,
    };
    let base = Spread::of(flushes(&desk, count));
    let mut completed = Vec::new();
    for seed in seeds {
        let quote = caller.create(("quote", &quote(seed)), &mut Vec::new());
        assert_eq!(quote["quoteLevel"], "firm");
        let mut order = desk.order_of(seed, quote["id"].as_str().unwrap());
        order["productOrderItem"][0]["requestedCompletionDate"] = json!(jiff::Timestamp::now().to_string());
        let since = Instant::now();
        let made = caller.create(("productOrder", &order), &mut Vec::new());
        caller.wait(made["id"].as_str().unwrap());
        completed.push(since.elapsed());
    }
    let all = Spread::of(completed.split_off(usize::try_from(WARM_UP).unwrap()));
    println!("{count} orders on demand, one after the other");
    base.tell("flush of one row", &base);
    all.tell("until completed", &base);
    assert!(all.p99 < Duration::from_secs(1), "p99 {:?}", all.p99);
}
