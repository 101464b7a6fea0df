//! The products a company has imported: whole sets, in versions that never change.

use segue_model::id::CompanyId;
use serde_json::Value;

use crate::db::{bind, owned};
use crate::row::{At, Json};
use crate::{Store, StoreError};

impl Store {
    /// Stores the set that comes after version `after` (0: the first one); its version. None when
    /// somebody else has stored one after it meanwhile.
    pub async fn put_products(
        &self,
        company: &CompanyId,
        after: u32,
        products: Value,
    ) -> Result<Option<u32>, StoreError> {
        let (company, wall) = (company.clone(), At(self.0.wall.now()));
        self.engine()
            .write("store products", move |db| {
                let values = owned![company.as_str(), after, wall, Json(products)];
                Ok(db.one(
                    "INSERT INTO product_set(company, version, loaded_at, body)
                     SELECT CAST(?1 AS TEXT), CAST(?2 AS BIGINT) + 1, CAST(?3 AS TEXT), CAST(?4 AS TEXT)
                     WHERE (SELECT coalesce(max(version), 0) FROM product_set WHERE company = ?1) = ?2
                     RETURNING version",
                    &values,
                    |row| row.get(0),
                )?)
            })
            .await
    }

    /// The newest version of a company's products, without them; 0 while there are none.
    pub async fn products_version(&self, company: &CompanyId) -> Result<u32, StoreError> {
        let company = company.clone();
        self.engine()
            .look("read the version of the products", move |db| {
                Ok(db.value(
                    "SELECT coalesce(max(version), 0) FROM product_set WHERE company = ?1",
                    &bind![company.as_str()],
                )?)
            })
            .await
    }

    /// One version of a company's products.
    pub async fn products(&self, company: &CompanyId, version: u32) -> Result<Option<Value>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("read products", move |db| {
                Ok(db.one(
                    "SELECT body FROM product_set WHERE company = ?1 AND version = ?2",
                    &bind![company.as_str(), version],
                    |row| row.stored(0),
                )?)
            })
            .await
    }
}
