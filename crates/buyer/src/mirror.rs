//! What we last knew of a Seller's documents.

use segue_model::commit::{AuditEntry, Commit};
use segue_model::describe::resource_by_name;
use segue_model::document::{Document, Object, Side};
use segue_model::id::Scope;
use segue_store::CommitError;
use serde_json::Value;

use crate::{Answered, Ask, Buyer, BuyerError};

/// Lost races before it is given up: an event and a command may write at once, no more.
const TRIES_MAX: u32 = 5;

impl Buyer {
    /// Our mirror of a document.
    pub async fn mirrored(&self, scope: &Scope, resource: &str, id: &str) -> Result<Option<Document>, BuyerError> {
        Ok(self.parts.store.document(scope, Side::Buyer, resource, id).await?)
    }

    /// Keeps `body` as the newest known form of a document; the same body changes nothing.
    pub async fn keep(&self, scope: &Scope, resource: &'static str, body: &Value) -> Result<Document, BuyerError> {
        let (Some(object), Some(id)) = (body.as_object(), body.get("id").and_then(Value::as_str)) else {
            return Err(BuyerError::Unreadable {
                partner: scope.partner.clone(),
                reason: format!("a {resource} without an id"),
            });
        };
        let mut lost = 0;
        loop {
            let known = self.mirrored(scope, resource, id).await?;
            let document = match &known {
                Some(known) if known.body == *object => return Ok(known.clone()),
                Some(known) => known.next(state(object), object.clone(), self.parts.business.now()),
                None => self.first(scope, resource, object).await?,
            };
            match self.parts.store.commit(commit(&document)).await {
                Ok(()) => return Ok(document),
                Err(CommitError::Conflict) if lost < TRIES_MAX => lost += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn first(&self, scope: &Scope, resource: &'static str, body: &Object) -> Result<Document, BuyerError> {
        let agreement = self.agreement(scope).await?;
        let now = self.parts.business.now();
        let api = resource_by_name(resource).map_or("", |(api, _)| api.name);
        Ok(Document {
            id: body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
            scope: scope.clone(),
            side: Side::Buyer,
            api: api.to_owned(),
            resource: resource.to_owned(),
            state: state(body),
            revision: 1,
            agreement_version: agreement.version,
            created_at: now,
            updated_at: now,
            body: body.clone(),
        })
    }

    /// Fetches the truth about one document and keeps it; in a rehearsal, what we last knew of it.
    pub async fn refresh(&self, scope: &Scope, resource: &'static str, id: &str) -> Result<Answered, BuyerError> {
        let (api, described) = resource_by_name(resource).ok_or_else(|| BuyerError::incomplete(resource))?;
        let get = described
            .get
            .ok_or_else(|| BuyerError::incomplete(format!("a GET of {resource}")))?;
        if self.is_rehearsal()
            && let Some(known) = self.mirrored(scope, resource, id).await?
        {
            return Ok(Answered {
                status: 200,
                body: Value::Object(known.body),
                total: None,
                deviations: Vec::new(),
            });
        }
        let ask = Ask {
            operation: get.id,
            api: api.name,
            id: Some(id),
            query: &[],
            body: None,
        };
        let answered = self.ask(scope, ask).await?;
        self.keep(scope, resource, &answered.body).await?;
        Ok(answered)
    }
}

/// `state`, or `status` where a resource has that instead.
fn state(body: &Object) -> String {
    let found = body.get("state").or_else(|| body.get("status"));
    found.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn commit(document: &Document) -> Commit {
    let mut commit = Commit::of(document.clone());
    commit.audit.push(AuditEntry {
        company: document.scope.company.to_string(),
        actor: document.scope.partner.to_string(),
        action: "mirror".into(),
        object: format!("{}/{}", document.resource, document.id),
        outcome: document.state.clone(),
        detail: String::new(),
        request_id: String::new(),
    });
    commit
}
