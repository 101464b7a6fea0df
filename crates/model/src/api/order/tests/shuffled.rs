//! Jobs in any order, and some of them twice: the end is the same.

use proptest::prelude::*;
use serde_json::Value;

use super::life::Stored;
use super::world::World;
use crate::api::order::lifecycle::{ORDER, ORDER_ITEM};
use crate::lifecycle::{Actor, Lifecycle, START};

/// Whether `history` is a walk through the life cycle from its start.
#[track_caller]
fn check_walk(lifecycle: &Lifecycle, history: &Value) {
    let mut from = START;
    for change in history.as_array().unwrap() {
        let to = change["state"].as_str().unwrap();
        assert_eq!(lifecycle.step(from, to, Actor::Seller), Ok(()));
        from = to;
    }
    assert!(lifecycle.is_final(from), "{from}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn jobs_may_come_in_any_order(picks in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 60)) {
        let world = World::new();
        let order = world.order();
        let mut stored = Stored::create(world, &order);
        for (pick, twice) in picks {
            if stored.jobs.is_empty() {
                break;
            }
            let job = stored.jobs.remove(pick.index(stored.jobs.len()));
            stored.run(&job);
            if twice {
                stored.run(&job);
            }
        }
        stored.finish();
        prop_assert_eq!(&stored.order.state, "completed");
        prop_assert_eq!(stored.products.len(), 2);
        check_walk(&ORDER, &stored.at("/stateChange"));
        for item in stored.at("/productOrderItem").as_array().unwrap() {
            check_walk(&ORDER_ITEM, &item["stateChange"]);
        }
        let milestones = stored.at("/productOrderItem/0/milestone");
        prop_assert_eq!(milestones.as_array().unwrap().len(), 2);
    }
}
