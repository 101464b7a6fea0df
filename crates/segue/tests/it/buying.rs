//! What a person gets who buys: requests shown before they leave, problems beside what was sent, and
//! products that there are no words for.

use serde_json::{Value, json};

use crate::kit::{Pair, until};
use crate::sample::BOOK;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/product");
const URN: &str = "urn:example:lso:spec:private:dark-fibre:v1.0.0:all";

const OFFERING: &str = r#"
[[offering]]
id = "fibre"
name = "Dark fibre"
product = "urn:example:lso:spec:private:dark-fibre:v1.0.0:all"
place = true
default-bandwidth = "1 Gbit/s"
interval = "1 calendarDay"

[[offering.attribute]]
path = "/fibrePairs"
use = "mandatory"
at-most = 2

[[offering.term]]
name = "36 months"
duration = "36 months"
end-of-term-action = "roll"
roll-interval = "1 month"

[[offering.charge]]
name = "Fibre rental"
every = "1 month"
rows = [{ amount = 420.00 }]
"#;

/// A Seller of dark fibre, and a Buyer that has its card and its schema.
fn fibre() -> Pair {
    let pair = Pair::new(
        BOOK,
        &format!("--clock-speed 100000 --clock-origin {}", jiff::Timestamp::now()),
    );
    pair.acme.text(&format!("product import {FOLDER}"));
    let path = crate::sample::book(&pair.acme.folder, &format!("{BOOK}{OFFERING}"), crate::sample::PLACES);
    pair.acme.text(&format!("book load {path}"));
    let card = pair.acme.file("acme.card.json", &pair.acme.text("partner export"));
    pair.beta.text(&format!("partner import {card} --as buyer"));
    pair.beta.text(&format!("product import {FOLDER}"));
    pair
}

#[test]
fn any_product_is_bought_by_its_configuration() {
    let pair = fibre();
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let wanted = format!("acme --offering fibre --configuration {FOLDER}/sample.json --address HILL-1");

    let poq = pair.buy(&format!("poq {wanted}"));
    let quote = pair.buy(&format!("quote {wanted} --poq {poq} --name fibre-1"));
    let order = pair.buy(&format!("order acme --quote {quote}"));
    let done = pair.beta.json(&format!("buy track acme {order}"));
    assert_eq!(done["state"], "completed");
    let id = done["productOrderItem"][0]["product"]["id"].as_str().unwrap();
    let product = pair.beta.json(&format!("buy inventory acme --id {id}"));
    assert_eq!(product["productConfiguration"]["@type"], URN);
    assert_eq!(product["status"], "active");
}

#[test]
fn what_does_not_fit_schema_or_profile_stays_here_and_stands_beside_what_we_sent() {
    let pair = fibre();
    let text = std::fs::read_to_string(format!("{FOLDER}/sample.json")).unwrap();
    let mut wrong: Value = serde_json::from_str(&text).unwrap();
    wrong["fibrePairs"] = json!(8);
    wrong["connector"] = json!("SCREW");
    wrong.as_object_mut().unwrap().remove("length");
    let file = pair.beta.file("wrong.json", &wrong.to_string());
    // Nobody serves: it would fail otherwise if it left.
    let told = pair.beta.run(&format!(
        "buy quote acme --offering fibre --configuration {file} --address HILL-1"
    ));
    assert_ne!(told.code, 0);
    let at = "/quoteItem/0/product/productConfiguration";
    for line in [
        format!("{at}/fibrePairs  invalidValue"),
        "we sent: 8".to_owned(),
        format!("{at}/connector  "),
        "we sent: \"SCREW\"".to_owned(),
        format!("{at}/length  missingProperty"),
        "we sent nothing there".to_owned(),
        "it was not sent".to_owned(),
    ] {
        assert!(told.err.contains(&line), "{line}\n{}", told.err);
    }
}

#[test]
fn a_dry_run_shows_the_request_and_leaves_nothing_behind() {
    let pair = fibre();
    let words =
        format!("buy quote acme --offering fibre --configuration {FOLDER}/sample.json --address HILL-1 --dry-run");
    // Nobody serves.
    let shown = pair.beta.json(&words);
    assert_eq!((&shown["dryRun"], &shown["method"]), (&json!(true), &json!("POST")));
    let url = shown["url"].as_str().unwrap();
    assert!(url.ends_with("/mefApi/sonata/quoteManagement/v10/quote"), "{url}");
    assert_eq!(
        shown["body"]["quoteItem"][0]["product"]["productOffering"]["id"],
        "fibre"
    );
    let checked = shown["checked"].to_string();
    assert!(
        checked.contains(URN) && checked.contains("profile of the offering fibre"),
        "{checked}"
    );
    let text = pair.beta.text(&words);
    assert!(
        text.contains("authorization: Bearer (a token") && text.contains("Nothing was sent."),
        "{text}"
    );
    let circuit = pair
        .beta
        .json("buy poq acme --address HILL-1 --bandwidth 100M --enni E-1 --dry-run");
    assert_eq!(
        circuit["body"]["productOfferingQualificationItem"][1]["product"]["productRelationship"][0]["id"],
        "E-1"
    );
    let audit = pair.beta.json("audit list");
    let rows = audit.as_array().unwrap().iter();
    assert_eq!(
        rows.filter(|row| row["action"]
            .as_str()
            .is_some_and(|action| action.starts_with("mirror")))
            .count(),
        0
    );
    // The same, over the admin socket of a server.
    let _beta = pair.beta.serve();
    let served = until("it is shown by the server too", || Some(pair.beta.json(&words)));
    assert_eq!(served["body"], shown["body"]);
}

#[test]
fn a_validation_that_is_answered_later_is_followed_to_its_end() {
    let pair = fibre();
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let words = "address acme --country GB --city bristol --street hillside --number 1 --deferred";
    let id = pair.buy(words);
    let told = pair.beta.run(&format!("buy track acme {id} --timeout 15 --json"));
    assert_eq!(told.code, 0, "{}", told.err);
    let ready: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(
        (&ready["state"], &ready["bestMatchGeographicAddress"]["id"]),
        (&json!("ready"), &json!("HILL-1"))
    );
    // A line for each state, for machines.
    let lines: Vec<Value> = told
        .err
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.last().unwrap()["state"], "ready", "{lines:?}");
    // The address is known from now on, and people see it at the end.
    assert_eq!(pair.beta.json("history HILL-1")["side"], "buyer");
    let seen = pair.beta.text(&format!("buy track acme {id}"));
    assert!(seen.contains("HILL-1") && seen.contains("best"), "{seen}");
    let unknown = pair.beta.run("buy track acme no-such-thing --kind validation");
    assert!(unknown.code == 1 && unknown.err.contains("404"), "{}", unknown.err);
}
