//! The card: what a company tells a partner so that both can be set up without typing. It holds
//! nothing secret: public keys, addresses, what is spoken and sold.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Agreement, AuthMethod, Client, Company, Contact, Credentials, Offered, Partner, Role};
use crate::api;
use crate::id::{CompanyId, PartnerId};

/// What a partner imports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Card {
    /// `segue-card-1`: the form of this file.
    pub form: String,
    /// Short name; also the client id they use at our token endpoint.
    pub id: CompanyId,
    /// Full name.
    pub name: String,
    /// `buyerId` / `sellerId` values.
    pub party_ids: Vec<String>,
    /// How to reach people there.
    pub contact: Contact,
    /// Base address of all their APIs.
    pub base_url: String,
    /// Their authorization server.
    pub issuer: String,
    /// Its token endpoint.
    pub token_endpoint: String,
    /// Their public keys.
    pub jwks: Value,
    /// Where newer keys are published.
    pub jwks_uri: String,
    /// Major version per API name they serve.
    pub apis: BTreeMap<String, u32>,
    /// What they sell.
    #[serde(default)]
    pub offerings: Vec<Offered>,
}

/// The only form there is so far.
pub const FORM: &str = "segue-card-1";

impl Card {
    /// The card of `company`. `jwks` holds its public keys.
    pub fn of(company: &Company, jwks: Value, apis: BTreeMap<String, u32>, offerings: Vec<Offered>) -> Self {
        Self {
            form: FORM.into(),
            id: company.id.clone(),
            name: company.name.clone(),
            party_ids: company.party_ids.clone(),
            contact: company.contact.clone(),
            base_url: company.base_url.clone(),
            issuer: company.issuer(),
            token_endpoint: company.token_endpoint(),
            jwks,
            jwks_uri: company.jwks_uri(),
            apis,
            offerings,
        }
    }

    /// The partner that this card describes, as `name`, seen from `ours`.
    pub fn partner(&self, ours: &Company, name: &str) -> Partner {
        Partner {
            company: ours.id.clone(),
            id: PartnerId::new(name),
            name: self.name.clone(),
            party_ids: self.party_ids.clone(),
            base_url: self.base_url.clone(),
            client: Some(Client {
                client_id: self.id.to_string(),
                method: AuthMethod::PrivateKeyJwt,
                jwks: Some(self.jwks.clone()),
                jwks_uri: Some(self.jwks_uri.clone()),
                secrets: Vec::new(),
            }),
            credentials: Some(Credentials {
                issuer: self.issuer.clone(),
                token_endpoint: self.token_endpoint.clone(),
                client_id: ours.id.to_string(),
                method: AuthMethod::PrivateKeyJwt,
                secret: None,
            }),
            callback_hosts: host_of(&self.base_url).into_iter().collect(),
            suspended: false,
        }
    }

    /// The agreement that comes of it: each API in the version that the card names, as far as that is spoken
    /// here. What was settled `before` stays: versions of APIs that the card still names, and those that end.
    /// What a Seller offers is its word, so a newer card opens what is new.
    pub fn agreement(&self, partner: &Partner, role: Role, before: Option<&Agreement>, now: Timestamp) -> Agreement {
        let first = || Agreement::first(partner.scope(), role, BTreeMap::new(), now);
        let mut agreement = before.map_or_else(first, |before| before.renewed(now));
        let settled = std::mem::take(&mut agreement.apis);
        for (name, version) in &self.apis {
            let spoken = api::find_served(name, *version).map(|api| api.version);
            if let Some(version) = settled.get(name).copied().or(spoken) {
                agreement.apis.insert(name.clone(), version);
            }
        }
        if role == Role::Buyer {
            agreement.catalogue.clone_from(&self.offerings);
            // Whoever writes this form of card runs this program.
            agreement.idempotency_keys = true;
        }
        agreement
    }
}

/// `HOST` or `HOST:PORT` of an address.
fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.is_empty()).then(|| host.to_owned())
}

impl Company {
    /// The issuer of its authorization server: its base address.
    pub fn issuer(&self) -> String {
        self.base_url.clone()
    }

    /// Where tokens are asked for.
    pub fn token_endpoint(&self) -> String {
        format!("{}/oauth2/token", self.base_url)
    }

    /// Where its public keys are.
    pub fn jwks_uri(&self) -> String {
        format!("{}/oauth2/jwks.json", self.base_url)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A card of Beta that names these versions, and Beta as a partner by it.
    fn beta(apis: &Value) -> (Card, Partner) {
        let ours: Company = serde_json::from_value(json!({
            "id": "acme", "name": "Acme", "partyIds": ["acme"], "baseUrl": "http://127.0.0.1:1/acme",
            "contact": { "name": "A", "phone": "1", "email": "a@acme.example" },
        }))
        .unwrap();
        let card: Card = serde_json::from_value(json!({
            "form": FORM, "id": "beta", "name": "Beta", "partyIds": ["beta"], "baseUrl": "http://127.0.0.1:2/beta",
            "contact": { "name": "B", "phone": "2", "email": "b@beta.example" },
            "issuer": "http://127.0.0.1:2/beta", "tokenEndpoint": "http://127.0.0.1:2/beta/oauth2/token",
            "jwks": { "keys": [] }, "jwksUri": "http://127.0.0.1:2/beta/oauth2/jwks.json",
            "apis": apis, "offerings": [],
        }))
        .unwrap();
        let partner = card.partner(&ours, "beta");
        (card, partner)
    }

    #[test]
    fn older_versions_that_a_card_names_are_agreed_and_those_that_nobody_speaks_are_not() {
        let (card, partner) = beta(&json!({ "quoteManagement": 8, "productInventory": 99 }));
        let agreement = card.agreement(&partner, Role::Seller, None, Timestamp::UNIX_EPOCH);
        assert_eq!(agreement.apis, [("quoteManagement".to_owned(), 8)].into());
    }

    #[test]
    fn a_version_that_was_settled_stays_while_the_card_names_its_api() {
        let (card, partner) = beta(&json!({ "quoteManagement": 10, "productInventory": 8 }));
        let mut before = card.agreement(&partner, Role::Seller, None, Timestamp::UNIX_EPOCH);
        before.apis = [
            ("quoteManagement".to_owned(), 8),
            ("geographicSiteManagement".to_owned(), 8),
        ]
        .into();
        let now = "2026-11-24T09:00:00Z".parse().unwrap();
        let after = card.agreement(&partner, Role::Seller, Some(&before), now);
        let expected = [("quoteManagement".to_owned(), 8), ("productInventory".to_owned(), 8)].into();
        assert_eq!((after.apis, after.effective_from), (expected, now));
    }

    #[test]
    fn the_callback_host_is_that_of_the_base_address() {
        assert_eq!(host_of("http://127.0.0.1:8081/beta").as_deref(), Some("127.0.0.1:8081"));
        assert_eq!(host_of("nonsense"), None);
    }
}
