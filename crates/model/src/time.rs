//! Time as the standard writes it, and clocks as parameters.
//!
//! Two clocks run in a server: the *business* clock (validity, milestones, due jobs; a demo may
//! run it fast) and the *wall* clock (tokens, time-outs, retries). Both are [`Clock`]s; which
//! one is meant is said by the name of the parameter.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A source of time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// How much faster than the wall this clock runs: 1 for real time.
    fn speed(&self) -> f64 {
        1.0
    }
}

/// The clock of the machine.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that starts at `origin` of the wall and runs `factor` times as fast.
pub struct FastClock {
    origin: Timestamp,
    factor: f64,
}

impl FastClock {
    /// Starts now; `factor` is at least 1.
    pub fn start(factor: f64) -> Self {
        Self::since(Timestamp::now(), factor)
    }

    /// Like [`FastClock::start`], from a stored origin, so that a restart does not turn time back.
    pub fn since(origin: Timestamp, factor: f64) -> Self {
        Self {
            origin,
            factor: factor.max(1.0),
        }
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let passed = Timestamp::now().duration_since(self.origin);
        self.origin
            .checked_add(passed.mul_f64(self.factor))
            .unwrap_or(Timestamp::MAX)
    }

    fn speed(&self) -> f64 {
        self.factor
    }
}

/// A clock for tests: it stands still until it is set.
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves to `now`.
    pub fn set(&self, now: Timestamp) {
        if let Ok(mut held) = self.0.lock() {
            *held = now;
        }
    }

    /// Moves on by `by`.
    pub fn advance(&self, by: SignedDuration) {
        let now = self.now();
        self.set(now.checked_add(by).unwrap_or(Timestamp::MAX));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.lock().map(|now| *now).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// RFC 3339 in UTC with milliseconds: always 24 characters, so that text order is time order.
pub fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Reads any RFC 3339 date-time.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Units of a [`Span`], spelled as `TimeUnit` of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// 1 s
    Seconds,
    /// 60 s
    Minutes,
    /// Hours that count on working days only.
    BusinessHours,
    /// 3600 s
    CalendarHours,
    /// Monday to Friday, UTC.
    BusinessDays,
    /// 24 h
    CalendarDays,
    /// Calendar months.
    Months,
    /// 12 months.
    Years,
}

/// `Duration` of the standard: an amount of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// How many; not negative.
    pub amount: u32,
    /// Of what.
    pub units: Unit,
}

impl Span {
    /// `amount` of `units`.
    pub const fn new(amount: u32, units: Unit) -> Self {
        Self { amount, units }
    }

    /// Reads `{"amount": 3, "units": "months"}`.
    pub fn read(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }

    /// The JSON of it.
    pub fn json(self) -> Value {
        json!(self)
    }

    /// Whole months, where the unit is months or years.
    pub fn months(self) -> Option<u32> {
        match self.units {
            Unit::Months => Some(self.amount),
            Unit::Years => self.amount.checked_mul(12),
            Unit::Seconds
            | Unit::Minutes
            | Unit::BusinessHours
            | Unit::CalendarHours
            | Unit::BusinessDays
            | Unit::CalendarDays => None,
        }
    }

    /// Seconds, where the unit has a fixed length. Business time has not: it is compared as if
    /// every day were a working day only among itself (see [`Span::compare`]).
    fn fixed_seconds(self) -> Option<u64> {
        let unit = match self.units {
            Unit::Seconds => 1,
            Unit::Minutes => 60,
            Unit::CalendarHours => 3_600,
            Unit::CalendarDays => 86_400,
            Unit::BusinessHours | Unit::BusinessDays | Unit::Months | Unit::Years => return None,
        };
        Some(u64::from(self.amount) * unit)
    }

    /// Which is longer; `None` where the two units cannot be compared without an agreement
    /// (months with days, business with calendar time).
    pub fn compare(self, other: Self) -> Option<std::cmp::Ordering> {
        if self.units == other.units {
            return Some(self.amount.cmp(&other.amount));
        }
        match (self.months(), other.months()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => Some(self.fixed_seconds()?.cmp(&other.fixed_seconds()?)),
        }
    }

    /// The instant this long after `from`. Business days skip Saturday and Sunday (UTC); eight
    /// business hours are one business day.
    pub fn after(self, from: Timestamp) -> Timestamp {
        if let Some(seconds) = self.fixed_seconds() {
            let add = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            return from.checked_add(add).unwrap_or(Timestamp::MAX);
        }
        if let Some(months) = self.months() {
            let zoned = from.to_zoned(TimeZone::UTC);
            let months = jiff::Span::new().try_months(months).unwrap_or_default();
            return zoned.checked_add(months).map_or(Timestamp::MAX, |z| z.timestamp());
        }
        let days = if self.units == Unit::BusinessHours {
            self.amount.div_ceil(8)
        } else {
            self.amount
        };
        (0..days).fold(from, |at, _| next_working_day(at))
    }
}

fn next_working_day(from: Timestamp) -> Timestamp {
    let mut at = from;
    loop {
        at = at.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
        let weekday = at.to_zoned(TimeZone::UTC).weekday();
        if !matches!(weekday, Weekday::Saturday | Weekday::Sunday) || at == Timestamp::MAX {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_one_width_and_sorts_like_time() {
        let at: Timestamp = "2026-11-24T08:00:00+01:00".parse().unwrap();
        assert_eq!(text(at), "2026-11-24T07:00:00.000Z");
    }

    #[test]
    fn business_days_skip_the_weekend() {
        let friday: Timestamp = "2026-11-27T10:00:00Z".parse().unwrap();
        assert_eq!(
            text(Span::new(1, Unit::BusinessDays).after(friday)),
            "2026-11-30T10:00:00.000Z"
        );
    }

    #[test]
    fn years_compare_with_months_but_months_not_with_days() {
        let year = Span::new(1, Unit::Years);
        assert_eq!(
            year.compare(Span::new(12, Unit::Months)),
            Some(std::cmp::Ordering::Equal)
        );
        assert_eq!(year.compare(Span::new(365, Unit::CalendarDays)), None);
    }
}
