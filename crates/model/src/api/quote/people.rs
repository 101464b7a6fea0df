//! Quotes that people price: one errand for the whole quote. Its answer ends the quote as that of
//! the book would; until it comes the date of the Buyer holds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::{self, Level, Offer, Priced};
use super::deferred;
use super::rules::level;
use crate::api::errand::{self, Question};
use crate::api::items::answer::Answer;
use crate::api::items::{Item, text};
use crate::book::PriceLine;
use crate::commit::Commit;
use crate::document::Document;
use crate::failure::{Problem, ProblemCode};
use crate::money::Money;
use crate::party::answers::{AnswerRule, Step};
use crate::rules::{Context, ErrandAnswer, ErrandOutcome, ErrandPrice, Found};

fn rule<'a>(item: &Item<'_>, ctx: &Context<'a>) -> Option<&'a AnswerRule> {
    let offering = item.offering.map_or("", |offering| offering.id.as_str());
    errand::rule(Step::Quote, (offering, item.address.as_deref()), ctx)
}

/// Nobody prices anything in the time of one request. MEF 80 lets no Seller refuse the immediate
/// form; what cannot be answered in it is `unableToProvide`.
pub(super) fn not_at_once(items: &[Item<'_>], ctx: &Context<'_>) -> Option<Offer> {
    let answer = |item: &Item<'_>| {
        if rule(item, ctx).is_none() {
            return Answer {
                reason: Some("Another item cannot be quoted at once.".into()),
                ..Answer::state("abandoned")
            };
        }
        let reason = "This is not priced at once: ask with instantSyncQuote false.";
        let problem = Problem::new(ProblemCode::OtherIssue, &item.pointer, reason);
        Answer::failed("unableToProvide", &[problem])
    };
    items.iter().any(|item| rule(item, ctx).is_some()).then(|| Offer {
        answers: items.iter().map(answer).collect(),
        shares: Vec::new(),
    })
}

/// The rule by which people price the quote. What the book knows to be impossible bothers nobody.
pub(super) fn asks<'a>(
    document: &Document,
    items: &[Item<'_>],
    found: &Found,
    ctx: &Context<'a>,
) -> Option<&'a AnswerRule> {
    let rule = errand::most_urgent(items.iter().filter_map(|item| rule(item, ctx)), ctx)?;
    let priced = some_price(items, ctx);
    let offer = answer::priced(items, level(&document.body), &priced, (found, ctx));
    refusal(&offer).is_none().then_some(rule)
}

/// Stands for prices that are not known yet.
fn some_price(items: &[Item<'_>], ctx: &Context<'_>) -> Priced {
    let asked = items.iter().filter(|item| rule(item, ctx).is_some());
    asked.map(|item| (item.id.to_owned(), Vec::new())).collect()
}

/// Opens the errand.
pub(super) fn open(
    document: &Document,
    (items, rule): (&[Item<'_>], &AnswerRule),
    (found, ctx): (&Found, &Context<'_>),
    commit: &mut Commit,
) {
    let level = level(&document.body);
    let proposal = answer::offer(items, level, found, ctx);
    let facts: Vec<Value> = items
        .iter()
        .zip(&proposal.answers)
        .map(|(item, answer)| facts(item, answer))
        .collect();
    let asked: Vec<&str> = items
        .iter()
        .filter(|item| self::rule(item, ctx).is_some())
        .map(|item| item.id)
        .collect();
    let facts = json!({
        "externalId": document.body.get("externalId"),
        "description": document.body.get("description"),
        "level": text(&document.body, "buyerRequestedQuoteLevel"),
        "wanted": document.body.get(deferred::WANTED),
        "currency": ctx.currency(),
        "contacts": document.body.get("relatedContactInformation"),
        "asked": asked,
        "items": facts,
    });
    let question = Question {
        step: Step::Quote,
        about: document,
        item: None,
        rule,
        facts: &facts,
        memory: &json!({ "asked": asked }),
    };
    errand::open(question, ctx, commit);
}

/// What a person needs to know about an item; `proposal` is what the book would say.
fn facts(item: &Item<'_>, proposal: &Answer) -> Value {
    json!({
        "item": item.id,
        "action": item.action.map(crate::api::items::Action::as_str),
        "offering": item.offering.map(|offering| &offering.id),
        "place": item.address.as_ref().map(|address| format!("{}: {}", address.id, address.formatted())),
        "product": item.existing.map(|product| &product.id),
        "configuration": item.configuration,
        "term": item.body.get("requestedQuoteItemTerm"),
        "interval": item.body.get("requestedQuoteItemInstallationInterval"),
        "proposal": { "state": proposal.state, "lines": proposal.lines, "prices": proposal.fields.get("quoteItemPrice") },
    })
}

/// What an answer comes to; one sentence for the person where it cannot be taken.
pub(super) fn answer(
    document: &Document,
    (errand, answer): (&Document, &ErrandAnswer),
    found: &Found,
    ctx: &Context<'_>,
) -> Result<ErrandOutcome, String> {
    if !stands(document) {
        return Err(format!(
            "the quote is {}: no answer is awaited any more",
            document.state
        ));
    }
    let (mut problems, items) = deferred::check_again(document, found, ctx);
    problems.extend(crate::api::later::missed(&document.body, deferred::WANTED, ctx));
    if let Some(problem) = problems.first() {
        return Err(format!("the quote cannot be answered any more: {}", problem.reason));
    }
    let level = level(&document.body);
    let offer = match answer {
        ErrandAnswer::Accept => offered(&items, (level, &Priced::new()), (found, ctx))?,
        ErrandAnswer::Prices(prices) => {
            let priced = read(prices, errand, &items, ctx)?;
            offered(&items, (level, &priced), (found, ctx))?
        }
        ErrandAnswer::Reject(reason) => refused(&items, reason),
        ErrandAnswer::Milestone(_)
        | ErrandAnswer::Complete
        | ErrandAnswer::Fail(_)
        | ErrandAnswer::Serviceability(_) => {
            return Err("this errand asks for prices: give them, accept those of the book, or reject".into());
        }
    };
    let mut commit = deferred::close(document, &offer, ctx);
    if commit.documents.is_empty() {
        return Err(format!("a quote that is {} cannot take this answer", document.state));
    }
    for decision in &mut commit.decisions {
        decision.answered_by = errand::answered_by(errand).into();
        decision.inputs["errand"] = json!(errand.id);
    }
    Ok(ErrandOutcome { commit, stays: false })
}

/// Whether the quote still waits for an answer.
pub(super) fn stands(document: &Document) -> bool {
    matches!(document.state.as_str(), "inProgress" | "inProgress.draft")
}

fn offered(
    items: &[Item<'_>],
    (level, priced): (Level, &Priced),
    (found, ctx): (&Found, &Context<'_>),
) -> Result<Offer, String> {
    let offer = answer::priced(items, level, priced, (found, ctx));
    match refusal(&offer) {
        Some(reason) => Err(format!("it cannot be provided: {reason}")),
        None => Ok(offer),
    }
}

/// Why something cannot be provided, if so.
fn refusal(offer: &Offer) -> Option<String> {
    let unable = offer.answers.iter().find(|answer| answer.state == "unableToProvide")?;
    Some(unable.reason.clone().unwrap_or_default())
}

fn refused(items: &[Item<'_>], reason: &str) -> Offer {
    let answer = |item: &Item<'_>| {
        let problem = Problem::new(ProblemCode::OtherIssue, &item.pointer, reason);
        Answer::failed("unableToProvide", &[problem])
    };
    Offer {
        answers: items.iter().map(answer).collect(),
        shares: Vec::new(),
    }
}

/// The prices by item: of every item that was asked about, and of no other than the quote has.
fn read(prices: &[ErrandPrice], errand: &Document, items: &[Item<'_>], ctx: &Context<'_>) -> Result<Priced, String> {
    let mut priced: Priced = BTreeMap::new();
    for price in prices {
        if !items.iter().any(|item| item.id == price.item) {
            let ids: Vec<&str> = items.iter().map(|item| item.id).collect();
            return Err(format!(
                "the quote has no item {:?}; it has: {}",
                price.item,
                ids.join(", ")
            ));
        }
        let lines = priced.entry(price.item.clone()).or_default();
        if price.name.is_empty() || lines.iter().any(|line| line.name == price.name) {
            return Err(format!("each price of item {} needs a name of its own", price.item));
        }
        if price.amount.is_sign_negative() || price.every.is_some_and(|every| every.amount == 0) {
            return Err(format!(
                "the price {:?} of item {} is below zero or recurs without end",
                price.name, price.item
            ));
        }
        let amount = Money::new(ctx.currency(), price.amount);
        if amount.clone().rounded() != amount {
            return Err(format!(
                "the price {:?} of item {} is finer than the smallest coin of {}",
                price.name,
                price.item,
                ctx.currency()
            ));
        }
        lines.push(PriceLine {
            name: price.name.clone(),
            price_type: if price.every.is_some() {
                "recurring"
            } else {
                "nonRecurring"
            },
            amount,
            period: price.every,
            description: "Priced for this request.".into(),
            unit: None,
            tax: ctx.book.tax_rate,
        });
    }
    let asked = errand.at("/memory/asked").and_then(Value::as_array);
    let missing: Vec<&str> = asked
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|id| !priced.contains_key(*id))
        .collect();
    if missing.is_empty() {
        Ok(priced)
    } else {
        Err(format!("prices are missing for: {}", missing.join(", ")))
    }
}
