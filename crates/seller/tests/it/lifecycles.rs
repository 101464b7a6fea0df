//! Each state of each life cycle as a Buyer fetches it, and what a Buyer may not do in it.

mod by_seller;
mod presence;
mod tour;
mod wrong;

use segue_model::lifecycle::{Actor, START};
use segue_model::rules::Deed;
use serde_json::json;

use self::tour::{CANCEL, CHARGE, DATE, NEVER, PRODUCT, Tour, all, cancel};
use crate::bodies::{ORDER, POQ, QUOTE, VALIDATION, deferred_validation};
use crate::world::{NOW, PLACE};

#[test]
fn what_is_no_edge_is_refused_whoever_tries() {
    let all = all();
    assert!(all.len() >= 11, "{} life cycles", all.len());
    for (_, lifecycle) in all {
        let mut froms = lifecycle.states();
        froms.push(START);
        for from in froms {
            for to in lifecycle.states() {
                for by in [Actor::Seller, Actor::Buyer, Actor::Clock] {
                    let edge = lifecycle
                        .edges
                        .iter()
                        .any(|edge| edge.from == from && edge.by == by && edge.to.contains(&to));
                    let step = lifecycle.step(from, to, by);
                    assert_eq!(step.is_ok(), edge, "{}: {from} to {to} by {by:?}", lifecycle.of);
                }
            }
        }
    }
}

#[test]
fn what_is_never_seen_is_a_state_all_the_same() {
    for (of, state, _) in NEVER {
        let known = all()
            .iter()
            .any(|(_, lifecycle)| lifecycle.of == of && lifecycle.states().contains(&state));
        assert!(known, "{of} {state}");
    }
}

#[tokio::test]
async fn a_validation_is_seen_in_every_state() {
    // Mplify 121.1 R23, R41, R42
    let mut tour = Tour::start().await;
    tour.make(VALIDATION, &deferred_validation()).await;
    tour.rest().await;
    tour.make(VALIDATION, &deferred_validation()).await;
    tour.leave_germany().await;
    tour.rest().await;
    tour.check(&["address validation"]);
}

#[tokio::test]
async fn a_qualification_is_seen_in_every_state() {
    // Mplify 87.1 R8, R9, R15, R16
    let mut tour = Tour::start().await;
    let mut later = tour.circuit(PLACE).poq();
    later["instantSyncQualification"] = json!(false);
    later["requestedPOQCompletionDate"] = json!("2026-12-24T09:00:00Z");
    let one = later.clone();
    tour.make(POQ, &one).await;
    tour.rest().await;
    tour.world.business.set(NOW.parse().unwrap());
    tour.make(POQ, &later).await;
    tour.step().await;
    // What is not sold any more: in the first state it is rejected, in the second it fails.
    tour.make(POQ, &one).await;
    tour.sell(&["operator-uni"]).await;
    tour.rest().await;
    tour.check(&["qualification", "qualification item"]);
}

#[tokio::test]
async fn a_quote_is_seen_in_every_state() {
    // Mplify 115.1 R54, R55
    let mut tour = Tour::start().await;
    tour.allow_budgetary().await;
    let deferred = tour.circuit(PLACE).deferred_quote();
    let cancelled = tour.make(QUOTE, &deferred).await;
    tour.step().await;
    assert_eq!(tour.end("/cancelQuote", &cancelled).await.status, 200);
    let firm = tour.circuit(PLACE).quote();
    let declined = tour.make(QUOTE, &firm).await;
    assert_eq!(tour.end("/declineQuote", &declined).await.status, 200);
    let accepted = tour.make(QUOTE, &firm).await;
    let order = tour.circuit(PLACE).order_of(&accepted);
    tour.make(ORDER, &order).await;
    let nothing = tour.circuit("OFF-NET").quote();
    tour.make(QUOTE, &nothing).await;
    let mut another = firm.clone();
    for item in another["quoteItem"].as_array_mut().unwrap() {
        item["requestedQuoteItemTerm"]["duration"]["amount"] = json!(60);
    }
    tour.make(QUOTE, &another).await;
    let mut rough = firm.clone();
    rough["buyerRequestedQuoteLevel"] = json!("budgetary");
    tour.make(QUOTE, &rough).await;
    tour.make(QUOTE, &deferred).await;
    tour.steps(3).await;
    tour.world.business.set(NOW.parse().unwrap());
    tour.make(QUOTE, &deferred).await;
    tour.sell(&["operator-uni"]).await;
    tour.rest().await;
    tour.check(&["quote", "quote item"]);
}

#[tokio::test]
async fn a_quote_is_ended_by_its_buyer_only_where_it_can_be() {
    // Mplify 115.1 R54, R55: whoever asks for it elsewhere changes nothing.
    let mut tour = Tour::start().await;
    let firm = tour.circuit(PLACE).quote();
    let declined = tour.make(QUOTE, &firm).await;
    tour.end("/declineQuote", &declined).await;
    let expired = tour.make(QUOTE, &firm).await;
    tour.rest().await;
    assert_eq!(tour.read(QUOTE, &expired).await["state"], "expired");
    tour.world.business.set(NOW.parse().unwrap());
    let orderable = tour.make(QUOTE, &firm).await;
    let nothing = tour.circuit("OFF-NET").quote();
    let unable = tour.make(QUOTE, &nothing).await;
    let deferred = tour.circuit(PLACE).deferred_quote();
    let acknowledged = tour.make(QUOTE, &deferred).await;
    let wrong = [
        (
            "/cancelQuote",
            vec![&declined, &expired, &orderable, &unable, &acknowledged],
        ),
        ("/declineQuote", vec![&declined, &expired, &unable, &acknowledged]),
    ];
    for (task, quotes) in wrong {
        for quote in quotes {
            let before = tour.read(QUOTE, quote).await;
            let reply = tour.end(task, quote).await;
            assert_eq!(reply.status, 422, "{task} of {}: {}", before["state"], reply.text);
            assert_eq!(tour.read(QUOTE, quote).await, before);
        }
    }
}

#[tokio::test]
async fn an_order_its_requests_and_charges_are_seen_in_every_state() {
    // Mplify 123.1 R86, R87, R98
    let mut tour = Tour::start().await;
    // Rejected for a term that is not sold, with the item beside it.
    let mut bad = tour.circuit(PLACE).order();
    bad["productOrderItem"][1]["requestedItemTerm"]["duration"]["amount"] = json!(7);
    tour.make(ORDER, &bad).await;
    tour.world.work().await;
    tour.look().await;
    // Nothing has begun: cancelled at once.
    let order = tour.order(PLACE).await;
    tour.cancel(&order).await;
    tour.step().await;
    // Haste that is paid, and haste that is not; then one that would change nothing.
    let order = tour.order(PLACE).await;
    tour.haste(&order).await;
    tour.answer("rejected").await;
    tour.haste(&order).await;
    tour.answer("accepted").await;
    // A line that is not built: half of the order fails with it.
    failures(&mut tour).await;
    // Work has begun: the cancellation costs, and is declined.
    let order = tour.order(PLACE).await;
    tour.step().await;
    tour.step().await;
    tour.cancel(&order).await;
    tour.step().await;
    tour.answer("rejected").await;
    tour.cancel(&order).await;
    tour.world.work().await;
    tour.answer("accepted").await;
    // What a line costs is not asked any more.
    tour.order("NEAR-NET").await;
    let charge = tour.open_charge().await;
    tour.act(CHARGE, &charge, Deed::Withdraw).await.unwrap();
    // Nobody answers for a line.
    tour.order("NEAR-NET").await;
    too_late(&mut tour).await;
    tour.rest().await;
    tour.check(&[
        "product order",
        "product order item",
        "cancel request",
        "charge",
        "charge item",
        "date change request",
    ]);
}

/// All of an order fails, and a part of another.
async fn failures(tour: &mut Tour) {
    tour.order("NEAR-NET").await;
    tour.answer("rejected").await;
    let mut two = tour.circuit(PLACE).order();
    let mut far = tour.circuit("NEAR-NET").order()["productOrderItem"][0].clone();
    far["id"] = json!("far");
    two["productOrderItem"].as_array_mut().unwrap().push(far);
    tour.make(ORDER, &two).await;
    tour.world.work().await;
    tour.look().await;
    tour.answer("rejected").await;
}

/// Another order comes so far that it is not cancelled any more, and no haste helps it.
async fn too_late(tour: &mut Tour) {
    let order = tour.order(PLACE).await;
    loop {
        let now = tour.read(ORDER, &order).await;
        let reached = now["productOrderItem"][0]["milestone"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        if reached.iter().any(|step| step["name"] == "EQUIPMENT_INSTALLED") {
            break;
        }
        assert!(tour.step().await, "{now}");
    }
    let body = json!({
        "productOrderItem": { "productOrderId": order, "productOrderItemId": tour.circuit(PLACE).uni_id() },
        "expediteIndicator": true,
    });
    tour.make(DATE, &body).await;
    tour.world.work().await;
    tour.look().await;
    tour.cancel(&order).await;
    tour.step().await;
}

#[tokio::test]
async fn an_order_that_has_ended_is_neither_changed_nor_moved_nor_cancelled() {
    let mut tour = Tour::start().await;
    let cancelled = tour.order(PLACE).await;
    tour.cancel(&cancelled).await;
    tour.rest().await;
    let completed = tour.order(PLACE).await;
    tour.rest().await;
    for order in [cancelled, completed] {
        let before = tour.read(ORDER, &order).await;
        let late = tour
            .patch(("productOrder", &order), &json!({ "externalId": "late" }))
            .await;
        assert_eq!(late.status, 409, "{}", late.text);
        let date = json!({
            "productOrderItem": { "productOrderId": order, "productOrderItemId": tour.circuit(PLACE).uni_id() },
            "requestedCompletionDate": "2027-06-01T08:00:00Z",
        });
        for (to, body) in [(CANCEL, cancel(&order)), (DATE, date)] {
            let reply = tour.world.post(&tour.world.bravo, to, &body).await;
            assert_eq!(reply.status, 422, "{}", reply.text);
        }
        assert_eq!(tour.read(ORDER, &order).await, before);
    }
}

#[tokio::test]
async fn an_order_that_waits_for_an_answer_to_one_charge_gets_no_other() {
    // Mplify 123.1 R85: neither a cancellation nor haste can open a second one.
    let mut tour = Tour::start().await;
    let order = tour.order("NEAR-NET").await;
    let before = tour.read(ORDER, &order).await;
    assert_eq!(before["state"], "held.assessingCharge");
    let date = json!({
        "productOrderItem": { "productOrderId": order, "productOrderItemId": tour.circuit(PLACE).uni_id() },
        "expediteIndicator": true,
    });
    for (to, body) in [(CANCEL, cancel(&order)), (DATE, date)] {
        let reply = tour.world.post(&tour.world.bravo, to, &body).await;
        assert_eq!(reply.status, 422, "{}", reply.text);
    }
    assert_eq!(tour.read(ORDER, &order).await, before);
}

#[tokio::test]
async fn a_product_is_seen_in_every_state() {
    // Mplify 116.1 R14
    let mut tour = Tour::start().await;
    let order = tour.order(PLACE).await;
    tour.rest().await;
    let order = tour.read(ORDER, &order).await;
    let id = |index: usize| order["productOrderItem"][index]["product"]["id"].as_str().unwrap();
    for deed in [Deed::Suspend, Deed::Resume] {
        tour.act(PRODUCT, id(1), deed).await.unwrap();
    }
    for action in ["modify", "delete"] {
        let body = tour.change(id(1), action).await;
        tour.make(ORDER, &body).await;
        tour.rest().await;
    }
    for deed in [Deed::Suspend, Deed::End] {
        tour.act(PRODUCT, id(0), deed).await.unwrap();
    }
    tour.rest().await;
    tour.check(&["product"]);
}
