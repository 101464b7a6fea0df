//! Our registrations at Sellers' hubs: one per partner and API, made when first needed.

use http::StatusCode;
use segue_gate::calls::{CallError, Outgoing};
use segue_model::api;
use segue_model::describe::Api;
use segue_model::id::{PartnerId, Scope};
use segue_net::token_source::TokenError;
use serde_json::{Value, json};

use crate::{Ask, Buyer, BuyerError};

/// Where the id of a registration is remembered. Events come in the version of the hub: after a
/// change of version there is another one, unless the Seller takes it along.
fn setting(scope: &Scope, agreed: &Api) -> String {
    let version = match api::find(agreed.name, agreed.version) {
        Some(_) => String::new(),
        None => format!("|v{}", agreed.version),
    };
    format!("hub|{}|{}|{}{version}", scope.company, scope.partner, agreed.name)
}

/// What a Seller knows of our registration for one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// We made none.
    None,
    /// It is there and leads to us.
    Here(String),
    /// The Seller does not know it any more.
    Gone(String),
    /// It leads elsewhere.
    Elsewhere {
        /// Its id.
        id: String,
        /// Where to.
        callback: String,
    },
}

impl Buyer {
    /// What the Seller knows of our registration; nothing is changed.
    pub async fn registration_of(&self, scope: &Scope, api: &'static str) -> Result<Registration, BuyerError> {
        let agreement = self.agreement(scope).await?;
        let agreed = Self::agreed_api(&agreement, api)?;
        let Some(id) = self.remembered(scope, agreed).await? else {
            return Ok(Registration::None);
        };
        let Some(known) = self.registration(scope, agreed, &id).await? else {
            return Ok(Registration::Gone(id));
        };
        if leads_to(&known, &self.callback(scope).await?) {
            return Ok(Registration::Here(id));
        }
        let callback = known.get("callback").and_then(Value::as_str).unwrap_or_default();
        Ok(Registration::Elsewhere {
            id,
            callback: callback.to_owned(),
        })
    }

    /// Where events to us go.
    async fn callback(&self, scope: &Scope) -> Result<String, BuyerError> {
        let company = self.parts.store.company(&scope.company).await?;
        let company = company.ok_or_else(|| BuyerError::NotAgreed {
            partner: PartnerId::new(scope.partner.as_str()),
            what: "a company of ours".into(),
        })?;
        Ok(company.base_url)
    }

    /// Registers our listener for all events of `api`, unless that was done before. A registration
    /// that leads elsewhere, as after a move of ours, is ended and made anew. Returns the id of the
    /// subscription, and whether it is new.
    pub async fn subscribe(&self, scope: &Scope, api: &'static str) -> Result<(String, bool), BuyerError> {
        if self.is_rehearsal() {
            return Ok((String::new(), false));
        }
        let agreement = self.agreement(scope).await?;
        let agreed = Self::agreed_api(&agreement, api)?;
        let registered = self.registered(scope, agreed).await?;
        self.end_others(scope, agreed).await?;
        Ok(registered)
    }

    async fn registered(&self, scope: &Scope, agreed: &'static Api) -> Result<(String, bool), BuyerError> {
        let callback = self.callback(scope).await?;
        let known = match self.remembered(scope, agreed).await? {
            Some(id) => Some(id),
            None => self.taken_along(scope, agreed).await?,
        };
        if let Some(id) = known
            && let Some(known) = self.registration(scope, agreed, &id).await?
        {
            if leads_to(&known, &callback) {
                return Ok((id, false));
            }
            self.unregister(scope, agreed.name, &id).await?;
        }
        let body = json!({ "callback": callback });
        let ask = Ask {
            operation: "registerListener",
            api: agreed.name,
            id: None,
            query: &[],
            body: Some(&body),
        };
        let answered = self.ask(scope, ask).await?;
        // Without an id the registration could be neither looked at nor ended.
        let id = answered.body.get("id").and_then(Value::as_str);
        let id = id.filter(|id| !id.is_empty()).ok_or_else(|| BuyerError::Unreadable {
            partner: scope.partner.clone(),
            reason: format!("the registration at the hub of {} has no id", agreed.name),
        })?;
        self.remember(scope, agreed, id).await?;
        Ok((id.to_owned(), true))
    }

    async fn remembered(&self, scope: &Scope, api: &Api) -> Result<Option<String>, BuyerError> {
        let id = self.parts.store.setting(&setting(scope, api)).await?;
        Ok(id.filter(|id| !id.is_empty()))
    }

    /// An empty `id` forgets.
    async fn remember(&self, scope: &Scope, api: &Api, id: &str) -> Result<(), BuyerError> {
        Ok(self.parts.store.put_setting(&setting(scope, api), id).await?)
    }

    /// A registration of ours in another version that the Seller has taken along into this one.
    async fn taken_along(&self, scope: &Scope, agreed: &'static Api) -> Result<Option<String>, BuyerError> {
        if agreed.hub.is_none_or(|hub| hub.get.is_none()) {
            return Ok(None);
        }
        for other in others(agreed) {
            let Some(id) = self.remembered(scope, other).await? else {
                continue;
            };
            if self.registration(scope, agreed, &id).await?.is_some() {
                self.remember(scope, agreed, &id).await?;
                self.remember(scope, other, "").await?;
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Ends registrations of ours in versions that are agreed no more: nobody here hears what they
    /// tell. One that the Seller lets us end no more is given up; without an answer it is tried
    /// again the next time.
    async fn end_others(&self, scope: &Scope, agreed: &'static Api) -> Result<(), BuyerError> {
        for other in others(agreed) {
            let (Some(id), Some(operation)) = (
                self.remembered(scope, other).await?,
                other.operation("unregisterListener"),
            ) else {
                continue;
            };
            let mut query = Vec::new();
            self.name_parties(scope, &mut query).await?;
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(query)
                .finish();
            let outgoing = Outgoing {
                scope,
                operation: &operation,
                base_url: None,
                id: Some(&id),
                query: &query,
                body: None,
                idempotency_key: None,
                trace: "",
            };
            let partner = &scope.partner;
            let refusal = match self.parts.calls.send(outgoing).await {
                Ok(answer) if answer.status.is_success() || answer.status == StatusCode::NOT_FOUND => None,
                Ok(answer) if answer.status.is_client_error() => Some(answer.status.to_string()),
                Err(CallError::Token(TokenError::Denied { error, .. })) => Some(error),
                Ok(_) | Err(_) => continue,
            };
            if let Some(refusal) = refusal {
                tracing::warn!(%partner, api = other.name, version = other.version, id, refusal, "our old registration cannot be ended: ask the Seller to");
            }
            self.remember(scope, other, "").await?;
        }
        Ok(())
    }

    /// What the Seller knows of a registration; none when it knows nothing of it. Some hubs before
    /// Kylie cannot be asked, and are believed to have it.
    async fn registration(&self, scope: &Scope, agreed: &'static Api, id: &str) -> Result<Option<Value>, BuyerError> {
        if agreed.hub.is_some_and(|hub| hub.get.is_none()) {
            return Ok(Some(json!({ "id": id })));
        }
        match self.ask(scope, of_hub("retrieveHub", agreed.name, id)).await {
            Ok(answered) => Ok(Some(answered.body)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Mplify 87.1 R70, 121.1 R49, 123.1 R106: by the id the Seller gave it.
    async fn unregister(&self, scope: &Scope, api: &'static str, id: &str) -> Result<(), BuyerError> {
        match self.ask(scope, of_hub("unregisterListener", api, id)).await {
            Err(error) if !error.is_not_found() => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// The other versions of an API.
fn others(api: &'static Api) -> impl Iterator<Item = &'static Api> {
    api::served().filter(|other| other.name == api.name && other.version != api.version)
}

fn of_hub<'a>(operation: &'static str, api: &'static str, id: &'a str) -> Ask<'a> {
    Ask {
        operation,
        api,
        id: Some(id),
        query: &[],
        body: None,
    }
}

/// A Seller that does not say where events go is taken at its word that the registration is there.
fn leads_to(registration: &Value, callback: &str) -> bool {
    let known = registration.get("callback").and_then(Value::as_str);
    known.is_none_or(|known| known.trim_end_matches('/') == callback.trim_end_matches('/'))
}
