//! Whether and for how much.

use anyhow::Result;
use serde_json::json;

use super::super::journey::{Journey, circuit, prices, text};
use super::super::state_of;
use crate::command::Buy;

pub async fn qualified(journey: &mut Journey<'_>, address_id: &str) -> Result<()> {
    let (at, circuit) = ("acme".into(), circuit(address_id));
    let asked = journey.buy(Buy::Poq { at, circuit }).await?;
    let id = text(&asked, "/id")?;
    let read = journey.read("productOfferingQualification", &id).await?;
    let items = read["productOfferingQualificationItem"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let green = items
        .iter()
        .all(|item| item["serviceabilityConfidence"] == json!("green"));
    let timed = items.iter().any(|item| item.get("installationInterval").is_some());
    let ok = read == asked && read["state"] == json!("done") && items.len() == 2 && green && timed;
    let told = (
        format!("productOfferingQualification {id}"),
        format!("{}, green", state_of(&read)),
    );
    journey.tell_as(("beta", "asks whether it can be delivered"), told, ok);
    journey.decided.push(id);
    Ok(())
}

pub async fn firm(journey: &mut Journey<'_>, address_id: &str, action: &str) -> Result<String> {
    let (at, circuit) = ("acme".into(), circuit(address_id));
    let id = journey.make(Buy::Quote { at, circuit, poq: None }).await?;
    let read = journey.read("quote", &id).await?;
    let of = |kind: &str| prices(&read).iter().any(|price| price["priceType"] == json!(kind));
    let ok = state_of(&read) == "approved.orderable"
        && of("recurring")
        && of("nonRecurring")
        && read.pointer("/validFor/endDateTime").is_some();
    journey.tell(("beta", action), ("quote", &read), ok);
    journey.note_prices(&read);
    journey.decided.push(id.clone());
    Ok(id)
}

/// The quote nobody ordered from.
pub async fn expired(journey: &mut Journey<'_>, id: &str) -> Result<()> {
    let read = journey.read_in(("quote", id), "expired").await?;
    let ok = state_of(&read) == "expired";
    let step = ("acme", "lets the other quote lapse, frees its port");
    journey.tell(step, ("quote", &read), ok);
    Ok(())
}
