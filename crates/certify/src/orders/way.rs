//! The way of one site. It ends at the first step from which there is none on.

use serde_json::{Value, json};

use crate::body;
use crate::case::{Function, Stop};
use crate::cases::common::spoiled;
use crate::lab::Lab;
use crate::lab::expect::Answer;

use super::{Depth, Line, Site};

/// Goes it.
pub async fn gone(lab: &mut Lab, site: &Site, depth: Depth) -> Line {
    let mut line = Line {
        line: site.line,
        name: site.name.clone(),
        clean: false,
        reached: "list",
        address: None,
        sites: 0,
        confidence: None,
        quote: None,
        problems: Vec::new(),
        mend: Vec::new(),
    };
    if let Err(stop) = steps(lab, site, (depth, &mut line)).await {
        let (problem, mend) = told(stop);
        line.problems.push(problem);
        line.mend.extend(mend);
    }
    line.clean = line.problems.is_empty();
    line
}

fn told(stop: Stop) -> (String, Option<String>) {
    match stop {
        Stop::Failed(finding) => (
            format!("expected {}; came {}", finding.expected, finding.came),
            Some("ask the Seller: by the standard it should answer otherwise".to_owned()),
        ),
        Stop::NotOffered(why) | Stop::Blocked(why) => (why, None),
    }
}

async fn steps(lab: &mut Lab, site: &Site, (depth, line): (Depth, &mut Line)) -> Result<(), Stop> {
    let Some(address) = address(lab, site, line).await? else {
        return Ok(());
    };
    at_site(lab, &address, line).await?;
    if !qualified(lab, &address, line).await? || depth == Depth::Qualified {
        return Ok(());
    }
    quoted(lab, &address, line).await
}

/// The Seller's id of the address; none where there is no way on.
async fn address(lab: &mut Lab, site: &Site, line: &mut Line) -> Result<Option<String>, Stop> {
    line.reached = "address";
    let asked = body::validation(true, &Value::Object(site.fields.clone()));
    let answer = lab
        .post(Function::Address, "/geographicAddressValidation", &asked)
        .await?;
    if refused(&answer, line) {
        return Ok(None);
    }
    let best = &answer.body["bestMatchGeographicAddress"];
    if let Some(id) = best["id"].as_str() {
        compare(site, best, line);
        line.address = Some(id.to_owned());
        return Ok(Some(id.to_owned()));
    }
    let others = answer.body["alternateGeographicAddress"].as_array();
    let others = others.map(Vec::as_slice).unwrap_or_default();
    if others.is_empty() {
        line.problems.push("the Seller knows no such address".into());
        line.mend.push(
            "look at spelling, number and postcode; an address that is right has to be entered by the Seller".into(),
        );
        return Ok(None);
    }
    line.problems.push(format!(
        "the address is not told apart: {} of the Seller's come near",
        others.len()
    ));
    for other in others.iter().take(3) {
        line.mend.push(differences(site, other).map_or_else(
            || format!("it may be {}", id_of(other)),
            |text| format!("{text} for {}", id_of(other)),
        ));
    }
    Ok(None)
}

fn id_of(address: &Value) -> &str {
    address["id"].as_str().unwrap_or("one without id")
}

/// The Seller found it, but has it otherwise.
fn compare(site: &Site, found: &Value, line: &mut Line) {
    if let Some(text) = differences(site, found) {
        line.problems.push("the Seller has the address otherwise".into());
        line.mend.push(text);
    }
}

/// What to write, field by field; none where every field that is given is the same.
fn differences(site: &Site, found: &Value) -> Option<String> {
    let theirs = found.pointer("/fieldedAddressRepresentation/0")?;
    let differs = |(name, given): (&String, &Value)| {
        let (given, has) = (given.as_str().unwrap_or_default(), theirs[name].as_str());
        match has {
            Some(has) if plain(has) == plain(given) => None,
            Some(has) => Some(format!("write {has} and not {given} in {name}")),
            None => Some(format!("leave {name} out")),
        }
    };
    let texts: Vec<String> = site.fields.iter().filter_map(differs).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// Case and blanks are no difference.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

async fn at_site(lab: &mut Lab, address: &str, line: &mut Line) -> Result<(), Stop> {
    line.reached = "site";
    let asked = json!({ "place": body::address(address) });
    let answer = lab.post(Function::Site, "/geographicSite", &asked).await?;
    if !refused(&answer, line) {
        line.sites = answer.list()?.len();
    }
    Ok(())
}

/// Whether it can be had; false where there is no way on.
async fn qualified(lab: &mut Lab, address: &str, line: &mut Line) -> Result<bool, Stop> {
    line.reached = "poq";
    let asked = body::poq(lab, true)?;
    let asked = placed(&asked, "/productOfferingQualificationItem", address);
    let asked = spoiled(&asked, "/provideAlternative", Some(json!(true)));
    let answer = lab.post(Function::Poq, "/productOfferingQualification", &asked).await?;
    if refused(&answer, line) {
        return Ok(false);
    }
    let item = &answer.body["productOfferingQualificationItem"][0];
    let confidence = item["serviceabilityConfidence"].as_str().unwrap_or_default().to_owned();
    let reason = item["serviceabilityConfidenceReason"]
        .as_str()
        .unwrap_or("no reason was given");
    line.confidence = Some(confidence.clone());
    match confidence.as_str() {
        "green" => Ok(true),
        "yellow" => {
            line.problems.push(format!("it can be had, but not surely: {reason}"));
            line.mend.push(format!(
                "plan for {}, and for a charge while the order runs",
                interval(item)
            ));
            Ok(true)
        }
        _ => {
            let state = answer.body["state"].as_str().unwrap_or_default();
            line.problems.push(format!("it cannot be had ({state}): {reason}"));
            line.mend.extend(alternates(item));
            Ok(false)
        }
    }
}

/// `45 businessDays`
fn interval(item: &Value) -> String {
    let span = &item["installationInterval"];
    match (span["amount"].as_u64(), span["units"].as_str()) {
        (Some(amount), Some(units)) => format!("{amount} {units}"),
        _ => "a time that was not said".to_owned(),
    }
}

/// What the Seller proposes instead.
fn alternates(item: &Value) -> Vec<String> {
    let others = item["alternateProductOfferingProposal"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let offering = |other: &Value| {
        let id = other
            .pointer("/alternateProduct/productOffering/id")
            .and_then(Value::as_str);
        id.map(|id| format!("take the offering {id} instead"))
    };
    let found: Vec<String> = others.iter().filter_map(offering).collect();
    if found.is_empty() {
        vec!["ask another Seller".to_owned()]
    } else {
        found
    }
}

async fn quoted(lab: &mut Lab, address: &str, line: &mut Line) -> Result<(), Stop> {
    line.reached = "quote";
    let asked = body::quote(lab, true, "firm")?;
    let asked = placed(&asked, "/quoteItem", address);
    let answer = lab.post(Function::Quote, "/quote", &asked).await?;
    if refused(&answer, line) {
        return Ok(());
    }
    let state = answer.body["state"].as_str().unwrap_or_default().to_owned();
    if !state.starts_with("approved.orderable") {
        line.problems
            .push(format!("the quote is {state}{}", reasons(&answer.body)));
        line.mend.push("ask with time to answer, or ask the Seller".into());
    }
    line.quote = Some(state);
    Ok(())
}

/// The words of its items.
fn reasons(quote: &Value) -> String {
    let items = quote["quoteItem"].as_array().into_iter().flatten();
    let reasons = items.filter_map(|item| item.pointer("/terminationError/0/value")?.as_str());
    let text = reasons.collect::<Vec<_>>().join(" ");
    if text.is_empty() { text } else { format!(": {text}") }
}

/// The first item at this address, where it has a place.
fn placed(asked: &Value, items: &str, address: &str) -> Value {
    let at = format!("{items}/0/product/place/0/place");
    match asked.pointer(&at) {
        Some(_) => spoiled(asked, &at, Some(body::address(address))),
        None => asked.clone(),
    }
}

/// Whether it was refused; each reason with what it is about.
fn refused(answer: &Answer, line: &mut Line) -> bool {
    if answer.is_success() {
        return false;
    }
    let problems = answer
        .body
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![answer.body.clone()]);
    for problem in problems {
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        line.problems
            .push(format!("HTTP {}: {}", answer.status, text("reason")));
        let path = text("propertyPath");
        let field = path.rsplit('/').next().filter(|name| !name.is_empty());
        line.mend.extend(field.map(|field| format!("look at {field}")));
    }
    true
}
