//! Orders that change and end products in service, from creation to the inventory.

use serde_json::{Value, json};

use super::shop::Shop;
use super::world::term;
use crate::api::bench::check_list;
use crate::api::inventory::v8::MANAGEMENT;
use crate::api::items::bound::NEW_TERM;
use crate::book::{InService, Rest};
use crate::describe::index_rows;
use crate::failure::Problem;
use crate::products::Products;

/// The states a product went through.
fn history(shop: &Shop, id: &str) -> Vec<String> {
    let changes = shop
        .get("product", id)
        .at("/statusChange")
        .and_then(Value::as_array)
        .unwrap();
    let status = |change: &Value| change["status"].as_str().unwrap().to_owned();
    changes.iter().map(status).collect()
}

#[track_caller]
fn check_refused(result: Result<String, Vec<Problem>>, expected: &[&str]) {
    let problems = result.unwrap_err();
    let paths: Vec<&str> = problems.iter().map(|problem| problem.property_path.as_str()).collect();
    assert_eq!(paths, expected, "{problems:#?}");
}

fn set_rate(item: &mut Value, mbps: u64) {
    for end in ["uniEp", "enniEp"] {
        let at = format!("/product/productConfiguration/{end}/ingressBandwidthProfilePerClassOfServiceName");
        let profiles = item.pointer_mut(&at).and_then(Value::as_array_mut);
        for profile in profiles.into_iter().flatten() {
            for rate in ["cir", "cirMax"] {
                profile["bwpFlow"][rate] = json!({"irValue": mbps, "irUnits": "MBPS"});
            }
        }
    }
}

#[test]
fn a_change_puts_the_new_configuration_into_the_inventory() {
    let (mut shop, uni, ovc) = Shop::with_circuit();
    shop.world.book.offerings[1].in_service.change = Some(45.into());
    let before = shop.get("product", &ovc).clone();
    let mut change = shop.modify(&ovc);
    set_rate(&mut change, 200);
    let order = shop.order(vec![change]).unwrap();
    // Digest 4.2, 4.1: it waits from the creation on, and is found by its running order.
    assert_eq!(shop.get("product", &ovc).state, "active.pendingChange");
    assert_eq!(
        shop.get("product", &ovc)
            .text("/productOrderItem/1/productOrderId")
            .unwrap(),
        order
    );
    shop.finish();
    assert_eq!(shop.get("productOrder", &order).state, "completed");
    let product = shop.get("product", &ovc);
    assert_eq!((product.id.as_str(), product.state.as_str()), (ovc.as_str(), "active"));
    assert_eq!(history(&shop, &ovc), ["active", "active.pendingChange", "active"]);
    let configuration = product.at("/productConfiguration").unwrap().as_object().unwrap();
    assert_eq!(Products::bandwidth_mbps(configuration), Some(200));
    let names: Vec<&Value> = product
        .at("/productPrice")
        .and_then(Value::as_array)
        .unwrap()
        .iter()
        .map(|price| &price["name"])
        .collect();
    assert_eq!(names, ["Monthly", "Change"]);
    for same in ["/startDate", "/productTerm", "/productRelationship", "/billingAccount"] {
        assert_eq!(product.at(same), before.at(same), "{same}");
    }
    assert!(product.at("/lastUpdateDate") != before.at("/lastUpdateDate"));
    assert_eq!(shop.get("product", &uni).revision, 1);
}

#[test]
fn a_change_that_names_a_term_begins_it_anew() {
    let (mut shop, _, ovc) = Shop::with_circuit();
    let mut change = shop.modify(&ovc);
    change["requestedItemTerm"] = term(24);
    shop.order(vec![change]).unwrap();
    shop.finish();
    let product = shop.get("product", &ovc);
    assert_eq!(product.at("/productTerm"), Some(&json!([term(24)])));
    assert_eq!(product.text("/statusChange/2/changeReason"), Some(NEW_TERM));
}

#[test]
fn a_term_that_is_not_sold_rejects_the_order_and_leaves_the_product_alone() {
    // Mplify 123.1 R38, which names add only (digest 5.1)
    let (mut shop, _, ovc) = Shop::with_circuit();
    let mut change = shop.modify(&ovc);
    change["requestedItemTerm"] = term(17);
    let order = shop.order(vec![change]).unwrap();
    shop.finish();
    assert_eq!(shop.get("productOrder", &order).state, "rejected");
    assert_eq!(history(&shop, &ovc), ["active"]);
}

#[test]
fn a_product_has_one_running_order() {
    let (mut shop, _, ovc) = Shop::with_circuit();
    let (change, end) = (shop.modify(&ovc), shop.delete(&ovc));
    shop.order(vec![change.clone()]).unwrap();
    check_refused(shop.order(vec![change.clone()]), &["/productOrderItem/0/product/id"]);
    check_refused(shop.order(vec![end]), &["/productOrderItem/0/product/id"]);
    shop.finish();
    shop.order(vec![change]).unwrap();
}

#[test]
fn an_end_gives_back_what_the_product_held() {
    let (mut shop, uni, ovc) = Shop::with_circuit();
    assert_eq!(shop.held("port/addr-1"), 1);
    let items = vec![shop.delete(&uni), shop.delete(&ovc)];
    let order = shop.order(items).unwrap();
    assert_eq!(shop.get("product", &uni).state, "pendingTerminate");
    assert_eq!(shop.held("port/addr-1"), 1);
    shop.finish();
    assert_eq!(shop.get("productOrder", &order).state, "completed");
    for id in [&uni, &ovc] {
        assert_eq!(history(&shop, id), ["active", "pendingTerminate", "terminated"]);
        assert!(shop.get("product", id).text("/terminationDate").is_some());
    }
    assert_eq!(shop.held("port/addr-1"), 0);
}

#[test]
fn what_uses_a_port_ends_before_the_port() {
    let (mut shop, uni, ovc) = Shop::with_circuit();
    check_refused(
        {
            let item = shop.delete(&uni);
            shop.order(vec![item])
        },
        &["/productOrderItem/0/product/id"],
    );
    // The port is wanted gone a week before the connection: it waits for it.
    let mut port = shop.delete(&uni);
    let mut connection = shop.delete(&ovc);
    // A relation between ends says nothing of their order.
    connection["productOrderItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": "0"}]);
    port["requestedCompletionDate"] = json!("2026-12-01T08:00:00Z");
    connection["requestedCompletionDate"] = json!("2026-12-20T08:00:00Z");
    let order = shop.order(vec![port, connection]).unwrap();
    shop.finish();
    let order = shop.get("productOrder", &order);
    assert_eq!(order.state, "completed");
    assert_eq!(
        order.text("/productOrderItem/0/expectedCompletionDate"),
        Some("2026-12-20T08:00:00.000Z")
    );
    let ended = |id: &str| shop.get("product", id).text("/terminationDate").unwrap().to_owned();
    assert!(ended(&ovc) <= ended(&uni));
}

#[test]
fn a_port_that_somebody_else_took_into_use_stays() {
    let (mut shop, uni, ovc) = Shop::with_circuit();
    let end = shop.delete(&ovc);
    shop.order(vec![end]).unwrap();
    shop.finish();
    // A new connection to the port is ordered, then the end of the port: both may still work out.
    let mut add = shop.world.free_order()["productOrderItem"][1].take();
    add.as_object_mut().unwrap().remove("productOrderItemRelationship");
    add["product"]["productRelationship"]
        .as_array_mut()
        .unwrap()
        .push(json!({"relationshipType": "CONNECTS_TO_UNI", "id": uni}));
    add["requestedCompletionDate"] = json!("2026-12-20T08:00:00Z");
    let first = shop.order(vec![add]).unwrap();
    let mut end = shop.delete(&uni);
    end["requestedCompletionDate"] = json!("2026-12-30T08:00:00Z");
    let second = shop.order(vec![end]).unwrap();
    shop.finish();
    assert_eq!(shop.get("productOrder", &first).state, "completed");
    let second = shop.get("productOrder", &second);
    assert_eq!(second.state, "failed");
    assert!(
        second
            .text("/productOrderItem/0/terminationError/0/value")
            .unwrap()
            .contains("still use it")
    );
    assert_eq!(history(&shop, &uni), ["active", "pendingTerminate", "active"]);
    assert_eq!(shop.held("port/addr-1"), 1);
}

#[test]
fn a_change_to_more_ports_holds_them_and_a_change_back_gives_them_up() {
    let (mut shop, uni, ovc) = Shop::with_circuit();
    let mut wide = shop.world.book.offerings[0].clone();
    wide.id = "uni-dual".into();
    wide.ports = 2;
    shop.world.book.offerings.push(wide);
    let mut change = shop.modify(&uni);
    change["product"]["productOffering"]["id"] = json!("uni-dual");
    shop.order(vec![change.clone()]).unwrap();
    assert_eq!(shop.held("port/addr-1"), 2);
    shop.finish();
    assert_eq!(shop.held("port/addr-1"), 2);
    change["product"]["productOffering"]["id"] = json!("uni-1g");
    shop.order(vec![change]).unwrap();
    assert_eq!(shop.held("port/addr-1"), 2);
    shop.finish();
    assert_eq!(shop.held("port/addr-1"), 1);
    let items = vec![shop.delete(&uni), shop.delete(&ovc)];
    shop.order(items).unwrap();
    shop.finish();
    assert_eq!(shop.held("port/addr-1"), 0);
}

#[test]
fn a_change_that_finds_no_more_ports_is_refused() {
    let (mut shop, uni, _) = Shop::with_circuit();
    let mut wide = shop.world.book.offerings[0].clone();
    wide.id = "uni-quad".into();
    wide.ports = 4;
    shop.world.book.offerings.push(wide);
    let mut change = shop.modify(&uni);
    change["product"]["productOffering"]["id"] = json!("uni-quad");
    check_refused(shop.order(vec![change]), &["/productOrderItem/0/product"]);
    assert_eq!(history(&shop, &uni), ["active"]);
}

/// A firm quote of `items`, ordered as it was given.
fn quote_and_order(shop: &mut Shop, items: Vec<Value>) -> (Value, Result<String, Vec<Problem>>) {
    let quoted = items.iter().enumerate().map(|(index, item)| {
        let mut quoted = json!({"id": index.to_string(), "action": item["action"], "product": item["product"]});
        if let Some(term) = item.get("requestedItemTerm") {
            quoted["requestedQuoteItemTerm"] = term.clone();
        }
        quoted
    });
    let body = json!({
        "instantSyncQuote": true, "buyerRequestedQuoteLevel": "firm", "quoteItem": quoted.collect::<Vec<Value>>(),
    });
    let id = shop.create("quote", &body).unwrap();
    let quote = Value::Object(shop.get("quote", &id).body.clone());
    let ordered = items.into_iter().enumerate().map(|(index, mut item)| {
        item["quoteItem"] = json!({"quoteId": id, "id": index.to_string()});
        item
    });
    let ordered = ordered.collect();
    (quote, shop.order(ordered))
}

#[test]
fn a_change_is_ordered_as_it_was_quoted() {
    let (mut shop, _, ovc) = Shop::with_circuit();
    let mut change = shop.modify(&ovc);
    set_rate(&mut change, 300);
    let (quote, order) = quote_and_order(&mut shop, vec![change]);
    let order = order.unwrap();
    shop.finish();
    assert_eq!(shop.get("productOrder", &order).state, "completed");
    assert_eq!(
        shop.get("product", &ovc).at("/productPrice"),
        quote.pointer("/quoteItem/0/quoteItemPrice")
    );
    let id = quote["id"].as_str().unwrap();
    assert_eq!(shop.get("quote", id).state, "accepted");
}

#[test]
fn an_end_is_ordered_at_the_price_of_its_quote() {
    let (mut shop, _, ovc) = Shop::with_circuit();
    shop.world.book.offerings[1].in_service = InService {
        termination: Some(Rest::Months(3)),
        ..InService::default()
    };
    let end = shop.delete(&ovc);
    let (quote, order) = quote_and_order(&mut shop, vec![end]);
    let prices = quote
        .pointer("/quoteItem/0/quoteItemPrice")
        .and_then(Value::as_array)
        .unwrap();
    let amounts: Vec<&Value> = prices
        .iter()
        .map(|price| &price["price"]["dutyFreeAmount"]["value"])
        .collect();
    assert_eq!(amounts, [&json!(0), &json!(300)]);
    order.unwrap();
    shop.finish();
    assert_eq!(shop.get("product", &ovc).state, "terminated");
}

#[test]
fn a_quote_for_one_product_does_not_change_another() {
    let (mut shop, uni, ovc) = Shop::with_circuit();
    let end = shop.delete(&ovc);
    let body = json!({"instantSyncQuote": true, "buyerRequestedQuoteLevel": "firm",
        "quoteItem": [{"id": "0", "action": "delete", "product": {"id": ovc}}]});
    let id = shop.create("quote", &body).unwrap();
    let mut other = end.clone();
    other["product"]["id"] = json!(uni);
    other["quoteItem"] = json!({"quoteId": id, "id": "0"});
    let mut both = end;
    both["id"] = json!("1");
    check_refused(shop.order(vec![other, both]), &["/productOrderItem/0/product/id"]);
}

#[test]
fn a_change_without_its_quoted_term_is_rejected() {
    // Mplify 123.1 R39, which names add only (digest 5.1)
    let (mut shop, _, ovc) = Shop::with_circuit();
    let body = json!({"instantSyncQuote": true, "buyerRequestedQuoteLevel": "firm", "quoteItem": [
        {"id": "0", "action": "modify", "product": shop.modify(&ovc)["product"], "requestedQuoteItemTerm": term(24)}]});
    let id = shop.create("quote", &body).unwrap();
    let mut change = shop.modify(&ovc);
    change["quoteItem"] = json!({"quoteId": id, "id": "0"});
    let order = shop.order(vec![change]).unwrap();
    shop.finish();
    assert_eq!(shop.get("productOrder", &order).state, "rejected");
    assert_eq!(history(&shop, &ovc), ["active"]);
}

/// Mplify 116.1 R12, R13
#[test]
fn every_filter_of_the_inventory_finds_what_is_stored() {
    let (mut shop, uni, ovc) = Shop::with_circuit();
    let end = shop.delete(&ovc);
    let running = shop.order(vec![end]).unwrap();
    let mut at_a_site = shop.get("product", &uni).body.clone();
    at_a_site.insert("externalId".into(), json!("mine"));
    at_a_site["place"][0]["place"] = json!({"@type": "GeographicSiteRef", "id": "site-1"});
    let bodies = [
        &shop.get("product", &uni).body,
        &shop.get("product", &ovc).body,
        &at_a_site,
    ];
    check_list(&MANAGEMENT, "product", &bodies);
    let resource = MANAGEMENT.resource("product").unwrap();
    let rows = index_rows(resource, bodies[1]);
    // Trap 28: running orders of a product find it too.
    assert!(rows.contains(&("productOrderId", running)));
}
