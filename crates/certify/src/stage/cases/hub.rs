//! Registrations of a Buyer, and how its listener takes events.

use segue_model::describe::Kind;
use serde_json::{Value, json};

use super::common;
use crate::case::{Check, Function, Stop};
use crate::lab::expect::Answer;
use crate::stage::Stage;
use crate::stage::events::kind_of;

/// What a registration is told when it is to look as if it led elsewhere.
const ELSEWHERE: &str = "https://elsewhere.example";

/// What makes a Buyer register that registers at all, and the collection that events are about.
fn about(function: Function) -> (&'static str, &'static str, &'static str) {
    match function {
        Function::Address => (
            "validate-later",
            "createGeographicAddressValidation",
            "geographicAddressValidation",
        ),
        Function::Poq => (
            "poq-later",
            "createProductOfferingQualification",
            "productOfferingQualification",
        ),
        Function::Quote => ("quote-later", "createQuote", "quote"),
        Function::Order => ("order", "createProductOrder", "productOrder"),
        Function::Site | Function::Inventory | Function::Security => ("", "", ""),
    }
}

/// What a Buyer does that events will follow.
pub async fn followed(stage: &mut Stage, function: Function) -> Result<Answer, Stop> {
    match function {
        Function::Order => common::ordered(stage).await,
        Function::Quote | Function::Poq => {
            let address = common::address(stage).await?;
            later(stage, function, &[("address", &address)]).await
        }
        Function::Address | Function::Site | Function::Inventory | Function::Security => {
            later(stage, function, &[]).await
        }
    }
}

async fn later(stage: &mut Stage, function: Function, names: &[(&str, &str)]) -> Result<Answer, Stop> {
    let (step, operation, _) = about(function);
    stage
        .made(&format!("{step} of {}", function.as_str()), async |stage| {
            stage.step(step, names, operation).await
        })
        .await
}

/// The registration of the Buyer; one that registers nowhere need not.
pub async fn registered(stage: &mut Stage, function: Function) -> Result<Answer, Stop> {
    followed(stage, function).await?;
    let found = of_kind(stage, function, Kind::HubCreate);
    found
        .into_iter()
        .next_back()
        .ok_or_else(|| Stop::NotOffered(format!("the Buyer registers for no events of {}", function.as_str())))
}

fn of_kind(stage: &Stage, function: Function, kind: Kind) -> Vec<Answer> {
    let all = stage.all(function).into_iter();
    all.filter(|request| request.kind() == Some(kind)).collect()
}

/// A registration says where to call.
pub async fn has_callback(stage: &mut Stage, function: Function) -> Check {
    let hub = registered(stage, function).await?;
    let callback = hub.text_at("/callback")?;
    let is_address = callback.parse::<url::Url>().is_ok_and(|url| url.has_host());
    hub.so(is_address, "/callback to be an address with a host", callback)
}

/// The end of a registration names the id that the Seller gave.
pub async fn ends(stage: &mut Stage, function: Function, step: &'static str) -> Check {
    let hub = registered(stage, function).await?;
    let id = common::id_of(&hub)?;
    let address = common::address(stage).await?;
    let quote = match function {
        Function::Order => common::id_of(&common::quoted(stage).await?)?,
        Function::Address
        | Function::Site
        | Function::Poq
        | Function::Quote
        | Function::Inventory
        | Function::Security => String::new(),
    };
    // A Buyer that looks whether its registration still leads to it ends one that does not.
    stage
        .desk
        .twist("retrieveHub", 1, |reply| reply.body["callback"] = json!(ELSEWHERE));
    let mark = stage.mark();
    stage.tell(step, &[("address", &address), ("quote", &quote)]).await?;
    let ended = stage.comes(mark, ("unregisterListener", "")).await;
    let ended = ended.ok_or_else(|| Stop::NotOffered("the Buyer ended no registration".to_owned()))?;
    ended.so(
        ended.is_on(&id),
        format!("the id that the Seller gave: {id}"),
        ended.url.clone(),
    )
}

/// What is sent about a resource that waits: its next state.
fn moves(function: Function) -> (&'static str, &'static str) {
    match function {
        Function::Address => ("inProgress", ""),
        Function::Poq
        | Function::Quote
        | Function::Order
        | Function::Site
        | Function::Inventory
        | Function::Security => ("inProgress", "inProgress"),
    }
}

/// An event is taken with 204.
pub async fn takes(stage: &mut Stage, function: Function) -> Check {
    registered(stage, function).await?;
    let request = followed(stage, function).await?;
    let id = common::id_of(&request)?;
    let (.., collection) = about(function);
    stage.enter((function, collection), &id, moves(function)).await?.taken()
}

/// The same event again is taken again.
pub async fn takes_twice(stage: &mut Stage, function: Function) -> Check {
    let event = an_event(stage, function).await?;
    stage.send(function, &event).await?.taken()?;
    stage.send(function, &event).await?.taken()
}

/// Events that come in another order than they happened, and late, are taken.
pub async fn takes_in_any_order(stage: &mut Stage, function: Function) -> Check {
    let (newer, mut older) = (an_event(stage, function).await?, an_event(stage, function).await?);
    older["event"]["state"] = json!("acknowledged");
    older["eventTime"] = json!("2024-01-01T00:00:00.000Z");
    stage.send(function, &newer).await?.taken()?;
    stage.send(function, &older).await?.taken()
}

/// An event about what the Buyer does not know is no fault of the listener: it is taken or refused.
pub async fn survives_unknown(stage: &mut Stage, function: Function) -> Check {
    let mut event = an_event(stage, function).await?;
    event["event"]["id"] = json!(crate::lab::NOBODY);
    let delivered = stage.send(function, &event).await?;
    if delivered.status >= 500 || delivered.status == 0 {
        return delivered.taken();
    }
    Ok(())
}

async fn an_event(stage: &mut Stage, function: Function) -> Result<Value, Stop> {
    registered(stage, function).await?;
    let request = followed(stage, function).await?;
    let id = common::id_of(&request)?;
    let (.., collection) = about(function);
    let (state, _) = moves(function);
    Ok(stage.envelope(kind_of(collection), json!({ "id": id, "state": state })))
}

/// After an event the Buyer fetches what it is about. Nothing obliges it to: it is odd if not.
pub async fn fetches(stage: &mut Stage, function: Function, (retrieve, end): (&'static str, (&str, &str))) -> Check {
    registered(stage, function).await?;
    let request = followed(stage, function).await?;
    let id = common::id_of(&request)?;
    let (.., collection) = about(function);
    let mark = stage.mark();
    stage.enter((function, collection), &id, end).await?.taken()?;
    match stage.comes(mark, (retrieve, &id)).await {
        Some(_) => Ok(()),
        None => {
            stage.warn(
                &request,
                format!("{retrieve} of {id} after an event about it"),
                "no such request",
            );
            Ok(())
        }
    }
}
