//! What we last knew of a Seller's documents, and how we came to know it: each form that was new
//! to us is a revision, with its cause.

use segue_model::commit::{AuditEntry, Commit, Received};
use segue_model::describe::resource_by_name;
use segue_model::document::{Document, Object, Side};
use segue_model::id::Scope;
use segue_store::{CommitError, InboxEvent};
use serde_json::Value;

use crate::{Answered, Ask, Buyer, BuyerError, Heard};

/// Lost races before it is given up: an event and a command may write at once, no more.
const TRIES_MAX: u32 = 5;

/// What made us look at a document.
#[derive(Clone, Copy, Debug)]
pub enum Cause<'a> {
    /// An event of the Seller.
    Event(&'a InboxEvent),
    /// Nothing was heard of it for long.
    Poll,
    /// It is the answer to a request of ours, by operationId.
    Answer(&'a str),
    /// Someone here wanted to know.
    Look,
}

impl Cause<'_> {
    /// Action and detail of its audit row.
    fn words(self) -> (&'static str, String) {
        match self {
            Self::Event(event) => ("mirror.event", format!("{} {}", event.event_type, event.event_id)),
            Self::Poll => ("mirror.poll", String::new()),
            Self::Answer(operation) => ("mirror.answer", operation.to_owned()),
            Self::Look => ("mirror.look", String::new()),
        }
    }
}

/// What a document is in the mirror, and whether that is news.
pub(crate) struct Kept {
    pub document: Document,
    pub is_new: bool,
}

impl Buyer {
    /// Our mirror of a document.
    pub async fn mirrored(&self, scope: &Scope, resource: &str, id: &str) -> Result<Option<Document>, BuyerError> {
        Ok(self.parts.store.document(scope, Side::Buyer, resource, id).await?)
    }

    /// Keeps `body` as the newest known form of a document; the same body changes nothing.
    pub async fn keep(
        &self,
        (scope, cause): (&Scope, Cause<'_>),
        resource: &'static str,
        body: &Value,
    ) -> Result<Document, BuyerError> {
        Ok(self.kept((scope, cause), resource, (body, None)).await?.document)
    }

    /// Keeps an answer, and beside it what a Seller on an older version really said.
    pub async fn take_in(
        &self,
        (scope, cause): (&Scope, Cause<'_>),
        resource: &'static str,
        answered: &Answered,
    ) -> Result<Document, BuyerError> {
        let said = (&answered.body, answered.heard.as_ref());
        Ok(self.kept((scope, cause), resource, said).await?.document)
    }

    /// Keeps what has an identifier to be found by.
    pub async fn keep_if_named(
        &self,
        known: (&Scope, Cause<'_>),
        resource: &'static str,
        body: &Value,
    ) -> Result<(), BuyerError> {
        if body.get("id").is_some_and(Value::is_string) {
            self.keep(known, resource, body).await?;
        }
        Ok(())
    }

    /// Keeps the addresses that a validation found: later requests name them by their identifiers.
    pub async fn keep_places(&self, known: (&Scope, Cause<'_>), validation: &Value) -> Result<(), BuyerError> {
        let best = validation.get("bestMatchGeographicAddress");
        let others = validation.get("alternateGeographicAddress").and_then(Value::as_array);
        for address in best.into_iter().chain(others.into_iter().flatten()) {
            self.keep_if_named(known, "geographicAddress", address).await?;
        }
        Ok(())
    }

    async fn kept(
        &self,
        (scope, cause): (&Scope, Cause<'_>),
        resource: &'static str,
        (body, heard): (&Value, Option<&Heard>),
    ) -> Result<Kept, BuyerError> {
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
                Some(known) if known.body == *object => {
                    self.note_heard(known, cause);
                    return Ok(Kept {
                        document: known.clone(),
                        is_new: false,
                    });
                }
                Some(known) => known.next(state(object), object.clone(), self.parts.business.now()),
                None => self.first(scope, resource, object).await?,
            };
            match self.parts.store.commit(commit(&document, (cause, heard))).await {
                Ok(()) => return Ok(Kept { document, is_new: true }),
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
        Ok(self.fetch((scope, Cause::Look), resource, id).await?.0)
    }

    /// The same with a cause; what is kept is none in a rehearsal.
    pub(crate) async fn fetch(
        &self,
        (scope, cause): (&Scope, Cause<'_>),
        resource: &'static str,
        id: &str,
    ) -> Result<(Answered, Option<Kept>), BuyerError> {
        let (api, described) = resource_by_name(resource).ok_or_else(|| BuyerError::incomplete(resource))?;
        let get = described
            .get
            .ok_or_else(|| BuyerError::incomplete(format!("a GET of {resource}")))?;
        if self.is_rehearsal()
            && let Some(known) = self.mirrored(scope, resource, id).await?
        {
            let answered = Answered {
                status: 200,
                body: Value::Object(known.body),
                heard: None,
                total: None,
                deviations: Vec::new(),
            };
            return Ok((answered, None));
        }
        let ask = Ask {
            operation: get.id,
            api: api.name,
            id: Some(id),
            query: &[],
            body: None,
        };
        let answered = self.ask(scope, ask).await?;
        // First its addresses: whoever sees that it is ready finds them.
        if resource == "geographicAddressValidation" {
            self.keep_places((scope, cause), &answered.body).await?;
        }
        let kept = self
            .kept((scope, cause), resource, (&answered.body, answered.heard.as_ref()))
            .await?;
        Ok((answered, Some(kept)))
    }
}

/// `state`, or `status` where a resource has that instead.
fn state(body: &Object) -> String {
    let found = body.get("state").or_else(|| body.get("status"));
    found.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn commit(document: &Document, (cause, heard): (Cause<'_>, Option<&Heard>)) -> Commit {
    let (action, detail) = cause.words();
    let mut commit = Commit::of(document.clone());
    commit.received.extend(heard.map(|heard| Received {
        document_id: document.id.clone(),
        revision: document.revision,
        version: heard.version,
        text: heard.body.to_string(),
    }));
    commit.audit.push(AuditEntry {
        company: document.scope.company.to_string(),
        actor: document.scope.partner.to_string(),
        action: action.into(),
        object: format!("{}/{}", document.resource, document.id),
        outcome: document.state.clone(),
        detail,
        request_id: String::new(),
    });
    commit
}
