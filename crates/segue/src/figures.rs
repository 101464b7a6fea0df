//! Figures for Prometheus: what each is called and means. Any part of the program counts; here
//! stands once what there is, so that a scrape explains itself. What is worth an alert is there
//! from the start, at nought: the first failure is a rise then, and no figure out of nowhere.

use anyhow::{Context, Result};
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use segue_model::api;
use segue_model::describe::Lifeline;

use crate::config::Config;

/// Only ever grow.
const COUNTERS: [(&str, &str); 12] = [
    ("segue_requests_total", "Requests of partners answered."),
    (
        "segue_tokens_total",
        "Requests for tokens: issued, refused by the OAuth error, throttled.",
    ),
    ("segue_refused_total", "Requests refused with 401 or 403."),
    (
        "segue_overload_total",
        "Requests turned away with 503 because more was asked than could be answered.",
    ),
    ("segue_jobs_total", "Jobs tried."),
    ("segue_jobs_parked_total", "Jobs given up: they need a person."),
    ("segue_events_delivered_total", "Events that listeners of Buyers took."),
    ("segue_events_parked_total", "Events given up: they need a person."),
    ("segue_events_received_total", "Events of Sellers, each once."),
    ("segue_events_repeated_total", "Events of Sellers that had come before."),
    (
        "segue_mirror_polls_total",
        "Questions about mirrors of which nothing was heard, by what they found.",
    ),
    ("segue_connector_total", "What came of questions to legacy systems."),
];

/// How long things take.
const TIMES: [(&str, &str); 2] = [
    ("segue_request_seconds", "Time to answer a request."),
    ("segue_connector_seconds", "Time a legacy system took to answer."),
];

/// How things are.
const GAUGES: [(&str, &str); 14] = [
    ("segue_requests_running", "Requests that are worked on."),
    (
        "segue_requests_limit",
        "How many may be worked on at once, as measured.",
    ),
    (
        "segue_write_queue",
        "Changes that wait for the writer of the store; 1024 is full.",
    ),
    ("segue_store", "Counts and ages of what is stored."),
    (
        "segue_step_asked",
        "Documents made in the last 24 hours of business time.",
    ),
    ("segue_step_answered", "Those of them that are answered."),
    ("segue_step_without_person", "Those answered without a person."),
    ("segue_step_waiting", "Those that wait for an answer."),
    (
        "segue_step_zero_touch",
        "Share of the answered ones without a person; NaN without answers.",
    ),
    ("segue_step_answer_seconds", "Business time to the answer."),
    ("segue_step_fall_out", "Those that were lost, by state."),
    ("segue_errands_open", "Errands that wait now."),
    ("segue_errands_late", "Errands past their due time."),
    ("segue_errands_oldest_seconds", "Age of the oldest errand that waits."),
];

/// Outcomes of a question to a legacy system.
const CONNECTOR_OUTCOMES: [&str; 4] = ["answered", "later", "failed", "fellThrough"];

/// What may come of a question about a quiet mirror.
const POLLS_FOUND: [&str; 6] = ["same", "repaired", "missing", "refused", "silent", "odd"];

/// Begins to count.
pub fn start(config: &Config) -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .install_recorder()
        .context("cannot start metrics")?;
    COUNTERS
        .iter()
        .for_each(|(name, meaning)| describe_counter!(*name, *meaning));
    TIMES
        .iter()
        .for_each(|(name, meaning)| describe_histogram!(*name, *meaning));
    GAUGES
        .iter()
        .for_each(|(name, meaning)| describe_gauge!(*name, *meaning));
    start_at_nought(config);
    Ok(handle)
}

fn start_at_nought(config: &Config) {
    for name in ["segue_jobs_parked_total", "segue_events_parked_total"] {
        metrics::counter!(name).absolute(0);
    }
    for outcome in ["issued", "invalid_client", "throttled"] {
        metrics::counter!("segue_tokens_total", "outcome" => outcome).absolute(0);
    }
    for status in ["401", "403"] {
        metrics::counter!("segue_refused_total", "status" => status).absolute(0);
    }
    for class in ["event", "order", "read", "question", "list"] {
        for cause in ["room", "share", "wait"] {
            metrics::counter!("segue_overload_total", "class" => class, "cause" => cause).absolute(0);
        }
    }
    metrics::gauge!("segue_requests_running").set(0.0);
    metrics::gauge!("segue_requests_limit").set(0.0);
    for api in api::all().iter().filter(|api| api.served_by == Lifeline::Buyer) {
        metrics::counter!("segue_events_received_total", "api" => api.name).absolute(0);
        metrics::counter!("segue_events_repeated_total", "api" => api.name).absolute(0);
    }
    for found in POLLS_FOUND {
        metrics::counter!("segue_mirror_polls_total", "found" => found).absolute(0);
    }
    for connector in &config.connector {
        for outcome in CONNECTOR_OUTCOMES {
            metrics::counter!("segue_connector_total", "connector" => connector.name.clone(), "outcome" => outcome)
                .absolute(0);
        }
    }
}
