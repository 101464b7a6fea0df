//! What flows through by itself: per partner and step how much was asked, answered, answered
//! without a person, and lost; and which errands wait.
//!
//! All times are business times. A document counts in the period in which it was made, whenever
//! its answer came: the figures of a past period change only while something of it still waits.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use segue_model::document::Side;
use segue_model::id::Scope;
use segue_model::stages::{Passage, STAGES, Stage};
use segue_store::Period;
use serde::Serialize;
use serde_json::Value;

use crate::{Seller, SellerError};

/// Lost documents whose reason is read, of one step and period: the newest ones. Reasons stand in
/// the bodies, and these must not make statistics as dear as all that was ever lost.
const REASONS_READ_MAX: usize = 1_000;
/// Reasons told of one step and period; the rarer ones are told together.
const REASONS_MAX: usize = 20;
/// What the rarer reasons are called.
const OTHERS: &str = "other reasons";
/// What the reasons of older documents are called.
const NOT_READ: &str = "older ones: not looked at";

/// How a period is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// By day, UTC.
    Day,
    /// By month, UTC.
    Month,
    /// Not at all.
    Whole,
}

impl Cut {
    /// `2026-11-25`, `2026-11` or nothing.
    fn name(self, at: Timestamp) -> String {
        let text = at.to_string();
        let length = match self {
            Self::Day => 10,
            Self::Month => 7,
            Self::Whole => 0,
        };
        text.get(..length).unwrap_or_default().to_owned()
    }
}

/// What became of the documents of one partner that were made in one period, for one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// Day or month; empty when the period was not cut.
    pub period: String,
    /// Whose.
    pub partner: String,
    /// Which step.
    pub step: &'static str,
    /// Documents that came to this step.
    pub asked: usize,
    /// Those with an answer, a refusal included.
    pub answered: usize,
    /// Those of them about which no person was asked at this step.
    pub without_person: usize,
    /// `without_person` of `answered`; none without answers.
    pub zero_touch: Option<f64>,
    /// Those that wait.
    pub waiting: usize,
    /// Those the Buyer took back before there was an answer.
    pub withdrawn: usize,
    /// Seconds to the answer: half of them took no longer.
    pub answer_seconds_p50: Option<f64>,
    /// 99 of 100 took no longer.
    pub answer_seconds_p99: Option<f64>,
    /// Lost business by state and reason, the most frequent first.
    pub fall_out: Vec<FallOut>,
}

/// Business lost for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FallOut {
    /// The state it ended in.
    pub state: String,
    /// Code and words the partner was told; empty where there were none.
    pub reason: String,
    /// How many documents.
    pub count: usize,
}

/// The errands of one partner and step that wait now, by how long they have been open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// Whose.
    pub partner: String,
    /// Which step.
    pub step: String,
    /// How many wait.
    pub open: usize,
    /// How many of them are past their due time.
    pub late: usize,
    /// Open for less than an hour.
    pub under_hour: usize,
    /// Less than a day.
    pub under_day: usize,
    /// Less than a week.
    pub under_week: usize,
    /// Longer.
    pub older: usize,
    /// Age of the oldest.
    pub oldest_seconds: i64,
}

/// What is counted while documents are looked at.
#[derive(Default)]
struct Tally {
    flow: Flow,
    seconds: Vec<f64>,
    lost: Vec<(String, String)>,
}

impl Seller {
    /// The flow of all steps for one partner, by period and step.
    ///
    /// Reads index and history of what was made in `period`, and no body.
    pub async fn flow(&self, scope: &Scope, period: Period, cut: Cut) -> Result<Vec<Flow>, SellerError> {
        let tallies = self.tallies(scope, period, cut).await?;
        Ok(tallies.into_iter().map(|tally| finished(tally).0).collect())
    }

    /// The same with the reasons of what was lost, which stand in the bodies.
    pub async fn flow_with_reasons(&self, scope: &Scope, period: Period, cut: Cut) -> Result<Vec<Flow>, SellerError> {
        let mut flows = Vec::new();
        for tally in self.tallies(scope, period, cut).await? {
            let (mut flow, lost) = finished(tally);
            flow.fall_out = self.reasons(scope, flow.step, lost).await?;
            flows.push(flow);
        }
        Ok(flows)
    }

    async fn tallies(&self, scope: &Scope, period: Period, cut: Cut) -> Result<Vec<Tally>, SellerError> {
        let errands = self.parts.store.errands_since(scope, period.0).await?;
        let asked: HashSet<(&str, &str)> = errands
            .iter()
            .map(|errand| (errand.about.as_str(), errand.step.as_str()))
            .collect();
        let mut tallies: BTreeMap<(String, usize), Tally> = BTreeMap::new();
        let mut resource = "";
        let mut passages = Vec::new();
        for (number, stage) in STAGES.iter().enumerate() {
            // Two steps may be read off one resource.
            if resource != stage.resource {
                resource = stage.resource;
                passages = self.parts.store.passages(scope, resource, period).await?;
            }
            for passage in &passages {
                let name = cut.name(passage.created_at);
                let tally = tallies.entry((name, number)).or_default();
                tally.add(stage, passage, asked.contains(&(passage.id.as_str(), stage.step)));
            }
        }
        let named = tallies.into_iter().filter(|(_, tally)| tally.flow.asked > 0);
        Ok(named
            .map(|((period, number), mut tally)| {
                tally.flow.period = period;
                tally.flow.partner = scope.partner.to_string();
                tally.flow.step = STAGES.get(number).map_or("", |stage| stage.step);
                tally
            })
            .collect())
    }

    /// Groups what was lost by what the partner was told. `lost` has the oldest first.
    async fn reasons(
        &self,
        scope: &Scope,
        step: &str,
        lost: Vec<(String, String)>,
    ) -> Result<Vec<FallOut>, SellerError> {
        let resource = STAGES.iter().find(|stage| stage.step == step);
        let resource = resource.map_or("", |stage| stage.resource);
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for (number, (id, state)) in lost.into_iter().rev().enumerate() {
            let mut reason = NOT_READ.to_owned();
            if number < REASONS_READ_MAX {
                let found = self.parts.store.document(scope, Side::Seller, resource, &id).await?;
                reason = found
                    .and_then(|found| told(&Value::Object(found.body)))
                    .unwrap_or_default();
            }
            *counts.entry((state, reason)).or_default() += 1;
        }
        Ok(most_frequent(counts))
    }

    /// The errands about documents of one partner that wait now, by step.
    pub async fn waiting(&self, scope: &Scope) -> Result<Vec<Waiting>, SellerError> {
        let now = self.now();
        let mut by_step: BTreeMap<String, Waiting> = BTreeMap::new();
        for errand in self.parts.store.errands_waiting(scope).await? {
            let row = by_step.entry(errand.step).or_default();
            let age = now.duration_since(errand.opened_at);
            row.open += 1;
            row.late += usize::from(errand.due_at.is_some_and(|due| due < now));
            row.oldest_seconds = row.oldest_seconds.max(age.as_secs());
            *match age {
                age if age < SignedDuration::from_hours(1) => &mut row.under_hour,
                age if age < SignedDuration::from_hours(24) => &mut row.under_day,
                age if age < SignedDuration::from_hours(7 * 24) => &mut row.under_week,
                _ => &mut row.older,
            } += 1;
        }
        let named = by_step.into_iter().map(|(step, row)| Waiting {
            partner: scope.partner.to_string(),
            step,
            ..row
        });
        Ok(named.collect())
    }
}

impl Tally {
    fn add(&mut self, stage: &Stage, passage: &Passage, person: bool) {
        let Some(taken) = stage.of(passage) else { return };
        let flow = &mut self.flow;
        flow.asked += 1;
        if let Some(after) = taken.answered_after {
            flow.answered += 1;
            flow.without_person += usize::from(!person);
            self.seconds.push(after.as_secs_f64());
        } else if taken.withdrawn {
            flow.withdrawn += 1;
        } else {
            flow.waiting += 1;
        }
        if let Some(state) = taken.fell_out {
            self.lost.push((passage.id.clone(), state));
        }
    }
}

/// The figures, with lost documents by state only, and which these are.
#[expect(clippy::cast_precision_loss, reason = "counts of documents are far from 2^52")]
fn finished(mut tally: Tally) -> (Flow, Vec<(String, String)>) {
    tally.seconds.sort_unstable_by(f64::total_cmp);
    let mut flow = tally.flow;
    flow.answer_seconds_p50 = percentile(&tally.seconds, 50);
    flow.answer_seconds_p99 = percentile(&tally.seconds, 99);
    flow.zero_touch = (flow.answered > 0).then(|| flow.without_person as f64 / flow.answered as f64);
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (_, state) in &tally.lost {
        *counts.entry((state.clone(), String::new())).or_default() += 1;
    }
    flow.fall_out = most_frequent(counts);
    (flow, tally.lost)
}

/// The smallest value that so many of 100 do not exceed; `sorted` ascends.
fn percentile(sorted: &[f64], of_hundred: usize) -> Option<f64> {
    let rank = (sorted.len() * of_hundred).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

fn most_frequent(counts: BTreeMap<(String, String), usize>) -> Vec<FallOut> {
    let mut all: Vec<FallOut> = counts
        .into_iter()
        .map(|((state, reason), count)| FallOut { state, reason, count })
        .collect();
    all.sort_by_key(|row| std::cmp::Reverse(row.count));
    let rest = all.split_off(all.len().min(REASONS_MAX));
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for row in rest {
        *others.entry(row.state).or_default() += row.count;
    }
    all.extend(others.into_iter().map(|(state, count)| FallOut {
        state,
        reason: OTHERS.into(),
        count,
    }));
    all
}

/// What the partner was told about the end: the first error of the whole or of an item, else the
/// last reason of a change of state.
fn told(body: &Value) -> Option<String> {
    let items = body.as_object().into_iter().flatten();
    let items = items.filter(|(name, _)| name.ends_with("Item"));
    let items: Vec<&Value> = items
        .flat_map(|(_, items)| items.as_array().into_iter().flatten())
        .collect();
    let all = || std::iter::once(body).chain(items.iter().copied());
    let error = all().find_map(|part| part.pointer("/terminationError/0").and_then(error_text));
    error.or_else(|| all().find_map(change_reason))
}

fn error_text(error: &Value) -> Option<String> {
    let text = |name: &str| error.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match (text("code"), text("value")) {
        (Some(code), Some(value)) => Some(format!("{code}: {value}")),
        (code, value) => code.or(value).map(str::to_owned),
    }
}

fn change_reason(part: &Value) -> Option<String> {
    let changes = part.get("stateChange")?.as_array()?;
    let reasons = changes.iter().rev().filter_map(|change| change.get("changeReason"));
    reasons.filter_map(Value::as_str).map(str::to_owned).next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(percentile(&values, 50), Some(100.0));
        assert_eq!(percentile(&values, 99), Some(198.0));
        assert_eq!(percentile(&values[..1], 99), Some(1.0));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn the_reason_is_the_error_of_the_item_before_that_of_the_change() {
        let body = json!({
            "stateChange": [{"state": "rejected", "changeReason": "No."}],
            "quoteItem": [{}, {"terminationError": [{"code": "otherIssue", "value": "No port."}]}],
        });
        assert_eq!(told(&body), Some("otherIssue: No port.".into()));
        assert_eq!(told(&json!({"stateChange": body["stateChange"]})), Some("No.".into()));
        assert_eq!(told(&json!({})), None);
    }

    #[test]
    fn rare_reasons_are_told_together() {
        let mut counts = BTreeMap::new();
        for number in 0..25 {
            counts.insert(("rejected".to_owned(), format!("reason {number:02}")), 25 - number);
        }
        let told = most_frequent(counts);
        assert_eq!(told.len(), REASONS_MAX + 1);
        assert_eq!((told[0].reason.as_str(), told[0].count), ("reason 00", 25));
        assert_eq!((told[20].reason.as_str(), told[20].count), (OTHERS, 1 + 2 + 3 + 4 + 5));
    }
}
