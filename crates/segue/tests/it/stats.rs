//! What flowed: for people, for programs, and as metrics.

use serde_json::{Value, json};

use crate::kit::Pair;
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
