//! A company in a chain that has nothing of its own: what it is asked it asks the next one, and
//! answers as that one does. A quote becomes a quote, the work on an order an order.
//!
//! Guaranteed: of one quote or order here there is one at the next company, however often and from
//! however many items it is asked about. It is real: over HTTP, by the Buyer of that company.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::answers::{Outcome, Question};
use super::scenario::PassOn;
use super::world::World;
use crate::command::{Buy, Circuit, Command, CommandError, Kind, Wanted, Who};

/// What was asked of the next company: id here to id there.
#[derive(Default)]
pub struct Passed(Mutex<HashMap<String, String>>);

/// A way to the next company.
struct Next<'a> {
    world: &'a World,
    company: &'a str,
    to: &'a PassOn,
}

/// What the next company says so far.
pub async fn answer(world: &World, question: &Question, to: &PassOn) -> Outcome {
    let next = Next {
        world,
        company: &question.company,
        to,
    };
    let said = if question.whole["facts"]["items"].is_array() {
        next.quote(question).await
    } else {
        next.work(question).await
    };
    said.unwrap_or_else(|error| {
        tracing::warn!(%error, company = next.company, next = %to.to, "it cannot be passed on");
        refused(question, &format!("{} cannot be asked: {error}", to.to))
    })
}

fn refused(question: &Question, reason: &str) -> Outcome {
    let word = if question.whole["facts"]["items"].is_array() {
        "reject"
    } else {
        "fail"
    };
    Outcome::Answer(json!({ word: reason }))
}

impl Next<'_> {
    /// A command of this company about the next one.
    async fn buy(&self, make: impl FnOnce(crate::command::At) -> Buy) -> Result<Value, CommandError> {
        let mut at = crate::command::At::from(self.to.to.as_str());
        at.who = Who {
            company: Some(self.company.to_owned()),
        };
        self.world.run(Command::Buy(Box::new(make(at)))).await
    }

    async fn show(&self, kind: Kind, id: &str) -> Result<Value, CommandError> {
        let id = id.to_owned();
        self.buy(|at| Buy::Show { at, kind, id }).await
    }

    async fn quote(&self, question: &Question) -> Result<Outcome, CommandError> {
        let ours = text(&question.whole, "/document/id");
        let theirs = self.quote_of(&ours, &question.items()).await?;
        let quote = self.show(Kind::Quote, &theirs).await?;
        Ok(match quote["state"].as_str().unwrap_or_default() {
            "approved.orderable" | "approved.orderableWithAlternates" | "accepted" => {
                Outcome::Answer(json!({ "prices": prices(question, &quote, self.to.margin) }))
            }
            "acknowledged" | "inProgress" | "inProgress.draft" => Outcome::Open,
            state => refused(question, &format!("{} answered {state}.", self.to.to)),
        })
    }

    /// The quote of the next company for this one; asked for once.
    async fn quote_of(&self, ours: &str, items: &[&Value]) -> Result<String, CommandError> {
        let mut passed = self.world.passed.0.lock().await;
        if let Some(theirs) = passed.get(ours) {
            return Ok(theirs.clone());
        }
        let circuit = Wanted::from(circuit(items)?);
        let made = self.buy(|at| Buy::Quote { at, circuit, poq: None }).await?;
        let theirs = text(&made, "/id");
        passed.insert(ours.to_owned(), theirs.clone());
        Ok(theirs)
    }

    async fn work(&self, question: &Question) -> Result<Outcome, CommandError> {
        let theirs = self.order_of(question).await?;
        let order = self.show(Kind::Order, &theirs).await?;
        let item = question.whole["item"].as_str().unwrap_or_default();
        let items = order["productOrderItem"].as_array();
        let theirs = items.and_then(|items| items.iter().find(|known| known["id"] == item));
        let state = theirs
            .or(Some(&order))
            .map(|known| text(known, "/state"))
            .unwrap_or_default();
        let reached = theirs.and_then(|item| item["milestone"].as_array());
        let known = &question.whole["facts"]["milestones"];
        let news = reached
            .and_then(|reached| reached.get(question.round))
            .map(|milestone| &milestone["name"]);
        // Only what this company has in its book can be told of.
        if let Some(name) = news.filter(|name| known.as_array().is_some_and(|known| known.contains(name))) {
            return Ok(Outcome::Answer(json!({ "milestone": name })));
        }
        Ok(match state.as_str() {
            "completed" => Outcome::Answer(json!({ "complete": true })),
            "failed" | "rejected" | "cancelled" | "partial" => {
                refused(question, &format!("{} answered {state}.", self.to.to))
            }
            _ => Outcome::Open,
        })
    }

    /// The order at the next company; placed once, with the quote that was passed on.
    async fn order_of(&self, question: &Question) -> Result<String, CommandError> {
        let ours = text(&question.whole, "/document/id");
        if let Some(theirs) = self.world.passed.0.lock().await.get(&ours) {
            return Ok(theirs.clone());
        }
        let quoted = text(&question.whole, "/document/productOrderItem/0/quoteItem/quoteId");
        let quote = self.world.passed.0.lock().await.get(&quoted).cloned();
        let quote = quote.ok_or_else(|| {
            CommandError::new(format!(
                "the quote {quoted} was not passed on; add a rule with step = \"quote\" and pass-on"
            ))
        })?;
        let mut passed = self.world.passed.0.lock().await;
        if let Some(theirs) = passed.get(&ours) {
            return Ok(theirs.clone());
        }
        let made = self.buy(|at| Buy::Order { at, quote, date: None }).await?;
        let theirs = text(&made, "/id");
        passed.insert(ours, theirs.clone());
        Ok(theirs)
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The same circuit in words: where its port is, how fast its connection, how long.
fn circuit(items: &[&Value]) -> Result<Circuit, CommandError> {
    let place = items.iter().find_map(|item| Question::place(item));
    let rate = items.iter().find_map(|item| rate(&item["configuration"]));
    let months = items
        .iter()
        .find_map(|item| item.pointer("/term/duration/amount")?.as_u64());
    let lacks = |what: &str| CommandError::new(format!("only access circuits are passed on, and this has no {what}"));
    Ok(Circuit {
        address_id: place.ok_or_else(|| lacks("address"))?.to_owned(),
        bandwidth: rate.ok_or_else(|| lacks("committed rate"))?,
        term: months
            .and_then(|months| u32::try_from(months).ok())
            .ok_or_else(|| lacks("term"))?,
        enni: None,
        s_vlan: None,
        name: None,
        later: None,
    })
}

/// The first committed rate, in Mbit/s.
fn rate(configuration: &Value) -> Option<u64> {
    let cir = configuration.pointer("/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/cir")?;
    let value = cir["irValue"].as_f64()?;
    let times = match cir["irUnits"].as_str()? {
        "GBPS" => 1000.0,
        "MBPS" => 1.0,
        "KBPS" => 0.001,
        _ => return None,
    };
    Some((value * times).ceil() as u64)
}

/// Theirs and the margin, by product offering.
fn prices(question: &Question, quote: &Value, margin: u32) -> Vec<Value> {
    let offering = |item: &Value| text(item, "/product/productOffering/id");
    let theirs = quote["quoteItem"].as_array().cloned().unwrap_or_default();
    let mut prices = Vec::new();
    for ours in question.items() {
        let same = theirs
            .iter()
            .filter(|item| Some(offering(item).as_str()) == ours["offering"].as_str());
        for price in same.flat_map(|item| item["quoteItemPrice"].as_array().cloned().unwrap_or_default()) {
            let amount = price.pointer("/price/dutyFreeAmount/value").map(ToString::to_string);
            let mut one = json!({
                "item": ours["item"],
                "name": price["name"],
                "amount": with_margin(&amount.unwrap_or_default(), margin),
            });
            if price["recurringChargePeriod"].is_object() {
                one["every"] = price["recurringChargePeriod"].clone();
            }
            prices.push(one);
        }
    }
    prices
}

/// In cents, so that nothing is lost: amounts have two places.
fn with_margin(amount: &str, margin: u32) -> String {
    let amount: f64 = amount.trim_matches('"').parse().unwrap_or_default();
    let cents = (amount * 100.0).round() * f64::from(100 + margin) / 100.0;
    let cents = cents.round() as i64;
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_added_to_the_cent() {
        assert_eq!(with_margin("119.95", 15), "137.94");
        assert_eq!(with_margin("0", 15), "0.00");
        assert_eq!(with_margin("149.9", 0), "149.90");
    }
}
