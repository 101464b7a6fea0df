//! Orders that people answer: one errand for the acceptance of an order, one for the work on an
//! item. What the book found out at the creation travels with the errand, so that the order goes
//! on as it would have gone by itself.

use serde_json::{Value, json};

use super::coordinated;
use super::entry::termination_error;
use super::fail::{fail_item, fail_needs};
use super::in_service::{self, waits_for};
use super::lifecycle::ORDER_ITEM;
use super::running::{Running, decision};
use super::view::{item, item_mut};
use super::work::{COMPLETE, Part};
use crate::api::errand::{self, Question};
use crate::api::items::{list, reference, text};
use crate::document::{Document, Object};
use crate::failure::ProblemCode;
use crate::lifecycle::Refused;
use crate::party::answers::{AnswerRule, Step};
use crate::rules::{Context, ErrandAnswer, ErrandOutcome, Found, Ref};

/// Who reports milestones, for the partner.
pub(super) const REPORTER: &str = "Seller";

/// The rule for `step` of an item; `answer` is what the creation remembered about it.
pub(super) fn rule<'a>(step: Step, answer: &Value, ctx: &Context<'a>) -> Option<&'a AnswerRule> {
    let address = answer["place"].as_str().and_then(|id| ctx.book.address(id));
    errand::rule(
        step,
        (answer["offering"].as_str().unwrap_or_default(), address.as_deref()),
        ctx,
    )
}

/// What to load before an answer.
pub(super) fn needs(order: &Document, errand: &Document) -> Vec<Ref> {
    let Some(id) = errand.text("/item") else {
        return Vec::new();
    };
    let mut refs = in_service::needs(&order.body, id);
    refs.extend(fail_needs(&order.id));
    refs.push(Ref::Jobs(order.id.clone()));
    refs
}

/// Whether the order still waits for the answer to `errand`.
pub(super) fn stands(order: &Document, errand: &Document) -> bool {
    match errand.text("/item") {
        Some(id) => item(&order.body, id).is_some_and(|item| !ORDER_ITEM.is_final(text(item, "state"))),
        None => order.state == "acknowledged",
    }
}

/// What an answer comes to; one sentence for the person where it cannot be taken.
pub(super) fn answer(
    order: &Document,
    (errand, answer): (&Document, &ErrandAnswer),
    found: &Found,
    ctx: &Context<'_>,
) -> Result<ErrandOutcome, String> {
    let mut run = Running::new(order, ctx);
    let nothing = Value::Null;
    let memory = errand.at("/memory").unwrap_or(&nothing);
    let Some(id) = errand.text("/item") else {
        run.accepted((errand, answer), memory)?;
        return Ok(ended(run));
    };
    run.workable(id, answer)?;
    match answer {
        ErrandAnswer::Milestone(name) => {
            run.report(id, name, memory)?;
            run.note_answer((errand, Some(id)), json!({ "milestone": name }));
            Ok(ErrandOutcome {
                commit: run.finish(),
                stays: true,
            })
        }
        ErrandAnswer::Complete => {
            run.completed((id, errand::answered_by(errand)), memory, found)?;
            Ok(ended(run))
        }
        ErrandAnswer::Fail(reason) => {
            let mut commit = fail_item(order, (id, reason), found, ctx).map_err(told)?;
            run.note_answer((errand, Some(id)), json!({ "state": "failed", "reason": reason }));
            commit.decisions.append(&mut run.commit.decisions);
            Ok(ErrandOutcome { commit, stays: false })
        }
        ErrandAnswer::Accept | ErrandAnswer::Reject(_) | ErrandAnswer::Prices(_) | ErrandAnswer::Serviceability(_) => {
            Err("this errand is about work: report a milestone, complete it or fail it".into())
        }
    }
}

fn ended(run: Running<'_>) -> ErrandOutcome {
    ErrandOutcome {
        commit: run.finish(),
        stays: false,
    }
}

fn told(refused: Refused) -> String {
    refused.to_string()
}

impl Running<'_> {
    /// Opens one errand for the whole order where a rule covers any of its items.
    pub(super) fn ask_acceptance(&mut self, answers: &Value) -> bool {
        let ids = self.ids();
        let rules = ids
            .iter()
            .filter_map(|id| rule(Step::Order, &answers[id.as_str()], self.ctx));
        let Some(rule) = errand::most_urgent(rules, self.ctx) else {
            return false;
        };
        let items: Vec<Value> = ids.iter().map(|id| self.facts(id, &answers[id.as_str()])).collect();
        let facts = json!({
            "externalId": self.body.get("externalId"),
            "contacts": contacts(&self.body),
            "items": items,
        });
        let question = Question {
            step: Step::Order,
            about: self.old,
            item: None,
            rule,
            facts: &facts,
            memory: answers,
        };
        errand::open(question, self.ctx, &mut self.commit);
        true
    }

    /// The work on an item is an errand; `last` is what its completion needs to know.
    pub(super) fn hand_over(&mut self, id: &str, (rule, answer): (&AnswerRule, &Value), last: &Value) {
        let mut facts = self.facts(id, answer);
        let expected = item(&self.body, id).and_then(|item| item.get("expectedCompletionDate"));
        facts["expected"] = json!(expected);
        facts["milestones"] = last["milestones"].clone();
        let question = Question {
            step: Step::Provisioning,
            about: self.old,
            item: Some(id),
            rule,
            facts: &facts,
            memory: last,
        };
        errand::open(question, self.ctx, &mut self.commit);
    }

    /// What a person needs to know about an item.
    fn facts(&self, id: &str, answer: &Value) -> Value {
        let Some(item) = item(&self.body, id) else {
            return Value::Null;
        };
        let product = item.get("product").and_then(Value::as_object);
        let of = |name: &str| product.and_then(|product| product.get(name));
        let address = answer["place"].as_str().and_then(|id| self.ctx.book.address(id));
        json!({
            "item": id,
            "action": text(item, "action"),
            "offering": answer["offering"],
            "place": address.map(|address| format!("{}: {}", address.id, address.formatted())),
            "product": reference(item, "product"),
            // With what was left out: that is to be built, too.
            "configuration": answer.get("configuration").or_else(|| of("productConfiguration")),
            "relations": of("productRelationship"),
            "wanted": item.get("requestedCompletionDate"),
            "term": item.get("requestedItemTerm"),
            "prices": answer["prices"],
            "needs": waits_for(item, answer),
            "contacts": contacts(item),
        })
    }

    fn accepted(&mut self, (errand, answer): (&Document, &ErrandAnswer), memory: &Value) -> Result<(), String> {
        match answer {
            _ if self.old.state != "acknowledged" => {
                Err(format!("the order is {}: it is decided already", self.old.state))
            }
            ErrandAnswer::Accept => {
                self.note_answer((errand, None), json!({ "state": "inProgress" }));
                self.start(memory).map_err(told)
            }
            ErrandAnswer::Reject(reason) => {
                self.note_answer((errand, None), json!({ "state": "rejected", "reason": reason }));
                self.turn_down(reason).map_err(told)
            }
            ErrandAnswer::Milestone(_)
            | ErrandAnswer::Complete
            | ErrandAnswer::Fail(_)
            | ErrandAnswer::Prices(_)
            | ErrandAnswer::Serviceability(_) => {
                Err("this errand asks whether the order is taken: accept it or reject it".into())
            }
        }
    }

    /// Nothing of the order is done (Mplify 123.1: every rejected item says why); what its
    /// creation held and changed is as before. Its quotes stay accepted: no state leads back.
    fn turn_down(&mut self, reason: &str) -> Result<(), Refused> {
        let error = termination_error(ProblemCode::OtherIssue, String::new(), reason);
        for id in self.ids() {
            if let Some(item) = item_mut(&mut self.body, &id) {
                item.insert("terminationError".into(), json!([error]));
            }
            self.move_item(&id, "rejected")?;
            self.restore(&id);
            self.release(&id);
        }
        // The end of an order calls off its jobs, and the store does so before it adds new ones:
        // those that restore products are jobs of the products.
        self.roll_up()
    }

    /// Whether work on the item goes on at present.
    fn workable(&self, id: &str, answer: &ErrandAnswer) -> Result<(), String> {
        let state = item(&self.body, id).map(|item| text(item, "state"));
        match state {
            Some("inProgress") => Ok(()),
            // What cannot be built is not asked to be paid for: its charge is withdrawn.
            Some("held") if matches!(answer, ErrandAnswer::Fail(_)) => Ok(()),
            Some("held") => Err(format!(
                "item {id} is held: the Buyer has to answer a charge before work on it goes on"
            )),
            Some("pending") => Err(format!(
                "item {id} is pending: a request of the Buyer has to be decided before work on it goes on"
            )),
            Some(state) => Err(format!("item {id} is {state}: nothing is left to do")),
            None => Err(format!("the order has no item {id}")),
        }
    }

    fn report(&mut self, id: &str, name: &str, memory: &Value) -> Result<(), String> {
        let agreed: Vec<&str> = memory["milestones"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if !agreed.contains(&name) {
            let names = if agreed.is_empty() {
                "none".into()
            } else {
                agreed.join(", ")
            };
            return Err(format!(
                "{name:?} is no milestone of item {id}; the offering has: {names}"
            ));
        }
        let reached = item(&self.body, id).map_or(&[][..], |item| list(item, "milestone"));
        if reached.iter().any(|step| step["name"] == name) {
            return Err(format!("the milestone {name} of item {id} is reported already"));
        }
        self.reach(id, (name, REPORTER));
        Ok(())
    }

    fn completed(&mut self, (id, by): (&str, &str), memory: &Value, found: &Found) -> Result<(), String> {
        let Some(ready) = item(&self.body, id) else {
            return Err(format!("the order has no item {id}"));
        };
        let group = coordinated::still_together(&self.body, id);
        let parts: Vec<Part> = group.iter().map(|other| (other.clone(), Value::Null)).collect();
        if let Some(reason) = self.hindrance(ready, (memory, &parts), found) {
            return Err(format!("item {id} cannot be completed: {reason} Fail it."));
        }
        let open: Vec<&str> = waits_for(ready, memory)
            .into_iter()
            .filter(|other| group.iter().all(|with| with != other))
            .filter(|other| item(&self.body, other).is_some_and(|other| text(other, "state") != "completed"))
            .collect();
        if !open.is_empty() {
            return Err(format!(
                "item {id} needs what is not completed yet: {}. Complete that first.",
                open.join(", ")
            ));
        }
        if group.is_empty() {
            return self.done(id, (by, REPORTER), (memory, found)).map_err(told);
        }
        // It is completed together with the others, by whoever of them is ready last.
        let mut last = memory.clone();
        last["by"] = json!(by);
        let job = self.job(COMPLETE, last, self.ctx.now);
        self.commit.jobs.push(job);
        Ok(())
    }

    fn note_answer(&mut self, (errand, item): (&Document, Option<&str>), outcome: Value) {
        let step = if item.is_some() { "provisioning" } else { "order.accept" };
        let inputs = json!({ "errand": errand.id });
        let why = decision(
            (&self.old.id, item),
            (step, errand::answered_by(errand)),
            (inputs, outcome),
            self.ctx,
        );
        self.commit.decisions.push(why);
    }
}

fn contacts(of: &Object) -> Vec<String> {
    let line = |contact: &Value| {
        let value = |name: &str| contact[name].as_str().unwrap_or_default();
        let (role, name) = (value("role"), value("name"));
        format!("{role}: {name}, {}, {}", value("number"), value("emailAddress"))
    };
    list(of, "relatedContactInformation").iter().map(line).collect()
}
