//! Mirrored documents that may change at their Sellers without our knowing.

use jiff::Timestamp;
use segue_model::document::Side;
use segue_model::id::{CompanyId, Scope};

use crate::db::owned;
use crate::row::{self, At, unsigned};
use crate::{Store, StoreError};

/// Documents looked after at a time. Those heard of last come first: others are asked for rarely
/// anyway.
const WATCHED_MAX: u32 = 50_000;

/// The condition is that of an index, word for word: without it every mirror would be read.
const QUIET: &str = "SELECT c.company, c.partner, c.resource, d.id, d.state, d.revision, \
     coalesce(h.stored_at, d.updated_at) AS heard_at \
     FROM collection c JOIN document d ON d.collection = c.seq \
     JOIN history h ON h.document = d.seq AND h.revision = d.revision \
     WHERE c.company = ?1 AND c.side = ?2 AND d.state NOT IN ( \
     '', 'accepted', 'active', 'cancelled', 'completed', 'declined', 'done', 'done.declined', 'expired', 'failed', \
     'partial', 'ready', 'rejected', 'terminated', 'terminatedWithError', 'timeout', 'unableToProvide', \
     'withdrawnBySeller') AND coalesce(h.stored_at, d.updated_at) <= ?3 \
     ORDER BY heard_at DESC LIMIT ?4";

/// A mirrored document that has not changed for a while and has not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietMirror {
    /// Whose.
    pub scope: Scope,
    /// Resource name.
    pub resource: String,
    /// Its identifier.
    pub id: String,
    /// The state we know it in.
    pub state: String,
    /// The revision that has it.
    pub revision: u64,
    /// Wall time that revision was stored.
    pub heard_at: Timestamp,
}

impl Store {
    /// Mirrored documents of a company that may still change, and of which nothing new was stored
    /// since `before` (wall time).
    pub async fn quiet_mirrors(&self, company: &CompanyId, before: Timestamp) -> Result<Vec<QuietMirror>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("look for quiet mirrors", move |db| {
                let values = owned![company.as_str(), Side::Buyer.as_str(), At(before), WATCHED_MAX];
                Ok(db.all(QUIET, &values, |row| {
                    Ok(QuietMirror {
                        scope: row::scope(row)?,
                        resource: row.get("resource")?,
                        id: row.get("id")?,
                        state: row.get("state")?,
                        revision: unsigned(row.get("revision")?),
                        heard_at: row.get::<At>("heard_at")?.0,
                    })
                })?)
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use segue_model::api;
    use segue_model::describe::Lifeline;

    use super::*;

    #[test]
    fn only_open_documents_are_read_and_every_state_that_is_no_end_is_open() {
        let db = crate::schema::in_memory().unwrap();
        let values = owned!["acme", "buyer", "2026", 10_u32];
        let plan = crate::schema::plan(&db, QUIET, &values);
        assert!(plan.contains("document_open"), "{plan}");
        let served = api::all().iter().filter(|api| api.served_by == Lifeline::Seller);
        let changing = served
            .flat_map(|api| api.resources)
            .filter(|resource| resource.name != "product");
        for lifecycle in changing.filter_map(|resource| resource.lifecycle) {
            for state in lifecycle.states() {
                let listed = QUIET.contains(&format!("'{state}'"));
                assert_eq!(listed, lifecycle.is_final(state), "{} {state}", lifecycle.of);
            }
        }
    }
}
