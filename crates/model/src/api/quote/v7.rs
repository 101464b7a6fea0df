//! Quote Management and Notification v7 (Billie): what v8 has, with less that is required.

use super::v8::{FILTERS, LISTENERS, TASKS};
use crate::describe::{Api, Call, Hub, Lifeline, List, Parsed, Resource, Submit, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "quoteManagement",
    version: 7,
    full_version: "7.0.0-RC",
    title: "Quote Management",
    release: release::BILLIE,
    served_by: Lifeline::Seller,
    resources: &[Resource {
        list: Some(List::by_filters(
            Call::ok("listQuote", errors::LIST_WITHOUT_422),
            "Quote_Find",
        )),
        create: Some(Submit::of(Call::created("createQuote", errors::SUBMIT), "Quote_Create")),
        get: Some(Call::ok("retrieveQuote", errors::READ)),
        filters: FILTERS,
        ..Resource::of("quote", "Quote")
    }],
    tasks: TASKS,
    hub: Some(Hub::before_kylie("quoteNotification")),
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/quoteManagement_v10.shape"),
        include_str!("../../shapes/before_kylie.shape"),
        include_str!("../../shapes/quoteManagement_v8.shape"),
        include_str!("../../shapes/quoteManagement_v7.shape"),
    ],
    parsed: Parsed::new(),
};

/// What the Buyer serves.
pub static NOTIFICATION: Api = Api {
    name: "quoteNotification",
    version: 7,
    full_version: "7.0.0-RC",
    title: "Quote Notification",
    release: release::BILLIE,
    served_by: Lifeline::Buyer,
    resources: &[],
    tasks: &[],
    hub: None,
    listeners: LISTENERS,
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/quoteNotification_v10.shape"),
        include_str!("../../shapes/quoteNotification_v8.shape"),
    ],
    parsed: Parsed::new(),
};
