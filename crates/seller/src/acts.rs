//! What the operator does of its own accord: nobody asked, no job is due. The rules of the
//! document turn it into one commit, as they do with requests, jobs and errands.

use segue_model::commit::AuditEntry;
use segue_model::document::{Document, Side};
use segue_model::id::CompanyId;
use segue_model::rules::{Act, OPERATOR};
use segue_store::CommitError;

use crate::decide::Matter;
use crate::errands::TRIES_MAX;
use crate::{Seller, SellerError};

/// Why it was not done; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// No such document of a Buyer.
    #[error("there is no {resource} {id:?}")]
    Unknown {
        /// Of what.
        resource: String,
        /// The identifier that was given.
        id: String,
    },
    /// The rules do not take it.
    #[error("{0}")]
    Refused(String),
    /// Too much happened at once.
    #[error("too much happened to it at once; try again")]
    Busy,
    /// Our own fault.
    #[error(transparent)]
    Seller(#[from] SellerError),
}

impl From<segue_store::StoreError> for ActError {
    fn from(error: segue_store::StoreError) -> Self {
        Self::Seller(error.into())
    }
}

impl Seller {
    /// Does `act` to a `resource` of a Buyer; what comes of it goes on at once.
    pub async fn act(
        &self,
        company: &CompanyId,
        (resource, id): (&str, &str),
        act: &Act,
    ) -> Result<Document, ActError> {
        let unknown = || ActError::Unknown {
            resource: resource.to_owned(),
            id: id.to_owned(),
        };
        for _ in 0..TRIES_MAX {
            let found = self.parts.store.company_document(company, id).await?;
            let ours = found.filter(|found| found.side == Side::Seller && found.resource == resource);
            let document = ours.ok_or_else(unknown)?;
            let around = self.around_later(&document.scope, document.agreement_version).await?;
            let around = around.ok_or_else(unknown)?;
            let matter = Matter::Act {
                document: Box::new(document),
                act: act.clone(),
            };
            let decided = self.decide(matter, &around).await?;
            let decided = decided.map_err(|refusal| ActError::Refused(refusal.into_sentence()))?;
            let mut commit = decided.outcome.commit;
            commit.audit.push(entry(company, (resource, id), act));
            // What goes on may be a person's work.
            match self.commit(commit).await {
                Ok(()) => {
                    let done = self.parts.store.company_document(company, id).await?;
                    return done.ok_or_else(unknown);
                }
                Err(CommitError::Conflict | CommitError::CapacityExhausted { .. }) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(CommitError::Duplicate(_)) => return Err(ActError::Busy),
            }
        }
        Err(ActError::Busy)
    }
}

fn entry(company: &CompanyId, (resource, id): (&str, &str), act: &Act) -> AuditEntry {
    AuditEntry {
        company: company.to_string(),
        actor: OPERATOR.into(),
        action: format!("{resource}.{}", act.deed.name()),
        object: format!("{resource}/{id}"),
        outcome: "ok".into(),
        detail: act.reason.clone(),
        request_id: String::new(),
    }
}
