//! Who knows whom in a world: books are loaded, cards exchanged, Buyers from outside let in, and what
//! rules of the scenario decide is written into the agreements.

use anyhow::{Context, Result};
use segue_model::failure::Problem;
use segue_model::id::Scope;
use segue_model::party::answers::{AnswerRule, AnsweredBy};
use segue_model::party::{Role as ModelRole, SecretDigest};
use segue_model::time::{Span, Unit};
use serde_json::{Value, json};

use super::{CONNECTOR, World, book, name};
use crate::cli::TextFile;
use crate::command::{self, Agreement, Book, Command, Company as Ours, Inventory, Partner, PartnerAdd, Role, Who};
use crate::demo::ENNI;
use crate::emulate::base::Base;
use crate::emulate::scenario::{Buyer, Company, Rule, Scenario};

/// How long a person has where the scenario decides nothing: long enough to change a rule.
const WITHIN: Span = Span::new(1000, Unit::BusinessDays);

/// Makes all companies and lets them know each other.
pub async fn all(base: &Base, world: &World) -> Result<()> {
    let scenario = &base.stage.scenario;
    for (index, company) in scenario.company.iter().enumerate() {
        if index > 0 {
            world.run(Command::Company(add(company))).await?;
        }
        if company.sells {
            let folder = book::of(scenario, base.said.book.as_ref())?;
            let load = Book::Load {
                folder,
                who: who(&company.id),
            };
            world.run(Command::Book(load)).await.map_err(told)?;
        }
    }
    for buyer in &scenario.company {
        for seller in &buyer.buys_from {
            pair(world, (seller, &buyer.id))
                .await
                .with_context(|| format!("{} and {seller}", buyer.id))?;
        }
    }
    for buyer in &scenario.buyer {
        let at = seller_of(scenario, buyer).context("nobody sells")?.id.clone();
        outside(base, world, (buyer, &at))
            .await
            .with_context(|| format!("the Buyer {}", buyer.id))?;
    }
    if let Some(seller) = &base.said.seller {
        seller.meet(base, world).await?;
    }
    agree_all(scenario, world, &scenario.rule).await
}

/// All that a command found wrong, as one error.
pub fn told(error: command::CommandError) -> anyhow::Error {
    let line = |problem: &Problem| format!("\n  {}: {}", problem.property_path, problem.reason);
    let problems: String = error.problems.iter().map(line).collect();
    anyhow::anyhow!("{error}{problems}")
}

fn who(company: &str) -> Who {
    Who {
        company: Some(company.to_owned()),
    }
}

fn add(company: &Company) -> Ours {
    Ours::Add {
        id: company.id.clone(),
        name: name(company),
        party_id: Vec::new(),
        email: format!("desk@{}.example", company.id),
        phone: "+49 30 5550100".into(),
    }
}

/// The company a Buyer from outside buys from.
pub fn seller_of<'s>(scenario: &'s Scenario, buyer: &Buyer) -> Option<&'s Company> {
    let mut sellers = scenario.company.iter().filter(|company| company.sells);
    match &buyer.at {
        Some(at) => sellers.find(|company| company.id == *at),
        None => sellers.next(),
    }
}

/// Cards go both ways.
async fn pair(world: &World, (seller, buyer): (&str, &str)) -> Result<()> {
    let card = async |of: &str| world.run(Command::Partner(Partner::Export { who: who(of) })).await;
    let (theirs, ours) = (card(buyer).await?, card(seller).await?);
    for (company, card, role) in [(seller, theirs, Role::Seller), (buyer, ours, Role::Buyer)] {
        let import = Partner::Import {
            file: file("card", &card),
            role,
            name: None,
            who: who(company),
        };
        world.run(Command::Partner(import)).await?;
    }
    enni(world, (seller, buyer)).await
}

fn file(name: &str, value: &Value) -> TextFile {
    TextFile {
        name: name.into(),
        text: value.to_string(),
    }
}

/// The interconnection, ordered long ago.
async fn enni(world: &World, (seller, buyer): (&str, &str)) -> Result<()> {
    let enter = Inventory::Import {
        file: TextFile {
            name: "enni.json".into(),
            text: ENNI.into(),
        },
        partner: buyer.to_owned(),
        who: who(seller),
    };
    world.run(Command::Inventory(enter)).await?;
    Ok(())
}

/// A Buyer from outside: a client with a secret, whose events go to the inbox of the emulator or to
/// where it says.
async fn outside(base: &Base, world: &World, (buyer, at): (&Buyer, &str)) -> Result<()> {
    let inbox = base.inbox(&buyer.id);
    let add = PartnerAdd {
        id: buyer.id.clone(),
        name: format!("Buyer {} from outside", buyer.id),
        url: inbox.clone(),
        role: Role::Seller,
        party_id: Vec::new(),
        issuer: Some(inbox.clone()),
        token_endpoint: Some(format!("{inbox}/token")),
        client_id: Some(at.to_owned()),
        secret_file: Some(TextFile {
            name: "secret".into(),
            text: base.secret.clone(),
        }),
        jwks_file: None,
        who: who(at),
    };
    world.run(Command::Partner(Partner::Add(add))).await?;
    known_by(base, world, (at, &buyer.id)).await?;
    enni(world, (at, &buyer.id)).await
}

/// The partner proves who it is with the secret of this emulator, and may listen where it said.
pub async fn known_by(base: &Base, world: &World, (company, partner): (&str, &str)) -> Result<()> {
    let store = &world.app.store;
    let mut partner = store
        .partner(&Scope::new(company, partner))
        .await?
        .context("it was added just now")?;
    let client = partner.client.as_mut().context("it is a client")?;
    client.secrets = vec![SecretDigest {
        sha256: segue_net::sha256_hex(base.client_secret(&client.client_id).as_bytes()),
        until: None,
    }];
    partner.callback_hosts.extend(base.callback_hosts());
    Ok(store.put_partner(partner, None).await?)
}

/// What the rules cover is decided by the scenario from now on; work under way keeps what it began with.
pub async fn agree_all(scenario: &Scenario, world: &World, rules: &[Rule]) -> Result<()> {
    for seller in scenario.company.iter().filter(|company| company.sells) {
        let ours = scenario
            .company
            .iter()
            .filter(|company| company.buys_from.contains(&seller.id));
        let outside = scenario
            .buyer
            .iter()
            .filter(|buyer| seller_of(scenario, buyer).is_some_and(|at| at.id == seller.id));
        let buyers = ours.map(|company| &company.id).chain(outside.map(|buyer| &buyer.id));
        for buyer in buyers {
            agree(world, (&seller.id, buyer), answer_rules(rules, &seller.id, buyer)).await?;
        }
    }
    Ok(())
}

async fn agree(world: &World, (seller, buyer): (&str, &str), answers: Vec<AnswerRule>) -> Result<()> {
    let scope = Scope::new(seller, buyer);
    let store = &world.app.store;
    let found = store
        .agreement_in_force(&scope, ModelRole::Seller, world.app.wall.now())
        .await?;
    let mut agreement = found.context("they have an agreement")?;
    if agreement.answers == answers {
        return Ok(());
    }
    agreement.answers = answers;
    let import = Agreement::Import {
        file: file("the rules of the scenario", &json!([agreement])),
    };
    world.run(Command::Agreement(import)).await.map_err(told)?;
    Ok(())
}

/// One for each selection that the rules name; two that select the same are one.
fn answer_rules(rules: &[Rule], seller: &str, buyer: &str) -> Vec<AnswerRule> {
    let is = |named: &Option<String>, is: &str| named.as_deref().is_none_or(|named| named == is);
    let mut all: Vec<AnswerRule> = Vec::new();
    for rule in rules
        .iter()
        .filter(|rule| is(&rule.company, seller) && is(&rule.buyer, buyer))
    {
        let one = AnswerRule {
            step: rule.step,
            offering: rule.offering.clone(),
            country: rule.country.clone(),
            postcode: rule.postcode.clone(),
            place: rule.place.clone(),
            by: AnsweredBy::Connector,
            connector: Some(CONNECTOR.into()),
            owner: "scenario".into(),
            within: WITHIN,
        };
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}
