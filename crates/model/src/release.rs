//! SDK releases: lists of API versions.

pub mod lift;
pub mod places;

use serde_json::{Value, json};

use crate::api;
use crate::describe::Api;

/// Our name of the SDK release that is current.
pub const CURRENT: &str = "kylie";

/// The API versions of a release; empty for a release we do not know.
pub fn of(name: &str) -> Vec<&'static Api> {
    api::all().iter().copied().filter(|api| api.release == name).collect()
}

/// One line for each API version: `[{"api", "version", "release", "basePath", "operations"}]`.
pub fn listing() -> Value {
    let line = |api: &&'static Api| {
        json!({
            "api": api.name,
            "version": api.version,
            "release": api.release,
            "basePath": api.base_path(),
            "operations": api.operations().len(),
        })
    };
    api::all().iter().map(line).collect()
}
