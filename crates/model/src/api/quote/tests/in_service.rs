//! Quotes for the change and the end of a product in service.

use serde_json::{Value, json};

use super::{check_refused, check_states, created, quote};
use crate::api::bench::Bench;
use crate::book::{InService, Rest};
use crate::commit::HoldChange;
use crate::failure::ProblemCode::InvalidValue;
use crate::time::{Span, Unit};

/// The circuit of the bench, seven months and a bit before the end of its term.
fn circuit() -> Bench {
    let mut bench = Bench::new();
    for offering in &mut bench.book.offerings {
        offering.in_service = InService {
            interval: Some(Span::new(2, Unit::CalendarDays)),
            change: Some(75.into()),
            disconnect: Some(50.into()),
            termination: Some(Rest::Percent(50)),
        };
    }
    bench.put_circuit();
    for id in ["uni-1", "ovc-1"] {
        let mut product = bench.found.document("product", id).unwrap().clone();
        let more = json!({
            "startDate": "2026-07-20T00:00:00Z",
            "productTerm": [term(12)],
            "productPrice": [{"name": "Port", "priceType": "recurring",
                "recurringChargePeriod": {"amount": 1, "units": "months"},
                "price": {"dutyFreeAmount": {"unit": "EUR", "value": 80.01}}}],
        });
        product.body.extend(more.as_object().unwrap().clone());
        bench.put(product);
    }
    bench
}

fn term(months: u32) -> Value {
    json!({"name": "term", "duration": {"amount": months, "units": "months"}, "endOfTermAction": "roll",
        "rollInterval": {"amount": 1, "units": "months"}})
}

fn modify(bench: &Bench, id: &str) -> Value {
    json!({"id": "1", "action": "modify", "product": bench.unchanged(id)})
}

fn delete(id: &str, product: &str) -> Value {
    json!({"id": id, "action": "delete", "product": {"id": product}})
}

/// Name and amount of each price of an item.
fn prices(item: &Value) -> Vec<(String, String)> {
    let prices = item["quoteItemPrice"].as_array().unwrap().iter();
    prices
        .map(|price| {
            let amount = price["price"]["dutyFreeAmount"]["value"].to_string();
            (price["name"].as_str().unwrap().to_owned(), amount)
        })
        .collect()
}

#[track_caller]
fn check_prices(item: &Value, expected: &[(&str, &str)]) {
    let seen = prices(item);
    let seen: Vec<(&str, &str)> = seen.iter().map(|(name, amount)| (&**name, &**amount)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_change_costs_what_recurs_and_its_fee_but_no_installation() {
    let bench = circuit();
    let outcome = created(&bench, &quote(vec![modify(&bench, "uni-1")]));
    check_states(&outcome, &["approved.orderable", "approved.orderable"]);
    let item = &outcome.body["quoteItem"][0];
    check_prices(item, &[("Port", "99.95"), ("Change", "75")]);
    assert_eq!(
        item["quoteItemInstallationInterval"],
        json!({"amount": 2, "units": "calendarDays"})
    );
    // The port is there already.
    assert!(outcome.commit.holds.is_empty());
}

#[test]
fn a_change_keeps_its_term_unless_it_asks_for_another() {
    // Mplify 115.1 R28
    let bench = circuit();
    let mut item = modify(&bench, "ovc-1");
    let outcome = created(&bench, &quote(vec![item.clone()]));
    assert_eq!(
        outcome.body["quoteItem"][0]["quoteItemTerm"][0]["duration"],
        term(12)["duration"]
    );
    item["requestedQuoteItemTerm"] = term(24);
    let outcome = created(&bench, &quote(vec![item]));
    check_states(
        &outcome,
        &["approved.orderableAlternate", "approved.orderableAlternate"],
    );
}

#[test]
fn a_change_that_needs_more_ports_takes_them_while_the_quote_is_valid() {
    let mut bench = circuit();
    let wide = bench
        .book
        .offerings
        .iter_mut()
        .find(|offering| offering.id == "UNI-BUILD");
    wide.unwrap().ports = 2;
    let mut item = modify(&bench, "uni-1");
    item["product"]["productOffering"]["id"] = json!("UNI-BUILD");
    let sent = quote(vec![item]);
    let outcome = created(&bench, &sent);
    assert!(
        matches!(&outcome.commit.holds[..], [HoldChange::Take { key, amount: 1, .. }] if key == "port/A2"),
        "{:?}",
        outcome.commit.holds
    );
    bench.found.held.insert("port/A2".into(), 2);
    check_states(&created(&bench, &sent), &["unableToProvide", "unableToProvide"]);
}

#[test]
fn an_end_before_that_of_the_term_costs_a_part_of_the_rest() {
    // Mplify 115.1 R27, R28, R39
    let bench = circuit();
    let outcome = created(&bench, &quote(vec![delete("1", "ovc-1"), delete("2", "uni-1")]));
    check_states(
        &outcome,
        &["approved.orderable", "approved.orderable", "approved.orderable"],
    );
    let item = &outcome.body["quoteItem"][0];
    // Half of eight months, the first of which has begun.
    check_prices(item, &[("Disconnection", "50"), ("Early termination: Port", "320.04")]);
    assert!(item.get("quoteItemTerm").is_none());
    assert_eq!(
        item["quoteItemInstallationInterval"],
        json!({"amount": 2, "units": "calendarDays"})
    );
    assert!(outcome.commit.holds.is_empty());
}

#[test]
fn an_end_after_that_of_the_term_costs_the_disconnection_only() {
    let mut bench = circuit();
    bench.now = "2027-07-20T00:00:00Z".parse().unwrap();
    let outcome = created(&bench, &quote(vec![delete("1", "ovc-1")]));
    check_prices(&outcome.body["quoteItem"][0], &[("Disconnection", "50")]);
}

#[test]
fn a_product_that_is_sold_no_more_can_still_be_ended() {
    let mut bench = circuit();
    bench.book.offerings.retain(|offering| offering.id != "OVC");
    let outcome = created(&bench, &quote(vec![delete("1", "ovc-1")]));
    check_states(&outcome, &["approved.orderable", "approved.orderable"]);
    check_prices(&outcome.body["quoteItem"][0], &[("Disconnection", "0")]);
}

#[test]
fn a_port_in_use_is_not_quoted_away() {
    let bench = circuit();
    check_refused(
        &bench,
        &quote(vec![delete("1", "uni-1")]),
        &[(InvalidValue, "/quoteItem/0/product/id")],
    );
}
