//! Product Ordering Management and Notification v10 (Ella to Grace).

use crate::describe::{Api, Call, Filter, Hub, Lifeline, List, Listener, Parsed, Parties, Resource, Submit, errors};
use crate::openapi::MEDIA_TYPE;
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "productOrderingManagement",
    version: 10,
    full_version: "10.0.0",
    title: "Product Ordering Management",
    release: release::GRACE,
    served_by: Lifeline::Seller,
    resources: &[PRODUCT_ORDER, CANCEL_PRODUCT_ORDER, CHARGES, DELIVERY_DATE],
    tasks: &[],
    hub: Some(Hub {
        // The only hub before Kylie that shows a subscription.
        get: Some(Call::ok("retrieveHub", errors::READ_OPTIONAL)),
        ..Hub::before_kylie("productOrderingNotification")
    }),
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productOrderingManagement_v11.shape"),
        include_str!("../../shapes/before_kylie.shape"),
        include_str!("../../shapes/productOrderingManagement_v10.shape"),
    ],
    parsed: Parsed::new(),
};

const PRODUCT_ORDER: Resource = Resource {
    list: Some(List::by_filters(
        Call::ok("listProductOrder", errors::LIST_WITHOUT_422),
        "ProductOrder_Find",
    )),
    create: Some(Submit::of(
        Call::created("createProductOrder", errors::SUBMIT),
        "ProductOrder_Create",
    )),
    get: Some(Call::ok("retrieveProductOrder", errors::READ)),
    patch: Some(Submit::of(
        Call::ok("patchProductOrder", errors::PATCH_WITHOUT_422),
        "ProductOrder_Update",
    )),
    filters: &[
        Filter::one_of("state", "MEFProductOrderStateType", "/state"),
        Filter::text("externalId", "/externalId"),
        Filter::text("projectId", "/projectId"),
        Filter::between("orderDate", "/orderDate"),
        Filter::between("completionDate", "/completionDate"),
        Filter::between(
            "itemRequestedCompletionDate",
            "/productOrderItem/*/requestedCompletionDate",
        ),
        Filter::between(
            "itemExpectedCompletionDate",
            "/productOrderItem/*/expectedCompletionDate",
        ),
        Filter::between("cancellationDate", "/cancellationDate"),
    ],
    ..Resource::of("productOrder", "ProductOrder")
};

const CANCEL_PRODUCT_ORDER: Resource = Resource {
    list: Some(List::by_filters(
        Call::ok("listCancelProductOrder", errors::LIST_OPTIONAL_WITHOUT_422),
        "CancelProductOrder_Find",
    )),
    create: Some(Submit::of(
        Call::created("createCancelProductOrder", errors::SUBMIT_OPTIONAL),
        "CancelProductOrder_Create",
    )),
    get: Some(Call::ok("retrieveCancelProductOrder", errors::READ_OPTIONAL)),
    filters: &[
        Filter::text("productOrderId", "/productOrder/productOrderId"),
        Filter::one_of("state", "MEFChargeableTaskStateType", "/state"),
        Filter::one_of(
            "cancellationReasonType",
            "CancellationReasonType",
            "/cancellationReasonType",
        ),
    ],
    ..Resource::of("cancelProductOrder", "CancelProductOrder")
};

const CHARGES: Resource = Resource {
    list: Some(List::by_filters(
        Call::ok("listCharge", errors::LIST_OPTIONAL_WITHOUT_422),
        "MEFProductOrderCharge_Find",
    )),
    get: Some(Call::ok("retrieveCharge", errors::READ_OPTIONAL)),
    patch: Some(Submit::of(
        Call::ok("patchCharge", errors::PATCH_WITHOUT_422),
        "MEFProductOrderCharge_Update",
    )),
    filters: &[
        // The charges of an order are also those of its items.
        Filter::text(
            "productOrderId",
            "/productOrder/productOrderId|/productOrderItem/productOrderId",
        ),
        Filter::text("productOrderItemId", "/productOrderItem/productOrderItemId"),
        Filter::between("creationDate", "/creationDate"),
        Filter::between("responseDueDate", "/responseDueDate"),
    ],
    ..Resource::of("charge", "MEFProductOrderCharge")
};

const DELIVERY_DATE: Resource = Resource {
    list: Some(List::by_filters(
        // With full elements.
        Call::ok(
            "listModifyProductOrderItemRequestedDeliveryDate",
            errors::LIST_OPTIONAL_WITHOUT_422,
        ),
        "MEFModifyProductOrderItemRequestedDeliveryDate",
    )),
    create: Some(Submit::of(
        Call::created(
            "createModifyProductOrderItemRequestedDeliveryDate",
            errors::SUBMIT_OPTIONAL,
        ),
        "MEFModifyProductOrderItemRequestedDeliveryDate_Create",
    )),
    get: Some(Call::ok(
        "retrieveModifyProductOrderItemRequestedDeliveryDate",
        errors::READ_OPTIONAL,
    )),
    filters: &[
        Filter::text("productOrderId", "/productOrderItem/productOrderId"),
        Filter::one_of("state", "MEFChargeableTaskStateType", "/state"),
        Filter::flag("expediteIndicator", "/expediteIndicator"),
        Filter::between("requestedCompletionDate", "/requestedCompletionDate"),
        Filter::between("creationDate", "/creationDate"),
    ],
    ..Resource::of(
        "modifyProductOrderItemRequestedDeliveryDate",
        "MEFModifyProductOrderItemRequestedDeliveryDate",
    )
};

/// What the Buyer serves.
pub static NOTIFICATION: Api = Api {
    name: "productOrderingNotification",
    version: 10,
    full_version: "10.0.0",
    title: "Product Ordering Notification",
    release: release::GRACE,
    served_by: Lifeline::Buyer,
    resources: &[],
    tasks: &[],
    hub: None,
    listeners: &[
        listener("productOrderStateChangeEvent", "ProductOrderEvent"),
        listener("productOrderItemStateChangeEvent", "ProductOrderEvent"),
        listener("productOrderItemExpectedCompletionDateSet", "ProductOrderEvent"),
        listener("productSpecificProductOrderItemMilestoneEvent", "ProductOrderEvent"),
        any_media("cancelProductOrderStateChangeEvent", "CancelProductOrderEvent"),
        any_media("chargeCreateEvent", "ChargeEvent"),
        any_media("chargeStateChangeEvent", "ChargeEvent"),
        any_media("chargeTimeoutEvent", "ChargeEvent"),
        any_media(
            "modifyProductOrderItemRequestedDeliveryDateStateChangeEvent",
            "ModifyProductOrderItemRequestedDeliveryDateEvent",
        ),
    ],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productOrderingNotification_v11.shape"),
        include_str!("../../shapes/productOrderingNotification_v10.shape"),
    ],
    parsed: Parsed::new(),
};

pub(super) const fn listener(event: &'static str, shape: &'static str) -> Listener {
    Listener {
        event,
        // 408 was declared until Grace. The operationId is the event type.
        call: Call::empty(event, errors::EVENT_TIMED),
        shape,
        parties: Parties::Payload,
        media: MEDIA_TYPE,
    }
}

/// The same, where the file says nothing about the type of the body.
pub(super) const fn any_media(event: &'static str, shape: &'static str) -> Listener {
    Listener {
        media: "*/*",
        ..listener(event, shape)
    }
}
