//! Rules of one end point of an OVC (MEF 26.2, MEF 51.1).

use super::finding::{Findings, Node};
use super::interface::{check_coupling, check_flow, conversations};
use super::names;
use super::ovc::End;

/// Rules of the end point at `end`.
pub(super) fn check_end_point(node: &Node<'_>, end: End, out: &mut Findings) {
    endpoint_map(node, end, out);
    class_map(node, end, out);
    if let Some(map) = node.get("colorMap") {
        if map.text("mapType").is_some_and(|kind| kind != "DEI") {
            // MEF 51.1 recommends it; other maps are allowed.
            out.warn(&map, "colorMap should be DEI.");
        }
        repeated(&map.list("colorFromPcpMap"), "pcpValue", out);
        overlapping(&map.list("colorFromDscpMap"), "dscpList", out);
    }
    for map in ["ingressClassOfServiceMap", "egressEquivalenceClassIdentifier"] {
        if let Some(map) = node.get(map).and_then(|map| map.get("map_M")) {
            repeated(&map.items(), "pcpVal", out);
            for version in ["ipv4List", "ipv6List"] {
                let lists = map.each("dscpValueCoSList", version);
                overlapping(&lists, "dscpValues", out);
            }
        }
    }
    profiles(node, end, out);
    egress(node, end, out);
    aggregation(node, end, out);
    out.unique(&node.each("ovcEndPointEnvelopes", "envelopeID"), "Envelope");
}

/// C-VLANs at the UNI, S-VLANs at the ENNI.
fn endpoint_map(node: &Node<'_>, end: End, out: &mut Findings) {
    let wanted = match end {
        End::Uni => "FORM_U",
        End::Enni => "FORM_E",
    };
    let kind = node.get("ovcEndPointMap").and_then(|map| map.get("mapType"));
    if let Some(kind) = kind.filter(|kind| kind.as_text().is_some_and(|text| text != wanted)) {
        out.invalid(&kind, format!("The end point map here is {wanted}."));
    }
}

/// The form of the class of service map; official examples break it at the ENNI, so it warns.
fn class_map(node: &Node<'_>, end: End, out: &mut Findings) {
    let Some(map) = node.get("ingressClassOfServiceMap") else {
        return;
    };
    let by_s_tag = map.text("mapType") == Some("S_TAG_PCP");
    match end {
        End::Uni if by_s_tag => out.warn(&map, "A UNI end point has no S-tag to map by."),
        End::Enni if !by_s_tag && map.text("mapType").is_some() => {
            out.warn(&map, "The map of an ENNI end point should be S_TAG_PCP.");
        }
        _ => {}
    }
    if by_s_tag && !map.list("l2cp_P").is_empty() {
        out.warn(&map, "l2cp_P should be empty in a map by S-tag.");
    }
}

/// One ingress profile for each class the map uses.
fn profiles(node: &Node<'_>, end: End, out: &mut Findings) {
    const NAME: &str = "ingressBandwidthProfilePerClassOfServiceName";
    let profiles = node.each(NAME, "classOfServiceName");
    out.unique(&profiles, "Class of service");
    if let (Some(list), Some(map)) = (node.get(NAME), node.get("ingressClassOfServiceMap")) {
        let used = names::of_map(&map);
        let used: Vec<&str> = used
            .iter()
            .filter(|name| !names::is_discard(name))
            .filter_map(Node::as_text)
            .collect();
        let has = |name: &str| profiles.iter().any(|profile| profile.as_text() == Some(name));
        let mut lacking: Vec<&str> = used.iter().copied().filter(|name| !has(name)).collect();
        lacking.sort_unstable();
        lacking.dedup();
        match (lacking.is_empty(), end) {
            (true, _) => {}
            // No official example states profiles at the ENNI as the note wants them.
            (false, End::Enni) => out.warn(&list, "Each class of the map should have a profile at the ENNI too."),
            (false, End::Uni) => {
                out.invalid(
                    &list,
                    format!("A bandwidth profile is missing for: {}.", lacking.join(", ")),
                );
            }
        }
        for profile in &profiles {
            if profile
                .as_text()
                .is_some_and(|name| !used.is_empty() && !used.contains(&name))
            {
                out.invalid(
                    profile,
                    "The class of service map of this end point does not use this class.",
                );
            }
        }
    }
    let envelopes = node.list("ovcEndPointEnvelopes");
    for flow in node.each(NAME, "bwpFlow") {
        check_flow(&flow, out);
        check_coupling(&flow, &envelopes, out);
        let offset = flow.whole("tokenRequestOffset");
        if end == End::Enni && offset.is_some_and(|offset| offset != 0 && offset != 4) {
            out.warn(
                &flow,
                "Support of a tokenRequestOffset other than 0 and 4 is not to be expected.",
            );
        }
    }
}

/// Egress profiles: per end point or per equivalence class, never both.
fn egress(node: &Node<'_>, end: End, out: &mut Findings) {
    let whole = node
        .get("egressBandwidthProfilePerEndPoint")
        .filter(|list| !list.items().is_empty());
    let by_class = node
        .get("egressBwpPerEgressEquivalenceClassName")
        .filter(|list| !list.items().is_empty());
    if let Some(whole) = &whole {
        if end == End::Enni {
            out.unexpected(whole, "There is no egress profile per end point at an ENNI.");
        }
        whole.items().iter().for_each(|flow| check_flow(flow, out));
    }
    let Some(by_class) = by_class else { return };
    if whole.is_some() {
        out.unexpected(
            &by_class,
            "Egress profiles stand per end point or per equivalence class, not both.",
        );
    }
    let entries = by_class.items();
    entries
        .iter()
        .filter_map(|entry| entry.get("bwpFlow"))
        .for_each(|flow| check_flow(&flow, out));
    let used: Vec<Node<'_>> = entries
        .iter()
        .filter_map(|entry| entry.get("classOfServiceName"))
        .collect();
    out.unique(&used, "Egress equivalence class");
    match node.get("egressEquivalenceClassIdentifier") {
        // Official examples leave the identifier to the Seller.
        None => out.warn(
            &by_class,
            "egressEquivalenceClassIdentifier should say which frames each class has.",
        ),
        Some(map) => {
            let mut known = names::of_map(&map);
            known.extend(names::of_control_frames(&map));
            for name in &used {
                if !known.iter().any(|class| class.as_text() == name.as_text()) {
                    out.invalid(name, "egressEquivalenceClassIdentifier does not have this class.");
                }
            }
        }
    }
}

/// Attributes of link aggregation, which only an ENNI end point has.
fn aggregation(node: &Node<'_>, end: End, out: &mut Findings) {
    const MAP: &str = "ovcEndPointPortConversationToAggregationLinkMap";
    if end == End::Uni {
        for name in ["aggregationLinkDepth", MAP] {
            if let Some(list) = node.get(name).filter(|list| !list.items().is_empty()) {
                out.unexpected(&list, format!("{name} is for ENNI end points only."));
            }
        }
        return;
    }
    let maps = node.list(MAP);
    // The ENNI has them, this payload does not say how many links.
    conversations(&maps, 0, out);
    let vlans = node
        .get("ovcEndPointMap")
        .map_or_else(Vec::new, |map| map.list("ovcEndPointMapFormE"));
    let vlans: Vec<i64> = vlans.iter().filter_map(Node::as_whole).collect();
    if vlans.is_empty() {
        return;
    }
    for range in maps.iter().flat_map(|map| map.list("conversationIDs")) {
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

/// A priority may stand in one entry of a map only.
fn repeated(entries: &[Node<'_>], name: &str, out: &mut Findings) {
    let values: Vec<Node<'_>> = entries.iter().filter_map(|entry| entry.get(name)).collect();
    out.unique(&values, "Priority");
}

/// A DSCP value may stand in one entry of a map only.
fn overlapping(entries: &[Node<'_>], list: &str, out: &mut Findings) {
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
