//! A store in small: it loads what rules say they need and nothing else, and keeps what they
//! decide.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::world::{World, object};
use crate::api::rules;
use crate::commit::{Commit, HoldChange, Job};
use crate::describe::index_rows;
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::rules::{Found, Ref};
use crate::schema::Schemas;

pub struct Shop {
    pub world: World,
    documents: BTreeMap<(String, String), Document>,
    /// Owner and key to amount.
    pub holds: BTreeMap<(String, String), i64>,
    pub jobs: Vec<Job>,
}

impl Shop {
    /// With the ENNI of the world.
    pub fn new() -> Self {
        let world = World::new();
        let documents = world.found.documents.clone().into_iter().collect();
        Self {
            world,
            documents,
            holds: BTreeMap::new(),
            jobs: Vec::new(),
        }
    }

    /// With a circuit in service: its UNI and its OVC.
    pub fn with_circuit() -> (Self, String, String) {
        let mut shop = Self::new();
        let order = shop.world.free_order();
        let id = shop.create("productOrder", &order).unwrap();
        shop.finish();
        let order = shop.get("productOrder", &id);
        let product = |index: usize| {
            let path = format!("/productOrderItem/{index}/product/id");
            order.text(&path).unwrap().to_owned()
        };
        let (uni, ovc) = (product(0), product(1));
        (shop, uni, ovc)
    }

    #[track_caller]
    pub fn get(&self, resource: &str, id: &str) -> &Document {
        &self.documents[&(resource.to_owned(), id.to_owned())]
    }

    fn find(&self, refs: Vec<Ref>) -> Found {
        let mut found = Found::default();
        for wanted in refs {
            match wanted {
                Ref::Document { resource, id } => {
                    let key = (resource.to_owned(), id);
                    found
                        .documents
                        .extend(self.documents.get(&key).map(|document| (key, document.clone())));
                }
                Ref::Capacity(key) => {
                    let held = self.holds.iter().filter(|((_, held), _)| *held == key);
                    let amount = held.map(|(_, amount)| amount).sum();
                    found.held.insert(key, amount);
                }
                Ref::Jobs(id) => {
                    let own = self.jobs.iter().filter(|job| job.document_id == id).cloned().collect();
                    found.jobs.insert(id, own);
                }
                Ref::Related {
                    resource,
                    filter,
                    value,
                } => {
                    let row = (filter, value.clone());
                    let related = self.documents.values().filter(|document| {
                        let described = described(document);
                        document.resource == resource && index_rows(described.1, &document.body).contains(&row)
                    });
                    let key = (resource.to_owned(), filter.to_owned(), value);
                    found.related.insert(key, related.cloned().collect());
                }
            }
        }
        found
    }

    /// Creates a resource; its id.
    pub fn create(&mut self, resource: &str, body: &Value) -> Result<String, Vec<Problem>> {
        let answer = self.send(resource, body)?;
        Ok(answer["id"].as_str().unwrap().to_owned())
    }

    /// Configures a product in service in another way.
    pub fn configure(&mut self, id: &str, name: &str, value: Value) {
        let product = self.documents.get_mut(&("product".to_owned(), id.to_owned()));
        product.unwrap().body["productConfiguration"][name] = value;
    }

    /// As if there were none of a resource.
    pub fn forget(&mut self, resource: &str) {
        self.documents.retain(|(kind, _), _| kind != resource);
    }

    /// All documents of a resource.
    pub fn all(&self, resource: &str) -> Vec<&Document> {
        let of_kind = self.documents.values().filter(|document| document.resource == resource);
        of_kind.collect()
    }

    /// Asks for a resource or a task; the answer.
    pub fn send(&mut self, resource: &str, body: &Value) -> Result<Object, Vec<Problem>> {
        let rules = rules(resource).unwrap();
        let input = Checked::new("Test", object(body.clone()));
        let needs = self.world.with(|ctx| rules.needs(&input, ctx));
        let found = self.find(needs);
        let outcome = self.world.with(|ctx| rules.on_create(&input, &found, ctx))?;
        self.apply(outcome.commit);
        Ok(outcome.body)
    }

    /// Keeps a commit, if all of it has the form of the standard and follows what was stored.
    pub fn apply(&mut self, commit: Commit) {
        for document in commit.documents {
            let (api, resource) = described(&document);
            let checked = Schemas::for_api(api)
                .unwrap()
                .check(resource.full, Value::Object(document.body.clone()));
            assert_eq!(checked.map(drop), Ok(()), "{}", document.resource);
            let key = (document.resource.clone(), document.id.clone());
            let before = self.documents.get(&key).map_or(0, |before| before.revision);
            assert_eq!(document.revision, before + 1, "{key:?}");
            self.documents.insert(key, document);
        }
        self.jobs
            .retain(|job| !commit.cancel_jobs_of.contains(&job.document_id));
        self.jobs.extend(commit.jobs);
        for change in commit.holds {
            match change {
                HoldChange::Take { key, owner, amount, .. } => {
                    self.holds.insert((owner, key), amount);
                }
                HoldChange::Keep { from, to } => {
                    let kept: Vec<(String, String)> = self.holds.keys().filter(|key| key.0 == from).cloned().collect();
                    for key in kept {
                        let amount = self.holds.remove(&key).unwrap();
                        self.holds.insert((to.clone(), key.1), amount);
                    }
                }
                HoldChange::Release { owner } => self.holds.retain(|(held, _), _| *held != owner),
            }
        }
        for guard in commit.capacity_guards {
            assert!(self.held(&guard.key) <= guard.limit, "{}", guard.key);
        }
    }

    pub fn held(&self, key: &str) -> i64 {
        let of_key = self.holds.iter().filter(|((_, held), _)| held == key);
        of_key.map(|(_, amount)| amount).sum()
    }

    /// Runs the earliest job at the time it is due.
    pub fn step(&mut self) {
        let (index, _) = self.jobs.iter().enumerate().min_by_key(|(_, job)| job.due_at).unwrap();
        let job = self.jobs.remove(index);
        let now = &self.world.now;
        now.set(now.get().max(job.due_at));
        let document = self.get(&job.resource, &job.document_id).clone();
        let rules = rules(&job.resource).unwrap();
        let needs = self.world.with(|ctx| rules.job_needs(&document, &job, ctx));
        let found = self.find(needs);
        let commit = self.world.with(|ctx| rules.on_job(&document, &job, &found, ctx));
        self.apply(commit);
    }

    pub fn finish(&mut self) {
        for _ in 0..100 {
            if self.jobs.is_empty() {
                return;
            }
            self.step();
        }
        panic!("jobs without end: {:?}", self.jobs);
    }

    /// An item that changes the product `id` into what it is already.
    pub fn modify(&self, id: &str) -> Value {
        let names = [
            "id",
            "productOffering",
            "productConfiguration",
            "productRelationship",
            "place",
        ];
        let product = crate::rules::reduce(&self.get("product", id).body, &names);
        self.item("modify", product)
    }

    /// An item that ends the product `id`.
    pub fn delete(&self, id: &str) -> Value {
        self.item("delete", json!({ "id": id }))
    }

    fn item(&self, action: &str, product: Value) -> Value {
        let mut item = self.world.free_order()["productOrderItem"][0].take();
        let fields = item.as_object_mut().unwrap();
        for name in ["requestedItemTerm", "billingAccount"] {
            fields.remove(name);
        }
        let wanted = self
            .world
            .now
            .get()
            .saturating_add(jiff::SignedDuration::from_hours(24 * 7));
        item["requestedCompletionDate"] = json!(crate::time::text(wanted.unwrap()));
        item["action"] = json!(action);
        item["product"] = product;
        item
    }

    /// An order of `items`, named `0`, `1` and so on.
    pub fn order(&mut self, items: Vec<Value>) -> Result<String, Vec<Problem>> {
        let mut order = self.world.free_order();
        order["productOrderItem"] = Value::Array(items);
        for (index, item) in order["productOrderItem"].as_array_mut().unwrap().iter_mut().enumerate() {
            item["id"] = json!(index.to_string());
        }
        self.create("productOrder", &order)
    }
}

fn described(document: &Document) -> (&'static crate::describe::Api, &'static crate::describe::Resource) {
    let mut all = crate::api::all().iter();
    all.find_map(|api| {
        let resource = api
            .resources
            .iter()
            .find(|resource| resource.name == document.resource)?;
        Some((*api, resource))
    })
    .unwrap()
}
