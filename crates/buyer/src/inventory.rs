//! What we have in a Seller's inventory: the whole list, page by page.

use std::collections::BTreeSet;

use segue_model::id::Scope;
use segue_model::products::ENNI;
use serde_json::Value;

use crate::{Ask, Buyer, BuyerError};

impl Buyer {
    /// All products that the Seller lists, those in one status if it is said. It is asked for further
    /// pages as long as it says that there is more, and sends something new.
    pub async fn products(&self, scope: &Scope, status: Option<&str>) -> Result<Vec<Value>, BuyerError> {
        let (mut all, mut ids) = (Vec::new(), BTreeSet::new());
        loop {
            let status = status.map(|status| ("status", status.to_owned()));
            let offset = (!all.is_empty()).then(|| ("offset", all.len().to_string()));
            let query: Vec<(&str, String)> = status.into_iter().chain(offset).collect();
            let ask = Ask {
                operation: "listProduct",
                api: "productInventory",
                id: None,
                query: &query,
                body: None,
            };
            let answered = self.ask(scope, ask).await?;
            let before = all.len();
            for product in answered.body.as_array().into_iter().flatten() {
                if ids.insert(product["id"].as_str().unwrap_or_default().to_owned()) {
                    all.push(product.clone());
                }
            }
            let is_more = answered.total.is_some_and(|total| (all.len() as u64) < total);
            if !is_more || all.len() == before {
                return Ok(all);
            }
        }
    }

    /// The ENNIs that we have in the Seller's inventory, in service.
    pub async fn ennis(&self, scope: &Scope) -> Result<Vec<String>, BuyerError> {
        let mut ennis = Vec::new();
        for product in self.products(scope, Some("active")).await? {
            let Some(id) = product["id"].as_str() else { continue };
            // A list has reduced products only. What one is stands in the whole one, and stays so.
            let whole = match self.mirrored(scope, "product", id).await? {
                Some(known) => Value::Object(known.body),
                None => self.refresh(scope, "product", id).await?.body,
            };
            let urn = whole.pointer("/productConfiguration/@type").and_then(Value::as_str);
            if urn == Some(ENNI) {
                ennis.push(id.to_owned());
            }
        }
        Ok(ennis)
    }
}
