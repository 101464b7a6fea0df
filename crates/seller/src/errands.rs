//! The answers of people. A person answers an errand; the rules of the document that waits for
//! it turn the answer into one commit, as they do with requests and jobs.

use segue_model::api::errand;
use segue_model::commit::Commit;
use segue_model::document::{Document, Side};
use segue_model::id::{CompanyId, Scope};
use segue_model::rules::{ErrandAnswer, RELATED_MAX};
use segue_store::{CommitError, Condition, ListQuery, Mark};
use serde_json::{Value, json};

use crate::decide::{Decided, Matter};
use crate::{Seller, SellerError};

/// Lost races before a person is asked to try again: jobs may change the document meanwhile.
pub(crate) const TRIES_MAX: u32 = 5;

/// Why an errand was not answered; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ErrandError {
    /// No such errand.
    #[error("there is no errand {0:?}")]
    Unknown(String),
    /// Somebody was first.
    #[error("it is answered already")]
    Answered,
    /// What it was about is gone or went on without it.
    #[error("what it was about is not there any more")]
    Gone,
    /// The rules do not take this answer.
    #[error("{0}")]
    Refused(String),
    /// Too much happened at once.
    #[error("too much happened to it at once; try again")]
    Busy,
    /// Our own fault.
    #[error(transparent)]
    Seller(#[from] SellerError),
}

impl From<segue_store::StoreError> for ErrandError {
    fn from(error: segue_store::StoreError) -> Self {
        Self::Seller(error.into())
    }
}

impl Seller {
    /// An errand of a company of ours.
    pub async fn errand(&self, company: &CompanyId, id: &str) -> Result<Document, ErrandError> {
        let found = self.parts.store.company_document(company, id).await?;
        let errand = found.filter(|found| found.resource == errand::RESOURCE);
        errand.ok_or_else(|| ErrandError::Unknown(id.to_owned()))
    }

    /// Takes the answer of `who` to an errand; what it was about goes on at once.
    pub async fn answer_errand(
        &self,
        company: &CompanyId,
        id: &str,
        (answer, who): (&ErrandAnswer, &str),
    ) -> Result<Document, ErrandError> {
        for _ in 0..TRIES_MAX {
            let errand = self.errand(company, id).await?;
            check_waiting(&errand)?;
            let commit = self.errand_commit(&errand, answer, who).await?;
            match self.commit(commit).await {
                Ok(()) => return self.errand(company, id).await,
                Err(CommitError::Conflict | CommitError::CapacityExhausted { .. }) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(CommitError::Duplicate(_)) => return Err(ErrandError::Busy),
            }
        }
        Err(ErrandError::Busy)
    }

    async fn errand_commit(&self, errand: &Document, answer: &ErrandAnswer, who: &str) -> Result<Commit, ErrandError> {
        let about = |name: &str| errand.text(name).unwrap_or_default().to_owned();
        let (resource, id) = (about("/about/resource"), about("/about/id"));
        let found = self
            .parts
            .store
            .document(&errand.scope, Side::Seller, &resource, &id)
            .await?;
        let (Some(document), Some(_)) = (found, (self.parts.rules)(&resource)) else {
            return Err(ErrandError::Gone);
        };
        let around = self.around_later(&errand.scope, document.agreement_version).await?;
        let around = around.ok_or(ErrandError::Gone)?;
        let matter = Matter::Errand {
            document: Box::new(document),
            errand: Box::new(errand::seen_by(errand, who)),
            answer: answer.clone(),
        };
        let decided = self.decide(matter, &around).await?;
        let Decided { outcome, stays } = decided.map_err(|refusal| ErrandError::Refused(refusal.into_sentence()))?;
        let mut commit = outcome.commit;
        let end = if stays {
            let rounds = errand.at("/rounds").and_then(Value::as_u64).unwrap_or(0) + 1;
            let mut changes = json!({ "owner": who, "rounds": rounds });
            // Whom a person has begun to answer, no connector is asked about any more.
            if !errand::is_connector(who) {
                changes["connector"] = Value::Null;
            }
            let touched = errand::next(errand, errand::TAKEN, changes, self.now());
            Commit {
                audit: vec![errand::entry(&touched, who, "errand.progress")],
                documents: vec![touched],
                ..Commit::default()
            }
        } else {
            errand::end(errand, &json!(answer), who, self.now())
        };
        commit.merge(end);
        Ok(commit)
    }

    /// Commits what was decided.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.commit_marked(commit, Mark::default()).await
    }

    /// Commits what is answered next. Every commit that may open an errand takes this way.
    pub(crate) async fn commit_marked(&self, commit: Commit, mark: Mark) -> Result<(), CommitError> {
        let mut errands = commit
            .documents
            .iter()
            .filter(|document| document.resource == errand::RESOURCE);
        let opened = errands.clone().find(|errand| errand.revision == 1);
        let opened = opened.map(|errand| errand.scope.clone());
        let ended = errands.find(|errand| !errand::waits(errand));
        let ended = ended.map(|errand| errand.scope.clone());
        if let Some(scope) = &opened {
            self.quiet.opening(scope);
        }
        let committed = self.parts.store.commit_marked(commit, mark).await;
        if let Some(scope) = &opened {
            self.quiet.opened(scope);
        }
        if let Some(scope) = &ended {
            self.quiet.ended(scope);
        }
        committed
    }

    /// Whether any errand of this partner waits: looked up once, as long as none is opened.
    async fn errands_wait(&self, scope: &Scope) -> Result<bool, SellerError> {
        // Another process may have opened one.
        if self.parts.store.is_shared() {
            return Ok(self.parts.store.has_waiting_errands(scope).await?);
        }
        if let Some(known) = self.quiet.waits(scope) {
            return Ok(known);
        }
        let look = self.quiet.look();
        let waits = self.parts.store.has_waiting_errands(scope).await?;
        self.quiet.found(scope, waits, &look);
        Ok(waits)
    }

    /// Errands of documents that a commit changes, and that do not wait for them any more, end
    /// with it; `answered` is the one whose answer this is.
    pub(crate) async fn withdraw_errands(
        &self,
        commit: &mut Commit,
        answered: Option<&str>,
    ) -> Result<(), SellerError> {
        let mut ended = Commit::default();
        let changed = commit.documents.iter().filter(|document| document.revision > 1);
        let changed: Vec<&Document> = changed
            .filter(|document| document.resource != errand::RESOURCE)
            .collect();
        let Some(first) = changed.first() else { return Ok(()) };
        if !self.errands_wait(&first.scope).await? {
            return Ok(());
        }
        for document in changed {
            let Some(rules) = (self.parts.rules)(&document.resource) else {
                continue;
            };
            let query = ListQuery {
                conditions: vec![Condition::Equal(errand::ABOUT, document.id.clone())],
                offset: 0,
                limit: RELATED_MAX as u32,
            };
            let store = &self.parts.store;
            let waiting = store
                .documents(&document.scope, Side::Seller, errand::RESOURCE, &query)
                .await?;
            let over = waiting
                .documents
                .iter()
                .filter(|errand| Some(errand.id.as_str()) != answered && !rules.errand_stands(document, errand));
            for errand in over {
                ended.merge(errand::withdraw(errand, self.now()));
            }
        }
        commit.merge(ended);
        Ok(())
    }

    /// Whether what it is about still waits for its answer.
    pub async fn errand_stands(&self, errand: &Document) -> Result<bool, SellerError> {
        if !errand::waits(errand) {
            return Ok(false);
        }
        let needs = errand::about(errand).into_iter().collect();
        let found = self.find(&errand.scope, needs).await?;
        Ok(errand::stands(errand, &found))
    }

    /// Changes whose errand it is, and whether somebody looks at it. A connector is not asked any
    /// more: a person has it now.
    pub async fn assign_errand(
        &self,
        company: &CompanyId,
        id: &str,
        (owner, state): (&str, &str),
    ) -> Result<Document, ErrandError> {
        let errand = self.errand(company, id).await?;
        check_waiting(&errand)?;
        let assigned = errand::next(&errand, state, json!({ "owner": owner, "connector": null }), self.now());
        let commit = Commit {
            audit: vec![errand::entry(&assigned, owner, "errand.assign")],
            documents: vec![assigned.clone()],
            ..Commit::default()
        };
        match self.parts.store.commit(commit).await {
            Ok(()) => Ok(assigned),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(CommitError::Conflict | CommitError::CapacityExhausted { .. } | CommitError::Duplicate(_)) => {
                Err(ErrandError::Busy)
            }
        }
    }
}

fn check_waiting(errand: &Document) -> Result<(), ErrandError> {
    match errand.state.as_str() {
        errand::ANSWERED => Err(ErrandError::Answered),
        errand::WITHDRAWN => Err(ErrandError::Gone),
        _ => Ok(()),
    }
}
