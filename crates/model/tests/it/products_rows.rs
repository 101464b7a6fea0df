//! Every rule of every product has a row here: the smallest change that breaks it, and where.

use segue_model::party::Strictness;
use segue_model::products::{ACCESS_ELINE_OVC, ENNI, OPERATOR_UNI, Products, Rule, Severity};
use serde_json::{Value, json};

use super::products_beside;
use super::products_interface_rows::{of_enni, of_uni};
use super::products_rules::{base, changed};

/// A rule, what is changed in the sample of the product, and the pointer of what it finds.
pub type Row = (&'static str, Value, &'static str);

const UNI_FLOW: &str = "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow";
const ENNI_FLOW: &str = "/enniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow";

/// One class of service with these members.
fn service_levels(members: &Value) -> Value {
    let mut entry = json!({ "cosName": "gold" });
    entry
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    json!({ "/carrierEthernetSls": [{ "slsCosNameEntry": [entry] }] })
}

fn delay(from: &str, to: &str, percentile: u32) -> Value {
    let pair = json!({ "fromCarrierEthernetServiceEndPoint": from, "toCarrierEthernetServiceEndPoint": to });
    let metric = json!({ "orderedPairList": [pair], "oneWayFdPercentile": percentile });
    service_levels(&json!({ "oneWayFrameDelayPmMetric": [metric] }))
}

fn of_whole_ovc() -> Vec<Row> {
    vec![
        (
            "c-vlans-are-preserved",
            json!({ "/uniEp/ovcEndPointMap/ovcEndPointMapFormU": [1, 2], "/ceVlanIdPreservation": "RETAIN" }),
            "/ceVlanIdPreservation",
        ),
        (
            "stripped-tag-keeps-nothing",
            json!({ "/ceVlanIdPreservation": "STRIP", "/cTagDeiPreservation": "DISABLED" }),
            "/cTagPcpPreservation",
        ),
        (
            "address-set-fits-map",
            json!({ "/ovcL2cpAddressSet": "CTB" }),
            "/ovcL2cpAddressSet",
        ),
        (
            "class-is-listed",
            json!({ "/enniEp/ingressClassOfServiceMap/map_M/7/pcpCosName": "silver" }),
            "/enniEp/ingressClassOfServiceMap/map_M/7/pcpCosName",
        ),
    ]
}

fn of_maps() -> Vec<Row> {
    let dscp = |values: Value| json!({ "ipv4List": { "dscpValues": values }, "cosName": "gold" });
    vec![
        (
            "vlan-map-fits-its-end",
            json!({ "/uniEp/ovcEndPointMap": { "mapType": "FORM_E", "ovcEndPointMapFormE": [1] } }),
            "/uniEp/ovcEndPointMap/mapType",
        ),
        (
            "uni-class-map-without-s-tag",
            json!({ "/uniEp/ingressClassOfServiceMap": { "mapType": "S_TAG_PCP" } }),
            "/uniEp/ingressClassOfServiceMap",
        ),
        (
            "enni-class-map-by-s-tag",
            json!({ "/enniEp/ingressClassOfServiceMap": { "mapType": "ENDPOINT", "map_M": "gold" } }),
            "/enniEp/ingressClassOfServiceMap",
        ),
        (
            "s-tag-map-without-control-frames",
            json!({ "/enniEp/ingressClassOfServiceMap/l2cp_P": [{ "l2cpCosName": "gold" }] }),
            "/enniEp/ingressClassOfServiceMap",
        ),
        (
            "color-by-dei",
            json!({ "/uniEp/colorMap": { "mapType": "ENDPOINT", "epColor": "GREEN" } }),
            "/uniEp/colorMap",
        ),
        (
            "priority-once",
            json!({ "/enniEp/ingressClassOfServiceMap/map_M/7": { "pcpVal": "0", "pcpCosName": "Discard" } }),
            "/enniEp/ingressClassOfServiceMap/map_M/7/pcpVal",
        ),
        (
            "dscp-once",
            json!({ "/uniEp/ingressClassOfServiceMap": { "mapType": "DSCP", "map_M":
                { "dscpValueCoSList": [dscp(json!([1, 2])), dscp(json!([2]))] } } }),
            "/uniEp/ingressClassOfServiceMap/map_M/dscpValueCoSList/1/ipv4List/dscpValues/0",
        ),
        (
            "uni-end-point-without-links",
            json!({ "/uniEp/aggregationLinkDepth": [{ "vlanID": 1, "lagDepth": 1 }] }),
            "/uniEp/aggregationLinkDepth",
        ),
        (
            "conversation-range-upwards",
            json!({ "/enniEp/ovcEndPointPortConversationToAggregationLinkMap":
                [{ "conversationIDs": [{ "start": 2001, "end": 2000 }] }] }),
            "/enniEp/ovcEndPointPortConversationToAggregationLinkMap/0/conversationIDs/0/end",
        ),
        (
            "depth-of-own-s-vlan",
            json!({ "/enniEp/aggregationLinkDepth": [{ "vlanID": 1, "lagDepth": 1 }] }),
            "/enniEp/aggregationLinkDepth/0/vlanID",
        ),
        (
            "conversation-of-own-s-vlan",
            json!({ "/enniEp/ovcEndPointPortConversationToAggregationLinkMap":
                [{ "conversationIDs": [{ "start": 2000, "end": 2001 }] }] }),
            "/enniEp/ovcEndPointPortConversationToAggregationLinkMap/0/conversationIDs/0",
        ),
    ]
}

fn of_egress() -> Vec<Row> {
    const BY_CLASS: &str = "/uniEp/egressBwpPerEgressEquivalenceClassName";
    const CLASSES: &str = "/uniEp/egressEquivalenceClassIdentifier";
    let flow = json!([{ "couplingFlag": false }]);
    let fast = json!({ "classOfServiceName": "fast" });
    let identifier = |class: &str| json!({ "mapType": "ENDPOINT", "map_M": class });
    vec![
        (
            "no-egress-profile-at-enni",
            json!({ "/enniEp/egressBandwidthProfilePerEndPoint": flow }),
            "/enniEp/egressBandwidthProfilePerEndPoint",
        ),
        (
            "egress-profile-of-one-kind",
            json!({ "/uniEp/egressBandwidthProfilePerEndPoint": flow, BY_CLASS: [fast], CLASSES: identifier("fast") }),
            BY_CLASS,
        ),
        (
            "egress-class-once",
            json!({ BY_CLASS: [fast, fast], CLASSES: identifier("fast") }),
            "/uniEp/egressBwpPerEgressEquivalenceClassName/1/classOfServiceName",
        ),
        (
            "egress-class-is-known",
            json!({ BY_CLASS: [fast], CLASSES: identifier("slow") }),
            "/uniEp/egressBwpPerEgressEquivalenceClassName/0/classOfServiceName",
        ),
        ("egress-classes-are-identified", json!({ BY_CLASS: [fast] }), BY_CLASS),
    ]
}

fn of_profiles() -> Vec<Row> {
    const UNI: &str = "/uniEp/ingressBandwidthProfilePerClassOfServiceName";
    let profile = |class: &str| json!({ "classOfServiceName": class });
    let two = json!(["gold", "silver"]);
    let ranked =
        |class: &str| json!({ "classOfServiceName": class, "bwpFlow": { "envelopeId": "uni-1", "envelopeRank": 1 } });
    vec![
        (
            "class-has-one-profile",
            json!({ UNI: [profile("gold"), { "classOfServiceName": "gold", "bwpFlow": {} }] }),
            "/uniEp/ingressBandwidthProfilePerClassOfServiceName/1/classOfServiceName",
        ),
        (
            "uni-class-has-profile",
            json!({ "/listOfClassOfServiceNames": two, UNI: [profile("silver")] }),
            UNI,
        ),
        (
            "enni-class-has-profile",
            json!({ "/listOfClassOfServiceNames": two,
                "/enniEp/ingressClassOfServiceMap/map_M/7/pcpCosName": "silver" }),
            "/enniEp/ingressBandwidthProfilePerClassOfServiceName",
        ),
        (
            "profile-class-is-mapped",
            json!({ "/listOfClassOfServiceNames": two, UNI: [profile("gold"), profile("silver")] }),
            "/uniEp/ingressBandwidthProfilePerClassOfServiceName/1/classOfServiceName",
        ),
        (
            "rate-needs-burst",
            json!({ format!("{UNI_FLOW}/cbs/dataSizeValue"): 0 }),
            "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/cbs/dataSizeValue",
        ),
        (
            "burst-holds-two-frames",
            json!({ format!("{UNI_FLOW}/cbs"): { "dataSizeValue": 3, "dataSizeUnits": "KBYTES" }, "/maximumFrameSize": 1537 }),
            "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/cbs",
        ),
        (
            "rate-within-its-maximum",
            json!({ format!("{UNI_FLOW}/cirMax"): { "irValue": 99_999, "irUnits": "KBPS" } }),
            "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/cir",
        ),
        (
            "envelope-rank-once",
            json!({ "/listOfClassOfServiceNames": two, UNI: [ranked("gold"), ranked("silver")] }),
            "/uniEp/ingressBandwidthProfilePerClassOfServiceName/1/bwpFlow/envelopeRank",
        ),
        (
            "envelope-coupled-once",
            json!({ "/enniEp/ovcEndPointEnvelopes/0/couplingFlagForIndexZero": true,
                format!("{ENNI_FLOW}/couplingFlag"): true }),
            ENNI_FLOW,
        ),
        (
            "enni-token-request-offset",
            json!({ format!("{ENNI_FLOW}/tokenRequestOffset"): 1 }),
            ENNI_FLOW,
        ),
        (
            "envelope-once",
            json!({ "/enniEp/ovcEndPointEnvelopes": [{ "envelopeID": "enni-1" },
                { "envelopeID": "enni-1", "couplingFlagForIndexZero": false }] }),
            "/enniEp/ovcEndPointEnvelopes/1/envelopeID",
        ),
    ]
}

fn of_service_levels() -> Vec<Row> {
    let entry = json!({ "cosName": "gold" });
    let again = json!({ "cosName": "gold", "deltaT": 10 });
    vec![
        (
            "service-level-class-once",
            json!({ "/carrierEthernetSls": [{ "slsCosNameEntry": [entry, again] }] }),
            "/carrierEthernetSls/0/slsCosNameEntry/1/cosName",
        ),
        (
            "service-level-of-own-end-points",
            delay("uni", "moon", 95),
            "/carrierEthernetSls/0/slsCosNameEntry/0/oneWayFrameDelayPmMetric/0/orderedPairList/0/\
             toCarrierEthernetServiceEndPoint",
        ),
        (
            "service-level-between-two",
            delay("uni", "uni", 95),
            "/carrierEthernetSls/0/slsCosNameEntry/0/oneWayFrameDelayPmMetric/0/orderedPairList/0/\
             toCarrierEthernetServiceEndPoint",
        ),
        (
            "percentile-above-zero",
            delay("uni", "enni", 0),
            "/carrierEthernetSls/0/slsCosNameEntry/0/oneWayFrameDelayPmMetric/0/oneWayFdPercentile",
        ),
        (
            "metric-repeated-with-another-parameter",
            service_levels(&json!({ "oneWayAvailabilityPmMetric":
                [{ "oneWayAvailabilityObjective": 99 }, { "oneWayAvailabilityObjective": 98 }] })),
            "/carrierEthernetSls/0/slsCosNameEntry/0/oneWayAvailabilityPmMetric/1",
        ),
        (
            "short-intervals-are-short",
            json!({ "/carrierEthernetSls": [{ "timeDuration": { "timeDurationValue": 1, "timeDurationUnits": "MIN" },
                "slsCosNameEntry": [{ "cosName": "gold", "deltaT": 7 }] }] }),
            "/carrierEthernetSls/0/slsCosNameEntry/0/deltaT",
        ),
        (
            "no-composite-metric",
            service_levels(&json!({ "oneWayCompositePmMetric": [{}] })),
            "/carrierEthernetSls/0/slsCosNameEntry/0/oneWayCompositePmMetric",
        ),
    ]
}

fn rows() -> Vec<(&'static str, Vec<Row>)> {
    let ovc = [
        of_whole_ovc(),
        of_maps(),
        of_egress(),
        of_profiles(),
        of_service_levels(),
    ];
    vec![
        (ACCESS_ELINE_OVC, ovc.concat()),
        (OPERATOR_UNI, of_uni()),
        (ENNI, of_enni()),
    ]
}

/// Everything that is found, as (severity, pointer, reason).
fn findings(urn: &str, changes: Value) -> Vec<(Severity, String, String)> {
    let (problems, warnings) = Products::builtin().check(&changed(urn, changes), "/product", Strictness::Refuse);
    let problems = problems
        .into_iter()
        .map(|problem| (Severity::Refuse, problem.property_path, problem.reason));
    let warnings = warnings.into_iter().map(|warning| {
        let (path, reason) = warning.split_once(": ").unwrap();
        (Severity::Warn, path.to_owned(), reason.to_owned())
    });
    problems.chain(warnings).collect()
}

#[track_caller]
fn check_row(rule: &Rule, urn: &str, (name, changes, pointer): Row) {
    let found = findings(urn, changes);
    let pointer = format!("/product{pointer}");
    let named = format!("(rule {name})");
    let this = |(severity, path, reason): &&(Severity, String, String)| {
        *severity == rule.severity && *path == pointer && reason.ends_with(&named)
    };
    assert!(found.iter().any(|found| this(&found)), "{name}: {found:#?}");
}

#[test]
fn every_rule_finds_the_smallest_document_that_breaks_it_at_the_exact_place() {
    let products = Products::builtin();
    for (urn, rows) in rows() {
        for row in rows {
            let rule = products.rules(urn).iter().find(|rule| rule.name == row.0);
            let rule = rule.unwrap_or_else(|| panic!("{urn} has no rule {}", row.0));
            check_row(rule, urn, row);
        }
    }
}

#[test]
fn no_rule_is_dead_every_one_has_a_row() {
    let products = Products::builtin();
    let rows = rows();
    let beside = products_beside::covered();
    for product in products.all() {
        let (_, rows) = rows.iter().find(|(urn, _)| *urn == product.urn).unwrap();
        for rule in products.rules(&product.urn) {
            // Their rows are those of `api/items/tests/envelope.rs`.
            if rule.is_about_envelope() {
                continue;
            }
            assert!(
                rows.iter().any(|row| row.0 == rule.name) || beside.iter().any(|name| *name == rule.name),
                "{}: {}",
                product.name,
                rule.name
            );
        }
    }
}

#[test]
fn the_samples_break_no_rule() {
    for urn in [ACCESS_ELINE_OVC, OPERATOR_UNI, ENNI] {
        let found = Products::builtin().check(&base(urn), "", Strictness::Refuse);
        assert_eq!(found, (vec![], vec![]), "{urn}");
    }
}

#[test]
fn names_of_rules_are_unique_in_a_product_and_about_is_one_sentence() {
    let products = Products::builtin();
    for product in products.all() {
        let rules = products.rules(&product.urn);
        for (index, rule) in rules.iter().enumerate() {
            let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(rule.name.chars().all(kebab), "{}", rule.name);
            assert!(
                rules[..index].iter().all(|other| other.name != rule.name),
                "{}",
                rule.name
            );
            assert!(rule.about.ends_with('.') && !rule.source.is_empty(), "{}", rule.name);
        }
    }
}
