//! A Buyer that asks a Seller for many things, and fetches everything after every step.

use std::collections::{BTreeMap, BTreeSet};

use segue_model::describe::{Resource, resource_by_name};
use segue_model::document::Side;
use segue_model::lifecycle::Lifecycle;
use segue_model::party::Role;
use segue_model::rules::{Act, Deed};
use segue_model::time::Clock;
use segue_model::{api, describe};
use serde_json::{Value, json};

use super::presence;
use crate::bodies::{Circuit, ORDER, QUOTE, contact};
use crate::described::operation;
use crate::world::{PLACE, Reply, World, change_of};

pub const DATE: (&str, &str) = (ORDER.0, "/modifyProductOrderItemRequestedDeliveryDate");
pub const CANCEL: (&str, &str) = (ORDER.0, "/cancelProductOrder");
pub const CHARGE: (&str, &str) = (ORDER.0, "/charge");
pub const PRODUCT: (&str, &str) = ("productInventory", "/product");

/// What no Buyer sees at this Seller, and why.
pub const NEVER: [(&str, &str, &str); 3] = [
    // Digest 3.6: a Seller that stops at the first bad item has it; ours validates to the end,
    // so that a Buyer corrects everything at once (`rejected` and `rejected.validated`).
    (
        "product order item",
        "rejected.unassessed",
        "every item is looked at, also after a bad one",
    ),
    // Digest 4.2: these two are there where a Seller tells the id of a product before it is in
    // service. It may do so at any time until then (5.2); ours does with the completion.
    (
        "product",
        "pendingActive",
        "a product is made when its item is completed",
    ),
    ("product", "cancelled", "what never was active is not in the inventory"),
];

/// A Seller, what was asked of it, and every state that was fetched.
pub struct Tour {
    pub world: World,
    made: Vec<((&'static str, &'static str), String)>,
    seen: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Tour {
    pub async fn start() -> Self {
        Self {
            world: World::new().await,
            made: Vec::new(),
            seen: BTreeMap::new(),
        }
    }

    pub fn circuit(&self, place: &'static str) -> Circuit<'_> {
        Circuit {
            products: &self.world.products,
            buyer: &self.world.bravo,
            place,
        }
    }

    pub async fn read(&self, (api, path): (&str, &str), id: &str) -> Value {
        let reply = self.world.get(&self.world.bravo, (api, &format!("{path}/{id}"))).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.json()
    }

    /// Makes something, and looks at everything.
    pub async fn make(&mut self, to: (&'static str, &'static str), body: &Value) -> String {
        let made = self.world.post(&self.world.bravo, to, body).await.created();
        let id = made["id"].as_str().unwrap().to_owned();
        self.made.push((to, id.clone()));
        self.look().await;
        id
    }

    /// Fetches all that was made, charges and products too.
    pub async fn look(&mut self) {
        let mut all = self.made.clone();
        for to in [CHARGE, PRODUCT] {
            let listed = self.world.get(&self.world.bravo, to).await.json();
            let ids = listed.as_array().unwrap().iter();
            all.extend(ids.map(|one| (to, one["id"].as_str().unwrap().to_owned())));
        }
        for (to, id) in all {
            let body = self.read(to, &id).await;
            let (_, resource) = resource_by_name(&to.1[1..]).unwrap();
            presence::check(to.1, &body);
            self.note(resource, &body);
        }
    }

    fn note(&mut self, resource: &Resource, body: &Value) {
        let state = body.get("state").or(body.get("status")).and_then(Value::as_str);
        if let (Some(lifecycle), Some(state)) = (resource.lifecycle, state) {
            self.seen.entry(lifecycle.of).or_default().insert(state.to_owned());
        }
        for (path, of) in items(resource) {
            for item in body.pointer(path).and_then(Value::as_array).into_iter().flatten() {
                let state = item["state"].as_str().unwrap().to_owned();
                self.seen.entry(of.of).or_default().insert(state);
            }
        }
    }

    /// Goes on to the next work that is due, does it, and looks.
    pub async fn step(&mut self) -> bool {
        let Some(due) = self.world.store.next_due().await.unwrap() else {
            return false;
        };
        self.world.business.set(due.max(self.world.business.now()));
        self.world.work().await;
        self.look().await;
        true
    }

    pub async fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.step().await;
        }
    }

    /// Until nothing is left to do, but no longer than any order takes.
    pub async fn rest(&mut self) {
        for _ in 0..200 {
            if !self.step().await {
                return;
            }
        }
        panic!("the work does not end");
    }

    /// From now on only these offerings are sold: jobs go by the newest book.
    pub async fn sell(&self, offerings: &[&str]) {
        let company = &self.world.bravo.scope.company;
        let current = self.world.seller.books().current(company).await.unwrap();
        let mut book = current.book.json();
        let sold = book["offerings"].as_array_mut().unwrap();
        sold.retain(|offering| offerings.iter().any(|id| offering["id"] == *id));
        assert_eq!(sold.len(), offerings.len());
        self.world
            .store
            .put_book(company, &segue_model::book::Book::from_json(book).unwrap())
            .await
            .unwrap();
    }

    /// From now on Germany is outside the area.
    pub async fn leave_germany(&self) {
        let company = &self.world.bravo.scope.company;
        let current = self.world.seller.books().current(company).await.unwrap();
        let mut book = current.book.json();
        book["countries"] = json!(["NL"]);
        self.world
            .store
            .put_book(company, &segue_model::book::Book::from_json(book).unwrap())
            .await
            .unwrap();
    }

    pub async fn allow_budgetary(&self) {
        let scope = &self.world.bravo.scope;
        let found = self
            .world
            .store
            .agreement_in_force(scope, Role::Seller, self.world.wall.now());
        let mut agreement = found.await.unwrap().unwrap();
        agreement.budgetary_quotes = true;
        self.world.store.put_agreement(agreement).await.unwrap();
    }

    pub async fn end(&mut self, task: &str, quote: &str) -> Reply {
        let body = json!({ "quoteId": quote, "reason": "Another route was found." });
        let reply = self.world.post(&self.world.bravo, (QUOTE.0, task), &body).await;
        self.look().await;
        reply
    }

    /// The charge that is open.
    pub async fn open_charge(&self) -> String {
        let listed = self.world.get(&self.world.bravo, CHARGE).await.json();
        let mut listed = listed.as_array().unwrap().iter();
        let open = listed.find(|charge| charge["state"] == "awaitingResponse");
        open.expect("a charge is open")["id"].as_str().unwrap().to_owned()
    }

    /// The Seller acts of its own accord.
    pub async fn act(&mut self, to: (&str, &str), id: &str, deed: Deed) -> Result<(), String> {
        let act = Act {
            deed,
            reason: "Not paid.".into(),
        };
        let company = &self.world.bravo.scope.company;
        let done = self.world.seller.act(company, (&to.1[1..], id), &act).await;
        self.look().await;
        done.map(drop).map_err(|error| error.to_string())
    }

    /// From now on the Buyer hears of everything, so that events are seen.
    pub async fn subscribe(&self) {
        for api in [QUOTE.0, ORDER.0] {
            let callback = json!({ "callback": "https://bravo.example" });
            let reply = self.world.post(&self.world.bravo, (api, "/hub"), &callback).await;
            assert_eq!(reply.status, 201, "{}", reply.text);
        }
    }

    pub async fn ports_held(&self, place: &str) -> i64 {
        let company = &self.world.bravo.scope.company;
        let keys = [format!("port/{place}")];
        let held = self.world.store.held(company, &keys, self.world.business.now()).await;
        held.unwrap().values().sum()
    }

    /// All that is stored for Buyers: documents with their revisions, holds, jobs, events.
    pub async fn everything(&self) -> Vec<String> {
        let (company, store) = (&self.world.bravo.scope.company, &self.world.store);
        let mut all = Vec::new();
        for (resource, _) in super::tour::all() {
            let found = store.company_documents(company, Side::Seller, resource, None, 1_000);
            all.extend(found.await.unwrap().iter().map(|document| json!(document).to_string()));
        }
        for place in [PLACE, "NEAR-NET", "OFF-NET"] {
            all.push(format!("{place} {}", self.ports_held(place).await));
        }
        let stats = store.stats(self.world.business.now()).await.unwrap();
        all.push(format!(
            "{} documents, {} jobs, {} events",
            stats.documents, stats.jobs_waiting, stats.deliveries_waiting
        ));
        all
    }

    /// An order that changes a product, or ends it.
    pub async fn change(&self, id: &str, action: &str) -> Value {
        let product = self.read(PRODUCT, id).await;
        let mut body = change_of(self.circuit(PLACE).order(), &product, action);
        let date = if action == "modify" { "2027-06-01" } else { "2027-08-01" };
        body["productOrderItem"][0]["requestedCompletionDate"] = json!(format!("{date}T08:00:00Z"));
        body
    }

    /// Answers every item of the charge that is open.
    pub async fn answer(&mut self, acceptance: &str) {
        let id = self.open_charge().await;
        let charge = self.read(CHARGE, &id).await;
        let items = charge["chargeItem"].as_array().unwrap().iter();
        let items: Vec<Value> = items
            .map(|item| json!({ "id": item["id"], "acceptanceIndicator": acceptance }))
            .collect();
        let reply = self.patch(("charge", &id), &json!({ "chargeItem": items })).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        self.look().await;
    }

    pub async fn patch(&self, (resource, id): (&str, &str), body: &Value) -> Reply {
        let operation = operation(ORDER.0, "PATCH", &format!("/{resource}/{id}"));
        self.world
            .call(&self.world.bravo, &operation, (id, ""), Some(body))
            .await
    }

    /// An order that runs.
    pub async fn order(&mut self, place: &'static str) -> String {
        let body = self.circuit(place).order();
        let id = self.make(ORDER, &body).await;
        self.world.work().await;
        self.look().await;
        id
    }

    pub async fn cancel(&mut self, order: &str) -> String {
        self.make(CANCEL, &cancel(order)).await
    }

    pub async fn haste(&mut self, order: &str) -> String {
        let body = json!({
            "productOrderItem": { "productOrderId": order, "productOrderItemId": self.circuit(PLACE).uni_id() },
            "expediteIndicator": true, "requestedCompletionDate": "2026-12-03T08:00:00Z",
        });
        let id = self.make(DATE, &body).await;
        self.world.work().await;
        self.look().await;
        id
    }

    /// Everything of these life cycles was seen, and nothing else; but for [`NEVER`].
    #[track_caller]
    pub fn check(&self, lifecycles: &[&'static str]) {
        for (_, lifecycle) in all().iter().filter(|(_, lifecycle)| lifecycles.contains(&lifecycle.of)) {
            let never = |state: &str| NEVER.iter().any(|row| (row.0, row.1) == (lifecycle.of, state));
            let states = lifecycle.states().into_iter().filter(|state| !never(state));
            let states: BTreeSet<String> = states.map(str::to_owned).collect();
            assert_eq!(self.seen.get(lifecycle.of), Some(&states), "{}", lifecycle.of);
        }
    }
}

pub fn cancel(order: &str) -> Value {
    json!({
        "productOrder": { "productOrderId": order },
        "relatedContactInformation": [contact("cancelProductOrderContact")],
    })
}

/// Where items stand that have states, with their life cycle.
fn items(resource: &Resource) -> Vec<(&'static str, &'static Lifecycle)> {
    let mut items: Vec<_> = resource
        .items
        .iter()
        .map(|items| (items.path, items.lifecycle))
        .collect();
    if resource.name == "charge" && items.is_empty() {
        items.push(("/chargeItem", &api::order::lifecycle::CHARGE_ITEM));
    }
    items
}

/// Every life cycle there is, with its resource.
pub fn all() -> Vec<(&'static str, &'static Lifecycle)> {
    let served = api::all().iter().flat_map(|api| api.resources);
    let mut all = Vec::new();
    for resource in served {
        let resource: &describe::Resource = resource;
        all.extend(resource.lifecycle.map(|lifecycle| (resource.name, lifecycle)));
        all.extend(
            items(resource)
                .into_iter()
                .map(|(_, lifecycle)| (resource.name, lifecycle)),
        );
    }
    all
}
