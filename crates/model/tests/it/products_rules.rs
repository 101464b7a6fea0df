//! Product payloads: each mistake is found, at the exact place.

use segue_model::api::inventory;
use segue_model::failure::{Problem, ProblemCode};
use segue_model::party::Strictness;
use segue_model::products::{ACCESS_ELINE_OVC, ENNI, OPERATOR_UNI, Products};
use segue_model::schema::Schemas;
use serde_json::{Value, json};

fn enni() -> Value {
    let text = include_str!("../../../../samples/enni.json");
    serde_json::from_str::<Value>(text).unwrap()["productConfiguration"].take()
}

pub fn base(urn: &str) -> Value {
    if urn == ENNI {
        enni()
    } else {
        Products::builtin().sample(urn).unwrap()
    }
}

/// Sets members of a valid payload and says which problems come of it, as (pointer, code).
#[track_caller]
fn check_change(urn: &str, changes: Value, expected: &[(&str, ProblemCode)]) {
    let found = problems(&changed(urn, changes), Strictness::Refuse);
    let found: Vec<(&str, ProblemCode)> = found.iter().map(|p| (p.property_path.as_str(), p.code)).collect();
    let expected: Vec<(String, ProblemCode)> = expected
        .iter()
        .map(|(path, code)| (format!("/product{path}"), *code))
        .collect();
    let expected: Vec<(&str, ProblemCode)> = expected.iter().map(|(path, code)| (path.as_str(), *code)).collect();
    assert_eq!(found, expected);
}

/// `changes`: JSON Pointer to new value; `null` removes the member.
pub fn changed(urn: &str, changes: Value) -> Value {
    let mut payload = base(urn);
    for (pointer, value) in changes.as_object().unwrap() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = payload.pointer_mut(parent).unwrap();
        match parent {
            Value::Array(list) => list[name.parse::<usize>().unwrap()] = value.clone(),
            _ if value.is_null() => drop(parent.as_object_mut().unwrap().remove(name)),
            _ => parent[name] = value.clone(),
        }
    }
    payload
}

fn problems(payload: &Value, strictness: Strictness) -> Vec<Problem> {
    Products::builtin().check(payload, "/product", strictness).0
}

/// Sets members of a valid payload and says at which places a warning comes of it.
#[track_caller]
fn check_warning(urn: &str, changes: Value, places: &[&str]) {
    let (problems, warnings) = Products::builtin().check(&changed(urn, changes), "/product", Strictness::Warn);
    assert_eq!(problems, Vec::new());
    assert_eq!(warnings.len(), places.len(), "{warnings:?}");
    for (warning, place) in warnings.iter().zip(places) {
        assert!(warning.starts_with(&format!("/product{place}: ")), "{warning}");
    }
}

use ProblemCode::{InvalidFormat, InvalidValue, MissingProperty, UnexpectedProperty};

#[test]
fn samples_and_the_enni_to_import_are_right_and_give_no_warning() {
    for urn in [ACCESS_ELINE_OVC, OPERATOR_UNI, ENNI] {
        let (problems, warnings) = Products::builtin().check(&base(urn), "", Strictness::Refuse);
        assert_eq!((problems, warnings), (vec![], vec![]), "{urn}");
    }
}

#[test]
fn the_enni_to_import_is_a_product_of_the_inventory_but_for_its_identity() {
    let text = include_str!("../../../../samples/enni.json");
    let mut product: Value = serde_json::from_str(text).unwrap();
    product["id"] = json!("enni-1");
    let checked = Schemas::for_api(&inventory::v8::MANAGEMENT)
        .unwrap()
        .check("MEFProduct", product);
    assert_eq!(checked.err(), None);
}

#[test]
fn what_can_be_ordered_has_a_sample_of_its_own_type() {
    let products = Products::builtin();
    for product in products.all() {
        let sample = products.sample(&product.urn);
        assert_eq!(sample.is_some(), product.orderable, "{}", product.urn);
        assert!(sample.is_none_or(|sample| sample["@type"] == product.urn.as_str()));
    }
}

#[test]
fn the_relations_of_an_ovc_lead_to_products_that_are_known() {
    let products = Products::builtin();
    let relations = &products.product(ACCESS_ELINE_OVC).unwrap().relations;
    for relation in relations {
        assert!(
            products.all().any(|product| product.urn.starts_with(&relation.target)),
            "{relation:?}"
        );
    }
    assert_eq!(
        relations.iter().map(|relation| relation.name()).collect::<Vec<_>>(),
        ["CONNECTS_TO_UNI", "CONNECTS_TO_ENNI"]
    );
}

#[test]
fn the_sample_circuit_is_100_mbit_on_a_gigabit_port() {
    let rate = |urn: &str| Products::bandwidth_mbps(base(urn).as_object().unwrap());
    assert_eq!(rate(ACCESS_ELINE_OVC), Some(100));
    assert_eq!(rate(OPERATOR_UNI), Some(1_000));
}

#[test]
fn a_configuration_without_a_known_type_is_one_problem() {
    check_change(
        OPERATOR_UNI,
        json!({ "/@type": "urn:mef:lso:spec:sonata:other:v1.0.0:all" }),
        &[("/@type", InvalidValue)],
    );
    check_change(OPERATOR_UNI, json!({ "/@type": null }), &[("/@type", MissingProperty)]);
    let found = problems(&json!("urn"), Strictness::Warn);
    assert_eq!(found[0].property_path, "/product");
}

#[test]
fn every_mistake_of_form_is_found_at_once_and_at_its_place() {
    check_change(
        ACCESS_ELINE_OVC,
        json!({
            "/maximumFrameSize": 1500,
            "/cTagPcpPreservation": "YES",
            "/enniEp/ovcEndPointMap/ovcEndPointMapFormE": [4095],
            "/uniEp/colorMap": { "mapType": "ROYGBIV" },
            "/uniEp/identifier": "",
            "/uniEp/maintenanceIntermediatePoint": 6,
        }),
        &[
            ("/cTagPcpPreservation", InvalidValue),
            ("/enniEp/ovcEndPointMap/ovcEndPointMapFormE/0", InvalidValue),
            ("/maximumFrameSize", InvalidValue),
            ("/uniEp/colorMap/mapType", InvalidValue),
            ("/uniEp/identifier", InvalidValue),
            ("/uniEp/maintenanceIntermediatePoint", InvalidValue),
        ],
    );
    check_change(
        ACCESS_ELINE_OVC,
        json!({ "/enniEp": null }),
        &[("/enniEp", MissingProperty)],
    );
    let peering = json!([{ "destinationAddress": "01:80:C2:00:00:02" }]);
    check_change(
        OPERATOR_UNI,
        json!({ "/l2cpPeering": peering }),
        &[("/l2cpPeering/0/destinationAddress", InvalidFormat)],
    );
}

#[test]
fn an_unknown_attribute_is_refused_or_only_noted_as_agreed() {
    let changes = json!({ "/uniEp/colour": "blue" });
    check_change(
        ACCESS_ELINE_OVC,
        changes.clone(),
        &[("/uniEp/colour", UnexpectedProperty)],
    );
    check_warning(ACCESS_ELINE_OVC, changes, &["/uniEp/colour"]);
}

#[test]
fn many_unknown_attributes_do_not_hide_a_fault() {
    let mut payload = changed(OPERATOR_UNI, json!({ "/meg": "MAYBE" }));
    for number in 0..200 {
        payload[format!("a{number}")] = json!(number);
    }
    let found = problems(&payload, Strictness::Warn);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].property_path, "/product/meg");
}

#[test]
fn what_must_not_stand_here_is_refused_even_where_unknown_attributes_are_taken() {
    let depth = json!({ "/uniEp/aggregationLinkDepth": [{ "vlanID": 1, "lagDepth": 1 }] });
    let found = problems(&changed(ACCESS_ELINE_OVC, depth), Strictness::Warn);
    assert_eq!(found[0].property_path, "/product/uniEp/aggregationLinkDepth");
}

#[test]
fn classes_of_service_are_those_of_the_ovc() {
    check_change(
        ACCESS_ELINE_OVC,
        json!({ "/enniEp/ingressClassOfServiceMap/map_M/3/pcpCosName": "silver", "/uniEp/ovcEgressMap":
            [{ "mapType": "CN_PCP", "cnPcpEntries": [{ "cosName": "bronze", "pcpValue": "1" }] }] }),
        &[
            ("/enniEp/ingressClassOfServiceMap/map_M/3/pcpCosName", InvalidValue),
            ("/uniEp/ovcEgressMap/0/cnPcpEntries/0/cosName", InvalidValue),
        ],
    );
    check_change(
        ACCESS_ELINE_OVC,
        json!({ "/enniEp/ingressClassOfServiceMap/map_M/3/pcpCosName": "Discard" }),
        &[],
    );
}

#[test]
fn each_class_used_at_the_uni_has_one_profile() {
    const PROFILES: &str = "/uniEp/ingressBandwidthProfilePerClassOfServiceName";
    let silver = json!([{ "classOfServiceName": "silver" }]);
    let changes = json!({ "/listOfClassOfServiceNames": ["gold", "silver"], PROFILES: silver });
    let other = format!("{PROFILES}/0/classOfServiceName");
    check_change(
        ACCESS_ELINE_OVC,
        changes,
        &[(PROFILES, InvalidValue), (&other, InvalidValue)],
    );
}

#[test]
fn vlan_maps_belong_to_their_side_and_decide_on_tags_and_control_protocols() {
    check_change(
        ACCESS_ELINE_OVC,
        json!({ "/uniEp/ovcEndPointMap": { "mapType": "FORM_E", "ovcEndPointMapFormE": [100] } }),
        &[("/uniEp/ovcEndPointMap/mapType", InvalidValue)],
    );
    check_change(
        ACCESS_ELINE_OVC,
        json!({ "/uniEp/ovcEndPointMap/ovcEndPointMapFormU": [100, 101], "/ceVlanIdPreservation": "STRIP" }),
        &[
            ("/cTagDeiPreservation", InvalidValue),
            ("/cTagPcpPreservation", InvalidValue),
            ("/ceVlanIdPreservation", InvalidValue),
        ],
    );
    check_change(
        ACCESS_ELINE_OVC,
        json!({ "/ovcL2cpAddressSet": "CTB2" }),
        &[("/ovcL2cpAddressSet", InvalidValue)],
    );
    let all: Vec<u32> = (1..=4094).collect();
    let changes = json!({ "/uniEp/ovcEndPointMap/ovcEndPointMapFormU": all, "/ovcL2cpAddressSet": "CTB" });
    check_change(ACCESS_ELINE_OVC, changes, &[]);
}

#[test]
fn a_rate_needs_a_burst() {
    const FLOW: &str = "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow";
    let (cbs, eir) = (format!("{FLOW}/cbs/dataSizeValue"), format!("{FLOW}/eir/irValue"));
    let ebs = format!("{FLOW}/ebs/dataSizeValue");
    check_change(
        ACCESS_ELINE_OVC,
        json!({ &cbs: 0, &eir: 5 }),
        &[(&cbs, InvalidValue), (&ebs, InvalidValue)],
    );
}

#[test]
fn egress_profiles_are_per_end_point_or_per_class_and_never_per_end_point_at_the_enni() {
    let flow = json!([{ "couplingFlag": false }]);
    check_change(
        ACCESS_ELINE_OVC,
        json!({ "/enniEp/egressBandwidthProfilePerEndPoint": flow }),
        &[("/enniEp/egressBandwidthProfilePerEndPoint", UnexpectedProperty)],
    );
    let classes = json!([{ "classOfServiceName": "fast" }]);
    check_change(
        ACCESS_ELINE_OVC,
        json!({
            "/uniEp/egressBandwidthProfilePerEndPoint": flow,
            "/uniEp/egressBwpPerEgressEquivalenceClassName": classes,
            "/uniEp/egressEquivalenceClassIdentifier": { "mapType": "ENDPOINT", "map_M": "slow" },
        }),
        &[
            ("/uniEp/egressBwpPerEgressEquivalenceClassName", UnexpectedProperty),
            (
                "/uniEp/egressBwpPerEgressEquivalenceClassName/0/classOfServiceName",
                InvalidValue,
            ),
        ],
    );
}

#[test]
fn a_priority_and_a_dscp_value_stand_in_one_entry_only() {
    check_change(
        ACCESS_ELINE_OVC,
        json!({ "/listOfClassOfServiceNames": ["gold", "silver"],
            "/enniEp/ingressClassOfServiceMap/map_M/1": { "pcpVal": "0", "pcpCosName": "silver" } }),
        &[("/enniEp/ingressClassOfServiceMap/map_M/1/pcpVal", InvalidValue)],
    );
    let entry = |values: Value| json!({ "ipv4List": { "dscpValues": values }, "cosName": "gold" });
    let map = json!({ "mapType": "DSCP", "map_M": { "dscpValueCoSList": [entry(json!([1, 2])), entry(json!([2]))] } });
    check_change(
        ACCESS_ELINE_OVC,
        json!({ "/uniEp/ingressClassOfServiceMap": map }),
        &[(
            "/uniEp/ingressClassOfServiceMap/map_M/dscpValueCoSList/1/ipv4List/dscpValues/0",
            InvalidValue,
        )],
    );
}

#[test]
fn service_levels_are_between_the_end_points_of_the_service() {
    let pair = |from: &str, to: &str| json!({ "fromCarrierEthernetServiceEndPoint": from, "toCarrierEthernetServiceEndPoint": to });
    let metric = json!([{ "oneWayFdPercentile": 0, "orderedPairList": [pair("uni", "enni"), pair("uni", "uni"), pair("x", "uni")] }]);
    let entry = json!({ "cosName": "gold", "oneWayFrameDelayPmMetric": metric, "oneWayCompositePmMetric": [{}] });
    let at = |rest: &str| format!("/carrierEthernetSls/0/slsCosNameEntry/0/{rest}");
    check_change(
        ACCESS_ELINE_OVC,
        json!({ "/carrierEthernetSls": [{ "slsCosNameEntry": [entry] }] }),
        &[
            (&at("oneWayCompositePmMetric"), UnexpectedProperty),
            (&at("oneWayFrameDelayPmMetric/0/oneWayFdPercentile"), InvalidValue),
            (
                &at("oneWayFrameDelayPmMetric/0/orderedPairList/1/toCarrierEthernetServiceEndPoint"),
                InvalidValue,
            ),
            (
                &at("oneWayFrameDelayPmMetric/0/orderedPairList/2/fromCarrierEthernetServiceEndPoint"),
                InvalidValue,
            ),
        ],
    );
}

#[test]
fn what_official_examples_do_against_the_notes_is_a_warning() {
    check_warning(
        ACCESS_ELINE_OVC,
        json!({
            "/enniEp/ingressClassOfServiceMap": { "mapType": "ENDPOINT", "map_M": "gold" },
            "/enniEp/colorMap": { "mapType": "ENDPOINT", "epColor": "GREEN" },
            "/enniEp/ovcEndPointEnvelopes/0/couplingFlagForIndexZero": true,
            "/enniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/couplingFlag": true,
        }),
        &[
            "/enniEp/colorMap",
            "/enniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow",
            "/enniEp/ingressClassOfServiceMap",
        ],
    );
}

#[test]
fn the_links_of_a_uni_fit_its_aggregation() {
    let link = |id: &str| json!({ "id": id, "physicalLink": "10GBASE_LR" });
    check_change(
        OPERATOR_UNI,
        json!({ "/linkAggregation": "ALL_ACTIVE" }),
        &[
            ("/aggregationLinkMap", MissingProperty),
            ("/linkAggregation", InvalidValue),
        ],
    );
    let map = json!([{ "conversationIDs": [{ "start": 5, "end": 4 }], "aggLinkList": [1, 3] }]);
    check_change(
        OPERATOR_UNI,
        json!({ "/linkAggregation": "ALL_ACTIVE", "/listOfPhysicalLinks": [link("1"), link("2")], "/aggregationLinkMap": map }),
        &[
            ("/aggregationLinkMap/0/aggLinkList/1", InvalidValue),
            ("/aggregationLinkMap/0/conversationIDs/0/end", InvalidValue),
        ],
    );
    check_change(
        OPERATOR_UNI,
        json!({ "/lagLinkMeg": "ENABLED" }),
        &[("/lagLinkMeg", InvalidValue)],
    );
    let peering = json!([{ "linkIdList": ["1", "9"] }]);
    check_change(
        OPERATOR_UNI,
        json!({ "/l2cpPeering": peering }),
        &[("/l2cpPeering/0/linkIdList/1", InvalidValue)],
    );
}

#[test]
fn an_enni_whose_links_are_all_active_has_a_port_conversation_map() {
    let links = json!([{ "id": "1" }, { "id": "2" }]);
    check_change(
        ENNI,
        json!({ "/listOfPhysicalLinks": links, "/linkAggregation": "ALL_ACTIVE" }),
        &[("/portConversation", MissingProperty)],
    );
}
