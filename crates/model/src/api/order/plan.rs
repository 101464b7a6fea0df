//! When the work on the items of an order begins and ends, as far as is known; and its begin,
//! where an item waits for others (`coordinated`).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::coordinated::{self, Moment, Opening, WORK_STARTED};
use super::entry::termination_error;
use super::in_service::{is_new, waits_for};
use super::people;
use super::running::Running;
use super::view::{item, items};
use super::work::{BEGIN, COMPLETE, MILESTONE, WANTED};
use crate::api::items::text;
use crate::book::Milestone;
use crate::commit::Job;
use crate::document::Object;
use crate::failure::ProblemCode;
use crate::lifecycle::Refused;
use crate::party::answers::Step;
use crate::rules::Found;
use crate::time::{self, Span};

/// Who says that work has begun, for the partner.
const REPORTER: &str = "Seller";

/// An item in time.
pub(super) struct Planned {
    pub id: String,
    /// When the work on it begins.
    pub begin: Timestamp,
    /// When it will be ready.
    pub ready: Timestamp,
}

impl Running<'_> {
    /// When each item will be ready: not before it is wanted, not before it can be built, not
    /// before the items it needs, and as it is coordinated with others.
    pub(super) fn plan(&self, answers: &Value) -> Vec<Planned> {
        let planned = |item: &Object| {
            let id = text(item, "id");
            Planned {
                id: id.to_owned(),
                begin: self.ctx.now,
                ready: self.ready(item, (&answers[id]["interval"], self.ctx.now)),
            }
        };
        let mut plan: Vec<Planned> = items(&self.body).map(planned).collect();
        // Each round lets one more link of a chain through; no chain is longer than the order,
        // there and back again where items end together.
        for _ in 0..plan.len() * 2 {
            for index in 0..plan.len() {
                let Some(item) = item(&self.body, &plan[index].id) else {
                    continue;
                };
                let id = plan[index].id.clone();
                let of = |id: &str| plan.iter().find(|other| other.id == id);
                let moment = |gate: &coordinated::Gate<'_>| {
                    of(gate.other).map(|other| match gate.moment {
                        Moment::Start => gate.delay.after(other.begin),
                        Moment::Finish => gate.delay.after(other.ready),
                    })
                };
                let gates = coordinated::gates(&self.body, &id);
                let begin = gates.iter().filter_map(moment).max();
                let begin = begin.unwrap_or(plan[index].begin).max(plan[index].begin);
                let together = coordinated::together(&self.body, &id);
                let needed = waits_for(item, &answers[id.as_str()]).into_iter();
                let others = needed.chain(together.iter().map(String::as_str));
                let wait = others.filter_map(of).map(|other| other.ready).max();
                let own = self.ready(item, (&answers[id.as_str()]["interval"], begin));
                let ready = plan[index].ready.max(own);
                plan[index].begin = begin;
                plan[index].ready = ready.max(wait.unwrap_or(ready));
            }
        }
        plan
    }

    fn ready(&self, item: &Object, (interval, begin): (&Value, Timestamp)) -> Timestamp {
        let wanted = time::parse(text(item, WANTED));
        wanted.unwrap_or(begin).max(self.plain(item, (interval, begin)))
    }

    /// When it can be built, in the usual time.
    fn plain(&self, item: &Object, (interval, begin): (&Value, Timestamp)) -> Timestamp {
        let built = Span::read(interval).map(|interval| interval.after(begin));
        let last = self.milestones(item, begin).into_iter().map(|(_, due)| due).max();
        built.max(last).unwrap_or(begin)
    }

    /// The steps of the simulated network for `item`, with the time of each if work starts at
    /// `begin`. They are those of a new product: a change or an end is one step.
    fn milestones(&self, item: &Object, begin: Timestamp) -> Vec<(&str, Timestamp)> {
        let offering = self.offering(item).filter(|_| is_new(item));
        let steps = offering.map_or(&[][..], |offering| offering.milestones.as_slice());
        let due = |step: &'_ Milestone| step.after.after(begin);
        steps.iter().map(|step| (step.name.as_str(), due(step))).collect()
    }

    /// Has the item built, now or once those it waits for let it begin.
    pub(super) fn schedule(&mut self, planned: &Planned, answer: &Value) {
        let Some(waiting) = item(&self.body, &planned.id) else {
            return;
        };
        if coordinated::gates(&self.body, &planned.id).is_empty() {
            self.take_up(&planned.id, planned.ready, answer);
            return;
        }
        let plain = self.plain(waiting, (&answer["interval"], planned.begin));
        let mut memory = answer.clone();
        memory["item"] = json!(planned.id);
        memory["plain"] = json!(time::text(plain));
        let begin = self.job(BEGIN, memory, planned.begin);
        self.commit.jobs.push(begin);
    }

    /// The work on an item begins.
    fn take_up(&mut self, id: &str, ready: Timestamp, answer: &Value) {
        let Some(item) = item(&self.body, id) else {
            return;
        };
        let milestones = self.milestones(item, self.ctx.now);
        let plain = time::text(self.plain(item, (&answer["interval"], self.ctx.now)));
        let names: Vec<&str> = milestones.iter().map(|(name, _)| *name).collect();
        let mut last = json!({
            "item": id, "prices": answer["prices"], "milestones": names, "plain": plain,
            "after": answer["after"], "holds": answer["holds"],
        });
        if let Some(shown) = answer.get("shown") {
            last["shown"] = shown.clone();
        }
        if let Some(rule) = people::rule(Step::Provisioning, answer, self.ctx) {
            self.hand_over(id, (rule, answer), &last);
            return;
        }
        let mut jobs: Vec<Job> = milestones
            .iter()
            .map(|(name, due)| self.job(MILESTONE, json!({ "item": id, "name": name }), *due))
            .collect();
        jobs.push(self.job(COMPLETE, last, ready));
        self.commit.jobs.extend(jobs);
    }

    /// Looks whether an item that waits for others may begin, and begins it.
    pub(super) fn begin(&mut self, job: &Job, found: &Found) -> Result<(), Refused> {
        let id = job.payload["item"].as_str().unwrap_or_default();
        let Some(waiting) = item(&self.body, id) else {
            return Ok(());
        };
        match text(waiting, "state") {
            "inProgress" if coordinated::begun(&self.body, waiting).is_none() => {}
            "held" | "pending" => {
                self.look_again(BEGIN, &job.payload);
                return Ok(());
            }
            _ => return Ok(()),
        }
        let jobs = found.jobs(&self.old.id);
        match coordinated::opening(&self.body, id, self.ctx.now) {
            Opening::Never(reason) => {
                let error = termination_error(ProblemCode::OtherIssue, String::new(), &reason);
                self.fail_with_all(id, error, found)
            }
            Opening::At(at) if at <= self.ctx.now => {
                self.reach(id, (WORK_STARTED, REPORTER));
                let ready = self.move_ready((id, self.ctx.now), &job.payload, jobs);
                self.take_up(id, ready, &job.payload);
                self.wake(id, jobs);
                Ok(())
            }
            Opening::At(at) => {
                self.put_off((id, at), job, jobs);
                Ok(())
            }
            Opening::Expected(at) if at > self.ctx.now => {
                self.put_off((id, at), job, jobs);
                Ok(())
            }
            // It should have happened by now, and whoever makes it happen wakes this one.
            Opening::Expected(_) => {
                self.look_again(BEGIN, &job.payload);
                Ok(())
            }
        }
    }

    fn put_off(&mut self, (id, at): (&str, Timestamp), job: &Job, jobs: &[Job]) {
        self.move_ready((id, at), &job.payload, jobs);
        let again = self.job(BEGIN, job.payload.clone(), at);
        self.commit.jobs.push(again);
    }

    /// Says when an item will be ready whose work begins at `begin`, where that is another date
    /// than was told; returns it.
    fn move_ready(&mut self, (id, begin): (&str, Timestamp), answer: &Value, jobs: &[Job]) -> Timestamp {
        let Some(current) = item(&self.body, id) else {
            return begin;
        };
        let expected = time::parse(text(current, "expectedCompletionDate"));
        let own = self.ready_from((current, begin), answer);
        let together = self.latest(&coordinated::still_together(&self.body, id));
        let ready = own.max(together.unwrap_or(own));
        if expected != Some(ready) {
            self.revise(id, ready, "Its work waits for that of other items.");
            self.come_after(id, ready, jobs);
        }
        ready
    }

    /// When the item is ready by itself if its work begins at `begin`.
    pub(super) fn ready_from(&self, (item, begin): (&Object, Timestamp), answer: &Value) -> Timestamp {
        let plain = self.plain(item, (&answer["interval"], begin));
        let expedited = item.get("expediteAcceptedIndicator") == Some(&json!(true));
        let offering = self.offering(item).filter(|_| expedited);
        let faster = offering.and_then(|offering| offering.extras.expedite.as_ref());
        let built = faster.map_or(plain, |faster| faster.interval.after(begin).min(plain));
        time::parse(text(item, WANTED)).unwrap_or(begin).max(built)
    }

    /// The last date on which one of these is expected to be ready.
    pub(super) fn latest(&self, ids: &[String]) -> Option<Timestamp> {
        let items = ids.iter().filter_map(|id| item(&self.body, id));
        items
            .filter_map(|item| time::parse(text(item, "expectedCompletionDate")))
            .max()
    }

    /// What waited for the item looks again at once: its pauses may have grown long.
    pub(super) fn wake(&mut self, id: &str, jobs: &[Job]) {
        let waits = |job: &&Job| {
            let Some(waiting) = job.payload["item"].as_str().and_then(|id| item(&self.body, id)) else {
                return false;
            };
            match job.kind.as_str() {
                COMPLETE => job.payload.get("pause").is_some() && waits_for(waiting, &job.payload).contains(&id),
                BEGIN => coordinated::gates(&self.body, text(waiting, "id"))
                    .iter()
                    .any(|gate| gate.other == id),
                _ => false,
            }
        };
        let again: Vec<Job> = jobs
            .iter()
            .filter(waits)
            .map(|job| self.job(&job.kind, job.payload.clone(), self.ctx.now))
            .collect();
        self.commit.jobs.extend(again);
    }
}
