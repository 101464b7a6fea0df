//! What an order item says beyond the envelope it shares with POQ and quote: dates, billing
//! account, term, notes.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::api::items::{Action, Item, list, reference};
use crate::book::Term;
use crate::document::Object;
use crate::failure::{Problem, ProblemCode};
use crate::pointer;
use crate::rules::Context;
use crate::time::{Span, parse};

/// How far a requested date may lie in the past: clocks and time zones of two companies differ.
const LATE_HOURS: i64 = 24;

/// Checks one item; everything found here is a 422.
pub(super) fn check(item: &Item<'_>, ctx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(passed(item.body, &item.pointer, ctx));
    if item.action != Some(Action::Delete) {
        problems.extend(closed(item.body, &item.pointer, ctx));
    }
    problems.extend(account_problem(item, ctx));
    problems.extend(term_problem(item));
    problems.extend(note_problems(item.body, &item.pointer));
    problems
}

/// Mplify 123.1 R21: a note that claims to be ours cannot come from the Buyer.
pub(super) fn note_problems(owner: &Object, base: &str) -> Vec<Problem> {
    let notes = pointer::join(base, "note");
    let mut problems = Vec::new();
    for (index, note) in list(owner, "note").iter().enumerate() {
        if note.get("source").and_then(Value::as_str) == Some("seller") {
            let path = pointer::join(&pointer::join(&notes, index), "source");
            problems.push(Problem::invalid(path, "A note in a request has the source buyer."));
        }
    }
    problems
}

/// A problem where the `requestedCompletionDate` of `owner`, which stands at `base`, has passed.
pub(super) fn passed(owner: &Object, base: &str, ctx: &Context<'_>) -> Option<Problem> {
    let property = "requestedCompletionDate";
    let wanted = parse(owner.get(property)?.as_str()?)?;
    let oldest = ctx.now.checked_sub(SignedDuration::from_hours(LATE_HOURS)).ok()?;
    (wanted < oldest).then(|| {
        let reason = "The requested date has passed; give one to come.";
        Problem::invalid(pointer::join(base, property), reason)
    })
}

/// A problem where the agreement has no completion on the date that `owner` asks for.
pub(super) fn closed(owner: &Object, base: &str, ctx: &Context<'_>) -> Option<Problem> {
    let property = "requestedCompletionDate";
    let reason = ctx
        .agreement
        .closed_completion(parse(owner.get(property)?.as_str()?)?)?;
    Some(Problem::invalid(pointer::join(base, property), reason))
}

/// Mplify 123.1 R34: an add names its billing account, even at a price of zero.
fn account_problem(item: &Item<'_>, ctx: &Context<'_>) -> Option<Problem> {
    let path = item.path("billingAccount");
    let Some(id) = reference(item.body, "billingAccount") else {
        return (item.action == Some(Action::Add))
            .then(|| Problem::missing(path, "An item with the action add needs a billing account."));
    };
    let agreed = &ctx.agreement.billing_accounts;
    let known = agreed.is_empty() || agreed.iter().any(|account| account == id);
    (!known).then(|| Problem::not_found(pointer::join(&path, "id"), "billing account"))
}

/// Mplify 123.1 R35, R36: an add says its term; how a rolling one rolls is part of it.
fn term_problem(item: &Item<'_>) -> Option<Problem> {
    let path = item.path("requestedItemTerm");
    let Some(term) = item.body.get("requestedItemTerm") else {
        return (item.action == Some(Action::Add))
            .then(|| Problem::missing(path, "An item with the action add needs requestedItemTerm."));
    };
    let rolls = term.get("endOfTermAction").and_then(Value::as_str) == Some("roll");
    let interval = pointer::join(&path, "rollInterval");
    match (rolls, term.get("rollInterval").is_some()) {
        (true, false) => Some(Problem::missing(interval, "A term that rolls needs rollInterval.")),
        (false, true) => Some(Problem::unexpected(
            interval,
            "Only a term that rolls has a rollInterval.",
        )),
        (true, true) | (false, false) => None,
    }
}

/// Whether two `MEFItemTerm`s bind in the same way. Their names and descriptions are for people.
pub(super) fn same_term(one: &Value, other: &Value) -> bool {
    let action = |term: &Value| term.get("endOfTermAction").cloned();
    let span = |term: &Value, name: &str| term.get(name).and_then(Span::read);
    let same_span = |name: &str| match (span(one, name), span(other, name)) {
        (Some(a), Some(b)) => a.compare(b) == Some(std::cmp::Ordering::Equal),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    action(one) == action(other) && same_span("duration") && same_span("rollInterval")
}

/// The term of the offering that `requested` names, if it is sold.
pub(super) fn sold_term<'a>(item: &Item<'a>, requested: &Value) -> Option<&'a Term> {
    item.offering?
        .terms
        .iter()
        .find(|term| same_term(&term_json(term), requested))
}

fn term_json(term: &Term) -> Value {
    let mut json = json!({ "duration": term.duration.json(), "endOfTermAction": term.end_of_term_action });
    if let Some(interval) = term.roll_interval {
        json["rollInterval"] = interval.json();
    }
    json
}

/// A `TerminationError`: what an item is told that was ordered but cannot be.
pub(super) fn termination_error(code: ProblemCode, path: String, value: &str) -> Value {
    if path.is_empty() {
        json!({ "code": code, "value": value })
    } else {
        json!({ "code": code, "propertyPath": path, "value": value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_same(one: Value, other: Value, expected: bool) {
        assert_eq!(same_term(&one, &other), expected);
        assert_eq!(same_term(&other, &one), expected);
    }

    fn months(amount: u32, action: &str) -> Value {
        json!({"name": "any", "duration": {"amount": amount, "units": "months"}, "endOfTermAction": action})
    }

    #[test]
    fn terms_are_the_same_by_what_they_bind_to() {
        let year =
            json!({"name": "a year", "duration": {"amount": 1, "units": "years"}, "endOfTermAction": "autoRenew"});
        check_same(months(12, "autoRenew"), year, true);
        check_same(months(12, "autoRenew"), months(24, "autoRenew"), false);
        check_same(months(12, "autoRenew"), months(12, "autoDisconnect"), false);
    }

    #[test]
    fn terms_that_roll_differently_are_not_the_same() {
        let mut monthly = months(12, "roll");
        monthly["rollInterval"] = json!({"amount": 1, "units": "months"});
        let mut quarterly = monthly.clone();
        quarterly["rollInterval"]["amount"] = json!(3);
        check_same(monthly.clone(), monthly.clone(), true);
        check_same(monthly, quarterly, false);
    }
}
