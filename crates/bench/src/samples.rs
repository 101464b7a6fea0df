//! What is sold and what is asked: the samples of the project, at many places, so that no place is a
//! queue of its own.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use bytes::Bytes;
use serde_json::{Value, json};

const ENNI: &str = include_str!("../../../samples/enni.json");

const BOOK: &str = include_str!("../../../samples/book/book.toml");
const ORDER: &str = include_str!("../../../samples/curl/order.json");
/// Later than any interval of the book.
const ORDERED_FOR: &str = "2090-01-01T00:00:00.000Z";
const QUOTE: &str = include_str!("../../../samples/curl/quote.json");

/// Places of the book: each has a share of the load, as with real partners.
const PLACES: u64 = 10_000;
/// S-VLANs of a port between operators.
const VLANS: usize = 4_000;
/// More than are ever held at one place.
const PORTS: u64 = 1_000_000;

/// Writes the sample book with places of its own.
pub fn write_book(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut places =
        String::from("id,streetNr,streetName,city,postcode,stateOrProvince,countryCode,zone,delivery,ports\n");
    for number in 0..PLACES {
        let (street, house) = street(number);
        writeln!(
            places,
            "P-{number},{house},Messweg {street},Berlin,10115,BE,DE,metro,onNetWithoutBuild,{PORTS}"
        )?;
    }
    fs::write(folder.join("book.toml"), BOOK)?;
    fs::write(folder.join("places.csv"), places).context("writing the book")
}

/// The id in what a command printed for machines, wherever it stands.
pub fn first_id(printed: &str) -> Result<String> {
    let told: Value = serde_json::from_str(printed)?;
    let one = told.get(0).unwrap_or(&told);
    let id = one["id"].as_str().or(one["product"]["id"].as_str());
    Ok(id.with_context(|| format!("no id in {printed}"))?.to_owned())
}

/// The port between the two operators with this number.
pub fn enni(number: usize) -> String {
    ENNI.replace("ENNI-A-B-01", &format!("ENNI-A-B-{number}")).replace(
        "\"maximumNumberOfOvcs\": 500",
        &format!("\"maximumNumberOfOvcs\": {VLANS}"),
    )
}

/// Firm quotes at once for a port and a line to it. Each has an S-VLAN of its own, since a line that
/// cannot be had is no firm quote; they end when all S-VLANs of these `ennis` are held.
pub fn quotes(ennis: &[String]) -> impl Fn() -> Option<Bytes> + Send + Sync + use<> {
    // As machines send it, without the blanks of a sample.
    let sample: Value = serde_json::from_str(QUOTE).unwrap_or_default();
    // 1 Mbit/s of each: what a port between operators carries is the other thing that runs out.
    let text = sample.to_string().replace("\"irValue\":100,", "\"irValue\":1,");
    let (ennis, asked) = (ennis.to_vec(), AtomicUsize::new(0));
    move || {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        let enni = ennis.get(number / VLANS)?;
        let body = text
            .replace("ENNI_ID", enni)
            .replace("DE-00004", &format!("P-{}", number as u64 % PLACES))
            .replace("[3001]", &format!("[{}]", number % VLANS + 1));
        Some(Bytes::from(body))
    }
}

/// A validation at once of the address of the place with this number.
pub fn validation(number: u64) -> Bytes {
    let (street, house) = street(number % PLACES);
    let query = json!({
        "instantSyncValidation": true,
        "submittedGeographicAddress": {
            "@type": "GeographicAddress_Query",
            "fieldedAddressRepresentation": [{
                "streetNr": house.to_string(), "streetName": format!("Messweg {street}"),
                "city": "Berlin", "postcode": "10115", "countryCode": "DE",
            }],
        },
    });
    Bytes::from(query.to_string())
}

/// A qualification at once of what the body of a quote asks for.
pub fn qualification(quote: &Bytes) -> Option<Bytes> {
    let quote: Value = serde_json::from_slice(quote).ok()?;
    let items = quote["quoteItem"].as_array()?.iter().map(|item| {
        let mut asked = json!({ "id": item["id"], "action": item["action"], "product": item["product"] });
        if let Some(relations) = item.get("quoteItemRelationship") {
            asked["qualificationItemRelationship"] = relations.clone();
        }
        asked
    });
    let asked = json!({
        "instantSyncQualification": true,
        "provideAlternative": false,
        "externalId": quote["externalId"],
        "relatedContactInformation": quote["relatedContactInformation"],
        "productOfferingQualificationItem": items.collect::<Vec<_>>(),
    });
    Some(Bytes::from(asked.to_string()))
}

/// The order of a firm quote, by the body that asked for it and its id.
pub fn order(quote: &Bytes, id: &str) -> Option<Bytes> {
    let quote: Value = serde_json::from_slice(quote).ok()?;
    let mut order: Value = serde_json::from_str(&ORDER.replace("QUOTE_ID", id).replace("DATE", ORDERED_FOR)).ok()?;
    let asked = quote["quoteItem"].as_array()?;
    for (item, asked) in order["productOrderItem"].as_array_mut()?.iter_mut().zip(asked) {
        item["product"] = asked["product"].clone();
    }
    Some(Bytes::from(order.to_string()))
}

/// Street and house of a place.
fn street(number: u64) -> (u64, u64) {
    (number / 100, number % 100 + 1)
}
