//! Geographic Site Management v8 (Kylie).

use crate::describe::{Api, Call, Lifeline, List, Resource, errors};

/// What the Seller serves.
pub static MANAGEMENT: Api = Api {
    full_version: "8.0.0",
    title: "Geographic Site Management",
    resources: &[Resource {
        get: Some(Call::ok("retrieveGeographicSite", errors::READ_OPTIONAL)),
        // A POST that lists: the query is too rich for parameters.
        list: Some(List {
            call: Call::ok("listGeographicSite", errors::SUBMIT),
            element: "GeographicSite",
            body: Some("GeographicSite_Query"),
        }),
        ..Resource::of("geographicSite", "GeographicSite")
    }],
    ..Api::kylie("geographicSiteManagement", 8, Lifeline::Seller)
};
