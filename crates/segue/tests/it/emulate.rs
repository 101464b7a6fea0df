//! `segue emulate`, as a test suite of somebody else uses it: a process, an address, a client with a
//! secret, and the admin API.

mod admin;
mod kit;
mod scenarios;

use serde_json::json;

use self::kit::{Emulator, quote};
use crate::kit::{Site, free_address, segue};

#[test]
fn one_command_gives_a_seller_to_buy_from() {
    let emulator = Emulator::start("seller");
    let quote = emulator.create("quoteManagement", "/quote", &quote("DE-00004"), 201);
    assert_eq!(quote["state"], "approved.orderable");
    let order = emulator.order(&quote);
    emulator.pass("30 businessDays");
    let done = emulator.get("productOrderingManagement", &format!("/productOrder/{order}"));
    assert_eq!(done["state"], "completed");
}

#[test]
fn nothing_of_an_emulator_stays() {
    let before = kit::folders();
    let mut emulator = Emulator::start("seller");
    let during = kit::folders();
    assert!(during.len() > before.len(), "{during:?}");
    let ours: Vec<_> = during.difference(&before).cloned().collect();
    emulator.terminate();
    // Others may have come and gone meanwhile.
    assert!(
        ours.iter().any(|folder| !std::path::Path::new(folder).exists()),
        "{ours:?}"
    );
}

#[test]
fn what_is_wrong_with_a_scenario_is_told_at_once_and_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.toml");
    let text = r#"
title = "wrong"
role = "seller"
[[rule]]
step = "quote"
company = "nobody"
answer = { complete = true }
[[fault]]
on = "createQuot"
do = "double"
[[step]]
say = "nothing"
"#;
    std::fs::write(&file, text).unwrap();
    let said = segue(&format!("emulate seller --scenario {}", file.display()));
    assert_eq!(said.code, 1);
    for part in [
        "/rule/0/company",
        "/rule/0/answer/0",
        "/fault/0/on",
        "/fault/0/do",
        "/step/0",
    ] {
        assert!(said.err.contains(part), "no {part} in {}", said.err);
    }
}

#[test]
fn wrong_words_are_told_with_what_is_right() {
    for (words, part) in [
        ("emulate seller --scenario no-such", "--list"),
        (
            "emulate buyer --scenario slow-quotes",
            "segue emulate seller --scenario slow-quotes",
        ),
        ("emulate seller --listen 0.0.0.0:0", "loopback"),
        ("emulate seller --speed=-1", "--speed"),
        ("emulate --show no-such", "--list"),
        ("emulate seller --book /no/such/folder", "/no/such/folder"),
    ] {
        let said = segue(words);
        assert_ne!(said.code, 0, "{words}");
        assert!(said.err.contains(part), "{words}: {}", said.err);
    }
}

#[test]
fn the_same_seed_and_clock_give_the_same_answers() {
    let told = || {
        let emulator = Emulator::start("seller --scenario overloaded --start 2027-01-04T08:00:00Z --speed 0");
        let tries: Vec<(u16, serde_json::Value)> = (0..12)
            .map(|number| {
                let mut body = quote("DE-00004");
                body["externalId"] = json!(number.to_string());
                let answer = emulator.post("quoteManagement", "/quote", &body);
                let mut body = answer.json_or_null();
                // Identifiers are new each time; all else is the same.
                kit::without(&mut body, &["id", "href"]);
                (answer.status, body)
            })
            .collect();
        tries
    };
    let first = told();
    assert!(first.iter().any(|(status, _)| *status == 503) && first.iter().any(|(status, _)| *status == 201));
    assert_eq!(first, told());
}

/// Ten working days pass in twelve seconds.
const SPEED: f64 = 100_000.0;

/// What the emulator has to know of the Seller.
fn northgate(seller: &Site, secret: &str) -> String {
    format!(
        r#"
id = "northgate"
url = "{url}"
token-endpoint = "{url}/oauth2/token"
client-id = "beta"
client-secret = "{secret}"
listener-secret = "the-secret-of-northgate"
[[offering]]
id = "operator-uni"
product = "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v5.0.0:all"
[[offering]]
id = "access-eline"
product = "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all"
"#,
        url = seller.url()
    )
}

#[test]
fn the_buyer_buys_from_a_seller_outside() {
    let folder = tempfile::tempdir().unwrap();
    let buyer = free_address();
    let origin = jiff::Timestamp::now();
    let seller = Site::new(
        folder.path(),
        "northgate",
        free_address(),
        &format!("--open-target {buyer} --clock-speed {SPEED} --clock-origin {origin}"),
    );
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/book");
    let read = |name: &str| std::fs::read_to_string(sample.join(name)).unwrap();
    let book = read("book.toml").replace("\"5 minutes\"", "\"300 calendarDays\"");
    seller.text(&format!(
        "book load {}",
        crate::sample::book(&seller.folder, &book, &read("places.csv"))
    ));
    let secret = seller.file("listener.secret", "the-secret-of-northgate");
    let url = format!("http://{buyer}/beta");
    seller.text(&format!(
        "partner add beta --name beta --url {url} --as seller --issuer {url} --token-endpoint {url}/oauth2/token \
         --client-id northgate --secret-file {secret}"
    ));
    let enni = seller.file("enni.json", crate::sample::ENNI);
    seller.text(&format!("inventory import {enni} --partner beta"));
    let made = seller.json("partner secret beta");
    let _server = seller.serve();
    let file = seller.file(
        "northgate.toml",
        &northgate(&seller, made["clientSecret"].as_str().unwrap()),
    );
    // A little ahead of the Seller, whose days pass while the Buyer begins: no date it wants has passed.
    let passed = jiff::Timestamp::now().duration_since(origin).mul_f64(SPEED);
    let start = origin + passed + jiff::SignedDuration::from_hours(24 * 10);
    let words = format!("emulate buyer --seller {file} --listen {buyer} --start {start} --speed {SPEED} --once");
    let mut command = crate::kit::program();
    let said = crate::kit::said_within(
        std::time::Duration::from_secs(60),
        command.args(words.split_whitespace()),
    );
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let sold = seller.json("inventory list --partner beta");
    let active = sold
        .as_array()
        .unwrap()
        .iter()
        .filter(|product| product["status"] == "active")
        .count();
    assert_eq!(active, 3, "the interconnection, the port, and the connection: {sold}");
    let events = seller.json("notification list");
    assert_eq!(events, json!([]), "each event was taken");
}
