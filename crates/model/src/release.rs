//! SDK releases: lists of API versions.

pub mod change;
mod convert;
mod hooks;
pub mod losses;
pub mod payload;
pub mod places;
pub mod said;
pub mod sites;
mod table;
pub mod translate;
mod walk;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::api;
use crate::describe::{Api, Lifeline};

/// Our name of the SDK release that is current.
pub const CURRENT: &str = "kylie";

/// The release before it.
pub const GRACE: &str = "grace";

/// The oldest release that is described.
pub const BILLIE: &str = "billie";

/// The oldest first.
const AGES: [&str; 3] = [BILLIE, GRACE, CURRENT];

/// The API versions of a release; empty for a release we do not know.
pub fn of(name: &str) -> Vec<&'static Api> {
    api::described().filter(|api| api.release == name).collect()
}

/// The version of each management API that a release has. Where it has none of its own, that of the
/// release after it is valid: before Kylie several came without a new one.
pub fn versions(name: &str) -> BTreeMap<&'static str, u32> {
    let age = |release: &str| AGES.iter().position(|known| *known == release);
    let Some(wanted) = age(name) else {
        return BTreeMap::new();
    };
    let mut versions = BTreeMap::new();
    for api in api::served().filter(|api| api.served_by == Lifeline::Seller) {
        if age(api.release).is_some_and(|age| age >= wanted) {
            let least = versions.entry(api.name).or_insert(api.version);
            *least = (*least).min(api.version);
        }
    }
    versions
}

/// The release of a partner by what it agreed to: that of its oldest API version.
pub fn of_agreement(apis: &BTreeMap<String, u32>) -> &'static str {
    let agreed = apis
        .iter()
        .filter_map(|(name, version)| api::find_served(name, *version));
    let age = |release: &str| AGES.iter().position(|known| *known == release);
    let oldest = agreed.map(|api| api.release).min_by_key(|release| age(release));
    oldest.unwrap_or(CURRENT)
}

/// One line for each API version that is described: `[{"api", "version", "release", "served",
/// "basePath", "operations"}]`.
pub fn listing() -> Value {
    let line = |api: &'static Api| {
        json!({
            "api": api.name,
            "version": api.version,
            "release": api.release,
            "served": api::is_routed(api),
            "basePath": api.base_path(),
            "operations": api.operations().len(),
        })
    };
    api::described().map(line).collect()
}
