//! Callers that speak an older version of an API: the one place where requests are translated up
//! and answers down. Everything behind it knows the newest version only.

use std::sync::Arc;

use segue_gate::body::Sent;
use segue_gate::front::Call;
use segue_model::api::order::rules as order;
use segue_model::commit::{Commit, Event};
use segue_model::describe::{Condition, FilterValue, Kind, Operation, Query};
use segue_model::document::{Document, Object, Side};
use segue_model::failure::{BadRequest, Failure, Problem};
use segue_model::id::new_id;
use segue_model::release::sites::{FIELDS, SITES};
use segue_model::release::translate::{self, Raised, Spoken};
use segue_model::release::{self, payload};
use segue_model::rules::Outcome;
use serde_json::{Map, Value, json};

use crate::{Seller, SellerError};

/// What numbers the changes of an order in Billie; ours are its revisions.
const NUMBER: &str = "orderVersion";

/// The call as the newest version has it; what the caller said goes along in `spoken`. The hub is
/// the same in all versions, and stays in that of the caller.
pub fn enter(seller: &Seller, mut call: Call) -> Result<Call, Failure> {
    let old = Arc::clone(&call.operation);
    let hub = matches!(old.kind, Kind::HubCreate | Kind::HubGet | Kind::HubDelete);
    if hub || translate::newest(old.api).version == old.api.version {
        return Ok(call);
    }
    let new = translate::counterpart(&old).ok_or_else(|| crate::not_offered(&call))?;
    let raised = match call.sent.as_mut() {
        Some(sent) => Some(raise(seller, (&old, &new), sent).map_err(|problems| declared(problems, &old))?),
        None => None,
    };
    let mut spoken = Spoken {
        operation: (*old).clone(),
        raised,
        finds_nothing: false,
    };
    if old.request.is_none() && new.request.is_some() && old.kind == Kind::List {
        let (body, finds_nothing) = site_query(&call.query)?;
        call.sent = Some(Sent {
            text: body.to_string(),
            json: body,
        });
        call.query.filters.clear();
        spoken.finds_nothing = finds_nothing;
    } else {
        let filters = std::mem::take(&mut call.query.filters);
        let newer = filters.into_iter().map(|one| newer_filter((&old, &new), one));
        call.query.filters = newer.collect::<Result<_, _>>()?;
    }
    call.operation = Arc::new(new);
    call.spoken = Some(Arc::new(spoken));
    Ok(call)
}

fn raise(seller: &Seller, (old, new): (&Operation, &Operation), sent: &mut Sent) -> Result<Raised, Vec<Problem>> {
    if let Some(shape) = old.request {
        seller.parts.schemas.check(old.api, shape, sent.json.clone())?;
    }
    let mut raised = translate::request(old, new, &sent.json)?;
    sent.json = raised.body.take();
    Ok(raised)
}

/// The filter of the newest version that looks at the same place.
fn newer_filter((old, new): (&Operation, &Operation), one: Condition) -> Result<Condition, Failure> {
    let unknown = || {
        Failure::BadRequest(
            BadRequest::InvalidQuery,
            format!("{} cannot be asked for here.", one.name),
        )
    };
    let before = old
        .resource
        .and_then(|resource| resource.filter(one.name))
        .ok_or_else(unknown)?;
    let filters = new.resource.map_or(&[][..], |resource| resource.filters);
    let now = filters
        .iter()
        .find(|filter| filter.path == before.path)
        .ok_or_else(unknown)?;
    let value = match (before.value, now.value) {
        (FilterValue::OneOf(older), FilterValue::OneOf(newer)) => {
            let value = translate::filter_value(old.api, (older, newer), &one.value);
            value
                .and_then(|value| value.as_str().map(str::to_owned))
                .ok_or_else(unknown)?
        }
        _ => one.value,
    };
    Ok(Condition {
        name: now.name,
        op: one.op,
        value,
    })
}

/// Sites were listed by parameters, and are by a body; and whether something is asked for that no
/// site has any more.
fn site_query(query: &Query) -> Result<(Value, bool), Failure> {
    let given = |name: &str| {
        query
            .filters
            .iter()
            .find(|one| one.name == name)
            .map(|one| one.value.clone())
    };
    let mut body = Map::new();
    for (before, now) in SITES {
        if let Some(value) = given(before) {
            body.insert(now.to_owned(), json!(value));
        }
    }
    let mut fields = Map::new();
    for (before, now) in FIELDS {
        let Some(value) = given(before) else { continue };
        let value = match now {
            "countryCode" => translate::country(&value)
                .map_err(|reason| Failure::BadRequest(BadRequest::InvalidQuery, format!("country: {reason}.")))?,
            _ => value,
        };
        fields.insert(now.to_owned(), json!(value));
    }
    let place = match (given("geographicAddress.id"), fields.is_empty()) {
        (Some(id), _) => json!({ "@type": "GeographicAddressRef", "id": id }),
        (None, false) => json!({ "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [fields] }),
        // MEF 122 R10: by an address, known or said in its fields.
        (None, true) => {
            let reason =
                "Sites are listed at an address: geographicAddress.id, or streetName, city, country and so on.";
            return Err(Failure::BadRequest(BadRequest::MissingQueryParameter, reason.into()));
        }
    };
    body.insert("place".into(), place);
    let gone = ["description", "serviceSiteContactName"]
        .iter()
        .any(|name| given(name).is_some());
    Ok((Value::Object(body), gone))
}

/// The version the caller speaks.
pub fn version(call: &Call) -> u32 {
    let spoken = call.spoken.as_ref().map(|spoken| spoken.operation.api);
    spoken.unwrap_or(call.operation.api).version
}

/// The answer to a request, as its caller speaks.
pub fn told(call: &Call, outcome: &Outcome) -> Value {
    let Some(spoken) = &call.spoken else {
        return Value::Object(outcome.body.clone());
    };
    let made = outcome.commit.documents.iter();
    let mut made = made.filter(|made| outcome.body.get("id").and_then(Value::as_str) == Some(made.id.as_str()));
    let number = made.next().map(|made| made.revision.to_string());
    let number = number.filter(|_| is_order(&spoken.operation));
    let lowered = lowered(call, spoken, (&outcome.body, number.as_deref()));
    let sent = call
        .sent
        .as_ref()
        .and_then(|sent| serde_json::from_str(&sent.text).ok());
    match (&spoken.raised, sent) {
        (Some(raised), Some(sent)) if call.operation.kind != Kind::Patch => raised.echoed(&sent, &lowered),
        _ => in_words_of(call, lowered),
    }
}

/// One element that is read, as its caller speaks: with what was sent as it was sent, where it was
/// sent in this version.
pub async fn told_again(seller: &Seller, call: &Call, (body, revision): (Object, u64)) -> Result<Value, Failure> {
    let Some(spoken) = &call.spoken else {
        return Ok(Value::Object(body));
    };
    let id = call.id.as_deref().unwrap_or_default();
    let number = number(seller, call, (id, &body, revision)).await?;
    let mut lowered = lowered(call, spoken, (&body, number.as_deref()));
    lowered = match first_words(seller, call, spoken).await? {
        Some((raised, sent)) => raised.echoed(&sent, &lowered),
        None => in_words_of(call, lowered),
    };
    if let (Some(fields), Value::Object(body)) = (&call.query.fields, &mut lowered) {
        let wanted: Vec<&str> = fields.split(',').map(str::trim).collect();
        body.retain(|name, _| name == "id" || wanted.contains(&name.as_str()));
    }
    Ok(lowered)
}

/// The request that made a document, if it came in the version of this call.
async fn first_words(seller: &Seller, call: &Call, spoken: &Spoken) -> Result<Option<(Raised, Value)>, Failure> {
    let same = |operation: &Operation| {
        let stored = operation.resource.map(|resource| resource.stored);
        operation.kind == Kind::Create && stored == spoken.operation.resource.map(|resource| resource.stored)
    };
    let Some(create) = spoken.operation.api.operations().into_iter().find(same) else {
        return Ok(None);
    };
    let id = call.id.as_deref().unwrap_or_default();
    let received = seller.parts.store.received(&call.caller.scope(), id).await;
    let received = received.map_err(SellerError::from)?;
    let first = received
        .iter()
        .find(|one| one.revision == 1 && one.version == create.api.version);
    let sent = first.and_then(|first| serde_json::from_str::<Value>(&first.text).ok());
    let raised = sent.and_then(|sent| {
        let newest = translate::counterpart(&create)?;
        Some((translate::request(&create, &newest, &sent).ok()?, sent))
    });
    Ok(raised)
}

/// One row of a list, as its caller speaks; none where that is the newest version. `number` is that of
/// [`number`].
pub fn row(call: &Call, (body, number): (&Object, Option<&str>)) -> Option<Value> {
    let spoken = call.spoken.as_ref()?;
    Some(in_words_of(call, lowered(call, spoken, (body, number))))
}

/// Which state of an order is meant by what is told: of an order its revision; of a request about one
/// the number it was sent with, or where it came without one, that of the order now. None where the
/// version of the caller numbers nothing.
pub async fn number(
    seller: &Seller,
    call: &Call,
    (id, body, revision): (&str, &Object, u64),
) -> Result<Option<String>, Failure> {
    let Some(spoken) = call.spoken.as_ref().filter(|spoken| is_numbered(&spoken.operation)) else {
        return Ok(None);
    };
    if is_order(&spoken.operation) {
        return Ok(Some(revision.to_string()));
    }
    let (store, scope) = (&seller.parts.store, call.caller.scope());
    let received = store.received(&scope, id).await.map_err(SellerError::from)?;
    let first: Option<Value> = received
        .first()
        .and_then(|first| serde_json::from_str(&first.text).ok());
    if let Some(said) = first.as_ref().and_then(|first| first.get(NUMBER)?.as_str()) {
        return Ok(Some(said.to_owned()));
    }
    let about = ["productOrder", "productOrderItem"]
        .iter()
        .find_map(|name| body.get(*name)?.get("productOrderId")?.as_str());
    let Some(about) = about else { return Ok(None) };
    let order = store.document(&scope, Side::Seller, order::RESOURCE, about).await;
    Ok(order
        .map_err(SellerError::from)?
        .map(|order| order.revision.to_string()))
}

/// Whether what this operation answers with has a number of an order.
fn is_numbered(operation: &Operation) -> bool {
    operation.answer.is_some_and(|answer| {
        let properties = operation.api.parsed().properties(answer.shape);
        properties.iter().any(|property| property.name == NUMBER)
    })
}

/// A document in the version of the caller, with the number of an order where that has one.
fn lowered(call: &Call, spoken: &Spoken, (body, number): (&Object, Option<&str>)) -> Value {
    let mut told = translate::answer(&spoken.operation, &call.operation, &Value::Object(body.clone())).body;
    if let Some(number) = number.filter(|_| is_numbered(&spoken.operation)) {
        told[NUMBER] = json!(number);
    }
    told
}

/// A partner on Billie reads the product payloads of each function.
fn in_words_of(call: &Call, mut told: Value) -> Value {
    if release::of_agreement(&call.caller.agreement.apis) == release::BILLIE {
        payload::lower(&mut told, call.operation.api.name);
    }
    told
}

fn is_order(operation: &Operation) -> bool {
    operation
        .resource
        .is_some_and(|resource| resource.stored == order::RESOURCE)
}

/// Billie: who changes an order says which state of it is meant, and is refused when that is not
/// the one there is.
pub fn check_number(call: &Call, old: &Document) -> Result<(), Failure> {
    let Some(spoken) = call.spoken.as_ref().filter(|spoken| is_order(&spoken.operation)) else {
        return Ok(());
    };
    let sent = call.sent.as_ref();
    let sent: Option<Value> = sent.and_then(|sent| serde_json::from_str(&sent.text).ok());
    let said = sent.as_ref().and_then(|sent| sent.get(NUMBER)?.as_str());
    match said {
        Some(said) if said != old.revision.to_string() => Err(Failure::Conflict(format!(
            "{NUMBER} is {said:.20}, and the order is at {} in {} v{}: read it again.",
            old.revision, spoken.operation.api.name, spoken.operation.api.version
        ))),
        Some(_) | None => Ok(()),
    }
}

/// Whether a filter asks for what nothing has that is stored.
pub fn finds_nothing(call: &Call) -> bool {
    call.spoken.as_ref().is_some_and(|spoken| spoken.finds_nothing)
}

/// Whether the caller can ask for the next page.
pub fn is_paged(call: &Call) -> bool {
    let list = call.spoken.as_ref().and_then(|spoken| spoken.operation.resource?.list);
    list.is_none_or(|list| list.paged)
}

/// Before Kylie listeners heard of a new qualification too, in both modes (MEF 87).
pub fn created(call: &Call, commit: &Commit) -> Option<Event> {
    let made = commit.documents.first()?;
    let new = call.operation.kind == Kind::Create && call.operation.api.name == "productOfferingQualification";
    if !new || call.spoken.is_none() {
        return None;
    }
    Some(Event {
        id: new_id(),
        scope: made.scope.clone(),
        api: call.operation.api.hub?.notification.to_owned(),
        event_type: "poqCreateEvent".to_owned(),
        lane: made.id.clone(),
        at: made.created_at,
        payload: json!({ "id": made.id, "href": made.body.get("href") }),
    })
}

/// A refusal in the words of the caller: pointers into what it sent, and a status it declares.
pub fn failure(failure: Failure, asked: &Operation, spoken: Option<&Spoken>) -> Failure {
    let Failure::Unprocessable(problems) = failure else {
        return failure;
    };
    let Some(spoken) = spoken else {
        // The hub of an older version.
        return declared(problems, asked);
    };
    let problems = match &spoken.raised {
        Some(raised) => raised.problems(problems),
        None => problems,
    };
    declared(problems, &spoken.operation)
}

/// Some operations had no 422: there it is a body, or a query, that is wrong.
fn declared(problems: Vec<Problem>, operation: &Operation) -> Failure {
    if operation.statuses.errors.contains(&422) {
        return Failure::Unprocessable(problems);
    }
    let first = problems.first();
    let reason = first.map_or_else(String::new, |first| match first.property_path.as_str() {
        "" => first.reason.clone(),
        path => format!("{path}: {}", first.reason),
    });
    Failure::BadRequest(BadRequest::InvalidBody, reason)
}
