//! The profile of a Buyer: how it reaches the tester, how the tester reaches its listener, what the
//! two agreed, and the commands that make it do each step, where it can be driven by commands.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::steps;
use crate::case::Function;
use crate::profile::{Credentials, ProfileError, check_url, check_versions};

/// A Buyer, as the tester knows it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BuyerProfile {
    /// Its name in reports.
    pub buyer: String,
    /// How it reaches the tester: scheme, host, port and prefix before `/mefApi`. Tokens are asked
    /// for at `/token` below it.
    pub url: String,
    /// Where the tester listens on this machine.
    pub listen: SocketAddr,
    /// What it uses.
    pub functions: Vec<Function>,
    /// Major version of each API (`quoteManagement`).
    pub versions: BTreeMap<String, u32>,
    /// Steps that it does not have, by their names.
    #[serde(default)]
    pub not_offered: Vec<String>,
    /// PEM files with root certificates beside those of the system.
    #[serde(default)]
    pub roots: Vec<std::path::PathBuf>,
    /// Who the Buyer is at the tester.
    pub client: Client,
    /// How the tester gets a token for the Buyer's listener; without it events go out without one.
    #[serde(default)]
    pub events: Option<Credentials>,
    /// How long the tester waits.
    #[serde(default)]
    pub deadlines: BuyerDeadlines,
    /// What was agreed.
    #[serde(default)]
    pub agreed: BuyerAgreed,
    /// Step by step a command line for `sh` that makes the Buyer do it; `{quote}` and the like are
    /// filled in. Without any the tester tells a person what to do.
    #[serde(default)]
    pub drive: BTreeMap<String, String>,
}

/// The Buyer as a client of the tester's authorization server.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Client {
    /// `client_id`
    pub client_id: String,
    /// Its secret; without one no secret is asked for.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// Where its public keys are looked up.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// Intents that it was given, for the authorization endpoint.
    #[serde(default)]
    pub intents: Vec<String>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        // The secret has no debug text.
        out.debug_struct("Client")
            .field("client_id", &self.client_id)
            .field("jwks_uri", &self.jwks_uri)
            .finish_non_exhaustive()
    }
}

/// Seconds of the wall's clock.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct BuyerDeadlines {
    /// A step, from the moment it is told until its request is there.
    pub step: u64,
    /// What the Buyer does of its own accord after an event.
    pub reaction: u64,
    /// How long the tester looks before it says that nothing more came.
    pub silence: u64,
}

impl Default for BuyerDeadlines {
    fn default() -> Self {
        Self {
            step: 300,
            reaction: 20,
            silence: 2,
        }
    }
}

impl BuyerDeadlines {
    /// Of a step.
    pub fn step(self) -> Duration {
        Duration::from_secs(self.step)
    }

    /// Of a reaction.
    pub fn reaction(self) -> Duration {
        Duration::from_secs(self.reaction)
    }

    /// Of silence.
    pub fn silence(self) -> Duration {
        Duration::from_secs(self.silence)
    }
}

/// What Buyer and Seller settled at onboarding.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct BuyerAgreed {
    /// Parties that the Buyer acts for; with more than one it has to say which.
    pub buyer_ids: Vec<String>,
    /// Parties that the tester stands for; with more than one the Buyer has to say which.
    pub seller_ids: Vec<String>,
    /// Attributes that every fielded address has to have.
    pub fielded: Vec<String>,
    /// `spatialRef` values.
    pub spatial_refs: Vec<String>,
    /// Whether an order has to name a quote.
    pub quote_required: bool,
    /// Whether an order has to name a qualification.
    pub poq_required: bool,
    /// Whether the order of a change has to name a term.
    pub modify_term_required: bool,
    /// `productSpecification.id` of each offering.
    pub specifications: BTreeMap<String, String>,
}

impl BuyerProfile {
    /// Reads one; `file` is for messages.
    pub fn read(text: &str, file: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text).map_err(|error| ProfileError::Form {
            file: file.to_owned(),
            what: error.to_string(),
        })?;
        profile.check(file)?;
        Ok(profile)
    }

    fn check(&self, file: &str) -> Result<(), ProfileError> {
        check_url(file, "url", &self.url)?;
        if let Some(events) = &self.events {
            check_url(file, "events.token-endpoint", &events.token_endpoint)?;
        }
        for name in self.drive.keys().chain(&self.not_offered) {
            if steps::sentence(name).is_none() {
                return Err(ProfileError::Step {
                    file: file.to_owned(),
                    name: name.clone(),
                    known: steps::names().join(", "),
                });
            }
        }
        check_versions(file, &self.versions, &self.functions)
    }

    /// As TOML.
    pub fn text(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(self)
    }
}
