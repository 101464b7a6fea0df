//! What flowed: for people, for programs, and as metrics.

use serde_json::{Value, json};

use crate::kit::{Pair, until};
use crate::sample::BOOK;
use crate::web;

/// The row of a step.
#[track_caller]
fn step<'a>(stats: &'a Value, name: &str) -> &'a Value {
    let steps = stats["steps"].as_array().unwrap();
    let found = steps.iter().find(|row| row["step"] == name);
    found.unwrap_or_else(|| panic!("no step {name} in {stats}"))
}

#[test]
fn what_flowed_is_told_per_partner_and_step_and_as_metrics() {
    let pair = Pair::new(BOOK, "");
    let _acme = pair.acme.serve();
    pair.buy("quote acme --address HILL-1 --bandwidth 100M");
    pair.buy("quote acme --address HILL-1 --bandwidth 500M");
    pair.buy("poq acme --address HILL-1 --bandwidth 100M");
    // Nothing is sold there.
    pair.buy("quote acme --address HILL-2 --bandwidth 100M");

    let stats = pair.acme.json("stats");
    let quotes = step(&stats, "quote");
    let figures = ["partner", "asked", "answered", "withoutPerson", "zeroTouch", "waiting"].map(|name| &quotes[name]);
    let expected = [json!("beta"), json!(3), json!(3), json!(3), json!(1.0), json!(0)];
    assert_eq!(figures, expected.each_ref(), "{stats}");
    assert_eq!(quotes["answerSecondsP99"], 0.0);
    let lost = &quotes["fallOut"][0];
    assert_eq!((&lost["state"], &lost["count"]), (&json!("unableToProvide"), &json!(1)));
    assert_ne!(lost["reason"], "", "{stats}");
    assert_eq!(step(&stats, "poq")["asked"], 1);
    assert_eq!(stats["errands"], json!([]));

    let text = pair.acme.text("stats --partner beta --by day");
    for fragment in ["ZERO-TOUCH", "100.0 %", "fall-out", "unableToProvide"] {
        assert!(text.contains(fragment), "no {fragment:?} in\n{text}");
    }
    let none = pair.acme.text("stats --until 2020-01-01 --since 2019-01-01");
    assert!(none.contains("nothing was asked"), "{none}");
    for (words, told) in [
        ("--partner nobody", "no partner"),
        ("--since 2999-01-01", "ends before"),
    ] {
        let refused = pair.acme.run(&format!("stats {words}"));
        assert!(refused.code != 0 && refused.err.contains(told), "{}", refused.err);
    }

    let metrics = web::get(&format!("http://{}/metrics", pair.acme.address)).text;
    let labels = "company=\"acme\",partner=\"beta\",step=\"quote\"";
    for line in [
        format!("segue_step_asked{{{labels}}} 3"),
        format!("segue_step_zero_touch{{{labels}}} 1"),
        format!("segue_step_fall_out{{{labels},state=\"unableToProvide\"}} 1"),
        format!("segue_step_fall_out{{{labels},state=\"expired\"}} 0"),
        format!("segue_step_answer_seconds{{{labels},quantile=\"0.99\"}} 0"),
        format!("segue_errands_open{{{labels}}} 0"),
    ] {
        assert!(metrics.lines().any(|have| have == line), "no {line} in\n{metrics}");
    }
}

/// The zero-touch rates of all steps that people may answer.
#[track_caller]
fn rates(pair: &Pair) -> [f64; 4] {
    let stats = pair.acme.json("stats");
    ["poq", "quote", "order", "provisioning"].map(|name| step(&stats, name)["zeroTouch"].as_f64().unwrap())
}

/// Answers the errand of `step` about a document, as soon as it is there.
fn answer(pair: &Pair, (about, step): (&str, &str), said: &str) {
    let errand = until("the errand is there", || {
        let listed = pair.acme.json("errand list");
        let mut listed = listed.as_array().unwrap().iter();
        let found = listed.find(|errand| errand["about"] == about && errand["step"] == step)?;
        Some(found["id"].as_str().unwrap().to_owned())
    });
    pair.acme.text(&format!("errand answer {errand} --as kim {said}"));
}

#[test]
fn each_errand_lowers_the_zero_touch_rate_of_its_step() {
    let fast = format!("--clock-speed 100000 --clock-origin {}", jiff::Timestamp::now());
    let pair = Pair::new(BOOK, &fast);
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let circuit = "acme --address HILL-1 --bandwidth 100M";
    let later = format!("{circuit} --later 2099-01-31T12:00:00.000Z");
    let state_of = |id: &str| pair.acme.json(&format!("history {id}"))["state"].clone();
    pair.buy(&format!("poq {circuit}"));
    let quote = pair.buy(&format!("quote {circuit}"));
    let order = pair.buy(&format!("order acme --quote {quote}"));
    until("the order is completed", || {
        (state_of(&order) == "completed").then_some(())
    });
    assert_eq!(rates(&pair), [1.0; 4]);

    let mut agreement = pair.acme.json("agreement export beta")[0].clone();
    let rules = ["poq", "quote", "order", "provisioning"];
    agreement["answers"] = json!(rules.map(|step| json!({ "step": step, "offering": "port", "by": "errand" })));
    let file = pair.acme.file("agreement.json", &agreement.to_string());
    pair.acme.text(&format!("agreement import {file}"));
    let poq = pair.buy(&format!("poq {later}"));
    answer(&pair, (&poq, "poq"), "--confidence yellow");
    until("the qualification is done", || (state_of(&poq) == "done").then_some(()));
    assert_eq!(rates(&pair), [0.5, 1.0, 1.0, 1.0]);
    let quote = pair.buy(&format!("quote {later}"));
    answer(&pair, (&quote, "quote"), "--accept");
    assert_eq!(rates(&pair), [0.5, 0.5, 1.0, 1.0]);
    let order = pair.buy(&format!("order acme --quote {quote}"));
    answer(&pair, (&order, "order"), "--accept");
    assert_eq!(rates(&pair), [0.5, 0.5, 0.5, 1.0]);
    answer(&pair, (&order, "provisioning"), "--fail Flooded.");
    until("the order has failed", || (state_of(&order) == "failed").then_some(()));
    assert_eq!(rates(&pair), [0.5; 4]);
    let stats = pair.acme.json("stats");
    let lost = &step(&stats, "provisioning")["fallOut"][0];
    assert_eq!(lost["state"], "failed");
    assert!(lost["reason"].as_str().unwrap().contains("Flooded."), "{lost}");
    assert_eq!(stats["errands"], json!([]));
}
