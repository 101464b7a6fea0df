//! Geographic Site Management v7 (Billie to Grace): sites are listed by query parameters, without
//! pages.

use crate::describe::{Api, Call, Filter, Lifeline, List, Parsed, Resource, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "geographicSiteManagement",
    version: 7,
    full_version: "7.0.1",
    title: "Geographic Site Management",
    release: release::GRACE,
    served_by: Lifeline::Seller,
    resources: &[Resource {
        get: Some(Call::ok("retrieveGeographicSite", errors::READ)),
        list: Some(List {
            // The headers of a page are declared, the parameters are not.
            paged: false,
            ..List::by_filters(Call::ok("listGeographicSite", errors::SUBMIT), "GeographicSite")
        }),
        filters: &[
            Filter::text("companyName", "/administrativeAuthority"),
            Filter::text("customerName", "/customerName"),
            Filter::text("description", ""),
            Filter::one_of("siteType", "MEFSiteType", "/siteRestrictionType"),
            Filter::text("name", "/name"),
            Filter::text("serviceSiteContactName", ""),
            Filter::text("geographicAddress.id", "/place/@type=GeographicAddressRef/id"),
            Filter::text("streetNr", ""),
            Filter::text("streetName", ""),
            Filter::text("streetType", ""),
            Filter::text("city", ""),
            Filter::text("postcode", ""),
            Filter::text("country", ""),
        ],
        ..Resource::of("geographicSite", "GeographicSite")
    }],
    tasks: &[],
    hub: None,
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/geographicSiteManagement_v8.shape"),
        include_str!("../../shapes/before_kylie.shape"),
        include_str!("../../shapes/geographicSiteManagement_v7.shape"),
    ],
    parsed: Parsed::new(),
};
