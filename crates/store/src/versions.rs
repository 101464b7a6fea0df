//! From one version of an API to another: what stands there, and the change itself.

use segue_model::commit::AuditEntry;
use segue_model::document::{Document, Side};
use segue_model::id::Scope;
use segue_model::party::Agreement;

use crate::commit::collection;
use crate::db::{Db, DbError, bind, owned};
use crate::parties::add_agreement;
use crate::row::{self, At, DOCUMENT, unsigned};
use crate::{CommitError, Store, StoreError, audit};

/// A change of version of one API: all of it is stored, or nothing.
#[derive(Clone, Debug)]
pub struct VersionChange {
    /// The agreement as it will be.
    pub agreement: Agreement,
    /// The newest version of it when this was decided.
    pub based_on: u32,
    /// API and version that all subscriptions of the partner at this API hear from then on; none
    /// leaves them as they are.
    pub subscriptions: Option<(String, u32)>,
    /// Who did it.
    pub audit: AuditEntry,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionChanged {
    /// The version that the agreement became.
    pub agreement: u32,
    /// Subscriptions that hear another version now.
    pub subscriptions: usize,
}

impl Store {
    /// Stores a change of version.
    ///
    /// # Errors
    /// [`CommitError::Conflict`]: the agreement is not what it was when this was decided.
    pub async fn change_version(&self, change: VersionChange) -> Result<VersionChanged, CommitError> {
        let wall = At(self.0.wall.now());
        self.engine()
            .write("change an API version", move |db| {
                let agreement = add_agreement(db, change.agreement)?;
                if agreement.version != change.based_on + 1 {
                    return Err(CommitError::Conflict);
                }
                let subscriptions = match &change.subscriptions {
                    Some((api, version)) => db.run(
                        "UPDATE subscription SET version = ?4
                         WHERE company = ?1 AND partner = ?2 AND api = ?3 AND version <> ?4",
                        &bind![agreement.company.as_str(), agreement.partner.as_str(), api, version],
                    )?,
                    None => 0,
                };
                audit::append(db, &change.audit, &wall)?;
                Ok(VersionChanged {
                    agreement: agreement.version,
                    subscriptions,
                })
            })
            .await
    }

    /// How many documents of one resource a partner has in each state.
    pub async fn states(&self, scope: &Scope, side: Side, resource: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let (scope, resource) = (scope.clone(), resource.to_owned());
        self.engine()
            .read("count documents by state", move |db| {
                let Some(collection) = collection(db, &scope, side, &resource)? else {
                    return Ok(Vec::new());
                };
                Ok(db.all(
                    "SELECT state, count(*) FROM document WHERE collection = ?1 GROUP BY state ORDER BY state",
                    &bind![collection],
                    |row| Ok((row.get(0)?, unsigned(row.get(1)?))),
                )?)
            })
            .await
    }

    /// The newest documents of one resource of a partner in any of these states.
    pub async fn documents_in(
        &self,
        scope: &Scope,
        (side, resource): (Side, &str),
        states: &[String],
        limit: u32,
    ) -> Result<Vec<Document>, StoreError> {
        let (scope, resource, states) = (scope.clone(), resource.to_owned(), states.to_vec());
        self.engine()
            .read("list documents by state", move |db| {
                Ok(match collection(db, &scope, side, &resource)? {
                    Some(collection) => newest_in(db, collection, &states, limit)?,
                    None => Vec::new(),
                })
            })
            .await
    }
}

fn newest_in(db: &Db, collection: i64, states: &[String], limit: u32) -> Result<Vec<Document>, DbError> {
    let places: Vec<String> = (0..states.len()).map(|index| format!("?{}", index + 3)).collect();
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let statement = format!(
        "{DOCUMENT} WHERE d.collection = ?1 AND d.state IN ({}) ORDER BY d.created_at DESC, d.id DESC LIMIT ?2",
        places.join(", ")
    );
    let mut values = owned![collection, limit];
    values.extend(states.iter().flat_map(|state| owned![state]));
    db.all(&statement, &values, row::document)
}
