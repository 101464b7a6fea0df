//! Qualifications that are answered later, events, fetching and lists.

use super::F;
use crate::case::{Case, Check, case};
use crate::stage::Stage;
use crate::stage::cases::{common, hub};

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    vec![
        case("buyer.poq.later.date")
            .shows(&["87.1 R28"])
            .given("A Buyer that knows an address of the tester.")
            .when("It is to ask for a qualification that may be answered later.")
            .then("It says by when it wants the answer.")
            .wrong("The Seller could take any time.")
            .watch(async |stage| {
                let request = hub::followed(stage, F).await?;
                request.at("/instantSyncQualification").is(false)?;
                request.at("/requestedPOQCompletionDate").given()
            }),
        case("buyer.poq.read")
            .shows(&["87.1 R2", "87.1 R59"])
            .given("A qualification of the Buyer.")
            .when("The Buyer is to fetch it.")
            .then("It asks for the id that it was given.")
            .wrong("What is answered later would never be known.")
            .watch(read),
        case("buyer.poq.events.register")
            .shows(&["87.1 R67"])
            .given("A Buyer that wants to hear of qualifications.")
            .when("It registers at the hub.")
            .then("It says where to call.")
            .wrong("Nobody could call it.")
            .watch(async |stage| hub::has_callback(stage, F).await),
        case("buyer.poq.events.taken")
            .shows(&["87.1 R24"])
            .given("A qualification that is answered later, and a Buyer that has registered.")
            .when("The Seller begins to work on it, and tells so.")
            .then("The listener of the Buyer answers 204 with nothing in it.")
            .wrong("The Seller would tell it again and again.")
            .watch(async |stage| hub::takes(stage, F).await),
        case("buyer.poq.events.doubled")
            .shows(&["87.1 R24"])
            .given("A Buyer that has registered for events of qualifications.")
            .when("The same event comes twice.")
            .then("The listener answers 204 both times.")
            .wrong("A repeat after a lost answer would never end.")
            .watch(async |stage| hub::takes_twice(stage, F).await),
        case("buyer.poq.events.reordered")
            .shows(&["87.1 R24"])
            .given("A Buyer that has registered for events of qualifications.")
            .when("An older event comes after a newer one, and late.")
            .then("The listener answers 204 to both.")
            .wrong("Events are not promised to come in order.")
            .watch(async |stage| hub::takes_in_any_order(stage, F).await),
        case("buyer.poq.events.fetch")
            .shows(&["87.1 R24"])
            .given("A qualification that is answered later, and a Buyer that has registered.")
            .when("The qualification is done, and the Buyer is told.")
            .then("The listener answers 204; it is odd if the Buyer does not fetch the qualification.")
            .wrong("The answer would never reach the Buyer.")
            .watch(async |stage| {
                hub::fetches(stage, F, ("retrieveProductOfferingQualification", ("done", "done"))).await
            }),
        case("buyer.poq.events.unregister")
            .shows(&["87.1 R70"])
            .given("A Buyer that has registered.")
            .when("It ends its registration.")
            .then("It names the id that the Seller gave it.")
            .wrong("The registration would go on, or that of somebody else end.")
            .watch(async |stage| hub::ends(stage, F, "unregister-poq").await),
        case("buyer.poq.learns")
            .shows(&["87.1 D2(a)"])
            .given("A qualification that is answered later.")
            .when("The Buyer has asked for it.")
            .then("It is registered for events, or can list its qualifications; it is odd if neither.")
            .wrong("It would have to fetch every single one again and again.")
            .watch(learns),
        case("buyer.poq.list")
            .shows(&["87.1 O9", "87.1 O10"])
            .given("Qualifications of the Buyer.")
            .when("It lists them.")
            .then("It uses filters that there are, if any.")
            .wrong("A misspelt filter is refused, or lists everything.")
            .watch(async |stage| {
                common::qualified(stage).await?;
                let request = stage.step("poq-list", &[], "listProductOfferingQualification").await?;
                let unknown = request.unexpected.join(", ");
                request.so(unknown.is_empty(), "filters of the standard only", unknown)
            }),
    ]
}

async fn read(stage: &mut Stage) -> Check {
    let poq = common::id_of(&common::qualified(stage).await?)?;
    let request = stage
        .step("poq-read", &[("poq", &poq)], "retrieveProductOfferingQualification")
        .await?;
    request.so(
        request.is_on(&poq),
        format!("the qualification {poq}"),
        request.url.clone(),
    )
}

async fn learns(stage: &mut Stage) -> Check {
    let request = hub::followed(stage, F).await?;
    let listens = hub::registered(stage, F).await.is_ok();
    if !listens && stage.profile.not_offered.iter().any(|step| step == "poq-list") {
        stage.warn(
            &request,
            "a registration for events, or a list of qualifications",
            "neither",
        );
    }
    Ok(())
}
