//! Who runs, who waits, who is turned away. Plain bookkeeping, without a clock of its own.
//!
//! Arrivals have room for several times as many as may run. The fuller it is, the more classes are turned
//! away, lists first; and once a quarter of it is taken, a partner that has its equal share of all
//! there is has no more. Of those that wait, the most urgent class goes first, in it the partner
//! for whom least is running, and of a partner's requests the newest: the oldest have waited
//! longest, and their callers are the likeliest to have given up.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::limit::Limit;
use super::{Class, Holder, Pass};

/// From this share of the room on, partners have equal parts of it.
const CONTENDED: f64 = 0.25;
/// Some wait after every burst; when they have waited for this long it is overload.
const BURST: Duration = Duration::from_secs(1);

/// Why somebody is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is no room for this class.
    Room,
    /// Its partner has its share.
    Share,
    /// It waited too long.
    Wait,
}

impl Refused {
    /// As figures name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Share => "share",
            Self::Wait => "wait",
        }
    }
}

impl Class {
    /// How much of the room may be taken before this class is turned away.
    fn of_room(self) -> f64 {
        match self {
            Self::Event => 1.0,
            Self::Order => 0.95,
            Self::Read => 0.85,
            Self::Question => 0.75,
            Self::List => 0.5,
        }
    }

    /// How many of all passes may be out before this class waits.
    fn of_passes(self) -> f64 {
        match self {
            Self::Event | Self::Order => 1.0,
            Self::Read => 0.95,
            Self::Question => 0.9,
            Self::List => 0.6,
        }
    }
}

/// What one partner has here.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    arrived: usize,
    running: usize,
}

/// What waits: its class, whose it is, its operationId.
type Asked<'a> = (Class, &'a Holder, &'static str);

/// One that waits for a pass.
pub(super) struct Waiter {
    pub class: Class,
    pub operation: &'static str,
    pub go: oneshot::Sender<Pass>,
    holder: Holder,
    number: u64,
}

/// All that is under way.
#[derive(Default)]
pub(super) struct Desk {
    limit: Limit,
    running: usize,
    arrived: usize,
    shares: HashMap<Holder, Share>,
    waiting: Vec<Waiter>,
    /// Since when there was always somebody who waited.
    busy_since: Option<Instant>,
    number: u64,
}

impl Desk {
    /// How many may run at once now.
    pub fn passes(&self) -> usize {
        self.limit.passes()
    }

    /// How many run.
    pub fn running(&self) -> usize {
        self.running
    }

    /// Takes note of one more, unless it is too much.
    pub fn arrive(&mut self, class: Class, holder: &Holder) -> Result<(), Refused> {
        let room = self.limit.room();
        let taken = self.arrived as f64 / room as f64;
        if taken >= class.of_room() {
            return Err(Refused::Room);
        }
        let held = self.shares.get(holder).map_or(0, |share| share.arrived);
        // One more than there are: who comes next finds a place.
        let equal = room / (self.shares.len() + 1);
        if taken >= CONTENDED && held >= equal {
            return Err(Refused::Share);
        }
        self.arrived += 1;
        self.share(holder).arrived += 1;
        Ok(())
    }

    /// One that came as another turns out to be of this partner.
    pub fn move_over(&mut self, from: &Holder, to: &Holder) {
        self.share(to).arrived += 1;
        self.share(from).arrived -= 1;
        self.forget(from);
    }

    /// One that arrived is gone.
    pub fn leave(&mut self, holder: &Holder) {
        self.arrived -= 1;
        self.share(holder).arrived -= 1;
        self.forget(holder);
    }

    /// Whether the waiting is more than that of a burst.
    pub fn is_overload(&self, now: Instant) -> bool {
        self.busy_since.is_some_and(|since| now.duration_since(since) >= BURST)
    }

    /// One that arrived waits for a pass from `now` on.
    pub fn wait(&mut self, (class, holder, operation): Asked<'_>, go: oneshot::Sender<Pass>, now: Instant) {
        self.number += 1;
        self.busy_since.get_or_insert(now);
        self.waiting.push(Waiter {
            class,
            operation,
            go,
            holder: holder.clone(),
            number: self.number,
        });
    }

    /// The next that may run, and whose it is; a pass is out for it.
    pub fn next(&mut self) -> Option<(Waiter, Holder)> {
        self.waiting.retain(|waiter| !waiter.go.is_closed());
        let passes = self.limit.passes();
        let free = |class: Class| (self.running as f64) < passes as f64 * class.of_passes();
        let running = |holder: &Holder| self.shares.get(holder).map_or(0, |share| share.running);
        let all = self.waiting.iter().enumerate();
        let best = all
            .filter(|(_, waiter)| free(waiter.class))
            .min_by_key(|(_, waiter)| (waiter.class, running(&waiter.holder), Reverse(waiter.number)));
        let Some((index, _)) = best else {
            if self.waiting.is_empty() {
                self.busy_since = None;
            } else {
                self.limit.reached();
            }
            return None;
        };
        let waiter = self.waiting.swap_remove(index);
        self.running += 1;
        self.share(&waiter.holder).running += 1;
        let holder = waiter.holder.clone();
        Some((waiter, holder))
    }

    /// A pass that nobody took.
    pub fn give_back(&mut self, holder: &Holder) {
        self.running -= 1;
        self.share(holder).running -= 1;
        self.forget(holder);
    }

    /// Work is over; `took` says how long it was, where that says something.
    pub fn finish(&mut self, holder: &Holder, took: Option<(&'static str, Duration)>, now: Instant) {
        self.give_back(holder);
        if let Some((operation, time)) = took {
            self.limit.took(operation, time, now);
        }
    }

    fn share(&mut self, holder: &Holder) -> &mut Share {
        self.shares.entry(holder.clone()).or_default()
    }

    fn forget(&mut self, holder: &Holder) {
        if self
            .shares
            .get(holder)
            .is_some_and(|share| share.arrived + share.running == 0)
        {
            self.shares.remove(holder);
        }
    }
}

#[cfg(test)]
mod tests {
    use segue_model::id::Scope;

    use super::*;

    fn partner(name: &str) -> Holder {
        Some(Scope::new("acme", name))
    }

    /// As many as come in of `count`.
    fn arrive(desk: &mut Desk, (class, holder): (Class, &Holder), count: usize) -> usize {
        (0..count).filter(|_| desk.arrive(class, holder).is_ok()).count()
    }

    /// Names of operations in the order in which they may run.
    fn order_of(desk: &mut Desk) -> Vec<&'static str> {
        std::iter::from_fn(|| desk.next())
            .map(|(waiter, _)| waiter.operation)
            .collect()
    }

    #[test]
    fn the_fuller_it_is_the_more_classes_are_turned_away_and_lists_first() {
        let mut desk = Desk::default();
        let room = desk.limit.room();
        let mut came = Vec::new();
        // Each class comes from so many partners that shares are no matter.
        for class in [Class::List, Class::Question, Class::Read, Class::Order, Class::Event] {
            came.push(
                (0..room)
                    .filter(|one| desk.arrive(class, &partner(&format!("p{one}"))).is_ok())
                    .count(),
            );
        }
        assert_eq!(came.iter().sum::<usize>(), room);
        assert_eq!(came[0], room / 2);
        assert!(came.iter().all(|count| *count > 0), "{came:?}");
        assert_eq!(desk.arrive(Class::Event, &partner("late")), Err(Refused::Room));
    }

    #[test]
    fn a_flood_of_one_partner_leaves_room_for_every_other() {
        let mut desk = Desk::default();
        let (flood, calm) = (partner("flood"), partner("calm"));
        let room = desk.limit.room();
        assert_eq!(arrive(&mut desk, (Class::Question, &flood), 10 * room), room / 2);
        assert_eq!(desk.arrive(Class::Question, &flood), Err(Refused::Share));
        assert_eq!(arrive(&mut desk, (Class::Question, &calm), 10), 10);
        // Somebody without a token that is known does not use up what partners have.
        assert!(arrive(&mut desk, (Class::Question, &None), room) > 0);
        assert_eq!(arrive(&mut desk, (Class::Order, &calm), 10), 10);
    }

    #[test]
    fn the_most_urgent_goes_first_then_the_partner_with_least_then_the_newest() {
        let mut desk = Desk::default();
        let (flood, calm) = (partner("flood"), partner("calm"));
        let mut kept = Vec::new();
        let now = Instant::now();
        let mut wait = |desk: &mut Desk, (class, holder): (Class, &Holder), name| {
            let (go, called) = oneshot::channel();
            desk.wait((class, holder, name), go, now);
            kept.push(called);
        };
        for _ in 0..desk.passes() {
            wait(&mut desk, (Class::Order, &flood), "busy");
        }
        assert!(order_of(&mut desk).len() == desk.passes());
        wait(&mut desk, (Class::Question, &flood), "flood 1");
        wait(&mut desk, (Class::Question, &flood), "flood 2");
        wait(&mut desk, (Class::Question, &calm), "calm");
        wait(&mut desk, (Class::List, &calm), "list");
        wait(&mut desk, (Class::Order, &flood), "order");
        assert_eq!(order_of(&mut desk), [""; 0], "all passes are out");
        assert!(!desk.is_overload(now) && desk.is_overload(now + BURST));
        for _ in 0..desk.passes() / 2 {
            desk.give_back(&flood);
        }
        assert_eq!(order_of(&mut desk), ["order", "calm", "flood 2", "flood 1", "list"]);
        assert!(!desk.is_overload(now + BURST), "nobody waits");
    }

    #[test]
    fn whoever_has_gone_waits_no_more_and_nothing_is_left_of_those_that_left() {
        let mut desk = Desk::default();
        let gone = partner("gone");
        desk.arrive(Class::Read, &gone).unwrap();
        let (go, called) = oneshot::channel();
        desk.wait((Class::Read, &gone, "retrieveQuote"), go, Instant::now());
        drop(called);
        assert!(desk.next().is_none());
        desk.move_over(&gone, &partner("other"));
        desk.leave(&partner("other"));
        assert_eq!((desk.arrived, desk.running, desk.shares.len()), (0, 0, 0));
    }
}
