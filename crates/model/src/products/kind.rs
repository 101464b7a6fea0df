//! What may stand around the payload of a product: the facts of its envelope.

use serde::{Deserialize, Serialize};

use super::{ACCESS_ELINE_OVC, ENNI, OPERATOR_UNI};

/// A product specification: what may stand around its payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductType {
    /// The `@type` URN.
    pub urn: String,
    /// For people.
    pub name: String,
    /// Relations it needs.
    #[serde(default)]
    pub relations: Vec<Relation>,
    /// Role of its one place; none for a product without a place.
    #[serde(default)]
    pub place_role: Option<String>,
    /// Whether it can be ordered (the ENNI cannot).
    pub orderable: bool,
    /// Properties of the configuration that stay as they are in service.
    #[serde(default)]
    pub fixed: Vec<String>,
    /// JSON Pointer to the rate in its configuration that price bands go by; ours know theirs.
    #[serde(default)]
    pub rate: Option<String>,
}

/// A relation a product needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relation {
    /// Names accepted (`CONNECTS_TO_UNI`, and the older spelling); the first is ours.
    pub types: Vec<String>,
    /// URN of the product it must point to, without version and function.
    pub target: String,
    /// Whether POQ and quote may list several candidates.
    #[serde(default)]
    pub candidates: bool,
}

impl Relation {
    /// Whether it is called so.
    pub fn is(&self, kind: &str) -> bool {
        self.types.iter().any(|known| known == kind)
    }

    /// Our name of it.
    pub fn name(&self) -> &str {
        self.types.first().map_or("", String::as_str)
    }
}

/// Role of the place a product is delivered at, in every family that has one.
pub(super) const INSTALL_LOCATION: &str = "INSTALL_LOCATION";

/// The function a URN is made for: `order`; `all` and unheard-of ones fit every function.
pub(super) fn function(urn: &str) -> &str {
    urn.rsplit(':').next().unwrap_or_default()
}

/// A product of which nothing is known but its URN. What is made for inventories is not ordered.
pub(super) fn plain(urn: &str, name: &str) -> ProductType {
    ProductType {
        urn: urn.to_owned(),
        name: name.to_owned(),
        relations: Vec::new(),
        place_role: None,
        orderable: function(urn) != "inventory",
        fixed: Vec::new(),
        rate: None,
    }
}

/// The second names are those of the payload guides before Dolly, which the samples of the API
/// guides still use.
pub(super) fn access_eline_ovc() -> ProductType {
    let relation = |types: [&str; 2], target: &str, candidates| Relation {
        types: types.map(str::to_owned).into(),
        target: target.to_owned(),
        candidates,
    };
    let uni = "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni";
    let enni = "urn:mef:lso:spec:sonata:carrier-ethernet-enni-sp-so";
    ProductType {
        relations: vec![
            relation(["CONNECTS_TO_UNI", "UNI_REFERENCE"], uni, false),
            relation(["CONNECTS_TO_ENNI", "ENNI_REFERENCE"], enni, true),
        ],
        ..plain(ACCESS_ELINE_OVC, "Access E-Line OVC")
    }
}

pub(super) fn operator_uni() -> ProductType {
    ProductType {
        place_role: Some(INSTALL_LOCATION.to_owned()),
        // MEF 26.2: another physical layer is another UNI.
        fixed: ["listOfPhysicalLinks", "linkAggregation"].map(str::to_owned).into(),
        ..plain(OPERATOR_UNI, "Operator UNI")
    }
}

pub(super) fn enni() -> ProductType {
    plain(ENNI, "ENNI")
}
