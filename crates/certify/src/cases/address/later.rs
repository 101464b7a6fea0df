//! Validations that are answered later, and events about them.

use serde_json::Value;

use crate::body;
use crate::case::{Case, Stop, case};
use crate::cases::hub;
use crate::lab::Lab;
use crate::lab::expect::Answer;

use super::{F, VALIDATION, addresses, is_address};

const EVENT: &str = "geographicAddressValidationStateChangeEvent";

/// A validation that need not be answered at once; the tester is registered for events before.
async fn asked(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("an address validation without haste", async |lab| {
        if lab.listener().is_ok() {
            // Who answers only at once needs no hub: this case does not ask for one.
            let _ = hub::registered(lab, F).await;
        }
        let asked = body::validation(false, &lab.profile.places.good.fielded.clone());
        lab.post(F, VALIDATION, &asked).await?.object()
    })
    .await
}

/// The same, answered later; a Seller that answers at once is free to.
async fn deferred(lab: &mut Lab) -> Result<(Answer, String), Stop> {
    let answer = asked(lab).await?;
    if answer.status == 200 {
        return Err(Stop::NotOffered(
            "the Seller answers at once although it need not".to_owned(),
        ));
    }
    let id = answer.text_at("/id")?;
    Ok((answer, id))
}

/// The validation when it has come to its end.
async fn ended(lab: &mut Lab) -> Result<Answer, Stop> {
    let (_, id) = deferred(lab).await?;
    let is_end = |answer: &Answer| ["ready", "rejected"].contains(&answer.at("/state").text());
    let answer = lab.until(F, &format!("{VALIDATION}/{id}"), is_end).await?.object()?;
    answer.at("/state").one_of(&["ready", "rejected"])?;
    Ok(answer)
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let mut all = answers();
    all.extend(events());
    all
}

fn answers() -> Vec<Case> {
    vec![
        case("address.later.receipt")
            .shows(&["121.1 R30", "121.1 R35", "121.1 O3"])
            .given("an address that the Seller knows")
            .when("the Buyer has it validated and can wait")
            .then("200 with state ready and no id, or 201 with state acknowledged and an id")
            .wrong("the Buyer cannot tell a result from a receipt")
            .run(async |lab| {
                let answer = asked(lab).await?;
                answer.status(&[200, 201])?;
                if answer.status == 200 {
                    answer.at("/state").is("ready")?;
                    return answer.lacks(&["/id"]);
                }
                answer.at("/state").is("acknowledged")?;
                answer.has(&["/id"])
            }),
        case("address.later.read")
            .shows(&["121.1 R41"])
            .given("a validation that is answered later")
            .when("the Buyer reads it by its id until it is finished")
            .then("it has its id, its state, all that was asked, and what was found")
            .wrong("the result of a question cannot be brought together with it")
            .run(async |lab| {
                let (receipt, id) = deferred(lab).await?;
                let answer = ended(lab).await?;
                answer.at("/id").is(id)?;
                answer.has(&["/state", "/alternateGeographicAddress"])?;
                answer.echoes(receipt.sent.as_ref().unwrap_or(&Value::Null))?;
                addresses(&answer)
                    .iter()
                    .try_for_each(|part| is_address(&answer, &part.pointer))
            }),
        case("address.later.offers-events")
            .shows(&["121.1 R23"])
            .given("a Seller that answers validations later")
            .when("the Buyer registers for events")
            .then("it can: 201")
            .wrong("the Buyer has to ask again and again")
            .run(async |lab| {
                deferred(lab).await?;
                let answer = hub::register(lab, F, None).await.map_err(hub::not_left_out)?;
                hub::unregister(lab, F, &answer).await.map(|_| ())
            }),
    ]
}

fn events() -> Vec<Case> {
    vec![
        case("address.events.arrive")
            .shows(&["121.1 R51"])
            .given("a Buyer that is registered, and a validation that is answered later")
            .when("the validation comes to its end")
            .then("an event tells it")
            .wrong("the Buyer waits for a result that is there")
            .run(async |lab| {
                let end = ended(lab).await?;
                let (id, state) = (end.text_at("/id")?, end.text_at("/state")?);
                hub::events_until(lab, (&id, &state), EVENT).await.map(|_| ())
            }),
        case("address.events.payload")
            .shows(&["121.1 R54"])
            .given("events about a validation")
            .when("the Buyer reads them")
            .then("each is as its OpenAPI has it, with id and state; the last one agrees with what GET shows")
            .wrong("the Buyer does not learn what happened to what")
            .run(async |lab| {
                let end = ended(lab).await?;
                let (id, state) = (end.text_at("/id")?, end.text_at("/state")?);
                hub::events_until(lab, (&id, &state), EVENT).await?;
                hub::conform(lab, F)
            }),
        case("address.events.every-target")
            .shows(&["121.1 R53"])
            .given("two registrations of one Buyer")
            .when("a validation comes to its end")
            .then("each gets the event")
            .wrong("a system of the Buyer misses what the other one hears")
            .run(async |lab| {
                deferred(lab).await?;
                hub::every_target(lab, (F, EVENT), another).await
            }),
        case("address.events.silence")
            .shows(&["121.1 R52"])
            .given("a Buyer that has ended all its registrations")
            .when("a validation comes to its end")
            .then("nothing comes to its listener")
            .wrong("the Seller tells what nobody asked for")
            .run(async |lab| {
                deferred(lab).await?;
                hub::silence(lab, F, another).await
            }),
        case("address.hub.kept")
            .shows(&["121.1 R47"])
            .given("a Seller with events")
            .when("the Buyer registers for one type of event")
            .then("201 with an id and what was asked for")
            .wrong("the Buyer gets what it does not want, or nothing")
            .run(async |lab| hub::is_kept(lab, F, &format!("eventType={EVENT}")).await),
        case("address.hub.callback")
            .shows(&["121.1 R46"])
            .negative()
            .given("a registration without callback")
            .when("the Buyer sends it")
            .then("400 or 422")
            .wrong("events go nowhere, and nobody knows")
            .run(async |lab| hub::needs_callback(lab, F).await),
        case("address.hub.end")
            .shows(&["121.1 R50"])
            .given("a registration")
            .when("the Buyer ends it")
            .then("204 without a body; afterwards it is unknown")
            .wrong("the Buyer cannot be sure that it will not be called any more")
            .run(async |lab| hub::ends(lab, F).await),
        case("address.hub.offered")
            .shows(&["121.1 R48"])
            .given("a Seller of which it is not known whether it has events")
            .when("the Buyer registers")
            .then("201, or 501 with the code notImplemented")
            .wrong("the Buyer takes a missing function for a fault")
            .run(async |lab| hub::is_offered_or_501(lab, F).await),
    ]
}

/// Another validation, brought to its end; its id.
async fn another(lab: &mut Lab) -> Result<String, Stop> {
    let asked = body::validation(false, &lab.profile.places.good.fielded.clone());
    let id = lab.post(F, VALIDATION, &asked).await?.object()?.text_at("/id")?;
    lab.until(F, &format!("{VALIDATION}/{id}"), |answer| {
        answer.at("/state").text() == "ready"
    })
    .await?;
    Ok(id)
}
