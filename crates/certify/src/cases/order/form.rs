//! Orders that are wrong, each in one thing.

use serde_json::{Value, json};

use crate::body;
use crate::case::{Case, Check, Stop, case};
use crate::cases::common::{REFUSED, each_is_needed, spoiled};
use crate::lab::{Lab, NOBODY};

use super::{ENDS, F, ORDER};

const ITEM: &str = "/productOrderItem/0";

/// Refused, or taken and then rejected; taken for good it is odd.
async fn comes_to_nothing(lab: &mut Lab, asked: &Value, what: &str) -> Check {
    let answer = lab.post(F, ORDER, asked).await?;
    if !answer.is_success() {
        return answer.refusal(&REFUSED).map(|_| ());
    }
    let id = answer.text_at("/id")?;
    let moved = |state: &str| state != "acknowledged";
    let end = lab
        .until(F, &format!("{ORDER}/{id}"), |answer| moved(answer.at("/state").text()))
        .await?;
    if !ENDS.contains(&end.at("/state").text()) {
        lab.warn(&answer, format!("{what} to be refused"), end.at("/state").told());
    }
    Ok(())
}

fn with(lab: &mut Lab, pointer: &str, value: Value) -> Result<Value, Stop> {
    Ok(spoiled(&body::order(lab, None)?, pointer, Some(value)))
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [required(), product(), actions()].into_iter().flatten().collect()
}

fn required() -> Vec<Case> {
    vec![
        case("order.form.items")
            .shows(&["123.1 R10"])
            .negative()
            .given("an order without items, and one with an empty list of them")
            .when("the Buyer sends each")
            .then("400 or 422")
            .wrong("the Seller has an order for nothing")
            .run(async |lab| {
                let good = body::order(lab, None)?;
                each_is_needed(lab, (F, ORDER), &good, &["/productOrderItem"]).await?;
                let none = spoiled(&good, "/productOrderItem", Some(json!([])));
                lab.post(F, ORDER, &none).await?.refusal(&REFUSED).map(|_| ())
            }),
        case("order.form.contact")
            .shows(&["123.1 R11"])
            .negative()
            .given("an order without its contact")
            .when("the Buyer sends it")
            .then("400 or 422")
            .wrong("the Seller has a question and nobody to ask")
            .run(async |lab| {
                let good = body::order(lab, None)?;
                let other = spoiled(&good, "/relatedContactInformation/0/role", Some(json!("somebodyElse")));
                lab.post(F, ORDER, &other).await?.refusal(&REFUSED).map(|_| ())
            }),
        case("order.form.item")
            .shows(&["123.1 R12"])
            .negative()
            .given("an item without id, action, date, product or one of its three contacts")
            .when("the Buyer sends each")
            .then("400 or 422")
            .wrong("the Seller does not know what, when or for whom")
            .run(async |lab| {
                let good = body::order(lab, None)?;
                let members =
                    ["id", "action", "requestedCompletionDate", "product"].map(|name| format!("{ITEM}/{name}"));
                each_is_needed(lab, (F, ORDER), &good, &members.each_ref().map(String::as_str)).await?;
                for index in 0..3 {
                    let without = spoiled(&good, &format!("{ITEM}/relatedContactInformation/{index}"), None);
                    lab.post(F, ORDER, &without).await?.refusal(&REFUSED)?;
                }
                Ok(())
            }),
        case("order.form.place")
            .shows(&["123.1 R14"])
            .negative()
            .given("a place without its role, and a role without its place")
            .when("the Buyer sends each")
            .then("400 or 422 that points at what is missing")
            .wrong("the product is built at the wrong end")
            .run(async |lab| {
                has_place(lab)?;
                let good = body::order(lab, None)?;
                let at = format!("{ITEM}/product/place/0");
                each_is_needed(lab, (F, ORDER), &good, &[&format!("{at}/place"), &format!("{at}/role")]).await
            }),
        case("order.form.site-sub-unit")
            .shows(&["123.1 R15"])
            .negative()
            .given("a site that is named together with a room")
            .when("the Buyer orders something there")
            .then("it should be refused: a site is a room already")
            .wrong("the product is built in another room")
            .run(async |lab| {
                has_place(lab)?;
                let site = lab
                    .profile
                    .places
                    .with_site
                    .as_ref()
                    .and_then(|place| place.site.clone());
                let site =
                    site.ok_or_else(|| Stop::Blocked("the profile has no places.with-site with a site".to_owned()))?;
                let at = format!("{ITEM}/product/place/0");
                let asked = with(
                    lab,
                    &format!("{at}/place"),
                    json!({ "@type": "GeographicSiteRef", "id": site }),
                )?;
                let unit = json!([{ "subUnitType": "room", "subUnitNumber": "1" }]);
                comes_to_nothing(
                    lab,
                    &spoiled(&asked, &format!("{at}/subUnit"), Some(unit)),
                    "a room beside a site",
                )
                .await
            }),
    ]
}

fn has_place(lab: &Lab) -> Check {
    let has = lab.offering()?.place_role.is_some();
    if has {
        Ok(())
    } else {
        Err(Stop::Blocked("the offering of the profile has no place".to_owned()))
    }
}

fn product() -> Vec<Case> {
    vec![
        case("order.product.type")
            .shows(&["123.1 R5"])
            .negative()
            .given("a configuration of a type that nobody knows")
            .when("the Buyer orders it")
            .then("it is refused, or rejected")
            .wrong("the Seller builds one product as another")
            .run(async |lab| {
                let asked = with(
                    lab,
                    &format!("{ITEM}/product/productConfiguration/@type"),
                    json!("urn:certify:no-such-product"),
                )?;
                must_come_to_nothing(lab, &asked).await
            }),
        case("order.product.configuration")
            .shows(&["123.1 R6"])
            .negative()
            .given("a configuration with a value that its schema does not have")
            .when("the Buyer orders it")
            .then("422, or the item is rejected")
            .wrong("the Seller takes an order for what cannot be built")
            .run(async |lab| {
                let wrong = lab.offering()?.wrong_configuration;
                let wrong = wrong.ok_or_else(|| Stop::Blocked("the offering has no wrong-configuration".to_owned()))?;
                let asked = with(lab, &format!("{ITEM}/product/productConfiguration"), wrong)?;
                must_come_to_nothing(lab, &asked).await
            }),
        case("order.product.no-place")
            .shows(&["123.1 R9", "123.1 R13"])
            .negative()
            .given("a product that its specification delivers at a place")
            .when("the Buyer orders it without one")
            .then("422, or the item is rejected")
            .wrong("the Seller takes an order for something nowhere")
            .run(async |lab| {
                has_place(lab)?;
                let asked = spoiled(&body::order(lab, None)?, &format!("{ITEM}/product/place"), None);
                must_come_to_nothing(lab, &asked).await
            }),
    ]
}

/// As [`comes_to_nothing`], where the guides oblige the Seller.
async fn must_come_to_nothing(lab: &mut Lab, asked: &Value) -> Check {
    comes_to_nothing(lab, asked, "it").await?;
    match lab.warnings.pop() {
        Some(finding) => Err(Stop::Failed(finding)),
        None => Ok(()),
    }
}

fn actions() -> Vec<Case> {
    vec![
        case("order.add.needs")
            .shows(&["123.1 R31", "123.1 R33", "123.1 R34", "123.1 R35"])
            .negative()
            .given("a new product without its configuration, offering, account or term")
            .when("the Buyer orders it")
            .then("it should be refused")
            .wrong("the Seller builds what nobody described, or bills nobody")
            .run(async |lab| {
                let good = body::order(lab, None)?;
                for member in [
                    "product/productConfiguration",
                    "product/productOffering",
                    "billingAccount",
                    "requestedItemTerm",
                ] {
                    let without = spoiled(&good, &format!("{ITEM}/{member}"), None);
                    comes_to_nothing(lab, &without, &format!("no {member} with the action add")).await?;
                }
                Ok(())
            }),
        case("order.add.roll")
            .shows(&["123.1 R36"])
            .negative()
            .given("a term that rolls without saying by how much")
            .when("the Buyer orders with it")
            .then("it should be refused")
            .wrong("nobody knows when the contract ends")
            .run(async |lab| {
                let good = body::order(lab, None)?;
                let rolls = spoiled(
                    &good,
                    &format!("{ITEM}/requestedItemTerm/endOfTermAction"),
                    Some(json!("roll")),
                );
                let without = spoiled(&rolls, &format!("{ITEM}/requestedItemTerm/rollInterval"), None);
                comes_to_nothing(lab, &without, "a term that rolls without an interval").await
            }),
        case("order.add.without-id")
            .shows(&["123.1 R37"])
            .negative()
            .given("a new product that has an id already")
            .when("the Buyer orders to add it")
            .then("it should be refused")
            .wrong("a product in service is taken for a new one")
            .run(async |lab| {
                let asked = with(lab, &format!("{ITEM}/product/id"), json!(NOBODY))?;
                comes_to_nothing(lab, &asked, "a product id with the action add").await
            }),
        case("order.modify.needs")
            .shows(&["123.1 R40"])
            .negative()
            .given("a change that names no product, or one that nobody has")
            .when("the Buyer orders it")
            .then("it should be refused")
            .wrong("the Seller changes something else")
            .run(async |lab| {
                let modify = with(lab, &format!("{ITEM}/action"), json!("modify"))?;
                comes_to_nothing(lab, &modify, "a change without a product id").await?;
                let unknown = spoiled(&modify, &format!("{ITEM}/product/id"), Some(json!(NOBODY)));
                comes_to_nothing(lab, &unknown, "a change of a product that nobody has").await
            }),
        case("order.delete.needs")
            .shows(&["123.1 R45", "123.1 R46"])
            .negative()
            .given("an end that names no product, and one of a product that nobody has")
            .when("the Buyer orders it")
            .then("it should be refused")
            .wrong("the Seller ends the wrong product")
            .run(async |lab| {
                let delete = with(lab, &format!("{ITEM}/action"), json!("delete"))?;
                comes_to_nothing(
                    lab,
                    &delete,
                    "an end with a configuration and a term, without a product id",
                )
                .await?;
                let bare = spoiled(&delete, &format!("{ITEM}/product"), Some(json!({ "id": NOBODY })));
                let bare = spoiled(&bare, &format!("{ITEM}/requestedItemTerm"), None);
                comes_to_nothing(lab, &bare, "the end of a product that nobody has").await
            }),
    ]
}
