//! Orders of offerings with a profile: what is built and kept is the effective configuration.

use serde_json::{Value, json};

use super::shop::Shop;
use super::world::World;
use crate::api::inventory::rules::import;
use crate::failure::ProblemCode::{InvalidValue, MissingProperty, UnexpectedProperty};
use crate::products::OPERATOR_UNI;

/// Frame size optional, VLAN fixed and neither sent nor shown, MEG fixed and shown.
fn set_profile(world: &mut World) {
    let rows = json!([
        {"path": "/defaultCeVlanId", "line": 1,
         "use": {"fixed": {"value": 7, "mayBeSent": false, "returned": false}}},
        {"path": "/maximumServiceFrameSize", "use": {"optional": {"default": 9000}}, "line": 2},
        {"path": "/meg", "use": {"fixed": {"value": "DISABLED", "mayBeSent": true, "returned": true}}, "line": 3},
    ]);
    world.book.offerings[0].profile = serde_json::from_value(rows).unwrap();
}

fn without(order: &mut Value, names: &[&str]) {
    let configuration = &mut order["productOrderItem"][0]["product"]["productConfiguration"];
    for name in names {
        configuration.as_object_mut().unwrap().remove(*name);
    }
}

const ALL: &[&str] = &["defaultCeVlanId", "maximumServiceFrameSize", "meg"];

#[test]
fn the_request_is_echoed_as_it_came_and_the_inventory_shows_what_counts() {
    // Mplify 123.1 R17; MEF 125 R8, R9, R13, R15
    let mut shop = Shop::new();
    set_profile(&mut shop.world);
    let mut order = shop.world.free_order();
    without(&mut order, ALL);
    let id = shop.create("productOrder", &order).unwrap();
    // What counts is what was agreed when the order came in.
    shop.world.book.offerings[0].profile = serde_json::from_value(json!([])).unwrap();
    shop.finish();
    let sent = &order["productOrderItem"][0]["product"]["productConfiguration"];
    let order = shop.get("productOrder", &id);
    assert_eq!(order.at("/productOrderItem/0/product/productConfiguration"), Some(sent));
    let product = order.text("/productOrderItem/0/product/id").unwrap();
    let shown = shop.get("product", product).at("/productConfiguration").unwrap();
    assert_eq!(shown["maximumServiceFrameSize"], 9000);
    assert_eq!(shown["meg"], "DISABLED");
    assert_eq!(shown.get("defaultCeVlanId"), None);
    assert_eq!(shown["linkAggregation"], sent["linkAggregation"]);
}

#[test]
fn a_change_that_leaves_something_out_falls_back_to_the_default() {
    // MEF 139 section 9
    let mut shop = Shop::new();
    set_profile(&mut shop.world);
    let mut order = shop.world.free_order();
    without(&mut order, &["defaultCeVlanId"]);
    let id = shop.create("productOrder", &order).unwrap();
    shop.finish();
    let order = shop.get("productOrder", &id);
    let uni = order.text("/productOrderItem/0/product/id").unwrap().to_owned();
    let size = |shop: &Shop| {
        shop.get("product", &uni)
            .at("/productConfiguration/maximumServiceFrameSize")
            .cloned()
    };
    assert_eq!(size(&shop), Some(json!(1522)));
    // What the inventory shows can be sent again as it is.
    let mut change = shop.modify(&uni);
    assert!(shop.order(vec![change.clone()]).is_ok());
    shop.finish();
    let configuration = change["product"]["productConfiguration"].as_object_mut().unwrap();
    configuration.remove("maximumServiceFrameSize");
    shop.order(vec![change]).unwrap();
    shop.finish();
    assert_eq!(size(&shop), Some(json!(9000)));
}

#[test]
fn what_was_quoted_with_a_default_may_be_ordered_with_it_spelt_out() {
    let mut world = World::new();
    set_profile(&mut world);
    let mut quote = world.found.document("quote", "quote-1").unwrap().clone();
    let quoted = quote.body["quoteItem"][0]["product"]["productConfiguration"]
        .as_object_mut()
        .unwrap();
    for name in ALL {
        quoted.remove(*name);
    }
    world.keep(quote);
    let mut order = world.order();
    without(&mut order, &["defaultCeVlanId"]);
    let path = "/productOrderItem/0/product/productConfiguration/maximumServiceFrameSize";
    *order.pointer_mut(path).unwrap() = json!(9000);
    world.create(&order).unwrap();
    *order.pointer_mut(path).unwrap() = json!(1522);
    world.check_refused(&order, &[(InvalidValue, path)]);
}

#[test]
fn an_imported_product_follows_the_profile_of_its_offering_too() {
    // MEF 125 R6, R9, R13, R15
    let mut world = World::new();
    set_profile(&mut world);
    let profile = &mut world.book.offerings[0].profile;
    let mut rows = serde_json::to_value(&*profile).unwrap();
    rows.as_array_mut()
        .unwrap()
        .insert(1, json!({"path": "/linkOam", "use": "mandatory", "line": 4}));
    *profile = serde_json::from_value(rows).unwrap();
    let contact = |role: &str| json!({"role": role, "name": "Bo", "number": "+2 2", "emailAddress": "bo@beta.example"});
    let roles = [
        "buyerAssuranceTechnicalContact",
        "buyerCommercialContact",
        "buyerSlaManagementContact",
    ];
    let mut product = json!({
        "productOffering": {"id": "uni-1g"},
        "productConfiguration": world.products.sample(OPERATOR_UNI).unwrap(),
        "relatedContactInformation": roles.map(contact),
    });
    product["productConfiguration"]["defaultCeVlanId"] = json!(7);
    product["productConfiguration"]
        .as_object_mut()
        .unwrap()
        .remove("maximumServiceFrameSize");
    let commit = world.with(|ctx| import(&product, ctx)).unwrap();
    let shown = commit.documents[0].at("/productConfiguration").unwrap();
    assert_eq!(shown["maximumServiceFrameSize"], 9000);
    assert_eq!(shown.get("defaultCeVlanId"), None);
    product["productConfiguration"]["defaultCeVlanId"] = json!(8);
    product["productConfiguration"]
        .as_object_mut()
        .unwrap()
        .remove("linkOam");
    let problems = world.with(|ctx| import(&product, ctx)).unwrap_err();
    let told: Vec<_> = problems
        .iter()
        .map(|told| (told.code, told.property_path.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (InvalidValue, "/productConfiguration/defaultCeVlanId"),
            (MissingProperty, "/productConfiguration/linkOam"),
        ]
    );
}

#[test]
fn what_must_not_be_sent_is_refused_in_an_order() {
    // MEF 125 R12
    let mut world = World::new();
    set_profile(&mut world);
    let path = "/productOrderItem/0/product/productConfiguration/defaultCeVlanId";
    world.check_refused(&world.free_order(), &[(UnexpectedProperty, path)]);
}
