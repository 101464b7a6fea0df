//! Where: the Seller's name for an address, and what stands there.

use anyhow::Result;
use serde_json::json;

use super::super::journey::{Journey, text};
use super::super::state_of;
use crate::command::{AddressWords, Buy};

pub async fn validated(journey: &mut Journey<'_>) -> Result<String> {
    // Written as people write it: other case, no diacritics, abbreviated street type.
    let address = AddressWords {
        country: "de".into(),
        city: Some("BERLIN".into()),
        postcode: Some("10115".into()),
        state: None,
        street: Some("ahornstr.".into()),
        number: Some("24 A".into()),
        deferred: false,
    };
    let at = "acme".into();
    let found = journey.buy(Buy::Address { at, address }).await?;
    let id = text(&found, "/bestMatchGeographicAddress/id")?;
    let read = journey.read("geographicAddress", &id).await?;
    let ok = read["id"] == json!(id) && found["bestMatchGeographicAddress"] == read;
    let told = (format!("geographicAddress {id}"), state_of(&found));
    journey.tell_as(("beta", "finds the address"), told, ok);
    Ok(id)
}

pub async fn sites(journey: &mut Journey<'_>, address_id: &str) -> Result<()> {
    let at = "acme".into();
    let address_id = address_id.into();
    let sites = journey.buy(Buy::Site { at, address_id }).await?;
    let mut ok = sites.is_array();
    let mut seen = Vec::new();
    for site in sites.as_array().into_iter().flatten() {
        let id = text(site, "/id")?;
        ok &= journey.read("geographicSite", &id).await?["id"] == json!(id);
        seen.push(id);
    }
    let named = if seen.is_empty() {
        "no public site".into()
    } else {
        format!("geographicSite {}", seen.join(", "))
    };
    let told = (named, format!("{} found", seen.len()));
    journey.tell_as(("beta", "looks for sites there"), told, ok);
    Ok(())
}
