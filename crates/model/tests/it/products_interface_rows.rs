//! Rows of the rules of UNI and ENNI; see `products_rows.rs`.

use serde_json::{Value, json};

use super::products_rows::Row;

fn of_interface(map: &'static str) -> Vec<Row> {
    let links = json!([{ "id": "1" }, { "id": "2" }]);
    let mapped =
        |value: Value| json!({ "/listOfPhysicalLinks": links, "/linkAggregation": "ALL_ACTIVE", map: [value] });
    let start = json!({ "conversationIDs": [{ "start": 5, "end": 4 }], "aggLinkList": [1] });
    let link = json!({ "conversationIDs": [{ "start": 4, "end": 5 }], "aggLinkList": [3] });
    let path = |uni, enni| if map == "/portConversation" { enni } else { uni };
    vec![
        (
            "link-id-once",
            json!({ "/listOfPhysicalLinks": [{ "id": "1" }, { "id": "1", "physicalLink": "OTHER" }] }),
            "/listOfPhysicalLinks/1/id",
        ),
        (
            "links-fit-aggregation",
            json!({ "/listOfPhysicalLinks": links, "/linkAggregation": "NONE" }),
            "/linkAggregation",
        ),
        (
            "lag-meg-needs-aggregation",
            json!({ "/lagLinkMeg": "ENABLED", "/listOfPhysicalLinks": [{ "id": "1" }], "/linkAggregation": "NONE" }),
            "/lagLinkMeg",
        ),
        (
            "conversation-range-upwards",
            mapped(start),
            path(
                "/aggregationLinkMap/0/conversationIDs/0/end",
                "/portConversation/0/conversationIDs/0/end",
            ),
        ),
        (
            "conversation-on-known-link",
            mapped(link),
            path(
                "/aggregationLinkMap/0/aggLinkList/0",
                "/portConversation/0/aggLinkList/0",
            ),
        ),
        (
            "envelope-once",
            json!({ "/envelopes": [{ "envelopeID": "a" }, { "envelopeID": "a", "couplingFlagForIndexZero": true }] }),
            "/envelopes/1/envelopeID",
        ),
        (
            "peered-link-is-known",
            json!({ "/l2cpPeering": [{ "linkIdList": ["none"] }] }),
            "/l2cpPeering/0/linkIdList/0",
        ),
    ]
}

pub fn of_uni() -> Vec<Row> {
    let mut rows = of_interface("/aggregationLinkMap");
    let flow = json!({ "cir": { "irValue": 5, "irUnits": "MBPS" }, "envelopeId": "a", "couplingFlag": true,
        "cbs": { "dataSizeValue": 0, "dataSizeUnits": "BYTES" } });
    rows.extend([
        (
            "link-map-with-aggregation",
            json!({ "/listOfPhysicalLinks": [{ "id": "1" }, { "id": "2" }], "/linkAggregation": "ALL_ACTIVE" }),
            "/aggregationLinkMap",
        ),
        (
            "blind-uni-peers-within-its-set",
            json!({ "/l2cpAddressSet": "CTB2", "/l2cpPeering": [{ "destinationAddress": "01-80-C2-00-00-0E" }] }),
            "/l2cpPeering/0/destinationAddress",
        ),
        (
            "rate-within-its-maximum",
            json!({ "/ingressBandwidthProfile": [{ "eir": { "irValue": 1, "irUnits": "GBPS" },
                "eirMax": { "irValue": 1, "irUnits": "MBPS" } }] }),
            "/ingressBandwidthProfile/0/eir",
        ),
        (
            "profile-fits-links",
            json!({ "/ingressBandwidthProfile": [{ "cir": { "irValue": 2, "irUnits": "GBPS" } }] }),
            "/ingressBandwidthProfile/0/cir",
        ),
        (
            "rate-needs-burst",
            json!({ "/egressBandwidthProfile": [flow] }),
            "/egressBandwidthProfile/0/cbs/dataSizeValue",
        ),
        (
            "envelope-coupled-once",
            json!({ "/egressBandwidthProfile": [flow],
                "/envelopes": [{ "envelopeID": "a", "couplingFlagForIndexZero": true }] }),
            "/egressBandwidthProfile/0",
        ),
    ]);
    rows
}

pub fn of_enni() -> Vec<Row> {
    let mut rows = of_interface("/portConversation");
    rows.push((
        "active-links-are-mapped",
        json!({ "/listOfPhysicalLinks": [{ "id": "1" }, { "id": "2" }], "/linkAggregation": "ALL_ACTIVE",
            "/portConversation": [] }),
        "/portConversation",
    ));
    rows
}
