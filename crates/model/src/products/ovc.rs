//! Rules of an Access E-Line OVC: the validation notes of MEF 26.2 and MEF 51.1 that one
//! payload can decide (products.md 3.2). Where the official examples break a note, it warns.

use super::end_point;
use super::finding::{Findings, Node};
use super::names;

/// The highest VLAN ID a map can hold: a map of all of them maps every frame.
const ALL_VLAN_IDS: usize = 4094;

/// Which end of the OVC an end point is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// `uniEp`
    Uni,
    /// `enniEp`
    Enni,
}

/// Rules of an Access E-Line OVC.
pub(super) fn check_ovc(ovc: &Node<'_>, out: &mut Findings) {
    tags(ovc, out);
    address_set(ovc, out);
    for (member, end) in [("uniEp", End::Uni), ("enniEp", End::Enni)] {
        if let Some(node) = ovc.get(member) {
            end_point::check_end_point(&node, end, out);
        }
    }
    class_names(ovc, out);
    agreement_on_service_levels(ovc, out);
}

/// What happens to the customer's tags.
fn tags(ovc: &Node<'_>, out: &mut Findings) {
    let kept = ovc.text("ceVlanIdPreservation");
    let vlans = ovc.get("uniEp").and_then(|end| end.get("ovcEndPointMap"));
    let vlans = vlans.map_or(0, |map| map.list("ovcEndPointMapFormU").len());
    if let Some(preservation) = ovc.get("ceVlanIdPreservation")
        && vlans > 1
        && kept != Some("PRESERVE")
    {
        out.invalid(
            &preservation,
            "More than one C-VLAN at the UNI needs ceVlanIdPreservation PRESERVE.",
        );
    }
    for name in ["cTagPcpPreservation", "cTagDeiPreservation"] {
        if let Some(tag) = ovc.get(name)
            && tag.as_text() == Some("ENABLED")
            && kept == Some("STRIP")
        {
            out.invalid(&tag, format!("{name} cannot be ENABLED when the C-tag is stripped."));
        }
    }
}

/// MEF 45.1: which protocols are tunnelled depends on whether all C-VLANs are mapped.
fn address_set(ovc: &Node<'_>, out: &mut Findings) {
    let Some(set) = ovc.get("ovcL2cpAddressSet") else {
        return;
    };
    let map = ovc.get("uniEp").and_then(|end| end.get("ovcEndPointMap"));
    let vlans = map.map_or(0, |map| map.list("ovcEndPointMapFormU").len());
    match (vlans, set.as_text()) {
        (0, _) | (_, None) => {}
        (ALL_VLAN_IDS, Some("CTA")) => out.invalid(&set, "A UNI map of all C-VLANs needs CTB or CTB2."),
        (1..ALL_VLAN_IDS, Some("CTB" | "CTB2")) => {
            out.invalid(&set, "A UNI map that leaves C-VLANs out needs CTA.");
        }
        _ => {}
    }
}

/// Every class of service named anywhere is one of the OVC's.
fn class_names(ovc: &Node<'_>, out: &mut Findings) {
    if ovc.get("listOfClassOfServiceNames").is_none() {
        return;
    }
    let known = ovc.list("listOfClassOfServiceNames");
    let ends = ["uniEp", "enniEp"].into_iter().filter_map(|name| ovc.get(name));
    let mut used: Vec<Node<'_>> = ends.flat_map(|end| names::of_end_point(&end)).collect();
    let agreements = ovc.list("carrierEthernetSls");
    used.extend(
        agreements
            .iter()
            .flat_map(|agreement| agreement.each("slsCosNameEntry", "cosName")),
    );
    for name in used.iter().filter(|name| !names::is_discard(name)) {
        if !known.iter().any(|class| class.as_text() == name.as_text()) {
            out.invalid(name, "listOfClassOfServiceNames does not have this class of service.");
        }
    }
}

/// The service level specification speaks of this service only.
fn agreement_on_service_levels(ovc: &Node<'_>, out: &mut Findings) {
    let ends = ["uniEp", "enniEp"].into_iter().filter_map(|name| ovc.get(name));
    let ends: Vec<&str> = ends.filter_map(|end| end.text("identifier")).collect();
    for entry in ovc
        .list("carrierEthernetSls")
        .iter()
        .flat_map(|agreement| agreement.list("slsCosNameEntry"))
    {
        for metric in METRICS.iter().flat_map(|name| entry.list(name)) {
            for pair in metric.list("orderedPairList") {
                ordered_pair(&pair, &ends, out);
            }
            for name in ["oneWayFdPercentile", "oneWayFdrPercentile", "oneWayIfdvPencentile"] {
                if let Some(percentile) = metric.get(name).filter(|value| !value.is_positive()) {
                    out.invalid(&percentile, "A percentile is above zero.");
                }
            }
        }
        // MEF 26.2 has no composite metric for OVCs; it is MEF 10.4's, for EVCs.
        if let Some(composite) = entry
            .get("oneWayCompositePmMetric")
            .filter(|list| !list.items().is_empty())
        {
            out.unexpected(&composite, "An OVC has no composite performance metric.");
        }
    }
    for agreement in ovc.list("carrierEthernetSls") {
        out.unique(&agreement.each("slsCosNameEntry", "cosName"), "Class of service");
    }
}

/// The performance metrics whose pairs of end points are checked.
const METRICS: [&str; 9] = [
    "oneWayFrameDelayPmMetric",
    "oneWayMeanFrameDelayPmMetric",
    "oneWayFrameDelayRangePmMetric",
    "oneWayInterFrameDelayVariationPmMetric",
    "oneWayFrameLossRatioPmMetric",
    "oneWayAvailabilityPmMetric",
    "oneWayHighLossIntervalsPmMetric",
    "oneWayConsecutiveHighLossIntervalsPmMetric",
    "oneWayGroupAvailabilityPmMetric",
];

/// A pair names both end points of this service. `ends` is shorter than two while an end point
/// leaves its identifier to the Seller; then nothing can be said.
fn ordered_pair(pair: &Node<'_>, ends: &[&str], out: &mut Findings) {
    let to = pair.get("toCarrierEthernetServiceEndPoint");
    let from = pair.get("fromCarrierEthernetServiceEndPoint");
    if ends.len() == 2 {
        for end in [&from, &to].into_iter().flatten() {
            if end.as_text().is_some_and(|name| !ends.contains(&name)) {
                out.invalid(end, "Neither end point of this service has this identifier.");
            }
        }
    }
    if let (Some(from), Some(to)) = (from, to)
        && from.as_text().is_some()
        && from.as_text() == to.as_text()
    {
        out.invalid(&to, "A pair has two different end points.");
    }
}
