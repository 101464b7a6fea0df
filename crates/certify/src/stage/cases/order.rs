//! Product Ordering Management (Mplify 123.1): the duties of a Buyer.

mod change;
mod charge;
mod events;

use super::{common, form, quote};
use crate::case::{Case, Check, Function, Stop, case};
use crate::lab::expect::Answer;
use crate::stage::Stage;

const F: Function = Function::Order;
const ITEMS: &str = "/productOrderItem";

/// The contacts of each item.
const CONTACTS: [&str; 3] = [
    "buyerProductOrderItemContact",
    "buyerImplementationContact",
    "buyerTechnicalContact",
];

/// An order, and what is to be said of it.
async fn of_order(stage: &mut Stage, check: impl Fn(&Stage, &Answer) -> Check) -> Check {
    let request = common::ordered(stage).await?;
    check(stage, &request)
}

/// The order of a change, and what is to be said of it.
async fn of_change(stage: &mut Stage, check: impl Fn(&Stage, &Answer) -> Check) -> Check {
    let (_, product) = common::delivered(stage).await?;
    let quote = common::id_of(&quote::changed(stage).await?)?;
    let request = stage
        .made("an order of a change", async |stage| {
            let names = [("product", product.as_str()), ("quote", quote.as_str())];
            stage.step("order-modify", &names, "createProductOrder").await
        })
        .await?;
    check(stage, &request)
}

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    let mut all = of_create();
    all.extend(of_items());
    all.extend(of_changes());
    all.extend(change::cases());
    all.extend(charge::cases());
    all.extend(events::cases());
    all.extend(of_all());
    all
}

fn of_create() -> Vec<Case<Stage>> {
    vec![
        case("buyer.order.create.request")
            .shows(&["123.1 R10", "123.1 R11"])
            .given("A quote that can be ordered.")
            .when("The Buyer is to order it.")
            .then("The order has at least one item, and a contact for the order.")
            .wrong("There would be nothing to do, or nobody to ask.")
            .watch(async |stage| {
                of_order(stage, |_, request| {
                    request.at(ITEMS).filled()?;
                    crate::cases::common::has_contact(request, "", "productOrderContact")
                })
                .await
            }),
        case("buyer.order.create.item")
            .shows(&["123.1 R12"])
            .given("A quote that can be ordered.")
            .when("The Buyer is to order it.")
            .then("Each item has id, action, product and wanted date, and three contacts of the Buyer.")
            .wrong("The Seller would not know what is wanted when, and whom to ask.")
            .watch(async |stage| {
                of_order(stage, |_, request| {
                    let members = ["/id", "/action", "/product", "/requestedCompletionDate"];
                    form::filled_with(request, ITEMS, &members)?;
                    has_contacts(request)
                })
                .await
            }),
        case("buyer.order.create.quote")
            .shows(&["123.1 CR6"])
            .given("A Seller that takes orders of quotes only, as was agreed.")
            .when("The Buyer is to order a quote.")
            .then("Each item names the item of the quote.")
            .wrong("The Seller could not tell at which price.")
            .watch(async |stage| {
                let wanted = stage.profile.agreed.quote_required;
                named(
                    stage,
                    (wanted, "quote-required"),
                    &["/quoteItem/quoteId", "/quoteItem/id"],
                )
                .await
            }),
        case("buyer.order.create.poq")
            .shows(&["123.1 CR5"])
            .given("A Seller that takes orders of what was qualified only, as was agreed.")
            .when("The Buyer is to order a quote.")
            .then("Each item names the item of the qualification.")
            .wrong("The Seller could not tell whether it can be delivered.")
            .watch(async |stage| {
                let wanted = stage.profile.agreed.poq_required;
                let item = "/productOfferingQualificationItem";
                let members = [&format!("{item}/productOfferingQualificationId"), &format!("{item}/id")];
                named(stage, (wanted, "poq-required"), &members.map(String::as_str)).await
            }),
        case("buyer.order.create.place")
            .shows(&["123.1 R14"])
            .given("An order.")
            .when("It names places.")
            .then("Each has the place and its role.")
            .wrong("The Seller would not know what happens there.")
            .watch(async |stage| of_order(stage, |_, request| form::places(request, ITEMS)).await),
        case("buyer.order.create.site-sub-unit")
            .shows(&["123.1 R15"])
            .given("An order.")
            .when("It refers to a site.")
            .then("There is no sub-unit beside the site.")
            .wrong("Two places in one building would contradict each other.")
            .watch(async |stage| of_order(stage, |_, request| form::no_sub_unit_of_site(request, ITEMS)).await),
        case("buyer.order.create.reference")
            .shows(&["123.1 D1", "123.1 D2"])
            .given("An address that was validated before.")
            .when("The Buyer orders something there.")
            .then("It names the address by the Seller's id.")
            .wrong("The Seller has to find the place again, and may find another.")
            .watch(async |stage| {
                let request = common::ordered(stage).await?;
                common::places_are_references(stage, &request, "GeographicAddressRef")
            }),
        case("buyer.order.create.site")
            .shows(&["123.1 D3", "123.1 D4"])
            .given("An address of the tester, at which there is a site.")
            .when("The Buyer orders something there.")
            .then("It has listed the sites before, and names the site; it is odd if not.")
            .wrong("What is at that site already is not taken into account.")
            .watch(async |stage| {
                let request = common::ordered(stage).await?;
                common::knows_sites(stage, &request)
            }),
        case("buyer.order.create.type")
            .shows(&["123.1 R5"])
            .given("An order.")
            .when("It configures products.")
            .then("Each configuration names its schema.")
            .wrong("Nobody could say what the attributes mean.")
            .watch(async |stage| of_order(stage, |_, request| form::type_of_product(request, ITEMS)).await),
        case("buyer.order.create.only-in-configuration")
            .shows(&["123.1 R4"])
            .given("An order.")
            .when("It has attributes of a product.")
            .then("They stand in its configuration and nowhere else.")
            .wrong("The Seller would not look for them there.")
            .watch(async |stage| of_order(stage, |_, request| form::only_in_configuration(request)).await),
    ]
}

/// Mplify 123.1 R12.
fn has_contacts(request: &Answer) -> Check {
    for item in request.each(&format!("{ITEMS}/*")) {
        for role in CONTACTS {
            crate::cases::common::has_contact(request, &item.pointer, role)?;
        }
    }
    Ok(())
}

async fn named(stage: &mut Stage, (wanted, agreed): (bool, &str), members: &[&str]) -> Check {
    if !wanted {
        return Err(Stop::NotOffered(format!("it was not agreed (agreed.{agreed})")));
    }
    let request = common::ordered(stage).await?;
    common::all_have(&request, &request.each(&format!("{ITEMS}/*")), members)
}

fn of_items() -> Vec<Case<Stage>> {
    vec![
        case("buyer.order.add")
            .shows(&["123.1 R31", "123.1 R33", "123.1 R37"])
            .given("A quote that can be ordered.")
            .when("An item of the order adds a product.")
            .then("It has offering and configuration, and no id of a product.")
            .wrong("A new product cannot have an id yet, and needs to be described.")
            .watch(async |stage| {
                of_order(stage, |_, request| {
                    let has = ["/product/productConfiguration", "/product/productOffering"];
                    form::item_has(request, (ITEMS, "add"), (&has, &["/product/id"]))
                })
                .await
            }),
        case("buyer.order.add.account")
            .shows(&["123.1 R34"])
            .given("A quote that can be ordered.")
            .when("An item of the order adds a product.")
            .then("It names the billing account.")
            .wrong("Nobody could send an invoice.")
            .watch(async |stage| {
                of_order(stage, |_, request| {
                    form::item_has(request, (ITEMS, "add"), (&["/billingAccount/id"], &[]))
                })
                .await
            }),
        case("buyer.order.add.term")
            .shows(&["123.1 R35", "123.1 R36"])
            .given("A quote that can be ordered.")
            .when("An item of the order adds a product.")
            .then("It has its term; one that rolls on says how far.")
            .wrong("Nobody could say when it ends.")
            .watch(async |stage| {
                of_order(stage, |_, request| {
                    form::item_has(request, (ITEMS, "add"), (&["/requestedItemTerm"], &[]))?;
                    let terms = request.each(&format!("{ITEMS}/*/requestedItemTerm"));
                    let rolls: Vec<_> = terms
                        .into_iter()
                        .filter(|term| term.value["endOfTermAction"] == "roll")
                        .collect();
                    common::all_have(request, &rolls, &["/rollInterval"])
                })
                .await
            }),
        case("buyer.order.siblings")
            .shows(&["123.1 R32"])
            .given("An order of several items that belong together.")
            .when("The Buyer sends it.")
            .then("Relations between them name items of the order.")
            .wrong("A relation to nothing cannot be built.")
            .watch(async |stage| {
                of_order(stage, |_, request| {
                    form::siblings(request, (ITEMS, "productOrderItemRelationship"))
                })
                .await
            }),
        case("buyer.order.relations")
            .shows(&["123.1 R9", "123.1 R13"])
            .given("An order of something that is built on a product in service.")
            .when("The Buyer sends it.")
            .then("The relation stands with the product and names one in service.")
            .wrong("It would be built on nothing.")
            .watch(async |stage| of_order(stage, |_, request| form::relations(request, ITEMS)).await),
    ]
}

fn of_changes() -> Vec<Case<Stage>> {
    vec![
        case("buyer.order.modify")
            .shows(&["123.1 R40"])
            .given("A product in service, and a quote of a change of it.")
            .when("The Buyer orders the change.")
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
        case("buyer.order.modify.whole")
            .shows(&["123.1 R41"])
            .given("A product in service, with relations, places and a configuration.")
            .when("The Buyer orders a change of it.")
            .then("The item has all of it, also what stays as it is.")
            .wrong("What is left out might be taken away.")
            .watch(async |stage| of_change(stage, |stage, request| form::whole_product(stage, request, ITEMS)).await),
        case("buyer.order.modify.specification")
            .shows(&["123.1 R44"])
            .given("A product in service.")
            .when("The Buyer orders a change of it.")
            .then("Its offering is the same, or another one of the same specification.")
            .wrong("That would be another product.")
            .watch(async |stage| {
                of_change(stage, |stage, request| form::same_specification(stage, request, ITEMS)).await
            }),
        case("buyer.order.modify.term")
            .shows(&["123.1 R43"])
            .given("A Seller that wants a term with every change, as was agreed.")
            .when("The Buyer orders a change of a product in service.")
            .then("The item has its term.")
            .wrong("Nobody could say when it ends.")
            .watch(async |stage| {
                if !stage.profile.agreed.modify_term_required {
                    let why = "it was not agreed (agreed.modify-term-required)";
                    return Err(Stop::NotOffered(why.to_owned()));
                }
                of_change(stage, |_, request| {
                    form::item_has(request, (ITEMS, "modify"), (&["/requestedItemTerm"], &[]))
                })
                .await
            }),
        case("buyer.order.modify.siblings")
            .shows(&["123.1 R42"])
            .given("An order that changes a product and has another item it is related to.")
            .when("The Buyer sends it.")
            .then("Relations between them name items of the order.")
            .wrong("A relation to nothing cannot be built.")
            .watch(async |stage| {
                of_change(stage, |_, request| {
                    form::siblings(request, (ITEMS, "productOrderItemRelationship"))
                })
                .await
            }),
        case("buyer.order.modify.account")
            .shows(&["123.1 O8"])
            .given("A product in service.")
            .when("The Buyer orders a change of it and names a billing account.")
            .then("The account has its id.")
            .wrong("An account without id is none.")
            .watch(async |stage| {
                of_change(stage, |_, request| {
                    let accounts = request.each(&format!("{ITEMS}/*/billingAccount"));
                    let named: Vec<_> = accounts.into_iter().filter(|part| !part.value.is_null()).collect();
                    common::some(&named, "billing account")?;
                    common::all_have(request, &named, &["/id"])
                })
                .await
            }),
        case("buyer.order.delete")
            .shows(&["123.1 R45", "123.1 R46"])
            .given("A product in service, and a quote of its end.")
            .when("The Buyer orders its end.")
            .then("The item has the product's id and nothing else of it, no qualification and no term.")
            .wrong("What ends needs no description; one would contradict what is in service.")
            .watch(async |stage| {
                let (_, product) = common::delivered(stage).await?;
                let quote = common::id_of(&quote::ended(stage).await?)?;
                let names = [("product", product.as_str()), ("quote", quote.as_str())];
                let request = stage.step("order-delete", &names, "createProductOrder").await?;
                let lacks = [
                    "/productOfferingQualificationItem",
                    "/requestedItemTerm",
                    "/product/productConfiguration",
                    "/product/productOffering",
                    "/product/productRelationship",
                    "/product/place",
                ];
                form::item_has(&request, (ITEMS, "delete"), (&["/product/id"], &lacks))
            }),
    ]
}

fn of_all() -> Vec<Case<Stage>> {
    vec![
        case("buyer.order.buyer-id")
            .shows(&["123.1 R2"])
            .given("A Buyer that acts for several parties.")
            .when("It makes requests.")
            .then("Each one says for whom, in the query.")
            .wrong("The Seller could not know who asks.")
            .watch(async |stage| {
                common::ordered(stage).await?;
                let ids = stage.profile.agreed.buyer_ids.clone();
                common::names_parties(stage, F, ("buyerId", &ids))
            }),
        case("buyer.order.seller-id")
            .shows(&["123.1 R3"])
            .given("A tester that stands for several Sellers.")
            .when("The Buyer makes requests.")
            .then("Each one says which is meant, in the query.")
            .wrong("The wrong Seller might answer.")
            .watch(async |stage| {
                common::ordered(stage).await?;
                let ids = stage.profile.agreed.seller_ids.clone();
                common::names_parties(stage, F, ("sellerId", &ids))
            }),
        case("buyer.order.structure")
            .shows(&["123.1 R7"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("Nothing is missing or of another form.")
            .wrong("Sellers need not understand it.")
            .watch(async |stage| {
                common::ordered(stage).await?;
                common::conform(stage, F)
            }),
        case("buyer.order.nothing-else")
            .shows(&["123.1 R8"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("They have nothing that it does not have, in body and query.")
            .wrong("What one Seller takes would be refused by another.")
            .watch(async |stage| {
                common::ordered(stage).await?;
                common::nothing_undefined(stage, F)
            }),
    ]
}
