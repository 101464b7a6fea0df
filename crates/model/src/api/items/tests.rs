//! The envelope of product items, seen through a family that offers all actions.

mod beside;
mod ends;
mod envelope;
mod in_service;
mod profile;

use serde_json::{Value, json};

use super::{Action, Family, Item, ORDER, POQ, QUOTE_INSTANT, check, needs};
use crate::api::bench::{Bench, C_VLANS, S_VLANS, check_problems, set_vlan};
use crate::failure::ProblemCode::{self, InvalidValue, MissingProperty, ReferenceNotFound, UnexpectedProperty};
use crate::products::{ENNI, OPERATOR_UNI};
use crate::rules::Ref;

/// A quote in which everything may be done.
static ALL: Family = Family {
    actions: &[Action::Add, Action::Modify, Action::Delete],
    ..QUOTE_INSTANT
};

#[track_caller]
fn check_items(bench: &Bench, items: &Value, expected: &[(ProblemCode, &str)]) {
    let body = json!({"quoteItem": items});
    bench.run(|ctx| {
        let (problems, items) = check(&ALL, body.as_object().unwrap(), &bench.found, ctx);
        check_problems(&problems, expected);
        assert!(items.iter().all(Item::is_whole) || !problems.is_empty());
    });
}

impl Item<'_> {
    fn is_whole(&self) -> bool {
        self.action == Some(Action::Delete) || (self.offering.is_some() && self.configuration.is_some())
    }
}

#[test]
fn add_names_an_offering_and_a_configuration_and_no_product() {
    // Mplify 115.1 R41, R42, R43
    let bench = Bench::new();
    let product = json!({"id": "p"});
    check_items(
        &bench,
        &json!([{"id": "1", "action": "add", "product": product}]),
        &[
            (MissingProperty, "/quoteItem/0/product/productOffering"),
            (MissingProperty, "/quoteItem/0/product/productConfiguration"),
            (UnexpectedProperty, "/quoteItem/0/product/id"),
        ],
    );
}

#[test]
fn modify_names_a_product_in_service_and_its_whole_new_state() {
    // Mplify 115.1 R44
    let mut bench = Bench::new();
    let mut uni = bench.uni("UNI", "A2");
    let modify = |product: &Value| json!([{"id": "1", "action": "modify", "product": product}]);
    check_items(&bench, &modify(&uni), &[(MissingProperty, "/quoteItem/0/product/id")]);
    uni["id"] = json!("p-1");
    check_items(&bench, &modify(&uni), &[(ReferenceNotFound, "/quoteItem/0/product/id")]);
    let mut product = bench.in_service("p-1", bench.uni("UNI", "A2"));
    product.state = "terminated".into();
    bench.put(product);
    check_items(&bench, &modify(&uni), &[(InvalidValue, "/quoteItem/0/product/id")]);
    bench.put(bench.in_service("p-1", bench.uni("UNI", "A2")));
    check_items(&bench, &modify(&uni), &[]);
}

#[test]
fn delete_names_a_product_in_service_and_nothing_else() {
    // Mplify 115.1 R47, R48
    let mut bench = Bench::new();
    bench.put(bench.product("p-1", OPERATOR_UNI));
    check_items(
        &bench,
        &json!([{"id": "1", "action": "delete", "product": {"id": "p-1"}}]),
        &[],
    );
    let mut uni = bench.uni("UNI", "A2");
    uni["id"] = json!("p-1");
    let item = json!({"id": "1", "action": "delete", "product": uni, "quoteItemRelationship": []});
    check_items(
        &bench,
        &json!([item]),
        &[
            (UnexpectedProperty, "/quoteItem/0/product/productOffering"),
            (UnexpectedProperty, "/quoteItem/0/product/productConfiguration"),
            (UnexpectedProperty, "/quoteItem/0/product/place"),
            (UnexpectedProperty, "/quoteItem/0/quoteItemRelationship"),
        ],
    );
}

#[test]
fn an_action_that_is_not_offered_is_refused_with_those_that_are() {
    let bench = Bench::new();
    let item = json!({"id": "1", "action": "delete", "product": {"id": "p"}});
    let body = json!({"productOfferingQualificationItem": [item]});
    bench.run(|ctx| {
        let (problems, _) = check(&POQ, body.as_object().unwrap(), &bench.found, ctx);
        check_problems(
            &problems,
            &[(InvalidValue, "/productOfferingQualificationItem/0/action")],
        );
        assert!(problems[0].reason.contains("add, modify"));
    });
}

#[test]
fn every_item_of_an_order_has_its_three_contacts() {
    // Mplify 123.1 R12: also one that ends a product.
    let mut bench = Bench::new();
    bench.put(bench.product("p", OPERATOR_UNI));
    let item = json!({"id": "1", "action": "add", "product": bench.uni("UNI", "A2"), "relatedContactInformation": []});
    let body = json!({"productOrderItem": [item]});
    bench.run(|ctx| {
        let (problems, _) = check(&ORDER, body.as_object().unwrap(), &bench.found, ctx);
        assert_eq!(problems.len(), 3, "{problems:#?}");
    });
}

#[test]
fn a_configuration_of_another_product_than_the_offering_is_refused() {
    // Mplify 87.1 R23
    let bench = Bench::new();
    let mut uni = bench.uni("UNI", "A2");
    uni["productOffering"]["id"] = json!("OVC");
    check_items(
        &bench,
        &json!([{"id": "1", "action": "add", "product": uni}]),
        &[(InvalidValue, "/quoteItem/0/product/productConfiguration/@type")],
    );
}

#[test]
fn a_place_is_needed_once_and_a_site_has_no_sub_unit_beside_it() {
    // Mplify 87.1 R34, 115.1 R23
    let bench = Bench::new();
    let at = "/quoteItem/0/product/place";
    let mut uni = bench.uni("UNI", "A2");
    let add = |product: &Value| json!([{"id": "1", "action": "add", "product": product}]);
    let place = uni["place"][0].clone();
    uni["place"] = json!([place.clone(), place]);
    check_items(&bench, &add(&uni), &[(InvalidValue, &format!("{at}/1"))]);
    uni["place"].as_array_mut().unwrap().truncate(1);
    uni["place"][0]["place"] = json!({"@type": "GeographicSiteRef", "id": "S1"});
    check_items(&bench, &add(&uni), &[]);
    uni["place"][0]["subUnit"] = json!([{"subUnitType": "room", "subUnitNumber": "1"}]);
    check_items(&bench, &add(&uni), &[(UnexpectedProperty, &format!("{at}/0/subUnit"))]);
    uni.as_object_mut().unwrap().remove("place");
    check_items(&bench, &add(&uni), &[(MissingProperty, at)]);
}

#[test]
fn a_relation_points_to_the_right_kind_of_product_that_is_in_service() {
    // Mplify 115.1 R11, R21; 87.1 R30, R32
    let mut bench = Bench::new();
    bench.put(bench.product("uni-1", OPERATOR_UNI));
    let mut suspended = bench.product("enni-2", ENNI);
    suspended.state = "suspended".into();
    bench.put(suspended);
    let related = |uni: &str, enni: &str| {
        let mut ovc = bench.ovc();
        ovc["productRelationship"] = json!([
            {"relationshipType": "CONNECTS_TO_UNI", "id": uni}, {"relationshipType": "CONNECTS_TO_ENNI", "id": enni},
        ]);
        json!([{"id": "1", "action": "add", "product": ovc}])
    };
    let at = "/quoteItem/0/product/productRelationship";
    check_items(&bench, &related("uni-1", "enni-1"), &[]);
    check_items(
        &bench,
        &related("enni-1", "enni-1"),
        &[(InvalidValue, &format!("{at}/0/id"))],
    );
    check_items(
        &bench,
        &related("uni-1", "enni-2"),
        &[(InvalidValue, &format!("{at}/1/id"))],
    );
    check_items(
        &bench,
        &related("foreign", "enni-1"),
        &[(ReferenceNotFound, &format!("{at}/0/id"))],
    );
    let mut none = bench.ovc();
    none.as_object_mut().unwrap().remove("productRelationship");
    let missing = [(MissingProperty, at), (MissingProperty, at)];
    check_items(
        &bench,
        &json!([{"id": "1", "action": "add", "product": none}]),
        &missing,
    );
}

#[test]
fn an_item_cannot_be_related_to_itself_or_to_the_wrong_item() {
    let bench = Bench::new();
    let ovc = |id: &str, to: &str| {
        let mut ovc = json!({"id": id, "action": "add", "product": bench.ovc(),
            "quoteItemRelationship": [{"relationshipType": "CONNECTS_TO_UNI", "id": to}]});
        set_vlan(&mut ovc["product"], S_VLANS, id.parse().unwrap());
        ovc
    };
    check_items(
        &bench,
        &json!([ovc("1", "1"), ovc("2", "1"), ovc("3", "4"), {"id": "4", "action": "add", "product": bench.uni("UNI", "A2")}]),
        &[
            (ReferenceNotFound, "/quoteItem/0/quoteItemRelationship/0/id"),
            (InvalidValue, "/quoteItem/1/quoteItemRelationship/0/id"),
        ],
    );
}

#[test]
fn needs_name_every_document_and_capacity_once() {
    let bench = Bench::new();
    let mut ovc = json!({"id": "2", "action": "add", "product": bench.ovc()});
    ovc["productOfferingQualificationItem"] = json!({"id": "1", "productOfferingQualificationId": "q-1"});
    let uni = json!({"id": "1", "action": "add", "product": bench.uni("UNI", "A1")});
    let body = json!({"quoteItem": [uni.clone(), uni, ovc]});
    let refs = bench.run(|ctx| needs(&ALL, body.as_object().unwrap(), ctx));
    let document = |resource, id: &str| Ref::Document {
        resource,
        id: id.into(),
    };
    let expected = [
        Ref::Capacity("port/A1".into()),
        document("product", "enni-1"),
        document("productOfferingQualification", "q-1"),
        Ref::Capacity("svlan/enni-1/2001".into()),
        Ref::Capacity("svlan/enni-1".into()),
        Ref::Capacity("enni-ovcs/enni-1".into()),
        Ref::Capacity("enni-kbps/enni-1".into()),
    ];
    assert_eq!(refs, expected);
}

#[test]
fn items_of_one_request_do_not_share_a_vlan_id_at_one_interface() {
    // MEF 26.2: an S-VLAN at an ENNI, a C-VLAN at a UNI, belongs to one end point.
    let bench = Bench::new();
    let mut uni = json!({"id": "uni", "action": "add", "product": bench.uni("UNI", "A2")});
    uni["product"]["productConfiguration"]["maximumNumberOfEndPoints"] = json!(2);
    let ovc = |id: &str, (s_vlan, c_vlan): (u32, u32)| {
        let mut ovc = json!({"id": id, "action": "add", "product": bench.ovc(),
            "quoteItemRelationship": [{"relationshipType": "CONNECTS_TO_UNI", "id": "uni"}]});
        set_vlan(&mut ovc["product"], S_VLANS, s_vlan);
        set_vlan(&mut ovc["product"], C_VLANS, c_vlan);
        ovc
    };
    let with = |second| json!([uni, ovc("1", (7, 70)), ovc("2", second)]);
    check_items(&bench, &with((8, 80)), &[]);
    let at = |steps: &str| format!("/quoteItem/2/product/productConfiguration/{steps}/0");
    check_items(&bench, &with((7, 80)), &[(InvalidValue, &at(S_VLANS))]);
    check_items(&bench, &with((8, 70)), &[(InvalidValue, &at(C_VLANS))]);
}

#[test]
fn a_list_of_all_vlan_ids_leaves_none_to_others() {
    let bench = Bench::new();
    let mut ovc = bench.ovc();
    let all: Vec<u32> = (1..=4094).collect();
    ovc["productConfiguration"]["enniEp"]["ovcEndPointMap"]["ovcEndPointMapFormE"] = json!(all);
    let body = json!({"quoteItem": [{"id": "1", "action": "add", "product": ovc}]});
    let refs = bench.run(|ctx| needs(&ALL, body.as_object().unwrap(), ctx));
    let vlans = refs
        .iter()
        .filter(|wanted| matches!(wanted, Ref::Capacity(key) if key.starts_with("svlan")));
    assert_eq!(vlans.collect::<Vec<_>>(), [&Ref::Capacity("svlan/enni-1".into())]);
}

#[test]
fn of_several_candidates_no_vlan_id_is_taken() {
    let bench = Bench::new();
    let mut ovc = bench.ovc();
    ovc["productRelationship"] = json!([
        {"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1"},
        {"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-2"},
    ]);
    let body = json!({"quoteItem": [{"id": "1", "action": "add", "product": ovc}]});
    let refs = bench.run(|ctx| needs(&ALL, body.as_object().unwrap(), ctx));
    assert!(
        !refs.iter().any(|wanted| matches!(wanted, Ref::Capacity(_))),
        "{refs:?}"
    );
}
