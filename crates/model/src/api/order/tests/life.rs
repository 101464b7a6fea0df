//! The life of an order: jobs in time, out of order, and twice.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::{World, term};
use crate::api::bench::check_shape;
use crate::api::{inventory, order};
use crate::commit::{Commit, Event, Job};
use crate::document::Document;

/// What a store would keep.
pub struct Stored {
    world: World,
    pub order: Document,
    pub jobs: Vec<Job>,
    events: Vec<Event>,
    pub products: Vec<Document>,
}

impl Stored {
    pub fn create(world: World, order: &Value) -> Self {
        let commit = world.create(order).unwrap().commit;
        let mut stored = Self {
            world,
            order: commit.documents[0].clone(),
            jobs: Vec::new(),
            events: Vec::new(),
            products: Vec::new(),
        };
        stored.jobs = commit.jobs;
        stored
    }

    /// Keeps what changed, if all of it has the form the standard wants.
    fn apply(&mut self, commit: Commit) {
        for document in &commit.documents {
            let (api, shape) = match document.resource.as_str() {
                "product" => (&inventory::v8::MANAGEMENT, "MEFProduct"),
                _ => (&order::v11::MANAGEMENT, "ProductOrder"),
            };
            check_shape(api, shape, &json!(document.body));
        }
        for event in &commit.events {
            let (first, rest) = event.event_type.split_at(1);
            let shape = format!("{}{rest}Payload", first.to_uppercase());
            check_shape(&order::v11::NOTIFICATION, &shape, &event.payload);
        }
        for document in commit.documents {
            if document.id == self.order.id {
                assert_eq!(document.revision, self.order.revision + 1);
                self.order = document;
            } else {
                self.products.push(document);
            }
        }
        self.jobs.extend(commit.jobs);
        self.events.extend(commit.events);
    }

    /// Runs the earliest job at the time it is due.
    fn next(&mut self) {
        let (index, _) = self.jobs.iter().enumerate().min_by_key(|(_, job)| job.due_at).unwrap();
        let job = self.jobs.remove(index);
        self.run(&job);
    }

    /// Runs `job`, not before it is due.
    pub fn run(&mut self, job: &Job) {
        self.world.now.set(self.world.now.get().max(job.due_at));
        self.apply(self.world.run(&self.order, job));
    }

    pub fn finish(&mut self) {
        for _ in 0..50 {
            if self.jobs.is_empty() {
                return;
            }
            self.next();
        }
        panic!("jobs without end: {:?}", self.jobs);
    }

    pub fn at(&self, pointer: &str) -> Value {
        self.order.at(pointer).cloned().unwrap_or_default()
    }

    fn event_types(&self) -> Vec<String> {
        self.events
            .iter()
            .map(|event| {
                let name = event
                    .event_type
                    .trim_start_matches("productOrder")
                    .trim_end_matches("Event");
                let value = |name: &str| event.payload[name].as_str().unwrap_or("").to_owned();
                let what = [value("orderItemId"), value("state"), value("milestoneName")].concat();
                format!("{name} {what}")
            })
            .collect()
    }

    fn product(&self, urn: &str) -> &Document {
        let of = |product: &&Document| product.text("/productConfiguration/@type").unwrap().contains(urn);
        self.products.iter().find(of).unwrap()
    }
}

fn states(value: &Value) -> Vec<&str> {
    let list = value.as_array().unwrap().iter();
    list.map(|change| change["state"].as_str().unwrap()).collect()
}

#[test]
fn an_order_ends_completed_with_all_its_history() {
    let world = World::new();
    let order = world.order();
    let mut stored = Stored::create(world, &order);
    stored.finish();
    assert_eq!(stored.order.state, "completed");
    assert_eq!(
        states(&stored.at("/stateChange")),
        ["acknowledged", "inProgress", "completed"]
    );
    for item in stored.at("/productOrderItem").as_array().unwrap() {
        assert_eq!(
            states(&item["stateChange"]),
            ["acknowledged", "inProgress", "completed"]
        );
        assert!(item["completionDate"].is_string());
    }
    // Wanted for six days from now, buildable in five.
    assert_eq!(stored.at("/completionDate"), "2026-11-30T08:00:00.000Z");
}

#[test]
fn every_change_is_told_in_order_and_the_create_is_not() {
    let world = World::new();
    let order = world.order();
    let mut stored = Stored::create(world, &order);
    stored.finish();
    assert_eq!(
        stored.event_types(),
        [
            "ItemStateChange uniinProgress",
            "ItemExpectedCompletionDateSet uni",
            "ItemStateChange ovcinProgress",
            "ItemExpectedCompletionDateSet ovc",
            "StateChange inProgress",
            "productSpecificProductOrderItemMilestone uniSITE_SURVEY_COMPLETE",
            "productSpecificProductOrderItemMilestone uniSERVICE_TESTING_COMPLETE",
            "ItemStateChange unicompleted",
            "ItemStateChange ovccompleted",
            "StateChange completed",
        ]
    );
    let lane = stored.order.id.clone();
    assert!(
        stored
            .events
            .iter()
            .all(|event| event.lane == lane && event.payload["id"] == lane)
    );
    assert!(
        stored
            .events
            .iter()
            .all(|event| event.api == "productOrderingNotification")
    );
}

#[test]
fn work_has_a_date_of_its_own_which_is_never_before_it_is_wanted() {
    let world = World::new();
    let mut order = world.order();
    order["productOrderItem"][0]["requestedCompletionDate"] = json!("2026-11-25T08:00:00Z");
    let mut stored = Stored::create(world, &order);
    stored.next();
    assert_eq!(stored.at("/state"), "inProgress");
    let expected = |index: usize| stored.at(&format!("/productOrderItem/{index}/expectedCompletionDate"));
    assert_eq!(expected(0), "2026-11-29T08:00:00.000Z");
    assert_eq!(expected(1), "2026-11-30T08:00:00.000Z");
    assert_eq!(stored.at("/productOrderItem/0/itemTerm/0"), term(12));
}

#[test]
fn the_milestones_say_that_the_network_is_simulated() {
    let world = World::new();
    let order = world.order();
    let mut stored = Stored::create(world, &order);
    stored.finish();
    let milestones = stored.at("/productOrderItem/0/milestone");
    let names: Vec<&Value> = milestones
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["name"])
        .collect();
    assert_eq!(names, ["SITE_SURVEY_COMPLETE", "SERVICE_TESTING_COMPLETE"]);
    assert_eq!(milestones[0]["date"], "2026-11-25T08:00:00.000Z");
    assert!(milestones[0]["note"].as_str().unwrap().contains("simulated network"));
}

#[test]
fn an_ovc_waits_for_its_uni_and_then_names_it() {
    let world = World::new();
    let mut order = world.order();
    // The OVC is wanted and ready before the UNI.
    order["productOrderItem"][0]["requestedCompletionDate"] = json!("2026-12-20T08:00:00Z");
    let mut stored = Stored::create(world, &order);
    stored.next();
    assert_eq!(
        stored.at("/productOrderItem/1/expectedCompletionDate"),
        "2026-12-20T08:00:00.000Z"
    );
    // Even if its job comes first.
    let index = stored
        .jobs
        .iter()
        .position(|job| job.kind == "complete" && job.payload["item"] == "ovc")
        .unwrap();
    let job = stored.jobs.remove(index);
    stored.apply(stored.world.run(&stored.order, &job));
    assert_eq!(stored.at("/productOrderItem/1/state"), "inProgress");
    assert!(stored.products.is_empty());
    stored.finish();
    assert_eq!(stored.order.state, "completed");
    let uni = stored.product("operator-uni").id.clone();
    assert_eq!(
        stored.product("access-eline").at("/productRelationship"),
        Some(&json!([
            {"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1"},
            {"relationshipType": "CONNECTS_TO_UNI", "id": uni},
        ]))
    );
}

#[test]
fn a_product_in_service_tells_all_that_was_ordered() {
    let world = World::new();
    let order = world.order();
    let mut stored = Stored::create(world, &order);
    stored.finish();
    let uni = stored.product("operator-uni");
    assert_eq!((uni.state.as_str(), uni.revision), ("active", 1));
    assert_eq!(stored.at("/productOrderItem/0/product/id"), uni.id.as_str());
    let at = |pointer: &str| uni.at(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/startDate"), "2026-11-30T08:00:00.000Z");
    assert_eq!(at("/lastUpdateDate"), at("/startDate"));
    assert_eq!(at("/statusChange/0/status"), "active");
    assert_eq!(at("/productOffering/id"), "uni-1g");
    assert_eq!(at("/productSpecification/id"), at("/productConfiguration/@type"));
    assert_eq!(at("/place/0/place/id"), "addr-1");
    assert_eq!(at("/productTerm/0"), term(12));
    assert_eq!(at("/productPrice/0/price/dutyFreeAmount/value"), 250);
    assert_eq!(at("/billingAccount/id"), "beta-main");
    assert_eq!(at("/productOrderItem/0/productOrderId"), stored.order.id.as_str());
    assert_eq!(at("/productOrderItem/0/productOrderItemId"), "uni");
    // Mplify 116.1 R15
    let contacts = at("/relatedContactInformation");
    let mut roles: Vec<&str> = contacts
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["role"].as_str().unwrap())
        .collect();
    roles.sort_unstable();
    assert_eq!(
        roles,
        [
            "buyerAssuranceTechnicalContact",
            "buyerCommercialContact",
            "buyerSlaManagementContact",
            "sellerAssuranceTechnicalContact",
            "sellerCommercialContact",
            "sellerSlaManagementContact",
        ]
    );
}

#[test]
fn a_job_that_comes_twice_changes_nothing_the_second_time() {
    let world = World::new();
    let order = world.order();
    let mut stored = Stored::create(world, &order);
    let mut done = Vec::new();
    while !stored.jobs.is_empty() {
        done.extend(stored.jobs.iter().cloned());
        stored.next();
    }
    for job in done {
        let again = stored.world.run(&stored.order, &job);
        assert!(
            again.documents.is_empty() && again.events.is_empty() && again.jobs.is_empty(),
            "{job:?}"
        );
    }
    assert_eq!(stored.products.len(), 2);
}

#[test]
fn a_milestone_that_comes_after_the_end_was_reached_with_it() {
    let world = World::new();
    let order = world.order();
    let mut stored = Stored::create(world, &order);
    stored.next();
    stored.jobs.retain(|job| job.kind == "complete");
    stored.finish();
    assert_eq!(stored.at("/productOrderItem/0/milestone").as_array().unwrap().len(), 2);
}

#[test]
fn a_job_before_validation_does_nothing() {
    let world = World::new();
    let order = world.order();
    let stored = Stored::create(world, &order);
    let mut job = stored.jobs[0].clone();
    job.kind = "complete".into();
    job.payload = json!({"item": "uni", "prices": [], "milestones": ["SITE_SURVEY_COMPLETE"]});
    let commit = stored.world.run(&stored.order, &job);
    assert!(commit.documents.is_empty() && commit.events.is_empty());
}

/// Mplify 123.1 R38: a term that is not sold.
#[test]
fn an_unsold_term_ends_rejected_and_says_why() {
    let world = World::new();
    let mut order = world.free_order();
    order["productOrderItem"][0]["requestedItemTerm"] = term(60);
    let mut stored = Stored::create(world, &order);
    stored.finish();
    assert_eq!(stored.order.state, "rejected");
    assert_eq!(stored.at("/productOrderItem/0/state"), "rejected");
    assert_eq!(stored.at("/productOrderItem/1/state"), "rejected.validated");
    let error = stored.at("/productOrderItem/0/terminationError/0");
    assert_eq!(error["propertyPath"], "/productOrderItem/0/requestedItemTerm");
    // Every end has its date; an item that was never built has none.
    assert!(stored.at("/completionDate").is_string());
    assert!(stored.at("/productOrderItem/0/completionDate").is_null());
    assert!(stored.products.is_empty());
}

#[test]
fn an_order_without_a_quote_is_built_at_the_prices_of_the_book() {
    let world = World::new();
    let order = world.free_order();
    let mut stored = Stored::create(world, &order);
    stored.finish();
    let price = stored.product("operator-uni").at("/productPrice/0").cloned().unwrap();
    assert_eq!(price["priceType"], "recurring");
    assert_eq!(price["price"]["dutyFreeAmount"]["value"], 100);
}

#[test]
fn each_step_that_the_life_cycle_refuses_is_told_to_the_operator() {
    let world = World::new();
    let order = world.order();
    let mut stored = Stored::create(world, &order);
    stored.next();
    // An order that somebody moved by other means than its life cycle.
    stored.order.body.insert("state".into(), json!("cancelled"));
    let job = stored.jobs.iter().find(|job| job.kind == "complete").unwrap().clone();
    let uni = stored.order.body["productOrderItem"][1].as_object_mut().unwrap();
    uni.insert("state".into(), json!("completed"));
    let end: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    stored.world.now.set(end);
    let commit = stored.world.run(&stored.order, &job);
    assert!(commit.documents.is_empty() && commit.events.is_empty());
    assert_eq!(commit.audit[0].outcome, "refused");
    assert_eq!(
        commit.audit[0].detail,
        "a product order in state cancelled cannot become completed"
    );
}
