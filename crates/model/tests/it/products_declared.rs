//! Rules written down as data: what each kind finds, and what is told of one that cannot be read.

use segue_model::products::Rule;
use serde_json::{Value, json};

/// A rule with these keys beside the usual ones.
fn rule(keys: &Value) -> Value {
    let mut rule = json!({ "name": "a-rule", "source": "own", "severity": "refuse", "about": "So it is." });
    rule.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    rule
}

#[track_caller]
fn check_finds(keys: Value, payload: &Value, expected: &[&str]) {
    let rule = Rule::read(&rule(&keys)).unwrap();
    let (problems, warnings) = rule.try_on(payload);
    let found: Vec<&str> = problems.iter().map(|problem| problem.property_path.as_str()).collect();
    assert_eq!(found, expected);
    assert!(
        problems
            .iter()
            .all(|problem| problem.reason == "So it is. (rule a-rule)")
    );
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn required_with_wants_something_there_when_something_else_is_or_has_a_value() {
    let keys = || json!({ "kind": "required-with", "when": "/resilience", "is": "BACKUP", "at": "/features/mobile" });
    check_finds(keys(), &json!({ "resilience": "BACKUP" }), &["/features/mobile"]);
    check_finds(
        keys(),
        &json!({ "resilience": "BACKUP", "features": {} }),
        &["/features/mobile"],
    );
    check_finds(
        keys(),
        &json!({ "resilience": "BACKUP", "features": { "mobile": [] } }),
        &["/features/mobile"],
    );
    check_finds(
        keys(),
        &json!({ "resilience": "BACKUP", "features": { "mobile": {} } }),
        &[],
    );
    check_finds(keys(), &json!({ "resilience": "NONE" }), &[]);
    let each =
        json!({ "kind": "required-with", "each": "/routes/*", "when": "/kind", "is": ["BGP", "OSPF"], "at": "/peer" });
    let routes = json!({ "routes": [{ "kind": "BGP", "peer": 1 }, { "kind": "STATIC" }, { "kind": "OSPF" }] });
    check_finds(each, &routes, &["/routes/2/peer"]);
    let all = json!({ "kind": "required-with", "when": "/kind", "at": "/links/*/id" });
    check_finds(all, &json!({ "kind": 1, "links": [{}, { "id": 2 }] }), &["/links/0/id"]);
}

#[test]
fn excludes_wants_nothing_there() {
    let keys = || json!({ "kind": "excludes", "when": "/variant", "is": "BASIC", "at": "/lan" });
    check_finds(keys(), &json!({ "variant": "BASIC", "lan": [1] }), &["/lan"]);
    check_finds(keys(), &json!({ "variant": "BASIC", "lan": [] }), &[]);
    check_finds(keys(), &json!({ "variant": "ADVANCED", "lan": [1] }), &[]);
}

#[test]
fn equals_and_among_compare_with_values_or_with_other_attributes() {
    let payload = json!({ "a": { "irValue": 1, "irUnits": "GBPS" }, "b": { "irValue": 1000, "irUnits": "MBPS" },
        "names": ["x", "y"], "used": [{ "name": "x" }, { "name": "z" }] });
    check_finds(json!({ "kind": "equals", "at": "/a", "to": "/b" }), &payload, &[]);
    check_finds(
        json!({ "kind": "equals", "at": "/names/*", "value": "x" }),
        &payload,
        &["/names/1"],
    );
    check_finds(
        json!({ "kind": "among", "at": "/used/*/name", "to": "/names/*" }),
        &payload,
        &["/used/1/name"],
    );
    check_finds(
        json!({ "kind": "among", "at": "/used/*/name", "values": ["z"] }),
        &payload,
        &["/used/0/name"],
    );
}

#[test]
fn quantities_are_compared_in_one_unit_and_only_with_their_like() {
    let size = |value: i64, units: &str| json!({ "dataSizeValue": value, "dataSizeUnits": units });
    let payload = json!({ "burst": size(2, "KBYTES"), "room": size(2047, "BYTES"), "frame": 1530, "mtu": 1526,
        "wait": { "timeDurationValue": 1, "timeDurationUnits": "MONTH" },
        "span": { "timeDurationValue": 1, "timeDurationUnits": "DAY" } });
    check_finds(
        json!({ "kind": "at-most", "at": "/burst", "to": "/room" }),
        &payload,
        &["/burst"],
    );
    check_finds(
        json!({ "kind": "at-least", "at": "/burst", "to": "/room" }),
        &payload,
        &[],
    );
    check_finds(
        json!({ "kind": "at-most", "at": "/frame", "to": "/mtu" }),
        &payload,
        &["/frame"],
    );
    check_finds(
        json!({ "kind": "at-most", "at": "/frame", "to": "/mtu", "plus": 4 }),
        &payload,
        &[],
    );
    check_finds(
        json!({ "kind": "at-least", "at": "/mtu", "value": 1527 }),
        &payload,
        &["/mtu"],
    );
    check_finds(
        json!({ "kind": "at-most", "at": "/wait", "to": "/span" }),
        &payload,
        &[],
    );
}

#[test]
fn unique_and_count_look_at_all_matches_together() {
    let payload = json!({ "links": [{ "id": "1" }, { "id": "2" }, { "id": "1" }] });
    check_finds(
        json!({ "kind": "unique", "at": "/links/*/id" }),
        &payload,
        &["/links/2/id"],
    );
    check_finds(
        json!({ "kind": "count", "at": "/links/*", "max": 2 }),
        &payload,
        &["/links"],
    );
    check_finds(
        json!({ "kind": "count", "at": "/links/*", "min": 3, "max": 3 }),
        &payload,
        &[],
    );
    check_finds(json!({ "kind": "count", "at": "/none/*", "min": 1 }), &payload, &[""]);
}

#[test]
fn a_rule_that_warns_refuses_nothing() {
    let mut written = rule(&json!({ "kind": "at-most", "at": "/a", "value": 1 }));
    written["severity"] = json!("warn");
    let (problems, warnings) = Rule::read(&written).unwrap().try_on(&json!({ "a": 2 }));
    assert_eq!(problems, vec![]);
    assert_eq!(warnings, ["/a: So it is. (rule a-rule)"]);
}

#[track_caller]
fn check_mistakes(written: &Value, expected: &[&str]) {
    let mut found: Vec<String> = Rule::read(written)
        .unwrap_err()
        .into_iter()
        .map(|problem| problem.property_path)
        .collect();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn all_mistakes_of_a_rule_are_told_at_once() {
    check_mistakes(&json!([]), &[""]);
    check_mistakes(&json!({}), &["/about", "/kind", "/name", "/severity", "/source"]);
    check_mistakes(
        &rule(&json!({ "name": "A rule", "severity": "shout", "kind": "guess" })),
        &["/kind", "/name", "/severity"],
    );
    check_mistakes(
        &rule(&json!({ "kind": "required-with", "at": "features", "value": 1 })),
        &["/at", "/value", "/when"],
    );
    check_mistakes(
        &rule(&json!({ "kind": "equals", "at": "/a", "to": "/b", "value": 1 })),
        &["/to"],
    );
    check_mistakes(&rule(&json!({ "kind": "among", "at": "/a" })), &["/values"]);
    check_mistakes(
        &rule(&json!({ "kind": "at-most", "at": "/a//b", "value": 1, "plus": "x" })),
        &["/at", "/plus"],
    );
    check_mistakes(
        &rule(&json!({ "kind": "count", "at": "/a", "is": 1 })),
        &["/min", "/when"],
    );
}
