//! The hub: Buyers say where they want to hear of events.
//!
//! A callback may only name a host of the agreement, and only one that the outbound guard lets
//! through: registration makes no call, so nothing can be probed with it.

use axum::response::Response;
use http::StatusCode;
use segue_gate::front::Call;
use segue_model::commit::{AuditEntry, Commit, Subscription, SubscriptionChange};
use segue_model::describe::Api;
use segue_model::failure::{Failure, Problem, ProblemCode};
use segue_model::id::new_id;
use segue_model::release::translate;
use segue_store::CommitError;
use serde_json::{Value, json as object};
use url::Url;

use super::json;
use super::repeat::{self, Look};
use crate::{Seller, SellerError};

/// Subscriptions of one partner at one API: a few systems with a few of each; every event goes to
/// all of them, so that more would only keep deliveries of others waiting.
const SUBSCRIPTIONS_MAX: usize = 32;

/// `POST /hub`
pub async fn create(seller: &Seller, call: Call) -> Result<Response, Failure> {
    let notification = notification(&call)?;
    let shape = call.operation.request.ok_or(Failure::Internal)?;
    let sent = call.sent.as_ref().ok_or_else(super::list::no_body)?;
    let keyed = match repeat::look(seller, &call, sent).await? {
        Look::Known(answer) => return Ok(answer),
        Look::New(keyed) => keyed,
    };
    let checked = seller.parts.schemas.check(call.operation.api, shape, sent.json.clone());
    let input = checked.map_err(Failure::Unprocessable)?;
    let callback = input.at("/callback").and_then(Value::as_str).unwrap_or_default();
    let query = input.at("/query").and_then(Value::as_str).map(str::to_owned);
    let mut problems = Vec::new();
    problems.extend(check_callback(seller, &call, callback).err());
    let event_types = event_types(query.as_deref(), notification).unwrap_or_else(|problem| {
        problems.push(problem);
        Vec::new()
    });
    problems.extend(one_too_many(seller, &call).await?);
    if !problems.is_empty() {
        return Err(Failure::Unprocessable(problems));
    }
    let subscription = Subscription {
        id: new_id(),
        scope: call.caller.agreement.scope(),
        api: call.operation.api.name.into(),
        // Events are kept under the newest name.
        notification: translate::newest(call.operation.api)
            .hub
            .map_or(notification.name, |hub| hub.notification)
            .into(),
        version: notification.version,
        callback: callback.to_owned(),
        query,
        event_types,
        party_query: party_query(&call),
    };
    let body = wire(&subscription);
    let mut commit = change(&call, &subscription.id, SubscriptionChange::Add(subscription.clone()));
    commit.idempotency = keyed.as_ref().map(|keyed| keyed.row(seller, &call, (201, &body)));
    match (seller.parts.store.commit(commit).await, keyed) {
        (Ok(()), _) => Ok(json(StatusCode::CREATED, body)),
        (Err(CommitError::Duplicate(_)), Some(keyed)) => keyed.twin(seller).await,
        (Err(error), _) => Err(failed(error)),
    }
}

async fn one_too_many(seller: &Seller, call: &Call) -> Result<Option<Problem>, Failure> {
    let scope = call.caller.agreement.scope();
    let known = seller
        .parts
        .store
        .subscriptions(&scope)
        .await
        .map_err(SellerError::from)?;
    let here = known
        .iter()
        .filter(|known| known.api == call.operation.api.name)
        .count();
    Ok((here >= SUBSCRIPTIONS_MAX).then(|| {
        let reason = format!("There are {here} subscriptions already; end one of them first.");
        Problem::new(ProblemCode::OtherIssue, "", reason)
    }))
}

/// `GET /hub/{id}`
pub async fn get(seller: &Seller, call: Call) -> Result<Response, Failure> {
    let found = subscription(seller, &call).await?;
    Ok(json(StatusCode::OK, wire(&found)))
}

/// `DELETE /hub/{id}`
pub async fn delete(seller: &Seller, call: Call) -> Result<Response, Failure> {
    let found = subscription(seller, &call).await?;
    let removal = SubscriptionChange::Remove {
        scope: found.scope.clone(),
        id: found.id.clone(),
    };
    let commit = change(&call, &found.id, removal);
    seller.parts.store.commit(commit).await.map_err(failed)?;
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

async fn subscription(seller: &Seller, call: &Call) -> Result<Subscription, Failure> {
    let scope = call.caller.agreement.scope();
    let id = call.id.as_deref().unwrap_or_default();
    let found = seller
        .parts
        .store
        .subscription(&scope, id)
        .await
        .map_err(SellerError::from)?;
    found
        .filter(|found| found.api == call.operation.api.name)
        .ok_or(Failure::NotFound)
}

fn change(call: &Call, id: &str, change: SubscriptionChange) -> Commit {
    let entry = AuditEntry {
        company: call.caller.company.id.to_string(),
        actor: call.caller.client_id.clone(),
        action: call.operation.id.into(),
        object: format!("hub/{id}"),
        outcome: "ok".into(),
        detail: String::new(),
        request_id: call.trace.request_id.clone(),
    };
    Commit {
        subscriptions: vec![change],
        audit: vec![entry],
        ..Commit::default()
    }
}

/// A subscription that was ended meanwhile is gone for this request too.
fn failed(error: CommitError) -> Failure {
    match error {
        CommitError::Store(error) => SellerError::from(error).into(),
        CommitError::Conflict | CommitError::CapacityExhausted { .. } | CommitError::Duplicate(_) => Failure::NotFound,
    }
}

/// The notification API that goes with the hub.
fn notification(call: &Call) -> Result<&'static Api, Failure> {
    call.operation.api.notification().ok_or(Failure::Internal)
}

fn check_callback(seller: &Seller, call: &Call, callback: &str) -> Result<(), Problem> {
    let refused = |reason: String| Problem::invalid("/callback", reason);
    let url = Url::parse(callback).map_err(|error| refused(format!("callback is not an address: {error}.")))?;
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => return Err(refused("callback names no host.".into())),
    };
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(refused("callback must be scheme, host and path only.".into()));
    }
    if !call
        .caller
        .partner
        .callback_hosts
        .iter()
        .any(|allowed| allowed.eq_ignore_ascii_case(&host))
    {
        return Err(refused(format!(
            "{host} is not a callback host of our agreement; ask us to add it."
        )));
    }
    let allowed = seller.parts.outbound.parse_target(callback);
    allowed
        .map(drop)
        .map_err(|reason| refused(format!("callback cannot be called: {reason}.")))
}

/// The event types a `query` asks for; empty means all. All forms seen in the official texts are
/// read: `eventType=a,b`, `eventType=a&eventType=b`, blanks, and bare names.
fn event_types(query: Option<&str>, notification: &Api) -> Result<Vec<String>, Problem> {
    let known: Vec<&str> = notification.listeners.iter().map(|listener| listener.event).collect();
    let mut wanted = Vec::new();
    for piece in query.unwrap_or_default().split('&') {
        let (name, values) = piece
            .split_once('=')
            .map_or(("eventType", piece), |(name, values)| (name.trim(), values));
        if name != "eventType" {
            return Err(Problem::invalid(
                "/query",
                format!("Only eventType can be asked for, not {name:.40}."),
            ));
        }
        for value in values.split(',').map(str::trim).filter(|value| !value.is_empty()) {
            if !known.contains(&value) {
                let reason = format!(
                    "{value:.60} is no event of {}; there are: {}.",
                    notification.name,
                    known.join(", ")
                );
                return Err(Problem::invalid("/query", reason));
            }
            // Events are kept under their newest names.
            wanted.push(translate::newer_event(value).to_owned());
        }
    }
    Ok(wanted)
}

/// `buyerId` and `sellerId` of the registration come back on every delivery.
fn party_query(call: &Call) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("buyerId", &call.query.buyer_id), ("sellerId", &call.query.seller_id)] {
        if let Some(value) = value {
            pairs.append_pair(name, value);
        }
    }
    pairs.finish()
}

/// `EventSubscription`; `query` exactly as it was given.
fn wire(subscription: &Subscription) -> String {
    let mut body = object!({ "id": subscription.id, "callback": subscription.callback });
    if let Some(query) = &subscription.query {
        body["query"] = object!(query);
    }
    body.to_string()
}

#[cfg(test)]
mod tests {
    use segue_model::api;

    use super::*;

    #[track_caller]
    fn check_types(query: &str, expected: Result<&[&str], ()>) {
        let notification = api::find("quoteNotification", 10).expect("described");
        let found = event_types(Some(query), notification);
        match expected {
            Ok(types) => assert_eq!(found.unwrap(), types, "{query}"),
            Err(()) => assert_eq!(found.unwrap_err().property_path, "/query", "{query}"),
        }
    }

    #[test]
    fn every_form_of_an_event_query_is_read_and_unknown_types_are_refused() {
        check_types("", Ok(&[]));
        check_types("eventType=quoteStateChangeEvent", Ok(&["quoteStateChangeEvent"]));
        check_types("eventType = quoteStateChangeEvent", Ok(&["quoteStateChangeEvent"]));
        check_types(
            "eventType=quoteStateChangeEvent,quoteItemStateChangeEvent",
            Ok(&["quoteStateChangeEvent", "quoteItemStateChangeEvent"]),
        );
        check_types("quoteStateChangeEvent", Ok(&["quoteStateChangeEvent"]));
        check_types("eventType=nonsense", Err(()));
        check_types("state=approved", Err(()));
    }
}
