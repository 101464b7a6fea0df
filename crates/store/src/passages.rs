//! What statistics are made of: how documents went from state to state, and who was asked.
//!
//! Bodies of partners' documents are not read here: identifiers and times come from the index by
//! age, states from the history; only errands are opened. So the cost of a period grows with what
//! was made in it, not with all there is, and not with the size of documents.

use jiff::Timestamp;
use segue_model::api::errand;
use segue_model::document::Side;
use segue_model::id::Scope;
use segue_model::stages::Passage;
use serde_json::Value;

use crate::commit::collection;
use crate::db::{Db, DbError, bind};
use crate::row::At;
use crate::{Store, StoreError};

/// From the first instant up to, and without, the second: business time.
pub type Period = (Timestamp, Timestamp);

/// An errand, as far as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrandMark {
    /// The document it is about.
    pub about: String,
    /// Its step.
    pub step: String,
    /// Business time it was opened.
    pub opened_at: Timestamp,
    /// Business time it is due.
    pub due_at: Option<Timestamp>,
}

const PASSAGES: &str = "SELECT d.id, d.created_at, h.state, h.at FROM document d \
     JOIN history h ON h.document = d.seq \
     WHERE d.collection = ?1 AND d.created_at >= ?2 AND d.created_at < ?3 \
     ORDER BY d.created_at, d.id, h.revision";

const ERRANDS: &str = "SELECT d.body, d.created_at FROM document d WHERE d.collection = ?1 AND d.created_at >= ?2";

const ANY_WAITING: &str = "SELECT 1 FROM document d \
     WHERE d.collection = ?1 AND d.api = 'segue' AND d.state <> 'answered' AND d.state <> 'withdrawn' LIMIT 1";

const WAITING: &str = "SELECT d.body, d.created_at FROM document d \
     WHERE d.collection = ?1 AND d.created_at >= ?2 AND d.api = 'segue' AND d.state <> 'answered' \
     AND d.state <> 'withdrawn'";

impl Store {
    /// How the documents of one resource that a partner made in `period` went on, oldest first.
    pub async fn passages(&self, scope: &Scope, resource: &str, period: Period) -> Result<Vec<Passage>, StoreError> {
        let (scope, resource) = (scope.clone(), resource.to_owned());
        self.engine()
            .read("read how documents went on", move |db| {
                match collection(db, &scope, Side::Seller, &resource)? {
                    Some(collection) => Ok(passages(db, collection, period)?),
                    None => Ok(Vec::new()),
                }
            })
            .await
    }

    /// The errands about documents of this partner that were opened since `since` and had a person:
    /// what a connector answered, or is asked, had none.
    pub async fn errands_since(&self, scope: &Scope, since: Timestamp) -> Result<Vec<ErrandMark>, StoreError> {
        self.errand_marks(scope, (ERRANDS, had_a_person), since).await
    }

    /// The errands about documents of this partner that wait for an answer now.
    pub async fn errands_waiting(&self, scope: &Scope) -> Result<Vec<ErrandMark>, StoreError> {
        self.errand_marks(scope, (WAITING, |_| true), Timestamp::MIN).await
    }

    /// Whether any errand about a document of this partner waits for an answer now.
    pub async fn has_waiting_errands(&self, scope: &Scope) -> Result<bool, StoreError> {
        let scope = scope.clone();
        self.engine()
            .read("look for errands", move |db| {
                let Some(collection) = collection(db, &scope, Side::Seller, errand::RESOURCE)? else {
                    return Ok(false);
                };
                Ok(db.any(ANY_WAITING, &bind![collection])?)
            })
            .await
    }

    async fn errand_marks(
        &self,
        scope: &Scope,
        (statement, counts): (&'static str, fn(&Value) -> bool),
        since: Timestamp,
    ) -> Result<Vec<ErrandMark>, StoreError> {
        let scope = scope.clone();
        self.engine()
            .read("count errands", move |db| {
                let Some(collection) = collection(db, &scope, Side::Seller, errand::RESOURCE)? else {
                    return Ok(Vec::new());
                };
                let mut marks = Vec::new();
                db.each(statement, &bind![collection, At(since)], |row| {
                    let errand = row.stored("body")?;
                    if counts(&errand) {
                        marks.push(mark(&errand, row.get::<At>("created_at")?.0));
                    }
                    Ok(())
                })?;
                Ok(marks)
            })
            .await
    }
}

fn mark(errand: &Value, opened_at: Timestamp) -> ErrandMark {
    let text = |pointer: &str| errand.pointer(pointer).and_then(Value::as_str);
    ErrandMark {
        about: text("/about/id").unwrap_or_default().to_owned(),
        step: text("/step").unwrap_or_default().to_owned(),
        opened_at,
        due_at: text("/dueAt").and_then(|due| due.parse().ok()),
    }
}

/// Whether a person answered it, or is to.
fn had_a_person(errand: &Value) -> bool {
    let who = ["/answeredBy", "/owner"].map(|pointer| errand.pointer(pointer).and_then(Value::as_str));
    let who = who.into_iter().flatten().next().unwrap_or_default();
    !who.starts_with("connector ")
}

fn passages(db: &Db, collection: i64, (since, until): Period) -> Result<Vec<Passage>, DbError> {
    let mut passages: Vec<Passage> = Vec::new();
    db.each(PASSAGES, &bind![collection, At(since), At(until)], |row| {
        let (id, state): (String, String) = (row.get("id")?, row.get("state")?);
        if passages.last().is_none_or(|last| last.id != id) {
            passages.push(Passage {
                id,
                created_at: row.get::<At>("created_at")?.0,
                states: Vec::new(),
            });
        }
        let Some(passage) = passages.last_mut() else {
            return Ok(());
        };
        // Most revisions change something else than the state.
        if passage.states.last().is_none_or(|(last, _)| *last != state) {
            passage.states.push((state, row.get::<At>("at")?.0));
        }
        Ok(())
    })?;
    Ok(passages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_plan(statement: &str, index: &str) {
        let db = crate::schema::in_memory().unwrap();
        let values = bind![1_i64, "0", "9"];
        let bound = (1..=values.len()).filter(|number| statement.contains(&format!("?{number}")));
        let plan = crate::schema::plan(&db, statement, &values[..bound.count()]);
        assert!(plan.contains(index), "{plan}");
        assert!(
            !plan.contains("SCAN") && !plan.contains("TEMP B-TREE FOR ORDER BY"),
            "{plan}"
        );
    }

    #[test]
    fn a_period_is_read_from_the_index_by_age_without_bodies_and_waiting_errands_from_their_own() {
        check_plan(PASSAGES, "USING COVERING INDEX document_by_age");
        check_plan(ERRANDS, "document_by_age");
        check_plan(WAITING, "errand_waiting");
        check_plan(ANY_WAITING, "errand_waiting");
    }
}
