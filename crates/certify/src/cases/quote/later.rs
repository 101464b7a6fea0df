//! Quotes that are answered later, and events about them.

use crate::body;
use crate::case::{Case, Stop, case};
use crate::cases::hub;
use crate::lab::Lab;
use crate::lab::expect::Answer;
use crate::lab::listen::Event;

use super::{F, QUOTE, whole_history};

pub(super) const EVENT: &str = "quoteStateChangeEvent";
const ITEM_EVENT: &str = "quoteItemStateChangeEvent";
const OPEN: [&str; 3] = ["acknowledged", "inProgress", "inProgress.draft"];

/// A quote that can wait; the tester is registered for events before.
pub(super) async fn asked(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a quote without haste", async |lab| {
        if lab.listener().is_ok() {
            let _ = hub::registered(lab, F).await;
        }
        let asked = body::quote(lab, false, "firm")?;
        lab.post(F, QUOTE, &asked).await?.object()
    })
    .await
}

/// The same, answered later.
async fn deferred(lab: &mut Lab) -> Result<(Answer, String), Stop> {
    let answer = asked(lab).await?;
    if answer.at("/state").text() != "acknowledged" {
        return Err(Stop::NotOffered(
            "the Seller answers at once although it need not".to_owned(),
        ));
    }
    let id = answer.text_at("/id")?;
    Ok((answer, id))
}

async fn end_of(lab: &mut Lab, id: &str) -> Result<Answer, Stop> {
    let answer = lab
        .until(F, &format!("{QUOTE}/{id}"), |answer| {
            !OPEN.contains(&answer.at("/state").text())
        })
        .await?
        .object()?;
    answer
        .at("/state")
        .so(!OPEN.contains(&answer.at("/state").text()), "to come to an end")?;
    Ok(answer)
}

/// The state in which the Seller has answered: it may have moved on since.
fn answer_state(end: &Answer) -> String {
    let changes = end.each("/stateChange/*/state");
    let ends = [
        "answered",
        "approved.orderable",
        "approved.orderableAlternate",
        "unableToProvide",
        "rejected",
    ];
    let found = changes.iter().find(|part| ends.contains(&part.text()));
    found.map_or_else(|| end.at("/state").text().to_owned(), |part| part.text().to_owned())
}

/// The quote when it has been answered, and its event has come.
async fn told(lab: &mut Lab) -> Result<(Answer, Vec<Event>), Stop> {
    let (_, id) = deferred(lab).await?;
    let end = end_of(lab, &id).await?;
    let events = hub::events_until(lab, (&id, &answer_state(&end)), EVENT).await?;
    Ok((end, events))
}

/// Another one, brought to its end; its id.
async fn another(lab: &mut Lab) -> Result<String, Stop> {
    let asked = body::quote(lab, false, "firm")?;
    let id = lab.post(F, QUOTE, &asked).await?.object()?.text_at("/id")?;
    end_of(lab, &id).await?;
    Ok(id)
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let mut all = events();
    all.extend(registrations());
    all
}

fn events() -> Vec<Case> {
    vec![
        case("quote.later.offers-events")
            .shows(&["115.1 R61"])
            .given("a Seller that answers quotes later")
            .when("the Buyer registers, and a quote is answered")
            .then("it can, and an event tells the answer")
            .wrong("the Buyer has to ask again and again")
            .run(async |lab| {
                deferred(lab).await?;
                let hub = hub::register(lab, F, None).await.map_err(hub::not_left_out)?;
                hub::unregister(lab, F, &hub).await?;
                told(lab).await.map(|_| ())
            }),
        case("quote.events.arrive")
            .shows(&["115.1 CR2", "115.1 CR5"])
            .given("a Buyer that is registered, and a quote that is answered later")
            .when("it has been answered")
            .then("an event has told each state of its history after the first")
            .wrong("the Buyer waits for an answer that is there")
            .run(async |lab| {
                let (end, events) = told(lab).await?;
                whole_history(&end)?;
                let states: Vec<&str> = events.iter().filter(|event| event.kind() == EVENT).filter_map(|event| event.body["event"]["state"].as_str()).collect();
                for part in end.each("/stateChange/*/state").iter().filter(|part| !["acknowledged", "expired"].contains(&part.text())) {
                    end.so(states.contains(&part.text()), format!("an event about {}", part.text()), format!("events about {}", states.join(", ")))?;
                }
                Ok(())
            }),
        case("quote.events.form")
            .shows(&["115.1 R62", "115.1 R64"])
            .given("events about a quote and its items")
            .when("the Buyer reads them")
            .then("each is as its OpenAPI has it, with id and state, and of an item with its id and a state of its history")
            .wrong("the Buyer does not learn what happened to what")
            .run(async |lab| {
                let (end, events) = told(lab).await?;
                for event in events.iter().filter(|event| event.kind() == ITEM_EVENT) {
                    let item = &event.body["event"]["quoteItemId"];
                    let index = end.at("/quoteItem").value.as_array().and_then(|list| list.iter().position(|one| &one["id"] == item));
                    let Some(index) = index else {
                        return Err(end.fail("quoteItemId of an item of the quote", item.to_string()));
                    };
                    let states = end.each(&format!("/quoteItem/{index}/stateChange/*/state"));
                    let known = states.iter().any(|part| part.value == event.body["event"]["state"]);
                    end.so(known, "a state of the item's history", event.body["event"]["state"].to_string())?;
                }
                let ids: std::collections::BTreeSet<String> = events.iter().map(|event| event.body["eventId"].to_string()).collect();
                end.so(ids.len() == events.len(), "an eventId of its own for each event", format!("{} of {}", ids.len(), events.len()))?;
                hub::conform(lab, F)
            }),
        case("quote.events.only-wanted")
            .shows(&["115.1 R58"])
            .given("a Buyer that is registered for one type of event only")
            .when("a quote is answered later")
            .then("events of that type come, and none of the other")
            .wrong("the Seller tells what nobody asked for")
            .run(async |lab| {
                deferred(lab).await?;
                hub::only_this_type(lab, (F, EVENT, ITEM_EVENT), another).await
            }),
        case("quote.events.silence")
            .shows(&["115.1 CR6"])
            .given("a Buyer that has ended all its registrations")
            .when("a quote is answered later")
            .then("nothing comes to its listener")
            .wrong("the Seller tells what nobody asked for")
            .run(async |lab| {
                deferred(lab).await?;
                let result = hub::silence(lab, F, another).await;
                hub::again(lab, F).await;
                result
            }),
    ]
}

fn registrations() -> Vec<Case> {
    vec![
        case("quote.hub.callback")
            .shows(&["115.1 R56"])
            .negative()
            .given("a registration without callback")
            .when("the Buyer sends it")
            .then("400 or 422")
            .wrong("events go nowhere, and nobody knows")
            .run(async |lab| hub::needs_callback(lab, F).await),
        case("quote.hub.end")
            .shows(&["115.1 R60"])
            .given("a registration")
            .when("the Buyer ends it")
            .then("204 without a body; afterwards it is unknown")
            .wrong("the Buyer cannot be sure that it will not be called any more")
            .run(async |lab| hub::ends(lab, F).await),
        case("quote.hub.offered")
            .shows(&["115.1 R57", "115.1 O8"])
            .given("a Seller of which it is not known whether it has events")
            .when("the Buyer registers")
            .then("201, or 501 with the code notImplemented")
            .wrong("the Buyer takes a missing function for a fault")
            .run(async |lab| hub::is_offered_or_501(lab, F).await),
    ]
}
