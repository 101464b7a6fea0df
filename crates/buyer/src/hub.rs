//! Our registrations at Sellers' hubs: one per partner and API, made when first needed.

use segue_model::api;
use segue_model::describe::Api;
use segue_model::id::{PartnerId, Scope};
use serde_json::{Value, json};

use crate::{Ask, Buyer, BuyerError};

/// Where the id of a registration is remembered. Events come in the version of the hub: after a
/// change of version there is another one.
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
        let Some(id) = self.parts.store.setting(&setting(scope, agreed)).await? else {
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
        let name = setting(scope, agreed);
        let callback = self.callback(scope).await?;
        if let Some(id) = self.parts.store.setting(&name).await?
            && !id.is_empty()
            && let Some(known) = self.registration(scope, agreed, &id).await?
        {
            if leads_to(&known, &callback) {
                return Ok((id, false));
            }
            self.unregister(scope, api, &id).await?;
        }
        let body = json!({ "callback": callback });
        let ask = Ask {
            operation: "registerListener",
            api,
            id: None,
            query: &[],
            body: Some(&body),
        };
        let answered = self.ask(scope, ask).await?;
        // Without an id the registration could be neither looked at nor ended.
        let id = answered.body.get("id").and_then(Value::as_str);
        let id = id.filter(|id| !id.is_empty()).ok_or_else(|| BuyerError::Unreadable {
            partner: scope.partner.clone(),
            reason: format!("the registration at the hub of {api} has no id"),
        })?;
        self.parts.store.put_setting(&name, id).await?;
        Ok((id.to_owned(), true))
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
