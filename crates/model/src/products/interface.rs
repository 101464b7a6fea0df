//! Rules of interfaces: the Operator UNI, the ENNI, and what they share with end points.
//!
//! The rules are the validation notes of MEF 26.2 and MEF 51.1 that one payload can decide;
//! the final guide of these products numbers none (products.md 3.2).

use super::finding::{Finder, Node};
use super::rule::Rule;

/// What a UNI and an ENNI have alike.
pub(super) const RULES: &[Rule] = &[
    Rule::alone(
        "link-id-once",
        "own",
        "A physical link has an identifier of its own.",
        |interface, out| out.unique(&interface.each("listOfPhysicalLinks", "id"), "Link"),
    ),
    Rule::alone(
        "links-fit-aggregation",
        "MEF 26.2, MEF 106 linkAggregation",
        "One link is not aggregated, two are in one of three ways, more are all active or OTHER.",
        links,
    ),
    Rule::alone(
        "lag-meg-needs-aggregation",
        "MEF 106 lagLinkMeg",
        "A MEG of LAG links needs link aggregation.",
        lag_meg,
    ),
    Rule::alone(
        "conversation-range-upwards",
        "MEF 26.2",
        "A range of conversations ends at or above its start.",
        |interface, out| ranges_run_upwards(&conversations(interface), out),
    ),
    Rule::alone(
        "conversation-on-known-link",
        "MEF 26.2",
        "Conversations are mapped to links that the interface has.",
        known_links,
    ),
    Rule::alone(
        "envelope-once",
        "MEF 106 envelopeID",
        "An envelope stands once in the list of an interface.",
        |interface, out| out.unique(&interface.each("envelopes", "envelopeID"), "Envelope"),
    ),
    Rule::alone(
        "peered-link-is-known",
        "MEF 106 linkIdList",
        "A protocol is peered at links that the interface has.",
        peering,
    ),
];

/// What a UNI has for itself.
pub(super) const UNI_RULES: &[Rule] = &[
    Rule::alone(
        "link-map-with-aggregation",
        "MEF 106 aggregationLinkMap",
        "A UNI maps conversations to links exactly when its aggregation is ALL_ACTIVE or OTHER.",
        link_map,
    ),
    // The list of the standard itself was not at hand; these are the reserved addresses of an
    // S-VLAN bridge (IEEE 802.1Q), so it only warns.
    Rule::alone(
        "blind-uni-peers-within-its-set",
        "MEF 45.1, MEF 106 l2cpPeering",
        "A UNI with CTB should peer addresses of that set only: 01-80-C2-00-00-01 to -0A.",
        blind_peering,
    )
    .warns(),
];

/// What an ENNI has for itself.
pub(super) const ENNI_RULES: &[Rule] = &[Rule::alone(
    "active-links-are-mapped",
    "MEF 26.2, MEF 106 portConversation",
    "An ENNI whose links are all active maps conversations to them.",
    port_conversation,
)];

fn link_map(uni: &Node<'_>, out: &mut Finder) {
    let mapped = matches!(uni.text("linkAggregation"), Some("ALL_ACTIVE" | "OTHER"));
    match uni.filled("aggregationLinkMap") {
        Some(map) if !mapped && uni.get("linkAggregation").is_some() => {
            out.unexpected(&map, "A link map goes with linkAggregation ALL_ACTIVE or OTHER only.");
        }
        None if mapped => out.missing(uni, "aggregationLinkMap", "This linkAggregation needs a link map."),
        _ => {}
    }
}

/// MEF 26.2: an empty port conversation map is allowed unless all links are active.
fn port_conversation(enni: &Node<'_>, out: &mut Finder) {
    if enni.text("linkAggregation") == Some("ALL_ACTIVE") && enni.filled("portConversation").is_none() {
        out.missing(
            enni,
            "portConversation",
            "linkAggregation ALL_ACTIVE needs a port conversation map.",
        );
    }
}

fn links(interface: &Node<'_>, out: &mut Finder) {
    let Some(aggregation) = interface.get("linkAggregation") else {
        return;
    };
    let allowed: &[&str] = match link_count(interface) {
        0 => return,
        1 => &["NONE"],
        2 => &["2_LINK_ACTIVE_STANDBY", "ALL_ACTIVE", "OTHER"],
        _ => &["ALL_ACTIVE", "OTHER"],
    };
    if !allowed.contains(&aggregation.as_text().unwrap_or_default()) {
        let reason = format!("This number of physical links goes with {} only.", allowed.join(", "));
        out.invalid(&aggregation, reason);
    }
}

fn lag_meg(interface: &Node<'_>, out: &mut Finder) {
    if let Some(meg) = interface.get("lagLinkMeg")
        && meg.as_text() == Some("ENABLED")
        && interface.text("linkAggregation") == Some("NONE")
    {
        out.invalid(&meg, "A LAG link MEG needs link aggregation.");
    }
}

/// How many links an interface has; 0 where it does not say.
pub(super) fn link_count(interface: &Node<'_>) -> usize {
    let links = interface.value().get("listOfPhysicalLinks");
    links.and_then(serde_json::Value::as_array).map_or(0, Vec::len)
}

/// The map of an interface from conversations to links, under the name it has there.
fn conversations<'a>(interface: &Node<'a>) -> Vec<Node<'a>> {
    let mut maps = interface.list("aggregationLinkMap");
    maps.extend(interface.list("portConversation"));
    maps
}

pub(super) fn ranges_run_upwards(maps: &[Node<'_>], out: &mut Finder) {
    for range in maps.iter().flat_map(|map| map.list("conversationIDs")) {
        if let (Some(start), Some(end)) = (range.whole("start"), range.get("end"))
            && end.as_whole().is_some_and(|end| end < start)
        {
            out.invalid(&end, format!("A range ends at or above its start ({start})."));
        }
    }
}

fn known_links(interface: &Node<'_>, out: &mut Finder) {
    links_exist(&conversations(interface), link_count(interface), out);
}

/// `links` is 0 where the number of links is not known.
pub(super) fn links_exist(maps: &[Node<'_>], links: usize, out: &mut Finder) {
    let known = i64::try_from(links).unwrap_or(i64::MAX);
    for link in maps.iter().flat_map(|map| map.list("aggLinkList")) {
        if links > 0 && link.as_whole().is_some_and(|number| number > known) {
            out.invalid(&link, format!("The interface has {links} links."));
        }
    }
}

fn peering(interface: &Node<'_>, out: &mut Finder) {
    let links = interface.each("listOfPhysicalLinks", "id");
    if links.is_empty() {
        return;
    }
    for link in interface
        .list("l2cpPeering")
        .iter()
        .flat_map(|entry| entry.list("linkIdList"))
    {
        if !links.iter().any(|known| known.as_text() == link.as_text()) {
            out.invalid(&link, "No physical link of this interface has this id.");
        }
    }
}

fn blind_peering(uni: &Node<'_>, out: &mut Finder) {
    if !matches!(uni.text("l2cpAddressSet"), Some("CTB" | "CTB2")) {
        return;
    }
    for address in uni.each("l2cpPeering", "destinationAddress") {
        let Some(text) = address.as_text() else { continue };
        let last = text.to_ascii_uppercase();
        let last = last.strip_prefix("01-80-C2-00-00-");
        let last = last.and_then(|last| u8::from_str_radix(last, 16).ok());
        if !last.is_some_and(|last| (0x01..=0x0A).contains(&last)) {
            out.invalid(&address, "This address is not one of the set of the UNI.");
        }
    }
}
