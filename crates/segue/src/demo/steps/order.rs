//! One order, from acknowledged to completed.

use std::sync::Mutex;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::super::journey::{Journey, WAIT_MAX, text};
use super::super::state_of;
use crate::command::{Buy, moments};

pub async fn placed(journey: &mut Journey<'_>, quote_id: &str) -> Result<String> {
    let buy = Buy::Order {
        at: "acme".into(),
        quote: quote_id.into(),
        date: None,
    };
    let placed = journey.buy(buy).await?;
    let id = text(&placed, "/id")?;
    let read = journey.read("productOrder", &id).await?;
    // The clock runs fast: by the time of the GET work may have begun.
    let ok = placed["state"] == json!("acknowledged") && read["id"] == json!(id);
    let told = (format!("productOrder {id}"), state_of(&placed));
    journey.tell_as(("beta", "orders what the quote offers"), told, ok);
    let accepted = journey.read_in(("quote", quote_id), "accepted").await?;
    let ok = state_of(&accepted) == "accepted";
    journey.tell(("acme", "marks the quote as used"), ("quote", &accepted), ok);
    journey.decided.push(id.clone());
    Ok(id)
}

/// Follows the order as the Buyer hears of it, then asks the Seller how it was.
pub async fn delivered(journey: &mut Journey<'_>, id: &str) -> Result<Value> {
    let heard = Mutex::new(Vec::new());
    let progress = |line: Value| {
        if let Ok(mut heard) = heard.lock() {
            heard.push(line);
        }
    };
    let buy = Buy::Track {
        at: "acme".into(),
        order: id.into(),
        kind: None,
        timeout: WAIT_MAX.as_secs(),
    };
    let tracked = journey.pair.buy(buy, &progress).await;
    let read = journey.read("productOrder", id).await?;
    let heard_all = heard.lock().is_ok_and(|heard| heard.len() == moments(&read).len());
    note_moments(journey, &read);
    let state = state_of(&read);
    let same = tracked.as_ref().is_ok_and(|order| *order == read);
    let ok = state == "completed" && heard_all && same;
    let step = ("acme", "delivers; beta hears of every change");
    journey.tell(step, ("productOrder", &read), ok);
    ensure!(
        state == "completed",
        "the order should be completed, but the Seller says {state}"
    );
    Ok(read)
}

/// What happened to an order, a line each.
fn note_moments(journey: &Journey<'_>, order: &Value) {
    for moment in moments(order) {
        let of = |name: &str| moment.get(name).and_then(Value::as_str);
        let kind = match of("milestone") {
            Some(_) => "milestone of the simulated network: ",
            None => "",
        };
        journey.timeline.note(&format!(
            "{}  {:<9} {kind}{}",
            of("at").unwrap_or_default(),
            of("what").unwrap_or_default(),
            of("state").or_else(|| of("milestone")).unwrap_or_default()
        ));
    }
}
