//! The official payloads of the Access E-Line use cases against our schemas and rules.

use segue_model::failure::Problem;
use segue_model::party::Strictness;
use segue_model::products::Products;
use serde_json::Value;

use super::sdk;

/// Every `productConfiguration` below `value`, with the pointer to it.
fn configurations<'a>(value: &'a Value, pointer: &str, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let below = format!("{pointer}/{name}");
                if name == "productConfiguration" {
                    found.push((below, member));
                } else {
                    configurations(member, &below, found);
                }
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                configurations(element, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Use cases 2 to 9 as they are published.
fn use_cases() -> Vec<(String, Value)> {
    let Some(sdk) = sdk::folder() else { return Vec::new() };
    let read = |number: u32| {
        let name = format!("UseCase{number}Request.json");
        let text = std::fs::read_to_string(sdk.join("grace/examples/accessEline").join(&name)).unwrap();
        (name, serde_json::from_str(&text).unwrap())
    };
    (2..=9).map(read).collect()
}

/// The two mistakes that all published OVC payloads share (products.md 4.4): `l2cp_P` is an
/// object where the schema has a list, and an empty list of ingress profiles at the ENNI.
fn repaired(mut configuration: Value) -> Value {
    for end in ["uniEp", "enniEp"] {
        let Some(end) = configuration.get_mut(end).and_then(Value::as_object_mut) else {
            continue;
        };
        for map in ["ingressClassOfServiceMap", "egressEquivalenceClassIdentifier"] {
            if let Some(frames) = end.get_mut(map).and_then(|map| map.get_mut("l2cp_P"))
                && frames.is_object()
            {
                *frames = Value::Array(vec![frames.take()]);
            }
        }
        end.retain(|name, value| {
            name != "ingressBandwidthProfilePerClassOfServiceName"
                || value.as_array().is_none_or(|list| !list.is_empty())
        });
    }
    configuration
}

#[test]
fn the_official_payloads_pass_once_their_known_mistakes_are_repaired() {
    let products = Products::builtin();
    for (file, body) in use_cases() {
        let mut found = Vec::new();
        configurations(&body, "", &mut found);
        assert!(!found.is_empty(), "{file}");
        for (pointer, configuration) in found {
            let (problems, _) = products.check(&repaired(configuration.clone()), &pointer, Strictness::Refuse);
            assert_eq!(problems, Vec::<Problem>::new(), "{file}");
        }
    }
}

#[test]
fn the_official_payloads_as_published_have_their_known_mistakes_and_no_others() {
    let products = Products::builtin();
    for (file, body) in use_cases() {
        let mut found = Vec::new();
        configurations(&body, "", &mut found);
        for (pointer, configuration) in found {
            let (problems, _) = products.check(configuration, &pointer, Strictness::Refuse);
            for problem in &problems {
                let known = ["/l2cp_P", "/ingressBandwidthProfilePerClassOfServiceName"];
                assert!(
                    known.iter().any(|end| problem.property_path.ends_with(end)),
                    "{file}: {problem:?}"
                );
            }
            assert_eq!(
                problems.is_empty(),
                configuration.get("uniEp").is_none(),
                "{file} {pointer}"
            );
        }
    }
}
