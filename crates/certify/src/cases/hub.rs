//! Registration of listeners, and what is asked of every event alike.

use serde_json::{Value, json};

use crate::case::{Check, Finding, Function, Stop};
use crate::lab::expect::Answer;
use crate::lab::listen::Event;
use crate::lab::{Lab, NOBODY};

use super::common::REFUSED;

/// Registers the listener of the tester.
pub async fn register(lab: &mut Lab, function: Function, query: Option<&str>) -> Result<Answer, Stop> {
    let callback = lab.listener()?.callback.clone();
    let mut body = json!({ "callback": callback });
    if let Some(query) = query {
        body["query"] = json!(query);
    }
    let answer = lab.post(function, "/hub", &body).await?;
    answer.status(&[201])?;
    answer.text_at("/id")?;
    Ok(answer)
}

/// Ends a registration.
pub async fn unregister(lab: &mut Lab, function: Function, hub: &Answer) -> Result<Answer, Stop> {
    let id = hub.text_at("/id")?;
    lab.delete(function, format!("/hub/{id}")).await
}

/// One registration for all events of a function, kept for the run.
pub async fn registered(lab: &mut Lab, function: Function) -> Result<Answer, Stop> {
    let name = format!("a registration for all events of {}", function.as_str());
    lab.made(&name, async |lab| register(lab, function, None).await).await
}

/// A registration is echoed with an id, and can be read where that is offered.
pub async fn is_kept(lab: &mut Lab, function: Function, query: &str) -> Check {
    let hub = register(lab, function, Some(query)).await?;
    let callback = lab.listener()?.callback.clone();
    hub.at("/callback").is(callback)?;
    hub.at("/query").is(query)?;
    let read = lab.get(function, format!("/hub/{}", hub.text_at("/id")?)).await?;
    if read.status != 501 {
        read.status(&[200])?;
        read.at("/id").is(hub.text_at("/id")?)?;
    }
    unregister(lab, function, &hub).await.map(|_| ())
}

/// Without a callback there is nothing to call.
pub async fn needs_callback(lab: &mut Lab, function: Function) -> Check {
    let answer = lab.post(function, "/hub", &json!({ "query": "" })).await?;
    answer.refusal(&REFUSED).map(|_| ())
}

/// The end of a registration is 204 without a body; afterwards it is unknown.
pub async fn ends(lab: &mut Lab, function: Function) -> Check {
    let hub = register(lab, function, None).await?;
    let answer = unregister(lab, function, &hub).await?;
    answer.status(&[204])?;
    answer.so(answer.text.is_empty(), "an empty body", answer.told())?;
    let again = unregister(lab, function, &hub).await?;
    again.so(
        (400..500).contains(&again.status),
        "the ended registration to be unknown",
        again.told(),
    )?;
    let unknown = lab.delete(function, format!("/hub/{NOBODY}")).await?;
    unknown.so(
        (400..500).contains(&unknown.status),
        "an unknown registration to be refused",
        unknown.told(),
    )
}

/// Events are offered, or the hub says 501 `notImplemented` as the standard has it.
pub async fn is_offered_or_501(lab: &mut Lab, function: Function) -> Check {
    let callback = lab.listener()?.callback.clone();
    let answer = lab.post(function, "/hub", &json!({ "callback": callback })).await?;
    if answer.status == 501 {
        return answer.code("notImplemented");
    }
    answer.status(&[201])?;
    unregister(lab, function, &answer).await.map(|_| ())
}

/// The events about one resource, once one of them says that it has come to this state.
pub async fn events_until(lab: &Lab, (id, state): (&str, &str), kind: &str) -> Result<Vec<Event>, Stop> {
    let what = format!("{kind} with state {state} about {id}");
    let is_it = |event: &Event| event.id() == id && event.kind() == kind && event.body["event"]["state"] == state;
    lab.event(&what, is_it).await?;
    Ok(lab
        .listener()?
        .events()
        .into_iter()
        .filter(|event| event.id() == id)
        .collect())
}

/// Every event of a function that came so far is as its description has it, at the path of its type.
pub fn conform(lab: &Lab, function: Function) -> Check {
    let (kinds, base) = lab.events_of(function);
    let events = lab.listener()?.events();
    let of_it: Vec<&Event> = events.iter().filter(|event| event.path.contains(&base)).collect();
    if of_it.is_empty() {
        return Err(Stop::Blocked("no event has come".to_owned()));
    }
    let fail = |event: &Event, expected: String, came: String| {
        let came = format!("{came} in {}", crate::lab::mask::masked(&event.body));
        Err(Stop::Failed(Finding {
            expected,
            came,
            exchange: None,
        }))
    };
    for event in of_it {
        if !event.path.ends_with(&format!("{base}/listener/{}", event.kind())) {
            return fail(event, format!("{base}/listener/{}", event.kind()), event.path.clone());
        }
        if !kinds.contains(&event.kind()) {
            return fail(event, format!("one of {}", kinds.join(", ")), event.kind().to_owned());
        }
        for member in ["eventId", "eventTime", "eventType", "event"] {
            if event.body.get(member).is_none_or(Value::is_null) {
                return fail(event, format!("an event with {member}"), "it is not there".to_owned());
            }
        }
        if let Some(fault) = lab.faults_of_event(function, event).first() {
            return fail(
                event,
                format!("{} as its OpenAPI describes it", event.kind()),
                fault.clone(),
            );
        }
    }
    Ok(())
}

/// Makes something whose end is told by an event, with two more registrations: each target gets it.
pub async fn every_target(
    lab: &mut Lab,
    (function, kind): (Function, &str),
    make: impl AsyncFnOnce(&mut Lab) -> Result<String, Stop>,
) -> Check {
    registered(lab, function).await?;
    let (one, two) = (
        register(lab, function, None).await?,
        register(lab, function, None).await?,
    );
    let id = make(lab).await?;
    let listener = lab.listener()?;
    let thrice = |events: &[Event]| {
        let of_kind = events.iter().filter(|event| event.id() == id && event.kind() == kind);
        let states: Vec<&Value> = of_kind.map(|event| &event.body["event"]["state"]).collect();
        let is_told = |state: &&Value| states.iter().filter(|other| *other == state).count() >= 3;
        states.iter().any(is_told).then_some(())
    };
    let came = listener.until(lab.profile.deadlines.event(), thrice).await;
    unregister(lab, function, &one).await?;
    let last = unregister(lab, function, &two).await?;
    last.so(
        came.is_some(),
        format!("{kind} about {id} once for each of 3 registrations"),
        "fewer events",
    )
}

/// Ends every registration of this run, then makes something: nothing comes to the listener.
pub async fn silence(
    lab: &mut Lab,
    function: Function,
    make: impl AsyncFnOnce(&mut Lab) -> Result<String, Stop>,
) -> Check {
    let all = registered(lab, function).await?;
    unregister(lab, function, &all).await?;
    let id = make(lab).await?;
    let heard = lab.listen_on().await?.iter().filter(|event| event.id() == id).count();
    all.so(
        heard == 0,
        "no event after the end of the registration",
        format!("{heard} events about {id}"),
    )
}

/// With a registration for one type of event, events of the other types do not come.
pub async fn only_this_type(
    lab: &mut Lab,
    (function, kind, other): (Function, &str, &str),
    make: impl AsyncFnOnce(&mut Lab) -> Result<String, Stop>,
) -> Check {
    let all = registered(lab, function).await?;
    unregister(lab, function, &all).await?;
    let one = register(lab, function, Some(&format!("eventType={kind}"))).await?;
    let id = make(lab).await?;
    let came = lab
        .event(&format!("{kind} about {id}"), |event| {
            event.id() == id && event.kind() == kind
        })
        .await;
    let heard = lab.listen_on().await?;
    unregister(lab, function, &one).await?;
    again(lab, function).await;
    came?;
    let wrong = heard
        .iter()
        .filter(|event| event.id() == id && event.kind() == other)
        .count();
    one.so(
        wrong == 0,
        format!("no {other} for a registration for {kind}"),
        format!("{wrong} of them"),
    )
}

/// What may be left out by others may not be left out here.
pub fn not_left_out(stop: Stop) -> Stop {
    match stop {
        Stop::NotOffered(why) => Stop::Failed(Finding {
            expected: "201".to_owned(),
            came: why,
            exchange: None,
        }),
        Stop::Failed(_) | Stop::Blocked(_) => stop,
    }
}

/// Registers for all events anew, after a case has ended all registrations.
pub async fn again(lab: &mut Lab, function: Function) {
    lab.forget(&format!("a registration for all events of {}", function.as_str()));
    // Who needs it says whether it came to be.
    let _ = registered(lab, function).await;
}
