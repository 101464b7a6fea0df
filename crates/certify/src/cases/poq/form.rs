//! Requests for a qualification that are wrong, each in one thing.

use serde_json::{Value, json};

use crate::body;
use crate::case::{Case, Check, Stop, case};
use crate::cases::common::{REFUSED, each_is_needed, should_be_refused, spoiled};
use crate::lab::{Lab, NOBODY};

use super::{F, POQ};

const ITEM: &str = "/productOfferingQualificationItem/0";

/// A good request with another value at one place.
fn with(lab: &mut Lab, pointer: &str, value: Value) -> Result<Value, Stop> {
    Ok(spoiled(&body::poq(lab, true)?, pointer, Some(value)))
}

async fn odd(lab: &mut Lab, asked: &Value, what: &str) -> Check {
    should_be_refused(lab, (F, POQ), asked, what).await
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [form(), product(), rules()].into_iter().flatten().collect()
}

fn form() -> Vec<Case> {
    vec![
        case("poq.form.required")
            .shows(&["87.1 R25"])
            .negative()
            .given("a request without one of its flags, its contacts or its items, or with an empty list of items")
            .when("the Buyer sends each")
            .then("400 or 422 that points at what is missing")
            .wrong("the Seller answers a question that was not asked")
            .run(async |lab| {
                let good = body::poq(lab, true)?;
                let items = "/productOfferingQualificationItem";
                let members = [
                    "/instantSyncQualification",
                    "/provideAlternative",
                    "/relatedContactInformation",
                    items,
                ];
                each_is_needed(lab, (F, POQ), &good, &members).await?;
                let none = spoiled(&good, items, Some(json!([])));
                lab.post(F, POQ, &none).await?.refusal(&REFUSED).map(|_| ())
            }),
        case("poq.form.contact")
            .shows(&["87.1 R27"])
            .negative()
            .given("a contact without one of its four members")
            .when("the Buyer sends each")
            .then("400 or 422 that points at what is missing")
            .wrong("nobody can be reached")
            .run(async |lab| {
                let good = body::poq(lab, true)?;
                let members = ["emailAddress", "name", "number", "role"]
                    .map(|name| format!("/relatedContactInformation/0/{name}"));
                each_is_needed(lab, (F, POQ), &good, &members.each_ref().map(String::as_str)).await
            }),
        case("poq.form.item")
            .shows(&["87.1 R29"])
            .negative()
            .given("an item without id, action, product or configuration")
            .when("the Buyer sends each")
            .then("it is refused")
            .wrong("the Seller answers about something that nobody described")
            .run(async |lab| {
                let good = body::poq(lab, true)?;
                let members =
                    ["id", "action", "product", "product/productConfiguration"].map(|name| format!("{ITEM}/{name}"));
                each_is_needed(lab, (F, POQ), &good, &members.each_ref().map(String::as_str)).await
            }),
        case("poq.form.relations")
            .shows(&["87.1 R31", "87.1 R33"])
            .negative()
            .given("a relation to a product or to another item, without its id or its type")
            .when("the Buyer sends each")
            .then("400 or 422")
            .wrong("the Seller ties the product to something else")
            .run(async |lab| {
                let relation = json!({ "id": NOBODY, "relationshipType": "CONNECTS_TO_UNI" });
                for list in ["product/productRelationship", "qualificationItemRelationship"] {
                    for member in ["/id", "/relationshipType"] {
                        let broken = json!([spoiled(&relation, member, None)]);
                        let asked = with(lab, &format!("{ITEM}/{list}"), broken)?;
                        lab.post(F, POQ, &asked).await?.refusal(&REFUSED)?;
                    }
                }
                Ok(())
            }),
        case("poq.form.place-contact")
            .shows(&["87.1 R36"])
            .negative()
            .given("somebody at the place without one of the three members")
            .when("the Buyer sends each")
            .then("400 or 422 that points at what is missing")
            .wrong("the technician stands before a closed door")
            .run(async |lab| {
                if lab.offering()?.place_role.is_none() {
                    return Err(Stop::Blocked("the offering of the profile has no place".to_owned()));
                }
                let good = body::poq(lab, true)?;
                let members =
                    ["emailAddress", "name", "number"].map(|name| format!("{ITEM}/product/place/0/contact/0/{name}"));
                each_is_needed(lab, (F, POQ), &good, &members.each_ref().map(String::as_str)).await
            }),
    ]
}

fn product() -> Vec<Case> {
    vec![
        case("poq.product.type")
            .shows(&["87.1 R19"])
            .negative()
            .given("a configuration without its type, and one of a type that nobody knows")
            .when("the Buyer sends each")
            .then("it is refused")
            .wrong("the Seller reads one product as another")
            .run(async |lab| {
                let at = format!("{ITEM}/product/productConfiguration/@type");
                let good = body::poq(lab, true)?;
                for asked in [
                    spoiled(&good, &at, None),
                    spoiled(&good, &at, Some(json!("urn:certify:no-such-product"))),
                ] {
                    lab.post(F, POQ, &asked).await?.refusal(&REFUSED)?;
                }
                Ok(())
            }),
        case("poq.product.configuration")
            .shows(&["87.1 R20"])
            .negative()
            .given("a configuration with a value that its schema does not have")
            .when("the Buyer sends it")
            .then("422 that points into the configuration")
            .wrong("the Seller promises what cannot be built")
            .run(async |lab| {
                let wrong = lab.offering()?.wrong_configuration;
                let wrong = wrong.ok_or_else(|| Stop::Blocked("the offering has no wrong-configuration".to_owned()))?;
                let at = format!("{ITEM}/product/productConfiguration");
                let asked = with(lab, &at, wrong)?;
                let answer = lab.post(F, POQ, &asked).await?;
                answer.refusal(&[422])?.problem_at(&at)
            }),
        case("poq.product.no-place")
            .shows(&["87.1 R23", "87.1 R34"])
            .negative()
            .given("a product that its specification delivers at a place")
            .when("the Buyer asks for it without one")
            .then("422")
            .wrong("the Seller promises something nowhere")
            .run(async |lab| {
                if lab.offering()?.place_role.is_none() {
                    return Err(Stop::Blocked("the offering of the profile has no place".to_owned()));
                }
                let asked = spoiled(&body::poq(lab, true)?, &format!("{ITEM}/product/place"), None);
                lab.post(F, POQ, &asked).await?.refusal(&[422]).map(|_| ())
            }),
    ]
}

fn rules() -> Vec<Case> {
    vec![
        case("poq.rules.offering-or-specification")
            .shows(&["87.1 R37(a)"])
            .negative()
            .given("an item that names neither an offering nor a specification, and one that names both")
            .when("the Buyer sends each")
            .then("it should be refused")
            .wrong("the Seller has to guess what is meant")
            .run(async |lab| {
                let good = body::poq(lab, true)?;
                let neither = spoiled(&good, &format!("{ITEM}/product/productOffering"), None);
                odd(lab, &neither, "an item that names nothing").await?;
                let both = spoiled(
                    &good,
                    &format!("{ITEM}/product/productSpecification"),
                    Some(json!({ "id": NOBODY })),
                );
                odd(lab, &both, "an item that names an offering and a specification").await
            }),
        case("poq.rules.add-without-id")
            .shows(&["87.1 R37(b)"])
            .negative()
            .given("a new product that has an id already")
            .when("the Buyer asks to add it")
            .then("it should be refused")
            .wrong("a product in service is taken for a new one")
            .run(async |lab| {
                let asked = with(lab, &format!("{ITEM}/product/id"), json!(NOBODY))?;
                odd(lab, &asked, "a product id with the action add").await
            }),
        case("poq.rules.specification-wants-alternates")
            .shows(&["87.1 R26"])
            .negative()
            .given("a request by specification that wants no alternates")
            .when("the Buyer sends it")
            .then("it should be refused")
            .wrong("the Seller has to choose and may not propose")
            .run(async |lab| {
                let good = body::poq(lab, true)?;
                let specification = lab.offering()?.specification.unwrap_or_else(|| NOBODY.to_owned());
                let by = spoiled(&good, &format!("{ITEM}/product/productOffering"), None);
                let by = spoiled(
                    &by,
                    &format!("{ITEM}/product/productSpecification"),
                    Some(json!({ "id": specification })),
                );
                odd(lab, &by, "a request by specification without alternates").await
            }),
        case("poq.rules.by-specification")
            .shows(&["87.1 CR1", "87.1 R48", "87.1 R49", "87.1 O6"])
            .given("a specification of the Seller")
            .when("the Buyer asks what offering of it can be had at a place")
            .then("the item is done and names one, unless it is red")
            .wrong("the Buyer does not learn what to order")
            .run(async |lab| {
                let Some(specification) = lab.offering()?.specification else {
                    return Err(Stop::NotOffered(
                        "the offering has no specification in the profile".to_owned(),
                    ));
                };
                let good = spoiled(&body::poq(lab, true)?, "/provideAlternative", Some(json!(true)));
                let by = spoiled(&good, &format!("{ITEM}/product/productOffering"), None);
                let by = spoiled(
                    &by,
                    &format!("{ITEM}/product/productSpecification"),
                    Some(json!({ "id": specification })),
                );
                let answer = lab.post(F, POQ, &by).await?.object()?;
                let item = answer.at(ITEM);
                let named = !item.value["product"]["productOffering"].is_null();
                item.so(
                    named || item.value["serviceabilityConfidence"] == "red",
                    "to name an offering",
                )
            }),
        case("poq.rules.date")
            .shows(&["87.1 R28"])
            .negative()
            .given("a request that can wait, without a date by which it is wanted")
            .when("the Buyer sends it")
            .then("it should be refused")
            .wrong("the Buyer waits without end")
            .run(async |lab| {
                let asked = spoiled(&body::poq(lab, false)?, "/requestedPOQCompletionDate", None);
                odd(lab, &asked, "a request that can wait without a date").await
            }),
        case("poq.rules.unknown-item")
            .shows(&["87.1 R32"])
            .negative()
            .given("an item that is related to an item which is not there")
            .when("the Buyer sends it")
            .then("it should be refused")
            .wrong("the Seller ties the product to nothing")
            .run(async |lab| {
                let relation = json!([{ "id": NOBODY, "relationshipType": "CONNECTS_TO_UNI" }]);
                let asked = with(lab, &format!("{ITEM}/qualificationItemRelationship"), relation)?;
                odd(lab, &asked, "a relation to an item that is not there").await
            }),
        case("poq.rules.place-contact")
            .shows(&["87.1 R35"])
            .negative()
            .given("a place without anybody who opens the door, and one without its role")
            .when("the Buyer sends each")
            .then("without a role it is refused, without a contact it may be taken")
            .wrong("the technician stands before a closed door")
            .run(async |lab| {
                if lab.offering()?.place_role.is_none() {
                    return Err(Stop::Blocked("the offering of the profile has no place".to_owned()));
                }
                let good = body::poq(lab, true)?;
                each_is_needed(lab, (F, POQ), &good, &[&format!("{ITEM}/product/place/0/role")]).await?;
                let asked = spoiled(&good, &format!("{ITEM}/product/place/0/contact"), None);
                // The schema leaves the contact open: what the Seller does is not judged.
                let answer = lab.post(F, POQ, &asked).await?;
                answer.status(&[201, 400, 422]).map(|_| ())
            }),
        case("poq.rules.modify")
            .shows(&["87.1 R39", "87.1 R40", "87.1 R41"])
            .negative()
            .given("a change of a product that nobody has, or that names no product at all")
            .when("the Buyer asks whether it can be had")
            .then("it should be refused")
            .wrong("the Seller promises a change of nothing")
            .run(async |lab| {
                let modify = with(lab, &format!("{ITEM}/action"), json!("modify"))?;
                odd(lab, &modify, "a change without a product id").await?;
                let unknown = spoiled(&modify, &format!("{ITEM}/product/id"), Some(json!(NOBODY)));
                odd(lab, &unknown, "a change of a product that nobody has").await
            }),
    ]
}
