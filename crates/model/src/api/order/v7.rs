//! Product Ordering Management and Notification v7 (Billie).

use super::v10::{any_media, listener};
use crate::describe::{Api, Call, Filter, Hub, Lifeline, List, Parsed, Resource, Submit, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "productOrderingManagement",
    version: 7,
    full_version: "7.0.0-RC",
    title: "Product Ordering Management",
    release: release::BILLIE,
    served_by: Lifeline::Seller,
    resources: &[PRODUCT_ORDER, CANCEL_PRODUCT_ORDER, CHARGES, DELIVERY_DATE],
    tasks: &[],
    hub: Some(Hub {
        // The only hub before Kylie that shows a subscription.
        get: Some(Call::ok("retrieveHub", errors::READ_OPTIONAL)),
        ..Hub::before_kylie("productOrderNotification")
    }),
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productOrderingManagement_v11.shape"),
        include_str!("../../shapes/before_kylie.shape"),
        include_str!("../../shapes/productOrderingManagement_v10.shape"),
        include_str!("../../shapes/productOrderingManagement_v7.shape"),
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
        Filter::between("requestedCompletionDate", "/productOrderItem/*/requestedCompletionDate"),
        Filter::between("expectedCompletionDate", "/productOrderItem/*/expectedCompletionDate"),
        Filter::between("orderCancellationDate", "/cancellationDate"),
    ],
    ..Resource::of("productOrder", "ProductOrder")
};

const CANCEL_PRODUCT_ORDER: Resource = Resource {
    list: Some(List::by_filters(
        Call::ok("listCancelProductOrder", errors::LIST_OPTIONAL_WITHOUT_422),
        "CancelProductOrder",
    )),
    create: Some(Submit::of(
        Call::created("createCancelProductOrder", errors::SUBMIT_OPTIONAL),
        "CancelProductOrder_Create",
    )),
    get: Some(Call::ok("retrieveCancelProductOrder", errors::READ_OPTIONAL)),
    filters: &[
        Filter::text("productOrderId", "/productOrder/productOrderId"),
        Filter::text("productOrderExternalId", ""),
    ],
    ..Resource::of("cancelProductOrder", "CancelProductOrder")
};

const CHARGES: Resource = Resource {
    list: Some(List::by_filters(
        Call::ok("listCharge", errors::LIST_OPTIONAL_WITHOUT_422),
        "MEFCharge",
    )),
    get: Some(Call::ok("retrieveCharge", errors::READ_OPTIONAL)),
    patch: Some(Submit::of(
        Call::ok("patchCharge", errors::PATCH_WITHOUT_422),
        "MEFCharge_Update",
    )),
    filters: &[
        // The charges of an order are also those of its items.
        Filter::text(
            "productOrderId",
            "/productOrder/productOrderId|/productOrderItem/productOrderId",
        ),
        Filter::text("productOrderItemId", "/productOrderItem/productOrderItemId"),
        Filter::between("responseDueDate", "/responseDueDate"),
    ],
    ..Resource::of("charge", "MEFCharge")
};

const DELIVERY_DATE: Resource = Resource {
    list: Some(List::by_filters(
        // With full elements.
        Call::ok(
            "listModifyProductOrderItemCompletionDate",
            errors::LIST_OPTIONAL_WITHOUT_422,
        ),
        "MEFModifyProductOrderItemCompletionDate",
    )),
    create: Some(Submit::of(
        Call::created("createModifyProductOrderItemCompletionDate", errors::SUBMIT_OPTIONAL),
        "MEFModifyProductOrderItemCompletionDate_Create",
    )),
    get: Some(Call::ok(
        "retrieveModifyProductOrderItemCompletionDate",
        errors::READ_OPTIONAL,
    )),
    filters: &[
        Filter::text("productOrderId", "/productOrderItem/productOrderId"),
        Filter::one_of("state", "MEFChargeableTaskStateType", "/state"),
        Filter::flag("expediteIndicator", "/expediteIndicator"),
        Filter::between("requestedCompletionDate", "/requestedCompletionDate"),
    ],
    stored: "modifyProductOrderItemRequestedDeliveryDate",
    ..Resource::of(
        "modifyProductOrderItemCompletionDate",
        "MEFModifyProductOrderItemCompletionDate",
    )
};

/// What the Buyer serves.
pub static NOTIFICATION: Api = Api {
    name: "productOrderNotification",
    version: 7,
    full_version: "7.0.0-RC",
    title: "Product Order Notification",
    release: release::BILLIE,
    served_by: Lifeline::Buyer,
    resources: &[],
    tasks: &[],
    hub: None,
    listeners: &[
        listener("productOrderStateChangeEvent", "ProductOrderEvent"),
        listener("productOrderItemStateChangeEvent", "ProductOrderEvent"),
        listener("productOrderExpectedCompletionDateSet", "ProductOrderEvent"),
        listener("productOrderItemExpectedCompletionDateSet", "ProductOrderEvent"),
        listener("productSpecificProductOrderMilestoneEvent", "ProductOrderEvent"),
        listener("productSpecificProductOrderItemMilestoneEvent", "ProductOrderEvent"),
        any_media("cancelProductOrderStateChangeEvent", "CancelProductOrderEvent"),
        any_media("chargeCreateEvent", "ChargeEvent"),
        any_media("chargeStateChangeEvent", "ChargeEvent"),
        any_media("chargeTimeoutEvent", "ChargeEvent"),
        any_media(
            "modifyProductOrderItemCompletionDateStateChangeEvent",
            "ModifyProductOrderItemCompletionDateEvent",
        ),
    ],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productOrderingNotification_v11.shape"),
        include_str!("../../shapes/productOrderingNotification_v10.shape"),
        include_str!("../../shapes/productOrderNotification_v7.shape"),
    ],
    parsed: Parsed::new(),
};
