//! The listener: takes a Seller's events. 204 goes out only after the event is durable; the same
//! event again is taken and forgotten.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use segue_gate::GateError;
use segue_gate::front::{Answers, Call};
use segue_model::describe::{Kind, Lifeline};
use segue_model::failure::{BadRequest, Failure};
use segue_store::{Arrival, InboxEvent};
use serde_json::Value;

use crate::Buyer;

impl Answers for Buyer {
    const LIFELINE: Lifeline = Lifeline::Buyer;
    const BODY_MAX: usize = 256 * 1024;

    async fn answer(&self, call: Call) -> Result<Response, Failure> {
        match call.operation.kind {
            Kind::Listener => self.take(call).await,
            Kind::List
            | Kind::Get
            | Kind::Create
            | Kind::Patch
            | Kind::Act
            | Kind::Task
            | Kind::HubCreate
            | Kind::HubGet
            | Kind::HubDelete => Err(Failure::NotFound),
        }
    }
}

impl Buyer {
    async fn take(&self, call: Call) -> Result<Response, Failure> {
        let shape = call.operation.request.ok_or(Failure::Internal)?;
        let sent = call.sent.ok_or_else(|| invalid("An event needs a JSON body."))?;
        let problems = self.parts.schemas.check_answer(call.operation.api, shape, &sent.json);
        if let Some(problem) = problems.iter().find(|problem| is_needed(&problem.property_path)) {
            // Listeners declare no 422.
            return Err(invalid(&format!("{}: {}", problem.property_path, problem.reason)));
        }
        let text = |name: &str| {
            sent.json
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let event = InboxEvent {
            scope: call.caller.agreement.scope(),
            api: call.operation.api.name.into(),
            version: call.operation.api.version,
            event_type: text("eventType"),
            event_id: text("eventId"),
            received_at: self.parts.wall.now(),
            body: sent.json,
        };
        let api = call.operation.api.name;
        match self.parts.store.inbox_put(event).await {
            Ok(Arrival::Fresh) => {
                metrics::counter!("segue_events_received_total", "api" => api).increment(1);
            }
            Ok(Arrival::Duplicate) => metrics::counter!("segue_events_repeated_total", "api" => api).increment(1),
            Err(error) => {
                tracing::error!(%error, "an event cannot be kept; its sender will try again");
                return Err(GateError::from(error).failure());
            }
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }
}

/// Whether an event cannot be worked on without it. What else it says of its resource, as a state
/// that nobody knows, is of no account: the truth is fetched.
fn is_needed(path: &str) -> bool {
    path == "/event/id" || !path.starts_with("/event/")
}

fn invalid(reason: &str) -> Failure {
    Failure::BadRequest(BadRequest::InvalidBody, reason.to_owned())
}
