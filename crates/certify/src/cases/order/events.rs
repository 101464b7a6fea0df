//! Events about orders.

use serde_json::Value;

use crate::case::{Case, Finding, Stop, case};
use crate::cases::hub;
use crate::lab::Lab;
use crate::lab::listen::Event;

use super::{F, completed};

const EVENT: &str = "productOrderStateChangeEvent";
const ITEM_EVENT: &str = "productOrderItemStateChangeEvent";
const MILESTONE: &str = "productSpecificProductOrderItemMilestoneEvent";

/// The events about the order of this run, when the last one has come.
async fn told(lab: &mut Lab) -> Result<(crate::lab::expect::Answer, Vec<Event>), Stop> {
    let end = completed(lab).await?;
    let (id, state) = (end.text_at("/id")?, end.text_at("/state")?);
    let events = hub::events_until(lab, (&id, &state), EVENT).await?;
    Ok((end, events))
}

fn failed(expected: String, came: String) -> Stop {
    Stop::Failed(Finding {
        expected,
        came,
        exchange: None,
    })
}

/// All cases.
pub fn cases() -> Vec<Case> {
    vec![
        case("order.events.arrive")
            .shows(&["123.1 CR4", "123.1 R109"])
            .given("a Buyer that is registered, and an order")
            .when("the order has come to its end")
            .then("an event has told each state of its history after the first")
            .wrong("the Buyer does not know how far its order is")
            .run(async |lab| {
                let (end, events) = told(lab).await?;
                let of_kind = events.iter().filter(|event| event.kind() == EVENT);
                let states: Vec<&Value> = of_kind.map(|event| &event.body["event"]["state"]).collect();
                for part in end
                    .each("/stateChange/*/state")
                    .iter()
                    .filter(|part| part.text() != "acknowledged")
                {
                    end.so(
                        states.contains(&&part.value),
                        format!("an event about {}", part.text()),
                        format!("{states:?}"),
                    )?;
                }
                Ok(())
            }),
        case("order.events.form")
            .shows(&["123.1 R110", "123.1 R112", "123.1 R113", "123.1 R114", "123.1 R115"])
            .given("events about an order and its items")
            .when("the Buyer reads them")
            .then("each is as its OpenAPI has it, and names the order, the item, the state, the milestone")
            .wrong("the Buyer does not learn what happened to what")
            .run(async |lab| {
                let (end, events) = told(lab).await?;
                for event in events.iter().filter(|event| event.kind() == ITEM_EVENT) {
                    let known = end
                        .each("/productOrderItem/*/id")
                        .iter()
                        .any(|part| part.value == event.body["event"]["orderItemId"]);
                    if !known {
                        return Err(failed(
                            "orderItemId of an item of the order".to_owned(),
                            event.body["event"].to_string(),
                        ));
                    }
                }
                hub::conform(lab, F)
            }),
        case("order.events.milestones")
            .shows(&["123.1 CR8", "123.1 CR9", "123.1 O19"])
            .given("an order whose items have milestones")
            .when("the order has come to its end")
            .then("each milestone in the list of an item was told by an event, and each that was told is in the list")
            .wrong("the Buyer tells its customer what is not so")
            .run(async |lab| {
                let (end, events) = told(lab).await?;
                let listed: Vec<String> = end
                    .each("/productOrderItem/*/milestone/*/name")
                    .iter()
                    .map(|part| part.text().to_owned())
                    .collect();
                let of_kind = events.iter().filter(|event| event.kind() == MILESTONE);
                let heard: Vec<&str> = of_kind
                    .filter_map(|event| event.body["event"]["milestoneName"].as_str())
                    .collect();
                if listed.is_empty() && heard.is_empty() {
                    return Err(Stop::NotOffered("the Seller has no milestones".to_owned()));
                }
                let all = listed.iter().all(|name| heard.contains(&name.as_str()))
                    && heard.iter().all(|name| listed.iter().any(|known| known == name));
                end.so(all, format!("events about {}", listed.join(", ")), heard.join(", "))
            }),
        case("order.hub.kept")
            .shows(&["123.1 R103", "123.1 R88", "123.1 R104", "123.1 O18"])
            .given("a Seller with events")
            .when("the Buyer registers for new charges")
            .then("201 with an id and what was asked for")
            .wrong("the Buyer does not learn that it is asked something")
            .run(async |lab| hub::is_kept(lab, F, "eventType=chargeCreateEvent").await),
        case("order.hub.end")
            .shows(&["123.1 R107"])
            .given("a registration")
            .when("the Buyer ends it")
            .then("204 without a body; afterwards it is unknown")
            .wrong("the Buyer cannot be sure that it will not be called any more")
            .run(async |lab| hub::ends(lab, F).await),
        case("order.events.silence")
            .shows(&["123.1 R108"])
            .given("a Buyer that has ended all its registrations")
            .when("a new order is worked on")
            .then("nothing comes to its listener")
            .wrong("the Seller tells what nobody asked for")
            .run(async |lab| hub::silence(lab, F, async |lab| super::new_order(lab).await?.text_at("/id")).await),
    ]
}
