//! Companies, partners and agreements: who we are, whom we know, and what was settled.

pub mod answers;
pub mod card;
mod ending;
mod moving;
pub mod pilot;
pub mod promotion;
mod settle;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::book::profile::Profile;
use crate::id::{CompanyId, PartnerId, Scope};

use answers::AnswerRule;
pub use ending::Ending;
use pilot::Pilot;
use promotion::Promotion;
pub use settle::settle;

/// One legal entity of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Company {
    /// Short name in addresses and commands: lower case letters, digits and `-`.
    pub id: CompanyId,
    /// Full name.
    pub name: String,
    /// Identifiers partners know us by (`buyerId`, `sellerId`); the first is the main one.
    pub party_ids: Vec<String>,
    /// Scheme, host, port and prefix under which partners reach us; no trailing slash.
    pub base_url: String,
    /// How partners reach people here.
    pub contact: Contact,
}

/// How to reach a person or a desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contact {
    /// Name of the person or desk.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
}

/// A counterpart of one company of ours, and how the two prove who they are to each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Partner {
    /// Our side.
    pub company: CompanyId,
    /// Short name, as the operator gave it.
    pub id: PartnerId,
    /// Full name.
    pub name: String,
    /// Their `buyerId` / `sellerId` values; the first is the main one.
    pub party_ids: Vec<String>,
    /// Scheme, host, port and prefix under which we reach their APIs.
    pub base_url: String,
    /// How they prove who they are to us; absent while they may not call us.
    pub client: Option<Client>,
    /// How we prove who we are to them; absent while we may not call them.
    pub credentials: Option<Credentials>,
    /// `HOST` or `HOST:PORT` values a hub callback may name.
    pub callback_hosts: Vec<String>,
    /// While true every request of theirs is refused and nothing is sent to them.
    #[serde(default)]
    pub suspended: bool,
}

impl Partner {
    /// The pair of our company and this partner.
    pub fn scope(&self) -> Scope {
        Scope {
            company: self.company.clone(),
            partner: self.id.clone(),
        }
    }
}

/// A partner as a client of our token endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Client {
    /// `client_id`: `[A-Za-z0-9._-]` only.
    pub client_id: String,
    /// The one method it may use.
    pub method: AuthMethod,
    /// Its public keys (a JWK set), for `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where newer keys are published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// SHA-256 of its live secrets (hex) with their end, for `client_secret_basic`; at most two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretDigest>,
}

/// What is kept of a client secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretDigest {
    /// SHA-256 in hex.
    pub sha256: String,
    /// Wall time it stops to work; absent for the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// `token_endpoint_auth_method` values of the first release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// RFC 7523 assertion signed with the client's own key.
    PrivateKeyJwt,
    /// Shared secret in the `Authorization` header.
    ClientSecretBasic,
}

impl AuthMethod {
    /// As the registries spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::ClientSecretBasic => "client_secret_basic",
        }
    }
}

/// How we authenticate at a partner's authorization server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credentials {
    /// Their issuer: the audience of our assertions.
    pub issuer: String,
    /// Their token endpoint.
    pub token_endpoint: String,
    /// Our `client_id` there.
    pub client_id: String,
    /// How we prove it. `private_key_jwt` signs with our company's own key.
    pub method: AuthMethod,
    /// Name of the sealed secret in the store, for `client_secret_basic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// What a company and a partner settled, for one role of ours. Versions are kept; the newest
/// one whose `effective_from` has passed is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Agreement {
    /// Our side.
    pub company: CompanyId,
    /// Their side.
    pub partner: PartnerId,
    /// What we are under this agreement.
    pub role: Role,
    /// 1, 2, 3...
    pub version: u32,
    /// Wall time it comes into force.
    pub effective_from: Timestamp,
    /// Major version per API name: those served to them (as Seller) or called (as Buyer).
    pub apis: BTreeMap<String, u32>,
    /// Product offering ids it opens; empty opens all of the book.
    #[serde(default)]
    pub offerings: Vec<String>,
    /// As Buyer: what the partner's card said it sells under these offering ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub catalogue: Vec<Offered>,
    /// ISO 3166 alpha-2 codes it opens; empty opens all of the book.
    #[serde(default)]
    pub countries: Vec<String>,
    /// Billing account ids an order may name; empty accepts any.
    #[serde(default)]
    pub billing_accounts: Vec<String>,
    /// ISO 4217 code of all prices; absent takes that of the book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Whether budgetary quotes are answered.
    #[serde(default = "yes")]
    pub budgetary_quotes: bool,
    /// Whether an order must name a quote item.
    #[serde(default)]
    pub quote_required: bool,
    /// What happens to product attributes that the product schema does not know.
    #[serde(default)]
    pub unknown_attributes: Strictness,
    /// Who answers which step; without a rule the book does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<AnswerRule>,
    /// How far it opens the rest of the book: postcodes and dates.
    #[serde(default, skip_serializing_if = "Pilot::is_open")]
    pub pilot: Pilot,
    /// What is taken off the prices of the book.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<Promotion>,
    /// As Buyer: whether they recognise a request that comes again by its `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "is_no")]
    pub idempotency_keys: bool,
    /// As Seller: API versions that are served until a day, beside those of `apis` or among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ending: Vec<Ending>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_no(flag: &bool) -> bool {
    !flag
}

impl Agreement {
    /// A first agreement: everything open that is not said otherwise.
    pub fn first(scope: Scope, role: Role, apis: BTreeMap<String, u32>, now: Timestamp) -> Self {
        Self {
            company: scope.company,
            partner: scope.partner,
            role,
            version: 1,
            effective_from: now,
            apis,
            offerings: Vec::new(),
            catalogue: Vec::new(),
            countries: Vec::new(),
            billing_accounts: Vec::new(),
            currency: None,
            budgetary_quotes: true,
            quote_required: false,
            unknown_attributes: Strictness::default(),
            answers: Vec::new(),
            pilot: Pilot::default(),
            promotions: Vec::new(),
            idempotency_keys: false,
            ending: Vec::new(),
        }
    }

    /// The pair it binds.
    pub fn scope(&self) -> Scope {
        Scope {
            company: self.company.clone(),
            partner: self.partner.clone(),
        }
    }
}

/// One line of a Seller's card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Offered {
    /// `productOffering.id`
    pub id: String,
    /// For people.
    pub name: String,
    /// `@type` URN of its configuration.
    pub product: String,
    /// How the Seller narrows that product; empty where its card does not say.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
}

/// Our role under an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// They buy from us.
    Seller,
    /// We buy from them.
    Buyer,
}

impl Role {
    /// `seller` or `buyer`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Buyer => "buyer",
        }
    }
}

/// Towards attributes that a product schema does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// Kept, and noted in the decision.
    #[default]
    Warn,
    /// 422 `unexpectedProperty`.
    Refuse,
}
