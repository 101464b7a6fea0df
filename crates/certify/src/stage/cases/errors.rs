//! How a Buyer takes errors of every kind. The standard does not say what it has to do about them:
//! afterwards it has to be able to ask again, and to repeat what was refused unchanged is odd.

use super::common;
use crate::case::{Case, Check, case};
use crate::lab::expect::Answer;
use crate::stage::Stage;
use crate::stage::answers::Reply;

const CREATE: &str = "createProductOfferingQualification";

/// Statuses that say: not now. To come again is right, after the pause that was asked for.
const PASSING: [u16; 4] = [401, 409, 429, 503];

/// The pause that the tester asks for, in milliseconds.
const PAUSE: u128 = 1000;

/// Id, status, and what the tester pretends.
const ERRORS: [(&str, u16, &str); 9] = [
    (
        "buyer.poq.errors.400",
        400,
        "The tester says that the request is not well-formed (400).",
    ),
    (
        "buyer.poq.errors.403",
        403,
        "The tester says that the Buyer may not do that (403).",
    ),
    (
        "buyer.poq.errors.404",
        404,
        "The tester says that there is no such thing (404).",
    ),
    (
        "buyer.poq.errors.409",
        409,
        "The tester says that the request is in conflict with another one (409).",
    ),
    (
        "buyer.poq.errors.422",
        422,
        "The tester says what is wrong with the request (422).",
    ),
    (
        "buyer.poq.errors.429",
        429,
        "The tester says that there are too many requests, and to come again in a second (429).",
    ),
    ("buyer.poq.errors.500", 500, "The tester says that it has failed (500)."),
    (
        "buyer.poq.errors.501",
        501,
        "The tester says that it does not offer that (501).",
    ),
    (
        "buyer.poq.errors.503",
        503,
        "The tester says that it is busy, and to come again in a second (503).",
    ),
];

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    let mut all: Vec<Case<Stage>> = ERRORS
        .into_iter()
        .map(|(id, status, given)| {
            case(id)
                .shows(&["87.1 R2"])
                .negative()
                .given(given)
                .when("The Buyer has asked for a qualification, and is to ask again afterwards.")
                .then("It asks again, in full; it is odd if it repeated by itself what was refused, or came too soon.")
                .wrong("One error would end the business with this Seller, or one Buyer keep it busy.")
                .watch(async move |stage| goes_on(stage, status).await)
        })
        .collect();
    all.push(
        case("buyer.poq.errors.401")
            .shows(&["87.1 R2"])
            .negative()
            .given("The tester takes no token any more that it gave out before (401).")
            .when("The Buyer has asked for a qualification, and is to ask again afterwards.")
            .then("It gets itself a new token and asks with it.")
            .wrong("With the first token that ends the business with this Seller would end.")
            .watch(new_token),
    );
    all
}

async fn goes_on(stage: &mut Stage, status: u16) -> Check {
    let address = common::address(stage).await?;
    stage.desk.twist(CREATE, 1, move |reply| *reply = Reply::error(status));
    let mark = stage.mark();
    let refused = stage.step("poq", &[("address", &address)], CREATE).await?;
    stage.look_on().await;
    let again = stage.since(mark, CREATE);
    looks_at_repeats(stage, status, (&refused, &again));
    let mark = stage.mark();
    let next = stage.step("poq", &[("address", &address)], CREATE).await?;
    next.so(
        next.number > mark && next.faults.is_empty(),
        "a request in full after the error",
        next.faults.join("; "),
    )
}

fn looks_at_repeats(stage: &mut Stage, status: u16, (refused, all): (&Answer, &[Answer])) {
    let Some(second) = all.get(1) else { return };
    if !PASSING.contains(&status) && status < 500 {
        stage.warn(
            second,
            format!("nothing, after a refusal with {status}"),
            format!("the same request again, {} times in all", all.len()),
        );
        return;
    }
    let pause = stage.between(refused, second);
    let is_asked_for = [429, 503].contains(&status);
    if is_asked_for && pause.is_some_and(|pause| pause.as_millis() + 50 < PAUSE) {
        let came = format!("the next request {} ms later", pause.unwrap_or_default().as_millis());
        stage.warn(second, "a pause of a second, as Retry-After says", came);
    }
}

async fn new_token(stage: &mut Stage) -> Check {
    let address = common::address(stage).await?;
    stage.desk.lock().tokens_since = jiff::Timestamp::now();
    let mark = stage.mark();
    let refused = stage.step("poq", &[("address", &address)], CREATE).await?;
    if refused.status != 401 {
        return Ok(());
    }
    if stage.since(mark, CREATE).iter().all(|request| request.status == 401) {
        // It may have told a person first.
        stage.step("poq", &[("address", &address)], CREATE).await?;
    }
    let all = stage.since(mark, CREATE);
    let good = all.iter().any(|request| request.status < 300);
    refused.so(
        good,
        "a request with a new token after a 401",
        format!("{} requests with the old one", all.len()),
    )
}
