//! How many of the spoiled addresses are found, and how long that takes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use segue_model::book::Book;

use super::label::Right;
use super::spoil::Spoiled;

/// What came of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The right best match, or rightly none.
    Right,
    /// No best match, and the right address among the alternates.
    Alternate,
    /// No best match, and the right address nowhere.
    Missed,
    /// A best match that is not right.
    Wrong,
}

/// Of one kind, or of all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub all: usize,
    /// Those with exactly one right answer, and how many got it.
    pub sought: usize,
    pub found: usize,
    pub right: usize,
    pub alternate: usize,
    pub missed: usize,
    pub wrong: usize,
}

/// The figures.
#[derive(Default)]
pub struct Figures {
    pub kinds: BTreeMap<&'static str, Tally>,
    pub total: Tally,
    /// One line for each that is not right.
    pub failures: Vec<String>,
    times: Vec<Duration>,
}

impl Figures {
    pub fn of(book: &Book, spoiled: &[Spoiled]) -> Self {
        let mut figures = Self::default();
        for one in spoiled {
            figures.ask(book, one);
        }
        figures.times.sort_unstable();
        figures
    }

    fn ask(&mut self, book: &Book, one: &Spoiled) {
        let Some(query) = one.query.as_object() else { return };
        let since = Instant::now();
        let found = book.find_address(query);
        self.times.push(since.elapsed());
        let best = found.best.as_ref().map(|address| address.id.as_str());
        let among = |id: &str| found.alternates.iter().any(|address| address.id == id);
        let verdict = match (&one.right, best) {
            (Right::One(id), Some(best)) if best == id => Verdict::Right,
            (Right::None, None) => Verdict::Right,
            (_, Some(_)) => Verdict::Wrong,
            (Right::Several(id), None) if among(id) || found.too_many => Verdict::Right,
            (Right::One(id), None) if among(id) => Verdict::Alternate,
            (Right::One(_) | Right::Several(_), None) => Verdict::Missed,
        };
        let sought = matches!(one.right, Right::One(_));
        for tally in [self.kinds.entry(one.kind).or_default(), &mut self.total] {
            tally.add(verdict, sought);
        }
        if verdict != Verdict::Right {
            let answer = best.map_or_else(|| format!("{} alternates", found.alternates.len()), str::to_owned);
            self.failures.push(format!(
                "{verdict:?} | {} | {:?} | {answer} | {}",
                one.kind, one.right, one.query
            ));
        }
    }

    /// Of those with one right answer, how many in a hundred got it as best match.
    pub fn found_percent(&self) -> f64 {
        percent(self.total.found, self.total.sought)
    }

    /// How many in a hundred of all got a best match that is not right.
    pub fn wrong_percent(&self) -> f64 {
        percent(self.total.wrong, self.total.all)
    }

    pub fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{:<48} {:>6} {:>6} {:>9} {:>6} {:>6}",
            "damage", "asked", "right", "alternate", "none", "wrong"
        );
        let rows = self.kinds.iter().map(|(kind, tally)| (*kind, tally));
        for (kind, tally) in rows.chain([("all", &self.total)]) {
            let Tally {
                all,
                right,
                alternate,
                missed,
                wrong,
                ..
            } = tally;
            let _ = writeln!(
                text,
                "{kind:<48} {all:>6} {right:>6} {alternate:>9} {missed:>6} {wrong:>6}"
            );
        }
        let _ = writeln!(
            text,
            "right best match {:.2} % of {} with one right answer; wrong best match {:.2} % of {}",
            self.found_percent(),
            self.total.sought,
            self.wrong_percent(),
            self.total.all
        );
        let at = |part: usize| {
            self.times
                .get(self.times.len() * part / 100)
                .copied()
                .unwrap_or_default()
        };
        let _ = writeln!(
            text,
            "time of one question: p50 {:?}, p99 {:?}, at most {:?}",
            at(50),
            at(99),
            self.times.last()
        );
        text
    }
}

impl Tally {
    fn add(&mut self, verdict: Verdict, sought: bool) {
        self.all += 1;
        self.sought += usize::from(sought);
        self.found += usize::from(sought && verdict == Verdict::Right);
        match verdict {
            Verdict::Right => self.right += 1,
            Verdict::Alternate => self.alternate += 1,
            Verdict::Missed => self.missed += 1,
            Verdict::Wrong => self.wrong += 1,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
