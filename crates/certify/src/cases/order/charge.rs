//! Charges that come up while an order runs. The one way to bring about a charge from outside is to
//! ask for haste: a Seller that takes money for it asks whether it is to be paid.

use std::time::Duration;

use serde_json::{Value, json};

use crate::case::{Case, Check, Stop, case};
use crate::cases::common::{REFUSED, none_is_empty};
use crate::cases::hub;
use crate::lab::expect::Answer;
use crate::lab::{Lab, NOBODY};

use super::change::{MODIFY, in_progress};
use super::{F, ORDER, item_of};

pub(super) const CHARGE: &str = "/charge";
const EVENT: &str = "chargeCreateEvent";

/// A charge that waits for an answer, for haste that was asked for in a new order.
pub(super) async fn asked(lab: &mut Lab) -> Result<Answer, Stop> {
    if lab.listener().is_ok() {
        let _ = hub::registered(lab, F).await;
    }
    let order = in_progress(lab).await?;
    // Earlier than any usual interval: what comes soon anyway costs nothing.
    let sooner = lab.in_days(9);
    let wish =
        json!({ "productOrderItem": item_of(&order), "expediteIndicator": true, "requestedCompletionDate": sooner });
    let made = lab.post(F, MODIFY, &wish).await?.object()?;
    let request = format!("{MODIFY}/{}", made.text_at("/id")?);
    let answer = lab
        .until(F, &request, |answer| answer.at("/state").text() != "acknowledged")
        .await?;
    if answer.at("/state").text() != "inProgress.assessingCharge" {
        return Err(Stop::NotOffered(format!(
            "no charge for haste: {}",
            answer.at("/state").told()
        )));
    }
    let page = lab.get(F, format!("{CHARGE}?productOrderId={order}")).await?;
    page.status(&[200])?;
    let id = page.text_at("/0/id")?;
    lab.get(F, format!("{CHARGE}/{id}")).await?.object()
}

/// The one that most cases look at.
async fn open(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a charge for haste", async |lab| asked(lab).await).await
}

/// The answer of the Buyer to every item of a charge.
fn every_item(charge: &Answer, answer: &str) -> Value {
    let ids = charge.each("/chargeItem/*/id").into_iter();
    let items: Vec<Value> = ids
        .map(|id| json!({ "id": id.value, "acceptanceIndicator": answer }))
        .collect();
    json!({ "chargeItem": items })
}

/// Reads the order that a charge is about.
pub(super) async fn order_of(lab: &mut Lab, charge: &Answer) -> Result<Answer, Stop> {
    let order = charge.text_at("/productOrderItem/productOrderId")?;
    lab.get(F, format!("{ORDER}/{order}")).await?.object()
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let mut all = offered();
    all.extend(found());
    all.extend(answered());
    all
}

fn offered() -> Vec<Case> {
    vec![
        case("order.charge.none")
            .shows(&["123.1 R101"])
            .given("an order that nobody has")
            .when("the Buyer lists its charges")
            .then("200 with an empty list")
            .wrong("no match is an answer, no error")
            .run(async |lab| none_is_empty(lab, F, &format!("{CHARGE}?productOrderId")).await),
        case("order.charge.all-or-none")
            .shows(&["123.1 CR3"])
            .given("a Seller of which it is not known whether it has charges")
            .when("the Buyer lists, reads and answers a charge that nobody has")
            .then("all three are offered, or none")
            .wrong("the Buyer cannot answer what it is asked")
            .run(async |lab| {
                let list = lab.get(F, format!("{CHARGE}?limit=1")).await?;
                let one = lab.get(F, format!("{CHARGE}/{NOBODY}")).await?;
                let answered = json!({ "chargeItem": [{ "id": "1", "acceptanceIndicator": "rejected" }] });
                let answer = lab.patch(F, format!("{CHARGE}/{NOBODY}"), &answered).await?;
                let missing = [&list, &one, &answer]
                    .iter()
                    .filter(|answer| answer.status == 501)
                    .count();
                answer.so(
                    missing == 0 || missing == 3,
                    "501 from all three, or from none",
                    format!("{missing} of 3"),
                )
            }),
        case("order.charge.one-at-a-time")
            .shows(&["123.1 R83", "123.1 R84", "123.1 R85", "123.1 R100", "123.1 O17"])
            .given("all charges of the Buyer")
            .when("the Buyer lists those that wait for an answer")
            .then("each has its order or item, state and dates; of an order and of an item at most one is open")
            .wrong("the Buyer does not know which price counts")
            .run(async |lab| {
                let page = lab.get(F, CHARGE).await?;
                page.status(&[200])?;
                page.has(&["/*/id", "/*/state", "/*/creationDate", "/*/responseDueDate"])?;
                let open = page.list()?.iter().filter(|row| row["state"] == "awaitingResponse");
                let about: Vec<String> = open
                    .map(|row| format!("{}{}", row["productOrder"], row["productOrderItem"]))
                    .collect();
                let unique = about.iter().collect::<std::collections::BTreeSet<_>>().len() == about.len();
                page.so(unique, "at most one open charge of an order or item", about.join(", "))
            }),
    ]
}

fn found() -> Vec<Case> {
    vec![
        case("order.charge.attributes")
            .shows(&["123.1 R82", "123.1 R90", "123.1 R91", "123.1 R94"])
            .given("a charge for haste")
            .when("the Buyer reads it by its id")
            .then("it says of which item it is, what is asked, until when, and of each part kind, price and whether it blocks")
            .wrong("the Buyer does not know what it would pay for")
            .run(async |lab| {
                let charge = open(lab).await?;
                charge.has(&["/id", "/creationDate", "/responseDueDate", "/state", "/productOrderItem"])?;
                charge.lacks(&["/productOrder"])?;
                charge.at("/chargeItem").filled()?;
                let members = ["id", "activityType", "priceType", "priceCategory", "blocking", "price", "state"];
                members.iter().flat_map(|member| charge.each(&format!("/chargeItem/*/{member}"))).try_for_each(|part| part.given())
            }),
        case("order.charge.cause")
            .shows(&["123.1 R92", "123.1 R102"])
            .given("a charge for haste")
            .when("the Buyer reads why it is asked")
            .then("it names the item and the request for another date")
            .wrong("the Buyer does not know which of its wishes costs something")
            .run(async |lab| open(lab).await?.has(&["/productOrderItem", "/modifyProductOrderItemRequestedDeliveryDate"])),
        case("order.charge.prices")
            .shows(&["123.1 R95"])
            .given("a charge for haste")
            .when("the Buyer reads its prices")
            .then("each has an amount free of duty; one that recurs its period, one by use its unit")
            .wrong("the Buyer does not know how often it pays")
            .run(async |lab| {
                let charge = open(lab).await?;
                charge.has(&["/chargeItem/*/price/dutyFreeAmount"])?;
                for item in charge.each("/chargeItem/*") {
                    match item.value["priceType"].as_str() {
                        Some("recurring") => charge.at(&format!("{}/recurringChargePeriod", item.pointer)).given()?,
                        Some("usageBased") => charge.at(&format!("{}/unitOfMeasure", item.pointer)).given()?,
                        _ => {}
                    }
                }
                Ok(())
            }),
        case("order.charge.event")
            .shows(&["123.1 R111"])
            .given("a Buyer that is registered")
            .when("a charge comes up")
            .then("an event tells its id")
            .wrong("the Buyer is asked something and does not hear it")
            .run(async |lab| {
                let id = open(lab).await?.text_at("/id")?;
                lab.event(&format!("{EVENT} about {id}"), |event| event.kind() == EVENT && event.id() == id).await.map(|_| ())
            }),
        case("order.charge.meanwhile")
            .shows(&["123.1 R87", "123.1 R26"])
            .given("a charge for haste that waits for an answer")
            .when("the Buyer reads the order")
            .then("the item is held or pending, and the Seller has not agreed to be sooner yet")
            .wrong("the Seller works on, or hurries, as if it had been paid")
            .run(async |lab| {
                let charge = asked(lab).await?;
                let order = order_of(lab, &charge).await?;
                let again = lab.get(F, format!("{CHARGE}/{}", charge.text_at("/id")?)).await?;
                if again.at("/state").text() != "awaitingResponse" {
                    return Err(Stop::Blocked("the charge did not wait long enough to be looked at".to_owned()));
                }
                order.at("/productOrderItem/0/state").one_of(&["held", "pending"])?;
                let agreed = order.at("/productOrderItem/0/expediteAcceptedIndicator");
                agreed.so(agreed.value != true, "not to be true before the charge is paid")
            }),
    ]
}

fn answered() -> Vec<Case> {
    vec![
        case("order.charge.accepted")
            .shows(&["123.1 R99"])
            .given("a charge for haste")
            .when("the Buyer accepts every item of it, and reads it again later")
            .then("200; the charge is completed, its items are accepted, and both stay so")
            .wrong("the Seller takes back what was agreed")
            .run(async |lab| accepted(lab).await),
        case("order.charge.revised-date")
            .shows(&["123.1 R52"])
            .given("an order whose item will be completed on another day, as haste was paid for")
            .when("the Buyer reads the order before and after")
            .then("where the expected date changed, a note of the Seller says so")
            .wrong("the Buyer does not know why it is later, or sooner")
            .run(async |lab| revised(lab).await),
        case("order.charge.timeout")
            .shows(&["123.1 R98"])
            .negative()
            .given("a charge for haste")
            .when("the Buyer lets its time pass, and answers then")
            .then("the charge has the state timeout, its items are declined, and the answer is refused")
            .wrong("silence is taken for consent")
            .run(async |lab| {
                let charge = open(lab).await?;
                let path = format!("{CHARGE}/{}", charge.text_at("/id")?);
                if lab.profile.clock.is_none() {
                    return Err(Stop::Blocked(
                        "without a fast clock its time is not over while the tester runs".to_owned(),
                    ));
                }
                let end = lab
                    .until(F, &path, |answer| answer.at("/state").text() != "awaitingResponse")
                    .await?;
                end.at("/state").is("timeout")?;
                end.each("/chargeItem/*/state")
                    .iter()
                    .try_for_each(|part| part.is("declinedByBuyer"))?;
                let late = lab.patch(F, path, &every_item(&charge, "accepted")).await?;
                late.refusal(&[409, REFUSED[0], REFUSED[1]]).map(|_| ())
            }),
        case("order.charge.partial")
            .shows(&["123.1 R96", "123.1 R97"])
            .negative()
            .given("a charge for haste")
            .when("the Buyer answers none of its items")
            .then("it is refused, and the charge is as before")
            .wrong("half an answer is taken for a whole one")
            .run(async |lab| {
                let charge = asked(lab).await?;
                let path = format!("{CHARGE}/{}", charge.text_at("/id")?);
                let answer = lab.patch(F, path, &json!({ "chargeItem": [] })).await?;
                answer.refusal(&[409, REFUSED[0], REFUSED[1]]).map(|_| ())
            }),
    ]
}

async fn accepted(lab: &mut Lab) -> Check {
    let charge = asked(lab).await?;
    let path = format!("{CHARGE}/{}", charge.text_at("/id")?);
    let answer = lab.patch(F, path.clone(), &every_item(&charge, "accepted")).await?;
    answer.status(&[200])?;
    for _ in 0..2 {
        let again = lab.get(F, path.clone()).await?;
        again.at("/state").is("completed")?;
        again
            .each("/chargeItem/*/state")
            .iter()
            .try_for_each(|part| part.is("acceptedByBuyer"))?;
        tokio::time::sleep(Duration::from_secs(lab.profile.deadlines.silence)).await;
    }
    Ok(())
}

async fn revised(lab: &mut Lab) -> Check {
    let charge = asked(lab).await?;
    let before = order_of(lab, &charge).await?;
    let path = format!("{CHARGE}/{}", charge.text_at("/id")?);
    lab.patch(F, path, &every_item(&charge, "accepted"))
        .await?
        .status(&[200])?;
    let request = charge.text_at("/modifyProductOrderItemRequestedDeliveryDate/id")?;
    lab.until(F, &format!("{MODIFY}/{request}"), |answer| {
        answer.at("/state").text() == "done"
    })
    .await?;
    let after = order_of(lab, &charge).await?;
    let date = |order: &Answer| order.at("/productOrderItem/0/expectedCompletionDate").value;
    if date(&before).is_null() || date(&after).is_null() || date(&before) == date(&after) {
        return Err(Stop::Blocked("the expected date did not change".to_owned()));
    }
    let notes = [
        after.each("/note/*/source"),
        after.each("/productOrderItem/*/note/*/source"),
    ];
    let told = notes.iter().flatten().any(|part| part.text() == "seller");
    after.so(told, "a note of the Seller about the new date", "there is none")
}
