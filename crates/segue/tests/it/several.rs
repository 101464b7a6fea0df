//! Two companies of one Buyer's installation, and two of one Seller's: all four relations go through
//! the same two endpoints, and each company stands for two parties.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{Site, free_address, until};
use crate::sample::{BOOK, ENNI, PLACES, book};

const QUOTE: &str = "--address HILL-1 --bandwidth 100M";

struct World {
    buyers: Site,
    sellers: Site,
    _folder: TempDir,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (free_address(), free_address());
    let now = jiff::Timestamp::now();
    let fast = format!("--clock-speed 100000 --clock-origin {now}");
    let parties = |id: &str| format!("--party-id {id}-main --party-id {id}-north");
    let more = |other, id| format!("--open-target {other} {fast} {}", parties(id));
    let sellers = Site::new(folder.path(), "acme", ours, &more(theirs, "acme"));
    let buyers = Site::new(folder.path(), "beta", theirs, &more(ours, "beta"));
    sellers.text(&format!("company add gamma --name gamma {}", parties("gamma")));
    buyers.text(&format!("company add delta --name delta {}", parties("delta")));
    let (path, enni) = (book(&sellers.folder, BOOK, PLACES), sellers.file("enni.json", ENNI));
    for seller in ["acme", "gamma"] {
        sellers.text(&format!("book load {path} --company {seller}"));
        let card = sellers.text(&format!("partner export --company {seller}"));
        let theirs = buyers.file("seller.card.json", &card);
        for buyer in ["beta", "delta"] {
            buyers.text(&format!("partner import {theirs} --as buyer --company {buyer}"));
            let card = buyers.text(&format!("partner export --company {buyer}"));
            let ours = sellers.file("buyer.card.json", &card);
            sellers.text(&format!("partner import {ours} --as seller --company {seller}"));
            sellers.text(&format!("inventory import {enni} --partner {buyer} --company {seller}"));
        }
    }
    World {
        buyers,
        sellers,
        _folder: folder,
    }
}

impl World {
    fn buy(&self, buyer: &str, words: &str) -> Value {
        self.buyers.json(&format!("buy {words} --company {buyer}"))
    }

    fn ordered(&self, buyer: &str, seller: &str) -> String {
        let quote = self.buy(buyer, &format!("quote {seller} {QUOTE}"));
        let order = self.buy(
            buyer,
            &format!("order {seller} --quote {}", quote["id"].as_str().unwrap()),
        );
        order["id"].as_str().unwrap().to_owned()
    }
}

#[test]
fn answers_and_events_reach_the_company_that_asked_and_no_other() {
    let world = world();
    let _sellers = world.sellers.serve();
    let _buyers = world.buyers.serve();
    let pairs = [
        ("beta", "acme"),
        ("delta", "gamma"),
        ("beta", "gamma"),
        ("delta", "acme"),
    ];
    let orders = pairs.map(|(buyer, seller)| (buyer, seller, world.ordered(buyer, seller)));
    for (buyer, seller, order) in &orders {
        // Nobody asks: only events can bring it to its end.
        let told = until("events complete the order", || {
            let told = world.buyers.json(&format!("history {order} --company {buyer}"));
            (told["state"] == "completed").then_some(told)
        });
        assert_eq!((&told["partner"], &told["side"]), (&json!(seller), &json!("buyer")));
        let revisions = told["revisions"].as_array().unwrap();
        assert_eq!(revisions[0]["cause"], "mirror.answer: createProductOrder");
        let last = revisions.last().unwrap();
        let cause = last["cause"].as_str().unwrap();
        assert!(cause.starts_with("mirror.event: productOrder"), "{cause}");
        let changed = last["changes"].as_array().unwrap();
        let whole = json!({ "path": "/state", "old": "inProgress", "new": "completed" });
        assert!(changed.contains(&whole), "{changed:?}");
        let other = if *buyer == "beta" { "delta" } else { "beta" };
        let foreign = world.buyers.run(&format!("history {order} --company {other}"));
        assert_ne!(foreign.code, 0, "{other} knows {order}");
        let foreign = world
            .buyers
            .run(&format!("buy show {seller} order {order} --company {other}"));
        assert!(foreign.err.contains("404"), "{}", foreign.err);
        check_revisions(&world.buyers, (buyer, order), revisions.len());
    }
    let pending = world.buyers.json("status")["store"]["inboxPending"].clone();
    assert_eq!(pending, 0);
}

/// Any revision can be had again, and people see a table of what changed.
#[track_caller]
fn check_revisions(buyers: &Site, (buyer, order): (&str, &str), newest: usize) {
    let then = |revision: usize| buyers.json(&format!("history {order} --company {buyer} --revision {revision}"));
    assert_eq!(
        (&then(1)["state"], &then(newest)["state"]),
        (&json!("acknowledged"), &json!("completed"))
    );
    let table = buyers.text(&format!("history {order} --company {buyer}"));
    for word in ["CAUSE", "mirror.event", "/state", "OLD", "inProgress", "completed"] {
        assert!(table.contains(word), "{word}\n{table}");
    }
    let beyond = buyers.run(&format!("history {order} --company {buyer} --revision 99"));
    assert!(
        beyond.code != 0 && beyond.err.contains("There are 1 to"),
        "{}",
        beyond.err
    );
}

#[test]
fn each_request_names_the_parties_that_are_meant() {
    let world = world();
    let _sellers = world.sellers.serve();
    let steps = [
        "address gamma --country GB --city Bristol".to_owned(),
        format!("poq gamma {QUOTE} --enni E-1"),
        format!("quote gamma {QUOTE} --enni E-1"),
    ];
    for step in steps {
        let url = |words: &str| {
            let shown = world.buy("delta", &format!("{step} --dry-run {words}"));
            shown["url"].as_str().unwrap().to_owned()
        };
        let main = url("");
        assert!(main.contains("/gamma/"), "{main}");
        assert!(main.ends_with("?buyerId=delta-main&sellerId=gamma-main"), "{main}");
        let north = url("--buyer-id delta-north --seller-id gamma-north");
        assert!(north.ends_with("?buyerId=delta-north&sellerId=gamma-north"), "{north}");
    }
    let wrong = world
        .buyers
        .run(&format!("buy poq gamma {QUOTE} --company delta --seller-id acme-main"));
    assert!(
        wrong.code != 0 && wrong.err.contains("gamma-main, gamma-north"),
        "{}",
        wrong.err
    );
    // The Seller knows each of them, also in the requests that nobody writes by hand.
    for words in ["", "--buyer-id delta-north --seller-id gamma-north"] {
        let made = world.buy("delta", &format!("quote gamma {QUOTE} {words}"));
        assert_eq!(made["state"], "approved.orderable", "{words}");
    }
}
