//! Rules of interfaces: the Operator UNI, the ENNI, and what they share with end points.
//!
//! The rules are the validation notes of MEF 26.2 and MEF 51.1 that one payload can decide;
//! the final guide of these products numbers none (products.md 3.2).

use super::finding::{Findings, Node};

/// Rules of an Operator UNI.
pub(super) fn check_uni(uni: &Node<'_>, out: &mut Findings) {
    links(uni, out);
    let mapped = matches!(uni.text("linkAggregation"), Some("ALL_ACTIVE" | "OTHER"));
    match uni.get("aggregationLinkMap").filter(|map| !map.items().is_empty()) {
        Some(map) if !mapped && uni.get("linkAggregation").is_some() => {
            out.unexpected(&map, "A link map goes with linkAggregation ALL_ACTIVE or OTHER only.");
        }
        None if mapped => out.missing(uni, "aggregationLinkMap", "This linkAggregation needs a link map."),
        _ => {}
    }
    conversations(&uni.list("aggregationLinkMap"), link_count(uni), out);
    for profile in ["ingressBandwidthProfile", "egressBandwidthProfile"] {
        for flow in uni.list(profile) {
            check_flow(&flow, out);
            check_coupling(&flow, &uni.list("envelopes"), out);
        }
    }
    out.unique(&uni.each("envelopes", "envelopeID"), "Envelope");
    peering(uni, out);
}

/// Rules of an ENNI.
pub(super) fn check_enni(enni: &Node<'_>, out: &mut Findings) {
    links(enni, out);
    // MEF 26.2: an empty port conversation map is allowed unless all links are active.
    if enni.text("linkAggregation") == Some("ALL_ACTIVE") && enni.list("portConversation").is_empty() {
        out.missing(
            enni,
            "portConversation",
            "linkAggregation ALL_ACTIVE needs a port conversation map.",
        );
    }
    conversations(&enni.list("portConversation"), link_count(enni), out);
    out.unique(&enni.each("envelopes", "envelopeID"), "Envelope");
    peering(enni, out);
}

/// The number of links fits the aggregation; link identifiers are unique.
fn links(interface: &Node<'_>, out: &mut Findings) {
    out.unique(&interface.each("listOfPhysicalLinks", "id"), "Link");
    let Some(aggregation) = interface.get("linkAggregation") else {
        return;
    };
    let kind = aggregation.as_text().unwrap_or_default();
    let allowed: &[&str] = match link_count(interface) {
        0 => return,
        1 => &["NONE"],
        2 => &["2_LINK_ACTIVE_STANDBY", "ALL_ACTIVE", "OTHER"],
        _ => &["ALL_ACTIVE", "OTHER"],
    };
    if !allowed.contains(&kind) {
        let reason = format!("This number of physical links goes with {} only.", allowed.join(", "));
        out.invalid(&aggregation, reason);
    }
    if let Some(meg) = interface.get("lagLinkMeg")
        && meg.as_text() == Some("ENABLED")
        && kind == "NONE"
    {
        out.invalid(&meg, "A LAG link MEG needs link aggregation.");
    }
}

fn link_count(interface: &Node<'_>) -> usize {
    interface.list("listOfPhysicalLinks").len()
}

/// Maps from conversations to links: ranges run upwards, link numbers exist. `links` is 0 where
/// the number of links is not known.
pub(super) fn conversations(maps: &[Node<'_>], links: usize, out: &mut Findings) {
    for map in maps {
        for range in map.list("conversationIDs") {
            if let (Some(start), Some(end)) = (range.whole("start"), range.get("end"))
                && end.as_whole().is_some_and(|end| end < start)
            {
                out.invalid(&end, format!("A range ends at or above its start ({start})."));
            }
        }
        for link in map.list("aggLinkList") {
            let known = i64::try_from(links).unwrap_or(i64::MAX);
            if links > 0 && link.as_whole().is_some_and(|number| number > known) {
                out.invalid(&link, format!("The interface has {links} links."));
            }
        }
    }
}

/// Links named by peered protocols exist.
fn peering(interface: &Node<'_>, out: &mut Findings) {
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

/// A rate above zero needs a burst above zero (MEF 26.2, validation note on `cbs` and `ebs`).
pub(super) fn check_flow(flow: &Node<'_>, out: &mut Findings) {
    for (rates, burst) in [(["cir", "cirMax"], "cbs"), (["eir", "eirMax"], "ebs")] {
        let named = rates.iter().filter_map(|rate| flow.get(rate)?.get("irValue"));
        let wanted = named.into_iter().any(|value| value.is_positive());
        if let Some(size) = flow.get(burst).and_then(|burst| burst.get("dataSizeValue"))
            && wanted
            && !size.is_positive()
        {
            out.invalid(&size, format!("A {} above zero needs a {burst} above zero.", rates[0]));
        }
    }
}

/// Index zero of an envelope and one of its flows may not both be coupled. Official examples
/// do it nevertheless, so it is a warning.
pub(super) fn check_coupling(flow: &Node<'_>, envelopes: &[Node<'_>], out: &mut Findings) {
    let Some(id) = flow.text("envelopeId") else { return };
    let coupled = |envelope: &&Node<'_>| envelope.text("envelopeID") == Some(id);
    if let Some(envelope) = envelopes.iter().find(coupled)
        && envelope.is_set("couplingFlagForIndexZero")
        && flow.is_set("couplingFlag")
    {
        out.warn(
            flow,
            "couplingFlag should be false in an envelope whose index zero is coupled.",
        );
    }
}
