//! Product Inventory v8 (Kylie): no notification, no hub.

use super::lifecycle::PRODUCT;
use crate::describe::{Api, Call, Filter, Lifeline, List, Parsed, Resource, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "productInventory",
    version: 8,
    full_version: "8.0.0",
    title: "Product Inventory Management",
    release: release::CURRENT,
    served_by: Lifeline::Seller,
    resources: &[Resource {
        list: Some(List::by_filters(
            Call::ok("listProduct", errors::SUBMIT),
            "MEFProduct_Find",
        )),
        get: Some(Call::ok("retrieveProduct", errors::READ)),
        filters: &[
            Filter::one_of("status", "MEFProductStatusType", "/status"),
            Filter::text("productSpecificationId", "/productSpecification/id"),
            Filter::text("productOfferingId", "/productOffering/id"),
            Filter::text("externalId", "/externalId"),
            Filter::text("geographicAddressId", "/place/*/place/@type=GeographicAddressRef/id"),
            Filter::text("geographicSiteId", "/place/*/place/@type=GeographicSiteRef/id"),
            Filter::text("relatedProductId", "/productRelationship/*/id"),
            Filter::text("billingAccountId", "/billingAccount/id"),
            Filter::text("productOrderId", "/productOrderItem/*/productOrderId"),
            Filter::between("startDate", "/startDate"),
            Filter::between("lastUpdateDate", "/lastUpdateDate"),
        ],
        lifecycle: Some(&PRODUCT),
        ..Resource::of("product", "MEFProduct")
    }],
    tasks: &[],
    hub: None,
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productInventory_v8.shape"),
    ],
    parsed: Parsed::new(),
};
