//! The schemas of every API version together.

use std::collections::HashMap;

use serde_json::Value;

use super::{SchemaError, Schemas};
use crate::api;
use crate::describe::Api;
use crate::document::Checked;
use crate::failure::Problem;

/// Checks bodies of any described API. A shape is compiled when it is first needed.
pub struct SchemaSet(HashMap<(&'static str, u32), Schemas>);

impl SchemaSet {
    /// Reads the shapes of all API versions.
    ///
    /// # Errors
    /// A shape file is wrong: a fault of the program.
    pub fn of_all() -> Result<Self, SchemaError> {
        let one = |api: &'static Api| Ok(((api.name, api.version), Schemas::for_api(api)?));
        api::served().map(one).collect::<Result<_, _>>().map(Self)
    }

    fn of(&self, api: &Api) -> Option<&Schemas> {
        self.0.get(&(api.name, api.version))
    }

    /// [`Schemas::check`] of one API.
    pub fn check(&self, api: &Api, shape: &str, body: Value) -> Result<Checked, Vec<Problem>> {
        match self.of(api) {
            Some(schemas) => schemas.check(shape, body),
            None => Err(vec![Problem::invalid(
                "",
                format!("{} v{} is not described here.", api.name, api.version),
            )]),
        }
    }

    /// [`Schemas::check_answer`] of one API.
    pub fn check_answer(&self, api: &Api, shape: &str, body: &Value) -> Vec<Problem> {
        self.of(api)
            .map_or_else(Vec::new, |schemas| schemas.check_answer(shape, body))
    }

    /// [`Schemas::mend_lists`] of one API.
    pub fn mend_lists(&self, api: &Api, shape: &str, body: &mut Value) -> Vec<String> {
        self.of(api)
            .map_or_else(Vec::new, |schemas| schemas.mend_lists(shape, body))
    }

    /// Names of the properties of a shape.
    pub fn properties(&self, api: &Api, shape: &str) -> Vec<String> {
        let shapes = self.of(api).map(Schemas::shapes);
        shapes.map_or_else(Vec::new, |shapes| {
            shapes
                .properties(shape)
                .into_iter()
                .map(|property| property.name)
                .collect()
        })
    }
}
