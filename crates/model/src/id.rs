//! Identifiers as types of their own, so that a partner never stands where a company should.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes any text: what may stand in it is decided where it is made.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

text_id!(
    /// One legal entity of ours, as the operator named it (`acme`); part of its base address.
    CompanyId
);
text_id!(
    /// A counterpart of one company of ours, as the operator named it.
    PartnerId
);

/// Who may see a row: one company of ours and one partner of it. Every read of partner data
/// takes a `Scope`, so that no statement can be run without one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// Our side.
    pub company: CompanyId,
    /// The other side.
    pub partner: PartnerId,
}

impl Scope {
    /// The pair of `company` and `partner`.
    pub fn new(company: impl Into<CompanyId>, partner: impl Into<PartnerId>) -> Self {
        Self {
            company: company.into(),
            partner: partner.into(),
        }
    }
}

/// A new random identifier: UUID version 7, so that rows of one time lie together, with 74
/// random bits, so that nobody guesses another's.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
