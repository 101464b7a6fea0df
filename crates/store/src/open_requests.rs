//! Requests of ours whose outcome is not known: written before they leave, gone when it is. What is
//! found here after a crash may or may not have been done at the Seller.

use jiff::Timestamp;
use segue_model::id::Scope;
use serde_json::Value;

use crate::db::{DbError, Row, bind};
use crate::row::{self, At, Json};
use crate::{Store, StoreError};

/// A request that makes something at a Seller.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenRequest {
    /// The `Idempotency-Key` it leaves with.
    pub key: String,
    /// Who asks whom.
    pub scope: Scope,
    /// Name of the API.
    pub api: String,
    /// operationId.
    pub operation: String,
    /// Wall time.
    pub opened_at: Timestamp,
    /// As it leaves.
    pub body: Value,
}

impl Store {
    /// Remembers a request that is about to leave. When this answers, it is on the disk.
    pub async fn open_request(&self, request: OpenRequest) -> Result<(), StoreError> {
        self.engine()
            .write("remember a request", move |db| {
                db.run(
                    "INSERT INTO open_request(key, company, partner, api, operation, opened_at, body)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    &bind![
                        request.key,
                        request.scope.company.as_str(),
                        request.scope.partner.as_str(),
                        request.api,
                        request.operation,
                        At(request.opened_at),
                        Json(request.body)
                    ],
                )?;
                Ok(())
            })
            .await
    }

    /// Its outcome is known; says whether it was open.
    pub async fn close_request(&self, key: &str) -> Result<bool, StoreError> {
        let key = key.to_owned();
        self.engine()
            .write("close a request", move |db| {
                let closed = db.run("DELETE FROM open_request WHERE key = ?1", &bind![key])?;
                Ok(closed == 1)
            })
            .await
    }

    /// Those at one Seller, oldest first.
    pub async fn open_requests(&self, scope: &Scope) -> Result<Vec<OpenRequest>, StoreError> {
        let scope = scope.clone();
        self.engine()
            .read("list open requests", move |db| {
                Ok(db.all(
                    "SELECT key, company, partner, api, operation, opened_at, body FROM open_request
                     WHERE company = ?1 AND partner = ?2 ORDER BY opened_at, key",
                    &bind![scope.company.as_str(), scope.partner.as_str()],
                    open,
                )?)
            })
            .await
    }
}

fn open(row: &Row<'_>) -> Result<OpenRequest, DbError> {
    Ok(OpenRequest {
        key: row.get("key")?,
        scope: row::scope(row)?,
        api: row.get("api")?,
        operation: row.get("operation")?,
        opened_at: row.get::<At>("opened_at")?.0,
        body: row.stored("body")?,
    })
}
