//! The life of an order after its creation: jobs on the business clock.
//!
//! `validate` starts the work or rejects the order; `begin` starts an item that waited for others;
//! `milestone` reports a step of the simulated network; `complete` puts one item into service. Jobs may come late, twice or in another
//! order: each looks at the state first, and does nothing where nothing is left to do.
//!
//! Where the agreement says that somebody else than the book answers, `people` takes over: the
//! acceptance of an order, the work on an item.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::charge::{self, Cause, EXPEDITE, Line};
use super::coordinated;
use super::entry::termination_error;
use super::fail::fail_needs;
use super::in_service::{self, waits_for};
use super::people;
use super::plan::Planned;
use super::rules::RESOURCE;
use super::running::{Running, refusal};
use super::view::{item, item_mut};
use crate::api::items::text;
use crate::commit::{Commit, Job};
use crate::document::{Document, Object};
use crate::failure::ProblemCode;
use crate::lifecycle::Refused;
use crate::rules::{Context, Found, Ref};
use crate::time;

/// Kind of the job that starts or rejects an order.
pub(super) const VALIDATE: &str = "validate";
/// Kind of the job that reports one milestone of one item.
pub(super) const MILESTONE: &str = "milestone";
/// Kind of the job that begins the work on an item that waits for others.
pub(super) const BEGIN: &str = "begin";
/// Kind of the job that completes one item.
pub(super) const COMPLETE: &str = "complete";
/// Kind of the job that ends an order whose cancellation is agreed.
pub(super) const CANCEL: &str = "cancel";

/// When the Buyer wants an item.
pub(super) const WANTED: &str = "requestedCompletionDate";

/// Who did the work: there is no network yet, and nobody shall think there is.
const SIMULATED: &str = "simulated network";

/// The id of an item that is going to be completed, and what is remembered about it.
pub(super) type Part = (String, Value);

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

/// What to load before [`run`].
pub(super) fn needs(order: &Document, job: &Job) -> Vec<Ref> {
    let Some(id) = job.payload["item"].as_str().filter(|_| job.kind != MILESTONE) else {
        return Vec::new();
    };
    let mut refs = in_service::needs(&order.body, id);
    for other in coordinated::still_together(&order.body, id) {
        refs.extend(in_service::needs(&order.body, &other));
    }
    if coordinated::any(&order.body) {
        refs.push(Ref::Jobs(order.id.clone()));
    }
    refs.extend(fail_needs(&order.id));
    refs
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
        BEGIN => work.begin(job, found),
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
        for Planned { id, ready, .. } in &plan {
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
        for planned in &plan {
            self.schedule(planned, &answers[planned.id.as_str()]);
        }
        self.ask(&plan, answers)
    }

    /// What costs more than was quoted waits for the consent of the Buyer (digest 3.12, 3.13).
    fn ask(&mut self, plan: &[Planned], answers: &Value) -> Result<(), Refused> {
        let jobs = self.commit.jobs.clone();
        let mut wanted = Vec::new();
        for Planned { id, ready, .. } in plan {
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
    pub(super) fn look_again(&mut self, kind: &str, payload: &Value) {
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
        let Some(state) = item(&self.body, id).map(|item| text(item, "state")) else {
            return Ok(());
        };
        match state {
            "inProgress" => {}
            "held" | "pending" => {
                self.look_again(COMPLETE, &job.payload);
                return Ok(());
            }
            _ => return Ok(()),
        }
        let group = self.group(job, found);
        let hindered = group.iter().flatten().find_map(|(id, answer)| {
            let reason = self.hindrance(item(&self.body, id)?, (answer, group.as_deref()?), found)?;
            Some((id.clone(), reason))
        });
        if let Some((id, reason)) = hindered {
            // Nothing fails while the Buyer's request about it is open: no edge leads there.
            if !self.ids_in("pending").is_empty() {
                self.look_again(COMPLETE, &job.payload);
                return Ok(());
            }
            let error = termination_error(ProblemCode::OtherIssue, String::new(), &reason);
            return self.fail_with_all(&id, error, found);
        }
        let Some(group) = group else {
            self.look_again(COMPLETE, &job.payload);
            return Ok(());
        };
        let wait = |(id, answer): &Part| self.waits_until((item(&self.body, id)?, answer), &group);
        match group.iter().find_map(wait) {
            Some(Wait::Until(later)) => {
                let again = self.job(COMPLETE, job.payload.clone(), later);
                self.commit.jobs.push(again);
                Ok(())
            }
            Some(Wait::Other) => {
                self.look_again(COMPLETE, &job.payload);
                Ok(())
            }
            None => self.all_done(group, found),
        }
    }

    /// The item of `job` and all that end with it; none while one of them is not worked on.
    fn group(&self, job: &Job, found: &Found) -> Option<Vec<Part>> {
        let id = job.payload["item"].as_str().unwrap_or_default();
        let jobs = found.jobs(&self.old.id);
        let part = |other: String| {
            let mut last = jobs.iter().filter(|job| job.kind == COMPLETE);
            let last = last.find(|job| job.payload["item"] == other.as_str())?;
            let runs = item(&self.body, &other).is_some_and(|item| text(item, "state") == "inProgress");
            runs.then(|| (other, last.payload.clone()))
        };
        let others: Option<Vec<Part>> = coordinated::still_together(&self.body, id)
            .into_iter()
            .map(part)
            .collect();
        let mut group = vec![(id.to_owned(), job.payload.clone())];
        group.extend(others?);
        Some(group)
    }

    /// All of these end in this very moment, what others need first.
    fn all_done(&mut self, mut group: Vec<Part>, found: &Found) -> Result<(), Refused> {
        while !group.is_empty() {
            let open: Vec<&str> = group.iter().map(|(id, _)| id.as_str()).collect();
            let free = |(id, answer): &Part| {
                let needs = item(&self.body, id).map(|item| waits_for(item, answer));
                needs.is_none_or(|needs| needs.iter().all(|needed| !open.contains(needed)))
            };
            let next = group.iter().position(free).unwrap_or(0);
            let (id, answer) = group.remove(next);
            let (by, reporter) = match answer["by"].as_str() {
                Some(by) => (by, people::REPORTER),
                None => (SIMULATED, SIMULATED),
            };
            self.done(&id, (by, reporter), (&answer, found))?;
        }
        Ok(())
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
        self.wake(id, found.jobs(&self.old.id));
        self.roll_up()
    }

    /// The date may have moved since the job was made. An OVC ends at a UNI: it cannot be in
    /// service before the UNI is.
    /// What ends with it, in `group`, it does not wait for.
    fn waits_until(&self, (waiting, answer): (&Object, &Value), group: &[Part]) -> Option<Wait> {
        let expected = time::parse(text(waiting, "expectedCompletionDate"));
        // Whoever did the work knows that it is done, whatever was expected.
        let told = answer["by"].is_string();
        if let Some(later) = expected.filter(|expected| *expected > self.ctx.now && !told) {
            return Some(Wait::Until(later));
        }
        let mut open = waits_for(waiting, answer)
            .into_iter()
            .filter(|id| group.iter().all(|(other, _)| other != id))
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
