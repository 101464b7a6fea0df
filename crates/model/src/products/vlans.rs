//! VLAN IDs of an OVC: at which kind of interface, in which list of its configuration.

use serde_json::Value;

use crate::document::Object;

/// VLAN IDs are 1 to 4094: 0 and 4095 mean something else (IEEE 802.1Q).
pub const VLAN_IDS: i64 = 4094;

/// One kind of interface at which an OVC takes VLAN IDs, an end point and some of the speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VlanList {
    /// For people: `S-VLAN`.
    pub name: &'static str,
    /// In capacity keys: `svlan`.
    pub key: &'static str,
    /// For people, the interface: `ENNI`.
    pub interface: &'static str,
    /// Relations that lead to the interface.
    pub relations: [&'static str; 2],
    /// The list, as steps from the configuration; the first is the end point.
    pub steps: [&'static str; 3],
    /// Of its end points, in capacity keys.
    pub ends_key: &'static str,
    /// How the interface says how many it takes.
    pub ends_limit: &'static str,
    /// The rule of that.
    pub ends_rule: &'static str,
    /// Of committed rates, in capacity keys.
    pub rate_key: &'static str,
    /// The rule of those and the links of the interface.
    pub rate_rule: &'static str,
}

/// MEF 26.2: an S-VLAN at an ENNI, and a C-VLAN at a UNI, belong to at most one end point.
pub const VLAN_LISTS: [VlanList; 2] = [
    VlanList {
        name: "S-VLAN",
        key: "svlan",
        interface: "ENNI",
        relations: ["CONNECTS_TO_ENNI", "ENNI_REFERENCE"],
        steps: ["enniEp", "ovcEndPointMap", "ovcEndPointMapFormE"],
        ends_key: "enni-ovcs",
        ends_limit: "maximumNumberOfOvcs",
        ends_rule: "ovcs-fit-enni",
        rate_key: "enni-kbps",
        rate_rule: "rate-fits-enni",
    },
    VlanList {
        name: "C-VLAN",
        key: "cvlan",
        interface: "UNI",
        relations: ["CONNECTS_TO_UNI", "UNI_REFERENCE"],
        steps: ["uniEp", "ovcEndPointMap", "ovcEndPointMapFormU"],
        ends_key: "uni-ends",
        ends_limit: "maximumNumberOfEndPoints",
        ends_rule: "end-points-fit-uni",
        rate_key: "uni-kbps",
        rate_rule: "rate-fits-uni",
    },
];

impl VlanList {
    /// Whether a capacity key with this first part is about such an interface.
    pub fn owns(&self, prefix: &str) -> bool {
        [self.key, self.ends_key, self.rate_key].contains(&prefix)
    }

    /// The IDs of a configuration, in its order; none where they are left to the Seller.
    pub fn ids(&self, configuration: &Object) -> Vec<i64> {
        let [end, map, list] = self.steps;
        let list = configuration
            .get(end)
            .and_then(|end| end.get(map)?.get(list)?.as_array());
        list.into_iter().flatten().filter_map(Value::as_i64).collect()
    }
}
