//! Links of an OVC and its interfaces, and how many VLANs and end points a UNI takes. That a VLAN ID
//! is mapped once is up to capacity (`api/items/vlans.rs`).

use super::super::finding::Finder;
use super::super::interface::{link_count, links_exist};
use super::super::ovc::{End, c_vlans};
use super::super::rule::Rule;
use super::{Beside, Side, side};

const CONVERSATIONS: &str = "ovcEndPointPortConversationToAggregationLinkMap";

/// VLANs and links.
pub(in super::super) const RULES: &[Rule] = &[
    Rule::beside(
        "depth-needs-active-links",
        "MEF 26.2, MEF 106 aggregationLinkDepth",
        "A depth of links is for an ENNI whose links are all active.",
        depth_on_active,
    ),
    Rule::beside(
        "depth-within-links",
        "MEF 26.2, MEF 106 lagDepth",
        "A depth of links is no more than the links of the ENNI.",
        depth_within,
    ),
    Rule::beside(
        "conversations-need-active-links",
        "MEF 106 ovcEndPointPortConversationToAggregationLinkMap",
        "An end point maps conversations at an ENNI with full S-VLAN control and active links only.",
        conversations_on_active,
    ),
    Rule::beside(
        "conversations-on-links-of-enni",
        "MEF 26.2",
        "An end point maps conversations to links that the ENNI has.",
        |around, out| {
            if let Some(side) = side(around, End::Enni) {
                links_exist(&side.end.list(CONVERSATIONS), link_count(&side.interface), out);
            }
        },
    ),
    Rule::beside(
        "end-points-fit-uni",
        "MEF 26.2, MEF 106 maximumNumberOfEndPoints",
        "A UNI has no more end points than it says.",
        |around, out| end_points_fit(around, (End::Uni, "maximumNumberOfEndPoints"), out),
    ),
    Rule::beside(
        "ovcs-fit-enni",
        "MEF 26.2, MEF 106 maximumNumberOfOvcs",
        "An ENNI has no more OVCs than it says.",
        |around, out| end_points_fit(around, (End::Enni, "maximumNumberOfOvcs"), out),
    ),
    Rule::beside(
        "c-vlans-fit-uni",
        "MEF 26.2, MEF 106 maximumNumberOfCeVlanIdsPerEndPoint",
        "An end point maps no more C-VLANs than its UNI says.",
        c_vlans_fit,
    ),
    Rule::beside(
        "c-vlan-has-link",
        "MEF 106 aggregationLinkMap",
        "Where a UNI maps conversations to links, it maps each C-VLAN of its OVCs.",
        c_vlan_has_link,
    ),
];

/// The ENNI side, when the ENNI says how its links are aggregated and that not all are active.
fn inactive<'a>(around: &Beside<'a>) -> Option<Side<'a>> {
    let side = side(around, End::Enni)?;
    let aggregation = side.interface.text("linkAggregation")?;
    (aggregation != "ALL_ACTIVE").then_some(side)
}

fn depth_on_active(around: &Beside<'_>, out: &mut Finder) {
    if let Some(list) = inactive(around).and_then(|side| side.end.filled("aggregationLinkDepth")) {
        out.unexpected(
            &list,
            "Not all links of the ENNI are active, so there is no depth of links.",
        );
    }
}

fn depth_within(around: &Beside<'_>, out: &mut Finder) {
    let Some(side) = side(around, End::Enni) else { return };
    let links = i64::try_from(link_count(&side.interface)).unwrap_or(i64::MAX);
    for depth in side.end.each("aggregationLinkDepth", "lagDepth") {
        if links > 0 && depth.as_whole().is_some_and(|depth| depth > links) {
            out.invalid(&depth, format!("The ENNI has {links} links."));
        }
    }
}

fn conversations_on_active(around: &Beside<'_>, out: &mut Finder) {
    let Some(side) = side(around, End::Enni) else { return };
    let partial = side.interface.text("sVlanIdControl") == Some("PARTIAL");
    if let Some(list) = side.end.filled(CONVERSATIONS)
        && (partial || inactive(around).is_some())
    {
        let reason = "The ENNI needs sVlanIdControl FULL and linkAggregation ALL_ACTIVE for this.";
        out.unexpected(&list, reason);
    }
}

fn end_points_fit(around: &Beside<'_>, (end, name): (End, &str), out: &mut Finder) {
    let Some(side) = side(around, end) else { return };
    let asked = i64::try_from(side.neighbour.others.len() + 1).unwrap_or(i64::MAX);
    if let Some(most) = side.interface.whole(name)
        && asked > most
    {
        out.invalid(&side.end, format!("This interface takes {most} OVCs at most."));
    }
}

fn c_vlans_fit(around: &Beside<'_>, out: &mut Finder) {
    let Some(side) = side(around, End::Uni) else { return };
    let map = side.end.get("ovcEndPointMap");
    let asked = i64::try_from(c_vlans(&around.own).len()).unwrap_or(i64::MAX);
    if let Some(most) = side.interface.whole("maximumNumberOfCeVlanIdsPerEndPoint")
        && asked > most
        && let Some(list) = map.and_then(|map| map.get("ovcEndPointMapFormU"))
    {
        out.invalid(&list, format!("An end point of this UNI maps {most} C-VLANs at most."));
    }
}

fn c_vlan_has_link(around: &Beside<'_>, out: &mut Finder) {
    let Some(side) = side(around, End::Uni) else { return };
    if side.interface.filled("aggregationLinkMap").is_none() {
        return;
    }
    let maps = side.interface.list("aggregationLinkMap");
    let ranges: Vec<(i64, i64)> = maps
        .iter()
        .flat_map(|map| map.list("conversationIDs"))
        .filter_map(|range| Some((range.whole("start")?, range.whole("end")?)))
        .collect();
    let map = side.end.get("ovcEndPointMap");
    for vlan in map.iter().flat_map(|map| map.list("ovcEndPointMapFormU")) {
        let mapped = |id: i64| ranges.iter().any(|(start, end)| (*start..=*end).contains(&id));
        if vlan.as_whole().is_some_and(|id| !mapped(id)) {
            out.invalid(&vlan, "The UNI maps this C-VLAN to no link.");
        }
    }
}
