//! What a Buyer does about a quote or an order that is there already: ends it, moves it, answers
//! what the Seller wants for it. What the Seller does then comes as events, into our mirror.

use segue_buyer::{Ask, Cause, NewDate, charge_answer, reschedule as new_date};
use segue_model::id::Scope;
use serde_json::{Value, json};

use super::request::{create, with_composer};
use super::{Charge, DateWords};
use crate::app::App;
use crate::command::CommandError;

const ORDERING: &str = "productOrderingManagement";

/// `buy cancel-quote`, `buy decline-quote`: the quote as it is afterwards.
pub async fn end_quote(
    app: &App,
    scope: &Scope,
    (operation, id): (&'static str, &str),
    reason: Option<String>,
) -> Result<Value, CommandError> {
    let mut body = json!({ "quoteId": id });
    if let Some(reason) = reason {
        body["reason"] = json!(reason);
    }
    let ask = Ask {
        operation,
        api: "quoteManagement",
        id: None,
        query: &[],
        body: Some(&body),
    };
    app.buyer.ask(scope, ask).await?;
    Ok(app.buyer.refresh(scope, "quote", id).await?.body)
}

/// `buy cancel`
pub async fn cancel(app: &App, scope: &Scope, order: &str, reason: Option<&str>) -> Result<Value, CommandError> {
    let body = with_composer(app, scope, |composer| Ok(composer.cancel(order, reason))).await?;
    create(app, scope, (ORDERING, "createCancelProductOrder"), &body).await
}

/// `buy reschedule`
pub async fn reschedule(app: &App, scope: &Scope, words: &DateWords) -> Result<Value, CommandError> {
    let body = new_date(&NewDate {
        order_id: words.order.clone(),
        item_id: words.item.clone(),
        date: words.date.clone(),
        expedite: words.expedite,
    });
    let operation = "createModifyProductOrderItemRequestedDeliveryDate";
    create(app, scope, (ORDERING, operation), &body).await
}

/// `buy charge`
pub async fn charge(app: &App, scope: &Scope, charge: &Charge) -> Result<Value, CommandError> {
    match charge {
        Charge::List { order, .. } => charges(app, scope, order).await,
        Charge::Accept { charge, .. } => answer(app, scope, (charge, "accepted")).await,
        Charge::Decline { charge, .. } => answer(app, scope, (charge, "rejected")).await,
    }
}

/// Whole charges: the list of the standard does not say what they cost.
async fn charges(app: &App, scope: &Scope, order: &str) -> Result<Value, CommandError> {
    let query = [("productOrderId", order.to_owned())];
    let ask = Ask {
        operation: "listCharge",
        api: ORDERING,
        id: None,
        query: &query,
        body: None,
    };
    let listed = app.buyer.ask(scope, ask).await?.body;
    let mut whole = Vec::new();
    for id in listed
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["id"].as_str())
    {
        whole.push(app.buyer.refresh(scope, "charge", id).await?.body);
    }
    Ok(Value::Array(whole))
}

/// Answers all items of a charge alike; the charge as it is afterwards.
async fn answer(app: &App, scope: &Scope, (id, answer): (&str, &str)) -> Result<Value, CommandError> {
    let charge = app.buyer.refresh(scope, "charge", id).await?.body;
    let body = charge_answer(&charge, answer);
    let ask = Ask {
        operation: "patchCharge",
        api: ORDERING,
        id: Some(id),
        query: &[],
        body: Some(&body),
    };
    let answered = app.buyer.ask(scope, ask).await?;
    let cause = Cause::Answer("patchCharge");
    app.buyer.take_in((scope, cause), "charge", &answered).await?;
    Ok(answered.body)
}
