//! What the book says about each item of a qualification, and what people say instead.

use serde_json::json;

use super::alternates::{self, View};
use crate::api::items::Item;
use crate::api::items::answer::Answer;
use crate::api::items::capacity::Tally;
use crate::book::Serviceability;
use crate::document::Object;
use crate::rules::{Context, ErrandServiceability, Found};
use crate::time::{self, Span, Unit};

/// How long a qualification is guaranteed. It keeps no capacity, so it must not promise for long;
/// a week is enough to ask for a quote.
pub const GUARANTEE: Span = Span::new(7, Unit::CalendarDays);

/// Whether the Buyer wants to hear of something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternates {
    /// `provideAlternative` is true.
    Wanted,
    /// It is false.
    No,
}

/// Whose word counts for an item.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word<'a> {
    /// That of the book, for all items.
    Book,
    /// A person says of this item that it cannot be delivered, and why.
    No { item: &'a str, reason: &'a str },
    /// A person says of this item how it can be delivered.
    Yes {
        item: &'a str,
        said: &'a ErrandServiceability,
    },
}

impl Word<'_> {
    /// What the book said of `item`, changed by what a person says of it. What is taken is taken,
    /// whoever promises it.
    fn change(self, item: &Item<'_>, said: &mut Serviceability) {
        match self {
            Self::No { item: id, reason } if id == item.id => {
                said.confidence = "red";
                reason.clone_into(&mut said.reason);
            }
            Self::Yes { item: id, said: by } if id == item.id && said.confidence != "red" => {
                said.confidence = by.confidence.as_str();
                said.interval = by.interval.unwrap_or(said.interval);
                if let Some(reason) = &by.reason {
                    said.reason.clone_from(reason);
                }
            }
            Self::Book | Self::No { .. } | Self::Yes { .. } => {}
        }
    }
}

/// One answer per item, all `done`: that something cannot be delivered is a good answer too.
pub(super) fn answers(
    items: &[Item<'_>],
    alternates: Alternates,
    word: Word<'_>,
    (found, ctx): (&Found, &Context<'_>),
) -> Vec<Answer> {
    let mut tally = Tally::default();
    let all = items.iter();
    all.map(|item| {
        let before = tally.clone();
        let share = tally.share(item, found, ctx);
        let lacking = share.lacking.map(|lack| lack.reason);
        let mut answer = answer(item, lacking, word, ctx);
        answer.inputs = json!({"capacity": share.seen, "warnings": item.warnings});
        if alternates == Alternates::Wanted {
            let tally = &before;
            alternates::propose(item, &mut answer, &View { tally, found, ctx });
        }
        answer
    })
    .collect()
}

fn answer(item: &Item<'_>, lacking: Option<String>, word: Word<'_>, ctx: &Context<'_>) -> Answer {
    let mut answer = Answer::state("done");
    let Some(offering) = item.offering else {
        return answer;
    };
    let mut said = item.serviceability(offering, ctx);
    if let Some(lacking) = lacking {
        said.confidence = "red";
        said.reason = lacking;
    }
    word.change(item, &mut said);
    answer.lines.push(format!(
        "Offering {} at {}: {}. {}",
        offering.id,
        item.address.as_ref().map_or("no place", |address| address.id.as_str()),
        said.confidence,
        said.reason
    ));
    answer.fields = fields(&said, ctx);
    answer
}

/// Mplify 87.1 R51, R53, D2: always a confidence; what can be delivered also says how and when.
pub(super) fn fields(said: &Serviceability, ctx: &Context<'_>) -> Object {
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
