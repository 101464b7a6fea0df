//! The profile of a Seller: where it is, who the tester is there, and what the two agreed, as the
//! onboarding of the standard has it. All that a case sends or expects beyond the guides stands here.

pub mod hybrid;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::Function;

/// The SDK release whose requirements the cases are about.
pub const RELEASE: &str = "kylie";

/// A Seller, as the tester knows it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    /// Its name in reports.
    pub seller: String,
    /// Scheme, host, port and prefix before `/mefApi`.
    pub url: String,
    /// What it offers.
    pub functions: Vec<Function>,
    /// Major version of each API (`quoteManagement`).
    pub versions: BTreeMap<String, u32>,
    /// operationIds that it says it does not have.
    #[serde(default)]
    pub not_offered: Vec<String>,
    /// PEM files with root certificates beside those of the system.
    #[serde(default)]
    pub roots: Vec<std::path::PathBuf>,
    /// Who the tester is there.
    pub credentials: Credentials,
    /// A second Buyer of that Seller: for what one Buyer must not see of another.
    #[serde(default)]
    pub other_buyer: Option<Credentials>,
    /// One answer of its authorization endpoint, where it has one.
    #[serde(default)]
    pub hybrid: Option<hybrid::Hybrid>,
    /// Where the tester listens to events.
    #[serde(default)]
    pub listener: Option<ListenAt>,
    /// The clock that the Seller goes by, where that is not the wall's.
    #[serde(default)]
    pub clock: Option<Clock>,
    /// How long the tester waits.
    #[serde(default)]
    pub deadlines: Deadlines,
    /// What was agreed.
    pub agreed: Agreed,
    /// The person that requests name.
    pub contact: Contact,
    /// Example places.
    pub places: Places,
    /// What is asked for and ordered: the first one is used wherever one is enough.
    #[serde(default)]
    pub offering: Vec<Offering>,
}

/// How the tester gets its tokens.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Credentials {
    /// Where tokens are asked for, by client credentials.
    pub token_endpoint: String,
    /// `client_id`
    pub client_id: String,
    /// Its secret, sent as `client_secret_basic`.
    pub client_secret: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        // The secret has no debug text.
        out.debug_struct("Credentials")
            .field("token_endpoint", &self.token_endpoint)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// The listener of the tester.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ListenAt {
    /// Address and port on this machine.
    pub listen: std::net::SocketAddr,
    /// How the Seller reaches it: what a hub is given as `callback`.
    pub callback: String,
}

/// A clock that runs fast from a moment on.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Clock {
    /// When it agreed with the wall.
    pub origin: Timestamp,
    /// How many of its seconds pass in one of the wall's.
    pub speed: f64,
}

impl Clock {
    /// What it shows when the wall shows `wall`.
    pub fn at(self, wall: Timestamp) -> Timestamp {
        let passed = wall.duration_since(self.origin).as_secs_f64() * self.speed;
        self.origin
            .saturating_add(SignedDuration::from_secs_f64(passed))
            .unwrap_or(wall)
    }
}

/// Seconds of the wall's clock.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Deadlines {
    /// An answer that has to be there at once.
    pub answer: u64,
    /// A state that comes by itself (a deferred answer, a completed order).
    pub state: u64,
    /// An event after its cause.
    pub event: u64,
    /// How long the tester listens before it says that no event came.
    pub silence: u64,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            answer: 30,
            state: 60,
            event: 20,
            silence: 2,
        }
    }
}

impl Deadlines {
    /// Of a state.
    pub fn state(self) -> Duration {
        Duration::from_secs(self.state)
    }

    /// Of an event.
    pub fn event(self) -> Duration {
        Duration::from_secs(self.event)
    }
}

/// What Buyer and Seller settled at onboarding.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Agreed {
    /// Kinds of representation of an address: fielded, formatted, geographicPoint, label.
    pub representations: Vec<String>,
    /// `spatialRef` values.
    #[serde(default)]
    pub spatial_refs: Vec<String>,
    /// Whether an order has to name a quote.
    #[serde(default)]
    pub quote_required: bool,
    /// The account that orders name.
    pub billing_account: String,
    /// Above how many matches a list is refused; absent where nothing is said.
    #[serde(default)]
    pub too_many_records: Option<u64>,
}

/// The person that requests name.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Telephone number.
    pub number: String,
    /// E-mail address.
    pub email: String,
}

/// Example places. Only `good` has to be there; cases that need another one say so.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Places {
    /// Known, served, with room for all that the cases order.
    pub good: Place,
    /// Known, with a site at it.
    #[serde(default)]
    pub with_site: Option<Place>,
    /// Known, out of reach: confidence red.
    #[serde(default)]
    pub unserved: Option<Place>,
    /// In the area of validation, but there is no such address: fields only.
    #[serde(default)]
    pub unknown: Option<Value>,
    /// Outside the area of validation: fields only.
    #[serde(default)]
    pub outside: Option<Value>,
    /// So little said that too many match: fields only.
    #[serde(default)]
    pub vague: Option<Value>,
}

/// An address.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Place {
    /// Its id at the Seller.
    pub id: String,
    /// A fielded representation that leads to it and to no other.
    pub fielded: Value,
    /// The site at it, where there is one.
    #[serde(default)]
    pub site: Option<String>,
}

/// Something the Seller sells.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Offering {
    /// `productOffering.id`
    pub id: String,
    /// Its `productSpecification.id`, for a qualification by specification.
    #[serde(default)]
    pub specification: Option<String>,
    /// Role of its place (`INSTALL_LOCATION`); absent where it has none.
    #[serde(default)]
    pub place_role: Option<String>,
    /// A whole `productConfiguration` that can be ordered, with its `@type`.
    pub configuration: Value,
    /// The same with one value that its schema forbids.
    #[serde(default)]
    pub wrong_configuration: Option<Value>,
    /// A `MEFItemTerm` that is sold.
    pub term: Value,
    /// A `MEFItemTerm` longer than any that is sold.
    #[serde(default)]
    pub unsold_term: Option<Value>,
}

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML, or another form.
    #[error("{file}: {what}")]
    Form {
        /// Its name.
        file: String,
        /// What and where.
        what: String,
    },
    /// It names an API version that is not described.
    #[error("{file}: versions.{api} = {version}: no such version is described; `segue openapi --list` shows them")]
    Version {
        /// Its name.
        file: String,
        /// The API.
        api: String,
        /// The version.
        version: u32,
    },
    /// It names an API version of another release than the cases are of.
    #[error(
        "{file}: versions.{api} = {version} is of the release {release}; the cases are written for {RELEASE} so far"
    )]
    Release {
        /// Its name.
        file: String,
        /// The API.
        api: String,
        /// The version.
        version: u32,
        /// Its release.
        release: &'static str,
    },
    /// A function whose API has no version.
    #[error("{file}: the function {function} needs versions.{api}")]
    NoVersion {
        /// Its name.
        file: String,
        /// The function.
        function: &'static str,
        /// Its API.
        api: &'static str,
    },
    /// Cases of the function need something to ask for.
    #[error("{file}: the function {function} needs an [[offering]]")]
    NoOffering {
        /// Its name.
        file: String,
        /// The function.
        function: &'static str,
    },
    /// A step that there is not.
    #[error("{file}: no step is called {name}; there are: {known}")]
    Step {
        /// Its name.
        file: String,
        /// The step.
        name: String,
        /// Those there are.
        known: String,
    },
    /// An address that is none.
    #[error("{file}: {field}: {url} is no address like https://seller.example/prefix")]
    Url {
        /// Its name.
        file: String,
        /// Where.
        field: &'static str,
        /// What stands there.
        url: String,
    },
}

/// An address has a host.
pub(crate) fn check_url(file: &str, field: &'static str, url: &str) -> Result<(), ProfileError> {
    if url::Url::parse(url).is_ok_and(|parsed| parsed.has_host()) {
        return Ok(());
    }
    Err(ProfileError::Url {
        file: file.to_owned(),
        field,
        url: url.to_owned(),
    })
}

/// Each version is described and of the release of the cases, and each function has one.
pub(crate) fn check_versions(
    file: &str,
    versions: &BTreeMap<String, u32>,
    functions: &[Function],
) -> Result<(), ProfileError> {
    for (api, version) in versions {
        let (file, api, version) = (file.to_owned(), api.clone(), *version);
        match segue_model::api::find_served(&api, version) {
            None => return Err(ProfileError::Version { file, api, version }),
            Some(known) if known.release != RELEASE => {
                let release = known.release;
                return Err(ProfileError::Release {
                    file,
                    api,
                    version,
                    release,
                });
            }
            Some(_) => {}
        }
    }
    let lacks = |function: &&Function| function.api().is_some_and(|api| !versions.contains_key(api));
    match functions.iter().find(lacks) {
        Some(function) => Err(ProfileError::NoVersion {
            file: file.to_owned(),
            function: function.as_str(),
            api: function.api().unwrap_or_default(),
        }),
        None => Ok(()),
    }
}

impl Profile {
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
        check_url(file, "credentials.token-endpoint", &self.credentials.token_endpoint)?;
        check_versions(file, &self.versions, &self.functions)?;
        let sells = |function: &&Function| {
            matches!(
                function,
                Function::Poq | Function::Quote | Function::Order | Function::Inventory
            )
        };
        match self.functions.iter().find(sells) {
            Some(function) if self.offering.is_empty() => Err(ProfileError::NoOffering {
                file: file.to_owned(),
                function: function.as_str(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// The time the Seller goes by, when the wall shows `wall`.
    pub fn now(&self, wall: Timestamp) -> Timestamp {
        self.clock.map_or(wall, |clock| clock.at(wall))
    }

    /// As TOML.
    pub fn text(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
seller = "Acme"
url = "https://acme.example"
functions = ["site"]
versions = { geographicSiteManagement = 8 }
credentials = { token-endpoint = "https://acme.example/token", client-id = "me", client-secret = "s3cr3t" }
agreed = { representations = ["fielded"], billing-account = "1" }
contact = { name = "Ann", number = "1", email = "ann@example.com" }
places = { good = { id = "1", fielded = { city = "Berlin" } } }
"#;

    #[track_caller]
    fn check_refused(was: &str, is: &str, expected: &str) {
        assert!(SMALL.contains(was));
        let told = Profile::read(&SMALL.replace(was, is), "p.toml")
            .unwrap_err()
            .to_string();
        assert!(told.contains("p.toml") && told.contains(expected), "{told}");
    }

    #[test]
    fn a_small_profile_is_enough_and_shows_no_secret() {
        let profile = Profile::read(SMALL, "p.toml").unwrap();
        assert_eq!(profile.deadlines.event, 20);
        assert!(!format!("{profile:?}").contains("s3cr3t"));
        assert!(Profile::read(&profile.text().unwrap(), "again").is_ok());
    }

    #[test]
    fn what_a_profile_cannot_mean_is_told_with_its_place() {
        check_refused("Management = 8", "Management = 99", "no such version is described");
        check_refused("Management = 8", "Management = 7", "is of the release grace");
        check_refused(
            "{ geographicSiteManagement = 8 }",
            "{}",
            "needs versions.geographicSiteManagement",
        );
        check_refused("\"https://acme.example\"", "\"acme\"", "is no address");
        check_refused("[\"site\"]", "[\"sites\"]", "unknown variant");
    }

    #[test]
    fn a_fast_clock_agrees_with_the_wall_at_its_origin() {
        let origin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = Clock { origin, speed: 60.0 };
        assert_eq!(clock.at(origin), origin);
        assert_eq!(
            clock.at(origin + SignedDuration::from_secs(1)),
            origin + SignedDuration::from_secs(60)
        );
    }
}
