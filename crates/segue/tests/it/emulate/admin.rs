//! The admin API, as docs/emulators.md shows it.

use serde_json::{Value, json};

use super::kit::{Emulator, later_quote, quote};
use crate::web::{self, CLIENT, Gamma};

const QUOTE: (&str, &str) = ("quoteManagement", "/quote");

fn seller(words: &str) -> Emulator {
    Emulator::start(&format!("seller {words} --start 2027-01-04T08:00:00Z --speed 0"))
}

#[test]
fn exchanges_are_kept_and_secrets_are_not() {
    let emulator = seller("");
    emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00004"), 201);
    let seen = emulator.admin("/exchanges");
    let seen = seen.as_array().unwrap();
    let operations: Vec<&str> = seen.iter().map(|one| one["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["token", "createQuote"]);
    assert_eq!(seen[1]["partner"], "buyer");
    assert_eq!(seen[1]["sent"]["externalId"], "emulated");
    assert_eq!(
        (&seen[1]["status"], &seen[1]["answer"]["state"]),
        (&json!(201), &json!("approved.orderable"))
    );
    assert_eq!(seen[1]["at"], "2027-01-04T08:00:00.000Z");
    let all = serde_json::to_string(seen).unwrap();
    for secret in [
        emulator.token(),
        emulator.told["clients"][0]["clientSecret"].as_str().unwrap().to_owned(),
    ] {
        assert!(!all.contains(&secret));
    }
    assert_eq!(emulator.admin("/exchanges?after=1").as_array().unwrap().len(), 1);
    assert_eq!(
        emulator
            .admin("/exchanges?operation=token&status=200")
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn rules_are_changed_while_it_runs_and_what_waits_follows() {
    let emulator = seller("");
    let hold = json!([{ "name": "hold", "step": "quote" }]);
    assert_eq!(emulator.steer("PUT", "/rules", &hold).status, 200);
    let made = emulator.create(QUOTE.0, QUOTE.1, &later_quote("DE-00004"), 201);
    emulator.pass("20 businessDays");
    let path = format!("/quote/{}", made["id"].as_str().unwrap());
    assert_eq!(emulator.get(QUOTE.0, &path)["state"], "inProgress");
    let answer = json!({ "step": "quote", "answer": { "reject": "We thought about it." } });
    assert_eq!(emulator.steer("PUT", "/rules/hold", &answer).status, 200);
    let ended = emulator.in_state(QUOTE.0, &path, "unableToProvide");
    assert!(ended.to_string().contains("We thought about it."));
    assert_eq!(emulator.steer("DELETE", "/rules/hold", &Value::Null).status, 200);
    assert_eq!(emulator.steer("DELETE", "/rules/hold", &Value::Null).status, 404);
    assert_eq!(emulator.admin("/rules"), json!([]));
}

#[test]
fn what_is_wrong_in_a_rule_or_fault_is_told_and_changes_nothing() {
    let emulator = seller("");
    let wrong = json!([{ "step": "order", "answer": { "complete": true }, "company": "nobody" }]);
    let told = emulator.steer("PUT", "/rules", &wrong);
    assert_eq!(told.status, 422);
    assert!(
        told.text.contains("/rule/0/company") && told.text.contains("/rule/0/answer/0"),
        "{}",
        told.text
    );
    let told = emulator.steer("PUT", "/faults/x", &json!({ "on": "createQuot", "do": "lose" }));
    assert_eq!(told.status, 422, "{}", told.text);
    let told = emulator.steer("PUT", "/faults/x", &json!({ "on": "createQuote", "do": "explode" }));
    assert!(told.text.contains("explode"), "{}", told.text);
    assert_eq!(emulator.steer("POST", "/clock", &json!({ "by": "2 days" })).status, 422);
    assert_eq!(
        emulator
            .steer("POST", "/clock", &json!({ "to": "2020-01-01T00:00:00Z" }))
            .status,
        422
    );
    assert_eq!(
        (emulator.admin("/rules"), emulator.admin("/faults")),
        (json!([]), json!([]))
    );
}

#[test]
fn an_event_is_fired_by_hand_and_faults_meet_events() {
    let emulator = seller("");
    let hub = json!({ "callback": format!("{}/inbox/buyer", emulator.told["admin"].as_str().unwrap()) });
    let answer = emulator.post(QUOTE.0, "/hub", &hub);
    assert_eq!(answer.status, 201, "{}", answer.json_or_null());
    let made = emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00004"), 201);
    let fired = json!({ "id": made["id"], "eventType": "quoteStateChangeEvent", "event": { "state": "expired" } });
    assert_eq!(emulator.steer("POST", "/events", &fired).status, 200);
    let heard = || {
        let seen = emulator.admin("/exchanges?way=out&event=quoteStateChangeEvent");
        seen.as_array().unwrap().clone()
    };
    let events = crate::kit::until("the event is out", || Some(heard()).filter(|events| !events.is_empty()));
    assert_eq!(events[0]["sent"]["event"]["state"], "expired");
    assert_eq!(events[0]["status"], 204);
    let unknown = json!({ "id": "no-such", "eventType": "quoteStateChangeEvent" });
    assert_eq!(emulator.steer("POST", "/events", &unknown).status, 404);
    let unknown = json!({ "id": made["id"], "eventType": "quoteExplodedEvent" });
    assert_eq!(emulator.steer("POST", "/events", &unknown).status, 422);
}

/// An emulator whose events `gamma` listens to, and a quote to tell of.
fn heard_by_gamma() -> (Emulator, Gamma, Value) {
    let address = Gamma::address();
    let gamma = Gamma::listening(address, "");
    let emulator = seller(&format!("--callback {address}"));
    let hub = json!({ "callback": format!("http://{address}") });
    assert_eq!(emulator.post(QUOTE.0, "/hub", &hub).status, 201);
    let made = emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00004"), 201);
    (emulator, gamma, made["id"].clone())
}

/// States that events told of, in the order in which they came, once there are so many.
fn states_heard(gamma: &Gamma, count: usize) -> Vec<Value> {
    let heard = crate::kit::until("all events are there", || {
        Some(gamma.heard()).filter(|heard| heard.len() >= count)
    });
    heard.iter().map(|event| event["event"]["state"].clone()).collect()
}

#[test]
fn events_are_lost_doubled_and_overtaken_on_their_way() {
    let (emulator, gamma, id) = heard_by_gamma();
    let fault = |name: &str, what: Value| {
        let fault = json!({ "on": "quoteStateChangeEvent", "times": 1, "do": what });
        assert_eq!(emulator.steer("PUT", &format!("/faults/{name}"), &fault).status, 200);
    };
    let fire = |state: &str| {
        let fired = json!({ "id": id, "eventType": "quoteStateChangeEvent", "event": { "state": state } });
        assert_eq!(emulator.steer("POST", "/events", &fired).status, 200);
    };
    fault("lost", json!("lose"));
    fire("lost");
    let out = || emulator.admin("/exchanges?way=out&event=quoteStateChangeEvent");
    crate::kit::until("the lost one is on record", || {
        (!out().as_array().unwrap().is_empty()).then_some(())
    });
    assert_eq!(out()[0]["status"], 204, "taken, as far as the Seller knows");
    fault("twice", json!("double"));
    fire("twice");
    assert_eq!(states_heard(&gamma, 2), ["twice", "twice"]);
    let ids: Vec<Value> = gamma.heard().iter().map(|event| event["eventId"].clone()).collect();
    assert_eq!(ids[0], ids[1]);
    fault("late", json!({ "late": 3.0 }));
    fire("overtaken");
    fire("faster");
    assert_eq!(states_heard(&gamma, 4)[2..], ["faster", "overtaken"]);
}

#[test]
fn a_request_that_hangs_ends_without_an_answer_and_nothing_was_done() {
    let emulator = seller("");
    let fault = json!({ "on": "createQuote", "times": 1, "do": { "hang": 0.1 } });
    assert_eq!(emulator.steer("PUT", "/faults/hang", &fault).status, 200);
    assert_eq!(emulator.post(QUOTE.0, QUOTE.1, &quote("DE-00004")).status, 0);
    assert_eq!(emulator.get(QUOTE.0, "/quote"), json!([]));
    emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00004"), 201);
}

#[test]
fn a_reset_begins_anew_with_the_same_client() {
    let emulator = seller("--scenario short-of-ports");
    let first = emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00002"), 201);
    emulator.pass("1 minutes");
    assert_eq!(
        emulator.steer("PUT", "/rules", &json!([{ "step": "order" }])).status,
        200
    );
    let told = emulator.steer("POST", "/reset", &Value::Null);
    assert_eq!(told.status, 200, "{}", told.text);
    assert_eq!(told.json()["clients"], emulator.told["clients"]);
    emulator.forget_token();
    assert_eq!(emulator.admin("/clock")["now"], "2027-01-04T08:00:00.000Z");
    assert_eq!(emulator.admin("/rules"), json!([]));
    let gone = web::get_as(
        &emulator.token(),
        &emulator.api(QUOTE.0, &format!("/quote/{}", first["id"].as_str().unwrap())),
    );
    assert_eq!(gone.status, 404);
    let again = emulator.create(QUOTE.0, QUOTE.1, &quote("DE-00002"), 201);
    assert_eq!(
        again["state"], "approved.orderable",
        "the port of the old world is free"
    );
}

#[test]
fn a_page_in_a_browser_cannot_steer_it() {
    let emulator = seller("");
    let url = format!("{}/reset", emulator.told["admin"].as_str().unwrap());
    let foreign = CLIENT.post(&url).header("origin", "https://evil.example").body("{}");
    assert_eq!(web::send(foreign).unwrap().status, 403);
    let rebound = CLIENT.post(&url).header("host", "evil.example").body("{}");
    assert_eq!(web::send(rebound).unwrap().status, 403);
    let guess = CLIENT.post(url.replace("/reset", "/answer")).body("{}");
    assert_eq!(web::send(guess).unwrap().status, 401);
}
