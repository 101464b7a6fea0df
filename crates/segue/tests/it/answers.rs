//! How long a firm quote and its order take over HTTP, beside what the disk needs to keep one row.
//! Run by `bench/answers.sh`; what it prints is only worth something from a release build.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kit::{number, until};
use crate::last_port::desk::{Desk, quote};
use crate::measure::{Spread, flushes, ms};
use crate::web;

/// Answers that are not measured: they read the book and fill caches.
const WARM_UP: u64 = 20;

fn tell(what: &str, spread: &Spread, base: &Spread) {
    println!(
        "{what:<24} p50 {:7.2} ms ({:5.1} flushes)   p99 {:7.2} ms ({:5.1} flushes)",
        ms(spread.p50),
        spread.p50.as_secs_f64() / base.p50.as_secs_f64(),
        ms(spread.p99),
        spread.p99.as_secs_f64() / base.p99.as_secs_f64()
    );
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
    let mut base = flushes(&desk.site.folder, count / 2);
    let (mut quotes, mut orders) = (Vec::new(), Vec::new());
    for seed in 0..WARM_UP + count {
        let quote = caller.create(("quote", &quote(seed)), &mut quotes);
        let order = desk.order_of(seed, quote["id"].as_str().unwrap());
        caller.create(("productOrder", &order), &mut orders);
    }
    base.extend(flushes(&desk.site.folder, count / 2));
    let warm = usize::try_from(WARM_UP).unwrap();
    let base = Spread::of(base);
    println!("{count} of each, one after the other, while the orders of before are worked on");
    tell("flush of one row", &base, &base);
    tell("firm quote", &Spread::of(quotes.split_off(warm)), &base);
    tell("order of it", &Spread::of(orders.split_off(warm)), &base);
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
    let base = Spread::of(flushes(&desk.site.folder, count));
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
    tell("flush of one row", &base, &base);
    tell("until completed", &all, &base);
    assert!(all.p99 < Duration::from_secs(1), "p99 {:?}", all.p99);
}
