//! SDK releases: lists of API versions.

mod convert;
mod hooks;
pub mod losses;
pub mod places;
mod table;
pub mod translate;
mod walk;

use serde_json::{Value, json};

use crate::api;
use crate::describe::Api;

/// Our name of the SDK release that is current.
pub const CURRENT: &str = "kylie";

/// The release before it.
pub const GRACE: &str = "grace";

/// The oldest release that is described.
pub const BILLIE: &str = "billie";

/// The API versions of a release; empty for a release we do not know.
pub fn of(name: &str) -> Vec<&'static Api> {
    api::described().filter(|api| api.release == name).collect()
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
