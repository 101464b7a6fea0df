//! `partner versions`: which versions are used, told from real calls.

use serde_json::{Value, json};

use crate::kit::{Pair, Site, free_address, until};
use crate::sample::BOOK;
use crate::web::{self, Gamma};

pub const QUOTE: &str = "quoteManagement";

/// Seller `acme` whose Buyer `gamma` has no Segue.
pub struct Shop {
    pub seller: Site,
    pub gamma: Gamma,
    _folder: tempfile::TempDir,
}

impl Shop {
    pub fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let theirs = Gamma::address();
        let open = format!("--open-target {theirs}");
        let seller = Site::new(folder.path(), "acme", free_address(), &open);
        let gamma = Gamma::meet(&seller, theirs, "their-secret");
        Self {
            seller,
            gamma,
            _folder: folder,
        }
    }

    /// Writes the version of quotes into the agreement.
    pub fn agree(&self, version: u32) {
        let mut agreement = self.seller.json("agreement export gamma")[0].clone();
        agreement["apis"][QUOTE] = json!(version);
        let file = self.seller.file("agreement.json", &agreement.to_string());
        self.seller.text(&format!("agreement import {file}"));
    }

    pub fn get(&self, token: &str, version: u32) -> u16 {
        web::get_as(token, &format!("{}/quote", self.seller.api(QUOTE, version))).status
    }
}

/// The rows about one API: caller, version, what is agreed, calls, refused ones.
fn told(versions: &Value, api: &str) -> Vec<Value> {
    let rows = versions.as_array().unwrap().iter().filter(|row| row["api"] == api);
    let rows = rows.map(|row| {
        json!([
            row["caller"],
            row["version"],
            row["agreement"],
            row["calls"],
            row["refused"]
        ])
    });
    rows.collect()
}

#[test]
fn versions_are_told_from_real_calls_also_refused_ones_and_outlive_the_server() {
    let shop = Shop::open();
    let mut server = shop.seller.serve();
    let first = shop.seller.json("partner versions gamma");
    assert_eq!(told(&first, QUOTE), [json!(["they", 10, "agreed", 0, 0])]);
    assert_eq!(first[0]["firstAt"], Value::Null);
    let token = shop.gamma.token(&shop.seller).unwrap();
    assert_eq!((shop.get(&token, 10), shop.get(&token, 10)), (200, 200));
    assert_eq!(shop.get(&token, 8), 401);
    shop.agree(8);
    assert_eq!(shop.get(&token, 10), 401);
    let expected = [
        json!(["they", 8, "agreed", 1, 1]),
        json!(["they", 10, "not agreed", 3, 1]),
    ];
    let after = shop.seller.json("partner versions gamma");
    assert_eq!(told(&after, QUOTE), expected);
    let text = shop.seller.text("partner versions --all");
    assert!(text.contains("not agreed") && text.contains("CALLER"), "{text}");

    let token = shop.gamma.token(&shop.seller).unwrap();
    assert_eq!(shop.get(&token, 8), 200);
    server.terminate();
    server.ended();
    let expected = [json!(["they", 8, "agreed", 2, 1]), expected[1].clone()];
    let later = shop.seller.json("partner versions gamma");
    assert_eq!(told(&later, QUOTE), expected, "written at the end of the server");
}

#[test]
fn both_sides_count_requests_and_events_and_agree_on_them() {
    let pair = Pair::new(BOOK, "");
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let quote = pair.buy("quote acme --address HILL-1 --bandwidth 100M");
    pair.buy(&format!("order acme --quote {quote}"));
    let calls = |site: &Site, partner: &str, api: &str| {
        let told = told(&site.json(&format!("partner versions {partner}")), api);
        assert_eq!(told.len(), 1, "{told:?}");
        told[0].clone()
    };
    // The mirror of the Buyer may ask once more in between.
    until("requests about quotes are counted at both sides", || {
        let asked = calls(&pair.beta, "acme", QUOTE);
        let served = calls(&pair.acme, "beta", QUOTE);
        let agreed = (json!("we"), json!(10), json!("agreed"));
        assert_eq!((&asked[0], &asked[1], &asked[2]), (&agreed.0, &agreed.1, &agreed.2));
        assert_eq!(served[0], json!("they"));
        // A registration and a quote.
        (served[3] == asked[3] && asked[3].as_u64()? >= 2).then_some(())
    });
    until("events of the order are counted at both sides", || {
        let sent = calls(&pair.acme, "beta", "productOrderingNotification");
        let heard = calls(&pair.beta, "acme", "productOrderingNotification");
        assert_eq!((&sent[0], &heard[0]), (&json!("we"), &json!("they")));
        (sent[3] == heard[3] && sent[3].as_u64()? > 0).then_some(())
    });
}

#[test]
fn who_is_no_partner_has_no_versions() {
    let shop = Shop::open();
    let told = shop.seller.run("partner versions delta");
    assert_eq!(told.code, 1);
    assert!(told.err.contains("There is: gamma."), "{}", told.err);
    assert_eq!(shop.seller.run("partner versions").code, 2);
}
