//! Requests for a quote that are wrong, each in one thing.

use serde_json::{Value, json};

use crate::body;
use crate::case::{Case, Check, Stop, case};
use crate::cases::common::{REFUSED, each_is_needed, spoiled};
use crate::lab::{Lab, NOBODY};

use super::{F, QUOTE};

const ITEM: &str = "/quoteItem/0";

/// The guides know several refusals of a quote: an error, or a quote that comes to nothing. What
/// binds only the Buyer may also be taken: that is odd.
async fn comes_to_nothing(lab: &mut Lab, asked: &Value, what: &str) -> Check {
    let answer = lab.post(F, QUOTE, asked).await?;
    if !answer.is_success() {
        return answer.refusal(&REFUSED).map(|_| ());
    }
    let state = answer.at("/state").text().to_owned();
    if state == "unableToProvide" {
        return Ok(());
    }
    if state == "acknowledged" {
        let id = answer.text_at("/id")?;
        let open = ["acknowledged", "inProgress", "inProgress.draft"];
        let end = lab
            .until(F, &format!("{QUOTE}/{id}"), |answer| {
                !open.contains(&answer.at("/state").text())
            })
            .await?;
        if ["rejected", "unableToProvide"].contains(&end.at("/state").text()) {
            return Ok(());
        }
    }
    lab.warn(&answer, format!("{what} to be refused"), format!("it is {state}"));
    Ok(())
}

fn with(lab: &mut Lab, pointer: &str, value: Value) -> Result<Value, Stop> {
    Ok(spoiled(&body::quote(lab, true, "firm")?, pointer, Some(value)))
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [required(), product(), deferred(), actions()]
        .into_iter()
        .flatten()
        .collect()
}

fn required() -> Vec<Case> {
    vec![
        case("quote.form.required")
            .shows(&["115.1 R13", "115.1 R16"])
            .negative()
            .given("a request without its level, its flag or its items, or with an empty list of items")
            .when("the Buyer sends each")
            .then("400 or 422 that points at what is missing")
            .wrong("the Seller prices what was not asked for")
            .run(async |lab| {
                let good = body::quote(lab, true, "firm")?;
                each_is_needed(
                    lab,
                    (F, QUOTE),
                    &good,
                    &["/buyerRequestedQuoteLevel", "/instantSyncQuote", "/quoteItem"],
                )
                .await?;
                let none = spoiled(&good, "/quoteItem", Some(json!([])));
                lab.post(F, QUOTE, &none).await?.refusal(&REFUSED).map(|_| ())
            }),
        case("quote.form.item")
            .shows(&["115.1 R19"])
            .negative()
            .given("an item without id, action or product")
            .when("the Buyer sends each")
            .then("400 or 422 that points at what is missing")
            .wrong("the Seller prices what nobody described")
            .run(async |lab| {
                let good = body::quote(lab, true, "firm")?;
                each_is_needed(
                    lab,
                    (F, QUOTE),
                    &good,
                    &["/quoteItem/0/id", "/quoteItem/0/action", "/quoteItem/0/product"],
                )
                .await
            }),
        case("quote.form.place")
            .shows(&["115.1 R22"])
            .negative()
            .given("a place without its role, and a role without its place")
            .when("the Buyer sends each")
            .then("400 or 422 that points at what is missing")
            .wrong("the product is built at the wrong end")
            .run(async |lab| {
                has_place(lab)?;
                let good = body::quote(lab, true, "firm")?;
                let at = "/quoteItem/0/product/place/0";
                each_is_needed(lab, (F, QUOTE), &good, &[&format!("{at}/place"), &format!("{at}/role")]).await
            }),
        case("quote.form.site-sub-unit")
            .shows(&["115.1 R23"])
            .negative()
            .given("a site that is named together with a room")
            .when("the Buyer asks for a quote there")
            .then("it should be refused: a site is a room already")
            .wrong("the product is built in another room")
            .run(async |lab| {
                let site = lab
                    .profile
                    .places
                    .with_site
                    .as_ref()
                    .and_then(|place| place.site.clone());
                let site =
                    site.ok_or_else(|| Stop::Blocked("the profile has no places.with-site with a site".to_owned()))?;
                has_place(lab)?;
                let at = "/quoteItem/0/product/place/0";
                let place = json!({ "@type": "GeographicSiteRef", "id": site });
                let asked = with(lab, &format!("{at}/place"), place)?;
                let unit = json!([{ "subUnitType": "room", "subUnitNumber": "1" }]);
                let asked = spoiled(&asked, &format!("{at}/subUnit"), Some(unit));
                comes_to_nothing(lab, &asked, "a room beside a site").await
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
        case("quote.product.type")
            .shows(&["115.1 R7"])
            .negative()
            .given("a configuration of a type that nobody knows")
            .when("the Buyer asks for a quote")
            .then("it is refused, or comes to nothing")
            .wrong("the Seller prices one product as another")
            .run(async |lab| {
                let asked = with(
                    lab,
                    &format!("{ITEM}/product/productConfiguration/@type"),
                    json!("urn:certify:no-such-product"),
                )?;
                comes_to_nothing(lab, &asked, "an unknown type of product").await?;
                no_warning(lab, &asked).await
            }),
        case("quote.product.configuration")
            .shows(&["115.1 R8"])
            .negative()
            .given("a configuration with a value that its schema does not have")
            .when("the Buyer asks for a quote")
            .then("422 that points into the configuration")
            .wrong("the Seller prices what cannot be built")
            .run(async |lab| {
                let wrong = lab.offering()?.wrong_configuration;
                let wrong = wrong.ok_or_else(|| Stop::Blocked("the offering has no wrong-configuration".to_owned()))?;
                let at = format!("{ITEM}/product/productConfiguration");
                let asked = with(lab, &at, wrong)?;
                let answer = lab.post(F, QUOTE, &asked).await?;
                answer.refusal(&[422])?.problem_at(&at)
            }),
        case("quote.product.no-place")
            .shows(&["115.1 R11", "115.1 R21"])
            .negative()
            .given("a product that its specification delivers at a place")
            .when("the Buyer asks for a quote without one")
            .then("422")
            .wrong("the Seller prices something nowhere")
            .run(async |lab| {
                has_place(lab)?;
                let asked = spoiled(&body::quote(lab, true, "firm")?, &format!("{ITEM}/product/place"), None);
                lab.post(F, QUOTE, &asked).await?.refusal(&[422]).map(|_| ())
            }),
    ]
}

/// What must not be taken, failed where it was.
async fn no_warning(lab: &mut Lab, asked: &Value) -> Check {
    if lab.warnings.is_empty() {
        return Ok(());
    }
    lab.warnings.clear();
    lab.post(F, QUOTE, asked).await?.refusal(&REFUSED).map(|_| ())
}

fn deferred() -> Vec<Case> {
    vec![
        case("quote.deferred.contacts")
            .shows(&["115.1 R17", "115.1 R20"])
            .negative()
            .given("a request that can wait, without a contact of the Buyer, or without one for an item")
            .when("the Buyer sends each")
            .then("it should be refused")
            .wrong("the Seller has a question and nobody to ask")
            .run(async |lab| {
                let good = body::quote(lab, false, "firm")?;
                comes_to_nothing(
                    lab,
                    &spoiled(&good, "/relatedContactInformation", None),
                    "no contact of the Buyer",
                )
                .await?;
                let without = spoiled(&good, "/quoteItem/0/relatedContactInformation", None);
                comes_to_nothing(lab, &without, "an item without a technical contact").await
            }),
        case("quote.deferred.date")
            .shows(&["115.1 R18"])
            .negative()
            .given("a request that can wait, without a date by which it is wanted")
            .when("the Buyer sends it")
            .then("it should be refused")
            .wrong("the Buyer waits without end")
            .run(async |lab| {
                let without = spoiled(&body::quote(lab, false, "firm")?, "/requestedQuoteCompletionDate", None);
                comes_to_nothing(lab, &without, "a request that can wait without a date").await
            }),
        case("quote.poq.interval")
            .shows(&["115.1 R24", "115.1 O3"])
            .negative()
            .given("a quote that names a qualification which nobody made")
            .when("the Buyer sends it")
            .then("it should be refused")
            .wrong("the Seller is bound by an answer it never gave")
            .run(async |lab| {
                let reference = json!({ "productOfferingQualificationId": NOBODY, "id": "one" });
                let asked = with(lab, &format!("{ITEM}/productOfferingQualificationItem"), reference)?;
                comes_to_nothing(lab, &asked, "a qualification that nobody made").await
            }),
    ]
}

fn actions() -> Vec<Case> {
    vec![
        case("quote.add.needs")
            .shows(&["115.1 R41", "115.1 R42"])
            .negative()
            .given("a new product without its configuration or its offering")
            .when("the Buyer asks for a quote")
            .then("it should be refused")
            .wrong("the Seller prices what nobody described")
            .run(async |lab| {
                let good = body::quote(lab, true, "firm")?;
                for member in ["productConfiguration", "productOffering"] {
                    let without = spoiled(&good, &format!("{ITEM}/product/{member}"), None);
                    comes_to_nothing(lab, &without, &format!("no {member} with the action add")).await?;
                }
                Ok(())
            }),
        case("quote.add.without-id")
            .shows(&["115.1 R43"])
            .negative()
            .given("a new product that has an id already")
            .when("the Buyer asks for a quote to add it")
            .then("it should be refused")
            .wrong("a product in service is taken for a new one")
            .run(async |lab| {
                let asked = with(lab, &format!("{ITEM}/product/id"), json!(NOBODY))?;
                comes_to_nothing(lab, &asked, "a product id with the action add").await
            }),
        case("quote.modify.needs")
            .shows(&["115.1 R44"])
            .negative()
            .given("a change that names no product, or one that nobody has")
            .when("the Buyer asks for a quote")
            .then("it should be refused")
            .wrong("the Seller prices a change of nothing")
            .run(async |lab| {
                let modify = with(lab, &format!("{ITEM}/action"), json!("modify"))?;
                comes_to_nothing(lab, &modify, "a change without a product id").await?;
                let unknown = spoiled(&modify, &format!("{ITEM}/product/id"), Some(json!(NOBODY)));
                comes_to_nothing(lab, &unknown, "a change of a product that nobody has").await
            }),
        case("quote.delete.needs")
            .shows(&["115.1 R47", "115.1 R48"])
            .negative()
            .given("an end that names no product, and one that comes with a configuration")
            .when("the Buyer asks for a quote")
            .then("it should be refused")
            .wrong("the Seller ends the wrong product")
            .run(async |lab| {
                let delete = with(lab, &format!("{ITEM}/action"), json!("delete"))?;
                comes_to_nothing(lab, &delete, "an end with a configuration and without a product id").await?;
                let bare = spoiled(&delete, &format!("{ITEM}/product"), Some(json!({ "id": NOBODY })));
                comes_to_nothing(lab, &bare, "the end of a product that nobody has").await
            }),
    ]
}
