//! Rules of service level specifications of an OVC (MEF 26.2).

use super::finding::{Finder, Node};
use super::ovc::ends;
use super::rule::Rule;

/// Service levels.
pub(super) const RULES: &[Rule] = &[
    Rule::alone(
        "service-level-class-once",
        "MEF 26.2, MEF 106 slsCosNameEntry",
        "A class of service has one entry in a service level specification.",
        class_once,
    ),
    Rule::alone(
        "service-level-of-own-end-points",
        "MEF 106 orderedPairList",
        "The pairs of a metric name end points of this service.",
        own_pairs,
    ),
    Rule::alone(
        "service-level-between-two",
        "MEF 106 orderedPairList",
        "A pair of a metric has two different end points.",
        different,
    ),
    Rule::alone(
        "percentile-above-zero",
        "MEF 26.2",
        "A percentile of a metric is above zero.",
        percentiles,
    ),
    // MEF 26.2 has no composite metric for OVCs; it is MEF 10.4's, for EVCs.
    Rule::alone(
        "no-composite-metric",
        "MEF 26.2",
        "An OVC has no composite performance metric.",
        composite,
    ),
];

/// The performance metrics of a class that have pairs of end points.
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

fn entries<'a>(ovc: &Node<'a>) -> Vec<Node<'a>> {
    let agreements = ovc.list("carrierEthernetSls");
    let entries = agreements
        .iter()
        .flat_map(|agreement| agreement.list("slsCosNameEntry"));
    entries.collect()
}

fn metrics<'a>(ovc: &Node<'a>) -> Vec<Node<'a>> {
    let entries = entries(ovc);
    let metrics = entries
        .iter()
        .flat_map(|entry| METRICS.iter().flat_map(|name| entry.list(name)));
    metrics.collect()
}

/// All pairs of all metrics, also those in sets.
fn pairs<'a>(ovc: &Node<'a>) -> Vec<Node<'a>> {
    let metrics = metrics(ovc);
    let pairs = metrics.iter().flat_map(|metric| {
        let mut pairs = metric.list("orderedPairList");
        let sets = metric.list("setOfOrderedPairs");
        pairs.extend(sets.iter().flat_map(|set| set.list("orderedPairList")));
        pairs
    });
    pairs.collect()
}

fn class_once(ovc: &Node<'_>, out: &mut Finder) {
    for agreement in ovc.list("carrierEthernetSls") {
        out.unique(&agreement.each("slsCosNameEntry", "cosName"), "Class of service");
    }
}

/// Nothing can be said while an end point leaves its identifier to the Seller.
fn own_pairs(ovc: &Node<'_>, out: &mut Finder) {
    let ends = ends(ovc);
    let ends: Vec<&str> = ends.iter().filter_map(|end| end.text("identifier")).collect();
    if ends.len() != 2 {
        return;
    }
    for pair in pairs(ovc) {
        for name in ["fromCarrierEthernetServiceEndPoint", "toCarrierEthernetServiceEndPoint"] {
            if let Some(end) = pair.get(name)
                && end.as_text().is_some_and(|name| !ends.contains(&name))
            {
                out.invalid(&end, "Neither end point of this service has this identifier.");
            }
        }
    }
}

fn different(ovc: &Node<'_>, out: &mut Finder) {
    for pair in pairs(ovc) {
        let from = pair.text("fromCarrierEthernetServiceEndPoint");
        if let Some(to) = pair.get("toCarrierEthernetServiceEndPoint")
            && from.is_some()
            && to.as_text() == from
        {
            out.invalid(&to, "A pair has two different end points.");
        }
    }
}

fn percentiles(ovc: &Node<'_>, out: &mut Finder) {
    for metric in metrics(ovc) {
        // The last is spelled as the official file spells it.
        for name in ["oneWayFdPercentile", "oneWayFdrPercentile", "oneWayIfdvPencentile"] {
            if let Some(percentile) = metric.get(name).filter(|value| !value.is_positive()) {
                out.invalid(&percentile, "A percentile is above zero.");
            }
        }
    }
}

fn composite(ovc: &Node<'_>, out: &mut Finder) {
    for entry in entries(ovc) {
        if let Some(composite) = entry.filled("oneWayCompositePmMetric") {
            out.unexpected(&composite, "An OVC has no composite performance metric.");
        }
    }
}
