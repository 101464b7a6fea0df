//! A store in small: creates, changes and jobs of every resource of ordering, each checked
//! against its description.

use serde_json::{Value, json};

use super::world::{World, object};
use crate::api::bench::check_shape;
use crate::api::order::lifecycle::{ORDER, ORDER_ITEM};
use crate::api::{inventory, order, rules};
use crate::book::{Delivery, Expedite, Extras};
use crate::commit::{Commit, Event, HoldChange, Job};
use crate::describe::index_rows;
use crate::document::{Checked, Document};
use crate::failure::Problem;
use crate::lifecycle::{Actor, Lifecycle, START};
use crate::rules::{Context, Found, Ref, Refusal};
use crate::time::{self, Span, Unit};

pub struct Desk {
    pub world: World,
    pub jobs: Vec<Job>,
    pub events: Vec<Event>,
    pub holds: Vec<HoldChange>,
    pub order: String,
}

impl Desk {
    /// A UNI may be expedited (90, two days), costs 50 to cancel after the survey, cannot be
    /// cancelled after the test, and costs 1000 where it has to be built (`addr-2`).
    pub fn new() -> Self {
        let mut world = World::new();
        let uni = &mut world.book.offerings[0];
        uni.interval_with_build = Some(Span::new(60, Unit::CalendarDays));
        uni.extras = Extras {
            construction: Some(1000.into()),
            expedite: Some(Expedite {
                amount: 90.into(),
                interval: Span::new(2, Unit::CalendarDays),
            }),
            cancellation: Some(50.into()),
            no_cancellation_after: Some("SERVICE_TESTING_COMPLETE".into()),
        };
        world
            .book
            .change_address(1, |address| address.delivery = Delivery::OnNetWithBuild);
        Self {
            world,
            jobs: Vec::new(),
            events: Vec::new(),
            holds: Vec::new(),
            order: String::new(),
        }
    }

    /// With the order of the world, changed by `change`, in progress (or held).
    pub fn started(change: impl FnOnce(&mut Value)) -> Self {
        let mut desk = Self::new();
        let mut order = desk.world.free_order();
        change(&mut order);
        desk.order = desk.create("productOrder", order).unwrap();
        desk.run("validate");
        desk.events.clear();
        desk
    }

    fn load(&self, refs: Vec<Ref>) -> Found {
        let mut found = Found::default();
        for wanted in refs {
            match wanted {
                Ref::Document { resource, id } => {
                    let key = (resource.to_owned(), id);
                    if let Some(document) = self.world.found.documents.get(&key) {
                        found.documents.insert(key, document.clone());
                    }
                }
                Ref::Capacity(key) => drop(found.held.insert(key, 0)),
                Ref::Jobs(id) => {
                    let jobs = self.jobs.iter().filter(|job| job.document_id == id).cloned();
                    found.jobs.insert(id.clone(), jobs.collect());
                }
                Ref::Related {
                    resource,
                    filter,
                    value,
                } => {
                    let related = self.listed(resource, filter, &value);
                    found.related.insert((resource.into(), filter.into(), value), related);
                }
            }
        }
        found
    }

    /// What a list with this filter shows.
    pub fn listed(&self, resource: &str, filter: &str, value: &str) -> Vec<Document> {
        let described = order::v11::MANAGEMENT
            .resources
            .iter()
            .find(|known| known.name == resource);
        let row = |document: &&Document| {
            document.resource == resource
                && index_rows(described.unwrap(), &document.body)
                    .iter()
                    .any(|(name, indexed)| *name == filter && indexed == value)
        };
        let mut listed: Vec<Document> = self.world.found.documents.values().filter(row).cloned().collect();
        listed.sort_by(|one, other| one.id.cmp(&other.id));
        listed
    }

    pub fn apply(&mut self, mut commit: Commit) {
        let shape = |document: &Document| match document.resource.as_str() {
            "product" => check_shape(&inventory::v8::MANAGEMENT, "MEFProduct", &json!(document.body)),
            "quote" => {}
            resource => {
                let known = order::v11::MANAGEMENT
                    .resources
                    .iter()
                    .find(|known| known.name == resource);
                check_shape(&order::v11::MANAGEMENT, known.unwrap().full, &json!(document.body));
                assert_eq!(document.body["state"], document.state.as_str());
            }
        };
        commit.documents.iter().for_each(shape);
        for event in &commit.events {
            let listener = order::v11::NOTIFICATION.listener(&event.event_type).unwrap();
            let envelope = json!({
                "eventId": event.id, "eventTime": time::text(event.at), "eventType": event.event_type,
                "event": event.payload,
            });
            check_shape(&order::v11::NOTIFICATION, listener.shape, &envelope);
            assert!(self.order.is_empty() || event.lane == self.order);
        }
        self.jobs
            .retain(|job| !commit.cancel_jobs_of.contains(&job.document_id));
        self.jobs.append(&mut commit.jobs);
        self.events.append(&mut commit.events);
        self.holds.append(&mut commit.holds);
        for document in commit.documents {
            let key = (document.resource.clone(), document.id.clone());
            let revision = self.world.found.documents.get(&key).map_or(0, |old| old.revision);
            assert_eq!(document.revision, revision + 1, "{}", document.resource);
            self.world.keep(document);
        }
    }

    /// Creates and returns the id.
    pub fn create(&mut self, resource: &str, body: Value) -> Result<String, Vec<Problem>> {
        let rules = rules(resource).unwrap();
        let input = Checked::new("Test", object(body));
        let found = self.load(self.world.with(|ctx| rules.needs(&input, ctx)));
        let outcome = self.world.with(|ctx| rules.on_create(&input, &found, ctx))?;
        assert_eq!(outcome.status, 201);
        let made = &outcome.commit.documents[0];
        assert_eq!((made.resource.as_str(), &made.body), (resource, &outcome.body));
        assert!(!outcome.commit.decisions.is_empty());
        let id = made.id.clone();
        self.apply(outcome.commit);
        Ok(id)
    }

    /// Changes and returns the answer.
    pub fn patch(&mut self, resource: &str, id: &str, body: Value) -> Result<Value, Refusal> {
        let patch = rules(resource).unwrap().patch().unwrap();
        let input = Checked::new("Test", object(body));
        let old = self.document(resource, id).clone();
        let found = self.load(self.world.with(|ctx| patch.needs(&old, &input, ctx)));
        let outcome = self.world.with(|ctx| patch.on_patch(&old, &input, &found, ctx))?;
        assert_eq!(outcome.commit.documents[0].body, outcome.body);
        self.apply(outcome.commit);
        Ok(Value::Object(outcome.body))
    }

    /// A decision of the operator.
    pub fn decide<R>(&mut self, refs: Vec<Ref>, with: impl FnOnce(&Found, &Context<'_>) -> R) -> R {
        let found = self.load(refs);
        self.world.with(|ctx| with(&found, ctx))
    }

    /// Runs the first job of this kind at the time it is due.
    #[track_caller]
    pub fn run(&mut self, kind: &str) {
        let due = self
            .jobs
            .iter()
            .filter(|job| job.kind == kind)
            .min_by_key(|job| job.due_at);
        let job = due
            .unwrap_or_else(|| panic!("no job {kind} in {:#?}", self.jobs))
            .clone();
        self.do_job(&job);
    }

    fn do_job(&mut self, job: &Job) {
        self.jobs.retain(|other| other.id != job.id);
        self.world.now.set(self.world.now.get().max(job.due_at));
        let document = self.document(&job.resource, &job.document_id).clone();
        let rules = rules(&job.resource).unwrap();
        let found = self.load(self.world.with(|ctx| rules.job_needs(&document, job, ctx)));
        let commit = self.world.with(|ctx| rules.on_job(&document, job, &found, ctx));
        assert!(commit.audit.is_empty(), "{:?}", commit.audit);
        self.apply(commit);
    }

    /// Runs all jobs that are due until `end`.
    pub fn until(&mut self, end: &str) {
        let end = end.parse().unwrap();
        for _ in 0..2_000 {
            let due = self
                .jobs
                .iter()
                .filter(|job| job.due_at <= end)
                .min_by_key(|job| job.due_at);
            let Some(job) = due.cloned() else {
                self.world.now.set(end);
                return;
            };
            self.do_job(&job);
        }
        panic!("jobs without end: {:?}", self.jobs);
    }

    #[track_caller]
    pub fn document(&self, resource: &str, id: &str) -> &Document {
        let key = (resource.to_owned(), id.to_owned());
        self.world.found.documents.get(&key).unwrap()
    }

    /// Something of the order.
    pub fn at(&self, pointer: &str) -> Value {
        let order = self.document("productOrder", &self.order);
        order.at(pointer).cloned().unwrap_or_default()
    }

    /// State of the order and its two items.
    #[track_caller]
    pub fn check_states(&self, expected: [&str; 3]) {
        let states = ["/state", "/productOrderItem/0/state", "/productOrderItem/1/state"].map(|at| self.at(at));
        assert_eq!(states, expected);
        walk(&ORDER, &self.at("/stateChange"));
        for item in self.at("/productOrderItem").as_array().unwrap() {
            walk(&ORDER_ITEM, &item["stateChange"]);
        }
    }

    /// The one charge there is.
    #[track_caller]
    pub fn charge(&self) -> Document {
        let charges = self.listed("charge", "productOrderId", &self.order);
        assert_eq!(charges.len(), 1, "{charges:#?}");
        charges[0].clone()
    }

    /// Answers every item of the one charge in the same way.
    pub fn answer(&mut self, indicator: &str) -> Value {
        let charge = self.charge();
        let body = answer_of(&charge, indicator);
        self.patch("charge", &charge.id, body).unwrap()
    }

    /// What was told since the last look: type without its ends, item and state.
    pub fn told(&mut self) -> Vec<String> {
        let short = |event: &Event| {
            let value = |name: &str| event.payload[name].as_str().unwrap_or("").to_owned();
            let what = [value("orderItemId"), value("state"), value("milestoneName")].concat();
            let name = event.event_type.trim_end_matches("Event").replace("StateChange", "");
            format!("{name} {what}").trim_end().to_owned()
        };
        let told = self.events.iter().map(short).collect();
        self.events.clear();
        told
    }
}

/// An answer to all items of a charge.
pub fn answer_of(charge: &Document, indicator: &str) -> Value {
    let items = charge.at("/chargeItem").unwrap().as_array().unwrap();
    let answers: Vec<Value> = items
        .iter()
        .map(|item| json!({"id": item["id"], "acceptanceIndicator": indicator}))
        .collect();
    json!({ "chargeItem": answers })
}

#[track_caller]
fn walk(lifecycle: &Lifecycle, history: &Value) {
    let mut from = START;
    for change in history.as_array().unwrap() {
        let to = change["state"].as_str().unwrap();
        assert_eq!(lifecycle.step(from, to, Actor::Seller), Ok(()));
        from = to;
    }
}
