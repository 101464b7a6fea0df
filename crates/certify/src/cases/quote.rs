//! Quote Management (Mplify 115.1).

mod ends;
mod form;
mod later;
mod list;

use serde_json::{Value, json};

use crate::body;
use crate::case::{Case, Check, Function, Stop, case};
use crate::lab::Lab;
use crate::lab::expect::{Answer, Part};
use crate::states;

use super::common::{self, has_contact, same_items, spoiled};

pub(super) const F: Function = Function::Quote;
pub(super) const QUOTE: &str = "/quote";
pub(super) const ITEMS: &str = "/quoteItem";

/// States in which an item has been answered with something to order.
const APPROVED: [&str; 2] = ["approved.orderable", "approved.orderableAlternate"];

/// A firm quote at once, at a place that is served.
pub(super) async fn firm(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a firm quote at once", async |lab| {
        let asked = body::quote(lab, true, "firm")?;
        lab.post(F, QUOTE, &asked).await?.object()
    })
    .await
}

/// The same, read by its id.
pub(super) async fn read(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a quote read by its id", async |lab| {
        let id = firm(lab).await?.text_at("/id")?;
        lab.get(F, format!("{QUOTE}/{id}")).await?.object()
    })
    .await
}

/// A budgetary quote at once.
async fn budgetary(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a budgetary quote at once", async |lab| {
        let asked = body::quote(lab, true, "budgetary")?;
        lab.post(F, QUOTE, &asked).await?.object()
    })
    .await
}

/// A firm quote with a term longer than any that is sold.
async fn too_long(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a quote for a term that is not sold", async |lab| {
        let term = lab.offering()?.unsold_term;
        let term = term.ok_or_else(|| Stop::Blocked("the offering has no unsold-term".to_owned()))?;
        let asked = spoiled(
            &body::quote(lab, true, "firm")?,
            "/quoteItem/0/requestedQuoteItemTerm",
            Some(term),
        );
        lab.post(F, QUOTE, &asked).await?.object()
    })
    .await
}

/// A firm quote at a place out of reach.
pub(super) async fn out_of_reach(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a quote for a place out of reach", async |lab| {
        let place = lab.place("unserved", lab.profile.places.unserved.as_ref())?;
        let asked = body::quote(lab, true, "firm")?;
        let asked = spoiled(
            &asked,
            "/quoteItem/0/product/place/0/place",
            Some(body::address(&place.id)),
        );
        lab.post(F, QUOTE, &asked).await?.object()
    })
    .await
}

/// The history of the whole and of each item.
pub(super) fn whole_history(answer: &Answer) -> Check {
    states::history(answer, "", ("stateChange", "state"), &states::QUOTE)?;
    let items = answer.each("/quoteItem/*");
    items
        .iter()
        .try_for_each(|item| states::history(answer, &item.pointer, ("stateChange", "state"), &states::QUOTE_ITEM))
}

/// Items of an answer that can be ordered or are answered.
fn answered(answer: &Answer) -> Vec<Part> {
    let items = answer.each("/quoteItem/*").into_iter();
    items
        .filter(|item| {
            item.value["state"]
                .as_str()
                .is_some_and(|state| state == "answered" || APPROVED.contains(&state))
        })
        .collect()
}

/// Every quote that was read in this run, with something to look at.
fn seen(lab: &Lab) -> Vec<Answer> {
    common::seen(lab, F, ITEMS)
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [
        create(),
        items(),
        levels(),
        prices(),
        form::cases(),
        list::cases(),
        later::cases(),
        ends::cases(),
        over_all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn create() -> Vec<Case> {
    vec![
        case("quote.create.both-ways")
            .shows(&["115.1 R2"])
            .given("an offering and a place that the Seller reaches")
            .when("the Buyer asks for a quote at once, and for one that can wait")
            .then("201 both times, the first one with a result")
            .wrong("one of the two ways to ask is closed")
            .run(async |lab| {
                let answer = firm(lab).await?;
                answer.status(&[201])?;
                answer
                    .at("/state")
                    .one_of(&["answered", APPROVED[0], APPROVED[1], "unableToProvide"])?;
                later::asked(lab).await?.status(&[201]).map(|_| ())
            }),
        case("quote.create.echo")
            .shows(&["115.1 R14", "115.1 R25"])
            .given("a quote answered at once, and read again")
            .when("the Buyer compares it with what it sent")
            .then("all it sent is there, unchanged, both times")
            .wrong("the Buyer cannot tell what was quoted")
            .run(async |lab| {
                let (made, again) = (firm(lab).await?, read(lab).await?);
                let sent = made.sent.clone().unwrap_or_default();
                made.echoes(&sent)?;
                again.echoes(&sent)
            }),
        case("quote.create.attributes")
            .shows(&["115.1 R26"])
            .given("a quote answered at once, and read again")
            .when("the Buyer reads it")
            .then("it has id, state, history, date and a contact of the Seller, and each item state and history")
            .wrong("the Buyer cannot come back to it, nor tell how it came about")
            .run(async |lab| {
                for answer in [firm(lab).await?, read(lab).await?] {
                    answer.has(&["/id", "/state", "/stateChange", "/quoteDate"])?;
                    answer.has(&["/quoteItem/*/state", "/quoteItem/*/stateChange"])?;
                    has_contact(&answer, "", "sellerContactInformation")?;
                }
                Ok(())
            }),
        case("quote.create.history")
            .shows(&["115.1 R33"])
            .given("a quote answered at once")
            .when("the Buyer reads its history and those of its items")
            .then("each begins where one may begin, goes ways that exist, and ends with the state shown")
            .wrong("what happened cannot be settled in a dispute")
            .run(async |lab| whole_history(&firm(lab).await?)),
        case("quote.get.unknown")
            .shows(&["115.1 R3", "115.1 R15"])
            .negative()
            .given("an id that nobody has")
            .when("the Buyer reads, cancels and declines the quote of that id")
            .then("404 with the code notFound; 422; 422: all three exist")
            .wrong("the Buyer cannot tell a wrong id from a fault")
            .run(async |lab| {
                common::unknown_is_404(lab, F, QUOTE).await?;
                for task in ["/cancelQuote", "/declineQuote"] {
                    let answer = lab
                        .post(F, task, &json!({ "quoteId": crate::lab::NOBODY, "reason": "none" }))
                        .await?;
                    answer.refusal(&[422, 400])?;
                }
                Ok(())
            }),
    ]
}

fn items() -> Vec<Case> {
    vec![
        case("quote.items.same")
            .shows(&["115.1 R29"])
            .given("a quote answered at once")
            .when("the Buyer counts the items")
            .then("they are those it asked for, each once")
            .wrong("an item of the Buyer has no price")
            .run(async |lab| same_items(&firm(lab).await?, ITEMS)),
        case("quote.items.interval")
            .shows(&["115.1 R27"])
            .given("a quote with items that are answered or can be ordered")
            .when("the Buyer reads when they can be delivered")
            .then("each tells its interval")
            .wrong("the Buyer cannot promise a date to its customer")
            .run(async |lab| {
                let answer = firm(lab).await?;
                answered(&answer).iter().try_for_each(|item| {
                    answer
                        .at(&format!("{}/quoteItemInstallationInterval", item.pointer))
                        .given()
                })
            }),
        case("quote.items.term")
            .shows(&["115.1 R28"])
            .given("a quote with items that are answered or can be ordered")
            .when("the Buyer reads for how long they are offered")
            .then("each that is no end of a product has one term")
            .wrong("the Buyer does not know how long it is bound")
            .run(async |lab| {
                let answer = firm(lab).await?;
                for item in answered(&answer).iter().filter(|item| item.value["action"] != "delete") {
                    let term = answer.at(&format!("{}/quoteItemTerm", item.pointer));
                    term.so(!term.value.is_null() && term.value != json!([]), "to be there")?;
                }
                Ok(())
            }),
        case("quote.items.roll")
            .shows(&["115.1 R34", "115.1 R35"])
            .given("every quote that was read in this run")
            .when("the Buyer reads what happens at the end of a term")
            .then("one that rolls says by how much; one that renews or ends does not")
            .wrong("the Buyer does not know when it can leave")
            .run(async |lab| {
                firm(lab).await?;
                for answer in seen(lab) {
                    for item in answered(&answer) {
                        let term = &item.value["quoteItemTerm"];
                        for term in term.as_array().cloned().unwrap_or_else(|| vec![term.clone()]) {
                            let rolls = term["endOfTermAction"] == "roll";
                            let fits = term.is_null() || rolls != term["rollInterval"].is_null();
                            item.so(fits, "to have rollInterval exactly where its term rolls")?;
                        }
                    }
                }
                Ok(())
            }),
        case("quote.items.nearest-term")
            .shows(&["115.1 R37", "115.1 R38"])
            .given("a term longer than any that the Seller sells")
            .when("the Buyer asks for a firm quote with it")
            .then("the longest one is offered as an alternate, or it is unable to provide")
            .wrong("the Buyer is bound for another time than it takes for granted")
            .run(async |lab| {
                let answer = too_long(lab).await?;
                if answer.at("/state").text() == "unableToProvide" {
                    return Err(Stop::Blocked(
                        "the Seller is unable to provide: that shows nothing of terms".to_owned(),
                    ));
                }
                answer.at("/state").is("approved.orderableAlternate")?;
                answer
                    .each("/quoteItem/*/state")
                    .iter()
                    .try_for_each(|part| part.is("approved.orderableAlternate"))?;
                let sold = lab.offering()?.term["duration"].clone();
                let terms = [
                    answer.each("/quoteItem/*/quoteItemTerm/*/duration"),
                    answer.each("/quoteItem/*/quoteItemTerm/duration"),
                ];
                let given = terms
                    .into_iter()
                    .flatten()
                    .filter(|part| !part.value.is_null())
                    .collect::<Vec<_>>();
                given.iter().try_for_each(|part| part.is(sold.clone()))
            }),
    ]
}

fn levels() -> Vec<Case> {
    vec![
        case("quote.level.budgetary")
            .shows(&["115.1 R30", "115.1 R52"])
            .given("an offering that the Seller quotes without being bound")
            .when("the Buyer asks for a budgetary quote at once")
            .then("it is answered, its level is budgetary, and each item has prices and term")
            .wrong("the Buyer takes a hint for an offer")
            .run(async |lab| {
                let answer = budgetary(lab).await?;
                if answer.at("/state").text() == "unableToProvide" {
                    return Err(Stop::NotOffered("the Seller gives no budgetary quotes".to_owned()));
                }
                answer.at("/state").is("answered")?;
                answer.at("/quoteLevel").is("budgetary")?;
                answer.has(&[
                    "/validFor",
                    "/effectiveQuoteCompletionDate",
                    "/quoteItem/*/quoteItemPrice",
                ])
            }),
        case("quote.level.firm")
            .shows(&["115.1 R31", "115.1 R32"])
            .given("a firm quote that can be ordered")
            .when("the Buyer reads its level")
            .then("firm; or subject to a feasibility check, with an item that says so")
            .wrong("the Buyer takes a price for final that is not")
            .run(async |lab| {
                let answer = firm(lab).await?;
                answer.at("/state").one_of(&APPROVED)?;
                let level = answer.at("/quoteLevel");
                level.one_of(&["firm", "firmSubjectToFeasibilityCheck"])?;
                let checks = answer.each("/quoteItem/*/subjectToFeasibilityCheck");
                let some = checks.iter().any(|part| part.value == true);
                level.so(
                    some == (level.text() == "firmSubjectToFeasibilityCheck"),
                    "to fit subjectToFeasibilityCheck of the items",
                )
            }),
        case("quote.level.attributes")
            .shows(&["115.1 R51"])
            .given("a firm quote that can be ordered")
            .when("the Buyer reads it")
            .then("it tells until when it holds, when it was finished, its level, and prices and term of each item")
            .wrong("the Buyer orders when it is too late")
            .run(async |lab| {
                let answer = firm(lab).await?;
                answer.at("/state").one_of(&APPROVED)?;
                answer.has(&["/validFor/endDateTime", "/effectiveQuoteCompletionDate", "/quoteLevel"])?;
                answer
                    .each("/quoteItem/*/quoteItemPrice")
                    .iter()
                    .try_for_each(|part| part.filled())
            }),
        case("quote.level.all-or-alternate")
            .shows(&["115.1 R53"])
            .given("every quote that was read in this run")
            .when("the Buyer compares its state with those of its items")
            .then("it can be ordered as asked only when every item can")
            .wrong("the Buyer orders something else than it takes for granted")
            .run(async |lab| {
                firm(lab).await?;
                too_long(lab).await.ok();
                for answer in seen(lab) {
                    if answer.at("/state").text() == APPROVED[0] {
                        answer
                            .each("/quoteItem/*/state")
                            .iter()
                            .try_for_each(|part| part.is(APPROVED[0]))?;
                    }
                }
                Ok(())
            }),
        case("quote.level.unable")
            .shows(&["115.1 D6"])
            .given("a place out of reach")
            .when("the Buyer asks for a firm quote there")
            .then("the item says why it cannot be had (a SHOULD)")
            .wrong("the Buyer does not know what to change")
            .run(async |lab| {
                let answer = out_of_reach(lab).await?;
                answer.at("/state").is("unableToProvide")?;
                let told = answer.each("/quoteItem/*/terminationError");
                if !told
                    .iter()
                    .any(|part| part.value.as_array().is_some_and(|list| !list.is_empty()))
                {
                    lab.warn(&answer, "terminationError on the item (a SHOULD)", "there is none");
                }
                Ok(())
            }),
    ]
}

fn prices() -> Vec<Case> {
    vec![
        case("quote.prices.attributes")
            .shows(&["115.1 R39"])
            .given("a firm quote that can be ordered")
            .when("the Buyer reads its prices")
            .then("each has a name, a kind and an amount free of duty")
            .wrong("the Buyer cannot check the bill")
            .run(async |lab| {
                let answer = firm(lab).await?;
                let at = "/quoteItem/*/quoteItemPrice/*";
                answer.has(&[
                    &format!("{at}/name"),
                    &format!("{at}/priceType"),
                    &format!("{at}/price/dutyFreeAmount"),
                ])
            }),
        case("quote.prices.kinds")
            .shows(&["115.1 R40"])
            .given("every quote that was read in this run")
            .when("the Buyer reads its prices")
            .then("one that recurs tells its period, one by use its unit, and every one its amount")
            .wrong("the Buyer does not know how often it pays")
            .run(async |lab| {
                firm(lab).await?;
                for answer in seen(lab) {
                    for price in answer.each("/quoteItem/*/quoteItemPrice/*") {
                        let needs = match price.value["priceType"].as_str() {
                            Some("recurring") => Some("recurringChargePeriod"),
                            Some("usageBased") => Some("unitOfMeasure"),
                            _ => None,
                        };
                        if let Some(member) = needs {
                            answer.at(&format!("{}/{member}", price.pointer)).given()?;
                        }
                    }
                }
                Ok(())
            }),
    ]
}

fn over_all() -> Vec<Case> {
    vec![
        case("quote.structure")
            .shows(&["115.1 R9", "115.1 R12"])
            .given("all answers of this run from the quote API")
            .when("they are compared with its OpenAPI")
            .then("each has what is required, and every value is one of its type")
            .wrong("a Buyer built on the OpenAPI cannot read the answer")
            .run(async |lab| {
                read(lab).await?;
                common::conform(lab, F)?;
                common::statuses(lab, F)
            }),
        case("quote.nothing-else")
            .shows(&["115.1 R6", "115.1 R10"])
            .given("all answers of this run from the quote API")
            .when("they are compared with its OpenAPI")
            .then("nothing is in them that the standard does not have, outside of the configuration of a product")
            .wrong("a Buyer that depends on a private attribute cannot change its Seller")
            .run(async |lab| {
                read(lab).await?;
                common::nothing_undefined(lab, F)
            }),
    ]
}

/// What a task of a quote is sent.
fn about(id: &str) -> Value {
    json!({ "quoteId": id, "reason": "the test is over" })
}
