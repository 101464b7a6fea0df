//! `partner migrate`: from one version of an API to another, with what is open, by real processes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kit::{Pair, until};
use crate::partner_versions::{QUOTE, Shop};
use crate::sample::{self, BOOK, EMAIL, contact, deferred_quote};
use crate::web;

/// `Quote_Create` as a partner on Grace writes it.
fn older_quote(name: &str) -> Value {
    let mut quote = deferred_quote(name, EMAIL);
    let item = &mut quote["quoteItem"][0];
    for length in ["duration", "rollInterval"] {
        item["requestedQuoteItemTerm"][length]["units"] = json!("calendarMonths");
    }
    item["product"]["place"] = json!([{
        "@type": "FieldedAddress", "role": "INSTALL_LOCATION",
        "streetNr": "1", "streetName": "Hillside", "city": "Bristol", "postcode": "BS1", "country": "United Kingdom",
    }]);
    let contacts = item["relatedContactInformation"].as_array_mut().unwrap();
    contacts.push(contact("quoteItemLocationContact"));
    quote
}

impl Shop {
    /// With something to sell.
    fn stocked() -> Self {
        let shop = Self::open();
        let book = sample::book(&shop.seller.folder, BOOK, sample::PLACES);
        shop.seller.text(&format!("book load {book}"));
        shop.agree(8);
        shop
    }

    fn migrate(&self, more: &str) -> Value {
        let words = format!("partner migrate gamma --api {QUOTE} --to 10 {more}");
        self.seller.json(&words)
    }

    fn token(&self) -> String {
        self.gamma.token(&self.seller).unwrap()
    }

    /// A quote that is answered later.
    fn quote(&self, (token, version): (&str, u32), body: &Value) -> String {
        let url = format!("{}/quote", self.seller.api(QUOTE, version));
        let key = body["externalId"].as_str().unwrap();
        let made = web::post(token, &url, key, body).unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// Waits until events tell of this quote; the versions of the listeners that heard them.
    fn hears_of(&self, quote: &str) -> Vec<String> {
        until("an event about the quote", || {
            let heard: Vec<Value> = self.gamma.heard();
            let at = self.gamma.heard_at();
            let about = heard.iter().zip(at).filter(|(event, _)| event["event"]["id"] == quote);
            let versions = about.map(|(_, path)| path.split('/').nth(4).unwrap().to_owned());
            let versions: Vec<String> = versions.collect();
            (!versions.is_empty()).then_some(versions)
        })
    }
}

#[test]
fn a_dry_run_tells_what_is_open_who_listens_and_what_is_lost_and_changes_nothing() {
    let shop = Shop::stocked();
    let _server = shop.seller.serve();
    let token = shop.token();
    shop.gamma.register_in(8, &shop.seller, &token);
    let quote = shop.quote((&token, 8), &older_quote("one"));
    assert!(shop.hears_of(&quote).iter().all(|version| version == "v8"));
    let before = shop.seller.json("agreement export gamma");
    let told = shop.migrate("");
    assert_eq!(told["applied"], false);
    assert_eq!(told["oldVersion"], "v8 is refused from then on");
    assert_eq!(
        told["open"],
        json!([{ "kind": "quote", "state": "approved.orderable", "count": 1 }])
    );
    let heard = &told["subscriptions"][0];
    assert_eq!((&heard["now"], &heard["then"]), (&json!("v8"), &json!("v10")));
    let losses = told["losses"].as_array().unwrap();
    let country = losses.iter().find(|loss| loss["member"] == "country");
    assert!(country.is_some(), "names of countries are codes now: {told:#}");
    for loss in losses {
        assert_eq!(loss["documents"], 1, "{loss}");
        assert!(
            loss["for example"]
                .as_str()
                .unwrap()
                .starts_with(&format!("quote {quote} /")),
            "{loss}"
        );
        assert_ne!(loss["becomes"], "told otherwise", "the list has no {loss}");
    }
    let text = shop
        .seller
        .text(&format!("partner migrate gamma --api {QUOTE} --to 10"));
    for words in [
        "nothing was changed; --apply does it",
        "approved.orderable",
        "v8 is refused",
    ] {
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(shop.seller.json("agreement export gamma"), before);
    assert_eq!(shop.get(&token, 8), 200);
}

#[test]
fn from_then_on_the_partner_is_served_in_the_new_version_with_all_that_is_open() {
    let shop = Shop::stocked();
    let _server = shop.seller.serve();
    let old = shop.token();
    shop.gamma.register_in(8, &shop.seller, &old);
    let quote = shop.quote((&old, 8), &older_quote("one"));
    shop.hears_of(&quote);
    let done = shop.migrate("--apply");
    assert_eq!(
        (&done["applied"], &done["agreementVersion"]),
        (&json!(true), &json!(3)),
        "{done}"
    );
    assert_eq!(shop.get(&old, 8), 401);
    let new = shop.token();
    let url = format!("{}/quote/{quote}", shop.seller.api(QUOTE, 10));
    let read = web::get_as(&new, &url);
    assert_eq!(read.status, 200, "{}", read.text);
    assert_eq!(read.json()["state"], "approved.orderable");
    let fields = "/quoteItem/0/product/place/0/place/fieldedAddressRepresentation/0/countryCode";
    assert_eq!(read.json().pointer(fields), Some(&json!("GB")), "{}", read.text);
    let second = shop.quote((&new, 10), &deferred_quote("two", EMAIL));
    // There may be a second event about it by now.
    let heard = shop.hears_of(&second);
    assert!(heard.iter().all(|version| version == "v10"), "{heard:?}");
    let events: Vec<Value> = shop.gamma.heard();
    let names: BTreeSet<&str> = events.iter().map(|event| event["eventId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), events.len(), "one registration, which hears of each once");
    let rows = shop.seller.json("audit list --limit 50");
    let rows = rows.as_array().unwrap().iter();
    let row = rows.clone().find(|row| row["action"] == "partner.migrate").unwrap();
    assert_eq!(row["object"], "agreement/gamma/seller/3");
    let again = shop.seller.run(&format!("partner migrate gamma --api {QUOTE} --to 10"));
    assert_eq!(again.code, 1);
    assert!(
        again.err.contains("speaks quoteManagement v10 already"),
        "{}",
        again.err
    );
}

#[test]
fn an_old_version_that_is_kept_is_served_until_its_day_and_its_subscriptions_follow_when_they_are_told_to() {
    let shop = Shop::stocked();
    let _server = shop.seller.serve();
    let token = shop.token();
    shop.gamma.register_in(8, &shop.seller, &token);
    let done = shop.migrate("--keep-old-until 2099-03-31 --apply");
    assert_eq!(done["oldVersion"], "v8 is served until 2099-03-31T00:00:00.000Z");
    assert_eq!(done["subscriptions"][0]["then"], "v8");
    let token = shop.token();
    let older = web::get_as(&token, &format!("{}/quote", shop.seller.api(QUOTE, 8)));
    assert_eq!((older.status, shop.get(&token, 10)), (200, 200));
    assert_eq!(older.headers["sunset"], "Tue, 31 Mar 2099 00:00:00 GMT");
    let quote = shop.quote((&token, 8), &older_quote("one"));
    assert!(shop.hears_of(&quote).iter().all(|version| version == "v8"));
    let moved = shop.migrate("--apply");
    assert_eq!(
        (&moved["oldVersion"], &moved["losses"]),
        (&Value::Null, &json!([])),
        "{moved}"
    );
    let quote = shop.quote((&token, 8), &older_quote("two"));
    assert!(shop.hears_of(&quote).iter().all(|version| version == "v10"));
    assert_eq!(shop.get(&token, 8), 200, "it is served until its day");
}

#[test]
fn what_cannot_be_done_is_refused_with_its_reason_and_changes_nothing() {
    let pair = Pair::new(BOOK, "");
    // In both roles, so that the role has to be said.
    let card = pair.beta.file("beta.json", &pair.beta.text("partner export"));
    pair.acme.text(&format!("partner import {card} --as buyer"));
    let before = pair.acme.json("agreement export beta");
    for (words, told) in [
        ("delta --api quoteManagement --to 8", "has no partner \"delta\""),
        (
            "beta --api quoteNotification --to 8",
            "quoteNotification is not agreed with beta",
        ),
        (
            "beta --api quoteManagment --to 8",
            "Agreed is, as seller: geographicAddressManagement v8",
        ),
        ("beta --api quoteManagement --to 8", "Say which with --as seller"),
        (
            "beta --api quoteManagement --to 9 --as seller",
            "Spoken is v10, v8, v7.",
        ),
        (
            "beta --api quoteManagement --to 10 --as seller",
            "beta speaks quoteManagement v10 already",
        ),
        (
            "beta --api quoteManagement --to 8 --as seller --keep-old-until 2001-01-01",
            "before it counts as deprecated",
        ),
        (
            "beta --api quoteManagement --to 8 --as buyer --keep-old-until 2099-01-01",
            "ends by their word",
        ),
        (
            "beta --api quoteManagement --to 8 --as seller --keep-old-until someday",
            "--keep-old-until",
        ),
    ] {
        let refused = pair.acme.run(&format!("partner migrate {words} --apply"));
        assert_ne!(refused.code, 0, "{words}");
        assert!(refused.err.contains(told), "{words}: {}", refused.err);
    }
    assert_eq!(pair.acme.json("agreement export beta"), before);
    let mut later = before[0].clone();
    later["effectiveFrom"] = json!("2099-01-01T00:00:00Z");
    let file = pair.acme.file("later.json", &later.to_string());
    pair.acme.text(&format!("agreement import {file}"));
    let refused = pair
        .acme
        .run("partner migrate beta --api quoteManagement --to 8 --as seller");
    assert!(
        refused.err.contains("comes into force at 2099-01-01"),
        "{}",
        refused.err
    );
}

#[test]
fn both_sides_move_with_an_open_quote_that_is_ordered_afterwards() {
    let clock = format!("--clock-speed 20000 --clock-origin {}", jiff::Timestamp::now());
    let pair = Pair::new(BOOK, &clock);
    for (site, partner) in [(&pair.acme, "beta"), (&pair.beta, "acme")] {
        let moved = site.json(&format!("partner migrate {partner} --api {QUOTE} --to 8 --apply"));
        assert_eq!(moved["to"], 8, "{moved}");
    }
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let quote = pair.buy("quote acme --address HILL-1 --bandwidth 100M");
    for (site, partner) in [(&pair.acme, "beta"), (&pair.beta, "acme")] {
        let moved = site.json(&format!("partner migrate {partner} --api {QUOTE} --to 10 --apply"));
        assert_eq!(moved["open"][0]["kind"], "quote", "{moved:#}");
        let heard = moved["registration"].as_str().unwrap_or_default();
        assert_eq!(
            heard.starts_with("we hear its events in v10: "),
            partner == "acme",
            "{moved:#}"
        );
    }
    let order = pair.buy(&format!("order acme --quote {quote}"));
    let done = pair.beta.json(&format!("buy track acme {order}"));
    assert_eq!(done["state"], "completed", "{done}");
    let shown = pair.beta.json(&format!("buy show acme quote {quote}"));
    assert_eq!(shown["state"], "accepted", "{shown}");
    // The registration went along: there is one, and it is ours.
    let check = pair.beta.json("partner check acme");
    assert_eq!(check["wrong"], 0, "{check:#}");
    let versions = pair.acme.json("partner versions beta");
    let quotes = versions.as_array().unwrap().iter().filter(|row| row["api"] == QUOTE);
    let told: Vec<Value> = quotes.map(|row| json!([row["version"], row["agreement"]])).collect();
    assert_eq!(told, [json!([8, "not agreed"]), json!([10, "agreed"])]);
}

#[test]
fn a_newer_card_brings_new_keys_and_changes_nothing_that_was_settled() {
    let pair = Pair::new(BOOK, "");
    let card = pair.beta.file("beta.json", &pair.beta.text("partner export"));
    let until = "--keep-old-until 2099-01-01";
    pair.acme
        .text(&format!("partner migrate beta --api {QUOTE} --to 8 {until} --apply"));
    let settled = pair.acme.json("agreement export beta")[0].take();
    assert_eq!(settled["apis"][QUOTE], 8, "{settled}");
    let again = pair.acme.json(&format!("partner import {card} --as seller"));
    assert_eq!(again["agreementVersion"], 3, "{again}");
    let mut after = pair.acme.json("agreement export beta")[0].take();
    for member in ["version", "effectiveFrom"] {
        after[member] = settled[member].clone();
    }
    assert_eq!(after, settled);
}
