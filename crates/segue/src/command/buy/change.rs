//! Products we have at a Seller already: another bandwidth, another term, the end.

use segue_buyer::Change;
use segue_model::id::Scope;
use serde_json::{Value, json};

use super::request;
use super::{ChangeWords, Then};
use crate::app::App;
use crate::command::{CommandError, Progress};

/// `buy change`
pub async fn change(
    app: &App,
    scope: &Scope,
    (words, then): (&ChangeWords, &Then),
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let change = Change {
        bandwidth_mbps: words.bandwidth,
        term_months: words.term,
        s_vlan: words.s_vlan.map(i64::from),
    };
    let product = app.buyer.refresh(scope, "product", &words.product).await?.body;
    let body = request::with_composer(app, scope, |composer| composer.change(&product, &change)).await?;
    quote_and_order(app, scope, (&body, then), progress).await
}

/// `buy disconnect`
pub async fn disconnect(
    app: &App,
    scope: &Scope,
    (products, then): (&[String], &Then),
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let body = request::with_composer(app, scope, |composer| Ok(composer.disconnect(products))).await?;
    quote_and_order(app, scope, (&body, then), progress).await
}

/// Asks for a firm price, and orders at that price if it is for what was asked.
async fn quote_and_order(
    app: &App,
    scope: &Scope,
    (body, then): (&Value, &Then),
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let quote = request::send_quote(app, scope, body, progress).await?;
    if then.quote_only {
        return Ok(quote);
    }
    let id = quote["id"].as_str().unwrap_or_default();
    let state = quote["state"].as_str().unwrap_or_default();
    if state != "approved.orderable" {
        let hint = if state == "approved.orderableAlternate" {
            format!("The Seller offers something else; if that will do: `segue buy order SELLER --quote {id}`.")
        } else {
            "The quote says why: add --quote-only to see it.".to_owned()
        };
        return Err(CommandError::new(format!("quote {id} is {state}; nothing was ordered")).hint(hint));
    }
    for price in prices(&quote) {
        progress(price);
    }
    request::order(app, scope, (id, then.date.clone()), progress).await
}

/// Each price of a quote, in a line.
fn prices(quote: &Value) -> Vec<Value> {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let items = list(quote, "quoteItem").into_iter();
    items
        .flat_map(|item| list(&item, "quoteItemPrice"))
        .map(|price| json!({ "price": price["name"], "amount": price["price"]["dutyFreeAmount"], "every": price["recurringChargePeriod"] }))
        .collect()
}
