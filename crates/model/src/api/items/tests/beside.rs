//! Rules that look at the products an item is related to.

use serde_json::{Value, json};

use super::{ALL, check_items};
use crate::api::bench::Bench;
use crate::api::items::check;
use crate::failure::ProblemCode::InvalidValue;

/// An OVC to the item or product in service that `relation` names, with an S-VLAN of its own.
fn ovc(bench: &Bench, id: &str, s_vlan: u32, uni: &str) -> Value {
    let mut ovc = json!({"id": id, "action": "add", "product": bench.ovc()});
    ovc["product"]["productConfiguration"]["enniEp"]["ovcEndPointMap"]["ovcEndPointMapFormE"] = json!([s_vlan]);
    if bench.found.document("product", uni).is_some() {
        let relation = json!({"relationshipType": "CONNECTS_TO_UNI", "id": uni});
        ovc["product"]["productRelationship"]
            .as_array_mut()
            .unwrap()
            .push(relation);
    } else {
        ovc["quoteItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": uni}]);
    }
    ovc
}

fn circuit() -> Bench {
    let mut bench = Bench::new();
    bench.put_circuit();
    bench
}

const CONFIGURATION: &str = "/product/productConfiguration";

#[test]
fn a_circuit_fits_its_uni_whether_that_is_an_item_or_in_service() {
    let bench = circuit();
    let uni = json!({"id": "uni", "action": "add", "product": bench.uni("UNI", "A2")});
    for to in ["uni", "uni-1"] {
        let mut ovc = ovc(&bench, "ovc", 7, to);
        check_items(&bench, &json!([ovc.clone(), uni.clone()]), &[]);
        ovc["product"]["productConfiguration"]["maximumFrameSize"] = json!(1600);
        let at = format!("/quoteItem/0{CONFIGURATION}/maximumFrameSize");
        check_items(&bench, &json!([ovc, uni.clone()]), &[(InvalidValue, &at)]);
    }
}

#[test]
fn an_interface_changes_only_so_that_what_uses_it_still_fits() {
    let bench = circuit();
    let mut uni = bench.unchanged("uni-1");
    uni["productConfiguration"]["l2cpAddressSet"] = json!("CTB");
    let change = json!({"id": "1", "action": "modify", "product": uni});
    let at = format!("/quoteItem/0{CONFIGURATION}");
    check_items(&bench, &json!([change.clone()]), &[(InvalidValue, &at)]);
    // The change of the circuit in the same request is compared with the UNI as it will be.
    let circuit = json!({"id": "2", "action": "modify", "product": bench.unchanged("ovc-1")});
    let at = format!("/quoteItem/1{CONFIGURATION}/ovcL2cpAddressSet");
    check_items(&bench, &json!([change, circuit.clone()]), &[(InvalidValue, &at)]);
    let end = json!({"id": "2", "action": "delete", "product": {"id": "ovc-1"}});
    let mut uni = bench.unchanged("uni-1");
    uni["productConfiguration"]["l2cpAddressSet"] = json!("CTB");
    let change = json!({"id": "1", "action": "modify", "product": uni});
    check_items(&bench, &json!([change, end]), &[]);
}

#[test]
fn what_only_warns_is_noted_at_the_item() {
    let bench = circuit();
    let mut ovc = ovc(&bench, "ovc", 7, "uni");
    let flow = "/product/productConfiguration/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow";
    let flow = ovc.pointer_mut(flow).unwrap();
    flow["envelopeId"] = json!("shared");
    flow["couplingFlag"] = json!(true);
    let mut uni = json!({"id": "uni", "action": "add", "product": bench.uni("UNI", "A2")});
    uni["product"]["productConfiguration"]["envelopes"] =
        json!([{"envelopeID": "shared", "couplingFlagForIndexZero": true}]);
    let body = json!({"quoteItem": [ovc, uni]});
    bench.run(|ctx| {
        let (problems, items) = check(&ALL, body.as_object().unwrap(), &bench.found, ctx);
        assert_eq!(problems, []);
        let warnings = &items[0].warnings;
        assert!(
            warnings
                .iter()
                .any(|warning| warning.ends_with("(rule interface-envelope-coupled-once)")),
            "{warnings:?}"
        );
    });
}
