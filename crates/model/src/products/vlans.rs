//! VLAN IDs of an OVC: at which kind of interface, in which list of its configuration.

use serde_json::Value;

use crate::document::Object;

/// VLAN IDs are 1 to 4094: 0 and 4095 mean something else (IEEE 802.1Q).
pub const VLAN_IDS: i64 = 4094;

/// One kind of interface at which an OVC takes VLAN IDs.
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
    /// The list, as steps from the configuration.
    pub steps: [&'static str; 3],
}

/// MEF 26.2: an S-VLAN at an ENNI, and a C-VLAN at a UNI, belong to at most one end point.
pub const VLAN_LISTS: [VlanList; 2] = [
    VlanList {
        name: "S-VLAN",
        key: "svlan",
        interface: "ENNI",
        relations: ["CONNECTS_TO_ENNI", "ENNI_REFERENCE"],
        steps: ["enniEp", "ovcEndPointMap", "ovcEndPointMapFormE"],
    },
    VlanList {
        name: "C-VLAN",
        key: "cvlan",
        interface: "UNI",
        relations: ["CONNECTS_TO_UNI", "UNI_REFERENCE"],
        steps: ["uniEp", "ovcEndPointMap", "ovcEndPointMapFormU"],
    },
];

impl VlanList {
    /// The IDs of a configuration, in its order; none where they are left to the Seller.
    pub fn ids(&self, configuration: &Object) -> Vec<i64> {
        let [end, map, list] = self.steps;
        let list = configuration
            .get(end)
            .and_then(|end| end.get(map)?.get(list)?.as_array());
        list.into_iter().flatten().filter_map(Value::as_i64).collect()
    }
}
