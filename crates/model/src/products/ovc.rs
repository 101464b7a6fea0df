//! Rules of an Access E-Line OVC as a whole: the validation notes of MEF 26.2 and MEF 51.1 that one
//! payload can decide (products.md 3.2). Where the official examples break a note, it warns.

use super::finding::{Finder, Node};
use super::names;
use super::rule::Rule;

/// The highest VLAN ID a map can hold: a map of all of them maps every frame.
const ALL_VLAN_IDS: usize = 4094;

/// Tags, control protocols and class of service names.
pub(super) const RULES: &[Rule] = &[
    Rule::alone(
        "c-vlans-are-preserved",
        "MEF 106 ceVlanIdPreservation",
        "A UNI map of more than one C-VLAN needs ceVlanIdPreservation PRESERVE.",
        several_vlans,
    ),
    Rule::alone(
        "stripped-tag-keeps-nothing",
        "MEF 106 cTagPcpPreservation, cTagDeiPreservation",
        "PCP and DEI of a C-tag cannot be preserved when the tag is stripped.",
        stripped,
    ),
    Rule::alone(
        "address-set-fits-map",
        "MEF 45.1, MEF 106 ovcL2cpAddressSet",
        "A UNI map of all C-VLANs goes with CTB or CTB2, any other with CTA.",
        address_set,
    ),
    Rule::alone(
        "class-is-listed",
        "MEF 106 listOfClassOfServiceNames",
        "Every class of service named in maps, profiles and service levels is one of the OVC's.",
        class_names,
    ),
];

/// Which end of the OVC an end point is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// `uniEp`
    Uni,
    /// `enniEp`
    Enni,
}

impl End {
    /// The end point here, where it is there.
    pub(super) fn of<'a>(self, ovc: &Node<'a>) -> Option<Node<'a>> {
        ovc.get(match self {
            Self::Uni => "uniEp",
            Self::Enni => "enniEp",
        })
    }
}

/// The end points of an OVC that are there.
pub(super) fn ends<'a>(ovc: &Node<'a>) -> Vec<Node<'a>> {
    [End::Uni, End::Enni].iter().filter_map(|end| end.of(ovc)).collect()
}

/// C-VLANs of the UNI end point.
pub(super) fn c_vlans(ovc: &Node<'_>) -> Vec<i64> {
    let map = End::Uni.of(ovc).and_then(|end| end.get("ovcEndPointMap"));
    map.map_or_else(Vec::new, |map| map.wholes("ovcEndPointMapFormU"))
}

fn several_vlans(ovc: &Node<'_>, out: &mut Finder) {
    if let Some(preservation) = ovc.get("ceVlanIdPreservation")
        && c_vlans(ovc).len() > 1
        && preservation.as_text() != Some("PRESERVE")
    {
        out.invalid(
            &preservation,
            "More than one C-VLAN at the UNI needs ceVlanIdPreservation PRESERVE.",
        );
    }
}

fn stripped(ovc: &Node<'_>, out: &mut Finder) {
    for name in ["cTagPcpPreservation", "cTagDeiPreservation"] {
        if let Some(tag) = ovc.get(name)
            && tag.as_text() == Some("ENABLED")
            && ovc.text("ceVlanIdPreservation") == Some("STRIP")
        {
            out.invalid(&tag, format!("{name} cannot be ENABLED when the C-tag is stripped."));
        }
    }
}

/// MEF 45.1: which protocols are tunnelled depends on whether all C-VLANs are mapped.
fn address_set(ovc: &Node<'_>, out: &mut Finder) {
    let Some(set) = ovc.get("ovcL2cpAddressSet") else {
        return;
    };
    match (c_vlans(ovc).len(), set.as_text()) {
        (0, _) | (_, None) => {}
        (ALL_VLAN_IDS, Some("CTA")) => out.invalid(&set, "A UNI map of all C-VLANs needs CTB or CTB2."),
        (1..ALL_VLAN_IDS, Some("CTB" | "CTB2")) => {
            out.invalid(&set, "A UNI map that leaves C-VLANs out needs CTA.");
        }
        _ => {}
    }
}

fn class_names(ovc: &Node<'_>, out: &mut Finder) {
    if ovc.get("listOfClassOfServiceNames").is_none() {
        return;
    }
    let known = ovc.list("listOfClassOfServiceNames");
    let mut used: Vec<Node<'_>> = ends(ovc).iter().flat_map(names::of_end_point).collect();
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
