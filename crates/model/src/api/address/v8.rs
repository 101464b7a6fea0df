//! Geographic Address Management and Notification v8 (Kylie).

use super::lifecycle::VALIDATION;
use crate::describe::{Api, Call, Hub, Lifeline, Listener, Resource, Submit, errors};

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    full_version: "8.0.0",
    title: "Geographic Address Management",
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
    hub: Some(Hub::to("geographicAddressNotification")),
    ..Api::kylie("geographicAddressManagement", 8, Lifeline::Seller)
};

/// What the Buyer serves.
pub static NOTIFICATION: Api = Api {
    full_version: "8.0.0",
    title: "Geographic Address Notification",
    listeners: &[Listener::of(
        "geographicAddressValidationStateChangeEvent",
        "listenToGeographicAddressValidationStateChangeEvent",
        "GeographicAddressValidationEvent",
    )],
    ..Api::kylie("geographicAddressNotification", 8, Lifeline::Buyer)
};
