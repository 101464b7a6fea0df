//! Rules of the end points of an OVC: maps, egress and link aggregation (MEF 26.2, MEF 51.1).

use super::finding::{Finder, Node};
use super::interface::ranges_run_upwards;
use super::names;
use super::ovc::{End, ends};
use super::rule::Rule;

const DEPTH: &str = "aggregationLinkDepth";
const CONVERSATIONS: &str = "ovcEndPointPortConversationToAggregationLinkMap";
const EGRESS: &str = "egressBandwidthProfilePerEndPoint";
const EGRESS_BY_CLASS: &str = "egressBwpPerEgressEquivalenceClassName";
const EGRESS_CLASSES: &str = "egressEquivalenceClassIdentifier";

/// Maps, egress, link aggregation.
pub(super) const RULES: &[Rule] = &[
    Rule::alone(
        "vlan-map-fits-its-end",
        "MEF 106 ovcEndPointMap",
        "The UNI end point maps C-VLANs (FORM_U), the ENNI end point S-VLANs (FORM_E).",
        vlan_map,
    ),
    Rule::alone(
        "uni-class-map-without-s-tag",
        "MEF 26.2, MEF 106 ingressClassOfServiceMap",
        "A UNI end point tells classes of service apart by ENDPOINT, C_TAG_PCP or DSCP.",
        uni_class_map,
    ),
    Rule::alone(
        "enni-class-map-by-s-tag",
        "MEF 26.2, MEF 106 ingressClassOfServiceMap",
        "An ENNI end point should tell classes of service apart by S_TAG_PCP.",
        enni_class_map,
    )
    .warns(),
    Rule::alone(
        "s-tag-map-without-control-frames",
        "MEF 106 l2cp_P",
        "A map by S-tag should have no entries for control protocols.",
        control_frames,
    )
    .warns(),
    Rule::alone(
        "color-by-dei",
        "MEF 51.1, MEF 106 colorMap",
        "The colour of frames should come from the DEI bit at both ends.",
        color_map,
    )
    .warns(),
    Rule::alone(
        "priority-once",
        "MEF 106 pcpVal, pcpValue",
        "A priority stands in one entry of a map only.",
        priorities,
    ),
    Rule::alone(
        "dscp-once",
        "MEF 106 dscpValues, dscpList",
        "A DSCP value stands in one entry of a map only, counted for each version of IP.",
        code_points,
    ),
    Rule::alone(
        "no-egress-profile-at-enni",
        "MEF 106 egressBandwidthProfilePerEndPoint",
        "An ENNI end point has no egress profile as a whole.",
        whole_at_enni,
    ),
    Rule::alone(
        "egress-profile-of-one-kind",
        "MEF 106 egressBwpPerEgressEquivalenceClassName",
        "Egress profiles stand for the whole end point or for equivalence classes, not both.",
        one_kind,
    ),
    Rule::alone(
        "egress-class-once",
        "MEF 106 egressBwpPerEgressEquivalenceClassName",
        "An egress equivalence class has one profile.",
        egress_class_once,
    ),
    Rule::alone(
        "egress-class-is-known",
        "MEF 106 egressBwpPerEgressEquivalenceClassName",
        "Each class with an egress profile is one of egressEquivalenceClassIdentifier.",
        egress_class_known,
    ),
    // Official examples leave the identifier to the Seller.
    Rule::alone(
        "egress-classes-are-identified",
        "MEF 106 egressEquivalenceClassIdentifier",
        "Egress profiles by class should come with the map that says which frames a class has.",
        egress_identified,
    )
    .warns(),
    Rule::alone(
        "uni-end-point-without-links",
        "MEF 106 aggregationLinkDepth",
        "Depth and conversation maps of link aggregation are for ENNI end points only.",
        links_at_uni,
    ),
    Rule::alone(
        "conversation-range-upwards",
        "MEF 26.2",
        "A range of conversations ends at or above its start.",
        ranges,
    ),
    Rule::alone(
        "conversation-of-own-s-vlan",
        "MEF 106 ovcEndPointPortConversationToAggregationLinkMap",
        "An end point maps only S-VLANs of its own to links.",
        own_vlans,
    ),
    Rule::alone(
        "depth-of-own-s-vlan",
        "MEF 106 aggregationLinkDepth",
        "A depth of links is for an S-VLAN of the end point, and one for each.",
        depths,
    ),
];

/// S-VLANs of the ENNI end point.
pub(super) fn s_vlans(end: &Node<'_>) -> Vec<i64> {
    let map = end.get("ovcEndPointMap");
    map.map_or_else(Vec::new, |map| map.wholes("ovcEndPointMapFormE"))
}

fn vlan_map(ovc: &Node<'_>, out: &mut Finder) {
    for (end, wanted) in [(End::Uni, "FORM_U"), (End::Enni, "FORM_E")] {
        let map = end.of(ovc).and_then(|node| node.get("ovcEndPointMap"));
        let kind = map.and_then(|map| map.get("mapType"));
        if let Some(kind) = kind.filter(|kind| kind.as_text().is_some_and(|text| text != wanted)) {
            out.invalid(&kind, format!("The end point map here is {wanted}."));
        }
    }
}

/// The class of service map of an end, with its kind.
fn class_map<'a>(ovc: &Node<'a>, end: End) -> Option<(Node<'a>, &'a str)> {
    let map = end.of(ovc)?.get("ingressClassOfServiceMap")?;
    let kind = map.text("mapType")?;
    Some((map, kind))
}

fn uni_class_map(ovc: &Node<'_>, out: &mut Finder) {
    if let Some((map, "S_TAG_PCP")) = class_map(ovc, End::Uni) {
        out.invalid(&map, "A UNI end point has no S-tag to map by.");
    }
}

fn enni_class_map(ovc: &Node<'_>, out: &mut Finder) {
    if let Some((map, kind)) = class_map(ovc, End::Enni)
        && kind != "S_TAG_PCP"
    {
        out.invalid(&map, "The map of an ENNI end point should be S_TAG_PCP.");
    }
}

fn control_frames(ovc: &Node<'_>, out: &mut Finder) {
    for end in [End::Uni, End::Enni] {
        if let Some((map, "S_TAG_PCP")) = class_map(ovc, end)
            && map.filled("l2cp_P").is_some()
        {
            out.invalid(&map, "l2cp_P should be empty in a map by S-tag.");
        }
    }
}

fn color_map(ovc: &Node<'_>, out: &mut Finder) {
    for map in ends(ovc).iter().filter_map(|end| end.get("colorMap")) {
        if map.text("mapType").is_some_and(|kind| kind != "DEI") {
            out.invalid(&map, "colorMap should be DEI.");
        }
    }
}

/// What the maps of both ends map frames by.
fn targets<'a>(ovc: &Node<'a>) -> Vec<Node<'a>> {
    let ends = ends(ovc);
    let maps = ends.iter().flat_map(|end| {
        ["ingressClassOfServiceMap", EGRESS_CLASSES]
            .into_iter()
            .filter_map(|name| end.get(name)?.get("map_M"))
    });
    maps.collect()
}

fn priorities(ovc: &Node<'_>, out: &mut Finder) {
    for target in targets(ovc) {
        let values: Vec<Node<'_>> = target.items().iter().filter_map(|entry| entry.get("pcpVal")).collect();
        out.unique(&values, "Priority");
    }
    for map in ends(ovc).iter().filter_map(|end| end.get("colorMap")) {
        out.unique(&map.each("colorFromPcpMap", "pcpValue"), "Priority");
    }
}

fn code_points(ovc: &Node<'_>, out: &mut Finder) {
    for target in targets(ovc) {
        for version in ["ipv4List", "ipv6List"] {
            overlapping(&target.each("dscpValueCoSList", version), "dscpValues", out);
        }
    }
    for map in ends(ovc).iter().filter_map(|end| end.get("colorMap")) {
        overlapping(&map.list("colorFromDscpMap"), "dscpList", out);
    }
}

fn overlapping(entries: &[Node<'_>], list: &str, out: &mut Finder) {
    let mut seen: Vec<i64> = Vec::new();
    for entry in entries {
        let before = seen.len();
        for value in entry.list(list) {
            let Some(number) = value.as_whole() else { continue };
            if seen[..before].contains(&number) {
                out.invalid(
                    &value,
                    format!("DSCP {number} stands in two entries; each may stand in one."),
                );
            }
            seen.push(number);
        }
    }
}

fn whole_at_enni(ovc: &Node<'_>, out: &mut Finder) {
    if let Some(whole) = End::Enni.of(ovc).and_then(|end| end.filled(EGRESS)) {
        out.unexpected(&whole, "There is no egress profile per end point at an ENNI.");
    }
}

fn one_kind(ovc: &Node<'_>, out: &mut Finder) {
    for end in ends(ovc) {
        if let (Some(_), Some(by_class)) = (end.filled(EGRESS), end.filled(EGRESS_BY_CLASS)) {
            out.unexpected(
                &by_class,
                "Egress profiles stand per end point or per equivalence class, not both.",
            );
        }
    }
}

fn egress_class_once(ovc: &Node<'_>, out: &mut Finder) {
    for end in ends(ovc) {
        let used = end.each(EGRESS_BY_CLASS, "classOfServiceName");
        out.unique(&used, "Egress equivalence class");
    }
}

fn egress_class_known(ovc: &Node<'_>, out: &mut Finder) {
    for end in ends(ovc) {
        let Some(map) = end.get(EGRESS_CLASSES) else { continue };
        let mut known = names::of_map(&map);
        known.extend(names::of_control_frames(&map));
        for name in end.each(EGRESS_BY_CLASS, "classOfServiceName") {
            if !known.iter().any(|class| class.as_text() == name.as_text()) {
                out.invalid(&name, "egressEquivalenceClassIdentifier does not have this class.");
            }
        }
    }
}

fn egress_identified(ovc: &Node<'_>, out: &mut Finder) {
    for end in ends(ovc) {
        if let (Some(by_class), None) = (end.filled(EGRESS_BY_CLASS), end.get(EGRESS_CLASSES)) {
            out.invalid(
                &by_class,
                "egressEquivalenceClassIdentifier should say which frames each class has.",
            );
        }
    }
}

fn links_at_uni(ovc: &Node<'_>, out: &mut Finder) {
    let Some(end) = End::Uni.of(ovc) else { return };
    for name in [DEPTH, CONVERSATIONS] {
        if let Some(list) = end.filled(name) {
            out.unexpected(&list, format!("{name} is for ENNI end points only."));
        }
    }
}

fn ranges(ovc: &Node<'_>, out: &mut Finder) {
    if let Some(end) = End::Enni.of(ovc) {
        ranges_run_upwards(&end.list(CONVERSATIONS), out);
    }
}

fn own_vlans(ovc: &Node<'_>, out: &mut Finder) {
    let Some(end) = End::Enni.of(ovc) else { return };
    let vlans = s_vlans(&end);
    if vlans.is_empty() {
        return;
    }
    for range in end
        .list(CONVERSATIONS)
        .iter()
        .flat_map(|map| map.list("conversationIDs"))
    {
        if let (Some(start), Some(end)) = (range.whole("start"), range.whole("end"))
            && (start..=end).any(|id| !vlans.contains(&id))
        {
            out.invalid(
                &range,
                "Only S-VLANs of this end point's own map may be mapped to links.",
            );
        }
    }
}

fn depths(ovc: &Node<'_>, out: &mut Finder) {
    let Some(end) = End::Enni.of(ovc) else { return };
    let vlans = s_vlans(&end);
    let mut seen = Vec::new();
    for vlan in end.each(DEPTH, "vlanID") {
        let Some(id) = vlan.as_whole() else { continue };
        if !vlans.is_empty() && !vlans.contains(&id) {
            out.invalid(&vlan, "The map of this end point does not have this S-VLAN.");
        } else if seen.contains(&id) {
            out.invalid(&vlan, format!("The S-VLAN {id} has a depth already."));
        }
        seen.push(id);
    }
}
