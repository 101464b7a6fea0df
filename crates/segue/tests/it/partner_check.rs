//! `partner check`: each thing that can stand between us and a partner is told in one line that
//! says what to do, by the real binary, against partners made to be wrong and against a real one.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::kit::{Pair, Site, free_address};
use crate::sample::BOOK;
use crate::web::{self, RUNTIME};

/// A partner without Segue, as it is made to be.
struct Stub {
    /// Status and body of its token endpoint.
    token: (StatusCode, Value),
    /// Its paths begin with one of these.
    there: Vec<&'static str>,
    /// Whether it says 401 to every request without a token.
    closed: bool,
    /// Seconds its clock is ahead.
    ahead: i64,
}

impl Stub {
    fn well() -> Self {
        Self {
            token: (
                StatusCode::OK,
                json!({ "access_token": "a-token", "token_type": "Bearer", "expires_in": 300 }),
            ),
            there: vec!["/mefApi/sonata/quoteManagement/v10/"],
            closed: false,
            ahead: 0,
        }
    }

    /// It listens, and is the Seller `gamma` of a new company; what the check of it says.
    #[track_caller]
    fn checked(self) -> Checked {
        let address = free_address();
        let listener = RUNTIME.block_on(tokio::net::TcpListener::bind(address)).unwrap();
        let router = Router::new().fallback(stub).with_state(Arc::new(self));
        let serving = RUNTIME.spawn(async move { axum::serve(listener, router).await });
        let folder = tempfile::tempdir().unwrap();
        let site = Site::new(
            folder.path(),
            "beta",
            free_address(),
            &format!("--open-target {address}"),
        );
        meet(&site, &format!("http://{address}"));
        let found = Checked::of(&site);
        serving.abort();
        found
    }
}

async fn stub(State(stub): State<Arc<Stub>>, uri: Uri, headers: HeaderMap) -> Response {
    let there = stub.there.iter().any(|begin| uri.path().starts_with(begin));
    let known = headers.contains_key("authorization");
    let mut response = match (uri.path(), known, there) {
        ("/token", ..) => (stub.token.0, stub.token.1.to_string()).into_response(),
        (_, true, true) => (StatusCode::OK, "[]").into_response(),
        (_, false, true) => StatusCode::UNAUTHORIZED.into_response(),
        (_, false, false) if stub.closed => StatusCode::UNAUTHORIZED.into_response(),
        (_, _, false) => StatusCode::NOT_FOUND.into_response(),
    };
    let date = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(stub.ahead);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.headers_mut().insert("date", date.parse().unwrap());
    response
}

/// The Seller `gamma` at this address, with an agreement about quotes only.
#[track_caller]
fn meet(site: &Site, url: &str) {
    let secret = site.file("gamma.secret", "sesame");
    site.text(&format!(
        "partner add gamma --name gamma --url {url} --as buyer --issuer {url} --token-endpoint {url}/token --secret-file {secret}"
    ));
    agree(site, |agreement| agreement["apis"] = json!({ "quoteManagement": 10 }));
}

#[track_caller]
fn agree(site: &Site, change: impl FnOnce(&mut Value)) {
    let mut agreement = site.json("agreement export gamma")[0].clone();
    change(&mut agreement);
    let file = site.file("agreement.json", &agreement.to_string());
    site.text(&format!("agreement import {file}"));
}

/// What a check of `gamma` said.
struct Checked {
    code: i32,
    answer: Value,
}

impl Checked {
    #[track_caller]
    fn of(site: &Site) -> Self {
        Self::by(site, "partner check gamma")
    }

    #[track_caller]
    fn by(site: &Site, words: &str) -> Self {
        let told = site.run(&format!("{words} --json"));
        let answer = serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{}{}", told.out, told.err));
        Self {
            code: told.code,
            answer,
        }
    }

    fn lines(&self) -> impl Iterator<Item = &Value> {
        self.answer["checks"].as_array().unwrap().iter()
    }

    /// The lines of this verdict, as `check about`.
    fn with(&self, verdict: &str) -> BTreeSet<String> {
        let lines = self.lines().filter(|line| line["verdict"] == verdict);
        lines
            .map(|line| {
                format!("{} {}", text(line, "check"), text(line, "about"))
                    .trim()
                    .to_owned()
            })
            .collect()
    }

    /// The one line that is wrong; it names what was seen and what to do.
    #[track_caller]
    fn check_wrong(&self, check: &str, (seen, advice): (&str, &str)) {
        let wrong: Vec<&Value> = self.lines().filter(|line| line["verdict"] == "wrong").collect();
        let [line] = wrong.as_slice() else {
            panic!("not one line is wrong: {:#}", self.answer)
        };
        assert_eq!(line["check"], check, "{line}");
        assert!(text(line, "seen").contains(seen), "{line}");
        assert!(text(line, "do").contains(advice), "{line}");
        assert_eq!((self.code, &self.answer["wrong"]), (1, &json!(1)));
    }

    #[track_caller]
    fn check_line(&self, check: &str, (verdict, seen): (&str, &str)) {
        let found = self
            .lines()
            .any(|line| line["check"] == check && line["verdict"] == verdict && text(line, "seen").contains(seen));
        assert!(found, "no {check} is {verdict} with {seen:?}: {:#}", self.answer);
    }
}

fn text<'a>(line: &'a Value, name: &str) -> &'a str {
    line[name].as_str().unwrap()
}

/// A company that buys from a `gamma` at `url`, with which nothing was begun.
#[track_caller]
fn alone(url: &str, open: &[SocketAddr]) -> (tempfile::TempDir, Site) {
    let folder = tempfile::tempdir().unwrap();
    let open: Vec<String> = open.iter().map(|target| format!("--open-target {target}")).collect();
    let site = Site::new(folder.path(), "beta", free_address(), &open.join(" "));
    meet(&site, url);
    (folder, site)
}

#[test]
fn of_a_partner_in_order_nothing_is_wrong_and_people_get_a_table() {
    let found = Stub::well().checked();
    assert_eq!(
        (found.code, &found.answer["wrong"]),
        (0, &json!(0)),
        "{:#}",
        found.answer
    );
    found.check_line("version", ("ok", "it answers (200)"));
    found.check_line("token", ("ok", "granted"));
    found.check_line("clock", ("ok", "as ours"));
    found.check_line("hub", ("notTried", "not registered"));
    assert!(
        found.with("warning").iter().any(|line| line.starts_with("tls http://")),
        "{:#}",
        found.answer
    );
}

#[test]
fn a_name_a_port_and_a_forbidden_address_are_told_apart() {
    let address = free_address();
    let (_folder, site) = alone(&format!("http://{address}"), &[address]);
    Checked::of(&site).check_wrong("connection", ("refused", "server running"));
    let (_folder, site) = alone(&format!("http://{address}"), &[]);
    Checked::of(&site).check_wrong("connection", ("only https is allowed", "outbound.open"));
    let (_folder, site) = alone("https://lso.gamma.invalid", &[]);
    let found = Checked::of(&site);
    found.check_wrong("name", ("does not resolve", "host name"));
    found.check_line("version", ("notTried", "does not answer"));
}

#[test]
fn a_client_that_is_not_known_is_no_unreachable_token_endpoint() {
    let refused = Stub {
        token: (StatusCode::UNAUTHORIZED, json!({ "error": "invalid_client" })),
        ..Stub::well()
    };
    let found = refused.checked();
    found.check_wrong("token", ("401 invalid_client", "do not know us"));
    // The version is told all the same.
    found.check_line("version", ("ok", "v999 is not: 404"));
    let narrow = Stub {
        token: (StatusCode::BAD_REQUEST, json!({ "error": "invalid_scope" })),
        ..Stub::well()
    };
    narrow
        .checked()
        .check_wrong("token", ("invalid_scope", "open the operations"));
    let lacking = Stub {
        token: (
            StatusCode::OK,
            json!({ "access_token": "a", "token_type": "Bearer", "scope": "listQuote retrieveQuote" }),
        ),
        ..Stub::well()
    };
    lacking.checked().check_line("token", ("warning", "createQuote"));
}

#[test]
fn a_version_that_is_not_there_is_told_with_those_that_are() {
    let older = Stub {
        there: vec!["/mefApi/sonata/quoteManagement/v8/"],
        ..Stub::well()
    };
    older
        .checked()
        .check_wrong("version", ("404: it is not there; there is v8", "which versions"));
}

#[test]
fn a_server_that_says_401_to_everything_proves_nothing_until_it_is_asked_with_a_token() {
    let closed = || Stub {
        closed: true,
        ..Stub::well()
    };
    closed().checked().check_line("version", ("ok", "it answers (200)"));
    let elsewhere = Stub {
        there: Vec::new(),
        ..closed()
    };
    elsewhere
        .checked()
        .check_wrong("version", ("404 with a token", "which versions"));
    let untold = Stub {
        token: (StatusCode::UNAUTHORIZED, json!({ "error": "invalid_client" })),
        ..closed()
    };
    untold.checked().check_line("version", ("notTried", "proves nothing"));
}

#[test]
fn a_clock_that_is_off_is_told_by_how_much() {
    let off = |ahead| Stub { ahead, ..Stub::well() }.checked();
    off(-30).check_line("clock", ("warning", "s behind ours"));
    let late = off(120);
    late.check_wrong("clock", ("s ahead of ours", "NTP"));
}

#[test]
fn what_our_own_records_lack_is_told_without_a_call() {
    let (_folder, site) = alone("http://127.0.0.1:1", &[]);
    site.text("partner suspend gamma");
    let found = Checked::of(&site);
    found.check_wrong("partner", ("suspended", "partner resume gamma"));
    found.check_line("connection", ("notTried", "nothing is sent"));
    site.text("partner resume gamma");
    agree(&site, |agreement| {
        agreement["pilot"] = json!({ "requests": { "until": "2020-01-01T00:00:00Z" } });
    });
    Checked::of(&site).check_line("agreement", ("wrong", "its pilot ended"));
    site.text("partner add delta --name delta --url http://127.0.0.1:1 --as seller");
    let found = Checked::by(&site, "partner check delta");
    found.check_line("credentials", ("warning", "no event can go out"));
    found.check_line("credentials", ("wrong", "they get no token"));
    let all = Checked::by(&site, "partner check --all");
    let partners: BTreeSet<&str> = all.lines().map(|line| text(line, "partner")).collect();
    assert_eq!(partners, BTreeSet::from(["delta", "gamma"]));
    assert_eq!(site.run("partner check").code, 2, "a name or --all");
    assert!(site.run("partner check nobody").err.contains("gamma"));
}

#[test]
fn between_two_of_ours_the_check_tells_what_the_other_side_changed() {
    let pair = Pair::new(BOOK, "");
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let buyer = || Checked::by(&pair.beta, "partner check acme");
    let seller = || Checked::by(&pair.acme, "partner check beta");
    pair.buy("quote acme --address HILL-1 --bandwidth 1G");
    let (ours, theirs) = (buyer(), seller());
    assert_eq!((ours.code, theirs.code), (0, 0), "{:#}{:#}", ours.answer, theirs.answer);
    ours.check_line("hub", ("ok", "they know our registration"));
    theirs.check_line("listener", ("ok", "it is there"));
    theirs.check_line("deliveries", ("ok", "parked: 0"));
    assert!(pair.beta.text("partner check acme").contains("VERDICT"));

    // Somebody ends our registration.
    let id = ours
        .lines()
        .find(|line| line["check"] == "hub" && line["verdict"] == "ok");
    let id = text(id.unwrap(), "seen").rsplit(' ').next().unwrap().to_owned();
    let token = pair.beta.json("token acme");
    let hub = format!("{}/hub/{id}", pair.acme.api("quoteManagement", 10));
    let ended = web::send(web::CLIENT.delete(hub).bearer_auth(token.as_str().unwrap())).unwrap();
    assert_eq!(ended.status, 204, "{}", ended.text);
    buyer().check_wrong("hub", ("do not know our registration", "registers us again"));

    let mut agreement = pair.acme.json("agreement export beta")[0].clone();
    agreement["apis"].as_object_mut().unwrap().remove("quoteManagement");
    let file = pair.acme.file("agreement.json", &agreement.to_string());
    pair.acme.text(&format!("agreement import {file}"));
    buyer().check_wrong("token", ("invalid_target", "has not this version"));
    pair.acme.text("partner suspend beta");
    buyer().check_wrong("token", ("invalid_client", "do not know us"));
}
