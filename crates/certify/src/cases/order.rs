//! Product Ordering Management (Mplify 123.1).

mod change;
mod charge;
mod events;
mod form;
mod held;
mod list;

use serde_json::{Value, json};

use crate::body;
use crate::case::{Case, Check, Function, Stop, case};
use crate::lab::Lab;
use crate::lab::expect::Answer;
use crate::states;

use super::common::{self, has_contact, same_items, spoiled, unknown_is_404};
use super::hub;

pub(super) const F: Function = Function::Order;
pub(super) const ORDER: &str = "/productOrder";
pub(super) const ITEMS: &str = "/productOrderItem";

/// States after which nothing comes.
pub(super) const ENDS: [&str; 5] = ["completed", "partial", "failed", "cancelled", "rejected"];

/// An order for a new quote, where the Seller gives one that can be ordered.
pub(super) async fn new_order(lab: &mut Lab) -> Result<Answer, Stop> {
    let quote = if lab.profile.agreed.quote_required {
        Some(quoted(lab).await?)
    } else {
        None
    };
    let asked = body::order(lab, quote.as_deref())?;
    lab.post(F, ORDER, &asked).await?.object()
}

/// A new quote that can be ordered; its id.
async fn quoted(lab: &mut Lab) -> Result<String, Stop> {
    let asked = body::quote(lab, true, "firm")?;
    let made = lab.post(Function::Quote, "/quote", &asked).await?.object()?;
    if made.at("/state").text() != "approved.orderable" {
        return Err(Stop::Blocked(format!(
            "the quote cannot be ordered: {}",
            made.at("/state").told()
        )));
    }
    made.text_at("/id")
}

/// The order that most cases look at; the tester is registered for events before.
pub(super) async fn ordered(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("an order", async |lab| {
        if lab.listener().is_ok() {
            let _ = hub::registered(lab, F).await;
        }
        let quote = quoted(lab).await.ok();
        let asked = body::order(lab, quote.as_deref())?;
        lab.post(F, ORDER, &asked).await?.object()
    })
    .await
}

/// The same, while it is worked on.
async fn running(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("an order in progress", async |lab| {
        let id = ordered(lab).await?.text_at("/id")?;
        let answer = lab
            .until(F, &format!("{ORDER}/{id}"), |answer| {
                answer.at("/state").text() != "acknowledged"
            })
            .await?;
        answer.object()
    })
    .await
}

/// The same, when it is over.
pub(super) async fn completed(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("an order that is completed", async |lab| {
        running(lab).await?;
        let id = ordered(lab).await?.text_at("/id")?;
        end_of(lab, &id).await
    })
    .await
}

/// An order when it is completed.
pub(super) async fn end_of(lab: &mut Lab, id: &str) -> Result<Answer, Stop> {
    let is_over = |answer: &Answer| ENDS.contains(&answer.at("/state").text());
    let answer = lab.until(F, &format!("{ORDER}/{id}"), is_over).await?;
    answer.at("/state").is("completed")?;
    Ok(answer)
}

/// The history of the whole and of each item.
fn whole_history(answer: &Answer) -> Check {
    states::history(answer, "", ("stateChange", "state"), &states::ORDER)?;
    let items = answer.each("/productOrderItem/*");
    items
        .iter()
        .try_for_each(|item| states::history(answer, &item.pointer, ("stateChange", "state"), &states::ORDER_ITEM))
}

/// Every order that was read in this run.
fn seen(lab: &Lab) -> Vec<Answer> {
    common::seen(lab, F, ITEMS)
        .into_iter()
        .filter(|answer| !answer.at("/orderDate").value.is_null())
        .collect()
}

/// Looks at each item, in each state in which an order was read.
fn each_item(lab: &Lab, look: impl Fn(&Answer, &str, &str) -> Check) -> Check {
    for answer in seen(lab) {
        for item in answer.each("/productOrderItem/*") {
            look(&answer, &item.pointer, item.value["state"].as_str().unwrap_or_default())?;
        }
    }
    Ok(())
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [
        create(),
        life(),
        form::cases(),
        change::cases(),
        charge::cases(),
        held::cases(),
        list::cases(),
        over_all(),
        events::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn create() -> Vec<Case> {
    vec![
        case("order.create.attributes")
            .shows(&["123.1 R1", "123.1 R18"])
            .given("a quote that can be ordered")
            .when("the Buyer orders it, and reads the order by its id")
            .then("201 and 200, with id, date, items, state, history and a contact of the Seller")
            .wrong("the Buyer cannot follow its order")
            .run(async |lab| {
                let made = ordered(lab).await?;
                made.status(&[201])?;
                for answer in [made, running(lab).await?] {
                    answer.has(&["/id", "/orderDate", ITEMS, "/state", "/stateChange"])?;
                    has_contact(&answer, "", "sellerContact")?;
                }
                Ok(())
            }),
        case("order.create.echo")
            .shows(&["123.1 R17"])
            .given("an order, and the same read again")
            .when("the Buyer compares it with what it sent")
            .then("all it sent is there, unchanged, both times")
            .wrong("the Buyer cannot tell what will be built")
            .run(async |lab| {
                let (made, again) = (ordered(lab).await?, running(lab).await?);
                let sent = made.sent.clone().unwrap_or_default();
                made.echoes(&sent)?;
                again.echoes(&sent)?;
                same_items(&made, ITEMS)
            }),
        case("order.create.items")
            .shows(&["123.1 R23"])
            .given("an order")
            .when("the Buyer reads its items")
            .then("each has a state and a history")
            .wrong("the Buyer does not know what is worked on")
            .run(async |lab| {
                ordered(lab)
                    .await?
                    .has(&["/productOrderItem/*/state", "/productOrderItem/*/stateChange"])
            }),
        case("order.get.unknown")
            .shows(&["123.1 R1"])
            .negative()
            .given("an id that nobody has")
            .when("the Buyer reads the order of that id")
            .then("404 with the code notFound")
            .wrong("the Buyer cannot tell a wrong id from a fault")
            .run(async |lab| unknown_is_404(lab, F, ORDER).await),
        case("order.term.unsold")
            .shows(&["123.1 R38"])
            .negative()
            .given("a term that the Seller does not sell")
            .when("the Buyer orders with it")
            .then("201, and then the item is rejected and says why")
            .wrong("the Buyer is bound for a time it did not ask for")
            .run(async |lab| {
                if lab.profile.agreed.quote_required {
                    return Err(Stop::Blocked(
                        "every order needs a quote, and none is given for such a term".to_owned(),
                    ));
                }
                let term = unsold(lab)?;
                let asked = spoiled(
                    &body::order(lab, None)?,
                    "/productOrderItem/0/requestedItemTerm",
                    Some(term),
                );
                rejected(lab, &asked).await
            }),
        case("order.term.not-as-quoted")
            .shows(&["123.1 R39"])
            .negative()
            .given("a quote, and another term than it offers")
            .when("the Buyer orders that quote with that term")
            .then("201, and then the item is rejected and says why")
            .wrong("what was quoted does not bind")
            .run(async |lab| {
                let (quote, term) = (quoted(lab).await?, unsold(lab)?);
                let asked = body::order(lab, Some(&quote))?;
                rejected(
                    lab,
                    &spoiled(&asked, "/productOrderItem/0/requestedItemTerm", Some(term)),
                )
                .await
            }),
    ]
}

fn unsold(lab: &Lab) -> Result<Value, Stop> {
    lab.offering()?
        .unsold_term
        .ok_or_else(|| Stop::Blocked("the offering has no unsold-term".to_owned()))
}

/// The order is taken, and its item is rejected with a reason.
async fn rejected(lab: &mut Lab, asked: &Value) -> Check {
    let made = lab.post(F, ORDER, asked).await?;
    made.status(&[201])?;
    let id = made.text_at("/id")?;
    let end = lab
        .until(F, &format!("{ORDER}/{id}"), |answer| {
            ENDS.contains(&answer.at("/state").text())
        })
        .await?;
    end.at("/productOrderItem/0/state").is("rejected")?;
    end.at("/productOrderItem/0/terminationError").filled()?;
    whole_history(&end)
}

fn life() -> Vec<Case> {
    vec![
        case("order.life.id")
            .shows(&["123.1 R19"])
            .given("an order that runs to its end")
            .when("the Buyer reads it again and again")
            .then("its id stays the same")
            .wrong("the Buyer loses its order")
            .run(async |lab| {
                let id = ordered(lab).await?.text_at("/id")?;
                running(lab).await?.at("/id").is(id.clone())?;
                completed(lab).await?.at("/id").is(id)
            }),
        case("order.life.history")
            .shows(&["123.1 R20", "123.1 R24"])
            .given("every order that was read in this run")
            .when("the Buyer follows its history and those of its items")
            .then("each begins with acknowledged, goes ways that exist, and ends with the state shown")
            .wrong("what happened cannot be settled in a dispute")
            .run(async |lab| {
                completed(lab).await?;
                seen(lab).iter().try_for_each(whole_history)
            }),
        case("order.life.expected-date")
            .shows(&["123.1 R28", "123.1 R29", "123.1 R48", "123.1 R49"])
            .given("every order that was read in this run")
            .when("the Buyer reads when its items will be completed")
            .then("one in progress tells it; one that failed or was cancelled does not")
            .wrong("the Buyer waits for what does not come")
            .run(async |lab| {
                running(lab).await?;
                each_item(lab, |answer, at, state| {
                    let date = answer.at(&format!("{at}/expectedCompletionDate"));
                    match state {
                        "inProgress" => date.given(),
                        "cancelled" | "failed" => date.absent(),
                        _ => Ok(()),
                    }
                })
            }),
        case("order.life.completion-date")
            .shows(&["123.1 R30", "123.1 R47", "123.1 R50", "123.1 R51"])
            .given("every order that was read in this run")
            .when("the Buyer reads when its items were completed")
            .then("a completed item and a completed order tell it; an item in any other state does not")
            .wrong("the Buyer pays for what is not there")
            .run(async |lab| {
                completed(lab)
                    .await?
                    .has(&["/completionDate", "/productOrderItem/*/completionDate"])?;
                each_item(lab, |answer, at, state| {
                    let date = answer.at(&format!("{at}/completionDate"));
                    if state == "completed" {
                        date.given()
                    } else {
                        date.absent()
                    }
                })
            }),
        case("order.life.expedite")
            .shows(&["123.1 R25"])
            .given("orders that nobody wanted sooner")
            .when("the Buyer reads whether the Seller has agreed to be sooner")
            .then("it has not")
            .wrong("the Buyer pays for haste it did not ask for")
            .run(async |lab| {
                ordered(lab).await?;
                each_item(lab, |answer, at, _| {
                    let wanted = answer.at(&format!("{at}/expediteIndicator")).value == true;
                    let agreed = answer.at(&format!("{at}/expediteAcceptedIndicator"));
                    agreed.so(
                        wanted || agreed.value != true,
                        "not to be true without expediteIndicator",
                    )
                })
            }),
        case("order.life.product")
            .shows(&["123.1 R63"])
            .given("an order for a new product that is completed")
            .when("the Buyer reads the product of the item and looks it up in the inventory")
            .then("it has an id, under which it is found")
            .wrong("the Buyer cannot change what it has")
            .run(async |lab| {
                let end = completed(lab).await?;
                let id = end.text_at("/productOrderItem/0/product/id")?;
                let found = lab.get(Function::Inventory, format!("/product/{id}")).await?;
                found.status(&[200])?;
                found.at("/id").is(id)
            }),
        case("order.life.notes")
            .shows(&["123.1 R21", "123.1 R22"])
            .given("every order that was read in this run")
            .when("the Buyer reads the notes that it did not write")
            .then("each says that it is the Seller's")
            .wrong("nobody knows who said what")
            .run(async |lab| {
                ordered(lab).await?;
                for answer in seen(lab) {
                    let notes = [
                        answer.each("/note/*/source"),
                        answer.each("/productOrderItem/*/note/*/source"),
                    ];
                    notes.iter().flatten().try_for_each(|part| part.is("seller"))?;
                }
                Ok(())
            }),
        case("order.life.attributes")
            .shows(&["123.1 R64"])
            .given("every order that was read in this run")
            .when("the Buyer compares what it shows with its state")
            .then("one that is over has its date; an item that failed or was rejected says why")
            .wrong("the Buyer has to guess what came of it")
            .run(async |lab| {
                completed(lab).await?;
                for answer in seen(lab) {
                    if ["completed", "partial", "failed"].contains(&answer.at("/state").text()) {
                        answer.has(&["/completionDate"])?;
                    }
                }
                each_item(lab, |answer, at, state| {
                    if ["failed", "rejected"].contains(&state) {
                        answer.at(&format!("{at}/terminationError")).filled()
                    } else {
                        Ok(())
                    }
                })
            }),
    ]
}

fn over_all() -> Vec<Case> {
    vec![
        case("order.structure")
            .shows(&["123.1 R7"])
            .given("all answers of this run from the order API")
            .when("they are compared with its OpenAPI")
            .then("each has what is required, and every value is one of its type")
            .wrong("a Buyer built on the OpenAPI cannot read the answer")
            .run(async |lab| {
                running(lab).await?;
                common::conform(lab, F)?;
                common::statuses(lab, F)
            }),
        case("order.nothing-else")
            .shows(&["123.1 R4", "123.1 R8"])
            .given("all answers of this run from the order API")
            .when("they are compared with its OpenAPI")
            .then("nothing is in them that the standard does not have, outside of the configuration of a product")
            .wrong("a Buyer that depends on a private attribute cannot change its Seller")
            .run(async |lab| {
                running(lab).await?;
                common::nothing_undefined(lab, F)
            }),
    ]
}

/// What names an item of an order.
fn item_of(id: &str) -> Value {
    json!({ "productOrderId": id, "productOrderItemId": "one" })
}
