//! Geographic Address Management v7 (Billie to Grace): no notification, no hub, every validation is
//! answered at once.

use crate::describe::{Api, Call, Lifeline, Parsed, Resource, Submit, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "geographicAddressManagement",
    version: 7,
    full_version: "7.0.1",
    title: "Geographic Address Management",
    release: release::GRACE,
    served_by: Lifeline::Seller,
    resources: &[
        Resource {
            create: Some(Submit::of(
                Call::ok("createGeographicAddressValidation", errors::SUBMIT),
                "GeographicAddressValidation_Create",
            )),
            ..Resource::of("geographicAddressValidation", "GeographicAddressValidation")
        },
        Resource {
            get: Some(Call::ok("retrieveGeographicAddress", errors::READ)),
            ..Resource::of("geographicAddress", "GeographicAddress")
        },
    ],
    tasks: &[],
    hub: None,
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/geographicAddressManagement_v8.shape"),
        include_str!("../../shapes/before_kylie.shape"),
        include_str!("../../shapes/geographicAddressManagement_v7.shape"),
    ],
    parsed: Parsed::new(),
};
