//! What a create request is told.

use serde_json::{Value, json};

use super::world::{World, term};
use crate::api::order::rules::OrderRules;
use crate::api::order::v11;
use crate::commit::HoldChange;
use crate::document::{Checked, Side};
use crate::failure::ProblemCode::{InvalidValue, MissingProperty, OtherIssue, ReferenceNotFound, UnexpectedProperty};
use crate::rules::{Ref, Rules};
use crate::schema::Schemas;

#[test]
fn an_order_is_acknowledged_with_everything_that_was_sent() {
    let world = World::new();
    let schemas = Schemas::for_api(&v11::MANAGEMENT).unwrap();
    let sent = world.order();
    assert_eq!(schemas.check("ProductOrder_Create", sent.clone()).map(drop), Ok(()));
    let outcome = world.create(&sent).unwrap();
    let body = Value::Object(outcome.body);
    assert_eq!(schemas.check("ProductOrder", body.clone()).map(drop), Ok(()));
    assert_eq!(outcome.status, 201);
    assert_eq!(body["state"], "acknowledged");
    assert_eq!(body["stateChange"].as_array().unwrap().len(), 1);
    assert_eq!(body["externalId"], "po-1");
    let id = body["id"].as_str().unwrap();
    assert_eq!(
        body["href"],
        format!("https://acme.example/mefApi/sonata/productOrderingManagement/v11/productOrder/{id}")
    );
    assert_eq!(body["relatedContactInformation"][1]["role"], "sellerContact");
    for (index, item) in sent["productOrderItem"].as_array().unwrap().iter().enumerate() {
        let answered = &body["productOrderItem"][index];
        for (name, value) in item.as_object().unwrap() {
            if name != "relatedContactInformation" {
                assert_eq!(&answered[name.as_str()], value, "{name}");
            }
        }
        assert_eq!(answered["state"], "acknowledged");
    }
}

#[test]
fn what_the_quote_holds_now_belongs_to_the_order() {
    let world = World::new();
    let outcome = world.create(&world.order()).unwrap();
    let id = outcome.body["id"].as_str().unwrap();
    let keep = |item: &str| HoldChange::Keep {
        from: format!("quote-1#{item}"),
        to: format!("{id}#{item}"),
    };
    assert_eq!(outcome.commit.holds, [keep("uni"), keep("ovc")]);
    let guards = outcome.commit.capacity_guards.iter();
    let guarded: Vec<&str> = guards.map(|guard| guard.key.as_str()).collect();
    assert_eq!(
        guarded,
        [
            "port/addr-1",
            "svlan/enni-1/2001",
            "svlan/enni-1",
            "enni-ovcs/enni-1",
            "enni-kbps/enni-1"
        ]
    );
}

#[test]
fn an_ordered_quote_is_accepted_in_the_same_commit_and_expires_no_more() {
    let world = World::new();
    let commit = world.create(&world.order()).unwrap().commit;
    let quote = commit
        .documents
        .iter()
        .find(|document| document.id == "quote-1")
        .unwrap();
    assert_eq!((quote.state.as_str(), quote.revision), ("accepted", 3));
    assert_eq!(commit.cancel_jobs_of, ["quote-1"]);
    let event = &commit.events[0];
    assert_eq!(
        (event.event_type.as_str(), event.lane.as_str()),
        ("quoteStateChangeEvent", "quote-1")
    );
    assert_eq!(event.payload["state"], "accepted");
    assert_eq!(commit.events.len(), 1);
}

#[test]
fn without_a_quote_capacity_is_taken_for_good() {
    let world = World::new();
    let outcome = world.create(&world.free_order()).unwrap();
    let id = outcome.body["id"].as_str().unwrap();
    let take = |key: &str, item: &str, amount| HoldChange::Take {
        key: key.into(),
        owner: format!("{id}#{item}"),
        amount,
        expires_at: None,
    };
    assert_eq!(
        outcome.commit.holds,
        [
            take("port/addr-1", "uni", 1),
            take("svlan/enni-1/2001", "ovc", 1),
            take("svlan/enni-1", "ovc", 1),
            take("enni-ovcs/enni-1", "ovc", 1),
            take("enni-kbps/enni-1", "ovc", 100_000),
        ]
    );
}

#[test]
fn without_a_quote_the_last_port_is_not_sold_twice() {
    let mut world = World::new();
    world.found.held.insert("port/addr-1".into(), 2);
    world.check_refused(&world.free_order(), &[(OtherIssue, "/productOrderItem/0/product")]);
}

#[test]
fn a_place_out_of_reach_is_refused() {
    let world = World::new();
    let mut order = world.free_order();
    order["productOrderItem"][0]["product"]["place"][0]["place"]["id"] = json!("addr-2");
    world.check_refused(&order, &[(InvalidValue, "/productOrderItem/0/product")]);
}

#[test]
fn a_quote_can_be_demanded() {
    let mut world = World::new();
    world.agreement.quote_required = true;
    world.check_refused(
        &world.free_order(),
        &[
            (MissingProperty, "/productOrderItem/0/quoteItem"),
            (MissingProperty, "/productOrderItem/1/quoteItem"),
        ],
    );
}

#[test]
fn the_rules_ask_for_the_quote_and_the_enni() {
    let world = World::new();
    let input = Checked::new("ProductOrder_Create", world.order().as_object().unwrap().clone());
    let refs = world.with(|ctx| OrderRules.needs(&input, ctx));
    let wanted = |resource, id: &str| Ref::Document {
        resource,
        id: id.into(),
    };
    assert!(refs.contains(&wanted("quote", "quote-1")));
    assert!(refs.contains(&wanted("product", "enni-1")));
    assert!(refs.contains(&Ref::Capacity("port/addr-1".into())));
}

/// Mplify 123.1 R11, R12, R34, R35, R37: six mistakes, six problems with their pointers.
#[test]
fn all_mistakes_are_told_at_once() {
    let world = World::new();
    let mut order = world.order();
    order["relatedContactInformation"][0]["role"] = json!("somebody");
    let item = &mut order["productOrderItem"][0];
    item["relatedContactInformation"].as_array_mut().unwrap().remove(2);
    item["billingAccount"] = json!({"id": "another"});
    item["product"]["id"] = json!("own");
    order["productOrderItem"][1]
        .as_object_mut()
        .unwrap()
        .remove("requestedItemTerm");
    world.check_refused(
        &order,
        &[
            (MissingProperty, "/productOrderItem/0/relatedContactInformation"),
            (UnexpectedProperty, "/productOrderItem/0/product/id"),
            (MissingProperty, "/relatedContactInformation"),
            (InvalidValue, "/relatedContactInformation/0/role"),
            (ReferenceNotFound, "/productOrderItem/0/billingAccount/id"),
            (MissingProperty, "/productOrderItem/1/requestedItemTerm"),
        ],
    );
}

#[track_caller]
fn check_item(change: impl FnOnce(&mut Value), expected: (crate::failure::ProblemCode, &str)) {
    let world = World::new();
    let mut order = world.order();
    change(&mut order["productOrderItem"][0]);
    let path = format!("/productOrderItem/0/{}", expected.1);
    world.check_refused(&order, &[(expected.0, &path)]);
}

#[test]
fn an_add_names_its_billing_account() {
    let remove = |item: &mut Value| drop(item.as_object_mut().unwrap().remove("billingAccount"));
    check_item(remove, (MissingProperty, "billingAccount"));
}

#[test]
fn a_term_that_rolls_says_how() {
    check_item(
        |item| item["requestedItemTerm"]["endOfTermAction"] = json!("roll"),
        (MissingProperty, "requestedItemTerm/rollInterval"),
    );
    check_item(
        |item| item["requestedItemTerm"]["rollInterval"] = json!({"amount": 1, "units": "months"}),
        (UnexpectedProperty, "requestedItemTerm/rollInterval"),
    );
}

#[test]
fn a_date_long_past_is_refused() {
    check_item(
        |item| item["requestedCompletionDate"] = json!("2026-11-01T00:00:00Z"),
        (InvalidValue, "requestedCompletionDate"),
    );
}

#[test]
fn a_note_of_the_buyer_does_not_claim_to_be_ours() {
    check_item(
        |item| item["note"] = json!([{"source": "buyer"}, {"source": "seller"}]),
        (InvalidValue, "note/1/source"),
    );
}

#[test]
fn another_configuration_than_the_quoted_one_is_told_leaf_by_leaf() {
    check_item(
        |item| item["product"]["productConfiguration"]["tokenShare"] = json!("ENABLED"),
        (InvalidValue, "product/productConfiguration/tokenShare"),
    );
}

#[test]
fn an_item_the_quote_does_not_have_is_unknown() {
    check_item(
        |item| item["quoteItem"]["id"] = json!("third"),
        (ReferenceNotFound, "quoteItem/id"),
    );
}

#[test]
fn a_quote_item_is_ordered_once() {
    let world = World::new();
    let mut order = world.order();
    let mut second = order["productOrderItem"][0].clone();
    second["id"] = json!("again");
    order["productOrderItem"].as_array_mut().unwrap().push(second);
    world.check_refused(&order, &[(InvalidValue, "/productOrderItem/2/quoteItem/id")]);
}

#[track_caller]
fn check_quote_refused(world: &World, code: crate::failure::ProblemCode) {
    let path = |index: usize| format!("/productOrderItem/{index}/quoteItem/quoteId");
    world.check_refused(&world.order(), &[(code, &path(0)), (code, &path(1))]);
}

#[test]
fn a_foreign_quote_is_exactly_an_unknown_one() {
    // The store finds nothing of another partner.
    let mut world = World::new();
    world.found.documents.remove(&("quote".into(), "quote-1".into()));
    check_quote_refused(&world, ReferenceNotFound);
    let unknown = world.create(&world.order()).unwrap_err();
    // A mirror of a quote that this partner gave us is no offer of ours.
    let mut world = World::new();
    let key = ("quote".to_owned(), "quote-1".to_owned());
    world.found.documents.get_mut(&key).unwrap().side = Side::Buyer;
    assert_eq!(world.create(&world.order()).unwrap_err(), unknown);
}

#[test]
fn an_expired_quote_cannot_be_ordered_even_before_the_clock_has_marked_it() {
    let world = World::new();
    world.now.set(super::world::QUOTE_END.parse().unwrap());
    check_quote_refused(&world, InvalidValue);
}

#[test]
fn only_an_approved_quote_can_be_ordered() {
    for state in [
        "accepted",
        "expired",
        "declined",
        "answered",
        "inProgress",
        "unableToProvide",
    ] {
        let mut world = World::new();
        let key = ("quote".to_owned(), "quote-1".to_owned());
        world.found.documents.get_mut(&key).unwrap().state = state.into();
        check_quote_refused(&world, InvalidValue);
    }
}

/// Mplify 123.1 R39: not a 422, but an order that is going to be rejected; its quote stays good.
#[test]
fn another_term_than_the_quoted_one_is_acknowledged_and_leaves_the_quote_alone() {
    let world = World::new();
    let mut order = world.order();
    order["productOrderItem"][1]["requestedItemTerm"] = term(24);
    let commit = world.create(&order).unwrap().commit;
    assert_eq!(commit.documents.len(), 1);
    assert!(commit.holds.is_empty());
    let refusal = &commit.jobs[0].payload["ovc"]["refusal"];
    assert_eq!(refusal["propertyPath"], "/productOrderItem/1/requestedItemTerm");
    assert_eq!(refusal["code"], "invalidValue");
}

/// Mplify 123.1 R31, R33
#[test]
fn an_add_says_what_it_is() {
    let world = World::new();
    let mut order = world.free_order();
    let product = order["productOrderItem"][1]["product"].as_object_mut().unwrap();
    product.remove("productConfiguration");
    product.remove("productOffering");
    world.check_refused(
        &order,
        &[
            (MissingProperty, "/productOrderItem/1/product/productOffering"),
            (MissingProperty, "/productOrderItem/1/product/productConfiguration"),
        ],
    );
}

/// Mplify 123.1 R25, R26
#[test]
fn an_expedite_is_not_accepted_before_its_charge_is() {
    let world = World::new();
    let mut order = world.order();
    order["productOrderItem"][0]["expediteIndicator"] = json!(true);
    let body = world.create(&order).unwrap().body;
    assert_eq!(body["productOrderItem"][0]["expediteAcceptedIndicator"], false);
    assert!(body["productOrderItem"][1].get("expediteAcceptedIndicator").is_none());
}

#[test]
fn every_item_has_a_decision_that_names_its_quote() {
    let world = World::new();
    let outcome = world.create(&world.order()).unwrap();
    let decisions = &outcome.commit.decisions;
    let items: Vec<Option<&str>> = decisions.iter().map(|decision| decision.item_id.as_deref()).collect();
    assert_eq!(items, [Some("uni"), Some("ovc")]);
    assert_eq!(
        decisions[0].inputs["quoteItem"],
        json!({"quoteId": "quote-1", "id": "uni", "revision": 2})
    );
    assert_eq!(decisions[0].agreement_version, 3);
}

#[test]
fn an_s_vlan_that_another_product_has_is_refused_where_it_is_named() {
    let mut world = World::new();
    world.found.held.insert("svlan/enni-1/2001".into(), 1);
    let path = "/productOrderItem/1/product/productConfiguration/enniEp/ovcEndPointMap/ovcEndPointMapFormE/0";
    world.check_refused(&world.free_order(), &[(OtherIssue, path)]);
}

#[test]
fn of_the_candidates_of_a_quote_the_order_takes_the_vlan_id_at_the_one_it_picks() {
    let mut world = World::new();
    let mut quote = world.found.document("quote", "quote-1").unwrap().clone();
    let relations = quote.body["quoteItem"][1]["product"]["productRelationship"]
        .as_array_mut()
        .unwrap();
    relations.push(json!({"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-2"}));
    world.keep(quote);
    let outcome = world.create(&world.order()).unwrap();
    let taken = |key: &str| {
        let takes = outcome.commit.holds.iter();
        takes
            .filter(|change| matches!(change, HoldChange::Take { key: own, .. } if own == key))
            .count()
    };
    assert_eq!(taken("svlan/enni-1/2001"), 1);
    world.found.held.insert("svlan/enni-1/2001".into(), 1);
    let path = "/productOrderItem/1/product/productConfiguration/enniEp/ovcEndPointMap/ovcEndPointMapFormE/0";
    world.check_refused(&world.order(), &[(OtherIssue, path)]);
}
