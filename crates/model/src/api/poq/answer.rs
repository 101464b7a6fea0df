//! What the book says about each item of a qualification.

use serde_json::{Value, json};

use crate::api::items::Item;
use crate::api::items::answer::Answer;
use crate::api::items::capacity::{Tally, takes};
use crate::book::{Offering, Serviceability};
use crate::document::Object;
use crate::rules::{Context, Found};
use crate::time::{self, Span, Unit};

/// How long a qualification is guaranteed. It keeps no capacity, so it must not promise for long;
/// a week is enough to ask for a quote.
pub const GUARANTEE: Span = Span::new(7, Unit::CalendarDays);

/// The most alternates one item gets: more is a catalogue, not an answer.
pub const ALTERNATES_MAX: usize = 5;

/// Whether the Buyer wants to hear of something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternates {
    /// `provideAlternative` is true.
    Wanted,
    /// It is false.
    No,
}

/// One answer per item, all `done`: that something cannot be delivered is a good answer too.
pub fn answers(items: &[Item<'_>], alternates: Alternates, found: &Found, ctx: &Context<'_>) -> Vec<Answer> {
    let mut tally = Tally::default();
    let all = items.iter();
    all.map(|item| {
        let share = tally.share(item, found, ctx);
        let mut answer = answer(item, share.lacking, ctx);
        answer.inputs = json!({"capacity": share.seen, "warnings": item.warnings});
        if alternates == Alternates::Wanted {
            propose(item, &mut answer, found, ctx);
        }
        answer
    })
    .collect()
}

fn answer(item: &Item<'_>, lacking: Option<String>, ctx: &Context<'_>) -> Answer {
    let mut answer = Answer::state("done");
    let Some(offering) = item.offering else {
        return answer;
    };
    let mut said = item.serviceability(offering, ctx);
    if let Some(lacking) = lacking {
        said.confidence = "red";
        said.reason = lacking;
    }
    answer.lines.push(format!(
        "Offering {} at {}: {}. {}",
        offering.id,
        item.address.map_or("no place", |address| address.id.as_str()),
        said.confidence,
        said.reason
    ));
    answer.fields = fields(&said, ctx);
    answer
}

/// Mplify 87.1 R51, R53, D2: always a confidence; what can be delivered also says how and when.
fn fields(said: &Serviceability, ctx: &Context<'_>) -> Object {
    let mut fields = Object::new();
    fields.insert("serviceabilityConfidence".into(), json!(said.confidence));
    fields.insert("serviceabilityConfidenceReason".into(), json!(said.reason));
    fields.insert(
        "guaranteedUntilDate".into(),
        json!(time::text(GUARANTEE.after(ctx.now))),
    );
    if said.confidence != "red" {
        fields.insert("installationInterval".into(), said.interval.json());
        fields.insert("deliveryType".into(), json!(said.delivery_type));
    }
    fields
}

/// Mplify 87.1 O5, CR2, R54, R55: only for yellow and red items; an empty list says that there
/// is nothing better. Offered is the same product in the same configuration, from another offering.
fn propose(item: &Item<'_>, answer: &mut Answer, found: &Found, ctx: &Context<'_>) {
    let confidence = answer.fields.get("serviceabilityConfidence").and_then(Value::as_str);
    let (Some(offering), Some(confidence)) = (item.offering, confidence) else {
        return;
    };
    if confidence == "green" {
        return;
    }
    let better: &[&str] = if confidence == "red" {
        &["green", "yellow"]
    } else {
        &["green"]
    };
    let opened = &ctx.agreement.offerings;
    let others = ctx.book.offerings.iter().filter(|other| {
        other.id != offering.id
            && other.product == offering.product
            && (opened.is_empty() || opened.contains(&other.id))
            && has_room(other, item, found, ctx)
    });
    let proposals: Vec<Value> = others
        .map(|other| (other, item.serviceability(other, ctx)))
        .filter(|(_, said)| better.contains(&said.confidence))
        .take(ALTERNATES_MAX)
        .enumerate()
        .map(|(index, (other, said))| proposal(index, item, (other, &said), ctx))
        .collect();
    answer.lines.push(format!("{} alternates.", proposals.len()));
    answer
        .fields
        .insert("alternateProductOfferingProposal".into(), Value::Array(proposals));
}

fn has_room(offering: &Offering, item: &Item<'_>, found: &Found, ctx: &Context<'_>) -> bool {
    takes(item, offering, ctx)
        .iter()
        .all(|capacity| capacity.amount <= capacity.limit - found.held(&capacity.key))
}

fn proposal(index: usize, item: &Item<'_>, (other, said): (&Offering, &Serviceability), ctx: &Context<'_>) -> Value {
    let mut proposal = fields(said, ctx);
    proposal.insert("id".into(), json!(format!("{}", index + 1)));
    proposal.insert(
        "alternateProduct".into(),
        json!({"productOffering": {"id": other.id}, "productConfiguration": item.configuration}),
    );
    Value::Object(proposal)
}
