//! Many circuits at a Seller that is not always there: it answers later, it asks to come again, or
//! its offers are over before somebody takes them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tempfile::TempDir;

use crate::kit::{Pair, Site, free_address, until};
use crate::sample::{self, BOOK, ENNI};
use crate::web::{CLIENT, RUNTIME};

/// So many houses, each a site of the list.
const SITES: usize = 6;

fn places() -> String {
    let row = |n: usize| format!("HILL-{n},{n},Hillside,Bristol,BS1,GB,town,onNetWithoutBuild,1000\n");
    let rows: String = (1..=SITES).map(row).collect();
    format!("id,streetNr,streetName,city,postcode,countryCode,zone,delivery,ports\n{rows}")
}

fn ask(beta: &Site) -> String {
    let row = |n: usize| format!("Shop {n},GB,Bristol,Hillside,{n}\n");
    let rows: String = (1..=SITES).map(row).collect();
    let list = beta.file("sites.csv", &format!("name,country,city,street,number\n{rows}"));
    format!("buy quote --from {list} --terms 36 --bandwidths 100M")
}

fn valid_for(span: &str) -> String {
    BOOK.replace(
        "quote-validity = \"30 calendarDays\"",
        &format!("quote-validity = \"{span}\""),
    )
}

/// A day of business is about a second.
fn fast() -> String {
    format!("--clock-speed 100000 --clock-origin {}", jiff::Timestamp::now())
}

#[test]
fn a_seller_that_answers_later_has_answered_when_the_run_ends() {
    let book = valid_for("3000 calendarDays").replacen("zones", "answer-time = \"12 calendarHours\"\nzones", 1);
    let pair = Pair::new(&book, &fast());
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    pair.acme.text(&format!(
        "book load {}",
        sample::book(&pair.acme.folder, &book, &places())
    ));
    let answer = pair.beta.json(&format!("{} --later 2099-01-31", ask(&pair.beta)));
    assert_eq!(
        (&answer["state"], &answer["offers"]),
        (&"done".into(), &SITES.into()),
        "{answer}"
    );
    let quote = answer["rows"][0]["quote"].as_str().unwrap();
    let history = pair.acme.text(&format!("history {quote}"));
    assert!(history.contains("acknowledged"), "it was answered at once:\n{history}");
}

#[test]
fn an_offer_whose_time_is_over_is_shown_as_expired_and_its_order_refused_with_the_way_to_a_new_one() {
    let book = valid_for("1 calendarDay");
    let pair = Pair::new(&book, &fast());
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    pair.acme.text(&format!(
        "book load {}",
        sample::book(&pair.acme.folder, &book, &places())
    ));
    pair.beta.json(&ask(&pair.beta));
    let shown = until("all offers are over", || {
        let shown = pair.beta.json("tender show 1");
        let rows = shown["rows"].as_array().unwrap();
        rows.iter().all(|row| row["state"] == "expired").then_some(shown)
    });
    assert_eq!(
        (&shown["offers"], shown["rows"][0].get("offer")),
        (&0.into(), None),
        "{shown}"
    );
    assert!(
        shown["expired"].as_str().unwrap().starts_with(&SITES.to_string()),
        "{shown}"
    );
    assert!(pair.beta.text("tender show 1").contains("its time is over; ask again"));

    let refused = pair.beta.run("buy order --offer 1-1-acme-100-36");
    assert!(
        refused.code == 1 && refused.err.contains("was valid until"),
        "{}",
        refused.err
    );
    // The way that is told is one.
    let again = refused.err.split_once("Ask again: segue ").unwrap().1.trim();
    assert_eq!(pair.beta.json(again)["state"], "approved.orderable", "{again}");
}

/// Before a Seller: now and then it asks to come again, and now and then an answer is lost on the
/// way although the Seller has done what was asked.
struct Gatekeeper {
    seller: SocketAddr,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    creates: usize,
    refused: usize,
    /// By key: when somebody was asked to come again.
    asked: HashMap<String, Instant>,
    /// Who came again before the time.
    early: Vec<String>,
}

/// What `Retry-After` says.
const PAUSE: Duration = Duration::from_secs(1);

impl Gatekeeper {
    fn begin(seller: SocketAddr, address: SocketAddr) -> Arc<Self> {
        let gatekeeper = Arc::new(Self {
            seller,
            seen: Mutex::default(),
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&gatekeeper));
        let listener = RUNTIME.block_on(tokio::net::TcpListener::bind(address)).unwrap();
        RUNTIME.spawn(async move { axum::serve(listener, router).await });
        gatekeeper
    }

    /// Which status is answered in the place of the Seller, and whether it gets the request.
    fn judge(&self, headers: &HeaderMap) -> Option<(StatusCode, bool)> {
        let key = headers.get("idempotency-key")?.to_str().ok()?.to_owned();
        let mut seen = self.seen.lock().unwrap();
        if seen.asked.remove(&key).is_some_and(|at| at.elapsed() < PAUSE) {
            seen.early.push(key.clone());
        }
        seen.creates += 1;
        let judged = match seen.creates % 4 {
            1 => (StatusCode::TOO_MANY_REQUESTS, false),
            2 => (StatusCode::SERVICE_UNAVAILABLE, true),
            _ => return None,
        };
        seen.refused += 1;
        seen.asked.insert(key, Instant::now());
        Some(judged)
    }
}

async fn pass(
    State(gatekeeper): State<Arc<Gatekeeper>>,
    (method, uri): (Method, Uri),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let judged = gatekeeper.judge(&headers);
    if let Some((status, false)) = judged {
        return come_again(status);
    }
    let url = format!("http://{}{uri}", gatekeeper.seller);
    let mut request = CLIENT.request(method, url).body(body);
    for (name, value) in headers
        .iter()
        .filter(|(name, _)| *name != "host" && *name != "content-length")
    {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    if let Some((status, true)) = judged {
        return come_again(status);
    }
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "transfer-encoding") {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}

fn come_again(status: StatusCode) -> Response {
    let mut response = (status, "{}").into_response();
    let seconds = PAUSE.as_secs().to_string().parse().unwrap();
    response.headers_mut().insert("retry-after", seconds);
    response
}

/// `acme` behind a gatekeeper, and `beta`.
fn guarded() -> (Site, Site, Arc<Gatekeeper>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let [ours, theirs, gate] = [(); 3].map(|()| free_address());
    let more = format!("--public-url http://{gate} --open-target {theirs}");
    let acme = Site::new(folder.path(), "acme", ours, &more);
    let beta = Site::new(folder.path(), "beta", theirs, &format!("--open-target {gate}"));
    acme.text(&format!("book load {}", sample::book(&acme.folder, BOOK, &places())));
    let card = beta.file("beta.card.json", &beta.text("partner export"));
    acme.text(&format!("partner import {card} --as seller"));
    let card = acme.file("acme.card.json", &acme.text("partner export"));
    beta.text(&format!("partner import {card} --as buyer"));
    acme.text(&format!(
        "inventory import {} --partner beta",
        acme.file("enni.json", ENNI)
    ));
    (acme, beta, Gatekeeper::begin(ours, gate), folder)
}

#[test]
fn a_seller_that_asks_to_come_again_is_asked_again_in_its_time_and_makes_nothing_twice() {
    let (acme, beta, gatekeeper, _folder) = guarded();
    let _acme = acme.serve();
    let _beta = beta.serve();
    let answer = beta.json(&ask(&beta));
    assert_eq!(
        (&answer["state"], &answer["offers"]),
        (&"done".into(), &SITES.into()),
        "{answer}"
    );
    let seen = gatekeeper.seen.lock().unwrap();
    assert!(seen.refused >= SITES, "the gatekeeper refused {} only", seen.refused);
    assert_eq!(seen.early, [""; 0]);
    let stats = acme.json("stats");
    let made = |step: &str| -> Value {
        let steps = stats["steps"].as_array().unwrap();
        let found = steps.iter().find(|row| row["step"] == step).unwrap();
        found["asked"].clone()
    };
    assert_eq!((made("poq"), made("quote")), (SITES.into(), SITES.into()), "{stats}");
}
