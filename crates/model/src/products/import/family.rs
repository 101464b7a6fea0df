//! What is known about the families of official products that come without `product.toml`:
//! relations, place, and what stays in service (MEF 106, 125, 139).

use crate::products::kind::{self, INSTALL_LOCATION, ProductType, Relation};

/// The product of an official URN; none for a family nobody here knows.
pub(super) fn of(urn: &str) -> Option<ProductType> {
    let parts: Vec<&str> = urn.split(':').collect();
    let product = parts.len().checked_sub(3).and_then(|index| parts.get(index))?;
    if !matches!(parts.get(1), Some(&("mef" | "mplify"))) {
        return None;
    }
    // Products point to others of the same interface profile.
    let profile = parts[..parts.len() - 3].join(":");
    known(urn, product, &profile)
}

fn known(urn: &str, product: &str, profile: &str) -> Option<ProductType> {
    let at_place = |name: &str, fixed: &[&str]| ProductType {
        place_role: Some(INSTALL_LOCATION.to_owned()),
        fixed: fixed.iter().map(|name| (*name).to_owned()).collect(),
        ..kind::plain(urn, name)
    };
    let related = |name: &str, relations: &[(&[&str], &str)]| ProductType {
        relations: relations
            .iter()
            .map(|(types, target)| relation(types, profile, target))
            .collect(),
        ..kind::plain(urn, name)
    };
    let subscriber = "carrier-ethernet-subscriber-uni";
    let uni: (&[&str], &str) = (&["CONNECTS_TO_UNI"], subscriber);
    let ends: [(&[&str], &str); 2] = [
        (&["CONNECTS_TO_UNI_A"], subscriber),
        (&["CONNECTS_TO_UNI_Z"], subscriber),
    ];
    let end_point: &[&str] = &["ENDPOINT_OF_EVC"];
    // MEF 125 R19: an end point of a tree has exactly one of the two.
    let tree_end: &[&str] = &["ROOT_ENDPOINT_OF_EVC", "LEAF_ENDPOINT_OF_EVC"];
    let trunk: (&[&str], &str) = (&["CARRIED_OVER_TRUNK"], "ethernet-uni-access-link-trunk");
    Some(match product {
        "access-eline-ovc" | "access-eline" | "AccessElineOvc" => ProductType {
            urn: urn.to_owned(),
            orderable: kind::plain(urn, "").orderable,
            ..kind::access_eline_ovc()
        },
        "carrier-ethernet-operator-uni" | "OperatorUNI" => at_place(
            "Operator UNI",
            &["listOfPhysicalLinks", "listofPhysicalLinks", "linkAggregation"],
        ),
        "carrier-ethernet-enni-sp-so" => ProductType {
            orderable: false,
            ..kind::plain(urn, "ENNI")
        },
        // MEF 125 R27..R29, R24: its place and physical layer stay.
        "carrier-ethernet-subscriber-uni" | "SubscriberUni" => {
            at_place("Subscriber UNI", &["listOfPhyLinks", "linkAggregation"])
        }
        "epl-evc" | "epl" | "EplEvc" => related("EPL EVC", &ends),
        "evpl-evc" | "evpl" => related("EVPL EVC", &ends),
        "eplan-evc-endpoint" | "eplan-endpoint" => related("EP-LAN EVC End Point", &[(end_point, evc(product)), uni]),
        "evplan-evc-endpoint" | "evplan-endpoint" => {
            related("EVP-LAN EVC End Point", &[(end_point, evc(product)), uni])
        }
        "eptree-evc-endpoint" | "eptree-endpoint" => related("EP-TREE EVC End Point", &[(tree_end, evc(product)), uni]),
        "evptree-evc-endpoint" | "evptree-endpoint" => {
            related("EVP-TREE EVC End Point", &[(tree_end, evc(product)), uni])
        }
        "basic-internet-access" => at_place("Basic Internet Access", &[]),
        "ethernet-uni-access-link-trunk" => at_place("Ethernet UNI Access Link Trunk", &[]),
        "advanced-internet-access-ipvc" => {
            related("Advanced Internet Access IPVC", &[(&["CONNECTS_TO_IPUNI"], "ip-uni")])
        }
        "ip-uni-access-link" => related("IP UNI Access Link", &[(&["PART_OF_IPUNI"], "ip-uni"), trunk]),
        "exclusive-advanced-internet-access" => related("Exclusive Advanced Internet Access", &[trunk]),
        _ => return None,
    })
}

/// The EVC an end point belongs to: `eplan-evc` of `eplan-evc-endpoint`.
fn evc(end_point: &str) -> &str {
    end_point.strip_suffix("-endpoint").unwrap_or(end_point)
}

fn relation(types: &[&str], profile: &str, target: &str) -> Relation {
    Relation {
        types: types.iter().map(|name| (*name).to_owned()).collect(),
        target: format!("{profile}:{target}"),
        candidates: false,
    }
}
