//! What a Buyer does about an order that is there: reads, lists and updates it, asks for another
//! date, cancels it.

use serde_json::Value;

use super::ITEMS;
use crate::case::{Case, Check, Stop, case};
use crate::lab::expect::Answer;
use crate::stage::Stage;
use crate::stage::cases::common;

const ORDER: &str = "/productOrderItem/productOrderId";
const ITEM: &str = "/productOrderItem/productOrderItemId";

/// Attributes of an item that an update may change.
const OF_ITEM: [&str; 4] = [
    "endCustomerName",
    "note",
    "relatedBuyerPON",
    "relatedContactInformation",
];

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    vec![
        case("buyer.order.list")
            .shows(&["123.1 O10"])
            .given("Orders of the Buyer.")
            .when("It lists them.")
            .then("It uses filters that there are, if any.")
            .wrong("A misspelt filter is refused, or lists everything.")
            .watch(async |stage| {
                common::ordered(stage).await?;
                let request = stage.step("order-list", &[], "listProductOrder").await?;
                let unknown = request.unexpected.join(", ");
                request.so(unknown.is_empty(), "filters of the standard only", unknown)
            }),
        case("buyer.order.update")
            .shows(&["123.1 R53"])
            .given("An order that is worked on.")
            .when("The Buyer updates it.")
            .then("The update changes at least one attribute.")
            .wrong("An empty update is refused.")
            .watch(async |stage| {
                let request = updated(stage).await?;
                let members = request.body.as_object().map_or(0, serde_json::Map::len);
                request.so(members > 0, "at least one attribute", "none")
            }),
        case("buyer.order.update.items")
            .shows(&["123.1 R54", "123.1 R55", "123.1 R56"])
            .given("An order that is worked on.")
            .when("The Buyer updates items of it.")
            .then("Each has its id, and at least one attribute that is changed.")
            .wrong("The Seller could not tell what becomes of which item.")
            .watch(async |stage| {
                let request = updated(stage).await?;
                let items = request.each(&format!("{ITEMS}/*"));
                common::some(&items, "item that is updated")?;
                common::all_have(&request, &items, &["/id"])?;
                let changes = |item: &Value| OF_ITEM.iter().any(|name| item.get(name).is_some());
                items
                    .iter()
                    .try_for_each(|item| item.so(changes(&item.value), "to change an attribute beside its id"))
            }),
        case("buyer.order.update.notes")
            .shows(&["123.1 R22", "123.1 R58", "123.1 R59"])
            .given("An order with a note, that is worked on.")
            .when("The Buyer adds a note.")
            .then("The note says that it is the Buyer's, and those that were there stay as they were.")
            .wrong("Notes are a record: what was written stays.")
            .watch(notes),
        case("buyer.order.update.contacts")
            .shows(&["123.1 R57"])
            .given("An order with a contact of the Seller, that is worked on.")
            .when("The Buyer updates its contacts.")
            .then("Those of the Seller are as they were, or left out.")
            .wrong("The Buyer would change who is to be asked at the Seller.")
            .watch(contacts),
        case("buyer.order.date")
            .shows(&["123.1 R68"])
            .given("An order that is worked on.")
            .when("The Buyer asks for a later date of an item.")
            .then("It names order and item, and the date.")
            .wrong("The Seller could not tell what is wanted.")
            .watch(async |stage| {
                let request = moved(stage, "order-date").await?;
                request.has(&[ORDER, ITEM, "/requestedCompletionDate"])
            }),
        case("buyer.order.expedite")
            .shows(&["123.1 R65"])
            .given("An order that is worked on.")
            .when("The Buyer asks to expedite an item.")
            .then("It names order and item, and says that it may be expedited.")
            .wrong("The Seller would take it for a date like any other.")
            .watch(async |stage| {
                let request = moved(stage, "order-expedite").await?;
                request.has(&[ORDER, ITEM])?;
                request.at("/expediteIndicator").is(true)
            }),
        case("buyer.order.expedite.date")
            .shows(&["123.1 O11"])
            .given("An order that is worked on.")
            .when("The Buyer asks to expedite an item and names a date.")
            .then("The date is one.")
            .wrong("The Seller could not tell which day.")
            .watch(async |stage| {
                let request = moved(stage, "order-expedite").await?;
                let date = request.at("/requestedCompletionDate");
                if date.value.is_null() {
                    return Err(Stop::NotOffered("the Buyer names no date".to_owned()));
                }
                date.so(date.text().parse::<jiff::Timestamp>().is_ok(), "to be a date")
            }),
        case("buyer.order.cancel")
            .shows(&["123.1 R75", "123.1 R76"])
            .given("An order that is worked on.")
            .when("The Buyer cancels it.")
            .then("It names an order that it made, and a contact for the cancellation.")
            .wrong("The Seller would cancel nothing, or something else, and could ask nobody.")
            .watch(async |stage| {
                let id = running(stage).await?;
                let request = stage
                    .step("order-cancel", &[("order", &id)], "createCancelProductOrder")
                    .await?;
                request.at("/productOrder/productOrderId").is(id)?;
                crate::cases::common::has_contact(&request, "", "cancelProductOrderContact")
            }),
    ]
}

/// An order that is worked on, of its own: it is changed and cancelled.
pub async fn running(stage: &mut Stage) -> Result<String, Stop> {
    let address = common::address(stage).await?;
    let request = stage
        .made("an order that is worked on", async |stage| {
            let quote = stage.step("quote", &[("address", &address)], "createQuote").await?;
            let quote = common::id_of(&quote)?;
            stage.step("order", &[("quote", &quote)], "createProductOrder").await
        })
        .await?;
    let id = common::id_of(&request)?;
    stage.change("productOrder", &id, |order, now| {
        if order["state"] == "acknowledged" {
            crate::stage::answers::items::step(order, ("inProgress", "inProgress"), now);
            order["note"] = serde_json::json!([{
                "id": "certify-note", "author": "Tester", "source": "seller", "text": "Noted by the tester.",
                "date": crate::stage::answers::text(now),
            }]);
        }
    });
    Ok(id)
}

async fn updated(stage: &mut Stage) -> Result<Answer, Stop> {
    let id = running(stage).await?;
    stage
        .made("an update of an order", async |stage| {
            stage.step("order-update", &[("order", &id)], "patchProductOrder").await
        })
        .await
}

async fn moved(stage: &mut Stage, step: &'static str) -> Result<Answer, Stop> {
    let id = running(stage).await?;
    let item = first_item(stage, &id)?;
    let operation = "createModifyProductOrderItemRequestedDeliveryDate";
    stage
        .made(step, async |stage| {
            stage.step(step, &[("order", &id), ("item", &item)], operation).await
        })
        .await
}

/// The id of the first item of an order.
pub fn first_item(stage: &Stage, order: &str) -> Result<String, Stop> {
    let inside = stage.desk.lock();
    let item = inside
        .shelf
        .get("productOrder", order)
        .and_then(|order| order.pointer("/productOrderItem/0/id")?.as_str());
    item.map(str::to_owned)
        .ok_or_else(|| Stop::Blocked("the order of the Buyer has no item with an id".to_owned()))
}

async fn notes(stage: &mut Stage) -> Check {
    let request = updated(stage).await?;
    let notes = request.each("/note/*");
    common::some(&notes, "note")?;
    let is_old = |note: &Value| note["id"] == "certify-note";
    let old = notes.iter().find(|note| is_old(&note.value));
    request.so(
        old.is_some_and(|note| note.value["text"] == "Noted by the tester."),
        "the note that was there, as it was",
        request.at("/note").told(),
    )?;
    let new = notes.iter().filter(|note| !is_old(&note.value));
    new.into_iter().try_for_each(|note| {
        let is_ours = note.value["source"] == "buyer";
        note.so(is_ours, "to have the source buyer")
    })
}

async fn contacts(stage: &mut Stage) -> Check {
    let request = updated(stage).await?;
    let contacts = request.each("/relatedContactInformation/*");
    common::some(&contacts, "contact")?;
    let of_seller = contacts
        .iter()
        .filter(|contact| contact.value["role"] == "sellerContact");
    of_seller
        .into_iter()
        .try_for_each(|contact| contact.so(contact.value["name"] == "Tester", "to be as the Seller wrote it"))
}
