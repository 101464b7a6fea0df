//! Each check finds what it is for, in a small record that is otherwise in order.

use std::path::Path;

use serde_json::{Value, json};

/// Ledger, events and last reads of one quote that went as it should.
struct Small {
    ledger: Vec<Value>,
    heard: Vec<Value>,
    last: Vec<Value>,
}

fn small() -> Small {
    let ok = json!({ "k": "ok", "op": "deferred", "tenant": "gamma", "key": "0-1", "about": "", "t0": 10, "t1": 900_000,
        "status": 201, "proxy": false, "id": "q1", "state": "acknowledged", "digest": 1 });
    let event = |t: u64, id: &str, state: &str| {
        json!({ "t": t, "hub": "gamma", "event": id, "type": "quoteStateChangeEvent", "id": "q1", "state": state,
            "treatment": "Taken" })
    };
    Small {
        ledger: vec![
            json!({ "k": "invoke", "op": "deferred", "tenant": "gamma", "key": "0-1", "about": "", "t0": 10 }),
            ok,
            json!({ "k": "read", "tenant": "gamma", "id": "q1", "t0": 2_500_000, "t1": 2_600_000, "status": 200,
                "state": "approved.orderable", "ext": "gamma-0-1" }),
        ],
        heard: vec![
            event(1_000_000, "e1", "inProgress"),
            event(2_000_000, "e2", "approved.orderable"),
            event(3_000_000, "e3", "expired"),
        ],
        last: vec![
            json!({ "kind": "Quote", "tenant": "gamma", "id": "q1", "listed": "expired", "status": 200,
            "state": "expired", "ext": "gamma-0-1",
            "states": ["acknowledged", "inProgress", "approved.orderable", "expired"] }),
        ],
    }
}

fn write(folder: &Path, name: &str, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.join(name), text).unwrap();
}

/// The checks that find something after `spoil`.
fn found(spoil: impl FnOnce(&mut Small)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut small = small();
    spoil(&mut small);
    write(folder.path(), "ledger-gamma-0.jsonl", &small.ledger);
    write(folder.path(), "heard-gamma.jsonl", &small.heard);
    write(folder.path(), "final.jsonl", &small.last);
    write(folder.path(), "faults.jsonl", &[]);
    let verdict = super::folder(folder.path()).unwrap();
    let checks = super::CHECKS.iter().map(|(check, _)| *check);
    checks.filter(|check| verdict.of(*check) > 0).collect()
}

#[test]
fn nothing_is_found_in_what_is_in_order() {
    assert_eq!(found(|_| ()), "");
}

#[test]
fn each_check_finds_what_it_is_for() {
    assert!(found(|small| small.last.clear()).contains('L'));
    assert!(
        found(|small| {
            let mut twin = small.last[0].clone();
            twin["id"] = json!("q2");
            small.last.push(twin);
        })
        .contains('D')
    );
    assert_eq!(
        found(|small| {
            let mut other = small.ledger[1].clone();
            other["digest"] = json!(2);
            small.ledger.push(other);
        }),
        "D"
    );
    assert_eq!(found(|small| drop(small.heard.remove(1))), "E");
    assert_eq!(found(|small| small.heard[1]["treatment"] = json!("Refused")), "O");
    assert_eq!(found(|small| small.heard[0]["t"] = json!(100)), "O");
    assert!(found(|small| small.last[0]["states"] = json!(["acknowledged", "expired"])).contains('S'));
    assert_eq!(found(|small| small.ledger[2]["state"] = json!("inProgress")), "R");
    assert_eq!(found(|small| small.ledger[2]["ext"] = json!("delta-0-1")), "T");
    assert_eq!(
        found(|small| {
            small.last[0]["states"] = json!(["acknowledged", "inProgress"]);
            small.last[0]["state"] = json!("inProgress");
            small.last[0]["listed"] = json!("inProgress");
            small.heard.truncate(1);
            small.ledger.truncate(2);
        }),
        "F"
    );
    let refused = |from: u64| json!({ "k": "fail", "op": "cancelQuote", "tenant": "gamma", "key": "0-1", "about": "q1", "status": 422, "t0": from });
    assert_eq!(
        found(|small| small.ledger.push(refused(20))),
        "",
        "a copy may come earlier"
    );
    assert_eq!(found(|small| small.ledger.push(refused(900_001))), "A");
    assert_eq!(
        found(|small| small
            .ledger
            .push(json!({ "k": "again", "op": "deferred", "tenant": "gamma", "key": "0-1",
            "status": 500, "t1": 50 }))),
        "A"
    );
}
