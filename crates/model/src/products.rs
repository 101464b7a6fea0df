//! Product payloads: schemas by `@type`, and the rules of the envelope around them.

use serde_json::Value;

use crate::failure::Problem;
use crate::party::Strictness;

/// All product schemas known.
pub struct Products {
    _private: (),
}

/// A product specification: what may stand around its payload.
#[derive(Clone, Debug)]
pub struct ProductType {
    /// The `@type` URN.
    pub urn: String,
    /// For people.
    pub name: &'static str,
    /// Relations it needs.
    pub relations: &'static [Relation],
    /// Role of its one place; none for a product without a place.
    pub place_role: Option<&'static str>,
    /// Whether it can be ordered (the ENNI cannot).
    pub orderable: bool,
}

/// A relation a product needs.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    /// Names accepted (`CONNECTS_TO_UNI`, and the older spelling); the first is ours.
    pub types: &'static [&'static str],
    /// URN of the product it must point to, without version and function.
    pub target: &'static str,
    /// Whether POQ and quote may list several candidates.
    pub candidates: bool,
}

impl Products {
    /// Those shipped with us.
    pub fn builtin() -> Self {
        todo!()
    }

    /// The product of a `@type`.
    pub fn product(&self, _urn: &str) -> Option<&ProductType> {
        todo!()
    }

    /// Checks a `productConfiguration` found at `pointer`: schema by its `@type`, then the
    /// consistency rules of the product. Problems, and warnings (one sentence each).
    pub fn check(
        &self,
        _configuration: &Value,
        _pointer: &str,
        _strictness: Strictness,
    ) -> (Vec<Problem>, Vec<String>) {
        todo!()
    }
}
