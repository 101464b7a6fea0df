//! Qualifications that people answer, item by item, as the Buyer sees them over HTTP.

use segue_model::api::errand;
use segue_model::document::Document;
use segue_model::rules::ErrandAnswer;
use segue_seller::ErrandError;
use serde_json::{Value, json};

use crate::bodies::{Circuit, POQ};
use crate::errands::{all, answer, check_refused, check_replay, circuit, waiting, world};
use crate::world::World;

/// The Buyer wants its answer by then.
const WANTED: &str = "2026-11-25T09:00:00Z";

fn deferred(circuit: &Circuit<'_>) -> Value {
    let mut poq = circuit.poq();
    poq["instantSyncQualification"] = json!(false);
    poq["requestedPOQCompletionDate"] = json!(WANTED);
    poq
}

/// A deferred qualification under these rules, and the errands of it.
async fn asked(rules: Value) -> (World, String, Vec<Document>) {
    let world = world(rules).await;
    let made = world
        .post(&world.bravo, POQ, &deferred(&circuit(&world)))
        .await
        .created();
    assert_eq!(made["expectedPOQCompletionDate"], "2026-11-25T09:00:00.000Z");
    world.work().await;
    let errands = waiting(&world).await;
    (world, made["id"].as_str().unwrap().to_owned(), errands)
}

async fn read(world: &World, id: &str) -> Value {
    let path = format!("{}/{id}", POQ.1);
    world.get(&world.bravo, (POQ.0, &path)).await.json()
}

/// State of the whole and of both items.
async fn states(world: &World, id: &str) -> [String; 3] {
    let poq = read(world, id).await;
    let items = &poq["productOfferingQualificationItem"];
    [&poq["state"], &items[0]["state"], &items[1]["state"]].map(|state| state.as_str().unwrap().to_owned())
}

fn of_item<'a>(errands: &'a [Document], item: &str) -> &'a str {
    let found = errands.iter().find(|errand| errand.text("/item") == Some(item));
    &found.unwrap().id
}

fn said(said: Value) -> ErrandAnswer {
    ErrandAnswer::Serviceability(serde_json::from_value(said).unwrap())
}

#[tokio::test]
async fn people_answer_each_item_on_its_own_and_the_whole_is_done_with_the_last() {
    // Mplify 87.1 table 8
    let (world, id, errands) = asked(json!([{ "step": "poq", "by": "errand", "owner": "planning" }])).await;
    let (uni, ovc) = (circuit(&world).uni_id(), circuit(&world).ovc_id());
    assert_eq!(states(&world, &id).await, ["inProgress"; 3]);
    assert_eq!(errands.len(), 2);
    let (uni, ovc) = (of_item(&errands, &uni), of_item(&errands, &ovc));
    assert_eq!(errands[0].text("/owner"), Some("planning"));
    assert_eq!(errands[0].text("/facts/proposal/confidence"), Some("green"));

    check_refused(answer(&world, uni, ErrandAnswer::Complete).await, "how surely");
    let never = json!({ "confidence": "green", "interval": { "amount": 0, "units": "months" } });
    check_refused(answer(&world, uni, said(never)).await, "no time");
    check_refused(
        answer(&world, uni, said(json!({ "confidence": "green", "reason": " " }))).await,
        "says nothing",
    );
    let later = json!({
        "confidence": "yellow", "interval": { "amount": 15, "units": "businessDays" },
        "reason": "The duct has to be cleared.",
    });
    answer(&world, uni, said(later)).await.unwrap();
    assert_eq!(states(&world, &id).await, ["inProgress", "done", "inProgress"]);
    let half = read(&world, &id).await;
    assert!(half["expectedPOQCompletionDate"].is_string());
    let item = &half["productOfferingQualificationItem"][0];
    assert_eq!(item["serviceabilityConfidence"], "yellow");
    assert_eq!(item["serviceabilityConfidenceReason"], "The duct has to be cleared.");
    assert_eq!(
        item["installationInterval"],
        json!({ "amount": 15, "units": "businessDays" })
    );
    assert!(item["guaranteedUntilDate"].is_string() && item["deliveryType"].is_string());
    assert!(item["alternateProductOfferingProposal"].is_array());

    let world = world.reopened().await;
    answer(&world, ovc, ErrandAnswer::Accept).await.unwrap();
    assert_eq!(states(&world, &id).await, ["done"; 3]);
    let done = read(&world, &id).await;
    assert_eq!(done.get("expectedPOQCompletionDate"), None);
    let item = &done["productOfferingQualificationItem"][1];
    assert_eq!(item["serviceabilityConfidence"], "green");
    assert_eq!(done["stateChange"].as_array().unwrap().len(), 3);
    assert_eq!(world.store.next_due().await.unwrap(), None, "nothing is left to do");
    check_replay(&world, &id, &["productOfferingQualification"]).await;
}

#[tokio::test]
async fn what_a_person_rejects_is_red_and_says_why_and_the_book_answers_the_rest() {
    // Mplify 87.1 R51: a red item is done.
    let rules = json!([{ "step": "poq", "offering": "operator-uni", "by": "errand" }]);
    let (world, id, errands) = asked(rules).await;
    assert_eq!(errands.len(), 1);
    let reason = "The street was dug up last year: no permit before 2029.";
    answer(&world, &errands[0].id, ErrandAnswer::Reject(reason.into()))
        .await
        .unwrap();
    assert_eq!(states(&world, &id).await, ["inProgress", "done", "inProgress"]);
    world.work_all().await;
    assert_eq!(states(&world, &id).await, ["done"; 3]);
    let done = read(&world, &id).await;
    let item = &done["productOfferingQualificationItem"][0];
    assert_eq!(item["serviceabilityConfidence"], "red");
    assert_eq!(item["serviceabilityConfidenceReason"], reason);
    assert_eq!(item.get("installationInterval"), None);
    assert_eq!(item.get("terminationError"), None);
    let by: Vec<String> = decisions(&world, &id).await;
    assert_eq!(by, ["book", "errand"]);
    check_replay(&world, &id, &["productOfferingQualification"]).await;
}

/// Who answered the items.
async fn decisions(world: &World, id: &str) -> Vec<String> {
    let company = &world.bravo.scope.company;
    let decisions = world.store.decisions(company, id).await.unwrap();
    let mut by: Vec<String> = decisions.into_iter().map(|decision| decision.answered_by).collect();
    by.sort();
    by
}

#[tokio::test]
async fn what_people_leave_ends_at_the_date_of_the_buyer_and_what_is_done_stays_done() {
    // Mplify 87.1 R11, table 8
    let (world, id, errands) = asked(json!([{ "step": "poq", "by": "errand" }])).await;
    answer(&world, &errands[0].id, ErrandAnswer::Accept).await.unwrap();
    world.business.set(WANTED.parse().unwrap());
    world.work().await;
    assert_eq!(states(&world, &id).await[0], "inProgress", "an answer would be in time");
    world.business.set("2026-11-25T09:00:01Z".parse().unwrap());
    world.work().await;
    let mut ended = states(&world, &id).await;
    ended.sort();
    assert_eq!(ended, ["done", "terminatedWithError", "terminatedWithError"]);
    assert_eq!(read(&world, &id).await.get("expectedPOQCompletionDate"), None);
    let mut left: Vec<String> = all(&world).await.into_iter().map(|errand| errand.state).collect();
    left.sort();
    assert_eq!(left, [errand::ANSWERED, errand::WITHDRAWN]);
    let late = answer(&world, &errands[1].id, ErrandAnswer::Accept).await;
    assert!(matches!(late, Err(ErrandError::Gone)));
    assert_eq!(world.store.next_due().await.unwrap(), None);
    check_replay(&world, &id, &["productOfferingQualification"]).await;
}

#[tokio::test]
async fn what_people_answer_cannot_be_asked_at_once_and_nobody_is_bothered_about_what_is_impossible() {
    let world = world(json!([{ "step": "poq", "offering": "operator-uni", "by": "errand" }])).await;
    let reply = world.post(&world.bravo, POQ, &circuit(&world).poq()).await;
    assert_eq!(reply.status, 422);
    let problems = reply.json();
    assert_eq!(problems.as_array().unwrap().len(), 1);
    assert_eq!(
        (&problems[0]["code"], &problems[0]["propertyPath"]),
        (&json!("otherIssue"), &json!("/productOfferingQualificationItem/0"))
    );
    let told = problems[0]["reason"].as_str().unwrap();
    assert!(told.contains("instantSyncQualification false"), "{told}");

    let far = Circuit {
        place: "OFF-NET",
        ..circuit(&world)
    };
    let poq = world.post(&world.bravo, POQ, &far.poq()).await.created();
    assert_eq!(
        poq["productOfferingQualificationItem"][0]["serviceabilityConfidence"],
        "red"
    );
    let made = world.post(&world.bravo, POQ, &deferred(&far)).await.created();
    world.work_all().await;
    assert_eq!(states(&world, made["id"].as_str().unwrap()).await[0], "done");
    assert!(all(&world).await.is_empty());
}
