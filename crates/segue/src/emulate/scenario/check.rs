//! Whether a scenario holds together: all that does not is told at once.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use segue_model::party::answers::Step as Question;

use super::{Act, Answer, Fault, Rule, Scenario, Step};
use crate::emulate::wire;

/// The longest time that is waited on the wall clock: servers give up after a minute.
const WALL_SECONDS_MAX: f64 = 60.0;

/// Fails with every problem, each with its place.
pub fn whole(name: &str, scenario: &Scenario) -> Result<()> {
    let mut problems = companies(scenario);
    problems.extend(rules(scenario, &scenario.rule));
    problems.extend(faults(scenario, &scenario.fault));
    for (index, step) in scenario.step.iter().enumerate() {
        problems.extend(
            self::step(scenario, step)
                .into_iter()
                .map(|text| format!("/step/{index}: {text}")),
        );
    }
    if scenario
        .clock
        .speed
        .is_some_and(|speed| !(0.0..=1_000_000.0).contains(&speed))
    {
        problems.push("/clock/speed: it must be 0 (stands still) to 1000000".into());
    }
    if problems.is_empty() {
        return Ok(());
    }
    bail!("{name} does not hold together:\n  {}", problems.join("\n  "))
}

fn companies(scenario: &Scenario) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let sells = |id: &String| scenario.company.iter().any(|other| other.id == *id && other.sells);
    for (index, company) in scenario.company.iter().enumerate() {
        if !seen.insert(&company.id) {
            problems.push(format!("/company/{index}/id: {} is there twice", company.id));
        }
        for (at, seller) in company.buys_from.iter().enumerate() {
            if !sells(seller) || *seller == company.id {
                problems.push(format!(
                    "/company/{index}/buys-from/{at}: {seller} is no other company here that sells"
                ));
            }
        }
    }
    if !scenario.company.iter().any(|company| company.sells) {
        problems.push("/company: none of them sells; set sells = true".into());
    }
    let mut seen = BTreeSet::new();
    for (index, buyer) in scenario.buyer.iter().enumerate() {
        if !seen.insert(&buyer.id) || scenario.company.iter().any(|company| company.id == buyer.id) {
            problems.push(format!("/buyer/{index}/id: {} is there twice", buyer.id));
        }
        if buyer.at.as_ref().is_some_and(|at| !sells(at)) {
            problems.push(format!("/buyer/{index}/at: no company of this id sells"));
        }
    }
    problems
}

/// Problems of rules, as a file or the admin API gave them.
pub fn rules(scenario: &Scenario, rules: &[Rule]) -> Vec<String> {
    let mut problems = twice("rule", rules.iter().map(|rule| &rule.name));
    for (index, rule) in rules.iter().enumerate() {
        let told = rule_problems(scenario, rule);
        problems.extend(told.into_iter().map(|text| format!("/rule/{index}{text}")));
    }
    problems
}

fn rule_problems(scenario: &Scenario, rule: &Rule) -> Vec<String> {
    let mut problems = Vec::new();
    let known = |id: &String| scenario.company.iter().any(|company| company.id == *id);
    if rule.company.as_ref().is_some_and(|id| !known(id)) {
        problems.push("/company: there is no such company".into());
    }
    let buys = |id: &String| known(id) || scenario.buyer.iter().any(|buyer| buyer.id == *id);
    if rule.buyer.as_ref().is_some_and(|id| !buys(id)) {
        problems.push("/buyer: there is no such Buyer".into());
    }
    let answers = rule.answer.all();
    if rule.pass_on.is_some() && !answers.is_empty() {
        problems.push("/pass-on: it answers already; leave answer or pass-on out".into());
    }
    if rule.pass_on.is_some() && !matches!(rule.step, Question::Quote | Question::Provisioning) {
        problems.push("/pass-on: quote and provisioning are passed on, nothing else".into());
    } else if rule.pass_on.as_ref().is_some_and(|to| !known(&to.to)) {
        problems.push("/pass-on/to: there is no such company".into());
    }
    for (at, answer) in answers.iter().enumerate() {
        if !fits(rule.step, answer) {
            problems.push(format!(
                "/answer/{at}: step {} cannot be answered so; {}",
                rule.step.as_str(),
                allowed(rule.step)
            ));
        }
    }
    let last = answers.len().saturating_sub(1);
    let ends = |answer: &Answer| !matches!(answer, Answer::Milestone(_));
    if answers.iter().take(last).any(ends) {
        problems.push("/answer: only milestones can stand before the last answer".into());
    }
    problems
}

fn fits(step: Question, answer: &Answer) -> bool {
    match answer {
        Answer::Accept(yes) => *yes && step != Question::Provisioning,
        Answer::Reject(_) => step != Question::Provisioning,
        Answer::Complete(yes) => *yes && step == Question::Provisioning,
        Answer::Milestone(_) | Answer::Fail(_) => step == Question::Provisioning,
        Answer::Prices(_) => step == Question::Quote,
        Answer::Serviceability(_) => step == Question::Poq,
    }
}

fn allowed(step: Question) -> &'static str {
    match step {
        Question::Poq => "write { accept = true }, { reject = \"why\" } or { serviceability = {...} }",
        Question::Quote => "write { accept = true }, { reject = \"why\" } or { prices = [...] }",
        Question::Order => "write { accept = true } or { reject = \"why\" }",
        Question::Provisioning => "write { milestone = \"NAME\" }, { complete = true } or { fail = \"why\" }",
    }
}

/// Problems of faults, as a file or the admin API gave them.
pub fn faults(scenario: &Scenario, faults: &[Fault]) -> Vec<String> {
    let mut problems = twice("fault", faults.iter().map(|fault| &fault.name));
    for (index, fault) in faults.iter().enumerate() {
        let told = fault_problems(scenario, fault);
        problems.extend(told.into_iter().map(|text| format!("/fault/{index}{text}")));
    }
    problems
}

fn fault_problems(scenario: &Scenario, fault: &Fault) -> Vec<String> {
    let mut problems = Vec::new();
    if !wire::is_known(&fault.on) {
        problems.push(format!(
            "/on: {} is no operationId, no event type, not token and not any",
            fault.on
        ));
    }
    if fault
        .company
        .as_ref()
        .is_some_and(|id| !scenario.company.iter().any(|company| company.id == *id))
    {
        problems.push("/company: there is no such company".into());
    }
    if fault.chance.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
        problems.push("/chance: it lies between 0 and 1".into());
    }
    if fault.every == Some(0) {
        problems.push("/every: each time is 1".into());
    }
    let comes = !wire::leaves(fault);
    let seconds = match &fault.act {
        Act::Status { code, .. } if !(200..=599).contains(code) => {
            problems.push("/do/status/code: it lies between 200 and 599".into());
            None
        }
        Act::Hang(seconds) | Act::Slow(seconds) | Act::Late(seconds) => Some(*seconds),
        Act::Set(values) if values.is_empty() || values.keys().any(|pointer| !pointer.starts_with('/')) => {
            problems.push("/do/set: write \"/pointer\" = value".into());
            None
        }
        Act::Status { .. } | Act::Half | Act::Lose | Act::Set(_) | Act::Double => None,
    };
    if seconds.is_some_and(|seconds| !(0.0..=WALL_SECONDS_MAX).contains(&seconds)) {
        problems.push(format!("/do: 0 to {WALL_SECONDS_MAX} seconds"));
    }
    match &fault.act {
        Act::Double | Act::Late(_) if comes => {
            problems
                .push("/do: only what leaves can be doubled or late; say way = \"out\" or name an event type".into());
        }
        Act::Half if !comes => problems.push("/do: only what is answered here can be half an answer".into()),
        _ => {}
    }
    problems
}

fn step(scenario: &Scenario, step: &Step) -> Vec<String> {
    let mut problems = Vec::new();
    if step.command.is_none() && step.pass.is_none() {
        problems.push("it does nothing; write do = \"...\" or pass = \"...\"".into());
    }
    if let Some(id) = &step.company
        && !scenario.company.iter().any(|company| company.id == *id)
    {
        problems.push(format!("company {id} is not there"));
    }
    if step.command.is_some() && step.company.is_none() && scenario.first_buyer().is_none() {
        problems.push("no company here buys; name one with company".into());
    }
    let pointers = step.keep.values().chain(step.expect.keys()).chain(step.until.keys());
    for pointer in pointers.filter(|pointer| !pointer.starts_with('/') && !pointer.is_empty()) {
        problems.push(format!("{pointer:?} is no JSON Pointer; it begins with /"));
    }
    problems
}

fn twice<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names
        .enumerate()
        .filter(|(_, name)| !seen.insert(*name))
        .map(|(index, name)| format!("/{what}/{index}/name: {name} is there twice"))
        .collect()
}
