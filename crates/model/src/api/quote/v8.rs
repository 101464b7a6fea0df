//! Quote Management and Notification v8 (Celine to Grace).

use crate::describe::{
    Api, Call, Filter, Hub, Lifeline, List, Listener, Parsed, Parties, Resource, Submit, Task, errors,
};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "quoteManagement",
    version: 8,
    full_version: "8.0.1",
    title: "Quote Management",
    release: release::GRACE,
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
    ],
    parsed: Parsed::new(),
};

pub(super) const FILTERS: &[Filter] = &[
    Filter::one_of("state", "MEFQuoteStateType", "/state"),
    Filter::one_of("quoteLevel", "MEFSellerQuoteLevel", "/quoteLevel"),
    Filter::text("externalId", "/externalId"),
    Filter::text("projectId", "/projectId"),
    Filter::between("quoteDate", "/quoteDate"),
    Filter::between("requestedQuoteCompletionDate", "/requestedQuoteCompletionDate"),
    Filter::between("expectedQuoteCompletionDate", "/expectedQuoteCompletionDate"),
    Filter::between("effectiveQuoteCompletionDate", "/effectiveQuoteCompletionDate"),
];

// The files say `rejectQuote`, the guides `declineQuote`, as Kylie does.
pub(super) const TASKS: &[Task] = &[
    operation("cancelQuote"),
    Task {
        also: Some("declineQuote"),
        ..operation("rejectQuote")
    },
];

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
    version: 8,
    full_version: "8.0.1",
    title: "Quote Notification",
    release: release::GRACE,
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

pub(super) const LISTENERS: &[Listener] = &[
    listener("quoteStateChangeEvent", "listenToQuoteStateChangeEvent"),
    listener("quoteItemStateChangeEvent", "listenToQuoteItemStateChangeEvent"),
];

const fn listener(event: &'static str, id: &'static str) -> Listener {
    Listener {
        parties: Parties::Payload,
        ..Listener::of(event, id, "Event")
    }
}
