//! 401 and 403 leave rows in the audit chain, but not without bound: whoever floods us with
//! forged tokens must not fill the disk. What is left out is counted in the next row.

use std::sync::Mutex;

use jiff::Timestamp;
use segue_model::commit::AuditEntry;
use segue_model::describe::Operation;
use segue_model::failure::Failure;
use segue_model::id::CompanyId;
use segue_net::trace::Trace;

use crate::Gate;

/// Rows of one minute: enough to see who tries what, few enough to store for years.
const ROWS_PER_MINUTE: u32 = 60;

/// How many rows this minute has.
#[derive(Default)]
pub struct Refusals(Mutex<Window>);

#[derive(Default)]
struct Window {
    minute: i64,
    rows: u32,
    left_out: u64,
}

impl Refusals {
    /// Whether one more row may be written now, and how many were left out before it.
    fn take(&self, now: Timestamp) -> Option<u64> {
        let mut window = self.0.lock().ok()?;
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
        let Some(left_out) = self.refusals.take(self.wall.now()) else {
            return;
        };
        let status = failure.status();
        let detail = if left_out > 0 {
            format!("{status}; {left_out} more before this one have no row")
        } else {
            status.to_string()
        };
        let entry = AuditEntry {
            company: company.to_string(),
            actor: "unknown".into(),
            action: operation.id.into(),
            object: operation.path.clone(),
            outcome: "refused".into(),
            detail,
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
        let now = Timestamp::from_second(600).unwrap();
        let written = (0..1_000).filter(|_| refusals.take(now).is_some()).count();
        assert_eq!(written, ROWS_PER_MINUTE as usize);
        let next = Timestamp::from_second(660).unwrap();
        assert_eq!(refusals.take(next), Some(1_000 - u64::from(ROWS_PER_MINUTE)));
        assert_eq!(refusals.take(next), Some(0));
    }
}
