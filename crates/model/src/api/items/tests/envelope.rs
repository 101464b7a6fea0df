//! Rules of the envelope: each is what a refusal or a warning says at its end.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Action, Family, ORDER, QUOTE_INSTANT, check};
use crate::api::bench::{Bench, S_VLANS, set_vlan};
use crate::products::ENNI;

fn add(id: &str, product: &Value) -> Value {
    json!({"id": id, "action": "add", "product": product})
}

fn modify(bench: &Bench, id: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut product = bench.unchanged(id);
    change(&mut product);
    json!({"id": id, "action": "modify", "product": product})
}

/// An OVC to interfaces in service, with relations as `change` leaves them.
fn ovc(bench: &Bench, change: impl FnOnce(&mut Vec<Value>)) -> Value {
    let mut product = bench.ovc();
    set_vlan(&mut product, S_VLANS, 7);
    let relations = product["productRelationship"].as_array_mut().unwrap();
    relations.push(json!({"relationshipType": "CONNECTS_TO_UNI", "id": "uni-1"}));
    change(relations);
    add("ovc", &product)
}

fn uni(bench: &Bench, change: impl FnOnce(&mut Value)) -> Value {
    let mut product = bench.uni("UNI", "A2");
    change(&mut product["place"]);
    add("uni", &product)
}

/// What is asked for, by the rule that it breaks.
fn rows(bench: &Bench) -> Vec<(&'static str, Value)> {
    let delete = |id: &str| json!({"id": id, "action": "delete", "product": {"id": id}});
    let ovc_1 = |change: fn(&mut Value)| modify(bench, "ovc-1", change);
    let uni_1 = |change: fn(&mut Value)| modify(bench, "uni-1", change);
    let mut placed = ovc(bench, |_| ());
    placed["product"]["place"] = bench.uni("UNI", "A2")["place"].clone();
    let mut bought = add("1", &bench.product("x", ENNI).body.clone().into());
    bought["product"].as_object_mut().unwrap().remove("id");
    let twice = [ovc(bench, |_| ()), {
        let mut second = ovc(bench, |_| ());
        second["id"] = json!("second");
        second
    }];
    vec![
        (
            "relation-role",
            json!([ovc(bench, |all| all[1]["relationshipType"] = json!("NEAR"))]),
        ),
        (
            "relation-target",
            json!([ovc(bench, |all| all[1]["id"] = json!("enni-1"))]),
        ),
        ("relation-given", json!([ovc(bench, |all| all.truncate(1))])),
        ("relation-once", json!([ovc(bench, |all| all.push(all[1].clone()))])),
        (
            "relation-kept",
            json!([ovc_1(|ovc| drop(
                ovc["productRelationship"].as_array_mut().unwrap().pop()
            ))]),
        ),
        ("place-none", json!([placed])),
        ("place-given", json!([uni(bench, |place| *place = json!([]))])),
        (
            "place-role",
            json!([uni(bench, |place| place[0]["role"] = json!("HERE"))]),
        ),
        (
            "place-kept",
            json!([uni_1(|uni| uni["place"][0]["place"]["id"] = json!("A1"))]),
        ),
        (
            "place-site-alone",
            json!([uni(bench, |place| {
                place[0]["place"] = json!({"@type": "GeographicSiteRef", "id": "S1"});
                place[0]["subUnit"] = json!([]);
            })]),
        ),
        (
            "place-contact",
            json!([uni(bench, |place| drop(
                place[0].as_object_mut().unwrap().remove("contact")
            ))]),
        ),
        ("contact-roles", json!([uni(bench, |_| ())])),
        (
            "fixed-in-service",
            json!([uni_1(
                |uni| uni["productConfiguration"]["linkAggregation"] = json!("OTHER")
            )]),
        ),
        (
            "specification-kept",
            json!([ovc_1(|ovc| ovc["productOffering"]["id"] = json!("UNI"))]),
        ),
        ("active-only", json!([delete("ovc-1"), ovc_1(|_| ())])),
        ("users-first", json!([delete("uni-1")])),
        ("not-ordered", json!([bought])),
        ("vlan-once", json!(twice)),
    ]
}

#[test]
fn every_rule_of_the_envelope_is_what_a_refusal_ends_with() {
    let mut bench = Bench::new();
    bench.put_circuit();
    let family = Family {
        actions: &[Action::Add, Action::Modify, Action::Delete],
        ..ORDER
    };
    let rows = rows(&bench);
    for (rule, items) in &rows {
        let body = json!({ family.items: items });
        let named = format!("(rule {rule})");
        bench.run(|ctx| {
            let (problems, items) = check(&family, body.as_object().unwrap(), &bench.found, ctx);
            let mut told = problems.iter().map(|problem| &problem.reason);
            let mut warned = items.iter().flat_map(|item| &item.warnings);
            assert!(
                told.any(|reason| reason.ends_with(&named)) || warned.any(|odd| odd.ends_with(&named)),
                "{rule}: {problems:#?}"
            );
        });
    }
    let listed: BTreeSet<&str> = bench
        .products
        .all()
        .flat_map(|product| bench.products.rules(&product.urn))
        .filter(|rule| rule.is_about_envelope())
        .map(|rule| rule.name.as_ref())
        .collect();
    let mut shown: BTreeSet<&str> = rows.iter().map(|(rule, _)| *rule).collect();
    // Of the book: `milestones_of_a_book_are_those_its_product_may_report`.
    shown.insert("milestones");
    assert_eq!(listed, shown);
}

#[test]
fn candidates_are_for_qualification_and_quote() {
    let mut bench = Bench::new();
    bench.put_circuit();
    bench.put(bench.product("enni-2", ENNI));
    let item = ovc(&bench, |all| {
        all.push(json!({"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-2"}));
    });
    for (family, expected) in [(&QUOTE_INSTANT, false), (&ORDER, true)] {
        let body = json!({ family.items: [item] });
        bench.run(|ctx| {
            let (problems, _) = check(family, body.as_object().unwrap(), &bench.found, ctx);
            let once = |reason: &str| reason.ends_with("(rule relation-once)");
            assert_eq!(problems.iter().any(|problem| once(&problem.reason)), expected);
        });
    }
}
