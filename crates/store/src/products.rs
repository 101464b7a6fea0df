//! The products a company has imported: whole sets, in versions that never change.

use rusqlite::{OptionalExtension, params};
use segue_model::id::CompanyId;
use serde_json::Value;

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
                let mut statement = db.prepare_cached(
                    "INSERT INTO product_set(company, version, loaded_at, body)
                     SELECT ?1, ?2 + 1, ?3, ?4
                     WHERE (SELECT coalesce(max(version), 0) FROM product_set WHERE company = ?1) = ?2
                     RETURNING version",
                )?;
                let values = params![company.as_str(), after, wall, Json(products)];
                Ok(statement.query_row(values, |row| row.get(0)).optional()?)
            })
            .await
    }

    /// The newest version of a company's products, without them; 0 while there are none.
    pub async fn products_version(&self, company: &CompanyId) -> Result<u32, StoreError> {
        let company = company.clone();
        self.engine()
            .read("read the version of the products", move |db| {
                let mut statement =
                    db.prepare_cached("SELECT coalesce(max(version), 0) FROM product_set WHERE company = ?1")?;
                Ok(statement.query_row(params![company.as_str()], |row| row.get(0))?)
            })
            .await
    }

    /// One version of a company's products.
    pub async fn products(&self, company: &CompanyId, version: u32) -> Result<Option<Value>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("read products", move |db| {
                let mut statement =
                    db.prepare_cached("SELECT body FROM product_set WHERE company = ?1 AND version = ?2")?;
                let found = statement.query_row(params![company.as_str(), version], |row| row.get::<_, Json>(0));
                Ok(found.optional()?.map(|json| json.0))
            })
            .await
    }
}
