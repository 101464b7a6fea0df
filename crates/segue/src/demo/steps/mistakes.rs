//! What the Seller does not take.

use anyhow::Result;
use serde_json::{Value, json};

use super::super::journey::Journey;

/// The five mistakes of one request, by pointer; the Seller must find exactly these.
const MISTAKES: [&str; 5] = [
    "/buyerRequestedQuoteLevel",
    "/quoteItem/0/action",
    "/quoteItem/0/product/productOffering/id",
    "/quoteItem/1/surprise",
    "/relatedContactInformation/0/emailAddress",
];

/// A request with five mistakes earns one 422 with five entries, and changes nothing.
pub async fn refused(journey: &mut Journey<'_>, address_id: &str) -> Result<()> {
    let pair = journey.pair;
    let before = pair.get("quoteManagement", "/quote").await?;
    let answer = pair.post("quoteManagement", "/quote", &wrong_quote(address_id)).await?;
    let entries = answer.json()?;
    let entries = entries.as_array().cloned().unwrap_or_default();
    let mut paths: Vec<&str> = entries
        .iter()
        .filter_map(|entry| entry["propertyPath"].as_str())
        .collect();
    paths.sort_unstable();
    let unchanged = pair.get("quoteManagement", "/quote").await? == before;
    let ok = answer.status == 422 && paths == MISTAKES && unchanged;
    let told = (
        "quote (none was made)".into(),
        format!("422, {} entries", entries.len()),
    );
    journey.tell_as(("beta", "asks for a price with five mistakes"), told, ok);
    for entry in &entries {
        journey.timeline.note(&format!(
            "{}  {}: {}",
            entry["propertyPath"].as_str().unwrap_or_default(),
            entry["code"].as_str().unwrap_or_default(),
            entry["reason"].as_str().unwrap_or_default()
        ));
    }
    Ok(())
}

fn wrong_quote(address_id: &str) -> Value {
    json!({
        "instantSyncQuote": true,
        "buyerRequestedQuoteLevel": "solid",
        "relatedContactInformation": [{ "role": "buyerContactInformation", "name": "Beta desk", "number": "+49 30 5550100" }],
        "quoteItem": [
            {
                "id": "uni",
                "action": "adopt",
                "product": {
                    "productOffering": { "id": 7 },
                    "place": [{ "role": "INSTALL_LOCATION", "place": { "@type": "GeographicAddressRef", "id": address_id } }],
                },
            },
            { "id": "ovc", "action": "add", "surprise": true, "product": {} },
        ],
    })
}
