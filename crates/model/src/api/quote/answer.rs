//! What the book offers for each item of a quote: prices, one term, an interval, capacity kept.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::api::items::answer::Answer;
use crate::api::items::capacity::{Share, Tally};
use crate::api::items::{Action, Item, qualified, text};
use crate::book::{PriceLine, Serviceability, Term};
use crate::document::Object;
use crate::failure::{Problem, ProblemCode};
use crate::rules::{Context, Found};
use crate::time::Span;

/// What an item shows of its answer.
const RESULTS: [&str; 3] = ["quoteItemInstallationInterval", "quoteItemTerm", "quoteItemPrice"];

/// What the Buyer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Quick and not binding.
    Budgetary,
    /// Binding.
    Firm,
}

/// Prices that somebody else than the book made, by item.
pub(super) type Priced = BTreeMap<String, Vec<PriceLine>>;

/// The answers to all items, and what they take.
#[derive(Debug)]
pub struct Offer {
    /// One per item.
    pub answers: Vec<Answer>,
    /// What each item takes, in the same order.
    pub shares: Vec<Share>,
}

/// Answers every item from the book. There is no partial success (MEF 80): one item that cannot
/// be quoted ends the others too.
pub fn offer(items: &[Item<'_>], level: Level, found: &Found, ctx: &Context<'_>) -> Offer {
    priced(items, level, &Priced::new(), (found, ctx))
}

/// Like [`offer`], with the prices of `priced` in the place of those of the book.
pub(super) fn priced(items: &[Item<'_>], level: Level, priced: &Priced, (found, ctx): (&Found, &Context<'_>)) -> Offer {
    let mut tally = Tally::default();
    let mut shares = Vec::new();
    let mut answers = Vec::new();
    for item in items {
        let share = tally.share(item, found, ctx);
        let answered = match item.action {
            Some(Action::Delete) => ended(item, (level, priced), ctx),
            Some(Action::Add | Action::Modify) | None => quoted(item, &share, (level, priced), ctx),
        };
        let mut answer = match answered {
            Ok(answer) => answer,
            Err(reason) => {
                let lack = share.lacking.as_ref().filter(|lack| lack.reason == reason);
                let path = lack.and_then(|lack| lack.at.as_ref()).unwrap_or(&item.pointer);
                let problem = Problem::new(ProblemCode::OtherIssue, path, reason);
                Answer::failed("unableToProvide", &[problem])
            }
        };
        answer.inputs = json!({"capacity": share.seen, "warnings": item.warnings});
        answers.push(answer);
        shares.push(share);
    }
    abandon_others(&mut answers);
    Offer { answers, shares }
}

/// If one item is `unableToProvide`, those that could be quoted are abandoned.
fn abandon_others(answers: &mut [Answer]) {
    if !answers.iter().any(|answer| answer.state == "unableToProvide") {
        return;
    }
    for answer in answers.iter_mut().filter(|answer| answer.state != "unableToProvide") {
        answer.state = "abandoned";
        let reason = "Another item cannot be provided.".to_owned();
        answer.fields = Object::new();
        answer.reason = Some(reason.clone());
        answer.lines.push(reason);
    }
}

/// Problems of what an item asks for beyond its product.
pub fn check(item: &Item<'_>, found: &Found, ctx: &Context<'_>) -> Vec<Problem> {
    let wanted = wanted_interval(item);
    let mut problems = qualified::check(item, wanted, found, ctx);
    if let Some(term) = item.body.get("requestedQuoteItemTerm").and_then(Value::as_object) {
        let path = format!("{}/rollInterval", item.path("requestedQuoteItemTerm"));
        let rolls = term.get("endOfTermAction").and_then(Value::as_str) == Some("roll");
        match (rolls, term.contains_key("rollInterval")) {
            (true, false) => problems.push(Problem::missing(path, "The end of term action roll needs it.")),
            (false, true) => problems.push(Problem::unexpected(path, "Only the end of term action roll has it.")),
            (true, true) | (false, false) => {}
        }
    }
    problems
}

/// Budgetary quotes are a matter of the agreement.
pub fn check_level(quote: &Object, ctx: &Context<'_>) -> Option<Problem> {
    let refused = text(quote, "buyerRequestedQuoteLevel") == "budgetary" && !ctx.agreement.budgetary_quotes;
    let reason = "The agreement has no budgetary quotes; ask for a firm one.";
    refused.then(|| Problem::invalid("/buyerRequestedQuoteLevel", reason))
}

/// Takes prices, term and interval from an item.
pub(super) fn forget_results(item: &mut Object) {
    for name in RESULTS {
        item.remove(name);
    }
}

fn wanted_interval(item: &Item<'_>) -> Option<Span> {
    item.body
        .get("requestedQuoteItemInstallationInterval")
        .and_then(Span::read)
}

/// The offer for one item, or one sentence why there is none.
fn quoted(
    item: &Item<'_>,
    share: &Share,
    (level, priced): (Level, &Priced),
    ctx: &Context<'_>,
) -> Result<Answer, String> {
    let offering = item.offering.ok_or("There is no offering for it.")?;
    let said = item.serviceability(offering, ctx);
    if said.confidence == "red" {
        return Err(said.reason);
    }
    if let Some(lacking) = &share.lacking {
        return Err(lacking.reason.clone());
    }
    let term = ctx
        .book
        .term(offering, wanted_term(item))
        .ok_or("This offering has no term.")?;
    let prices = match priced.get(item.id) {
        Some(prices) => prices.clone(),
        None => item.prices(offering, Some(term), ctx)?,
    };
    let mut answer = offered(item, (&said, &prices), term_differences(item, term), (level, ctx))?;
    // Mplify 115.1 R28
    answer.fields.insert("quoteItemTerm".into(), json!([term.json()]));
    let mut lines = vec![
        format!("Offering {}: {}. {}", offering.id, said.confidence, said.reason),
        format!("Term {}.", term.name),
    ];
    lines.append(&mut answer.lines);
    answer.lines = lines;
    Ok(answer)
}

/// The offer for the end of a product: prices and an interval, but no term (Mplify 115.1 R28).
fn ended(item: &Item<'_>, (level, priced): (Level, &Priced), ctx: &Context<'_>) -> Result<Answer, String> {
    let prices = match priced.get(item.id) {
        Some(prices) => prices.clone(),
        None => item.end_prices(ctx)?,
    };
    let said = Serviceability {
        confidence: "green",
        reason: "The product is in service and can be ended.".into(),
        interval: item.end_interval(),
        delivery_type: "onNetWithoutBuild",
    };
    offered(item, (&said, &prices), Vec::new(), (level, ctx))
}

/// The answer with these prices; `differs` is in what its term is not what was asked for.
fn offered(
    item: &Item<'_>,
    (said, prices): (&Serviceability, &[PriceLine]),
    mut differs: Vec<&'static str>,
    (level, ctx): (Level, &Context<'_>),
) -> Result<Answer, String> {
    let longer = longer_interval(item, said.interval, ctx);
    if let (Level::Budgetary, Some(longer)) = (level, longer) {
        // MEF 80 R47: there is no budgetary alternate.
        return Err(longer.into());
    }
    differs.extend(longer);
    let mut answer = Answer::state(match (level, differs.is_empty()) {
        (Level::Firm, true) => "approved.orderable",
        (Level::Firm, false) => "approved.orderableAlternate",
        (Level::Budgetary, _) => "answered",
    });
    answer.fields = fields(said, prices, level);
    answer.reason = differs.first().map(|first| (*first).to_owned());
    answer.lines = prices.iter().map(price_line).collect();
    answer.lines.extend(differs.into_iter().map(str::to_owned));
    Ok(answer)
}

/// A change that asks for no term keeps the one it has.
fn wanted_term<'a>(item: &'a Item<'_>) -> Option<&'a Value> {
    item.body.get("requestedQuoteItemTerm").or_else(|| item.current_term())
}

/// Mplify 115.1 R27, R39, R40: interval and prices.
fn fields(said: &Serviceability, prices: &[PriceLine], level: Level) -> Object {
    let mut fields = Object::new();
    fields.insert("quoteItemInstallationInterval".into(), said.interval.json());
    fields.insert("quoteItemPrice".into(), prices.iter().map(PriceLine::json).collect());
    if level == Level::Firm {
        // What is only likely to work keeps its recurring price, but building may cost more.
        fields.insert("subjectToFeasibilityCheck".into(), json!(said.confidence == "yellow"));
    }
    fields
}

/// In what the offered term is not what was asked for. Any other duration makes an alternate
/// (Mplify 115.1 R38, 80 R69). A term that ends in another way is not what was asked for either.
fn term_differences(item: &Item<'_>, term: &Term) -> Vec<&'static str> {
    let mut differs = Vec::new();
    if let Some(requested) = wanted_term(item) {
        let duration = requested.get("duration").and_then(Span::read);
        if duration.and_then(|duration| duration.compare(term.duration)) != Some(Ordering::Equal) {
            differs.push("The offered term has another duration.");
        }
        let action = requested.get("endOfTermAction").and_then(Value::as_str);
        let roll = requested.get("rollInterval").and_then(Span::read);
        if action != Some(term.end_of_term_action.as_str()) || roll != term.roll_interval {
            differs.push("The offered term ends in another way.");
        }
    }
    differs
}

/// An interval makes an alternate only when it is longer (80 R48).
fn longer_interval(item: &Item<'_>, interval: Span, ctx: &Context<'_>) -> Option<&'static str> {
    let wanted = wanted_interval(item)?;
    // Units that have no common measure are compared by the date they lead to.
    let order = interval
        .compare(wanted)
        .unwrap_or_else(|| interval.after(ctx.now).cmp(&wanted.after(ctx.now)));
    (order == Ordering::Greater).then_some("The offered installation interval is longer.")
}

fn price_line(line: &PriceLine) -> String {
    let amount = &line.amount;
    format!("{}: {} {}. {}", line.name, amount.value, amount.unit, line.description)
}
