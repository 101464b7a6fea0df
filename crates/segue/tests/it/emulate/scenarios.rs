//! Every scenario of the program, played against a Buyer (or Seller) as a user of it would.

use serde_json::{Value, json};

use super::kit::{Emulator, later_poq, later_quote, quote};
use crate::kit::{program, said_within, segue};
use crate::web;

const QUOTE: (&str, &str) = ("quoteManagement", "/quote");
const POQ: (&str, &str) = ("productOfferingQualification", "/productOfferingQualification");
const ORDER: &str = "productOrderingManagement";

fn seller(name: &str) -> Emulator {
    Emulator::start(&format!(
        "seller --scenario {name} --start 2027-01-04T08:00:00Z --speed 0"
    ))
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// Makes it, lets time pass, and reads it again.
#[track_caller]
fn made(emulator: &Emulator, (api, path): (&str, &str), body: &Value, span: &str) -> Value {
    let made = emulator.create(api, path, body, 201);
    emulator.pass(span);
    emulator.get(api, &format!("{path}/{}", id(&made)))
}

#[test]
fn every_scenario_of_the_list_is_played_here() {
    let listed: Value = serde_json::from_str(&segue("--json emulate --list").out).unwrap();
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 15, "{names:?}");
    let tests = include_str!("scenarios.rs");
    let one = include_str!("../emulate.rs");
    for name in names {
        assert!(
            tests.contains(&format!("\"{name}\"")) || one.contains(name),
            "{name} is played by no test"
        );
        let page = include_str!("../../../../../docs/scenarios.md");
        assert!(
            page.contains(&format!("## {name}\n")),
            "docs/scenarios.md has no {name}"
        );
        assert!(segue(&format!("emulate --show {name}")).out.contains("title"));
    }
}

#[test]
fn everything_works() {
    let emulator = seller("everything-works");
    let quote = emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00004"), 201);
    let order = emulator.order(&quote);
    emulator.pass("9 businessDays");
    let under_way = emulator.get(ORDER, &format!("/productOrder/{order}"));
    assert_eq!(under_way["state"], "inProgress");
    emulator.pass("30 businessDays");
    let done = emulator.get(ORDER, &format!("/productOrder/{order}"));
    assert_eq!(done["state"], "completed");
    // Not in one jump: each milestone has a day of its own.
    let reached = done["productOrderItem"][0]["milestone"].as_array().unwrap();
    let mut days: Vec<&str> = reached.iter().map(|one| &one["date"].as_str().unwrap()[..10]).collect();
    days.dedup();
    assert!(days.len() > 3, "{reached:?}");
}

#[test]
fn slow_quotes_have_their_price_after_two_days() {
    let emulator = seller("slow-quotes");
    let at_once = emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00004"), 201);
    assert_eq!(at_once["state"], "unableToProvide");
    let german = emulator.create(QUOTE.0, QUOTE.1, &later_quote("DE-00004"), 201);
    assert_eq!(german["state"], "acknowledged");
    emulator.pass("1 businessDays");
    let path = format!("/quote/{}", id(&german));
    assert!(
        !emulator.get(QUOTE.0, &path)["state"]
            .as_str()
            .unwrap()
            .starts_with("approved")
    );
    emulator.pass("1 businessDays");
    assert_eq!(emulator.get(QUOTE.0, &path)["state"], "approved.orderable");
    let mut french = later_quote("FR-00157");
    french["externalId"] = json!("french");
    let dutch = made(&emulator, QUOTE, &later_quote("NL-00248"), "2 businessDays");
    assert_eq!(dutch["state"], "unableToProvide", "{dutch}");
    assert!(dutch.to_string().contains("No capacity before spring."));
}

#[test]
fn careful_qualifications_are_green_yellow_and_red() {
    let emulator = seller("careful-qualifications");
    let item = |poq: Value| poq["productOfferingQualificationItem"][0].clone();
    let yellow = item(made(&emulator, POQ, &later_poq("DE-00003"), "4 businessDays"));
    assert_eq!(yellow["serviceabilityConfidence"], "yellow");
    assert_eq!(
        yellow["installationInterval"],
        json!({ "amount": 15, "units": "businessDays" })
    );
    let red = item(made(&emulator, POQ, &later_poq("DE-00004"), "4 businessDays"));
    assert_eq!(red["serviceabilityConfidence"], "red");
    assert!(red.to_string().contains("The landlord gives no access."));
    let green = item(made(&emulator, POQ, &later_poq("DE-00005"), "4 businessDays"));
    assert_eq!(green["serviceabilityConfidence"], "green");
    let mut at_once = later_poq("DE-00003");
    at_once["instantSyncQualification"] = json!(true);
    at_once.as_object_mut().unwrap().remove("requestedPOQCompletionDate");
    emulator.create(POQ.0, POQ.1, &at_once, 422);
}

/// A quote and its order at a place; the order when a day has passed.
fn ordered(emulator: &Emulator, place: &str, span: &str) -> Value {
    let quote = emulator.create(QUOTE.0, QUOTE.1, &quote(place), 201);
    assert_eq!(quote["state"], "approved.orderable", "{quote}");
    let order = emulator.order(&quote);
    emulator.pass(span);
    emulator.get(ORDER, &format!("/productOrder/{order}"))
}

#[test]
fn rejects_orders_the_first_and_those_of_one_country() {
    let emulator = seller("rejects-orders");
    let first = ordered(&emulator, "DE-00004", "1 businessDays");
    assert_eq!(first["state"], "rejected");
    assert!(first.to_string().contains("The billing account is not known yet"));
    assert_eq!(ordered(&emulator, "DE-00004", "1 businessDays")["state"], "inProgress");
    assert_eq!(ordered(&emulator, "NL-00248", "1 businessDays")["state"], "rejected");
}

#[test]
fn field_trouble_ends_in_failure_at_one_site_and_stands_still_at_another() {
    let emulator = seller("field-trouble");
    let flooded = ordered(&emulator, "DE-00003", "10 businessDays");
    assert_eq!(flooded["state"], "failed");
    assert!(flooded.to_string().contains("The duct is flooded."));
    assert!(flooded.to_string().contains("SITE_SURVEY_COMPLETE"));
    assert_eq!(ordered(&emulator, "DE-00004", "10 businessDays")["state"], "completed");
    let waits = ordered(&emulator, "DE-00002", "10 businessDays");
    assert_eq!(waits["state"], "inProgress");
    let done = emulator.steer(
        "PUT",
        "/rules/nobody-comes",
        &json!({ "step": "provisioning", "place": "DE-00002", "answer": { "complete": true } }),
    );
    assert_eq!(done.status, 200, "{}", done.text);
    emulator.in_state(ORDER, &format!("/productOrder/{}", id(&waits)), "completed");
}

#[test]
fn charges_on_top_that_nobody_answers_are_a_no() {
    let emulator = seller("charges-on-top");
    let quote = emulator.create(QUOTE.0, QUOTE.1, &quote("NEAR-NET"), 201);
    let order = emulator.order(&quote);
    emulator.pass("5 businessDays");
    let listed = emulator.get(ORDER, &format!("/charge?productOrderId={order}"));
    assert_eq!(listed[0]["state"], "timeout", "{listed}");
    let charge = emulator.get(ORDER, &format!("/charge/{}", id(&listed[0])));
    assert!(charge.to_string().contains("4800"), "{charge}");
}

#[test]
fn short_of_ports_gives_the_last_one_back_when_its_quote_ends() {
    let emulator = seller("short-of-ports");
    let first = emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00002"), 201);
    assert_eq!(first["state"], "approved.orderable");
    assert!(first.to_string().contains("990"), "{first}");
    let second = emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00002"), 201);
    assert_eq!(second["state"], "unableToProvide");
    emulator.pass("11 minutes");
    let third = emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00002"), 201);
    assert_eq!(third["state"], "approved.orderable");
}

#[test]
fn bad_network_loses_answers_and_never_what_was_done() {
    let emulator = seller("bad-network");
    let mut body = quote("DE-00004");
    body["externalId"] = json!("once");
    let tries: Vec<u16> = (0..3)
        .map(|_| emulator.post_as(QUOTE.0, QUOTE.1, (&body, "the-key")).status)
        .collect();
    assert_eq!(tries, [503, 0, 201], "busy, lost, and then the answer that was lost");
    let listed = emulator.get(QUOTE.0, "/quote?externalId=once");
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    let quoted = emulator.get(QUOTE.0, &format!("/quote/{}", id(&listed[0])));
    let order = emulator.order_body(&quoted);
    let half = emulator.post_as(ORDER, "/productOrder", (&order, "order-key"));
    assert_eq!(half.status, 0, "of the answer the first half comes, which is none");
    let again = emulator.post_as(ORDER, "/productOrder", (&order, "order-key"));
    assert_eq!(again.status, 201);
    let seen = emulator.admin("/exchanges?operation=createProductOrder");
    assert_eq!(
        (&seen[0]["fault"], &seen[1]["fault"]),
        (&json!("half-an-answer"), &Value::Null)
    );
}

#[test]
fn overloaded_turns_some_away_and_serves_the_others() {
    let emulator = seller("overloaded");
    let asked: Vec<u16> = (0..10)
        .map(|_| web::get_as(&emulator.token(), &emulator.api(QUOTE.0, "/quote")).status)
        .collect();
    assert!(asked.contains(&503) && asked.contains(&200), "{asked:?}");
}

#[test]
fn wrong_states_are_in_what_leaves_and_not_in_what_is_there() {
    let emulator = seller("wrong-states");
    let quote = emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00004"), 201);
    let path = format!("/quote/{}", id(&quote));
    assert_eq!(emulator.get(QUOTE.0, &path)["state"], "approved.maybe");
    assert_eq!(emulator.get(QUOTE.0, &path)["state"], "approved.orderable");
    let order = emulator.order(&quote);
    emulator.pass("2 businessDays");
    let path = format!("/productOrder/{order}");
    assert_eq!(emulator.get(ORDER, &path)["state"], "inProgress");
    assert_eq!(
        emulator.get(ORDER, &path)["state"],
        "acknowledged",
        "it runs backwards, once"
    );
    assert_eq!(emulator.get(ORDER, &path)["state"], "inProgress");
}

/// A scenario with steps, to its end.
#[track_caller]
fn check_steps(role: &str, name: &str, expected: usize) {
    let patience = std::time::Duration::from_secs(90);
    let words = [
        "emulate",
        role,
        "--scenario",
        name,
        "--start",
        "2027-01-04T08:00:00Z",
        "--once",
    ];
    let said = said_within(patience, program().args(words));
    let well = said.out.lines().filter(|line| line.contains("  ok  ")).count();
    assert_eq!((said.code, well), (0, expected), "{}{}", said.out, said.err);
}

#[test]
fn a_buyer_buys_a_circuit() {
    check_steps("buyer", "buys-a-circuit", 6);
}

#[test]
fn a_buyer_changes_its_mind() {
    check_steps("buyer", "changes-its-mind", 14);
}

#[test]
fn a_buyer_upgrades_and_leaves() {
    check_steps("buyer", "upgrades-and-leaves", 8);
}

#[test]
fn three_companies_in_a_row_pass_on_what_they_are_asked() {
    check_steps("chain", "three-in-a-row", 6);
}

#[test]
fn a_chain_that_breaks_tells_its_first_buyer() {
    check_steps("chain", "chain-breaks", 4);
}
