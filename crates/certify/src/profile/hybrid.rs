//! What an authorization endpoint answered, as somebody with a browser got it. Nobody can log in for a
//! person: so the tester is given the answer, and judges it.

use serde::{Deserialize, Serialize};

/// One round of the hybrid flow: what was asked, and what came.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Hybrid {
    /// `issuer` of the Seller's metadata.
    pub issuer: String,
    /// `nonce` that was sent.
    pub nonce: String,
    /// `state` that was sent.
    #[serde(default)]
    pub state: Option<String>,
    /// `state` that came back.
    #[serde(default)]
    pub returned_state: Option<String>,
    /// `acr_values` that were sent.
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// Whether `max_age` was sent.
    #[serde(default)]
    pub max_age_sent: bool,
    /// The intent that was to be authorised.
    #[serde(default)]
    pub intent: Option<String>,
    /// ID token of the authorization endpoint.
    pub id_token: String,
    /// `code` that came with it.
    #[serde(default)]
    pub code: Option<String>,
    /// `access_token` that came with it.
    #[serde(default)]
    pub access_token: Option<String>,
    /// ID token that the token endpoint gave for the code.
    #[serde(default)]
    pub second_id_token: Option<String>,
}

impl std::fmt::Debug for Hybrid {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        // Tokens and codes have no debug text.
        out.debug_struct("Hybrid")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
