//! The card: what a company tells a partner so that both can be set up without typing. It holds
//! nothing secret: public keys, addresses, what is spoken and sold.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Agreement, AuthMethod, Client, Company, Contact, Credentials, Offered, Partner, Role};
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

    /// The first agreement: `ours` (what we serve and call) narrowed to what both speak, with all
    /// offerings open.
    pub fn agreement(&self, partner: &Partner, role: Role, ours: &BTreeMap<String, u32>, now: Timestamp) -> Agreement {
        let shared = ours
            .iter()
            .filter(|(name, version)| self.apis.get(*name) == Some(version));
        let apis = shared.map(|(name, version)| (name.clone(), *version)).collect();
        let mut first = Agreement::first(partner.scope(), role, apis, now);
        if role == Role::Buyer {
            first.catalogue.clone_from(&self.offerings);
            // Whoever writes this form of card runs this program.
            first.idempotency_keys = true;
        }
        first
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
    use super::host_of;

    #[test]
    fn the_callback_host_is_that_of_the_base_address() {
        assert_eq!(host_of("http://127.0.0.1:8081/beta").as_deref(), Some("127.0.0.1:8081"));
        assert_eq!(host_of("nonsense"), None);
    }
}
