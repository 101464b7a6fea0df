//! How a quote ends: declined, cancelled, and what is told of it.

use crate::body;
use crate::case::{Case, Stop, case};
use crate::cases::hub;
use crate::lab::Lab;
use crate::lab::expect::Answer;

use super::later::EVENT;
use super::{APPROVED, F, QUOTE, about};

/// A new firm quote that can be ordered.
async fn orderable(lab: &mut Lab) -> Result<(Answer, String), Stop> {
    let asked = body::quote(lab, true, "firm")?;
    let made = lab.post(F, QUOTE, &asked).await?.object()?;
    let id = made.text_at("/id")?;
    if !APPROVED.contains(&made.at("/state").text()) {
        return Err(Stop::Blocked(format!(
            "the quote cannot be ordered: {}",
            made.at("/state").told()
        )));
    }
    Ok((made, id))
}

/// All cases.
pub fn cases() -> Vec<Case> {
    vec![
        case("quote.decline.done")
            .shows(&["115.1 R55"])
            .given("a firm quote that can be ordered")
            .when("the Buyer declines it")
            .then("200, the request comes back, and the quote is declined")
            .wrong("the Seller keeps a port that nobody wants")
            .run(async |lab| {
                let (_, id) = orderable(lab).await?;
                let answer = lab.post(F, "/declineQuote", &about(&id)).await?;
                answer.status(&[200])?;
                answer.echoes(&about(&id))?;
                lab.get(F, format!("{QUOTE}/{id}")).await?.at("/state").is("declined")
            }),
        case("quote.decline.again")
            .shows(&["115.1 R15"])
            .negative()
            .given("a quote that was declined")
            .when("the Buyer declines it again, and cancels it")
            .then("422 both times")
            .wrong("a quote that is over comes back to life")
            .run(async |lab| {
                let (_, id) = orderable(lab).await?;
                lab.post(F, "/declineQuote", &about(&id)).await?.status(&[200])?;
                for task in ["/declineQuote", "/cancelQuote"] {
                    lab.post(F, task, &about(&id)).await?.refusal(&[422])?;
                }
                Ok(())
            }),
        case("quote.decline.event")
            .shows(&["115.1 CR3", "115.1 CR4", "115.1 R63"])
            .given("a Buyer that is registered, and a quote that was answered at once")
            .when("the Buyer declines it")
            .then("an event tells that it is declined")
            .wrong("another system of the Buyer goes on reckoning with it")
            .run(async |lab| {
                hub::registered(lab, F).await?;
                let (_, id) = orderable(lab).await?;
                lab.post(F, "/declineQuote", &about(&id)).await?.status(&[200])?;
                hub::events_until(lab, (&id, "declined"), EVENT).await.map(|_| ())
            }),
        case("quote.cancel.done")
            .shows(&["115.1 R54"])
            .given("a quote that is being worked on")
            .when("the Buyer cancels it")
            .then("200, the request comes back, and the quote is cancelled")
            .wrong("the Seller works on what nobody wants")
            .run(async |lab| {
                let asked = body::quote(lab, false, "firm")?;
                let id = lab.post(F, QUOTE, &asked).await?.object()?.text_at("/id")?;
                let running = ["inProgress", "inProgress.draft"];
                let answer = lab
                    .until(F, &format!("{QUOTE}/{id}"), |answer| {
                        answer.at("/state").text() != "acknowledged"
                    })
                    .await?;
                if !running.contains(&answer.at("/state").text()) {
                    return Err(Stop::Blocked(
                        "the quote was finished before it could be cancelled".to_owned(),
                    ));
                }
                let answer = lab.post(F, "/cancelQuote", &about(&id)).await?;
                answer.status(&[200])?;
                answer.echoes(&about(&id))?;
                lab.get(F, format!("{QUOTE}/{id}")).await?.at("/state").is("cancelled")
            }),
    ]
}
