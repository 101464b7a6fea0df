//! Rules of an Access E-Line OVC together with the interfaces it connects, whether they are in
//! service or other items of the same request (MEF 26.2, MEF 51.1; products.md 3.2).
//!
//! What an interface does not say is not compared: an ENNI shows its common attributes only to
//! who controls its S-VLANs.

mod vlans;

use std::borrow::Cow;
use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::bandwidth::{coupled_in, ingress, of_end_point};
use super::finding::{Finder, Node};
use super::ovc::End;
use super::rate;
use super::rule::Rule;
pub(super) use vlans::RULES as VLAN_RULES;

/// What another product is, seen from the payload that is checked.
#[derive(Clone, Debug)]
pub struct Neighbour<'a> {
    /// The relation, by its first name.
    pub relation: &'a str,
    /// The configuration of the product it leads to.
    pub configuration: Cow<'a, Value>,
    /// Where that stands in the request; none for a product in service that stays as it is.
    pub pointer: Option<String>,
    /// Configurations of what else is related to it in the same way, as far as it is not counted
    /// as capacity: earlier items, or products in service that use what changes.
    pub others: Vec<Cow<'a, Value>>,
}

/// A payload and what stands around it.
pub(super) struct Beside<'a> {
    /// The payload.
    pub own: Node<'a>,
    /// What it is related to.
    pub neighbours: &'a [Neighbour<'a>],
}

/// An interface of an OVC with the end point there.
struct Side<'a> {
    end: Node<'a>,
    interface: Node<'a>,
    neighbour: &'a Neighbour<'a>,
}

/// An end point takes at most this much more than a service frame: its S-tag.
const S_TAG: i64 = 4;

/// Frames, rates and envelopes.
pub(super) const OVC_RULES: &[Rule] = &[
    Rule::beside(
        "frame-fits-uni",
        "MEF 106 maximumFrameSize",
        "Frames of an OVC are no longer than those of its UNI and an S-tag of four bytes.",
        |around, out| frame_fits(around, (End::Uni, "maximumServiceFrameSize", S_TAG), out),
    ),
    Rule::beside(
        "frame-fits-enni",
        "MEF 106 maximumFrameSize",
        "Frames of an OVC are no longer than those of its ENNI.",
        |around, out| frame_fits(around, (End::Enni, "maximumFrameSizeMultilateral", 0), out),
    ),
    Rule::beside(
        "address-set-of-uni",
        "MEF 45.1, MEF 106 ovcL2cpAddressSet",
        "An OVC has the L2CP address set of its UNI.",
        address_set,
    ),
    Rule::beside(
        "rate-fits-uni",
        "own",
        "What all OVCs commit at a UNI is no more than the speed of its links.",
        |around, out| rate_fits(around, End::Uni, out),
    ),
    Rule::beside(
        "rate-fits-enni",
        "own",
        "What all OVCs commit at an ENNI is no more than the speed of its links.",
        |around, out| rate_fits(around, End::Enni, out),
    ),
    Rule::beside(
        "no-ingress-profile-of-uni",
        "MEF 51.1, MEF 106 ingressBandwidthProfile",
        "A UNI that an Access E-Line OVC connects has no ingress profile of its own.",
        no_ingress_profile,
    ),
    Rule::beside(
        "egress-profile-at-one-level",
        "MEF 106 egressBandwidthProfile",
        "Where the UNI has an egress profile, its end points have none.",
        one_egress_level,
    ),
    // Use case 3 of MEF 106 names an envelope that the UNI of use case 5 does not have.
    Rule::beside(
        "envelope-is-known",
        "MEF 26.2, MEF 106 envelopeId",
        "The envelope of a flow should be one of its end point or of the interface.",
        envelope_known,
    )
    .warns(),
    Rule::beside(
        "envelope-at-one-level",
        "MEF 26.2, MEF 106 envelopeID",
        "An end point has no envelope of the name of one of its interface.",
        envelope_level,
    ),
    // Official examples couple both.
    Rule::beside(
        "interface-envelope-coupled-once",
        "MEF 26.2, MEF 106 couplingFlagForIndexZero",
        "In an envelope of an interface whose index zero is coupled the flows should not be.",
        |around, out| {
            for side in sides(around) {
                coupled_in(&of_end_point(&side.end), &side.interface.list("envelopes"), out);
            }
        },
    )
    .warns(),
    Rule::beside(
        "tokens-are-shared",
        "MEF 26.2, MEF 106 tokenShare",
        "Without token share an envelope holds one flow.",
        token_share,
    ),
];

const PROFILES: &str = "ingressBandwidthProfilePerClassOfServiceName";

/// One side of the OVC, where both end point and interface are known.
fn side<'a>(around: &Beside<'a>, end: End) -> Option<Side<'a>> {
    let relation = match end {
        End::Uni => "CONNECTS_TO_UNI",
        End::Enni => "CONNECTS_TO_ENNI",
    };
    let neighbour = around.neighbours.iter().find(|one| one.relation == relation)?;
    let pointer = neighbour.pointer.clone().unwrap_or_default();
    Some(Side {
        end: end.of(&around.own)?,
        interface: Node::new(&neighbour.configuration, pointer),
        neighbour,
    })
}

fn sides<'a>(around: &Beside<'a>) -> Vec<Side<'a>> {
    let both = [End::Uni, End::Enni].into_iter();
    both.filter_map(|end| side(around, end)).collect()
}

fn frame_fits(around: &Beside<'_>, (end, name, more): (End, &str, i64), out: &mut Finder) {
    let Some(side) = side(around, end) else { return };
    if let (Some(size), Some(most)) = (around.own.get("maximumFrameSize"), side.interface.whole(name)) {
        let most = most.saturating_add(more);
        if size.as_whole().is_some_and(|size| size > most) {
            out.invalid(&size, format!("The interface takes frames of {most} bytes at most."));
        }
    }
}

fn address_set(around: &Beside<'_>, out: &mut Finder) {
    let Some(side) = side(around, End::Uni) else { return };
    if let (Some(own), Some(its)) = (
        around.own.get("ovcL2cpAddressSet"),
        side.interface.text("l2cpAddressSet"),
    ) && own.as_text().is_some_and(|own| own != its)
    {
        out.invalid(&own, format!("The UNI has the address set {its}; both have the same."));
    }
}

/// The links of an interface that is aggregated in some OTHER way have no speed together.
fn rate_fits(around: &Beside<'_>, end: End, out: &mut Finder) {
    let Some(side) = side(around, end) else { return };
    let speed = match side.interface.text("linkAggregation") {
        Some("OTHER") => None,
        _ => side.interface.value().as_object().and_then(rate::speed),
    };
    let (Some(speed), Some(list)) = (speed, side.end.get(PROFILES)) else {
        return;
    };
    let others = side.neighbour.others.iter();
    let ends = others.filter_map(|other| end.of(&Node::new(other, "")));
    let taken: Decimal = ends
        .filter_map(|end| rate::committed(end.value()))
        .fold(Decimal::ZERO, Decimal::saturating_add);
    let own = rate::committed(side.end.value()).unwrap_or_default();
    let total = taken.saturating_add(own);
    if total > speed.into() {
        let total = total.normalize();
        let reason = format!("{total} Mbit/s are committed here, the links carry {speed} Mbit/s.");
        out.invalid(&list, reason);
    }
}

fn no_ingress_profile(around: &Beside<'_>, out: &mut Finder) {
    if let Some(side) = side(around, End::Uni)
        && let Some(profile) = side.interface.filled("ingressBandwidthProfile")
    {
        // Of a UNI in service the request has nothing but the OVC to point to.
        let at = side.neighbour.pointer.as_ref().map_or(&side.end, |_| &profile);
        out.invalid(at, "The UNI of an Access E-Line OVC has no ingress profile of its own.");
    }
}

fn one_egress_level(around: &Beside<'_>, out: &mut Finder) {
    let Some(side) = side(around, End::Uni) else { return };
    if side.interface.filled("egressBandwidthProfile").is_none() {
        return;
    }
    for name in [
        "egressBandwidthProfilePerEndPoint",
        "egressBwpPerEgressEquivalenceClassName",
    ] {
        if let Some(list) = side.end.filled(name) {
            out.unexpected(&list, "The UNI has an egress profile, so its end points have none.");
        }
    }
}

/// Envelopes of the interface; none where it does not tell them.
fn envelopes_of<'a>(interface: &Node<'a>) -> Option<Vec<&'a str>> {
    interface.get("envelopes")?;
    let envelopes = interface.each("envelopes", "envelopeID");
    Some(envelopes.iter().filter_map(Node::as_text).collect())
}

fn envelope_known(around: &Beside<'_>, out: &mut Finder) {
    for side in sides(around) {
        let Some(mut known) = envelopes_of(&side.interface) else {
            continue;
        };
        let own = side.end.each("ovcEndPointEnvelopes", "envelopeID");
        known.extend(own.iter().filter_map(Node::as_text));
        for id in of_end_point(&side.end).iter().filter_map(|flow| flow.get("envelopeId")) {
            if id.as_text().is_some_and(|id| !known.contains(&id)) {
                out.invalid(&id, "Neither the end point nor its interface has this envelope.");
            }
        }
    }
}

fn envelope_level(around: &Beside<'_>, out: &mut Finder) {
    for side in sides(around) {
        let known = envelopes_of(&side.interface).unwrap_or_default();
        for id in side.end.each("ovcEndPointEnvelopes", "envelopeID") {
            if id.as_text().is_some_and(|id| known.contains(&id)) {
                out.invalid(&id, "The interface has an envelope of this name already.");
            }
        }
    }
}

fn token_share(around: &Beside<'_>, out: &mut Finder) {
    for (end, side) in [End::Uni, End::Enni]
        .into_iter()
        .filter_map(|end| Some((end, side(around, end)?)))
    {
        if side.interface.text("tokenShare") != Some("DISABLED") {
            continue;
        }
        let shared = envelopes_of(&side.interface).unwrap_or_default();
        let others: Vec<Node<'_>> = side.neighbour.others.iter().map(|other| Node::new(other, "")).collect();
        let theirs = others.iter().filter_map(|other| end.of(other));
        let theirs = theirs.flat_map(|end| ingress(&end));
        // Envelopes of other end points may have the same name, and are others.
        let mut seen: HashSet<&str> = theirs
            .filter_map(|flow| flow.text("envelopeId"))
            .filter(|id| shared.contains(id))
            .collect();
        for id in ingress(&side.end).iter().filter_map(|flow| flow.get("envelopeId")) {
            if id.as_text().is_some_and(|id| !seen.insert(id)) {
                out.invalid(&id, "The interface shares no tokens: an envelope holds one flow.");
            }
        }
    }
}
