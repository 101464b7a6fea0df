//! Promotions of the agreement, use and tax in quotes.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{created, item, quote};
use crate::api::bench::Bench;
use crate::party::promotion::Promotion;

fn promoted(promotions: Value) -> Bench {
    let mut bench = Bench::new();
    bench.agreement.promotions = serde_json::from_value(promotions).unwrap();
    bench
}

/// Name and amount of each price of a new UNI with this term.
fn prices(bench: &Bench, months: u32) -> Vec<(String, String)> {
    let mut sent = quote(vec![item("1", bench.uni("UNI", "A2"))]);
    sent["quoteItem"][0]["requestedQuoteItemTerm"] = json!({"name": "t", "endOfTermAction": "autoRenew",
        "duration": {"amount": months, "units": "months"}});
    let body = created(bench, &sent).body;
    let prices = body["quoteItem"][0]["quoteItemPrice"].as_array().unwrap().iter();
    let told = |price: &Value| {
        let amount = price["price"]["dutyFreeAmount"]["value"].to_string();
        (price["name"].as_str().unwrap().to_owned(), amount)
    };
    prices.map(told).collect()
}

#[track_caller]
fn check_prices(bench: &Bench, months: u32, expected: &[(&str, &str)]) {
    let told = prices(bench, months);
    let told: Vec<(&str, &str)> = told.iter().map(|(name, amount)| (&**name, &**amount)).collect();
    assert_eq!(told, expected);
}

#[test]
fn a_promotion_is_a_price_of_its_own_behind_the_charge_it_belongs_to() {
    let bench = promoted(json!([
        {"name": "Spring", "offering": "UNI", "charge": "Port", "percent": 12.5},
        {"name": "Welcome", "charge": "Installation", "amount": "100.50"},
    ]));
    // 12.49375 to the coin
    let expected = [
        ("Installation", "500"),
        ("Welcome: Installation", "-100.5"),
        ("Port", "99.95"),
        ("Spring: Port", "-12.49"),
    ];
    check_prices(&bench, 12, &expected);
    let body = created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2"))])).body;
    let off = &body["quoteItem"][0]["quoteItemPrice"][3];
    assert_eq!(off["priceType"], "recurring");
    assert_eq!(off["recurringChargePeriod"], json!({"amount": 1, "units": "months"}));
    assert_eq!(off["description"], "Promotion by agreement: 12.5 % off 99.95 EUR.");
}

#[test]
fn the_decision_tells_each_promotion() {
    let bench = promoted(json!([{"name": "Spring", "charge": "Port", "percent": 10}]));
    let outcome = created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2"))]));
    let lines = outcome.commit.decisions[0].outcome["lines"].as_array().unwrap();
    let expected = "Spring: Port: -10.00 EUR. Promotion by agreement: 10 % off 99.95 EUR.";
    assert!(lines.iter().any(|line| line == expected), "{lines:#?}");
}

#[test]
fn promotions_together_never_take_off_more_than_there_is() {
    let bench = promoted(json!([
        {"name": "A", "charge": "Port", "percent": 60},
        {"name": "B", "charge": "Port", "amount": 60},
        {"name": "C", "charge": "Port", "percent": 100},
    ]));
    let expected = [
        ("Installation", "500"),
        ("Port", "99.95"),
        ("A: Port", "-59.97"),
        ("B: Port", "-39.98"),
    ];
    check_prices(&bench, 12, &expected);
}

#[test]
fn a_promotion_keeps_to_its_offering_terms_and_time() {
    let plain = [("Installation", "500"), ("Port", "99.95")];
    check_prices(
        &promoted(json!([{"name": "X", "offering": "OVC", "percent": 50}])),
        12,
        &plain,
    );
    let long = promoted(json!([{"name": "X", "percent": 50, "charge": "Port",
        "terms": [{"amount": 3, "units": "years"}]}]));
    check_prices(&long, 12, &plain);
    assert_eq!(prices(&long, 36).len(), 3);
    let mut timed = promoted(json!([{"name": "X", "percent": 50, "charge": "Port",
        "requests": {"until": "2026-11-24T08:00:00Z"}}]));
    check_prices(&timed, 12, &plain);
    timed.agreement.promotions[0].requests.until = Some("2026-11-24T08:00:01Z".parse().unwrap());
    assert_eq!(prices(&timed, 12).len(), 3);
}

#[test]
fn promotions_that_can_not_be_meant_are_told_all_at_once() {
    let bench = promoted(json!([
        {"name": "", "percent": 10, "amount": 10},
        {"name": "X"},
        {"name": "X", "percent": 101},
        {"name": "X", "offering": "NO-SUCH", "percent": 1},
        {"name": "X", "offering": "UNI", "charge": "No such", "percent": 1},
        {"name": "X", "amount": 5, "requests": {"from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}},
        {"name": "Fine", "amount": 5},
    ]));
    let told = bench.agreement.price_mistakes(Some(&bench.book));
    let paths: Vec<&str> = told.iter().map(|problem| problem.property_path.as_str()).collect();
    let expected = [
        "/promotions/0/name",
        "/promotions/0",
        "/promotions/1",
        "/promotions/2/percent",
        "/promotions/3/offering",
        "/promotions/4/charge",
        "/promotions/5/requests",
    ];
    assert_eq!(paths, expected);
    assert!(serde_json::from_value::<Promotion>(json!({"name": "X", "percent": "much"})).is_err());
}

#[test]
fn another_currency_than_that_of_the_book_is_told_before_anybody_asks_for_a_quote() {
    let mut bench = Bench::new();
    bench.agreement.currency = Some("USD".into());
    let told = bench.agreement.price_mistakes(Some(&bench.book));
    assert_eq!(told[0].property_path, "/currency");
    bench.agreement.currency = Some("EUR".into());
    assert_eq!(bench.agreement.price_mistakes(Some(&bench.book)), []);
}

#[test]
fn use_is_priced_by_its_unit_and_finer_than_a_coin() {
    let mut bench = Bench::new();
    let charge = &mut bench.book.offerings[0].charges[1];
    charge.every = None;
    charge.per = Some("GB".into());
    charge.rows[0].amount = "0.0045".parse().unwrap();
    bench.book.tax_rate = Some(20.into());
    let body = created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2"))])).body;
    let price = &body["quoteItem"][0]["quoteItemPrice"][1];
    assert_eq!(price["priceType"], "usageBased");
    // Mplify 115.1 R40: a unit, and no period.
    assert_eq!(price["unitOfMeasure"], "GB");
    assert_eq!(price.get("recurringChargePeriod"), None);
    assert_eq!(
        price["price"]["taxIncludedAmount"],
        json!({"unit": "EUR", "value": 0.0054})
    );
}

#[test]
fn taxes_are_told_where_the_book_knows_them() {
    let mut bench = Bench::new();
    bench.book.tax_rate = Some("19".parse::<Decimal>().unwrap());
    let body = created(&bench, &quote(vec![item("1", bench.uni("UNI", "A2"))])).body;
    let price = &body["quoteItem"][0]["quoteItemPrice"][1]["price"];
    let expected = json!({
        "dutyFreeAmount": {"unit": "EUR", "value": 99.95},
        "taxRate": 19,
        "taxIncludedAmount": {"unit": "EUR", "value": 118.94},
    });
    assert_eq!(*price, expected);
}
