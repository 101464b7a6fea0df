//! One JSON resource as it is stored: always in the newest version of its family.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::Scope;

/// A JSON object.
pub type Object = Map<String, Value>;

/// On which side of the API we stand for this document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// We serve it: it is the original.
    Seller,
    /// We asked for it: it is a mirror of the Seller's.
    Buyer,
}

impl Side {
    /// `seller` or `buyer`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Buyer => "buyer",
        }
    }
}

/// One JSON resource as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Unique in the whole installation; the `id` in the body.
    pub id: String,
    /// Whose it is.
    pub scope: Scope,
    /// Original or mirror.
    pub side: Side,
    /// API name (`quoteManagement`).
    pub api: String,
    /// Resource name: the last path segment of its collection (`quote`, `productOrder`).
    pub resource: String,
    /// Its `state` (or `status`); empty where the resource has none.
    pub state: String,
    /// 1 when created, one more with every commit that changes it.
    pub revision: u64,
    /// Version of the agreement it was made under.
    pub agreement_version: u32,
    /// Business time of creation.
    pub created_at: Timestamp,
    /// Business time of the last change.
    pub updated_at: Timestamp,
    /// The wire form, newest version of the family.
    pub body: Object,
}

impl Document {
    /// The value at a JSON Pointer of the body.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        at(&self.body, pointer)
    }

    /// The text at a JSON Pointer of the body.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.at(pointer)?.as_str()
    }

    /// The next revision: same identity, `body` and `state` new. Commit it to make it so.
    pub fn next(&self, state: impl Into<String>, body: Object, now: Timestamp) -> Self {
        Self {
            state: state.into(),
            body,
            revision: self.revision + 1,
            updated_at: now,
            ..self.clone()
        }
    }
}

/// The value at a JSON Pointer of an object.
pub fn at<'a>(object: &'a Object, pointer: &str) -> Option<&'a Value> {
    let rest = pointer.strip_prefix('/')?;
    let (first, tail) = rest.split_once('/').map_or((rest, ""), |(first, tail)| (first, tail));
    let value = object.get(&first.replace("~1", "/").replace("~0", "~"))?;
    if tail.is_empty() {
        Some(value)
    } else {
        value.pointer(&format!("/{tail}"))
    }
}

/// A body that has passed the schema of its shape. Only `Schemas::check` makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    shape: String,
    body: Object,
}

impl Checked {
    /// For `Schemas::check` only.
    pub(crate) fn new(shape: impl Into<String>, body: Object) -> Self {
        Self {
            shape: shape.into(),
            body,
        }
    }

    /// The name of the shape it was checked against.
    pub fn shape(&self) -> &str {
        &self.shape
    }

    /// The body.
    pub fn body(&self) -> &Object {
        &self.body
    }

    /// The value at a JSON Pointer.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        at(&self.body, pointer)
    }

    /// Takes the body out.
    pub fn into_body(self) -> Object {
        self.body
    }
}
