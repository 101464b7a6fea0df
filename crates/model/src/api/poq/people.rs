//! Qualifications that people answer: one errand for each item that a rule covers. Its answer ends
//! the item as that of the book would; until it comes the date of the Buyer holds.

use serde_json::{Value, json};

use super::answer::{self, Word};
use super::deferred;
use super::rules::{ANSWERED, WANTED, wants_alternates};
use crate::api::errand::{self, Question};
use crate::api::items::answer::Answer;
use crate::api::items::{Action, Item, list};
use crate::book::Address;
use crate::commit::Commit;
use crate::document::Document;
use crate::failure::{Problem, ProblemCode};
use crate::party::answers::{AnswerRule, Step};
use crate::rules::{Context, ErrandAnswer, ErrandOutcome, ErrandServiceability, Found};

/// The rule by which each item is asked about; none where the book answers it.
pub(super) type Asked<'a> = Vec<Option<&'a AnswerRule>>;

/// The rule for an offering at a place.
pub(super) fn rule<'a>(offering: &str, address: Option<&Address>, ctx: &Context<'a>) -> Option<&'a AnswerRule> {
    errand::rule(Step::Poq, (offering, address), ctx)
}

/// Which items people are asked about; `proposals` is what the book says. What it knows to be
/// impossible bothers nobody.
pub(super) fn asked<'a>(items: &[Item<'_>], proposals: &[Answer], ctx: &Context<'a>) -> Asked<'a> {
    let of = |(item, proposal): (&Item<'_>, &Answer)| {
        let offering = item.offering.map_or("", |offering| offering.id.as_str());
        rule(offering, item.address.as_deref(), ctx).filter(|_| !is_red(proposal))
    };
    items.iter().zip(proposals).map(of).collect()
}

fn is_red(answer: &Answer) -> bool {
    answer.fields.get("serviceabilityConfidence").and_then(Value::as_str) == Some("red")
}

/// Nobody looks at anything in the time of one request. Mplify 87.1 6.2.1: an immediate answer
/// that cannot be given is an error, and no qualification comes of it.
pub(super) fn not_at_once(items: &[Item<'_>], asked: &Asked<'_>) -> Vec<Problem> {
    let reason = "This is not answered at once: ask with instantSyncQualification false.";
    let covered = items.iter().zip(asked).filter(|(_, rule)| rule.is_some());
    covered
        .map(|(item, _)| Problem::new(ProblemCode::OtherIssue, &item.pointer, reason))
        .collect()
}

/// Opens the errand about an item; `proposal` is what the book would say.
pub(super) fn open(
    document: &Document,
    (item, proposal, rule): (&Item<'_>, &Answer, &AnswerRule),
    ctx: &Context<'_>,
    commit: &mut Commit,
) {
    let said = |name: &str| proposal.fields.get(name);
    let facts = json!({
        "externalId": document.body.get("externalId"),
        "wanted": document.body.get(WANTED),
        "contacts": document.body.get("relatedContactInformation"),
        "item": item.id,
        "action": item.action.map(Action::as_str),
        "offering": item.offering.map(|offering| &offering.id),
        "place": item.address.as_ref().map(|address| format!("{}: {}", address.id, address.formatted())),
        "product": item.existing.map(|product| &product.id),
        "configuration": item.configuration,
        "proposal": {
            "confidence": said("serviceabilityConfidence"),
            "reason": said("serviceabilityConfidenceReason"),
            "interval": said("installationInterval"),
            "deliveryType": said("deliveryType"),
        },
    });
    let question = Question {
        step: Step::Poq,
        about: document,
        item: Some(item.id),
        rule,
        facts: &facts,
        memory: &Value::Null,
    };
    errand::open(question, ctx, commit);
}

/// Whether the item still waits for an answer.
pub(super) fn stands(document: &Document, errand: &Document) -> bool {
    let is_about = |item: &&Value| item.get("id").and_then(Value::as_str) == errand.text("/item");
    let item = list(&document.body, ANSWERED.items).iter().find(is_about);
    item.is_some_and(|item| item["state"] == "inProgress")
}

/// What an answer comes to; one sentence for the person where it cannot be taken.
pub(super) fn answer(
    document: &Document,
    (errand, answer): (&Document, &ErrandAnswer),
    found: &Found,
    ctx: &Context<'_>,
) -> Result<ErrandOutcome, String> {
    let id = errand.text("/item").unwrap_or_default();
    if !stands(document, errand) {
        return Err(format!("item {id} is answered: no answer is awaited any more"));
    }
    let (problems, items) = deferred::check_again(document, found, ctx);
    if let Some(problem) = problems.first() {
        return Err(format!(
            "the qualification cannot be answered any more: {}",
            problem.reason
        ));
    }
    let word = word(id, answer)?;
    let mut answers = answer::answers(&items, wants_alternates(&document.body), word, (found, ctx));
    for (item, answer) in items.iter().zip(&mut answers) {
        if item.id != id {
            *answer = Answer::stays();
        } else if matches!(word, Word::Yes { .. }) && is_red(answer) {
            let reason = answer.fields.get("serviceabilityConfidenceReason");
            let reason = reason.and_then(Value::as_str).unwrap_or_default();
            return Err(format!("it cannot be delivered: {reason}"));
        }
    }
    let mut commit = deferred::close(document, &answers, ctx);
    let Some(next) = commit.documents.first() else {
        return Err(format!(
            "a qualification that is {} cannot take this answer",
            document.state
        ));
    };
    if ANSWERED.whole.is_final(&next.state) {
        commit.cancel_jobs_of.push(document.id.clone());
    }
    for decision in &mut commit.decisions {
        decision.answered_by = errand::answered_by(errand).into();
        decision.inputs["errand"] = json!(errand.id);
    }
    Ok(ErrandOutcome { commit, stays: false })
}

/// Mplify 87.1 R51: that something cannot be delivered is told as red, and the item is done.
fn word<'a>(item: &'a str, answer: &'a ErrandAnswer) -> Result<Word<'a>, String> {
    match answer {
        ErrandAnswer::Accept => Ok(Word::Book),
        ErrandAnswer::Reject(reason) => Ok(Word::No { item, reason }),
        ErrandAnswer::Serviceability(said) => {
            check(said)?;
            Ok(Word::Yes { item, said })
        }
        ErrandAnswer::Milestone(_) | ErrandAnswer::Complete | ErrandAnswer::Fail(_) | ErrandAnswer::Prices(_) => {
            Err("this errand asks whether it can be delivered: accept what the book says, say how surely and how soon, or reject".into())
        }
    }
}

fn check(said: &ErrandServiceability) -> Result<(), String> {
    if said.interval.is_some_and(|interval| interval.amount == 0) {
        return Err("the interval is no time at all".into());
    }
    if said.reason.as_deref().is_some_and(|reason| reason.trim().is_empty()) {
        return Err("the reason says nothing: leave it out, or say something".into());
    }
    Ok(())
}
