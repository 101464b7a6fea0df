//! Product Ordering Management and Notification v11 (Kylie).

use super::lifecycle::{CANCEL, CHARGE, DATE_CHANGE, ORDER, ORDER_ITEM};
use crate::describe::{Api, Call, Filter, Hub, Items, Lifeline, List, Listener, Parsed, Resource, Submit, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "productOrderingManagement",
    version: 11,
    full_version: "11.0.1",
    title: "Product Ordering Management",
    release: release::CURRENT,
    served_by: Lifeline::Seller,
    resources: &[PRODUCT_ORDER, CANCEL_PRODUCT_ORDER, CHARGES, DELIVERY_DATE],
    tasks: &[],
    hub: Some(Hub::to("productOrderingNotification")),
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productOrderingManagement_v11.shape"),
    ],
    parsed: Parsed::new(),
};

const PRODUCT_ORDER: Resource = Resource {
    list: Some(List::by_filters(
        Call::ok("listProductOrder", errors::SUBMIT),
        "ProductOrder_Find",
    )),
    create: Some(Submit::of(
        Call::created("createProductOrder", errors::SUBMIT),
        "ProductOrder_Create",
    )),
    get: Some(Call::ok("retrieveProductOrder", errors::READ)),
    patch: Some(Submit::of(
        Call::ok("patchProductOrder", errors::PATCH),
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
    lifecycle: Some(&ORDER),
    items: Some(Items {
        path: "/productOrderItem",
        lifecycle: &ORDER_ITEM,
    }),
    ..Resource::of("productOrder", "ProductOrder")
};

const CANCEL_PRODUCT_ORDER: Resource = Resource {
    list: Some(List::by_filters(
        Call::ok("listCancelProductOrder", errors::SUBMIT_OPTIONAL),
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
    lifecycle: Some(&CANCEL),
    ..Resource::of("cancelProductOrder", "CancelProductOrder")
};

const CHARGES: Resource = Resource {
    list: Some(List::by_filters(
        Call::ok("listCharge", errors::SUBMIT_OPTIONAL),
        "MEFProductOrderCharge_Find",
    )),
    get: Some(Call::ok("retrieveCharge", errors::READ_OPTIONAL)),
    patch: Some(Submit::of(
        Call::ok("patchCharge", errors::PATCH),
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
    lifecycle: Some(&CHARGE),
    ..Resource::of("charge", "MEFProductOrderCharge")
};

const DELIVERY_DATE: Resource = Resource {
    list: Some(List::by_filters(
        // The only list without 422, and with full elements.
        Call::ok(
            "listModifyProductOrderItemRequestedDeliveryDate",
            &[400, 401, 403, 500, 501],
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
    lifecycle: Some(&DATE_CHANGE),
    ..Resource::of(
        "modifyProductOrderItemRequestedDeliveryDate",
        "MEFModifyProductOrderItemRequestedDeliveryDate",
    )
};

/// What the Buyer serves.
pub static NOTIFICATION: Api = Api {
    name: "productOrderingNotification",
    version: 11,
    full_version: "11.0.1",
    title: "Product Ordering Notification",
    release: release::CURRENT,
    served_by: Lifeline::Buyer,
    resources: &[],
    tasks: &[],
    hub: None,
    listeners: &[
        listener("productOrderStateChangeEvent", "ProductOrderStateChangeEvent"),
        listener("productOrderItemStateChangeEvent", "ProductOrderItemStateChangeEvent"),
        listener(
            "productOrderItemExpectedCompletionDateSetEvent",
            "ProductOrderItemExpectedCompletionDateSetEvent",
        ),
        listener(
            "productSpecificProductOrderItemMilestoneEvent",
            "ProductSpecificProductOrderItemMilestoneEvent",
        ),
        listener(
            "cancelProductOrderStateChangeEvent",
            "CancelProductOrderStateChangeEvent",
        ),
        listener("chargeCreateEvent", "ChargeCreateEvent"),
        listener("chargeStateChangeEvent", "ChargeStateChangeEvent"),
        listener("chargeTimeoutEvent", "ChargeTimeoutEvent"),
        listener(
            "modifyProductOrderItemRequestedDeliveryDateStateChangeEvent",
            "ModifyProductOrderItemRequestedDeliveryDateStateChangeEvent",
        ),
    ],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productOrderingNotification_v11.shape"),
    ],
    parsed: Parsed::new(),
};

/// Here the operationId is the event type.
const fn listener(event: &'static str, shape: &'static str) -> Listener {
    Listener::of(event, event, shape)
}
