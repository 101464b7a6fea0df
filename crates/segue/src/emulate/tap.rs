//! What leaves an emulator: events to Buyers, requests to Sellers, tokens of both. It is written
//! down, and meets the faults of the scenario.

use std::sync::Weak;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Method;
use segue_model::time::Clock;
use segue_net::outbound::{Answer, Class, Onward, OutboundError, Request, Tap};
use serde_json::Value;

use super::scenario::{Act, Way};
use super::stage::{Exchange, Fires, Seen, Stage};
use super::wire::{self, TOKEN};

/// Stands in the way out.
pub struct Out {
    stage: Weak<Stage>,
    /// The connector of the scenario is the emulator itself: what it is asked is no exchange.
    inside: String,
}

impl Out {
    /// Of a stage; `inside` is the address of the emulator's own answers.
    pub fn of(stage: Weak<Stage>, inside: String) -> Self {
        Self { stage, inside }
    }
}

impl Tap for Out {
    fn call<'a>(&'a self, request: Request, onward: Onward<'a>) -> BoxFuture<'a, Result<Answer, OutboundError>> {
        Box::pin(async move {
            match self.stage.upgrade() {
                Some(stage) if request.url().as_str() != self.inside => through(&stage, request, onward).await,
                _ => onward.send(request).await,
            }
        })
    }
}

async fn through(stage: &Stage, request: Request, onward: Onward<'_>) -> Result<Answer, OutboundError> {
    let (named, before) = wire::named(request.method().as_str(), request.url().path());
    let partner = before
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    let sent = wire::readable(request.bytes());
    let text = format!("{} {}", request.url(), String::from_utf8_lossy(request.bytes()));
    let company = teller(stage, &request);
    let fires = stage.fires(&Seen {
        named,
        way: Way::Out,
        company: &company,
        partner: partner.as_deref(),
        text: &text,
    });
    let is_token = named.operation == Some(TOKEN);
    let kept = |body: Value| if is_token { Value::Null } else { body };
    let mut exchange = Exchange {
        way: "out",
        company,
        partner,
        operation: named.operation,
        event: named.event,
        method: request.method().to_string(),
        url: request.url().to_string(),
        fault: fires.as_ref().map(|fires| fires.name.clone()),
        ..Exchange::default()
    };
    let (request, sent) = changed(request, sent, fires.as_ref());
    exchange.sent = kept(sent);
    let answer = sent_on(stage, (request, fires.as_ref()), onward).await;
    if let Ok(answer) = &answer {
        exchange.status = answer.status;
        exchange.answer = kept(wire::readable(&answer.body));
    }
    if let Some(world) = stage.world() {
        stage.note(exchange, world.clock.now());
    }
    answer
}

/// Who sends it: the token says so where we gave it ourselves; else there is only one who can.
fn teller(stage: &Stage, request: &Request) -> String {
    let only = || stage.scenario.company.first().map(|company| company.id.clone());
    wire::client(request.headers()).or_else(only).unwrap_or_default()
}

fn changed(request: Request, mut sent: Value, fires: Option<&Fires>) -> (Request, Value) {
    match fires.map(|fires| &fires.act) {
        Some(Act::Set(values)) if *request.method() != Method::GET => {
            wire::set(&mut sent, values);
            (request.json(&sent), sent)
        }
        _ => (request, sent),
    }
}

async fn sent_on(
    stage: &Stage,
    (request, fires): (Request, Option<&Fires>),
    onward: Onward<'_>,
) -> Result<Answer, OutboundError> {
    let target = request.target();
    match fires.map(|fires| &fires.act) {
        // An event that is lost was taken, as far as its sender knows.
        Some(Act::Lose) if is_event(&request) => Ok(said(204)),
        Some(Act::Lose) => {
            onward.send(request).await?;
            Err(broken(target, Class::Broken, "its answer was lost by the scenario"))
        }
        Some(Act::Hang(seconds)) => {
            tokio::time::sleep(Duration::from_secs_f64(*seconds)).await;
            Err(broken(target, Class::Timeout, "it was held back by the scenario"))
        }
        Some(Act::Double) => {
            let first = onward.send(request.clone()).await;
            let second = onward.send(request).await;
            // One that arrived is enough.
            first.or(second)
        }
        // Taken, as far as its sender knows, so that the next one is not held up by it.
        Some(Act::Late(seconds)) if is_event(&request) => {
            later(stage, request, *seconds);
            Ok(said(204))
        }
        Some(Act::Late(seconds) | Act::Slow(seconds)) => {
            tokio::time::sleep(Duration::from_secs_f64(*seconds)).await;
            onward.send(request).await
        }
        Some(Act::Status { code, .. }) => Ok(said(*code)),
        Some(Act::Half | Act::Set(_)) | None => onward.send(request).await,
    }
}

fn later(stage: &Stage, request: Request, seconds: f64) {
    let Some(world) = stage.world() else { return };
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        if let Err(error) = world.app.calls.outbound().straight(request).await {
            tracing::warn!(%error, "an event that was held back did not arrive");
        }
    });
}

fn is_event(request: &Request) -> bool {
    wire::named(request.method().as_str(), request.url().path())
        .0
        .event
        .is_some()
}

/// An answer that nobody gave.
fn said(status: u16) -> Answer {
    Answer {
        status,
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
    }
}

fn broken(target: String, class: Class, detail: &str) -> OutboundError {
    OutboundError::Failed {
        target,
        class,
        detail: detail.into(),
    }
}
