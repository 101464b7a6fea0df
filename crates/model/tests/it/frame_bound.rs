//! The OpenAPI document of an API with the payload of an offering bound in.

use segue_model::api;
use segue_model::book::Offering;
use segue_model::book::profile::Profile;
use segue_model::describe::Api;
use segue_model::openapi::bound;
use segue_model::products::{ACCESS_ELINE_OVC, OPERATOR_UNI, Products};
use serde_json::{Value, json};

use crate::book_read::book;

const APIS: [&str; 4] = [
    "productOfferingQualification",
    "quoteManagement",
    "productOrderingManagement",
    "productInventory",
];

fn api(name: &str) -> &'static Api {
    api::all().iter().find(|api| api.name == name).unwrap()
}

fn offering(product: &str, rows: Value) -> Offering {
    let profile: Profile = serde_json::from_value(rows).unwrap();
    let product = product.to_owned();
    Offering {
        product,
        profile,
        ..book().offerings.swap_remove(0)
    }
}

fn ovc() -> Offering {
    let flow = "/enniEp/ingressBandwidthProfilePerClassOfServiceName/*/bwpFlow";
    offering(
        ACCESS_ELINE_OVC,
        json!([
            {"path": "/availableMegLevel", "line": 1,
             "use": {"fixed": {"value": "6", "mayBeSent": false, "returned": true}}},
            {"path": format!("{flow}/cir"), "use": "mandatory", "limits": {"atMost": "1 Gbit/s"}, "line": 1},
            {"path": format!("{flow}/colorMode"), "line": 1,
             "use": {"fixed": {"value": "COLOR_AWARE", "mayBeSent": true, "returned": true}}},
            {"path": "/listOfClassOfServiceNames", "use": "mandatory", "limits": {"among": ["gold"]}, "line": 1},
            {"path": "/maximumFrameSize", "use": {"optional": {"default": 1526}}, "limits": {"atMost": 2000}, "line": 1},
            {"path": "/uniEp/ovcEndPointMap/ovcEndPointMapFormU", "use": "mandatory", "actions": ["add"], "line": 1},
            {"path": "/uniEp/ovcEndPointMap/mapType", "use": "mandatory", "limits": {"among": ["FORM_U"]}, "line": 1},
        ]),
    )
}

fn document(name: &str, offerings: &[&Offering]) -> Value {
    bound::document(api(name), offerings, &Products::builtin()).unwrap()
}

fn each_reference(value: &Value, seen: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|member| each_reference(member, seen)),
        Value::Array(elements) => elements.iter().for_each(|element| each_reference(element, seen)),
        Value::String(text) if text.starts_with("#/") => seen.push(text.clone()),
        _ => {}
    }
}

/// Where a configuration breaks the published schema.
fn faults(document: &Value, configuration: &Value) -> Vec<String> {
    let root = &document["components"]["schemas"]["MEFProductConfiguration"]["discriminator"]["mapping"];
    let target = &root[configuration["@type"].as_str().unwrap()];
    let schema = json!({ "$ref": target, "components": document["components"] });
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let faults = validator.iter_errors(configuration);
    let mut paths: Vec<String> = faults.map(|fault| fault.instance_path().to_string()).collect();
    paths.sort();
    paths
}

fn sample(urn: &str) -> Value {
    Products::builtin().sample(urn).unwrap()
}

#[test]
fn every_reference_of_every_bound_document_leads_somewhere_and_every_part_is_used() {
    let (ovc, uni) = (ovc(), offering(OPERATOR_UNI, json!([])));
    for name in APIS {
        let document = document(name, &[&ovc, &uni]);
        let mut references = Vec::new();
        each_reference(&document, &mut references);
        for target in &references {
            assert!(document.pointer(&target[1..]).is_some(), "{name}: {target}");
        }
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for part in schemas
            .keys()
            .filter(|part| part.contains('_') && part.starts_with("AccessEline"))
        {
            let target = format!("#/components/schemas/{part}");
            assert!(references.contains(&target), "{name}: {part} is left over");
        }
    }
}

#[test]
fn the_published_schema_accepts_and_refuses_what_the_profile_does() {
    let ovc = ovc();
    let document = document("quoteManagement", &[&ovc]);
    let mut configuration = sample(ACCESS_ELINE_OVC);
    // Not in the schema: a generated client has no way to send it.
    let root = &document["components"]["schemas"]["AccessElineOvc"];
    assert_eq!(root["properties"].get("availableMegLevel"), None);
    configuration.as_object_mut().unwrap().remove("availableMegLevel");
    assert_eq!(faults(&document, &configuration), [""; 0]);
    configuration["maximumFrameSize"] = json!(2001);
    configuration["listOfClassOfServiceNames"] = json!(["gold", "silver"]);
    let flow = "/enniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow";
    configuration.pointer_mut(flow).unwrap()["colorMode"] = json!("COLOR_BLIND");
    configuration
        .pointer_mut(flow)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove("cir");
    configuration["uniEp"]["ovcEndPointMap"] = json!({"mapType": "FORM_E", "ovcEndPointMapFormE": [7]});
    let mut expected = vec![
        flow.to_owned(),
        format!("{flow}/colorMode"),
        "/listOfClassOfServiceNames/1".to_owned(),
        "/maximumFrameSize".to_owned(),
        "/uniEp/ovcEndPointMap".to_owned(),
    ];
    expected.sort();
    assert_eq!(faults(&document, &configuration), expected);
    // The other end point is as the product has it.
    configuration = sample(ACCESS_ELINE_OVC);
    let flow = "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow";
    configuration.pointer_mut(flow).unwrap()["colorMode"] = json!("COLOR_BLIND");
    assert_eq!(faults(&document, &configuration), [""; 0]);
    assert_eq!(root["properties"]["maximumFrameSize"]["default"], 1526);
}

#[test]
fn the_inventory_has_what_is_fixed_and_shown() {
    let ovc = ovc();
    let document = document("productInventory", &[&ovc]);
    let level = &document["components"]["schemas"]["AccessElineOvc"]["properties"]["availableMegLevel"];
    assert_eq!(level["enum"], json!(["6"]));
}

#[test]
fn two_offerings_of_one_product_and_an_api_without_products_are_told() {
    let ovc = ovc();
    let products = Products::builtin();
    let twice = bound::document(api("quoteManagement"), &[&ovc, &ovc], &products).unwrap_err();
    assert!(twice.contains("name one"), "{twice}");
    let none = bound::document(api("geographicSiteManagement"), &[&ovc], &products).unwrap_err();
    assert!(none.contains("carries no product configuration"), "{none}");
}

#[test]
fn the_envelope_is_told_apart_by_type() {
    let (ovc, uni) = (ovc(), offering(OPERATOR_UNI, json!([])));
    let document = document("productOrderingManagement", &[&ovc, &uni]);
    let configuration = &document["components"]["schemas"]["MEFProductConfiguration"];
    assert_eq!(configuration["discriminator"]["propertyName"], "@type");
    assert_eq!(
        configuration["discriminator"]["mapping"][OPERATOR_UNI],
        "#/components/schemas/OperatorUni"
    );
    assert_eq!(configuration["oneOf"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["openapi"], "3.0.3");
}
