//! Our registrations at Sellers' hubs: one per partner and API, made when first needed.

use segue_model::id::{PartnerId, Scope};
use serde_json::{Value, json};

use crate::{Ask, Buyer, BuyerError};

/// Where the id of a registration is remembered.
fn setting(scope: &Scope, api: &str) -> String {
    format!("hub|{}|{}|{api}", scope.company, scope.partner)
}

impl Buyer {
    /// Registers our listener for all events of `api`, unless that was done before. Returns the
    /// id of the subscription, and whether it is new.
    pub async fn subscribe(&self, scope: &Scope, api: &'static str) -> Result<(String, bool), BuyerError> {
        let name = setting(scope, api);
        if let Some(id) = self.parts.store.setting(&name).await?
            && self.still_there(scope, api, &id).await?
        {
            return Ok((id, false));
        }
        let company = self.parts.store.company(&scope.company).await?;
        let callback = company
            .map(|company| company.base_url)
            .ok_or_else(|| BuyerError::NotAgreed {
                partner: PartnerId::new(scope.partner.as_str()),
                what: "a company of ours".into(),
            })?;
        let body = json!({ "callback": callback });
        let ask = Ask {
            operation: "registerListener",
            api,
            id: None,
            query: &[],
            body: Some(&body),
        };
        let answered = self.ask(scope, ask).await?;
        let id = answered
            .body
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        self.parts.store.put_setting(&name, &id).await?;
        Ok((id, true))
    }

    async fn still_there(&self, scope: &Scope, api: &'static str, id: &str) -> Result<bool, BuyerError> {
        let ask = Ask {
            operation: "retrieveHub",
            api,
            id: Some(id),
            query: &[],
            body: None,
        };
        match self.ask(scope, ask).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
