//! Following what a Seller works on, from its acknowledgement to its end. Events make our mirror
//! new; in case one is lost, or none come at all, the Seller is asked from time to time, the more
//! rarely the better the events come.

use std::time::Duration;

use rand::Rng;
use segue_buyer::BuyerError;
use segue_model::describe::resource_by_name;
use segue_model::document::Side;
use segue_model::id::Scope;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Kind;
use crate::app::App;
use crate::command::{CommandError, Progress};

/// First pause between two questions.
const LOOK_FIRST: Duration = Duration::from_secs(5);

/// The longest pause while nothing comes by events.
const LOOK_MAX: Duration = Duration::from_secs(15);

/// The longest pause while events come.
const LOOK_HEARD_MAX: Duration = Duration::from_secs(60);

/// What can be followed, in the order it is looked for when nobody says.
const KINDS: [Kind; 7] = [
    Kind::Order,
    Kind::Quote,
    Kind::Poq,
    Kind::Cancel,
    Kind::Reschedule,
    Kind::Charge,
    Kind::Validation,
];

/// What is followed.
pub struct Followed<'a> {
    /// What it is; none: what our mirror knows it as, else an order.
    pub kind: Option<Kind>,
    /// Its identifier.
    pub id: &'a str,
    /// Give up after this.
    pub timeout: Duration,
}

/// `buy track`
pub async fn follow(
    app: &App,
    scope: &Scope,
    followed: &Followed<'_>,
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let (id, resource) = (followed.id, resource(app, scope, followed).await?);
    let mut news = app.buyer.news();
    let deadline = Instant::now() + followed.timeout;
    let mut document = app.buyer.refresh(scope, resource, id).await?.body;
    let mut told = Vec::new();
    let mut pause = LOOK_FIRST;
    let mut look_at = Instant::now() + jittered(pause);
    loop {
        tell_new(&document, &mut told, progress);
        let state = state(&document);
        if is_ended(resource, state) {
            return Ok(document);
        }
        if Instant::now() >= deadline {
            return Err(CommandError::new(format!(
                "{} {id} is still {state} after {} s",
                short(resource),
                followed.timeout.as_secs()
            ))
            .hint("It goes on; run `segue buy track` again to follow it."));
        }
        tokio::select! {
            _ = news.changed() => {
                // An event made the mirror new already.
                let heard = app.buyer.mirrored(scope, resource, id).await?.map(|heard| Value::Object(heard.body));
                if let Some(heard) = heard.filter(|heard| *heard != document) {
                    document = heard;
                    pause = (pause * 2).min(LOOK_HEARD_MAX);
                    look_at = Instant::now() + jittered(pause);
                }
            }
            () = tokio::time::sleep_until(look_at.min(deadline)) => {
                match app.buyer.refresh(scope, resource, id).await {
                    Ok(asked) if asked.body == document => pause = (pause * 5 / 4).min(pause.max(LOOK_MAX)),
                    // Nobody told us of this: ask more often.
                    Ok(asked) => (document, pause) = (asked.body, LOOK_FIRST),
                    Err(error @ (BuyerError::Call { .. } | BuyerError::Unreadable { .. })) => {
                        progress(json!({ "warning": error.to_string() }));
                    }
                    Err(error) => return Err(error.into()),
                }
                look_at = Instant::now() + jittered(pause);
            }
        }
    }
}

/// The resource followed.
async fn resource(app: &App, scope: &Scope, followed: &Followed<'_>) -> Result<&'static str, CommandError> {
    if let Some(kind) = followed.kind {
        return if KINDS.contains(&kind) {
            Ok(kind.resource())
        } else {
            Err(CommandError::new(format!(
                "a {} does not change by itself",
                kind.resource()
            )))
        };
    }
    for kind in KINDS {
        let known = app.store.document(scope, Side::Buyer, kind.resource(), followed.id);
        if known.await?.is_some() {
            return Ok(kind.resource());
        }
    }
    Ok(Kind::Order.resource())
}

/// A fifth more or less, so that many who follow do not ask at once.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.8..1.2))
}

fn state(document: &Value) -> &str {
    let state = document.get("state").or_else(|| document.get("status"));
    state.and_then(Value::as_str).unwrap_or_default()
}

/// Name of a resource for people.
fn short(resource: &str) -> &str {
    match resource {
        "productOrder" => "order",
        "productOfferingQualification" => "qualification",
        "geographicAddressValidation" => "validation",
        other => other,
    }
}

/// Whether the Seller has done what it was asked for, or will not. A state that this version of the
/// API does not have is no end.
fn is_ended(resource: &str, state: &str) -> bool {
    let lifecycle = resource_by_name(resource).and_then(|(_, described)| described.lifecycle);
    let known = lifecycle.is_some_and(|lifecycle| lifecycle.states().contains(&state));
    let waits = match resource {
        // Billing an early end waits for no one.
        "charge" => state.starts_with("awaiting"),
        "productOrder" => !["completed", "cancelled", "failed", "partial", "rejected"].contains(&state),
        _ => state == "acknowledged" || state.starts_with("inProgress") || state.starts_with("assessing"),
    };
    known && !waits
}

/// Whether what was followed ended as it was wanted.
pub fn is_good(document: &Value) -> bool {
    const GOOD: [&str; 6] = [
        "completed",
        "done",
        "approved.orderable",
        "approved.orderableAlternate",
        "accepted",
        "ready",
    ];
    GOOD.contains(&state(document))
}

/// Tells each state change and milestone once.
fn tell_new(document: &Value, told: &mut Vec<String>, progress: Progress<'_>) {
    for line in moments(document) {
        let key = line.to_string();
        if !told.contains(&key) {
            told.push(key);
            progress(line);
        }
    }
}

/// What happened to an order, quote or qualification, oldest first: its own states, those of its
/// items, milestones.
pub fn moments(document: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let whole = ["productOrderItem", "quoteItem", "productOfferingQualificationItem"]
        .into_iter()
        .zip(["order", "quote", "qualification"])
        .find(|(items, _)| document.get(*items).is_some_and(Value::is_array));
    let (items, name) = whole.unwrap_or(("", "request"));
    for change in list(document, "stateChange") {
        found.push(json!({ "at": change["changeDate"], "what": name, "state": change["state"] }));
    }
    // A Seller of an older release tells the state it is in and no other.
    if found.is_empty() && !state(document).is_empty() {
        found.push(json!({ "at": null, "what": name, "state": state(document) }));
    }
    for item in list(document, items) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_end(resource: &str, state: &str, expected: Option<bool>) {
        let ended = is_ended(resource, state).then(|| is_good(&json!({ "state": state })));
        assert_eq!(ended, expected, "{resource} {state}");
    }

    #[test]
    fn what_is_followed_ends_well_or_not_and_what_nobody_knows_is_no_end() {
        check_end("productOrder", "inProgress", None);
        check_end("productOrder", "completed", Some(true));
        for state in ["failed", "rejected", "partial", "cancelled"] {
            check_end("productOrder", state, Some(false));
        }
        check_end("productOrder", "ofAnotherVersion", None);
        check_end("quote", "inProgress.draft", None);
        check_end("quote", "approved.orderable", Some(true));
        check_end("quote", "unableToProvide", Some(false));
        check_end("productOfferingQualification", "acknowledged", None);
        check_end("productOfferingQualification", "done", Some(true));
        check_end("productOfferingQualification", "terminatedWithError", Some(false));
        check_end("geographicAddressValidation", "inProgress", None);
        check_end("geographicAddressValidation", "ready", Some(true));
        check_end("geographicAddressValidation", "rejected", Some(false));
    }
}
