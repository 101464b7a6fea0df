//! When the items of a running order will be ready, once that changes: an expedite, another date.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::coordinated::{self, Opening};
use super::in_service::waits_for;
use super::running::Running;
use super::view::{item, item_mut, items};
use super::work::{BEGIN, COMPLETE};
use crate::api::items::text;
use crate::commit::Job;
use crate::document::Object;
use crate::time;

impl Running<'_> {
    /// An expedite is agreed: the item comes as early as that goes, not before it is wanted.
    pub(super) fn expedite(&mut self, id: &str, jobs: &[Job]) {
        if let Some(item) = item_mut(&mut self.body, id) {
            item.insert("expediteAcceptedIndicator".into(), json!(true));
        }
        self.reschedule(id, jobs, "It was expedited.");
    }

    /// A request for another date is granted: `asked` is its body. What it does not name stays
    /// (Mplify 123.1 R70: an expedite that is not mentioned is neither asked for nor given up).
    pub(super) fn change_dates(&mut self, asked: &Object, jobs: &[Job]) {
        let id = asked
            .get("productOrderItem")
            .and_then(|item| item.get("productOrderItemId")?.as_str())
            .unwrap_or_default();
        if let Some(item) = item_mut(&mut self.body, id) {
            if let Some(date) = asked.get("requestedCompletionDate") {
                item.insert("requestedCompletionDate".into(), date.clone());
            }
            if let Some(expedite) = asked.get("expediteIndicator") {
                item.insert("expediteIndicator".into(), expedite.clone());
                // Mplify 123.1 R25
                item.insert("expediteAcceptedIndicator".into(), expedite.clone());
            }
        }
        self.reschedule(id, jobs, "The Buyer asked for another date.");
    }

    /// When the item would be ready with `asked` granted.
    pub(super) fn ready_with(&self, id: &str, asked: &Object, jobs: &[Job]) -> Option<Timestamp> {
        let mut item = item(&self.body, id)?.clone();
        for (from, to) in [
            ("requestedCompletionDate", "requestedCompletionDate"),
            ("expediteIndicator", "expediteAcceptedIndicator"),
        ] {
            if let Some(value) = asked.get(from) {
                item.insert(to.into(), value.clone());
            }
        }
        self.ready_again(&item, jobs)
    }

    /// Not before it is wanted, not before it can be built, not before what it needs.
    fn ready_again(&self, item: &Object, jobs: &[Job]) -> Option<Timestamp> {
        let id = text(item, "id");
        let date = |item: &Object, name: &str| time::parse(text(item, name));
        let answer = last_job(id, jobs).map_or(&Value::Null, |job| &job.payload);
        let group = coordinated::still_together(&self.body, id);
        if let Some(waiting) = last_job(id, jobs).filter(|job| job.kind == BEGIN) {
            let begin = waiting.due_at.max(self.ctx.now);
            return self
                .ready_from((item, begin), answer)
                .max(self.latest(&group).unwrap_or(begin))
                .into();
        }
        let plain = answer["plain"].as_str().and_then(time::parse);
        let plain = plain.or_else(|| date(item, "expectedCompletionDate"))?;
        let expedited = item.get("expediteAcceptedIndicator") == Some(&Value::Bool(true));
        let faster = self
            .offering(item)
            .and_then(|offering| offering.extras.expedite.as_ref());
        let built = match faster.filter(|_| expedited) {
            Some(faster) => faster.interval.after(self.ctx.now).min(plain),
            None => plain,
        };
        let needed = waits_for(item, answer)
            .into_iter()
            .filter_map(|id| super::view::item(&self.body, id))
            .filter_map(|other| date(other, "expectedCompletionDate"));
        let others = needed.chain(self.latest(&group));
        others.chain(date(item, "requestedCompletionDate")).chain([built]).max()
    }

    fn reschedule(&mut self, id: &str, jobs: &[Job], why: &str) {
        let Some(current) = item(&self.body, id) else {
            return;
        };
        let expected = time::parse(text(current, "expectedCompletionDate"));
        let Some(ready) = self.ready_again(current, jobs).filter(|ready| Some(*ready) != expected) else {
            return;
        };
        self.revise(id, ready, why);
        // A later date is seen by the job that is there; an earlier one needs a job of its own.
        if expected.is_none_or(|expected| ready < expected)
            && let Some(job) = last_job(id, jobs).filter(|job| job.kind == COMPLETE)
        {
            let earlier = self.job(COMPLETE, job.payload.clone(), ready);
            self.commit.jobs.push(earlier);
        }
        self.come_after(id, ready, jobs);
    }

    /// What waits for an item that comes later comes later too.
    pub(super) fn come_after(&mut self, id: &str, ready: Timestamp, jobs: &[Job]) {
        let earlier = |item: &&Object| {
            let answer = last_job(text(item, "id"), jobs).map_or(&Value::Null, |job| &job.payload);
            let with = coordinated::together(&self.body, id);
            (waits_for(item, answer).contains(&id) || with.iter().any(|other| other == text(item, "id")))
                && time::parse(text(item, "expectedCompletionDate")).is_some_and(|expected| expected < ready)
                && text(item, "state") != "completed"
        };
        let waiting: Vec<String> = items(&self.body)
            .filter(earlier)
            .map(|item| text(item, "id").to_owned())
            .collect();
        for other in waiting {
            self.revise(&other, ready, &format!("Item {id} comes later."));
            // Dates only grow here, so that relations in a circle come to an end.
            self.come_after(&other, ready, jobs);
        }
        self.begin_after(id, jobs);
    }

    /// What waits for an item with its start is told its new date too.
    fn begin_after(&mut self, id: &str, jobs: &[Job]) {
        let mut waiting: Vec<(String, Timestamp)> = Vec::new();
        for item in items(&self.body) {
            let other = text(item, "id");
            let gated = coordinated::gates(&self.body, other)
                .iter()
                .any(|gate| gate.other == id);
            let Some(job) = last_job(other, jobs).filter(|job| gated && job.kind == BEGIN) else {
                continue;
            };
            if let Opening::At(begin) | Opening::Expected(begin) = coordinated::opening(&self.body, other, self.ctx.now)
            {
                let ready = self.ready_from((item, begin.max(self.ctx.now)), &job.payload);
                if time::parse(text(item, "expectedCompletionDate")).is_some_and(|expected| expected < ready) {
                    waiting.push((other.to_owned(), ready));
                }
            }
        }
        for (other, ready) in waiting {
            self.revise(&other, ready, &format!("Item {id} comes later."));
            self.come_after(&other, ready, jobs);
        }
    }
}

/// The job that completes an item, or else that begins it.
fn last_job<'a>(id: &str, jobs: &'a [Job]) -> Option<&'a Job> {
    let of = |kind: &str| jobs.iter().find(|job| job.kind == kind && job.payload["item"] == id);
    of(COMPLETE).or_else(|| of(BEGIN))
}
