//! Quote Management and Notification v10 (Kylie).

use super::lifecycle::{QUOTE, QUOTE_ITEM};
use crate::describe::{
    Api, Call, Filter, Hub, Items, Lifeline, List, Listener, Parsed, Resource, Submit, Task, errors,
};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "quoteManagement",
    version: 10,
    full_version: "10.0.0",
    title: "Quote Management",
    release: release::CURRENT,
    served_by: Lifeline::Seller,
    resources: &[Resource {
        list: Some(List::by_filters(
            Call::ok("listQuote", errors::SUBMIT_OPTIONAL),
            "Quote_Find",
        )),
        create: Some(Submit::of(Call::created("createQuote", errors::SUBMIT), "Quote_Create")),
        get: Some(Call::ok("retrieveQuote", errors::READ)),
        filters: &[
            Filter::one_of("state", "MEFQuoteStateType", "/state"),
            Filter::one_of("quoteLevel", "MEFSellerQuoteLevel", "/quoteLevel"),
            Filter::text("externalId", "/externalId"),
            Filter::text("projectId", "/projectId"),
            Filter::between("quoteDate", "/quoteDate"),
            Filter::between("requestedQuoteCompletionDate", "/requestedQuoteCompletionDate"),
            Filter::between("expectedQuoteCompletionDate", "/expectedQuoteCompletionDate"),
            Filter::between("effectiveQuoteCompletionDate", "/effectiveQuoteCompletionDate"),
        ],
        lifecycle: Some(&QUOTE),
        items: Some(Items {
            path: "/quoteItem",
            lifecycle: &QUOTE_ITEM,
        }),
        ..Resource::of("quote", "Quote")
    }],
    tasks: &[operation("cancelQuote"), operation("declineQuote")],
    hub: Some(Hub::to("quoteNotification")),
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/quoteManagement_v10.shape"),
    ],
    parsed: Parsed::new(),
};

const fn operation(name: &'static str) -> Task {
    Task {
        name,
        also: None,
        call: Call::ok(name, errors::SUBMIT),
        body: "QuoteOperationData",
        answer: "QuoteOperationData",
    }
}

/// What the Buyer serves.
pub static NOTIFICATION: Api = Api {
    name: "quoteNotification",
    version: 10,
    full_version: "10.0.0",
    title: "Quote Notification",
    release: release::CURRENT,
    served_by: Lifeline::Buyer,
    resources: &[],
    tasks: &[],
    hub: None,
    listeners: &[
        Listener::of(
            "quoteStateChangeEvent",
            "listenToQuoteStateChangeEvent",
            "QuoteStateChangeEvent",
        ),
        Listener::of(
            "quoteItemStateChangeEvent",
            "listenToQuoteItemStateChangeEvent",
            "QuoteItemStateChangeEvent",
        ),
    ],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/quoteNotification_v10.shape"),
    ],
    parsed: Parsed::new(),
};
