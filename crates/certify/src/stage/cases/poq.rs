//! Product Offering Qualification (Mplify 87.1): the duties of a Buyer.

mod later;

use super::{common, form};
use crate::case::{Case, Check, Function, Stop, case};
use crate::lab::expect::Answer;
use crate::stage::Stage;

const F: Function = Function::Poq;
const ITEMS: &str = "/productOfferingQualificationItem";
const CREATE: &str = "createProductOfferingQualification";

/// A qualification, and what is to be said of it.
async fn of_poq(stage: &mut Stage, check: impl Fn(&Stage, &Answer) -> Check) -> Check {
    let request = common::qualified(stage).await?;
    check(stage, &request)
}

/// A qualification of a change of a product in service.
async fn changed(stage: &mut Stage) -> Result<Answer, Stop> {
    let (_, product) = common::delivered(stage).await?;
    let request = stage.made("a qualification of a change", async |stage| {
        stage.step("poq-modify", &[("product", &product)], CREATE).await
    });
    request.await
}

/// A qualification by specification.
async fn by_specification(stage: &mut Stage) -> Result<Answer, Stop> {
    let address = common::address(stage).await?;
    let request = stage.made("a qualification by specification", async |stage| {
        stage.step("poq-specification", &[("address", &address)], CREATE).await
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
        case("buyer.poq.create.request")
            .shows(&["87.1 R2", "87.1 R25"])
            .given("A Buyer that knows an address of the tester.")
            .when("It is to ask whether a product can be delivered, to be answered at once.")
            .then("It says how soon and whether alternates are welcome, and has a contact and an item.")
            .wrong("The Seller could not tell what is wanted.")
            .watch(async |stage| {
                of_poq(stage, |_, request| {
                    request.at("/instantSyncQualification").is(true)?;
                    request.at("/provideAlternative").given()?;
                    request.at(ITEMS).filled()?;
                    crate::cases::common::has_contact(request, "", "buyerContactInformation")
                })
                .await
            }),
        case("buyer.poq.create.contacts")
            .shows(&["87.1 R27"])
            .given("A qualification that was asked for.")
            .when("It names contacts.")
            .then("Each has role, name, number and e-mail address.")
            .wrong("Nobody could be reached.")
            .watch(async |stage| {
                of_poq(stage, |_, request| {
                    let members = ["/role", "/name", "/number", "/emailAddress"];
                    form::filled_with(request, "/relatedContactInformation", &members)
                })
                .await
            }),
        case("buyer.poq.create.item")
            .shows(&["87.1 R29"])
            .given("A qualification that was asked for.")
            .when("It has items.")
            .then("Each has id and action, and a configuration of its product.")
            .wrong("The Seller could not tell what is wanted.")
            .watch(async |stage| {
                of_poq(stage, |_, request| {
                    form::filled_with(request, ITEMS, &["/id", "/action", "/product/productConfiguration"])
                })
                .await
            }),
        case("buyer.poq.create.place")
            .shows(&["87.1 R34", "87.1 R35", "87.1 R36"])
            .given("A qualification of something that is delivered at a place.")
            .when("The Buyer asks for it.")
            .then("Places have place, role and contact, and each contact name, number and e-mail address.")
            .wrong("The Seller would not know where, or whom to ask on site.")
            .watch(async |stage| {
                of_poq(stage, |_, request| {
                    form::places(request, ITEMS)?;
                    let places = request.each(&format!("{ITEMS}/*/product/place/*"));
                    for place in &places {
                        let contacts = format!("{}/contact", place.pointer);
                        form::filled_with(request, &contacts, &["/name", "/number", "/emailAddress"])?;
                    }
                    Ok(())
                })
                .await
            }),
        case("buyer.poq.create.sub-unit")
            .shows(&["87.1 O1"])
            .given("A qualification that was asked for.")
            .when("It says more of a place by a sub-unit.")
            .then("The place is an address, and the sub-unit has type and number.")
            .wrong("Two places in one building would contradict each other.")
            .watch(sub_unit),
        case("buyer.poq.create.type")
            .shows(&["87.1 R19"])
            .given("A qualification that was asked for.")
            .when("It configures products.")
            .then("Each configuration names its schema.")
            .wrong("Nobody could say what the attributes mean.")
            .watch(async |stage| of_poq(stage, |_, request| form::type_of_product(request, ITEMS)).await),
        case("buyer.poq.create.only-in-configuration")
            .shows(&["87.1 R18"])
            .given("A qualification that was asked for.")
            .when("It has attributes of a product.")
            .then("They stand in its configuration and nowhere else.")
            .wrong("The Seller would not look for them there.")
            .watch(async |stage| of_poq(stage, |_, request| form::only_in_configuration(request)).await),
    ]
}

async fn sub_unit(stage: &mut Stage) -> Check {
    let request = common::qualified(stage).await?;
    let units = request.each(&format!("{ITEMS}/*/product/place/*/subUnit/*"));
    common::some(&units, "sub-unit")?;
    common::all_have(&request, &units, &["/subUnitType", "/subUnitNumber"])?;
    match form::no_sub_unit_of_site(&request, ITEMS) {
        Err(Stop::NotOffered(_)) => Ok(()),
        other => other,
    }
}

fn of_items() -> Vec<Case<Stage>> {
    vec![
        case("buyer.poq.add")
            .shows(&["87.1 R37(a)", "87.1 R37(b)"])
            .given("A qualification that was asked for.")
            .when("An item adds a product.")
            .then("It has either an offering or a specification, and no id of a product.")
            .wrong("The Seller could not tell what is wanted; a new product cannot have an id yet.")
            .watch(async |stage| of_poq(stage, |_, request| either(request)).await),
        case("buyer.poq.specification")
            .shows(&["87.1 D1", "87.1 R26"])
            .given("A Buyer that knows an address of the tester.")
            .when("It is to ask for any product of a specification.")
            .then("It says which specification, and that alternates are welcome.")
            .wrong("The Seller may answer with other offerings only.")
            .watch(async |stage| {
                let request = by_specification(stage).await?;
                either(&request)?;
                let named = request.each(&format!("{ITEMS}/*/product/productSpecification/id"));
                named.iter().try_for_each(|part| part.given())?;
                request.at("/provideAlternative").is(true)
            }),
        case("buyer.poq.modify")
            .shows(&["87.1 R2", "87.1 R39"])
            .given("A product in service.")
            .when("The Buyer asks whether it can be changed.")
            .then("The item has the product's id, offering and configuration.")
            .wrong("The Seller could not tell what becomes of which product.")
            .watch(async |stage| {
                let request = changed(stage).await?;
                let has = [
                    "/product/id",
                    "/product/productOffering",
                    "/product/productConfiguration",
                ];
                form::item_has(&request, (ITEMS, "modify"), (&has, &[]))
            }),
        case("buyer.poq.modify.whole")
            .shows(&["87.1 R40"])
            .given("A product in service, with relations, places and a configuration.")
            .when("The Buyer asks whether it can be changed.")
            .then("The item has all of it, also what stays as it is.")
            .wrong("What is left out might be taken away.")
            .watch(async |stage| {
                let request = changed(stage).await?;
                form::whole_product(stage, &request, ITEMS)
            }),
        case("buyer.poq.modify.specification")
            .shows(&["87.1 R41"])
            .given("A product in service.")
            .when("The Buyer asks whether it can be changed.")
            .then("Its offering is the same, or another one of the same specification.")
            .wrong("That would be another product.")
            .watch(async |stage| {
                let request = changed(stage).await?;
                form::same_specification(stage, &request, ITEMS)
            }),
        case("buyer.poq.relations")
            .shows(&["87.1 R23", "87.1 R30", "87.1 R31"])
            .given("A qualification of something that is built on a product in service.")
            .when("The Buyer asks for it.")
            .then("The relation stands with the product, and has id and type; it names one in service.")
            .wrong("It would be built on nothing.")
            .watch(async |stage| of_poq(stage, |_, request| form::relations(request, ITEMS)).await),
        case("buyer.poq.siblings")
            .shows(&["87.1 R32", "87.1 R33"])
            .given("A qualification of several items that belong together.")
            .when("The Buyer asks for it.")
            .then("Relations between them have id and type, and name items of the request.")
            .wrong("A relation to nothing cannot be built.")
            .watch(async |stage| {
                of_poq(stage, |_, request| {
                    form::siblings(request, (ITEMS, "qualificationItemRelationship"))
                })
                .await
            }),
    ]
}

/// Mplify 87.1 R37, both of that number.
fn either(request: &Answer) -> Check {
    for item in form::of_action(request, ITEMS, "add")? {
        let has = |name: &str| item.value["product"].get(name).is_some();
        let one = has("productOffering") != has("productSpecification");
        item.so(one, "to have either productOffering or productSpecification")?;
        request.at(&format!("{}/product/id", item.pointer)).absent()?;
    }
    Ok(())
}

fn of_all() -> Vec<Case<Stage>> {
    vec![
        case("buyer.poq.buyer-id")
            .shows(&["87.1 R5"])
            .given("A Buyer that acts for several parties.")
            .when("It makes requests.")
            .then("Each one says for whom, in the query.")
            .wrong("The Seller could not know who asks.")
            .watch(async |stage| {
                common::qualified(stage).await?;
                let ids = stage.profile.agreed.buyer_ids.clone();
                common::names_parties(stage, F, ("buyerId", &ids))
            }),
        case("buyer.poq.seller-id")
            .shows(&["87.1 R6"])
            .given("A tester that stands for several Sellers.")
            .when("The Buyer makes requests.")
            .then("Each one says which is meant, in the query.")
            .wrong("The wrong Seller might answer.")
            .watch(async |stage| {
                common::qualified(stage).await?;
                let ids = stage.profile.agreed.seller_ids.clone();
                common::names_parties(stage, F, ("sellerId", &ids))
            }),
        case("buyer.poq.structure")
            .shows(&["87.1 R7", "87.1 R21"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("Nothing is missing or of another form.")
            .wrong("Sellers need not understand it.")
            .watch(async |stage| {
                common::qualified(stage).await?;
                common::conform(stage, F)
            }),
        case("buyer.poq.nothing-else")
            .shows(&["87.1 R22"])
            .given("All requests of the Buyer in this function.")
            .when("They are held against the description of their operation.")
            .then("They have nothing that it does not have, in body and query.")
            .wrong("What one Seller takes would be refused by another.")
            .watch(async |stage| {
                common::qualified(stage).await?;
                common::nothing_undefined(stage, F)
            }),
    ]
}
