//! The sample book is quotable as its file says, at every one of its places.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::{create, item, quote};
use crate::api::bench::{Bench, check_shape};
use crate::api::quote::v10::MANAGEMENT;
use crate::book::{Address, Book, Delivery};
use crate::party::Agreement;

fn bench() -> Bench {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/book");
    let read = |name: &str| (name.to_owned(), fs::read_to_string(format!("{folder}/{name}")).unwrap());
    let files: BTreeMap<String, String> = ["book.toml", "places.csv"].into_iter().map(read).collect();
    let mut bench = Bench::new();
    bench.book = Book::read(&files).unwrap();
    bench.agreement.offerings.clear();
    bench.agreement.countries.clear();
    bench
}

/// A UNI at `place` and the OVC from it to the ENNI, for three years.
fn access(bench: &Bench, place: &str) -> Value {
    let mut ovc = item("ovc", bench.ovc());
    ovc["product"]["productOffering"]["id"] = json!("access-eline");
    ovc["quoteItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": "uni"}]);
    let mut items = vec![item("uni", bench.uni("operator-uni", place)), ovc];
    let months = |amount: u32| json!({"amount": amount, "units": "months"});
    for item in &mut items {
        item["requestedQuoteItemTerm"] =
            json!({"name": "any", "duration": months(36), "endOfTermAction": "roll", "rollInterval": months(1)});
    }
    quote(items)
}

fn expected(address: &Address) -> [&'static str; 2] {
    match address.delivery {
        Delivery::OnNetWithoutBuild if address.ports > 0 => ["approved.orderable", "firm"],
        Delivery::OnNetWithBuild if address.ports > 0 => ["approved.orderable", "firmSubjectToFeasibilityCheck"],
        Delivery::OnNetWithoutBuild | Delivery::OnNetWithBuild | Delivery::OffNet => ["unableToProvide", "none"],
    }
}

#[test]
fn every_place_of_the_sample_book_is_quoted_as_its_line_says() {
    let bench = bench();
    let mut kinds = BTreeMap::new();
    for address in bench.book.addresses() {
        let outcome = create(&bench, &access(&bench, &address.id)).unwrap();
        let level = outcome.body.get("quoteLevel").and_then(Value::as_str).unwrap_or("none");
        assert_eq!(
            [outcome.body["state"].as_str().unwrap(), level],
            expected(&address),
            "{}",
            address.id
        );
        *kinds.entry(expected(&address)).or_insert(0) += 1;
    }
    assert_eq!(kinds.len(), 3, "{kinds:?}");
}

#[test]
fn the_sample_agreement_opens_a_pilot_and_takes_something_off() {
    let mut bench = bench();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/pilot.json");
    let agreement: Agreement = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(agreement.pilot_mistakes(), []);
    assert_eq!(agreement.price_mistakes(Some(&bench.book)), []);
    for (api, version) in &agreement.apis {
        assert!(crate::api::find(api, *version).is_some(), "{api} v{version}");
    }
    bench.agreement = agreement;
    let outcome = create(&bench, &access(&bench, "DE-00002")).unwrap();
    let text = Value::Object(outcome.body).to_string();
    assert!(text.contains("Three years: Bandwidth"), "{text}");
    // 10120 is outside.
    let outcome = create(&bench, &access(&bench, "DE-00017")).unwrap();
    assert_eq!(outcome.body["state"], "unableToProvide");
}

#[test]
fn the_last_port_of_the_sample_book_is_one() {
    let mut bench = bench();
    let sent = access(&bench, "LAST-PORT");
    let first = create(&bench, &sent).unwrap();
    check_shape(&MANAGEMENT, "Quote", &Value::Object(first.body.clone()));
    assert_eq!(first.body["state"], "approved.orderable");
    assert_eq!(first.commit.capacity_guards[0].limit, 1);
    bench.found.held.insert("port/LAST-PORT".into(), 1);
    assert_eq!(create(&bench, &sent).unwrap().body["state"], "unableToProvide");
}
