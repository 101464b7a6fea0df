//! What is sold and what is asked: the samples of the project, at many places, so that no place is a
//! queue of its own.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use bytes::Bytes;
use serde_json::Value;

const ENNI: &str = include_str!("../../../samples/enni.json");

const BOOK: &str = include_str!("../../../samples/book/book.toml");
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
        let (street, house) = (number / 100, number % 100 + 1);
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
    ENNI.replace("ENNI-A-B-01", &format!("ENNI-A-B-{number}"))
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
