//! The life of an order after its creation: jobs on the business clock.
//!
//! `validate` starts the work or rejects the order; `milestone` reports a step of the simulated
//! network; `complete` puts one item into service. Jobs may come late, twice or in another
//! order: each looks at the state first, and does nothing where nothing is left to do.
//!
//! Where the agreement says that somebody else than the book answers, `people` takes over: the
//! acceptance of an order, the work on an item.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::charge::{self, Cause, EXPEDITE, Line};
use super::entry::termination_error;
use super::in_service::{is_new, waits_for};
use super::people;
use super::rules::RESOURCE;
use super::running::{Running, refusal};
use super::view::{item, item_mut, items};
use crate::api::items::text;
use crate::book::Milestone;
use crate::commit::{Commit, Job};
use crate::document::{Document, Object};
use crate::failure::ProblemCode;
use crate::lifecycle::Refused;
use crate::party::answers::Step;
use crate::rules::{Context, Found};
use crate::time::{self, Span};

/// Kind of the job that starts or rejects an order.
pub(super) const VALIDATE: &str = "validate";
/// Kind of the job that reports one milestone of one item.
pub(super) const MILESTONE: &str = "milestone";
/// Kind of the job that completes one item.
pub(super) const COMPLETE: &str = "complete";
/// Kind of the job that ends an order whose cancellation is agreed.
pub(super) const CANCEL: &str = "cancel";

/// When the Buyer wants an item.
const WANTED: &str = "requestedCompletionDate";

/// Who did the work: there is no network yet, and nobody shall think there is.
const SIMULATED: &str = "simulated network";

/// What an item waits for.
enum Wait {
    Until(Timestamp),
    /// Another item, and nobody can say when.
    Other,
}

/// Seconds between two looks at an item that is held or pending, or waits for another one that
/// should have been ready, at first and at most.
const PAUSE_MIN: i64 = 60;
const PAUSE_MAX: i64 = 3_600;

/// A charge as the creation foresaw it.
fn line(foreseen: &Value) -> Line {
    let category = foreseen["category"].as_str().unwrap_or_default();
    let why = match category {
        EXPEDITE => "To have it earlier than its interval says.",
        _ => "A line has to be built to this place.",
    };
    Line {
        category: category.to_owned(),
        blocking: foreseen["blocking"] == json!(true),
        amount: foreseen["amount"].clone(),
        why: why.to_owned(),
    }
}

/// Does one job. A change that the life cycle refuses changes nothing, and is told to the operator.
pub(super) fn run(document: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
    let mut work = Running::new(document, ctx);
    let done = match job.kind.as_str() {
        VALIDATE => work.validate(&job.payload),
        MILESTONE => {
            work.milestone(&job.payload);
            Ok(())
        }
        COMPLETE => work.complete(job, found),
        CANCEL => work.cancel(),
        _ => Ok(()),
    };
    match done {
        Ok(()) => work.finish(),
        Err(refused) => refusal(document, &format!("{RESOURCE}.{}", job.kind), &refused),
    }
}

impl Running<'_> {
    /// `answers` is what was found out at the creation: prices, interval and refusal per item.
    fn validate(&mut self, answers: &Value) -> Result<(), Refused> {
        if self.old.state != "acknowledged" {
            return Ok(());
        }
        let refused = |id: &String| answers[id.as_str()]["refusal"].is_object();
        if self.ids().iter().any(refused) {
            self.reject(answers)
        } else if self.ask_acceptance(answers) {
            Ok(())
        } else {
            self.start(answers)
        }
    }

    /// Mplify 123.1, linked validation: one bad item rejects the order, and all were looked at.
    fn reject(&mut self, answers: &Value) -> Result<(), Refused> {
        for id in self.ids() {
            let error = &answers[id.as_str()]["refusal"];
            if !error.is_object() {
                self.move_item(&id, "rejected.validated")?;
                continue;
            }
            if let Some(item) = item_mut(&mut self.body, &id) {
                item.insert("terminationError".into(), json!([error]));
            }
            self.move_item(&id, "rejected")?;
        }
        self.roll_up()
    }

    /// Begins the work, or has it begun.
    pub(super) fn start(&mut self, answers: &Value) -> Result<(), Refused> {
        let plan = self.plan(answers);
        for (id, ready) in &plan {
            if let Some(item) = item_mut(&mut self.body, id) {
                if let Some(term) = item.get("requestedItemTerm").cloned() {
                    item.insert("itemTerm".into(), json!([term]));
                }
                // Mplify 123.1 R29
                item.insert("expectedCompletionDate".into(), json!(time::text(*ready)));
            }
            self.move_item(id, "inProgress")?;
            self.expect(id, *ready);
        }
        self.move_order("inProgress")?;
        for (id, ready) in &plan {
            self.schedule(id, *ready, &answers[id.as_str()]);
        }
        self.ask(&plan, answers)
    }

    /// What costs more than was quoted waits for the consent of the Buyer (digest 3.12, 3.13).
    fn ask(&mut self, plan: &[(String, Timestamp)], answers: &Value) -> Result<(), Refused> {
        let jobs = self.commit.jobs.clone();
        let mut wanted = Vec::new();
        for (id, ready) in plan {
            let charges = answers[id.as_str()]["charges"].as_array();
            let mut lines: Vec<Line> = charges.into_iter().flatten().map(line).collect();
            if let Some(at) = lines.iter().position(|line| line.category == EXPEDITE) {
                let early = item(&self.body, id).and_then(|item| time::parse(text(item, WANTED)));
                if early.is_none_or(|early| early >= *ready) {
                    lines.remove(at);
                } else if charge::is_free(&lines[at].amount) {
                    lines.remove(at);
                    self.expedite(id, &jobs);
                }
            }
            if !lines.is_empty() {
                self.move_item(id, "held")?;
                wanted.push((id, lines));
            }
        }
        if !wanted.is_empty() {
            self.move_order("held.assessingCharge")?;
        }
        for (id, lines) in wanted {
            charge::raise(self, Cause::Item(id), &lines)?;
        }
        Ok(())
    }

    /// When each item will be ready: not before it is wanted, not before it can be built, and not
    /// before the items it needs.
    fn plan(&self, answers: &Value) -> Vec<(String, Timestamp)> {
        let mut plan: Vec<(String, Timestamp)> = items(&self.body)
            .map(|item| {
                let id = text(item, "id");
                (id.to_owned(), self.ready(item, &answers[id]["interval"]))
            })
            .collect();
        // Each round lets one more link of a chain through; no chain is longer than the order.
        for _ in 0..plan.len() {
            for index in 0..plan.len() {
                let Some(item) = item(&self.body, &plan[index].0) else {
                    continue;
                };
                let wait = waits_for(item, &answers[plan[index].0.as_str()])
                    .into_iter()
                    .filter_map(|id| plan.iter().find(|(other, _)| other == id))
                    .map(|(_, ready)| *ready)
                    .max();
                plan[index].1 = plan[index].1.max(wait.unwrap_or(plan[index].1));
            }
        }
        plan
    }

    fn ready(&self, item: &Object, interval: &Value) -> Timestamp {
        let wanted = time::parse(text(item, WANTED));
        wanted.unwrap_or(self.ctx.now).max(self.plain(item, interval))
    }

    /// When it can be built, in the usual time.
    fn plain(&self, item: &Object, interval: &Value) -> Timestamp {
        let built = Span::read(interval).map(|interval| interval.after(self.ctx.now));
        let last = self.milestones(item).into_iter().map(|(_, due)| due).max();
        built.max(last).unwrap_or(self.ctx.now)
    }

    /// The steps of the simulated network for `item`, with the time of each if work starts now.
    /// They are those of a new product: a change or an end is one step.
    fn milestones(&self, item: &Object) -> Vec<(&str, Timestamp)> {
        let offering = self.offering(item).filter(|_| is_new(item));
        let steps = offering.map_or(&[][..], |offering| offering.milestones.as_slice());
        let due = |step: &'_ Milestone| step.after.after(self.ctx.now);
        steps.iter().map(|step| (step.name.as_str(), due(step))).collect()
    }

    fn schedule(&mut self, id: &str, ready: Timestamp, answer: &Value) {
        let Some(item) = item(&self.body, id) else {
            return;
        };
        let milestones = self.milestones(item);
        let plain = time::text(self.plain(item, &answer["interval"]));
        let names: Vec<&str> = milestones.iter().map(|(name, _)| *name).collect();
        let last = json!({
            "item": id, "prices": answer["prices"], "milestones": names, "plain": plain,
            "after": answer["after"], "holds": answer["holds"],
        });
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

    fn milestone(&mut self, payload: &Value) {
        let (Some(id), Some(name)) = (payload["item"].as_str(), payload["name"].as_str()) else {
            return;
        };
        match item(&self.body, id).map(|item| text(item, "state")) {
            Some("inProgress") => self.reach(id, (name, SIMULATED)),
            Some("held" | "pending") => self.look_again(MILESTONE, payload),
            Some(_) | None => {}
        }
    }

    /// Work rests while the Buyer has to decide. It may take days: so the pauses grow.
    fn look_again(&mut self, kind: &str, payload: &Value) {
        let pause = payload["pause"].as_i64().map_or(PAUSE_MIN, |pause| pause * 2);
        let pause = pause.clamp(PAUSE_MIN, PAUSE_MAX);
        let mut payload = payload.clone();
        payload["pause"] = json!(pause);
        let later = self.later(SignedDuration::from_secs(pause));
        let again = self.job(kind, payload, later);
        self.commit.jobs.push(again);
    }

    fn later(&self, pause: SignedDuration) -> Timestamp {
        self.ctx.now.checked_add(pause).unwrap_or(Timestamp::MAX)
    }

    /// Mplify 123.1 CR8, CR9: every milestone is told once and stays in the list.
    pub(super) fn reach(&mut self, id: &str, (name, by): (&str, &str)) {
        let Some(item) = item_mut(&mut self.body, id) else {
            return;
        };
        let list = item.entry("milestone").or_insert_with(|| json!([]));
        let Some(list) = list
            .as_array_mut()
            .filter(|list| list.iter().all(|step| step["name"] != name))
        else {
            return;
        };
        let note = format!("Reported by the {by}.");
        list.push(json!({ "date": time::text(self.ctx.now), "name": name, "note": note }));
        let fields = json!({ "milestoneName": name });
        self.tell_item(id, "productSpecificProductOrderItemMilestoneEvent", fields);
    }

    /// The work that was stopped is undone: what was held for it is free again.
    fn cancel(&mut self) -> Result<(), Refused> {
        if self.old.state != "pendingCancellation" {
            return Ok(());
        }
        for id in self.ids_in("pending") {
            self.move_item(&id, "cancelled")?;
            self.release(&id);
        }
        self.roll_up()
    }

    fn complete(&mut self, job: &Job, found: &Found) -> Result<(), Refused> {
        let id = job.payload["item"].as_str().unwrap_or_default();
        let Some(item) = item(&self.body, id) else {
            return Ok(());
        };
        match text(item, "state") {
            "inProgress" => {}
            "held" | "pending" => {
                self.look_again(COMPLETE, &job.payload);
                return Ok(());
            }
            _ => return Ok(()),
        }
        if let Some(reason) = self.hindrance(item, &job.payload, found) {
            let error = termination_error(ProblemCode::OtherIssue, String::new(), &reason);
            self.fail(id, error)?;
            return self.roll_up();
        }
        match self.waits_until(item, &job.payload) {
            Some(Wait::Until(later)) => {
                let again = self.job(COMPLETE, job.payload.clone(), later);
                self.commit.jobs.push(again);
                Ok(())
            }
            Some(Wait::Other) => {
                self.look_again(COMPLETE, &job.payload);
                Ok(())
            }
            None => self.done(id, (SIMULATED, SIMULATED), (&job.payload, found)),
        }
    }

    /// The item is ready; `by` built it, and `reporter` tells of the milestones that are still open.
    pub(super) fn done(
        &mut self,
        id: &str,
        (by, reporter): (&str, &str),
        (answer, found): (&Value, &Found),
    ) -> Result<(), Refused> {
        // A milestone whose job comes too late is reached all the same.
        for name in answer["milestones"].as_array().into_iter().flatten() {
            self.reach(id, (name.as_str().unwrap_or_default(), reporter));
        }
        self.put_into_service((id, by), answer, found)?;
        self.move_item(id, "completed")?;
        self.roll_up()
    }

    /// The date may have moved since the job was made. An OVC ends at a UNI: it cannot be in
    /// service before the UNI is.
    fn waits_until(&self, waiting: &Object, answer: &Value) -> Option<Wait> {
        let expected = time::parse(text(waiting, "expectedCompletionDate"));
        if let Some(later) = expected.filter(|expected| *expected > self.ctx.now) {
            return Some(Wait::Until(later));
        }
        let mut open = waits_for(waiting, answer)
            .into_iter()
            .filter_map(|id| item(&self.body, id))
            .filter(|item| text(item, "state") != "completed")
            .peekable();
        open.peek()?;
        let ready = open
            .filter_map(|item| time::parse(text(item, "expectedCompletionDate")))
            .max();
        let ready = ready.filter(|ready| *ready > self.ctx.now);
        Some(ready.map_or(Wait::Other, Wait::Until))
    }
}
