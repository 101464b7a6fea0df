//! What stands still while a charge waits: the item that is held, and the order that is to be cancelled
//! after its work has begun.

use crate::case::{Case, Check, Stop, case};
use crate::lab::Lab;
use crate::lab::expect::Answer;

use super::change::{CANCEL, cancellation, in_progress};
use super::charge::{CHARGE, asked, order_of};
use super::{F, ORDER};

/// Orders that are tried, until one is cancelled in time: a fast Seller is soon done.
const TRIES: usize = 3;

/// States in which an order may be charged for as a whole.
const CHARGED: [&str; 2] = ["assessingCancellation", "pending.assessingModification"];

/// All cases.
pub fn cases() -> Vec<Case> {
    vec![
        case("order.charge.held")
            .shows(&["123.1 R27"])
            .given("an order with an item that is held, as a charge waits for an answer")
            .when("the Buyer reads the order")
            .then("the item lists its charges")
            .wrong("the Buyer does not see why its order stands still")
            .run(async |lab| held(lab).await),
        case("order.charge.of-order")
            .shows(&["123.1 R86"])
            .given("an order whose work has begun, and a charge for cancelling it")
            .when("the Buyer reads the order while the charge waits")
            .then("the cancellation, or a change of the whole order, is being assessed")
            .wrong("the whole order is charged for while it goes on")
            .run(async |lab| of_order(lab).await),
        case("order.charge.of-cancellation")
            .shows(&["123.1 R93"])
            .given("an order whose work has begun, and a charge for cancelling it")
            .when("the Buyer reads the charge")
            .then("it names the order and the cancellation, and no item")
            .wrong("the Buyer does not know which of its wishes costs something")
            .run(async |lab| {
                let charge = for_cancelling(lab).await?;
                charge.has(&["/productOrder", "/cancelProductOrder"])?;
                charge.lacks(&["/productOrderItem"])
            }),
    ]
}

async fn held(lab: &mut Lab) -> Check {
    let charge = asked(lab).await?;
    let order = order_of(lab, &charge).await?;
    let items = order.each("/productOrderItem/*");
    let mut held = items.iter().filter(|item| item.value["state"] == "held").peekable();
    if held.peek().is_none() {
        return Err(Stop::NotOffered("no item was held for a charge".to_owned()));
    }
    held.try_for_each(|item| order.at(&format!("{}/charge", item.pointer)).filled())
}

/// A charge for cancelling an order as a whole.
async fn for_cancelling(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a charge for a cancellation", async |lab| {
        let mut why = Stop::NotOffered("no cancellation was charged for".to_owned());
        for _ in 0..TRIES {
            match cancelled_late(lab).await {
                Err(Stop::NotOffered(text)) => why = Stop::NotOffered(text),
                other => return other,
            }
        }
        Err(why)
    })
    .await
}

/// The charge for cancelling an order after its first milestone.
async fn cancelled_late(lab: &mut Lab) -> Result<Answer, Stop> {
    let id = in_progress(lab).await?;
    let begun = |answer: &Answer| {
        !answer.at("/productOrderItem/0/milestone/0").value.is_null() || answer.at("/state").text() != "inProgress"
    };
    lab.until(F, &format!("{ORDER}/{id}"), begun).await?;
    let wish = cancellation(lab, &id);
    let made = lab.post(F, CANCEL, &wish).await?;
    if !made.is_success() {
        return Err(Stop::NotOffered(format!(
            "it cannot be cancelled any more: {}",
            made.told()
        )));
    }
    let path = format!("{CANCEL}/{}", made.text_at("/id")?);
    let assessed = lab
        .until(F, &path, |answer| answer.at("/state").text() != "acknowledged")
        .await?;
    if assessed.at("/state").text() != "inProgress.assessingCharge" {
        let told = assessed.at("/state").told();
        return Err(Stop::NotOffered(format!("no charge for a cancellation: {told}")));
    }
    let page = lab.get(F, format!("{CHARGE}?productOrderId={id}")).await?;
    page.status(&[200])?;
    let charge = page.text_at("/0/id")?;
    lab.get(F, format!("{CHARGE}/{charge}")).await?.object()
}

async fn of_order(lab: &mut Lab) -> Check {
    lab.forget("a charge for a cancellation");
    let charge = for_cancelling(lab).await?;
    let order = charge.text_at("/productOrder/productOrderId")?;
    let order = lab.get(F, format!("{ORDER}/{order}")).await?.object()?;
    let again = lab.get(F, format!("{CHARGE}/{}", charge.text_at("/id")?)).await?;
    if again.at("/state").text() != "awaitingResponse" {
        return Err(Stop::Blocked(
            "the charge did not wait long enough to be looked at".to_owned(),
        ));
    }
    order.at("/state").one_of(&CHARGED)
}
