//! Lengths of business time, as people write them.

use segue_model::forms;
use segue_model::time::{Span, Unit};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A length of business time: `2 businessDays`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(pub Span);

impl Length {
    /// As it is written.
    pub fn text(self) -> String {
        format!("{} {}", self.0.amount, unit(self.0.units))
    }
}

fn unit(unit: Unit) -> String {
    json!(unit).as_str().unwrap_or_default().to_owned()
}

impl Serialize for Length {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        forms::span(&text)
            .map(|settled| Self(settled.value))
            .map_err(serde::de::Error::custom)
    }
}
