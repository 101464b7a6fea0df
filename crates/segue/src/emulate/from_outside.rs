//! A Seller from outside, which the Buyer of a scenario buys from: its card, or what has to be known
//! of one that has none.

use anyhow::{Context, Result, bail};
use segue_model::id::Scope;
use segue_model::party::card::Card;
use segue_model::party::{Offered, Role as ModelRole};
use serde::Deserialize;
use url::Url;

use super::base::Base;
use super::scenario::Scenario;
use super::world::{World, known_by};
use crate::cli::TextFile;
use crate::command::{Command, Partner, PartnerAdd, Role, Who};

/// A Seller from outside.
pub struct Outside {
    /// Short name: how steps call it is `{seller}`.
    pub id: String,
    words: Words,
}

enum Words {
    Card(TextFile, Box<Card>),
    Table(Box<Table>),
}

/// A Seller without a card.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Table {
    id: String,
    /// Base address of its APIs.
    url: String,
    token_endpoint: String,
    /// What assertions are for; without it the address of the token endpoint.
    issuer: Option<String>,
    client_id: String,
    client_secret: String,
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
    /// Of a card (JSON) or a table (TOML).
    pub fn read(file: &TextFile) -> Result<Self> {
        if file.text.trim_start().starts_with('{') {
            let card: Card = serde_json::from_str(&file.text).with_context(|| format!("{} is no card", file.name))?;
            return Ok(Self {
                id: card.id.to_string(),
                words: Words::Card(file.clone(), Box::new(card)),
            });
        }
        let table: Table = toml::from_str(&file.text)
            .with_context(|| format!("{} does not say what a Seller from outside needs", file.name))?;
        Ok(Self {
            id: table.id.clone(),
            words: Words::Table(Box::new(table)),
        })
    }

    /// `HOST:PORT` of all that is called there.
    pub fn targets(&self) -> Vec<String> {
        let urls = match &self.words {
            Words::Card(_, card) => vec![&card.base_url, &card.token_endpoint, &card.jwks_uri],
            Words::Table(table) => vec![&table.url, &table.token_endpoint],
        };
        let target = |text: &String| {
            let url = Url::parse(text).ok()?;
            Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
        };
        let mut targets: Vec<String> = urls.into_iter().filter_map(target).collect();
        targets.sort();
        targets.dedup();
        targets
    }

    /// The Buyer of the scenario gets to know it.
    pub async fn meet(&self, base: &Base, world: &World) -> Result<()> {
        let buyer = base.stage.scenario.first_buyer();
        let buyer = &buyer.context("no company here buys")?.id;
        let who = Who {
            company: Some(buyer.clone()),
        };
        match &self.words {
            Words::Card(file, _) => {
                let import = Partner::Import {
                    file: file.clone(),
                    role: Role::Buyer,
                    name: None,
                    who,
                };
                world.run(Command::Partner(import)).await?;
            }
            Words::Table(table) => self.by_hand(table, world, (buyer, who)).await?,
        }
        match &self.words {
            // It signs with its key.
            Words::Card(..) => Ok(()),
            Words::Table(_) => known_by(base, world, (buyer, &self.id)).await,
        }
    }

    async fn by_hand(&self, table: &Table, world: &World, (buyer, who): (&str, Who)) -> Result<()> {
        let add = PartnerAdd {
            id: table.id.clone(),
            name: table.id.clone(),
            url: table.url.clone(),
            role: Role::Buyer,
            party_id: table.party_id.iter().cloned().collect(),
            issuer: Some(table.issuer.clone().unwrap_or_else(|| table.token_endpoint.clone())),
            token_endpoint: Some(table.token_endpoint.clone()),
            client_id: Some(table.client_id.clone()),
            secret_file: Some(TextFile {
                name: "client-secret".into(),
                text: table.client_secret.clone(),
            }),
            jwks_file: None,
            who,
        };
        world.run(Command::Partner(Partner::Add(add))).await?;
        let store = &world.app.store;
        let scope = Scope::new(buyer, self.id.as_str());
        let agreement = store
            .agreement_in_force(&scope, ModelRole::Buyer, world.app.wall.now())
            .await?;
        let mut agreement = agreement.context("it was made just now")?;
        agreement.catalogue = table.offering.iter().map(Sold::offered).collect();
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
            profile: segue_model::book::profile::Profile::default(),
        }
    }
}

/// The Seller from outside takes the place of the one that would be played.
pub fn make_room(scenario: &mut Scenario) -> Result<()> {
    if scenario.role != super::scenario::Role::Buyer {
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
