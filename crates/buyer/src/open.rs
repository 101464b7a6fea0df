//! Requests that make something at a Seller are on the disk before they leave, until what came of
//! them is known. Guarantees that nothing is made twice: a request of unknown outcome is repeated
//! under its key where the Seller recognises keys, and looked for among what the Seller has of us
//! where it does not, before anything is sent again.

use jiff::SignedDuration;
use segue_gate::calls::CallError;
use segue_model::describe::{Kind, Operation, Resource};
use segue_model::id::{Scope, new_id};
use segue_model::party::Agreement;
use segue_net::outbound::{Class, OutboundError};
use segue_store::OpenRequest;
use serde_json::{Value, json};

use crate::{Answered, Ask, Buyer, BuyerError, Cause};

/// A key is not relied on for longer: Sellers forget them. Ours keeps those of quotes for a week.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(24 * 6);

/// Elements looked at when a lost resource is sought: more under one name of ours are no help.
const SOUGHT_MAX: usize = 20;

/// Dates that a repetition of the same wish may have otherwise.
const DATES: [&str; 3] = [
    "requestedCompletionDate",
    "requestedQuoteCompletionDate",
    "requestedPOQCompletionDate",
];

/// What came of an open request.
#[derive(Debug)]
pub enum Settled {
    /// It was done; this is what the Seller has.
    Done(Value),
    /// The Seller has nothing of it.
    NotThere,
}

/// A request on its way.
pub(crate) struct Flight<'b> {
    pub request: OpenRequest,
    /// Sent before, and nobody knows what came of it.
    pub again: bool,
    buyer: &'b Buyer,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let Ok(mut flying) = self.buyer.flying.lock() {
            flying.remove(&self.request.key);
        }
        self.buyer.parts.store.unclaim(&self.request.key);
    }
}

impl Buyer {
    /// Remembers a request that makes something; none for all others. The same wish that is open
    /// from before is taken up again.
    pub(crate) async fn take_off(
        &self,
        scope: &Scope,
        (agreement, operation): (&Agreement, &Operation),
        body: Option<&Value>,
    ) -> Result<Option<Flight<'_>>, BuyerError> {
        let (Some(body), true) = (body, makes_something(operation)) else {
            return Ok(None);
        };
        for request in self.parts.store.open_requests(scope).await? {
            if request.operation == operation.id
                && essence(&request.body, &request.key) == essence(body, "")
                && self.flies(&request.key).await?
            {
                return Ok(Some(Flight {
                    request,
                    again: true,
                    buyer: self,
                }));
            }
        }
        let key = new_id();
        let mut body = body.clone();
        // Without a key that counts it could not be found again.
        if !agreement.idempotency_keys && filters(operation.resource, "externalId") && body.get("externalId").is_none()
        {
            body["externalId"] = json!(key);
        }
        let request = OpenRequest {
            key,
            scope: scope.clone(),
            api: operation.api.name.to_owned(),
            operation: operation.id.to_owned(),
            opened_at: self.parts.wall.now(),
            body,
        };
        self.flies(&request.key).await?;
        let flight = Flight {
            request,
            again: false,
            buyer: self,
        };
        self.parts.store.open_request(flight.request.clone()).await?;
        Ok(Some(flight))
    }

    /// Marks a key as being in use; false when it is already, here or in another process.
    async fn flies(&self, key: &str) -> Result<bool, BuyerError> {
        if !self.flying.lock().is_ok_and(|mut flying| flying.insert(key.to_owned())) {
            return Ok(false);
        }
        let claimed = self.parts.store.claim(key).await;
        if !matches!(claimed, Ok(true))
            && let Ok(mut flying) = self.flying.lock()
        {
            flying.remove(key);
        }
        Ok(claimed?)
    }

    /// Whether a request may simply be sent again under its key.
    pub(crate) fn is_repeatable(&self, agreement: &Agreement, request: &OpenRequest) -> bool {
        let age = self.parts.wall.now().duration_since(request.opened_at);
        agreement.idempotency_keys && age < KEY_LIFE
    }

    /// Requests to a Seller whose outcome is not known, oldest first.
    pub async fn open_requests(&self, scope: &Scope) -> Result<Vec<OpenRequest>, BuyerError> {
        Ok(self.parts.store.open_requests(scope).await?)
    }

    /// Says that an open request is of no interest any more; whether there was one.
    pub async fn forget_request(&self, scope: &Scope, key: &str) -> Result<bool, BuyerError> {
        let known = self.parts.store.open_requests(scope).await?;
        if known.iter().all(|request| request.key != key) {
            return Ok(false);
        }
        Ok(self.parts.store.close_request(key).await?)
    }

    /// Finds out what came of an open request: by asking again under its key, else by looking for
    /// what it would have made. What is not there stays open.
    pub async fn settle(&self, request: &OpenRequest) -> Result<Settled, BuyerError> {
        let agreement = self.agreement(&request.scope).await?;
        let api = Self::newest(Self::agreed_api(&agreement, &request.api)?);
        let operation = api.operation(&request.operation);
        let operation = operation.ok_or_else(|| BuyerError::incomplete(request.operation.clone()))?;
        if self.is_repeatable(&agreement, request) {
            let ask = Ask {
                operation: operation.id,
                api: api.name,
                id: None,
                query: &[],
                body: Some(&request.body),
            };
            return Ok(Settled::Done(self.ask(&request.scope, ask).await?.body));
        }
        let found = self.seek(request, &operation).await?;
        Ok(found.map_or(Settled::NotThere, |answered| Settled::Done(answered.body)))
    }

    /// Looks for what an open request would have made, keeps it and closes the request.
    pub(crate) async fn seek(
        &self,
        request: &OpenRequest,
        operation: &Operation,
    ) -> Result<Option<Answered>, BuyerError> {
        let Some(resource) = operation.resource else {
            return Ok(None);
        };
        let Some((list, name, value)) = clue(resource, &request.body) else {
            return Ok(None);
        };
        let query = [(name, value)];
        let ask = Ask {
            operation: list,
            api: operation.api.name,
            id: None,
            query: &query,
            body: None,
        };
        let listed = Box::pin(self.ask(&request.scope, ask)).await?.body;
        let ids = listed.as_array().into_iter().flatten();
        let ids = ids.filter_map(|row| row.get("id")?.as_str()).take(SOUGHT_MAX);
        for id in ids {
            // What we have an answer about is not what was lost.
            if self.mirrored(&request.scope, resource.name, id).await?.is_some() {
                continue;
            }
            let Some(found) = self.looked_at(&request.scope, (operation, resource), id).await? else {
                continue;
            };
            if is_made_by(&found.body, &request.body) {
                let cause = Cause::Answer(operation.id);
                self.take_in((&request.scope, cause), resource.name, &found).await?;
                self.parts.store.close_request(&request.key).await?;
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn looked_at(
        &self,
        scope: &Scope,
        (operation, resource): (&Operation, &Resource),
        id: &str,
    ) -> Result<Option<Answered>, BuyerError> {
        let Some(get) = resource.get else { return Ok(None) };
        let ask = Ask {
            operation: get.id,
            api: operation.api.name,
            id: Some(id),
            query: &[],
            body: None,
        };
        match Box::pin(self.ask(scope, ask)).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether it leaves something behind that can be found again. A second validation of an address
/// does no harm.
pub(crate) fn makes_something(operation: &Operation) -> bool {
    let findable = |name| filters(operation.resource, name);
    operation.kind == Kind::Create && (findable("externalId") || findable("productOrderId"))
}

fn filters(resource: Option<&'static Resource>, name: &str) -> bool {
    resource.is_some_and(|resource| resource.filters.iter().any(|filter| filter.name == name))
}

/// The list, and what to ask it for.
fn clue(resource: &'static Resource, body: &Value) -> Option<(&'static str, &'static str, String)> {
    let list = resource.list?.call.id;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    if filters(Some(resource), "externalId") {
        return Some((list, "externalId", text("/externalId")?));
    }
    let order = text("/productOrder/productOrderId").or_else(|| text("/productOrderItem/productOrderId"));
    Some((list, "productOrderId", order?))
}

/// The same name of ours and the same items: a Seller repeats both. What it leaves out says nothing.
fn is_made_by(found: &Value, sent: &Value) -> bool {
    let name = |body: &Value| body.get("externalId").cloned();
    let lists = ["productOfferingQualificationItem", "quoteItem", "productOrderItem"];
    let items = |body: &Value| {
        let list = lists.iter().find_map(|list| body.get(*list)?.as_array());
        list.map(|items| {
            let about = |item: &Value| (item["id"].clone(), item["action"].clone(), item["quoteItem"].clone());
            items.iter().map(about).collect::<Vec<_>>()
        })
    };
    let alike = match (items(found), items(sent)) {
        (Some(found), Some(sent)) => {
            found.len() == sent.len()
                && found.iter().zip(&sent).all(|(found, sent)| {
                    let quoted = found.2.is_null() || found.2["quoteId"] == sent.2["quoteId"];
                    (&found.0, &found.1) == (&sent.0, &sent.1) && quoted
                })
        }
        _ => true,
    };
    name(found) == name(sent) && alike
}

/// A body without what differs when the same is wanted again: dates, and a name that was ours only.
fn essence(body: &Value, key: &str) -> Value {
    let mut body = body.clone();
    without_dates(&mut body);
    if let Some(members) = body.as_object_mut()
        && members.get("externalId").and_then(Value::as_str) == Some(key)
    {
        members.shift_remove("externalId");
    }
    body
}

fn without_dates(value: &mut Value) {
    let Some(members) = value.as_object_mut() else { return };
    members.retain(|name, _| !DATES.contains(&name.as_str()));
    for list in members.values_mut().filter_map(Value::as_array_mut) {
        list.iter_mut().for_each(without_dates);
    }
}

/// Whether a call may have come through although no answer came.
pub(crate) fn is_doubtful(error: &CallError) -> bool {
    match error {
        CallError::Outbound(OutboundError::Failed { class, .. }) => {
            matches!(class, Class::Timeout | Class::Broken)
        }
        CallError::Outbound(OutboundError::TooLarge { .. }) => true,
        CallError::Outbound(OutboundError::Refused { .. })
        | CallError::UnknownPartner(_)
        | CallError::Suspended
        | CallError::NoCredentials
        | CallError::Address { .. }
        | CallError::Token(_)
        | CallError::Gate(_)
        | CallError::Store(_) => false,
    }
}
