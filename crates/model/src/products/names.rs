//! Class of service names: where they are used in an end point.

use super::finding::Node;

/// The reserved name for frames that are dropped, in whatever case it is written.
pub(super) fn is_discard(name: &Node<'_>) -> bool {
    name.as_text().is_some_and(|text| text.eq_ignore_ascii_case("discard"))
}

/// Names a class of service map (or an egress equivalence class map, which has the same forms)
/// gives to data frames.
pub(super) fn of_map<'a>(map: &Node<'a>) -> Vec<Node<'a>> {
    let Some(target) = map.get("map_M") else {
        return Vec::new();
    };
    if target.as_text().is_some() {
        return vec![target];
    }
    let mut found: Vec<Node<'a>> = target
        .items()
        .iter()
        .filter_map(|entry| entry.get("pcpCosName"))
        .collect();
    found.extend(target.each("dscpValueCoSList", "cosName"));
    found.extend(
        ["otherIPv4", "otherIPv6", "notIP"]
            .iter()
            .filter_map(|name| target.get(name)),
    );
    found
}

/// Names a map gives to layer 2 control frames.
pub(super) fn of_control_frames<'a>(map: &Node<'a>) -> Vec<Node<'a>> {
    map.each("l2cp_P", "l2cpCosName")
}

/// All class of service names an end point uses. Egress equivalence classes are a name space of
/// their own and not among them.
pub(super) fn of_end_point<'a>(end: &Node<'a>) -> Vec<Node<'a>> {
    let mut found = Vec::new();
    if let Some(map) = end.get("ingressClassOfServiceMap") {
        found.extend(of_map(&map));
        found.extend(of_control_frames(&map));
    }
    found.extend(end.each("ingressBandwidthProfilePerClassOfServiceName", "classOfServiceName"));
    for map in end.list("ovcEgressMap") {
        for entries in ["cnPcpEntries", "ccDeiEntries", "ccPcpEntries", "cnPcpCcDeiEntries"] {
            found.extend(map.each(entries, "cosName"));
        }
    }
    found
}
