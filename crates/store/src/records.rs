//! What is kept beside documents: decisions, received text, subscriptions, stored answers, holds.

use std::collections::HashMap;

use jiff::Timestamp;
use segue_model::commit::{Decision, IdempotentAnswer, Received, Subscription};
use segue_model::id::{CompanyId, PartnerId, Scope};

use crate::commit;
use crate::db::{DbError, Row, bind, owned};
use crate::row::{self, At, unsigned};
use crate::{Store, StoreError};

const SUBSCRIPTION: &str = "SELECT company, partner, id, api, notification, version, callback, query, \
     event_types, party_query FROM subscription WHERE company = ?1 AND partner = ?2";

const HOLDS_OF: &str = "SELECT owner, key, amount, expires_at FROM hold \
     WHERE company = ?1 AND (owner = ?2 OR (owner >= ?3 AND owner < ?4)) \
     AND (expires_at IS NULL OR expires_at > ?5) ORDER BY owner, key";

/// Something that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// For which item of the document; none where the document itself holds it.
    pub item: Option<String>,
    /// What.
    pub key: String,
    /// How much of it.
    pub amount: i64,
    /// Until when, business time; for good without it.
    pub expires_at: Option<Timestamp>,
}

impl Store {
    /// What this partner sent to make and change a document, in the order it came.
    pub async fn received(&self, scope: &Scope, document_id: &str) -> Result<Vec<Received>, StoreError> {
        self.received_rows(scope.company.clone(), Some(scope.partner.clone()), document_id)
            .await
    }

    /// The same for any partner of the company.
    pub async fn company_received(&self, company: &CompanyId, document_id: &str) -> Result<Vec<Received>, StoreError> {
        self.received_rows(company.clone(), None, document_id).await
    }

    async fn received_rows(
        &self,
        company: CompanyId,
        partner: Option<PartnerId>,
        document_id: &str,
    ) -> Result<Vec<Received>, StoreError> {
        let document_id = document_id.to_owned();
        self.engine()
            .read("read received text", move |db| {
                let partner = partner.as_ref().map(PartnerId::as_str);
                Ok(db.all("SELECT document_id, revision, version, text FROM received
                     WHERE company = ?1 AND document_id = ?2 AND (CAST(?3 AS TEXT) IS NULL OR partner = ?3) ORDER BY seq", &bind![company.as_str(), document_id, partner], |row| {
                    Ok(Received {
                        document_id: row.get(0)?,
                        revision: unsigned(row.get(1)?),
                        version: row.get(2)?,
                        text: row.get(3)?,
                    })
                })?)
            })
            .await
    }

    /// Why a document was answered as it was, first decision first.
    pub async fn decisions(&self, company: &CompanyId, document_id: &str) -> Result<Vec<Decision>, StoreError> {
        let (company, document_id) = (company.clone(), document_id.to_owned());
        self.engine()
            .look("read decisions", move |db| {
                Ok(db.all(
                    "SELECT body FROM decision WHERE company = ?1 AND document_id = ?2 ORDER BY seq",
                    &bind![company.as_str(), document_id],
                    decision,
                )?)
            })
            .await
    }

    /// One decision of a company.
    pub async fn decision(&self, company: &CompanyId, id: &str) -> Result<Option<Decision>, StoreError> {
        let (company, id) = (company.clone(), id.to_owned());
        self.engine()
            .look("read a decision", move |db| {
                Ok(db.one(
                    "SELECT body FROM decision WHERE company = ?1 AND id = ?2",
                    &bind![company.as_str(), id],
                    decision,
                )?)
            })
            .await
    }

    /// One subscription of this partner.
    pub async fn subscription(&self, scope: &Scope, id: &str) -> Result<Option<Subscription>, StoreError> {
        let (scope, id) = (scope.clone(), id.to_owned());
        self.engine()
            .look("read a subscription", move |db| {
                let values = owned![scope.company.as_str(), scope.partner.as_str(), id];
                Ok(db.one(&format!("{SUBSCRIPTION} AND id = ?3"), &values, subscription)?)
            })
            .await
    }

    /// All subscriptions of this partner, oldest first.
    pub async fn subscriptions(&self, scope: &Scope) -> Result<Vec<Subscription>, StoreError> {
        let scope = scope.clone();
        self.engine()
            .look("read subscriptions", move |db| {
                let values = owned![scope.company.as_str(), scope.partner.as_str()];
                Ok(db.all(&format!("{SUBSCRIPTION} ORDER BY seq"), &values, subscription)?)
            })
            .await
    }

    /// The stored answer to an idempotency key, while it is kept.
    pub async fn idempotent_answer(
        &self,
        key: &str,
        wall_now: Timestamp,
    ) -> Result<Option<IdempotentAnswer>, StoreError> {
        let key = key.to_owned();
        self.engine()
            .look("read a stored answer", move |db| {
                Ok(db.one(
                    "SELECT key, digest, status, body, expires_at FROM idempotency
                     WHERE key = ?1 AND expires_at > ?2",
                    &bind![key, At(wall_now)],
                    |row| {
                        Ok(IdempotentAnswer {
                            key: row.get(0)?,
                            digest: row.get(1)?,
                            status: row.get(2)?,
                            body: row.get(3)?,
                            expires_at: row.get::<At>(4)?.0,
                        })
                    },
                )?)
            })
            .await
    }

    /// What a document and its items hold at `now`, in the order of its items.
    pub async fn holds_of(
        &self,
        company: &CompanyId,
        document_id: &str,
        now: Timestamp,
    ) -> Result<Vec<Held>, StoreError> {
        let (company, id) = (company.clone(), document_id.to_owned());
        self.engine()
            .look("read the holds of a document", move |db| {
                // Items hold as `DOCUMENT#ITEM`; `$` comes right behind `#`.
                let values = owned![company.as_str(), id, format!("{id}#"), format!("{id}$"), At(now)];
                Ok(db.all(HOLDS_OF, &values, |row| {
                    let owner: String = row.get(0)?;
                    Ok(Held {
                        item: owner.split_once('#').map(|(_, item)| item.to_owned()),
                        key: row.get(1)?,
                        amount: row.get(2)?,
                        expires_at: row.get::<Option<At>>(3)?.map(|at| at.0),
                    })
                })?)
            })
            .await
    }

    /// How much of each key is held at `now` (business time), over all partners of the company.
    pub async fn held(
        &self,
        company: &CompanyId,
        keys: &[String],
        now: Timestamp,
    ) -> Result<HashMap<String, i64>, StoreError> {
        let (company, keys) = (company.clone(), keys.to_vec());
        self.engine()
            .look("read what is held", move |db| {
                // One transaction, so that all amounts are of the same instant.
                db.at_once(|| {
                    let mut held = HashMap::with_capacity(keys.len());
                    for key in keys {
                        let amount = commit::held(db, company.as_str(), &key, &At(now))?;
                        held.insert(key, amount);
                    }
                    Ok(held)
                })
            })
            .await
    }
}

fn decision(row: &Row<'_>) -> Result<Decision, DbError> {
    row.stored(0)
}

/// A row with the columns of a subscription.
pub(crate) fn subscription(row: &Row<'_>) -> Result<Subscription, DbError> {
    Ok(Subscription {
        id: row.get("id")?,
        scope: row::scope(row)?,
        api: row.get("api")?,
        notification: row.get("notification")?,
        version: row.get("version")?,
        callback: row.get("callback")?,
        query: row.get("query")?,
        event_types: row.stored::<Vec<String>>("event_types")?,
        party_query: row.get("party_query")?,
    })
}
