//! Items against the profile of their offering (MEF 125 and MEF 139, R1 to R15).

use serde_json::{Value, json};

use super::{Action, Family, ORDER, POQ, QUOTE_INSTANT, check};
use crate::api::bench::{Bench, check_problems};
use crate::failure::ProblemCode::{self, InvalidValue, MissingProperty, UnexpectedProperty};

static QUOTE: Family = Family {
    actions: &[Action::Add, Action::Modify],
    ..QUOTE_INSTANT
};

/// A bench whose offering OVC has these rows.
fn bench(rows: Value) -> Bench {
    let mut bench = Bench::new();
    let offerings = bench.book.offerings.iter_mut();
    for offering in offerings.filter(|offering| offering.id == "OVC") {
        offering.profile = serde_json::from_value(rows.clone()).unwrap();
    }
    bench
}

fn row(path: &str, usage: Value) -> Value {
    json!({"path": path, "use": usage, "line": 1})
}

fn fixed(value: Value, may_be_sent: bool) -> Value {
    json!({"fixed": {"value": value, "mayBeSent": may_be_sent, "returned": may_be_sent}})
}

/// An add of an OVC to a UNI in service, with what `change` makes of its configuration.
fn item(bench: &Bench, change: impl FnOnce(&mut Value)) -> Value {
    let mut product = bench.ovc();
    product["productRelationship"] = json!([
        {"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1"},
        {"relationshipType": "CONNECTS_TO_UNI", "id": "uni-1"},
    ]);
    change(&mut product["productConfiguration"]);
    json!({"id": "1", "action": "add", "product": product})
}

#[track_caller]
fn check_family(
    (bench, family): (&mut Bench, &Family),
    change: impl FnOnce(&mut Value),
    expected: &[(ProblemCode, &str)],
) -> Value {
    bench.put_circuit();
    let body = json!({ family.items: [item(bench, change)] });
    bench.run(|ctx| {
        let (mut problems, items) = check(family, body.as_object().unwrap(), &bench.found, ctx);
        // Contacts are not what this is about.
        problems.retain(|problem| problem.property_path.contains("productConfiguration"));
        let base = format!("/{}/0/product/productConfiguration", family.items);
        for problem in &mut problems {
            problem.property_path = problem.property_path.replacen(&base, "", 1);
        }
        check_problems(&problems, expected);
        serde_json::to_value(items[0].configuration.as_deref()).unwrap()
    })
}

fn remove(name: &'static str) -> impl FnOnce(&mut Value) {
    move |configuration| {
        configuration.as_object_mut().unwrap().remove(name);
    }
}

const FLOW: &str = "/uniEp/ingressBandwidthProfilePerClassOfServiceName/*/bwpFlow";

#[test]
fn everything_that_leaves_the_profile_is_told_at_once_at_its_place() {
    // R4, R5, R7, R12, R14
    let mut bench = bench(json!([
        row("/availableMegLevel", fixed(json!("6"), false)),
        row("/ceVlanIdPreservation", fixed(json!("RETAIN"), true)),
        {"path": "/listOfClassOfServiceNames", "use": "mandatory", "limits": {"among": ["silver"]}, "line": 1},
        {"path": "/maximumFrameSize", "use": "mandatory", "limits": {"atMost": 1526}, "line": 1},
        row("/ovcL2cpAddressSet", json!("mandatory")),
        {"path": format!("{FLOW}/cir"), "use": "mandatory", "limits": {"atMost": "50 Mbit/s"}, "line": 1},
        row("/uniEp/ovcEndPointEnvelopes/*/couplingFlagForIndexZero", json!("mandatory")),
    ]));
    let change = |configuration: &mut Value| {
        configuration["maximumFrameSize"] = json!(9100);
        configuration.as_object_mut().unwrap().remove("ovcL2cpAddressSet");
        let envelope = &mut configuration["uniEp"]["ovcEndPointEnvelopes"][0];
        envelope.as_object_mut().unwrap().remove("couplingFlagForIndexZero");
    };
    check_family(
        (&mut bench, &QUOTE),
        change,
        &[
            (UnexpectedProperty, "/availableMegLevel"),
            (InvalidValue, "/ceVlanIdPreservation"),
            (InvalidValue, "/listOfClassOfServiceNames/0"),
            (InvalidValue, "/maximumFrameSize"),
            (MissingProperty, "/ovcL2cpAddressSet"),
            (
                InvalidValue,
                "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/cir",
            ),
            (
                MissingProperty,
                "/uniEp/ovcEndPointEnvelopes/0/couplingFlagForIndexZero",
            ),
        ],
    );
}

#[test]
fn what_is_fixed_may_be_sent_in_any_unit() {
    // R14, R15
    let fix = fixed(json!({"irValue": 0.1, "irUnits": "GBPS"}), true);
    check_family(
        (&mut bench(json!([row(&format!("{FLOW}/cir"), fix)])), &QUOTE),
        |_| {},
        &[],
    );
}

#[test]
fn what_is_left_out_counts_as_its_default_and_rules_see_it() {
    // R8: three C-VLANs need PRESERVE, which the default here is not.
    let mut bench = bench(json!([
        row("/ceVlanIdPreservation", json!({"optional": {"default": "RETAIN"}})),
        row("/maximumFrameSize", fixed(json!(1526), false)),
    ]));
    let change = |configuration: &mut Value| {
        remove("ceVlanIdPreservation")(configuration);
        remove("maximumFrameSize")(configuration);
    };
    let effective = check_family((&mut bench, &QUOTE), change, &[]);
    assert_eq!(effective["ceVlanIdPreservation"], "RETAIN");
    assert_eq!(effective["maximumFrameSize"], 1526);
    let change = |configuration: &mut Value| {
        remove("ceVlanIdPreservation")(configuration);
        remove("maximumFrameSize")(configuration);
        configuration["uniEp"]["ovcEndPointMap"]["ovcEndPointMapFormU"] = json!([100, 101, 102]);
    };
    // And the UNI of the bench takes one.
    let expected = [
        (InvalidValue, "/ceVlanIdPreservation"),
        (InvalidValue, "/uniEp/ovcEndPointMap/ovcEndPointMapFormU"),
    ];
    check_family((&mut bench, &QUOTE), change, &expected);
}

#[test]
fn an_attribute_is_what_the_most_specific_row_says_in_each_function() {
    // R1
    let mut bench = bench(json!([
        {"path": "/maximumFrameSize", "use": "mandatory", "functions": ["order"], "line": 2},
        row("/maximumFrameSize", json!({"optional": {"default": 1526}})),
    ]));
    let missing = [(MissingProperty, "/maximumFrameSize")];
    let at_poq = check_family((&mut bench, &POQ), remove("maximumFrameSize"), &[]);
    assert_eq!(at_poq["maximumFrameSize"], 1526);
    check_family((&mut bench, &QUOTE), remove("maximumFrameSize"), &[]);
    check_family((&mut bench, &ORDER), remove("maximumFrameSize"), &missing);
}

#[test]
fn of_two_faults_at_one_place_that_of_form_is_told() {
    let rows = json!([{"path": "/maximumFrameSize", "use": "mandatory", "limits": {"among": [1526]}, "line": 1}]);
    let change = |configuration: &mut Value| configuration["maximumFrameSize"] = json!("much");
    check_family(
        (&mut bench(rows), &QUOTE),
        change,
        &[(InvalidValue, "/maximumFrameSize")],
    );
}
