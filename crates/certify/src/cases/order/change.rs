//! What a Buyer does about an order that runs: cancels it, asks for another date, changes it.

use serde_json::{Value, json};

use crate::body;
use crate::case::{Case, Check, Stop, case};
use crate::cases::common::{
    REFUSED, each_is_needed, has_contact, none_is_empty, same_row, should_be_refused, unknown_is_404,
};
use crate::lab::expect::Answer;
use crate::lab::{Lab, NOBODY};

use super::{F, ORDER, item_of, new_order};

pub(super) const CANCEL: &str = "/cancelProductOrder";
pub(super) const MODIFY: &str = "/modifyProductOrderItemRequestedDeliveryDate";

/// A new order that is worked on; its id.
pub(super) async fn in_progress(lab: &mut Lab) -> Result<String, Stop> {
    let id = new_order(lab).await?.text_at("/id")?;
    let answer = lab
        .until(F, &format!("{ORDER}/{id}"), |answer| {
            answer.at("/state").text() != "acknowledged"
        })
        .await?;
    if answer.at("/state").text() == "inProgress" {
        Ok(id)
    } else {
        Err(Stop::Blocked(format!(
            "a new order is not in progress: {}",
            answer.at("/state").told()
        )))
    }
}

pub(super) fn cancellation(lab: &Lab, order: &str) -> Value {
    json!({
        "productOrder": { "productOrderId": order },
        "cancellationReasonType": "commercial",
        "cancellationReason": "the test is over",
        "relatedContactInformation": [body::person(&lab.profile.contact, "cancelProductOrderContact")],
    })
}

fn another_date(lab: &Lab, order: &str) -> Value {
    json!({ "productOrderItem": item_of(order), "requestedCompletionDate": lab.in_days(40) })
}

async fn cancelled(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a cancellation", async |lab| {
        let id = in_progress(lab).await?;
        let asked = cancellation(lab, &id);
        lab.post(F, CANCEL, &asked).await?.object()
    })
    .await
}

async fn rescheduled(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a request for another date", async |lab| {
        let id = in_progress(lab).await?;
        let asked = another_date(lab, &id);
        lab.post(F, MODIFY, &asked).await?.object()
    })
    .await
}

/// A request that was made, read by its id.
async fn again(lab: &mut Lab, collection: &str, made: &Answer) -> Result<Answer, Stop> {
    let id = made.text_at("/id")?;
    lab.get(F, format!("{collection}/{id}")).await?.object()
}

/// A collection whose operations are offered all or none.
async fn all_or_none(lab: &mut Lab, collection: &str, body: &Value) -> Check {
    let list = lab.get(F, format!("{collection}?limit=1")).await?;
    let one = lab.get(F, format!("{collection}/{NOBODY}")).await?;
    let made = lab.post(F, collection, body).await?;
    let missing = [&list, &one, &made]
        .iter()
        .filter(|answer| answer.status == 501)
        .count();
    made.so(
        missing == 0 || missing == 3,
        "501 from all of create, list and read, or from none",
        format!("{missing} of 3"),
    )
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [cancel(), modify()].into_iter().flatten().collect()
}

fn cancel() -> Vec<Case> {
    vec![
        case("order.cancel.answer")
            .shows(&["123.1 R77", "123.1 R78"])
            .given("an order in progress")
            .when("the Buyer cancels it")
            .then("201 with id, state, a contact of the Seller, and all that was sent")
            .wrong("the Buyer does not know whether it is rid of the order")
            .run(async |lab| {
                let answer = cancelled(lab).await?;
                answer.status(&[201])?;
                answer.has(&["/id", "/state"])?;
                answer.echoes(answer.sent.as_ref().unwrap_or(&Value::Null))?;
                has_contact(&answer, "", "cancelProductOrderSellerContact")
            }),
        case("order.cancel.read")
            .shows(&["123.1 R81"])
            .given("a cancellation")
            .when("the Buyer reads it by its id")
            .then("it has id, reason, order, state and both contacts, and all that was sent")
            .wrong("two answers about one cancellation contradict each other")
            .run(async |lab| {
                let made = cancelled(lab).await?;
                let read = again(lab, CANCEL, &made).await?;
                read.has(&["/id", "/state", "/cancellationReasonType", "/productOrder"])?;
                read.echoes(made.sent.as_ref().unwrap_or(&Value::Null))?;
                has_contact(&read, "", "cancelProductOrderContact")?;
                has_contact(&read, "", "cancelProductOrderSellerContact")
            }),
        case("order.cancel.list")
            .shows(&["123.1 R79", "123.1 O13"])
            .given("a cancellation")
            .when("the Buyer lists those of that order")
            .then("it is there, and its row says the same as itself")
            .wrong("two answers about one cancellation contradict each other")
            .run(async |lab| {
                let made = cancelled(lab).await?;
                let order = made.text_at("/productOrder/productOrderId")?;
                let page = lab.get(F, format!("{CANCEL}?productOrderId={order}")).await?;
                page.status(&[200])?;
                same_row(&page, &made, &["id", "cancellationReasonType"])?;
                page.has(&["/*/productOrder"])
            }),
        case("order.cancel.none")
            .shows(&["123.1 R80"])
            .given("an order that nobody has")
            .when("the Buyer lists its cancellations")
            .then("200 with an empty list")
            .wrong("no match is an answer, no error")
            .run(async |lab| none_is_empty(lab, F, &format!("{CANCEL}?productOrderId")).await),
        case("order.cancel.required")
            .shows(&["123.1 R76"])
            .negative()
            .given("a cancellation without its order or its contact")
            .when("the Buyer sends each")
            .then("it is refused, the first one pointing at what is missing")
            .wrong("the Seller cancels something else")
            .run(async |lab| {
                let good = cancellation(lab, NOBODY);
                each_is_needed(lab, (F, CANCEL), &good, &["/productOrder"]).await?;
                let without = crate::cases::common::spoiled(&good, "/relatedContactInformation", None);
                lab.post(F, CANCEL, &without).await?.refusal(&REFUSED).map(|_| ())
            }),
        case("order.cancel.unknown")
            .shows(&["123.1 R75"])
            .negative()
            .given("an order that nobody has")
            .when("the Buyer cancels it")
            .then("it is refused")
            .wrong("the Buyer believes to be rid of an order that runs on")
            .run(async |lab| {
                let asked = cancellation(lab, NOBODY);
                lab.post(F, CANCEL, &asked).await?.refusal(&REFUSED).map(|_| ())
            }),
        case("order.cancel.all-or-none")
            .shows(&["123.1 CR2"])
            .given("a Seller of which it is not known whether orders can be cancelled")
            .when("the Buyer makes, lists and reads a cancellation")
            .then("all three are offered, or none")
            .wrong("the Buyer begins what it cannot follow")
            .run(async |lab| {
                let asked = cancellation(lab, NOBODY);
                all_or_none(lab, CANCEL, &asked).await
            }),
    ]
}

fn modify() -> Vec<Case> {
    vec![
        case("order.date.answer")
            .shows(&["123.1 R69", "123.1 R70"])
            .given("an order in progress")
            .when("the Buyer asks for another date of an item")
            .then("201 with id, state and date, and all that was sent")
            .wrong("the Buyer does not know which date counts")
            .run(async |lab| {
                let answer = rescheduled(lab).await?;
                answer.status(&[201])?;
                answer.has(&["/id", "/state", "/creationDate"])?;
                answer.echoes(answer.sent.as_ref().unwrap_or(&Value::Null))
            }),
        case("order.date.expedite")
            .shows(&["123.1 R66", "123.1 R67", "123.1 O11"])
            .given("an order in progress")
            .when("the Buyer asks for haste, without a date")
            .then("201 with id, state and date, and all that was sent")
            .wrong("the Buyer does not know whether it will be sooner")
            .run(async |lab| {
                let order = in_progress(lab).await?;
                let asked = json!({ "productOrderItem": item_of(&order), "expediteIndicator": true });
                let answer = lab.post(F, MODIFY, &asked).await?;
                answer.status(&[201])?;
                answer.has(&["/id", "/state", "/creationDate"])?;
                answer.echoes(&asked)
            }),
        case("order.date.read")
            .shows(&["123.1 R73"])
            .given("a request for another date")
            .when("the Buyer reads it by its id")
            .then("it has the same attributes")
            .wrong("two answers about one request contradict each other")
            .run(async |lab| {
                let made = rescheduled(lab).await?;
                let read = again(lab, MODIFY, &made).await?;
                read.has(&["/id", "/state", "/creationDate", "/productOrderItem"])?;
                read.echoes(made.sent.as_ref().unwrap_or(&Value::Null))
            }),
        case("order.date.list")
            .shows(&["123.1 R71", "123.1 O12"])
            .given("a request for another date")
            .when("the Buyer lists those of that order")
            .then("it is there, and its row says the same as itself")
            .wrong("two answers about one request contradict each other")
            .run(async |lab| {
                let made = rescheduled(lab).await?;
                let order = made.text_at("/productOrderItem/productOrderId")?;
                let page = lab.get(F, format!("{MODIFY}?productOrderId={order}")).await?;
                page.status(&[200])?;
                same_row(
                    &page,
                    &made,
                    &["id", "creationDate", "productOrderItem", "requestedCompletionDate"],
                )
            }),
        case("order.date.none")
            .shows(&["123.1 R72"])
            .given("an order that nobody has")
            .when("the Buyer lists its requests for another date")
            .then("200 with an empty list")
            .wrong("no match is an answer, no error")
            .run(async |lab| none_is_empty(lab, F, &format!("{MODIFY}?productOrderId")).await),
        case("order.date.unknown")
            .shows(&["123.1 R74"])
            .negative()
            .given("an id that nobody has")
            .when("the Buyer reads the request of that id")
            .then("404 with the code notFound")
            .wrong("the Buyer cannot tell a wrong id from a fault")
            .run(async |lab| unknown_is_404(lab, F, MODIFY).await),
        case("order.date.required")
            .shows(&["123.1 R65", "123.1 R68"])
            .negative()
            .given("a request without its item, and one that asks for nothing")
            .when("the Buyer sends each")
            .then("the first is refused; so is the second, or it is odd")
            .wrong("the Seller changes the date of something else")
            .run(async |lab| {
                let order = in_progress(lab).await?;
                let good = another_date(lab, &order);
                each_is_needed(lab, (F, MODIFY), &good, &["/productOrderItem"]).await?;
                let nothing = json!({ "productOrderItem": item_of(&order) });
                should_be_refused(lab, (F, MODIFY), &nothing, "a request that asks for nothing").await
            }),
        case("order.date.all-or-none")
            .shows(&["123.1 CR1"])
            .given("a Seller of which it is not known whether dates can be changed")
            .when("the Buyer makes, lists and reads a request for another date")
            .then("all three are offered, or none")
            .wrong("the Buyer begins what it cannot follow")
            .run(async |lab| {
                let asked = another_date(lab, NOBODY);
                all_or_none(lab, MODIFY, &asked).await
            }),
        case("order.patch.seller-contact")
            .shows(&["123.1 R57"])
            .negative()
            .given("an order in progress")
            .when("the Buyer changes the contact of the Seller")
            .then("it is refused, or the contact stays as it was")
            .wrong("a Buyer decides who answers for the Seller")
            .run(async |lab| {
                let order = in_progress(lab).await?;
                let before = lab.get(F, format!("{ORDER}/{order}")).await?;
                let theirs = |answer: &Answer| {
                    answer
                        .each("/relatedContactInformation/*")
                        .into_iter()
                        .find(|part| part.value["role"] == "sellerContact")
                };
                let kept = theirs(&before).map(|part| part.value).unwrap_or_default();
                let mut contacts = before.at("/relatedContactInformation").value;
                for contact in contacts.as_array_mut().into_iter().flatten() {
                    contact["name"] = json!("Somebody Else");
                }
                let answer = lab
                    .patch(
                        F,
                        format!("{ORDER}/{order}"),
                        &json!({ "relatedContactInformation": contacts }),
                    )
                    .await?;
                answer.status(&[200, 400, 409, 422])?;
                let after = lab.get(F, format!("{ORDER}/{order}")).await?;
                let is = theirs(&after).map(|part| part.value).unwrap_or_default();
                after.so(kept == is, "the contact of the Seller as it was", "another one")
            }),
        case("order.patch.nothing")
            .shows(&["123.1 R53", "123.1 O1"])
            .negative()
            .given("an order in progress")
            .when("the Buyer changes nothing of it")
            .then("it is refused, or 501 from a Seller whose orders cannot be changed")
            .wrong("the Buyer believes to have changed something")
            .run(async |lab| {
                let order = in_progress(lab).await?;
                let answer = lab.patch(F, format!("{ORDER}/{order}"), &json!({})).await?;
                answer.refusal(&REFUSED).map(|_| ())
            }),
    ]
}
