//! What comes twice takes effect once: requests with one key from many clients, and events whose
//! answer was lost, each with a kill -9 in between.

use serde_json::Value;

use crate::kit::{Random, number, until};
use crate::last_port::desk::{Desk, Wave};
use crate::web::{self, Gamma};
use crate::{sample, stop};

const CLIENTS: usize = 32;

/// Waits for all; those who got no answer ask again. Every answer is the same one.
#[track_caller]
fn one_answer(wave: Wave, again: impl Fn(&str) -> String) -> Value {
    let (mut answers, unanswered) = wave.end();
    answers.extend(unanswered.iter().map(|(_, key)| again(key)));
    assert_eq!(answers.len(), CLIENTS);
    for answer in &answers {
        assert_eq!(answer, &answers[0], "one key has two answers");
    }
    serde_json::from_str(&answers[0]).unwrap()
}

#[test]
fn a_key_that_32_clients_use_at_once_has_one_effect_also_across_kill_9() {
    let first = number("SEGUE_SEED", 20_261_125);
    let seeds: Vec<u64> = (first..first + number("SEGUE_TWIN_SEEDS", 4)).collect();
    let desk = Desk::open(&seeds);
    let mut server = desk.site.serve();
    for seed in seeds {
        let mut random = Random::of(seed);
        let asked = vec![(0, format!("{seed}-quote")); CLIENTS];
        let wave = desk.wave(seed, &asked);
        // Even seeds are left alone; of the odd ones the first answers may be out, or none.
        if seed % 2 == 1 {
            wave.wait_for(random.below(4));
            server.kill();
            server = desk.site.serve();
        }
        one_answer(wave, |key| desk.ask(seed, 0, key));
        let of_seed = format!("externalId={seed}");
        assert_eq!(desk.count(0, ("quote", &of_seed)), 1, "seed {seed}");

        let firm = desk.firm(seed);
        let order = desk.order_of(seed, &firm[0].id);
        let asked = vec![(0, format!("{seed}-order")); CLIENTS];
        let wave = desk.at_once(("productOrder", &order), &asked);
        let made = one_answer(wave, |key| desk.order(0, key, &order).text);
        assert!(made["id"].is_string(), "seed {seed}: {made}");
        assert_eq!(desk.count(0, ("productOrder", &of_seed)), 1, "seed {seed}");
    }
}

#[test]
fn an_event_whose_answer_is_lost_by_kill_9_comes_again_as_the_same_and_holds_up_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (site, gamma) = stop::seller(folder.path());
    let mut server = site.serve();
    let token = gamma.token(&site).unwrap();
    gamma.register(&site, &token);
    gamma.fall_silent();
    let body = sample::deferred_quote("silent", sample::EMAIL);
    let url = format!("{}/quote", site.api("quoteManagement", 10));
    let made = web::post(&token, &url, "silent", &body).unwrap();
    assert_eq!(made.status, 201, "{}", made.text);
    until("the event is heard", || (!gamma.heard().is_empty()).then_some(()));
    server.kill();
    assert_eq!(states(&gamma), ["inProgress"]);
    gamma.speak();
    let _server = site.serve();
    // One of the item and one of the quote for each state, and the repetition.
    until("all is delivered", || {
        (site.json("status")["store"]["eventsWaiting"] == 0 && gamma.heard().len() >= 5).then_some(())
    });
    let (begun, ended) = ("inProgress", "approved.orderable");
    assert_eq!(states(&gamma), [begun, begun, begun, ended, ended]);
    let heard = gamma.heard();
    let mut ids: Vec<&str> = heard.iter().map(|event| event["eventId"].as_str().unwrap()).collect();
    assert_eq!(ids[0], ids[1], "it is the same event");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    // The job that was begun before took effect once.
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let quote = web::get_as(&token, &format!("{url}/{id}")).json();
    let changes = quote["stateChange"].as_array().unwrap();
    let mut told: Vec<&str> = changes.iter().map(|change| change["state"].as_str().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, ["acknowledged", "approved.orderable", "inProgress"]);
}

/// States of the quote as they were heard.
fn states(gamma: &Gamma) -> Vec<String> {
    let heard = gamma.heard();
    let state = |event: &Value| event["event"]["state"].as_str().unwrap_or_default().to_owned();
    heard.iter().map(state).collect()
}
