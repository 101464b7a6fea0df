//! Orders that do not go straight: another date, charges, a cancellation.

use anyhow::{Context, Result};
use segue_model::time;
use serde_json::{Value, json};

use super::super::journey::{Journey, berlin, item, text};
use super::super::state_of;
use crate::command::{Buy, Charge, DateWords};

/// How much later the second circuit is wanted.
const LATER_DAYS: i64 = 30;

/// A second order, and its port thirty days later; the id of the order.
pub async fn moved(journey: &mut Journey<'_>) -> Result<String> {
    let address_id = journey.address(berlin("Lindenplatz", "29")).await?;
    let id = journey.order(&address_id).await?;
    let before = journey.read_in(("productOrder", &id), "inProgress").await?;
    let ok = state_of(&before) == "inProgress";
    journey.tell(("beta", "orders a second circuit"), ("productOrder", &before), ok);
    let promised = text(item(&before, "uni"), "/expectedCompletionDate")?;
    let words = DateWords {
        order: id.clone(),
        item: "uni".into(),
        date: Some(days_after(&promised, LATER_DAYS)?),
        expedite: false,
    };
    let wanted = words.date.clone();
    let at = "acme".into();
    let asked = journey.make(Buy::Reschedule { at, words }).await?;
    let resource = "modifyProductOrderItemRequestedDeliveryDate";
    let request = journey.read_in((resource, &asked), "done").await?;
    let after = journey.read_in(("productOrder", &id), "inProgress").await?;
    let expected = text(item(&after, "uni"), "/expectedCompletionDate")?;
    let ok = state_of(&request) == "done" && Some(&expected) == wanted.as_ref();
    journey.tell(("beta", "wants its port thirty days later"), (resource, &request), ok);
    let note = format!("expected {expected}, before {promised}");
    journey.timeline.note(&note);
    journey.decided.push(asked);
    Ok(id)
}

fn days_after(date: &str, days: i64) -> Result<String> {
    let date = time::parse(date).with_context(|| format!("{date:?} is no time"))?;
    Ok(time::text(
        date.checked_add(jiff::SignedDuration::from_hours(24 * days))?,
    ))
}

/// An order that stands still because the Seller wants money for a line; order and charge.
async fn held(journey: &mut Journey<'_>, action: &str) -> Result<(String, Value)> {
    let address_id = journey.address(berlin("Letzte Straße", "5")).await?;
    let id = journey.order(&address_id).await?;
    let charge = journey.charge_of(&id).await?;
    let order = journey.read("productOrder", &id).await?;
    let ok = state_of(&order) == "held.assessingCharge" && item(&order, "uni")["state"] == json!("held");
    journey.tell(("beta", action), ("productOrder", &order), ok);
    journey.note_charge(&charge);
    Ok((id, charge))
}

pub async fn charge_accepted(journey: &mut Journey<'_>) -> Result<()> {
    let (order_id, charge) = held(journey, "orders where a line has to be built").await?;
    let at = "acme".into();
    let charge = text(&charge, "/id")?;
    let charge = journey.answer(Charge::Accept { at, charge }).await?;
    tell_answer(journey, ("beta", "accepts the charge"), (&charge, "acceptedByBuyer"));
    let order = journey.read_in(("productOrder", &order_id), "inProgress").await?;
    let ok = state_of(&order) == "inProgress";
    journey.tell(("acme", "goes on and builds the line"), ("productOrder", &order), ok);
    Ok(())
}

pub async fn charge_declined(journey: &mut Journey<'_>) -> Result<()> {
    let (order_id, charge) = held(journey, "orders there once more").await?;
    let at = "acme".into();
    let charge = text(&charge, "/id")?;
    let charge = journey.answer(Charge::Decline { at, charge }).await?;
    tell_answer(journey, ("beta", "declines the charge"), (&charge, "declinedByBuyer"));
    let order = journey.read_in(("productOrder", &order_id), "failed").await?;
    let why = text(item(&order, "uni"), "/terminationError/0/value")?;
    let ok = state_of(&order) == "failed";
    journey.tell(("acme", "does not build, ends the order"), ("productOrder", &order), ok);
    journey.timeline.note(&why);
    Ok(())
}

/// A charge is over once it is answered; what was said stands at its item.
fn tell_answer(journey: &mut Journey<'_>, step: (&'static str, &str), (charge, wanted): (&Value, &str)) {
    let said = charge.pointer("/chargeItem/0/state").and_then(Value::as_str);
    let ok = state_of(charge) == "completed" && said == Some(wanted);
    let id = charge["id"].as_str().unwrap_or_default();
    let told = (format!("charge {id}"), said.unwrap_or_default().to_owned());
    journey.tell_as(step, told, ok);
}

/// Work has begun: so it costs something.
pub async fn cancelled(journey: &mut Journey<'_>, order_id: &str) -> Result<()> {
    let order = ("productOrder", order_id);
    let begun = |order: &Value| item(order, "uni")["milestone"].is_array();
    journey.read_until(order, begun).await?;
    let (at, reason) = ("acme".into(), Some("The customer moved elsewhere.".into()));
    let buy = Buy::Cancel {
        at,
        order: order_id.into(),
        reason,
    };
    let asked = journey.make(buy).await?;
    let request = ("cancelProductOrder", asked.as_str());
    let read = journey.read_in(request, "inProgress.assessingCharge").await?;
    let ok = state_of(&read) == "inProgress.assessingCharge";
    journey.tell(("beta", "cancels the second circuit"), (request.0, &read), ok);
    let charge = journey.charge_of(order_id).await?;
    journey.note_charge(&charge);
    let at = "acme".into();
    let charge = text(&charge, "/id")?;
    let charge = journey.answer(Charge::Accept { at, charge }).await?;
    tell_answer(
        journey,
        ("beta", "accepts what the cancellation costs"),
        (&charge, "acceptedByBuyer"),
    );
    let ended = journey.read_in(order, "cancelled").await?;
    let done = journey.read_in(request, "done").await?;
    let ok = state_of(&ended) == "cancelled" && state_of(&done) == "done";
    journey.tell(("acme", "stops, frees what was held"), ("productOrder", &ended), ok);
    journey.decided.push(asked);
    Ok(())
}
