//! Rules that look at an OVC and its interfaces together: each finds the smallest pair that breaks it.

use std::borrow::Cow;

use segue_model::products::{ACCESS_ELINE_OVC, ENNI, Neighbour, OPERATOR_UNI, Products, Severity};
use serde_json::{Value, json};

use super::products_rules::changed;

/// A rule, what is changed in the OVC and in the UNI or ENNI, and the pointer of what it finds.
struct Row {
    rule: &'static str,
    ovc: Value,
    interface: (&'static str, Value),
    /// An earlier OVC of the request at the same interface.
    other: Option<Value>,
    pointer: String,
}

const UNI_PROFILES: &str = "/uniEp/ingressBandwidthProfilePerClassOfServiceName";
const ENNI_PROFILES: &str = "/enniEp/ingressBandwidthProfilePerClassOfServiceName";
const CONVERSATIONS: &str = "/enniEp/ovcEndPointPortConversationToAggregationLinkMap";

fn row(rule: &'static str, ovc: Value, interface: (&'static str, Value), pointer: &str) -> Row {
    let pointer = format!("/ovc{pointer}");
    Row {
        rule,
        ovc,
        interface,
        other: None,
        pointer,
    }
}

fn uni(changes: Value) -> (&'static str, Value) {
    (OPERATOR_UNI, changes)
}

fn enni(changes: Value) -> (&'static str, Value) {
    (ENNI, changes)
}

fn rate(value: u64) -> Value {
    json!({ "irValue": value, "irUnits": "MBPS" })
}

fn of_frames_and_rates() -> Vec<Row> {
    let cir = |list: &str| format!("{list}/0/bwpFlow/cir");
    let mut in_request = row(
        "no-ingress-profile-of-uni",
        json!({}),
        uni(json!({ "/ingressBandwidthProfile": [{}] })),
        "",
    );
    in_request.pointer = "/interface/ingressBandwidthProfile".into();
    let mut together = row(
        "rate-fits-uni",
        json!({ cir(UNI_PROFILES): rate(600) }),
        uni(json!({})),
        UNI_PROFILES,
    );
    together.other = Some(changed(ACCESS_ELINE_OVC, json!({ cir(UNI_PROFILES): rate(600) })));
    vec![
        row(
            "frame-fits-uni",
            json!({ "/maximumFrameSize": 1527 }),
            uni(json!({})),
            "/maximumFrameSize",
        ),
        row(
            "frame-fits-enni",
            json!({ "/maximumFrameSize": 1527 }),
            enni(json!({})),
            "/maximumFrameSize",
        ),
        row(
            "address-set-of-uni",
            json!({}),
            uni(json!({ "/l2cpAddressSet": "CTB" })),
            "/ovcL2cpAddressSet",
        ),
        row(
            "rate-fits-uni",
            json!({ cir(UNI_PROFILES): rate(1_001) }),
            uni(json!({})),
            UNI_PROFILES,
        ),
        together,
        row(
            "rate-fits-enni",
            json!({ cir(ENNI_PROFILES): rate(10_001) }),
            enni(json!({})),
            ENNI_PROFILES,
        ),
        in_request,
        row(
            "egress-profile-at-one-level",
            json!({ "/uniEp/egressBandwidthProfilePerEndPoint": [{}] }),
            uni(json!({ "/egressBandwidthProfile": [{}] })),
            "/uniEp/egressBandwidthProfilePerEndPoint",
        ),
    ]
}

fn of_envelopes() -> Vec<Row> {
    let flow = |coupled: bool| {
        json!([{ "classOfServiceName": "gold",
            "bwpFlow": { "envelopeId": "shared", "envelopeRank": 1, "couplingFlag": coupled } }])
    };
    let shared = |coupled: bool| json!([{ "envelopeID": "shared", "couplingFlagForIndexZero": coupled }]);
    let mut tokens = row(
        "tokens-are-shared",
        json!({ UNI_PROFILES: flow(false) }),
        uni(json!({ "/envelopes": shared(false) })),
        "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/envelopeId",
    );
    tokens.other = Some(changed(ACCESS_ELINE_OVC, json!({ UNI_PROFILES: flow(false) })));
    vec![
        row(
            "envelope-is-known",
            json!({ UNI_PROFILES: flow(false) }),
            uni(json!({})),
            "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/envelopeId",
        ),
        row(
            "envelope-at-one-level",
            json!({}),
            enni(json!({ "/envelopes": [{ "envelopeID": "enni-1" }] })),
            "/enniEp/ovcEndPointEnvelopes/0/envelopeID",
        ),
        row(
            "interface-envelope-coupled-once",
            json!({ UNI_PROFILES: flow(true) }),
            uni(json!({ "/envelopes": shared(true) })),
            "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow",
        ),
        tokens,
    ]
}

fn of_links() -> Vec<Row> {
    let links = json!([{ "id": "1" }, { "id": "2" }]);
    let active = || json!({ "/listOfPhysicalLinks": links, "/linkAggregation": "ALL_ACTIVE" });
    let depth = |depth: u32| json!({ "/enniEp/aggregationLinkDepth": [{ "vlanID": 2001, "lagDepth": depth }] });
    let map = |link: u32| {
        json!({ CONVERSATIONS:
            [{ "conversationIDs": [{ "start": 2001, "end": 2001 }], "aggLinkList": [link] }] })
    };
    let range = json!({ "conversationIDs": [{ "start": 0, "end": 99 }], "aggLinkList": [1] });
    vec![
        row(
            "depth-needs-active-links",
            depth(1),
            enni(json!({})),
            "/enniEp/aggregationLinkDepth",
        ),
        row(
            "depth-within-links",
            depth(3),
            enni(active()),
            "/enniEp/aggregationLinkDepth/0/lagDepth",
        ),
        row(
            "conversations-need-active-links",
            map(1),
            enni(json!({})),
            CONVERSATIONS,
        ),
        row(
            "conversations-on-links-of-enni",
            map(3),
            enni(active()),
            &format!("{CONVERSATIONS}/0/aggLinkList/0"),
        ),
        row(
            "c-vlan-has-link",
            json!({}),
            uni(json!({ "/aggregationLinkMap": [range] })),
            "/uniEp/ovcEndPointMap/ovcEndPointMapFormU/0",
        ),
    ]
}

fn of_vlans() -> Vec<Row> {
    let mut second = row("end-points-fit-uni", json!({}), uni(json!({})), "/uniEp");
    second.other = Some(changed(ACCESS_ELINE_OVC, json!({})));
    let some = enni(json!({ "/maximumNumberOfOvcs": 1 }));
    let mut third = row("ovcs-fit-enni", json!({}), some, "/enniEp");
    third.other = Some(changed(ACCESS_ELINE_OVC, json!({})));
    let mut rows = vec![second, third];
    rows.push(row(
        "c-vlans-fit-uni",
        json!({ "/uniEp/ovcEndPointMap/ovcEndPointMapFormU": [100, 101] }),
        uni(json!({})),
        "/uniEp/ovcEndPointMap/ovcEndPointMapFormU",
    ));
    rows
}

fn rows() -> Vec<Row> {
    let mut rows = of_frames_and_rates();
    rows.extend(of_envelopes());
    rows.extend(of_links());
    rows.extend(of_vlans());
    rows
}

/// Names of the rules that have a row here.
pub fn covered() -> Vec<&'static str> {
    rows().iter().map(|row| row.rule).collect()
}

/// What is found, as (severity, pointer and reason).
fn findings(ovc: &Value, (urn, interface): (&str, &Value), others: Vec<&Value>) -> Vec<(Severity, String)> {
    let neighbour = Neighbour {
        relation: if urn == ENNI {
            "CONNECTS_TO_ENNI"
        } else {
            "CONNECTS_TO_UNI"
        },
        configuration: Cow::Borrowed(interface),
        pointer: Some("/interface".into()),
        others: others.into_iter().map(Cow::Borrowed).collect(),
    };
    let (problems, warnings) = Products::builtin().check_beside(ovc, "/ovc", &[neighbour]);
    let problems = problems.into_iter().map(|problem| {
        (
            Severity::Refuse,
            format!("{}: {}", problem.property_path, problem.reason),
        )
    });
    let warnings = warnings.into_iter().map(|warning| (Severity::Warn, warning));
    problems.chain(warnings).collect()
}

#[test]
fn every_rule_of_neighbours_finds_the_smallest_pair_that_breaks_it() {
    let products = Products::builtin();
    for row in rows() {
        let rule = products
            .rules(ACCESS_ELINE_OVC)
            .iter()
            .find(|rule| rule.name == row.rule);
        let rule = rule.unwrap_or_else(|| panic!("no rule {}", row.rule));
        assert!(rule.is_about_neighbours());
        let (urn, changes) = row.interface;
        let interface = changed(urn, changes);
        let found = findings(
            &changed(ACCESS_ELINE_OVC, row.ovc),
            (urn, &interface),
            row.other.iter().collect(),
        );
        let this = |(severity, text): &(Severity, String)| {
            *severity == rule.severity
                && text.starts_with(&format!("{}: ", row.pointer))
                && text.ends_with(&format!("(rule {})", row.rule))
        };
        assert!(found.iter().any(this), "{}: {found:#?}", row.rule);
    }
}

#[test]
fn an_ovc_of_the_samples_fits_the_interfaces_of_the_samples() {
    let ovc = changed(ACCESS_ELINE_OVC, json!({}));
    for urn in [OPERATOR_UNI, ENNI] {
        assert_eq!(findings(&ovc, (urn, &changed(urn, json!({}))), vec![]), vec![], "{urn}");
    }
}

#[test]
fn what_an_enni_does_not_show_is_not_compared() {
    let ovc = changed(
        ACCESS_ELINE_OVC,
        json!({ "/maximumFrameSize": 9000, CONVERSATIONS: [{ "aggLinkList": [7] }] }),
    );
    let bare = json!({ "@type": ENNI, "sVlanIdControl": "FULL" });
    assert_eq!(findings(&ovc, (ENNI, &bare), vec![]), vec![]);
}
