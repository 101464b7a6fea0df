//! Product Inventory v8 (Kylie): no notification, no hub.

use super::lifecycle::PRODUCT;
use crate::describe::{Api, Call, Filter, Lifeline, List, Resource, errors};

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    full_version: "8.0.0",
    title: "Product Inventory Management",
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
    ..Api::kylie("productInventory", 8, Lifeline::Seller)
};
