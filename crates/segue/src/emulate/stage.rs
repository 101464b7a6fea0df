//! What an emulator has in its hands while it runs: rules, faults, and all that went over the
//! wire. Edge, tap, answers and admin API share it.
//!
//! Guaranteed: a fault fires by count and by a chance drawn from the seed, never by the time of day,
//! so the same requests in the same order meet the same faults.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use segue_model::time;
use serde::Serialize;
use serde_json::Value;

use super::scenario::{Act, Fault, Rule, Scenario, Way};
use super::wire::{Named, leaves};
use super::world::World;

/// Exchanges that are kept: a test suite reads them while it runs; older ones go.
const EXCHANGES_MAX: usize = 10_000;

/// One request and what came of it.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// 1, 2, 3...
    pub number: u64,
    /// Business time.
    pub at: String,
    /// `in` or `out`.
    pub way: &'static str,
    /// The company of ours.
    pub company: String,
    /// Who asked, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// operationId, `token`, or nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<&'static str>,
    /// Event type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<&'static str>,
    /// Method.
    pub method: String,
    /// Path and query; the whole address on the way out.
    pub url: String,
    /// Body; not kept of token requests.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub sent: Value,
    /// 0: there was no answer.
    pub status: u16,
    /// Body as it went out; not kept of token requests.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub answer: Value,
    /// The fault that was in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// What a fault is held against.
pub struct Seen<'a> {
    /// What is asked.
    pub named: Named,
    /// Which way it goes.
    pub way: Way,
    /// The company of ours.
    pub company: &'a str,
    /// The other side.
    pub partner: Option<&'a str>,
    /// Address and body.
    pub text: &'a str,
}

/// A fault that fires.
#[derive(Clone, Debug)]
pub struct Fires {
    /// Its name.
    pub name: String,
    /// What happens.
    pub act: Act,
}

/// The stage.
pub struct Stage {
    /// As it was loaded.
    pub scenario: Scenario,
    live: Mutex<Live>,
    seen: Mutex<VecDeque<Exchange>>,
    world: RwLock<Option<Arc<World>>>,
}

/// What can be changed while it runs.
struct Live {
    rules: Vec<Rule>,
    faults: Vec<Fault>,
    /// Of each fault, how many requests fitted and how often it fired.
    counts: HashMap<String, (u32, u32)>,
    /// Of each rule, the errands it decided.
    errands: HashMap<String, Vec<String>>,
    random: StdRng,
    last: u64,
}

impl Live {
    fn of(scenario: &Scenario) -> Self {
        Self {
            rules: scenario.rule.clone(),
            faults: scenario.fault.clone(),
            counts: HashMap::new(),
            errands: HashMap::new(),
            random: StdRng::seed_from_u64(scenario.seed),
            last: 0,
        }
    }
}

impl Stage {
    /// Of a scenario; without a world yet.
    pub fn of(scenario: Scenario) -> Arc<Self> {
        Arc::new(Self {
            live: Mutex::new(Live::of(&scenario)),
            seen: Mutex::default(),
            world: RwLock::default(),
            scenario,
        })
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world there is now.
    pub fn world(&self) -> Option<Arc<World>> {
        self.world.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another world takes the place of this one.
    pub fn set_world(&self, world: Option<Arc<World>>) -> Option<Arc<World>> {
        let mut held = self.world.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut held, world)
    }

    /// As at the start: rules, faults, chance, exchanges.
    pub fn reset(&self) {
        *self.live() = Live::of(&self.scenario);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Rules in force.
    pub fn rules(&self) -> Vec<Rule> {
        self.live().rules.clone()
    }

    /// Other rules.
    pub fn set_rules(&self, rules: Vec<Rule>) {
        self.live().rules = rules;
    }

    /// Faults in force.
    pub fn faults(&self) -> Vec<Fault> {
        self.live().faults.clone()
    }

    /// Other faults; those that stay go on counting.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        let mut live = self.live();
        live.counts
            .retain(|name, _| faults.iter().any(|fault| fault.name == *name));
        live.faults = faults;
    }

    /// Whether `rule` may decide `errand`: those it decided before it goes on deciding.
    pub fn may_decide(&self, rule: &Rule, errand: &str) -> bool {
        let mut live = self.live();
        let decided = live.errands.entry(rule.name.clone()).or_default();
        if decided.iter().any(|known| known == errand) {
            return true;
        }
        let room = rule.times.is_none_or(|times| decided.len() < times as usize);
        if room {
            decided.push(errand.to_owned());
        }
        room
    }

    /// The first fault that fires for a request. Every fault that fits counts it.
    pub fn fires(&self, seen: &Seen<'_>) -> Option<Fires> {
        let live = &mut *self.live();
        let mut found = None;
        for fault in live.faults.iter().filter(|fault| fits(fault, seen)) {
            let (fitted, fired) = live.counts.entry(fault.name.clone()).or_default();
            *fitted += 1;
            let counted = *fitted > fault.skip
                && fault
                    .every
                    .is_none_or(|every| (*fitted - fault.skip).is_multiple_of(every))
                && fault.times.is_none_or(|times| *fired < times);
            // Drawn for each that fits, so that the order of requests alone decides.
            let lucky = fault.chance.is_none_or(|chance| live.random.random::<f64>() < chance);
            if found.is_none() && counted && lucky {
                *fired += 1;
                found = Some(Fires {
                    name: fault.name.clone(),
                    act: fault.act.clone(),
                });
            }
        }
        found
    }

    /// Keeps an exchange.
    pub fn note(&self, mut exchange: Exchange, business: Timestamp) {
        let mut live = self.live();
        live.last += 1;
        exchange.number = live.last;
        drop(live);
        exchange.at = time::text(business);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() == EXCHANGES_MAX {
            seen.pop_front();
        }
        seen.push_back(exchange);
    }

    /// Exchanges that fit, the oldest first.
    pub fn exchanges(&self, fits: impl Fn(&Exchange) -> bool) -> Vec<Exchange> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter(|exchange| fits(exchange)).cloned().collect()
    }
}

fn fits(fault: &Fault, seen: &Seen<'_>) -> bool {
    let way = if leaves(fault) { Way::Out } else { Way::In };
    way == seen.way
        && seen.named.is(&fault.on)
        && fault.company.as_ref().is_none_or(|company| company == seen.company)
        && fault
            .partner
            .as_deref()
            .is_none_or(|partner| Some(partner) == seen.partner)
        && fault.containing.as_ref().is_none_or(|text| seen.text.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(faults: &str) -> Arc<Stage> {
        let text = format!("title = \"t\"\nrole = \"seller\"\nseed = 7\n{faults}");
        Stage::of(Scenario::read("test", &text).unwrap())
    }

    fn fired(stage: &Stage, count: usize) -> Vec<bool> {
        let seen = Seen {
            named: crate::emulate::wire::named("POST", "/acme/mefApi/sonata/quoteManagement/v10/quote").0,
            way: Way::In,
            company: "acme",
            partner: Some("buyer"),
            text: "DE-00002",
        };
        (0..count).map(|_| stage.fires(&seen).is_some()).collect()
    }

    #[test]
    fn a_fault_fires_as_often_as_it_says() {
        let second = "[[fault]]\non = \"createQuote\"\ndo = \"half\"\nskip = 1\ntimes = 1\n";
        assert_eq!(fired(&stage(second), 4), [false, true, false, false]);
        let third = "[[fault]]\non = \"any\"\ndo = \"lose\"\nevery = 3\n";
        assert_eq!(fired(&stage(third), 6), [false, false, true, false, false, true]);
        let other = "[[fault]]\non = \"createQuote\"\ndo = \"lose\"\ncontaining = \"DE-00003\"\n";
        assert_eq!(fired(&stage(other), 2), [false, false]);
    }

    #[test]
    fn the_same_seed_gives_the_same_chances() {
        let chance = "[[fault]]\non = \"createQuote\"\ndo = \"lose\"\nchance = 0.5\n";
        let first = fired(&stage(chance), 32);
        assert_eq!(first, fired(&stage(chance), 32));
        assert!(first.contains(&true) && first.contains(&false));
    }
}
