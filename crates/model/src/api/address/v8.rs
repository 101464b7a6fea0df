//! Geographic Address Management and Notification v8 (Kylie).

use super::lifecycle::VALIDATION;
use crate::describe::{Api, Call, Hub, Lifeline, Listener, Parsed, Resource, Submit, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "geographicAddressManagement",
    version: 8,
    full_version: "8.0.0",
    title: "Geographic Address Management",
    release: release::CURRENT,
    served_by: Lifeline::Seller,
    resources: &[
        Resource {
            get: Some(Call::ok("retrieveGeographicAddressValidation", errors::READ_OPTIONAL)),
            create: Some(Submit {
                // 200 answers at once, 201 later: the rules choose.
                call: Call {
                    id: "createGeographicAddressValidation",
                    answers: &[200, 201],
                    errors: errors::SUBMIT,
                },
                shape: "GeographicAddressValidation_Create",
            }),
            lifecycle: Some(&VALIDATION),
            ..Resource::of("geographicAddressValidation", "GeographicAddressValidation")
        },
        Resource {
            get: Some(Call::ok("retrieveGeographicAddress", errors::READ)),
            ..Resource::of("geographicAddress", "GeographicAddress")
        },
    ],
    tasks: &[],
    hub: Some(Hub::to("geographicAddressNotification")),
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/geographicAddressManagement_v8.shape"),
    ],
    parsed: Parsed::new(),
};

/// What the Buyer serves.
pub static NOTIFICATION: Api = Api {
    name: "geographicAddressNotification",
    version: 8,
    full_version: "8.0.0",
    title: "Geographic Address Notification",
    release: release::CURRENT,
    served_by: Lifeline::Buyer,
    resources: &[],
    tasks: &[],
    hub: None,
    listeners: &[Listener::of(
        "geographicAddressValidationStateChangeEvent",
        "listenToGeographicAddressValidationStateChangeEvent",
        "GeographicAddressValidationEvent",
    )],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/geographicAddressNotification_v8.shape"),
    ],
    parsed: Parsed::new(),
};
