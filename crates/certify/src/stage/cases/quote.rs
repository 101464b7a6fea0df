//! Quote Management (Mplify 115.1): the duties of a Buyer.

mod later;

use super::{common, form};
use crate::case::{Case, Check, Function, Stop, case};
use crate::lab::expect::Answer;
use crate::stage::Stage;

const F: Function = Function::Quote;
const ITEMS: &str = "/quoteItem";

/// A quote, and what is to be said of it.
async fn of_quote(stage: &mut Stage, check: impl Fn(&Stage, &Answer) -> Check) -> Check {
    let request = common::quoted(stage).await?;
    check(stage, &request)
}

/// The quote of a change, and what is to be said of it.
async fn of_change(stage: &mut Stage, check: impl Fn(&Stage, &Answer) -> Check) -> Check {
    let request = changed(stage).await?;
    check(stage, &request)
}

/// A quote of a change of a product in service.
pub async fn changed(stage: &mut Stage) -> Result<Answer, Stop> {
    let (_, product) = common::delivered(stage).await?;
    let request = stage.made("a quote of a change", async |stage| {
        stage
            .step("quote-modify", &[("product", &product)], "createQuote")
            .await
    });
    request.await
}

/// A quote of the end of a product in service.
pub async fn ended(stage: &mut Stage) -> Result<Answer, Stop> {
    let (_, product) = common::delivered(stage).await?;
    let request = stage.made("a quote of an end", async |stage| {
        stage
            .step("quote-delete", &[("product", &product)], "createQuote")
            .await
    });
    request.await
}

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    let mut all = of_create();
    all.extend(of_items());
    all.extend(later::cases());
    all.extend(of_all());
    all
}

fn of_create() -> Vec<Case<Stage>> {
    vec![
        case("buyer.quote.create.request")
            .shows(&["115.1 R13", "115.1 R16", "115.1 R19"])
            .given("A Buyer that knows an address of the tester.")
            .when("It is to ask for a firm quote, to be answered at once.")
            .then("It says how binding and how soon, and has at least one item with id, action and product.")
            .wrong("The Seller could not tell what is wanted.")
            .watch(async |stage| {
                of_quote(stage, |_, request| {
                    request.at("/instantSyncQuote").is(true)?;
                    request.at("/buyerRequestedQuoteLevel").is("firm")?;
                    form::filled_with(request, ITEMS, &["/id", "/action", "/product"])
                })
                .await
            }),
        case("buyer.quote.create.place")
            .shows(&["115.1 R22"])
            .given("A quote that was asked for.")
            .when("It names places.")
            .then("Each has the place and its role.")
            .wrong("The Seller would not know what happens there.")
            .watch(async |stage| of_quote(stage, |_, request| form::places(request, ITEMS)).await),
        case("buyer.quote.create.site-sub-unit")
            .shows(&["115.1 R23"])
            .given("A quote that was asked for.")
            .when("It refers to a site.")
            .then("There is no sub-unit beside the site.")
            .wrong("Two places in one building would contradict each other.")
            .watch(async |stage| of_quote(stage, |_, request| form::no_sub_unit_of_site(request, ITEMS)).await),
        case("buyer.quote.create.reference")
            .shows(&["115.1 D1", "115.1 D2"])
            .given("An address that was validated before.")
            .when("The Buyer asks for a quote there.")
            .then("It names the address by the Seller's id.")
            .wrong("The Seller has to find the place again, and may find another.")
            .watch(async |stage| {
                let request = common::quoted(stage).await?;
                common::places_are_references(stage, &request, "GeographicAddressRef")
            }),
        case("buyer.quote.create.site")
            .shows(&["115.1 D3", "115.1 D4"])
            .given("An address of the tester, at which there is a site.")
            .when("The Buyer asks for a quote there.")
            .then("It has listed the sites before, and names the site; it is odd if not.")
            .wrong("What is at that site already is not taken into account.")
            .watch(async |stage| {
                let request = common::quoted(stage).await?;
                common::knows_sites(stage, &request)
            }),
        case("buyer.quote.create.type")
            .shows(&["115.1 R7"])
            .given("A quote that was asked for.")
            .when("It configures products.")
            .then("Each configuration names its schema.")
            .wrong("Nobody could say what the attributes mean.")
            .watch(async |stage| of_quote(stage, |_, request| form::type_of_product(request, ITEMS)).await),
        case("buyer.quote.create.only-in-configuration")
            .shows(&["115.1 R6"])
            .given("A quote that was asked for.")
            .when("It has attributes of a product.")
            .then("They stand in its configuration and nowhere else.")
            .wrong("The Seller would not look for them there.")
            .watch(async |stage| of_quote(stage, |_, request| form::only_in_configuration(request)).await),
    ]
}

fn of_items() -> Vec<Case<Stage>> {
    vec![
        case("buyer.quote.add")
            .shows(&["115.1 R41", "115.1 R42", "115.1 R43"])
            .given("A quote that was asked for.")
            .when("An item adds a product.")
            .then("It has offering and configuration, and no id of a product.")
            .wrong("A new product cannot have an id yet, and needs to be described.")
            .watch(async |stage| {
                of_quote(stage, |_, request| {
                    let has = ["/product/productConfiguration", "/product/productOffering"];
                    form::item_has(request, (ITEMS, "add"), (&has, &["/product/id"]))
                })
                .await
            }),
        case("buyer.quote.modify")
            .shows(&["115.1 R44"])
            .given("A product in service.")
            .when("The Buyer asks for a quote of a change of it.")
            .then("The item has the product's id, offering and configuration.")
            .wrong("The Seller could not tell what becomes of which product.")
            .watch(async |stage| {
                of_change(stage, |_, request| {
                    let has = [
                        "/product/id",
                        "/product/productOffering",
                        "/product/productConfiguration",
                    ];
                    form::item_has(request, (ITEMS, "modify"), (&has, &[]))
                })
                .await
            }),
        case("buyer.quote.modify.whole")
            .shows(&["115.1 R45"])
            .given("A product in service, with relations, places and a configuration.")
            .when("The Buyer asks for a quote of a change of it.")
            .then("The item has all of it, also what stays as it is.")
            .wrong("What is left out might be taken away.")
            .watch(async |stage| of_change(stage, |stage, request| form::whole_product(stage, request, ITEMS)).await),
        case("buyer.quote.modify.specification")
            .shows(&["115.1 R46"])
            .given("A product in service.")
            .when("The Buyer asks for a quote of a change of it.")
            .then("Its offering is the same, or another one of the same specification.")
            .wrong("That would be another product.")
            .watch(async |stage| {
                of_change(stage, |stage, request| form::same_specification(stage, request, ITEMS)).await
            }),
        case("buyer.quote.delete")
            .shows(&["115.1 R47", "115.1 R48"])
            .given("A product in service.")
            .when("The Buyer asks for a quote of its end.")
            .then("The item has the product's id and nothing else of it, no qualification and no relations.")
            .wrong("What ends needs no description; one would contradict what is in service.")
            .watch(async |stage| {
                let request = ended(stage).await?;
                let lacks = [
                    "/productOfferingQualificationItem",
                    "/quoteItemRelationship",
                    "/product/productConfiguration",
                    "/product/productOffering",
                    "/product/productRelationship",
                    "/product/place",
                ];
                form::item_has(&request, (ITEMS, "delete"), (&["/product/id"], &lacks))
            }),
        case("buyer.quote.relations")
            .shows(&["115.1 R11", "115.1 R21"])
            .given("A quote that was asked for.")
            .when("Its items are related to each other, or to products in service.")
            .then("Relations between items name items of the request, those of products name none.")
            .wrong("A relation to nothing cannot be built.")
            .watch(relations),
        case("buyer.quote.poq-interval")
            .shows(&["115.1 R24"])
            .given("A qualification that told an installation interval.")
            .when("The Buyer asks for a quote of what was qualified, and wants it within an interval.")
            .then("That is not shorter than the one it was told.")
            .wrong("It asks for what it knows to be impossible.")
            .watch(later::poq_interval),
    ]
}

async fn relations(stage: &mut Stage) -> Check {
    let request = common::quoted(stage).await?;
    let between = form::siblings(&request, (ITEMS, "quoteItemRelationship"));
    let to_products = form::relations(&request, ITEMS);
    match (between, to_products) {
        (Err(Stop::NotOffered(_)), Err(Stop::NotOffered(why))) => Err(Stop::NotOffered(why)),
        (Err(Stop::NotOffered(_)), other) | (other, Err(Stop::NotOffered(_))) => other,
        (between, to_products) => between.and(to_products),
    }
}

fn of_all() -> Vec<Case<Stage>> {
    vec![
        case("buyer.quote.buyer-id")
            .shows(&["115.1 R4"])
            .given("A Buyer that acts for several parties.")
            .when("It makes requests.")
            .then("Each one says for whom, in the query.")
            .wrong("The Seller could not know who asks.")
            .watch(async |stage| {
                common::quoted(stage).await?;
                let ids = stage.profile.agreed.buyer_ids.clone();
                common::names_parties(stage, F, ("buyerId", &ids))
            }),
        case("buyer.quote.seller-id")
            .shows(&["115.1 R5"])
            .given("A tester that stands for several Sellers.")
            .when("The Buyer makes requests.")
            .then("Each one says which is meant, in the query.")
            .wrong("The wrong Seller might answer.")
            .watch(async |stage| {
                common::quoted(stage).await?;
                let ids = stage.profile.agreed.seller_ids.clone();
                common::names_parties(stage, F, ("sellerId", &ids))
            }),
        case("buyer.quote.structure")
            .shows(&["115.1 R9", "115.1 R12"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("Nothing is missing or of another form.")
            .wrong("Sellers need not understand it.")
            .watch(async |stage| {
                common::quoted(stage).await?;
                common::conform(stage, F)
            }),
        case("buyer.quote.nothing-else")
            .shows(&["115.1 R10"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("They have nothing that it does not have, in body and query.")
            .wrong("What one Seller takes would be refused by another.")
            .watch(async |stage| {
                common::quoted(stage).await?;
                common::nothing_undefined(stage, F)
            }),
    ]
}
