//! Rules of service level specifications of an OVC (MEF 26.2).

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::finding::{Finder, Node};
use super::ovc::ends;
use super::rate::{Measure, quantity};
use super::rule::Rule;
use crate::document::Object;

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
    Rule::alone(
        "metric-repeated-with-another-parameter",
        "MEF 26.2, MEF 106 slsCosNameEntry",
        "Repeated metrics of a class differ in more than their objective.",
        repeated,
    ),
    Rule::alone(
        "short-intervals-are-short",
        "MEF 26.2, MEF 106 deltaT",
        "The small interval deltaT should be much shorter than the time the objectives are for.",
        intervals,
    )
    .warns(),
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

/// Two metrics with the same pairs and parameters would have two objectives for one thing.
fn repeated(ovc: &Node<'_>, out: &mut Finder) {
    for entry in entries(ovc) {
        for list in METRICS.iter().map(|name| entry.list(name)) {
            let mut seen = HashSet::new();
            for metric in &list {
                let Some(members) = metric.value().as_object() else {
                    continue;
                };
                let parameters = members.iter().filter(|(name, _)| !name.ends_with("Objective"));
                let parameters: Object = parameters.map(|(name, value)| (name.clone(), value.clone())).collect();
                if !seen.insert(Value::Object(parameters).to_string()) {
                    out.invalid(metric, "This metric is there already with the same parameters.");
                }
            }
        }
    }
}

/// Ten of them at least: an objective over fewer says next to nothing.
const INTERVALS_MIN: u32 = 10;

fn intervals(ovc: &Node<'_>, out: &mut Finder) {
    for agreement in ovc.list("carrierEthernetSls") {
        // A month or a year is long enough.
        let Some((Measure::Time, seconds)) = agreement.get("timeDuration").and_then(|time| quantity(time.value()))
        else {
            continue;
        };
        for delta in agreement.each("slsCosNameEntry", "deltaT") {
            let least = delta
                .as_whole()
                .map(|delta| Decimal::from(delta).saturating_mul(INTERVALS_MIN.into()));
            if least.is_some_and(|least| least > seconds) {
                out.invalid(&delta, format!("deltaT should be much shorter than {seconds} seconds."));
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
