//! Product Inventory v7 (Billie to Grace; the text is that of Grace).

use crate::describe::{Api, Call, Filter, Lifeline, List, Parsed, Resource, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "productInventory",
    version: 7,
    full_version: "7.0.2",
    title: "Product Inventory Management",
    release: release::GRACE,
    served_by: Lifeline::Seller,
    resources: &[Resource {
        list: Some(List::by_filters(
            Call::ok("listProduct", errors::SUBMIT),
            "MEFProduct_Find",
        )),
        get: Some(Call::ok("retrieveProduct", errors::READ)),
        selects: true,
        filters: &[
            Filter::one_of("status", "MEFProductStatusType", "/status"),
            Filter::text("productSpecificationId", "/productSpecification/id"),
            Filter::text("productOfferingId", "/productOffering/id"),
            Filter::text("externalId", "/externalId"),
            Filter::text("geographicalSiteId", "/place/*/place/@type=GeographicSiteRef/id"),
            Filter::text("relatedProductId", "/productRelationship/*/id"),
            Filter::text("billingAccountId", "/billingAccount/id"),
            Filter::text("productOrderId", "/productOrderItem/*/productOrderId"),
            Filter::between("startDate", "/startDate"),
            Filter::between("lastUpdateDate", "/lastUpdateDate"),
        ],
        ..Resource::of("product", "MEFProduct")
    }],
    tasks: &[],
    hub: None,
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/productInventory_v8.shape"),
        include_str!("../../shapes/before_kylie.shape"),
        include_str!("../../shapes/productInventory_v7.shape"),
    ],
    parsed: Parsed::new(),
};
