//! Whatever Buyers do in whatever order: held is what living documents need, and never more than
//! there is.

mod run;

use proptest::prelude::*;
use serde_json::json;

use crate::api::bench::{S_VLANS, set_vlan};
use run::{Act, Pick, Run, is_active, is_uni};

fn acts() -> impl Strategy<Value = Act> {
    // Work is most of life; every third request is refused for want of room otherwise.
    prop_oneof![
        2 => Just(Act::QuoteCircuit),
        1 => Just(Act::QuoteConnection),
        1 => Just(Act::QuoteChange),
        1 => Just(Act::Decline),
        2 => Just(Act::OrderQuoted),
        1 => Just(Act::OrderCircuit),
        1 => Just(Act::OrderConnection),
        1 => Just(Act::OrderChange),
        1 => Just(Act::CancelOrder),
        1 => Just(Act::End),
        10 => Just(Act::Work),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn held_is_what_living_documents_need(
        plan in prop::collection::vec((acts(), any::<[prop::sample::Index; 2]>()), 60)
    ) {
        let mut run = Run::new();
        for (act, pick) in plan {
            run.act(act, Pick(pick));
            run.check();
        }
    }
}

#[test]
fn each_way_to_get_capacity_back_is_taken() {
    let pick = any_pick();
    let mut run = Run::new();
    let s_vlan = format!("svlan/enni-1/{}", pick.s_vlan());
    let held = |run: &Run| (run.shop.held("port/addr-1"), run.shop.held(&s_vlan));
    // Declined.
    run.act(Act::QuoteCircuit, pick);
    run.check();
    assert_eq!(held(&run), (1, 1));
    run.act(Act::Decline, pick);
    run.check();
    assert_eq!(held(&run), (0, 0));
    // Expired: the only job there is.
    run.act(Act::QuoteCircuit, pick);
    run.act(Act::Work, pick);
    run.check();
    assert_eq!(held(&run), (0, 0));
    // Ordered, and cancelled.
    run.act(Act::QuoteCircuit, pick);
    run.act(Act::OrderQuoted, pick);
    run.check();
    assert_eq!((run.quotes().len(), held(&run)), (0, (1, 1)));
    // It has to be in progress.
    run.act(Act::Work, pick);
    run.act(Act::CancelOrder, pick);
    run.shop.finish();
    run.check();
    assert_eq!(held(&run), (0, 0));
    // Ordered, in service; the same S-VLAN is not sold again.
    run.act(Act::OrderCircuit, pick);
    run.act(Act::OrderCircuit, pick);
    run.shop.finish();
    run.check();
    assert_eq!(held(&run), (1, 1));
    // Ended: what is used by another goes last.
    for _ in 0..2 {
        for id in run.ids(is_active) {
            let item = run.shop.delete(&id);
            drop(run.shop.order(vec![item]));
        }
        run.shop.finish();
    }
    run.check();
    assert_eq!(held(&run), (0, 0));
    assert!(run.shop.holds.is_empty());
}

#[test]
fn a_change_of_s_vlan_moves_what_is_held() {
    let pick = any_pick();
    let mut run = Run::new();
    run.act(Act::OrderCircuit, pick);
    run.shop.finish();
    let ovc = run.ids(|product| !is_uni(product)).remove(0);
    let mut item = run.shop.modify(&ovc);
    set_vlan(&mut item["product"], S_VLANS, 3000);
    item["id"] = json!("0");
    run.order(vec![item], None).unwrap();
    run.check();
    let old = format!("svlan/enni-1/{}", pick.s_vlan());
    // Both until the change is done.
    assert_eq!((run.shop.held(&old), run.shop.held("svlan/enni-1/3000")), (1, 1));
    run.shop.finish();
    run.check();
    assert_eq!((run.shop.held(&old), run.shop.held("svlan/enni-1/3000")), (0, 1));
}

fn any_pick() -> Pick {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    Pick(
        any::<[prop::sample::Index; 2]>()
            .new_tree(&mut runner)
            .unwrap()
            .current(),
    )
}

#[test]
fn what_comes_on_demand_is_in_service_at_once() {
    let mut run = Run::new();
    let pick = any_pick();
    for offering in &mut run.shop.world.book.offerings {
        offering.on_demand = true;
        offering.interval = crate::time::Span::new(0, crate::time::Unit::Seconds);
        offering.milestones.clear();
    }
    let start = run.shop.world.now.get();
    let quote = run.quote(run.circuit(pick)).unwrap();
    assert_eq!(run.shop.get("quote", &quote).text("/quoteLevel"), Some("firm"));
    run.act(Act::OrderQuoted, pick);
    run.shop.finish();
    assert_eq!(run.shop.world.now.get(), start);
    assert_eq!(run.ids(is_active).len(), 2);
    run.check();
}
