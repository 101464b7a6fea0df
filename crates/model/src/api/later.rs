//! Answers that come later: when they are due, and when they come too late.

use jiff::Timestamp;
use serde_json::Value;

use super::items::{Item, text};
use crate::document::Object;
use crate::failure::{Problem, ProblemCode};
use crate::rules::Context;
use crate::time;

/// When a deferred answer is given: after the time the book takes for it, but at the latest
/// halfway to the date the Buyer wants it by, so that work that starts late still meets the date.
pub fn due(wanted: Option<Timestamp>, ctx: &Context<'_>) -> Timestamp {
    let at_ease = ctx.book.answer_time.after(ctx.now);
    wanted.map_or(at_ease, |date| at_ease.min(halfway(ctx.now, date)))
}

/// The same for `items`: what is sold on demand is answered at once.
pub fn due_for(items: &[Item<'_>], wanted: Option<Timestamp>, ctx: &Context<'_>) -> Timestamp {
    let at_once = |item: &Item<'_>| item.offering.is_some_and(|offering| offering.on_demand);
    if items.iter().all(at_once) {
        ctx.now
    } else {
        due(wanted, ctx)
    }
}

/// The middle of the time from `from` to `to`; `from` where `to` is not later.
pub fn halfway(from: Timestamp, to: Timestamp) -> Timestamp {
    let half = to.duration_since(from) / 2;
    from.checked_add(half).unwrap_or(from).max(from)
}

/// The date-time in property `name`.
pub fn date(body: &Object, name: &str) -> Option<Timestamp> {
    time::parse(text(body, name))
}

/// Mplify 115.1 R18, 87.1 R28: a request that may be answered later names in `name` the date it
/// wants the answer by; one in the past cannot be kept. `flag` is what makes it such a request.
pub fn check_date(sent: &Object, name: &str, flag: &str, ctx: &Context<'_>) -> Option<Problem> {
    let path = format!("/{name}");
    if sent.get(name).and_then(Value::as_str).is_none() {
        return Some(Problem::missing(path, format!("Needed when {flag} is false.")));
    }
    (date(sent, name)? < ctx.now).then(|| Problem::invalid(path, "This date has passed already."))
}

/// What is told when the date in `name` has passed without an answer.
pub fn missed(body: &Object, name: &str, ctx: &Context<'_>) -> Option<Problem> {
    let reason = "The requested completion date has passed.";
    let is_late = date(body, name)? < ctx.now;
    is_late.then(|| Problem::new(ProblemCode::OtherIssue, "", reason))
}
