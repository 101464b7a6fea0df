//! What OVCs in service take at their interfaces, and interfaces that are still to be picked.

use serde_json::{Value, json};

use super::{ALL, check_items};
use crate::api::bench::{Bench, C_VLANS, S_VLANS, set_vlan};
use crate::api::items::capacity::{Tally, takes};
use crate::api::items::check;
use crate::failure::ProblemCode::InvalidValue;
use crate::products::{ACCESS_ELINE_OVC, ENNI};

/// An OVC between the ENNI and the UNI in service, with VLAN IDs of its own.
fn ovc(bench: &Bench) -> Value {
    let mut product = bench.ovc();
    product["productRelationship"] = json!([
        {"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1"},
        {"relationshipType": "CONNECTS_TO_UNI", "id": "uni-1"},
    ]);
    set_vlan(&mut product, S_VLANS, 7);
    set_vlan(&mut product, C_VLANS, 70);
    json!({"id": "1", "action": "add", "product": product})
}

fn configure(bench: &mut Bench, id: &str, name: &str, value: Value) {
    let mut product = bench.found.document("product", id).unwrap().clone();
    product.body["productConfiguration"][name] = value;
    bench.put(product);
}

/// What `items` lack, first for each: the end of the reason, and where.
#[track_caller]
fn check_lacking(bench: &Bench, items: &Value, expected: &[Option<(&str, &str)>]) {
    let body = json!({"quoteItem": items});
    bench.run(|ctx| {
        let (problems, items) = check(&ALL, body.as_object().unwrap(), &bench.found, ctx);
        assert_eq!(problems, []);
        let mut tally = Tally::default();
        for (index, (item, expected)) in items.iter().zip(expected).enumerate() {
            let lacking = tally.share(item, &bench.found, ctx).lacking;
            let Some((rule, at)) = expected else {
                assert!(lacking.is_none(), "{lacking:?}");
                continue;
            };
            let lack = lacking.unwrap();
            assert!(lack.reason.ends_with(&format!("(rule {rule})")), "{}", lack.reason);
            let path = format!("/quoteItem/{index}/product/productConfiguration/{at}");
            assert_eq!(lack.at, Some(path));
        }
    });
}

#[test]
fn end_points_and_rates_of_other_requests_count_at_an_interface_in_service() {
    // MEF 26.2, MEF 106 maximumNumberOfEndPoints, maximumNumberOfOvcs
    let mut bench = Bench::new();
    bench.put_circuit();
    let items = json!([ovc(&bench)]);
    check_lacking(&bench, &items, &[None]);
    bench.found.held.insert("uni-ends/uni-1".into(), 1);
    check_lacking(&bench, &items, &[Some(("end-points-fit-uni", "uniEp"))]);
    configure(&mut bench, "uni-1", "maximumNumberOfEndPoints", json!(2));
    check_lacking(&bench, &items, &[None]);
    bench.found.held.insert("uni-kbps/uni-1".into(), 900_001);
    let profiles = "ingressBandwidthProfilePerClassOfServiceName";
    let at = format!("uniEp/{profiles}");
    check_lacking(&bench, &items, &[Some(("rate-fits-uni", &at))]);
    bench.found.held.insert("uni-kbps/uni-1".into(), 900_000);
    check_lacking(&bench, &items, &[None]);
    bench.found.held.insert("enni-ovcs/enni-1".into(), 5);
    configure(&mut bench, "enni-1", "maximumNumberOfOvcs", json!(5));
    check_lacking(&bench, &items, &[Some(("ovcs-fit-enni", "enniEp"))]);
}

#[test]
fn a_change_of_rate_counts_by_what_it_is_more() {
    let mut bench = Bench::new();
    bench.put_circuit();
    bench.found.held.insert("uni-ends/uni-1".into(), 1);
    // 100 of them are its own.
    bench.found.held.insert("uni-kbps/uni-1".into(), 800_000);
    let change = |cir: u32| {
        let mut product = bench.unchanged("ovc-1");
        for end in ["uniEp", "enniEp"] {
            let flow = format!("/productConfiguration/{end}/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow");
            let flow = product.pointer_mut(&flow).unwrap();
            flow["cir"] = json!({"irValue": cir, "irUnits": "MBPS"});
            flow["cirMax"] = flow["cir"].clone();
        }
        json!([{"id": "1", "action": "modify", "product": product}])
    };
    check_lacking(&bench, &change(300), &[None]);
    let at = "uniEp/ingressBandwidthProfilePerClassOfServiceName";
    check_lacking(&bench, &change(301), &[Some(("rate-fits-uni", at))]);
}

#[test]
fn of_several_candidates_one_has_to_fit() {
    let mut bench = Bench::new();
    bench.put_circuit();
    bench.put(bench.product("enni-2", ENNI));
    configure(&mut bench, "enni-1", "maximumFrameSizeMultilateral", json!(1600));
    configure(&mut bench, "enni-2", "maximumFrameSizeMultilateral", json!(1526));
    let mut item = ovc(&bench);
    let relations = item["product"]["productRelationship"].as_array_mut().unwrap();
    relations.retain(|relation| relation["id"] == "enni-1");
    relations.push(json!({"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-2"}));
    item["quoteItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": "uni"}]);
    let mut uni = json!({"id": "uni", "action": "add", "product": bench.uni("UNI", "A2")});
    uni["product"]["productConfiguration"]["maximumServiceFrameSize"] = json!(9000);
    let with = |size: u32| {
        let mut item = item.clone();
        item["product"]["productConfiguration"]["maximumFrameSize"] = json!(size);
        json!([item, uni])
    };
    let body = json!({"quoteItem": with(1600)});
    bench.run(|ctx| {
        let (problems, items) = check(&ALL, body.as_object().unwrap(), &bench.found, ctx);
        assert_eq!(problems, []);
        let told = |warning: &&String| warning.contains("enni-2") && warning.ends_with("(rule frame-fits-enni)");
        assert_eq!(
            items[0].warnings.iter().filter(told).count(),
            1,
            "{:?}",
            items[0].warnings
        );
    });
    let at = "/quoteItem/0/product/productConfiguration/maximumFrameSize";
    check_items(&bench, &with(1601), &[(InvalidValue, at), (InvalidValue, at)]);
}

#[test]
fn a_vlan_map_that_the_offering_fixes_and_hides_is_taken_all_the_same() {
    let mut bench = Bench::new();
    bench.put_circuit();
    let map = json!({"mapType": "FORM_U", "ovcEndPointMapFormU": [70]});
    let row = json!([{
        "path": "/uniEp/ovcEndPointMap", "line": 1,
        "use": {"fixed": {"value": map, "mayBeSent": false, "returned": false}},
    }]);
    for offering in &mut bench.book.offerings {
        if offering.product == ACCESS_ELINE_OVC {
            offering.profile = serde_json::from_value(row.clone()).unwrap();
        }
    }
    let mut item = ovc(&bench);
    let end = item["product"]["productConfiguration"]["uniEp"]
        .as_object_mut()
        .unwrap();
    end.remove("ovcEndPointMap");
    let body = json!({"quoteItem": [item]});
    bench.run(|ctx| {
        let (_, items) = check(&ALL, body.as_object().unwrap(), &bench.found, ctx);
        let taken = takes(&items[0], items[0].offering.unwrap(), ctx);
        assert!(
            taken.iter().any(|capacity| capacity.key == "cvlan/uni-1/70"),
            "{taken:?}"
        );
    });
}
