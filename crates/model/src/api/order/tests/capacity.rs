//! Whatever Buyers do in whatever order: held is what living documents need, and never more than
//! there is.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::shop::Shop;
use crate::api::bench::person;
use crate::api::order::lifecycle::ORDER;
use crate::products::{OPERATOR_UNI, Products};

const PORTS: u32 = 3;
/// Bandwidth runs out before ports do.
const BANDWIDTH_OF: u64 = 2;

#[derive(Clone, Copy, Debug)]
enum Act {
    Quote,
    Decline,
    OrderQuoted,
    OrderFree,
    CancelOrder,
    End,
    Work,
}

/// The fixed points of a run: one product, and how fast it is.
struct Run {
    shop: Shop,
    mbps: u64,
}

impl Run {
    fn new() -> Self {
        let mut shop = Shop::new();
        let product = shop.world.free_order()["productOrderItem"][0]["product"].take();
        let configuration = product["productConfiguration"].as_object().unwrap();
        let mbps = Products::bandwidth_mbps(configuration).unwrap();
        let address = &mut shop.world.book.addresses[0];
        address.ports = PORTS;
        address.mbps = Some(mbps * BANDWIDTH_OF);
        // The quote of the world holds nothing.
        shop.forget("quote");
        Self { shop, mbps }
    }

    fn item(&self) -> Value {
        let mut item = self.shop.world.free_order()["productOrderItem"][0].take();
        let now = self.shop.world.now.get();
        item["requestedCompletionDate"] = json!(crate::time::text(now));
        item
    }

    /// Ids of documents in one of these states.
    fn ids(&self, resource: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let all = self.shop.all(resource).into_iter();
        let wanted = all.filter(|document| is_wanted(&document.state));
        let unis = wanted.filter(|document| {
            let urn = document.text("/productConfiguration/@type");
            urn.is_none_or(|urn| urn == OPERATOR_UNI)
        });
        unis.map(|document| document.id.clone()).collect()
    }

    fn quotes(&self) -> Vec<String> {
        self.ids("quote", |state| state.starts_with("approved"))
    }

    fn running(&self) -> Vec<String> {
        self.ids("productOrder", |state| !ORDER.is_final(state))
    }

    /// A Buyer may ask for anything: what is refused changes nothing.
    fn act(&mut self, act: Act, pick: prop::sample::Index) {
        let picked = |ids: Vec<String>| (!ids.is_empty()).then(|| ids[pick.index(ids.len())].clone());
        match act {
            Act::Quote => drop(self.quote()),
            Act::Decline => {
                if let Some(id) = picked(self.quotes()) {
                    let body = json!({"quoteId": id, "reason": "No."});
                    drop(self.shop.send("declineQuote", &body));
                }
            }
            Act::OrderQuoted => {
                if let Some(id) = picked(self.quotes()) {
                    let mut item = self.item();
                    item["quoteItem"] = json!({"quoteId": id, "id": "uni"});
                    drop(self.shop.order(vec![item]));
                }
            }
            Act::OrderFree => drop(self.shop.order(vec![self.item()])),
            Act::CancelOrder => {
                if let Some(id) = picked(self.running()) {
                    let body = json!({
                        "productOrder": {"productOrderId": id}, "cancellationReason": "No need any more.",
                        "relatedContactInformation": [person("cancelProductOrderContact")],
                    });
                    drop(self.shop.send("cancelProductOrder", &body));
                }
            }
            Act::End => {
                if let Some(id) = picked(self.ids("product", |state| state == "active")) {
                    let item = self.shop.delete(&id);
                    drop(self.shop.order(vec![item]));
                }
            }
            Act::Work if self.shop.jobs.is_empty() => {}
            Act::Work => self.shop.step(),
        }
    }

    fn quote(&mut self) -> Result<String, Vec<crate::failure::Problem>> {
        let product = self.item()["product"].take();
        let term = self.item()["requestedItemTerm"].take();
        let item = json!({"id": "uni", "action": "add", "product": product, "requestedQuoteItemTerm": term});
        let body = json!({"buyerRequestedQuoteLevel": "firm", "instantSyncQuote": true, "quoteItem": [item]});
        self.shop.create("quote", &body)
    }

    /// Quotes that can be ordered, orders of a new product that run, and products.
    fn living(&self) -> usize {
        let adds = self.running().into_iter().filter(|id| {
            let order = self.shop.get("productOrder", id);
            order.text("/productOrderItem/0/action") == Some("add")
        });
        let products = self.ids("product", |state| state != "terminated").len();
        self.quotes().len() + adds.count() + products
    }

    #[track_caller]
    fn check(&self) {
        let living = i64::try_from(self.living()).unwrap();
        let rate = i64::try_from(self.mbps).unwrap();
        assert_eq!(self.shop.held("port/addr-1"), living, "{:#?}", self.shop.holds);
        assert_eq!(self.shop.held("bandwidth/addr-1"), living * rate);
        assert!(living <= i64::from(PORTS) && living * rate <= rate * i64::try_from(BANDWIDTH_OF).unwrap());
    }
}

fn acts() -> impl Strategy<Value = Act> {
    // Work is most of life; every third request is refused for want of room otherwise.
    prop_oneof![
        2 => Just(Act::Quote),
        1 => Just(Act::Decline),
        2 => Just(Act::OrderQuoted),
        1 => Just(Act::OrderFree),
        1 => Just(Act::CancelOrder),
        1 => Just(Act::End),
        5 => Just(Act::Work),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn held_is_what_living_documents_need(plan in prop::collection::vec((acts(), any::<prop::sample::Index>()), 40)) {
        let mut run = Run::new();
        for (act, pick) in plan {
            run.act(act, pick);
            run.check();
        }
    }
}

#[test]
fn each_way_to_get_capacity_back_is_taken() {
    let pick = any_index();
    let mut run = Run::new();
    // Declined.
    run.act(Act::Quote, pick);
    assert_eq!(run.living(), 1);
    run.act(Act::Decline, pick);
    run.check();
    assert_eq!(run.living(), 0);
    // Expired: the only job there is.
    run.act(Act::Quote, pick);
    run.act(Act::Work, pick);
    run.check();
    assert_eq!(run.living(), 0);
    // Ordered, and cancelled.
    run.act(Act::Quote, pick);
    run.act(Act::OrderQuoted, pick);
    run.check();
    assert_eq!((run.quotes().len(), run.living()), (0, 1));
    // It has to be in progress.
    run.act(Act::Work, pick);
    run.act(Act::CancelOrder, pick);
    run.shop.finish();
    run.check();
    assert_eq!(run.living(), 0);
    // Ordered, in service, and ended; and there is no more than there is.
    run.act(Act::OrderFree, pick);
    run.act(Act::OrderFree, pick);
    run.act(Act::OrderFree, pick);
    run.act(Act::Quote, pick);
    run.shop.finish();
    run.check();
    assert_eq!(run.living(), 2);
    run.act(Act::End, pick);
    run.shop.finish();
    run.check();
    assert_eq!(run.living(), 1);
}

fn any_index() -> prop::sample::Index {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    any::<prop::sample::Index>().new_tree(&mut runner).unwrap().current()
}

#[test]
fn what_comes_on_demand_is_in_service_at_once() {
    let mut run = Run::new();
    let uni = &mut run.shop.world.book.offerings[0];
    uni.on_demand = true;
    uni.interval = crate::time::Span::new(0, crate::time::Unit::Seconds);
    uni.milestones.clear();
    let start = run.shop.world.now.get();
    let quote = run.quote().unwrap();
    assert_eq!(run.shop.get("quote", &quote).text("/quoteLevel"), Some("firm"));
    run.act(Act::OrderQuoted, any_index());
    run.shop.finish();
    assert_eq!(run.shop.world.now.get(), start);
    assert_eq!(run.ids("product", |state| state == "active").len(), 1);
}
