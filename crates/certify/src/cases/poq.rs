//! Product Offering Qualification (Mplify 87.1).

mod form;
mod later;
mod list;

use serde_json::{Value, json};

use crate::body;
use crate::case::{Case, Check, Function, Stop, case};
use crate::lab::Lab;
use crate::lab::expect::{Answer, Part};
use crate::states;

use super::common::{self, has_contact, same_items, spoiled, unknown_is_404};

pub(super) const F: Function = Function::Poq;
pub(super) const POQ: &str = "/productOfferingQualification";
pub(super) const ITEMS: &str = "/productOfferingQualificationItem";

/// A qualification at once, at a place that is served.
pub(super) async fn at_once(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a qualification at once", async |lab| {
        let asked = body::poq(lab, true)?;
        lab.post(F, POQ, &asked).await?.object()
    })
    .await
}

/// The same, read by its id.
pub(super) async fn read(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a qualification read by its id", async |lab| {
        let id = at_once(lab).await?.text_at("/id")?;
        lab.get(F, format!("{POQ}/{id}")).await?.object()
    })
    .await
}

/// A qualification at a place out of reach, with alternates wanted.
async fn out_of_reach(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a qualification at a place out of reach", async |lab| {
        let place = lab.place("unserved", lab.profile.places.unserved.as_ref())?;
        let asked = spoiled(&body::poq(lab, true)?, "/provideAlternative", Some(json!(true)));
        let at = format!("{ITEMS}/0/product/place/0/place");
        let asked = spoiled(&asked, &at, Some(body::address(&place.id)));
        lab.post(F, POQ, &asked).await?.object()
    })
    .await
}

/// Every element of the items, by a member.
fn of_items(answer: &Answer, member: &str) -> Vec<Part> {
    answer.each(&format!("{ITEMS}/*/{member}"))
}

/// Items that can be delivered tell when, how and what.
fn deliverable_is_told(answer: &Answer) -> Check {
    for item in answer.each(&format!("{ITEMS}/*")) {
        let confidence = item.value["serviceabilityConfidence"].as_str().unwrap_or_default();
        if ["green", "yellow"].contains(&confidence) {
            let told = ["installationInterval", "deliveryType", "product/productOffering"];
            let parts = told
                .iter()
                .map(|member| answer.at(&format!("{}/{member}", item.pointer)));
            parts.into_iter().try_for_each(|part| part.given())?;
        }
    }
    Ok(())
}

/// A date until which the answer holds: a SHOULD.
fn should_be_guaranteed(lab: &mut Lab, answer: &Answer, pattern: &str) {
    for part in answer.each(pattern) {
        if part.value.is_null() {
            lab.warn(answer, format!("{} (a SHOULD)", part.pointer), "it is not there");
        }
    }
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [
        create(),
        items(),
        alternates(),
        get(),
        form::cases(),
        list::cases(),
        later::cases(),
        states(),
        structure(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn create() -> Vec<Case> {
    vec![
        case("poq.create.at-once")
            .shows(&["87.1 R3", "87.1 R8"])
            .given("an offering and a place that the Seller reaches")
            .when("the Buyer asks whether it can be had there, and demands the answer at once")
            .then("201 with the state done")
            .wrong("a Buyer that cannot wait is made to wait")
            .run(async |lab| {
                let answer = at_once(lab).await?;
                answer.status(&[201])?;
                answer.at("/state").is("done")
            }),
        case("poq.create.echo")
            .shows(&["87.1 R42"])
            .given("a qualification answered at once")
            .when("the Buyer compares it with what it sent")
            .then("all it sent is there, unchanged")
            .wrong("the Buyer cannot tell which question was answered")
            .run(async |lab| {
                let answer = at_once(lab).await?;
                answer.echoes(answer.sent.as_ref().unwrap_or(&Value::Null))
            }),
        case("poq.create.attributes")
            .shows(&["87.1 R43"])
            .given("a qualification answered at once")
            .when("the Buyer reads it")
            .then("it has id, state, history and date, and each item state and history")
            .wrong("the Buyer cannot come back to it, nor tell how it came about")
            .run(async |lab| {
                let answer = at_once(lab).await?;
                answer.has(&["/id", "/state", "/stateChange", "/creationDate"])?;
                answer.has(&[&format!("{ITEMS}/*/state"), &format!("{ITEMS}/*/stateChange")])
            }),
        case("poq.create.history")
            .shows(&["87.1 R44"])
            .given("a qualification answered at once")
            .when("the Buyer reads its history and those of its items")
            .then("each begins with the first state and ends with the one shown")
            .wrong("what happened cannot be settled in a dispute")
            .run(async |lab| whole_history(&at_once(lab).await?)),
        case("poq.create.id")
            .shows(&["87.1 R45"])
            .given("one qualification")
            .when("the Buyer asks the same again")
            .then("the second one has another id")
            .wrong("two questions share one answer")
            .run(async |lab| {
                let first = at_once(lab).await?.text_at("/id")?;
                let asked = body::poq(lab, true)?;
                let second = lab.post(F, POQ, &asked).await?.object()?;
                second.at("/id").so(second.at("/id").text() != first, "to be a new one")
            }),
        case("poq.create.seller-contact")
            .shows(&["87.1 R52"])
            .given("a qualification answered at once")
            .when("the Buyer reads it")
            .then("it is done, so is every item, and it names somebody of the Seller")
            .wrong("nobody can be asked about the answer")
            .run(async |lab| {
                let answer = at_once(lab).await?;
                has_contact(&answer, "", "sellerContactInformation")?;
                answer.at("/state").is("done")?;
                of_items(&answer, "state").iter().try_for_each(|part| part.is("done"))
            }),
        case("poq.create.sub-unit")
            .shows(&["87.1 O1"])
            .given("an offering and a place that the Seller reaches")
            .when("the Buyer asks for a room at that address, named beside the reference")
            .then("it is taken and comes back as it was; or it is refused, as the room is not known there")
            .wrong("a form that the standard allows cannot be read")
            .run(async |lab| {
                let asked = body::poq(lab, true)?;
                let unit = json!([{ "subUnitType": "room", "subUnitNumber": "1" }]);
                let asked = spoiled(&asked, &format!("{ITEMS}/0/product/place/0/subUnit"), Some(unit));
                let answer = lab.post(F, POQ, &asked).await?;
                if answer.is_success() {
                    answer.echoes(&asked)
                } else {
                    answer.refusal(&[422]).map(|_| ())
                }
            }),
    ]
}

fn items() -> Vec<Case> {
    vec![
        case("poq.items.same")
            .shows(&["87.1 R46"])
            .given("a qualification answered at once")
            .when("the Buyer counts the items")
            .then("they are those it asked for, each once")
            .wrong("an item of the Buyer has no answer")
            .run(async |lab| same_items(&at_once(lab).await?, ITEMS)),
        case("poq.items.offering")
            .shows(&["87.1 R47"])
            .given("a qualification of one offering")
            .when("the Buyer reads what it is about")
            .then("it is about that offering")
            .wrong("something else is offered than was asked for")
            .run(async |lab| {
                let offering = lab.offering()?.id;
                let found = of_items(&at_once(lab).await?, "product/productOffering/id");
                found.iter().try_for_each(|part| part.is(offering.clone()))
            }),
        case("poq.items.confidence")
            .shows(&["87.1 R51"])
            .given("a qualification answered at once")
            .when("the Buyer reads its items")
            .then("each says green, yellow or red")
            .wrong("the Buyer does not learn whether it can have it")
            .run(async |lab| {
                let found = of_items(&at_once(lab).await?, "serviceabilityConfidence");
                found
                    .iter()
                    .try_for_each(|part| part.one_of(&["green", "yellow", "red"]))
            }),
        case("poq.items.states")
            .shows(&["87.1 R15"])
            .given("a qualification answered at once")
            .when("the Buyer reads the states of its items")
            .then("every one is done, with a history that ends there")
            .wrong("the Buyer waits for items that are finished")
            .run(async |lab| {
                let answer = at_once(lab).await?;
                of_items(&answer, "state").iter().try_for_each(|part| part.is("done"))?;
                each_item(&answer)
            }),
        case("poq.items.deliverable")
            .shows(&["87.1 R53"])
            .given("a qualification answered at once with green or yellow")
            .when("the Buyer reads the item")
            .then("it tells the interval, how it is delivered, and the offering")
            .wrong("the Buyer cannot promise a date to its customer")
            .run(async |lab| deliverable_is_told(&at_once(lab).await?)),
        case("poq.items.guaranteed")
            .shows(&["87.1 D2(b)", "87.1 D5"])
            .given("a qualification answered at once, and read again")
            .when("the Buyer looks how long the answer holds")
            .then("each item tells it (a SHOULD)")
            .wrong("the Buyer does not know when it has to ask again")
            .run(async |lab| {
                let (made, again) = (at_once(lab).await?, read(lab).await?);
                should_be_guaranteed(lab, &made, &format!("{ITEMS}/*/guaranteedUntilDate"));
                should_be_guaranteed(lab, &again, &format!("{ITEMS}/*/guaranteedUntilDate"));
                Ok(())
            }),
        case("poq.items.third-party")
            .shows(&["87.1 O4"])
            .given("every qualification of this run")
            .when("the Buyer looks who delivers")
            .then("a third party is named only where it is delivered off the Seller's net")
            .wrong("the Buyer looks for a provider that takes no part")
            .run(async |lab| {
                at_once(lab).await?;
                for answer in common::seen(lab, F, ITEMS) {
                    for item in answer.each(&format!("{ITEMS}/*")) {
                        let named = item.value.get("3rdPartyProvider").is_some();
                        let off_net = item.value["deliveryType"]
                            .as_str()
                            .is_some_and(|kind| kind.starts_with("offNet"));
                        item.so(!named || off_net, "to name a third party only off net")?;
                    }
                }
                Ok(())
            }),
    ]
}

fn alternates() -> Vec<Case> {
    vec![
        case("poq.alternates.not-wanted")
            .shows(&["87.1 O5"])
            .given("a qualification for which no alternates were wanted")
            .when("the Buyer reads the items")
            .then("there are none")
            .wrong("the Buyer takes a proposal for the answer")
            .run(async |lab| {
                let found = of_items(&at_once(lab).await?, "alternateProductOfferingProposal");
                let none = |part: &Part| part.value.is_null() || part.value == json!([]);
                found.iter().try_for_each(|part| part.so(none(part), "not to be there"))
            }),
        case("poq.alternates.none-found")
            .shows(&["87.1 CR2"])
            .given("a place out of reach")
            .when("the Buyer asks for something there, or an alternate of it")
            .then("the list of alternates is there, if only an empty one")
            .wrong("the Buyer cannot tell whether the Seller has looked")
            .run(async |lab| {
                let answer = out_of_reach(lab).await?;
                for item in answer.each(&format!("{ITEMS}/*")) {
                    if item.value["serviceabilityConfidence"] != "green" {
                        let list = answer.at(&format!("{}/alternateProductOfferingProposal", item.pointer));
                        list.so(list.value.is_array(), "to be a list")?;
                    }
                }
                Ok(())
            }),
        case("poq.alternates.attributes")
            .shows(&["87.1 R54", "87.1 R55", "87.1 D3", "87.1 O7", "87.1 O8"])
            .given("a place out of reach, for which the Seller has alternates")
            .when("the Buyer reads them")
            .then("each has its id, unique in the item, what it is, how sure, when and how it is delivered")
            .wrong("the Buyer cannot choose an alternate, or orders another one")
            .run(async |lab| {
                let answer = out_of_reach(lab).await?;
                let list = format!("{ITEMS}/*/alternateProductOfferingProposal/*");
                if answer.each(&list).is_empty() {
                    return Err(Stop::NotOffered("the Seller has no alternates there".to_owned()));
                }
                let members = [
                    "id",
                    "alternateProduct",
                    "installationInterval",
                    "deliveryType",
                    "serviceabilityConfidence",
                ];
                members
                    .iter()
                    .flat_map(|member| answer.each(&format!("{list}/{member}")))
                    .try_for_each(|part| part.given())?;
                for item in of_items(&answer, "alternateProductOfferingProposal") {
                    let ids: Vec<String> = item
                        .value
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|one| one["id"].to_string())
                        .collect();
                    let unique = ids.iter().collect::<std::collections::BTreeSet<_>>().len() == ids.len();
                    item.so(unique, "to have an id of its own for each")?;
                }
                answer
                    .each(&format!("{list}/serviceabilityConfidence"))
                    .iter()
                    .try_for_each(|part| part.one_of(&["green", "yellow"]))?;
                should_be_guaranteed(lab, &answer, &format!("{list}/guaranteedUntilDate"));
                Ok(())
            }),
    ]
}

fn get() -> Vec<Case> {
    vec![
        case("poq.get.attributes")
            .shows(&["87.1 R60"])
            .given("a qualification")
            .when("the Buyer reads it by its id")
            .then("it has id, state, history, date, both flags, contacts and items")
            .wrong("the answer is worth less the second time")
            .run(async |lab| {
                let answer = read(lab).await?;
                answer.status(&[200])?;
                let flags = [
                    "/instantSyncQualification",
                    "/provideAlternative",
                    "/relatedContactInformation",
                    ITEMS,
                ];
                answer.has(&["/id", "/state", "/stateChange", "/creationDate"])?;
                answer.has(&flags)
            }),
        case("poq.get.items")
            .shows(&["87.1 R61", "87.1 R62"])
            .given("a qualification")
            .when("the Buyer reads it by its id")
            .then("the items are those asked for, each with id, state, history, action and product")
            .wrong("an item of the Buyer has no answer")
            .run(async |lab| {
                let (made, answer) = (at_once(lab).await?, read(lab).await?);
                answer.echoes(made.sent.as_ref().unwrap_or(&Value::Null))?;
                let asked = made
                    .sent
                    .as_ref()
                    .and_then(|sent| sent.pointer(ITEMS))
                    .and_then(Value::as_array)
                    .map_or(0, Vec::len);
                let items = answer.each(&format!("{ITEMS}/*"));
                answer.so(items.len() == asked, format!("{asked} items"), items.len().to_string())?;
                let members = ["id", "state", "stateChange", "action", "product"];
                members
                    .iter()
                    .flat_map(|member| of_items(&answer, member))
                    .try_for_each(|part| part.given())
            }),
        case("poq.get.history")
            .shows(&["87.1 R63"])
            .given("a qualification")
            .when("the Buyer reads its history by its id")
            .then("it begins with the first state and ends with the one shown")
            .wrong("what happened cannot be settled in a dispute")
            .run(async |lab| whole_history(&read(lab).await?)),
        case("poq.get.done")
            .shows(&["87.1 R64"])
            .given("a qualification that is done")
            .when("the Buyer reads it by its id")
            .then("each item has its confidence, and both sides a contact")
            .wrong("nobody can be asked about the answer")
            .run(async |lab| {
                let answer = read(lab).await?;
                answer.at("/state").is("done")?;
                of_items(&answer, "serviceabilityConfidence")
                    .iter()
                    .try_for_each(|part| part.given())?;
                has_contact(&answer, "", "buyerContactInformation")?;
                has_contact(&answer, "", "sellerContactInformation")
            }),
        case("poq.get.deliverable")
            .shows(&["87.1 R65"])
            .given("a qualification with a green or yellow item")
            .when("the Buyer reads it by its id")
            .then("the item tells the interval, how it is delivered, and the offering")
            .wrong("the Buyer cannot promise a date to its customer")
            .run(async |lab| deliverable_is_told(&read(lab).await?)),
        case("poq.get.unknown")
            .shows(&["87.1 R24"])
            .negative()
            .given("an id that nobody has, and all answers of this run")
            .when("the Buyer reads the qualification of that id")
            .then("404 with the code notFound; no operation ever succeeds with a status it does not declare")
            .wrong("the Buyer cannot tell a wrong id from a fault")
            .run(async |lab| {
                unknown_is_404(lab, F, POQ).await?;
                at_once(lab).await?;
                common::statuses(lab, F)
            }),
    ]
}

/// The history of the whole and of each item.
fn whole_history(answer: &Answer) -> Check {
    states::history(answer, "", ("stateChange", "state"), &states::POQ)?;
    each_item(answer)
}

fn each_item(answer: &Answer) -> Check {
    let items = answer.each(&format!("{ITEMS}/*"));
    let graph = &states::POQ_ITEM;
    items
        .iter()
        .try_for_each(|item| states::history(answer, &item.pointer, ("stateChange", "state"), graph))
}

fn states() -> Vec<Case> {
    vec![
        case("poq.states.matrix")
            .shows(&["87.1 R10", "87.1 R11", "87.1 R12", "87.1 R13", "87.1 R14", "87.1 R17"])
            .given("every qualification that was read in this run")
            .when("the Buyer compares its state with those of its items")
            .then("they fit: done means that all are, and one that failed ends the whole")
            .wrong("the Buyer orders what cannot be had")
            .run(async |lab| {
                read(lab).await?;
                common::seen(lab, F, ITEMS).iter().try_for_each(states::poq_matrix)
            }),
        case("poq.states.ways")
            .shows(&["87.1 R9", "87.1 R16"])
            .given("every qualification that was read in this run")
            .when("the Buyer follows its history and those of its items")
            .then("each goes only ways that the standard has")
            .wrong("the Buyer's program meets a state it cannot have")
            .run(async |lab| {
                read(lab).await?;
                common::seen(lab, F, ITEMS).iter().try_for_each(whole_history)
            }),
        case("poq.states.rejected")
            .shows(&["87.1 R66"])
            .given("a qualification that was rejected")
            .when("the Buyer reads the rejected item")
            .then("it has state and history, and nothing of an answer")
            .wrong("the Buyer takes a rest of an answer for one")
            .run(async |lab| {
                at_once(lab).await?;
                let mut seen = false;
                for answer in common::seen(lab, F, ITEMS) {
                    for item in answer.each(&format!("{ITEMS}/*")) {
                        if item.value["state"] == "rejected" {
                            seen = true;
                            let told = [
                                "serviceabilityConfidence",
                                "installationInterval",
                                "guaranteedUntilDate",
                                "deliveryType",
                            ];
                            told.iter()
                                .try_for_each(|member| answer.at(&format!("{}/{member}", item.pointer)).absent())?;
                        }
                    }
                }
                if seen {
                    Ok(())
                } else {
                    Err(Stop::Blocked("no qualification was rejected in this run".to_owned()))
                }
            }),
    ]
}

fn structure() -> Vec<Case> {
    vec![
        case("poq.structure")
            .shows(&["87.1 R7", "87.1 R21"])
            .given("all answers of this run from the qualification API")
            .when("they are compared with its OpenAPI")
            .then("each has what is required, and every value is one of its type")
            .wrong("a Buyer built on the OpenAPI cannot read the answer")
            .run(async |lab| {
                read(lab).await?;
                common::conform(lab, F)
            }),
        case("poq.nothing-else")
            .shows(&["87.1 R18", "87.1 R22"])
            .given("all answers of this run from the qualification API")
            .when("they are compared with its OpenAPI")
            .then("nothing is in them that the standard does not have, outside of the configuration of a product")
            .wrong("a Buyer that depends on a private attribute cannot change its Seller")
            .run(async |lab| {
                read(lab).await?;
                common::nothing_undefined(lab, F)
            }),
    ]
}
