//! Product Offering Qualification Management and Notification v8 (Kylie).

use super::lifecycle::{POQ, POQ_ITEM};
use crate::describe::{Api, Call, Filter, Hub, Items, Lifeline, List, Listener, Parsed, Resource, Submit, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "productOfferingQualification",
    version: 8,
    full_version: "8.0.0",
    title: "Product Offering Qualification Management",
    release: release::CURRENT,
    served_by: Lifeline::Seller,
    resources: &[Resource {
        list: Some(List::by_filters(
            Call::ok("listProductOfferingQualification", errors::SUBMIT_OPTIONAL),
            "ProductOfferingQualification_Find",
        )),
        create: Some(Submit::of(
            Call::created("createProductOfferingQualification", errors::SUBMIT),
            "ProductOfferingQualification_Create",
        )),
        get: Some(Call::ok("retrieveProductOfferingQualification", errors::READ_OPTIONAL)),
        filters: &[
            Filter::one_of("state", "MEFPOQTaskStateType", "/state"),
            Filter::between_inclusive("creationDate", "/creationDate"),
            Filter::between_inclusive("requestedPOQCompletionDate", "/requestedPOQCompletionDate"),
            Filter::text("externalId", "/externalId"),
            Filter::text("projectId", "/projectId"),
        ],
        lifecycle: Some(&POQ),
        items: Some(Items {
            path: "/productOfferingQualificationItem",
            lifecycle: &POQ_ITEM,
        }),
        ..Resource::of("productOfferingQualification", "ProductOfferingQualification")
    }],
    tasks: &[],
    hub: Some(Hub::to("productOfferingQualificationNotification")),
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productOfferingQualification_v8.shape"),
    ],
    parsed: Parsed::new(),
};

/// What the Buyer serves.
pub static NOTIFICATION: Api = Api {
    name: "productOfferingQualificationNotification",
    version: 8,
    full_version: "8.0.0",
    title: "Product Offering Qualification Notification",
    release: release::CURRENT,
    served_by: Lifeline::Buyer,
    resources: &[],
    tasks: &[],
    hub: None,
    listeners: &[
        Listener::of("poqStateChangeEvent", "poqStateChangeEvent", "PoqStateChangeEvent"),
        Listener::of(
            "poqItemStateChangeEvent",
            "listenToPoqItemStateChangeEvent",
            "PoqItemStateChangeEvent",
        ),
    ],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productOfferingQualificationNotification_v8.shape"),
    ],
    parsed: Parsed::new(),
};
