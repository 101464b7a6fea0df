//! What Buyers do, and what their documents need by a count of its own.

use std::collections::BTreeMap;

use proptest::prelude::prop;
use serde_json::{Value, json};

use crate::api::bench::{C_VLANS, S_VLANS, person, set_vlan};
use crate::api::order::lifecycle::{ORDER, ORDER_ITEM};
use crate::api::order::tests::shop::Shop;
use crate::document::Document;
use crate::failure::Problem;
use crate::products::{OPERATOR_UNI, Products};

const PORTS: u32 = 3;
/// Fewer than there are S-VLANs to pick from.
const OVCS: i64 = 2;
/// Bandwidth runs out before ports do.
const BANDWIDTH_OF: u64 = 2;

#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Of a UNI and an OVC to it.
    QuoteCircuit,
    /// Of an OVC to a UNI in service.
    QuoteConnection,
    /// Of another S-VLAN.
    QuoteChange,
    Decline,
    OrderQuoted,
    OrderCircuit,
    OrderConnection,
    OrderChange,
    CancelOrder,
    End,
    Work,
}

/// Amount by key.
type Keys = BTreeMap<String, i64>;

/// The fixed points of a run, and what was taken for changes when they were asked for.
pub struct Run {
    pub shop: Shop,
    mbps: u64,
    /// By quote or order.
    changes: BTreeMap<String, Keys>,
}

/// What is at hand to choose by.
#[derive(Clone, Copy)]
pub struct Pick(pub [prop::sample::Index; 2]);

impl Pick {
    fn of(self, ids: &[String]) -> Option<String> {
        (!ids.is_empty()).then(|| ids[self.0[0].index(ids.len())].clone())
    }

    pub fn s_vlan(self) -> u32 {
        2001 + u32::try_from(self.0[1].index(3)).unwrap()
    }

    fn c_vlan(self) -> u32 {
        100 + u32::try_from(self.0[0].index(2)).unwrap()
    }
}

impl Run {
    pub fn new() -> Self {
        let mut shop = Shop::new();
        let product = shop.world.free_order()["productOrderItem"][0]["product"].take();
        let configuration = product["productConfiguration"].as_object().unwrap();
        let mbps = Products::bandwidth_mbps(configuration).unwrap();
        shop.world.book.change_address(0, |address| {
            address.ports = PORTS;
            address.mbps = Some(mbps * BANDWIDTH_OF);
        });
        // The quote of the world holds nothing.
        shop.forget("quote");
        shop.configure("enni-1", "maximumNumberOfOvcs", json!(OVCS));
        Self {
            shop,
            mbps,
            changes: BTreeMap::new(),
        }
    }

    /// Order items: a UNI and an OVC to it.
    pub fn circuit(&self, pick: Pick) -> Vec<Value> {
        let mut items = self.shop.world.free_order()["productOrderItem"]
            .as_array()
            .unwrap()
            .clone();
        items[0]["product"]["productConfiguration"]["maximumNumberOfEndPoints"] = json!(2);
        set_vlan(&mut items[1]["product"], S_VLANS, pick.s_vlan());
        items
    }

    /// An OVC to a UNI in service.
    fn connection(&self, pick: Pick) -> Option<Vec<Value>> {
        let uni = pick.of(&self.ids(|product| is_active(product) && is_uni(product)))?;
        let mut ovc = self.circuit(pick).remove(1);
        ovc.as_object_mut().unwrap().remove("productOrderItemRelationship");
        set_vlan(&mut ovc["product"], C_VLANS, pick.c_vlan());
        let relations = ovc["product"]["productRelationship"].as_array_mut().unwrap();
        relations.push(json!({"relationshipType": "CONNECTS_TO_UNI", "id": uni}));
        Some(vec![ovc])
    }

    /// An OVC in service, with another S-VLAN.
    fn change(&self, pick: Pick) -> Option<Vec<Value>> {
        let ovc = pick.of(&self.ids(|product| is_active(product) && !is_uni(product)))?;
        let mut item = self.shop.modify(&ovc);
        set_vlan(&mut item["product"], S_VLANS, pick.s_vlan());
        item["id"] = json!("0");
        Some(vec![item])
    }

    /// Ids of products bought here.
    pub fn ids(&self, is_wanted: impl Fn(&Document) -> bool) -> Vec<String> {
        let all = self.shop.all("product").into_iter();
        let bought = all.filter(|product| product.id != "enni-1" && is_wanted(product));
        bought.map(|product| product.id.clone()).collect()
    }

    fn in_state(&self, resource: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let all = self.shop.all(resource).into_iter();
        let wanted = all.filter(|document| is_wanted(&document.state));
        wanted.map(|document| document.id.clone()).collect()
    }

    pub fn quotes(&self) -> Vec<String> {
        self.in_state("quote", |state| state.starts_with("approved"))
    }

    fn running(&self) -> Vec<String> {
        self.in_state("productOrder", |state| !ORDER.is_final(state))
    }

    /// A Buyer may ask for anything: what is refused changes nothing.
    pub fn act(&mut self, act: Act, pick: Pick) {
        match act {
            Act::QuoteCircuit => drop(self.quote(self.circuit(pick))),
            Act::QuoteConnection => {
                let items = self.connection(pick);
                items.map(|items| self.quote(items));
            }
            Act::QuoteChange => {
                let items = self.change(pick);
                items.map(|items| self.quote(items));
            }
            Act::Decline => {
                if let Some(id) = pick.of(&self.quotes()) {
                    let body = json!({"quoteId": id, "reason": "No."});
                    drop(self.shop.send("declineQuote", &body));
                }
            }
            Act::OrderQuoted => {
                if let Some(id) = pick.of(&self.quotes()) {
                    drop(self.order(self.quoted(&id), Some(&id)));
                }
            }
            Act::OrderCircuit => drop(self.order(self.circuit(pick), None)),
            Act::OrderConnection => {
                let items = self.connection(pick);
                items.map(|items| self.order(items, None));
            }
            Act::OrderChange => {
                let items = self.change(pick);
                items.map(|items| self.order(items, None));
            }
            Act::CancelOrder => {
                if let Some(id) = pick.of(&self.running()) {
                    let body = json!({
                        "productOrder": {"productOrderId": id}, "cancellationReason": "No need any more.",
                        "relatedContactInformation": [person("cancelProductOrderContact")],
                    });
                    drop(self.shop.send("cancelProductOrder", &body));
                }
            }
            Act::End => {
                if let Some(id) = pick.of(&self.ids(is_active)) {
                    let item = self.shop.delete(&id);
                    drop(self.shop.order(vec![item]));
                }
            }
            Act::Work if self.shop.jobs.is_empty() => {}
            Act::Work => self.shop.step(),
        }
    }

    pub fn quote(&mut self, items: Vec<Value>) -> Result<String, Vec<Problem>> {
        let taken = self.taken_by_change(&items);
        let quoted = items.into_iter().map(|item| {
            let mut quoted = json!({"id": item["id"], "action": item["action"], "product": item["product"]});
            for (name, of_order) in [
                ("requestedQuoteItemTerm", "requestedItemTerm"),
                ("quoteItemRelationship", "productOrderItemRelationship"),
            ] {
                if let Some(value) = item.get(of_order) {
                    quoted[name] = value.clone();
                }
            }
            quoted
        });
        let items: Vec<Value> = quoted.collect();
        let body = json!({"buyerRequestedQuoteLevel": "firm", "instantSyncQuote": true, "quoteItem": items});
        let id = self.shop.create("quote", &body)?;
        self.changes.insert(id.clone(), taken);
        Ok(id)
    }

    /// The items of an order of everything in a quote.
    fn quoted(&self, id: &str) -> Vec<Value> {
        let quote = self.shop.get("quote", id);
        let items = quote.at("/quoteItem").unwrap().as_array().unwrap().iter();
        let ordered = items.map(|quoted| {
            let mut item = match quoted["action"].as_str() {
                Some("add") => self.shop.world.free_order()["productOrderItem"][0].take(),
                _ => self.shop.delete("any"),
            };
            for name in ["id", "action", "product"] {
                item[name] = quoted[name].clone();
            }
            if let Some(relations) = quoted.get("quoteItemRelationship") {
                item["productOrderItemRelationship"] = relations.clone();
            }
            item["quoteItem"] = json!({"quoteId": id, "id": quoted["id"]});
            item
        });
        ordered.collect()
    }

    pub fn order(&mut self, mut items: Vec<Value>, quote: Option<&str>) -> Result<String, Vec<Problem>> {
        let taken = match quote {
            Some(id) => self.changes[id].clone(),
            None => self.taken_by_change(&items),
        };
        let days = if self.shop.world.book.offerings[0].on_demand {
            0
        } else {
            7
        };
        let now = self.shop.world.now.get();
        let wanted = now.saturating_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
        for item in &mut items {
            item["requestedCompletionDate"] = json!(crate::time::text(wanted));
        }
        let mut order = self.shop.world.free_order();
        order["productOrderItem"] = Value::Array(items);
        let id = self.shop.create("productOrder", &order)?;
        self.changes.insert(id.clone(), taken);
        Ok(id)
    }

    /// What a change takes beyond what its product has.
    fn taken_by_change(&self, items: &[Value]) -> Keys {
        let mut taken = Keys::new();
        for item in items.iter().filter(|item| item["action"] == "modify") {
            let product = self.shop.get("product", item["product"]["id"].as_str().unwrap());
            let had = self.needs(&Value::Object(product.body.clone()), None);
            for (key, amount) in self.needs(&item["product"], None) {
                let more = amount - had.get(&key).copied().unwrap_or(0);
                *taken.entry(key).or_default() += more.max(0);
            }
        }
        taken
    }

    /// What a product has, counted in a way of its own; `uni` is where it ends if it does not say.
    fn needs(&self, product: &Value, uni: Option<&str>) -> Keys {
        if product["productConfiguration"]["@type"] == OPERATOR_UNI {
            let rate = i64::try_from(self.mbps).unwrap();
            return Keys::from([("port/addr-1".into(), 1), ("bandwidth/addr-1".into(), rate)]);
        }
        let vlan = |list: &str| {
            product
                .pointer(&format!("/productConfiguration/{list}/0"))
                .unwrap()
                .clone()
        };
        let relations = product["productRelationship"].as_array().unwrap();
        let to_uni = relations
            .iter()
            .find(|relation| relation["relationshipType"] == "CONNECTS_TO_UNI");
        let uni = to_uni.and_then(|relation| relation["id"].as_str()).or(uni);
        // One class of service at either end, in Mbit/s.
        let kbps = |end: &str| {
            let cir = format!(
                "/productConfiguration/{end}/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/cir/irValue"
            );
            product.pointer(&cir).and_then(Value::as_i64).unwrap() * 1_000
        };
        let mut needs = Keys::from([
            ("svlan/enni-1".into(), 1),
            (format!("svlan/enni-1/{}", vlan(S_VLANS)), 1),
            ("enni-ovcs/enni-1".into(), 1),
            ("enni-kbps/enni-1".into(), kbps("enniEp")),
        ]);
        if let Some(uni) = uni {
            needs.insert(format!("cvlan/{uni}"), 1);
            needs.insert(format!("cvlan/{uni}/{}", vlan(C_VLANS)), 1);
            needs.insert(format!("uni-ends/{uni}"), 1);
            needs.insert(format!("uni-kbps/{uni}"), kbps("uniEp"));
        }
        needs
    }

    /// What items of a quote or an order take; those that came to an end take nothing here.
    fn taken_by(&self, document: &Document, list: &str) -> Keys {
        let items = document.at(list).unwrap().as_array().unwrap();
        let mut taken = self.changes.get(&document.id).cloned().unwrap_or_default();
        let is_over =
            |item: &Value| document.resource != "quote" && ORDER_ITEM.is_final(item["state"].as_str().unwrap());
        if items.iter().any(|item| item["action"] == "modify" && is_over(item)) {
            taken.clear();
        }
        for item in items.iter().filter(|item| item["action"] == "add" && !is_over(item)) {
            let sibling = item.pointer("/productOrderItemRelationship/0/id");
            let uni = items.iter().find(|other| sibling.is_some_and(|id| *id == other["id"]));
            add(
                &mut taken,
                self.needs(&item["product"], uni.and_then(|uni| uni["product"]["id"].as_str())),
            );
        }
        taken
    }

    /// Quotes that can be ordered, orders that run, and products.
    fn needed(&self) -> Keys {
        let mut needed = Keys::new();
        for id in self.quotes() {
            add(&mut needed, self.taken_by(self.shop.get("quote", &id), "/quoteItem"));
        }
        for id in self.running() {
            add(
                &mut needed,
                self.taken_by(self.shop.get("productOrder", &id), "/productOrderItem"),
            );
        }
        for id in self.ids(|product| product.state != "terminated") {
            let product = Value::Object(self.shop.get("product", &id).body.clone());
            add(&mut needed, self.needs(&product, None));
        }
        needed.retain(|_, amount| *amount > 0);
        needed
    }

    #[track_caller]
    pub fn check(&self) {
        let mut held = Keys::new();
        for ((_, key), amount) in &self.shop.holds {
            *held.entry(key.clone()).or_default() += amount;
        }
        assert_eq!(held, self.needed(), "{:#?}", self.shop.holds);
        let limit = |key: &str| match key.split('/').collect::<Vec<_>>()[..] {
            ["port", _] => i64::from(PORTS),
            ["bandwidth", _] => i64::try_from(self.mbps * BANDWIDTH_OF).unwrap(),
            ["enni-ovcs", _] => OVCS,
            ["uni-ends", _] => 2,
            ["enni-kbps", _] => i64::MAX,
            // The link of the sample.
            ["uni-kbps", _] => 1_000_000,
            [_, _] => 4094,
            _ => 1,
        };
        for (key, amount) in held {
            assert!(amount <= limit(&key), "{key}: {amount}");
        }
    }
}

fn add(to: &mut Keys, more: Keys) {
    for (key, amount) in more {
        *to.entry(key).or_default() += amount;
    }
}

pub fn is_active(product: &Document) -> bool {
    product.state == "active"
}

pub fn is_uni(product: &Document) -> bool {
    product.text("/productConfiguration/@type") == Some(OPERATOR_UNI)
}
