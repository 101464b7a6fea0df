//! Following an order, from its acknowledgement to its end.

use std::time::Duration;

use segue_model::id::Scope;
use serde_json::{Value, json};

use crate::app::App;
use crate::command::{CommandError, Progress};

/// Order states in which nothing more will happen.
const ENDED: [&str; 5] = ["completed", "cancelled", "failed", "partial", "rejected"];

/// Without news the truth is fetched this often while following an order.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// `buy track`
pub async fn follow(
    app: &App,
    scope: &Scope,
    (id, timeout): (&str, Duration),
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let mut news = app.buyer.news();
    let deadline = tokio::time::Instant::now() + timeout;
    let mut order = app.buyer.refresh(scope, "productOrder", id).await?.body;
    let mut told = Vec::new();
    loop {
        tell_new(&order, &mut told, progress);
        let state = order["state"].as_str().unwrap_or_default().to_owned();
        if ENDED.contains(&state.as_str()) {
            return Ok(order);
        }
        if tokio::time::Instant::now() >= deadline {
            return Err(
                CommandError::new(format!("order {id} is still {state} after {} s", timeout.as_secs()))
                    .hint("It goes on; run `segue buy track` again to follow it."),
            );
        }
        let told_of_something = tokio::time::timeout(LOOK_EVERY, news.changed()).await.is_ok();
        order = if told_of_something {
            // An event made the mirror new already.
            match app.buyer.mirrored(scope, "productOrder", id).await? {
                Some(document) => Value::Object(document.body),
                None => app.buyer.refresh(scope, "productOrder", id).await?.body,
            }
        } else {
            app.buyer.refresh(scope, "productOrder", id).await?.body
        };
    }
}

/// Tells each state change and milestone of an order once.
fn tell_new(order: &Value, told: &mut Vec<String>, progress: Progress<'_>) {
    for line in moments(order) {
        let key = line.to_string();
        if !told.contains(&key) {
            told.push(key);
            progress(line);
        }
    }
}

/// What happened to an order, oldest first: its own states, those of its items, milestones.
pub fn moments(order: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    for change in list(order, "stateChange") {
        found.push(json!({ "at": change["changeDate"], "what": "order", "state": change["state"] }));
    }
    for item in list(order, "productOrderItem") {
        let name = item["id"].as_str().unwrap_or_default();
        for change in list(&item, "stateChange") {
            found.push(json!({ "at": change["changeDate"], "what": format!("item {name}"), "state": change["state"] }));
        }
        for milestone in list(&item, "milestone") {
            found.push(
                json!({ "at": milestone["date"], "what": format!("item {name}"), "milestone": milestone["name"] }),
            );
        }
    }
    found.sort_by(|a, b| a["at"].as_str().cmp(&b["at"].as_str()));
    found
}
