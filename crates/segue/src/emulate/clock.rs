//! The business clock of an emulator: it runs as fast as it is told, or stands still, and can be
//! moved on. Never back: what was decided stays decided.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use segue_model::time::Clock;

/// A clock that is steered.
pub struct Steered {
    speed: f64,
    /// An instant of the wall, and the business time of then.
    set: Mutex<(Timestamp, Timestamp)>,
}

impl Steered {
    /// Shows `start` now; with speed 0 it stands still.
    pub fn start(start: Timestamp, speed: f64) -> Self {
        Self {
            speed,
            set: Mutex::new((Timestamp::now(), start)),
        }
    }

    /// Moves on to `at`; a time that has passed changes nothing.
    pub fn move_to(&self, at: Timestamp) {
        let now = self.now();
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        *set = (Timestamp::now(), at.max(now));
    }

    /// As it was asked for: 0 stands still.
    pub fn asked_speed(&self) -> f64 {
        self.speed
    }
}

impl Clock for Steered {
    fn now(&self) -> Timestamp {
        let (wall, business) = *self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = Timestamp::now().duration_since(wall).max(SignedDuration::ZERO);
        business
            .checked_add(passed.mul_f64(self.speed))
            .unwrap_or(Timestamp::MAX)
    }

    /// Waits that are told in wall time are turned into business time by it. One that stands still
    /// counts as an ordinary one, so that they end when it is moved.
    fn speed(&self) -> f64 {
        if self.speed == 0.0 { 1.0 } else { self.speed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_is_moved_on_and_never_back() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let clock = Steered::start(at("2027-01-04T08:00:00Z"), 0.0);
        assert_eq!(clock.now(), at("2027-01-04T08:00:00Z"));
        clock.move_to(at("2027-01-05T08:00:00Z"));
        assert_eq!(clock.now(), at("2027-01-05T08:00:00Z"));
        clock.move_to(at("2027-01-01T08:00:00Z"));
        assert_eq!(clock.now(), at("2027-01-05T08:00:00Z"));
        assert_eq!(clock.speed(), 1.0);
    }
}
