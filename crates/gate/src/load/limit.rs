//! How many requests are worked on at once. Nobody sets it: it grows while work takes about as long
//! as at a calm time, and shrinks when the same operations take several times as long, since more at
//! once would only make all of them late.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Fewer would leave the machine idle while the disk is written.
const LEAST: f64 = 16.0;
const MOST: f64 = 1024.0;
const FIRST: f64 = 64.0;
/// Work may take this many times as long as at a calm time.
const SLOWER: f64 = 3.0;
/// At most this much of the limit is taken away at once.
const CUT: f64 = 0.7;
/// Room for arrivals, as a multiple of what may run: bodies under way and those who wait a moment.
const ROOM: usize = 8;
/// There is room for what is answered in so long, too.
const AHEAD_S: f64 = 0.1;
/// The limit is judged so often, given enough was done.
const WINDOW: Duration = Duration::from_millis(100);
const SAMPLES: u32 = 20;
/// How long a calm time is remembered, twice.
const MEMORY: Duration = Duration::from_secs(30);
/// Under a load that lasts, so often one window runs with few at once: otherwise it would be
/// forgotten what a calm time is.
const PROBE: Duration = Duration::from_secs(10);

/// How long one operation takes.
#[derive(Debug)]
struct Pace {
    seconds: f64,
    count: u32,
    /// The shortest mean of a window, now and in the memory before.
    calm: [f64; 2],
}

/// The limit, and what it is measured by.
#[derive(Debug)]
pub struct Limit {
    size: f64,
    /// Answers in a second, of late.
    rate: f64,
    paces: HashMap<&'static str, Pace>,
    count: u32,
    /// Whether all passes were out at one time of this window.
    reached: bool,
    probing: bool,
    window: Option<Instant>,
    remembered: Option<Instant>,
    probed: Option<Instant>,
}

impl Default for Limit {
    fn default() -> Self {
        Self {
            size: FIRST,
            rate: 0.0,
            paces: HashMap::new(),
            count: 0,
            reached: false,
            probing: false,
            window: None,
            remembered: None,
            probed: None,
        }
    }
}

impl Limit {
    /// How many may be worked on now.
    pub fn passes(&self) -> usize {
        let size = if self.probing { self.size / SLOWER } else { self.size };
        size.max(LEAST) as usize
    }

    /// How many may be here at once, running or not.
    pub fn room(&self) -> usize {
        (self.passes() * ROOM).max((self.rate * AHEAD_S) as usize)
    }

    /// All passes are out.
    pub fn reached(&mut self) {
        self.reached = true;
    }

    /// An operation took so long.
    pub fn took(&mut self, operation: &'static str, time: Duration, now: Instant) {
        let unseen = || Pace {
            seconds: 0.0,
            count: 0,
            calm: [f64::INFINITY; 2],
        };
        let pace = self.paces.entry(operation).or_insert_with(unseen);
        pace.seconds += time.as_secs_f64();
        pace.count += 1;
        self.count += 1;
        let window = now.duration_since(*self.window.get_or_insert(now));
        if self.count >= SAMPLES && window >= WINDOW {
            self.rate = f64::midpoint(self.rate, f64::from(self.count) / window.as_secs_f64());
            self.judge(now);
        }
    }

    fn judge(&mut self, now: Instant) {
        let share = self.paces.values_mut().map(Pace::close).sum::<f64>() / f64::from(self.count);
        if self.reached && !self.probing {
            let next = if share < 1.0 {
                self.size * share.max(CUT)
            } else {
                self.size + self.size.sqrt()
            };
            self.size = next.clamp(LEAST, MOST);
        }
        self.probing = self.reached && !self.probing && is_due(&mut self.probed, PROBE, now);
        if is_due(&mut self.remembered, MEMORY, now) {
            for pace in self.paces.values_mut() {
                pace.calm = [f64::INFINITY, pace.calm[0]];
            }
        }
        (self.count, self.reached, self.window) = (0, false, Some(now));
    }
}

impl Pace {
    /// Ends a window. The number of its calls, each weighed by how far it kept the pace: 1 for one that
    /// took no longer than it may.
    fn close(&mut self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let count = f64::from(std::mem::take(&mut self.count));
        let mean = std::mem::take(&mut self.seconds) / count;
        self.calm[0] = self.calm[0].min(mean);
        let calm = self.calm[0].min(self.calm[1]);
        count * (SLOWER * calm / mean).min(1.0)
    }
}

/// Whether `every` has passed since the last time, which is now then.
fn is_due(last: &mut Option<Instant>, every: Duration, now: Instant) -> bool {
    let due = last.is_some_and(|last| now.duration_since(last) >= every);
    if due || last.is_none() {
        *last = Some(now);
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of a machine that can do `at_once` things at once, each in 2 ms, always asked for more
    /// than there are passes.
    fn run(limit: &mut Limit, at_once: usize, (start, windows): (Instant, u32)) -> Instant {
        let mut now = start;
        for _ in 0..windows {
            limit.reached();
            let late = limit.passes().div_ceil(at_once);
            now += WINDOW;
            for _ in 0..SAMPLES {
                limit.took("createQuote", Duration::from_millis(2) * late as u32, now);
            }
        }
        now
    }

    #[test]
    fn it_grows_while_more_at_once_takes_no_longer() {
        let mut limit = Limit::default();
        run(&mut limit, 10_000, (Instant::now(), 500));
        assert_eq!(limit.passes(), MOST as usize);
    }

    #[test]
    fn it_settles_where_work_takes_three_times_as_long_and_stays_there_for_hours() {
        let mut limit = Limit::default();
        // A calm beginning.
        let now = run(&mut limit, 1_000, (Instant::now(), 2));
        let mut now = run(&mut limit, 40, (now, 600));
        for _ in 0..60 {
            now = run(&mut limit, 40, (now, 600));
            assert!((20..=170).contains(&limit.passes()), "{}", limit.passes());
        }
        // And comes back when the machine is faster.
        run(&mut limit, 10_000, (now, 500));
        assert!(limit.passes() > 340, "{}", limit.passes());
    }

    #[test]
    fn slowness_that_many_at_once_did_not_make_changes_nothing() {
        let mut limit = Limit::default();
        let start = Instant::now();
        for number in 1..100 {
            for _ in 0..SAMPLES {
                limit.took(
                    "createQuote",
                    Duration::from_millis(u64::from(number)),
                    start + WINDOW * number,
                );
            }
        }
        assert_eq!(limit.passes(), FIRST as usize);
    }
}
