//! `segue stats`, and the same figures of the last day as metrics.

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use segue_model::id::{CompanyId, Scope};
use segue_model::stages::STAGES;
use segue_model::time;
use segue_seller::{Cut, Flow, Waiting};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CommandError, Who, company};
use crate::app::App;

/// How far back is counted when nobody says.
const SINCE_DEFAULT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How far back metrics count: a gauge tells how things are, and a scrape must stay cheap.
const GAUGES_SINCE: SignedDuration = SignedDuration::from_hours(24);

/// What is counted.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(
    after_help = "Times are business times, days begin at midnight UTC. A document counts in the period in which it was made.
Open errands are those of now.

Examples:
  segue stats
  segue stats --partner beta --since 2026-11-01 --by day
  segue stats --since 2026-01-01 --until 2027-01-01 --by month --json"
)]
pub struct StatsAsked {
    /// Only this partner
    #[arg(long)]
    pub partner: Option<String>,
    /// From this day or time on, RFC 3339 [default: 30 days ago]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<Timestamp>,
    /// Before this day or time [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<Timestamp>,
    /// How to cut that time
    #[arg(long, value_enum, default_value_t = By::All)]
    pub by: By,
    /// Our company.
    #[command(flatten)]
    pub who: Who,
}

/// How a time is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum By {
    /// One row a day
    Day,
    /// One row a month
    Month,
    /// One row
    All,
}

/// `2026-11-25` or `2026-11-25T08:00:00Z`
fn moment(text: &str) -> Result<Timestamp, String> {
    let day = format!("{text}T00:00:00Z");
    let read = text.parse().or_else(|_| day.parse());
    read.map_err(|_| "write a day (2026-11-25) or a time with its zone (2026-11-25T08:00:00Z)".to_owned())
}

/// `segue stats`
pub async fn run(app: &App, asked: &StatsAsked) -> Result<Value, CommandError> {
    let company = company::of(app, &asked.who).await?;
    let now = app.business.now();
    // What is made in this very instant counts as well.
    let until = asked
        .until
        .unwrap_or_else(|| shifted(now, SignedDuration::from_secs(1)));
    let since = asked.since.unwrap_or_else(|| shifted(now, -SINCE_DEFAULT));
    if since >= until {
        return Err(CommandError::new("that time ends before it begins").hint("--since has to be before --until."));
    }
    let cut = match asked.by {
        By::Day => Cut::Day,
        By::Month => Cut::Month,
        By::All => Cut::Whole,
    };
    let mut flows: Vec<Flow> = Vec::new();
    let mut errands: Vec<Waiting> = Vec::new();
    for scope in scopes(app, &company.id, asked.partner.as_deref()).await? {
        flows.extend(app.seller.flow_with_reasons(&scope, (since, until), cut).await?);
        errands.extend(app.seller.waiting(&scope).await?);
    }
    // Stable: partners and steps keep their order within a period.
    flows.sort_by(|one, other| one.period.cmp(&other.period));
    Ok(json!({
        "company": company.id,
        "since": time::text(since),
        "until": time::text(until),
        "steps": flows,
        "errands": errands,
    }))
}

fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

/// The partners meant.
async fn scopes(app: &App, company: &CompanyId, partner: Option<&str>) -> Result<Vec<Scope>, CommandError> {
    let partners = app.store.partners(company).await?;
    let meant: Vec<Scope> = partners
        .into_iter()
        .filter(|known| partner.is_none_or(|name| known.id.as_str() == name))
        .map(|known| Scope::new(company.as_str(), known.id.as_str()))
        .collect();
    match (meant.is_empty(), partner) {
        (true, Some(name)) => {
            Err(CommandError::new(format!("there is no partner {name:?}")).hint("`segue partner list` shows them."))
        }
        _ => Ok(meant),
    }
}

/// Sets the gauges of all companies, partners and steps. Labels come from our own lists only:
/// nothing a partner sends makes a new one.
pub async fn gauges(app: &App) -> Result<(), CommandError> {
    let now = app.business.now();
    let day = (shifted(now, -GAUGES_SINCE), shifted(now, SignedDuration::from_secs(1)));
    for company in app.store.companies().await? {
        for scope in scopes(app, &company.id, None).await? {
            let flows = app.seller.flow(&scope, day, Cut::Whole).await?;
            let waiting = app.seller.waiting(&scope).await?;
            // Every step each time: a gauge that is not set keeps its last value for ever.
            for stage in &STAGES {
                let labels = [
                    ("company", scope.company.to_string()),
                    ("partner", scope.partner.to_string()),
                    ("step", stage.step.to_owned()),
                ];
                let flow = flows.iter().find(|flow| flow.step == stage.step);
                set_flow(&labels, flow.cloned().unwrap_or_default(), stage.losses());
                let waits = waiting.iter().find(|row| row.step == stage.step);
                set_waiting(&labels, &waits.cloned().unwrap_or_default());
            }
        }
    }
    Ok(())
}

type Labels = [(&'static str, String); 3];

#[expect(clippy::cast_precision_loss, reason = "counts of documents are far from 2^52")]
fn set_flow(labels: &Labels, flow: Flow, losses: impl Iterator<Item = &'static str>) {
    metrics::gauge!("segue_step_asked", labels).set(flow.asked as f64);
    metrics::gauge!("segue_step_answered", labels).set(flow.answered as f64);
    metrics::gauge!("segue_step_without_person", labels).set(flow.without_person as f64);
    metrics::gauge!("segue_step_waiting", labels).set(flow.waiting as f64);
    // Of nothing there is no share and no time.
    metrics::gauge!("segue_step_zero_touch", labels).set(flow.zero_touch.unwrap_or(f64::NAN));
    for (quantile, value) in [("0.5", flow.answer_seconds_p50), ("0.99", flow.answer_seconds_p99)] {
        let labels = with(labels, ("quantile", quantile));
        metrics::gauge!("segue_step_answer_seconds", &labels).set(value.unwrap_or(f64::NAN));
    }
    for state in losses {
        let lost = flow.fall_out.iter().filter(|row| row.state == state);
        let count: usize = lost.map(|row| row.count).sum();
        metrics::gauge!("segue_step_fall_out", &with(labels, ("state", state))).set(count as f64);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and seconds are far from 2^52")]
fn set_waiting(labels: &Labels, waiting: &Waiting) {
    metrics::gauge!("segue_errands_open", labels).set(waiting.open as f64);
    metrics::gauge!("segue_errands_late", labels).set(waiting.late as f64);
    metrics::gauge!("segue_errands_oldest_seconds", labels).set(waiting.oldest_seconds as f64);
}

fn with(labels: &Labels, more: (&'static str, &str)) -> [(&'static str, String); 4] {
    let [company, partner, step] = labels.clone();
    [company, partner, step, (more.0, more.1.to_owned())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_first_instant() {
        assert_eq!(moment("2026-11-25"), moment("2026-11-25T00:00:00Z"));
        assert!(moment("2026-11-25T08:00:00+01:00").is_ok());
        assert!(moment("yesterday").is_err());
    }
}
