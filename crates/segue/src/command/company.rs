//! Our own companies and the card partners import.

use std::collections::BTreeMap;

use segue_model::api;
use segue_model::describe::Lifeline;
use segue_model::id::CompanyId;
use segue_model::party::card::Card;
use segue_model::party::{Company, Contact, Offered};
use serde_json::{Value, json};

use super::{CommandError, Who};
use crate::app::App;

pub async fn run(app: &App, action: super::Company) -> Result<Value, CommandError> {
    match action {
        super::Company::List => {
            let companies = app.store.companies().await?;
            let rows = companies.iter().map(|company| {
                json!({ "id": company.id, "name": company.name, "partyIds": company.party_ids.join(", "), "baseUrl": company.base_url })
            });
            Ok(rows.collect())
        }
        super::Company::Add {
            id,
            name,
            party_id,
            email,
            phone,
        } => {
            let contact = Contact {
                name: format!("{name} desk"),
                email,
                phone,
            };
            add(app, (id, name, party_id), contact).await
        }
        super::Company::RotateKey { who } => {
            let company = of(app, &who).await?;
            let kid = app.gate.rotate_key(&company.id).await?;
            app.store
                .audit(super::operator(&company, "company.rotate-key", &format!("key/{kid}")))
                .await?;
            Ok(
                json!({ "done": "partners find the new key at our jwks_uri; it signs when they had time to fetch it", "kid": kid }),
            )
        }
        super::Company::Card { who } => card(app, &who).await,
    }
}

async fn add(
    app: &App,
    (id, name, party_ids): (String, String, Vec<String>),
    contact: Contact,
) -> Result<Value, CommandError> {
    let company = new(&id, &name, party_ids, (&app.config.public_url, contact))?;
    if app.store.company(&company.id).await?.is_some() {
        return Err(CommandError::new(format!("there is a company {id:?} already")));
    }
    app.store.put_company(company.clone()).await?;
    app.gate.ensure_key(&company.id).await?;
    app.store
        .audit(super::operator(&company, "company.add", &format!("company/{id}")))
        .await?;
    Ok(json!({ "done": format!("{} is reached as {}", company.name, company.base_url), "id": id }))
}

/// A company of ours under this installation's address.
pub fn new(
    id: &str,
    name: &str,
    party_ids: Vec<String>,
    (public_url, contact): (&str, Contact),
) -> Result<Company, CommandError> {
    super::check_name(id)?;
    Ok(Company {
        id: CompanyId::new(id),
        name: name.to_owned(),
        party_ids: if party_ids.is_empty() {
            vec![id.to_owned()]
        } else {
            party_ids
        },
        base_url: format!("{public_url}/{id}"),
        contact,
    })
}

/// The company meant: the one named, or the only one there is.
pub async fn of(app: &App, who: &Who) -> Result<Company, CommandError> {
    let mut companies = app.store.companies().await?;
    let names: Vec<String> = companies.iter().map(|company| company.id.to_string()).collect();
    let known = names.join(", ");
    match &who.company {
        Some(wanted) => companies
            .into_iter()
            .find(|company| company.id.as_str() == wanted)
            .ok_or_else(|| {
                CommandError::new(format!("no company of ours is called {wanted:?}"))
                    .hint(format!("There is: {known}."))
            }),
        None if companies.len() == 1 => Ok(companies.remove(0)),
        None => {
            Err(CommandError::new("several companies live here").hint(format!("Say which with --company: {known}.")))
        }
    }
}

/// What we speak, newest version of each API, in both roles.
pub fn spoken() -> BTreeMap<String, u32> {
    let mut spoken: BTreeMap<String, u32> = BTreeMap::new();
    for api in api::all() {
        let newest = spoken.entry(api.name.to_owned()).or_default();
        *newest = (*newest).max(api.version);
    }
    spoken
}

/// Our card.
pub async fn card(app: &App, who: &Who) -> Result<Value, CommandError> {
    let company = of(app, who).await?;
    let jwks = app.gate.jwks(&company.id).await?;
    let book = app.seller.books().current(&company.id).await?.book;
    let offered = |offering: &segue_model::book::Offering| Offered {
        id: offering.id.clone(),
        name: offering.name.clone(),
        product: offering.product.clone(),
        profile: offering.profile.clone(),
    };
    let offerings = book.offerings.iter().map(offered).collect();
    Ok(json!(Card::of(&company, jwks, spoken(), offerings)))
}

/// `Seller` and `Buyer` APIs of an agreement, for people: `quoteManagement v10, ...`.
pub fn apis_text(apis: &BTreeMap<String, u32>, lifeline: Lifeline) -> String {
    let of_lifeline =
        |name: &str, version: u32| api::find_served(name, version).is_some_and(|api| api.served_by == lifeline);
    let texts = apis.iter().filter(|(name, version)| of_lifeline(name, **version));
    texts
        .map(|(name, version)| format!("{name} v{version}"))
        .collect::<Vec<_>>()
        .join(", ")
}
