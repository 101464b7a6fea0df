//! A brake on guessing at the token endpoint, by company and source address: by client id it would
//! let an attacker lock a partner out, and without the company who guesses at one would be kept from
//! another.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use segue_model::id::CompanyId;

/// Failures of one source in one window; several partners may share the address of a proxy.
const FAILURES_MAX: u32 = 100;
const WINDOW: SignedDuration = SignedDuration::from_secs(60);
/// Sources remembered for one company; a flood from more of them is a matter for the network in front.
const SOURCES_MAX: usize = 10_000;

#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<CompanyId, Sources>>);

type Sources = HashMap<IpAddr, Window>;

struct Window {
    start: Timestamp,
    failures: u32,
}

impl Throttle {
    /// Seconds until this source may try again at a company of ours; `None` when it may now.
    pub fn wait_s(&self, company: &CompanyId, source: IpAddr, now: Timestamp) -> Option<u64> {
        let companies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = companies.get(company)?.get(&network(source))?;
        let left = WINDOW.saturating_sub(now.duration_since(window.start));
        let closed = window.failures >= FAILURES_MAX && left.is_positive();
        closed.then(|| left.as_secs().unsigned_abs() + 1)
    }

    /// Notes a failed authentication at a company of ours.
    pub fn failed(&self, company: &CompanyId, source: IpAddr, now: Timestamp) {
        let mut companies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let windows = companies.entry(company.clone()).or_default();
        let is_over = |window: &Window| now.duration_since(window.start) >= WINDOW;
        if windows.len() >= SOURCES_MAX {
            windows.retain(|_, window| !is_over(window));
        }
        if windows.len() >= SOURCES_MAX {
            windows.clear();
        }
        let fresh = Window {
            start: now,
            failures: 0,
        };
        let window = windows.entry(network(source)).or_insert(fresh);
        if is_over(window) {
            *window = Window {
                start: now,
                failures: 0,
            };
        }
        window.failures += 1;
    }
}

/// Whoever has one IPv6 address has a /64 of them.
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_waits_after_too_many_failures_and_others_do_not() {
        let throttle = Throttle::default();
        let acme = CompanyId::new("acme");
        let start: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        let (bad, good) = ("2001:4860::1".parse().unwrap(), "192.0.2.7".parse().unwrap());
        for _ in 0..FAILURES_MAX {
            assert_eq!(throttle.wait_s(&acme, bad, start), None);
            throttle.failed(&acme, bad, start);
        }
        assert_eq!(throttle.wait_s(&acme, bad, start), Some(61));
        let neighbour = "2001:4860::2".parse().unwrap();
        assert_eq!(throttle.wait_s(&acme, neighbour, start), Some(61));
        assert_eq!(throttle.wait_s(&acme, good, start), None);
        let after = start.checked_add(WINDOW).unwrap();
        assert_eq!(throttle.wait_s(&acme, bad, after), None);
    }

    #[test]
    fn whoever_guesses_at_one_company_may_talk_to_another_and_opens_nothing_there() {
        let throttle = Throttle::default();
        let (acme, zenith) = (CompanyId::new("acme"), CompanyId::new("zenith"));
        let start: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        let source = "192.0.2.7".parse().unwrap();
        for _ in 0..FAILURES_MAX {
            throttle.failed(&acme, source, start);
        }
        assert_eq!(throttle.wait_s(&zenith, source, start), None);
        // More sources at another company than are remembered.
        for number in 0..=u32::try_from(SOURCES_MAX).unwrap() {
            throttle.failed(&zenith, std::net::Ipv4Addr::from_bits(number).into(), start);
        }
        assert_eq!(throttle.wait_s(&acme, source, start), Some(61));
    }
}
