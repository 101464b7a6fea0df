//! Decisions of the scenario. Where an agreement says that the scenario decides, the Seller opens an
//! errand and asks this module, as it asks a legacy system; the answer goes the way of any answer,
//! so what follows is right by construction.
//!
//! Guaranteed: the first rule that fits decides; its time is business time from when the errand was
//! opened. An errand that no rule fits, or whose rule has no answer, waits.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use segue_model::id::CompanyId;
use segue_model::party::answers::Step;
use segue_model::time::{self, Clock};
use serde_json::{Value, json};

use super::admin::Json;
use super::pass_on;
use super::scenario::{Answer, Rule};
use super::stage::Stage;
use super::world::World;

/// A wait that has no end of its own is looked at again after so long: rules can change.
const LOOK_AGAIN_S: i64 = 1;

/// While the clock stands, who moves it has those asked again that were passed on ([`moved`]): all others
/// wait for a rule to change.
///
/// [`moved`]: super::moved
const LOOK_AGAIN_STANDING_S: i64 = 7 * 86_400;

/// A question of the Seller, as connectors get it.
pub struct Question {
    /// The errand.
    pub id: String,
    /// Which step.
    pub step: Step,
    /// The company that is asked.
    pub company: String,
    /// Its Buyer.
    pub partner: String,
    /// When the errand was opened.
    pub opened_at: Timestamp,
    /// How many answers it had.
    pub round: usize,
    /// The whole.
    pub whole: Value,
}

impl Question {
    fn read(body: &[u8], round: usize) -> Option<Self> {
        let whole: Value = serde_json::from_slice(body).ok()?;
        let text = |name: &str| whole[name].as_str().map(str::to_owned);
        Some(Self {
            id: text("id")?,
            step: serde_json::from_value(whole["step"].clone()).ok()?,
            company: text("company")?,
            partner: text("partner")?,
            opened_at: time::parse(whole["openedAt"].as_str()?)?,
            round,
            whole,
        })
    }

    /// The items it is about.
    pub fn items(&self) -> Vec<&Value> {
        let facts = &self.whole["facts"];
        match facts["items"].as_array() {
            Some(items) => items.iter().collect(),
            None => vec![facts],
        }
    }

    /// The place of an item: what stands before the colon of `ID: how it reads`.
    pub fn place(item: &Value) -> Option<&str> {
        item["place"].as_str()?.split(": ").next()
    }
}

/// What comes of a question.
pub enum Outcome {
    /// This is the answer.
    Answer(Value),
    /// Not before this time.
    At(Timestamp),
    /// Nobody knows when.
    Open,
}

/// `POST /answer`
pub async fn answer(State((stage, secret)): State<(Arc<Stage>, String)>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    if text("authorization") != format!("Bearer {secret}") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let round = text("idempotency-key")
        .rsplit('-')
        .next()
        .and_then(|round| round.parse().ok());
    let question = Question::read(&body, round.unwrap_or_default());
    let (Some(question), Some(world)) = (question, stage.world()) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let _asked = world.ask();
    let now = world.clock.now();
    let speed = world.clock.speed();
    let later = |seconds: i64| (StatusCode::ACCEPTED, [(header::RETRY_AFTER, seconds.to_string())]).into_response();
    match decide(&stage, &world, &question).await {
        Outcome::Answer(answer) => Json(answer).into_response(),
        Outcome::At(at) => {
            let business = at.duration_since(now).as_secs_f64();
            later((business / speed).ceil().max(1.0) as i64)
        }
        Outcome::Open if world.clock.asked_speed() == 0.0 => later(LOOK_AGAIN_STANDING_S),
        Outcome::Open => later(LOOK_AGAIN_S),
    }
}

async fn decide(stage: &Stage, world: &World, question: &Question) -> Outcome {
    for rule in stage.rules() {
        if !fits(&rule, world, question).await || !stage.may_decide(&rule, &question.id) {
            continue;
        }
        let rounds = i64::try_from(question.round).unwrap_or_default() + 1;
        let at = due(&rule, question.opened_at, rounds);
        if world.clock.now() < at {
            return Outcome::At(at);
        }
        let outcome = match (&rule.pass_on, rule.answer.all()) {
            (Some(to), _) => pass_on::answer(world, question, to).await,
            (None, []) => Outcome::Open,
            (None, answers) => said(answers, question.round),
        };
        return in_turn(question, outcome);
    }
    Outcome::Open
}

/// An item cannot be done before those it needs: its end waits for theirs.
fn in_turn(question: &Question, outcome: Outcome) -> Outcome {
    let items = question.whole["document"]["productOrderItem"].as_array();
    let is_done = |id: &&Value| {
        let mut items = items.into_iter().flatten();
        items.any(|item| item["id"] == **id && item["state"] == "completed")
    };
    let needs = question.whole["facts"]["needs"].as_array();
    let early = needs.is_some_and(|needs| !needs.iter().all(|id| is_done(&id)));
    match outcome {
        Outcome::Answer(answer) if early && answer["complete"] == true => Outcome::Open,
        outcome => outcome,
    }
}

/// `after`, once for each answer.
fn due(rule: &Rule, opened: Timestamp, rounds: i64) -> Timestamp {
    let Some(after) = rule.after else { return opened };
    (0..rounds).fold(opened, |at, _| after.0.after(at))
}

/// The answer of this round; where milestones have no end behind them, the work is done then.
fn said(answers: &[Answer], round: usize) -> Outcome {
    Outcome::Answer(
        answers
            .get(round)
            .map_or_else(|| json!({ "complete": true }), |answer| json!(answer)),
    )
}

async fn fits(rule: &Rule, world: &World, question: &Question) -> bool {
    let of = |named: &Option<String>, is: &str| named.as_deref().is_none_or(|named| named == is);
    if rule.step != question.step || !of(&rule.company, &question.company) || !of(&rule.buyer, &question.partner) {
        return false;
    }
    if rule
        .containing
        .as_ref()
        .is_some_and(|text| !question.whole.to_string().contains(text))
    {
        return false;
    }
    for item in question.items() {
        if fits_item(rule, world, (&question.company, item)).await {
            return true;
        }
    }
    false
}

async fn fits_item(rule: &Rule, world: &World, (company, item): (&str, &Value)) -> bool {
    let offering = item["offering"].as_str();
    if rule.offering.is_some() && rule.offering.as_deref() != offering {
        return false;
    }
    if rule.place.is_none() && rule.country.is_none() && rule.postcode.is_none() {
        return true;
    }
    let Some(id) = Question::place(item) else { return false };
    if rule.place.as_deref().is_some_and(|place| place != id) {
        return false;
    }
    let Ok(current) = world.app.seller.books().current(&CompanyId::new(company)).await else {
        return false;
    };
    let Some(address) = current.book.address(id) else {
        return false;
    };
    let has = |name: &str| address.fielded.get(name).and_then(Value::as_str).unwrap_or_default();
    rule.country
        .as_deref()
        .is_none_or(|country| country == has("countryCode"))
        && rule
            .postcode
            .as_deref()
            .is_none_or(|begin| has("postcode").starts_with(begin))
}
