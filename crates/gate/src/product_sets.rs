//! The products of each company: those shipped with us and those it has imported, compiled once
//! per version. Both roles need them: what is sold, and what is asked of others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use segue_model::id::CompanyId;
use segue_model::products::{Definition, Products};
use segue_store::Store;

use crate::GateError;

/// One version of a company's products.
#[derive(Clone)]
pub struct ProductSet {
    /// 1, 2, 3...; 0 while nothing was imported.
    pub version: u32,
    /// All of them, ours too.
    pub products: Arc<Products>,
}

/// Remembers the compiled products of each company. A newer version in the store replaces them.
/// What one company imported, no other one has.
pub struct ProductSets {
    store: Store,
    builtin: Arc<Products>,
    compiled: Mutex<HashMap<CompanyId, ProductSet>>,
}

impl ProductSets {
    /// Reads products from `store`; `builtin` are there in every company.
    pub fn new(store: Store, builtin: Arc<Products>) -> Self {
        Self {
            store,
            builtin,
            compiled: Mutex::default(),
        }
    }

    /// The products known now.
    pub async fn current(&self, company: &CompanyId) -> Result<ProductSet, GateError> {
        let version = self.store.products_version(company).await?;
        let known = self.compiled.lock().ok().and_then(|known| known.get(company).cloned());
        if let Some(known) = known.filter(|known| known.version == version) {
            return Ok(known);
        }
        let products = self
            .version(company, version)
            .await?
            .unwrap_or_else(|| Arc::clone(&self.builtin));
        let set = ProductSet { version, products };
        if let Ok(mut compiled) = self.compiled.lock() {
            compiled.insert(company.clone(), set.clone());
        }
        Ok(set)
    }

    /// An older version, for replaying a decision; none where it was never stored.
    pub async fn version(&self, company: &CompanyId, version: u32) -> Result<Option<Arc<Products>>, GateError> {
        if version == 0 {
            return Ok(Some(Arc::clone(&self.builtin)));
        }
        let Some(stored) = self.store.products(company, version).await? else {
            return Ok(None);
        };
        let broken = |reason: String| GateError::Products {
            company: company.clone(),
            reason,
        };
        let definitions: Vec<Definition> = serde_json::from_value(stored).map_err(|error| broken(error.to_string()))?;
        let products = self.builtin.extended(definitions);
        products
            .map(|products| Some(Arc::new(products)))
            .map_err(|(urn, reason)| broken(format!("{urn}: {reason}")))
    }

    /// What was imported, as it is stored, and its version.
    pub async fn imported(&self, company: &CompanyId) -> Result<(u32, Vec<Definition>), GateError> {
        let set = self.current(company).await?;
        let all = set
            .products
            .all()
            .filter_map(|product| set.products.definition(&product.urn));
        Ok((set.version, all.cloned().collect()))
    }
}
