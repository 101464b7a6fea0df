//! What the cases of a Buyer have in common: things that are made once, and what is asked of every
//! request alike.

use serde_json::Value;

use crate::case::{Check, Function, Stop};
use crate::lab::expect::{Answer, Part};
use crate::stage::Stage;
use crate::stage::answers::items;

/// The id that the tester gave to what a request made.
pub fn id_of(request: &Answer) -> Result<String, Stop> {
    answered(request, "/id")
}

/// A text in the tester's answer to a request.
pub fn answered(request: &Answer, pointer: &str) -> Result<String, Stop> {
    let found = request.sent.as_ref().and_then(|sent| sent.pointer(pointer)?.as_str());
    found
        .map(str::to_owned)
        .ok_or_else(|| Stop::Blocked(format!("{} could not be answered: {}", request.title(), request.text)))
}

/// An address, validated at once.
pub async fn validated(stage: &mut Stage) -> Result<Answer, Stop> {
    stage
        .made("a validation of an address", async |stage| {
            stage.step("validate", &[], "createGeographicAddressValidation").await
        })
        .await
}

/// The id of an address that was validated.
pub async fn address(stage: &mut Stage) -> Result<String, Stop> {
    let request = validated(stage).await?;
    answered(&request, "/bestMatchGeographicAddress/id")
}

/// A qualification, answered at once.
pub async fn qualified(stage: &mut Stage) -> Result<Answer, Stop> {
    let address = address(stage).await?;
    let operation = "createProductOfferingQualification";
    stage
        .made("a qualification", async |stage| {
            stage.step("poq", &[("address", &address)], operation).await
        })
        .await
}

/// A quote, answered at once.
pub async fn quoted(stage: &mut Stage) -> Result<Answer, Stop> {
    let address = address(stage).await?;
    stage
        .made("a quote", async |stage| {
            stage.step("quote", &[("address", &address)], "createQuote").await
        })
        .await
}

/// An order of what a quote of its own offers.
pub async fn ordered(stage: &mut Stage) -> Result<Answer, Stop> {
    stage
        .made("an order", async |stage| {
            let quote = id_of(&quoted(stage).await?)?;
            stage.step("order", &[("quote", &quote)], "createProductOrder").await
        })
        .await
}

/// An order that was completed, and a product of it.
pub async fn delivered(stage: &mut Stage) -> Result<(Answer, String), Stop> {
    let order = ordered(stage).await?;
    let id = id_of(&order)?;
    if stage.desk.lock().shelf.list("product").is_empty() {
        for state in ["inProgress", "completed"] {
            stage.enter_silently("productOrder", &id, (state, state));
        }
        let inside = &mut *stage.desk.lock();
        let whole = inside.shelf.get("productOrder", &id).cloned().unwrap_or_default();
        for product in items::products(&mut inside.shelf, &whole, jiff::Timestamp::now()) {
            inside.shelf.put("product", product);
        }
    }
    let product = stage
        .desk
        .lock()
        .shelf
        .list("product")
        .last()
        .and_then(|product| product["id"].as_str().map(str::to_owned));
    let product = product.ok_or_else(|| Stop::Blocked("the order of the Buyer adds no product".to_owned()))?;
    Ok((order, product))
}

/// Nothing in the requests of this function is against their description.
pub fn conform(stage: &Stage, function: Function) -> Check {
    for request in stage.all(function) {
        if let Some(fault) = request.faults.first() {
            let expected = format!("{} as its OpenAPI describes it", request.title());
            return Err(request.fail(expected, fault));
        }
    }
    Ok(())
}

/// Nothing in the requests of this function is beside their description.
pub fn nothing_undefined(stage: &Stage, function: Function) -> Check {
    for request in stage.all(function) {
        if let Some(member) = request.unexpected.first() {
            let expected = format!("nothing in {} that the standard does not have", request.title());
            return Err(request.fail(expected, member));
        }
    }
    Ok(())
}

/// Every request of this function says which of several parties is meant.
pub fn names_parties(stage: &Stage, function: Function, (name, ids): (&str, &[String])) -> Check {
    if ids.len() < 2 {
        return Err(Stop::NotOffered(format!(
            "there is one party only on that side (agreed.{name}s)"
        )));
    }
    for request in stage.all(function) {
        let said = request.param(name);
        let known = said.as_ref().is_some_and(|said| ids.contains(said));
        let came = said.map_or_else(
            || format!("{} without {name}", request.title()),
            |said| format!("{name}={said}"),
        );
        request.so(known, format!("{name} in the query, one of {}", ids.join(", ")), came)?;
    }
    Ok(())
}

/// The elements of a list that have this value in a member.
pub fn those(request: &Answer, list: &str, (member, value): (&str, &str)) -> Vec<Part> {
    let parts = request.each(&format!("{list}/*"));
    parts.into_iter().filter(|part| part.value[member] == value).collect()
}

/// Each of these parts has all of these members.
pub fn all_have(request: &Answer, parts: &[Part], members: &[&str]) -> Check {
    for part in parts {
        for member in members {
            request.at(&format!("{}{member}", part.pointer)).given()?;
        }
    }
    Ok(())
}

/// None of these parts has one of these members.
pub fn none_has(request: &Answer, parts: &[Part], members: &[&str]) -> Check {
    for part in parts {
        for member in members {
            request.at(&format!("{}{member}", part.pointer)).absent()?;
        }
    }
    Ok(())
}

/// There is something to look at; what no request has the Buyer does not use.
pub fn some(parts: &[Part], what: &str) -> Check {
    if parts.is_empty() {
        return Err(Stop::NotOffered(format!("the request has no {what}")));
    }
    Ok(())
}

/// Looks at every object in the bodies of this function, with its place and the request it is in;
/// `look` says whether there was something to look at. Where there never was, the Buyer does not
/// use it.
pub fn each_object(
    stage: &Stage,
    (function, what): (Function, &str),
    mut look: impl FnMut(&Answer, &str, &Value) -> Result<bool, Stop>,
) -> Check {
    let mut seen = false;
    for request in stage.all(function) {
        let mut open = vec![(String::new(), &request.body)];
        while let Some((at, value)) = open.pop() {
            match value {
                Value::Array(list) => {
                    open.extend(
                        list.iter()
                            .enumerate()
                            .map(|(index, element)| (format!("{at}/{index}"), element)),
                    );
                }
                Value::Object(object) => {
                    seen |= look(&request, &at, value)?;
                    open.extend(object.iter().map(|(name, member)| (format!("{at}/{name}"), member)));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
    }
    if seen {
        return Ok(());
    }
    Err(Stop::NotOffered(format!("no request of the Buyer has {what}")))
}

/// A place in a request is told by its id once the tester has told it (SHOULD: it is odd otherwise).
pub fn places_are_references(stage: &mut Stage, request: &Answer, kind: &str) -> Check {
    let mut found = Vec::new();
    collect_places(&request.body, &mut found);
    if found.is_empty() {
        return Err(Stop::Blocked("the request names no place".to_owned()));
    }
    if let Some(other) = found.iter().find(|place| place["@type"] != kind) {
        let came = format!("a place of the type {}", other["@type"]);
        stage.warn(request, format!("a place as {kind}"), came);
    }
    Ok(())
}

/// The sites at an address were listed before something is asked for there, and the one that is
/// known is named (SHOULD: it is odd otherwise).
pub fn knows_sites(stage: &mut Stage, request: &Answer) -> Check {
    let listed = stage.since(0, "listGeographicSite");
    if !listed.iter().any(|list| list.number < request.number) {
        let came = "no listGeographicSite before it";
        stage.warn(request, "a list of the sites at the address before", came);
        return Ok(());
    }
    places_are_references(stage, request, "GeographicSiteRef")
}

fn collect_places(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(list) => list.iter().for_each(|element| collect_places(element, found)),
        Value::Object(object) => {
            found.extend(
                object
                    .get("place")
                    .filter(|place| place.get("@type").is_some())
                    .cloned(),
            );
            object.values().for_each(|member| collect_places(member, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
