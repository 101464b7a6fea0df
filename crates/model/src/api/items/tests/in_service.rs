//! Items that change or end a product in service.

use serde_json::{Value, json};

use super::{ALL, check_items};
use crate::api::bench::Bench;
use crate::api::items::capacity::Tally;
use crate::api::items::{check, needs};
use crate::document::Document;
use crate::failure::ProblemCode::{InvalidValue, MissingProperty, ReferenceNotFound, UnexpectedProperty};
use crate::products::OPERATOR_UNI;
use crate::rules::Ref;

fn circuit() -> Bench {
    let mut bench = Bench::new();
    bench.put_circuit();
    bench
}

fn modify(id: &str, product: &Value) -> Value {
    json!({"id": id, "action": "modify", "product": product})
}

fn delete(id: &str, product: &str) -> Value {
    json!({"id": id, "action": "delete", "product": {"id": product}})
}

#[test]
fn a_change_repeats_relations_and_may_give_another_bandwidth() {
    // Mplify 115.1 R45, 87.1 R40, 123.1 R41
    let bench = circuit();
    let mut ovc = bench.unchanged("ovc-1");
    let profile = "/productConfiguration/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow";
    for rate in ["cir", "cirMax"] {
        ovc.pointer_mut(profile).unwrap()[rate] = json!({"irValue": 7, "irUnits": "MBPS"});
    }
    check_items(&bench, &json!([modify("1", &ovc)]), &[]);
    ovc["productRelationship"].as_array_mut().unwrap().pop();
    let at = "/quoteItem/0/product/productRelationship";
    check_items(&bench, &json!([modify("1", &ovc)]), &[(MissingProperty, at)]);
}

#[test]
fn a_change_does_not_move_to_another_interface() {
    let mut bench = circuit();
    bench.put(bench.product("uni-2", OPERATOR_UNI));
    let mut ovc = bench.unchanged("ovc-1");
    ovc["productRelationship"][1]["id"] = json!("uni-2");
    check_items(
        &bench,
        &json!([modify("1", &ovc)]),
        &[(InvalidValue, "/quoteItem/0/product/productRelationship/1/id")],
    );
}

#[test]
fn an_item_that_changes_the_other_product_stands_for_the_relation() {
    // Mplify 123.1 R42
    let bench = circuit();
    let mut ovc = bench.unchanged("ovc-1");
    ovc["productRelationship"].as_array_mut().unwrap().pop();
    let mut ovc = modify("1", &ovc);
    ovc["quoteItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": "2"}]);
    check_items(
        &bench,
        &json!([ovc.clone(), modify("2", &bench.unchanged("uni-1"))]),
        &[],
    );
    let add = json!({"id": "2", "action": "add", "product": bench.uni("UNI", "A2")});
    check_items(
        &bench,
        &json!([ovc, add]),
        &[(InvalidValue, "/quoteItem/0/quoteItemRelationship/0/id")],
    );
}

#[test]
fn a_change_keeps_place_and_physical_layer() {
    // Mplify 87.1 R40
    let bench = circuit();
    let mut uni = bench.unchanged("uni-1");
    uni["place"][0]["place"]["id"] = json!("A1");
    uni["productConfiguration"]["listOfPhysicalLinks"][0]["physicalLink"] = json!("10GBASE_LR");
    check_items(
        &bench,
        &json!([modify("1", &uni)]),
        &[
            (InvalidValue, "/quoteItem/0/product/place"),
            (
                InvalidValue,
                "/quoteItem/0/product/productConfiguration/listOfPhysicalLinks",
            ),
        ],
    );
    // The same place in another way of writing.
    let mut uni = bench.unchanged("uni-1");
    let fielded = &bench.book.address("A2").unwrap().fielded.clone();
    uni["place"][0]["place"] = json!({"@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [fielded]});
    check_items(&bench, &json!([modify("1", &uni)]), &[]);
}

#[test]
fn another_offering_is_one_of_the_same_specification() {
    // Mplify 115.1 R46, 87.1 R41
    let bench = circuit();
    let mut uni = bench.unchanged("uni-1");
    uni["productOffering"]["id"] = json!("UNI-BUILD");
    check_items(&bench, &json!([modify("1", &uni)]), &[]);
    let mut ovc = bench.unchanged("ovc-1");
    ovc["id"] = json!("uni-1");
    ovc.as_object_mut().unwrap().remove("productRelationship");
    check_items(
        &bench,
        &json!([modify("1", &ovc)]),
        &[(InvalidValue, "/quoteItem/0/product/productOffering/id")],
    );
}

#[test]
fn only_an_active_product_is_changed_and_only_by_one_item() {
    let mut bench = circuit();
    let uni = bench.unchanged("uni-1");
    check_items(
        &bench,
        &json!([modify("1", &uni), modify("2", &uni)]),
        &[(InvalidValue, "/quoteItem/1/product/id")],
    );
    for state in [
        "active.pendingChange",
        "pendingTerminate",
        "pendingActive",
        "suspended",
        "terminated",
    ] {
        let mut product = bench.in_service("uni-1", bench.uni("UNI", "A2"));
        state.clone_into(&mut product.state);
        bench.put(product);
        check_items(
            &bench,
            &json!([modify("1", &uni)]),
            &[(InvalidValue, "/quoteItem/0/product/id")],
        );
    }
}

#[test]
fn what_others_use_ends_with_them_or_after_them() {
    let mut bench = circuit();
    let path = "/quoteItem/0/product/id";
    check_items(&bench, &json!([delete("1", "uni-1")]), &[(InvalidValue, path)]);
    check_items(&bench, &json!([delete("1", "uni-1"), delete("2", "ovc-1")]), &[]);
    check_items(
        &bench,
        &json!([delete("1", "uni-1"), modify("2", &bench.unchanged("ovc-1"))]),
        &[
            (InvalidValue, path),
            (InvalidValue, "/quoteItem/1/product/productRelationship/1/id"),
        ],
    );
    let users: Vec<Document> = bench
        .found
        .related
        .values()
        .next()
        .unwrap()
        .iter()
        .map(|ovc| Document {
            state: "terminated".into(),
            ..ovc.clone()
        })
        .collect();
    let key = ("product".to_owned(), "relatedProductId".to_owned(), "uni-1".to_owned());
    bench.found.related.insert(key, users);
    check_items(&bench, &json!([delete("1", "uni-1")]), &[]);
}

#[test]
fn nothing_new_is_built_on_what_ends() {
    let bench = circuit();
    let mut ovc = json!({"id": "2", "action": "add", "product": bench.ovc()});
    ovc["quoteItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": "1"}]);
    check_items(
        &bench,
        &json!([delete("1", "uni-1"), ovc, delete("3", "ovc-1")]),
        &[(InvalidValue, "/quoteItem/1/quoteItemRelationship/0/id")],
    );
}

#[test]
fn an_enni_is_not_touched_through_the_api_and_foreign_products_are_unknown() {
    let bench = circuit();
    check_items(
        &bench,
        &json!([delete("1", "enni-1"), delete("2", "of-somebody-else")]),
        &[
            (InvalidValue, "/quoteItem/0/product/id"),
            (InvalidValue, "/quoteItem/0/product/id"),
            (ReferenceNotFound, "/quoteItem/1/product/id"),
        ],
    );
}

#[test]
fn an_end_names_no_qualification() {
    // Mplify 115.1 R48
    let bench = circuit();
    let mut item = delete("1", "ovc-1");
    item["productOfferingQualificationItem"] = json!({"id": "1", "productOfferingQualificationId": "q"});
    check_items(
        &bench,
        &json!([item]),
        &[(UnexpectedProperty, "/quoteItem/0/productOfferingQualificationItem")],
    );
}

#[test]
fn who_uses_a_product_is_looked_up_before_it_changes_or_ends() {
    let bench = circuit();
    for item in [delete("1", "uni-1"), modify("1", &bench.unchanged("uni-1"))] {
        let body = json!({"quoteItem": [item]});
        let refs = bench.run(|ctx| needs(&ALL, body.as_object().unwrap(), ctx));
        let users = Ref::Related {
            resource: "product",
            filter: "relatedProductId",
            value: "uni-1".into(),
        };
        assert!(refs.contains(&users), "{refs:?}");
    }
}

/// What the items of one request take, by item.
#[track_caller]
fn check_takes(bench: &Bench, items: &Value, expected: &[&[i64]]) {
    let body = json!({"quoteItem": items});
    bench.run(|ctx| {
        let (problems, items) = check(&ALL, body.as_object().unwrap(), &bench.found, ctx);
        assert_eq!(problems, []);
        let mut tally = Tally::default();
        let takes: Vec<Vec<i64>> = items
            .iter()
            .map(|item| tally.share(item, &bench.found, ctx).takes)
            .map(|takes| takes.iter().map(|capacity| capacity.amount).collect())
            .collect();
        assert_eq!(takes, expected);
    });
}

#[test]
fn a_change_takes_only_what_it_needs_more() {
    let mut bench = circuit();
    let mut uni = bench.unchanged("uni-1");
    check_takes(&bench, &json!([modify("1", &uni)]), &[&[]]);
    let dual = bench
        .book
        .offerings
        .iter_mut()
        .find(|offering| offering.id == "UNI-BUILD");
    dual.unwrap().ports = 2;
    uni["productOffering"]["id"] = json!("UNI-BUILD");
    check_takes(&bench, &json!([modify("1", &uni)]), &[&[1]]);
    check_takes(
        &bench,
        &json!([delete("1", "ovc-1"), delete("2", "uni-1")]),
        &[&[], &[]],
    );
}
