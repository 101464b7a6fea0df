//! A Seller from outside, which the Buyer of a scenario buys from: what has to be known of it stands
//! in a file. Both sides call each other with client secrets, since the keys of a world are new
//! each time and nobody could have them before it begins.

use anyhow::{Context, Result, bail};
use segue_model::book::profile::Profile;
use segue_model::id::Scope;
use segue_model::party::{Offered, Role as ModelRole};
use serde::Deserialize;
use url::Url;

use super::base::Base;
use super::scenario::{self, Scenario};
use super::world::{World, known_by};
use crate::cli::TextFile;
use crate::command::{Command, Partner, PartnerAdd, Role, Who};

/// A Seller from outside.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Outside {
    /// Short name: steps call it `{seller}`. Its client id here, too.
    pub id: String,
    /// Base address of its APIs.
    url: String,
    /// Where the Buyer gets its tokens.
    token_endpoint: String,
    /// What the Buyer is there.
    client_id: String,
    /// With this secret.
    client_secret: String,
    /// With what it calls the listener of the Buyer; without it one is made, and told.
    pub listener_secret: Option<String>,
    /// `sellerId`; without it the short name.
    party_id: Option<String>,
    /// What it sells.
    offering: Vec<Sold>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sold {
    id: String,
    name: Option<String>,
    product: String,
}

impl Outside {
    /// Reads the file.
    pub fn read(file: &TextFile) -> Result<Self> {
        let read: Self = toml::from_str(&file.text).with_context(|| {
            format!(
                "{} does not say what a Seller from outside needs; docs/emulators.md does",
                file.name
            )
        })?;
        for (name, text) in [("url", &read.url), ("token-endpoint", &read.token_endpoint)] {
            target(text).with_context(|| format!("{}: {name} {text:?} is no address", file.name))?;
        }
        Ok(read)
    }

    /// `HOST:PORT` of all that is called there.
    pub fn targets(&self) -> Vec<String> {
        let mut targets: Vec<String> = [&self.url, &self.token_endpoint]
            .into_iter()
            .filter_map(|url| target(url))
            .collect();
        targets.dedup();
        targets
    }

    /// The Buyer of the scenario gets to know it.
    pub async fn meet(&self, base: &Base, world: &World) -> Result<()> {
        let buyer = &base.stage.scenario.first_buyer().context("no company here buys")?.id;
        let add = PartnerAdd {
            id: self.id.clone(),
            name: self.id.clone(),
            url: self.url.clone(),
            role: Role::Buyer,
            party_id: self.party_id.iter().cloned().collect(),
            issuer: Some(self.token_endpoint.clone()),
            token_endpoint: Some(self.token_endpoint.clone()),
            client_id: Some(self.client_id.clone()),
            secret_file: Some(TextFile {
                name: "client-secret".into(),
                text: self.client_secret.clone(),
            }),
            jwks_file: None,
            who: Who {
                company: Some(buyer.clone()),
            },
        };
        world.run(Command::Partner(Partner::Add(add))).await?;
        self.catalogue(world, buyer).await?;
        known_by(base, world, (buyer, &self.id)).await
    }

    /// What it sells, which a card would say.
    async fn catalogue(&self, world: &World, buyer: &str) -> Result<()> {
        let store = &world.app.store;
        let scope = Scope::new(buyer, self.id.as_str());
        let agreement = store
            .agreement_in_force(&scope, ModelRole::Buyer, world.app.wall.now())
            .await?;
        let mut agreement = agreement.context("it was made just now")?;
        agreement.catalogue = self.offering.iter().map(Sold::offered).collect();
        store.put_agreement(agreement).await?;
        Ok(())
    }
}

impl Sold {
    fn offered(&self) -> Offered {
        Offered {
            id: self.id.clone(),
            name: self.name.clone().unwrap_or_else(|| self.id.clone()),
            product: self.product.clone(),
            profile: Profile::default(),
        }
    }
}

fn target(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

/// The Seller from outside takes the place of the one that would be played.
pub fn make_room(scenario: &mut Scenario) -> Result<()> {
    if scenario.role != scenario::Role::Buyer {
        bail!("--seller is for a Buyer that buys from it: segue emulate buyer --seller FILE");
    }
    scenario.company.retain(|company| !company.sells);
    for company in &mut scenario.company {
        company.buys_from.clear();
    }
    scenario.buyer.clear();
    scenario.rule.clear();
    Ok(())
}
