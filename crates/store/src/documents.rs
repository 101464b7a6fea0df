//! Reads of documents: by partners within a [`Scope`], by operators within a company.

use jiff::Timestamp;
use segue_model::api::errand;
use segue_model::document::{Document, Side};
use segue_model::id::{CompanyId, PartnerId, Scope};
use segue_model::revision::Difference;

use crate::commit::collection;
use crate::db::{Bound, Db, Stored, bind, owned};
use crate::row::{self, At, DOCUMENT, indexed, unsigned};
use crate::{Store, StoreError};

/// A condition on the values that the index gave for a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// One of its values of this name equals.
    Equal(&'static str, String),
    /// One of its values of this name is greater, as text.
    Gt(&'static str, String),
    /// One of its values of this name is less, as text.
    Lt(&'static str, String),
}

/// What a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// All of them have to hold.
    pub conditions: Vec<Condition>,
    /// Documents to leave out.
    pub offset: u32,
    /// The most documents to give; with 0 only the total is counted.
    pub limit: u32,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Oldest first.
    pub documents: Vec<Document>,
    /// How many there are on all pages, at the same instant.
    pub total: u64,
}

/// One revision of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryRow {
    /// 1, 2, 3...
    pub revision: u64,
    /// Business time of it.
    pub at: Timestamp,
    /// The state it had from then on.
    pub state: String,
    /// Who caused it, in the words of the audit entry of that commit.
    pub actor: String,
    /// What it comes of, in the same words; empty in rows of older programs.
    pub cause: String,
    /// Wall time it was stored; none in rows of older programs.
    pub stored_at: Option<Timestamp>,
    /// How it differs from the one before; none for the first one, and in rows of older programs.
    pub changes: Option<Vec<Difference>>,
}

impl Store {
    /// One document of this partner. Foreign and unknown ids answer the same: `None`.
    pub async fn document(
        &self,
        scope: &Scope,
        side: Side,
        resource: &str,
        id: &str,
    ) -> Result<Option<Document>, StoreError> {
        let (scope, resource, id) = (scope.clone(), resource.to_owned(), id.to_owned());
        self.engine()
            .look("read a document", move |db| {
                let Some(collection) = collection(db, &scope, side, &resource)? else {
                    return Ok(None);
                };
                let statement = format!("{DOCUMENT} WHERE d.collection = ?1 AND d.id = ?2");
                let found = db.one(&statement, &bind![collection, id], row::document)?;
                Ok(found)
            })
            .await
    }

    /// The documents of one resource of this partner, oldest first.
    pub async fn documents(
        &self,
        scope: &Scope,
        side: Side,
        resource: &str,
        query: &ListQuery,
    ) -> Result<Page, StoreError> {
        let (scope, resource, query) = (scope.clone(), resource.to_owned(), query.clone());
        self.engine()
            .read("list documents", move |db| {
                // One transaction, so that page and total are of the same instant.
                db.at_once(|| match collection(db, &scope, side, &resource)? {
                    Some(collection) => page(db, collection, &query),
                    None => Ok(Page {
                        documents: Vec::new(),
                        total: 0,
                    }),
                })
            })
            .await
    }

    /// The oldest document of this partner that has `value` under the filter `name`.
    pub async fn document_by_filter(
        &self,
        scope: &Scope,
        side: Side,
        resource: &str,
        name: &'static str,
        value: &str,
    ) -> Result<Option<Document>, StoreError> {
        let conditions = vec![Condition::Equal(name, value.to_owned())];
        let query = ListQuery {
            conditions,
            offset: 0,
            limit: 1,
        };
        Ok(self.documents(scope, side, resource, &query).await?.documents.pop())
    }

    /// All revisions of a document of this partner, first one first.
    pub async fn history(&self, scope: &Scope, id: &str) -> Result<Vec<HistoryRow>, StoreError> {
        self.history_rows(scope.company.clone(), Some(scope.partner.clone()), id)
            .await
    }

    /// All revisions of a document of any partner of the company.
    pub async fn company_history(&self, company: &CompanyId, id: &str) -> Result<Vec<HistoryRow>, StoreError> {
        self.history_rows(company.clone(), None, id).await
    }

    async fn history_rows(
        &self,
        company: CompanyId,
        partner: Option<PartnerId>,
        id: &str,
    ) -> Result<Vec<HistoryRow>, StoreError> {
        let id = id.to_owned();
        self.engine()
            .read("read the history of a document", move |db| {
                let partner = partner.as_ref().map(PartnerId::as_str);
                Ok(db.all(
                    "SELECT h.revision, h.at, h.state, h.actor, h.cause, h.stored_at, h.changes FROM document d
                     JOIN collection c ON c.seq = d.collection JOIN history h ON h.document = d.seq
                     WHERE d.id = ?2 AND c.company = ?1 AND (CAST(?3 AS TEXT) IS NULL OR c.partner = ?3)
                     ORDER BY d.seq, h.revision",
                    &bind![company.as_str(), id, partner],
                    |row| {
                        Ok(HistoryRow {
                            revision: unsigned(row.get(0)?),
                            at: row.get::<At>(1)?.0,
                            state: row.get(2)?,
                            actor: row.get(3)?,
                            cause: row.get(4)?,
                            stored_at: row.get::<Option<At>>(5)?.map(|at| at.0),
                            changes: row.get::<Option<Stored<_>>>(6)?.map(|changes| changes.0),
                        })
                    },
                )?)
            })
            .await
    }

    /// A document of any partner and side of the company: for the operator only.
    pub async fn company_document(&self, company: &CompanyId, id: &str) -> Result<Option<Document>, StoreError> {
        let (company, id) = (company.clone(), id.to_owned());
        self.engine()
            .look("read a document", move |db| {
                let statement = format!("{DOCUMENT} WHERE d.id = ?2 AND c.company = ?1 ORDER BY d.seq LIMIT 1");
                Ok(db.one(&statement, &bind![company.as_str(), id], row::document)?)
            })
            .await
    }

    /// Errands of the company that wait for an answer, the newest first: for the operator only.
    pub async fn waiting_errands(&self, company: &CompanyId, limit: u32) -> Result<Vec<Document>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("list errands", move |db| {
                let statement = format!(
                    "{DOCUMENT} WHERE c.company = ?1 AND c.side = ?2 AND c.resource = ?3 AND d.api = 'segue' \
                     AND d.state <> 'answered' AND d.state <> 'withdrawn' \
                     ORDER BY d.created_at DESC, d.id DESC LIMIT ?4"
                );
                let values = owned![company.as_str(), Side::Seller.as_str(), errand::RESOURCE, limit];
                Ok(db.all(&statement, &values, row::document)?)
            })
            .await
    }

    /// The newest documents of one resource over all partners (or of one): for the operator only.
    pub async fn company_documents(
        &self,
        company: &CompanyId,
        side: Side,
        resource: &str,
        partner: Option<&PartnerId>,
        limit: u32,
    ) -> Result<Vec<Document>, StoreError> {
        let (company, resource, partner) = (company.clone(), resource.to_owned(), partner.cloned());
        self.engine()
            .read("list documents", move |db| {
                let statement = format!(
                    "{DOCUMENT} WHERE c.company = ?1 AND c.side = ?2 AND c.resource = ?3 \
                     AND (CAST(?4 AS TEXT) IS NULL OR c.partner = ?4) ORDER BY d.created_at DESC, d.id DESC LIMIT ?5"
                );
                let partner = partner.as_ref().map(PartnerId::as_str);
                let values = owned![company.as_str(), side.as_str(), resource, partner, limit];
                Ok(db.all(&statement, &values, row::document)?)
            })
            .await
    }
}

fn page(db: &Db, collection: i64, query: &ListQuery) -> Result<Page, StoreError> {
    let (matching, mut values) = matching(collection, &query.conditions);
    let count = format!("SELECT count(*) {matching}");
    let total: i64 = db.value(&count, &values)?;
    let mut documents = Vec::new();
    if query.limit > 0 && i64::from(query.offset) < total {
        let list = list(&matching, values.len());
        values.extend(bind![query.limit, query.offset]);
        documents = db.all(&list, &values, row::document)?;
    }
    Ok(Page {
        documents,
        total: unsigned(total),
    })
}

/// One page of what matches; limit and offset are bound after the `bound` values of it. The page
/// is cut before any body is read.
fn list(matching: &str, bound: usize) -> String {
    let (limit, offset) = (bound + 1, bound + 2);
    format!(
        "{DOCUMENT} WHERE d.seq IN (SELECT d.seq {matching} ORDER BY d.created_at, d.id LIMIT ?{limit} OFFSET ?{offset}) \
         ORDER BY d.created_at, d.id"
    )
}

/// `FROM` and `WHERE` of a list, and the values from `?1` on. Names and values are always bound,
/// never written into the statement.
fn matching(collection: i64, conditions: &[Condition]) -> (String, Vec<Bound<'_>>) {
    let mut values = owned![collection];
    // The plus keeps SQLite from walking the whole collection where an index row names the few.
    let plus = if conditions.is_empty() { "" } else { "+" };
    let mut matching = format!("FROM document d WHERE {plus}d.collection = ?1");
    for condition in conditions {
        let (name, operator, value) = match condition {
            Condition::Equal(name, value) => (name, "=", value),
            Condition::Gt(name, value) => (name, ">", value),
            Condition::Lt(name, value) => (name, "<", value),
        };
        values.extend(owned![name, indexed(value)]);
        matching.push_str(&format!(
            " AND d.seq IN (SELECT document FROM index_row \
             WHERE collection = ?1 AND name = ?{} AND value {operator} ?{})",
            values.len() - 1,
            values.len()
        ));
    }
    (matching, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_plan(conditions: &[Condition], walks_the_collection: bool) {
        let db = crate::schema::in_memory().unwrap();
        let (matching, mut values) = matching(1, conditions);
        let list = list(&matching, values.len());
        values.extend(bind![10_i64, 0_i64]);
        let plan = crate::schema::plan(&db, &list, &values);
        assert_eq!(plan.contains("document_by_age"), walks_the_collection, "{plan}");
        assert!(!plan.contains("SCAN"), "{plan}");
    }

    #[test]
    fn a_list_with_conditions_reads_only_what_they_name_and_one_without_only_its_page() {
        let state = Condition::Equal("state", "approved".to_owned());
        let from = Condition::Gt("quoteDate", "2026".to_owned());
        check_plan(&[], true);
        check_plan(std::slice::from_ref(&state), false);
        check_plan(&[state, from], false);
    }
}
