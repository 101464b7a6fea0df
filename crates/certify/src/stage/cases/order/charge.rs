//! Charges: what a Seller wants on top of a quote. The tester makes them; the Buyer has to hear of
//! them, and to answer whole ones.

use serde_json::{Value, json};

use super::F;
use super::change::{first_item, running};
use crate::case::{Case, Check, Stop, case};
use crate::lab::expect::Answer;
use crate::stage::Stage;
use crate::stage::answers;
use crate::stage::cases::{common, hub};

/// The event that a Buyer of a Seller with charges has to register for.
const CREATED: &str = "chargeCreateEvent";

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    vec![
        case("buyer.order.charge.register")
            .shows(&["123.1 R89", "123.1 R105"])
            .given("A Seller that has charges.")
            .when("The Buyer orders.")
            .then("It is registered for the event of a new charge.")
            .wrong("It would not hear that its order waits for its answer.")
            .watch(register),
        case("buyer.order.charge.event")
            .shows(&["123.1 R105"])
            .given("An order that is worked on.")
            .when("The Seller wants something on top of it, and tells so.")
            .then("The listener of the Buyer answers 204.")
            .wrong("The order would stand still until the charge ends by itself.")
            .watch(async |stage| {
                let id = charge(stage, "for the event").await?;
                told(stage, &id).await
            }),
        case("buyer.order.charge.accept")
            .shows(&["123.1 R96", "123.1 R97"])
            .given("A charge with two items.")
            .when("The Buyer is to accept it.")
            .then("It answers both items, in one request.")
            .wrong("Half an answer is refused, and the order goes on waiting.")
            .watch(async |stage| answered(stage, "charge-accept", "accepted").await),
        case("buyer.order.charge.decline")
            .shows(&["123.1 R96", "123.1 R97"])
            .given("A charge with two items that block the order.")
            .when("The Buyer is to decline it.")
            .then("It rejects both items, in one request.")
            .wrong("Half an answer is refused, and the order goes on waiting.")
            .watch(async |stage| answered(stage, "charge-decline", "rejected").await),
        case("buyer.order.charge.notes")
            .shows(&["123.1 O16"])
            .given("A charge that the Buyer answers.")
            .when("It adds notes to its answer.")
            .then("They say that they are the Buyer's.")
            .wrong("Nobody could tell who wrote them.")
            .watch(async |stage| {
                let answers = stage.since(0, "patchCharge");
                let notes: Vec<_> = answers
                    .iter()
                    .flat_map(|answer| answer.each("/chargeItem/*/note/*"))
                    .collect();
                common::some(&notes, "note at an answer to a charge")?;
                notes
                    .iter()
                    .try_for_each(|note| note.so(note.value["source"] == "buyer", "to have the source buyer"))
            }),
        case("buyer.order.charge.list")
            .shows(&["123.1 O17"])
            .given("A charge of an order.")
            .when("The Buyer lists charges.")
            .then("It uses filters that there are, if any.")
            .wrong("A misspelt filter is refused, or lists everything.")
            .watch(async |stage| {
                let order = running(stage).await?;
                charge(stage, "for the list").await?;
                let request = stage.step("charges", &[("order", &order)], "listCharge").await?;
                let unknown = request.unexpected.join(", ");
                request.so(unknown.is_empty(), "filters of the standard only", unknown)
            }),
    ]
}

async fn register(stage: &mut Stage) -> Check {
    common::ordered(stage).await?;
    let hub = match hub::registered(stage, F).await {
        Ok(hub) => hub,
        Err(Stop::NotOffered(_)) => {
            let order = common::ordered(stage).await?;
            return Err(order.fail(format!("a registration for {CREATED}"), "no registration"));
        }
        Err(stop) => return Err(stop),
    };
    let query = hub.at("/query");
    let covers = !query.text().contains("eventType=") || query.text().contains(CREATED);
    query.so(covers, format!("to have {CREATED}, or to be left out"))
}

/// A charge of two items of an order that is worked on.
async fn charge(stage: &mut Stage, name: &str) -> Result<String, Stop> {
    let order = running(stage).await?;
    let item = first_item(stage, &order)?;
    let inside = &mut *stage.desk.lock();
    let known = |charge: &&Value| charge["chargeItem"][0]["unitOfMeasure"] == name;
    if let Some(known) = inside.shelf.list("charge").iter().find(known) {
        return Ok(known["id"].as_str().unwrap_or_default().to_owned());
    }
    let id = inside.shelf.id("charge");
    let now = jiff::Timestamp::now();
    let one = |id: &str| {
        json!({
            "id": id, "activityType": "new", "blocking": true, "priceCategory": "construction",
            "priceType": "nonRecurring", "state": "awaitingResponse", "unitOfMeasure": name,
            "price": { "dutyFreeAmount": { "unit": "EUR", "value": 250.0 } },
        })
    };
    let body = json!({
        "id": id, "state": "awaitingResponse", "creationDate": answers::text(now),
        "responseDueDate": answers::text(answers::later(now)),
        "productOrderItem": { "productOrderId": order, "productOrderItemId": item },
        "chargeItem": [one("1"), one("2")],
    });
    inside.shelf.put("charge", body);
    Ok(id)
}

/// The Buyer is told of a charge.
async fn told(stage: &mut Stage, id: &str) -> Check {
    let event = stage.envelope(CREATED, json!({ "id": id }));
    stage.send(F, &event).await?.taken()
}

async fn answered(stage: &mut Stage, step: &'static str, answer: &str) -> Check {
    let id = charge(stage, step).await?;
    match told(stage, &id).await {
        // How it hears of charges has a case of its own.
        Ok(()) | Err(Stop::Blocked(_) | Stop::Failed(_)) => {}
        Err(stop) => return Err(stop),
    }
    let mark = stage.mark();
    let request = stage.step(step, &[("charge", &id)], "patchCharge").await?;
    request.so(
        request.is_on(&id),
        format!("an answer to the charge {id}"),
        request.url.clone(),
    )?;
    for item in ["1", "2"] {
        let found = common::those(&request, "/chargeItem", ("id", item));
        let is = found.iter().any(|part| part.value["acceptanceIndicator"] == answer);
        let expected = format!("item {item} with acceptanceIndicator {answer}");
        request.so(is, expected, request.at("/chargeItem").told())?;
    }
    stage.look_on().await;
    let all: Vec<Answer> = stage.since(mark, "patchCharge");
    request.so(
        all.len() == 1,
        "one request that answers all items",
        format!("{} requests", all.len()),
    )
}
