//! Admission of one request: token, agreement, scope, parties. The first failure answers; its
//! reason is in our log, never in the answer.

use http::{HeaderMap, header};
use segue_model::describe::Operation;
use segue_model::document::Object;
use segue_model::failure::{BadRequest, Failure};
use segue_model::id::{CompanyId, Scope};
use segue_model::party::{Agreement, Company, Partner, Role};
use segue_net::jwt;
use serde_json::Value;

use crate::token::TOKEN_LIFE_S;
use crate::traffic::Fate;
use crate::{Gate, GateError, grant};

/// Who calls, and under what.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Our side.
    pub company: Company,
    /// Their side.
    pub partner: Partner,
    /// The agreement in force; its role is what we are in this call.
    pub agreement: Agreement,
    /// The client that the token was made for.
    pub client_id: String,
}

impl Caller {
    /// Whose rows this caller may see.
    pub fn scope(&self) -> Scope {
        Scope {
            company: self.company.id.clone(),
            partner: self.partner.id.clone(),
        }
    }
}

/// Whose token was sent, whatever it opens.
struct Known {
    company: Company,
    partner: Partner,
    client_id: String,
    claims: Object,
}

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error("no such company")]
    Company,
    #[error("token: {0}")]
    Token(#[from] jwt::Fault),
    #[error("the Authorization header comes twice or cannot be read")]
    Header,
    #[error("the token is for another API")]
    Audience,
    #[error("the token is revoked")]
    Revoked,
    #[error("the client is unknown or suspended")]
    Client,
    #[error("no agreement in force opens this API")]
    Agreement,
    #[error("{0}")]
    Gate(GateError),
}

impl<T: Into<GateError>> From<T> for Reason {
    fn from(fault: T) -> Self {
        Self::Gate(fault.into())
    }
}

impl Gate {
    /// Lets a request in, or says how to refuse it. `role` is what we are: Seller for management
    /// operations, Buyer for listeners.
    pub async fn admit(
        &self,
        company: &CompanyId,
        role: Role,
        operation: &Operation,
        headers: &HeaderMap,
    ) -> Result<Caller, Failure> {
        let token = match bearer(headers) {
            Some(Ok(token)) => token,
            Some(Err(reason)) => return Err(refuse(&reason, company, operation)),
            None => return Err(Failure::MissingCredentials),
        };
        let refuse = |reason| refuse(&reason, company, operation);
        let known = self.holder(company, token).await.map_err(refuse)?;
        let (scope, client_id) = (known.partner.scope(), known.client_id.clone());
        let may = has_scope(&known.claims, operation.id);
        let opened = self.open(known, (role, operation)).await.map_err(refuse);
        let opened = opened.and_then(|caller| {
            if may {
                return Ok(caller);
            }
            tracing::info!(%company, client = client_id, operation = operation.id, "the token lacks the scope");
            Err(Failure::AccessDenied(operation.id.to_owned()))
        });
        if let Err(failure) = &opened {
            self.count((&scope, role), operation.api, Fate::of(failure.status()));
        }
        opened
    }

    /// Whose token this is: one of ours, in date, of a client we know.
    async fn holder(&self, company: &CompanyId, token: &str) -> Result<Known, Reason> {
        let company = self.store.company(company).await?.ok_or(Reason::Company)?;
        let keys = self.ready_keys(&company.id).await?;
        let claims = jwt::parse(token)?.verify(&keys.verifying, &["at+jwt"])?;
        jwt::expect(&claims, "iss", &company.issuer())?;
        jwt::check_times(&claims, self.wall.now(), TOKEN_LIFE_S)?;
        if self.store.token_revoked(jwt::text(&claims, "jti")?).await? {
            return Err(Reason::Revoked);
        }
        let client_id = jwt::text(&claims, "client_id")?.to_owned();
        let partner = self.store.client(&company.id, &client_id).await?;
        Ok(Known {
            partner: partner.ok_or(Reason::Client)?,
            company,
            client_id,
            claims,
        })
    }

    /// Whether this very API is open to it.
    async fn open(&self, known: Known, (role, operation): (Role, &Operation)) -> Result<Caller, Reason> {
        if !is_for(&known.claims, &grant::audience(&known.company, operation.api)) {
            return Err(Reason::Audience);
        }
        if known.partner.suspended {
            return Err(Reason::Client);
        }
        let now = self.wall.now();
        let agreement = self.store.agreement_in_force(&known.partner.scope(), role, now).await?;
        // The agreement may have become narrower since the token was issued.
        let opens = |agreement: &Agreement| {
            grant::served(agreement, now)
                .iter()
                .any(|api| std::ptr::eq(*api, operation.api))
        };
        Ok(Caller {
            agreement: agreement.filter(opens).ok_or(Reason::Agreement)?,
            company: known.company,
            partner: known.partner,
            client_id: known.client_id,
        })
    }
}

fn refuse(reason: &Reason, company: &CompanyId, operation: &Operation) -> Failure {
    match reason {
        Reason::Gate(fault) => {
            tracing::error!(%fault, %company, "a caller could not be checked");
            fault.failure()
        }
        // An unknown company has no tokens: the same answer as to any token that is not accepted.
        Reason::Company
        | Reason::Token(_)
        | Reason::Header
        | Reason::Audience
        | Reason::Revoked
        | Reason::Client
        | Reason::Agreement => {
            tracing::info!(%reason, %company, operation = operation.id, "a token is not accepted");
            Failure::InvalidCredentials
        }
    }
}

/// The bearer token; `None` when there is none in the header, which is the only place for it.
fn bearer(headers: &HeaderMap) -> Option<Result<&str, Reason>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return Some(Err(Reason::Header));
    }
    let Ok(text) = value.to_str() else {
        return Some(Err(Reason::Header));
    };
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(Ok(token))
}

fn is_for(claims: &Object, audience: &str) -> bool {
    let same = |value: &Value| value.as_str() == Some(audience);
    match claims.get("aud") {
        Some(Value::Array(many)) => many.iter().any(same),
        Some(one) => same(one),
        None => false,
    }
}

fn has_scope(claims: &Object, operation: &str) -> bool {
    let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
    scope.split(' ').any(|word| word == operation)
}

/// Checks the `buyerId` and `sellerId` of the query: they narrow who is meant, and are needed
/// where one side stands for several.
pub fn check_parties(caller: &Caller, buyer_id: Option<&str>, seller_id: Option<&str>) -> Result<(), Failure> {
    let (ours, theirs) = (&caller.company.party_ids, &caller.partner.party_ids);
    let (buyers, sellers) = match caller.agreement.role {
        Role::Seller => (theirs, ours),
        Role::Buyer => (ours, theirs),
    };
    check_party("buyerId", buyer_id, buyers)?;
    check_party("sellerId", seller_id, sellers)
}

fn check_party(name: &str, sent: Option<&str>, known: &[String]) -> Result<(), Failure> {
    match sent {
        None if known.len() > 1 => Err(Failure::BadRequest(
            BadRequest::MissingQueryParameter,
            format!("{name} is needed here: there are several it could be."),
        )),
        // One text for invented and existing parties.
        Some(id) if !known.iter().any(|known| known == id) => Err(Failure::ForbiddenRequester(format!(
            "{name} is not a party of this relation."
        ))),
        None | Some(_) => Ok(()),
    }
}
