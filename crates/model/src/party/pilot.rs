//! How far an agreement opens what the book sells, beyond offerings and countries: a pilot begins
//! with a few postcodes for a few weeks. What is outside is answered with a reason that says so.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Agreement;
use crate::failure::Problem;
use crate::pointer;
use crate::time;

/// Limits of an agreement; empty ones do not limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Pilot {
    /// Beginnings of the postcodes it opens, by ISO 3166 alpha-2 code. A country that is not
    /// named here is open as a whole.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub postcodes: BTreeMap<String, Vec<String>>,
    /// When requests are taken.
    #[serde(skip_serializing_if = "Period::is_always")]
    pub requests: Period,
    /// The completion dates that an order may ask for.
    #[serde(skip_serializing_if = "Period::is_always")]
    pub completion: Period,
}

/// From an instant on, and before another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Period {
    /// The first instant of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The first instant after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Pilot {
    /// Whether it limits nothing.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

impl Period {
    /// Whether it has neither begin nor end.
    pub fn is_always(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }

    /// Whether `at` is in it.
    pub fn covers(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// ` from 2026-01-01T00:00:00.000Z until 2026-02-01T00:00:00.000Z`
    fn words(self) -> String {
        let part = |word: &str, at: Option<Timestamp>| at.map(|at| format!(" {word} {}", time::text(at)));
        let parts = [part("from", self.from), part("until", self.until)];
        parts.into_iter().flatten().collect()
    }

    /// Whether no instant is in it.
    pub fn is_empty(self) -> bool {
        matches!((self.from, self.until), (Some(from), Some(until)) if until <= from)
    }
}

/// Spaces and capitals do not tell postcodes apart.
fn plain(postcode: &str) -> String {
    let kept = postcode.chars().filter(|c| !matches!(c, ' ' | '-'));
    kept.map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether a postcode begins so, however both are written.
pub(super) fn begins(postcode: &str, prefix: &str) -> bool {
    plain(postcode).starts_with(&plain(prefix))
}

impl Agreement {
    /// Why a place is not open, in one sentence; none where it is.
    pub fn closed_place(&self, country: &str, postcode: &str) -> Option<String> {
        let same = |code: &String| code.eq_ignore_ascii_case(country);
        if !self.countries.is_empty() && !self.countries.iter().any(same) {
            return Some(format!("The agreement does not open places in {country}."));
        }
        let (_, prefixes) = self.pilot.postcodes.iter().find(|(code, _)| same(code))?;
        let is_open = prefixes.iter().any(|prefix| begins(postcode, prefix));
        (!is_open).then(|| {
            let prefixes = prefixes.join(", ");
            format!("The agreement opens {country} only where the postcode begins with {prefixes}.")
        })
    }

    /// The same of a place that is asked for: a postal code that was not said closes nothing, since
    /// only the Seller knows it.
    pub fn closed_wish(&self, country: &str, postcode: &str) -> Option<String> {
        let is_open = self.countries.is_empty() || self.countries.iter().any(|code| code.eq_ignore_ascii_case(country));
        if postcode.is_empty() && is_open {
            return None;
        }
        self.closed_place(country, postcode)
    }

    /// Why a request of `at` is not taken, in one sentence; none where it is.
    pub fn closed_request(&self, at: Timestamp) -> Option<String> {
        let period = self.pilot.requests;
        (!period.covers(at)).then(|| format!("The agreement takes requests{} only.", period.words()))
    }

    /// Why nothing is completed on `wanted`, in one sentence; none where it can be.
    pub fn closed_completion(&self, wanted: Timestamp) -> Option<String> {
        let period = self.pilot.completion;
        (!period.covers(wanted)).then(|| format!("The agreement has completion dates{} only.", period.words()))
    }

    /// What is wrong with the limits, with pointers into the agreement.
    pub fn pilot_mistakes(&self) -> Vec<Problem> {
        let mut mistakes = Vec::new();
        for (code, prefixes) in &self.pilot.postcodes {
            let at = pointer::join("/pilot/postcodes", code);
            if rust_iso3166::from_alpha2(code).is_none() {
                mistakes.push(Problem::invalid(
                    &at,
                    "This is no country; use two capitals such as DE.",
                ));
            } else if !self.countries.is_empty() && !self.countries.contains(code) {
                mistakes.push(Problem::invalid(&at, "This country is not among `countries`."));
            }
            if prefixes.is_empty() || prefixes.iter().any(|prefix| plain(prefix).is_empty()) {
                let reason = "Name at least one beginning of a postcode, and no empty one.";
                mistakes.push(Problem::invalid(at, reason));
            }
        }
        for (name, period) in [("requests", self.pilot.requests), ("completion", self.pilot.completion)] {
            if period.is_empty() {
                let at = pointer::join("/pilot", name);
                mistakes.push(Problem::invalid(at, "`until` comes after `from`."));
            }
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Scope;
    use crate::party::Role;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn agreement(prefixes: &[&str]) -> Agreement {
        let mut agreement = Agreement::first(
            Scope::new("acme", "beta"),
            Role::Seller,
            BTreeMap::new(),
            Timestamp::UNIX_EPOCH,
        );
        let prefixes = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        agreement.pilot.postcodes.insert("GB".into(), prefixes);
        agreement
    }

    #[test]
    fn a_postcode_is_open_by_its_beginning_however_it_is_written() {
        let agreement = agreement(&["EC1", "sw1a 1"]);
        assert_eq!(agreement.closed_place("GB", "EC1A 1BB"), None);
        assert_eq!(agreement.closed_place("gb", "SW1A1AA"), None);
        assert_eq!(agreement.closed_place("FR", "75001"), None);
        let reason = agreement.closed_place("GB", "SW1A 2AA").unwrap();
        assert!(reason.contains("EC1, sw1a 1"), "{reason}");
        assert!(agreement.closed_place("GB", "").is_some());
    }

    #[test]
    fn a_period_has_its_begin_and_not_its_end() {
        let period = Period {
            from: Some(at("2026-01-01T00:00:00Z")),
            until: Some(at("2026-02-01T00:00:00Z")),
        };
        assert!(period.covers(at("2026-01-01T00:00:00Z")) && !period.covers(at("2026-02-01T00:00:00Z")));
        assert!(!period.covers(at("2025-12-31T23:59:59Z")));
        assert!(Period::default().covers(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn limits_that_can_not_be_meant_are_told_all_at_once() {
        let mut agreement = agreement(&[]);
        agreement.countries = vec!["DE".into()];
        agreement.pilot.postcodes.insert("ZZ".into(), vec!["1".into()]);
        agreement.pilot.requests.from = Some(at("2026-02-01T00:00:00Z"));
        agreement.pilot.requests.until = Some(at("2026-01-01T00:00:00Z"));
        let mistakes = agreement.pilot_mistakes();
        assert_eq!(mistakes.len(), 4, "{mistakes:#?}");
    }

    #[test]
    fn limits_are_written_only_where_there_are_any() {
        let mut agreement = agreement(&["1"]);
        let written = serde_json::to_value(&agreement).unwrap();
        assert_eq!(written["pilot"], serde_json::json!({"postcodes": {"GB": ["1"]}}));
        agreement.pilot = Pilot::default();
        assert_eq!(serde_json::to_value(&agreement).unwrap().get("pilot"), None);
    }
}
