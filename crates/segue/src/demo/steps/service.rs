//! Products in service: there, changed, ended.

use anyhow::Result;
use serde_json::{Value, json};

use super::super::journey::{Journey, item, text};
use super::super::state_of;
use crate::command::{Buy, ChangeWords, Then};

/// Where the rate of a connection stands.
const RATE: &str = "/productConfiguration/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/cir/irValue";

pub async fn active(journey: &mut Journey<'_>, order: &Value) -> Result<()> {
    for item in order["productOrderItem"].as_array().into_iter().flatten() {
        let id = text(item, "/product/id")?;
        let read = journey.read("product", &id).await?;
        let buy = Buy::Inventory {
            at: "acme".into(),
            id: Some(id),
            status: None,
        };
        let shown = journey.buy(buy).await?;
        let name = item["id"].as_str().unwrap_or_default();
        let ok = read["status"] == json!("active") && shown == read;
        let action = format!("has the {} in service", name.to_uppercase());
        journey.tell(("acme", &action), ("product", &read), ok);
    }
    Ok(())
}

/// Ordered at the price that the quote names.
fn at_once() -> Then {
    Then {
        quote_only: false,
        date: None,
    }
}

pub async fn changed(journey: &mut Journey<'_>, order: &Value) -> Result<()> {
    let product_id = text(item(order, "ovc"), "/product/id")?;
    let words = ChangeWords {
        product: product_id.clone(),
        bandwidth: Some(200),
        term: None,
        s_vlan: None,
    };
    let (at, then) = ("acme".into(), at_once());
    let id = journey.make(Buy::Change { at, words, then }).await?;
    completed(journey, ("beta", "orders 200M instead of 100M"), &id).await?;
    let read = journey.read("product", &product_id).await?;
    let ok = state_of(&read) == "active" && read.pointer(RATE) == Some(&json!(200));
    journey.tell(("acme", "has it at 200 Mbit/s"), ("product", &read), ok);
    Ok(())
}

pub async fn disconnected(journey: &mut Journey<'_>, order: &Value) -> Result<()> {
    let (ovc, uni) = (
        text(item(order, "ovc"), "/product/id")?,
        text(item(order, "uni"), "/product/id")?,
    );
    let (at, then) = ("acme".into(), at_once());
    let products = vec![ovc, uni.clone()];
    let id = journey.make(Buy::Disconnect { at, products, then }).await?;
    completed(journey, ("beta", "disconnects both ends"), &id).await?;
    let read = journey.read_in(("product", &uni), "terminated").await?;
    let ok = state_of(&read) == "terminated";
    journey.tell(("acme", "has the UNI no more"), ("product", &read), ok);
    Ok(())
}

/// Tells an order that changes products once it is completed, with its price.
async fn completed(journey: &mut Journey<'_>, step: (&'static str, &str), id: &str) -> Result<()> {
    let order = journey.read_in(("productOrder", id), "completed").await?;
    let ok = state_of(&order) == "completed";
    journey.tell(step, ("productOrder", &order), ok);
    let quote_id = text(&order, "/productOrderItem/0/quoteItem/quoteId")?;
    let quote = journey.read("quote", &quote_id).await?;
    journey.note_prices(&quote);
    journey.decided.extend([id.to_owned(), quote_id]);
    Ok(())
}
