//! What a Buyer does about quotes and orders that are there already, by command.

use serde_json::{Value, json};

use crate::kit::{Pair, until};
use crate::sample::BOOK;

/// Days pass in less than a second, on one clock for both.
fn fast() -> String {
    format!("--clock-speed 100000 --clock-origin {}", jiff::Timestamp::now())
}

/// A book whose ports take a month: long enough to change orders meanwhile. To be faster costs
/// money, and so does a cancellation.
fn slow_book() -> String {
    BOOK.replacen(
        "interval = \"1 calendarDay\"\n",
        "interval = \"30 calendarDays\"\nexpedite-charge = 900.00\nexpedite-interval = \"20 calendarDays\"\ncancellation-charge = 300.00\n",
        1,
    )
}

fn order_in_progress(pair: &Pair) -> String {
    let quote_id = pair.buy("quote acme --address HILL-1 --bandwidth 100M");
    let order_id = pair.buy(&format!("order acme --quote {quote_id}"));
    shown(pair, ("order", &order_id), "inProgress");
    order_id
}

/// Waits until the Seller shows a state.
#[track_caller]
fn shown(pair: &Pair, (kind, id): (&str, &str), state: &str) -> Value {
    until(&format!("{kind} {id} is {state}"), || {
        let found = pair.beta.json(&format!("buy show acme {kind} {id}"));
        (found["state"] == state).then_some(found)
    })
}

/// The open charge of an order.
#[track_caller]
fn charge(pair: &Pair, order_id: &str) -> Value {
    until("a charge comes", || {
        let listed = pair.beta.json(&format!("buy charge list acme {order_id}"));
        let mut listed = listed.as_array().cloned().unwrap_or_default().into_iter();
        listed.find(|charge| charge["state"] == "awaitingResponse")
    })
}

#[test]
fn an_order_is_moved_and_cancelled_and_its_charges_are_answered() {
    let pair = Pair::new(&slow_book(), &fast());
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let order_id = order_in_progress(&pair);

    let date = "2099-01-31T12:00:00.000Z";
    let asked = pair.buy(&format!("reschedule acme {order_id} --item uni --date {date}"));
    let request = shown(&pair, ("reschedule", &asked), "done");
    assert_eq!(request["requestedCompletionDate"], date);
    let order = shown(&pair, ("order", &order_id), "inProgress");
    assert_eq!(order["productOrderItem"][0]["requestedCompletionDate"], date);

    let words = format!("buy cancel acme {order_id} --reason moved");
    until("work begins", || {
        let order = shown(&pair, ("order", &order_id), "inProgress");
        order["productOrderItem"][0]["milestone"].as_array().map(drop)
    });
    let asked = pair.beta.json(&words)["id"].as_str().unwrap().to_owned();
    let open = charge(&pair, &order_id);
    let listed = pair.beta.text(&format!("buy charge list acme {order_id}"));
    assert!(
        listed.contains("300.00 EUR") && listed.contains("cancellation"),
        "{listed}"
    );
    let id = open["id"].as_str().unwrap();
    let paid = pair.beta.json(&format!("buy charge accept acme {id}"));
    assert_eq!(paid["chargeItem"][0]["state"], "acceptedByBuyer");
    let ended = shown(&pair, ("order", &order_id), "cancelled");
    assert_eq!(ended["cancellationReason"], "moved");
    shown(&pair, ("cancel", &asked), "done");
    let again = pair.beta.run(&words);
    assert!(again.err.contains("has to be inProgress"), "{}", again.err);
    let text = pair.beta.text(&format!("buy show acme charge {id}"));
    assert!(text.contains("Work on item uni has begun."), "{text}");
}

#[test]
fn haste_that_costs_too_much_is_declined() {
    let pair = Pair::new(&slow_book(), &fast());
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let order_id = order_in_progress(&pair);
    // Sooner than wanted so far: an expedite alone would be in vain.
    let order = shown(&pair, ("order", &order_id), "inProgress");
    let expected: jiff::Timestamp = order["productOrderItem"][0]["expectedCompletionDate"]
        .as_str()
        .and_then(|date| date.parse().ok())
        .unwrap();
    let date = expected - jiff::SignedDuration::from_hours(24 * 8);
    let asked = pair.buy(&format!(
        "reschedule acme {order_id} --item uni --expedite --date {date}"
    ));
    let open = charge(&pair, &order_id);
    assert_eq!(
        open["chargeItem"][0]["price"]["dutyFreeAmount"],
        json!({ "unit": "EUR", "value": 900 })
    );
    let id = open["id"].as_str().unwrap();
    let declined = pair.beta.json(&format!("buy charge decline acme {id}"));
    assert_eq!(declined["chargeItem"][0]["state"], "declinedByBuyer");
    shown(&pair, ("reschedule", &asked), "done.declined");
    shown(&pair, ("order", &order_id), "inProgress");
    // Nothing is asked for, or something that is no time: the Seller never hears of it.
    let empty = pair.beta.run(&format!("buy reschedule acme {order_id} --item uni"));
    assert_eq!(empty.code, 2, "{}", empty.err);
    assert_eq!(pair.beta.run("buy change acme --product some").code, 2);
    let vague = pair
        .beta
        .run(&format!("buy reschedule acme {order_id} --item uni --date soon"));
    assert!(vague.err.contains("\"soon\" is no date"), "{}", vague.err);
}

#[test]
fn questions_may_be_answered_later_and_quotes_are_given_back() {
    let book = BOOK.replacen("zones", "answer-time = \"1000 calendarDays\"\nzones", 1);
    let pair = Pair::new(&book, &fast());
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let circuit = "--address HILL-1 --bandwidth 100M";
    let later = format!("{circuit} --later 2099-01-31T12:00:00.000Z");
    let poq_id = pair.buy(&format!("poq acme {later}"));
    let poq = shown(&pair, ("poq", &poq_id), "inProgress");
    assert_eq!(poq["instantSyncQualification"], false);
    let quote_id = pair.buy(&format!("quote acme {later}"));
    let quote = shown(&pair, ("quote", &quote_id), "inProgress");
    assert_eq!(
        (&quote["instantSyncQuote"], &quote["requestedQuoteCompletionDate"]),
        (&json!(false), &json!("2099-01-31T12:00:00.000Z"))
    );
    let taken_back = pair
        .beta
        .json(&format!("buy cancel-quote acme {quote_id} --reason late"));
    assert_eq!(taken_back["state"], "cancelled");

    let quote_id = pair.buy(&format!("quote acme {circuit}"));
    let too_late = pair.beta.run(&format!("buy cancel-quote acme {quote_id}"));
    assert!(too_late.err.contains("approved.orderable"), "{}", too_late.err);
    let text = pair.beta.text(&format!("buy decline-quote acme {quote_id}"));
    assert!(text.contains("declined"), "{text}");
}

#[test]
fn an_address_and_a_site_are_shown_as_the_seller_knows_them() {
    let places = "id,streetNr,streetName,city,postcode,countryCode,zone,delivery,ports,siteId,siteName,siteOwner\n\
                  HILL-1,1,Hillside,Bristol,BS1,GB,town,onNetWithoutBuild,9,S-1,Hill House,Owner\n";
    let pair = Pair::new(BOOK, "");
    let path = crate::sample::book(&pair.acme.folder, BOOK, places);
    pair.acme.text(&format!("book load {path}"));
    let _acme = pair.acme.serve();
    let address = pair.beta.json("buy show acme address HILL-1");
    assert_eq!(
        (&address["id"], &address["hasPublicSite"]),
        (&json!("HILL-1"), &json!("true"))
    );
    let text = pair.beta.text("buy show acme address HILL-1");
    assert!(text.contains("Hillside 1") && text.contains("publicSite"), "{text}");
    let text = pair.beta.text("buy show acme site S-1");
    assert!(text.contains("Hill House") && text.contains("HILL-1"), "{text}");
    let nowhere = pair.beta.run("buy show acme address NOWHERE");
    assert!(nowhere.code == 1 && nowhere.err.contains("404"), "{}", nowhere.err);
}
