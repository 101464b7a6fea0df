//! Rules of bandwidth profiles, at end points and at interfaces (MEF 26.2).

use rust_decimal::Decimal;

use super::finding::{Finder, Node};
use super::names;
use super::ovc::{End, ends};
use super::rate::{self, quantity};
use super::rule::Rule;

const INGRESS: &str = "ingressBandwidthProfilePerClassOfServiceName";

/// Bandwidth profiles of an OVC.
pub(super) const OVC_RULES: &[Rule] = &[
    Rule::alone(
        "class-has-one-profile",
        "MEF 26.2, MEF 106 ingressBandwidthProfilePerClassOfServiceName",
        "A class of service has one ingress profile at an end point.",
        one_profile,
    ),
    Rule::alone(
        "uni-class-has-profile",
        "MEF 51.1, MEF 106 ingressBandwidthProfilePerClassOfServiceName",
        "Each class that the map of the UNI end point uses has an ingress profile, but for Discard.",
        profiles_at_uni,
    ),
    // No official example states profiles at the ENNI as the note wants them.
    Rule::alone(
        "enni-class-has-profile",
        "MEF 51.1, MEF 106 ingressBandwidthProfilePerClassOfServiceName",
        "Each class that the map of the ENNI end point uses should have an ingress profile there.",
        profiles_at_enni,
    )
    .warns(),
    Rule::alone(
        "profile-class-is-mapped",
        "MEF 106 ingressBandwidthProfilePerClassOfServiceName",
        "A profile is for a class that the map of its own end point uses.",
        mapped,
    ),
    Rule::alone(
        "rate-needs-burst",
        "MEF 26.2, MEF 106 cbs, ebs",
        "A committed or excess rate above zero needs a burst size above zero.",
        |ovc, out| bursts(&flows(ovc), out),
    ),
    Rule::alone(
        "burst-holds-two-frames",
        "MEF 26.2, MEF 106 cbs, ebs",
        "A burst should hold at least two frames of the maximum size.",
        small_bursts,
    )
    .warns(),
    Rule::alone(
        "rate-within-its-maximum",
        "MEF 26.2, MEF 106 cirMax, eirMax",
        "A committed or excess rate above its own maximum is never reached.",
        |ovc, out| above_maximum(&flows(ovc), out),
    )
    .warns(),
    Rule::alone(
        "envelope-rank-once",
        "MEF 26.2, MEF 106 envelopeRank",
        "The flows of one envelope have different ranks.",
        ranks,
    ),
    // Official examples couple both.
    Rule::alone(
        "envelope-coupled-once",
        "MEF 26.2, MEF 106 couplingFlagForIndexZero",
        "In an envelope whose index zero is coupled the flows should not be coupled too.",
        coupled,
    )
    .warns(),
    Rule::alone(
        "enni-token-request-offset",
        "MEF 106 tokenRequestOffset",
        "At an ENNI only the token request offsets 0 and 4 are sure to be supported.",
        offsets,
    )
    .warns(),
    Rule::alone(
        "envelope-once",
        "MEF 106 envelopeID",
        "An envelope stands once in the list of an end point.",
        envelopes_once,
    ),
];

/// Bandwidth profiles of a UNI.
pub(super) const UNI_RULES: &[Rule] = &[
    Rule::alone(
        "rate-needs-burst",
        "MEF 26.2, MEF 106 cbs, ebs",
        "A committed or excess rate above zero needs a burst size above zero.",
        |uni, out| bursts(&of_interface(uni), out),
    ),
    Rule::alone(
        "rate-within-its-maximum",
        "MEF 26.2, MEF 106 cirMax, eirMax",
        "A committed or excess rate above its own maximum is never reached.",
        |uni, out| above_maximum(&of_interface(uni), out),
    )
    .warns(),
    Rule::alone(
        "profile-fits-links",
        "own",
        "What a profile of a UNI commits is no more than the speed of its links.",
        fits_links,
    ),
    Rule::alone(
        "envelope-coupled-once",
        "MEF 26.2, MEF 106 couplingFlagForIndexZero",
        "In an envelope whose index zero is coupled the flows should not be coupled too.",
        |uni, out| coupled_in(&of_interface(uni), &uni.list("envelopes"), out),
    )
    .warns(),
];

/// All ingress flows of an end point.
pub(super) fn ingress<'a>(end: &Node<'a>) -> Vec<Node<'a>> {
    end.each(INGRESS, "bwpFlow")
}

/// All flows of an end point, in and out.
pub(super) fn of_end_point<'a>(end: &Node<'a>) -> Vec<Node<'a>> {
    let mut flows = ingress(end);
    flows.extend(end.list("egressBandwidthProfilePerEndPoint"));
    flows.extend(end.each("egressBwpPerEgressEquivalenceClassName", "bwpFlow"));
    flows
}

fn flows<'a>(ovc: &Node<'a>) -> Vec<Node<'a>> {
    ends(ovc).iter().flat_map(of_end_point).collect()
}

fn of_interface<'a>(uni: &Node<'a>) -> Vec<Node<'a>> {
    let mut flows = uni.list("ingressBandwidthProfile");
    flows.extend(uni.list("egressBandwidthProfile"));
    flows
}

fn one_profile(ovc: &Node<'_>, out: &mut Finder) {
    for end in ends(ovc) {
        out.unique(&end.each(INGRESS, "classOfServiceName"), "Class of service");
    }
}

fn profiles_at_uni(ovc: &Node<'_>, out: &mut Finder) {
    profile_for_each(ovc, End::Uni, out);
}

fn profiles_at_enni(ovc: &Node<'_>, out: &mut Finder) {
    profile_for_each(ovc, End::Enni, out);
}

/// Names that the class of service map of an end uses, but for the reserved one.
fn used<'a>(end: &Node<'a>) -> Vec<&'a str> {
    let map = end.get("ingressClassOfServiceMap");
    let used = map.map_or_else(Vec::new, |map| names::of_map(&map));
    let used = used.iter().filter(|name| !names::is_discard(name));
    used.filter_map(Node::as_text).collect()
}

fn profile_for_each(ovc: &Node<'_>, end: End, out: &mut Finder) {
    let Some(end) = end.of(ovc) else { return };
    let Some(list) = end.get(INGRESS) else { return };
    let profiles = end.each(INGRESS, "classOfServiceName");
    let has = |name: &&str| profiles.iter().any(|profile| profile.as_text() == Some(*name));
    let mut lacking: Vec<&str> = used(&end).into_iter().filter(|name| !has(name)).collect();
    lacking.sort_unstable();
    lacking.dedup();
    if !lacking.is_empty() {
        let reason = format!("A bandwidth profile is missing for: {}.", lacking.join(", "));
        out.invalid(&list, reason);
    }
}

fn mapped(ovc: &Node<'_>, out: &mut Finder) {
    for end in ends(ovc) {
        let used = used(&end);
        for profile in end.each(INGRESS, "classOfServiceName") {
            if profile
                .as_text()
                .is_some_and(|name| !used.is_empty() && !used.contains(&name))
            {
                out.invalid(
                    &profile,
                    "The class of service map of this end point does not use this class.",
                );
            }
        }
    }
}

/// A rate above zero needs a burst above zero (MEF 26.2, validation note on `cbs` and `ebs`).
fn bursts(flows: &[Node<'_>], out: &mut Finder) {
    for flow in flows {
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
}

/// MEF 26.2 recommends it; a smaller burst starves long frames.
fn small_bursts(ovc: &Node<'_>, out: &mut Finder) {
    let Some(frame) = ovc.whole("maximumFrameSize") else {
        return;
    };
    for flow in flows(ovc) {
        for burst in ["cbs", "ebs"].iter().filter_map(|name| flow.get(name)) {
            let size = quantity(burst.value()).map(|(_, bytes)| bytes);
            if size.is_some_and(|bytes| bytes > Decimal::ZERO && bytes < Decimal::from(frame.saturating_mul(2))) {
                out.invalid(&burst, format!("A burst should hold two frames of {frame} bytes."));
            }
        }
    }
}

fn above_maximum(flows: &[Node<'_>], out: &mut Finder) {
    for flow in flows {
        for (rate, most) in [("cir", "cirMax"), ("eir", "eirMax")] {
            if let (Some(rate), Some(most)) = (flow.get(rate), flow.get(most))
                && let (Some(own), Some(limit)) = (quantity(rate.value()), quantity(most.value()))
                && own.1 > limit.1
            {
                out.invalid(&rate, "The maximum of this rate is lower.");
            }
        }
    }
}

/// Envelopes hold flows of one direction.
fn ranks(ovc: &Node<'_>, out: &mut Finder) {
    for end in ends(ovc) {
        let mut seen = Vec::new();
        for flow in ingress(&end) {
            if let (Some(envelope), Some(rank)) = (flow.text("envelopeId"), flow.get("envelopeRank")) {
                let place = (envelope, rank.as_whole());
                if seen.contains(&place) {
                    out.invalid(&rank, format!("Another flow has this rank in the envelope {envelope}."));
                }
                seen.push(place);
            }
        }
    }
}

fn fits_links(uni: &Node<'_>, out: &mut Finder) {
    if uni.text("linkAggregation") == Some("OTHER") {
        return;
    }
    let Some(speed) = uni.value().as_object().and_then(rate::speed) else {
        return;
    };
    for rate in of_interface(uni).iter().filter_map(|flow| flow.get("cir")) {
        if quantity(rate.value()).is_some_and(|(_, mbps)| mbps > speed.into()) {
            out.invalid(&rate, format!("The links carry {speed} Mbit/s."));
        }
    }
}

fn coupled(ovc: &Node<'_>, out: &mut Finder) {
    for end in ends(ovc) {
        coupled_in(&of_end_point(&end), &end.list("ovcEndPointEnvelopes"), out);
    }
}

/// Index zero of an envelope and one of its flows may not both be coupled.
pub(super) fn coupled_in(flows: &[Node<'_>], envelopes: &[Node<'_>], out: &mut Finder) {
    for flow in flows.iter().filter(|flow| flow.is_set("couplingFlag")) {
        let id = flow.text("envelopeId");
        let its = |envelope: &&Node<'_>| id.is_some() && envelope.text("envelopeID") == id;
        let envelope = envelopes.iter().find(its);
        if envelope.is_some_and(|envelope| envelope.is_set("couplingFlagForIndexZero")) {
            out.invalid(
                flow,
                "couplingFlag should be false in an envelope whose index zero is coupled.",
            );
        }
    }
}

fn offsets(ovc: &Node<'_>, out: &mut Finder) {
    for flow in End::Enni.of(ovc).iter().flat_map(ingress) {
        let offset = flow.whole("tokenRequestOffset");
        if offset.is_some_and(|offset| offset != 0 && offset != 4) {
            out.invalid(
                &flow,
                "Support of a tokenRequestOffset other than 0 and 4 is not to be expected.",
            );
        }
    }
}

fn envelopes_once(ovc: &Node<'_>, out: &mut Finder) {
    for end in ends(ovc) {
        out.unique(&end.each("ovcEndPointEnvelopes", "envelopeID"), "Envelope");
    }
}
