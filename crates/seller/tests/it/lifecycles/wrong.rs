//! What a Buyer tries in a state that does not take it: refused, and nothing has changed, in no
//! document, no hold, no job and no event.
//!
//! A POST is refused with 422: the standard declares 409 for two operations only, PATCH of an
//! order and PATCH of a charge (Mplify 115.1 and 123.1, tables of status codes; digest 1.4 and
//! 3.5: `invalidValue` at the reference).

use segue_model::rules::Deed;
use serde_json::{Value, json};

use super::tour::{CANCEL, CHARGE, DATE, Tour, cancel};
use crate::bodies::{ORDER, QUOTE};
use crate::world::{NOW, PLACE};

/// All that is not for a quote in this state.
async fn check_quote(tour: &mut Tour, quote: &str, state: &str) {
    let now = tour.read(QUOTE, quote).await;
    assert_eq!(now["state"], state);
    let allowed: &[&str] = match state {
        "inProgress" | "inProgress.draft" => &["/cancelQuote"],
        "approved.orderable" | "approved.orderableAlternate" => &["/declineQuote", "/productOrder"],
        _ => &[],
    };
    for to in [(QUOTE.0, "/cancelQuote"), (QUOTE.0, "/declineQuote"), ORDER] {
        if allowed.contains(&to.1) {
            continue;
        }
        let body = if to == ORDER {
            tour.circuit(PLACE).order_of(quote)
        } else {
            json!({ "quoteId": quote, "reason": "Another route was found." })
        };
        let before = tour.everything().await;
        let reply = tour.world.post(&tour.world.bravo, to, &body).await;
        assert_eq!(reply.status, 422, "{} of {state}: {}", to.1, reply.text);
        assert_eq!(tour.everything().await, before, "{} of {state}", to.1);
    }
}

/// Goes on until the quote is in `state`.
async fn reach(tour: &mut Tour, quote: &str, state: &str) {
    for _ in 0..10 {
        if tour.read(QUOTE, quote).await["state"] == state {
            return;
        }
        assert!(tour.step().await, "{state} is not reached");
    }
    panic!("{state} is not reached");
}

#[tokio::test]
async fn a_quote_takes_nothing_in_a_state_that_is_not_for_it() {
    // Mplify 115.1 R54, R55
    let mut tour = Tour::start().await;
    tour.subscribe().await;
    tour.allow_budgetary().await;
    let deferred = tour.circuit(PLACE).deferred_quote();
    let quote = tour.make(QUOTE, &deferred).await;
    check_quote(&mut tour, &quote, "acknowledged").await;
    for state in ["inProgress", "inProgress.draft"] {
        reach(&mut tour, &quote, state).await;
        check_quote(&mut tour, &quote, state).await;
    }
    assert_eq!(tour.end("/cancelQuote", &quote).await.status, 200);
    check_quote(&mut tour, &quote, "cancelled").await;
    tour.world.business.set(NOW.parse().unwrap());
    let firm = tour.circuit(PLACE).quote();
    let quote = tour.make(QUOTE, &firm).await;
    check_quote(&mut tour, &quote, "approved.orderable").await;
    assert_eq!(tour.end("/declineQuote", &quote).await.status, 200);
    check_quote(&mut tour, &quote, "declined").await;
    let quote = tour.make(QUOTE, &firm).await;
    let order = tour.circuit(PLACE).order_of(&quote);
    tour.make(ORDER, &order).await;
    check_quote(&mut tour, &quote, "accepted").await;
    let mut longer = firm.clone();
    for item in longer["quoteItem"].as_array_mut().unwrap() {
        item["requestedQuoteItemTerm"]["duration"]["amount"] = json!(60);
    }
    let quote = tour.make(QUOTE, &longer).await;
    check_quote(&mut tour, &quote, "approved.orderableAlternate").await;
    let nothing = tour.circuit("OFF-NET").quote();
    let quote = tour.make(QUOTE, &nothing).await;
    check_quote(&mut tour, &quote, "unableToProvide").await;
    let mut rough = firm.clone();
    rough["buyerRequestedQuoteLevel"] = json!("budgetary");
    let quote = tour.make(QUOTE, &rough).await;
    check_quote(&mut tour, &quote, "answered").await;
    reach(&mut tour, &quote, "expired").await;
    check_quote(&mut tour, &quote, "expired").await;
    tour.world.business.set(NOW.parse().unwrap());
    let quote = tour.make(QUOTE, &deferred).await;
    tour.sell(&["operator-uni"]).await;
    reach(&mut tour, &quote, "rejected").await;
    check_quote(&mut tour, &quote, "rejected").await;
}

fn another_date(tour: &Tour, order: &str) -> Value {
    json!({
        "productOrderItem": { "productOrderId": order, "productOrderItemId": tour.circuit(PLACE).uni_id() },
        "requestedCompletionDate": "2027-06-01T08:00:00Z",
    })
}

/// Neither cancelled nor moved, and where it has ended not changed either.
async fn check_order(tour: &mut Tour, order: &str, state: &str) {
    let now = tour.read(ORDER, order).await;
    assert_eq!(now["state"], state, "{now}");
    for (to, body) in [(CANCEL, cancel(order)), (DATE, another_date(tour, order))] {
        let before = tour.everything().await;
        let reply = tour.world.post(&tour.world.bravo, to, &body).await;
        assert_eq!(reply.status, 422, "{} of {state}: {}", to.1, reply.text);
        assert_eq!(tour.everything().await, before, "{} of {state}", to.1);
    }
    let before = tour.everything().await;
    let reply = tour
        .patch(("productOrder", order), &json!({ "externalId": "another" }))
        .await;
    if ["completed", "partial", "failed", "cancelled", "rejected"].contains(&state) {
        assert_eq!(reply.status, 409, "PATCH of {state}: {}", reply.text);
        assert_eq!(tour.everything().await, before, "PATCH of {state}");
    } else {
        assert_eq!(reply.status, 200, "PATCH of {state}: {}", reply.text);
        assert_eq!(tour.read(ORDER, order).await["state"], state);
    }
}

#[tokio::test]
async fn an_order_takes_nothing_in_a_state_that_is_not_for_it() {
    // Mplify 123.1 R85 to R87; digest 3.5: every detour begins in inProgress.
    let mut tour = Tour::start().await;
    tour.subscribe().await;
    let circuit = tour.circuit(PLACE).order();
    let order = tour.make(ORDER, &circuit).await;
    check_order(&mut tour, &order, "acknowledged").await;
    let mut bad = circuit.clone();
    bad["productOrderItem"][1]["requestedItemTerm"]["duration"]["amount"] = json!(7);
    let rejected = tour.make(ORDER, &bad).await;
    tour.world.work().await;
    check_order(&mut tour, &rejected, "rejected").await;
    let moved = another_date(&tour, &order);
    tour.make(DATE, &moved).await;
    check_order(&mut tour, &order, "pending.assessingModification").await;
    tour.world.work().await;
    tour.cancel(&order).await;
    check_order(&mut tour, &order, "assessingCancellation").await;
    let order = tour.order("NEAR-NET").await;
    check_order(&mut tour, &order, "held.assessingCharge").await;
    tour.act(ORDER, &order, Deed::Cancel).await.unwrap();
    check_order(&mut tour, &order, "pendingCancellation").await;
    tour.world.work().await;
    check_order(&mut tour, &order, "cancelled").await;
    let order = tour.order(PLACE).await;
    let uni = tour.circuit(PLACE).uni_id();
    tour.act(ORDER, &order, Deed::Fail(uni)).await.unwrap();
    check_order(&mut tour, &order, "failed").await;
    let mut two = circuit.clone();
    let mut other = two["productOrderItem"][0].clone();
    other["id"] = json!("other");
    two["productOrderItem"].as_array_mut().unwrap().push(other);
    let partial = tour.make(ORDER, &two).await;
    tour.world.work().await;
    tour.act(ORDER, &partial, Deed::Fail("other".into())).await.unwrap();
    let completed = tour.order(PLACE).await;
    tour.rest().await;
    check_order(&mut tour, &partial, "partial").await;
    check_order(&mut tour, &completed, "completed").await;
    // Nobody is brought to do to an ended order what its Buyer cannot.
    for deed in [Deed::Cancel, Deed::Fail("other".into())] {
        let before = tour.everything().await;
        tour.act(ORDER, &partial, deed).await.unwrap_err();
        assert_eq!(tour.everything().await, before);
    }
}

#[tokio::test]
async fn a_charge_is_answered_once_and_in_time() {
    // Mplify 123.1 R98; digest 3.12: 409 for whatever has ended.
    let mut tour = Tour::start().await;
    tour.subscribe().await;
    let mut ended = Vec::new();
    tour.order("NEAR-NET").await;
    ended.push((tour.open_charge().await, "completed"));
    tour.answer("accepted").await;
    tour.order("NEAR-NET").await;
    let charge = tour.open_charge().await;
    tour.act(CHARGE, &charge, Deed::Withdraw).await.unwrap();
    ended.push((charge, "withdrawnBySeller"));
    tour.order("NEAR-NET").await;
    ended.push((tour.open_charge().await, "timeout"));
    tour.rest().await;
    let answer = json!({ "chargeItem": [{ "id": "1", "acceptanceIndicator": "accepted" }] });
    for (charge, state) in ended {
        assert_eq!(tour.read(CHARGE, &charge).await["state"], state);
        let before = tour.everything().await;
        let reply = tour.patch(("charge", &charge), &answer).await;
        assert_eq!(reply.status, 409, "{state}: {}", reply.text);
        assert_eq!(tour.everything().await, before, "{state}");
    }
}
