//! What the Seller does of its own accord, as its Buyer sees it.

use segue_model::id::CompanyId;
use segue_model::rules::Deed;
use serde_json::{Value, json};

use super::tour::{CHARGE, PRODUCT, Tour};
use crate::bodies::ORDER;
use crate::world::{PLACE, SELLER};

/// Every decision on the document comes out again.
async fn check_replay(tour: &Tour, id: &str, step: &str) {
    let company = CompanyId::new(SELLER);
    let store = &tour.world.store;
    let document = store.company_document(&company, id).await.unwrap().unwrap();
    let replayed = tour.world.seller.replay(&company, &document).await.unwrap();
    assert!(replayed.iter().all(|decision| decision.same), "{replayed:#?}");
    assert!(replayed.iter().any(|decision| decision.step == step), "{step}");
}

/// The products of a completed order: UNI and OVC.
async fn circuit(tour: &mut Tour) -> (String, String) {
    let order = tour.order(PLACE).await;
    tour.rest().await;
    let order = tour.read(ORDER, &order).await;
    let id = |index: usize| {
        order["productOrderItem"][index]["product"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    (id(0), id(1))
}

#[tokio::test]
async fn a_suspended_product_is_left_alone_by_orders_until_it_is_taken_up_again() {
    // Mplify 116.1 R14; digest 4.2
    let mut tour = Tour::start().await;
    let (_, ovc) = circuit(&mut tour).await;
    tour.act(PRODUCT, &ovc, Deed::Suspend).await.unwrap();
    let product = tour.read(PRODUCT, &ovc).await;
    assert_eq!(product["status"], "suspended");
    let last = product["statusChange"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["status"], &last["changeReason"]),
        (&json!("suspended"), &json!("Not paid."))
    );
    assert_eq!(product["lastUpdateDate"], last["changeDate"]);
    check_replay(&tour, &ovc, "inventory.act").await;
    for action in ["modify", "delete"] {
        let body = tour.change(&ovc, action).await;
        let before = tour.everything().await;
        let reply = tour.world.post(&tour.world.bravo, ORDER, &body).await;
        assert_eq!(reply.status, 422, "{}", reply.text);
        assert_eq!(reply.json()[0]["propertyPath"], "/productOrderItem/0/product/id");
        assert_eq!(tour.everything().await, before);
    }
    let twice = tour.act(PRODUCT, &ovc, Deed::Suspend).await.unwrap_err();
    assert!(twice.contains("cannot become suspended"), "{twice}");
    tour.act(PRODUCT, &ovc, Deed::Resume).await.unwrap();
    let body = tour.change(&ovc, "modify").await;
    tour.make(ORDER, &body).await;
    assert_eq!(tour.read(PRODUCT, &ovc).await["status"], "active.pendingChange");
    let busy = tour.act(PRODUCT, &ovc, Deed::Suspend).await.unwrap_err();
    assert!(busy.contains("active.pendingChange"), "{busy}");
}

#[tokio::test]
async fn only_a_suspended_product_that_nothing_uses_is_ended_and_the_end_can_be_called_off() {
    let mut tour = Tour::start().await;
    let (uni, ovc) = circuit(&mut tour).await;
    let active = tour.act(PRODUCT, &ovc, Deed::End).await.unwrap_err();
    assert!(active.contains("cannot become suspendedPendingTerminate"), "{active}");
    tour.act(PRODUCT, &uni, Deed::Suspend).await.unwrap();
    let used = tour.act(PRODUCT, &uni, Deed::End).await.unwrap_err();
    assert!(used.contains(&ovc), "{used}");
    tour.act(PRODUCT, &ovc, Deed::Suspend).await.unwrap();
    tour.act(PRODUCT, &ovc, Deed::End).await.unwrap();
    tour.act(PRODUCT, &ovc, Deed::Resume).await.unwrap();
    tour.rest().await;
    assert_eq!(tour.read(PRODUCT, &ovc).await["status"], "suspended");
    tour.act(PRODUCT, &ovc, Deed::End).await.unwrap();
    tour.rest().await;
    let ended = tour.read(PRODUCT, &ovc).await;
    assert_eq!(ended["status"], "terminated");
    assert!(ended["terminationDate"].is_string());
    check_replay(&tour, &ovc, "inventory.end").await;
    // Nothing uses the port any more: it is free again with its product.
    let held = tour.ports_held(PLACE).await;
    tour.act(PRODUCT, &uni, Deed::End).await.unwrap();
    tour.rest().await;
    assert_eq!(tour.read(PRODUCT, &uni).await["status"], "terminated");
    assert_eq!(tour.ports_held(PLACE).await, held - 1);
}

/// All items of a charge in one state.
fn states(charge: &Value) -> (String, Vec<String>) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = charge["chargeItem"].as_array().unwrap().iter();
    (text(&charge["state"]), items.map(|item| text(&item["state"])).collect())
}

#[tokio::test]
async fn an_open_charge_is_withdrawn_when_the_seller_says_so_or_its_order_or_item_ends() {
    // Mplify 123.1, states of charges: only while an answer is awaited.
    for (what, after) in [("charge", "inProgress"), ("order", "cancelled"), ("item", "failed")] {
        let mut tour = Tour::start().await;
        let order = tour.order("NEAR-NET").await;
        assert_eq!(tour.read(ORDER, &order).await["state"], "held.assessingCharge");
        let charge = tour.open_charge().await;
        let item = tour.circuit(PLACE).uni_id();
        let (to, id, deed) = match what {
            "charge" => (CHARGE, &charge, Deed::Withdraw),
            "order" => (ORDER, &order, Deed::Cancel),
            _ => (ORDER, &order, Deed::Fail(item)),
        };
        tour.act(to, id, deed.clone()).await.unwrap();
        check_replay(&tour, id, if what == "charge" { "charge.act" } else { "order.act" }).await;
        let withdrawn = tour.read(CHARGE, &charge).await;
        let (state, items) = states(&withdrawn);
        assert_eq!(
            (state.as_str(), items),
            ("withdrawnBySeller", vec!["withdrawnBySeller".to_owned()])
        );
        let before = tour.everything().await;
        let answer = json!({ "chargeItem": [{ "id": "1", "acceptanceIndicator": "accepted" }] });
        assert_eq!(tour.patch(("charge", &charge), &answer).await.status, 409);
        assert_eq!(tour.everything().await, before);
        tour.act(CHARGE, &charge, Deed::Withdraw).await.unwrap_err();
        if what == "order" {
            tour.rest().await;
        }
        let order = tour.read(ORDER, &order).await;
        assert_eq!(order["state"], after, "{what}");
        match what {
            "order" => assert_eq!(order["cancellationReason"], "Not paid."),
            "item" => assert_eq!(
                order["productOrderItem"][0]["terminationError"][0]["value"],
                "Not paid."
            ),
            _ => assert_eq!(withdrawn["chargeItem"][0]["note"][1]["text"], "Not paid."),
        }
    }
}

#[tokio::test]
async fn who_declines_only_what_does_not_block_has_the_item_built_without_it() {
    // Digest 3.12: a construction that blocks, and haste that does not.
    let mut tour = Tour::start().await;
    let mut body = tour.circuit("NEAR-NET").order();
    body["productOrderItem"][0]["expediteIndicator"] = json!(true);
    let order = tour.make(ORDER, &body).await;
    tour.world.work().await;
    let charge = tour.open_charge().await;
    let answers = |first: &str, second: &str| {
        json!({ "chargeItem": [
            { "id": "1", "acceptanceIndicator": first }, { "id": "2", "acceptanceIndicator": second },
        ]})
    };
    let before = tour.everything().await;
    // MEF 57.2, table 23
    let halved = tour.patch(("charge", &charge), &answers("rejected", "accepted")).await;
    assert_eq!(halved.status, 422, "{}", halved.text);
    assert_eq!(halved.json()[0]["propertyPath"], "/chargeItem/1/acceptanceIndicator");
    assert_eq!(tour.everything().await, before);
    let taken = tour.patch(("charge", &charge), &answers("accepted", "rejected")).await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    let (state, items) = states(&taken.json());
    assert_eq!(state, "completed");
    assert_eq!(items, ["acceptedByBuyer", "declinedByBuyer"]);
    let order = tour.read(ORDER, &order).await;
    assert_eq!(order["state"], "inProgress");
    assert_eq!(order["productOrderItem"][0]["expediteAcceptedIndicator"], false);
}
