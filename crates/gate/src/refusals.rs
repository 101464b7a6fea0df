//! 401 and 403 leave rows in the audit chain, but not without bound: whoever floods us with
//! forged tokens must not fill the disk. What is left out is counted in the next row. Each company
//! of ours has a bound of its own, so that noise at one hides nothing that happens at another;
//! names that are no company of ours share one.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::Timestamp;
use segue_model::commit::AuditEntry;
use segue_model::describe::Operation;
use segue_model::failure::Failure;
use segue_model::id::CompanyId;
use segue_net::trace::Trace;

use crate::Gate;

/// Rows of one minute, of one company and kind: enough to see who tries what, few enough to store for years.
const ROWS_PER_MINUTE: u32 = 60;

/// What was refused; noise of one kind hides nothing of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Refused {
    /// A request to an API.
    Request,
    /// A request for a token.
    Token,
}

/// How many rows this minute has, by company.
#[derive(Default)]
pub struct Refusals(Mutex<HashMap<(String, Refused), Window>>);

#[derive(Default)]
struct Window {
    minute: i64,
    rows: u32,
    left_out: u64,
}

impl Refusals {
    /// Whether one more row may be written now, and how many were left out before it. Only names
    /// of companies there are go in, and the empty one for all others.
    pub(crate) fn take(&self, (company, kind): (&str, Refused), now: Timestamp) -> Option<u64> {
        let mut windows = self.0.lock().ok()?;
        let window = windows.entry((company.to_owned(), kind)).or_default();
        let minute = now.as_second().div_euclid(60);
        if window.minute != minute {
            window.minute = minute;
            window.rows = 0;
        }
        if window.rows >= ROWS_PER_MINUTE {
            window.left_out += 1;
            return None;
        }
        window.rows += 1;
        Some(std::mem::take(&mut window.left_out))
    }
}

/// The detail of a row that stands for those left out before it too.
pub(crate) fn with_left_out(detail: &str, left_out: u64) -> String {
    if left_out > 0 {
        format!("{detail}; {left_out} more before this one have no row")
    } else {
        detail.to_owned()
    }
}

impl Gate {
    /// Notes that a request was refused before anybody answered it.
    pub(crate) async fn note_refusal(
        &self,
        company: &CompanyId,
        operation: &Operation,
        failure: &Failure,
        trace: &Trace,
    ) {
        if !matches!(failure.status(), 401 | 403) {
            return;
        }
        metrics::counter!("segue_refused_total", "status" => failure.status().to_string()).increment(1);
        let is_ours = matches!(self.store.company(company).await, Ok(Some(_)));
        let of = if is_ours { company.as_str() } else { "" };
        let Some(left_out) = self.refusals.take((of, Refused::Request), self.wall.now()) else {
            return;
        };
        let entry = AuditEntry {
            company: company.to_string(),
            actor: "unknown".into(),
            action: operation.id.into(),
            object: operation.path.clone(),
            outcome: "refused".into(),
            detail: with_left_out(&failure.status().to_string(), left_out),
            request_id: trace.request_id.clone(),
        };
        if let Err(error) = self.store.audit(entry).await {
            tracing::error!(%error, "a refusal could not be written to the audit chain");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_instead_of_written() {
        let refusals = Refusals::default();
        let acme = ("acme", Refused::Request);
        let now = Timestamp::from_second(600).unwrap();
        let written = (0..1_000).filter(|_| refusals.take(acme, now).is_some()).count();
        assert_eq!(written, ROWS_PER_MINUTE as usize);
        let next = Timestamp::from_second(660).unwrap();
        assert_eq!(refusals.take(acme, next), Some(1_000 - u64::from(ROWS_PER_MINUTE)));
        assert_eq!(refusals.take(acme, next), Some(0));
    }

    #[test]
    fn a_flood_at_one_company_hides_nothing_at_another() {
        let refusals = Refusals::default();
        let now = Timestamp::from_second(600).unwrap();
        for _ in 0..1_000 {
            let _ = refusals.take(("acme", Refused::Request), now);
        }
        assert_eq!(refusals.take(("acme", Refused::Request), now), None);
        assert_eq!(refusals.take(("acme", Refused::Token), now), Some(0));
        assert_eq!(refusals.take(("zenith", Refused::Request), now), Some(0));
    }
}
