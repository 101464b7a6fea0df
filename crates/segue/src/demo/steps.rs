//! The journey: every step acts as the Buyer, then reads back from the Seller.

mod address;
mod change;
mod mistakes;
mod order;
mod people;
mod quote;
mod service;
mod shop;

use anyhow::Result;

use super::Timeline;
use super::journey::Journey;
use super::pair::Pair;
use crate::command::{Command, Who};

/// Runs all steps; breaks off where going on makes no sense.
pub async fn run(pair: &Pair, timeline: &mut Timeline) -> Result<()> {
    let journey = &mut Journey::new(pair, timeline);
    journey.chapter("Beta buys a circuit.");
    let address_id = address::validated(journey).await?;
    address::sites(journey, &address_id).await?;
    quote::qualified(journey, &address_id).await?;
    mistakes::refused(journey, &address_id).await?;
    let left = quote::firm(journey, &address_id, "asks for a firm price, will let it lapse").await?;
    let wanted = quote::firm(journey, &address_id, "asks for a firm price again").await?;
    let order_id = order::placed(journey, &wanted).await?;

    journey.chapter("While Acme builds it, other orders take other ways.");
    let second = change::moved(journey).await?;
    change::charge_accepted(journey).await?;
    change::charge_declined(journey).await?;
    change::cancelled(journey, &second).await?;

    journey.chapter("The first circuit comes into service.");
    let order = order::delivered(journey, &order_id).await?;
    service::active(journey, &order).await?;
    quote::expired(journey, &left).await?;

    journey.chapter("Later it gets more bandwidth, and then it ends.");
    service::changed(journey, &order).await?;
    service::disconnected(journey, &order).await?;

    journey.chapter("A new agreement: people of Acme price in France, accept orders and build.");
    people::agreed(journey).await?;
    people::priced(journey).await?;
    people::ordered(journey).await?;

    journey.chapter("Two more Sellers come into the market; Beta shops.");
    shop::opened(journey).await?;
    let offer = shop::compared(journey).await?;
    shop::ordered(journey, &offer).await?;

    replay(journey).await
}

/// Every decision of the Seller comes out the same again from what it was made of.
async fn replay(journey: &mut Journey<'_>) -> Result<()> {
    let (mut decisions, mut ok) = (0, !journey.decided.is_empty());
    for id in journey.decided.clone() {
        let command = Command::Explain {
            id,
            replay: true,
            who: Who::default(),
        };
        let replayed = journey.pair.acme(command).await?;
        let count = replayed["decisions"].as_array().map_or(0, Vec::len);
        decisions += count;
        ok &= count > 0;
    }
    let state = format!("{decisions} decisions, all same");
    let step = ("acme", "replays why it answered as it did");
    journey.tell_as(step, (String::new(), state), ok);
    Ok(())
}
