//! Product Offering Qualification Management and Notification v7 (Billie to Grace).

use crate::describe::{Api, Call, Filter, Hub, Lifeline, List, Listener, Parsed, Parties, Resource, Submit, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "productOfferingQualification",
    version: 7,
    full_version: "7.0.1",
    title: "Product Offering Qualification Management",
    release: release::GRACE,
    served_by: Lifeline::Seller,
    resources: &[Resource {
        list: Some(List::by_filters(
            Call::ok("listProductOfferingQualification", errors::LIST_WITHOUT_422),
            "ProductOfferingQualification_Find",
        )),
        create: Some(Submit::of(
            Call::created("createProductOfferingQualification", errors::SUBMIT),
            "ProductOfferingQualification_Create",
        )),
        get: Some(Call::ok("retrieveProductOfferingQualification", errors::READ)),
        filters: &[
            Filter::one_of("state", "MEFPOQTaskStateType", "/state"),
            Filter::text("externalId", "/externalId"),
            Filter::text("projectId", "/projectId"),
            Filter::between_inclusive("requestedPOQCompletionDate", "/requestedPOQCompletionDate"),
        ],
        ..Resource::of("productOfferingQualification", "ProductOfferingQualification")
    }],
    tasks: &[],
    hub: Some(Hub {
        // 404, and no 422, only here.
        create: Call::created("registerListener", errors::READ_OPTIONAL),
        ..Hub::before_kylie("productOfferingQualificationNotification")
    }),
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productOfferingQualification_v8.shape"),
        include_str!("../../shapes/before_kylie.shape"),
        include_str!("../../shapes/productOfferingQualification_v7.shape"),
    ],
    parsed: Parsed::new(),
};

/// What the Buyer serves.
pub static NOTIFICATION: Api = Api {
    name: "productOfferingQualificationNotification",
    version: 7,
    full_version: "7.0.1",
    title: "Product Offering Qualification Notification",
    release: release::GRACE,
    served_by: Lifeline::Buyer,
    resources: &[],
    tasks: &[],
    hub: None,
    listeners: &[
        listener("poqCreateEvent", "poqCreateEvent"),
        listener("poqStateChangeEvent", "poqStateChangeEvent"),
        listener("poqItemStateChangeEvent", "listenToPoqItemStateChangeEvent"),
    ],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productOfferingQualificationNotification_v8.shape"),
        include_str!("../../shapes/productOfferingQualificationNotification_v7.shape"),
    ],
    parsed: Parsed::new(),
};

const fn listener(event: &'static str, id: &'static str) -> Listener {
    Listener {
        parties: Parties::Payload,
        ..Listener::of(event, id, "Event")
    }
}
