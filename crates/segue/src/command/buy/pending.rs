//! Requests of ours whose outcome is not known: nothing is made twice because of them.

use clap::Subcommand;
use segue_buyer::Settled;
use segue_model::id::Scope;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::At;
use crate::app::App;
use crate::command::{CommandError, done};

/// Requests whose answer was lost.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Pending {
    /// List them, oldest first
    List {
        /// The Seller
        #[command(flatten)]
        at: At,
    },
    /// Find out what came of them: ask again under the same key, or look for what they made
    #[command(after_help = "Examples:\n  segue buy pending resolve acme\n  segue buy pending resolve acme KEY")]
    Resolve {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// Only this one
        key: Option<String>,
    },
    /// Give one up; the same request is a new one afterwards
    Forget {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// Its key, as listed
        key: String,
    },
}

/// `buy pending`
pub async fn run(app: &App, scope: &Scope, action: &Pending) -> Result<Value, CommandError> {
    match action {
        Pending::List { .. } => list(app, scope).await,
        Pending::Resolve { key, .. } => resolve(app, scope, key.as_deref()).await,
        Pending::Forget { key, .. } => {
            if app.buyer.forget_request(scope, key).await? {
                Ok(done("it is forgotten"))
            } else {
                Err(none(scope, key))
            }
        }
    }
}

async fn list(app: &App, scope: &Scope) -> Result<Value, CommandError> {
    let open = app.buyer.open_requests(scope).await?.into_iter().map(|request| {
        json!({
            "key": request.key,
            "since": segue_model::time::text(request.opened_at),
            "operation": request.operation,
            "externalId": request.body.get("externalId"),
        })
    });
    Ok(open.collect())
}

async fn resolve(app: &App, scope: &Scope, key: Option<&str>) -> Result<Value, CommandError> {
    let mut rows = Vec::new();
    for request in app.buyer.open_requests(scope).await? {
        if key.is_some_and(|key| key != request.key) {
            continue;
        }
        let row = match app.buyer.settle(&request).await {
            Ok(Settled::Done(body)) => json!({ "outcome": "done", "id": body["id"], "state": body["state"] }),
            Ok(Settled::NotThere) => json!({ "outcome": "not there" }),
            Err(error) => json!({ "outcome": error.to_string() }),
        };
        let mut named = json!({ "key": request.key, "operation": request.operation });
        if let (Some(named), Value::Object(row)) = (named.as_object_mut(), row) {
            named.extend(row);
        }
        rows.push(named);
    }
    match key {
        Some(key) if rows.is_empty() => Err(none(scope, key)),
        _ => Ok(Value::Array(rows)),
    }
}

fn none(scope: &Scope, key: &str) -> CommandError {
    CommandError::new(format!("no request to {} is open under {key:?}", scope.partner))
        .hint("`segue buy pending list SELLER` lists those there are.")
}
