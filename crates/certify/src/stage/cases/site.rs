//! Geographic Site Management (Mplify 122.1): the duties of a Buyer.

use super::common;
use crate::case::{Case, Check, Function, case};
use crate::lab::expect::Answer;
use crate::stage::Stage;
use crate::stage::answers::SITE;

const F: Function = Function::Site;

/// The list of sites at an address.
async fn listed(stage: &mut Stage) -> Result<Answer, crate::case::Stop> {
    let address = common::address(stage).await?;
    stage
        .made("a list of sites", async |stage| {
            stage
                .step("sites", &[("address", &address)], "listGeographicSite")
                .await
        })
        .await
}

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    vec![
        case("buyer.site.list")
            .shows(&["122.1 R1", "122.1 R6"])
            .given("An address that the tester has told the Buyer.")
            .when("The Buyer is to list the sites there.")
            .then("It asks for them, and says at which place.")
            .wrong("Nobody could name a site of the Seller.")
            .watch(async |stage| {
                let request = listed(stage).await?;
                request.at("/place/@type").given()
            }),
        case("buyer.site.list.reference")
            .shows(&["121.1 D1", "121.1 D2"])
            .given("An address that was validated before.")
            .when("The Buyer lists the sites there.")
            .then("It names the address by the Seller's id.")
            .wrong("The Seller has to find the place again, and may find another.")
            .watch(async |stage| {
                let request = listed(stage).await?;
                common::places_are_references(stage, &request, "GeographicAddressRef")
            }),
        case("buyer.site.list.filters")
            .shows(&["122.1 O1", "122.1 O2"])
            .given("An address that the tester has told the Buyer.")
            .when("The Buyer lists the sites there.")
            .then("It narrows them by what the standard has, if at all.")
            .wrong("A filter that there is not is refused, or lists everything.")
            .watch(async |stage| {
                let request = listed(stage).await?;
                let unknown = request.unexpected.join(", ");
                request.so(unknown.is_empty(), "filters of the standard only", unknown)
            }),
        case("buyer.site.read")
            .shows(&["122.1 R4"])
            .given("A site that the tester has told the Buyer.")
            .when("The Buyer is to fetch it.")
            .then("It asks for the id that it was told.")
            .wrong("What a site is like could never be looked up again.")
            .watch(async |stage| {
                listed(stage).await?;
                let request = stage.step("site", &[("site", SITE)], "retrieveGeographicSite").await?;
                request.so(request.is_on(SITE), format!("the site {SITE}"), request.url.clone())
            }),
        case("buyer.site.buyer-id")
            .shows(&["122.1 R2"])
            .given("A Buyer that acts for several parties.")
            .when("It makes requests.")
            .then("Each one says for whom, in the query.")
            .wrong("The Seller could not know who asks.")
            .watch(async |stage| {
                listed(stage).await?;
                let ids = stage.profile.agreed.buyer_ids.clone();
                common::names_parties(stage, F, ("buyerId", &ids))
            }),
        case("buyer.site.seller-id")
            .shows(&["122.1 R3"])
            .given("A tester that stands for several Sellers.")
            .when("The Buyer makes requests.")
            .then("Each one says which is meant, in the query.")
            .wrong("The wrong Seller might answer.")
            .watch(async |stage| {
                listed(stage).await?;
                let ids = stage.profile.agreed.seller_ids.clone();
                common::names_parties(stage, F, ("sellerId", &ids))
            }),
        case("buyer.site.structure")
            .shows(&["122.1 R4"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("Nothing is missing or of another form.")
            .wrong("Sellers need not understand it.")
            .watch(structure),
        case("buyer.site.nothing-else")
            .shows(&["122.1 R5"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("They have nothing that it does not have, in body and query.")
            .wrong("What one Seller takes would be refused by another.")
            .watch(async |stage| {
                listed(stage).await?;
                common::nothing_undefined(stage, F)
            }),
    ]
}

async fn structure(stage: &mut Stage) -> Check {
    listed(stage).await?;
    common::conform(stage, F)
}
