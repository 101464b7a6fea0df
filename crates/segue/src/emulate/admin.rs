//! The admin API of an emulator: other people's test suites read and steer it here. On loopback
//! only, on a port of its own, apart from what is tested.
//!
//! Guaranteed: a browser page cannot use it (requests with an `Origin`, or for another host than
//! loopback, are refused), and what is wrong in a rule or fault is told with its place, all at once.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use segue_model::time::{self, Clock};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::scenario::{Fault, Length, Rule, Way, check_faults, check_rules};
use super::stage::Exchange;
use super::{Emulator, answers, event, moved, world};

/// Any value, as JSON.
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let text = json!(self.0).to_string();
        ([(header::CONTENT_TYPE, "application/json;charset=utf-8")], text).into_response()
    }
}

/// What is answered where something is wrong.
pub struct Wrong(StatusCode, String);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl Wrong {
    /// The request is.
    pub fn asked(text: impl Into<String>) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, text.into())
    }

    /// There is no such thing.
    pub fn unknown(text: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, text.into())
    }
}

impl From<anyhow::Error> for Wrong {
    fn from(error: anyhow::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}"))
    }
}

type Shared = State<Arc<Emulator>>;
type Told = Result<Json<Value>, Wrong>;

/// All of it, with the inbox of Buyers from outside and the answers of the scenario.
pub fn router(emulator: &Arc<Emulator>) -> Router {
    let base = &emulator.base;
    let inside = Router::new()
        .route("/answer", post(answers::answer))
        .with_state((Arc::clone(&base.stage), base.secret.clone()));
    Router::new()
        .route("/", get(whole))
        .route("/exchanges", get(exchanges))
        .route("/rules", get(rules).put(put_rules))
        .route("/rules/{name}", put(put_rule).delete(drop_rule))
        .route("/faults", get(faults).put(put_faults))
        .route("/faults/{name}", put(put_fault).delete(drop_fault))
        .route("/clock", get(clock).post(move_clock))
        .route("/events", post(fire))
        .route("/steps", get(steps))
        .route("/reset", post(reset))
        .route("/inbox/{buyer}/token", post(inbox_token))
        .route("/inbox/{buyer}/{*path}", post(|| async { StatusCode::NO_CONTENT }))
        .with_state(Arc::clone(emulator))
        .merge(inside)
        .layer(from_fn(at_home))
}

/// Nobody but programs of this machine.
async fn at_home(headers: HeaderMap, request: Request, next: Next) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let local = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
    if !local || headers.contains_key(header::ORIGIN) {
        return Wrong(
            StatusCode::FORBIDDEN,
            "only programs of this machine may ask this".into(),
        )
        .into_response();
    }
    next.run(request).await
}

async fn whole(State(emulator): Shared) -> Json<Value> {
    Json(emulator.told())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    after: Option<u64>,
    operation: Option<String>,
    event: Option<String>,
    way: Option<Way>,
    partner: Option<String>,
    status: Option<u16>,
}

async fn exchanges(State(emulator): Shared, Query(asked): Query<Asked>) -> Json<Vec<Exchange>> {
    let is = |asked: &Option<String>, is: Option<&str>| asked.is_none() || asked.as_deref() == is;
    let way = asked.way.map(|way| match way {
        Way::In => "in",
        Way::Out => "out",
    });
    Json(emulator.base.stage.exchanges(|exchange| {
        exchange.number > asked.after.unwrap_or(0)
            && is(&asked.operation, exchange.operation)
            && is(&asked.event, exchange.event)
            && is(&asked.partner, exchange.partner.as_deref())
            && way.is_none_or(|way| way == exchange.way)
            && asked.status.is_none_or(|status| status == exchange.status)
    }))
}

async fn rules(State(emulator): Shared) -> Json<Vec<Rule>> {
    Json(emulator.base.stage.rules())
}

/// Reads the words of a rule or fault; what is wrong is told as TOML files are told.
/// Whatever its media type: `curl -d` says another one.
fn read<T: for<'de> Deserialize<'de>>(body: &str) -> Result<T, Wrong> {
    serde_json::from_str(body).map_err(|error| Wrong::asked(format!("{error}; docs/emulators.md has the words")))
}

async fn put_rules(State(emulator): Shared, body: String) -> Told {
    take_rules(&emulator, read(&body)?).await
}

async fn put_rule(State(emulator): Shared, Path(name): Path<String>, body: String) -> Told {
    let mut rule: Rule = read(&body)?;
    rule.name.clone_from(&name);
    let mut rules = emulator.base.stage.rules();
    match rules.iter_mut().find(|known| known.name == name) {
        Some(known) => *known = rule,
        // A new one is asked first: who adds it means it.
        None => rules.insert(0, rule),
    }
    take_rules(&emulator, rules).await
}

async fn drop_rule(State(emulator): Shared, Path(name): Path<String>) -> Told {
    let mut rules = emulator.base.stage.rules();
    let before = rules.len();
    rules.retain(|rule| rule.name != name);
    if rules.len() == before {
        return Err(Wrong::unknown(format!("no rule is called {name}")));
    }
    take_rules(&emulator, rules).await
}

/// Agreements follow the rules, and what waits is asked again.
async fn take_rules(emulator: &Emulator, mut rules: Vec<Rule>) -> Told {
    let stage = &emulator.base.stage;
    for (index, rule) in rules.iter_mut().enumerate().filter(|(_, rule)| rule.name.is_empty()) {
        rule.name = format!("rule-{}", index + 1);
    }
    refuse(check_rules(&stage.scenario, &rules))?;
    let there = emulator.world()?;
    world::agree(&stage.scenario, &there, &rules).await?;
    stage.set_rules(rules.clone());
    moved::ask_again(&there).await?;
    Ok(Json(json!(rules)))
}

fn refuse(problems: Vec<String>) -> Result<(), Wrong> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Wrong::asked(problems.join("; ")))
    }
}

async fn faults(State(emulator): Shared) -> Json<Vec<Fault>> {
    Json(emulator.base.stage.faults())
}

async fn put_faults(State(emulator): Shared, body: String) -> Told {
    take_faults(&emulator, read(&body)?)
}

async fn put_fault(State(emulator): Shared, Path(name): Path<String>, body: String) -> Told {
    let mut fault: Fault = read(&body)?;
    fault.name.clone_from(&name);
    let mut faults = emulator.base.stage.faults();
    match faults.iter_mut().find(|known| known.name == name) {
        Some(known) => *known = fault,
        None => faults.insert(0, fault),
    }
    take_faults(&emulator, faults)
}

async fn drop_fault(State(emulator): Shared, Path(name): Path<String>) -> Told {
    let mut faults = emulator.base.stage.faults();
    let before = faults.len();
    faults.retain(|fault| fault.name != name);
    if faults.len() == before {
        return Err(Wrong::unknown(format!("no fault is called {name}")));
    }
    take_faults(&emulator, faults)
}

fn take_faults(emulator: &Emulator, mut faults: Vec<Fault>) -> Told {
    let stage = &emulator.base.stage;
    for (index, fault) in faults.iter_mut().enumerate().filter(|(_, fault)| fault.name.is_empty()) {
        fault.name = format!("fault-{}", index + 1);
    }
    refuse(check_faults(&stage.scenario, &faults))?;
    stage.set_faults(faults.clone());
    Ok(Json(json!(faults)))
}

#[derive(Serialize)]
struct Shown {
    now: String,
    speed: f64,
}

async fn clock(State(emulator): Shared) -> Result<Json<Shown>, Wrong> {
    let world = emulator.world()?;
    Ok(Json(Shown {
        now: time::text(world.clock.now()),
        speed: world.clock.asked_speed(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    by: Option<Length>,
    to: Option<Timestamp>,
}

async fn move_clock(State(emulator): Shared, body: String) -> Told {
    let wanted: Move = read(&body)?;
    let world = emulator.world()?;
    let to = match (wanted.by, wanted.to) {
        (Some(by), None) => by.0.after(world.clock.now()),
        (None, Some(to)) => to,
        _ => return Err(Wrong::asked("say by (\"2 businessDays\") or to (a time)")),
    };
    if to < world.clock.now() {
        return Err(Wrong::asked(format!(
            "time goes on only: it is {}; POST /reset begins anew",
            time::text(world.clock.now())
        )));
    }
    let arrived = moved::on(&world, to).await?;
    Ok(Json(
        json!({ "now": time::text(world.clock.now()), "arrived": arrived }),
    ))
}

async fn fire(State(emulator): Shared, body: String) -> Told {
    event::fire(&*emulator.world()?, read(&body)?).await.map(Json)
}

async fn steps(State(emulator): Shared) -> Json<Value> {
    Json(json!(emulator.steps()))
}

async fn reset(State(emulator): Shared) -> Told {
    emulator.reset().await?;
    Ok(Json(emulator.told()))
}

/// The authorization server of a Buyer from outside who has none of its own.
async fn inbox_token() -> Json<Value> {
    Json(json!({ "access_token": "simulated", "token_type": "Bearer", "expires_in": 300 }))
}
