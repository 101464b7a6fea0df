//! Geographic Address Management (Mplify 121.1): the duties of a Buyer.

use serde_json::Value;

use super::{common, hub};
use crate::case::{Case, Check, Function, Stop, case};
use crate::stage::Stage;

const F: Function = Function::Address;

/// Kinds of representation and the list that holds them.
const KINDS: [&str; 4] = [
    "fieldedAddressRepresentation",
    "formattedAddressRepresentation",
    "geographicPointRepresentation",
    "labelRepresentation",
];

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    vec![
        case("buyer.address.validate.request")
            .shows(&["121.1 R20", "121.1 R26"])
            .given("Nothing.")
            .when("The Buyer is to validate an address, to be answered at once.")
            .then("It says so, and submits an address with at least one representation.")
            .wrong("A Seller would not know what to look for, or when it is wanted.")
            .watch(validate),
        case("buyer.address.read")
            .shows(&["121.1 R20"])
            .given("An address that the tester has told the Buyer.")
            .when("The Buyer is to fetch it.")
            .then("It asks for the id that it was told.")
            .wrong("What an address is like could never be looked up again.")
            .watch(read),
        case("buyer.address.fielded")
            .shows(&["121.1 R25"])
            .given("Attributes of a fielded address that were agreed at onboarding.")
            .when("The Buyer submits a fielded address.")
            .then("All of them are filled in.")
            .wrong("The Seller would find several places or none.")
            .watch(fielded),
        case("buyer.address.codes")
            .shows(&["121.1 R4", "121.1 R9"])
            .given("Requests of the Buyer.")
            .when("They name languages and countries.")
            .then("Languages are two small letters of ISO 639, countries two capitals of ISO 3166.")
            .wrong("Another Seller would read them otherwise.")
            .watch(codes),
        case("buyer.address.last-suffix")
            .shows(&["121.1 R6"])
            .given("Requests of the Buyer.")
            .when("They have a suffix of the last number of a range.")
            .then("They have that number too.")
            .wrong("A suffix of nothing.")
            .watch(async |stage| {
                common::validated(stage).await?;
                common::each_object(stage, (F, "the suffix of a last number"), |request, at, value| {
                    if value.get("streetNrLastSuffix").is_none() {
                        return Ok(false);
                    }
                    request.at(&format!("{at}/streetNrLast")).given().map(|()| true)
                })
            }),
        case("buyer.address.representations")
            .shows(&["121.1 R10", "121.1 R12", "121.1 R14"])
            .given("Requests of the Buyer.")
            .when("They have representations of an address.")
            .then("A formatted one has its text, a label its authority, a point its reference system and both coordinates.")
            .wrong("Half a representation leads nowhere.")
            .watch(representations),
        case("buyer.address.spatial-ref")
            .shows(&["121.1 R15"])
            .given("The reference systems that were agreed.")
            .when("The Buyer submits a point.")
            .then("It is in one of them.")
            .wrong("The Seller would look at another place on earth.")
            .watch(spatial_ref),
        case("buyer.address.later.register")
            .shows(&["121.1 R46"])
            .given("A Buyer that wants to hear of validations.")
            .when("It registers at the hub.")
            .then("It says where to call.")
            .wrong("Nobody could call it.")
            .watch(async |stage| hub::has_callback(stage, F).await),
        case("buyer.address.later.event")
            .shows(&["121.1 R20"])
            .given("A validation that is answered later, and a Buyer that has registered.")
            .when("The validation is ready, and the Buyer is told.")
            .then("Its listener answers 204; it is odd if it does not fetch the validation.")
            .wrong("The answer would never reach the Buyer.")
            .watch(async |stage| {
                hub::fetches(stage, F, ("retrieveGeographicAddressValidation", ("ready", ""))).await
            }),
        case("buyer.address.later.unregister")
            .shows(&["121.1 R49"])
            .given("A Buyer that has registered.")
            .when("It ends its registration.")
            .then("It names the id that the Seller gave it.")
            .wrong("The registration would go on, or that of somebody else end.")
            .watch(async |stage| hub::ends(stage, F, "unregister-address").await),
        case("buyer.address.buyer-id")
            .shows(&["121.1 R1"])
            .given("A Buyer that acts for several parties.")
            .when("It makes requests.")
            .then("Each one says for whom, in the query.")
            .wrong("The Seller could not know who asks.")
            .watch(async |stage| {
                common::validated(stage).await?;
                let ids = stage.profile.agreed.buyer_ids.clone();
                common::names_parties(stage, F, ("buyerId", &ids))
            }),
        case("buyer.address.seller-id")
            .shows(&["121.1 R2"])
            .given("A tester that stands for several Sellers.")
            .when("The Buyer makes requests.")
            .then("Each one says which is meant, in the query.")
            .wrong("The wrong Seller might answer.")
            .watch(async |stage| {
                common::validated(stage).await?;
                let ids = stage.profile.agreed.seller_ids.clone();
                common::names_parties(stage, F, ("sellerId", &ids))
            }),
        case("buyer.address.structure")
            .shows(&["121.1 R3", "121.1 R18"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("Nothing is missing or of another form.")
            .wrong("Sellers need not understand it.")
            .watch(async |stage| {
                common::validated(stage).await?;
                common::conform(stage, F)
            }),
        case("buyer.address.nothing-else")
            .shows(&["121.1 R19"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("They have nothing that it does not have, in body and query.")
            .wrong("What one Seller takes would be refused by another.")
            .watch(async |stage| {
                common::validated(stage).await?;
                common::nothing_undefined(stage, F)
            }),
    ]
}

async fn validate(stage: &mut Stage) -> Check {
    let request = common::validated(stage).await?;
    request.at("/instantSyncValidation").is(true)?;
    let submitted = request.at("/submittedGeographicAddress");
    submitted.given()?;
    let has_one = KINDS
        .iter()
        .any(|kind| submitted.value.get(kind).is_some_and(|list| list.get(0).is_some()));
    submitted.so(has_one, "to have a representation")
}

async fn read(stage: &mut Stage) -> Check {
    let id = common::address(stage).await?;
    let request = stage
        .step("address", &[("address", &id)], "retrieveGeographicAddress")
        .await?;
    request.so(request.is_on(&id), format!("the address {id}"), request.url.clone())
}

async fn fielded(stage: &mut Stage) -> Check {
    let agreed = stage.profile.agreed.fielded.clone();
    if agreed.is_empty() {
        return Err(Stop::NotOffered(
            "no attributes were agreed (agreed.fielded)".to_owned(),
        ));
    }
    let request = common::validated(stage).await?;
    let lists = request.each("/submittedGeographicAddress/fieldedAddressRepresentation/*");
    common::some(&lists, "fielded address")?;
    let members: Vec<String> = agreed.iter().map(|name| format!("/{name}")).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    common::all_have(&request, &lists, &members)
}

async fn codes(stage: &mut Stage) -> Check {
    common::validated(stage).await?;
    common::each_object(stage, (F, "a country or a language"), |request, at, value| {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        if let Some(code) = text("countryCode") {
            let known = rust_iso3166::from_alpha2(code).is_some();
            request.so(known, format!("{at}/countryCode of ISO 3166"), code)?;
        }
        if let Some(code) = text("language") {
            let known = code.len() == 2 && isolang::Language::from_639_1(code).is_some();
            request.so(known, format!("{at}/language of ISO 639"), code)?;
        }
        Ok(text("countryCode").or(text("language")).is_some())
    })
}

/// The members that each kind of representation has to have, beside fields.
const WHOLE: [(&str, &[&str]); 3] = [
    (KINDS[1], &["/formattedAddress"]),
    (KINDS[2], &["/spatialRef", "/latitude", "/longitude"]),
    (KINDS[3], &["/administrativeAuthority", "/label"]),
];

async fn representations(stage: &mut Stage) -> Check {
    common::validated(stage).await?;
    common::each_object(
        stage,
        (F, "a formatted address, a point or a label"),
        |request, at, value| {
            let mut seen = false;
            for (kind, members) in WHOLE {
                let list = request.each(&format!("{at}/{kind}/*"));
                seen |= value.get(kind).is_some();
                common::all_have(request, &list, members)?;
            }
            Ok(seen)
        },
    )
}

async fn spatial_ref(stage: &mut Stage) -> Check {
    common::validated(stage).await?;
    let agreed = stage.profile.agreed.spatial_refs.clone();
    common::each_object(stage, (F, "a point"), |request, at, value| {
        let Some(said) = value.get("spatialRef").and_then(Value::as_str) else {
            return Ok(false);
        };
        let known = agreed.is_empty() || agreed.iter().any(|known| known == said);
        let expected = format!("{at}/spatialRef one of {}", agreed.join(", "));
        request.so(known, expected, said).map(|()| true)
    })
}
