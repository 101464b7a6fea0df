//! Steps that people answer: orders, and the work on their items. Each as the Buyer sees it over
//! HTTP, and as the person does who answers.

use jiff::SignedDuration;
use segue_model::api::errand;
use segue_model::document::{Document, Side};
use segue_model::id::CompanyId;
use segue_model::party::Role;
use segue_model::rules::ErrandAnswer;
use segue_model::time::Clock;
use segue_seller::ErrandError;
use serde_json::{Value, json};

use crate::bodies::{Circuit, ORDER, contact};
use crate::world::{PLACE, SELLER, World};

pub fn circuit(world: &World) -> Circuit<'_> {
    Circuit {
        products: &world.products,
        buyer: &world.bravo,
        place: PLACE,
    }
}

/// A world in which the agreement with `bravo` has these rules.
pub async fn world(answers: Value) -> World {
    let world = World::new().await;
    let now = world.wall.now();
    let found = world
        .store
        .agreement_in_force(&world.bravo.scope, Role::Seller, now)
        .await;
    let mut agreement = found.unwrap().unwrap();
    agreement.answers = serde_json::from_value(answers).unwrap();
    world.store.put_agreement(agreement).await.unwrap();
    world
}

pub async fn all(world: &World) -> Vec<Document> {
    let company = CompanyId::new(SELLER);
    let found = world
        .store
        .company_documents(&company, Side::Seller, errand::RESOURCE, None, 100);
    found.await.unwrap()
}

/// Errands that wait; each has an owner, a due time and a job that reminds of it.
pub async fn waiting(world: &World) -> Vec<Document> {
    let mut waiting = all(world).await;
    waiting.retain(errand::waits);
    for errand in &waiting {
        assert!(world.seller.errand_stands(errand).await.unwrap());
        assert!(errand.text("/owner").is_some() && errand.text("/dueAt").is_some());
        let jobs = world.store.pending_jobs_of(&errand.scope, &errand.id).await.unwrap();
        assert_eq!(jobs.len(), 1);
    }
    waiting
}

/// The errand about an item.
async fn of_item(world: &World, item: &str) -> String {
    let waiting = waiting(world).await;
    let found = waiting.iter().find(|errand| errand.text("/item") == Some(item));
    found.unwrap().id.clone()
}

pub async fn answer(world: &World, id: &str, answer: ErrandAnswer) -> Result<Document, ErrandError> {
    let company = CompanyId::new(SELLER);
    world.seller.answer_errand(&company, id, (&answer, "kim")).await
}

#[track_caller]
pub fn check_refused(result: Result<Document, ErrandError>, word: &str) {
    match result {
        Err(ErrandError::Refused(reason)) => assert!(reason.contains(word), "{reason}"),
        other => panic!("{other:?}"),
    }
}

/// Posts an order, and lets it be looked at.
async fn ordered(world: &World) -> String {
    let made = world.post(&world.bravo, ORDER, &circuit(world).order()).await.created();
    world.work().await;
    made["id"].as_str().unwrap().to_owned()
}

async fn read(world: &World, id: &str) -> Value {
    let path = format!("{}/{id}", ORDER.1);
    world.get(&world.bravo, (ORDER.0, &path)).await.json()
}

pub async fn ports_held(world: &World) -> i64 {
    let keys = [format!("port/{PLACE}")];
    let company = &world.bravo.scope.company;
    let held = world.store.held(company, &keys, world.business.now()).await.unwrap();
    held.values().sum()
}

/// Every decision on the document comes out again.
pub async fn check_replay(world: &World, id: &str, steps: &[&str]) {
    let company = CompanyId::new(SELLER);
    let document = world.store.company_document(&company, id).await.unwrap().unwrap();
    let replayed = world.seller.replay(&company, &document).await.unwrap();
    assert!(replayed.iter().all(|decision| decision.same), "{replayed:#?}");
    for step in steps {
        assert!(replayed.iter().any(|decision| decision.step == *step), "{step}");
    }
}

#[tokio::test]
async fn an_order_waits_for_a_person_and_goes_on_when_it_is_accepted_also_after_a_restart() {
    let world = world(json!([{ "step": "order", "by": "errand", "owner": "sales" }])).await;
    let order = ordered(&world).await;
    assert_eq!(read(&world, &order).await["state"], "acknowledged");
    let errands = waiting(&world).await;
    assert_eq!(errands.len(), 1);
    assert_eq!(errands[0].text("/owner"), Some("sales"));
    assert_eq!(errands[0].text("/facts/items/0/offering"), Some("operator-uni"));

    let world = world.reopened().await;
    check_refused(answer(&world, &errands[0].id, ErrandAnswer::Complete).await, "accept");
    let ended = answer(&world, &errands[0].id, ErrandAnswer::Accept).await.unwrap();
    assert_eq!(ended.state, errand::ANSWERED);
    assert_eq!(read(&world, &order).await["state"], "inProgress");
    let again = answer(&world, &errands[0].id, ErrandAnswer::Accept).await;
    assert!(matches!(again, Err(ErrandError::Answered)));
    world.work_all().await;
    assert_eq!(read(&world, &order).await["state"], "completed");
    check_replay(&world, &order, &["order", "order.accept"]).await;
}

#[tokio::test]
async fn a_person_who_rejects_an_order_tells_the_buyer_why_and_nothing_stays_held() {
    let world = world(json!([{ "step": "order", "offering": "operator-uni", "by": "errand" }])).await;
    let order = ordered(&world).await;
    assert_eq!(ports_held(&world).await, 1);
    let errand = waiting(&world).await.remove(0);
    let reason = "No ducts before spring.";
    answer(&world, &errand.id, ErrandAnswer::Reject(reason.into()))
        .await
        .unwrap();
    let order_now = read(&world, &order).await;
    assert_eq!(order_now["state"], "rejected");
    for item in order_now["productOrderItem"].as_array().unwrap() {
        assert_eq!(item["state"], "rejected");
        assert_eq!(item["terminationError"][0]["value"], reason);
    }
    assert_eq!(ports_held(&world).await, 0);
    assert!(waiting(&world).await.is_empty());
    check_replay(&world, &order, &["order.accept"]).await;
}

#[tokio::test]
async fn people_report_the_work_on_items_in_the_order_in_which_it_can_be_done() {
    let world = world(json!([{ "step": "provisioning", "by": "errand", "owner": "field" }])).await;
    let order = ordered(&world).await;
    let (uni, ovc) = (circuit(&world).uni_id(), circuit(&world).ovc_id());
    let (uni, ovc) = (of_item(&world, &uni).await, of_item(&world, &ovc).await);

    check_refused(answer(&world, &ovc, ErrandAnswer::Complete).await, "not completed yet");
    check_refused(
        answer(&world, &uni, ErrandAnswer::Milestone("LUNCH".into())).await,
        "no milestone",
    );
    check_refused(answer(&world, &uni, ErrandAnswer::Accept).await, "about work");
    let name = "PLANNING_COMPLETE";
    let stays = answer(&world, &uni, ErrandAnswer::Milestone(name.into()))
        .await
        .unwrap();
    assert_eq!(
        (stays.state.as_str(), stays.text("/owner")),
        (errand::TAKEN, Some("kim"))
    );
    check_refused(
        answer(&world, &uni, ErrandAnswer::Milestone(name.into())).await,
        "already",
    );
    let item = read(&world, &order).await["productOrderItem"][0].clone();
    assert_eq!(
        (&item["milestone"][0]["name"], &item["state"]),
        (&json!(name), &json!("inProgress"))
    );

    let world = world.reopened().await;
    answer(&world, &uni, ErrandAnswer::Complete).await.unwrap();
    assert_eq!(read(&world, &order).await["state"], "inProgress");
    answer(&world, &ovc, ErrandAnswer::Complete).await.unwrap();
    let done = read(&world, &order).await;
    assert_eq!(done["state"], "completed");
    assert!(done["productOrderItem"][1]["product"]["id"].is_string());
    assert!(waiting(&world).await.is_empty());
    check_replay(&world, &order, &["provisioning", "fulfilment"]).await;
}

#[tokio::test]
async fn an_item_of_the_network_goes_on_at_once_when_a_person_completes_what_it_waits_for() {
    let rule = json!([{ "step": "provisioning", "offering": "operator-uni", "by": "errand" }]);
    let world = world(rule).await;
    let order = ordered(&world).await;
    let uni = of_item(&world, &circuit(&world).uni_id()).await;
    // Long after it was expected: the other item has looked in vain many times.
    world.business.set("2027-03-01T08:00:00Z".parse().unwrap());
    for _ in 0..8 {
        world.work().await;
        let later = world.business.now().checked_add(SignedDuration::from_hours(1)).unwrap();
        world.business.set(later);
    }
    world.work().await;
    let due = world.store.next_due().await.unwrap().unwrap();
    assert!(due.duration_since(world.business.now()) > SignedDuration::from_mins(30));
    assert_eq!(read(&world, &order).await["state"], "inProgress");
    answer(&world, &uni, ErrandAnswer::Complete).await.unwrap();
    world.work().await;
    assert_eq!(read(&world, &order).await["state"], "completed");
}

#[tokio::test]
async fn work_that_fails_takes_related_items_and_their_errands_with_it() {
    let world = world(json!([{ "step": "provisioning", "by": "errand" }])).await;
    let order = ordered(&world).await;
    let uni = of_item(&world, &circuit(&world).uni_id()).await;
    answer(&world, &uni, ErrandAnswer::Fail("The duct is flooded.".into()))
        .await
        .unwrap();
    let failed = read(&world, &order).await;
    assert_eq!(failed["state"], "failed");
    assert_eq!(
        failed["productOrderItem"][0]["terminationError"][0]["value"],
        "The duct is flooded."
    );
    let mut states: Vec<String> = all(&world).await.into_iter().map(|errand| errand.state).collect();
    states.sort();
    assert_eq!(states, [errand::ANSWERED, errand::WITHDRAWN]);
    assert_eq!(world.store.next_due().await.unwrap(), None, "nothing reminds of them");
    check_replay(&world, &order, &["provisioning"]).await;
}

#[tokio::test]
async fn an_order_that_stands_still_takes_no_answers_and_its_cancellation_withdraws_its_errands() {
    let world = world(json!([{ "step": "provisioning", "by": "errand" }])).await;
    let order = ordered(&world).await;
    let uni = of_item(&world, &circuit(&world).uni_id()).await;
    let cancel = json!({
        "productOrder": { "productOrderId": order },
        "relatedContactInformation": [contact("cancelProductOrderContact")],
    });
    let path = (ORDER.0, "/cancelProductOrder");
    world.post(&world.bravo, path, &cancel).await.created();
    check_refused(answer(&world, &uni, ErrandAnswer::Complete).await, "pending");
    world.work().await;
    assert_eq!(read(&world, &order).await["state"], "cancelled");
    assert!(matches!(
        answer(&world, &uni, ErrandAnswer::Complete).await,
        Err(ErrandError::Gone)
    ));
    assert!(waiting(&world).await.is_empty());
}

#[tokio::test]
async fn an_errand_reminds_of_itself_and_no_partner_sees_it() {
    let world = world(json!([{ "step": "order", "by": "errand" }])).await;
    let order = ordered(&world).await;
    let errand = waiting(&world).await.remove(0);
    world.business.set(errand.text("/dueAt").unwrap().parse().unwrap());
    world.work().await;
    assert_eq!(waiting(&world).await[0].at("/reminders"), Some(&json!(1)));
    for buyer in [&world.alpha, &world.bravo] {
        let path = format!("{}/{}", ORDER.1, errand.id);
        assert_eq!(world.get(buyer, (ORDER.0, &path)).await.status, 404);
    }
    let list = world.get(&world.bravo, ORDER).await.json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    let seen = format!("{list}{}", read(&world, &order).await);
    assert!(!seen.contains(&errand.id) && !seen.contains("memory"));
}

const WORK_BY_PEOPLE: &str = r#"[{ "step": "provisioning", "by": "errand", "owner": "field" }]"#;

#[tokio::test]
async fn who_finds_that_a_line_cannot_be_built_takes_its_open_charge_back() {
    // Digest 3.12: nobody is asked to pay for what does not come.
    let world = world(serde_json::from_str(WORK_BY_PEOPLE).unwrap()).await;
    let mut body = circuit(&world).order();
    body["productOrderItem"][0]["product"]["place"][0]["place"]["id"] = json!("NEAR-NET");
    let order = world.post(&world.bravo, ORDER, &body).await.created();
    let order = order["id"].as_str().unwrap();
    world.work().await;
    assert_eq!(read(&world, order).await["state"], "held.assessingCharge");
    let uni = of_item(&world, &circuit(&world).uni_id()).await;
    check_refused(answer(&world, &uni, ErrandAnswer::Complete).await, "held");
    answer(&world, &uni, ErrandAnswer::Fail("No duct.".into()))
        .await
        .unwrap();
    let listed = world.get(&world.bravo, (ORDER.0, "/charge")).await.json();
    let path = format!("/charge/{}", listed[0]["id"].as_str().unwrap());
    let charge = world.get(&world.bravo, (ORDER.0, &path)).await.json();
    assert_eq!(charge["state"], "withdrawnBySeller");
    assert_eq!(charge["chargeItem"][0]["state"], "withdrawnBySeller");
    let failed = read(&world, order).await;
    assert_eq!(failed["state"], "failed");
    assert_eq!(
        failed["productOrderItem"][0]["terminationError"][0]["value"],
        "No duct."
    );
    assert!(waiting(&world).await.is_empty());
    check_replay(&world, order, &["provisioning"]).await;
}

#[tokio::test]
async fn what_is_to_end_together_is_completed_by_the_last_person_who_is_ready() {
    let world = world(serde_json::from_str(WORK_BY_PEOPLE).unwrap()).await;
    let mut body = circuit(&world).order();
    body["productOrderItem"][0]["coordinatedAction"] = json!([{
        "itemId": circuit(&world).ovc_id(), "coordinationDependency": "finishToFinish",
        "coordinatedActionDelay": { "amount": 0, "units": "calendarDays" },
    }]);
    let order = world.post(&world.bravo, ORDER, &body).await.created();
    let order = order["id"].as_str().unwrap();
    world.work().await;
    // The OVC needs the UNI; together with it, it may be told first.
    let ovc = of_item(&world, &circuit(&world).ovc_id()).await;
    answer(&world, &ovc, ErrandAnswer::Complete).await.unwrap();
    world.work().await;
    let before = read(&world, order).await;
    assert_eq!(before["productOrderItem"][1]["state"], "inProgress");
    let uni = of_item(&world, &circuit(&world).uni_id()).await;
    answer(&world, &uni, ErrandAnswer::Complete).await.unwrap();
    world.work().await;
    let done = read(&world, order).await;
    assert_eq!(done["state"], "completed");
    let ends = [0, 1].map(|item| done["productOrderItem"][item]["completionDate"].clone());
    assert_eq!(ends[0], ends[1]);
    check_replay(&world, order, &["fulfilment"]).await;
}

#[tokio::test]
async fn work_that_waits_for_other_work_is_given_to_a_person_when_it_may_begin() {
    let world = world(serde_json::from_str(WORK_BY_PEOPLE).unwrap()).await;
    let mut body = circuit(&world).order();
    let mut later = body["productOrderItem"][0].clone();
    later["id"] = json!("later");
    later["coordinatedAction"] = json!([{
        "itemId": circuit(&world).uni_id(), "coordinationDependency": "startToFinish",
        "coordinatedActionDelay": { "amount": 0, "units": "calendarDays" },
    }]);
    body["productOrderItem"].as_array_mut().unwrap().push(later);
    let order = world.post(&world.bravo, ORDER, &body).await.created();
    let order = order["id"].as_str().unwrap();
    world.work().await;
    let items = |errands: Vec<Document>| errands.iter().filter(|one| one.text("/item") == Some("later")).count();
    assert_eq!(items(waiting(&world).await), 0);
    let uni = of_item(&world, &circuit(&world).uni_id()).await;
    answer(&world, &uni, ErrandAnswer::Complete).await.unwrap();
    world.work().await;
    assert_eq!(items(waiting(&world).await), 1);
    let now = read(&world, order).await;
    assert_eq!(now["productOrderItem"][2]["milestone"][0]["name"], "WORK_STARTED");
}
