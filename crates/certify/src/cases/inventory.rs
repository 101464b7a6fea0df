//! Product Inventory (Mplify 116.1).

use crate::case::{Case, Function, Stop, case};
use crate::lab::Lab;
use crate::lab::expect::Answer;
use crate::lab::payload;
use crate::states;

use super::common::{
    self, between, has_contact, in_query, pages, same_row, tells_truncation, too_many, unknown_is_404,
};
use super::order;

const F: Function = Function::Inventory;
const PRODUCT: &str = "/product";

/// The product that the order of this run made.
async fn product(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a product in the inventory", async |lab| {
        let end = order::completed(lab).await?;
        let id = end.text_at("/productOrderItem/0/product/id")?;
        lab.get(F, format!("{PRODUCT}/{id}")).await?.object()
    })
    .await
}

/// A second product beside it.
async fn another(lab: &mut Lab) -> Result<Answer, Stop> {
    product(lab).await?;
    lab.made("a second product in the inventory", async |lab| {
        let id = order::new_order(lab).await?.text_at("/id")?;
        order::end_of(lab, &id).await
    })
    .await
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [lists(), one(), over_all()].into_iter().flatten().collect()
}

fn lists() -> Vec<Case> {
    vec![
        case("inventory.list.unfiltered")
            .shows(&["116.1 R10", "116.1 O1"])
            .given("a Seller with products of the Buyer")
            .when("the Buyer lists them without any filter")
            .then("200, or 422 with the code tooManyRecords, but never 400")
            .wrong("the Buyer cannot compare its list with the Seller's")
            .run(async |lab| {
                let page = lab.get(F, PRODUCT).await?;
                if page.status == 422 {
                    return page.code("tooManyRecords");
                }
                page.status(&[200])?;
                page.list().map(|_| ())
            }),
        case("inventory.list.none")
            .shows(&["116.1 R12"])
            .given("a name that no product has")
            .when("the Buyer lists products of that name")
            .then("200 with an empty list")
            .wrong("no match is an answer, no error")
            .run(async |lab| common::none_is_empty(lab, F, &format!("{PRODUCT}?externalId")).await),
        case("inventory.list.rows")
            .shows(&["116.1 R13"])
            .given("a product in service")
            .when("the Buyer finds it in the list")
            .then("its row says the same as itself, in all eleven attributes")
            .wrong("two answers about one product contradict each other")
            .run(async |lab| {
                let whole = product(lab).await?;
                let ordered = whole.text_at("/productOrderItem/0/productOrderId")?;
                let page = lab
                    .get(F, format!("{PRODUCT}?productOrderId={}", in_query(&ordered)))
                    .await?;
                page.status(&[200])?;
                let members = [
                    "id",
                    "status",
                    "productSpecification",
                    "productOffering",
                    "lastUpdateDate",
                    "externalId",
                    "productRelationship",
                    "billingAccount",
                    "productOrderItem",
                    "startDate",
                    "place",
                ];
                same_row(&page, &whole, &members)?;
                between(
                    lab,
                    (F, PRODUCT),
                    ("startDate", "startDate"),
                    (&whole.text_at("/id")?, &whole.text_at("/startDate")?),
                )
                .await
            }),
        case("inventory.list.pages")
            .shows(&["116.1 D1"])
            .given("at least two products")
            .when("the Buyer lists them one by one")
            .then("each page has another one (a SHOULD)")
            .wrong("the Buyer sees one twice and another never")
            .run(async |lab| {
                another(lab).await?;
                pages(lab, F, PRODUCT).await.map(|_| ())
            }),
        case("inventory.list.truncation")
            .shows(&["116.1 CR1"])
            .given("more products than a page has")
            .when("the Buyer reads the first page")
            .then("a header shows that there are more")
            .wrong("the Buyer takes a part for the whole")
            .run(async |lab| {
                another(lab).await?;
                let first = pages(lab, F, PRODUCT).await?;
                tells_truncation(&first)
            }),
        case("inventory.list.too-many")
            .shows(&["116.1 R11"])
            .negative()
            .given("a Seller that says above how many rows it refuses a list")
            .when("the Buyer asks for more")
            .then("422 with the code tooManyRecords")
            .wrong("the Buyer takes a part for the whole")
            .run(async |lab| too_many(lab, F, PRODUCT).await),
    ]
}

fn one() -> Vec<Case> {
    vec![
        case("inventory.get.history")
            .shows(&["116.1 R14"])
            .given("a product in service")
            .when("the Buyer reads its history")
            .then("it begins with the first status, goes ways that exist, and ends with the one shown")
            .wrong("nobody knows since when it is to be paid")
            .run(async |lab| {
                let answer = product(lab).await?;
                states::history(&answer, "", ("statusChange", "status"), &states::PRODUCT)
            }),
        case("inventory.get.contacts")
            .shows(&["116.1 R15"])
            .given("a product in service")
            .when("the Buyer reads whom it can reach")
            .then("three contacts of each side are there")
            .wrong("a line is down and nobody is there to ask")
            .run(async |lab| {
                let answer = product(lab).await?;
                for side in ["buyer", "seller"] {
                    for role in ["AssuranceTechnicalContact", "CommercialContact", "SlaManagementContact"] {
                        has_contact(&answer, "", &format!("{side}{role}"))?;
                    }
                }
                Ok(())
            }),
        case("inventory.get.type")
            .shows(&["116.1 R4", "116.1 R5"])
            .given("a product in service that was ordered with a configuration")
            .when("the Buyer reads its configuration")
            .then("it is of the type that was ordered")
            .wrong("the Buyer's program reads one product as another")
            .run(async |lab| {
                let wanted = lab.offering()?.configuration["@type"].clone();
                product(lab).await?.at("/productConfiguration/@type").is(wanted)
            }),
        case("inventory.get.payload")
            .shows(&["116.1 R6"])
            .given("a product in service")
            .when("its configuration is compared with the product schema that its type names")
            .then("each value is as the schema has it, and nothing else is in it")
            .wrong("what is in service cannot be read by the schema of the product")
            .run(async |lab| payload::conforms(&product(lab).await?)),
        case("inventory.get.unknown")
            .shows(&["116.1 R7"])
            .negative()
            .given("an id that nobody has")
            .when("the Buyer reads the product of that id")
            .then("404 with the code notFound")
            .wrong("the Buyer cannot tell a wrong id from a fault")
            .run(async |lab| unknown_is_404(lab, F, PRODUCT).await),
    ]
}

fn over_all() -> Vec<Case> {
    vec![
        case("inventory.structure")
            .shows(&["116.1 R7"])
            .given("all answers of this run from the inventory API")
            .when("they are compared with its OpenAPI")
            .then("each has what is required, and every value is one of its type")
            .wrong("a Buyer built on the OpenAPI cannot read the answer")
            .run(async |lab| {
                product(lab).await?;
                common::conform(lab, F)?;
                common::statuses(lab, F)
            }),
        case("inventory.nothing-else")
            .shows(&["116.1 R8"])
            .given("all answers of this run from the inventory API")
            .when("they are compared with its OpenAPI")
            .then("nothing is in them that the standard does not have")
            .wrong("a Buyer that depends on a private attribute cannot change its Seller")
            .run(async |lab| {
                product(lab).await?;
                common::nothing_undefined(lab, F)
            }),
    ]
}
