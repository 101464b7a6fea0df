//! Qualifications that are answered later, and events about them.

use serde_json::Value;

use crate::body;
use crate::case::{Case, Stop, case};
use crate::cases::hub;
use crate::lab::Lab;
use crate::lab::expect::Answer;

use super::{F, ITEMS, POQ, at_once};

const EVENT: &str = "poqStateChangeEvent";
const ITEM_EVENT: &str = "poqItemStateChangeEvent";
const ENDS: [&str; 3] = ["done", "rejected", "terminatedWithError"];

/// A qualification that can wait; the tester is registered for events before.
async fn asked(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a qualification without haste", async |lab| {
        if lab.listener().is_ok() {
            let _ = hub::registered(lab, F).await;
        }
        let asked = body::poq(lab, false)?;
        lab.post(F, POQ, &asked).await?.object()
    })
    .await
}

/// The same, answered later.
async fn deferred(lab: &mut Lab) -> Result<(Answer, String), Stop> {
    let answer = asked(lab).await?;
    if answer.at("/state").text() == "done" {
        return Err(Stop::NotOffered(
            "the Seller answers at once although it need not".to_owned(),
        ));
    }
    let id = answer.text_at("/id")?;
    Ok((answer, id))
}

async fn end_of(lab: &mut Lab, id: &str) -> Result<Answer, Stop> {
    let is_end = |answer: &Answer| ENDS.contains(&answer.at("/state").text());
    let answer = lab.until(F, &format!("{POQ}/{id}"), is_end).await?.object()?;
    answer.at("/state").one_of(&ENDS)?;
    Ok(answer)
}

/// The qualification when it has come to its end, and its event has come.
async fn told(lab: &mut Lab) -> Result<(Answer, Vec<crate::lab::listen::Event>), Stop> {
    let (_, id) = deferred(lab).await?;
    let end = end_of(lab, &id).await?;
    let events = hub::events_until(lab, (&id, &end.text_at("/state")?), EVENT).await?;
    Ok((end, events))
}

/// Another one, brought to its end; its id.
async fn another(lab: &mut Lab) -> Result<String, Stop> {
    let asked = body::poq(lab, false)?;
    let id = lab.post(F, POQ, &asked).await?.object()?.text_at("/id")?;
    end_of(lab, &id).await?;
    Ok(id)
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let mut all = answers();
    all.extend(events());
    all.extend(registrations());
    all
}

fn answers() -> Vec<Case> {
    vec![
        case("poq.later.receipt")
            .shows(&["87.1 R50", "87.1 O3"])
            .given("an offering and a place that the Seller reaches")
            .when("the Buyer asks for a qualification and can wait")
            .then("201 done; or acknowledged with every item so, the history begun, and all that was asked")
            .wrong("the Buyer cannot tell a result from a receipt")
            .run(async |lab| {
                let answer = asked(lab).await?;
                answer.status(&[201])?;
                answer.at("/state").one_of(&["done", "acknowledged"])?;
                let state = answer.at("/state").value;
                answer
                    .each(&format!("{ITEMS}/*/state"))
                    .iter()
                    .try_for_each(|part| part.is(state.clone()))?;
                answer.at("/stateChange").filled()?;
                answer.echoes(answer.sent.as_ref().unwrap_or(&Value::Null))
            }),
        case("poq.later.offers-events")
            .shows(&["87.1 R4"])
            .given("a Seller that answers qualifications later")
            .when("the Buyer registers for events")
            .then("it can: 201")
            .wrong("the Buyer has to ask again and again")
            .run(async |lab| {
                deferred(lab).await?;
                let hub = hub::register(lab, F, None).await.map_err(hub::not_left_out)?;
                hub::unregister(lab, F, &hub).await.map(|_| ())
            }),
    ]
}

fn events() -> Vec<Case> {
    vec![
        case("poq.events.arrive")
            .shows(&["87.1 R72"])
            .given("a Buyer that is registered, and a qualification that is answered later")
            .when("it comes to its end")
            .then("an event tells it")
            .wrong("the Buyer waits for an answer that is there")
            .run(async |lab| told(lab).await.map(|_| ())),
        case("poq.events.form")
            .shows(&["87.1 R77", "87.1 R78", "87.1 R79"])
            .given("events about a qualification and its items")
            .when("the Buyer reads them")
            .then("each is as its OpenAPI has it, with id and state, and of an item with its id")
            .wrong("the Buyer does not learn what happened to what")
            .run(async |lab| {
                let (end, events) = told(lab).await?;
                let ids: Vec<String> = end
                    .each(&format!("{ITEMS}/*/id"))
                    .iter()
                    .map(|part| part.text().to_owned())
                    .collect();
                for event in events.iter().filter(|event| event.kind() == ITEM_EVENT) {
                    let item = event.body["event"]["poqItemId"].as_str().unwrap_or_default().to_owned();
                    end.so(
                        ids.contains(&item),
                        format!("poqItemId to be one of {}", ids.join(", ")),
                        item,
                    )?;
                }
                hub::conform(lab, F)
            }),
        case("poq.events.immediate")
            .shows(&["87.1 R75"])
            .given("a Buyer that is registered")
            .when("a qualification is answered at once")
            .then("no event comes about it")
            .wrong("the Buyer reads again what it has in its hands")
            .run(async |lab| {
                hub::registered(lab, F).await?;
                let asked = body::poq(lab, true)?;
                let made = lab.post(F, POQ, &asked).await?.object()?;
                let id = made.text_at("/id")?;
                let heard = lab.listen_on().await?.iter().filter(|event| event.id() == id).count();
                made.so(
                    heard == 0,
                    "no event about an immediate answer",
                    format!("{heard} events"),
                )
            }),
        case("poq.events.every-target")
            .shows(&["87.1 R76"])
            .given("three registrations of one Buyer")
            .when("a qualification comes to its end")
            .then("each gets the event")
            .wrong("a system of the Buyer misses what the other one hears")
            .run(async |lab| {
                deferred(lab).await?;
                hub::every_target(lab, (F, EVENT), another).await
            }),
        case("poq.events.only-wanted")
            .shows(&["87.1 R74"])
            .given("a Buyer that is registered for one type of event only")
            .when("a qualification comes to its end")
            .then("events of that type come, and none of the other")
            .wrong("the Seller tells what nobody asked for")
            .run(async |lab| {
                deferred(lab).await?;
                hub::only_this_type(lab, (F, EVENT, ITEM_EVENT), another).await
            }),
        case("poq.events.silence")
            .shows(&["87.1 R73"])
            .given("a Buyer that has ended all its registrations")
            .when("a qualification comes to its end")
            .then("nothing comes to its listener")
            .wrong("the Seller tells what nobody asked for")
            .run(async |lab| {
                deferred(lab).await?;
                hub::silence(lab, F, another).await
            }),
    ]
}

fn registrations() -> Vec<Case> {
    vec![
        case("poq.hub.kept")
            .shows(&["87.1 R68"])
            .given("a Seller with events")
            .when("the Buyer registers for two types of event")
            .then("201 with an id and what was asked for")
            .wrong("the Buyer gets what it does not want, or nothing")
            .run(async |lab| hub::is_kept(lab, F, &format!("eventType={EVENT},{ITEM_EVENT}")).await),
        case("poq.hub.callback")
            .shows(&["87.1 R67"])
            .negative()
            .given("a registration without callback")
            .when("the Buyer sends it")
            .then("400 or 422")
            .wrong("events go nowhere, and nobody knows")
            .run(async |lab| hub::needs_callback(lab, F).await),
        case("poq.hub.end")
            .shows(&["87.1 R71"])
            .given("a registration")
            .when("the Buyer ends it")
            .then("204 without a body; afterwards it is unknown")
            .wrong("the Buyer cannot be sure that it will not be called any more")
            .run(async |lab| hub::ends(lab, F).await),
        case("poq.hub.offered")
            .shows(&["87.1 R69"])
            .given("a Seller of which it is not known whether it has events")
            .when("the Buyer registers")
            .then("201, or 501 with the code notImplemented")
            .wrong("the Buyer takes a missing function for a fault")
            .run(async |lab| {
                at_once(lab).await?;
                hub::is_offered_or_501(lab, F).await
            }),
    ]
}
