//! Geographic Site Management v8 (Kylie).

use crate::describe::{Api, Call, Lifeline, List, Parsed, Resource, errors};
use crate::release;

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    name: "geographicSiteManagement",
    version: 8,
    full_version: "8.0.0",
    title: "Geographic Site Management",
    release: release::CURRENT,
    served_by: Lifeline::Seller,
    resources: &[Resource {
        get: Some(Call::ok("retrieveGeographicSite", errors::READ_OPTIONAL)),
        // A POST that lists: the query is too rich for parameters.
        list: Some(List {
            call: Call::ok("listGeographicSite", errors::SUBMIT),
            element: "GeographicSite",
            body: Some("GeographicSite_Query"),
            paged: true,
        }),
        ..Resource::of("geographicSite", "GeographicSite")
    }],
    tasks: &[],
    hub: None,
    listeners: &[],
    shapes: &[
        include_str!("../../shapes/base.shape"),
        include_str!("../../shapes/geographicSiteManagement_v8.shape"),
    ],
    parsed: Parsed::new(),
};
