//! The companies we deal with: by their card, or by hand.

mod check;
mod given;
mod migrate;
mod secret;
mod versions;

use segue_model::commit::AuditEntry;
use segue_model::describe::Lifeline;
use segue_model::id::{PartnerId, Scope};
use segue_model::party::card::{Card, FORM};
use segue_model::party::{self, Agreement, AuthMethod, Client, Company, Credentials, Partner};
use segue_model::time;
use serde_json::{Value, json};

use super::company::{self, apis_text, spoken};
use super::{CommandError, PartnerAdd, Role, Who, done};
use crate::app::App;
use crate::cli::TextFile;

pub async fn run(app: &App, action: super::Partner) -> Result<Value, CommandError> {
    match action {
        super::Partner::Add(add) => by_hand(app, add).await,
        super::Partner::List { who } => list(app, &who).await,
        super::Partner::Show { name, who } => show(app, &name, &who).await,
        super::Partner::Check { name, all: _, who } => check::run(app, name.as_deref(), &who).await,
        super::Partner::Versions { name, all: _, who } => versions::run(app, name.as_deref(), &who).await,
        super::Partner::Migrate(asked) => migrate::run(app, asked).await,
        super::Partner::Export { who } => company::card(app, &who).await,
        super::Partner::Import { file, role, name, who } => import(app, &file, (role, name), &who).await,
        super::Partner::Secret { name, ours: None, who } => secret::theirs(app, &name, &who).await,
        super::Partner::Secret {
            name,
            ours: Some(file),
            who,
        } => secret::ours(app, (&name, &file), &who).await,
        super::Partner::Suspend { name, who } => suspend(app, &name, &who, true).await,
        super::Partner::Resume { name, who } => suspend(app, &name, &who, false).await,
    }
}

/// The partner of this name.
pub async fn of(app: &App, name: &str, who: &Who) -> Result<(Company, Partner), CommandError> {
    let company = company::of(app, who).await?;
    let scope = Scope::new(company.id.as_str(), name);
    match app.store.partner(&scope).await? {
        Some(partner) => Ok((company, partner)),
        None => {
            let known = app.store.partners(&company.id).await?;
            let known: Vec<&str> = known.iter().map(|partner| partner.id.as_str()).collect();
            let hint = if known.is_empty() {
                "There is none yet: `segue partner import CARD --as seller|buyer`.".to_owned()
            } else {
                format!("There is: {}.", known.join(", "))
            };
            Err(CommandError::new(format!("{} has no partner {name:?}", company.id)).hint(hint))
        }
    }
}

fn model_role(role: Role) -> party::Role {
    match role {
        Role::Seller => party::Role::Seller,
        Role::Buyer => party::Role::Buyer,
    }
}

async fn import(
    app: &App,
    file: &TextFile,
    (role, name): (Role, Option<String>),
    who: &Who,
) -> Result<Value, CommandError> {
    let ours = company::of(app, who).await?;
    let card: Card = serde_json::from_str(&file.text).map_err(|error| {
        CommandError::new(format!("{} is no card: {error}", file.name))
            .hint("A partner makes one with `segue partner export`.")
    })?;
    if card.form != FORM {
        return Err(CommandError::new(format!(
            "{}: cards of the form {:?} are not known here",
            file.name, card.form
        ))
        .hint(format!("This program reads {FORM}.")));
    }
    given::card(&file.name, &card)?;
    if card.id == ours.id && card.issuer == ours.issuer() {
        return Err(CommandError::new(format!(
            "{} is the card of {} itself",
            file.name, ours.id
        )));
    }
    let name = name.unwrap_or_else(|| card.id.to_string());
    super::check_name(&name)?;
    let partner = keep_settings(app, card.partner(&ours, &name)).await?;
    check_client(app, &partner).await?;
    let role = model_role(role);
    let agreement = agreed(app, &card, &partner, role).await?;
    let entry = entry(&ours, "partner.import", &partner, role.as_str());
    app.store.put_partner(partner.clone(), Some(entry)).await?;
    let version = app.store.put_agreement(agreement.clone()).await?;
    let we_are = match role {
        party::Role::Seller => format!("{} may now buy from {}", partner.name, ours.name),
        party::Role::Buyer => format!(
            "{} may now buy from {}, once they have imported our card",
            ours.name, partner.name
        ),
    };
    Ok(json!({
        "done": we_are,
        "partner": partner.id,
        "role": role,
        "agreementVersion": version,
        "apis": agreement.apis.len(),
        "offerings": agreement.catalogue.len(),
    }))
}

/// The agreement of an import: the first one, or the one in force with what the card says anew.
async fn agreed(app: &App, card: &Card, partner: &Partner, role: party::Role) -> Result<Agreement, CommandError> {
    let (now, scope) = (app.wall.now(), partner.scope());
    let before = app.store.agreement_in_force(&scope, role, now).await?;
    let agreement = card.agreement(partner, role, before.as_ref(), now);
    if agreement.apis.is_empty() {
        let text = format!("{} speaks no API version that is spoken here", card.name);
        return Err(CommandError::new(text));
    }
    let all = app.store.agreements(&scope).await?;
    if let Some(later) = all.iter().find(|one| one.role == role && one.effective_from > now) {
        let day = time::text(later.effective_from);
        let text = format!(
            "version {} of the agreement comes into force at {day} and knows nothing of this card",
            later.version
        );
        return Err(CommandError::new(text).hint("Import the card from that day on."));
    }
    Ok(agreement)
}

/// A second import (new keys, other role) keeps what was settled by hand.
async fn keep_settings(app: &App, new: Partner) -> Result<Partner, CommandError> {
    let scope = new.scope();
    let Some(known) = app.store.partner(&scope).await? else {
        return Ok(new);
    };
    let mut callback_hosts = known.callback_hosts;
    for host in &new.callback_hosts {
        if !callback_hosts.contains(host) {
            callback_hosts.push(host.clone());
        }
    }
    Ok(Partner {
        callback_hosts,
        suspended: known.suspended,
        ..new
    })
}

/// One client id belongs to one partner.
async fn check_client(app: &App, partner: &Partner) -> Result<(), CommandError> {
    let Some(client) = &partner.client else { return Ok(()) };
    match app.store.client(&partner.company, &client.client_id).await? {
        Some(other) if other.id != partner.id => Err(CommandError::new(format!(
            "the client id {:?} belongs to the partner {:?} already",
            client.client_id,
            other.id.as_str()
        ))
        .hint("Import the card under that name: --name.")),
        Some(_) | None => Ok(()),
    }
}

async fn by_hand(app: &App, add: PartnerAdd) -> Result<Value, CommandError> {
    let ours = company::of(app, &add.who).await?;
    super::check_name(&add.id)?;
    let scope = Scope::new(ours.id.as_str(), add.id.as_str());
    if app.store.partner(&scope).await?.is_some() {
        return Err(CommandError::new(format!(
            "{} has a partner {:?} already",
            ours.id, add.id
        )));
    }
    let base_url = add.url.trim_end_matches('/').to_owned();
    let url = given::address("--url", &base_url)?;
    for (option, text) in [("--issuer", &add.issuer), ("--token-endpoint", &add.token_endpoint)] {
        text.as_ref().map(|text| given::address(option, text)).transpose()?;
    }
    let jwks = add.jwks_file.as_ref().map(read_keys).transpose()?;
    let method = if jwks.is_some() {
        AuthMethod::PrivateKeyJwt
    } else {
        AuthMethod::ClientSecretBasic
    };
    let host = url.port().map_or_else(
        || url.host_str().unwrap_or_default().to_owned(),
        |port| format!("{}:{port}", url.host_str().unwrap_or_default()),
    );
    let mut partner = Partner {
        company: ours.id.clone(),
        id: PartnerId::new(add.id.clone()),
        name: add.name.clone(),
        party_ids: if add.party_id.is_empty() {
            vec![add.id.clone()]
        } else {
            add.party_id.clone()
        },
        base_url,
        client: Some(Client {
            client_id: add.id.clone(),
            method,
            jwks,
            jwks_uri: None,
            secrets: Vec::new(),
        }),
        credentials: None,
        callback_hosts: vec![host],
        suspended: false,
    };
    check_client(app, &partner).await?;
    partner.credentials = credentials(app, &ours, &add).await?;
    let role = model_role(add.role);
    app.store
        .put_partner(
            partner.clone(),
            Some(entry(&ours, "partner.add", &partner, role.as_str())),
        )
        .await?;
    app.store
        .put_agreement(Agreement::first(partner.scope(), role, spoken(), app.wall.now()))
        .await?;
    let next = if method == AuthMethod::ClientSecretBasic {
        format!("; `segue partner secret {}` makes the secret they call us with", add.id)
    } else {
        String::new()
    };
    Ok(done(format!("{} is a partner of {}{next}", partner.name, ours.name)))
}

fn read_keys(file: &TextFile) -> Result<Value, CommandError> {
    let set = serde_json::from_str(&file.text)
        .map_err(|error| CommandError::new(format!("{} is not JSON: {error}", file.name)))?;
    given::keys(&file.name, &set)?;
    Ok(set)
}

async fn credentials(app: &App, ours: &Company, add: &PartnerAdd) -> Result<Option<Credentials>, CommandError> {
    let (Some(issuer), Some(token_endpoint)) = (&add.issuer, &add.token_endpoint) else {
        return Ok(None);
    };
    let secret = match &add.secret_file {
        Some(file) => {
            let name = secret::name_of(&add.id);
            app.store
                .put_secret(&ours.id, &name, file.text.trim().to_owned())
                .await?;
            Some(name)
        }
        None => None,
    };
    Ok(Some(Credentials {
        issuer: issuer.clone(),
        token_endpoint: token_endpoint.clone(),
        client_id: add.client_id.clone().unwrap_or_else(|| ours.id.to_string()),
        method: if secret.is_some() {
            AuthMethod::ClientSecretBasic
        } else {
            AuthMethod::PrivateKeyJwt
        },
        secret,
    }))
}

async fn list(app: &App, who: &Who) -> Result<Value, CommandError> {
    let company = company::of(app, who).await?;
    let mut rows = Vec::new();
    for partner in app.store.partners(&company.id).await? {
        let roles = roles(app, &partner).await?;
        rows.push(json!({
            "id": partner.id,
            "name": partner.name,
            "weAre": roles.join(", "),
            "baseUrl": partner.base_url,
            "state": if partner.suspended { "suspended" } else { "active" },
        }));
    }
    Ok(Value::Array(rows))
}

async fn roles(app: &App, partner: &Partner) -> Result<Vec<&'static str>, CommandError> {
    let scope = partner.scope();
    let mut roles = Vec::new();
    for role in [party::Role::Seller, party::Role::Buyer] {
        if app
            .store
            .agreement_in_force(&scope, role, app.wall.now())
            .await?
            .is_some()
        {
            roles.push(role.as_str());
        }
    }
    Ok(roles)
}

async fn show(app: &App, name: &str, who: &Who) -> Result<Value, CommandError> {
    let (_, partner) = of(app, name, who).await?;
    let scope = partner.scope();
    let mut agreements = Vec::new();
    for role in [party::Role::Seller, party::Role::Buyer] {
        if let Some(agreement) = app.store.agreement_in_force(&scope, role, app.wall.now()).await? {
            agreements.push(json!({
                "weAre": role,
                "version": agreement.version,
                "apis": apis_text(&agreement.apis, Lifeline::Seller),
                "ending": ending_text(&agreement),
                "offerings": offerings_text(&agreement),
            }));
        }
    }
    Ok(json!({
        "id": partner.id,
        "name": partner.name,
        "partyIds": partner.party_ids,
        "baseUrl": partner.base_url,
        "state": if partner.suspended { "suspended" } else { "active" },
        "callsUsAs": partner.client.as_ref().map(|client| format!("{} ({})", client.client_id, client.method.as_str())),
        "weCallAs": partner.credentials.as_ref().map(|ours| format!("{} ({})", ours.client_id, ours.method.as_str())),
        "callbackHosts": partner.callback_hosts,
        "agreements": agreements,
    }))
}

/// `quoteManagement v8 until 2027-03-31T00:00:00.000Z`
fn ending_text(agreement: &Agreement) -> String {
    let text = |one: &party::Ending| {
        format!(
            "{} v{} until {}",
            one.api,
            one.version,
            segue_model::time::text(one.until)
        )
    };
    agreement.ending.iter().map(text).collect::<Vec<_>>().join(", ")
}

fn offerings_text(agreement: &party::Agreement) -> String {
    let named: Vec<&str> = match agreement.role {
        party::Role::Seller => agreement.offerings.iter().map(String::as_str).collect(),
        party::Role::Buyer => agreement.catalogue.iter().map(|offered| offered.id.as_str()).collect(),
    };
    if named.is_empty() {
        "all".into()
    } else {
        named.join(", ")
    }
}

async fn suspend(app: &App, name: &str, who: &Who, suspended: bool) -> Result<Value, CommandError> {
    let (ours, partner) = of(app, name, who).await?;
    let partner = Partner { suspended, ..partner };
    let (action, text) = if suspended {
        (
            "partner.suspend",
            "is suspended: all its requests are refused, its events wait",
        )
    } else {
        ("partner.resume", "is active again")
    };
    app.store
        .put_partner(partner.clone(), Some(entry(&ours, action, &partner, "ok")))
        .await?;
    Ok(done(format!("{} {text}", partner.name)))
}

/// The audit row of a change of a partner.
fn entry(ours: &Company, action: &str, partner: &Partner, detail: &str) -> AuditEntry {
    AuditEntry {
        detail: detail.into(),
        ..super::operator(ours, action, &format!("partner/{}", partner.id))
    }
}
