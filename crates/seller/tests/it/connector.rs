//! A legacy system answers errands over HTTP; a person does where it does not.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jiff::SignedDuration;
use segue_model::api::errand;
use segue_model::document::{Document, Side};
use segue_model::id::CompanyId;
use segue_model::party::Role;
use segue_model::rules::ErrandAnswer;
use segue_model::time::Clock;
use segue_seller::Cut;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::bodies::{Circuit, ORDER};
use crate::world::{PATIENCE, PLACE, SELLER, World};

/// What was asked: idempotency key, authorization, question.
type Asked = (String, String, Value);

/// A legacy system that answers what it was told to, in turn; then it is silent.
#[derive(Clone, Default)]
struct Legacy {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Legacy {
    /// Where it is reached.
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap().to_string();
        let router = Router::new().route("/questions", post(reply)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        target
    }

    fn will_say(&self, status: u16, body: &str) {
        self.answers.lock().unwrap().push_back((status, body.into()));
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn reply(State(legacy): State<Legacy>, headers: HeaderMap, body: String) -> Response {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let question = serde_json::from_str(&body).unwrap();
    let asked = (header("idempotency-key"), header("authorization"), question);
    legacy.asked.lock().unwrap().push(asked);
    let answer = legacy.answers.lock().unwrap().pop_front();
    match answer {
        Some((status, body)) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        None => std::future::pending().await,
    }
}

/// A world in which the legacy system decides about orders of `bravo`, and has the order of one.
async fn ordered(legacy: &Legacy, step: &str) -> (World, String) {
    let world = World::open_to(&[legacy.start().await]).await;
    let found = world
        .store
        .agreement_in_force(&world.bravo.scope, Role::Seller, world.wall.now())
        .await;
    let mut agreement = found.unwrap().unwrap();
    let rule = json!([{ "step": step, "by": "connector", "connector": "legacy", "owner": "orders" }]);
    agreement.answers = serde_json::from_value(rule).unwrap();
    world.store.put_agreement(agreement).await.unwrap();
    let circuit = Circuit {
        products: &world.products,
        buyer: &world.bravo,
        place: PLACE,
    };
    let order = world.post(&world.bravo, ORDER, &circuit.order()).await.created();
    world.work().await;
    let id = order["id"].as_str().unwrap().to_owned();
    (world, id)
}

async fn state(world: &World, order: &str) -> String {
    let path = format!("/productOrder/{order}");
    let reply = world.get(&world.bravo, (ORDER.0, &path)).await.json();
    reply["state"].as_str().unwrap().to_owned()
}

/// How many orders were accepted without a person.
async fn without_person(world: &World) -> (usize, usize) {
    let period = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX);
    let flows = world.seller.flow(&world.bravo.scope, period, Cut::Whole).await.unwrap();
    let order = flows.iter().find(|flow| flow.step == "order").unwrap();
    (order.answered, order.without_person)
}

async fn the_errand(world: &World) -> Document {
    let company = CompanyId::new(SELLER);
    let store = &world.store;
    let found = store.company_documents(&company, Side::Seller, errand::RESOURCE, None, 100);
    found.await.unwrap().pop().unwrap()
}

/// Waits until the errand is as wanted.
async fn until(world: &World, wanted: impl Fn(&Document) -> bool) -> Document {
    let mut changes = world.store.changes();
    loop {
        changes.mark_unchanged();
        let errand = the_errand(world).await;
        if wanted(&errand) {
            return errand;
        }
        tokio::time::timeout(PATIENCE, changes.changed())
            .await
            .unwrap()
            .unwrap();
    }
}

/// Waits until a try of the question has failed `times` times.
async fn until_failed(world: &World, times: u32) {
    let mut changes = world.store.changes();
    loop {
        changes.mark_unchanged();
        let errand = the_errand(world).await;
        let jobs = world.store.pending_jobs_of(&errand.scope, &errand.id).await.unwrap();
        if jobs.iter().any(|job| job.kind == errand::ASK && job.attempt == times) {
            return;
        }
        tokio::time::timeout(PATIENCE, changes.changed())
            .await
            .unwrap()
            .unwrap();
    }
}

fn fell_through(errand: &Document) -> bool {
    errand.at("/fellThrough").is_some()
}

#[tokio::test]
async fn a_legacy_system_accepts_an_order() {
    let legacy = Legacy::default();
    legacy.will_say(200, r#"{"accept":true}"#);
    let (world, order) = ordered(&legacy, "order").await;
    let errand = until(&world, |errand| errand.state == errand::ANSWERED).await;
    assert_eq!(errand.text("/answeredBy"), Some("connector legacy"));
    assert_eq!(state(&world, &order).await, "inProgress");

    let asked = legacy.asked();
    assert_eq!(asked.len(), 1);
    let (key, authorization, question) = &asked[0];
    assert_eq!(*key, format!("{}-0", errand.id));
    assert_eq!(authorization, "Bearer legacy-secret");
    assert_eq!(question["id"], errand.id);
    assert_eq!(
        (&question["step"], &question["partner"]),
        (&json!("order"), &json!("bravo"))
    );
    assert_eq!(question["document"]["id"], order);
    assert!(question["facts"]["items"][0]["prices"].is_array(), "{question}");

    let company = CompanyId::new(SELLER);
    let decisions = world.store.decisions(&company, &order).await.unwrap();
    let accepted = decisions
        .iter()
        .find(|decision| decision.step == "order.accept")
        .unwrap();
    assert_eq!(accepted.answered_by, "connector legacy");
    assert_eq!(without_person(&world).await, (1, 1), "a connector is nobody");
}

#[tokio::test]
async fn a_fault_is_tried_again_under_the_same_key() {
    let legacy = Legacy::default();
    legacy.will_say(503, "");
    legacy.will_say(202, "");
    legacy.will_say(200, r#"{"reject":"No staff in that week."}"#);
    let (world, order) = ordered(&legacy, "order").await;
    until_failed(&world, 1).await;
    world.business.advance(SignedDuration::from_secs(3));
    world.work().await;
    // It works on it: that counts as no failure.
    until_failed(&world, 0).await;
    world.business.advance(SignedDuration::from_secs(61));
    world.work().await;
    until(&world, |errand| errand.state == errand::ANSWERED).await;
    assert_eq!(state(&world, &order).await, "rejected");
    let keys: Vec<String> = legacy.asked().into_iter().map(|(key, ..)| key).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[track_caller]
fn check_fallen(errand: &Document, expected: &str) {
    let reason = errand.text("/fellThrough/reason").unwrap();
    assert!(reason.contains(expected), "{reason}");
    assert_eq!((errand.text("/owner"), errand.state.as_str()), (Some("orders"), "open"));
    assert_eq!(errand.at("/connector"), Some(&Value::Null));
}

/// The errand after the legacy system gave one answer that is of no use.
async fn fallen_after(status: u16, body: &str) -> (World, Document, String) {
    let legacy = Legacy::default();
    legacy.will_say(status, body);
    let (world, order) = ordered(&legacy, "order").await;
    let errand = until(&world, fell_through).await;
    assert_eq!(legacy.asked().len(), 1);
    (world, errand, order)
}

#[tokio::test]
async fn an_answer_of_no_use_falls_through_to_the_desk() {
    let (.., errand, _) = fallen_after(200, "perhaps").await;
    check_fallen(&errand, "cannot be read");
    let (.., errand, _) = fallen_after(401, "").await;
    check_fallen(&errand, "401");
    let (.., errand, _) = fallen_after(302, "").await;
    check_fallen(&errand, "302");
    let (world, errand, order) = fallen_after(200, r#"{"complete":true}"#).await;
    check_fallen(&errand, "cannot be taken");

    // The desk has it now, with a reminder and nothing that asks again.
    let jobs = world.store.pending_jobs_of(&errand.scope, &errand.id).await.unwrap();
    assert_eq!(jobs.len(), 1);
    assert_ne!(jobs[0].kind, errand::ASK);
    let company = CompanyId::new(SELLER);
    let answer = (&ErrandAnswer::Accept, "kim");
    world.seller.answer_errand(&company, &errand.id, answer).await.unwrap();
    assert_eq!(state(&world, &order).await, "inProgress");
}

#[tokio::test]
async fn a_system_that_stays_down_is_given_up() {
    let legacy = Legacy::default();
    for _ in 0..6 {
        legacy.will_say(500, "");
    }
    let (world, _) = ordered(&legacy, "order").await;
    for failed in 1..6 {
        until_failed(&world, failed).await;
        world.business.advance(SignedDuration::from_mins(10));
        world.work().await;
    }
    check_fallen(&until(&world, fell_through).await, "500");
    assert_eq!(legacy.asked().len(), 6);
}

#[tokio::test]
async fn a_question_cut_off_by_the_end_of_the_process_is_asked_again() {
    let legacy = Legacy::default();
    let (world, order) = ordered(&legacy, "order").await;
    // It was asked, and is silent; now the process ends.
    while legacy.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    let world = world.reopened().await;
    legacy.will_say(200, r#"{"accept":true}"#);
    world.business.advance(SignedDuration::from_secs(5));
    world.work().await;
    until(&world, |errand| errand.state == errand::ANSWERED).await;
    assert_eq!(state(&world, &order).await, "inProgress");
    let asked = legacy.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].0, asked[1].0);
}

#[tokio::test]
async fn a_person_is_faster_than_a_silent_system() {
    let legacy = Legacy::default();
    let (world, order) = ordered(&legacy, "order").await;
    let errand = the_errand(&world).await;
    let company = CompanyId::new(SELLER);
    let taken = world
        .seller
        .assign_errand(&company, &errand.id, ("kim", errand::TAKEN))
        .await
        .unwrap();
    assert_eq!(taken.at("/connector"), Some(&Value::Null));
    let answer = (&ErrandAnswer::Accept, "kim");
    world.seller.answer_errand(&company, &errand.id, answer).await.unwrap();
    assert_eq!(state(&world, &order).await, "inProgress");
    let decisions = world.store.decisions(&company, &order).await.unwrap();
    assert!(decisions.iter().any(|decision| decision.answered_by == "errand"));
    assert_eq!(without_person(&world).await, (1, 0));
}

#[tokio::test]
async fn whom_a_person_has_begun_to_answer_no_system_is_asked_about() {
    let legacy = Legacy::default();
    let (world, _) = ordered(&legacy, "provisioning").await;
    let errand = the_errand(&world).await;
    let offered = errand.at("/facts/milestones/0").and_then(Value::as_str).unwrap();
    let answer = (&ErrandAnswer::Milestone(offered.to_owned()), "kim");
    let company = CompanyId::new(SELLER);
    let left = world.seller.answer_errand(&company, &errand.id, answer).await.unwrap();
    assert_eq!(
        (left.text("/owner"), left.at("/connector")),
        (Some("kim"), Some(&Value::Null))
    );
}

#[tokio::test]
async fn a_system_builds_a_circuit_step_by_step() {
    let legacy = Legacy::default();
    let (world, order) = ordered(&legacy, "provisioning").await;
    let company = CompanyId::new(SELLER);
    // Both items are asked about; the one that is read first gets the milestone.
    legacy.will_say(200, r#"{"milestone":"PLANNING_COMPLETE"}"#);
    let mut changes = world.store.changes();
    loop {
        changes.mark_unchanged();
        let found = world
            .store
            .company_documents(&company, Side::Seller, errand::RESOURCE, None, 100)
            .await
            .unwrap();
        if found.iter().any(|errand| errand.at("/rounds") == Some(&json!(1))) {
            break;
        }
        tokio::time::timeout(PATIENCE, changes.changed())
            .await
            .unwrap()
            .unwrap();
        world.business.advance(SignedDuration::from_secs(5));
        world.work().await;
    }
    let path = format!("/productOrder/{order}");
    let read = world.get(&world.bravo, (ORDER.0, &path)).await.json();
    let reached = read["productOrderItem"].as_array().unwrap().iter();
    assert_eq!(reached.filter(|item| item["milestone"].is_array()).count(), 1);
}
