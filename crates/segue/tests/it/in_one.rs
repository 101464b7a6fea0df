//! Three companies in one process: two Sellers with the same book and a partner of the same name,
//! one of which also buys from the other, and a Buyer of both.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{Site, free_address};
use crate::sample::{BOOK, ENNI, PLACES, book};
use crate::web;

const QUOTE: &str = "--address HILL-1 --bandwidth 100M";

fn installation() -> (Site, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let now = jiff::Timestamp::now();
    let fast = format!("--open-target {address} --clock-speed 100000 --clock-origin {now}");
    let site = Site::new(folder.path(), "acme", address, &fast);
    for other in ["gamma", "beta"] {
        site.text(&format!("company add {other} --name {other}"));
    }
    let path = book(&site.folder, BOOK, PLACES);
    let enni = site.file("enni.json", ENNI);
    for seller in ["acme", "gamma"] {
        site.text(&format!("book load {path} --company {seller}"));
    }
    for (buyer, seller) in [("beta", "acme"), ("beta", "gamma"), ("gamma", "acme")] {
        for (from, to, role) in [(buyer, seller, "seller"), (seller, buyer, "buyer")] {
            let card = site.text(&format!("partner export --company {from}"));
            let card = site.file("card.json", &card);
            site.text(&format!("partner import {card} --as {role} --company {to}"));
        }
        site.text(&format!("inventory import {enni} --partner {buyer} --company {seller}"));
    }
    (site, folder)
}

fn id(made: &Value) -> &str {
    made["id"].as_str().unwrap()
}

/// Partner and number of quotes asked, as a company counts them.
fn asked(site: &Site, company: &str) -> Vec<(String, u64)> {
    let stats = site.json(&format!("stats --company {company}"));
    let quotes = stats["steps"].as_array().unwrap().iter();
    let quotes = quotes.filter(|row| row["step"] == "quote");
    quotes
        .map(|row| {
            (
                row["partner"].as_str().unwrap().to_owned(),
                row["asked"].as_u64().unwrap(),
            )
        })
        .collect()
}

#[test]
fn companies_in_one_process_deal_with_each_other_as_strangers() {
    let (site, _folder) = installation();
    let _server = site.serve();
    let first = site.json(&format!("buy quote acme {QUOTE} --company beta"));
    let second = site.json(&format!("buy quote gamma {QUOTE} --company beta"));
    let third = site.json(&format!("buy quote acme {QUOTE} --company gamma"));
    for quote in [&first, &second, &third] {
        assert_eq!(quote["state"], "approved.orderable", "{quote}");
    }
    check_each_sees_its_own(&site, id(&first));
    assert_eq!(asked(&site, "acme"), [("beta".into(), 1), ("gamma".into(), 1)]);
    assert_eq!(asked(&site, "gamma"), [("beta".into(), 1)]);
    assert_eq!(asked(&site, "beta"), []);
    let refused = site.run("stats");
    assert!(refused.err.contains("several companies"), "{}", refused.err);

    // Events go from one company to the other by way of the network, as everywhere.
    let order = site.json(&format!("buy order acme --quote {} --company beta", id(&first)));
    let order = site.json(&format!("buy track acme {} --timeout 15 --company beta", id(&order)));
    assert_eq!(order["state"], "completed", "{order}");
    let products = |company: &str| site.json(&format!("inventory list --company {company}"));
    assert_eq!(products("gamma").as_array().unwrap().len(), 1, "only the ENNI of beta");
    assert_eq!(products("acme").as_array().unwrap().len(), 4, "two ENNIs, UNI and OVC");
    assert_eq!(products("beta"), json!([]));
}

/// The original at the Seller, the mirror at the Buyer, nothing elsewhere.
fn check_each_sees_its_own(site: &Site, quote: &str) {
    let explained = site.json(&format!("explain {quote}"));
    assert_eq!(
        (&explained["company"], &explained["side"]),
        (&json!("acme"), &json!("seller"))
    );
    assert_ne!(explained["decisions"], json!([]));
    let mirror = site.json(&format!("explain {quote} --company beta"));
    assert_eq!((&mirror["side"], &mirror["decisions"]), (&json!("buyer"), &json!([])));
    assert_eq!(site.json(&format!("history {quote} --company beta"))["side"], "buyer");
    assert_eq!(site.json(&format!("history {quote}"))["side"], "seller");
    for words in ["explain", "history", "explain --replay"] {
        let refused = site.run(&format!("{words} {quote} --company gamma"));
        assert!(refused.err.contains("nothing here has"), "{words}: {}", refused.err);
    }

    let token = site.json("token acme --company beta");
    let ask = |company: &str| {
        let path = format!(
            "http://{}/{company}/mefApi/sonata/quoteManagement/v10/quote",
            site.address
        );
        web::get_as(token.as_str().unwrap(), &path).status
    };
    assert_eq!((ask("acme"), ask("gamma"), ask("beta")), (200, 401, 401));
    let keys = |company: &str| web::get(&format!("http://{}/{company}/oauth2/jwks.json", site.address)).text;
    assert_ne!(keys("acme"), keys("gamma"));
}

#[test]
fn what_a_company_does_of_its_own_accord_it_does_to_what_is_its_own() {
    let (site, _folder) = installation();
    let enni = site.json("inventory list --company gamma")[0].clone();
    let act =
        |deed: &str, company: &str| format!("inventory {deed} {} --reason Unpaid. --company {company}", id(&enni));
    let foreign = site.run(&act("suspend", "acme"));
    assert!(foreign.err.contains("there is no product"), "{}", foreign.err);
    assert_eq!(site.json(&act("suspend", "gamma"))["state"], "suspended");
    assert_eq!(site.json("inventory list --company gamma")[0]["status"], "suspended");
    let explained = site.text(&format!("explain {} --company gamma", id(&enni)));
    assert!(explained.contains("operator"), "{explained}");
    assert_eq!(site.json(&act("resume", "gamma"))["state"], "active");
    let again = site.run(&act("resume", "gamma"));
    assert!(again.err.contains("cannot become active"), "{}", again.err);
    let order = site.run(&format!("order cancel {} --reason Unpaid. --company gamma", id(&enni)));
    assert!(order.err.contains("there is no productOrder"), "{}", order.err);
}
