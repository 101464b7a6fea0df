//! Product Offering Qualification Management and Notification v8 (Kylie).

use super::lifecycle::{POQ, POQ_ITEM};
use crate::describe::{Api, Call, Filter, Hub, Items, Lifeline, List, Listener, Resource, Submit, errors};

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    full_version: "8.0.0",
    title: "Product Offering Qualification Management",
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
    hub: Some(Hub::to("productOfferingQualificationNotification")),
    ..Api::kylie("productOfferingQualification", 8, Lifeline::Seller)
};

/// What the Buyer serves.
pub static NOTIFICATION: Api = Api {
    full_version: "8.0.0",
    title: "Product Offering Qualification Notification",
    listeners: &[
        Listener::of("poqStateChangeEvent", "poqStateChangeEvent", "PoqStateChangeEvent"),
        Listener::of(
            "poqItemStateChangeEvent",
            "listenToPoqItemStateChangeEvent",
            "PoqItemStateChangeEvent",
        ),
    ],
    ..Api::kylie("productOfferingQualificationNotification", 8, Lifeline::Buyer)
};
