//! Two companies set up by hand, and every command that looks at what they do.

use serde_json::{Value, json};

use crate::kit::{Pair, Site, program, said, segue};
use crate::sample::BOOK;

/// Days pass in less than a second, on one clock for both.
fn fast() -> String {
    format!("--clock-speed 100000 --clock-origin {}", jiff::Timestamp::now())
}

#[track_caller]
fn check_table(site: &Site, words: &str, expected: &[&str]) {
    let text = site.text(words);
    for fragment in expected {
        assert!(text.contains(fragment), "{words}: no {fragment:?} in\n{text}");
    }
    assert!(serde_json::from_str::<Value>(&text).is_err(), "{words}: {text}");
}

#[test]
fn a_circuit_is_bought_step_by_step() {
    let pair = Pair::new(BOOK, &fast());
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let found = pair
        .beta
        .json("buy address acme --country GB --city bristol --street hillside --number 1");
    assert_eq!(found["bestMatchGeographicAddress"]["id"], "HILL-1", "{found}");
    let words = "buy address acme --country GB --city Bristol";
    check_table(&pair.beta, words, &["HILL-1", "HILL-2", "Hillside"]);
    let poq = pair.beta.json("buy poq acme --address HILL-1 --bandwidth 100M");
    assert_eq!(poq["state"], "done");
    let poq_id = poq["id"].as_str().unwrap();
    let quote = pair.beta.json(&format!(
        "buy quote acme --address HILL-1 --bandwidth 100M --name circuit-1 --poq {poq_id}"
    ));
    assert_eq!(quote["state"], "approved.orderable");
    let quote_id = quote["id"].as_str().unwrap();
    let explained = pair.acme.json(&format!("explain {quote_id}"));
    let holds = explained["holds"].as_array().unwrap();
    let port = holds.iter().find(|held| held["holds"] == "port/HILL-1").unwrap();
    assert_eq!(
        (&port["item"], &port["amount"]),
        (&json!("uni"), &json!(1)),
        "{explained}"
    );
    let seen = ["port/HILL-1", "were held before", "UNTIL"];
    check_table(&pair.acme, &format!("explain {quote_id}"), &seen);
    let order_id = pair.buy(&format!("order acme --quote {quote_id}"));
    let order = pair.beta.json(&format!("buy track acme {order_id} --timeout 15"));
    assert_eq!(order["state"], "completed");
    let track = format!("buy track acme {order_id}");
    check_table(&pair.beta, &track, &["completed", &order_id]);
    check_table(&pair.beta, "buy poq acme --address HILL-2 --bandwidth 1G", &["red"]);
    let quote = "buy quote acme --address HILL-1 --bandwidth 1G";
    check_table(&pair.beta, quote, &["approved.orderable", "100.00 EUR"]);
    check_looks(&pair, quote_id, &order_id);
}

/// Every command that only looks, for machines and for people.
fn check_looks(pair: &Pair, quote_id: &str, order_id: &str) {
    let (acme, beta) = (&pair.acme, &pair.beta);
    let products = beta.json("buy inventory acme --status active");
    assert_eq!(products.as_array().unwrap().len(), 3, "ENNI, UNI and OVC: {products}");
    check_table(beta, "buy inventory acme", &["active", "ENNI-A-B-01"]);
    let seen = acme.json("inventory list --partner beta");
    assert_eq!(seen.as_array().unwrap().len(), 3);
    check_table(acme, "inventory list", &["beta", "access-eline-ovc"]);

    let decisions = acme.json(&format!("explain {quote_id}"));
    assert_eq!(decisions["holds"], json!([]), "the order has taken what the quote held");
    assert_eq!(decisions["decisions"].as_array().unwrap().len(), 2, "{decisions}");
    check_table(acme, &format!("explain {quote_id}"), &["book v1", "Port rental"]);
    let elsewhere = beta.json(&format!("explain {quote_id}"));
    assert_eq!(elsewhere["decisions"], json!([]));

    let ours = acme.json(&format!("history {order_id}"));
    let states: Vec<&str> = ours["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["state"].as_str())
        .collect();
    assert_eq!(
        (states.first(), states.last()),
        (Some(&"acknowledged"), Some(&"completed"))
    );
    check_table(beta, &format!("history {order_id}"), &["completed", "buyer"]);

    assert!(acme.json("audit verify")["rows"].as_u64().unwrap() > 5);
    check_table(acme, "audit list --limit 5", &["SEQUENCE", "completed"]);
    assert_eq!(acme.json("notification list"), json!([]));
    let status = acme.json("status");
    assert_eq!(status["companies"][0]["partners"], 1);
    assert_eq!(status["store"]["jobsParked"], 0);
    check_table(acme, "status", &["businessTime", "acme"]);
    let token = beta.json("token acme --api productInventory");
    assert_eq!(token.as_str().unwrap().split('.').count(), 3, "no token: {token}");
    assert_eq!(beta.text("token acme").trim().split('.').count(), 3);
}

#[test]
fn a_circuit_is_changed_and_ended() {
    let book = BOOK.replacen(
        "interval = \"1 calendarDay\"\n",
        "interval = \"1 calendarDay\"\ntermination-charge = \"50 percent\"\n",
        1,
    );
    let pair = Pair::new(&book, &fast());
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let beta = &pair.beta;
    let follow = |order_id: &str| beta.json(&format!("buy track acme {order_id} --timeout 15"));
    let quote_id = pair.buy("quote acme --address HILL-1 --bandwidth 100M");
    let order_id = pair.buy(&format!("order acme --quote {quote_id}"));
    let order = follow(&order_id);
    let product = |index: usize| order["productOrderItem"][index]["product"]["id"].as_str().unwrap();
    let (port, line) = (product(0), product(1));

    let only = format!("buy change acme --product {line} --bandwidth 500M --quote-only");
    check_table(beta, &only, &["approved.orderable", "50.00 EUR"]);
    let order_id = pair.buy(&format!("change acme --product {line} --bandwidth 500M"));
    assert_eq!(follow(&order_id)["state"], "completed");
    let changed = beta.json(&format!("buy inventory acme --id {line}"));
    let rate = "/productConfiguration/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/cir/irValue";
    assert_eq!(changed.pointer(rate), Some(&json!(500)));
    let refused = beta.run(&format!("buy change acme --product {port} --bandwidth 500M"));
    assert!(refused.err.contains("a bandwidth of product"), "{}", refused.err);

    // The port alone is still in use.
    let refused = beta.run(&format!("buy disconnect acme --product {port}"));
    assert!(refused.err.contains(line), "{}", refused.err);
    let both = format!("buy disconnect acme --product {line} --product {port}");
    check_table(
        beta,
        &format!("{both} --quote-only"),
        &["Early termination: Port rental"],
    );
    let ended = beta.json(&both);
    assert_eq!(follow(ended["id"].as_str().unwrap())["state"], "completed");
    let left = beta.json("buy inventory acme --status active");
    assert_eq!(left.as_array().unwrap().len(), 1, "only the ENNI: {left}");
}

#[test]
fn a_buyer_needs_no_server_to_buy() {
    let pair = Pair::new(BOOK, "");
    let _acme = pair.acme.serve();
    let quote_id = pair.buy("quote acme --address HILL-1 --bandwidth 1G");
    let order_id = pair.buy(&format!("order acme --quote {quote_id}"));
    for id in [quote_id, order_id] {
        assert_eq!(pair.beta.json(&format!("history {id}"))["side"], "buyer");
    }
}

/// Answers that do not depend on who gives them.
const LOOKS: [&str; 12] = [
    "audit list",
    "audit verify",
    "agreement export beta",
    "agreement list",
    "book show",
    "company card",
    "company list",
    "inventory list",
    "notification list",
    "partner export",
    "partner list",
    "partner show beta",
];

#[test]
fn commands_answer_the_same_with_and_without_a_server() {
    let pair = Pair::new(BOOK, "");
    let acme = &pair.acme;
    let alone = LOOKS.map(|words| (acme.json(words), acme.text(words)));
    let mut server = acme.serve();
    for (words, (json, text)) in LOOKS.iter().zip(&alone) {
        assert_eq!((&acme.json(words), &acme.text(words)), (json, text), "{words}");
    }
    let check = format!("book check {}", acme.folder.join("book").display());
    assert!(acme.text(&check).contains("nothing was changed"));
    acme.text(&format!("book load {}", acme.folder.join("book").display()));
    acme.text("partner suspend beta");
    acme.text("partner resume beta");
    server.terminate();
    assert!(server.ended().success());
    assert_eq!(acme.json("book show")["version"], 2);
    assert_eq!(acme.json("partner show beta")["state"], "active");
}

#[test]
fn documents_and_completions_need_no_installation() {
    let listed: Value = serde_json::from_str(&segue("openapi --list --json").out).unwrap();
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["api"].as_str())
        .collect();
    assert!(
        names.contains(&"quoteManagement") && names.contains(&"productInventory"),
        "{names:?}"
    );
    assert!(segue("openapi --list").out.contains("quoteManagement"));
    for row in listed.as_array().unwrap() {
        let words = format!(
            "openapi --api {} --version {}",
            row["api"].as_str().unwrap(),
            row["version"]
        );
        let document: Value = serde_json::from_str(&segue(&words).out).unwrap();
        assert!(document["paths"].is_object(), "{words}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            segue(&format!("completions {shell}")).out.contains("notification"),
            "{shell}"
        );
    }
    let script = segue("completions bash").out;
    let read = said(std::process::Command::new("bash").args(["-n", "-c", &script]));
    assert_eq!(read.code, 0, "{}", read.err);
    let version = said(program().arg("--version"));
    assert_eq!(version.out.trim(), concat!("segue ", env!("CARGO_PKG_VERSION")));
}
